/* frame.c: reading and writing the frames of a session's packets (RFC 9000, section 19)
 *
 * Owns nothing. One function reads each kind of frame into its member of the union, one writes it.
 * Every type fits one byte, which is also its RFC 9000 varint.
 */
#include "wire/frame.h"

#include <string.h>

/* The low bits of a STREAM's type (RFC 9000, section 19.8). */
enum
{
  STREAM_FIN = 0x01,
  STREAM_LEN = 0x02,
  STREAM_OFF = 0x04,
  STREAM_BITS = 0x07,
};

const char *
kh_frame_type_to_string (KhFrameType type)
{
  switch (type)
    {
    case KH_FRAME_PADDING:
      return "PADDING";
    case KH_FRAME_PING:
      return "PING";
    case KH_FRAME_ACK:
      return "ACK";
    case KH_FRAME_RESET_STREAM:
      return "RESET_STREAM";
    case KH_FRAME_STOP_SENDING:
      return "STOP_SENDING";
    case KH_FRAME_STREAM:
      return "STREAM";
    case KH_FRAME_MAX_DATA:
      return "MAX_DATA";
    case KH_FRAME_MAX_STREAM_DATA:
      return "MAX_STREAM_DATA";
    case KH_FRAME_MAX_STREAMS:
      return "MAX_STREAMS";
    case KH_FRAME_PATH_CHALLENGE:
      return "PATH_CHALLENGE";
    case KH_FRAME_PATH_RESPONSE:
      return "PATH_RESPONSE";
    case KH_FRAME_CLOSE:
      return "CLOSE";
    case KH_FRAME_CANDIDATE:
      return "CANDIDATE";
    case KH_FRAME_PATH_IN_USE:
      return "PATH_IN_USE";
    case KH_FRAME_REKEY:
      return "REKEY";
    case KH_FRAME_DATAGRAM:
      return "DATAGRAM";
    default:
      return "unknown";
    }
}

gboolean
kh_frame_is_path (KhFrameType type)
{
  return type == KH_FRAME_PATH_CHALLENGE || type == KH_FRAME_PATH_RESPONSE ||
         type == KH_FRAME_PATH_IN_USE;
}

gboolean
kh_frame_is_ack_eliciting (KhFrameType type)
{
  return type != KH_FRAME_PADDING && type != KH_FRAME_ACK && type != KH_FRAME_CLOSE &&
         type != KH_FRAME_REKEY && !kh_frame_is_path (type);
}

static void
skip_padding (KhCursor *cursor)
{
  while (kh_cursor_left (cursor) > 0 && cursor->data[cursor->at] == KH_FRAME_PADDING)
    cursor->at++;
}

static gboolean
read_ack_range (KhCursor *cursor, KhFrame *frame, guint i)
{
  KhFrameAckRange *range = &frame->ack.ranges[i];
  guint64 smallest_before = range[-1].first;
  guint64 gap, length;

  if (!kh_cursor_varint (cursor, &gap) || !kh_cursor_varint (cursor, &length))
    return FALSE;
  /* All are below 2^62, so these sums cannot wrap. */
  if (gap + 2 > smallest_before || length > smallest_before - gap - 2)
    return FALSE;

  range->last = smallest_before - gap - 2;
  range->first = range->last - length;
  return TRUE;
}

