/* bbr-cycle.c: ProbeBW, in which BBR lives (draft-ietf-ccwg-bbr, sections 4.3.3 and 4.5.10)
 *
 * Down to give way, cruise below the bounds, refill the pipe, and up to see if there is more. What
 * loses too much on the way up bounds what is in flight from then on.
 */
#include "transport/bbr-private.h"

#define DOWN_GAIN 90
#define UP_GAIN 125
#define UP_CWND_GAIN 225
/* Per cent of the bandwidth-delay product at which the queue has shown itself. */
#define UP_INFLIGHT 150
/* Per cent of the bandwidth a round before, that show that going up is worth while. */
#define UP_GROWTH 110
/* Packets to be acknowledged for one more in inflight_hi, while it is: the draft begins with one a
 * round, which would hold back who begins below his share. */
#define UP_GROWTH_PACKETS 6
#define CWND_GAIN 200
/* Section 4.3.3.5.1 */
#define PROBE_WAIT_US (2 * G_USEC_PER_SEC)
#define PROBE_WAIT_NOISE_US G_USEC_PER_SEC
#define RENO_ROUNDS_MAX 63
#define UP_ROUNDS_MAX 30

static guint32
noise (KhBbr *bbr)
{
  /* Numerical Recipes' generator; the high bits are the good ones. */
  bbr->noise = bbr->noise * 1664525u + 1013904223u;
  return bbr->noise >> 8;
}

static void
enter (KhBbr *bbr, KhBbrState state, guint pacing_gain, guint cwnd_gain, gint64 now_us)
{
  bbr->state = state;
  bbr->pacing_gain = pacing_gain;
  bbr->cwnd_gain = cwnd_gain;
  bbr->cycle_us = now_us;
}

void
kh_bbr_start_down (KhCongestion *self, gint64 now_us)
{
  KhBbr *bbr = &self->bbr;

  kh_bbr_reset_congestion_signals (bbr);
  bbr->probe_up_cnt = KH_BBR_UNBOUND;
  bbr->rounds_since_bw_probe = noise (bbr) & 1;
  bbr->bw_probe_wait_us = PROBE_WAIT_US + (gint64) (noise (bbr) % PROBE_WAIT_NOISE_US);
  bbr->ack_phase = KH_BBR_ACKS_PROBE_STOPPING;
  kh_bbr_start_round (self);
  enter (bbr, KH_BBR_PROBE_BW_DOWN, DOWN_GAIN, CWND_GAIN, now_us);
}

void
kh_bbr_start_cruise (KhCongestion *self, gint64 now_us)
{
  enter (&self->bbr, KH_BBR_PROBE_BW_CRUISE, 100, CWND_GAIN, now_us);
}

static void
start_refill (KhCongestion *self, gint64 now_us)
{
  KhBbr *bbr = &self->bbr;

  kh_bbr_reset_lower_bounds (bbr);
  bbr->bw_probe_up_rounds = 0;
  bbr->bw_probe_up_acks = 0;
  bbr->ack_phase = KH_BBR_ACKS_REFILLING;
  kh_bbr_start_round (self);
  enter (bbr, KH_BBR_PROBE_BW_REFILL, 100, CWND_GAIN, now_us);
}

/* Section 4.5.10.2: the bound grows by 1, 2, 4 … packets a round. */
static void
raise_slope (KhCongestion *self)
{
  KhBbr *bbr = &self->bbr;

  bbr->probe_up_cnt = MAX (self->window >> bbr->bw_probe_up_rounds, 1);
  bbr->bw_probe_up_rounds = MIN (bbr->bw_probe_up_rounds + 1, UP_ROUNDS_MAX);
}

void
kh_bbr_start_up (KhCongestion *self, guint64 bw, gint64 now_us)
{
  KhBbr *bbr = &self->bbr;

  bbr->ack_phase = KH_BBR_ACKS_PROBE_STARTING;
  kh_bbr_start_round (self);
  kh_bbr_reset_full_bw (bbr);
  bbr->full_bw = bw;
  bbr->up_bw = bw;
  bbr->up_rounds = 0;
  bbr->up_grows = TRUE;
  enter (bbr, KH_BBR_PROBE_BW_UP, UP_GAIN, UP_CWND_GAIN, now_us);
  raise_slope (self);
}

