/* test-connection.c: one behaviour of a connection each */
#include "pipe.h"

#include <string.h>

static void
test_message (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  KhConnectionEvent event;
  char buf[32];

  pipe_assert_idle (pipe);
  g_assert_cmpuint (kh_connection_stream_write (pipe->side[0], 0, "hello", 5), ==, 5);
  g_assert_cmpuint (kh_connection_stream_unacked (pipe->side[0], 0), ==, 5);
  g_assert_false (kh_connection_is_idle (pipe->side[0]));
  pipe_run_until_quiet (pipe);

  g_assert_true (pipe_find_event (pipe->side[1], KH_CONNECTION_EVENT_STREAM_READABLE, &event));
  g_assert_cmpuint (event.stream_id, ==, 0);
  g_assert_cmpuint (kh_connection_stream_readable (pipe->side[1], 0), ==, 5);
  g_assert_cmpmem (buf, kh_connection_stream_read (pipe->side[1], 0, buf, sizeof buf), "hello", 5);
  g_assert_true (pipe_find_event (pipe->side[0], KH_CONNECTION_EVENT_STREAM_ACKED, &event));
  g_assert_cmpuint (kh_connection_stream_unacked (pipe->side[0], 0), ==, 0);
  pipe_assert_idle (pipe);

  /* One packet with the message, one with its ACK, and silence. */
  g_assert_cmpuint (pipe->built[0], ==, 1);
  g_assert_cmpuint (pipe->built[1], ==, 1);
  g_assert_cmpint (kh_connection_rtt (pipe->side[0]).latest_us, ==,
                   2 * pipe->delay_us + KH_CONNECTION_MAX_ACK_DELAY_US);
  g_assert_cmpint (kh_connection_last_ack_us (pipe->side[0]), ==, pipe->now_us);
  g_assert_cmpint (kh_connection_last_ack_us (pipe->side[1]), ==, -1);
}

static void
test_ping (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();

  kh_connection_ping (pipe->side[1]);
  pipe_run_until_quiet (pipe);
  pipe_assert_idle (pipe);
  g_assert_cmpuint (pipe->built[0], ==, 1);
  g_assert_cmpuint (pipe->built[1], ==, 1);
  g_assert_cmpuint (pipe->ack_only[0], ==, 1);
}

/* The second packet is acknowledged at once; one out of order as well; a lone one within 25 ms. */
static void
test_ack_timing (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  const guint8 max_data[] = { KH_FRAME_MAX_DATA, 0 };
  const guint8 ping = KH_FRAME_PING;
  const guint8 padding = KH_FRAME_PADDING;
  KhConnection *receiver = pipe->side[1];

  pipe_inject (pipe, 1, &padding, 1);
  g_assert_cmpint (kh_connection_next_timeout (receiver), ==, KH_NEVER);
  pipe_inject (pipe, 1, max_data, sizeof max_data);
  g_assert_false (kh_connection_wants_send (receiver, pipe->now_us));
  g_assert_cmpint (kh_connection_next_timeout (receiver), ==,
                   pipe->now_us + KH_CONNECTION_MAX_ACK_DELAY_US);
  pipe_inject (pipe, 1, max_data, sizeof max_data);
  g_assert_true (kh_connection_wants_send (receiver, pipe->now_us));
  pipe_flush (pipe);
  g_assert_cmpuint (pipe->ack_only[1], ==, 1);

  pipe->next_pn[0] += 2;
  pipe_inject (pipe, 1, max_data, sizeof max_data);
  g_assert_true (kh_connection_wants_send (receiver, pipe->now_us));
  pipe_flush (pipe);

  /* One behind the gap is no news, but three are: now the sender knows it for lost. */
  pipe_inject (pipe, 1, max_data, sizeof max_data);
  g_assert_true (kh_connection_wants_send (receiver, pipe->now_us));
  pipe_flush (pipe);
  pipe_inject (pipe, 1, max_data, sizeof max_data);
  g_assert_false (kh_connection_wants_send (receiver, pipe->now_us));

  /* Who sends a PING wants to know. */
  pipe_inject (pipe, 1, &ping, 1);
  g_assert_true (kh_connection_wants_send (receiver, pipe->now_us));
}

