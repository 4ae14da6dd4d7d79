/* test-frame.c: every frame survives the way out and in; every bad one is refused */
#include "wire/frame.h"

#include <string.h>

static guint8 buf[2048];

static void
read_only (const KhWriter *writer, KhFrame *ret_frame)
{
  KhCursor cursor = kh_cursor_init (writer->data, writer->len);

  g_assert_false (writer->failed);
  g_assert_true (kh_frame_read (&cursor, ret_frame));
  g_assert_true (kh_cursor_is_done (&cursor));
  /* Cut anywhere, it is refused. */
  for (gsize len = 0; len < writer->len; len++)
    {
      KhFrame cut;
      g_autofree guint8 *copy = g_memdup2 (writer->data, len);

      cursor = kh_cursor_init (copy, len);
      g_assert_false (kh_frame_read (&cursor, &cut));
    }
}

static gboolean
reads (const void *bytes, gsize len)
{
  g_autofree guint8 *copy = g_memdup2 (bytes, len);
  KhCursor cursor = kh_cursor_init (copy, len);
  KhFrame frame;

  return kh_frame_read (&cursor, &frame);
}

static void
test_ack (void)
{
  const KhFrameAckRange ranges[] = { { 90, 100 }, { 50, 88 }, { 7, 7 }, { 0, 5 } };
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  KhFrame frame;

  g_assert_true (kh_frame_write_ack (&writer, 12345, ranges, G_N_ELEMENTS (ranges)));
  read_only (&writer, &frame);
  g_assert_cmpint (frame.type, ==, KH_FRAME_ACK);
  g_assert_cmpuint (frame.ack.delay_us, ==, 12345);
  g_assert_cmpuint (frame.ack.n_ranges, ==, G_N_ELEMENTS (ranges));
  for (guint i = 0; i < G_N_ELEMENTS (ranges); i++)
    {
      g_assert_cmpuint (frame.ack.ranges[i].first, ==, ranges[i].first);
      g_assert_cmpuint (frame.ack.ranges[i].last, ==, ranges[i].last);
    }
}

/* The example layout of RFC 9000, section 19.3: bytes written by hand. */
static void
test_ack_bytes (void)
{
  /* largest 10, delay 0, one more range, 2 below the largest; gap 1, length 3: 10..8, 5..2 */
  const guint8 good[] = { 0x02, 10, 0, 1, 2, 1, 3 };
  const guint8 first_too_long[] = { 0x02, 10, 0, 0, 11 };
  const guint8 gap_too_long[] = { 0x02, 10, 0, 1, 2, 7, 0 };
  const guint8 length_too_long[] = { 0x02, 10, 0, 1, 2, 1, 6 };
  KhCursor cursor = kh_cursor_init (good, sizeof good);
  KhFrame frame;

  g_assert_true (kh_frame_read (&cursor, &frame));
  g_assert_cmpuint (frame.ack.n_ranges, ==, 2);
  g_assert_cmpuint (frame.ack.ranges[0].first, ==, 8);
  g_assert_cmpuint (frame.ack.ranges[0].last, ==, 10);
  g_assert_cmpuint (frame.ack.ranges[1].first, ==, 2);
  g_assert_cmpuint (frame.ack.ranges[1].last, ==, 5);

  g_assert_false (reads (first_too_long, sizeof first_too_long));
  g_assert_false (reads (gap_too_long, sizeof gap_too_long));
  g_assert_false (reads (length_too_long, sizeof length_too_long));
}

static void
test_ack_range_count (void)
{
  guint8 bytes[5 + 2 * KH_FRAME_ACK_RANGES_MAX + 2] = { 0x02, 0x7f, 0xff, 0, 0x40 };

  /* largest 0x3fff; 63 more ranges are the most */
  bytes[5] = KH_FRAME_ACK_RANGES_MAX - 1;
  g_assert_true (reads (bytes, sizeof bytes));
  bytes[5] = KH_FRAME_ACK_RANGES_MAX;
  g_assert_false (reads (bytes, sizeof bytes));
}

