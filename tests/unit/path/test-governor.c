/* test-governor.c: what a search may cost, counted as a router would count it */
#include "path/governor.h"

#define START_US G_GINT64_CONSTANT (1000000000)

static int owners[2];

/* Takes all it gets for @duration_us, as often as it may; the times are appended to @times. */
static void
be_greedy (KhGovernor *governor, gint64 from_us, gint64 duration_us, GArray *times)
{
  gint64 now_us = from_us;

  while (now_us < from_us + duration_us)
    {
      while (kh_governor_take_mapping (governor, now_us))
        g_array_append_val (times, now_us);
      g_assert_cmpint (kh_governor_next_mapping_us (governor), >, now_us);
      now_us = kh_governor_next_mapping_us (governor);
    }
}

/* The most of @times within any @window_us. */
static guint
densest (GArray *times, gint64 window_us)
{
  guint most = 0;

  for (guint i = 0, j = 0; i < times->len; i++)
    {
      while (g_array_index (times, gint64, j) + window_us <= g_array_index (times, gint64, i))
        j++;
      most = MAX (most, i - j + 1);
    }
  return most;
}

static void
test_mappings (void)
{
  g_autoptr (KhGovernor) governor = kh_governor_new ();
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));

  be_greedy (governor, START_US, 1000 * G_USEC_PER_SEC, times);
  g_assert_cmpuint (densest (times, G_USEC_PER_SEC), <=,
                    KH_GOVERNOR_NEW_PER_SECOND + KH_GOVERNOR_BURST);
  g_assert_cmpuint (densest (times, KH_GOVERNOR_MAPPING_LIFE_US), ==, KH_GOVERNOR_MAPPINGS_MAX);
  /* And it does grant what it can: all of it in each life of a mapping. */
  g_assert_cmpuint (times->len, >=, 8 * KH_GOVERNOR_MAPPINGS_MAX);
}

static void
test_mappings_left (void)
{
  g_autoptr (KhGovernor) governor = kh_governor_new ();

  g_assert_cmpuint (kh_governor_mappings_left (governor, START_US), ==, KH_GOVERNOR_MAPPINGS_MAX);
  g_assert_true (kh_governor_take_mapping (governor, START_US));
  g_assert_cmpuint (kh_governor_mappings_left (governor, START_US), ==,
                    KH_GOVERNOR_MAPPINGS_MAX - 1);
  g_assert_cmpuint (kh_governor_mappings_left (governor, START_US + KH_GOVERNOR_MAPPING_LIFE_US),
                    ==, KH_GOVERNOR_MAPPINGS_MAX);
}

static void
test_probes (void)
{
  g_autoptr (KhGovernor) governor = kh_governor_new ();
  guint n = 0;

  for (gint64 now_us = START_US; now_us < START_US + 10 * G_USEC_PER_SEC;
       now_us = kh_governor_next_probe_us (governor))
    while (kh_governor_take_probe (governor, now_us))
      n++;
  g_assert_cmpuint (n, >=, 10 * KH_GOVERNOR_PROBES_PER_SECOND);
  g_assert_cmpuint (n, <=, 10 * KH_GOVERNOR_PROBES_PER_SECOND + 10);
}

static void
test_one_search (void)
{
  g_autoptr (KhGovernor) governor = kh_governor_new ();
  gint64 end_us = START_US + 5 * G_USEC_PER_SEC;

  g_assert_true (kh_governor_begin_search (governor, &owners[0], START_US));
  g_assert_true (kh_governor_allows (governor, &owners[0]));
  g_assert_false (kh_governor_begin_search (governor, &owners[1], START_US));
  g_assert_cmpint (kh_governor_next_search_us (governor), ==, KH_NEVER);
  /* The end of what never began is not the end of the other's. */
  kh_governor_end_search (governor, &owners[1], START_US);
  g_assert_true (kh_governor_allows (governor, &owners[0]));

  kh_governor_end_search (governor, &owners[0], end_us);
  g_assert_false (kh_governor_begin_search (governor, &owners[1], end_us));
  g_assert_cmpint (kh_governor_next_search_us (governor), ==, end_us + KH_GOVERNOR_PAUSE_US);
  g_assert_true (kh_governor_begin_search (governor, &owners[1], end_us + KH_GOVERNOR_PAUSE_US));
}

static void
test_stops_when_slow (void)
{
  g_autoptr (KhGovernor) governor = kh_governor_new ();

  kh_governor_note_rtt (governor, 20000);
  g_assert_true (kh_governor_begin_search (governor, &owners[0], START_US));
  kh_governor_note_rtt (governor, 159000);
  g_assert_true (kh_governor_allows (governor, &owners[0]));
  kh_governor_note_rtt (governor, 161000);
  g_assert_false (kh_governor_allows (governor, &owners[0]));
  /* Better again is no reason to go on: the pause comes first. */
  kh_governor_note_rtt (governor, 20000);
  g_assert_false (kh_governor_allows (governor, &owners[0]));
}

static void
test_stops_when_silent (void)
{
  g_autoptr (KhGovernor) governor = kh_governor_new ();

  g_assert_true (kh_governor_begin_search (governor, &owners[0], START_US));
  kh_governor_note_lost (governor);
  kh_governor_note_rtt (governor, 20000);
  kh_governor_note_lost (governor);
  g_assert_true (kh_governor_allows (governor, &owners[0]));
  kh_governor_note_lost (governor);
  g_assert_false (kh_governor_allows (governor, &owners[0]));
}

static void
test_sockets (void)
{
  g_autoptr (KhGovernor) governor = kh_governor_new ();
  guint closed;

  for (guint i = 0; i < KH_SOCKET_SEARCH_MAX; i++)
    g_assert_true (kh_socket_is_search (kh_governor_open_socket (governor)));
  g_assert_cmpuint (kh_governor_open_socket (governor), ==, 0);
  g_assert_false (kh_governor_poll_close (governor, &closed));

  kh_governor_close_socket (governor, KH_SOCKET_SEARCH + 7);
  kh_governor_close_socket (governor, KH_SOCKET_SEARCH + 7);
  /* Its number is used again only when the driver has closed it. */
  g_assert_cmpuint (kh_governor_open_socket (governor), ==, 0);
  g_assert_true (kh_governor_poll_close (governor, &closed));
  g_assert_cmpuint (closed, ==, KH_SOCKET_SEARCH + 7);
  g_assert_false (kh_governor_poll_close (governor, &closed));
  g_assert_cmpuint (kh_governor_open_socket (governor), ==, KH_SOCKET_SEARCH + 7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/path/governor/mappings", test_mappings);
  g_test_add_func ("/path/governor/mappings-left", test_mappings_left);
  g_test_add_func ("/path/governor/probes", test_probes);
  g_test_add_func ("/path/governor/one-search", test_one_search);
  g_test_add_func ("/path/governor/stops-when-slow", test_stops_when_slow);
  g_test_add_func ("/path/governor/stops-when-silent", test_stops_when_silent);
  g_test_add_func ("/path/governor/sockets", test_sockets);
  return g_test_run ();
}
