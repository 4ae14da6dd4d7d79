/* congestion.h: how many bytes may be in flight (RFC 9002, section 7)
 *
 * The window and the count of bytes in flight are here; how the window moves is an algorithm behind
 * a const vtable, so that another one touches no caller.
 */
#pragma once

#include <glib.h>

typedef struct _KhCongestion KhCongestion;

/**
 * KhCongestionOps:
 * @on_acked: @bytes that were sent at @sent_us were acknowledged while the window was in use
 * @on_congestion: a loss that begins a new recovery period
 * @on_persistent: all that was sent in a long time was lost (RFC 9002, section 7.6)
 */
typedef struct
{
  const char *name;
  void (*on_acked) (KhCongestion *self, gsize bytes, gint64 now_us);
  void (*on_congestion) (KhCongestion *self, gint64 now_us);
  void (*on_persistent) (KhCongestion *self, gint64 now_us);
} KhCongestionOps;

struct _KhCongestion
{
  const KhCongestionOps *ops;
  gsize max_packet;      /* bytes, of the path */
  gsize window;          /* bytes */
  gsize threshold;       /* bytes; slow start below it; G_MAXSIZE at first */
  gsize in_flight;       /* bytes */
  gint64 recovery_us;    /* packets sent up to then belong to the last congestion event */
  gsize acked_in_window; /* NewReno: bytes acknowledged towards the next packet of growth */
};

extern const KhCongestionOps kh_congestion_newreno;

void kh_congestion_init (KhCongestion *self, const KhCongestionOps *ops, gsize max_packet);

gboolean kh_congestion_may_send (const KhCongestion *self);
void kh_congestion_on_sent (KhCongestion *self, gsize bytes);
/* @in_flight_before: bytes that were in flight when the ACK came, to tell if the window was used */
void kh_congestion_on_acked (
    KhCongestion *self, gsize bytes, gint64 sent_us, gsize in_flight_before, gint64 now_us);
/* @sent_us: of the newest of the lost packets, whose sum is @bytes */
void kh_congestion_on_lost (KhCongestion *self, gsize bytes, gint64 sent_us, gint64 now_us);
void kh_congestion_on_persistent (KhCongestion *self, gint64 now_us);

/* Bytes a second at which to send (RFC 9002, section 7.7); never 0. */
guint64 kh_congestion_pacing_rate (const KhCongestion *self, gint64 smoothed_rtt_us);
gsize kh_congestion_min_window (const KhCongestion *self);
