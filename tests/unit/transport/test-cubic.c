/* test-cubic.c: the window follows RFC 9438 */
#include "bottleneck.h"

#define RTT 100000

static const KhRtt rtt = { .has_sample = TRUE, .smoothed_us = RTT, .min_us = RTT };

/* A round trip in which all of the window was sent and acknowledged. */
static void
run_round (KhCongestion *self, gint64 *now_us)
{
  KhCongestionAck ack;
  KhDeliveryMark mark = { 0 };
  gsize bytes = self->window;

  kh_congestion_on_sent (self, bytes, *now_us);
  kh_congestion_begin (self, &ack);
  *now_us += RTT;
  kh_congestion_on_acked (self, &ack, bytes, &mark, *now_us - RTT, *now_us);
  kh_congestion_finish (self, &ack, &rtt, *now_us);
}

static guint8
lose (KhCongestion *self, gint64 now_us)
{
  KhCongestionAck ack;
  KhDeliveryMark mark = { 0 };
  guint8 episode;

  kh_congestion_begin (self, &ack);
  episode = kh_congestion_on_lost (self, &ack, 0, &mark, now_us, now_us);
  kh_congestion_finish (self, &ack, &rtt, now_us);
  return episode;
}

static void
set_up (KhCongestion *self, guint packets, gint64 now_us)
{
  kh_congestion_init (self, &kh_congestion_cubic, BOTTLENECK_PACKET, RTT);
  self->window = packets * BOTTLENECK_PACKET;
  lose (self, now_us);
}

/* Down to 0.7, and back at the old window after K = cbrt(W × 0.3 / 0.4) seconds: 9.1 for 1000. */
static void
test_curve (void)
{
  KhCongestion self;
  gint64 now_us = G_USEC_PER_SEC, began_us;
  guint at_half;

  set_up (&self, 1000, now_us);
  g_assert_cmpuint (self.window / BOTTLENECK_PACKET, ==, 700);
  run_round (&self, &now_us);
  began_us = now_us;
  while (now_us < began_us + 4500000)
    run_round (&self, &now_us);
  at_half = (guint) (self.window / BOTTLENECK_PACKET);
  /* 1000 - 0.4 × 4.6³ */
  g_assert_cmpuint (at_half, >, 955);
  g_assert_cmpuint (at_half, <, 970);
  while (now_us < began_us + 9100000)
    run_round (&self, &now_us);
  g_assert_cmpuint (self.window / BOTTLENECK_PACKET, >=, 998);
  g_assert_cmpuint (self.window / BOTTLENECK_PACKET, <=, 1003);
  /* and beyond it, faster and faster */
  while (now_us < began_us + 14100000)
    run_round (&self, &now_us);
  g_assert_cmpuint (self.window / BOTTLENECK_PACKET, >=, 1045);
}

/* Where the curve is slower than Reno, Reno's line is followed: 0.53 packets a round trip. */
static void
test_friendly (void)
{
  KhCongestion self;
  gint64 now_us = G_USEC_PER_SEC;

  set_up (&self, 20, now_us);
  /* The first one was sent before the loss was known. */
  for (int i = 0; i < 11; i++)
    run_round (&self, &now_us);
  g_assert_cmpuint (self.window, >=, 14 * BOTTLENECK_PACKET + 5 * BOTTLENECK_PACKET);
  g_assert_cmpuint (self.window, <=, 14 * BOTTLENECK_PACKET + 6 * BOTTLENECK_PACKET);
}

static void
test_fast_convergence (void)
{
  KhCongestion self;
  gint64 now_us = G_USEC_PER_SEC;

  set_up (&self, 1000, now_us);
  lose (&self, now_us + 1);
  /* 0.85 of the 700 that there were */
  g_assert_cmpfloat (self.cubic.curve.w_max, >, 590.0 * BOTTLENECK_PACKET);
  g_assert_cmpfloat (self.cubic.curve.w_max, <, 600.0 * BOTTLENECK_PACKET);
}

static void
test_undo (void)
{
  KhCongestion self;
  gint64 now_us = G_USEC_PER_SEC;
  double w_max;
  guint8 episode;

  set_up (&self, 1000, now_us);
  run_round (&self, &now_us);
  w_max = self.cubic.curve.w_max;
  self.window = 800 * BOTTLENECK_PACKET;
  episode = lose (&self, now_us);
  g_assert_cmpuint (self.window, ==, 560 * BOTTLENECK_PACKET);
  kh_congestion_on_spurious (&self, episode, now_us);
  g_assert_cmpuint (self.window, ==, 800 * BOTTLENECK_PACKET);
  g_assert_cmpfloat (ABS (self.cubic.curve.w_max - w_max), <, 1);
}

/* An hour without use is not on the curve, or the window would jump afterwards. */
static void
test_pause (void)
{
  KhCongestion self;
  KhCongestionAck ack;
  gint64 now_us = G_USEC_PER_SEC;
  gsize before;

  set_up (&self, 100, now_us);
  run_round (&self, &now_us);
  kh_congestion_begin (&self, &ack);
  kh_congestion_finish (&self, &ack, &rtt, now_us);
  before = self.window;
  now_us += (gint64) 3600 * G_USEC_PER_SEC;
  run_round (&self, &now_us);
  g_assert_cmpuint (self.window, <, before + 4 * BOTTLENECK_PACKET);
}

static void
test_line (void)
{
  Bottleneck line;

  bottleneck_init (&line, &kh_congestion_cubic, 2500000, 20000);
  bottleneck_run (&line, 5 * G_USEC_PER_SEC);
  g_assert_cmpfloat (bottleneck_run (&line, 20 * G_USEC_PER_SEC), >, 0.97);
  g_assert_cmpuint (line.lost, <, line.delivered / 200);
  bottleneck_clear (&line);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cubic/curve", test_curve);
  g_test_add_func ("/cubic/friendly", test_friendly);
  g_test_add_func ("/cubic/fast-convergence", test_fast_convergence);
  g_test_add_func ("/cubic/undo", test_undo);
  g_test_add_func ("/cubic/pause", test_pause);
  g_test_add_func ("/cubic/line", test_line);
  return g_test_run ();
}
