/* test-connection-streams.c: many streams, their shares, DATAGRAMs, and what all of it may hold
 *
 * The rate and the memory are measured on a line of one gigabit a second and a round trip of 100
 * ms, on a virtual clock.
 */
#include "heap.h"
#include "pipe.h"

#include <string.h>

/* 128 streams at once, with as much to send each: they end at about the same time. */
static void
test_shares (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  guint8 data[20000] = { 0 };
  guint64 ids[KH_CONNECTION_STREAMS_MAX - 1];
  gsize least = G_MAXSIZE, most = 0;

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_assert_true (kh_connection_open_stream (pipe->side[0], &ids[i]));
      g_assert_cmpuint (kh_connection_stream_write (pipe->side[0], ids[i], data, sizeof data), ==,
                        sizeof data);
    }
  while (kh_connection_stream_readable (pipe->side[1], ids[0]) < 6000)
    g_assert_true (pipe_step (pipe));
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      least = MIN (least, kh_connection_stream_readable (pipe->side[1], ids[i]));
      most = MAX (most, kh_connection_stream_readable (pipe->side[1], ids[i]));
    }
  g_assert_cmpuint (most - least, <=, 2 * KH_CONNECTION_MAX_PACKET);
}

/* A stream whose reader sleeps does not hold up the others. */
static void
test_one_is_stuck (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  g_autofree guint8 *data = g_malloc0 (2 * KH_CONNECTION_STREAM_WINDOW);
  guint64 stuck, other;

  g_assert_true (kh_connection_open_stream (pipe->side[0], &stuck));
  g_assert_true (kh_connection_open_stream (pipe->side[0], &other));
  for (int i = 0; i < 3; i++)
    {
      kh_connection_stream_write (pipe->side[0], stuck, data, KH_CONNECTION_STREAM_WINDOW);
      pipe_run_until_quiet (pipe);
    }
  g_assert_cmpuint (kh_connection_stream_readable (pipe->side[1], stuck), ==,
                    KH_CONNECTION_STREAM_WINDOW);
  kh_connection_stream_write (pipe->side[0], other, data, 100000);
  pipe_run_until_quiet (pipe);
  g_assert_cmpuint (kh_connection_stream_readable (pipe->side[1], other), ==, 100000);
}

/* Many short writes on many streams share packets. */
static void
test_short_writes (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  guint64 id;

  for (int i = 0; i < 8; i++)
    {
      g_assert_true (kh_connection_open_stream (pipe->side[0], &id));
      kh_connection_stream_write (pipe->side[0], id, "short", 5);
    }
  pipe_flush (pipe);
  g_assert_cmpuint (pipe->built[0], ==, 1);
}

static void
test_peek (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  const guint8 *data;
  gsize len;

  g_assert_false (kh_connection_stream_peek (pipe->side[1], 0, &data, &len));
  kh_connection_stream_write (pipe->side[0], 0, "hello", 5);
  pipe_run_until_quiet (pipe);
  g_assert_true (kh_connection_stream_peek (pipe->side[1], 0, &data, &len));
  g_assert_cmpmem (data, len, "hello", 5);
  kh_connection_stream_consume (pipe->side[1], 0, 2);
  g_assert_true (kh_connection_stream_peek (pipe->side[1], 0, &data, &len));
  g_assert_cmpmem (data, len, "llo", 3);
  kh_connection_stream_consume (pipe->side[1], 0, 3);
  g_assert_false (kh_connection_stream_peek (pipe->side[1], 0, &data, &len));
  g_assert_false (kh_connection_stream_peek (pipe->side[1], 44, &data, &len));
}

/* What is filled in where it lies arrives as what is written does. */
static void
test_extend (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  guint8 buf[20000];
  gsize sent = 0, got = 0, len;
  guint64 id;

  g_assert_null (kh_connection_stream_extend (pipe->side[0], 44, 5, &len));
  g_assert_true (kh_connection_open_stream (pipe->side[0], &id));
  while (sent < 1000000)
    {
      guint8 *data = kh_connection_stream_extend (pipe->side[0], id, 1000000 - sent, &len);

      if (data == NULL)
        {
          g_assert_cmpuint (kh_connection_stream_writable (pipe->side[0], id), ==, 0);
          pipe_run_until_quiet (pipe);
          while ((len = kh_connection_stream_read (pipe->side[1], id, buf, sizeof buf)) > 0)
            for (gsize i = 0; i < len; i++, got++)
              g_assert_cmpuint (buf[i], ==, (guint8) (got * 7 + got / 256));
          continue;
        }
      for (gsize i = 0; i < len; i++, sent++)
        data[i] = (guint8) (sent * 7 + sent / 256);
    }
  kh_connection_finish_stream (pipe->side[0], id);
  g_assert_null (kh_connection_stream_extend (pipe->side[0], id, 5, &len));
  g_assert_cmpuint (got, >, 0);
}

