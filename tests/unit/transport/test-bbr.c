/* test-bbr.c: BBR finds the path's rate and round trip, and keeps to them */
#include "bottleneck.h"
#include "transport/bbr-private.h"

#define RATE 2500000 /* 20 Mbit/s */
#define DELAY 20000

static void
set_up (Bottleneck *line)
{
  bottleneck_init (line, &kh_congestion_bbr, RATE, DELAY);
}

static void
test_model (void)
{
  Bottleneck line;
  const KhBbr *bbr = &line.congestion.bbr;

  set_up (&line);
  g_assert_cmpint (bbr->state, ==, KH_BBR_STARTUP);
  bottleneck_run (&line, 2 * G_USEC_PER_SEC);
  g_assert_true (bbr->full_bw_reached);
  g_assert_cmpint (bbr->state, >=, KH_BBR_PROBE_BW_DOWN);
  g_assert_cmpuint (bbr->max_bw, >, RATE * 97 / 100);
  g_assert_cmpuint (bbr->max_bw, <, RATE * 103 / 100);
  g_assert_cmpint (bbr->min_rtt_us, >=, 2 * DELAY);
  g_assert_cmpint (bbr->min_rtt_us, <, 2 * DELAY + 2000);
  g_assert_cmpfloat (bottleneck_run (&line, 20 * G_USEC_PER_SEC), >, 0.95);
  bottleneck_clear (&line);
}

/* A deep buffer stays nearly empty. */
static void
test_queue (void)
{
  Bottleneck line;

  set_up (&line);
  line.queue = RATE;
  bottleneck_run (&line, 2 * G_USEC_PER_SEC);
  line.worst_rtt_us = 0;
  g_assert_cmpfloat (bottleneck_run (&line, 30 * G_USEC_PER_SEC), >, 0.95);
  g_assert_cmpint (line.worst_rtt_us, <, 2 * DELAY * 2);
  g_assert_cmpuint (line.lost, ==, 0);
  bottleneck_clear (&line);
}

/* What is lost at random is not the path's end; NewReno has nothing left of it. */
static void
test_random_loss (void)
{
  for (guint seed = 1; seed <= 5; seed++)
    {
      Bottleneck line, reno;

      set_up (&line);
      g_rand_set_seed (line.rand, seed);
      line.loss = 0.02;
      bottleneck_run (&line, 3 * G_USEC_PER_SEC);
      g_assert_cmpfloat (bottleneck_run (&line, 20 * G_USEC_PER_SEC), >, 0.9);
      bottleneck_clear (&line);

      bottleneck_init (&reno, &kh_congestion_newreno, RATE, DELAY);
      g_rand_set_seed (reno.rand, seed);
      reno.loss = 0.02;
      g_assert_cmpfloat (bottleneck_run (&reno, 20 * G_USEC_PER_SEC), <, 0.3);
      bottleneck_clear (&reno);
    }
}

/* A buffer too short for the probe bounds what is in flight, and the losses with it. */
static void
test_short_queue (void)
{
  Bottleneck line;
  guint64 lost;

  set_up (&line);
  line.queue = 10 * BOTTLENECK_PACKET;
  bottleneck_run (&line, 5 * G_USEC_PER_SEC);
  g_assert_cmpuint (line.congestion.bbr.inflight_hi, <, KH_BBR_UNBOUND);
  lost = line.lost;
  g_assert_cmpfloat (bottleneck_run (&line, 20 * G_USEC_PER_SEC), >, 0.85);
  g_assert_cmpuint (line.lost - lost, <, 20 * RATE / 50);
  bottleneck_clear (&line);
}

/* The rate halves, and doubles again. */
static void
test_change (void)
{
  Bottleneck line;

  set_up (&line);
  bottleneck_run (&line, 5 * G_USEC_PER_SEC);
  line.rate /= 2;
  bottleneck_run (&line, 10 * G_USEC_PER_SEC);
  line.worst_rtt_us = 0;
  g_assert_cmpfloat (bottleneck_run (&line, 10 * G_USEC_PER_SEC), >, 0.9);
  g_assert_cmpint (line.worst_rtt_us, <, 2 * DELAY * 2);
  line.rate *= 2;
  bottleneck_run (&line, 10 * G_USEC_PER_SEC);
  g_assert_cmpfloat (bottleneck_run (&line, 10 * G_USEC_PER_SEC), >, 0.9);
  bottleneck_clear (&line);
}

