/* session-streams.c: a session's streams are those of its connection
 *
 * Owns nothing: commands go through, and the connection's events come out as the session's.
 */
#include "node/session-private.h"

gsize
kh_session_stream_room (KhSession *self, guint64 id)
{
  return kh_connection_stream_writable (self->connection, id);
}

gsize
kh_session_stream_unacked (KhSession *self, guint64 id)
{
  return kh_connection_stream_unacked (self->connection, id);
}

gsize
kh_session_stream_write (KhSession *self, guint64 id, const void *data, gsize len)
{
  gsize taken = kh_connection_stream_write (self->connection, id, data, len);

  self->keys.active |= taken > 0;
  return taken;
}

guint8 *
kh_session_stream_extend (KhSession *self, guint64 id, gsize len, gsize *ret_len)
{
  guint8 *data = kh_connection_stream_extend (self->connection, id, len, ret_len);

  self->keys.active |= data != NULL;
  return data;
}

gsize
kh_session_stream_read (KhSession *self, guint64 id, void *buf, gsize size)
{
  return kh_connection_stream_read (self->connection, id, buf, size);
}

gboolean
kh_session_stream_peek (KhSession *self, guint64 id, const guint8 **ret_data, gsize *ret_len)
{
  return kh_connection_stream_peek (self->connection, id, ret_data, ret_len);
}

void
kh_session_stream_consume (KhSession *self, guint64 id, gsize len)
{
  kh_connection_stream_consume (self->connection, id, len);
}

gboolean
kh_session_open_stream (KhSession *self, guint64 *ret_id)
{
  return kh_connection_open_stream (self->connection, ret_id);
}

void
kh_session_finish_stream (KhSession *self, guint64 id)
{
  kh_connection_finish_stream (self->connection, id);
}

void
kh_session_reset_stream (KhSession *self, guint64 id, guint64 code)
{
  kh_connection_reset_stream (self->connection, id, code);
}

void
kh_session_stop_stream (KhSession *self, guint64 id, guint64 code)
{
  kh_connection_stop_sending (self->connection, id, code);
}

/* On a path that was just changed to, what its check took until the first acknowledgement. */
static KhConnectionRtt
rtt_of_path (KhSession *self)
{
  KhConnectionRtt rtt = kh_connection_rtt (self->connection);
  const KhPath *path = kh_check_list_get_selected (self->checks);

  if (rtt.latest_us == 0 && path != NULL && path->rtt_us > 0)
    rtt = (KhConnectionRtt){ .smoothed_us = path->rtt_us,
                             .min_us = path->rtt_us,
                             .latest_us = path->rtt_us };
  return rtt;
}

void
kh_session_get_info (KhSession *self, KhSessionInfo *ret_info)
{
  KhConnectionStats stats = kh_connection_stats (self->connection);
  KhConnectionRtt rtt = rtt_of_path (self);

  *ret_info = (KhSessionInfo){
    .packets_sent = stats.packets_sent,
    .packets_received = stats.packets_received,
    .packets_lost = stats.packets_lost,
    .packets_spurious = stats.packets_spurious,
    .bytes_sent = stats.bytes_sent,
    .bytes_retransmitted = stats.bytes_retransmitted,
    .bytes_received = stats.bytes_received,
    .rtt_smoothed_us = rtt.smoothed_us,
    .rtt_min_us = rtt.min_us,
    .rtt_latest_us = rtt.latest_us,
    .mtu = self->mtu.size,
    .epoch = self->keys.present.epoch,
  };
}

gboolean
kh_session_poll_connection_event (KhSession *self, KhSessionEvent *ret_event)
{
  KhConnectionEvent event;

  if (!kh_connection_poll_event (self->connection, &event))
    return FALSE;

  ret_event->type = KH_SESSION_EVENT_STREAM;
  ret_event->stream = event.stream_id;
  switch (event.type)
    {
    case KH_CONNECTION_EVENT_STREAM_READABLE:
      ret_event->readable = TRUE;
      break;
    case KH_CONNECTION_EVENT_STREAM_WRITABLE:
    case KH_CONNECTION_EVENT_STREAM_ACKED:
      ret_event->writable = TRUE;
      break;
    case KH_CONNECTION_EVENT_STREAM_FINISHED:
      ret_event->finished = TRUE;
      break;
    case KH_CONNECTION_EVENT_STREAM_RESET:
      ret_event->reset = TRUE;
      ret_event->code = event.code;
      break;
    case KH_CONNECTION_EVENT_STREAM_STOPPED:
      ret_event->stopped = TRUE;
      ret_event->code = event.code;
      break;
    case KH_CONNECTION_EVENT_CLOSED:
      ret_event->type = KH_SESSION_EVENT_CLOSED;
      ret_event->code = event.code;
      ret_event->by_peer = event.by_peer;
      ret_event->reason = event.reason;
      break;
    default:
      g_assert_not_reached ();
    }
  return TRUE;
}
