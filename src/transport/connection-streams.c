/* connection-streams.c: commands and events of the streams, and flow control (RFC 9000, sections
 * 2.4 and 4)
 *
 * Owns nothing: the streams are connection-table.c's.
 */
#include "transport/connection-private.h"

#include <string.h>

static void
set_awaits_acks (KhConnection *self, KhStream *stream, gboolean awaits_acks)
{
  if (stream->awaits_acks == awaits_acks)
    return;
  stream->awaits_acks = awaits_acks;
  if (awaits_acks)
    self->awaiting++;
  else
    self->awaiting--;
}

/* How much of the stream may be unacknowledged: what is in flight, and as much again to send while
 * a loss is repaired or until the application comes round. */
static gsize
send_buffer (KhConnection *self, const KhStream *stream)
{
  gsize buffer = 2 * self->congestion.window;

  if (stream == self->chat)
    return KH_CONNECTION_SEND_BUFFER;
  if (self->awaiting > 1)
    buffer /= self->awaiting;
  return CLAMP (buffer, KH_CONNECTION_SEND_BUFFER, KH_CONNECTION_SEND_BUFFER_MOST);
}

/* (nullable): the stream, if it is one to write to. */
static KhStream *
writable_stream (KhConnection *self, guint64 id)
{
  KhStream *stream = kh_connection_stream_lookup (self, id);

  if (stream == NULL || self->state != KH_CONNECTION_OPEN ||
      kh_send_stream_state (stream->send) != KH_SEND_STREAM_OPEN)
    return NULL;
  return stream;
}

static void
note_written (KhConnection *self, KhStream *stream, gsize len)
{
  self->buffered += len;
  set_awaits_acks (self, stream, TRUE);
  kh_connection_queue_data (self, stream);
}

gsize
kh_connection_stream_write (KhConnection *self, guint64 id, const void *data, gsize len)
{
  KhStream *stream = writable_stream (self, id);
  gsize taken;

  if (stream == NULL || len == 0)
    return 0;

  taken = kh_send_stream_write (stream->send, data, len, send_buffer (self, stream));
  stream->wants_room |= taken < len;
  if (taken > 0)
    note_written (self, stream, taken);
  return taken;
}

guint8 *
kh_connection_stream_extend (KhConnection *self, guint64 id, gsize len, gsize *ret_len)
{
  KhStream *stream = writable_stream (self, id);
  guint8 *data;

  if (stream == NULL || len == 0)
    return NULL;

  data = kh_send_stream_extend (stream->send, len, send_buffer (self, stream), ret_len);
  if (data != NULL)
    note_written (self, stream, *ret_len);
  else
    stream->wants_room = TRUE;
  return data;
}

gsize
kh_connection_stream_writable (KhConnection *self, guint64 id)
{
  KhStream *stream = kh_connection_stream_lookup (self, id);

  if (stream == NULL || self->state != KH_CONNECTION_OPEN)
    return 0;
  return kh_send_stream_room (stream->send, send_buffer (self, stream));
}

gsize
kh_connection_stream_unacked (KhConnection *self, guint64 id)
{
  KhStream *stream = kh_connection_stream_lookup (self, id);

  return stream != NULL ? kh_send_stream_unacked (stream->send) : 0;
}

void
kh_connection_finish_stream (KhConnection *self, guint64 id)
{
  KhStream *stream = kh_connection_stream_lookup (self, id);

  if (stream == NULL || self->state != KH_CONNECTION_OPEN ||
      kh_send_stream_state (stream->send) != KH_SEND_STREAM_OPEN)
    return;
  kh_send_stream_finish (stream->send);
  set_awaits_acks (self, stream, TRUE);
  kh_connection_queue_data (self, stream);
}

gsize
kh_connection_stream_readable (KhConnection *self, guint64 id)
{
  KhStream *stream = kh_connection_stream_lookup (self, id);

  return stream != NULL ? kh_recv_stream_readable (stream->recv) : 0;
}

