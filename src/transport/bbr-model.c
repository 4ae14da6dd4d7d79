/* bbr-model.c: what BBR knows of the path (draft-ietf-ccwg-bbr, sections 4.5 and 4.2.3)
 *
 * The greatest bandwidth of two ProbeBW cycles, the least round trip, how much ACKs come in
 * bunches, and the bounds that losses put on bandwidth and on bytes in flight.
 */
#include "transport/bbr-private.h"

/* Section 4.5.4: rounds over which the greatest aggregation is remembered; two halves */
#define EXTRA_ACKED_ROUNDS 10
#define PROBE_RTT_INTERVAL_US (5 * G_USEC_PER_SEC)
#define MIN_RTT_KEPT_US (10 * G_USEC_PER_SEC)
/* The draft has 64 KiB. But both ends are main loops, each of whose turns moves a few messages of
 * segmentation offload: with less in flight one end waits for the other. */
#define SEND_QUANTUM_MAX (256 * 1024)
/* Batches that may be under way at the sender, in the network and at the receiver. */
#define QUANTA 3
/* Of the least round trip, that a smoothed one is longer when there is a queue. */
#define QUEUE_PERCENT 25

void
kh_bbr_reset_congestion_signals (KhBbr *bbr)
{
  bbr->loss_in_round = FALSE;
  bbr->bw_latest = 0;
  bbr->inflight_latest = 0;
}

void
kh_bbr_reset_lower_bounds (KhBbr *bbr)
{
  bbr->bw_lo = G_MAXUINT64;
  bbr->inflight_lo = KH_BBR_UNBOUND;
}

gsize
kh_bbr_min_window (const KhCongestion *self)
{
  return KH_BBR_MIN_PACKETS * self->max_packet;
}

gsize
kh_bbr_send_quantum (const KhCongestion *self)
{
  gsize quantum = (gsize) MIN (self->pacing_rate / 1000, SEND_QUANTUM_MAX);

  return MAX (quantum, 2 * self->max_packet);
}

static gsize
bdp (const KhCongestion *self, guint64 bw, guint gain)
{
  if (self->bbr.min_rtt_us == G_MAXINT64)
    return 10 * self->max_packet * gain / 100;
  return (gsize) ((double) bw * (double) self->bbr.min_rtt_us / G_USEC_PER_SEC * gain / 100);
}

gsize
kh_bbr_inflight (const KhCongestion *self, guint64 bw, guint gain)
{
  gsize inflight = MAX (bdp (self, bw, gain), QUANTA * kh_bbr_send_quantum (self));

  inflight = MAX (inflight, kh_bbr_min_window (self));
  if (self->bbr.state == KH_BBR_PROBE_BW_UP)
    inflight += 2 * self->max_packet;
  return inflight;
}

gsize
kh_bbr_target_inflight (const KhCongestion *self)
{
  return MIN (bdp (self, self->bbr.bw, 100), self->window);
}

gsize
kh_bbr_inflight_with_headroom (const KhCongestion *self)
{
  gsize hi = self->bbr.inflight_hi;
  gsize headroom = MAX (self->max_packet, hi / 100 * KH_BBR_HEADROOM_PERCENT);

  if (hi == KH_BBR_UNBOUND)
    return hi;
  return MAX (hi - MIN (headroom, hi), kh_bbr_min_window (self));
}

gboolean
kh_bbr_has_queue (const KhBbr *bbr)
{
  return bbr->smoothed_us > bbr->min_rtt_us + bbr->min_rtt_us / 100 * QUEUE_PERCENT;
}

guint
kh_bbr_loss_percent (const KhBbr *bbr)
{
  return kh_bbr_has_queue (bbr) ? KH_BBR_LOSS_PERCENT : KH_BBR_QUIET_LOSS_PERCENT;
}

gboolean
kh_bbr_is_loss_too_high (const KhBbr *bbr, guint64 lost, guint64 in_flight)
{
  return lost * 100 > in_flight * kh_bbr_loss_percent (bbr);
}

void
kh_bbr_advance_max_bw (KhBbr *bbr)
{
  bbr->cycle_bw[1] = bbr->cycle_bw[0];
  bbr->cycle_bw[0] = 0;
  bbr->max_bw = bbr->cycle_bw[1];
}

void
kh_bbr_update_latest (KhCongestion *self, const KhCongestionAck *ack)
{
  KhBbr *bbr = &self->bbr;

  bbr->smoothed_us = ack->smoothed_us;
  bbr->loss_round_start = FALSE;
  bbr->bw_latest = MAX (bbr->bw_latest, ack->sample.rate);
  bbr->inflight_latest = MAX (bbr->inflight_latest, ack->sample.delivered);
  if (ack->sample.has_packet && ack->sample.prior_delivered >= bbr->loss_round_delivered)
    {
      bbr->loss_round_delivered = self->delivery.delivered;
      bbr->loss_round_start = TRUE;
    }
}

static void
update_round (KhCongestion *self, const KhCongestionAck *ack)
{
  KhBbr *bbr = &self->bbr;

  bbr->round_start =
      ack->sample.has_packet && ack->sample.prior_delivered >= bbr->next_round_delivered;
  if (!bbr->round_start)
    return;
  kh_bbr_start_round (self);
  bbr->round_count++;
  bbr->rounds_since_bw_probe++;
}

