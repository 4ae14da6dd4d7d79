/* rtt.c: the round-trip time estimator (RFC 9002, section 5)
 *
 * A plain value; owns nothing.
 */
#include "transport/rtt.h"

void
kh_rtt_init (KhRtt *self, gint64 initial_us)
{
  if (initial_us <= 0)
    initial_us = KH_RTT_INITIAL_US;
  *self = (KhRtt){ .smoothed_us = initial_us, .variation_us = initial_us / 2 };
}

void
kh_rtt_add (
    KhRtt *self, gint64 sample_us, gint64 ack_delay_us, gint64 max_ack_delay_us, gint64 now_us)
{
  gint64 adjusted_us;

  /* A clock that stood still would make a timeout of nothing. */
  sample_us = MAX (sample_us, 1);
  self->latest_us = sample_us;
  if (!self->has_sample)
    {
      self->has_sample = TRUE;
      self->first_sample_us = now_us;
      self->min_us = sample_us;
      self->smoothed_us = sample_us;
      self->variation_us = sample_us / 2;
      return;
    }

  self->min_us = MIN (self->min_us, sample_us);
  ack_delay_us = CLAMP (ack_delay_us, 0, max_ack_delay_us);
  adjusted_us = sample_us;
  if (sample_us >= self->min_us + ack_delay_us)
    adjusted_us -= ack_delay_us;
  self->variation_us = (3 * self->variation_us + ABS (self->smoothed_us - adjusted_us)) / 4;
  self->smoothed_us = (7 * self->smoothed_us + adjusted_us) / 8;
}

gint64
kh_rtt_pto_us (const KhRtt *self, gint64 max_ack_delay_us)
{
  return self->smoothed_us + MAX (4 * self->variation_us, KH_RTT_GRANULARITY_US) + max_ack_delay_us;
}
