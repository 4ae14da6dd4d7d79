/* connection-receive.c: a packet's frames, and when to acknowledge it (RFC 9000, sections 13 and
 * 19)
 *
 * Everything here comes from the peer: what breaks the rules closes the connection.
 */
#include "transport/connection-private.h"

/* RFC 9002, section 6.1.1: so many packets behind a missing one its sender declares it lost. */
#define REORDERING_THRESHOLD 3

/* The chat has only its own limit, so that no other stream can use up its credit. */
static gboolean
is_counted (KhConnection *self, const KhStream *stream)
{
  return stream != self->chat;
}

static gboolean
exceeds_credit (KhConnection *self, const KhStream *stream, guint64 growth)
{
  return is_counted (self, stream) && growth > self->recv_window.max - self->recv_used;
}

static KhTransportError
receive_stream (KhConnection *self, const KhFrame *frame)
{
  KhStream *stream;
  guint64 end = frame->stream.offset + frame->stream.len;
  guint64 growth, consumed;
  gsize readable;
  KhRecvStreamState before;
  gboolean kept = FALSE;
  KhTransportError error = kh_connection_stream_for_frame (self, frame->stream.id, &stream);

  if (error != KH_TRANSPORT_OK || stream == NULL)
    return error;

  growth = kh_recv_stream_growth (stream->recv, end);
  if (exceeds_credit (self, stream, growth))
    return KH_TRANSPORT_FLOW_CONTROL_ERROR;

  before = kh_recv_stream_state (stream->recv);
  consumed = kh_recv_stream_consumed (stream->recv);
  readable = kh_recv_stream_readable (stream->recv);
  error = kh_recv_stream_receive (stream->recv, frame->stream.offset, frame->stream.data,
                                  frame->stream.len, frame->stream.fin, &kept);
  if (error != KH_TRANSPORT_OK)
    return error;
  if (!kept)
    {
      self->packet_refused = TRUE;
      return KH_TRANSPORT_OK;
    }

  self->stats.bytes_received += frame->stream.len;
  if (is_counted (self, stream))
    self->recv_used += growth;
  kh_connection_give_credit (self, stream, consumed);
  if (kh_recv_stream_readable (stream->recv) > readable)
    kh_connection_add_event (self, stream, KH_CONNECTION_EVENT_STREAM_READABLE);
  if (before != KH_RECV_STREAM_FINISHED &&
      kh_recv_stream_state (stream->recv) == KH_RECV_STREAM_FINISHED)
    kh_connection_add_event (self, stream, KH_CONNECTION_EVENT_STREAM_FINISHED);
  return KH_TRANSPORT_OK;
}

static KhTransportError
receive_reset_stream (KhConnection *self, const KhFrame *frame)
{
  KhStream *stream;
  guint64 growth, consumed;
  KhRecvStreamState before;
  KhTransportError error = kh_connection_stream_for_frame (self, frame->reset_stream.id, &stream);

  if (error != KH_TRANSPORT_OK || stream == NULL)
    return error;

  growth = kh_recv_stream_growth (stream->recv, frame->reset_stream.final_size);
  if (exceeds_credit (self, stream, growth))
    return KH_TRANSPORT_FLOW_CONTROL_ERROR;

  before = kh_recv_stream_state (stream->recv);
  consumed = kh_recv_stream_consumed (stream->recv);
  error = kh_recv_stream_reset (stream->recv, frame->reset_stream.final_size);
  if (error != KH_TRANSPORT_OK)
    return error;

  if (is_counted (self, stream))
    self->recv_used += growth;
  kh_connection_give_credit (self, stream, consumed);
  if (before != kh_recv_stream_state (stream->recv))
    {
      stream->reset_code = frame->reset_stream.code;
      stream->events &= ~(1u << KH_CONNECTION_EVENT_STREAM_READABLE);
      kh_connection_add_event (self, stream, KH_CONNECTION_EVENT_STREAM_RESET);
    }
  return KH_TRANSPORT_OK;
}

static KhTransportError
receive_stop_sending (KhConnection *self, const KhFrame *frame)
{
  KhStream *stream;
  KhSendStreamState state;
  KhTransportError error = kh_connection_stream_for_frame (self, frame->stop_sending.id, &stream);

  if (error != KH_TRANSPORT_OK || stream == NULL)
    return error;

  state = kh_send_stream_state (stream->send);
  if (state == KH_SEND_STREAM_OPEN || state == KH_SEND_STREAM_FINISHING)
    {
      /* RFC 9000, section 3.5: the answer is a RESET_STREAM. */
      kh_connection_reset_stream (self, stream->id, frame->stop_sending.code);
      stream->stopped_code = frame->stop_sending.code;
      kh_connection_add_event (self, stream, KH_CONNECTION_EVENT_STREAM_STOPPED);
    }
  return KH_TRANSPORT_OK;
}

static KhTransportError
receive_max_stream_data (KhConnection *self, const KhFrame *frame)
{
  KhStream *stream;
  KhTransportError error =
      kh_connection_stream_for_frame (self, frame->max_stream_data.id, &stream);

  if (error == KH_TRANSPORT_OK && stream != NULL)
    {
      kh_send_stream_set_max (stream->send, frame->max_stream_data.max);
      kh_connection_queue_data (self, stream);
    }
  return error;
}

