/* rng.c: see rng.h
 *
 * Not for secrets: whoever sees some output knows the rest. That is what a replay is made of.
 */
#include "rng.h"

#include <string.h>

static guint64
splitmix64 (guint64 *state)
{
  guint64 z = (*state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15));

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static guint64
rotate (guint64 x, int k)
{
  return (x << k) | (x >> (64 - k));
}

void
kh_sim_rng_init (KhSimRng *self, guint64 seed, guint64 stream)
{
  guint64 state = seed;

  state = splitmix64 (&state) ^ (stream * G_GUINT64_CONSTANT (0xd1342543de82ef95));
  for (guint i = 0; i < G_N_ELEMENTS (self->s); i++)
    self->s[i] = splitmix64 (&state);
}

guint64
kh_sim_rng_u64 (KhSimRng *self)
{
  guint64 *s = self->s;
  guint64 result = rotate (s[1] * 5, 7) * 9;
  guint64 t = s[1] << 17;

  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate (s[3], 45);
  return result;
}

guint64
kh_sim_rng_below (KhSimRng *self, guint64 bound)
{
  /* The bias is 2^-32 or less for every bound used here. */
  return kh_sim_rng_u64 (self) % bound;
}

gboolean
kh_sim_rng_chance (KhSimRng *self, double p)
{
  if (p <= 0)
    return FALSE;
  return (double) (kh_sim_rng_u64 (self) >> 11) * 0x1p-53 < p;
}

static void
fill (guint8 *buf, gsize len, gpointer user_data)
{
  while (len > 0)
    {
      guint64 value = GUINT64_TO_LE (kh_sim_rng_u64 (user_data));
      gsize n = MIN (len, sizeof value);

      memcpy (buf, &value, n);
      buf += n;
      len -= n;
    }
}

KhRandom
kh_sim_rng_as_random (KhSimRng *self)
{
  return (KhRandom){ .fill = fill, .user_data = self };
}
