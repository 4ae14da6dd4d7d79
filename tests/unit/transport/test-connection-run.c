/* test-connection-run.c: packets of bulk: what is left where it lies, and many at a time
 *
 * Owns nothing. However they are built, the same packets go out.
 */
#include "transport/connection.h"
#include "wire/datagram.h"

#include <string.h>

/* Long data is told of and not copied, and comes to the same packet. */
static void
test_tail (void)
{
  g_autoptr (KhConnection) copying = kh_connection_new (TRUE);
  g_autoptr (KhConnection) telling = kh_connection_new (TRUE);
  g_autofree guint8 *data = g_malloc (100000);
  guint8 copied[KH_CONNECTION_MAX_PACKET], told[KH_CONNECTION_MAX_PACKET];
  guint n_told = 0;

  for (guint i = 0; i < 100000; i++)
    data[i] = (guint8) (i * 7 + i / 256);
  for (int i = 0; i < 2; i++)
    {
      KhConnection *connection = i == 0 ? copying : telling;
      guint64 id;

      g_assert_true (kh_connection_open_stream (connection, &id));
      g_assert_cmpuint (kh_connection_stream_write (connection, id, data, 100000), ==, 100000);
    }
  for (guint64 number = 0; number < 60; number++)
    {
      gint64 now_us = 1000000 + (gint64) number * 100000;
      KhBytes tail[KH_CONNECTION_TAIL_PARTS];
      guint n_tail;
      gsize len = kh_connection_build (copying, number, copied, sizeof copied, now_us);
      gsize at =
          kh_connection_build_parts (telling, number, told, sizeof told, tail, &n_tail, now_us);

      g_assert_cmpuint (at, ==, len);
      for (guint i = n_tail; i > 0; i--)
        {
          at -= tail[i - 1].len;
          memcpy (told + at, tail[i - 1].data, tail[i - 1].len);
        }
      if (n_tail > 0)
        {
          g_assert_cmpuint (at, <=, 2 * KH_CONNECTION_BLOCK);
          g_assert_cmpuint (at % KH_CONNECTION_BLOCK, ==, 0);
          g_assert_cmpuint (len % KH_CONNECTION_BLOCK, ==, 0);
        }
      g_assert_cmpmem (told, len, copied, len);
      n_told += n_tail;
    }
  g_assert_cmpuint (n_told, >, 0);
}

/* Packets with their numbers, as they were built. */
static void
add_packet (GString *all, guint64 number, const guint8 *payload, gsize len)
{
  g_string_append_printf (all, "#%" G_GUINT64_FORMAT " %" G_GSIZE_FORMAT ":", number, len);
  g_string_append_len (all, (const char *) payload, (gssize) len);
}

/* All that may be sent now, one by one or in runs. Returns the next number. */
static guint64
send_now (KhConnection *connection, guint64 number, gboolean in_runs, GString *all, gint64 now_us)
{
  guint8 buf[KH_CONNECTION_MAX_PACKET];
  gsize len;

  while ((len = kh_connection_build (connection, number, buf, sizeof buf, now_us)) > 0)
    {
      guint n = 0;

      add_packet (all, number++, buf, len);
      if (in_runs)
        n = kh_connection_begin_run (connection, number, len, 7, now_us);
      g_assert_cmpuint (n, <=, 7);
      for (; n > 0; n--)
        {
          KhBytes tail[KH_CONNECTION_TAIL_PARTS];
          guint n_tail;
          gsize at = len;

          kh_connection_run_next (connection, buf, tail, &n_tail);
          g_assert_cmpuint (n_tail, >, 0);
          for (guint i = n_tail; i > 0; i--)
            {
              at -= tail[i - 1].len;
              memcpy (buf + at, tail[i - 1].data, tail[i - 1].len);
            }
          g_assert_cmpuint (at % KH_CONNECTION_BLOCK, ==, 0);
          add_packet (all, number++, buf, len);
        }
    }
  return number;
}

/* All up to @last but every seventh. */
static void
acknowledge (KhConnection *connection, guint64 number, guint64 last, gint64 now_us)
{
  KhFrame frame = { .type = KH_FRAME_ACK };

  for (guint64 end = last; frame.ack.n_ranges < KH_FRAME_ACK_RANGES_MAX;)
    {
      guint64 first = end - end % 7;

      frame.ack.ranges[frame.ack.n_ranges++] =
          (KhFrameAckRange){ .first = MIN (first + 1, end), .last = end };
      if (first < 2)
        break;
      end = first - 1;
    }
  g_assert_true (kh_connection_begin_packet (connection, number, now_us));
  g_assert_cmpint (kh_connection_receive_frame (connection, &frame, now_us), ==, KH_TRANSPORT_OK);
  kh_connection_end_packet (connection, FALSE, now_us);
}

