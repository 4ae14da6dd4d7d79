/* test-session-mtu.c: how long a session's packets become, and that it survives a narrower path
 */
#include "pair.h"

#define S G_USEC_PER_SEC
#define MS 1000

/* Keeps the chat's buffer full for @us; returns how long the reader waited at most. */
static gint64
transfer (Pair *pair, gint64 us)
{
  gint64 end_us = pair->now_us + us;
  gint64 moved_us = pair->now_us;
  gint64 longest_us = 0;

  while (pair->now_us < end_us)
    {
      guint64 before = pair->read[1];

      pair_write (pair, 0, 100000);
      pair_run (pair, 5 * MS);
      if (pair->read[1] > before)
        moved_us = pair->now_us;
      longest_us = MAX (longest_us, pair->now_us - moved_us);
    }
  return longest_us;
}

static void
finish (Pair *pair)
{
  pair_run (pair, 10 * S);
  pair_assert_complete (pair);
  g_assert_false (pair->closed[0]);
  g_assert_false (pair->closed[1]);
}

/* @data: MTU of an IPv4 link. */
static void
test_found (Pair *pair, gconstpointer data)
{
  guint payload = GPOINTER_TO_UINT (data) - 28;
  guint64 lost;

  pair->mtu = payload;
  transfer (pair, 10 * S);
  g_assert_cmpuint (pair->sessions[0]->mtu.size, ==, MIN (payload, KH_DATAGRAM_LARGEST));
  g_assert_cmpuint (pair->longest[1], ==, MIN (payload, KH_DATAGRAM_LARGEST));
  /* Lost probes are nothing to the transport, and the peer, which sends no bulk, has none. */
  lost = kh_connection_stats (pair->sessions[0]->connection).packets_lost;
  g_assert_cmpuint (lost, ==, 0);
  g_assert_cmpuint (pair->longest[0], <=, KH_DATAGRAM_MAX);
  finish (pair);
}

/* Bulk leaves in runs as long as the driver takes, and what the line loses of one is one packet. */
static void
test_runs (Pair *pair, gconstpointer data)
{
  pair->mtu = 1472;
  transfer (pair, 2 * S);
  g_assert_cmpuint (pair->longest_run, ==, 5);
  pair->loss = 0.02;
  transfer (pair, 5 * S);
  pair->loss = 0;
  pair->run_max = 1;
  finish (pair);
}

/* A chat has no use for long packets, and stays quiet. */
static void
test_quiet (Pair *pair, gconstpointer data)
{
  for (guint i = 0; i < 60; i++)
    {
      pair_write (pair, 0, 500);
      pair_write (pair, 1, 500);
      pair_run (pair, S);
    }
  g_assert_cmpuint (pair->longest[0], <=, KH_DATAGRAM_MAX);
  g_assert_cmpuint (pair->longest[1], <=, KH_DATAGRAM_MAX);
  pair_mark (pair, 0);
  pair_run (pair, 100 * S);
  g_assert_cmpuint (pair->sent, <=, 4 * 100 / 20 + 6);
}

/* The driver's buffer is a limit too. */
static void
test_room (Pair *pair, gconstpointer data)
{
  pair->room = 1300;
  transfer (pair, 5 * S);
  g_assert_cmpuint (pair->sessions[0]->mtu.size, ==, 1300);
  g_assert_cmpuint (pair->longest[1], ==, 1300);
  finish (pair);
}

/* Somewhere on the way the path becomes narrower, and nobody says so. */
static void
test_black_hole (Pair *pair, gconstpointer data)
{
  gint64 stalled_us;

  pair->mtu = 1472;
  transfer (pair, 10 * S);
  g_assert_cmpuint (pair->sessions[0]->mtu.size, ==, 1472);

  pair->mtu = GPOINTER_TO_UINT (data) - 28;
  stalled_us = transfer (pair, 10 * S);
  /* Two probe timeouts, the second of them doubled, and what it takes to get going. */
  g_assert_cmpint (stalled_us, <, 6 * (3 * 2 * pair->delay_us + 25 * MS));
  g_assert_cmpuint (pair->sessions[0]->mtu.size, <=, pair->mtu);
  g_assert_cmpuint (pair->sessions[0]->mtu.size, >=, MIN (pair->mtu - 20, KH_DATAGRAM_MAX));
  finish (pair);
}

/* Short messages pass and are acknowledged, so that no timeout says that the long ones do not. */
static void
test_partial_black_hole (Pair *pair, gconstpointer data)
{
  pair->mtu = 1472;
  transfer (pair, 5 * S);
  pair_run (pair, 5 * S);
  pair_assert_complete (pair);

  pair->mtu = 1272;
  for (guint i = 0; i < 50; i++)
    {
      pair_write (pair, 0, 1400);
      pair_run (pair, 50 * MS);
      pair_write (pair, 0, 10);
      pair_run (pair, 50 * MS);
    }
  g_assert_cmpuint (pair->sessions[0]->mtu.size, <=, 1272);
  pair_run (pair, S);
  pair_assert_complete (pair);
}

/* Not even what every path should carry. */
static void
test_narrow (Pair *pair, gconstpointer data)
{
  pair->mtu = 1000;
  transfer (pair, 20 * S);
  g_assert_cmpint (pair->sessions[0]->mtu.state, ==, KH_PATH_MTU_STATE_ERROR);
  g_assert_cmpuint (pair->read[1], >, 100000);
  finish (pair);
}

/* All is lost for a while: that is no matter of length, and all is found again. */
static void
test_outage (Pair *pair, gconstpointer data)
{
  pair->mtu = 1472;
  transfer (pair, 5 * S);
  pair->loss = 1;
  transfer (pair, 5 * S);
  pair->loss = 0;
  transfer (pair, 10 * S);
  g_assert_cmpuint (pair->sessions[0]->mtu.size, ==, 1472);
  finish (pair);
}

/* Probes are lost as well as packets; the result may be smaller, and never too large. */
static void
test_lossy (Pair *pair, gconstpointer data)
{
  pair->mtu = 1472;
  pair->loss = 0.1;
  pair->jitter_us = 20 * MS;
  transfer (pair, 20 * S);
  g_assert_cmpuint (pair->sessions[0]->mtu.size, <=, 1472);
  pair->loss = 0;
  pair->jitter_us = 0;
  finish (pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, data, func)                                                         \
  g_test_add ("/session-mtu/" name, Pair, GUINT_TO_POINTER (data), pair_set_up, func, \
              pair_tear_down)
  ADD ("found-1500", 1500, test_found);
  ADD ("found-1400", 1400, test_found);
  ADD ("found-9000", 9000, test_found);
  ADD ("runs", 0, test_runs);
  ADD ("quiet", 0, test_quiet);
  ADD ("room", 0, test_room);
  ADD ("black-hole", 1300, test_black_hole);
  ADD ("black-hole-base", 1230, test_black_hole);
  ADD ("partial-black-hole", 0, test_partial_black_hole);
  ADD ("narrow", 0, test_narrow);
  ADD ("outage", 0, test_outage);
  ADD ("lossy", 0, test_lossy);
  return g_test_run ();
}