/* Who has little to say does not forget what the path can do. */
static void
test_app_limited (void)
{
  Bottleneck line;
  gsize window;

  set_up (&line);
  bottleneck_run (&line, 5 * G_USEC_PER_SEC);
  window = line.congestion.window;
  line.limit = 2 * BOTTLENECK_PACKET;
  bottleneck_run (&line, 30 * G_USEC_PER_SEC);
  g_assert_cmpuint (line.congestion.bbr.max_bw, >, RATE * 9 / 10);
  g_assert_cmpuint (line.congestion.window, >, window / 2);
  line.limit = G_MAXUINT64;
  g_assert_cmpfloat (bottleneck_run (&line, G_USEC_PER_SEC), >, 0.9);
  bottleneck_clear (&line);
}

/* All was lost for a while: the window begins anew, and the model brings it back at once. */
static void
test_persistent (void)
{
  Bottleneck line;

  set_up (&line);
  bottleneck_run (&line, 5 * G_USEC_PER_SEC);
  kh_congestion_on_persistent (&line.congestion, line.now_us);
  g_assert_cmpuint (line.congestion.window, ==, 4 * BOTTLENECK_PACKET);
  bottleneck_run (&line, G_USEC_PER_SEC / 2);
  g_assert_cmpfloat (bottleneck_run (&line, G_USEC_PER_SEC), >, 0.9);
  bottleneck_clear (&line);
}

/* A loss that was none ends neither Startup nor the probe. */
static void
test_undo (void)
{
  Bottleneck line;
  KhBbr *bbr = &line.congestion.bbr;
  KhCongestionAck ack;
  KhDeliveryMark mark;
  guint8 episode;
  gsize hi;

  set_up (&line);
  bottleneck_run (&line, 5 * G_USEC_PER_SEC);
  while (bbr->state != KH_BBR_PROBE_BW_UP)
    bottleneck_run (&line, 1000);
  hi = bbr->inflight_hi;
  mark = kh_congestion_on_sent (&line.congestion, 50 * BOTTLENECK_PACKET, line.now_us);
  kh_congestion_begin (&line.congestion, &ack);
  episode = kh_congestion_on_lost (&line.congestion, &ack, 50 * BOTTLENECK_PACKET, &mark,
                                   line.now_us, line.now_us);
  g_assert_cmpint (bbr->state, ==, KH_BBR_PROBE_BW_DOWN);
  g_assert_cmpuint (bbr->inflight_hi, <, hi);
  kh_congestion_on_spurious (&line.congestion, episode, line.now_us);
  g_assert_cmpint (bbr->state, ==, KH_BBR_PROBE_BW_UP);
  g_assert_cmpuint (bbr->inflight_hi, ==, hi);
  bottleneck_clear (&line);
}

/* What may be in flight after a probe lost too much with such a smoothed round trip. */
static gsize
lose_in_probe (gint64 smoothed_us)
{
  Bottleneck line;
  KhBbr *bbr = &line.congestion.bbr;
  KhCongestionAck ack;
  KhDeliveryMark mark;
  gsize hi;

  set_up (&line);
  bottleneck_run (&line, 5 * G_USEC_PER_SEC);
  while (bbr->state != KH_BBR_PROBE_BW_UP)
    bottleneck_run (&line, 1000);
  bbr->smoothed_us = smoothed_us;
  mark = kh_congestion_on_sent (&line.congestion, 50 * BOTTLENECK_PACKET, line.now_us);
  kh_congestion_begin (&line.congestion, &ack);
  kh_congestion_on_lost (&line.congestion, &ack, 50 * BOTTLENECK_PACKET, &mark, line.now_us,
                         line.now_us);
  hi = bbr->inflight_hi;
  g_assert_cmpuint (hi, >=, kh_bbr_target_inflight (&line.congestion) * 69 / 100);
  bottleneck_clear (&line);
  return hi;
}

/* Losses at a full queue are somebody's, who is left room. */
static void
test_gives_way (void)
{
  gsize quiet = lose_in_probe (2 * DELAY), full = lose_in_probe (4 * DELAY);

  g_assert_cmpuint (full, <, quiet * 3 / 4);
  g_assert_cmpuint (full, >, quiet / 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bbr/model", test_model);
  g_test_add_func ("/bbr/queue", test_queue);
  g_test_add_func ("/bbr/random-loss", test_random_loss);
  g_test_add_func ("/bbr/short-queue", test_short_queue);
  g_test_add_func ("/bbr/change", test_change);
  g_test_add_func ("/bbr/app-limited", test_app_limited);
  g_test_add_func ("/bbr/persistent", test_persistent);
  g_test_add_func ("/bbr/undo", test_undo);
  g_test_add_func ("/bbr/gives-way", test_gives_way);
  return g_test_run ();
}
