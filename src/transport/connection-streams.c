/* connection-streams.c: the streams of a connection (DESIGN 9; RFC 9000, sections 2 and 4.6)
 *
 * Owns the table. Streams of one side are numbered without gaps, so a number below the count of
 * opened ones that is not in the table names a stream that is over: nothing need be remembered of
 * it.
 */
#include "transport/connection-private.h"

static void
stream_free (gpointer data)
{
  KhStream *stream = data;

  kh_send_stream_free (stream->send);
  kh_recv_stream_free (stream->recv);
  g_free (stream);
}

static KhStream *
add_stream (KhConnection *self, guint64 id)
{
  KhStream *stream = g_new0 (KhStream, 1);

  stream->id = id;
  stream->send = kh_send_stream_new (KH_CONNECTION_SEND_BUFFER, KH_CONNECTION_STREAM_WINDOW);
  stream->recv = kh_recv_stream_new (KH_CONNECTION_STREAM_WINDOW);
  g_ptr_array_add (self->streams, stream);
  g_hash_table_insert (self->by_id, &stream->id, stream);
  return stream;
}

static gboolean
is_local (KhConnection *self, guint64 id)
{
  return (id & 1) == (self->is_initiator ? 0 : 1);
}

void
kh_connection_streams_init (KhConnection *self)
{
  self->streams = g_ptr_array_new_with_free_func (stream_free);
  self->by_id = g_hash_table_new (g_int64_hash, g_int64_equal);
  self->local_max = KH_CONNECTION_STREAMS_MAX;
  self->peer_max = KH_CONNECTION_STREAMS_MAX;
  /* Stream 0 is the initiator's first one. */
  add_stream (self, KH_CONNECTION_CHAT_STREAM);
  if (self->is_initiator)
    self->local_opened = 1;
  else
    self->peer_opened = 1;
}

void
kh_connection_streams_clear (KhConnection *self)
{
  g_clear_pointer (&self->by_id, g_hash_table_unref);
  g_clear_pointer (&self->streams, g_ptr_array_unref);
}

KhStream *
kh_connection_stream_lookup (KhConnection *self, guint64 id)
{
  return g_hash_table_lookup (self->by_id, &id);
}

KhTransportError
kh_connection_stream_for_frame (KhConnection *self, guint64 id, KhStream **ret_stream)
{
  guint64 nth = id >> 1;

  if (is_local (self, id))
    {
      if (nth >= self->local_opened)
        return KH_TRANSPORT_STREAM_STATE_ERROR;
    }
  else
    {
      if (nth >= self->peer_max)
        return KH_TRANSPORT_STREAM_LIMIT_ERROR;
      /* RFC 9000, section 3.2: a stream opens all below it, whose frames are still on their way. */
      for (; self->peer_opened <= nth; self->peer_opened++)
        add_stream (self, self->peer_opened << 1 | (id & 1));
    }

  *ret_stream = kh_connection_stream_lookup (self, id);
  return KH_TRANSPORT_OK;
}

gboolean
kh_connection_open_stream (KhConnection *self, guint64 *ret_id)
{
  guint64 id = self->local_opened << 1 | (self->is_initiator ? 0 : 1);

  if (self->state != KH_CONNECTION_OPEN || self->local_opened >= self->local_max)
    return FALSE;

  add_stream (self, id);
  self->local_opened++;
  *ret_id = id;
  return TRUE;
}

gsize
kh_connection_stream_write (KhConnection *self, guint64 id, const void *data, gsize len)
{
  KhStream *stream = kh_connection_stream_lookup (self, id);
  gsize taken;

  if (stream == NULL || self->state != KH_CONNECTION_OPEN || len == 0 ||
      kh_send_stream_state (stream->send) != KH_SEND_STREAM_OPEN)
    return 0;

  taken = kh_send_stream_write (stream->send, data, len);
  stream->wants_room |= taken < len;
  stream->awaits_acks |= taken > 0;
  return taken;
}

gsize
kh_connection_stream_writable (KhConnection *self, guint64 id)
{
  KhStream *stream = kh_connection_stream_lookup (self, id);

  if (stream == NULL || self->state != KH_CONNECTION_OPEN)
    return 0;
  return kh_send_stream_room (stream->send);
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
  stream->awaits_acks = TRUE;
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
  self->recv_consumed += kh_recv_stream_consumed (stream->recv) - before;
  /* The limits rise when they are told, not before. */
  if (self->recv_consumed + KH_CONNECTION_WINDOW - self->recv_max >= KH_CONNECTION_WINDOW / 2)
    self->max_data_owed = TRUE;
  if (kh_recv_stream_wants_max (stream->recv))
    stream->max_owed = TRUE;
}

