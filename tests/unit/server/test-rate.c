/* test-rate.c: the token bucket, and the table of them */
#include "server/prefixes.h"
#include "server/rate.h"

static void
test_burst_then_rate (void)
{
  KhRate rate = kh_rate_make (10, 5);
  gint64 full_at = 0;
  gint64 now = 1000000;
  guint n = 0;

  for (int i = 0; i < 100; i++)
    n += kh_rate_take (&rate, &full_at, now);
  g_assert_cmpuint (n, ==, 5);
  /* A tenth of a second is one token, no sooner. */
  g_assert_false (kh_rate_take (&rate, &full_at, now + 99999));
  g_assert_true (kh_rate_take (&rate, &full_at, now + 100000));
  g_assert_false (kh_rate_take (&rate, &full_at, now + 100000));
}

static void
test_never_above_burst (void)
{
  KhRate rate = kh_rate_make (10, 5);
  gint64 full_at = 0;
  guint n = 0;

  g_assert_true (kh_rate_take (&rate, &full_at, 0));
  for (int i = 0; i < 100; i++)
    n += kh_rate_take (&rate, &full_at, G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC);
  g_assert_cmpuint (n, ==, 5);
}

static void
test_long_run (void)
{
  KhRate rate = kh_rate_make (300, 20);
  gint64 full_at = 0;
  guint n = 0;

  for (gint64 now = 0; now < 10 * G_USEC_PER_SEC; now += 100)
    n += kh_rate_take (&rate, &full_at, now);
  g_assert_cmpuint (n, >=, 3000);
  g_assert_cmpuint (n, <=, 3021);
}

static void
fill (guint8 *buf, gsize len, gpointer user_data)
{
  for (gsize i = 0; i < len; i++)
    buf[i] = (guint8) g_rand_int_range (user_data, 0, 256);
}

static KhPrefixes *
make_prefixes (guint n_sets)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  KhRandom random = { .fill = fill, .user_data = rand };

  return kh_prefixes_new (n_sets, kh_rate_make (1, 3), &random);
}

static guint
take_many (KhPrefixes *prefixes, const char *text, guint n)
{
  KhAddr addr;
  guint taken = 0;

  g_assert_true (kh_addr_parse (text, 1, &addr));
  for (guint i = 0; i < n; i++)
    {
      addr.port++;
      taken += kh_prefixes_take (prefixes, &addr, 0);
    }
  return taken;
}

static void
test_prefixes_are_apart (void)
{
  g_autoptr (KhPrefixes) prefixes = make_prefixes (64);

  g_assert_cmpuint (take_many (prefixes, "192.0.2.1", 9), ==, 3);
  g_assert_cmpuint (take_many (prefixes, "192.0.2.2", 9), ==, 3);
  g_assert_cmpuint (take_many (prefixes, "192.0.2.1", 9), ==, 0);
}

static void
test_prefix_is_a_slash_64 (void)
{
  g_autoptr (KhPrefixes) prefixes = make_prefixes (64);

  g_assert_cmpuint (take_many (prefixes, "2001:db8::1", 2), ==, 2);
  g_assert_cmpuint (take_many (prefixes, "2001:db8::ffff:1", 9), ==, 1);
  g_assert_cmpuint (take_many (prefixes, "2001:db8:0:1::1", 9), ==, 3);
}

static void
test_table_forgets_but_never_refuses_a_stranger (void)
{
  g_autoptr (KhPrefixes) prefixes = make_prefixes (1);

  for (guint i = 0; i < 10000; i++)
    {
      KhAddr addr = kh_addr_ipv4 (10, 0, (guint8) (i >> 8), (guint8) i, 1);

      g_assert_true (kh_prefixes_take (prefixes, &addr, 0));
    }
}

static void
test_table_keeps_the_greedy (void)
{
  g_autoptr (KhPrefixes) prefixes = make_prefixes (1);

  /* Its bucket is the emptiest of the set: others with one packet each do not wash it out. */
  g_assert_cmpuint (take_many (prefixes, "192.0.2.1", 9), ==, 3);
  for (guint i = 0; i < 1000; i++)
    {
      KhAddr addr = kh_addr_ipv4 (10, 0, (guint8) (i >> 8), (guint8) i, 1);

      kh_prefixes_take (prefixes, &addr, 0);
    }
  g_assert_cmpuint (take_many (prefixes, "192.0.2.1", 9), ==, 0);
}

static void
test_bytes (void)
{
  KhByteRate rate = kh_byte_rate_make (1000, 5000);
  gint64 full_at_us = 0;

  g_assert_false (kh_byte_rate_take (&rate, &full_at_us, 5001, 0));
  g_assert_true (kh_byte_rate_take (&rate, &full_at_us, 4000, 0));
  g_assert_false (kh_byte_rate_take (&rate, &full_at_us, 1001, 0));
  g_assert_true (kh_byte_rate_take (&rate, &full_at_us, 1000, 0));
  g_assert_false (kh_byte_rate_take (&rate, &full_at_us, 501, G_USEC_PER_SEC / 2));
  g_assert_true (kh_byte_rate_take (&rate, &full_at_us, 500, G_USEC_PER_SEC / 2));
}

/* 10 GB a day is less than a byte in 8 µs: what is rounded must not add up. */
static void
test_bytes_in_the_long_run (void)
{
  KhByteRate rate = kh_byte_rate_make (10e9 / 86400, 10e9);
  gint64 full_at_us = 0;
  guint64 n = 0;

  while (kh_byte_rate_take (&rate, &full_at_us, 1200, 0))
    n += 1200;
  g_assert_cmpuint (n, >, G_GUINT64_CONSTANT (9999000000));
  g_assert_cmpuint (n, <, G_GUINT64_CONSTANT (10001000000));
}

static void
test_bytes_without_a_limit (void)
{
  KhByteRate rate = kh_byte_rate_make (0, 0);
  gint64 full_at_us = 0;

  for (guint i = 0; i < 1000; i++)
    g_assert_true (kh_byte_rate_take (&rate, &full_at_us, G_MAXSIZE / 2, 0));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/rate/burst-then-rate", test_burst_then_rate);
  g_test_add_func ("/server/rate/never-above-burst", test_never_above_burst);
  g_test_add_func ("/server/rate/long-run", test_long_run);
  g_test_add_func ("/server/rate/bytes", test_bytes);
  g_test_add_func ("/server/rate/bytes-in-the-long-run", test_bytes_in_the_long_run);
  g_test_add_func ("/server/rate/bytes-without-a-limit", test_bytes_without_a_limit);
  g_test_add_func ("/server/prefixes/are-apart", test_prefixes_are_apart);
  g_test_add_func ("/server/prefixes/slash-64", test_prefix_is_a_slash_64);
  g_test_add_func ("/server/prefixes/never-refuses-a-stranger",
                   test_table_forgets_but_never_refuses_a_stranger);
  g_test_add_func ("/server/prefixes/keeps-the-greedy", test_table_keeps_the_greedy);
  return g_test_run ();
}
