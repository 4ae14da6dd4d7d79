/* prefixes.c: token buckets for source prefixes
 *
 * Owns a set-associative table, like a processor's cache: a prefix hashes to a set of 8 places, and
 * in a full set the bucket that is nearest to full gives way, for it says least.
 */
#include "server/prefixes.h"

#define N_WAYS 8

typedef struct
{
  guint64 prefix;
  gint64 full_at_us;
} Bucket;

struct _KhPrefixes
{
  KhRate rate;
  guint64 seed;
  guint n_sets;
  Bucket buckets[];
};

KhPrefixes *
kh_prefixes_new (guint n_sets, KhRate rate, const KhRandom *random)
{
  KhPrefixes *self = g_malloc0 (sizeof *self + (gsize) n_sets * N_WAYS * sizeof (Bucket));

  g_assert (n_sets > 0 && (n_sets & (n_sets - 1)) == 0);
  self->rate = rate;
  self->seed = kh_random_u64 (random);
  self->n_sets = n_sets;
  return self;
}

void
kh_prefixes_free (KhPrefixes *self)
{
  g_free (self);
}

/* IPv4 stands where no IPv6 address is: in 0:4::/32, which RFC 4291 reserves. */
static guint64
pack (const KhAddr *addr)
{
  guint64 prefix = addr->family == KH_FAMILY_IPV4 ? 4 : 0;
  gsize len = addr->family == KH_FAMILY_IPV4 ? 4 : 8;

  for (gsize i = 0; i < len; i++)
    prefix = prefix << 8 | addr->ip[i];
  return prefix;
}

/* The finaliser of SplitMix64, with a seed on both sides of it. */
static guint64
mix (guint64 value, guint64 seed)
{
  value ^= seed;
  value = (value ^ value >> 30) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  value = (value ^ value >> 27) * (seed | 1);
  value = (value ^ value >> 31) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return value ^ value >> 31;
}

gint64 *
kh_prefixes_find (KhPrefixes *self, guint64 key)
{
  Bucket *set = &self->buckets[(mix (key, self->seed) & (self->n_sets - 1)) * N_WAYS];
  Bucket *fullest = &set[0];

  for (guint i = 0; i < N_WAYS; i++)
    {
      if (set[i].prefix == key)
        return &set[i].full_at_us;
      if (set[i].full_at_us < fullest->full_at_us)
        fullest = &set[i];
    }
  *fullest = (Bucket){ .prefix = key };
  return &fullest->full_at_us;
}

gboolean
kh_prefixes_take (KhPrefixes *self, const KhAddr *addr, gint64 now_us)
{
  return kh_rate_take (&self->rate, kh_prefixes_find (self, pack (addr)), now_us);
}
