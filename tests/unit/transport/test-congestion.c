/* test-congestion.c: the congestion window, NewReno, and undoing (RFC 9002, section 7; RFC 4015) */
#include "transport/congestion.h"

#define PACKET 1200
#define RTT 100000

static const KhRtt rtt = { .has_sample = TRUE, .smoothed_us = RTT, .min_us = RTT };

static void
init (KhCongestion *self)
{
  kh_congestion_init (self, &kh_congestion_newreno, PACKET, RTT);
}

static void
send_packets (KhCongestion *self, guint n, gint64 now_us)
{
  for (guint i = 0; i < n; i++)
    kh_congestion_on_sent (self, PACKET, now_us);
}

static void
fill (KhCongestion *self, gint64 now_us)
{
  while (kh_congestion_may_send (self))
    kh_congestion_on_sent (self, PACKET, now_us);
}

static void
ack_all (KhCongestion *self, gint64 sent_us, gint64 now_us)
{
  KhCongestionAck ack;
  KhDeliveryMark mark = { 0 };

  kh_congestion_begin (self, &ack);
  while (self->in_flight > 0)
    kh_congestion_on_acked (self, &ack, PACKET, &mark, sent_us, now_us);
  kh_congestion_finish (self, &ack, &rtt, now_us);
}

static guint8
lose (KhCongestion *self, guint n, gint64 sent_us, gint64 now_us)
{
  KhCongestionAck ack;
  KhDeliveryMark mark = { 0 };
  guint8 episode = 0;

  kh_congestion_begin (self, &ack);
  for (guint i = 0; i < n; i++)
    episode = kh_congestion_on_lost (self, &ack, PACKET, &mark, sent_us, now_us);
  kh_congestion_finish (self, &ack, &rtt, now_us);
  return episode;
}

static void
test_slow_start (void)
{
  KhCongestion congestion;

  init (&congestion);
  fill (&congestion, 0);
  g_assert_cmpuint (congestion.in_flight, ==, 10 * PACKET);
  ack_all (&congestion, 0, 1);
  g_assert_cmpuint (congestion.window, ==, 20 * PACKET);

  /* A window that is not used does not grow. */
  send_packets (&congestion, 1, 2);
  ack_all (&congestion, 2, 3);
  g_assert_cmpuint (congestion.window, ==, 20 * PACKET);
}

static void
test_avoidance (void)
{
  KhCongestion congestion;

  init (&congestion);
  fill (&congestion, 10);
  lose (&congestion, 1, 10, 50);
  g_assert_cmpuint (congestion.window, ==, 5 * PACKET);
  g_assert_false (kh_congestion_may_send (&congestion));
  /* One round trip has one congestion event, */
  lose (&congestion, 2, 49, 60);
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
  lose (&congestion, 1, 100, 200);
  g_assert_cmpuint (congestion.window, <=, 9 * PACKET / 2);
}

static void
test_minimum (void)
{
  KhCongestion congestion;

  init (&congestion);
  for (gint64 now_us = 1; now_us < 20; now_us += 2)
    lose (&congestion, 1, now_us, now_us + 1);
  g_assert_cmpuint (congestion.window, ==, 2 * PACKET);

  init (&congestion);
  kh_congestion_on_persistent (&congestion, 1);
  g_assert_cmpuint (congestion.window, ==, kh_congestion_min_window (&congestion));
  g_assert_cmpuint (kh_congestion_pacing_rate (&congestion, 0), >, 0);
}

static void
test_pacing_rate (void)
{
  KhCongestion congestion;

  init (&congestion);
  /* Twice the window a round trip in slow start, then 1.25 times. */
  g_assert_cmpuint (kh_congestion_pacing_rate (&congestion, 100000), ==, 20 * PACKET * 10);
  lose (&congestion, 1, 1, 2);
  g_assert_cmpuint (kh_congestion_pacing_rate (&congestion, 100000), ==, 5 * PACKET * 10 * 5 / 4);
}

/* When all that was declared lost has arrived, nothing has happened. */
static void
test_undo (void)
{
  KhCongestion congestion;
  guint8 first, second;

  init (&congestion);
  fill (&congestion, 10);
  first = lose (&congestion, 2, 10, 50);
  g_assert_cmpuint (congestion.window, ==, 5 * PACKET);
  kh_congestion_on_spurious (&congestion, first, 60);
  g_assert_cmpuint (congestion.window, ==, 5 * PACKET);
  kh_congestion_on_spurious (&congestion, first, 60);
  g_assert_cmpuint (congestion.window, ==, 10 * PACKET);
  g_assert_cmpuint (congestion.threshold, ==, G_MAXSIZE);
  /* A packet more of the same says nothing more. */
  kh_congestion_on_spurious (&congestion, first, 60);

  /* One that really was lost is enough, */
  second = lose (&congestion, 2, 55, 70);
  g_assert_cmpuint (second, !=, first);
  kh_congestion_on_spurious (&congestion, second, 80);
  g_assert_cmpuint (congestion.window, ==, 5 * PACKET);
  /* and an older event cannot be undone. */
  lose (&congestion, 1, 75, 90);
  kh_congestion_on_spurious (&congestion, second, 95);
  g_assert_cmpuint (congestion.window, ==, 5 * PACKET / 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/congestion/slow-start", test_slow_start);
  g_test_add_func ("/congestion/avoidance", test_avoidance);
  g_test_add_func ("/congestion/minimum", test_minimum);
  g_test_add_func ("/congestion/pacing-rate", test_pacing_rate);
  g_test_add_func ("/congestion/undo", test_undo);
  return g_test_run ();
}
