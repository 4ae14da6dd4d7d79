/* test-cookie.c: cookies are good for their address and for two periods, and for nothing else */
#include "crypto/cookie.h"

#include "hex.h"

#define START_US (G_GINT64_CONSTANT (1000) * G_USEC_PER_SEC)

static KhAddr
make_addr (guint8 family, guint8 last, guint16 port)
{
  KhAddr addr = { .family = family, .ip = { 192, 0, 2, last }, .port = port };

  return addr;
}

static void
test_address (void)
{
  KhRandom random = hex_random ();
  g_autoptr (KhCookieJar) jar = kh_cookie_jar_new (&random, START_US);
  g_autoptr (KhCookieJar) other_jar = kh_cookie_jar_new (&random, START_US);
  KhAddr addr = make_addr (KH_FAMILY_IPV4, 1, 1000);
  KhAddr others[] = { make_addr (KH_FAMILY_IPV4, 2, 1000), make_addr (KH_FAMILY_IPV4, 1, 1001),
                      make_addr (KH_FAMILY_IPV6, 1, 1000), make_addr (KH_FAMILY_IPV4, 1, 1000) };
  guint8 cookie[KH_COOKIE_SIZE];

  others[3].ip[15] = 1;
  kh_cookie_jar_make (jar, &addr, cookie, START_US);
  g_assert_true (kh_cookie_jar_check (jar, &addr, cookie, START_US));
  g_assert_false (kh_cookie_jar_check (other_jar, &addr, cookie, START_US));
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_false (kh_cookie_jar_check (jar, &others[i], cookie, START_US));
  for (guint i = 0; i < KH_COOKIE_SIZE * 8; i++)
    {
      cookie[i / 8] ^= (guint8) (1 << i % 8);
      g_assert_false (kh_cookie_jar_check (jar, &addr, cookie, START_US));
      cookie[i / 8] ^= (guint8) (1 << i % 8);
    }
}

/* A cookie of @made_at: is it good at @checked_at, with the jar untouched in between? */
static gboolean
is_good (gint64 made_at_us, gint64 checked_at_us, gboolean touch)
{
  KhRandom random = hex_random ();
  g_autoptr (KhCookieJar) jar = kh_cookie_jar_new (&random, 0);
  KhAddr addr = make_addr (KH_FAMILY_IPV4, 1, 1000);
  guint8 cookie[KH_COOKIE_SIZE], other[KH_COOKIE_SIZE];

  kh_cookie_jar_make (jar, &addr, cookie, made_at_us);
  for (gint64 at = made_at_us; touch && at < checked_at_us; at += KH_COOKIE_PERIOD_US / 7)
    kh_cookie_jar_make (jar, &addr, other, at);
  return kh_cookie_jar_check (jar, &addr, cookie, checked_at_us);
}

static void
test_rollover (void)
{
  const gint64 period = KH_COOKIE_PERIOD_US;

  for (int touch = 0; touch < 2; touch++)
    {
      g_assert_true (is_good (0, period - 1, touch));
      g_assert_true (is_good (0, period, touch));
      g_assert_true (is_good (0, 2 * period - 1, touch));
      g_assert_false (is_good (0, 2 * period, touch));
      g_assert_false (is_good (0, 3 * period, touch));
      g_assert_false (is_good (0, 1000 * period, touch));
      g_assert_true (is_good (period - 1, 2 * period - 1, touch));
      g_assert_false (is_good (period - 1, 2 * period, touch));
      g_assert_true (is_good (5 * period, 6 * period + 1, touch));
    }
}

static void
test_changes (void)
{
  KhRandom random = hex_random ();
  g_autoptr (KhCookieJar) jar = kh_cookie_jar_new (&random, 0);
  KhAddr addr = make_addr (KH_FAMILY_IPV4, 1, 1000);
  guint8 first[KH_COOKIE_SIZE], again[KH_COOKIE_SIZE], later[KH_COOKIE_SIZE];

  kh_cookie_jar_make (jar, &addr, first, 0);
  kh_cookie_jar_make (jar, &addr, again, 1);
  kh_cookie_jar_make (jar, &addr, later, KH_COOKIE_PERIOD_US);
  g_assert_cmpmem (first, KH_COOKIE_SIZE, again, KH_COOKIE_SIZE);
  g_assert_true (memcmp (first + 8, later + 8, KH_COOKIE_SIZE - 8) != 0);
  g_assert_true (kh_cookie_jar_check (jar, &addr, first, KH_COOKIE_PERIOD_US));
  g_assert_true (kh_cookie_jar_check (jar, &addr, later, KH_COOKIE_PERIOD_US));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cookie/address", test_address);
  g_test_add_func ("/cookie/rollover", test_rollover);
  g_test_add_func ("/cookie/changes", test_changes);
  return g_test_run ();
}
