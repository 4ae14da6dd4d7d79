/* congestion.h: how many bytes may be in flight, and how fast they go out (RFC 9002, section 7)
 *
 * What all controllers share is here: the count of bytes in flight, the recovery period, which
 * losses proved spurious, the delivery rate. How the window and the rate move is an algorithm
 * behind a const vtable, so that another one touches no caller.
 *
 * For each ACK and each loss timeout:
 *
 *   kh_congestion_begin (self, &ack)
 *   kh_congestion_on_acked() for each packet that was outstanding, kh_congestion_on_spurious() for
 *     each that was lost, then kh_congestion_on_lost() for each that is lost now
 *   kh_congestion_finish (self, &ack, &rtt, now_us)
 */
#pragma once

#include "transport/bbr.h"
#include "transport/cubic.h"
#include "transport/delivery-rate.h"
#include "transport/rtt.h"

typedef struct _KhCongestion KhCongestion;

/**
 * KhCongestionAck: what one ACK told
 * @acked: bytes that were outstanding
 * @acked_fresh: of them, those sent after the last congestion event began
 * @lost: bytes declared lost on occasion of it
 * @in_flight_before: bytes in flight when it came
 * @was_used: the window was in use, so that its growth would be justified (RFC 9002, section 7.8)
 * @is_limited: the window has kept back packets since the last round began
 * @rtt_us: the sample that it gave, or 0
 * @smoothed_us: the estimate after it
 */
typedef struct
{
  KhDeliverySample sample;
  gsize acked;
  gsize acked_fresh;
  gsize lost;
  gsize in_flight_before;
  gboolean was_used;
  gboolean is_limited;
  gint64 rtt_us;
  gint64 smoothed_us;
} KhCongestionAck;

/**
 * KhCongestionOps: all but @name, @init and @on_ack may be NULL
 * @init: the state of the algorithm, after that of KhCongestion; @rtt_us is the first estimate
 * @on_sent: before it counts as in flight
 * @on_congestion: a loss that begins a new recovery period
 * @on_packet_lost: each packet, after @on_congestion
 * @on_ack: at the end of an ACK or a loss timeout
 * @on_persistent: all that was sent in a long time was lost (RFC 9002, section 7.6)
 * @on_undo: all that was lost in the last recovery period had arrived
 */
typedef struct
{
  const char *name;
  void (*init) (KhCongestion *self, gint64 rtt_us);
  void (*on_sent) (KhCongestion *self, gint64 now_us);
  void (*on_congestion) (KhCongestion *self, gint64 now_us);
  void (*on_packet_lost) (KhCongestion *self,
                          gsize bytes,
                          const KhDeliveryMark *mark,
                          gint64 now_us);
  void (*on_ack) (KhCongestion *self, const KhCongestionAck *ack, gint64 now_us);
  void (*on_persistent) (KhCongestion *self, gint64 now_us);
  void (*on_undo) (KhCongestion *self, gint64 now_us);
} KhCongestionOps;

struct _KhCongestion
{
  const KhCongestionOps *ops;
  gsize max_packet;    /* bytes, of the path */
  gsize window;        /* bytes */
  gsize threshold;     /* bytes; slow start below it; G_MAXSIZE at first */
  gsize in_flight;     /* bytes */
  guint64 pacing_rate; /* bytes a second; 0 to follow from the window */
  gint64 recovery_us;  /* packets sent up to then belong to the last congestion event */
  gboolean is_limited; /* the window has kept back packets since the last round */
  guint64 round_end;   /* bytes delivered at which it ends */
  KhDeliveryRate delivery;
  gint64 min_rtt_us; /* 0 if unknown */

  /* the last recovery period, for as long as it may prove spurious */
  guint8 episode; /* names it in packets; wraps */
  guint episode_lost;
  gsize undo_window;
  gsize undo_threshold;

  union
  {
    struct
    {
      gsize acked; /* bytes acknowledged towards the next packet of growth */
    } newreno;
    KhCubic cubic;
    KhBbr bbr;
  };
};

extern const KhCongestionOps kh_congestion_newreno;
extern const KhCongestionOps kh_congestion_cubic;
extern const KhCongestionOps kh_congestion_bbr;

/* What a session uses; PROTOCOL.md, "Loss recovery and congestion", says why. */
#define KH_CONGESTION_DEFAULT (&kh_congestion_bbr)

/* @rtt_us: the first estimate of the round trip */
void kh_congestion_init (KhCongestion *self,
                         const KhCongestionOps *ops,
                         gsize max_packet,
                         gint64 rtt_us);
/* The path's packets have another size now. */
void kh_congestion_set_max_packet (KhCongestion *self, gsize max_packet);

gboolean kh_congestion_may_send (const KhCongestion *self);
KhDeliveryMark kh_congestion_on_sent (KhCongestion *self, gsize bytes, gint64 now_us);
/* The same for @n packets of @bytes, something being in flight. Returns the mark of the first; that
 * of each other is as of the one before, but behind it in flight. */
KhDeliveryMark kh_congestion_on_run_sent (KhCongestion *self, guint n, gsize bytes, gint64 now_us);
/* There was room in the window and nothing to send. */
void kh_congestion_on_app_limited (KhCongestion *self);

void kh_congestion_begin (const KhCongestion *self, KhCongestionAck *ret_ack);
void kh_congestion_on_acked (KhCongestion *self,
                             KhCongestionAck *ack,
                             gsize bytes,
                             const KhDeliveryMark *mark,
                             gint64 sent_us,
                             gint64 now_us);
/* Returns: the episode to give kh_congestion_on_spurious() should the packet be acknowledged. */
guint8 kh_congestion_on_lost (KhCongestion *self,
                              KhCongestionAck *ack,
                              gsize bytes,
                              const KhDeliveryMark *mark,
                              gint64 sent_us,
                              gint64 now_us);
void kh_congestion_on_spurious (KhCongestion *self, guint8 episode, gint64 now_us);
void
kh_congestion_finish (KhCongestion *self, KhCongestionAck *ack, const KhRtt *rtt, gint64 now_us);
void kh_congestion_on_persistent (KhCongestion *self, gint64 now_us);
/* Outstanding bytes are not waited for any more, and the path is not to blame. */
void kh_congestion_on_given_up (KhCongestion *self, gsize bytes);

/* Bytes a second at which to send (RFC 9002, section 7.7); never 0. */
guint64 kh_congestion_pacing_rate (const KhCongestion *self, gint64 smoothed_rtt_us);
gsize kh_congestion_min_window (const KhCongestion *self);