static void
test_stream (void)
{
  for (guint variant = 0; variant < 4; variant++)
    {
      KhWriter writer = kh_writer_init (buf, sizeof buf);
      guint64 offset = variant & 1 ? 70000 : 0;
      gboolean fin = (variant & 2) != 0;
      guint8 *data = kh_frame_write_stream_head (&writer, 77, offset, 5, fin);
      KhFrame frame;

      g_assert_nonnull (data);
      memcpy (data, "hello", 5);
      g_assert_cmpuint (writer.len, ==, kh_frame_stream_head_size (77, offset, 5) + 5);
      read_only (&writer, &frame);
      g_assert_cmpint (frame.type, ==, KH_FRAME_STREAM);
      g_assert_cmpuint (frame.stream.id, ==, 77);
      g_assert_cmpuint (frame.stream.offset, ==, offset);
      g_assert_cmpint (frame.stream.fin, ==, fin);
      g_assert_cmpmem (frame.stream.data, frame.stream.len, "hello", 5);
    }
}

static void
test_stream_bounds (void)
{
  const guint8 to_the_end[] = { 0x08, 4, 'a', 'b', 'c' };
  const guint8 too_long[] = { 0x0a, 4, 4, 'a', 'b', 'c' };
  const guint8 behind_the_last_offset[] = { 0x0c, 4,    0xff, 0xff, 0xff, 0xff,
                                            0xff, 0xff, 0xff, 0xff, 'x' };
  KhCursor cursor = kh_cursor_init (to_the_end, sizeof to_the_end);
  KhWriter writer = kh_writer_init (buf, 10);
  KhFrame frame;

  g_assert_true (kh_frame_read (&cursor, &frame));
  g_assert_cmpmem (frame.stream.data, frame.stream.len, "abc", 3);
  g_assert_false (reads (too_long, sizeof too_long));
  g_assert_false (reads (behind_the_last_offset, sizeof behind_the_last_offset));
  g_assert_null (kh_frame_write_stream_head (&writer, 0, 0, 8, FALSE));
  g_assert_true (writer.failed);
}

static void
test_numbers (void)
{
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  KhFrame frame;

  g_assert_true (kh_frame_write_reset_stream (&writer, 3, 400, KH_VARINT_MAX));
  read_only (&writer, &frame);
  g_assert_cmpuint (frame.reset_stream.id, ==, 3);
  g_assert_cmpuint (frame.reset_stream.code, ==, 400);
  g_assert_cmpuint (frame.reset_stream.final_size, ==, KH_VARINT_MAX);

  writer = kh_writer_init (buf, sizeof buf);
  g_assert_true (kh_frame_write_stop_sending (&writer, 5, 6));
  read_only (&writer, &frame);
  g_assert_cmpuint (frame.stop_sending.id, ==, 5);
  g_assert_cmpuint (frame.stop_sending.code, ==, 6);

  writer = kh_writer_init (buf, sizeof buf);
  g_assert_true (kh_frame_write_max_data (&writer, 1 << 20));
  read_only (&writer, &frame);
  g_assert_cmpuint (frame.max_data.max, ==, 1 << 20);

  writer = kh_writer_init (buf, sizeof buf);
  g_assert_true (kh_frame_write_max_stream_data (&writer, 9, 1 << 18));
  read_only (&writer, &frame);
  g_assert_cmpuint (frame.max_stream_data.id, ==, 9);
  g_assert_cmpuint (frame.max_stream_data.max, ==, 1 << 18);

  writer = kh_writer_init (buf, sizeof buf);
  g_assert_true (kh_frame_write_max_streams (&writer, KH_FRAME_STREAMS_MAX));
  read_only (&writer, &frame);
  g_assert_cmpuint (frame.max_streams.max, ==, KH_FRAME_STREAMS_MAX);

  writer = kh_writer_init (buf, sizeof buf);
  g_assert_true (kh_frame_write_max_streams (&writer, KH_FRAME_STREAMS_MAX + 1));
  g_assert_false (reads (writer.data, writer.len));
}

