/* connection-frames.c: what becomes of a frame when its packet is acknowledged or lost (RFC 9000,
 * section 13.3)
 *
 * Nothing is sent again as it was: each frame on record says what of it is still owed.
 */
#include "transport/connection-private.h"

static KhQueuedCandidate *
find_candidate (KhConnection *self, guint64 number, guint *ret_index)
{
  for (guint i = 0; i < self->candidates->len; i++)
    {
      KhQueuedCandidate *candidate = &g_array_index (self->candidates, KhQueuedCandidate, i);

      if (candidate->number == number)
        {
          *ret_index = i;
          return candidate;
        }
    }
  return NULL;
}

void
kh_connection_data_acked (KhConnection *self, guint64 id, const KhSendChunk *chunk)
{
  KhStream *stream = kh_connection_stream_lookup (self, id);
  gsize unacked;

  if (stream == NULL)
    return;
  unacked = kh_send_stream_unacked (stream->send);
  kh_send_stream_on_acked (stream->send, chunk);
  kh_connection_note_progress (self, stream, unacked);
}

void
kh_connection_frame_acked (KhConnection *self, const KhSentFrame *frame)
{
  KhStream *stream;
  guint index;

  switch (frame->type)
    {
    case KH_FRAME_ACK:
      kh_ack_ranges_forget_below (&self->received, frame->offset);
      return;
    case KH_FRAME_RESET_STREAM:
      stream = kh_connection_stream_lookup (self, frame->id);
      if (stream == NULL)
        return;
      kh_send_stream_on_reset_acked (stream->send);
      kh_connection_queue_news (self, stream);
      return;
    case KH_FRAME_CANDIDATE:
      if (find_candidate (self, frame->id, &index) != NULL)
        g_array_remove_index (self->candidates, index);
      return;
    case KH_FRAME_STOP_SENDING:
    case KH_FRAME_MAX_DATA:
    case KH_FRAME_MAX_STREAM_DATA:
    case KH_FRAME_MAX_STREAMS:
      return;
    case KH_FRAME_STREAM:
    case KH_FRAME_PADDING:
    case KH_FRAME_PING:
    case KH_FRAME_PATH_CHALLENGE:
    case KH_FRAME_PATH_RESPONSE:
    case KH_FRAME_CLOSE:
    case KH_FRAME_PATH_IN_USE:
    case KH_FRAME_REKEY:
    case KH_FRAME_DATAGRAM:
    default:
      g_assert_not_reached ();
    }
}

static void
stream_frame_lost (KhConnection *self, KhStream *stream, const KhSentFrame *frame)
{
  KhSendChunk chunk = { frame->offset, frame->len, frame->fin };
  gboolean is_open = kh_recv_stream_state (stream->recv) == KH_RECV_STREAM_OPEN;

  if (frame->type == KH_FRAME_STREAM)
    kh_send_stream_on_lost (stream->send, &chunk);
  else if (frame->type == KH_FRAME_RESET_STREAM)
    kh_send_stream_on_reset_lost (stream->send);
  else if (frame->type == KH_FRAME_STOP_SENDING)
    stream->stop_owed = is_open;
  else
    stream->max_owed = is_open;
  kh_connection_queue_data (self, stream);
  kh_connection_queue_control (self, stream);
}

void
kh_connection_frame_lost (KhConnection *self, const KhSentFrame *frame)
{
  KhStream *stream;
  KhQueuedCandidate *candidate;
  guint index;

  switch (frame->type)
    {
    case KH_FRAME_STREAM:
    case KH_FRAME_RESET_STREAM:
    case KH_FRAME_STOP_SENDING:
    case KH_FRAME_MAX_STREAM_DATA:
      stream = kh_connection_stream_lookup (self, frame->id);
      if (stream != NULL)
        stream_frame_lost (self, stream, frame);
      return;
    case KH_FRAME_MAX_DATA:
      self->max_data_owed = TRUE;
      return;
    case KH_FRAME_MAX_STREAMS:
      self->max_streams_owed = TRUE;
      return;
    case KH_FRAME_CANDIDATE:
      candidate = find_candidate (self, frame->id, &index);
      if (candidate != NULL)
        candidate->owed = TRUE;
      return;
    case KH_FRAME_ACK: /* a newer one says more */
      return;
    case KH_FRAME_PADDING:
    case KH_FRAME_PING:
    case KH_FRAME_PATH_CHALLENGE:
    case KH_FRAME_PATH_RESPONSE:
    case KH_FRAME_CLOSE:
    case KH_FRAME_PATH_IN_USE:
    case KH_FRAME_REKEY:
    case KH_FRAME_DATAGRAM:
    default:
      g_assert_not_reached ();
    }
}