static void
test_duplicate (void)
{
  g_autoptr (KhConnection) connection = kh_connection_new (FALSE);

  g_assert_true (kh_connection_begin_packet (connection, 5, 0));
  kh_connection_end_packet (connection, FALSE, 0);
  g_assert_false (kh_connection_begin_packet (connection, 5, 0));
  g_assert_cmpuint (kh_connection_stats (connection).packets_duplicate, ==, 1);
}

static void
test_probe (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  gint64 sent_us = pipe->now_us;

  pipe->is_cut = TRUE;
  kh_connection_stream_write (pipe->side[0], 0, "hello", 5);
  pipe_flush (pipe);
  g_assert_cmpuint (kh_connection_bytes_in_flight (pipe->side[0]), >, 0);
  while (kh_connection_pto_count (pipe->side[0]) < 2)
    g_assert_true (pipe_step (pipe));
  /* RFC 9002's first timeouts: 333 ms + 4 × 166.5 + 25, then twice that */
  g_assert_cmpint (pipe->now_us - sent_us, ==, 3 * (333000 + 666000 + 25000));

  /* The probes carry the message, not just a PING. */
  pipe->is_cut = FALSE;
  pipe_run_until_quiet (pipe);
  g_assert_cmpuint (kh_connection_stream_readable (pipe->side[1], 0), ==, 5);
  g_assert_cmpuint (kh_connection_pto_count (pipe->side[0]), ==, 0);
  pipe_assert_idle (pipe);
}

/* What was in flight goes out on the new path at once, and a late ACK from the old one counts. */
static void
test_path_changed (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  KhConnectionStats stats;

  pipe->is_cut = TRUE;
  kh_connection_stream_write (pipe->side[0], 0, "hello", 5);
  pipe_flush (pipe);
  pipe->is_cut = FALSE;
  kh_connection_path_changed (pipe->side[0], 30000, pipe->now_us);
  g_assert_cmpuint (kh_connection_bytes_in_flight (pipe->side[0]), ==, 0);
  g_assert_true (kh_connection_wants_send (pipe->side[0], pipe->now_us));
  pipe_flush (pipe);
  /* And the estimate of the new path rules the next timeout. */
  g_assert_cmpint (kh_connection_next_timeout (pipe->side[0]), ==,
                   pipe->now_us + 30000 + 60000 + KH_CONNECTION_MAX_ACK_DELAY_US);
  pipe_run (pipe, pipe->now_us + pipe->delay_us);
  g_assert_cmpuint (kh_connection_stream_readable (pipe->side[1], 0), ==, 5);
  pipe_run_until_quiet (pipe);
  pipe_assert_idle (pipe);

  kh_connection_stream_write (pipe->side[0], 0, "again", 5);
  pipe_flush (pipe);
  kh_connection_path_changed (pipe->side[0], 0, pipe->now_us);
  pipe_run_until_quiet (pipe);
  pipe_assert_idle (pipe);
  g_assert_cmpuint (kh_connection_stream_readable (pipe->side[1], 0), ==, 10);
  stats = kh_connection_stats (pipe->side[0]);
  g_assert_cmpuint (stats.packets_lost, ==, 2);
  g_assert_cmpuint (stats.packets_spurious, ==, 1);
}

static void
test_idle_path_change (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();

  kh_connection_path_changed (pipe->side[0], 0, pipe->now_us);
  kh_connection_path_changed (pipe->side[1], 0, pipe->now_us);
  pipe_assert_idle (pipe);
  pipe_run_until_quiet (pipe);
  g_assert_cmpuint (pipe->built[0] + pipe->built[1], ==, 0);
}