static void
test_datagrams (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  guint8 data[KH_CONNECTION_MAX_PACKET] = { 7 };
  gsize longest = kh_connection_datagram_max (pipe->side[0]);

  g_assert_null (kh_connection_poll_datagram (pipe->side[1]));
  g_assert_false (kh_connection_send_datagram (pipe->side[0], data, longest + 1));
  g_assert_true (kh_connection_send_datagram (pipe->side[0], data, 100));
  g_assert_true (kh_connection_send_datagram (pipe->side[0], data, 0));
  g_assert_false (kh_connection_is_idle (pipe->side[0]));
  pipe_run_until_quiet (pipe);
  for (gsize want = 100; want != G_MAXSIZE; want = want == 100 ? 0 : G_MAXSIZE)
    {
      g_autoptr (GBytes) bytes = kh_connection_poll_datagram (pipe->side[1]);

      g_assert_nonnull (bytes);
      g_assert_cmpuint (g_bytes_get_size (bytes), ==, want);
    }
  pipe_assert_idle (pipe);
  g_assert_cmpuint (pipe->built[0], ==, 1);

  /* Lost is lost. */
  pipe->is_cut = TRUE;
  kh_connection_send_datagram (pipe->side[0], data, 100);
  pipe_flush (pipe);
  pipe->is_cut = FALSE;
  pipe_run_until_quiet (pipe);
  g_assert_null (kh_connection_poll_datagram (pipe->side[1]));
  pipe_assert_idle (pipe);

  /* The newest are kept, and a shorter path drops what it cannot carry. */
  for (int i = 0; i < 2 * KH_CONNECTION_DATAGRAMS_MAX; i++)
    g_assert_true (kh_connection_send_datagram (pipe->side[0], data, i));
  g_assert_cmpuint (kh_connection_stats (pipe->side[0]).datagrams_dropped, ==,
                    KH_CONNECTION_DATAGRAMS_MAX);
  g_assert_true (kh_connection_send_datagram (pipe->side[0], data, 1100));
  kh_connection_set_max_packet (pipe->side[0], 1000);
  g_assert_cmpuint (kh_connection_stats (pipe->side[0]).datagrams_dropped, ==,
                    KH_CONNECTION_DATAGRAMS_MAX + 2);
  g_assert_cmpuint (kh_connection_datagram_max (pipe->side[0]), <, 1000);
  pipe_run_until_quiet (pipe);
  pipe_assert_idle (pipe);
}

/* What no packet can carry any more is not waited for. */
static void
test_datagram_too_long (void)
{
  g_autoptr (KhConnection) connection = kh_connection_new (TRUE);
  guint8 data[2000] = { 0 };
  guint8 buf[2000];

  kh_connection_set_max_packet (connection, 2000);
  g_assert_true (kh_connection_send_datagram (connection, data, 1900));
  g_assert_true (kh_connection_send_datagram (connection, data, 100));
  kh_connection_path_changed (connection, 0, 1000000);
  g_assert_cmpuint (kh_connection_stats (connection).datagrams_dropped, ==, 1);

  /* The owner may give less room than the path has. */
  kh_connection_set_max_packet (connection, 2000);
  g_assert_true (kh_connection_send_datagram (connection, data, 1900));
  g_assert_cmpuint (kh_connection_build (connection, 0, buf, 1000, 2000000), <, 200);
  g_assert_cmpuint (kh_connection_build (connection, 1, buf, 1000, 3000000), ==, 0);
  g_assert_false (kh_connection_wants_send (connection, 3000000));
}

