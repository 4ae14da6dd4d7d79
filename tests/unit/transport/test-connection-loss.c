/* test-connection-loss.c: every exchange under loss masks, then under seeded bad networks
 *
 * What is checked is always the same: all bytes arrive, in order, once, and then both sides are
 * idle and have no deadline.
 */
#include "pipe.h"
#include "tests/sanitized.h"

#define STREAMS 3

typedef struct
{
  gsize total; /* bytes to send on each stream, each way */
  gboolean finish;
  guint64 ids[2][STREAMS]; /* what each side writes to */
  guint64 written[2][STREAMS];
  guint64 read[2][STREAMS]; /* of ids[side], written by the other side */
  guint finished[2];
  guint acked[2];
} Exchange;

static guint
find_stream (const Exchange *exchange, int side, guint64 id)
{
  for (guint i = 0; i < STREAMS; i++)
    {
      if (exchange->ids[side][i] == id)
        return i;
    }
  g_assert_not_reached ();
}

static void
write_some (Pipe *pipe, Exchange *exchange, int side)
{
  for (guint i = 0; i < STREAMS; i++)
    {
      guint8 buf[4096];
      guint64 at = exchange->written[side][i];
      gsize room = kh_connection_stream_writable (pipe->side[side], exchange->ids[side][i]);
      gsize len = MIN (sizeof buf, exchange->total - at);
      gsize taken;

      /* Past the room once, to be cut short. */
      len = MIN (len, room + 1);

      if (len == 0 || room == 0)
        continue;
      for (gsize j = 0; j < len; j++)
        buf[j] = pipe_pattern (exchange->ids[side][i], side, at + j);
      taken = kh_connection_stream_write (pipe->side[side], exchange->ids[side][i], buf, len);
      exchange->written[side][i] += taken;
      if (exchange->written[side][i] == exchange->total && exchange->finish)
        kh_connection_finish_stream (pipe->side[side], exchange->ids[side][i]);
    }
}

static void
read_all (Pipe *pipe, Exchange *exchange, int side, guint64 id)
{
  guint8 buf[3000];
  gsize len;
  guint i = find_stream (exchange, !side, id);

  while ((len = kh_connection_stream_read (pipe->side[side], id, buf, sizeof buf)) > 0)
    {
      for (gsize j = 0; j < len; j++)
        g_assert_cmpuint (buf[j], ==, pipe_pattern (id, !side, exchange->read[side][i] + j));
      exchange->read[side][i] += len;
    }
}

static void
run_exchange (Pipe *pipe, int side)
{
  Exchange *exchange = pipe->app_data;
  KhConnectionEvent event;

  while (kh_connection_poll_event (pipe->side[side], &event))
    {
      if (event.type == KH_CONNECTION_EVENT_STREAM_READABLE)
        read_all (pipe, exchange, side, event.stream_id);
      else if (event.type == KH_CONNECTION_EVENT_STREAM_FINISHED)
        exchange->finished[side]++;
      else if (event.type == KH_CONNECTION_EVENT_STREAM_ACKED)
        exchange->acked[side]++;
      else
        g_assert_cmpint (event.type, ==, KH_CONNECTION_EVENT_STREAM_WRITABLE);
    }
  write_some (pipe, exchange, side);
}

/* Both sides write to the chat and to one stream that each has opened; to the other's as soon as
 * they know of it. */
static void
begin_exchange (Pipe *pipe, Exchange *exchange, gsize total, gboolean finish)
{
  guint64 theirs, mine;

  g_assert_true (kh_connection_open_stream (pipe->side[0], &mine));
  g_assert_true (kh_connection_open_stream (pipe->side[1], &theirs));
  *exchange = (Exchange){
    .total = total,
    .finish = finish,
    .ids = { { KH_CONNECTION_CHAT_STREAM, mine, theirs },
             { KH_CONNECTION_CHAT_STREAM, mine, theirs } },
  };
  pipe->app = run_exchange;
  pipe->app_data = exchange;
}

static void
assert_complete (Pipe *pipe, const Exchange *exchange)
{
  for (int side = 0; side < 2; side++)
    {
      for (guint i = 0; i < STREAMS; i++)
        {
          g_assert_cmpuint (exchange->written[side][i], ==, exchange->total);
          g_assert_cmpuint (exchange->read[side][i], ==, exchange->total);
        }
      g_assert_cmpuint (exchange->finished[side], ==, exchange->finish ? STREAMS : 0);
      g_assert_cmpuint (exchange->acked[side], >=, STREAMS);
    }
  pipe_assert_idle (pipe);
}

static void
run_mask (guint64 mask0, guint64 mask1)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  Exchange exchange;

  begin_exchange (pipe, &exchange, 5000, TRUE);
  pipe->loss_mask[0] = mask0;
  pipe->loss_mask[1] = mask1;
  pipe_run_until_quiet (pipe);
  assert_complete (pipe, &exchange);
}

