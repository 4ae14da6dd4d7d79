/* rate.c: a token bucket in one timestamp */
#include "server/rate.h"

KhRate
kh_rate_make (double per_second, double burst)
{
  KhRate rate;

  rate.interval_us = MAX ((gint64) (G_USEC_PER_SEC / per_second), 1);
  rate.capacity_us = (gint64) (MAX (burst, 1.0) * (double) rate.interval_us);
  return rate;
}

gboolean
kh_rate_take (const KhRate *self, gint64 *full_at_us, gint64 now_us)
{
  gint64 full_at = MAX (*full_at_us, now_us) + self->interval_us;

  if (full_at - now_us > self->capacity_us)
    return FALSE;
  *full_at_us = full_at;
  return TRUE;
}

KhByteRate
kh_byte_rate_make (double per_second, double burst)
{
  KhByteRate rate = { 0 };

  if (per_second > 0)
    {
      rate.us_per_byte = G_USEC_PER_SEC / per_second;
      rate.capacity_us = (gint64) (burst * rate.us_per_byte);
    }
  return rate;
}

gboolean
kh_byte_rate_take (const KhByteRate *self, gint64 *full_at_us, gsize bytes, gint64 now_us)
{
  gint64 cost_us = (gint64) ((double) bytes * self->us_per_byte + 0.5);
  gint64 full_at = MAX (*full_at_us, now_us) + cost_us;

  if (full_at - now_us > self->capacity_us)
    return FALSE;
  *full_at_us = full_at;
  return TRUE;
}
