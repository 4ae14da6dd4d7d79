/* test-congestion.c: the congestion window and NewReno (RFC 9002, section 7) */
#include "transport/congestion.h"

#define PACKET 1200

static void
fill (KhCongestion *congestion, gint64 now_us)
{
  while (kh_congestion_may_send (congestion))
    kh_congestion_on_sent (congestion, PACKET);
}

static void
ack_all (KhCongestion *congestion, gint64 sent_us, gint64 now_us)
{
  gsize before = congestion->in_flight;

  while (congestion->in_flight > 0)
    kh_congestion_on_acked (congestion, PACKET, sent_us, before, now_us);
}

static void
test_slow_start (void)
{
  KhCongestion congestion;

  kh_congestion_init (&congestion, &kh_congestion_newreno, PACKET);
  fill (&congestion, 0);
  g_assert_cmpuint (congestion.in_flight, ==, 10 * PACKET);
  ack_all (&congestion, 0, 1);
  g_assert_cmpuint (congestion.window, ==, 20 * PACKET);

  /* A window that is not used does not grow. */
  kh_congestion_on_sent (&congestion, PACKET);
  ack_all (&congestion, 2, 3);
  g_assert_cmpuint (congestion.window, ==, 20 * PACKET);
}

static void
test_avoidance (void)
{
  KhCongestion congestion;

  kh_congestion_init (&congestion, &kh_congestion_newreno, PACKET);
  fill (&congestion, 10);
  kh_congestion_on_lost (&congestion, PACKET, 10, 50);
  g_assert_cmpuint (congestion.window, ==, 5 * PACKET);
  g_assert_false (kh_congestion_may_send (&congestion));
  /* One round trip has one congestion event, */
  kh_congestion_on_lost (&congestion, 2 * PACKET, 49, 60);
  g_assert_cmpuint (congestion.window, ==, 5 * PACKET);
  /* and what was sent before it does not let the window grow. */
  ack_all (&congestion, 49, 70);
  g_assert_cmpuint (congestion.window, ==, 5 * PACKET);
  for (int i = 0; i < 4; i++)
    {
      fill (&congestion, 100);
      ack_all (&congestion, 100, 150);
    }
  /* About a packet a round trip. */
  g_assert_cmpuint (congestion.window, >=, 8 * PACKET);
  g_assert_cmpuint (congestion.window, <=, 9 * PACKET);
  kh_congestion_on_lost (&congestion, 0, 100, 200);
  g_assert_cmpuint (congestion.window, <=, 9 * PACKET / 2);
}

static void
test_minimum (void)
{
  KhCongestion congestion;

  kh_congestion_init (&congestion, &kh_congestion_newreno, PACKET);
  for (gint64 now_us = 1; now_us < 20; now_us += 2)
    kh_congestion_on_lost (&congestion, 0, now_us, now_us + 1);
  g_assert_cmpuint (congestion.window, ==, 2 * PACKET);

  kh_congestion_init (&congestion, &kh_congestion_newreno, PACKET);
  kh_congestion_on_persistent (&congestion, 1);
  g_assert_cmpuint (congestion.window, ==, kh_congestion_min_window (&congestion));
  g_assert_cmpuint (kh_congestion_pacing_rate (&congestion, 0), >, 0);
}

static void
test_pacing_rate (void)
{
  KhCongestion congestion;

  kh_congestion_init (&congestion, &kh_congestion_newreno, PACKET);
  /* Twice the window a round trip in slow start, then 1.25 times. */
  g_assert_cmpuint (kh_congestion_pacing_rate (&congestion, 100000), ==, 20 * PACKET * 10);
  kh_congestion_on_lost (&congestion, 0, 1, 2);
  g_assert_cmpuint (kh_congestion_pacing_rate (&congestion, 100000), ==, 5 * PACKET * 10 * 5 / 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/congestion/slow-start", test_slow_start);
  g_test_add_func ("/congestion/avoidance", test_avoidance);
  g_test_add_func ("/congestion/minimum", test_minimum);
  g_test_add_func ("/congestion/pacing-rate", test_pacing_rate);
  return g_test_run ();
}
