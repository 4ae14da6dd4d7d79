/* prefixes.h: token buckets for source prefixes, in a table of fixed size
 *
 * A source is an IPv4 address or an IPv6 /64 (kh_addr_prefix()). A flood from more sources than
 * the table holds makes it forget the buckets that are nearest to full: that errs on the side of
 * letting packets in, and takes no memory.
 */
#pragma once

#include "server/rate.h"
#include "wire/addr.h"
#include "wire/random.h"

typedef struct _KhPrefixes KhPrefixes;

/* (transfer full): room for @n_sets × 8 prefixes of 16 bytes each; @n_sets is a power of 2. @random
 * seeds the hash, so that nobody can aim at the bucket of another. */
KhPrefixes *kh_prefixes_new (guint n_sets, KhRate rate, const KhRandom *random);
void kh_prefixes_free (KhPrefixes *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhPrefixes, kh_prefixes_free)

/* The time at which the bucket of @key will be full, to be read and written before the next call;
 * for tables by something else than a source, which kh_prefixes_take() is not called on. */
gint64 *kh_prefixes_find (KhPrefixes *self, guint64 key);
/* May @addr's prefix have one more? */
gboolean kh_prefixes_take (KhPrefixes *self, const KhAddr *addr, gint64 now_us);