void
kh_connection_give_credit (KhConnection *self, KhStream *stream, guint64 before)
{
  guint64 bytes = kh_recv_stream_consumed (stream->recv) - before;

  if (bytes == 0)
    return;
  kh_recv_stream_tune (stream->recv, self->rtt.smoothed_us, self->now_us);
  if (kh_recv_stream_wants_max (stream->recv))
    {
      stream->max_owed = TRUE;
      kh_connection_queue_control (self, stream);
    }
  if (stream == self->chat)
    return;
  kh_recv_window_consume (&self->recv_window, bytes, self->rtt.smoothed_us, self->now_us);
  /* The limits rise when they are told, not before. */
  if (kh_recv_window_wants_max (&self->recv_window))
    self->max_data_owed = TRUE;
}

/* @len is how much of it is done with. */
static void
consume (KhConnection *self, KhStream *stream, gsize len)
{
  KhRecvStreamState before = kh_recv_stream_state (stream->recv);
  guint64 consumed = kh_recv_stream_consumed (stream->recv);

  kh_recv_stream_consume (stream->recv, len);
  kh_connection_give_credit (self, stream, consumed);
  if (before != kh_recv_stream_state (stream->recv))
    kh_connection_add_event (self, stream, KH_CONNECTION_EVENT_STREAM_FINISHED);
}

gsize
kh_connection_stream_read (KhConnection *self, guint64 id, void *buf, gsize size)
{
  KhStream *stream = kh_connection_stream_lookup (self, id);
  guint8 *to = buf;
  gsize done = 0;

  while (stream != NULL && done < size)
    {
      gsize len;
      const guint8 *data = kh_recv_stream_peek (stream->recv, &len);

      if (len == 0)
        break;
      len = MIN (len, size - done);
      memcpy (to + done, data, len);
      consume (self, stream, len);
      done += len;
    }
  return done;
}

gboolean
kh_connection_stream_peek (KhConnection *self, guint64 id, const guint8 **ret_data, gsize *ret_len)
{
  KhStream *stream = kh_connection_stream_lookup (self, id);

  if (stream == NULL || kh_recv_stream_readable (stream->recv) == 0)
    return FALSE;
  *ret_data = kh_recv_stream_peek (stream->recv, ret_len);
  return TRUE;
}

void
kh_connection_stream_consume (KhConnection *self, guint64 id, gsize len)
{
  KhStream *stream = kh_connection_stream_lookup (self, id);

  if (stream != NULL && len > 0)
    consume (self, stream, MIN (len, kh_recv_stream_readable (stream->recv)));
}

void
kh_connection_reset_stream (KhConnection *self, guint64 id, guint64 code)
{
  KhStream *stream = kh_connection_stream_lookup (self, id);

  g_return_if_fail (code <= KH_VARINT_MAX);

  if (stream == NULL || self->state != KH_CONNECTION_OPEN)
    return;
  self->buffered -= kh_send_stream_unacked (stream->send);
  kh_send_stream_reset (stream->send, code);
  self->buffered += kh_send_stream_unacked (stream->send);
  stream->wants_room = FALSE;
  set_awaits_acks (self, stream, FALSE);
  kh_connection_queue_data (self, stream);
  kh_connection_queue_control (self, stream);
}

void
kh_connection_stop_sending (KhConnection *self, guint64 id, guint64 code)
{
  KhStream *stream = kh_connection_stream_lookup (self, id);
  KhRecvStreamState before;
  guint64 consumed;

  g_return_if_fail (code <= KH_VARINT_MAX);

  if (stream == NULL || self->state != KH_CONNECTION_OPEN)
    return;

  before = kh_recv_stream_state (stream->recv);
  consumed = kh_recv_stream_consumed (stream->recv);
  kh_recv_stream_stop (stream->recv);
  kh_connection_give_credit (self, stream, consumed);
  stream->max_owed = FALSE;
  stream->events &= ~(1u << KH_CONNECTION_EVENT_STREAM_READABLE);
  if (before == KH_RECV_STREAM_OPEN)
    {
      stream->stop_owed = TRUE;
      stream->stop_code = code;
      kh_connection_queue_control (self, stream);
    }
  else if (before != kh_recv_stream_state (stream->recv))
    kh_connection_add_event (self, stream, KH_CONNECTION_EVENT_STREAM_FINISHED);
}