static gboolean
read_ack (KhCursor *cursor, KhFrame *frame)
{
  guint64 largest, more, length;

  if (!kh_cursor_varint (cursor, &largest) || !kh_cursor_varint (cursor, &frame->ack.delay_us) ||
      !kh_cursor_varint (cursor, &more) || !kh_cursor_varint (cursor, &length))
    return FALSE;
  if (more >= KH_FRAME_ACK_RANGES_MAX || length > largest)
    return FALSE;

  frame->ack.ranges[0] = (KhFrameAckRange){ .first = largest - length, .last = largest };
  frame->ack.n_ranges = (guint) more + 1;
  for (guint i = 1; i < frame->ack.n_ranges; i++)
    {
      if (!read_ack_range (cursor, frame, i))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_stream (KhCursor *cursor, guint8 bits, KhFrame *frame)
{
  guint64 offset = 0;
  guint64 len;

  if (!kh_cursor_varint (cursor, &frame->stream.id))
    return FALSE;
  if ((bits & STREAM_OFF) && !kh_cursor_varint (cursor, &offset))
    return FALSE;
  if (!(bits & STREAM_LEN))
    len = kh_cursor_left (cursor);
  else if (!kh_cursor_varint (cursor, &len))
    return FALSE;
  if (len > kh_cursor_left (cursor) || len > KH_VARINT_MAX - offset)
    return FALSE;

  frame->stream.offset = offset;
  frame->stream.len = len;
  frame->stream.fin = (bits & STREAM_FIN) != 0;
  return kh_cursor_view (cursor, len, &frame->stream.data);
}

static gboolean
read_max_streams (KhCursor *cursor, KhFrame *frame)
{
  return kh_cursor_varint (cursor, &frame->max_streams.max) &&
         frame->max_streams.max <= KH_FRAME_STREAMS_MAX;
}

static gboolean
read_close (KhCursor *cursor, KhFrame *frame)
{
  const guint8 *reason;
  guint64 len;

  if (!kh_cursor_varint (cursor, &frame->close.code) || !kh_cursor_varint (cursor, &len))
    return FALSE;
  if (len > KH_FRAME_REASON_MAX || !kh_cursor_view (cursor, len, &reason))
    return FALSE;

  frame->close.reason = (const char *) reason;
  frame->close.reason_len = len;
  return len == 0 || g_utf8_validate (frame->close.reason, (gssize) len, NULL);
}

static gboolean
read_rekey (KhCursor *cursor, KhFrame *frame)
{
  guint64 len;

  if (!kh_cursor_u8 (cursor, &frame->rekey.epoch) || !kh_cursor_u8 (cursor, &frame->rekey.step) ||
      !kh_cursor_varint (cursor, &len))
    return FALSE;
  if (frame->rekey.step < 1 || frame->rekey.step > 2 || len > KH_FRAME_REKEY_MAX)
    return FALSE;
  frame->rekey.len = len;
  return kh_cursor_view (cursor, len, &frame->rekey.message);
}

static gboolean
read_datagram (KhCursor *cursor, KhFrame *frame)
{
  guint64 len;

  if (!kh_cursor_varint (cursor, &len) || len > kh_cursor_left (cursor))
    return FALSE;
  frame->datagram.len = len;
  return kh_cursor_view (cursor, len, &frame->datagram.data);
}

/* Family NONE, alone, where the challenge came by the relay. */
static gboolean
read_seen (KhCursor *cursor, KhAddr *ret_seen)
{
  KhCursor ahead = *cursor;
  guint8 family;

  if (!kh_cursor_u8 (&ahead, &family) || family != KH_FAMILY_NONE)
    return kh_addr_read (cursor, ret_seen);
  *cursor = ahead;
  *ret_seen = (KhAddr){ 0 };
  return TRUE;
}

static gboolean
read_body (KhCursor *cursor, KhFrame *frame)
{
  switch (frame->type)
    {
    case KH_FRAME_PADDING:
      skip_padding (cursor);
      return TRUE;
    case KH_FRAME_PING:
    case KH_FRAME_PATH_IN_USE:
      return TRUE;
    case KH_FRAME_ACK:
      return read_ack (cursor, frame);
    case KH_FRAME_RESET_STREAM:
      return kh_cursor_varint (cursor, &frame->reset_stream.id) &&
             kh_cursor_varint (cursor, &frame->reset_stream.code) &&
             kh_cursor_varint (cursor, &frame->reset_stream.final_size);
    case KH_FRAME_STOP_SENDING:
      return kh_cursor_varint (cursor, &frame->stop_sending.id) &&
             kh_cursor_varint (cursor, &frame->stop_sending.code);
    case KH_FRAME_MAX_DATA:
      return kh_cursor_varint (cursor, &frame->max_data.max);
    case KH_FRAME_MAX_STREAM_DATA:
      return kh_cursor_varint (cursor, &frame->max_stream_data.id) &&
             kh_cursor_varint (cursor, &frame->max_stream_data.max);
    case KH_FRAME_MAX_STREAMS:
      return read_max_streams (cursor, frame);
    case KH_FRAME_PATH_CHALLENGE:
      return kh_cursor_copy (cursor, frame->path_challenge.data, KH_FRAME_PATH_DATA_SIZE);
    case KH_FRAME_PATH_RESPONSE:
      return kh_cursor_copy (cursor, frame->path_response.data, KH_FRAME_PATH_DATA_SIZE) &&
             read_seen (cursor, &frame->path_response.seen);
    case KH_FRAME_CLOSE:
      return read_close (cursor, frame);
    case KH_FRAME_CANDIDATE:
      return kh_cursor_u8 (cursor, &frame->candidate.kind) &&
             kh_cursor_u32 (cursor, &frame->candidate.priority) &&
             kh_addr_read (cursor, &frame->candidate.addr);
    case KH_FRAME_REKEY:
      return read_rekey (cursor, frame);
    case KH_FRAME_DATAGRAM:
      return read_datagram (cursor, frame);
    case KH_FRAME_STREAM: /* its caller has read it */
    default:
      return FALSE;
    }
}

gboolean
kh_frame_read (KhCursor *cursor, KhFrame *ret_frame)
{
  guint8 type;

  if (!kh_cursor_u8 (cursor, &type))
    return FALSE;

  if ((type & ~STREAM_BITS) == KH_FRAME_STREAM)
    {
      ret_frame->type = KH_FRAME_STREAM;
      return read_stream (cursor, type & STREAM_BITS, ret_frame);
    }

  ret_frame->type = (KhFrameType) type;
  return read_body (cursor, ret_frame);
}

gboolean
kh_frame_check_all (const guint8 *payload,
                    gsize len,
                    gboolean *ret_ack_eliciting,
                    gboolean *ret_only_path_frames)
{
  KhCursor cursor = kh_cursor_init (payload, len);
  gboolean ack_eliciting = FALSE, any_path = FALSE, any_other = FALSE;

  if (len == 0)
    return FALSE;

  while (kh_cursor_left (&cursor) > 0)
    {
      KhFrame frame;

      if (!kh_frame_read (&cursor, &frame))
        return FALSE;
      ack_eliciting |= kh_frame_is_ack_eliciting (frame.type);
      if (kh_frame_is_path (frame.type))
        any_path = TRUE;
      else if (frame.type != KH_FRAME_PADDING)
        any_other = TRUE;
    }

  if (ret_ack_eliciting != NULL)
    *ret_ack_eliciting = ack_eliciting;
  if (ret_only_path_frames != NULL)
    *ret_only_path_frames = any_path && !any_other;
  return TRUE;
}

gboolean
kh_frame_write_ping (KhWriter *writer)
{
  return kh_writer_u8 (writer, KH_FRAME_PING);
}

gboolean
kh_frame_write_ack (KhWriter *writer,
                    guint64 delay_us,
                    const KhFrameAckRange *ranges,
                    guint n_ranges)
{
  g_return_val_if_fail (n_ranges >= 1 && n_ranges <= KH_FRAME_ACK_RANGES_MAX, FALSE);

  kh_writer_u8 (writer, KH_FRAME_ACK);
  kh_writer_varint (writer, ranges[0].last);
  kh_writer_varint (writer, delay_us);
  kh_writer_varint (writer, n_ranges - 1);
  kh_writer_varint (writer, ranges[0].last - ranges[0].first);
  for (guint i = 1; i < n_ranges; i++)
    {
      kh_writer_varint (writer, ranges[i - 1].first - ranges[i].last - 2);
      kh_writer_varint (writer, ranges[i].last - ranges[i].first);
    }
  return !writer->failed;
}

gboolean
kh_frame_write_reset_stream (KhWriter *writer, guint64 id, guint64 code, guint64 final_size)
{
  return kh_writer_u8 (writer, KH_FRAME_RESET_STREAM) && kh_writer_varint (writer, id) &&
         kh_writer_varint (writer, code) && kh_writer_varint (writer, final_size);
}

gboolean
kh_frame_write_stop_sending (KhWriter *writer, guint64 id, guint64 code)
{
  return kh_writer_u8 (writer, KH_FRAME_STOP_SENDING) && kh_writer_varint (writer, id) &&
         kh_writer_varint (writer, code);
}

gboolean
kh_frame_write_max_data (KhWriter *writer, guint64 max)
{
  return kh_writer_u8 (writer, KH_FRAME_MAX_DATA) && kh_writer_varint (writer, max);
}

gboolean
kh_frame_write_max_stream_data (KhWriter *writer, guint64 id, guint64 max)
{
  return kh_writer_u8 (writer, KH_FRAME_MAX_STREAM_DATA) && kh_writer_varint (writer, id) &&
         kh_writer_varint (writer, max);
}

gboolean
kh_frame_write_max_streams (KhWriter *writer, guint64 max)
{
  return kh_writer_u8 (writer, KH_FRAME_MAX_STREAMS) && kh_writer_varint (writer, max);
}

gboolean
kh_frame_write_path_challenge (KhWriter *writer, const guint8 data[KH_FRAME_PATH_DATA_SIZE])
{
  return kh_writer_u8 (writer, KH_FRAME_PATH_CHALLENGE) &&
         kh_writer_bytes (writer, data, KH_FRAME_PATH_DATA_SIZE);
}

gboolean
kh_frame_write_path_response (KhWriter *writer,
                              const guint8 data[KH_FRAME_PATH_DATA_SIZE],
                              const KhAddr *seen)
{
  return kh_writer_u8 (writer, KH_FRAME_PATH_RESPONSE) &&
         kh_writer_bytes (writer, data, KH_FRAME_PATH_DATA_SIZE) &&
         (kh_addr_is_relay (seen) ? kh_writer_u8 (writer, KH_FAMILY_NONE)
                                  : kh_addr_write (writer, seen));
}

gboolean
kh_frame_write_close (KhWriter *writer, guint64 code, const char *reason)
{
  gsize len = reason != NULL ? strlen (reason) : 0;

  if (len > KH_FRAME_REASON_MAX)
    len = (gsize) (g_utf8_find_prev_char (reason, reason + KH_FRAME_REASON_MAX + 1) - reason);

  return kh_writer_u8 (writer, KH_FRAME_CLOSE) && kh_writer_varint (writer, code) &&
         kh_writer_varint (writer, len) && kh_writer_bytes (writer, reason, len);
}

gboolean
kh_frame_write_candidate (KhWriter *writer, guint8 kind, guint32 priority, const KhAddr *addr)
{
  return kh_writer_u8 (writer, KH_FRAME_CANDIDATE) && kh_writer_u8 (writer, kind) &&
         kh_writer_u32 (writer, priority) && kh_addr_write (writer, addr);
}

gboolean
kh_frame_write_rekey (KhWriter *writer, guint8 epoch, guint8 step, const guint8 *message, gsize len)
{
  g_return_val_if_fail (len <= KH_FRAME_REKEY_MAX, FALSE);

  return kh_writer_u8 (writer, KH_FRAME_REKEY) && kh_writer_u8 (writer, epoch) &&
         kh_writer_u8 (writer, step) && kh_writer_varint (writer, len) &&
         kh_writer_bytes (writer, message, len);
}

gboolean
kh_frame_write_datagram (KhWriter *writer, const guint8 *data, gsize len)
{
  return kh_writer_u8 (writer, KH_FRAME_DATAGRAM) && kh_writer_varint (writer, len) &&
         kh_writer_bytes (writer, data, len);
}

void
kh_frame_write_stream_start (KhWriter *writer, guint64 id, guint64 offset, gsize len, gboolean fin)
{
  guint8 type = KH_FRAME_STREAM | STREAM_LEN;

  if (offset > 0)
    type |= STREAM_OFF;
  if (fin)
    type |= STREAM_FIN;

  kh_writer_u8 (writer, type);
  kh_writer_varint (writer, id);
  if (offset > 0)
    kh_writer_varint (writer, offset);
  kh_writer_varint (writer, len);
}

guint8 *
kh_frame_write_stream_head (KhWriter *writer, guint64 id, guint64 offset, gsize len, gboolean fin)
{
  kh_frame_write_stream_start (writer, id, offset, len, fin);
  return kh_writer_reserve (writer, len);
}

gsize
kh_frame_stream_head_size (guint64 id, guint64 offset, gsize len)
{
  return 1 + kh_varint_size (id) + (offset > 0 ? kh_varint_size (offset) : 0) +
         kh_varint_size (len);
}
