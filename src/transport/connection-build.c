/* connection-build.c: what goes into the next packet (RFC 9000, sections 12.4 and 13)
 *
 * ACK first, then the small frames on which others wait, then stream 0, then DATAGRAMs, then the
 * other streams in turn. An ACK alone is not bound by congestion control and is not in the ledger.
 */
#include "transport/connection-private.h"

/* Fewer bytes of a stream are not worth a frame of their own at the end of a packet. */
#define LEAST_DATA 32
/* Stream data from which it is cheaper to tell where it is than to copy it. */
#define LEAST_TAIL 256

/* A packet in the making. */
typedef struct
{
  KhWriter writer;
  KhWriter mark; /* before the frame that is being written */
  guint n_frames;
  KhSentFrame frames[KH_LEDGER_FRAMES_MAX];
  gsize retransmitted; /* bytes of stream data */
  KhBytes *tail;       /* (nullable): NULL where all of the packet is to be in one piece */
  guint n_tail;
} Packet;

guint64
kh_connection_pacing_rate (KhConnection *self)
{
  return kh_congestion_pacing_rate (&self->congestion, self->rtt.smoothed_us);
}

static guint64
credit (KhConnection *self)
{
  return self->send_max - MIN (self->send_used, self->send_max);
}

gboolean
kh_connection_owes_candidate (KhConnection *self)
{
  for (guint i = 0; i < self->candidates->len; i++)
    {
      if (g_array_index (self->candidates, KhQueuedCandidate, i).owed)
        return TRUE;
    }
  return FALSE;
}

/* The heads of the queues tell; only candidates, of which there are few, have none. */
gboolean
kh_connection_owes (KhConnection *self)
{
  if (self->ping_owed || self->probes > 0 || self->max_data_owed || self->max_streams_owed ||
      self->control.head != NULL || self->owing_again.head != NULL ||
      self->datagrams_out.head != NULL)
    return TRUE;
  if (self->owing_new.head != NULL && credit (self) > 0)
    return TRUE;
  if (self->chat != NULL && kh_send_stream_owes (self->chat->send) != KH_SEND_OWES_NOTHING)
    return TRUE;
  return kh_connection_owes_candidate (self);
}

static gboolean
may_send (KhConnection *self, gint64 now_us)
{
  if (!kh_ledger_has_room (self->ledger))
    return FALSE;
  if (self->probes > 0)
    return TRUE;
  return kh_congestion_may_send (&self->congestion) &&
         kh_pacer_release_us (&self->pacer, kh_connection_pacing_rate (self)) <= now_us;
}

gboolean
kh_connection_wants_send (KhConnection *self, gint64 now_us)
{
  if (self->state != KH_CONNECTION_OPEN)
    return self->close_owed;
  return self->acks.due_us <= now_us || (may_send (self, now_us) && kh_connection_owes (self));
}

static gboolean
is_full (const Packet *packet)
{
  return packet->n_frames == KH_LEDGER_FRAMES_MAX;
}

/* Every frame is begun with this and ended with commit(). */
static Packet *
begin (Packet *packet)
{
  packet->mark = packet->writer;
  return packet;
}

/* Takes the frame back if it did not fit. */
static gboolean
commit (Packet *packet, KhSentFrame frame)
{
  if (packet->writer.failed)
    {
      packet->writer = packet->mark;
      return FALSE;
    }
  packet->frames[packet->n_frames++] = frame;
  return TRUE;
}

static void
write_ack (KhConnection *self, Packet *packet, gint64 now_us)
{
  KhWriter half = kh_writer_init (packet->writer.data, packet->writer.size / 2);
  gint64 delay_us = MAX (now_us - self->largest_received_us, 0);

  /* Data must have its place beside a long ACK. */
  if (kh_ack_ranges_is_empty (&self->received) ||
      !kh_ack_ranges_write (&self->received, (guint64) delay_us, &half))
    return;

  packet->writer.len = half.len;
  packet->frames[packet->n_frames++] =
      (KhSentFrame){ .type = KH_FRAME_ACK, .offset = kh_ack_ranges_largest (&self->received) };
  kh_ack_frequency_on_ack_sent (&self->acks);
}

