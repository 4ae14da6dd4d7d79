/* bottleneck.c: one flow of a congestion controller over one line: see bottleneck.h */
#include "bottleneck.h"

typedef struct
{
  KhDeliveryMark mark;
  gint64 sent_us;
  gint64 acked_us; /* G_MAXINT64 if it is lost */
} Packet;

void
bottleneck_init (Bottleneck *self, const KhCongestionOps *ops, guint64 rate, gint64 delay_us)
{
  *self = (Bottleneck){
    .rate = rate,
    .delay_us = delay_us,
    .queue = (gsize) (rate * (guint64) delay_us * 2 / G_USEC_PER_SEC),
    .limit = G_MAXUINT64,
    .now_us = G_USEC_PER_SEC,
    .rand = g_rand_new_with_seed (1),
  };
  g_queue_init (&self->packets);
  kh_rtt_init (&self->rtt, 0);
  kh_congestion_init (&self->congestion, ops, BOTTLENECK_PACKET, self->rtt.smoothed_us);
}

void
bottleneck_clear (Bottleneck *self)
{
  g_queue_clear_full (&self->packets, g_free);
  g_rand_free (self->rand);
}

static gboolean
may_send (Bottleneck *self)
{
  return kh_congestion_may_send (&self->congestion) && self->congestion.in_flight < self->limit;
}

static void
send (Bottleneck *self)
{
  Packet *packet = g_new0 (Packet, 1);
  guint64 pacing = kh_congestion_pacing_rate (&self->congestion, self->rtt.smoothed_us);
  gint64 backlog_us = MAX (self->line_us - self->now_us, 0);

  packet->sent_us = self->now_us;
  packet->mark = kh_congestion_on_sent (&self->congestion, BOTTLENECK_PACKET, self->now_us);
  packet->acked_us = G_MAXINT64;
  if ((guint64) backlog_us * self->rate / G_USEC_PER_SEC + BOTTLENECK_PACKET <= self->queue)
    {
      self->line_us =
          self->now_us + backlog_us + (gint64) (BOTTLENECK_PACKET * G_USEC_PER_SEC / self->rate);
      if (g_rand_double (self->rand) >= self->loss)
        packet->acked_us = self->line_us + 2 * self->delay_us;
    }
  g_queue_push_tail (&self->packets, packet);
  self->release_us =
      MAX (self->release_us, self->now_us) + (gint64) (BOTTLENECK_PACKET * G_USEC_PER_SEC / pacing);
  if (!may_send (self) && self->congestion.in_flight >= self->limit)
    kh_congestion_on_app_limited (&self->congestion);
}

/* The first packet that arrives, and when. */
static Packet *
next_arrival (Bottleneck *self, guint *ret_place)
{
  guint place = 0;

  for (GList *l = self->packets.head; l != NULL; l = l->next, place++)
    {
      Packet *packet = l->data;

      if (packet->acked_us != G_MAXINT64)
        {
          *ret_place = place;
          return packet;
        }
    }
  return NULL;
}

static void
receive (Bottleneck *self, Packet *arrived, guint place)
{
  KhCongestionAck ack;

  kh_congestion_begin (&self->congestion, &ack);
  kh_rtt_add (&self->rtt, self->now_us - arrived->sent_us, 0, 0, self->now_us);
  ack.rtt_us = self->rtt.latest_us;
  self->worst_rtt_us = MAX (self->worst_rtt_us, ack.rtt_us);
  kh_congestion_on_acked (&self->congestion, &ack, BOTTLENECK_PACKET, &arrived->mark,
                          arrived->sent_us, self->now_us);
  self->delivered += BOTTLENECK_PACKET;
  g_queue_remove (&self->packets, arrived);
  g_free (arrived);
  /* Those before it are overtaken once more. */
  for (guint i = 0; i < place; i++)
    {
      Packet *lost = g_queue_peek_head (&self->packets);

      if (self->now_us - lost->sent_us < self->rtt.smoothed_us * 9 / 8)
        break;
      g_queue_pop_head (&self->packets);
      kh_congestion_on_lost (&self->congestion, &ack, BOTTLENECK_PACKET, &lost->mark, lost->sent_us,
                             self->now_us);
      self->lost += BOTTLENECK_PACKET;
      g_free (lost);
    }
  kh_congestion_finish (&self->congestion, &ack, &self->rtt, self->now_us);
}

double
bottleneck_run (Bottleneck *self, gint64 duration_us)
{
  gint64 end_us = self->now_us + duration_us;
  guint64 before = self->delivered;

  while (self->now_us < end_us)
    {
      guint place = 0;
      Packet *arrival = next_arrival (self, &place);
      gint64 send_us = may_send (self) ? MAX (self->release_us, self->now_us) : G_MAXINT64;
      gint64 arrival_us = arrival != NULL ? arrival->acked_us : G_MAXINT64;

      self->now_us = MIN (send_us, arrival_us);
      g_assert_cmpint (self->now_us, <, G_MAXINT64);
      if (arrival_us <= send_us)
        receive (self, arrival, place);
      else
        send (self);
    }
  return (double) (self->delivered - before) * G_USEC_PER_SEC /
         ((double) self->rate * (double) duration_us);
}