#define MASKED 12

static void
test_masks (void)
{
  for (guint i = 0; i < 2 * MASKED; i++)
    {
      /* i == j is the single loss */
      for (guint j = i; j < 2 * MASKED; j++)
        {
          guint64 bits = G_GUINT64_CONSTANT (1) << i | G_GUINT64_CONSTANT (1) << j;

          run_mask (bits & ((1 << MASKED) - 1), bits >> MASKED);
        }
    }
  run_mask (0, 0);
  run_mask ((1 << MASKED) - 1, 0);
  run_mask (0, (1 << MASKED) - 1);
  run_mask ((1 << MASKED) - 1, (1 << MASKED) - 1);
}

static void
test_seeds (void)
{
  for (guint32 seed = 0; seed < KH_TEST_ROUNDS (200); seed++)
    {
      g_autoptr (Pipe) pipe = pipe_new ();
      Exchange exchange;

      pipe->rand = g_rand_new_with_seed (seed);
      pipe->loss = 30;
      pipe->duplicate = 5;
      pipe->reorder = 20;
      pipe->delay_us = 1000 + seed * 300;
      pipe->skip_every = seed % 7;
      begin_exchange (pipe, &exchange, 1024 * 1024 / STREAMS, seed % 2 == 0);
      pipe_run_until_quiet (pipe);
      assert_complete (pipe, &exchange);
    }
}

/* Every path dies in the middle of things, several times, and nothing is lost with it. */
static void
test_path_changes (void)
{
  for (guint32 seed = 0; seed < KH_TEST_ROUNDS (50); seed++)
    {
      g_autoptr (Pipe) pipe = pipe_new ();
      Exchange exchange;

      pipe->rand = g_rand_new_with_seed (seed);
      pipe->loss = (int) seed % 10;
      begin_exchange (pipe, &exchange, 300000, TRUE);
      for (int i = 0; i < 4; i++)
        {
          pipe_run (pipe, pipe->now_us + 100000 + seed * 7000);
          pipe->is_cut = TRUE;
          pipe_run (pipe, pipe->now_us + 50000 * (i + 1));
          pipe->is_cut = FALSE;
          kh_connection_path_changed (pipe->side[0], i % 2 ? 40000 : 0, pipe->now_us);
          if (seed % 2)
            kh_connection_path_changed (pipe->side[1], 0, pipe->now_us);
        }
      pipe_run_until_quiet (pipe);
      assert_complete (pipe, &exchange);
    }
}

static void
test_outage (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  Exchange exchange;
  gint64 back_us;

  begin_exchange (pipe, &exchange, 100000, TRUE);
  pipe_run (pipe, pipe->now_us + 60000);
  pipe->is_cut = TRUE;
  pipe_run (pipe, pipe->now_us + 600 * G_USEC_PER_SEC);
  g_assert_cmpuint (kh_connection_pto_count (pipe->side[0]), >=, 100);
  pipe->is_cut = FALSE;
  back_us = pipe->now_us;
  pipe_run_until_quiet (pipe);
  assert_complete (pipe, &exchange);
  g_assert_cmpuint (kh_connection_pto_count (pipe->side[0]), ==, 0);
  g_assert_cmpint (pipe->now_us - back_us, <, 8 * G_USEC_PER_SEC);
}

/* A good network costs no retransmission and about one packet per payload. */
static void
test_clean (void)
{
  g_autoptr (Pipe) pipe = pipe_new ();
  Exchange exchange;
  KhConnectionStats stats;

  begin_exchange (pipe, &exchange, 500000, TRUE);
  pipe_run_until_quiet (pipe);
  assert_complete (pipe, &exchange);
  stats = kh_connection_stats (pipe->side[0]);
  g_assert_cmpuint (stats.packets_lost, ==, 0);
  g_assert_cmpuint (stats.bytes_retransmitted, ==, 0);
  g_assert_cmpuint (stats.packets_duplicate, ==, 0);
  g_assert_cmpuint (stats.packets_sent, ==, kh_connection_stats (pipe->side[1]).packets_received);
  /* 1.5 MB each way in 1170 bytes, and acknowledgements that ride along or come for every second */
  g_assert_cmpuint (stats.packets_sent, <, 1500000 / 1170 * 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/connection-loss/clean", test_clean);
  g_test_add_func ("/connection-loss/masks", test_masks);
  g_test_add_func ("/connection-loss/seeds", test_seeds);
  g_test_add_func ("/connection-loss/path-changes", test_path_changes);
  g_test_add_func ("/connection-loss/outage", test_outage);
  return g_test_run ();
}
