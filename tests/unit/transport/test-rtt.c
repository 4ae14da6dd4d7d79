/* test-rtt.c: RFC 9002, section 5, by hand-computed numbers */
#include "transport/rtt.h"

static void
test_samples (void)
{
  KhRtt rtt;

  kh_rtt_init (&rtt, 0);
  g_assert_cmpint (rtt.smoothed_us, ==, 333000);
  g_assert_cmpint (kh_rtt_pto_us (&rtt, 25000), ==, 333000 + 4 * 166500 + 25000);

  /* The first sample stands as it is, ACK delay and all. */
  kh_rtt_add (&rtt, 100000, 20000, 25000, 5);
  g_assert_cmpint (rtt.smoothed_us, ==, 100000);
  g_assert_cmpint (rtt.variation_us, ==, 50000);
  g_assert_cmpint (rtt.min_us, ==, 100000);
  g_assert_cmpint (rtt.first_sample_us, ==, 5);

  /* 140 - 20 of delay: variation (3×50 + 20)/4, smoothed (7×100 + 120)/8 */
  kh_rtt_add (&rtt, 140000, 20000, 25000, 6);
  g_assert_cmpint (rtt.variation_us, ==, 42500);
  g_assert_cmpint (rtt.smoothed_us, ==, 102500);
  g_assert_cmpint (rtt.latest_us, ==, 140000);
  g_assert_cmpint (rtt.first_sample_us, ==, 5);

  /* A delay that would go below the minimum is not believed. */
  kh_rtt_add (&rtt, 102500, 20000, 25000, 7);
  g_assert_cmpint (rtt.smoothed_us, ==, 102500);
  g_assert_cmpint (rtt.variation_us, ==, 31875);
  g_assert_cmpint (rtt.min_us, ==, 100000);
}

static void
test_limits (void)
{
  KhRtt rtt;

  kh_rtt_init (&rtt, 40000);
  g_assert_cmpint (rtt.smoothed_us, ==, 40000);
  g_assert_false (rtt.has_sample);
  kh_rtt_add (&rtt, 80000, 0, 25000, 0);
  /* Only the promised delay counts, whatever is claimed. */
  kh_rtt_add (&rtt, 280000, 200000, 25000, 0);
  g_assert_cmpint (rtt.smoothed_us, ==, (7 * 80000 + 255000) / 8);
  /* A clock that stood still. */
  kh_rtt_add (&rtt, 0, 0, 25000, 0);
  g_assert_cmpint (rtt.min_us, ==, 1);
  g_assert_cmpint (rtt.smoothed_us, >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtt/samples", test_samples);
  g_test_add_func ("/rtt/limits", test_limits);
  return g_test_run ();
}