static void
update_max_bw (KhBbr *bbr, const KhCongestionAck *ack)
{
  guint64 rate = ack->sample.rate;

  if (rate == 0 || (rate < bbr->max_bw && ack->sample.is_app_limited))
    return;
  bbr->cycle_bw[0] = MAX (bbr->cycle_bw[0], rate);
  bbr->max_bw = MAX (bbr->cycle_bw[0], bbr->cycle_bw[1]);
}

/* Ours: a few losses on a path without a queue are not congestion's, and giving way to them, round
 * after round, would give up a third of a path that loses one packet in a hundred. The draft takes
 * every round that lost something. */
static gboolean
is_congested (const KhCongestion *self)
{
  const KhBbr *bbr = &self->bbr;
  guint64 lost = self->delivery.lost - bbr->round_lost;
  guint64 sent = self->delivery.delivered - bbr->round_delivered + lost;

  /* On the way down the queue is our own. */
  return kh_bbr_is_loss_too_high (bbr, lost, sent) ||
         (bbr->state != KH_BBR_PROBE_BW_DOWN && kh_bbr_has_queue (bbr));
}

/* Section 4.5.10.3: outside of probing, losses lower what is tried next. */
static void
adapt_lower_bounds (KhCongestion *self)
{
  KhBbr *bbr = &self->bbr;

  if (bbr->state == KH_BBR_STARTUP || bbr->state == KH_BBR_PROBE_BW_REFILL ||
      bbr->state == KH_BBR_PROBE_BW_UP || !bbr->loss_in_round || !is_congested (self))
    return;

  if (bbr->bw_lo == G_MAXUINT64)
    bbr->bw_lo = bbr->max_bw;
  if (bbr->inflight_lo == KH_BBR_UNBOUND)
    bbr->inflight_lo = self->window;
  bbr->bw_lo = MAX (bbr->bw_latest, bbr->bw_lo / 100 * KH_BBR_BETA_PERCENT);
  bbr->inflight_lo = MAX (bbr->inflight_latest, bbr->inflight_lo / 100 * KH_BBR_BETA_PERCENT);
}

void
kh_bbr_update_congestion_signals (KhCongestion *self, const KhCongestionAck *ack)
{
  KhBbr *bbr = &self->bbr;

  update_round (self, ack);
  update_max_bw (bbr, ack);
  if (!bbr->loss_round_start)
    return;
  adapt_lower_bounds (self);
  bbr->loss_in_round = FALSE;
  bbr->round_lost = self->delivery.lost;
  bbr->round_delivered = self->delivery.delivered;
}

void
kh_bbr_update_aggregation (KhCongestion *self, const KhCongestionAck *ack, gint64 now_us)
{
  KhBbr *bbr = &self->bbr;
  gint64 interval_us = MAX (now_us - bbr->extra_acked_from_us, 0);
  gsize expected = (gsize) ((double) bbr->bw * (double) interval_us / G_USEC_PER_SEC);

  if (bbr->extra_acked_delivered <= expected)
    {
      bbr->extra_acked_delivered = 0;
      bbr->extra_acked_from_us = now_us;
      expected = 0;
    }
  bbr->extra_acked_delivered += ack->acked;

  if (bbr->round_count - bbr->extra_acked_round >=
      (bbr->full_bw_reached ? EXTRA_ACKED_ROUNDS / 2 : 1))
    {
      bbr->extra_acked[1] = bbr->extra_acked[0];
      bbr->extra_acked[0] = 0;
      bbr->extra_acked_round = bbr->round_count;
    }
  bbr->extra_acked[0] =
      MAX (bbr->extra_acked[0], MIN (bbr->extra_acked_delivered - expected, self->window));
}

void
kh_bbr_update_min_rtt (KhCongestion *self, const KhCongestionAck *ack, gint64 now_us)
{
  KhBbr *bbr = &self->bbr;

  bbr->probe_rtt_expired =
      bbr->probe_rtt_us != G_MAXINT64 && now_us > bbr->probe_rtt_at_us + PROBE_RTT_INTERVAL_US;
  if (ack->rtt_us == 0)
    return;

  if (ack->rtt_us < bbr->probe_rtt_us || bbr->probe_rtt_expired)
    {
      bbr->probe_rtt_us = ack->rtt_us;
      bbr->probe_rtt_at_us = now_us;
    }
  /* Ours: about as short as ever shows that there is no queue, so there is no need to drain one.
   * The draft takes only shorter samples, and so stops for a look every 5 s, for nothing. */
  else if (ack->rtt_us <= bbr->probe_rtt_us + bbr->probe_rtt_us / 32)
    bbr->probe_rtt_at_us = now_us;

  if (bbr->probe_rtt_us < bbr->min_rtt_us || now_us > bbr->min_rtt_at_us + MIN_RTT_KEPT_US)
    bbr->min_rtt_us = bbr->probe_rtt_us;
  if (bbr->min_rtt_us == bbr->probe_rtt_us)
    bbr->min_rtt_at_us = bbr->probe_rtt_at_us;
}

void
kh_bbr_advance_latest (KhCongestion *self, const KhCongestionAck *ack)
{
  if (!self->bbr.loss_round_start)
    return;
  self->bbr.bw_latest = ack->sample.rate;
  self->bbr.inflight_latest = ack->sample.delivered;
}
