/* congestion.c: what all congestion controllers share (RFC 9002, section 7)
 *
 * Owns the count of bytes in flight, the recovery period and its undoing (RFC 4015), the delivery
 * rate, and the rule that an unused window does not grow. A plain value.
 */
#include "transport/congestion.h"

/* Packets: RFC 9002, section 7.2 */
#define INITIAL_WINDOW_PACKETS 10
#define MINIMUM_WINDOW_PACKETS 2

void
kh_congestion_init (KhCongestion *self, const KhCongestionOps *ops, gsize max_packet, gint64 rtt_us)
{
  *self = (KhCongestion){
    .ops = ops,
    .max_packet = max_packet,
    .window = INITIAL_WINDOW_PACKETS * max_packet,
    .threshold = G_MAXSIZE,
    .recovery_us = G_MININT64,
  };
  ops->init (self, rtt_us);
}

gsize
kh_congestion_min_window (const KhCongestion *self)
{
  return MINIMUM_WINDOW_PACKETS * self->max_packet;
}

void
kh_congestion_set_max_packet (KhCongestion *self, gsize max_packet)
{
  self->max_packet = max_packet;
  self->window = MAX (self->window, kh_congestion_min_window (self));
}

gboolean
kh_congestion_may_send (const KhCongestion *self)
{
  return self->in_flight + self->max_packet <= self->window;
}

KhDeliveryMark
kh_congestion_on_sent (KhCongestion *self, gsize bytes, gint64 now_us)
{
  KhDeliveryMark mark;

  if (self->ops->on_sent != NULL)
    self->ops->on_sent (self, now_us);
  mark = kh_delivery_rate_on_sent (&self->delivery, bytes, self->in_flight, now_us);
  self->in_flight += bytes;
  self->is_limited |= !kh_congestion_may_send (self);
  return mark;
}

KhDeliveryMark
kh_congestion_on_run_sent (KhCongestion *self, guint n, gsize bytes, gint64 now_us)
{
  KhDeliveryMark mark = kh_congestion_on_sent (self, bytes, now_us);

  self->in_flight += (n - 1) * bytes;
  self->is_limited |= !kh_congestion_may_send (self);
  return mark;
}

void
kh_congestion_on_app_limited (KhCongestion *self)
{
  kh_delivery_rate_on_app_limited (&self->delivery, self->in_flight);
}

void
kh_congestion_begin (const KhCongestion *self, KhCongestionAck *ret_ack)
{
  *ret_ack = (KhCongestionAck){
    .in_flight_before = self->in_flight,
    /* Half is where slow start, which doubles, would stand after the round trip that filled it. */
    .was_used = self->in_flight >= self->window / 2,
    .is_limited = self->is_limited,
  };
}

void
kh_congestion_on_acked (KhCongestion *self,
                        KhCongestionAck *ack,
                        gsize bytes,
                        const KhDeliveryMark *mark,
                        gint64 sent_us,
                        gint64 now_us)
{
  self->in_flight -= MIN (bytes, self->in_flight);
  ack->acked += bytes;
  if (sent_us > self->recovery_us)
    ack->acked_fresh += bytes;
  kh_delivery_rate_on_acked (&self->delivery, &ack->sample, mark, bytes, sent_us, now_us);
}

static void
begin_recovery (KhCongestion *self, gint64 now_us)
{
  self->recovery_us = now_us;
  self->episode++;
  self->episode_lost = 0;
  self->undo_window = self->window;
  self->undo_threshold = self->threshold;
  if (self->ops->on_congestion != NULL)
    self->ops->on_congestion (self, now_us);
}

guint8
kh_congestion_on_lost (KhCongestion *self,
                       KhCongestionAck *ack,
                       gsize bytes,
                       const KhDeliveryMark *mark,
                       gint64 sent_us,
                       gint64 now_us)
{
  self->in_flight -= MIN (bytes, self->in_flight);
  ack->lost += bytes;
  kh_delivery_rate_on_lost (&self->delivery, bytes);
  if (sent_us > self->recovery_us)
    begin_recovery (self, now_us);
  if (self->ops->on_packet_lost != NULL)
    self->ops->on_packet_lost (self, bytes, mark, now_us);
  self->episode_lost++;
  return self->episode;
}

void
kh_congestion_on_spurious (KhCongestion *self, guint8 episode, gint64 now_us)
{
  if (episode != self->episode || self->episode_lost == 0 || --self->episode_lost > 0)
    return;
  /* The next loss is a new event. */
  self->recovery_us = G_MININT64;
  if (self->ops->on_undo != NULL)
    self->ops->on_undo (self, now_us);
}

void
kh_congestion_finish (KhCongestion *self, KhCongestionAck *ack, const KhRtt *rtt, gint64 now_us)
{
  self->min_rtt_us = rtt->has_sample ? rtt->min_us : 0;
  ack->smoothed_us = rtt->smoothed_us;
  kh_delivery_rate_finish (&self->delivery, &ack->sample, self->min_rtt_us);
  self->ops->on_ack (self, ack, now_us);

  if (ack->sample.has_packet && ack->sample.prior_delivered >= self->round_end)
    {
      self->round_end = self->delivery.delivered;
      self->is_limited = !kh_congestion_may_send (self);
    }
}

void
kh_congestion_on_persistent (KhCongestion *self, gint64 now_us)
{
  self->recovery_us = G_MININT64;
  self->ops->on_persistent (self, now_us);
}

void
kh_congestion_on_given_up (KhCongestion *self, gsize bytes)
{
  self->in_flight -= MIN (bytes, self->in_flight);
}

guint64
kh_congestion_pacing_rate (const KhCongestion *self, gint64 smoothed_rtt_us)
{
  guint64 rate;

  if (self->pacing_rate > 0)
    return self->pacing_rate;

  /* Faster than the window a round trip, or the window would never fill; twice in slow start, where
   * it doubles. */
  rate = (guint64) self->window * G_USEC_PER_SEC / (guint64) MAX (smoothed_rtt_us, 1);
  rate = self->window < self->threshold ? rate * 2 : rate + rate / 4;
  return MAX (rate, 1);
}