/* Before the bulk, behind the chat. */
static void
test_datagram_order (void)
{
  g_autoptr (KhConnection) connection = kh_connection_new (TRUE);
  g_autofree guint8 *data = g_malloc0 (100000);
  guint8 buf[PIPE_PAYLOAD];
  KhFrame frame;
  KhCursor cursor;
  guint64 id;

  g_assert_true (kh_connection_open_stream (connection, &id));
  kh_connection_stream_write (connection, id, data, 100000);
  kh_connection_send_datagram (connection, data, 500);
  kh_connection_stream_write (connection, 0, "hi", 2);
  cursor = kh_cursor_init (buf, kh_connection_build (connection, 0, buf, sizeof buf, 1000000));
  g_assert_true (kh_frame_read (&cursor, &frame));
  g_assert_cmpint (frame.type, ==, KH_FRAME_STREAM);
  g_assert_cmpuint (frame.stream.id, ==, 0);
  g_assert_true (kh_frame_read (&cursor, &frame));
  g_assert_cmpint (frame.type, ==, KH_FRAME_DATAGRAM);
  g_assert_true (kh_frame_read (&cursor, &frame));
  g_assert_cmpint (frame.type, ==, KH_FRAME_STREAM);
  g_assert_cmpuint (frame.stream.id, ==, id);
}

static void
test_packet_size (void)
{
  g_autoptr (KhConnection) connection = kh_connection_new (TRUE);
  g_autofree guint8 *data = g_malloc0 (100000);
  guint8 buf[9000];
  guint64 id;

  g_assert_false (kh_connection_has_bulk (connection));
  g_assert_true (kh_connection_open_stream (connection, &id));
  g_assert_cmpuint (kh_connection_stream_write (connection, id, data, 100000), ==, 100000);
  g_assert_true (kh_connection_has_bulk (connection));
  g_assert_cmpuint (kh_connection_build (connection, 0, buf, sizeof buf, 1000000), <=,
                    KH_CONNECTION_MAX_PACKET);
  kh_connection_set_max_packet (connection, 8000);
  g_assert_cmpuint (kh_connection_build (connection, 1, buf, sizeof buf, 2000000), >, 7900);
  kh_connection_path_changed (connection, 0, 3000000);
  g_assert_cmpuint (kh_connection_build (connection, 2, buf, sizeof buf, 3000000), <=,
                    KH_CONNECTION_MAX_PACKET);
  kh_connection_reset_stream (connection, id, 1);
  g_assert_false (kh_connection_has_bulk (connection));
}

/* --- a long fat line --------------------------------------------------------------------- */

#define PAYLOAD 1422
#define TICK_US 1000
#define DELAY_TICKS 50
/* 1 Gbit/s in packets of 1452 bytes, a tick */
#define PER_TICK 86
#define BDP ((gsize) 12500000)
#define RING 8192

typedef struct
{
  guint64 number;
  gint64 arrival_us;
  gsize len;
  guint8 payload[PAYLOAD];
} Packet;

typedef struct
{
  KhConnection *connection;
  guint64 next_number;
  Packet *out; /* RING of them */
  guint head;
  guint tail;
  guint64 stream;
  guint64 got;
  gboolean reads;
  gssize heap;
  gssize heap_most;
} End;

static void
end_receive (End *self, End *from, gint64 now_us)
{
  for (; from->tail != from->head; from->tail++)
    {
      Packet *packet = &from->out[from->tail % RING];
      KhCursor cursor = kh_cursor_init (packet->payload, packet->len);
      gboolean ack_eliciting;
      KhFrame frame;

      if (packet->arrival_us > now_us)
        break;
      g_assert_true (kh_frame_check_all (packet->payload, packet->len, &ack_eliciting, NULL));
      g_assert_true (kh_connection_begin_packet (self->connection, packet->number, now_us));
      while (kh_cursor_left (&cursor) > 0 && kh_frame_read (&cursor, &frame))
        g_assert_cmpint (kh_connection_receive_frame (self->connection, &frame, now_us), ==,
                         KH_TRANSPORT_OK);
      kh_connection_end_packet (self->connection, ack_eliciting, now_us);
    }
}

static void
end_send (End *self, gint64 now_us)
{
  for (guint i = 0; i < PER_TICK; i++)
    {
      Packet *packet = &self->out[self->head % RING];

      g_assert_cmpuint (self->head - self->tail, <, RING);
      packet->len = kh_connection_build (self->connection, self->next_number, packet->payload,
                                         PAYLOAD, now_us);
      if (packet->len == 0)
        break;
      packet->number = self->next_number++;
      packet->arrival_us = now_us + DELAY_TICKS * TICK_US;
      self->head++;
    }
  if (kh_connection_next_timeout (self->connection) <= now_us)
    kh_connection_handle_timeout (self->connection, now_us);
}

