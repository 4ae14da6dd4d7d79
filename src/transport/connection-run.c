/* connection-run.c: packets of bulk, many at a time (connection.h)
 *
 * Behind a packet that bulk has filled come more like it. How many may follow, by the window, the
 * pacer, flow control and what there is, is found once; so are the books. What is left for each is
 * the head of its one frame.
 */
#include "transport/connection-private.h"

#include <string.h>

/* Does anything but the one stream of bulk have something to say? */
static gboolean
is_interrupted (KhConnection *self)
{
  if (self->state != KH_CONNECTION_OPEN || self->acks.waiting > 0 || self->probes > 0 ||
      self->ping_owed || self->max_data_owed || self->max_streams_owed ||
      self->control.head != NULL || self->datagrams_out.head != NULL ||
      self->owing_again.head != NULL)
    return TRUE;
  if (self->owing_new.head == NULL || self->owing_new.head->next != NULL)
    return TRUE;
  if (self->chat != NULL && kh_send_stream_owes (self->chat->send) != KH_SEND_OWES_NOTHING)
    return TRUE;
  return kh_connection_owes_candidate (self);
}

/* Packets of @bytes that the window lets out. */
static gsize
window_packets (const KhCongestion *congestion, gsize bytes)
{
  if (!kh_congestion_may_send (congestion))
    return 0;
  return (congestion->window - congestion->in_flight - congestion->max_packet) / bytes + 1;
}

static void
note_run (KhConnection *self, KhStream *stream, guint64 number, guint n, gint64 now_us)
{
  const KhConnectionRun *run = &self->run;
  KhSentFrame frame = {
    .type = KH_FRAME_STREAM, .id = stream->id, .offset = run->offset, .len = run->len
  };
  gsize bytes = n * run->size;
  KhDeliveryMark mark = kh_congestion_on_run_sent (&self->congestion, n, run->size, now_us);

  kh_ledger_add_run (self->ledger, number, n, run->size, &mark, &frame, now_us);
  kh_loss_on_sent (&self->loss, now_us);
  kh_pacer_sent (&self->pacer, bytes, kh_connection_pacing_rate (self), now_us);
  kh_send_stream_take_fresh (stream->send, n * run->len);
  self->send_used += n * run->len;
  kh_connection_queue_data (self, stream);
  kh_connection_note_sent (self, number + n - 1);
  self->stats.packets_sent += n;
  self->stats.bytes_sent += bytes;
}

/* How many packets of @data bytes of data may follow now, of which there are so many more. */
static guint
count_packets (KhConnection *self, gsize size, gsize data, guint64 available, gint64 now_us)
{
  gsize n = window_packets (&self->congestion, size);

  n = MIN (n, kh_pacer_packets (&self->pacer, size, now_us));
  n = MIN (n, kh_ledger_room (self->ledger));
  /* The last bytes that there are may be the stream's end, or fill no packet. */
  return (guint) MIN (n, available > 0 ? (available - 1) / data : 0);
}

guint
kh_connection_begin_run (
    KhConnection *self, guint64 packet_number, gsize size, guint max, gint64 now_us)
{
  KhConnectionRun *run = &self->run;
  KhWriter writer = kh_writer_init (run->head, sizeof run->head);
  KhStream *stream;
  guint64 available;
  guint n;

  if (is_interrupted (self) || size > self->max_packet || size % KH_CONNECTION_BLOCK != 0)
    return 0;
  stream = self->owing_new.head->data;
  available =
      kh_send_stream_fresh (stream->send, self->send_max - MIN (self->send_used, self->send_max));
  run->send = stream->send;
  run->offset = kh_send_stream_offset (stream->send);
  run->size = size;
  run->len = size - kh_frame_stream_head_size (stream->id, run->offset, size);
  n = MIN (max, count_packets (self, size, run->len, available, now_us));
  /* Where the offset becomes longer, so do the heads. */
  if (n == 0 || run->offset == 0 ||
      kh_varint_size (run->offset) != kh_varint_size (run->offset + n * run->len))
    return 0;

  kh_frame_write_stream_start (&writer, stream->id, run->offset, run->len, FALSE);
  run->head_len = (guint) writer.len;
  run->offset_at = (guint) (1 + kh_varint_size (stream->id));
  note_run (self, stream, packet_number, n, now_us);
  return n;
}

void
kh_connection_run_next (KhConnection *self,
                        guint8 *buf,
                        KhBytes ret_tail[KH_CONNECTION_TAIL_PARTS],
                        guint *ret_n_tail)
{
  KhConnectionRun *run = &self->run;
  KhWriter offset = kh_writer_init (buf + run->offset_at, sizeof run->offset);

  memcpy (buf, run->head, sizeof run->head);
  kh_writer_varint (&offset, run->offset);
  *ret_n_tail = kh_send_stream_leave (run->send, run->offset, run->len, buf + run->head_len,
                                      -(gsize) run->head_len & (KH_CONNECTION_BLOCK - 1), ret_tail);
  run->offset += run->len;
}
