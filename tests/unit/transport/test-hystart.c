/* test-hystart.c: slow start ends by the round trip (RFC 9406) */
#include "transport/hystart.h"

#define BYTES 1200

static guint64 delivered;

/* One round of ten ACKs; returns the growth. */
static gsize
run_round (KhHystart *self, gint64 rtt_us)
{
  guint64 prior = delivered;
  gsize growth = 0;

  for (int i = 0; i < 10; i++)
    {
      delivered += BYTES;
      growth += kh_hystart_on_ack (self, BYTES, rtt_us, prior, delivered);
    }
  return growth;
}

static void
test_grows (void)
{
  KhHystart self;

  kh_hystart_init (&self);
  for (int i = 0; i < 20; i++)
    {
      g_assert_cmpuint (run_round (&self, 100000 + i % 2 * 10000), ==, 10 * BYTES);
      g_assert_cmpint (self.state, ==, KH_HYSTART_SLOW_START);
    }
}

static void
test_ends (void)
{
  KhHystart self;

  kh_hystart_init (&self);
  run_round (&self, 100000);
  run_round (&self, 100000);
  /* An eighth more than in the round before */
  run_round (&self, 113000);
  g_assert_cmpint (self.state, ==, KH_HYSTART_CSS);
  for (int i = 0; i < KH_HYSTART_CSS_ROUNDS - 1; i++)
    {
      g_assert_cmpuint (run_round (&self, 115000), ==, 10 * BYTES / KH_HYSTART_GROWTH_DIVISOR);
      g_assert_cmpint (self.state, ==, KH_HYSTART_CSS);
    }
  run_round (&self, 115000);
  g_assert_cmpint (self.state, ==, KH_HYSTART_DONE);
}

static void
test_jitter (void)
{
  KhHystart self;

  kh_hystart_init (&self);
  run_round (&self, 100000);
  run_round (&self, 100000);
  run_round (&self, 120000);
  g_assert_cmpint (self.state, ==, KH_HYSTART_CSS);
  /* It was not the queue: growth goes on. */
  run_round (&self, 100000);
  g_assert_cmpint (self.state, ==, KH_HYSTART_SLOW_START);
  kh_hystart_stop (&self);
  g_assert_cmpint (self.state, ==, KH_HYSTART_DONE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hystart/grows", test_grows);
  g_test_add_func ("/hystart/ends", test_ends);
  g_test_add_func ("/hystart/jitter", test_jitter);
  return g_test_run ();
}
