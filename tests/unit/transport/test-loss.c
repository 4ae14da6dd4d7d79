/* test-loss.c: loss detection and probe timeouts (RFC 9002, sections 6 and 7.6) */
#include "transport/loss.h"

#include "wire/datagram.h"

#define MAX_ACK_DELAY 25000

typedef struct
{
  KhLedger *ledger;
  KhRtt rtt;
  KhLoss loss;
  guint64 lost[64]; /* numbers */
  guint n_lost;
  gboolean persistent;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->ledger = kh_ledger_new ();
  kh_rtt_init (&f->rtt, 0);
  kh_loss_init (&f->loss, MAX_ACK_DELAY);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  kh_ledger_free (f->ledger);
}

static void
sent (Fixture *f, guint64 number, gint64 now_us)
{
  static const KhDeliveryMark no_mark;

  kh_ledger_add (f->ledger, number, 100, &no_mark, NULL, 0, now_us);
  kh_loss_on_sent (&f->loss, now_us);
}

static void
acked (Fixture *f, guint64 number)
{
  guint64 index = kh_ledger_find (f->ledger, number);

  g_assert_cmpuint (kh_ledger_get (f->ledger, index)->number, ==, number);
  kh_ledger_set_state (f->ledger, index, KH_SENT_ACKED);
  kh_loss_on_acked (&f->loss, index);
}

static guint
detect (Fixture *f, gint64 now_us)
{
  guint64 index;
  gboolean persistent;

  f->n_lost = 0;
  f->persistent = FALSE;
  while (kh_loss_next (&f->loss, f->ledger, &f->rtt, &index, &persistent, now_us))
    {
      g_assert_cmpuint (f->n_lost, <, G_N_ELEMENTS (f->lost));
      f->lost[f->n_lost++] = kh_ledger_get (f->ledger, index)->number;
      f->persistent |= persistent;
    }
  return f->n_lost;
}

/* The threshold counts packets, not numbers, of which path checks use some. */
static void
test_packet_threshold (Fixture *f, gconstpointer data)
{
  for (guint64 i = 0; i < 5; i++)
    sent (f, 10 * i, 1000);
  acked (f, 20);
  g_assert_cmpuint (detect (f, 1001), ==, 0);
  acked (f, 30);
  g_assert_cmpuint (detect (f, 1001), ==, 1);
  g_assert_cmpuint (f->lost[0], ==, 0);
  /* Each is lost once; what is newer than the newest ACK is not. */
  g_assert_cmpuint (detect (f, 1001), ==, 0);
  g_assert_cmpuint (kh_ledger_outstanding (f->ledger), ==, 2);
}

static void
test_time_threshold (Fixture *f, gconstpointer data)
{
  kh_rtt_add (&f->rtt, 80000, 0, MAX_ACK_DELAY, 0);
  sent (f, 0, 1000);
  sent (f, 1, 2000);
  acked (f, 1);
  g_assert_cmpuint (detect (f, 82000), ==, 0);
  g_assert_false (kh_loss_is_probe (&f->loss));
  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), ==, 1000 + 90000);
  g_assert_cmpuint (detect (f, 90999), ==, 0);
  g_assert_cmpuint (detect (f, 91000), ==, 1);
  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), ==, KH_NEVER);
}

static void
test_probe (Fixture *f, gconstpointer data)
{
  gint64 pto_us, late_us;

  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), ==, KH_NEVER);
  kh_rtt_add (&f->rtt, 40000, 0, MAX_ACK_DELAY, 0);
  pto_us = kh_rtt_pto_us (&f->rtt, MAX_ACK_DELAY);
  sent (f, 0, 1000);
  g_assert_true (kh_loss_is_probe (&f->loss));
  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), ==, 1000 + pto_us);
  /* No back-off at first, then by doubling, to three seconds. */
  kh_loss_on_probe (&f->loss, &f->rtt, 2000);
  kh_loss_on_probe (&f->loss, &f->rtt, 3000);
  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), ==,
                   3000 + pto_us - MAX_ACK_DELAY);
  pto_us -= MAX_ACK_DELAY;
  late_us = 2000 + KH_LOSS_EAGER_US;
  kh_loss_on_probe (&f->loss, &f->rtt, late_us - 1);
  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), ==, late_us - 1 + pto_us);
  kh_loss_on_probe (&f->loss, &f->rtt, late_us);
  kh_loss_on_probe (&f->loss, &f->rtt, late_us);
  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), ==, late_us + 4 * pto_us);
  for (guint i = 0; i < 100; i++)
    kh_loss_on_probe (&f->loss, &f->rtt, late_us);
  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), ==,
                   late_us + KH_LOSS_PTO_CAP_US);
  g_assert_cmpuint (f->loss.pto_count, ==, 105);
  sent (f, 1, 2000);
  acked (f, 1);
  g_assert_cmpuint (f->loss.pto_count, ==, 0);

  /* On a path slower than the cap, the path rules. */
  kh_rtt_init (&f->rtt, 4 * G_USEC_PER_SEC);
  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), >, 2000 + 4 * G_USEC_PER_SEC);
}

