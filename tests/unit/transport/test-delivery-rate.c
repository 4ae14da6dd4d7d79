/* test-delivery-rate.c: the rate is that of the path, not of bursts (draft-cheng-iccrg-delivery-
 * rate-estimation) */
#include "transport/delivery-rate.h"

#define PACKET 1000
#define RTT 50000

static KhDeliverySample
ack (KhDeliveryRate *self, const KhDeliveryMark *mark, gint64 sent_us, gint64 now_us)
{
  KhDeliverySample sample = { 0 };

  kh_delivery_rate_on_acked (self, &sample, mark, PACKET, sent_us, now_us);
  kh_delivery_rate_finish (self, &sample, RTT);
  return sample;
}

/* A packet a millisecond, in and out, is a megabyte a second; a burst of ACKs is not more. */
static void
test_steady (void)
{
  KhDeliveryRate self = { 0 };
  KhDeliveryMark marks[200];
  KhDeliverySample sample = { 0 };

  for (int i = 0; i < 200; i++)
    {
      gint64 now_us = 1000 * i;

      if (i >= 50)
        sample = ack (&self, &marks[i - 50], now_us - RTT, now_us);
      marks[i] = kh_delivery_rate_on_sent (&self, PACKET, (gsize) MIN (i, 50) * PACKET, now_us);
    }
  g_assert_cmpuint (sample.rate, >, 990000);
  g_assert_cmpuint (sample.rate, <, 1010000);
  g_assert_cmpuint (sample.in_flight, ==, 51 * PACKET);
  g_assert_false (sample.is_app_limited);

  for (int i = 150; i < 200; i++)
    sample = ack (&self, &marks[i], 1000 * i, 260000);
  g_assert_cmpuint (sample.rate, <, 1010000);
}

static void
test_app_limited (void)
{
  KhDeliveryRate self = { 0 };
  KhDeliveryMark first, second, third;

  first = kh_delivery_rate_on_sent (&self, PACKET, 0, 0);
  kh_delivery_rate_on_app_limited (&self, PACKET);
  second = kh_delivery_rate_on_sent (&self, PACKET, PACKET, 1000);
  g_assert_false (ack (&self, &first, 0, RTT).is_app_limited);
  g_assert_true (ack (&self, &second, 1000, RTT + 1000).is_app_limited);
  /* What was in flight then has arrived. */
  third = kh_delivery_rate_on_sent (&self, PACKET, 0, 60000);
  g_assert_false (ack (&self, &third, 60000, 60000 + RTT).is_app_limited);
}

static void
test_limits (void)
{
  KhDeliveryRate self = { 0 };
  KhDeliveryMark mark = kh_delivery_rate_on_sent (&self, PACKET, 0, 0);

  kh_delivery_rate_on_lost (&self, 300);
  /* Sooner than a round trip: no rate; but what was lost in between is told. */
  g_assert_cmpuint (ack (&self, &mark, 0, RTT - 1).rate, ==, 0);
  mark = kh_delivery_rate_on_sent (&self, PACKET, 0, 100000);
  kh_delivery_rate_on_lost (&self, 200);
  g_assert_cmpuint (ack (&self, &mark, 100000, 100000 + RTT).lost, ==, 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/delivery-rate/steady", test_steady);
  g_test_add_func ("/delivery-rate/app-limited", test_app_limited);
  g_test_add_func ("/delivery-rate/limits", test_limits);
  return g_test_run ();
}