static void
test_back_pressure (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  g_autofree guint8 *data = g_malloc0 (2 * KH_CONNECTION_SEND_BUFFER);
  KhConnectionEvent event;
  gsize got = 0;

  g_assert_cmpuint (kh_connection_stream_write (pipe->side[0], 0, data,
                                                2 * KH_CONNECTION_SEND_BUFFER),
                    ==, KH_CONNECTION_SEND_BUFFER);
  g_assert_cmpuint (kh_connection_stream_writable (pipe->side[0], 0), ==, 0);
  pipe_run_until_quiet (pipe);
  g_assert_true (pipe_find_event (pipe->side[0], KH_CONNECTION_EVENT_STREAM_WRITABLE, &event));
  g_assert_cmpuint (kh_connection_stream_write (pipe->side[0], 0, data, 1000), ==, 1000);

  /* Nobody reads, so the window is shut: nothing is lost, nothing is busy. */
  pipe_run_until_quiet (pipe);
  g_assert_cmpuint (kh_connection_stream_unacked (pipe->side[0], 0), ==, 1000);
  g_assert_false (kh_connection_is_idle (pipe->side[0]));
  g_assert_cmpint (kh_connection_next_timeout (pipe->side[0]), ==, KH_NEVER);

  while (got < KH_CONNECTION_SEND_BUFFER + 1000)
    {
      got += kh_connection_stream_read (pipe->side[1], 0, data, 100000);
      pipe_run_until_quiet (pipe);
    }
  pipe_assert_idle (pipe);
}

/* Bulk on one stream does not hold up the chat. */
static void
test_priority (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  g_autofree guint8 *data = g_malloc0 (KH_CONNECTION_SEND_BUFFER);
  gint64 asked_us;
  guint64 id;

  pipe->delay_us = 50000;
  g_assert_true (kh_connection_open_stream (pipe->side[0], &id));
  g_assert_cmpuint (id, ==, 2);
  kh_connection_stream_write (pipe->side[0], id, data, KH_CONNECTION_SEND_BUFFER);
  pipe_run (pipe, pipe->now_us + 10000);
  kh_connection_stream_write (pipe->side[0], 0, "hi", 2);
  asked_us = pipe->now_us;
  while (kh_connection_stream_readable (pipe->side[1], 0) == 0)
    g_assert_true (pipe_step (pipe));
  g_assert_cmpuint (kh_connection_stream_unacked (pipe->side[0], id), >, 200000);
  /* The window was full: it waits for one ACK and no longer. */
  g_assert_cmpint (pipe->now_us - asked_us, <=, 3 * pipe->delay_us);
}

static void
test_turns (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  guint8 data[100000] = { 0 };
  guint64 ids[3];

  for (int i = 0; i < 3; i++)
    {
      g_assert_true (kh_connection_open_stream (pipe->side[1], &ids[i]));
      g_assert_cmpuint (ids[i], ==, 2 * i + 1);
      kh_connection_stream_write (pipe->side[1], ids[i], data, sizeof data);
    }
  while (kh_connection_stream_readable (pipe->side[0], ids[0]) < 50000)
    g_assert_true (pipe_step (pipe));
  g_assert_cmpuint (kh_connection_stream_readable (pipe->side[0], ids[1]), >, 45000);
  g_assert_cmpuint (kh_connection_stream_readable (pipe->side[0], ids[2]), >, 45000);
}

