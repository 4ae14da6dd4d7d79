/* key.h: a public key as a plain value
 *
 * It stands in wire/ because datagrams carry it and every layer uses it as the name of a peer;
 * what can be done with keys is in crypto/.
 */
#pragma once

#include <string.h>
#include <glib.h>

#define KH_KEY_SIZE 32

typedef struct
{
  guint8 bytes[KH_KEY_SIZE];
} KhKey;

static inline gboolean
kh_key_equal (const KhKey *a, const KhKey *b)
{
  return memcmp (a->bytes, b->bytes, KH_KEY_SIZE) == 0;
}

/* As memcmp: "the lower public key" of the glare rule. */
static inline int
kh_key_compare (const KhKey *a, const KhKey *b)
{
  return memcmp (a->bytes, b->bytes, KH_KEY_SIZE);
}
