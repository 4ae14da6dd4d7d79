/* connection-recovery.c: ACKs, losses, probes and the change of path (RFC 9002)
 *
 * What a packet carried is never sent again as such: each frame in the ledger is asked what of it
 * is still owed, and that is put into new packets.
 */
#include "transport/connection-private.h"

/* RFC 9002, section 6.2.4 */
#define PROBES 2
/* PTOs for which a lost packet stays known, for its ACK may yet come. */
#define LOST_KEPT_PTOS 3
/* Probe timeouts after which a sign of life of the peer's is reason to try again at once. */
#define SILENT_PTOS 2

/* An ACK frame on its way through the ledger. */
typedef struct
{
  const KhFrame *frame;
  KhCongestionAck congestion;
  gboolean progress; /* a packet of this path, not known to have arrived */
  gboolean spurious; /* a packet that was declared lost; the oldest such: */
  guint64 spurious_index;
  gint64 spurious_sent_us;
  /* What was acknowledged of one stream and lies in one piece; of no length and no end for none. A
   * packet of bulk carries what comes behind the data of the one before, so the stream hears of all
   * that an ACK brings at once. */
  guint64 data_id;
  KhSendChunk data;
} Ack;

static void
owe_again (KhConnection *self, const KhSentPacket *packet)
{
  for (guint i = 0; i < packet->n_frames; i++)
    {
      KhSentFrame frame = kh_ledger_frame (self->ledger, packet, i);

      kh_connection_frame_lost (self, &frame);
    }
}

static void
declare_losses (KhConnection *self, KhCongestionAck *ack, gint64 now_us)
{
  gboolean is_persistent = FALSE, persistent;
  guint64 index;

  while (kh_loss_next (&self->loss, self->ledger, &self->rtt, &index, &persistent, now_us))
    {
      KhSentPacket *packet = kh_ledger_get (self->ledger, index);

      owe_again (self, packet);
      packet->episode = kh_congestion_on_lost (&self->congestion, ack, packet->bytes, &packet->mark,
                                               packet->sent_us, now_us);
      self->stats.packets_lost++;
      if (packet->bytes > KH_CONNECTION_MAX_PACKET && packet->number > self->long_acked)
        self->long_lost++;
      is_persistent |= persistent;
    }
  if (is_persistent)
    kh_congestion_on_persistent (&self->congestion, now_us);
}

void
kh_connection_detect_losses (KhConnection *self, gint64 now_us)
{
  KhCongestionAck ack;

  kh_congestion_begin (&self->congestion, &ack);
  declare_losses (self, &ack, now_us);
  kh_congestion_finish (&self->congestion, &ack, &self->rtt, now_us);
}

static void
add_rtt (KhConnection *self, const KhSentPacket *packet, Ack *ack, gint64 now_us)
{
  guint64 delay_us = ack->frame->ack.delay_us;

  if (packet->number != ack->frame->ack.ranges[0].last)
    return;
  kh_rtt_add (&self->rtt, now_us - packet->sent_us,
              (gint64) MIN (delay_us, KH_CONNECTION_MAX_ACK_DELAY_US),
              KH_CONNECTION_MAX_ACK_DELAY_US, now_us);
  ack->congestion.rtt_us = self->rtt.latest_us;
}

static void
flush_data (KhConnection *self, Ack *ack)
{
  if (ack->data.len > 0 || ack->data.fin)
    kh_connection_data_acked (self, ack->data_id, &ack->data);
  ack->data = (KhSendChunk){ 0 };
}

/* @len bytes from where @frame begins */
static void
data_acked (KhConnection *self, Ack *ack, const KhSentFrame *frame, gsize len)
{
  if (ack->data.len > 0 && !ack->data.fin && ack->data_id == frame->id &&
      ack->data.offset + ack->data.len == frame->offset)
    {
      ack->data.len += len;
      ack->data.fin = frame->fin;
      return;
    }
  flush_data (self, ack);
  ack->data_id = frame->id;
  ack->data = (KhSendChunk){ frame->offset, len, frame->fin };
}

/* That it was longer than every path carries. */
static void
length_acked (KhConnection *self, const KhSentPacket *packet)
{
  if (packet->bytes > KH_CONNECTION_MAX_PACKET && packet->number > self->long_acked)
    {
      self->long_acked = packet->number;
      self->long_lost = 0;
    }
}

