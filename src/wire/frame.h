/* frame.h: what a SEALED packet of a peer session carries (PROTOCOL.md, "Sessions")
 *
 * A packet's payload is a sequence of frames. Where RFC 9000 has the same frame, its number and its
 * form are used (section 19 there). Reading copies nothing: what is variable in length points into
 * the packet, so a KhFrame lives no longer than the packet does.
 *
 * Everything read here comes from a peer: whatever is malformed or unknown makes the read fail.
 */
#pragma once

#include "wire/addr.h"
#include "wire/cursor.h"

typedef enum
{
  KH_FRAME_PADDING = 0x00,
  KH_FRAME_PING = 0x01,
  KH_FRAME_ACK = 0x02,
  KH_FRAME_RESET_STREAM = 0x04,
  KH_FRAME_STOP_SENDING = 0x05,
  KH_FRAME_STREAM = 0x08, /* to 0x0f: see the bits in frame.c */
  KH_FRAME_MAX_DATA = 0x10,
  KH_FRAME_MAX_STREAM_DATA = 0x11,
  KH_FRAME_MAX_STREAMS = 0x12,
  KH_FRAME_PATH_CHALLENGE = 0x1a,
  KH_FRAME_PATH_RESPONSE = 0x1b,
  KH_FRAME_CLOSE = 0x1c,
  /* From here on ours; RFC 9000 has no such frames. */
  KH_FRAME_CANDIDATE = 0x20,
  KH_FRAME_PATH_IN_USE = 0x21,
  KH_FRAME_REKEY = 0x22,
  KH_FRAME_DATAGRAM = 0x31, /* RFC 9221, always with its length */
} KhFrameType;

/* Ranges in one ACK: at most 64 × 16 bytes of a packet, and what a peer can make us walk. */
#define KH_FRAME_ACK_RANGES_MAX 64
/* Bytes, not characters; long enough for a sentence. */
#define KH_FRAME_REASON_MAX 256
/* Bytes of a handshake message in a REKEY; those of Noise_IK with what they say are 104 and 56. */
#define KH_FRAME_REKEY_MAX 256
/* RFC 9000, section 19.17 */
#define KH_FRAME_PATH_DATA_SIZE 8
/* RFC 9000, section 4.6: more streams could not be numbered. */
#define KH_FRAME_STREAMS_MAX (G_GUINT64_CONSTANT (1) << 60)

/* Packet numbers @first to @last, both included. */
typedef struct
{
  guint64 first;
  guint64 last;
} KhFrameAckRange;

/**
 * KhFrame:
 * @type: which member of the union holds; every STREAM variant is KH_FRAME_STREAM, and a run of
 *   PADDING is one frame
 *
 * ack: @delay_us is the time in microseconds for which the receiver held back the ACK of
 *   `ranges[0].last` (RFC 9000 would shift it). Ranges are disjoint, not adjacent, highest first.
 * stream: @offset + @len never exceeds KH_VARINT_MAX.
 * close: @reason is valid UTF-8, not terminated, at most KH_FRAME_REASON_MAX bytes.
 */
typedef struct
{
  KhFrameType type;
  union
  {
    struct
    {
      guint64 delay_us;
      guint n_ranges;
      KhFrameAckRange ranges[KH_FRAME_ACK_RANGES_MAX];
    } ack;
    struct
    {
      guint64 id;
      guint64 offset;
      const guint8 *data;
      gsize len;
      gboolean fin;
    } stream;
    struct
    {
      guint64 id;
      guint64 code;
      guint64 final_size;
    } reset_stream;
    struct
    {
      guint64 id;
      guint64 code;
    } stop_sending;
    struct
    {
      guint64 max;
    } max_data;
    struct
    {
      guint64 id;
      guint64 max;
    } max_stream_data;
    struct
    {
      guint64 max; /* how many streams the receiver of this frame may open, over all time */
    } max_streams;
    struct
    {
      guint8 data[KH_FRAME_PATH_DATA_SIZE];
    } path_challenge;
    struct
    {
      guint8 data[KH_FRAME_PATH_DATA_SIZE];
      KhAddr seen; /* where the challenge came from; absent if that was the relay */
    } path_response;
    struct
    {
      guint64 code;
      const char *reason;
      gsize reason_len;
    } close;
    struct
    {
      guint8 kind; /* of path/; any value passes here */
      guint32 priority;
      KhAddr addr;
    } candidate;
    struct
    {
      guint8 epoch; /* that the handshake is for */
      guint8 step;  /* which message of it: 1 or 2 */
      const guint8 *message;
      gsize len;
    } rekey;
    struct
    {
      const guint8 *data;
      gsize len;
    } datagram;
  };
} KhFrame;

