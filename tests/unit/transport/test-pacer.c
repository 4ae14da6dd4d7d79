/* test-pacer.c: the rate is kept, the burst is bounded, the announced moment is true */
#include "transport/pacer.h"

#define PACKET 1200

/* Packets that go out at once. */
static guint
burst (KhPacer *pacer, guint64 rate, gint64 now_us)
{
  guint n = 0;

  for (; kh_pacer_release_us (pacer, rate) <= now_us; n++)
    {
      kh_pacer_sent (pacer, PACKET, rate, now_us);
      g_assert_cmpuint (n, <, 100);
    }
  return n;
}

static void
test_burst (void)
{
  KhPacer pacer;
  gint64 start_us = 1000000;

  kh_pacer_init (&pacer, PACKET, start_us);
  g_assert_cmpuint (burst (&pacer, 100000, start_us), ==, KH_PACER_BURST);
  /* However long the pause, it is the same again. */
  g_assert_cmpuint (burst (&pacer, 100000, start_us + 600 * G_USEC_PER_SEC), ==, KH_PACER_BURST);
}

static void
test_rate (void)
{
  const guint64 rates[] = { 1, 999, 100000, 1250000, 123456789 };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      KhPacer pacer;
      gint64 now_us = 5, began_us;
      double got;

      kh_pacer_init (&pacer, PACKET, now_us);
      burst (&pacer, rates[i], now_us);
      began_us = now_us;
      for (int n = 0; n < 1000; n++)
        {
          now_us = kh_pacer_release_us (&pacer, rates[i]);
          g_assert_cmpint (kh_pacer_release_us (&pacer, rates[i]), <=, now_us);
          kh_pacer_sent (&pacer, PACKET, rates[i], now_us);
        }
      got = 1000.0 * PACKET * G_USEC_PER_SEC / (double) (now_us - began_us);
      g_assert_cmpfloat (got, <, 1.02 * (double) rates[i]);
      g_assert_cmpfloat (got, >, 0.98 * (double) rates[i]);
    }
}

/* Being asked every microsecond must not lose the fractions. */
static void
test_small_steps (void)
{
  KhPacer pacer;
  guint n = 0;

  kh_pacer_init (&pacer, PACKET, 0);
  burst (&pacer, 120000, 0);
  for (gint64 now_us = 1; now_us <= G_USEC_PER_SEC; now_us++)
    {
      if (kh_pacer_release_us (&pacer, 120000) <= now_us)
        {
          kh_pacer_sent (&pacer, 1, 120000, now_us);
          n++;
        }
    }
  g_assert_cmpuint (n, >=, 120000 - PACKET);
  g_assert_cmpuint (n, <=, 120000 + 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pacer/burst", test_burst);
  g_test_add_func ("/pacer/rate", test_rate);
  g_test_add_func ("/pacer/small-steps", test_small_steps);
  return g_test_run ();
}
