/* test-connection-rules.c: the rules that a peer may break, each on its own and all at random
 *
 * What a peer with valid keys may cost is test-connection-hostile.c's.
 */
#include "pipe.h"

#include <string.h>

static void
begin_packet (KhWriter *writer)
{
  static guint8 buf[PIPE_PAYLOAD];

  *writer = kh_writer_init (buf, sizeof buf);
}

static void
stream_frame (KhWriter *writer, guint64 id, guint64 offset, gsize len, gboolean fin)
{
  guint8 *data = kh_frame_write_stream_head (writer, id, offset, len, fin);

  g_assert_nonnull (data);
  memset (data, 'x', len);
}

/* The side has closed with this error, says so once, and tells the other side. */
static void
assert_failed (Pipe *pipe, int side, KhTransportError error)
{
  KhConnectionEvent event;

  g_assert_true (kh_connection_is_closed (pipe->side[side]));
  g_assert_true (pipe_find_event (pipe->side[side], KH_CONNECTION_EVENT_CLOSED, &event));
  g_assert_false (event.by_peer);
  g_assert_cmpuint (event.code, ==, error);
  g_assert_true (g_str_has_prefix (event.reason, kh_transport_error_to_string (error)));
  g_assert_false (pipe_find_event (pipe->side[side], KH_CONNECTION_EVENT_CLOSED, &event));

  pipe_run_until_quiet (pipe);
  g_assert_true (pipe_find_event (pipe->side[!side], KH_CONNECTION_EVENT_CLOSED, &event));
  g_assert_true (event.by_peer);
  g_assert_cmpuint (event.code, ==, error);
  pipe_assert_idle (pipe);
}

/* Injects the packet into side 1, as if from the initiator. */
static void
assert_refused (const KhWriter *writer, KhTransportError error)
{
  g_autoptr (Pipe) pipe = pipe_new ();

  g_assert_false (writer->failed);
  pipe_inject (pipe, 1, writer->data, writer->len);
  assert_failed (pipe, 1, error);
}

static void
test_violations (void)
{
  KhFrameAckRange unsent = { 0, 0 };
  KhWriter w;

  begin_packet (&w);
  kh_frame_write_ack (&w, 0, &unsent, 1);
  assert_refused (&w, KH_TRANSPORT_PROTOCOL_VIOLATION);

  begin_packet (&w);
  stream_frame (&w, 0, KH_CONNECTION_STREAM_WINDOW, 1, FALSE);
  assert_refused (&w, KH_TRANSPORT_FLOW_CONTROL_ERROR);

  /* Each stream within its window, all together beyond that of the connection. */
  begin_packet (&w);
  for (guint64 id = 2; id < 12; id += 2)
    stream_frame (&w, id, KH_CONNECTION_STREAM_WINDOW - 1, 1, FALSE);
  assert_refused (&w, KH_TRANSPORT_FLOW_CONTROL_ERROR);

  begin_packet (&w);
  for (guint64 id = 2; id < 12; id += 2)
    kh_frame_write_reset_stream (&w, id, 0, KH_CONNECTION_STREAM_WINDOW);
  assert_refused (&w, KH_TRANSPORT_FLOW_CONTROL_ERROR);

  begin_packet (&w);
  stream_frame (&w, 2 * KH_CONNECTION_STREAMS_MAX, 0, 1, FALSE);
  assert_refused (&w, KH_TRANSPORT_STREAM_LIMIT_ERROR);

  /* Stream 1 is the responder's to open. */
  begin_packet (&w);
  kh_frame_write_max_stream_data (&w, 1, 5);
  assert_refused (&w, KH_TRANSPORT_STREAM_STATE_ERROR);
  begin_packet (&w);
  kh_frame_write_stop_sending (&w, KH_VARINT_MAX, 5);
  assert_refused (&w, KH_TRANSPORT_STREAM_STATE_ERROR);

  begin_packet (&w);
  stream_frame (&w, 2, 0, 5, TRUE);
  stream_frame (&w, 2, 5, 1, FALSE);
  assert_refused (&w, KH_TRANSPORT_FINAL_SIZE_ERROR);
}