/* Who sends again and again before the timeout must notice all the same. */
static void
test_probe_of_a_talker (Fixture *f, gconstpointer data)
{
  gint64 pto_us;

  kh_rtt_add (&f->rtt, 40000, 0, MAX_ACK_DELAY, 0);
  pto_us = kh_rtt_pto_us (&f->rtt, MAX_ACK_DELAY);
  for (guint64 i = 0; i < 50; i++)
    sent (f, i, 1000 + (gint64) i * 20000);
  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), ==, 1000 + pto_us);
  acked (f, 49);
  sent (f, 50, 2000000);
  sent (f, 51, 2020000);
  detect (f, 2020000);
  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), ==, 2000000 + pto_us);
}

static void
test_persistent (Fixture *f, gconstpointer data)
{
  gint64 long_us;

  kh_rtt_add (&f->rtt, 40000, 0, MAX_ACK_DELAY, 500);
  long_us = 3 * kh_rtt_pto_us (&f->rtt, MAX_ACK_DELAY);

  sent (f, 0, 1000);
  sent (f, 1, 1000 + long_us); /* not long enough */
  sent (f, 2, 1000 + long_us + 1);
  acked (f, 2);
  detect (f, 10 * long_us);
  g_assert_false (f->persistent);
  g_assert_cmpuint (f->n_lost, ==, 2);

  sent (f, 3, 20 * long_us);
  sent (f, 4, 21 * long_us);
  sent (f, 5, 22 * long_us);
  sent (f, 6, 23 * long_us);
  acked (f, 4); /* an ACK in between */
  acked (f, 6);
  detect (f, 30 * long_us);
  g_assert_false (f->persistent);

  sent (f, 7, 40 * long_us);
  sent (f, 8, 41 * long_us + 1);
  sent (f, 9, 42 * long_us);
  acked (f, 9);
  detect (f, 50 * long_us);
  g_assert_true (f->persistent);
}

/* Before there is an RTT the duration means nothing. */
static void
test_persistent_without_sample (Fixture *f, gconstpointer data)
{
  sent (f, 0, 1000);
  sent (f, 1, 100 * G_USEC_PER_SEC);
  sent (f, 2, 101 * G_USEC_PER_SEC);
  acked (f, 2);
  detect (f, 200 * G_USEC_PER_SEC);
  g_assert_false (f->persistent);
  g_assert_cmpuint (f->n_lost, ==, 2);
}

static void
spurious (Fixture *f, guint64 number, gint64 now_us)
{
  guint64 index = kh_ledger_find (f->ledger, number);

  acked (f, number);
  kh_loss_on_spurious (&f->loss, &f->rtt, index, kh_ledger_get (f->ledger, index)->sent_us, now_us);
}

/* What came 30 ms and 10 packets late is waited for from then on, but not for ever. */
static void
test_reordering (Fixture *f, gconstpointer data)
{
  kh_rtt_add (&f->rtt, 40000, 0, MAX_ACK_DELAY, 500);
  for (guint64 i = 0; i <= 40; i++)
    sent (f, i, 1000);
  acked (f, 10);
  g_assert_cmpuint (detect (f, 41000), ==, 8);
  spurious (f, 0, 71000);
  acked (f, 18);
  g_assert_cmpuint (detect (f, 41000), ==, 0);
  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), >, 71000);
  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), <=, 1000 + 2 * 40000);

  acked (f, 23);
  g_assert_cmpuint (detect (f, 42000), ==, 4); /* 9, 11, 12, and 8, which was within 3 before */

  /* However late, two round trips are enough. */
  spurious (f, 1, 600 * G_USEC_PER_SEC);
  sent (f, 50, 700 * G_USEC_PER_SEC);
  sent (f, 51, 700 * G_USEC_PER_SEC);
  acked (f, 51);
  detect (f, 700 * G_USEC_PER_SEC);
  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), <=,
                   700 * G_USEC_PER_SEC + 2 * 40000);

  /* Without more of it, back to the beginning. */
  for (gint64 s = 700; s < 720; s++)
    detect (f, s * G_USEC_PER_SEC);
  for (guint64 i = 60; i < 64; i++)
    sent (f, i, 721 * G_USEC_PER_SEC);
  acked (f, 63);
  g_assert_cmpuint (detect (f, 721 * G_USEC_PER_SEC), ==, 1);
}

#define ADD(name, function) g_test_add ("/loss/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("packet-threshold", test_packet_threshold);
  ADD ("time-threshold", test_time_threshold);
  ADD ("probe", test_probe);
  ADD ("probe-of-a-talker", test_probe_of_a_talker);
  ADD ("reordering", test_reordering);
  ADD ("persistent", test_persistent);
  ADD ("persistent-without-sample", test_persistent_without_sample);
  return g_test_run ();
}