static void
test_paths (void)
{
  const guint8 data[KH_FRAME_PATH_DATA_SIZE] = { 1, 2, 3, 4, 5, 6, 7, 8 };
  KhAddr addr = kh_addr_ipv4 (192, 0, 2, 1, 4430);
  KhAddr none = { 0 };
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  KhFrame frame;

  g_assert_true (kh_frame_write_path_challenge (&writer, data));
  read_only (&writer, &frame);
  g_assert_cmpint (frame.type, ==, KH_FRAME_PATH_CHALLENGE);
  g_assert_cmpmem (frame.path_challenge.data, 8, data, 8);

  writer = kh_writer_init (buf, sizeof buf);
  g_assert_true (kh_frame_write_path_response (&writer, data, &addr));
  read_only (&writer, &frame);
  g_assert_cmpmem (frame.path_response.data, 8, data, 8);
  g_assert_true (kh_addr_equal (&frame.path_response.seen, &addr));

  writer = kh_writer_init (buf, sizeof buf);
  g_assert_true (kh_frame_write_candidate (&writer, 3, 0xfffffffe, &addr));
  read_only (&writer, &frame);
  g_assert_cmpuint (frame.candidate.kind, ==, 3);
  g_assert_cmpuint (frame.candidate.priority, ==, 0xfffffffe);
  g_assert_true (kh_addr_equal (&frame.candidate.addr, &addr));

  g_assert_false (kh_frame_write_candidate (&writer, 3, 1, &none));
}

static void
test_close (void)
{
  g_autoptr (GString) longer = g_string_new ("x");
  const guint8 bad_utf8[] = { 0x1c, 5, 2, 0xc3, 0x28 };
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  KhFrame frame;

  g_assert_true (kh_frame_write_close (&writer, 300, "good night"));
  read_only (&writer, &frame);
  g_assert_cmpuint (frame.close.code, ==, 300);
  g_assert_cmpmem (frame.close.reason, frame.close.reason_len, "good night", 10);

  writer = kh_writer_init (buf, sizeof buf);
  g_assert_true (kh_frame_write_close (&writer, 0, NULL));
  read_only (&writer, &frame);
  g_assert_cmpuint (frame.close.reason_len, ==, 0);

  /* 1 + 2n bytes: the cut at 256 would fall into a character */
  for (guint i = 0; i < KH_FRAME_REASON_MAX; i++)
    g_string_append (longer, "é");
  writer = kh_writer_init (buf, sizeof buf);
  g_assert_true (kh_frame_write_close (&writer, 0, longer->str));
  read_only (&writer, &frame);
  g_assert_cmpuint (frame.close.reason_len, ==, KH_FRAME_REASON_MAX - 1);

  g_assert_false (reads (bad_utf8, sizeof bad_utf8));
  memset (buf, 'a', sizeof buf);
  memcpy (buf, (guint8[]){ 0x1c, 0, 0x41, 0x01 }, 4); /* 257 bytes */
  g_assert_false (reads (buf, 4 + 257));
}

static void
test_rekey (void)
{
  const guint8 no_step[] = { 0x22, 7, 0, 1, 'x' };
  const guint8 third_step[] = { 0x22, 7, 3, 1, 'x' };
  const guint8 too_short[] = { 0x22, 7, 1, 2, 'x' };
  guint8 message[KH_FRAME_REKEY_MAX + 1] = { 'm' };
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  gboolean eliciting = 2, only_path = 2;
  KhFrame frame;

  g_assert_true (kh_frame_write_rekey (&writer, 255, 2, message, KH_FRAME_REKEY_MAX));
  read_only (&writer, &frame);
  g_assert_cmpint (frame.type, ==, KH_FRAME_REKEY);
  g_assert_cmpuint (frame.rekey.epoch, ==, 255);
  g_assert_cmpuint (frame.rekey.step, ==, 2);
  g_assert_cmpmem (frame.rekey.message, frame.rekey.len, message, KH_FRAME_REKEY_MAX);
  g_assert_true (kh_frame_check_all (writer.data, writer.len, &eliciting, &only_path));
  g_assert_false (eliciting);
  g_assert_false (only_path);

  g_assert_false (reads (no_step, sizeof no_step));
  g_assert_false (reads (third_step, sizeof third_step));
  g_assert_false (reads (too_short, sizeof too_short));
  memset (buf, 'a', sizeof buf);
  memcpy (buf, (guint8[]){ 0x22, 7, 1, 0x41, 0x01 }, 5); /* 257 bytes */
  g_assert_false (reads (buf, 5 + 257));
}