static void
packet_acked (KhConnection *self, guint64 index, Ack *ack, gint64 now_us)
{
  KhSentPacket *packet = kh_ledger_get (self->ledger, index);
  KhSentState before = packet->state;

  for (guint i = 0; i < packet->n_frames; i++)
    {
      KhSentFrame frame = kh_ledger_frame (self->ledger, packet, i);

      if (frame.type == KH_FRAME_STREAM)
        data_acked (self, ack, &frame, frame.len);
      else
        kh_connection_frame_acked (self, &frame);
    }
  kh_ledger_set_state (self->ledger, index, KH_SENT_ACKED);
  if (before != KH_SENT_OUTSTANDING)
    self->stats.packets_spurious++;
  length_acked (self, packet);
  if (before == KH_SENT_GIVEN_UP)
    return;

  ack->progress = TRUE;
  add_rtt (self, packet, ack, now_us);
  kh_loss_on_acked (&self->loss, index);
  if (before == KH_SENT_OUTSTANDING)
    {
      kh_congestion_on_acked (&self->congestion, &ack->congestion, packet->bytes, &packet->mark,
                              packet->sent_us, now_us);
      return;
    }
  kh_congestion_on_spurious (&self->congestion, packet->episode, now_us);
  if (!ack->spurious || index < ack->spurious_index)
    {
      ack->spurious_index = index;
      ack->spurious_sent_us = packet->sent_us;
    }
  ack->spurious = TRUE;
}

/* Packets of bulk from @index to the number @last, all at once: what the newest of them says holds
 * for those before it. Returns how many they are. */
static guint
run_acked (KhConnection *self, guint64 index, guint64 last, Ack *ack, gint64 now_us)
{
  KhSentPacket *packet = kh_ledger_get (self->ledger, index);
  KhSentFrame frame;
  gsize len;
  guint n;

  /* Which of those before the last congestion event are fresh is for each of them to say. */
  if (packet->sent_us <= self->congestion.recovery_us)
    return 0;
  n = kh_ledger_ack_run (self->ledger, index, last, &frame, &len);
  if (n == 0)
    return 0;
  packet = kh_ledger_get (self->ledger, index + n - 1);
  data_acked (self, ack, &frame, len);
  length_acked (self, packet);
  ack->progress = TRUE;
  add_rtt (self, packet, ack, now_us);
  kh_loss_on_acked (&self->loss, index + n - 1);
  kh_congestion_on_acked (&self->congestion, &ack->congestion, n * (gsize) packet->bytes,
                          &packet->mark, packet->sent_us, now_us);
  return n;
}

static gboolean
is_possible (KhConnection *self, const KhFrame *frame)
{
  if (!self->has_sent || frame->ack.ranges[0].last > self->largest_sent)
    return FALSE;
  for (guint r = 0; self->has_skipped && r < frame->ack.n_ranges; r++)
    {
      const KhFrameAckRange *range = &frame->ack.ranges[r];

      if (self->skipped >= range->first && self->skipped <= range->last)
        return FALSE;
    }
  return TRUE;
}

KhTransportError
kh_connection_receive_ack (KhConnection *self, const KhFrame *frame, gint64 now_us)
{
  Ack ack = { .frame = frame };

  if (!is_possible (self, frame))
    return KH_TRANSPORT_PROTOCOL_VIOLATION;

  kh_congestion_begin (&self->congestion, &ack.congestion);
  for (guint r = 0; r < frame->ack.n_ranges; r++)
    {
      const KhFrameAckRange *range = &frame->ack.ranges[r];
      guint64 i =
          kh_ledger_next_unacked (self->ledger, kh_ledger_find (self->ledger, range->first));

      while (i < kh_ledger_end (self->ledger) &&
             kh_ledger_get (self->ledger, i)->number <= range->last)
        {
          guint n = run_acked (self, i, range->last, &ack, now_us);

          if (n == 0)
            packet_acked (self, i, &ack, now_us);
          i = kh_ledger_next_unacked (self->ledger, i + MAX (n, 1));
        }
    }
  flush_data (self, &ack);

  if (ack.spurious)
    kh_loss_on_spurious (&self->loss, &self->rtt, ack.spurious_index, ack.spurious_sent_us, now_us);
  if (ack.progress)
    {
      self->last_ack_us = now_us;
      self->probes = 0;
      declare_losses (self, &ack.congestion, now_us);
      kh_congestion_finish (&self->congestion, &ack.congestion, &self->rtt, now_us);
    }
  kh_ledger_trim (self->ledger,
                  now_us -
                      LOST_KEPT_PTOS * kh_rtt_pto_us (&self->rtt, KH_CONNECTION_MAX_ACK_DELAY_US));
  return KH_TRANSPORT_OK;
}