static void
write_connection_frames (KhConnection *self, Packet *packet)
{
  if (self->max_data_owed && !is_full (packet))
    {
      kh_frame_write_max_data (&begin (packet)->writer,
                               kh_recv_window_raise_max (&self->recv_window));
      if (commit (packet, (KhSentFrame){ .type = KH_FRAME_MAX_DATA }))
        self->max_data_owed = FALSE;
    }
  if (self->max_streams_owed && !is_full (packet))
    {
      self->peer_max = self->peer_closed + KH_CONNECTION_STREAMS_MAX;
      kh_frame_write_max_streams (&begin (packet)->writer, self->peer_max);
      if (commit (packet, (KhSentFrame){ .type = KH_FRAME_MAX_STREAMS }))
        self->max_streams_owed = FALSE;
    }
  for (guint i = 0; i < self->candidates->len && !is_full (packet); i++)
    {
      KhQueuedCandidate *candidate = &g_array_index (self->candidates, KhQueuedCandidate, i);

      if (!candidate->owed)
        continue;
      kh_frame_write_candidate (&begin (packet)->writer, candidate->kind, candidate->priority,
                                &candidate->addr);
      if (commit (packet, (KhSentFrame){ .type = KH_FRAME_CANDIDATE, .id = candidate->number }))
        candidate->owed = FALSE;
    }
}

static void
write_stream_control (KhStream *stream, Packet *packet)
{
  guint64 code, final_size;

  if (stream->max_owed && !is_full (packet))
    {
      kh_frame_write_max_stream_data (&begin (packet)->writer, stream->id,
                                      kh_recv_stream_raise_max (stream->recv));
      if (commit (packet, (KhSentFrame){ .type = KH_FRAME_MAX_STREAM_DATA, .id = stream->id }))
        stream->max_owed = FALSE;
    }
  if (stream->stop_owed && !is_full (packet))
    {
      kh_frame_write_stop_sending (&begin (packet)->writer, stream->id, stream->stop_code);
      if (commit (packet, (KhSentFrame){ .type = KH_FRAME_STOP_SENDING, .id = stream->id }))
        stream->stop_owed = FALSE;
    }
  if (kh_send_stream_owes_reset (stream->send, &code, &final_size) && !is_full (packet))
    {
      kh_frame_write_reset_stream (&begin (packet)->writer, stream->id, code, final_size);
      if (commit (packet, (KhSentFrame){ .type = KH_FRAME_RESET_STREAM, .id = stream->id }))
        kh_send_stream_on_reset_sent (stream->send);
    }
}

/* The owing streams' control frames, as far as the packet has room. */
static void
write_control (KhConnection *self, Packet *packet)
{
  while (self->control.head != NULL)
    {
      KhStream *stream = self->control.head->data;

      write_stream_control (stream, packet);
      if (kh_stream_owes_control (stream))
        return;
      g_queue_unlink (&self->control, &stream->control_link);
      stream->in_control = FALSE;
    }
}

/* The data of a chunk that fills the packet to its end stays where it is; but for its first bytes,
 * so that the rest begins with a block. */
static void
leave_data (const KhStream *stream, const KhSendChunk *chunk, guint8 *data, Packet *packet)
{
  gsize at = (gsize) (data - packet->writer.data);

  packet->n_tail = kh_send_stream_leave (stream->send, chunk->offset, chunk->len, data,
                                         -at & (KH_CONNECTION_BLOCK - 1), packet->tail);
}

/* Room for stream data and its head, in bytes: packets of it end with a whole block. */
static gsize
stream_room (const Packet *packet)
{
  gsize whole = packet->writer.size & ~(gsize) (KH_CONNECTION_BLOCK - 1);

  return whole - MIN (packet->writer.len, whole);
}

