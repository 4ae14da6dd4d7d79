/* congestion.c: what all congestion controllers share (RFC 9002, section 7)
 *
 * Owns the count of bytes in flight, the recovery period and the rule that an unused window does
 * not grow. A plain value.
 */
#include "transport/congestion.h"

/* Packets: RFC 9002, section 7.2 */
#define INITIAL_WINDOW_PACKETS 10
#define MINIMUM_WINDOW_PACKETS 2

void
kh_congestion_init (KhCongestion *self, const KhCongestionOps *ops, gsize max_packet)
{
  *self = (KhCongestion){
    .ops = ops,
    .max_packet = max_packet,
    .window = INITIAL_WINDOW_PACKETS * max_packet,
    .threshold = G_MAXSIZE,
    .recovery_us = G_MININT64,
  };
}

gsize
kh_congestion_min_window (const KhCongestion *self)
{
  return MINIMUM_WINDOW_PACKETS * self->max_packet;
}

gboolean
kh_congestion_may_send (const KhCongestion *self)
{
  return self->in_flight + self->max_packet <= self->window;
}

void
kh_congestion_on_sent (KhCongestion *self, gsize bytes)
{
  self->in_flight += bytes;
}

void
kh_congestion_on_acked (
    KhCongestion *self, gsize bytes, gint64 sent_us, gsize in_flight_before, gint64 now_us)
{
  self->in_flight -= MIN (bytes, self->in_flight);
  /* Section 7.8: a window that the application does not fill proves nothing. Half is where slow
   * start, which doubles, would stand after the round trip that filled it. */
  if (sent_us > self->recovery_us && in_flight_before >= self->window / 2)
    self->ops->on_acked (self, bytes, now_us);
}

void
kh_congestion_on_lost (KhCongestion *self, gsize bytes, gint64 sent_us, gint64 now_us)
{
  self->in_flight -= MIN (bytes, self->in_flight);
  if (sent_us <= self->recovery_us)
    return;

  self->recovery_us = now_us;
  self->ops->on_congestion (self, now_us);
}

void
kh_congestion_on_persistent (KhCongestion *self, gint64 now_us)
{
  self->recovery_us = G_MININT64;
  self->ops->on_persistent (self, now_us);
}

guint64
kh_congestion_pacing_rate (const KhCongestion *self, gint64 smoothed_rtt_us)
{
  guint64 rate = (guint64) self->window * G_USEC_PER_SEC / (guint64) MAX (smoothed_rtt_us, 1);

  /* Faster than the window a round trip, or the window would never fill; twice in slow start, where
   * it doubles. */
  rate = self->window < self->threshold ? rate * 2 : rate + rate / 4;
  return MAX (rate, 1);
}
