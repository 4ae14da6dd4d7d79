/* bbr.c: BBR congestion control (draft-ietf-ccwg-bbr, version 3)
 *
 * The state is in KhCongestion. Here are Startup, Drain and ProbeRTT, and what follows from the
 * model for the window and the rate; there is no ECN, for the path does not show it.
 */
#include "transport/bbr-private.h"

/* Section 2; gains in per cent */
#define STARTUP_GAIN 277
#define DRAIN_GAIN 50
#define CWND_GAIN 200
#define PROBE_RTT_CWND_GAIN 50
#define PACING_PERCENT 99
#define FULL_BW_GROWTH 125
#define FULL_BW_ROUNDS 3
#define FULL_LOSS_EVENTS 6
#define PROBE_RTT_DURATION_US (G_USEC_PER_SEC / 5)

const char *
kh_bbr_state_to_string (KhBbrState state)
{
  switch (state)
    {
    case KH_BBR_STARTUP:
      return "startup";
    case KH_BBR_DRAIN:
      return "drain";
    case KH_BBR_PROBE_BW_DOWN:
      return "probe-bw-down";
    case KH_BBR_PROBE_BW_CRUISE:
      return "probe-bw-cruise";
    case KH_BBR_PROBE_BW_REFILL:
      return "probe-bw-refill";
    case KH_BBR_PROBE_BW_UP:
      return "probe-bw-up";
    case KH_BBR_PROBE_RTT:
      return "probe-rtt";
    default:
      return "unknown";
    }
}

gboolean
kh_bbr_is_in_probe_bw (const KhBbr *bbr)
{
  return bbr->state >= KH_BBR_PROBE_BW_DOWN && bbr->state <= KH_BBR_PROBE_BW_UP;
}

void
kh_bbr_start_round (KhCongestion *self)
{
  self->bbr.next_round_delivered = self->delivery.delivered;
}

void
kh_bbr_reset_full_bw (KhBbr *bbr)
{
  bbr->full_bw = 0;
  bbr->full_bw_count = 0;
  bbr->full_bw_now = FALSE;
}

static void
enter_startup (KhBbr *bbr)
{
  bbr->state = KH_BBR_STARTUP;
  bbr->pacing_gain = STARTUP_GAIN;
  bbr->cwnd_gain = CWND_GAIN;
}

static void
init (KhCongestion *self, gint64 rtt_us)
{
  KhBbr *bbr = &self->bbr;

  *bbr = (KhBbr){
    .min_rtt_us = G_MAXINT64,
    .probe_rtt_us = G_MAXINT64,
    .inflight_hi = KH_BBR_UNBOUND,
    .probe_up_cnt = KH_BBR_UNBOUND,
    .probe_rtt_done_us = KH_BBR_NOT_YET,
    .min_rtt_at_us = G_MININT64 / 2,
    .probe_rtt_at_us = G_MININT64 / 2,
    .undo_inflight_lo = KH_BBR_UNBOUND,
    .undo_inflight_hi = KH_BBR_UNBOUND,
    .undo_bw_lo = G_MAXUINT64,
  };
  kh_bbr_reset_lower_bounds (bbr);
  enter_startup (bbr);
  self->pacing_rate =
      (guint64) self->window * G_USEC_PER_SEC / (guint64) MAX (rtt_us, 1000) * STARTUP_GAIN / 100;
}

static void
set_pacing_rate (KhCongestion *self, guint gain)
{
  KhBbr *bbr = &self->bbr;
  guint64 rate = (guint64) ((double) bbr->bw * gain / 100 * PACING_PERCENT / 100);

  if (bbr->bw > 0 && (bbr->full_bw_reached || rate > self->pacing_rate))
    self->pacing_rate = MAX (rate, 1);
}

/* Section 4.3.1.2 */
static void
check_full_bw (KhBbr *bbr, const KhCongestionAck *ack)
{
  if (bbr->full_bw_now || !bbr->round_start || ack->sample.is_app_limited)
    return;
  if ((double) ack->sample.rate >= (double) bbr->full_bw * FULL_BW_GROWTH / 100)
    {
      kh_bbr_reset_full_bw (bbr);
      bbr->full_bw = ack->sample.rate;
      return;
    }
  bbr->full_bw_now = ++bbr->full_bw_count >= FULL_BW_ROUNDS;
  bbr->full_bw_reached |= bbr->full_bw_now;
}