/* A number that only the owner has used may be acknowledged, one beyond may not. */
static void
test_ack_of_owners_packet (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  KhFrameAckRange range = { 0, 17 };
  KhWriter w;

  kh_connection_note_sent (pipe->side[1], 17);
  begin_packet (&w);
  kh_frame_write_ack (&w, 0, &range, 1);
  pipe_inject (pipe, 1, w.data, w.len);
  g_assert_false (kh_connection_is_closed (pipe->side[1]));
  pipe->next_pn[1] = 18;

  range.last = 18;
  begin_packet (&w);
  kh_frame_write_ack (&w, 0, &range, 1);
  pipe_inject (pipe, 1, w.data, w.len);
  assert_failed (pipe, 1, KH_TRANSPORT_PROTOCOL_VIOLATION);
}

/* Frames of every kind with numbers that mean something and, unless @tame, numbers that do not. */
static guint64
random_number (GRand *rand, gboolean tame)
{
  switch (tame ? 0 : g_rand_int_range (rand, 0, 4))
    {
    case 0:
      return (guint64) g_rand_int_range (rand, 0, 8);
    case 1:
      return (guint64) g_rand_int_range (rand, 0, 300);
    case 2:
      return (guint64) g_rand_int_range (rand, 0, 2 * KH_CONNECTION_WINDOW);
    default:
      return ((guint64) g_rand_int (rand) << 32 | g_rand_int (rand)) & KH_VARINT_MAX;
    }
}

static void
random_frame (GRand *rand, gboolean tame, KhWriter *w)
{
  guint64 a = random_number (rand, tame);
  guint64 b = random_number (rand, tame);
  guint64 c = random_number (rand, tame);
  KhFrameAckRange range = { MIN (a, b), MAX (a, b) };

  switch (g_rand_int_range (rand, 0, 9))
    {
    case 0:
      kh_frame_write_ack (w, c, &range, 1);
      return;
    case 1:
      kh_frame_write_reset_stream (w, a, b, c);
      return;
    case 2:
      kh_frame_write_stop_sending (w, a, b);
      return;
    case 3:
      kh_frame_write_max_data (w, a);
      return;
    case 4:
      kh_frame_write_max_stream_data (w, a, b);
      return;
    case 5:
      kh_frame_write_max_streams (w, a);
      return;
    case 6:
      kh_frame_write_ping (w);
      return;
    default:
      b = MIN (b, KH_VARINT_MAX - 50);
      if (kh_frame_write_stream_head (w, a, b, c % 50, c % 3 == 0) != NULL)
        memset (w->data + w->len - c % 50, 'f', c % 50);
      return;
    }
}

/* Whatever comes, nothing asserts, and the connection is either open or closed for a reason. */
static void
test_random_frames (void)
{
  guint failed = 0, survived = 0;

  for (guint32 seed = 0; seed < 2000; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr (Pipe) pipe = pipe_new ();
      gboolean tame = seed % 2;
      KhConnectionEvent event;
      guint64 id;

      pipe->is_cut = TRUE; /* the honest side 0 only lends its numbers */
      kh_connection_stream_write (pipe->side[1], 0, "hello", 5);
      for (int i = 0; i < 4; i++)
        g_assert_true (kh_connection_open_stream (pipe->side[1], &id));
      pipe_flush (pipe);
      kh_connection_note_sent (pipe->side[1], 8);
      pipe->next_pn[1] = 9;
      for (int i = 0; i < 20 && !kh_connection_is_closed (pipe->side[1]); i++)
        {
          KhWriter w, mark;

          begin_packet (&w);
          do
            {
              mark = w;
              random_frame (rand, tame, &w);
            }
          while (!w.failed && g_rand_boolean (rand));
          if (w.failed)
            w = mark;
          if (w.len == 0)
            continue;
          pipe_inject (pipe, 1, w.data, w.len);
          pipe_step (pipe);
        }
      if (kh_connection_is_closed (pipe->side[1]))
        {
          g_assert_true (pipe_find_event (pipe->side[1], KH_CONNECTION_EVENT_CLOSED, &event));
          g_assert_false (event.by_peer);
          g_assert_cmpuint (event.code, !=, KH_TRANSPORT_OK);
          failed++;
        }
      else
        survived++;
    }
  g_assert_cmpuint (failed, >, 100);
  g_assert_cmpuint (survived, >, 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/connection-rules/violations", test_violations);
  g_test_add_func ("/connection-rules/ack-of-owners-packet", test_ack_of_owners_packet);
  g_test_add_func ("/connection-rules/random-frames", test_random_frames);
  return g_test_run ();
}
