/* forge.h: messages of stream 0 as our encoder would not make them */
#pragma once

#include "chat/message.h"

#include <string.h>

static const KhMessageId id_a = { { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 } };
static const KhMessageId id_b = { { 0xb0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 } };

static inline KhDecode
decode (GBytes *bytes, KhMessage *ret_message)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (bytes, &len);

  return kh_message_decode (data, len, ret_message);
}

/* A message with @type and a body that the encoder would refuse to make. */
static inline GBytes *
forge (guint8 type, GVariant *floating)
{
  g_autoptr (GVariant) body = g_variant_ref_sink (floating);
  GByteArray *bytes = g_byte_array_new ();

  if (G_BYTE_ORDER == G_BIG_ENDIAN)
    {
      GVariant *swapped = g_variant_byteswap (body);

      g_variant_unref (body);
      body = swapped;
    }
  g_byte_array_append (bytes, &type, 1);
  g_byte_array_append (bytes, g_variant_get_data (body), (guint) g_variant_get_size (body));
  return g_byte_array_free_to_bytes (bytes);
}

static inline GVariant *
byte_string (gsize len)
{
  g_autofree guint8 *bytes = g_malloc0 (len + 1);

  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes, len, 1);
}

static inline GVariant *
options (void)
{
  return g_variant_new_array (G_VARIANT_TYPE ("{yay}"), NULL, 0);
}