void
kh_connection_add_event (KhConnection *self, KhStream *stream, KhConnectionEventType type)
{
  stream->events |= 1u << type;
  kh_connection_queue_news (self, stream);
}

void
kh_connection_note_progress (KhConnection *self, KhStream *stream, gsize unacked_before)
{
  KhSendStreamState state = kh_send_stream_state (stream->send);
  gsize unacked = kh_send_stream_unacked (stream->send);

  self->buffered -= unacked_before - unacked;
  /* What has arrived need not be sent again; of what was never sent this says nothing. */
  if (stream->turn == KH_SEND_OWES_AGAIN)
    kh_connection_queue_data (self, stream);
  if (stream->wants_room &&
      kh_send_stream_room (stream->send, send_buffer (self, stream)) >= KH_CONNECTION_WRITABLE_ROOM)
    {
      stream->wants_room = FALSE;
      kh_connection_add_event (self, stream, KH_CONNECTION_EVENT_STREAM_WRITABLE);
    }
  if (stream->awaits_acks && unacked == 0 &&
      (state == KH_SEND_STREAM_OPEN || state == KH_SEND_STREAM_DONE))
    {
      set_awaits_acks (self, stream, FALSE);
      kh_connection_add_event (self, stream, KH_CONNECTION_EVENT_STREAM_ACKED);
    }
  if (state == KH_SEND_STREAM_DONE)
    kh_connection_queue_news (self, stream);
}

const char *
kh_connection_event_type_to_string (KhConnectionEventType type)
{
  switch (type)
    {
    case KH_CONNECTION_EVENT_STREAM_READABLE:
      return "stream-readable";
    case KH_CONNECTION_EVENT_STREAM_WRITABLE:
      return "stream-writable";
    case KH_CONNECTION_EVENT_STREAM_ACKED:
      return "stream-acked";
    case KH_CONNECTION_EVENT_STREAM_FINISHED:
      return "stream-finished";
    case KH_CONNECTION_EVENT_STREAM_RESET:
      return "stream-reset";
    case KH_CONNECTION_EVENT_STREAM_STOPPED:
      return "stream-stopped";
    case KH_CONNECTION_EVENT_CLOSED:
      return "closed";
    default:
      return "unknown";
    }
}

static gboolean
poll_stream_event (KhStream *stream, KhConnectionEvent *ret_event)
{
  int type;

  if (stream->events == 0)
    return FALSE;

  /* g_bit_nth_lsf() looks at each bit. */
  type = __builtin_ctz (stream->events);
  stream->events &= ~(1u << type);
  *ret_event = (KhConnectionEvent){
    .type = (KhConnectionEventType) type,
    .stream_id = stream->id,
  };
  if (type == KH_CONNECTION_EVENT_STREAM_RESET)
    ret_event->code = stream->reset_code;
  else if (type == KH_CONNECTION_EVENT_STREAM_STOPPED)
    ret_event->code = stream->stopped_code;
  return TRUE;
}

/* The next stream event; what has nothing more to tell leaves the queue. */
static gboolean
poll_news (KhConnection *self, KhConnectionEvent *ret_event)
{
  while (self->news.head != NULL)
    {
      KhStream *stream = self->news.head->data;

      if (poll_stream_event (stream, ret_event))
        return TRUE;
      g_queue_unlink (&self->news, &stream->news_link);
      stream->in_news = FALSE;
      kh_connection_reap_stream (self, stream);
    }
  return FALSE;
}

gboolean
kh_connection_poll_event (KhConnection *self, KhConnectionEvent *ret_event)
{
  if (poll_news (self, ret_event))
    return TRUE;
  if (!self->close_event)
    return FALSE;
  self->close_event = FALSE;
  *ret_event = (KhConnectionEvent){
    .type = KH_CONNECTION_EVENT_CLOSED,
    .code = self->close_code,
    .by_peer = self->close_by_peer,
    .reason = self->close_reason,
  };
  return TRUE;
}