static void
raise_inflight_hi (KhCongestion *self, const KhCongestionAck *ack)
{
  KhBbr *bbr = &self->bbr;
  gsize n;

  if (!ack->is_limited || self->window < bbr->inflight_hi)
    return;
  if (bbr->up_grows && bbr->up_rounds > 0)
    bbr->probe_up_cnt = MIN (bbr->probe_up_cnt, UP_GROWTH_PACKETS * self->max_packet);
  bbr->bw_probe_up_acks += ack->acked;
  if (bbr->bw_probe_up_acks >= bbr->probe_up_cnt)
    {
      n = bbr->bw_probe_up_acks / bbr->probe_up_cnt;
      bbr->bw_probe_up_acks -= n * bbr->probe_up_cnt;
      bbr->inflight_hi += n * self->max_packet;
    }
  if (bbr->round_start)
    raise_slope (self);
}

static void
adapt_upper_bounds (KhCongestion *self, const KhCongestionAck *ack)
{
  KhBbr *bbr = &self->bbr;

  if (bbr->ack_phase == KH_BBR_ACKS_PROBE_STARTING && bbr->round_start)
    bbr->ack_phase = KH_BBR_ACKS_PROBE_FEEDBACK;
  if (bbr->ack_phase == KH_BBR_ACKS_PROBE_STOPPING && bbr->round_start)
    {
      bbr->bw_probe_samples = FALSE;
      bbr->ack_phase = KH_BBR_ACKS_INIT;
      if (kh_bbr_is_in_probe_bw (bbr) && !ack->sample.is_app_limited)
        kh_bbr_advance_max_bw (bbr);
    }

  if (bbr->inflight_hi == KH_BBR_UNBOUND ||
      kh_bbr_is_loss_too_high (bbr, ack->sample.lost, ack->sample.in_flight))
    return;
  bbr->inflight_hi = MAX (bbr->inflight_hi, ack->sample.in_flight);
  if (bbr->state == KH_BBR_PROBE_BW_UP)
    raise_inflight_hi (self, ack);
}

/* Section 4.3.3.5.1; also as often as Reno would fill such a pipe, to leave it its share. */
static gboolean
is_time_to_probe (KhCongestion *self, gint64 now_us)
{
  KhBbr *bbr = &self->bbr;
  gsize reno_rounds = kh_bbr_target_inflight (self) / self->max_packet;

  return now_us > bbr->cycle_us + bbr->bw_probe_wait_us ||
         bbr->rounds_since_bw_probe >= MIN (reno_rounds, RENO_ROUNDS_MAX);
}

static gboolean
is_time_to_cruise (const KhCongestion *self)
{
  if (self->in_flight > kh_bbr_inflight_with_headroom (self))
    return FALSE;
  return self->in_flight <= kh_bbr_inflight (self, self->bbr.max_bw, 100);
}

/* Whoever has the smaller share of a full line gains much by going up, and whoever has the greater
 * one little. */
static void
judge_growth (KhBbr *bbr, const KhCongestionAck *ack)
{
  if (!bbr->round_start)
    return;
  /* The first round still acknowledges what was sent before. */
  if (++bbr->up_rounds >= 2)
    bbr->up_grows = ack->sample.rate >= bbr->up_bw / 100 * UP_GROWTH;
  bbr->up_bw = MAX (bbr->up_bw, ack->sample.rate);
}

/* Ours is near to the draft's second version: half of the product is queued, and by us. The third
 * waits for three rounds without growth, counted anew whenever inflight_hi holds back: that is
 * seconds with a queue, in which people wait and other flows lose. But who gains by it may go on,
 * so that flows come to equal shares. */
