/* delivery-rate.c: how fast the path delivers (draft-cheng-iccrg-delivery-rate-estimation, 3)
 *
 * A plain value; owns nothing. The rate is that of the slower of sending and acknowledging, so that
 * neither a burst of ACKs nor one of packets looks like capacity.
 */
#include "transport/delivery-rate.h"

static guint32
ago (gint64 then_us, gint64 now_us)
{
  return (guint32) CLAMP (now_us - then_us, 0, (gint64) G_MAXUINT32);
}

KhDeliveryMark
kh_delivery_rate_on_sent (KhDeliveryRate *self, gsize bytes, gsize in_flight, gint64 now_us)
{
  if (in_flight == 0)
    {
      self->first_sent_us = now_us;
      self->delivered_us = now_us;
    }
  return (KhDeliveryMark){
    .delivered = self->delivered,
    .lost = self->lost,
    .delivered_ago_us = ago (self->delivered_us, now_us),
    .first_ago_us = ago (self->first_sent_us, now_us),
    .in_flight = (guint32) MIN (in_flight + bytes, G_MAXUINT32),
    .is_app_limited = self->app_limited_until != 0,
  };
}

void
kh_delivery_rate_on_acked (KhDeliveryRate *self,
                           KhDeliverySample *sample,
                           const KhDeliveryMark *mark,
                           gsize bytes,
                           gint64 sent_us,
                           gint64 now_us)
{
  self->delivered += bytes;
  self->delivered_us = now_us;

  if (sample->has_packet &&
      (mark->delivered < sample->prior_delivered ||
       (mark->delivered == sample->prior_delivered && sent_us < sample->newest_sent_us)))
    return;

  sample->has_packet = TRUE;
  sample->prior_delivered = mark->delivered;
  sample->prior_us = sent_us - mark->delivered_ago_us;
  sample->send_elapsed_us = mark->first_ago_us;
  sample->newest_sent_us = sent_us;
  sample->in_flight = mark->in_flight;
  sample->is_app_limited = mark->is_app_limited;
  sample->lost = mark->lost;
  self->first_sent_us = sent_us;
}

void
kh_delivery_rate_on_lost (KhDeliveryRate *self, gsize bytes)
{
  self->lost += bytes;
}

void
kh_delivery_rate_finish (KhDeliveryRate *self, KhDeliverySample *sample, gint64 min_rtt_us)
{
  gint64 interval_us;

  if (self->app_limited_until != 0 && self->delivered > self->app_limited_until)
    self->app_limited_until = 0;
  if (!sample->has_packet)
    return;

  sample->delivered = self->delivered - sample->prior_delivered;
  sample->lost = self->lost - sample->lost;
  interval_us = MAX (sample->send_elapsed_us, self->delivered_us - sample->prior_us);
  /* Section 3.2.2.1: in less than a round trip nothing can have been sent and acknowledged; it is
   * a packet that was thought lost, or a clock that stood still. */
  if (interval_us > 0 && interval_us >= min_rtt_us)
    sample->rate = sample->delivered * G_USEC_PER_SEC / (guint64) interval_us;
}

void
kh_delivery_rate_on_app_limited (KhDeliveryRate *self, gsize in_flight)
{
  self->app_limited_until = MAX (self->delivered + in_flight, 1);
}
