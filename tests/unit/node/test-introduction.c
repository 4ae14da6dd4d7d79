/* test-introduction.c: what travels inside the handshake, and what is refused */
#include <string.h>

#include "node/introduction.h"

static KhIntroduction
example (void)
{
  KhIntroduction self = { .index = 7, .timestamp_us = 1234567, .server_rtt_us = 40000 };

  for (guint i = 0; i < 3; i++)
    {
      KhAddr addr = kh_addr_ipv4 (198, 51, 100, (guint8) (i + 1), 4000);

      self.candidates[i] = kh_candidate_make (KH_CANDIDATE_HOST, &addr, 1);
    }
  self.n_candidates = 3;
  g_strlcpy (self.name, "Ada", sizeof self.name);
  self.has_token = TRUE;
  memset (self.token, 0xa5, sizeof self.token);
  return self;
}

static void
test_round_trip (void)
{
  KhIntroduction in = example ();
  KhIntroduction out;
  guint8 data[KH_INTRODUCTION_MAX];
  gsize len = kh_introduction_write (&in, data);

  g_assert_true (kh_introduction_read (data, len, &out));
  g_assert_cmpuint (out.index, ==, in.index);
  g_assert_cmpint (out.timestamp_us, ==, in.timestamp_us);
  g_assert_cmpint (out.server_rtt_us, ==, in.server_rtt_us);
  g_assert_cmpstr (out.name, ==, "Ada");
  g_assert_cmpuint (out.n_candidates, ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_true (kh_addr_equal (&out.candidates[i].addr, &in.candidates[i].addr));
  g_assert_true (out.has_token);
  g_assert_cmpmem (out.token, sizeof out.token, in.token, sizeof in.token);
}

/* As many candidates as may be, all IPv6, and the longest name. */
static void
test_fits (void)
{
  KhIntroduction in = example ();
  KhIntroduction out;
  guint8 data[KH_INTRODUCTION_MAX];
  gsize len;

  memset (in.name, 0, sizeof in.name);
  for (guint i = 0; i < KH_NAME_CHARS_MAX; i++)
    strcat (in.name, "\360\237\246\211");
  for (guint i = 0; i < KH_CANDIDATES_MAX; i++)
    {
      KhAddr addr;

      g_assert_true (kh_addr_parse ("[2001:db8:1111:2222:3333:4444:5555:6666]:1", 0, &addr));
      addr.port = (guint16) (addr.port + i);
      in.candidates[i] = kh_candidate_make (KH_CANDIDATE_HOST, &addr, (guint16) i);
    }
  in.n_candidates = KH_CANDIDATES_MAX;

  len = kh_introduction_write (&in, data);
  g_assert_cmpuint (len, <=, KH_INTRODUCTION_MAX);
  g_assert_true (kh_introduction_read (data, len, &out));
  g_assert_cmpstr (out.name, ==, in.name);
  g_assert_cmpuint (out.n_candidates, >, 8);
}

static void
test_hostile (void)
{
  KhIntroduction in = example ();
  KhIntroduction out;
  guint8 data[KH_INTRODUCTION_MAX];
  gsize len = kh_introduction_write (&in, data);

  for (gsize cut = 0; cut < len; cut++)
    {
      /* Some cuts read as shorter lists; none may read out of bounds or leave a bad name. */
      g_autofree guint8 *copy = g_memdup2 (data, MAX (cut, 1));

      if (kh_introduction_read (copy, cut, &out))
        g_assert_true (g_utf8_validate (out.name, -1, NULL));
    }

  in.index = 0;
  len = kh_introduction_write (&in, data);
  g_assert_false (kh_introduction_read (data, len, &out));
  in = example ();
  in.timestamp_us = -1;
  len = kh_introduction_write (&in, data);
  g_assert_false (kh_introduction_read (data, len, &out));
}

static void
test_unusable (void)
{
  KhIntroduction in = example ();
  KhIntroduction out;
  guint8 data[KH_INTRODUCTION_MAX];
  gsize len;

  in.candidates[0].addr = kh_addr_ipv4 (255, 255, 255, 255, 4000);
  in.candidates[1].kind = KH_CANDIDATE_PRFLX;
  g_strlcpy (in.name, "Ada\nis \342\200\256here", sizeof in.name);
  len = kh_introduction_write (&in, data);
  g_assert_true (kh_introduction_read (data, len, &out));
  g_assert_cmpuint (out.n_candidates, ==, 1);
  g_assert_cmpstr (out.name, ==, "Ada is here");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/introduction/round-trip", test_round_trip);
  g_test_add_func ("/introduction/fits", test_fits);
  g_test_add_func ("/introduction/hostile", test_hostile);
  g_test_add_func ("/introduction/unusable", test_unusable);
  return g_test_run ();
}
