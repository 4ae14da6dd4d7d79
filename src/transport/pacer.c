/* pacer.c: a leaky bucket in bytes (RFC 9002, section 7.7)
 *
 * A plain value; owns nothing. The rate is an argument, because it follows the congestion window.
 */
#include "transport/pacer.h"

void
kh_pacer_init (KhPacer *self, gsize max_packet, gint64 now_us)
{
  *self = (KhPacer){
    .credit = (gint64) (KH_PACER_BURST * max_packet),
    .updated_us = now_us,
    .max_packet = max_packet,
  };
}

/* The time in which @bytes leak out, rounded up so that at its end they surely have. */
static gint64
time_for (guint64 bytes, guint64 rate)
{
  return (gint64) ((bytes * G_USEC_PER_SEC + rate - 1) / rate);
}

void
kh_pacer_sent (KhPacer *self, gsize bytes, guint64 rate, gint64 now_us)
{
  gint64 full = (gint64) (KH_PACER_BURST * self->max_packet);

  if (now_us - self->updated_us >= time_for ((guint64) (full - self->credit), rate))
    {
      self->credit = full;
      self->updated_us = now_us;
    }
  else if (now_us > self->updated_us)
    {
      guint64 gained = rate * (guint64) (now_us - self->updated_us) / G_USEC_PER_SEC;

      /* Only the time of whole bytes is used up, or frequent calls would never gain any. */
      self->credit += (gint64) gained;
      self->updated_us = MIN (now_us, self->updated_us + time_for (gained, rate));
    }
  self->credit -= (gint64) bytes;
}

gint64
kh_pacer_release_us (const KhPacer *self, guint64 rate)
{
  if (self->credit > 0)
    return self->updated_us;
  return self->updated_us + time_for ((guint64) (1 - self->credit), rate);
}