/* Section 4.3.1.3: a round that lost too much, in several places, says the same. */
static void
check_startup_loss (KhCongestion *self, const KhCongestionAck *ack)
{
  KhBbr *bbr = &self->bbr;

  if (bbr->full_bw_reached)
    return;
  if (ack->lost > 0)
    bbr->loss_events++;
  if (!bbr->loss_round_start)
    return;
  if (bbr->loss_events >= FULL_LOSS_EVENTS &&
      kh_bbr_is_loss_too_high (bbr, ack->sample.lost, ack->sample.in_flight))
    {
      bbr->full_bw_reached = TRUE;
      bbr->inflight_hi = MAX (kh_bbr_inflight (self, bbr->max_bw, 100), bbr->inflight_latest);
    }
  bbr->loss_events = 0;
}

static void
check_startup_and_drain (KhCongestion *self, const KhCongestionAck *ack, gint64 now_us)
{
  KhBbr *bbr = &self->bbr;

  check_full_bw (bbr, ack);
  check_startup_loss (self, ack);
  if (bbr->state == KH_BBR_STARTUP && bbr->full_bw_reached)
    {
      bbr->state = KH_BBR_DRAIN;
      bbr->pacing_gain = DRAIN_GAIN;
      bbr->cwnd_gain = CWND_GAIN;
    }
  if (bbr->state == KH_BBR_DRAIN && self->in_flight <= kh_bbr_inflight (self, bbr->max_bw, 100))
    kh_bbr_start_down (self, now_us);
}

/* Section 4.3.4 */
static void
check_probe_rtt_done (KhCongestion *self, gint64 now_us)
{
  KhBbr *bbr = &self->bbr;

  if (bbr->probe_rtt_done_us == KH_BBR_NOT_YET || now_us <= bbr->probe_rtt_done_us)
    return;
  bbr->probe_rtt_at_us = now_us;
  self->window = MAX (self->window, bbr->prior_window);
  kh_bbr_reset_lower_bounds (bbr);
  if (bbr->full_bw_reached)
    {
      kh_bbr_start_down (self, now_us);
      kh_bbr_start_cruise (self, now_us);
    }
  else
    enter_startup (bbr);
}

static gsize
probe_rtt_window (const KhCongestion *self)
{
  return MAX (kh_bbr_inflight (self, self->bbr.bw, PROBE_RTT_CWND_GAIN), kh_bbr_min_window (self));
}

static void
check_probe_rtt (KhCongestion *self, const KhCongestionAck *ack, gint64 now_us)
{
  KhBbr *bbr = &self->bbr;

  if (bbr->state != KH_BBR_PROBE_RTT && bbr->probe_rtt_expired && !bbr->idle_restart &&
      ack->rtt_us > 0 && bbr->round_count > 0)
    {
      bbr->state = KH_BBR_PROBE_RTT;
      bbr->pacing_gain = 100;
      bbr->cwnd_gain = PROBE_RTT_CWND_GAIN;
      bbr->prior_window = self->window;
      bbr->probe_rtt_done_us = KH_BBR_NOT_YET;
      bbr->ack_phase = KH_BBR_ACKS_PROBE_STOPPING;
      kh_bbr_start_round (self);
    }
  if (ack->acked > 0)
    bbr->idle_restart = FALSE;
  if (bbr->state != KH_BBR_PROBE_RTT)
    return;

  kh_congestion_on_app_limited (self);
  if (bbr->probe_rtt_done_us == KH_BBR_NOT_YET)
    {
      if (self->in_flight > probe_rtt_window (self))
        return;
      bbr->probe_rtt_done_us = now_us + PROBE_RTT_DURATION_US;
      bbr->probe_rtt_round_done = FALSE;
      kh_bbr_start_round (self);
      return;
    }
  bbr->probe_rtt_round_done |= bbr->round_start;
  if (bbr->probe_rtt_round_done)
    check_probe_rtt_done (self, now_us);
}

/* Section 4.6.4.6 */
static gsize
bound_for_model (const KhCongestion *self)
{
  const KhBbr *bbr = &self->bbr;
  gsize bound = KH_BBR_UNBOUND;

  if (kh_bbr_is_in_probe_bw (bbr) && bbr->state != KH_BBR_PROBE_BW_CRUISE)
    bound = bbr->inflight_hi;
  else if (bbr->state == KH_BBR_PROBE_RTT || bbr->state == KH_BBR_PROBE_BW_CRUISE)
    bound = kh_bbr_inflight_with_headroom (self);
  return MAX (MIN (bound, bbr->inflight_lo), kh_bbr_min_window (self));
}