const char *kh_frame_type_to_string (KhFrameType type);

/* RFC 9002, section 2. Path checks and handshakes are outside loss recovery, so they elicit no ACK
 * either: each is answered by one of its kind. */
gboolean kh_frame_is_ack_eliciting (KhFrameType type);
/* PATH_CHALLENGE, PATH_RESPONSE or PATH_IN_USE */
gboolean kh_frame_is_path (KhFrameType type);

/**
 * kh_frame_read:
 * @cursor: in a packet's payload, not at its end
 * @ret_frame: borrows from the payload; of no meaning on failure (it is filled in place, because
 *   ACK makes it a kilobyte)
 *
 * Returns FALSE, with the cursor failed or anywhere, if the next frame is malformed or unknown; the
 * packet is then to be dropped as a whole.
 */
gboolean kh_frame_read (KhCursor *cursor, KhFrame *ret_frame);

/**
 * kh_frame_check_all:
 * @payload: of one packet
 * @ret_ack_eliciting: (nullable): is any frame ack-eliciting
 * @ret_only_path_frames: (nullable): are there only path frames and padding, and a path frame
 *
 * The first pass over a packet: a bad packet must change nothing, so no frame is applied before all
 * are known to be well-formed. FALSE if one is not, or if there is none (RFC 9000, section 12.4).
 */
gboolean kh_frame_check_all (const guint8 *payload,
                             gsize len,
                             gboolean *ret_ack_eliciting,
                             gboolean *ret_only_path_frames);

/* Writers return FALSE, and fail the writer, if the frame does not fit. Values above KH_VARINT_MAX
 * do not fit either. */
gboolean kh_frame_write_ping (KhWriter *writer);
/* @n_ranges from 1 to KH_FRAME_ACK_RANGES_MAX, ordered as in KhFrame */
gboolean kh_frame_write_ack (KhWriter *writer,
                             guint64 delay_us,
                             const KhFrameAckRange *ranges,
                             guint n_ranges);
gboolean
kh_frame_write_reset_stream (KhWriter *writer, guint64 id, guint64 code, guint64 final_size);
gboolean kh_frame_write_stop_sending (KhWriter *writer, guint64 id, guint64 code);
gboolean kh_frame_write_max_data (KhWriter *writer, guint64 max);
gboolean kh_frame_write_max_stream_data (KhWriter *writer, guint64 id, guint64 max);
gboolean kh_frame_write_max_streams (KhWriter *writer, guint64 max);
gboolean kh_frame_write_path_challenge (KhWriter *writer,
                                        const guint8 data[KH_FRAME_PATH_DATA_SIZE]);
gboolean kh_frame_write_path_response (KhWriter *writer,
                                       const guint8 data[KH_FRAME_PATH_DATA_SIZE],
                                       const KhAddr *seen);
/* (nullable) @reason: UTF-8, cut at a character's end where it is longer than KH_FRAME_REASON_MAX
 */
gboolean kh_frame_write_close (KhWriter *writer, guint64 code, const char *reason);
gboolean
kh_frame_write_candidate (KhWriter *writer, guint8 kind, guint32 priority, const KhAddr *addr);
/* @len at most KH_FRAME_REKEY_MAX */
gboolean kh_frame_write_rekey (
    KhWriter *writer, guint8 epoch, guint8 step, const guint8 *message, gsize len);
gboolean kh_frame_write_datagram (KhWriter *writer, const guint8 *data, gsize len);

/**
 * kh_frame_write_stream_head:
 *
 * Writes all of a STREAM frame but its data, and reserves the @len bytes for that.
 *
 * Returns: (nullable): where the caller must put the data; NULL if the frame does not fit
 */
guint8 *
kh_frame_write_stream_head (KhWriter *writer, guint64 id, guint64 offset, gsize len, gboolean fin);
/* The same without the place for the data. */
void
kh_frame_write_stream_start (KhWriter *writer, guint64 id, guint64 offset, gsize len, gboolean fin);
/* The most bytes of that. */
#define KH_FRAME_STREAM_HEAD_MAX (1 + 3 * 8)
/* Bytes of the frame without its data. */
gsize kh_frame_stream_head_size (guint64 id, guint64 offset, gsize len);
