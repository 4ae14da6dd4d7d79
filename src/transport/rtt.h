/* rtt.h: round-trip time (RFC 9002, section 5)
 *
 * All times are in microseconds.
 */
#pragma once

#include <glib.h>

/* RFC 9002, section 6.2.2 */
#define KH_RTT_INITIAL_US 333000
/* RFC 9002, section 6.1.2: the timer granularity */
#define KH_RTT_GRANULARITY_US 1000

typedef struct
{
  gboolean has_sample;
  gint64 smoothed_us;
  gint64 variation_us;
  gint64 min_us;
  gint64 latest_us;
  gint64 first_sample_us; /* when it was taken; only if has_sample */
} KhRtt;

/* @initial_us: the estimate before any sample, or 0 for RFC 9002's */
void kh_rtt_init (KhRtt *self, gint64 initial_us);

/**
 * kh_rtt_add:
 * @sample_us: from sending the newest acknowledged packet to its ACK
 * @ack_delay_us: what the peer says it held the ACK back
 * @max_ack_delay_us: what it may at most
 */
void kh_rtt_add (
    KhRtt *self, gint64 sample_us, gint64 ack_delay_us, gint64 max_ack_delay_us, gint64 now_us);

/* The probe timeout without back-off: section 6.2.1 */
gint64 kh_rtt_pto_us (const KhRtt *self, gint64 max_ack_delay_us);
