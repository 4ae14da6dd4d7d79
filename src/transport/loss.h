/* loss.h: when a packet is lost, and when to probe (RFC 9002, section 6)
 *
 * Decides only: what to do with a lost packet's frames, and with the congestion window, is the
 * connection's matter.
 *
 * The thresholds begin as RFC 9002's. When a packet that was declared lost is acknowledged after
 * all, they grow to what would have spared it (as RACK's reordering window does, RFC 8985, section
 * 6.2), the time to at most two round trips, and fall back by halves while that does not happen.
 */
#pragma once

#include "transport/ledger.h"
#include "transport/rtt.h"

/* RFC 9002, section 6.1.1; counted in packets of the ledger, because numbers have gaps and path
 * checks, which take other ways, overtake */
#define KH_LOSS_PACKET_THRESHOLD 3
/* µs. Ours: on a path that has answered before, back-off begins only after so long a silence, so
 * that an outage ends within one probe timeout of the network's return. A probe is less than the
 * least window a round trip. */
#define KH_LOSS_EAGER_US (10 * G_USEC_PER_SEC)
/* µs. Ours: and it ends here, because a person waits. A probe every 3 s is no load. */
#define KH_LOSS_PTO_CAP_US (3 * G_USEC_PER_SEC)
/* Smoothed round trips without a spurious loss after which the thresholds halve. RFC 8985, section
 * 6.2 has 16 recoveries. */
#define KH_LOSS_REORDER_KEPT_RTTS 16

typedef struct
{
  guint pto_count;       /* timeouts since a packet was acknowledged */
  guint backoff;         /* how often the timeout has doubled since */
  gint64 silent_us;      /* the first of these timeouts; only if there is one */
  gint64 loss_us;        /* when the time threshold declares the next loss; KH_NEVER */
  gint64 last_sent_us;   /* the last ack-eliciting packet */
  gint64 first_sent_us;  /* the first one since an ACK or a timeout; KH_NEVER */
  gboolean has_acked;    /* is largest_acked set */
  guint64 largest_acked; /* index in the ledger */
  gint64 max_ack_delay_us;

  guint64 packet_threshold; /* KH_LOSS_PACKET_THRESHOLD or more */
  gint64 reorder_us;        /* how much later than a round trip packets came; 0 or more */
  gint64 reorder_seen_us;   /* when the two were last changed */

  /* the last packets lost in a row, to tell persistent congestion (section 7.6) */
  guint64 run_end; /* index after the newest of them; 0 if none */
  gint64 run_sent_us;
} KhLoss;

void kh_loss_init (KhLoss *self, gint64 max_ack_delay_us);
void kh_loss_on_sent (KhLoss *self, gint64 now_us);
/* The probe timeout has come. */
void kh_loss_on_probe (KhLoss *self, const KhRtt *rtt, gint64 now_us);
/* @index: in the ledger, of a packet that was outstanding or declared lost */
void kh_loss_on_acked (KhLoss *self, guint64 index);
/* After kh_loss_on_acked() for all of an ACK: the lost packet @index, sent at @sent_us, was among
 * those acknowledged. */
void
kh_loss_on_spurious (KhLoss *self, const KhRtt *rtt, guint64 index, gint64 sent_us, gint64 now_us);

/**
 * kh_loss_next:
 * @ret_index: the oldest packet that is to be declared lost, which is LOST from now on
 * @ret_persistent: it completes persistent congestion
 *
 * To be called until FALSE, after an ACK and at the loss timeout.
 */
gboolean kh_loss_next (KhLoss *self,
                       KhLedger *ledger,
                       const KhRtt *rtt,
                       guint64 *ret_index,
                       gboolean *ret_persistent,
                       gint64 now_us);

/* Loss or probe timeout, whichever is next; KH_NEVER if nothing is outstanding. */
gint64 kh_loss_deadline (const KhLoss *self, const KhLedger *ledger, const KhRtt *rtt);
/* Is it a probe timeout that kh_loss_deadline() announces? */
gboolean kh_loss_is_probe (const KhLoss *self);
