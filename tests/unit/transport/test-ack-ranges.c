/* test-ack-ranges.c: received packet numbers and the ACK that says them */
#include "transport/ack-ranges.h"

static void
read_ack (const KhAckRanges *ranges, gsize room, KhFrame *ret_frame)
{
  static guint8 buf[2048];
  KhWriter writer = kh_writer_init (buf, room);
  KhCursor cursor;

  g_assert_true (kh_ack_ranges_write (ranges, 7, &writer));
  cursor = kh_cursor_init (buf, writer.len);
  g_assert_true (kh_frame_read (&cursor, ret_frame));
  g_assert_true (kh_cursor_is_done (&cursor));
}

static void
test_write (void)
{
  const guint64 numbers[] = { 4, 0, 1, 9, 8, 5 };
  KhAckRanges ranges;
  KhFrame frame;

  kh_ack_ranges_init (&ranges);
  g_assert_true (kh_ack_ranges_is_empty (&ranges));
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_assert_true (kh_ack_ranges_add (&ranges, numbers[i]));
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_assert_false (kh_ack_ranges_add (&ranges, numbers[i]));
  g_assert_cmpuint (kh_ack_ranges_largest (&ranges), ==, 9);

  read_ack (&ranges, 100, &frame);
  g_assert_cmpuint (frame.ack.delay_us, ==, 7);
  g_assert_cmpuint (frame.ack.n_ranges, ==, 3);
  g_assert_cmpuint (frame.ack.ranges[0].first, ==, 8);
  g_assert_cmpuint (frame.ack.ranges[0].last, ==, 9);
  g_assert_cmpuint (frame.ack.ranges[2].first, ==, 0);
  g_assert_cmpuint (frame.ack.ranges[2].last, ==, 1);

  kh_ack_ranges_forget_below (&ranges, 5);
  read_ack (&ranges, 100, &frame);
  g_assert_cmpuint (frame.ack.n_ranges, ==, 2);
  g_assert_cmpuint (frame.ack.ranges[1].first, ==, 5);
  kh_ack_ranges_clear (&ranges);
}

static void
test_bound (void)
{
  KhAckRanges ranges;
  KhFrame frame;
  guint8 buf[4];
  KhWriter writer = kh_writer_init (buf, sizeof buf);

  kh_ack_ranges_init (&ranges);
  g_assert_false (kh_ack_ranges_write (&ranges, 0, &writer));
  for (guint64 i = 0; i < 1000; i++)
    g_assert_true (kh_ack_ranges_add (&ranges, 2 * i));
  g_assert_cmpuint (kh_ranges_count (&ranges.received), ==, KH_FRAME_ACK_RANGES_MAX);
  read_ack (&ranges, 2048, &frame);
  g_assert_cmpuint (frame.ack.n_ranges, ==, KH_FRAME_ACK_RANGES_MAX);
  g_assert_cmpuint (frame.ack.ranges[0].last, ==, 1998);

  /* Where not all fit, the newest are told. */
  read_ack (&ranges, 60, &frame);
  g_assert_cmpuint (frame.ack.n_ranges, <, KH_FRAME_ACK_RANGES_MAX);
  g_assert_cmpuint (frame.ack.n_ranges, >, 8);
  g_assert_cmpuint (frame.ack.ranges[0].last, ==, 1998);

  g_assert_false (kh_ack_ranges_write (&ranges, 0, &writer));
  g_assert_cmpuint (writer.len, ==, 0);
  g_assert_false (writer.failed);
  kh_ack_ranges_clear (&ranges);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ack-ranges/write", test_write);
  g_test_add_func ("/ack-ranges/bound", test_bound);
  return g_test_run ();
}