/* One STREAM frame, if there is something to send and room for it. */
static gboolean
write_stream_data (KhConnection *self, KhStream *stream, Packet *packet)
{
  gsize left = stream_room (packet);
  gboolean is_chat = stream == self->chat;
  KhSendChunk chunk;
  gboolean is_left;
  guint8 *data;
  gsize head, fresh;

  if (is_full (packet) || left < LEAST_DATA)
    return FALSE;
  head = kh_frame_stream_head_size (stream->id, kh_send_stream_offset (stream->send), left);
  if (left < head + LEAST_DATA ||
      !kh_send_stream_next (stream->send, left - head, is_chat ? G_MAXUINT64 : credit (self),
                            &chunk))
    return FALSE;

  /* There is room for it, so it cannot fail. */
  data =
      kh_frame_write_stream_head (&packet->writer, stream->id, chunk.offset, chunk.len, chunk.fin);
  packet->frames[packet->n_frames++] = (KhSentFrame){ .type = KH_FRAME_STREAM,
                                                      .id = stream->id,
                                                      .offset = chunk.offset,
                                                      .len = chunk.len,
                                                      .fin = chunk.fin };
  is_left = packet->tail != NULL && chunk.len >= LEAST_TAIL && chunk.len == left - head;
  if (is_left)
    leave_data (stream, &chunk, data, packet);
  fresh = kh_send_stream_take (stream->send, &chunk, is_left ? NULL : data);
  if (!is_chat)
    self->send_used += fresh;
  packet->retransmitted += chunk.len - fresh;
  kh_connection_queue_data (self, stream);
  return TRUE;
}

static void
write_datagrams (KhConnection *self, Packet *packet)
{
  GBytes *bytes;

  if (self->datagrams_out.head == NULL)
    return;
  while ((bytes = kh_connection_next_datagram (self, kh_writer_left (&packet->writer),
                                               packet->writer.len == 0)) != NULL)
    {
      gsize len;
      const guint8 *data = g_bytes_get_data (bytes, &len);

      /* Not in the record: when it is lost, nothing is owed. */
      kh_frame_write_datagram (&packet->writer, data, len);
      g_bytes_unref (bytes);
    }
}

/* Fills the packet from the head of the queue on; who filled it goes behind the others. */
static void
write_turns (KhConnection *self, GQueue *queue, Packet *packet)
{
  GList *last = NULL;

  while (queue->head != NULL && write_stream_data (self, queue->head->data, packet))
    last = queue->head;
  if (last != NULL && last == queue->head && last->next != NULL)
    {
      g_queue_unlink (queue, last);
      g_queue_push_tail_link (queue, last);
    }
}

static void
write_streams (KhConnection *self, Packet *packet)
{
  write_control (self, packet);
  while (self->chat != NULL && kh_send_stream_owes (self->chat->send) != KH_SEND_OWES_NOTHING &&
         write_stream_data (self, self->chat, packet))
    ;
  write_datagrams (self, packet);
  write_turns (self, &self->owing_again, packet);
  write_turns (self, &self->owing_new, packet);
}

static void
write_eliciting (KhConnection *self, Packet *packet)
{
  gboolean need_ping = self->ping_owed || self->probes > 0;
  gsize before = packet->writer.len;

  write_connection_frames (self, packet);
  write_streams (self, packet);
  /* A PING is not in the record: when it is lost, nothing is owed. */
  if (packet->writer.len == before && need_ping)
    kh_frame_write_ping (&packet->writer);
}

