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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/connection-run/tail", test_tail);
  g_test_add_func ("/connection-run/run", test_run);
  return g_test_run ();
}