static void
test_reset (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  guint8 data[50000] = { 0 };
  KhConnectionEvent event;
  guint64 id;

  g_assert_true (kh_connection_open_stream (pipe->side[0], &id));
  kh_connection_stream_write (pipe->side[0], id, data, sizeof data);
  pipe_run (pipe, pipe->now_us + 30000);
  kh_connection_reset_stream (pipe->side[0], id, 777);
  g_assert_cmpuint (kh_connection_stream_write (pipe->side[0], id, data, 1), ==, 0);
  pipe_run_until_quiet (pipe);
  g_assert_true (pipe_find_event (pipe->side[1], KH_CONNECTION_EVENT_STREAM_RESET, &event));
  g_assert_cmpuint (event.stream_id, ==, id);
  g_assert_cmpuint (event.code, ==, 777);
  g_assert_cmpuint (kh_connection_stream_readable (pipe->side[1], id), ==, 0);
  pipe_assert_idle (pipe);

  /* The other direction still works. */
  g_assert_cmpuint (kh_connection_stream_write (pipe->side[1], id, "pity", 4), ==, 4);
  kh_connection_finish_stream (pipe->side[1], id);
  pipe_run_until_quiet (pipe);
  g_assert_cmpuint (kh_connection_stream_read (pipe->side[0], id, data, 100), ==, 4);
  g_assert_true (pipe_find_event (pipe->side[0], KH_CONNECTION_EVENT_STREAM_FINISHED, &event));
  pipe_assert_idle (pipe);
}

static void
test_stop_sending (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  guint8 data[50000] = { 0 };
  KhConnectionEvent event;
  guint64 id;

  g_assert_true (kh_connection_open_stream (pipe->side[0], &id));
  kh_connection_stream_write (pipe->side[0], id, data, sizeof data);
  pipe_run (pipe, pipe->now_us + 30000);
  kh_connection_stop_sending (pipe->side[1], id, 888);
  g_assert_cmpuint (kh_connection_stream_read (pipe->side[1], id, data, 1), ==, 0);
  pipe_run_until_quiet (pipe);
  g_assert_true (pipe_find_event (pipe->side[0], KH_CONNECTION_EVENT_STREAM_STOPPED, &event));
  g_assert_cmpuint (event.code, ==, 888);
  g_assert_true (pipe_find_event (pipe->side[1], KH_CONNECTION_EVENT_STREAM_RESET, &event));
  g_assert_cmpuint (event.code, ==, 888);
  g_assert_cmpuint (kh_connection_stream_unacked (pipe->side[0], id), ==, 0);
  pipe_assert_idle (pipe);
}

/* Reads what comes, answers the end with the end. */
static void
finish_all (Pipe *pipe, int side)
{
  KhConnectionEvent event;
  guint8 buf[100];

  while (kh_connection_poll_event (pipe->side[side], &event))
    {
      if (event.type == KH_CONNECTION_EVENT_STREAM_READABLE)
        {
          while (kh_connection_stream_read (pipe->side[side], event.stream_id, buf, sizeof buf) > 0)
            ;
          kh_connection_finish_stream (pipe->side[side], event.stream_id);
        }
    }
}

/* Any number of streams over time, a bounded number at a time. */
static void
test_many_streams (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  guint opened = 0;
  guint64 id;

  pipe->app = finish_all;
  while (kh_connection_open_stream (pipe->side[0], &id))
    opened++;
  /* The chat is one of them. */
  g_assert_cmpuint (opened, ==, KH_CONNECTION_STREAMS_MAX - 1);
  g_assert_cmpuint (id, ==, 2 * (KH_CONNECTION_STREAMS_MAX - 1));
  for (guint64 i = 2; i <= id; i += 2)
    {
      kh_connection_stream_write (pipe->side[0], i, "x", 1);
      kh_connection_finish_stream (pipe->side[0], i);
    }
  pipe_run_until_quiet (pipe);
  pipe_assert_idle (pipe);

  for (int i = 0; i < 1000; i++)
    {
      g_assert_true (kh_connection_open_stream (pipe->side[0], &id));
      kh_connection_stream_write (pipe->side[0], id, "x", 1);
      kh_connection_finish_stream (pipe->side[0], id);
      pipe_run_until_quiet (pipe);
      g_assert_cmpuint (kh_connection_stream_write (pipe->side[0], id, "x", 1), ==, 0);
    }
  pipe_assert_idle (pipe);
  g_assert_false (kh_connection_is_closed (pipe->side[0]));
}

