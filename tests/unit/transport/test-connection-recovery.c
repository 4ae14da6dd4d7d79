/* test-connection-recovery.c: what ACKs and silences do to a connection */
#include "pipe.h"

static gsize
write_ack (guint8 *buf, gsize size, guint64 first, guint64 last)
{
  KhWriter writer = kh_writer_init (buf, size);
  KhFrameAckRange range = { first, last };

  kh_frame_write_ack (&writer, 0, &range, 1);
  g_assert_false (writer.failed);
  return writer.len;
}

/* RFC 9000, section 21.4 */
static void
test_skipped (void)
{
  for (int lie = 0; lie < 2; lie++)
    {
      g_autoptr (Pipe) pipe = pipe_new ();
      guint8 buf[64];
      guint64 skipped;

      kh_connection_stream_write (pipe->side[0], 0, "x", 1);
      pipe_flush (pipe);
      skipped = pipe->next_pn[0]++;
      kh_connection_note_skipped (pipe->side[0], skipped);
      kh_connection_stream_write (pipe->side[0], 0, "y", 1);
      pipe_flush (pipe);
      pipe->is_cut = TRUE;
      pipe_inject (pipe, 0, buf,
                   write_ack (buf, sizeof buf, lie ? skipped : skipped + 1, skipped + 1));
      g_assert_cmpint (kh_connection_is_closed (pipe->side[0]), ==, lie);
    }
}

/* As if the other side had sent it, which it knows of: it will be acknowledged. */
static void
inject_ping (Pipe *pipe)
{
  static const guint8 ping[] = { KH_FRAME_PING };

  kh_connection_note_sent (pipe->side[1], pipe->next_pn[1]);
  pipe_inject (pipe, 0, ping, sizeof ping);
}

/* Deep in a silence, a sign of life is answered by a probe long before the next one is due. */
static void
test_heard (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  guint64 built, probes;

  kh_connection_stream_write (pipe->side[0], 0, "x", 1);
  pipe_run_until_quiet (pipe);
  pipe->is_cut = TRUE;
  kh_connection_stream_write (pipe->side[0], 0, "y", 1);
  pipe_run (pipe, pipe->now_us + 120 * G_USEC_PER_SEC);
  /* To the middle between two probes. */
  pipe_run (pipe, kh_connection_next_timeout (pipe->side[0]));
  pipe_run (pipe, pipe->now_us + G_USEC_PER_SEC);
  built = pipe->built[0];
  g_assert_cmpint (kh_connection_next_timeout (pipe->side[0]), >, pipe->now_us + G_USEC_PER_SEC);
  inject_ping (pipe);
  pipe_flush (pipe);
  g_assert_cmpint (kh_connection_pto_count (pipe->side[0]), >, 2);
  g_assert_cmpuint (pipe->built[0], ==, built + 1);
  g_assert_cmpint (kh_connection_next_timeout (pipe->side[0]), >=,
                   pipe->now_us + 2 * G_USEC_PER_SEC);
  /* But not by one for each packet. */
  probes = pipe->built[0] - pipe->ack_only[0];
  for (int i = 0; i < 20; i++)
    {
      inject_ping (pipe);
      pipe_flush (pipe);
    }
  g_assert_cmpuint (pipe->built[0] - pipe->ack_only[0], ==, probes);

  pipe->is_cut = FALSE;
  pipe_run_until_quiet (pipe);
  g_assert_cmpuint (kh_connection_stream_readable (pipe->side[1], 0), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/connection-recovery/skipped", test_skipped);
  g_test_add_func ("/connection-recovery/heard", test_heard);
  return g_test_run ();
}
