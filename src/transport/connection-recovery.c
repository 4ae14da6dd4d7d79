/* connection-recovery.c: ACKs, losses, probes and the change of path (RFC 9002; DESIGN 8 and 9)
 *
 * What a packet carried is never sent again as such: each frame in the ledger is asked what of it
 * is still owed, and that is put into new packets.
 */
#include "transport/connection-private.h"

/* RFC 9002, section 6.2.4 */
#define PROBES 2
/* PTOs for which a lost packet stays known, for its ACK may yet come. */
#define LOST_KEPT_PTOS 3

static void
owe_again (KhConnection *self, const KhSentPacket *packet)
{
  for (guint i = 0; i < packet->n_frames; i++)
    kh_connection_frame_lost (self, &packet->frames[i]);
}

void
kh_connection_detect_losses (KhConnection *self, gint64 now_us)
{
  KhLossResult result;

  g_ptr_array_set_size (self->lost, 0);
  result = kh_loss_detect (&self->loss, self->ledger, &self->rtt, self->lost, now_us);
  if (result.packets == 0)
    return;

  for (guint i = 0; i < self->lost->len; i++)
    owe_again (self, g_ptr_array_index (self->lost, i));
  self->stats.packets_lost += result.packets;
  kh_congestion_on_lost (&self->congestion, result.bytes, result.newest_sent_us, now_us);
  if (result.persistent)
    kh_congestion_on_persistent (&self->congestion, now_us);
}

/* Returns whether the packet was outstanding. */
static gboolean
packet_acked (KhConnection *self,
              KhSentPacket *packet,
              const KhFrame *frame,
              gsize in_flight_before,
              gint64 now_us)
{
  gboolean was_outstanding = packet->state == KH_SENT_OUTSTANDING;

  if (packet->state == KH_SENT_ACKED)
    return FALSE;

  kh_ledger_set_state (self->ledger, packet, KH_SENT_ACKED);
  for (guint i = 0; i < packet->n_frames; i++)
    kh_connection_frame_acked (self, &packet->frames[i]);
  if (!was_outstanding)
    {
      self->stats.packets_spurious++;
      return FALSE;
    }

  if (packet->number == frame->ack.ranges[0].last)
    kh_rtt_add (&self->rtt, now_us - packet->sent_us,
                (gint64) MIN (frame->ack.delay_us, KH_CONNECTION_MAX_ACK_DELAY_US),
                KH_CONNECTION_MAX_ACK_DELAY_US, now_us);
  kh_loss_on_acked (&self->loss, packet->index);
  kh_congestion_on_acked (&self->congestion, packet->bytes, packet->sent_us, in_flight_before,
                          now_us);
  return TRUE;
}

KhTransportError
kh_connection_receive_ack (KhConnection *self, const KhFrame *frame, gint64 now_us)
{
  gsize in_flight_before = self->congestion.in_flight;
  gboolean progress = FALSE;

  if (!self->has_sent || frame->ack.ranges[0].last > self->largest_sent)
    return KH_TRANSPORT_PROTOCOL_VIOLATION;

  for (guint r = 0; r < frame->ack.n_ranges; r++)
    {
      const KhFrameAckRange *range = &frame->ack.ranges[r];

      for (guint i = kh_ledger_find (self->ledger, range->first);
           i < kh_ledger_count (self->ledger); i++)
        {
          KhSentPacket *packet = kh_ledger_get (self->ledger, i);

          if (packet->number > range->last)
            break;
          progress |= packet_acked (self, packet, frame, in_flight_before, now_us);
        }
    }

  if (progress)
    {
      self->last_ack_us = now_us;
      self->probes = 0;
      kh_connection_detect_losses (self, now_us);
    }
  kh_ledger_trim (self->ledger,
                  now_us -
                      LOST_KEPT_PTOS * kh_rtt_pto_us (&self->rtt, KH_CONNECTION_MAX_ACK_DELAY_US));
  return KH_TRANSPORT_OK;
}

/* Gives the packet up without blaming the path's capacity. */
static void
give_up (KhConnection *self, KhSentPacket *packet)
{
  kh_ledger_set_state (self->ledger, packet, KH_SENT_LOST);
  self->congestion.in_flight -= MIN (packet->bytes, self->congestion.in_flight);
  self->stats.packets_lost++;
}

void
kh_connection_probe (KhConnection *self, gint64 now_us)
{
  guint found = 0;

  self->loss.pto_count++;
  self->probes = PROBES;
  /* The next timeout counts from here even if the owner cannot send. */
  kh_loss_on_sent (&self->loss, now_us);

  /* The oldest data is what the peer waits for. */
  for (guint i = 0; i < kh_ledger_count (self->ledger) && found < PROBES; i++)
    {
      KhSentPacket *packet = kh_ledger_get (self->ledger, i);

      if (packet->state != KH_SENT_OUTSTANDING)
        continue;
      owe_again (self, packet);
      if (found == 0 && !kh_ledger_has_room (self->ledger))
        give_up (self, packet);
      found++;
    }
}

void
kh_connection_path_changed (KhConnection *self, gint64 rtt_us, gint64 now_us)
{
  if (self->state != KH_CONNECTION_OPEN)
    return;

  for (guint i = 0; i < kh_ledger_count (self->ledger); i++)
    {
      KhSentPacket *packet = kh_ledger_get (self->ledger, i);

      if (packet->state != KH_SENT_OUTSTANDING)
        continue;
      owe_again (self, packet);
      give_up (self, packet);
    }

  kh_congestion_init (&self->congestion, self->congestion.ops, KH_CONNECTION_MAX_PACKET);
  kh_pacer_init (&self->pacer, KH_CONNECTION_MAX_PACKET, now_us);
  kh_rtt_init (&self->rtt, rtt_us);
  kh_loss_init (&self->loss, KH_CONNECTION_MAX_ACK_DELAY_US);
  self->probes = 0;
  self->max_packet = KH_CONNECTION_MAX_PACKET;
  /* Our last ACKs may have died with the old path, and the peer waits for them. */
  if (!kh_ack_ranges_is_empty (&self->received))
    self->acks.due_us = now_us;
}