/* In runs the same goes out as packet by packet, at the same time, with losses and the end. */
static void
test_run (void)
{
  g_autofree guint8 *data = g_malloc0 (250000);
  KhConnection *connections[2];
  GString *sent[2] = { g_string_new (NULL), g_string_new (NULL) };
  guint64 numbers[2] = { 1, 1 };
  guint64 ids[2];

  for (guint i = 0; i < 250000; i++)
    data[i] = (guint8) (i * 7 + i / 256);
  for (int i = 0; i < 2; i++)
    {
      connections[i] = kh_connection_new (TRUE);
      g_assert_true (kh_connection_open_stream (connections[i], &ids[i]));
    }
  for (guint step = 0, at = 0; step < 200; step++)
    {
      gint64 now_us = 1000000 + step * 20000;
      gsize taken = 0;

      for (int i = 0; i < 2; i++)
        {
          guint64 before = numbers[i];

          taken = kh_connection_stream_write (connections[i], ids[i], data + at, 250000 - at);
          if (at + taken == 250000)
            kh_connection_finish_stream (connections[i], ids[i]);
          if (step % 10 == 5)
            kh_connection_stream_write (connections[i], 0, "hello", 5);
          numbers[i] = send_now (connections[i], numbers[i], i == 1, sent[i], now_us);
          if (numbers[i] > before)
            acknowledge (connections[i], step, numbers[i] - 1, now_us + 10000);
          kh_connection_handle_timeout (connections[i], now_us + 10000);
        }
      at += taken;
      g_assert_cmpmem (sent[0]->str, sent[0]->len, sent[1]->str, sent[1]->len);
    }
  g_assert_cmpuint (sent[0]->len, >, 250000);
  g_assert_cmpuint (kh_connection_stats (connections[0]).packets_lost, >, 0);
  for (int i = 0; i < 2; i++)
    {
      g_assert_cmpuint (kh_connection_stream_unacked (connections[i], ids[i]), ==, 0);
      kh_connection_free (connections[i]);
      g_string_free (sent[i], TRUE);
    }
}

/* Returns whether it was taken for bulk. */
static gboolean
receive (KhConnection *connection, guint64 number, KhFrame *frame, gint64 now_us)
{
  if (kh_connection_receive_bulk (connection, number, frame, now_us))
    return TRUE;
  if (kh_connection_begin_packet (connection, number, now_us))
    {
      kh_connection_receive_frame (connection, frame, now_us);
      kh_connection_end_packet (connection, TRUE, now_us);
    }
  return FALSE;
}

/* Only what comes next is taken at once; a gap, its end, the stream's and the limit are seen as
 * ever. */
static void
test_receive (void)
{
  g_autoptr (KhConnection) connection = kh_connection_new (FALSE);
  g_autofree guint8 *data = g_malloc0 (1000);
  KhFrame frame = { .type = KH_FRAME_STREAM, .stream = { .id = 2, .data = data, .len = 1000 } };
  KhConnectionEvent event;

  g_assert_false (receive (connection, 1, &frame, 0));
  for (guint64 number = 2; number <= 5; number++)
    {
      frame.stream.offset += 1000;
      g_assert_true (receive (connection, number, &frame, 0));
      g_assert_false (receive (connection, number, &frame, 0));
    }
  g_assert_cmpuint (kh_connection_stats (connection).packets_received, ==, 5);
  g_assert_cmpuint (kh_connection_stats (connection).packets_duplicate, ==, 4);
  g_assert_cmpuint (kh_connection_stats (connection).bytes_received, ==, 5000);
  g_assert_true (kh_connection_poll_event (connection, &event));
  g_assert_cmpint (event.type, ==, KH_CONNECTION_EVENT_STREAM_READABLE);
  g_assert_cmpuint (kh_connection_stream_readable (connection, 2), ==, 5000);
  /* The second packet asked for an ACK. */
  g_assert_cmpint (kh_connection_next_timeout (connection), ==, 0);

  /* Number 6 is missing, and then comes. */
  frame.stream.offset = 6000;
  g_assert_false (receive (connection, 7, &frame, 1));
  frame.stream.offset = 7000;
  g_assert_false (receive (connection, 8, &frame, 1));
  frame.stream.offset = 5000;
  g_assert_false (receive (connection, 6, &frame, 1));
  g_assert_cmpuint (kh_connection_stream_readable (connection, 2), ==, 8000);
  frame.stream.offset = 8000;
  g_assert_false (receive (connection, 10, &frame, 1));
  frame.stream.offset = 9000;
  for (guint64 number = 11; number < 16; number++, frame.stream.offset += 1000)
    receive (connection, number, &frame, 1);
  g_assert_true (receive (connection, 16, &frame, 1));

  /* Another stream, the chat, an end, and more than may come. */
  frame.stream.id = 4;
  frame.stream.offset = 0;
  g_assert_false (receive (connection, 17, &frame, 2));
  frame.stream.id = 0;
  g_assert_false (receive (connection, 18, &frame, 2));
  frame.stream.offset = 1000;
  g_assert_false (receive (connection, 19, &frame, 2));
  frame.stream.id = 4;
  g_assert_false (receive (connection, 20, &frame, 2));
  frame.stream.offset = 2000;
  g_assert_true (receive (connection, 21, &frame, 2));
  frame.stream.offset = 3000;
  frame.stream.fin = TRUE;
  g_assert_false (receive (connection, 22, &frame, 2));
  frame = (KhFrame){ .type = KH_FRAME_STREAM, .stream = { .id = 2, .data = data, .len = 1000 } };
  frame.stream.offset = KH_CONNECTION_STREAM_WINDOW - 999;
  g_assert_false (receive (connection, 23, &frame, 2));
  while (kh_connection_poll_event (connection, &event))
    if (event.type == KH_CONNECTION_EVENT_CLOSED)
      break;
  g_assert_cmpint (event.type, ==, KH_CONNECTION_EVENT_CLOSED);
  g_assert_cmpuint (event.code, ==, KH_TRANSPORT_FLOW_CONTROL_ERROR);
  frame.stream.offset = 0;
  g_assert_false (receive (connection, 24, &frame, 2));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/connection-run/tail", test_tail);
  g_test_add_func ("/connection-run/run", test_run);
  g_test_add_func ("/connection-run/receive", test_receive);
  return g_test_run ();
}