/* Gives the packet up without blaming the path's capacity. */
static void
give_up (KhConnection *self, guint64 index)
{
  KhSentPacket *packet = kh_ledger_get (self->ledger, index);

  if (packet->state == KH_SENT_OUTSTANDING)
    {
      kh_congestion_on_given_up (&self->congestion, packet->bytes);
      self->stats.packets_lost++;
    }
  kh_ledger_set_state (self->ledger, index, KH_SENT_GIVEN_UP);
}

void
kh_connection_probe (KhConnection *self, gint64 now_us)
{
  guint found = 0;

  kh_loss_on_probe (&self->loss, &self->rtt, now_us);
  /* Into a long silence one is enough: see KH_LOSS_EAGER_US. */
  self->probes = self->loss.pto_count <= SILENT_PTOS ? PROBES : 1;

  /* The oldest data is what the peer waits for. */
  for (guint64 i = kh_ledger_oldest (self->ledger);
       i < kh_ledger_end (self->ledger) && found < PROBES;
       i = kh_ledger_next_unacked (self->ledger, i + 1))
    {
      KhSentPacket *packet = kh_ledger_get (self->ledger, i);

      if (packet->state != KH_SENT_OUTSTANDING)
        continue;
      owe_again (self, packet);
      if (found == 0 && !kh_ledger_has_room (self->ledger))
        give_up (self, i);
      found++;
    }
}

void
kh_connection_heard (KhConnection *self, gint64 now_us)
{
  gint64 pto_us;

  if (self->loss.pto_count < SILENT_PTOS || self->probes > 0 ||
      kh_ledger_outstanding (self->ledger) == 0)
    return;
  /* Not for each packet: it may be that only one direction works. */
  pto_us = kh_rtt_pto_us (&self->rtt, KH_CONNECTION_MAX_ACK_DELAY_US);
  if (now_us - self->loss.last_sent_us >= pto_us)
    self->probes = 1;
}

void
kh_connection_path_changed (KhConnection *self, gint64 rtt_us, gint64 now_us)
{
  if (self->state != KH_CONNECTION_OPEN)
    return;

  for (guint64 i = kh_ledger_first (self->ledger); i < kh_ledger_end (self->ledger); i++)
    {
      KhSentPacket *packet = kh_ledger_get (self->ledger, i);

      if (packet->state == KH_SENT_OUTSTANDING)
        owe_again (self, packet);
      if (packet->state != KH_SENT_ACKED)
        give_up (self, i);
    }

  kh_rtt_init (&self->rtt, rtt_us);
  kh_congestion_init (&self->congestion, self->congestion.ops, KH_CONNECTION_MAX_PACKET,
                      self->rtt.smoothed_us);
  kh_pacer_init (&self->pacer, KH_CONNECTION_MAX_PACKET, now_us);
  kh_loss_init (&self->loss, KH_CONNECTION_MAX_ACK_DELAY_US);
  self->probes = 0;
  self->max_packet = KH_CONNECTION_MAX_PACKET;
  kh_connection_trim_datagrams (self);
  /* Our last ACKs may have died with the old path, and the peer waits for them. */
  if (!kh_ack_ranges_is_empty (&self->received))
    self->acks.due_us = now_us;
}

void
kh_connection_note_skipped (KhConnection *self, guint64 packet_number)
{
  self->has_skipped = TRUE;
  self->skipped = packet_number;
}

void
kh_connection_set_congestion (KhConnection *self, const KhCongestionOps *ops)
{
  g_return_if_fail (self->congestion.in_flight == 0);

  kh_congestion_init (&self->congestion, ops, self->max_packet, self->rtt.smoothed_us);
}
