/* loss.c: loss detection (RFC 9002, sections 6 and 7.6)
 *
 * A plain value over the ledger and the RTT; owns nothing.
 */
#include "transport/loss.h"

#include "wire/datagram.h"

/* RFC 9002, section 7.6.1: in PTOs */
#define PERSISTENT_THRESHOLD 3

void
kh_loss_init (KhLoss *self, gint64 max_ack_delay_us)
{
  *self = (KhLoss){ .loss_us = KH_NEVER, .max_ack_delay_us = max_ack_delay_us };
}

void
kh_loss_on_sent (KhLoss *self, gint64 now_us)
{
  self->last_sent_us = now_us;
}

void
kh_loss_on_acked (KhLoss *self, guint64 index)
{
  self->pto_count = 0;
  self->largest_acked = self->has_acked ? MAX (self->largest_acked, index) : index;
  self->has_acked = TRUE;
}

/* Section 6.1.2: 9/8 of a round trip */
static gint64
time_threshold_us (const KhRtt *rtt)
{
  gint64 rtt_us = MAX (rtt->smoothed_us, rtt->latest_us);

  return MAX (rtt_us + rtt_us / 8, KH_RTT_GRANULARITY_US);
}

/* Section 7.6.2: two lost packets far enough apart in time, none between them acknowledged, both
 * sent after the first RTT sample. */
static gboolean
is_persistent (const KhLoss *self, KhLedger *ledger, const KhRtt *rtt, guint end)
{
  gint64 duration_us = kh_rtt_pto_us (rtt, self->max_ack_delay_us) * PERSISTENT_THRESHOLD;
  gint64 newest_us = G_MININT64;

  if (!rtt->has_sample)
    return FALSE;

  for (guint i = end; i > 0; i--)
    {
      const KhSentPacket *packet = kh_ledger_get (ledger, i - 1);

      if (packet->state != KH_SENT_LOST || packet->sent_us <= rtt->first_sample_us)
        return FALSE;
      newest_us = MAX (newest_us, packet->sent_us);
      if (newest_us - packet->sent_us > duration_us)
        return TRUE;
    }
  return FALSE;
}

KhLossResult
kh_loss_detect (KhLoss *self, KhLedger *ledger, const KhRtt *rtt, GPtrArray *lost, gint64 now_us)
{
  KhLossResult result = { .newest_sent_us = G_MININT64 };
  gint64 threshold_us = time_threshold_us (rtt);
  guint end = 0;

  self->loss_us = KH_NEVER;
  if (!self->has_acked)
    return result;

  for (guint i = 0; i < kh_ledger_count (ledger); i++)
    {
      KhSentPacket *packet = kh_ledger_get (ledger, i);

      if (packet->index >= self->largest_acked)
        break;
      if (packet->state != KH_SENT_OUTSTANDING)
        continue;
      if (packet->index + KH_LOSS_PACKET_THRESHOLD > self->largest_acked &&
          packet->sent_us + threshold_us > now_us)
        {
          self->loss_us = MIN (self->loss_us, packet->sent_us + threshold_us);
          continue;
        }

      kh_ledger_set_state (ledger, packet, KH_SENT_LOST);
      g_ptr_array_add (lost, packet);
      result.packets++;
      result.bytes += packet->bytes;
      result.newest_sent_us = MAX (result.newest_sent_us, packet->sent_us);
      end = i + 1;
    }

  if (result.packets > 0)
    result.persistent = is_persistent (self, ledger, rtt, end);
  return result;
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

  pto_us = kh_rtt_pto_us (rtt, self->max_ack_delay_us);
  if (pto_us < KH_LOSS_PTO_CAP_US)
    pto_us = MIN (pto_us << MIN (self->pto_count, 20), KH_LOSS_PTO_CAP_US);
  return self->last_sent_us + pto_us;
}