static gboolean
is_time_to_go_down (KhCongestion *self, const KhCongestionAck *ack, gint64 now_us)
{
  KhBbr *bbr = &self->bbr;

  judge_growth (bbr, ack);
  if (now_us > bbr->cycle_us + bbr->min_rtt_us && !bbr->up_grows &&
      ack->rtt_us >= bbr->min_rtt_us / 100 * UP_INFLIGHT &&
      self->in_flight >= kh_bbr_inflight (self, bbr->max_bw, UP_INFLIGHT))
    return TRUE;
  if (ack->is_limited && self->window >= bbr->inflight_hi)
    {
      kh_bbr_reset_full_bw (bbr);
      bbr->full_bw = ack->sample.rate;
      return FALSE;
    }
  return bbr->full_bw_now;
}

void
kh_bbr_update_cycle (KhCongestion *self, const KhCongestionAck *ack, gint64 now_us)
{
  KhBbr *bbr = &self->bbr;

  if (!bbr->full_bw_reached)
    return;
  adapt_upper_bounds (self, ack);

  switch (bbr->state)
    {
    case KH_BBR_PROBE_BW_DOWN:
      if (is_time_to_probe (self, now_us))
        start_refill (self, now_us);
      else if (is_time_to_cruise (self))
        enter (bbr, KH_BBR_PROBE_BW_CRUISE, 100, CWND_GAIN, bbr->cycle_us);
      return;
    case KH_BBR_PROBE_BW_CRUISE:
      if (is_time_to_probe (self, now_us))
        start_refill (self, now_us);
      return;
    case KH_BBR_PROBE_BW_REFILL:
      /* The pipe is full for a round; what is lost now, the probe has lost. */
      if (bbr->round_start)
        {
          bbr->bw_probe_samples = TRUE;
          kh_bbr_start_up (self, ack->sample.rate, now_us);
        }
      return;
    case KH_BBR_PROBE_BW_UP:
      if (is_time_to_go_down (self, ack, now_us))
        kh_bbr_start_down (self, now_us);
      return;
    case KH_BBR_STARTUP:
    case KH_BBR_DRAIN:
    case KH_BBR_PROBE_RTT:
    default:
      return;
    }
}

static void
note_loss (KhCongestion *self)
{
  KhBbr *bbr = &self->bbr;

  if (bbr->loss_in_round)
    return;
  bbr->loss_in_round = TRUE;
  bbr->loss_round_delivered = self->delivery.delivered;
}

/* Section 4.5.10.2: what was in flight when the losses passed the threshold, though a whole batch
 * may be declared lost at once. */
static gsize
inflight_at_loss (const KhBbr *bbr, gsize bytes, guint64 lost, gsize in_flight)
{
  double before = (double) (in_flight - MIN (bytes, in_flight));
  double lost_before = (double) (lost - MIN (bytes, lost));
  double ratio = kh_bbr_loss_percent (bbr) / 100.0;
  double prefix = (ratio * before - lost_before) / (1 - ratio);

  return (gsize) MAX (before + prefix, 0);
}

/* Ours: where the queue is full, there is someone who gives way to losses, or it was our own doing.
 * So much is given up as CUBIC gives up; the draft keeps all that was in flight, and who comes late
 * to a line that it fills never gets a share. */
static gsize
bearable_inflight (const KhBbr *bbr, gsize at_loss)
{
  return kh_bbr_has_queue (bbr) ? at_loss / 100 * KH_BBR_BETA_PERCENT : at_loss;
}

void
kh_bbr_on_packet_lost (KhCongestion *self, gsize bytes, const KhDeliveryMark *mark, gint64 now_us)
{
  KhBbr *bbr = &self->bbr;
  guint64 lost = self->delivery.lost - mark->lost;

  note_loss (self);
  if (!bbr->bw_probe_samples || !kh_bbr_is_loss_too_high (bbr, lost, mark->in_flight))
    return;

  bbr->bw_probe_samples = FALSE;
  if (!mark->is_app_limited)
    bbr->inflight_hi =
        MAX (bearable_inflight (bbr, inflight_at_loss (bbr, bytes, lost, mark->in_flight)),
             kh_bbr_target_inflight (self) / 100 * KH_BBR_BETA_PERCENT);
  if (bbr->state == KH_BBR_PROBE_BW_UP)
    kh_bbr_start_down (self, now_us);
}
