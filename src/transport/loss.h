/* loss.h: when a packet is lost, and when to probe (RFC 9002, section 6)
 *
 * Decides only: what to do with a lost packet's frames, and with the congestion window, is the
 * connection's matter.
 */
#pragma once

#include "transport/ledger.h"
#include "transport/rtt.h"

/* RFC 9002, section 6.1.1; counted in packets of the ledger, because numbers have gaps and path
 * checks, which take other ways, overtake */
#define KH_LOSS_PACKET_THRESHOLD 3
/* µs. Ours: back-off ends here, so that after an outage talk goes on within seconds. A probe every
 * 3 s is no load. */
#define KH_LOSS_PTO_CAP_US (3 * G_USEC_PER_SEC)

typedef struct
{
  guint pto_count;       /* timeouts since an outstanding packet was acknowledged */
  gint64 loss_us;        /* when the time threshold declares the next loss; KH_NEVER */
  gint64 last_sent_us;   /* the last ack-eliciting packet */
  gboolean has_acked;    /* is largest_acked set */
  guint64 largest_acked; /* index in the ledger */
  gint64 max_ack_delay_us;
} KhLoss;

/* What kh_loss_detect() found. */
typedef struct
{
  guint packets;
  gsize bytes;
  gint64 newest_sent_us; /* of the newest lost packet; G_MININT64 if none */
  gboolean persistent;   /* RFC 9002, section 7.6 */
} KhLossResult;

void kh_loss_init (KhLoss *self, gint64 max_ack_delay_us);
void kh_loss_on_sent (KhLoss *self, gint64 now_us);
/* @index: in the ledger, of a packet that was outstanding */
void kh_loss_on_acked (KhLoss *self, guint64 index);

/* Declares packets lost and appends them to @lost (of KhSentPacket *, borrowed from the ledger). */
KhLossResult
kh_loss_detect (KhLoss *self, KhLedger *ledger, const KhRtt *rtt, GPtrArray *lost, gint64 now_us);

/* Loss or probe timeout, whichever is next; KH_NEVER if nothing is outstanding. */
gint64 kh_loss_deadline (const KhLoss *self, const KhLedger *ledger, const KhRtt *rtt);
/* Is it a probe timeout that kh_loss_deadline() announces? */
gboolean kh_loss_is_probe (const KhLoss *self);