static void
receive_close (KhConnection *self, const KhFrame *frame)
{
  gboolean was_open = self->state == KH_CONNECTION_OPEN;

  if (self->state == KH_CONNECTION_DRAINING)
    return;
  kh_connection_set_closed (self, KH_CONNECTION_DRAINING, frame->close.code,
                            g_strndup (frame->close.reason, frame->close.reason_len));
  if (was_open)
    {
      self->close_by_peer = TRUE;
      self->close_event = TRUE;
    }
}

static KhTransportError
apply (KhConnection *self, const KhFrame *frame, gint64 now_us)
{
  switch (frame->type)
    {
    case KH_FRAME_ACK:
      return kh_connection_receive_ack (self, frame, now_us);
    case KH_FRAME_RESET_STREAM:
      return receive_reset_stream (self, frame);
    case KH_FRAME_STOP_SENDING:
      return receive_stop_sending (self, frame);
    case KH_FRAME_STREAM:
      return receive_stream (self, frame);
    case KH_FRAME_MAX_DATA:
      self->send_max = MAX (self->send_max, frame->max_data.max);
      return KH_TRANSPORT_OK;
    case KH_FRAME_MAX_STREAM_DATA:
      return receive_max_stream_data (self, frame);
    case KH_FRAME_MAX_STREAMS:
      self->local_max = MAX (self->local_max, frame->max_streams.max);
      return KH_TRANSPORT_OK;
    case KH_FRAME_CLOSE:
      receive_close (self, frame);
      return KH_TRANSPORT_OK;
    case KH_FRAME_PING:
      self->packet_urgent = TRUE;
      return KH_TRANSPORT_OK;
    case KH_FRAME_DATAGRAM:
      kh_connection_receive_datagram (self, frame);
      return KH_TRANSPORT_OK;
    case KH_FRAME_PADDING:
    case KH_FRAME_PATH_CHALLENGE:
    case KH_FRAME_PATH_RESPONSE:
    case KH_FRAME_CANDIDATE:
    case KH_FRAME_PATH_IN_USE:
    case KH_FRAME_REKEY:
    default:
      return KH_TRANSPORT_OK;
    }
}

KhTransportError
kh_connection_receive_frame (KhConnection *self, const KhFrame *frame, gint64 now_us)
{
  KhTransportError error;

  if (self->state != KH_CONNECTION_OPEN && frame->type != KH_FRAME_CLOSE)
    return KH_TRANSPORT_OK;

  error = apply (self, frame, now_us);
  if (error != KH_TRANSPORT_OK)
    {
      g_autofree char *reason = g_strdup_printf ("%s in %s", kh_transport_error_to_string (error),
                                                 kh_frame_type_to_string (frame->type));

      return kh_connection_fail (self, error, reason);
    }
  return KH_TRANSPORT_OK;
}

/* RFC 9000, section 13.2.1: a packet that is late, or that leaves a gap, tells of loss or
 * reordering, of which the sender should hear at once; and again when the gap has become so long
 * that it sends again what is missing. */
static gboolean
is_out_of_order (KhConnection *self, guint64 largest_before)
{
  guint64 number = self->packet_number;
  gboolean is_next = number == largest_before + 1;

  if (!is_next && number > largest_before)
    self->gap_told = largest_before + 1 + REORDERING_THRESHOLD;
  if (number < self->gap_told)
    return !is_next;
  self->gap_told = G_MAXUINT64;
  return TRUE;
}

gboolean
kh_connection_receive_bulk (KhConnection *self,
                            guint64 packet_number,
                            const KhFrame *frame,
                            gint64 now_us)
{
  KhStream *stream = self->recent;
  gsize len = frame->stream.len;

  if (self->state != KH_CONNECTION_OPEN || frame->type != KH_FRAME_STREAM || frame->stream.fin ||
      stream == NULL || stream == self->chat || stream->id != frame->stream.id ||
      packet_number >= self->gap_told || !kh_ack_ranges_is_next (&self->received, packet_number) ||
      len == 0 || len > self->recv_window.max - self->recv_used ||
      !kh_recv_stream_append (stream->recv, frame->stream.offset, frame->stream.data, len))
    return FALSE;

  self->now_us = now_us;
  kh_connection_heard (self, now_us);
  kh_ack_ranges_extend (&self->received);
  self->largest_received_us = now_us;
  self->recv_used += len;
  self->stats.packets_received++;
  self->stats.bytes_received += len;
  kh_connection_add_event (self, stream, KH_CONNECTION_EVENT_STREAM_READABLE);
  kh_ack_frequency_on_packet (&self->acks, FALSE, self->rtt.smoothed_us, now_us);
  return TRUE;
}

void
kh_connection_end_packet (KhConnection *self, gboolean ack_eliciting, gint64 now_us)
{
  gboolean was_empty = kh_ack_ranges_is_empty (&self->received);
  guint64 largest_before = was_empty ? 0 : kh_ack_ranges_largest (&self->received);

  if (self->state != KH_CONNECTION_OPEN || self->packet_refused)
    return;

  kh_ack_ranges_add (&self->received, self->packet_number);
  if (was_empty || self->packet_number > largest_before)
    self->largest_received_us = now_us;
  if (!was_empty && is_out_of_order (self, largest_before))
    self->packet_urgent = TRUE;
  if (ack_eliciting)
    kh_ack_frequency_on_packet (&self->acks, self->packet_urgent, self->rtt.smoothed_us, now_us);
}
