/* pacer.c: a leaky bucket in bytes (RFC 9002, section 7.7)
 *
 * A plain value; owns nothing. The rate is an argument, because it follows the congestion window.
 */
#include "transport/pacer.h"

static gint64
full (const KhPacer *self)
{
  return (gint64) (KH_PACER_BURST * self->max_packet) * G_USEC_PER_SEC;
}

void
kh_pacer_init (KhPacer *self, gsize max_packet, gint64 now_us)
{
  *self = (KhPacer){ .updated_us = now_us, .max_packet = max_packet };
  self->credit = full (self);
}

/* The time in which so much leaks out, rounded up so that at its end it surely has. */
static gint64
time_for (gint64 credit, guint64 rate)
{
  return (gint64) (((guint64) credit + rate - 1) / rate);
}

void
kh_pacer_sent (KhPacer *self, gsize bytes, guint64 rate, gint64 now_us)
{
  gint64 elapsed_us = now_us - self->updated_us;

  if (elapsed_us >= time_for (full (self) - self->credit, rate))
    self->credit = full (self);
  else if (elapsed_us > 0)
    self->credit += (gint64) rate * elapsed_us;
  self->updated_us = MAX (self->updated_us, now_us);
  self->credit -= (gint64) bytes * G_USEC_PER_SEC;
}

gint64
kh_pacer_release_us (const KhPacer *self, guint64 rate)
{
  if (self->credit > 0)
    return self->updated_us;
  return self->updated_us + time_for (1 - self->credit, rate);
}