static void
end_turn (End *self, End *from, gboolean writes, gint64 now_us)
{
  static guint8 data[65536];
  gsize before = heap_in_use ();
  KhConnectionEvent event;
  gsize len;

  end_receive (self, from, now_us);
  while (kh_connection_poll_event (self->connection, &event))
    ;
  while (self->reads &&
         (len = kh_connection_stream_read (self->connection, self->stream, data, sizeof data)) > 0)
    self->got += len;
  while (writes && kh_connection_stream_write (self->connection, self->stream, data, sizeof data) ==
                       sizeof data)
    ;
  end_send (self, now_us);
  self->heap += (gssize) heap_in_use () - (gssize) before;
  self->heap_most = MAX (self->heap_most, self->heap);
}

/* The windows let the line be filled, and then nobody reads: what is kept stays within three times
 * what the line holds; and it is given back. */
static void
test_long_fat_line (void)
{
  End ends[2] = { { .connection = kh_connection_new (TRUE), .reads = TRUE },
                  { .connection = kh_connection_new (FALSE), .reads = TRUE } };
  guint64 at_three = 0;
  gint64 now_us = TICK_US;
  gint64 end_us = now_us + 6 * G_USEC_PER_SEC;

  g_assert_true (kh_connection_open_stream (ends[0].connection, &ends[0].stream));
  ends[1].stream = ends[0].stream;
  for (int i = 0; i < 2; i++)
    {
      ends[i].out = g_new (Packet, RING);
      kh_connection_set_max_packet (ends[i].connection, PAYLOAD);
    }
  for (; now_us < end_us; now_us += TICK_US)
    {
      if (now_us == 3 * G_USEC_PER_SEC)
        at_three = ends[1].got;
      if (now_us == 4 * G_USEC_PER_SEC)
        {
          /* the last second's goodput */
          g_assert_cmpuint (ends[1].got - at_three, >, 100000000);
          ends[1].reads = FALSE;
        }
      end_turn (&ends[0], &ends[1], now_us < 5 * G_USEC_PER_SEC, now_us);
      end_turn (&ends[1], &ends[0], FALSE, now_us);
    }
  g_test_message ("memory: sender %" G_GSSIZE_FORMAT ", receiver %" G_GSSIZE_FORMAT,
                  ends[0].heap_most, ends[1].heap_most);
  g_assert_cmpint (ends[0].heap_most, <=, 3 * BDP);
  g_assert_cmpint (ends[1].heap_most, <=, 3 * BDP);

  /* All is read, then silence. */
  ends[1].reads = TRUE;
  for (end_us += 2 * G_USEC_PER_SEC; now_us < end_us; now_us += TICK_US)
    {
      end_turn (&ends[0], &ends[1], FALSE, now_us);
      end_turn (&ends[1], &ends[0], FALSE, now_us);
    }
  for (int i = 0; i < 2; i++)
    {
      g_assert_true (kh_connection_is_idle (ends[i].connection));
      g_test_message ("memory afterwards: %" G_GSSIZE_FORMAT, ends[i].heap);
      g_assert_cmpint (ends[i].heap, <=, 16 * 1024);
      kh_connection_free (ends[i].connection);
      g_free (ends[i].out);
    }
}

static void
test_idle_memory (void)
{
  gsize before = heap_in_use ();
  g_autoptr (KhConnection) connection = kh_connection_new (TRUE);

  g_assert_nonnull (connection);
  g_test_message ("memory of a new connection: %" G_GSIZE_FORMAT, heap_in_use () - before);
  g_assert_cmpuint (heap_in_use () - before, <=, 16 * 1024);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/connection-streams/shares", test_shares);
  g_test_add_func ("/connection-streams/one-is-stuck", test_one_is_stuck);
  g_test_add_func ("/connection-streams/short-writes", test_short_writes);
  g_test_add_func ("/connection-streams/peek", test_peek);
  g_test_add_func ("/connection-streams/extend", test_extend);
  g_test_add_func ("/connection-streams/datagrams", test_datagrams);
  g_test_add_func ("/connection-streams/datagram-too-long", test_datagram_too_long);
  g_test_add_func ("/connection-streams/datagram-order", test_datagram_order);
  g_test_add_func ("/connection-streams/packet-size", test_packet_size);
  g_test_add_func ("/connection-streams/idle-memory", test_idle_memory);
  g_test_add_func ("/connection-streams/long-fat-line", test_long_fat_line);
  return g_test_run ();
}
