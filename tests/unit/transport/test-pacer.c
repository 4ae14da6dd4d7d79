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
      g_assert_cmpuint (n, <, 10000);
    }
  return n;
}

static void
test_burst (void)
{
  KhPacer pacer;
  gint64 start_us = 1000000;

  kh_pacer_init (&pacer, PACKET, start_us);
  g_assert_cmpuint (burst (&pacer, 100000, start_us), ==, KH_PACER_FIRST_BURST);
  /* However long the pause, two packets in the middle of things, */
  start_us += 600 * G_USEC_PER_SEC;
  g_assert_cmpuint (burst (&pacer, 100000, start_us), ==, KH_PACER_BURST);
  /* and after a rest as in the beginning; but no time at all is no rest. */
  start_us += 600 * G_USEC_PER_SEC;
  kh_pacer_rest (&pacer, start_us);
  g_assert_cmpuint (burst (&pacer, 100000, start_us), ==, KH_PACER_FIRST_BURST);
  kh_pacer_rest (&pacer, start_us);
  g_assert_cmpuint (burst (&pacer, 100000, start_us), ==, 0);
}

/* A wake-up of the main loop releases a millisecond's worth, 10 packets at 100 Mbit/s, or at a high
 * rate a driver's batch. */
static void
test_quantum (void)
{
  const guint64 rates[] = { 12500000, 125000000, 1250000000 };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      KhPacer pacer;
      gint64 now_us = 1000;
      guint quantum = (guint) MIN (rates[i] / 1000, KH_PACER_QUANTUM_BYTES) / PACKET;

      kh_pacer_init (&pacer, PACKET, now_us);
      burst (&pacer, rates[i], now_us);
      for (int n = 0; n < 50; n++)
        {
          gint64 release_us = kh_pacer_release_us (&pacer, rates[i]);
          guint packets;

          g_assert_cmpint (release_us, >, now_us);
          g_assert_cmpint (release_us, <=, now_us + KH_PACER_QUANTUM_US + 100);
          now_us = release_us;
          packets = burst (&pacer, rates[i], now_us);
          g_assert_cmpuint (packets, >=, quantum - 1);
          g_assert_cmpuint (packets, <=, quantum + 2);
        }
    }
}

/* Nothing is in flight after each burst, as on a path with no delay: at a high rate that is no
 * reason to stop at the first burst. */
static void
test_rest (void)
{
  const guint64 rate = 125000000;
  KhPacer pacer;
  gint64 now_us = 1000;

  kh_pacer_init (&pacer, PACKET, now_us);
  burst (&pacer, rate, now_us);
  for (int n = 0; n < 50; n++)
    {
      now_us += KH_PACER_QUANTUM_US;
      kh_pacer_rest (&pacer, now_us);
      g_assert_cmpuint (burst (&pacer, rate, now_us), >=, rate / 1000 / PACKET - 1);
    }
  now_us += G_USEC_PER_SEC;
  kh_pacer_rest (&pacer, now_us);
  g_assert_cmpuint (burst (&pacer, rate, now_us), <=, rate / 1000 / PACKET + 1);
}

/* Timers that are always late cost no rate; a pause is not made up for. */
static void
test_lateness (void)
{
  const guint64 rate = 12500000;
  KhPacer pacer;
  gint64 now_us = 1000, began_us;
  guint sent = 0;

  kh_pacer_init (&pacer, PACKET, now_us);
  burst (&pacer, rate, now_us);
  began_us = now_us;
  for (int n = 0; n < 1000; n++)
    {
      now_us = kh_pacer_release_us (&pacer, rate) + KH_PACER_LATENESS_US;
      sent += burst (&pacer, rate, now_us);
    }
  g_assert_cmpuint (sent, >=,
                    (guint) ((gint64) rate * (now_us - began_us) / G_USEC_PER_SEC / PACKET) - 50);
  now_us += G_USEC_PER_SEC;
  g_assert_cmpuint (burst (&pacer, rate, now_us), <=, rate / 1000 / PACKET + 1);
}

static void
test_rate (void)
{
  const guint64 rates[] = { 1, 999, 100000, 1250000, 123456789, 1250000000 };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      KhPacer pacer;
      gint64 now_us = 5, began_us;
      guint packets = 0;
      double got;

      kh_pacer_init (&pacer, PACKET, now_us);
      burst (&pacer, rates[i], now_us);
      began_us = now_us;
      for (int n = 0; n < 200; n++)
        {
          now_us = kh_pacer_release_us (&pacer, rates[i]);
          packets += burst (&pacer, rates[i], now_us);
        }
      got = (double) packets * PACKET * G_USEC_PER_SEC / (double) (now_us - began_us);
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

/* As many at once as one after the other. */
static void
test_packets (void)
{
  KhPacer pacer;

  kh_pacer_init (&pacer, PACKET, 0);
  for (gint64 now_us = 0; now_us < 100000; now_us += 700)
    {
      gsize n = kh_pacer_packets (&pacer, PACKET - 7, now_us), sent = 0;

      for (; kh_pacer_release_us (&pacer, 5000000) <= now_us; sent++)
        {
          /* What comes in is seen with the first that is sent. */
          if (sent == 1)
            n = kh_pacer_packets (&pacer, PACKET - 7, now_us) + 1;
          kh_pacer_sent (&pacer, PACKET - 7, 5000000, now_us);
        }
      g_assert_cmpuint (n, <=, sent);
      if (sent > 1)
        g_assert_cmpuint (n, ==, sent);
    }
  g_assert_cmpuint (kh_pacer_packets (&pacer, PACKET, -1), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pacer/burst", test_burst);
  g_test_add_func ("/pacer/quantum", test_quantum);
  g_test_add_func ("/pacer/rest", test_rest);
  g_test_add_func ("/pacer/lateness", test_lateness);
  g_test_add_func ("/pacer/rate", test_rate);
  g_test_add_func ("/pacer/packets", test_packets);
  g_test_add_func ("/pacer/small-steps", test_small_steps);
  return g_test_run ();
}
