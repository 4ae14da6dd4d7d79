/* bbr-private.h: what the files of BBR share
 *
 * bbr.c        the vtable, Startup, Drain, ProbeRTT, and what follows for the window and the rate
 * bbr-model.c  bandwidth, round trip and bounds from what ACKs and losses show
 * bbr-cycle.c  ProbeBW: down, cruise, refill, up
 */
#pragma once

#include "transport/congestion.h"

/* draft-ietf-ccwg-bbr, section 2; gains in per cent */
#define KH_BBR_LOSS_PERCENT 2
/* Ours: while there is no queue. Two in a hundred are soon lost by chance, and a path that loses at
 * random must not be taken for a full one. */
#define KH_BBR_QUIET_LOSS_PERCENT 8
#define KH_BBR_BETA_PERCENT 70
#define KH_BBR_HEADROOM_PERCENT 15
#define KH_BBR_MIN_PACKETS 4
#define KH_BBR_NOT_YET G_MININT64

/* --- bbr.c --- */
void kh_bbr_start_round (KhCongestion *self);
void kh_bbr_reset_full_bw (KhBbr *bbr);
gboolean kh_bbr_is_in_probe_bw (const KhBbr *bbr);

/* --- bbr-model.c --- */
void kh_bbr_reset_congestion_signals (KhBbr *bbr);
void kh_bbr_reset_lower_bounds (KhBbr *bbr);
/* The bandwidth-delay product times @gain per cent, and what batching needs. */
gsize kh_bbr_inflight (const KhCongestion *self, guint64 bw, guint gain);
gsize kh_bbr_min_window (const KhCongestion *self);
gsize kh_bbr_target_inflight (const KhCongestion *self);
gsize kh_bbr_inflight_with_headroom (const KhCongestion *self);
/* One batch (section 4.6.3): 1 ms, but 256 KiB at most and two packets at least. */
gsize kh_bbr_send_quantum (const KhCongestion *self);
/* Is the smoothed round trip a quarter longer than the least one? */
gboolean kh_bbr_has_queue (const KhBbr *bbr);
/* The loss that is too much now. */
guint kh_bbr_loss_percent (const KhBbr *bbr);
gboolean kh_bbr_is_loss_too_high (const KhBbr *bbr, guint64 lost, guint64 in_flight);
void kh_bbr_advance_max_bw (KhBbr *bbr);

/* In this order on each ACK (section 4.2.3) */
void kh_bbr_update_latest (KhCongestion *self, const KhCongestionAck *ack);
void kh_bbr_update_congestion_signals (KhCongestion *self, const KhCongestionAck *ack);
void kh_bbr_update_aggregation (KhCongestion *self, const KhCongestionAck *ack, gint64 now_us);
void kh_bbr_update_min_rtt (KhCongestion *self, const KhCongestionAck *ack, gint64 now_us);
void kh_bbr_advance_latest (KhCongestion *self, const KhCongestionAck *ack);

/* --- bbr-cycle.c --- */
void kh_bbr_start_down (KhCongestion *self, gint64 now_us);
void kh_bbr_start_cruise (KhCongestion *self, gint64 now_us);
void kh_bbr_start_up (KhCongestion *self, guint64 bw, gint64 now_us);
void kh_bbr_update_cycle (KhCongestion *self, const KhCongestionAck *ack, gint64 now_us);
void
kh_bbr_on_packet_lost (KhCongestion *self, gsize bytes, const KhDeliveryMark *mark, gint64 now_us);
