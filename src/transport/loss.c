/* loss.c: loss detection (RFC 9002, sections 6 and 7.6)
 *
 * A plain value over the ledger and the RTT; owns nothing. Packets are sent in the order of the
 * ledger, so the first outstanding one that is not lost ends the search: none after it is.
 */
#include "transport/loss.h"

#include "wire/datagram.h"

/* RFC 9002, section 7.6.1: in PTOs */
#define PERSISTENT_THRESHOLD 3

void
kh_loss_init (KhLoss *self, gint64 max_ack_delay_us)
{
  *self = (KhLoss){
    .loss_us = KH_NEVER,
    .first_sent_us = KH_NEVER,
    .max_ack_delay_us = max_ack_delay_us,
    .packet_threshold = KH_LOSS_PACKET_THRESHOLD,
  };
}

void
kh_loss_on_sent (KhLoss *self, gint64 now_us)
{
  self->first_sent_us = MIN (self->first_sent_us, now_us);
  self->last_sent_us = now_us;
}

void
kh_loss_on_probe (KhLoss *self, const KhRtt *rtt, gint64 now_us)
{
  if (self->pto_count == 0)
    self->silent_us = now_us;
  self->pto_count++;
  if (!rtt->has_sample || now_us - self->silent_us >= KH_LOSS_EAGER_US)
    self->backoff++;
  /* The next timeout counts from here even if the owner cannot send. */
  self->first_sent_us = self->last_sent_us = now_us;
}

void
kh_loss_on_acked (KhLoss *self, guint64 index)
{
  self->first_sent_us = KH_NEVER;
  self->pto_count = 0;
  self->backoff = 0;
  self->largest_acked = self->has_acked ? MAX (self->largest_acked, index) : index;
  self->has_acked = TRUE;
}

static gint64
round_trip_us (const KhRtt *rtt)
{
  return MAX (rtt->smoothed_us, rtt->latest_us);
}

void
kh_loss_on_spurious (KhLoss *self, const KhRtt *rtt, guint64 index, gint64 sent_us, gint64 now_us)
{
  gint64 rtt_us = round_trip_us (rtt);
  gint64 late_us = CLAMP (now_us - sent_us - rtt_us, 0, rtt_us);

  if (self->has_acked && self->largest_acked > index)
    self->packet_threshold = MAX (self->packet_threshold, self->largest_acked - index + 1);
  self->reorder_us = MAX (self->reorder_us, late_us);
  self->reorder_seen_us = now_us;
  self->run_end = 0;
}

static void
decay (KhLoss *self, const KhRtt *rtt, gint64 now_us)
{
  if (self->packet_threshold == KH_LOSS_PACKET_THRESHOLD && self->reorder_us == 0)
    return;
  if (now_us - self->reorder_seen_us < KH_LOSS_REORDER_KEPT_RTTS * rtt->smoothed_us)
    return;
  self->packet_threshold = MAX (self->packet_threshold / 2, KH_LOSS_PACKET_THRESHOLD);
  self->reorder_us /= 2;
  self->reorder_seen_us = now_us;
}

/* Section 6.1.2: 9/8 of a round trip, or what reordering asks for */
static gint64
time_threshold_us (const KhLoss *self, const KhRtt *rtt)
{
  gint64 rtt_us = round_trip_us (rtt);
  gint64 extra_us = MAX (rtt_us / 8, MIN (self->reorder_us + rtt_us / 16, rtt_us));

  return MAX (rtt_us + extra_us, KH_RTT_GRANULARITY_US);
}

/* Section 7.6.2: two lost packets far enough apart in time, none between them acknowledged, both
 * sent after the first RTT sample. */
static gboolean
extend_run (KhLoss *self, const KhRtt *rtt, guint64 index, gint64 sent_us)
{
  if (!rtt->has_sample || sent_us <= rtt->first_sample_us)
    {
      self->run_end = 0;
      return FALSE;
    }
  if (self->run_end != index || index == 0)
    self->run_sent_us = sent_us;
  self->run_end = index + 1;
  return sent_us - self->run_sent_us >
         PERSISTENT_THRESHOLD * kh_rtt_pto_us (rtt, self->max_ack_delay_us);
}

gboolean
kh_loss_next (KhLoss *self,
              KhLedger *ledger,
              const KhRtt *rtt,
              guint64 *ret_index,
              gboolean *ret_persistent,
              gint64 now_us)
{
  guint64 index = kh_ledger_oldest (ledger);
  gint64 late_us;
  const KhSentPacket *packet;

  self->loss_us = KH_NEVER;
  if (!self->has_acked || index >= MIN (self->largest_acked, kh_ledger_end (ledger)))
    return FALSE;

  decay (self, rtt, now_us);
  packet = kh_ledger_get (ledger, index);
  late_us = packet->sent_us + time_threshold_us (self, rtt);
  if (index + self->packet_threshold > self->largest_acked && late_us > now_us)
    {
      self->loss_us = late_us;
      return FALSE;
    }

  kh_ledger_set_state (ledger, index, KH_SENT_LOST);
  *ret_index = index;
  *ret_persistent = extend_run (self, rtt, index, packet->sent_us);
  return TRUE;
}

gboolean
kh_loss_is_probe (const KhLoss *self)
{
  return self->loss_us == KH_NEVER;
}

gint64
kh_loss_deadline (const KhLoss *self, const KhLedger *ledger, const KhRtt *rtt)
{
  gint64 pto_us;

  if (self->loss_us != KH_NEVER)
    return self->loss_us;
  if (kh_ledger_outstanding (ledger) == 0)
    return KH_NEVER;

  /* After a silence a probe leaves a gap behind it, and is acknowledged at once. */
  pto_us = kh_rtt_pto_us (rtt, self->pto_count < 2 ? self->max_ack_delay_us : 0);
  if (pto_us < KH_LOSS_PTO_CAP_US)
    pto_us = MIN (pto_us << MIN (self->backoff, 20), KH_LOSS_PTO_CAP_US);
  /* Not from the last one, as in section 6.2.1: who keeps on talking would never notice. */
  return MIN (self->first_sent_us, self->last_sent_us) + pto_us;
}
