/* test-loss.c: loss detection and probe timeouts (RFC 9002, sections 6 and 7.6) */
#include "transport/loss.h"

#include "wire/datagram.h"

#define MAX_ACK_DELAY 25000

typedef struct
{
  KhLedger *ledger;
  KhRtt rtt;
  KhLoss loss;
  GPtrArray *lost;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->ledger = kh_ledger_new ();
  f->lost = g_ptr_array_new ();
  kh_rtt_init (&f->rtt, 0);
  kh_loss_init (&f->loss, MAX_ACK_DELAY);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  kh_ledger_free (f->ledger);
  g_ptr_array_unref (f->lost);
}

static void
sent (Fixture *f, guint64 number, gint64 now_us)
{
  kh_ledger_add (f->ledger, number, 100, now_us);
  kh_loss_on_sent (&f->loss, now_us);
}

static void
acked (Fixture *f, guint64 number)
{
  KhSentPacket *packet = kh_ledger_get (f->ledger, kh_ledger_find (f->ledger, number));

  g_assert_cmpuint (packet->number, ==, number);
  kh_ledger_set_state (f->ledger, packet, KH_SENT_ACKED);
  kh_loss_on_acked (&f->loss, packet->index);
}

static KhLossResult
detect (Fixture *f, gint64 now_us)
{
  g_ptr_array_set_size (f->lost, 0);
  return kh_loss_detect (&f->loss, f->ledger, &f->rtt, f->lost, now_us);
}

/* The threshold counts packets, not numbers, of which path checks use some. */
static void
test_packet_threshold (Fixture *f, gconstpointer data)
{
  KhLossResult result;

  for (guint64 i = 0; i < 5; i++)
    sent (f, 10 * i, 1000);
  acked (f, 20);
  result = detect (f, 1001);
  g_assert_cmpuint (result.packets, ==, 0);
  acked (f, 30);
  result = detect (f, 1001);
  g_assert_cmpuint (result.packets, ==, 1);
  g_assert_cmpuint (result.bytes, ==, 100);
  g_assert_cmpint (result.newest_sent_us, ==, 1000);
  g_assert_cmpuint (((KhSentPacket *) f->lost->pdata[0])->number, ==, 0);
  /* Each is lost once; what is newer than the newest ACK is not. */
  g_assert_cmpuint (detect (f, 1001).packets, ==, 0);
  g_assert_cmpuint (kh_ledger_outstanding (f->ledger), ==, 2);
}

static void
test_time_threshold (Fixture *f, gconstpointer data)
{
  kh_rtt_add (&f->rtt, 80000, 0, MAX_ACK_DELAY, 0);
  sent (f, 0, 1000);
  sent (f, 1, 2000);
  acked (f, 1);
  g_assert_cmpuint (detect (f, 82000).packets, ==, 0);
  g_assert_false (kh_loss_is_probe (&f->loss));
  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), ==, 1000 + 90000);
  g_assert_cmpuint (detect (f, 90999).packets, ==, 0);
  g_assert_cmpuint (detect (f, 91000).packets, ==, 1);
  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), ==, KH_NEVER);
}

static void
test_probe (Fixture *f, gconstpointer data)
{
  gint64 pto_us;

  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), ==, KH_NEVER);
  kh_rtt_add (&f->rtt, 40000, 0, MAX_ACK_DELAY, 0);
  pto_us = kh_rtt_pto_us (&f->rtt, MAX_ACK_DELAY);
  sent (f, 0, 1000);
  g_assert_true (kh_loss_is_probe (&f->loss));
  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), ==, 1000 + pto_us);
  f->loss.pto_count = 2;
  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), ==, 1000 + 4 * pto_us);
  f->loss.pto_count = 1000;
  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), ==, 1000 + KH_LOSS_PTO_CAP_US);
  sent (f, 1, 2000);
  acked (f, 1);
  g_assert_cmpuint (f->loss.pto_count, ==, 0);

  /* On a path slower than the cap, the path rules. */
  kh_rtt_init (&f->rtt, 4 * G_USEC_PER_SEC);
  g_assert_cmpint (kh_loss_deadline (&f->loss, f->ledger, &f->rtt), >, 2000 + 4 * G_USEC_PER_SEC);
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
  g_assert_false (detect (f, 10 * long_us).persistent);
  g_assert_cmpuint (f->lost->len, ==, 2);

  sent (f, 3, 20 * long_us);
  sent (f, 4, 21 * long_us);
  sent (f, 5, 22 * long_us);
  sent (f, 6, 23 * long_us);
  acked (f, 4); /* an ACK in between */
  acked (f, 6);
  g_assert_false (detect (f, 30 * long_us).persistent);

  sent (f, 7, 40 * long_us);
  sent (f, 8, 41 * long_us + 1);
  sent (f, 9, 42 * long_us);
  acked (f, 9);
  g_assert_true (detect (f, 50 * long_us).persistent);
}

/* Before there is an RTT the duration means nothing. */
static void
test_persistent_without_sample (Fixture *f, gconstpointer data)
{
  sent (f, 0, 1000);
  sent (f, 1, 100 * G_USEC_PER_SEC);
  sent (f, 2, 101 * G_USEC_PER_SEC);
  acked (f, 2);
  g_assert_false (detect (f, 200 * G_USEC_PER_SEC).persistent);
  g_assert_cmpuint (f->lost->len, ==, 2);
}

#define ADD(name, function) g_test_add ("/loss/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("packet-threshold", test_packet_threshold);
  ADD ("time-threshold", test_time_threshold);
  ADD ("probe", test_probe);
  ADD ("persistent", test_persistent);
  ADD ("persistent-without-sample", test_persistent_without_sample);
  return g_test_run ();
}
