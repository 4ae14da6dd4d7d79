/* connection-table.c: the streams that there are (RFC 9000, sections 2.1, 3.2 and 4.6)
 *
 * Owns the table, and the queues of streams by what they owe: whoever builds a packet looks at the
 * heads of queues, never at all streams. Streams of one side are numbered without gaps, so a number
 * below the count of opened ones that is not in the table names a stream that is over: nothing need
 * be remembered of it.
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
  gboolean is_chat = id == KH_CONNECTION_CHAT_STREAM;

  stream->id = id;
  stream->send = kh_send_stream_new (KH_CONNECTION_STREAM_WINDOW);
  stream->recv =
      kh_recv_stream_new (KH_CONNECTION_STREAM_WINDOW,
                          is_chat ? KH_CONNECTION_STREAM_WINDOW : KH_CONNECTION_STREAM_WINDOW_MOST);
  stream->turn_link.data = stream->control_link.data = stream->news_link.data = stream;
  g_hash_table_insert (self->by_id, &stream->id, stream);
  return stream;
}

static gboolean
is_local (KhConnection *self, guint64 id)
{
  return (id & 1) == (self->is_initiator ? 0 : 1);
}

void
kh_connection_table_init (KhConnection *self)
{
  self->by_id = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, stream_free);
  self->local_max = KH_CONNECTION_STREAMS_MAX;
  self->peer_max = KH_CONNECTION_STREAMS_MAX;
  /* Stream 0 is the initiator's first one. */
  self->chat = add_stream (self, KH_CONNECTION_CHAT_STREAM);
  if (self->is_initiator)
    self->local_opened = 1;
  else
    self->peer_opened = 1;
}

void
kh_connection_table_clear (KhConnection *self)
{
  g_clear_pointer (&self->by_id, g_hash_table_unref);
}

KhStream *
kh_connection_stream_lookup (KhConnection *self, guint64 id)
{
  KhStream *stream;

  /* One packet after the other is of the same stream. */
  if (self->recent != NULL && self->recent->id == id)
    return self->recent;

  stream = g_hash_table_lookup (self->by_id, &id);
  if (stream != NULL)
    self->recent = stream;
  return stream;
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

static GQueue *
queue_for (KhConnection *self, KhSendOwes turn)
{
  return turn == KH_SEND_OWES_AGAIN ? &self->owing_again : &self->owing_new;
}

static void
set_turn (KhConnection *self, KhStream *stream, KhSendOwes turn)
{
  if (stream->turn == turn)
    return;
  if (stream->turn != KH_SEND_OWES_NOTHING)
    g_queue_unlink (queue_for (self, stream->turn), &stream->turn_link);
  stream->turn = turn;
  if (turn != KH_SEND_OWES_NOTHING)
    g_queue_push_tail_link (queue_for (self, turn), &stream->turn_link);
}

void
kh_connection_queue_data (KhConnection *self, KhStream *stream)
{
  if (stream != self->chat)
    set_turn (self, stream, kh_send_stream_owes (stream->send));
}

gboolean
kh_stream_owes_control (const KhStream *stream)
{
  guint64 code, final_size;

  return stream->max_owed || stream->stop_owed ||
         kh_send_stream_owes_reset (stream->send, &code, &final_size);
}

void
kh_connection_queue_control (KhConnection *self, KhStream *stream)
{
  if (stream->in_control || !kh_stream_owes_control (stream))
    return;
  stream->in_control = TRUE;
  g_queue_push_tail_link (&self->control, &stream->control_link);
}

void
kh_connection_queue_news (KhConnection *self, KhStream *stream)
{
  if (stream->in_news)
    return;
  stream->in_news = TRUE;
  if (stream == self->chat)
    g_queue_push_head_link (&self->news, &stream->news_link);
  else
    g_queue_push_tail_link (&self->news, &stream->news_link);
}

static gboolean
is_over (const KhStream *stream)
{
  KhRecvStreamState recv = kh_recv_stream_state (stream->recv);

  return stream->events == 0 && kh_send_stream_state (stream->send) == KH_SEND_STREAM_DONE &&
         (recv == KH_RECV_STREAM_FINISHED || recv == KH_RECV_STREAM_RESET);
}

void
kh_connection_reap_stream (KhConnection *self, KhStream *stream)
{
  if (!is_over (stream))
    return;

  if (!is_local (self, stream->id))
    self->peer_closed++;
  set_turn (self, stream, KH_SEND_OWES_NOTHING);
  if (stream->in_control)
    g_queue_unlink (&self->control, &stream->control_link);
  if (self->chat == stream)
    self->chat = NULL;
  if (self->recent == stream)
    self->recent = NULL;
  g_hash_table_remove (self->by_id, &stream->id);

  /* Told in steps of a quarter, so that not every stream costs a frame. */
  if (self->peer_closed + KH_CONNECTION_STREAMS_MAX - self->peer_max >=
      KH_CONNECTION_STREAMS_MAX / 4)
    self->max_streams_owed = TRUE;
}