static void
set_window (KhCongestion *self, const KhCongestionAck *ack)
{
  KhBbr *bbr = &self->bbr;

  bbr->max_inflight = kh_bbr_inflight (self, bbr->bw, bbr->cwnd_gain) +
                      MAX (bbr->extra_acked[0], bbr->extra_acked[1]);
  if (bbr->full_bw_reached)
    self->window = MIN (self->window + ack->acked, bbr->max_inflight);
  else if (self->window < bbr->max_inflight || self->delivery.delivered < 10 * self->max_packet)
    self->window += ack->acked;
  self->window = MAX (self->window, kh_bbr_min_window (self));
  if (bbr->state == KH_BBR_PROBE_RTT)
    self->window = MIN (self->window, probe_rtt_window (self));
  self->window = MIN (self->window, bound_for_model (self));
}

static void
on_ack (KhCongestion *self, const KhCongestionAck *ack, gint64 now_us)
{
  KhBbr *bbr = &self->bbr;

  kh_bbr_update_latest (self, ack);
  kh_bbr_update_congestion_signals (self, ack);
  kh_bbr_update_aggregation (self, ack, now_us);
  check_startup_and_drain (self, ack, now_us);
  kh_bbr_update_cycle (self, ack, now_us);
  kh_bbr_update_min_rtt (self, ack, now_us);
  check_probe_rtt (self, ack, now_us);
  kh_bbr_advance_latest (self, ack);
  bbr->bw = MIN (bbr->max_bw, bbr->bw_lo);
  set_pacing_rate (self, bbr->pacing_gain);
  set_window (self, ack);
}

/* Section 4.2.2 */
static void
on_sent (KhCongestion *self, gint64 now_us)
{
  KhBbr *bbr = &self->bbr;

  if (self->in_flight > 0 || self->delivery.app_limited_until == 0)
    return;
  if (bbr->noise == 0)
    bbr->noise = (guint32) now_us ^ (guint32) (now_us >> 32) ^ 1;
  bbr->idle_restart = TRUE;
  bbr->extra_acked_from_us = now_us;
  if (kh_bbr_is_in_probe_bw (bbr))
    set_pacing_rate (self, 100);
  else if (bbr->state == KH_BBR_PROBE_RTT)
    check_probe_rtt_done (self, now_us);
}

/* Section 4.5.10.4 */
static void
on_congestion (KhCongestion *self, gint64 now_us)
{
  KhBbr *bbr = &self->bbr;

  bbr->undo_state = bbr->state;
  bbr->undo_bw_lo = bbr->bw_lo;
  bbr->undo_inflight_lo = bbr->inflight_lo;
  bbr->undo_inflight_hi = bbr->inflight_hi;
}

static void
on_undo (KhCongestion *self, gint64 now_us)
{
  KhBbr *bbr = &self->bbr;

  bbr->loss_in_round = FALSE;
  kh_bbr_reset_full_bw (bbr);
  bbr->bw_lo = MAX (bbr->bw_lo, bbr->undo_bw_lo);
  bbr->inflight_lo = MAX (bbr->inflight_lo, bbr->undo_inflight_lo);
  bbr->inflight_hi = MAX (bbr->inflight_hi, bbr->undo_inflight_hi);
  self->window = MAX (self->window, self->undo_window);
  if (bbr->state == KH_BBR_PROBE_RTT || bbr->state == bbr->undo_state)
    return;
  if (bbr->undo_state == KH_BBR_STARTUP)
    {
      bbr->full_bw_reached = FALSE;
      enter_startup (bbr);
    }
  else if (bbr->undo_state == KH_BBR_PROBE_BW_UP)
    {
      bbr->bw_probe_samples = TRUE;
      kh_bbr_start_up (self, bbr->bw_latest, now_us);
    }
}

/* Section 4.6.4.4: what the path bears is unknown now; the model tells how far the window may grow
 * with the ACKs. */
static void
on_persistent (KhCongestion *self, gint64 now_us)
{
  self->window = kh_bbr_min_window (self);
}

const KhCongestionOps kh_congestion_bbr = {
  .name = "bbr",
  .init = init,
  .on_sent = on_sent,
  .on_packet_lost = kh_bbr_on_packet_lost,
  .on_congestion = on_congestion,
  .on_ack = on_ack,
  .on_persistent = on_persistent,
  .on_undo = on_undo,
};
