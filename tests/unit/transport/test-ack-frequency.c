/* test-ack-frequency.c: how many ACKs a rate of packets costs, and how soon loss is told */
#include "transport/ack-frequency.h"

#include "wire/datagram.h"

#define RTT_US 40000

/* Packets at an even distance for a second; returns how many ACKs were sent, each when it was due.
 */
static guint
run (KhAckFrequency *acks, gint64 every_us, gboolean is_urgent, gint64 *now_us)
{
  gint64 end_us = *now_us + G_USEC_PER_SEC;
  guint n = 0;

  for (; *now_us < end_us; *now_us += every_us)
    {
      if (acks->due_us <= *now_us)
        {
          kh_ack_frequency_on_ack_sent (acks);
          n++;
        }
      kh_ack_frequency_on_packet (acks, is_urgent, RTT_US, *now_us);
      if (acks->due_us <= *now_us)
        {
          kh_ack_frequency_on_ack_sent (acks);
          n++;
        }
    }
  return n;
}

static void
test_rates (void)
{
  KhAckFrequency acks;
  gint64 now_us = 77 * G_USEC_PER_SEC;

  kh_ack_frequency_init (&acks);
  g_assert_cmpint (acks.due_us, ==, KH_NEVER);

  /* 100 packets a second, one in 10 ms, which is a quarter of the round trip. */
  g_assert_cmpuint (run (&acks, 10000, FALSE, &now_us), >=, 49);
  /* 1000: ten in a quarter; at least four ACKs a round trip, at most every second packet */
  {
    guint n = run (&acks, 1000, FALSE, &now_us);

    g_assert_cmpuint (n, >=, 4 * G_USEC_PER_SEC / RTT_US);
    g_assert_cmpuint (n, <=, 500);
  }
  /* 100000: one in KH_ACK_FREQUENCY_MOST */
  g_assert_cmpuint (run (&acks, 10, FALSE, &now_us), <=, 100000 / KH_ACK_FREQUENCY_MOST + 300);
  /* And after that burst the lone packet is not forgotten. */
  kh_ack_frequency_on_packet (&acks, FALSE, RTT_US, now_us);
  g_assert_cmpint (acks.due_us, <=, now_us + RTT_US / 4);
  kh_ack_frequency_on_ack_sent (&acks);
  now_us += G_USEC_PER_SEC;
  kh_ack_frequency_on_packet (&acks, FALSE, RTT_US, now_us);
  kh_ack_frequency_on_packet (&acks, FALSE, RTT_US, now_us);
  g_assert_cmpint (acks.due_us, ==, now_us);
}

static void
test_urgent (void)
{
  KhAckFrequency acks;
  gint64 now_us = 77 * G_USEC_PER_SEC;

  kh_ack_frequency_init (&acks);
  run (&acks, 100, FALSE, &now_us);
  kh_ack_frequency_on_ack_sent (&acks);
  kh_ack_frequency_on_packet (&acks, TRUE, RTT_US, now_us);
  g_assert_cmpint (acks.due_us, ==, now_us);
  kh_ack_frequency_on_ack_sent (&acks);

  /* Where each packet is out of order, few of them cost an ACK. */
  g_assert_cmpuint (run (&acks, 100, TRUE, &now_us), <=,
                    10000 / 32 + 110 * (KH_ACK_FREQUENCY_URGENT + 2));
}

static void
test_delay (void)
{
  static const struct
  {
    gint64 rtt_us;
    gint64 delay_us;
  } rows[] = {
    { 100, KH_ACK_FREQUENCY_PERIOD_LEAST_US },
    { 40000, 10000 },
    { 600000, KH_ACK_FREQUENCY_PERIOD_MOST_US },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      KhAckFrequency acks;

      kh_ack_frequency_init (&acks);
      kh_ack_frequency_on_packet (&acks, FALSE, rows[i].rtt_us, 1000000);
      g_assert_cmpint (acks.due_us, ==, 1000000 + rows[i].delay_us);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ack-frequency/rates", test_rates);
  g_test_add_func ("/ack-frequency/urgent", test_urgent);
  g_test_add_func ("/ack-frequency/delay", test_delay);
  return g_test_run ();
}