static void
test_datagram (void)
{
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  KhFrame frame;

  g_assert_true (kh_frame_write_datagram (&writer, (const guint8 *) "voice", 5));
  read_only (&writer, &frame);
  g_assert_cmpint (frame.type, ==, KH_FRAME_DATAGRAM);
  g_assert_cmpmem (frame.datagram.data, frame.datagram.len, "voice", 5);
}

static void
test_unknown (void)
{
  const KhFrameType known[] = {
    KH_FRAME_PADDING,       KH_FRAME_PING,
    KH_FRAME_ACK,           KH_FRAME_RESET_STREAM,
    KH_FRAME_STOP_SENDING,  KH_FRAME_STREAM,
    KH_FRAME_MAX_DATA,      KH_FRAME_MAX_STREAM_DATA,
    KH_FRAME_MAX_STREAMS,   KH_FRAME_PATH_CHALLENGE,
    KH_FRAME_PATH_RESPONSE, KH_FRAME_CLOSE,
    KH_FRAME_CANDIDATE,     KH_FRAME_PATH_IN_USE,
    KH_FRAME_REKEY,         KH_FRAME_DATAGRAM,
  };

  for (guint type = 0; type < 256; type++)
    {
      /* Zeros are a body for every known frame but those that must hold an address or a step. */
      guint8 bytes[64] = { (guint8) type };
      gboolean is_known = FALSE;

      for (guint i = 0; i < G_N_ELEMENTS (known); i++)
        is_known |= known[i] == type;
      is_known |= type >= KH_FRAME_STREAM && type < KH_FRAME_STREAM + 8;
      is_known &= type != KH_FRAME_CANDIDATE && type != KH_FRAME_REKEY;
      g_assert_cmpint (reads (bytes, sizeof bytes), ==, is_known);
    }
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    g_assert_cmpstr (kh_frame_type_to_string (known[i]), !=, "unknown");
}

static void
test_check_all (void)
{
  const guint8 empty_ack[] = { 0x02, 0, 0, 0, 0, 0, 0 };
  const guint8 ack_and_ping[] = { 0x02, 0, 0, 0, 0, 0x01 };
  const guint8 in_use[] = { 0x21, 0, 0 };
  const guint8 in_use_and_ping[] = { 0x21, 0x01 };
  const guint8 bad_at_the_end[] = { 0x01, 0x01, 0x7f };
  const guint8 padding[] = { 0, 0 };
  gboolean eliciting = 2, only_path = 2;

  g_assert_true (kh_frame_check_all (empty_ack, sizeof empty_ack, &eliciting, &only_path));
  g_assert_false (eliciting);
  g_assert_false (only_path);
  g_assert_true (kh_frame_check_all (ack_and_ping, sizeof ack_and_ping, &eliciting, NULL));
  g_assert_true (eliciting);
  g_assert_true (kh_frame_check_all (in_use, sizeof in_use, &eliciting, &only_path));
  g_assert_false (eliciting);
  g_assert_true (only_path);
  g_assert_true (kh_frame_check_all (in_use_and_ping, 2, &eliciting, &only_path));
  g_assert_true (eliciting);
  g_assert_false (only_path);
  g_assert_true (kh_frame_check_all (padding, sizeof padding, &eliciting, &only_path));
  g_assert_false (only_path);

  eliciting = 2;
  g_assert_false (kh_frame_check_all (bad_at_the_end, sizeof bad_at_the_end, &eliciting, NULL));
  g_assert_cmpint (eliciting, ==, 2);
  g_assert_false (kh_frame_check_all (NULL, 0, NULL, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/frame/ack", test_ack);
  g_test_add_func ("/frame/ack-bytes", test_ack_bytes);
  g_test_add_func ("/frame/ack-range-count", test_ack_range_count);
  g_test_add_func ("/frame/stream", test_stream);
  g_test_add_func ("/frame/stream-bounds", test_stream_bounds);
  g_test_add_func ("/frame/numbers", test_numbers);
  g_test_add_func ("/frame/paths", test_paths);
  g_test_add_func ("/frame/close", test_close);
  g_test_add_func ("/frame/datagram", test_datagram);
  g_test_add_func ("/frame/rekey", test_rekey);
  g_test_add_func ("/frame/unknown", test_unknown);
  g_test_add_func ("/frame/check-all", test_check_all);
  return g_test_run ();
}