static void
note_sent (KhConnection *self, guint64 number, const Packet *packet, gint64 now_us)
{
  gsize bytes = packet->writer.len;
  KhDeliveryMark mark;

  if (self->congestion.in_flight == 0)
    kh_pacer_rest (&self->pacer, now_us);
  mark = kh_congestion_on_sent (&self->congestion, bytes, now_us);
  kh_ledger_add (self->ledger, number, bytes, &mark, packet->frames, packet->n_frames, now_us);
  kh_loss_on_sent (&self->loss, now_us);
  kh_pacer_sent (&self->pacer, bytes, kh_connection_pacing_rate (self), now_us);
  self->ping_owed = FALSE;
  self->stats.bytes_retransmitted += packet->retransmitted;
}

static gsize
build_close (KhConnection *self, guint8 *buf, gsize size)
{
  KhWriter writer = kh_writer_init (buf, size);

  if (!self->close_owed)
    return 0;
  self->close_owed = FALSE;
  kh_frame_write_close (&writer, self->close_code, self->close_reason);
  return writer.len;
}

static gsize
build_open (KhConnection *self,
            guint64 number,
            guint8 *buf,
            gsize size,
            KhBytes *tail,
            guint *ret_n_tail,
            gint64 now_us)
{
  Packet packet;
  gboolean eliciting = may_send (self, now_us) && kh_connection_owes (self);
  gsize ack_len;

  /* The records are written before they are read, and are too long to clear for each packet. */
  packet.writer = kh_writer_init (buf, size);
  packet.n_frames = 0;
  packet.retransmitted = 0;
  packet.tail = tail;
  packet.n_tail = 0;
  if (self->acks.due_us <= now_us || (eliciting && self->acks.waiting > 0))
    write_ack (self, &packet, now_us);
  ack_len = packet.writer.len;
  if (eliciting)
    write_eliciting (self, &packet);
  else if (kh_congestion_may_send (&self->congestion) && !kh_connection_owes (self))
    kh_congestion_on_app_limited (&self->congestion);

  if (packet.writer.len > ack_len)
    {
      note_sent (self, number, &packet, now_us);
      if (self->probes > 0)
        self->probes--;
    }
  /* A second probe only makes sense if it brings something. */
  if (self->probes == 1)
    {
      self->probes = 0;
      if (kh_connection_owes (self))
        self->probes = 1;
    }
  *ret_n_tail = packet.n_tail;
  return packet.writer.len;
}

static gsize
build (KhConnection *self,
       guint64 packet_number,
       guint8 *buf,
       gsize size,
       KhBytes *tail,
       guint *ret_n_tail,
       gint64 now_us)
{
  gsize len;

  g_return_val_if_fail (size >= KH_CONNECTION_MIN_PAYLOAD, 0);
  g_return_val_if_fail (!self->has_sent || packet_number > self->largest_sent, 0);

  self->now_us = now_us;
  size = MIN (size, self->max_packet);
  if (self->state == KH_CONNECTION_OPEN)
    len = build_open (self, packet_number, buf, size, tail, ret_n_tail, now_us);
  else
    len = build_close (self, buf, size);
  if (len == 0)
    return 0;

  kh_connection_note_sent (self, packet_number);
  self->stats.packets_sent++;
  self->stats.bytes_sent += len;
  return len;
}

gsize
kh_connection_build (
    KhConnection *self, guint64 packet_number, guint8 *buf, gsize size, gint64 now_us)
{
  guint n_tail;

  return build (self, packet_number, buf, size, NULL, &n_tail, now_us);
}

gsize
kh_connection_build_parts (KhConnection *self,
                           guint64 packet_number,
                           guint8 *buf,
                           gsize size,
                           KhBytes ret_tail[KH_CONNECTION_TAIL_PARTS],
                           guint *ret_n_tail,
                           gint64 now_us)
{
  *ret_n_tail = 0;
  return build (self, packet_number, buf, size, ret_tail, ret_n_tail, now_us);
}

void
kh_connection_note_sent (KhConnection *self, guint64 packet_number)
{
  if (!self->has_sent || packet_number > self->largest_sent)
    self->largest_sent = packet_number;
  self->has_sent = TRUE;
}