gsize
kh_connection_stream_read (KhConnection *self, guint64 id, void *buf, gsize size)
{
  KhStream *stream = kh_connection_stream_lookup (self, id);
  KhRecvStreamState before;
  guint64 consumed;
  gsize len;

  if (stream == NULL)
    return 0;

  before = kh_recv_stream_state (stream->recv);
  consumed = kh_recv_stream_consumed (stream->recv);
  len = kh_recv_stream_read (stream->recv, buf, size);
  kh_connection_give_credit (self, stream, consumed);
  if (before != kh_recv_stream_state (stream->recv))
    kh_stream_add_event (stream, KH_CONNECTION_EVENT_STREAM_FINISHED);
  return len;
}

void
kh_connection_reset_stream (KhConnection *self, guint64 id, guint64 code)
{
  KhStream *stream = kh_connection_stream_lookup (self, id);

  g_return_if_fail (code <= KH_VARINT_MAX);

  if (stream == NULL || self->state != KH_CONNECTION_OPEN)
    return;
  kh_send_stream_reset (stream->send, code);
  stream->wants_room = FALSE;
  stream->awaits_acks = FALSE;
}

void
kh_connection_stop_sending (KhConnection *self, guint64 id, guint64 code)
{
  KhStream *stream = kh_connection_stream_lookup (self, id);
  guint64 consumed;

  g_return_if_fail (code <= KH_VARINT_MAX);

  if (stream == NULL || self->state != KH_CONNECTION_OPEN)
    return;

  if (kh_recv_stream_state (stream->recv) == KH_RECV_STREAM_OPEN)
    {
      stream->stop_owed = TRUE;
      stream->stop_code = code;
    }
  consumed = kh_recv_stream_consumed (stream->recv);
  kh_recv_stream_stop (stream->recv);
  kh_connection_give_credit (self, stream, consumed);
  stream->max_owed = FALSE;
  stream->events &= ~(1u << KH_CONNECTION_EVENT_STREAM_READABLE);
}

void
kh_stream_add_event (KhStream *stream, KhConnectionEventType type)
{
  stream->events |= 1u << type;
}

void
kh_stream_note_progress (KhStream *stream)
{
  KhSendStreamState state = kh_send_stream_state (stream->send);

  if (stream->wants_room && kh_send_stream_room (stream->send) > 0)
    {
      stream->wants_room = FALSE;
      kh_stream_add_event (stream, KH_CONNECTION_EVENT_STREAM_WRITABLE);
    }
  if (stream->awaits_acks && kh_send_stream_unacked (stream->send) == 0 &&
      (state == KH_SEND_STREAM_OPEN || state == KH_SEND_STREAM_DONE))
    {
      stream->awaits_acks = FALSE;
      kh_stream_add_event (stream, KH_CONNECTION_EVENT_STREAM_ACKED);
    }
}

static gboolean
is_over (const KhStream *stream)
{
  KhRecvStreamState recv = kh_recv_stream_state (stream->recv);

  return stream->events == 0 && kh_send_stream_state (stream->send) == KH_SEND_STREAM_DONE &&
         (recv == KH_RECV_STREAM_FINISHED || recv == KH_RECV_STREAM_RESET);
}

void
kh_connection_reap_streams (KhConnection *self)
{
  for (guint i = self->streams->len; i > 0; i--)
    {
      KhStream *stream = g_ptr_array_index (self->streams, i - 1);

      if (!is_over (stream))
        continue;
      if (!is_local (self, stream->id))
        self->peer_closed++;
      g_hash_table_remove (self->by_id, &stream->id);
      g_ptr_array_remove_index (self->streams, i - 1);
    }

  /* Told in steps of a quarter, so that not every stream costs a frame. */
  if (self->peer_closed + KH_CONNECTION_STREAMS_MAX - self->peer_max >=
      KH_CONNECTION_STREAMS_MAX / 4)
    self->max_streams_owed = TRUE;
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
  int type = g_bit_nth_lsf (stream->events, -1);

  if (type < 0)
    return FALSE;

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

gboolean
kh_connection_poll_event (KhConnection *self, KhConnectionEvent *ret_event)
{
  for (guint i = 0; i < self->streams->len; i++)
    {
      if (poll_stream_event (g_ptr_array_index (self->streams, i), ret_event))
        return TRUE;
    }
  kh_connection_reap_streams (self);

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