static void
test_candidates (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  KhAddr addr = kh_addr_ipv4 (192, 0, 2, 1, 1);

  for (guint i = 0; i < KH_CONNECTION_CANDIDATES_MAX; i++)
    g_assert_true (kh_connection_queue_candidate (pipe->side[0], 1, i, &addr));
  g_assert_false (kh_connection_queue_candidate (pipe->side[0], 1, 0, &addr));
  pipe->loss_mask[0] = 0x5;
  pipe_run_until_quiet (pipe);
  pipe_assert_idle (pipe);
  g_assert_cmpuint (kh_connection_stats (pipe->side[0]).packets_lost, ==, 2);
  /* All are acknowledged, so there is room for as many. */
  for (guint i = 0; i < KH_CONNECTION_CANDIDATES_MAX; i++)
    g_assert_true (kh_connection_queue_candidate (pipe->side[0], 1, i, &addr));
}

static void
test_close (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  KhConnectionEvent event;

  kh_connection_stream_write (pipe->side[0], 0, "never sent", 10);
  kh_connection_close (pipe->side[0], KH_TRANSPORT_APPLICATION, "good night");
  kh_connection_close (pipe->side[0], KH_TRANSPORT_APPLICATION + 1, "ignored");
  g_assert_false (kh_connection_is_idle (pipe->side[0]));
  pipe->loss_mask[0] = 1;
  pipe_run_until_quiet (pipe);
  g_assert_false (kh_connection_is_closed (pipe->side[1]));
  g_assert_false (pipe_find_event (pipe->side[0], KH_CONNECTION_EVENT_CLOSED, &event));

  /* The CLOSE was lost; whoever goes on talking hears it again. */
  kh_connection_ping (pipe->side[1]);
  pipe_run_until_quiet (pipe);
  g_assert_true (pipe_find_event (pipe->side[1], KH_CONNECTION_EVENT_CLOSED, &event));
  g_assert_true (event.by_peer);
  g_assert_cmpuint (event.code, ==, KH_TRANSPORT_APPLICATION);
  g_assert_cmpstr (event.reason, ==, "good night");
  g_assert_cmpuint (kh_connection_stream_readable (pipe->side[1], 0), ==, 0);
  g_assert_cmpuint (kh_connection_stream_write (pipe->side[1], 0, "x", 1), ==, 0);
}

static void
test_close_repeats (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  const guint8 ping = KH_FRAME_PING;

  kh_connection_close (pipe->side[0], KH_TRANSPORT_APPLICATION, NULL);
  pipe->is_cut = TRUE;
  for (int i = 0; i < 10000; i++)
    {
      pipe_inject (pipe, 0, &ping, 1);
      pipe_flush (pipe);
    }
  g_assert_cmpuint (pipe->built[0], >=, 4);
  g_assert_cmpuint (pipe->built[0], <=, 9);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/connection/message", test_message);
  g_test_add_func ("/connection/ping", test_ping);
  g_test_add_func ("/connection/ack-timing", test_ack_timing);
  g_test_add_func ("/connection/duplicate", test_duplicate);
  g_test_add_func ("/connection/probe", test_probe);
  g_test_add_func ("/connection/path-changed", test_path_changed);
  g_test_add_func ("/connection/idle-path-change", test_idle_path_change);
  g_test_add_func ("/connection/back-pressure", test_back_pressure);
  g_test_add_func ("/connection/priority", test_priority);
  g_test_add_func ("/connection/turns", test_turns);
  g_test_add_func ("/connection/reset", test_reset);
  g_test_add_func ("/connection/stop-sending", test_stop_sending);
  g_test_add_func ("/connection/many-streams", test_many_streams);
  g_test_add_func ("/connection/candidates", test_candidates);
  g_test_add_func ("/connection/close", test_close);
  g_test_add_func ("/connection/close-repeats", test_close_repeats);
  return g_test_run ();
}
