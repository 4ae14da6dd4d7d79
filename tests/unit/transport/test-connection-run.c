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

#define RUN_BYTES 250000

typedef struct
{
  KhConnection *connection;
  guint64 id;
  guint64 next_number;
  gsize written;
  GString *sent;
} Sender;

/* A turn: writes what there is room for, sends it, and has most of it acknowledged. */
static void
take_turn (Sender *self, const guint8 *bytes, guint step, gboolean in_runs)
{
  gint64 now_us = 1000000 + step * 20000;
  guint64 before = self->next_number;

  self->written += kh_connection_stream_write (self->connection, self->id, bytes + self->written,
                                               RUN_BYTES - self->written);
  if (self->written == RUN_BYTES)
    kh_connection_finish_stream (self->connection, self->id);
  if (step % 10 == 5)
    kh_connection_stream_write (self->connection, 0, "hello", 5);
  self->next_number = send_now (self->connection, before, in_runs, self->sent, now_us);
  if (self->next_number > before)
    acknowledge (self->connection, step, self->next_number - 1, now_us + 10000);
  kh_connection_handle_timeout (self->connection, now_us + 10000);
}

/* In runs the same goes out as packet by packet, at the same time, with losses and the end. */
static void
test_run (void)
{
  g_autofree guint8 *bytes = g_malloc0 (RUN_BYTES);
  Sender senders[2];

  for (guint i = 0; i < RUN_BYTES; i++)
    bytes[i] = (guint8) (i * 7 + i / 256);
  for (int i = 0; i < 2; i++)
    {
      senders[i] = (Sender){ .connection = kh_connection_new (TRUE),
                             .next_number = 1,
                             .sent = g_string_new (NULL) };
      g_assert_true (kh_connection_open_stream (senders[i].connection, &senders[i].id));
    }
  for (guint step = 0; step < 200; step++)
    {
      for (int i = 0; i < 2; i++)
        take_turn (&senders[i], bytes, step, i == 1);
      g_assert_cmpmem (senders[0].sent->str, senders[0].sent->len, senders[1].sent->str,
                       senders[1].sent->len);
    }
  g_assert_cmpuint (senders[0].sent->len, >, RUN_BYTES);
  g_assert_cmpuint (kh_connection_stats (senders[0].connection).packets_lost, >, 0);
  for (int i = 0; i < 2; i++)
    {
      g_assert_cmpuint (kh_connection_stream_unacked (senders[i].connection, senders[i].id), ==, 0);
      kh_connection_free (senders[i].connection);
      g_string_free (senders[i].sent, TRUE);
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

static const guint8 data[1000];

/* Of stream 2, @n packets from the number 1 on, each of 1000 bytes; the frame of the last. */
static KhFrame
receive_some (KhConnection *connection, guint n)
{
  KhFrame frame = { .type = KH_FRAME_STREAM,
                    .stream = { .id = 2, .data = data, .len = sizeof data } };

  for (guint64 number = 1; number <= n; number++)
    {
      frame.stream.offset = (number - 1) * sizeof data;
      /* The first opens the stream. */
      g_assert_cmpint (receive (connection, number, &frame, 0), ==, number > 1);
    }
  return frame;
}

static void
test_receive (void)
{
  g_autoptr (KhConnection) connection = kh_connection_new (FALSE);
  KhFrame frame = receive_some (connection, 5);
  KhConnectionEvent event;

  for (guint64 number = 2; number <= 5; number++)
    g_assert_false (receive (connection, number, &frame, 0));
  g_assert_cmpuint (kh_connection_stats (connection).packets_received, ==, 5);
  g_assert_cmpuint (kh_connection_stats (connection).packets_duplicate, ==, 4);
  g_assert_cmpuint (kh_connection_stats (connection).bytes_received, ==, 5000);
  g_assert_true (kh_connection_poll_event (connection, &event));
  g_assert_cmpint (event.type, ==, KH_CONNECTION_EVENT_STREAM_READABLE);
  g_assert_cmpuint (kh_connection_stream_readable (connection, 2), ==, 5000);
  /* The second packet asked for an ACK. */
  g_assert_cmpint (kh_connection_next_timeout (connection), ==, 0);
}

/* A gap and its end are seen as ever, and what comes behind them is bulk again. */
static void
test_receive_gap (void)
{
  g_autoptr (KhConnection) connection = kh_connection_new (FALSE);
  KhFrame frame = receive_some (connection, 5);

  frame.stream.offset = 6000;
  g_assert_false (receive (connection, 7, &frame, 1));
  frame.stream.offset = 7000;
  g_assert_false (receive (connection, 8, &frame, 1));
  frame.stream.offset = 5000;
  g_assert_false (receive (connection, 6, &frame, 1));
  g_assert_cmpuint (kh_connection_stream_readable (connection, 2), ==, 8000);

  /* A number is missing, and nothing of the stream. */
  frame.stream.offset = 8000;
  g_assert_false (receive (connection, 10, &frame, 1));
  for (guint64 number = 11; number < 16; number++)
    {
      frame.stream.offset += sizeof data;
      receive (connection, number, &frame, 1);
    }
  frame.stream.offset += sizeof data;
  g_assert_true (receive (connection, 16, &frame, 1));
  g_assert_cmpuint (kh_connection_stream_readable (connection, 2), ==, 15000);
}

/* Nor is another stream bulk, the chat, nothing, the end, or more than may come. */
static void
test_receive_other (void)
{
  g_autoptr (KhConnection) connection = kh_connection_new (FALSE);
  KhFrame frame = receive_some (connection, 2), other = frame;
  KhConnectionEvent event;
  guint64 number = 3;

  for (other.stream.offset = 0; other.stream.offset < 2000; other.stream.offset += sizeof data)
    {
      other.stream.id = 4;
      g_assert_false (receive (connection, number++, &other, 2));
      other.stream.id = 0;
      g_assert_false (receive (connection, number++, &other, 2));
    }
  other.stream.id = 4;
  g_assert_false (receive (connection, number++, &other, 2));
  other.stream.offset += sizeof data;
  other.stream.len = 0;
  g_assert_false (receive (connection, number++, &other, 2));
  other.stream.len = sizeof data;
  g_assert_true (receive (connection, number++, &other, 2));
  other.stream.offset += sizeof data;
  other.stream.fin = TRUE;
  g_assert_false (receive (connection, number++, &other, 2));

  frame.stream.offset = KH_CONNECTION_STREAM_WINDOW - sizeof data + 1;
  g_assert_false (receive (connection, number++, &frame, 2));
  while (kh_connection_poll_event (connection, &event) && event.type != KH_CONNECTION_EVENT_CLOSED)
    ;
  g_assert_cmpint (event.type, ==, KH_CONNECTION_EVENT_CLOSED);
  g_assert_cmpuint (event.code, ==, KH_TRANSPORT_FLOW_CONTROL_ERROR);
  frame.stream.offset = 2000;
  g_assert_false (receive (connection, number, &frame, 2));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/connection-run/tail", test_tail);
  g_test_add_func ("/connection-run/run", test_run);
  g_test_add_func ("/connection-run/receive", test_receive);
  g_test_add_func ("/connection-run/receive-gap", test_receive_gap);
  g_test_add_func ("/connection-run/receive-other", test_receive_other);
  return g_test_run ();
}
