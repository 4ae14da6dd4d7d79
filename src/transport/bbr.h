/* bbr.h: the state of BBR (draft-ietf-ccwg-bbr, version 3), which is part of KhCongestion
 *
 * Names are the draft's where it has them. Bandwidths are bytes a second, amounts are bytes.
 */
#pragma once

#include <glib.h>

/* As good as no bound. */
#define KH_BBR_UNBOUND (G_MAXSIZE / 4)

typedef enum
{
  KH_BBR_STARTUP,
  KH_BBR_DRAIN,
  KH_BBR_PROBE_BW_DOWN,
  KH_BBR_PROBE_BW_CRUISE,
  KH_BBR_PROBE_BW_REFILL,
  KH_BBR_PROBE_BW_UP,
  KH_BBR_PROBE_RTT,
} KhBbrState;

/* What the ACKs that come now are of. */
typedef enum
{
  KH_BBR_ACKS_INIT,
  KH_BBR_ACKS_REFILLING,
  KH_BBR_ACKS_PROBE_STARTING,
  KH_BBR_ACKS_PROBE_FEEDBACK,
  KH_BBR_ACKS_PROBE_STOPPING,
} KhBbrAckPhase;

typedef struct
{
  KhBbrState state;
  guint pacing_gain; /* per cent */
  guint cwnd_gain;   /* per cent */
  guint32 noise;     /* keeps flows from probing in step; not for secrets */

  /* the path's model */
  guint64 bw;             /* the lesser of max_bw and bw_lo */
  guint64 max_bw;         /* of this ProbeBW cycle and the one before */
  guint64 cycle_bw[2];    /* the newer one first */
  guint64 bw_lo;          /* G_MAXUINT64 if unbound */
  gsize inflight_lo;      /* KH_BBR_UNBOUND if so, as below */
  gsize inflight_hi;      /* what did not lose too much */
  gsize max_inflight;     /* what cwnd_gain makes of it all */
  gint64 min_rtt_us;      /* G_MAXINT64 if unknown */
  gint64 smoothed_us;     /* the round trip as it is now */
  gint64 min_rtt_at_us;   /* when it was last seen */
  gint64 probe_rtt_us;    /* the least of the last KH_BBR_PROBE_RTT_INTERVAL */
  gint64 probe_rtt_at_us; /* when it was last seen */
  gboolean probe_rtt_expired;

  /* rounds */
  guint64 next_round_delivered;
  gboolean round_start;
  guint64 round_count;

  /* what the last rounds lost and delivered */
  guint64 loss_round_delivered;
  gboolean loss_round_start;
  gboolean loss_in_round;
  guint loss_events;
  guint64 round_lost;      /* over all time, when the round began */
  guint64 round_delivered; /* likewise */
  guint64 bw_latest;
  gsize inflight_latest;

  /* is the pipe full? */
  guint64 full_bw;
  guint full_bw_count;
  gboolean full_bw_now;
  gboolean full_bw_reached;

  /* ACK aggregation */
  gint64 extra_acked_from_us;
  gsize extra_acked_delivered;
  gsize extra_acked[2]; /* greatest, of this half of the filter and the one before */
  guint64 extra_acked_round;

  /* ProbeBW */
  KhBbrAckPhase ack_phase;
  gint64 cycle_us; /* when the phase began */
  gint64 bw_probe_wait_us;
  guint rounds_since_bw_probe;
  gboolean bw_probe_samples; /* are ACKs of the probe, so that a loss bounds inflight_hi? */
  guint up_rounds;
  gboolean up_grows; /* the probe still brings more */
  guint64 up_bw;     /* what it has brought */
  guint bw_probe_up_rounds;
  gsize bw_probe_up_acks; /* bytes */
  gsize probe_up_cnt;     /* bytes to be acknowledged for one more packet */

  /* ProbeRTT and idleness */
  gint64 probe_rtt_done_us; /* KH_BBR_NOT_YET */
  gboolean probe_rtt_round_done;
  gsize prior_window;
  gboolean idle_restart;

  /* before the last loss, should it be spurious */
  KhBbrState undo_state;
  guint64 undo_bw_lo;
  gsize undo_inflight_lo;
  gsize undo_inflight_hi;
} KhBbr;

const char *kh_bbr_state_to_string (KhBbrState state);
