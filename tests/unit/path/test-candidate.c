/* test-candidate.c: what is offered to a peer, and in what order */
#include "path/candidate.h"

static void
test_gather (void)
{
  KhAddr hosts[3];
  KhAddr seen[2] = { kh_addr_ipv4 (198, 51, 100, 7, 40000) };
  KhCandidate out[KH_CANDIDATES_MAX];
  guint n;

  hosts[0] = kh_addr_ipv4 (192, 168, 1, 2, 4000);
  hosts[1] = kh_addr_ipv4 (192, 168, 1, 2, 4000);
  g_assert_true (kh_addr_parse ("[2001:db8::1]:4000", 0, &hosts[2]));
  n = kh_candidate_gather (hosts, G_N_ELEMENTS (hosts), seen, G_N_ELEMENTS (seen), NULL, 0, out);

  g_assert_cmpuint (n, ==, 3);
  g_assert_cmpint (out[0].kind, ==, KH_CANDIDATE_SRFLX);
  g_assert_true (kh_addr_equal (&out[0].addr, &seen[0]));
  g_assert_cmpint (out[1].kind, ==, KH_CANDIDATE_HOST);
  /* A host address is preferred to a mapped one, and IPv6 to IPv4. */
  g_assert_cmpuint (out[1].priority, >, out[0].priority);
  g_assert_cmpuint (out[2].priority, >, out[1].priority);
}

static void
test_seen_is_own (void)
{
  KhAddr host = kh_addr_ipv4 (203, 0, 113, 5, 4000);
  KhCandidate out[KH_CANDIDATES_MAX];

  /* No NAT: the server sees the interface's own address, offered once. */
  g_assert_cmpuint (kh_candidate_gather (&host, 1, &host, 1, &host, 1, out), ==, 1);
  g_assert_cmpint (out[0].kind, ==, KH_CANDIDATE_HOST);
}

static void
test_mapped (void)
{
  KhAddr host = kh_addr_ipv4 (192, 168, 1, 2, 4000);
  KhAddr seen = kh_addr_ipv4 (198, 51, 100, 7, 40000);
  KhAddr mapped[2] = { kh_addr_ipv4 (198, 51, 100, 7, 4000) };
  KhCandidate out[KH_CANDIDATES_MAX];

  g_assert_cmpuint (kh_candidate_gather (&host, 1, &seen, 1, mapped, 2, out), ==, 3);
  g_assert_cmpint (out[0].kind, ==, KH_CANDIDATE_MAPPED);
  g_assert_true (kh_addr_equal (&out[0].addr, &mapped[0]));
  g_assert_true (kh_candidate_is_usable (&out[0]));
  /* It outlives the mapping that the server has seen. */
  g_assert_cmpuint (out[0].priority, >, out[1].priority);
  g_assert_cmpstr (kh_candidate_kind_to_string (out[0].kind), ==, "mapped");

  /* The same port as the server sees: offered once, as what it is at best. */
  mapped[0] = seen;
  g_assert_cmpuint (kh_candidate_gather (&host, 1, &seen, 1, mapped, 2, out), ==, 2);
  g_assert_cmpint (out[0].kind, ==, KH_CANDIDATE_MAPPED);
}

static void
test_bounded (void)
{
  KhAddr hosts[2 * KH_CANDIDATES_MAX];
  KhAddr seen = kh_addr_ipv4 (198, 51, 100, 7, 40000);
  KhCandidate out[KH_CANDIDATES_MAX];

  for (guint i = 0; i < G_N_ELEMENTS (hosts); i++)
    hosts[i] = kh_addr_ipv4 (10, 0, (guint8) i, 1, 4000);
  g_assert_cmpuint (kh_candidate_gather (hosts, G_N_ELEMENTS (hosts), &seen, 1, NULL, 0, out), ==,
                    KH_CANDIDATES_MAX);
  g_assert_cmpint (out[0].kind, ==, KH_CANDIDATE_SRFLX);
}

static void
test_usable (void)
{
  KhAddr good = kh_addr_ipv4 (10, 0, 0, 1, 4000);
  KhAddr multicast = kh_addr_ipv4 (224, 0, 0, 1, 4000);
  KhAddr portless = kh_addr_ipv4 (10, 0, 0, 1, 0);
  KhCandidate candidate = kh_candidate_make (KH_CANDIDATE_HOST, &good, 1);

  g_assert_true (kh_candidate_is_usable (&candidate));
  candidate.kind = KH_CANDIDATE_PRFLX;
  g_assert_false (kh_candidate_is_usable (&candidate));
  candidate.kind = 99;
  g_assert_false (kh_candidate_is_usable (&candidate));
  candidate = kh_candidate_make (KH_CANDIDATE_HOST, &multicast, 1);
  g_assert_false (kh_candidate_is_usable (&candidate));
  candidate = kh_candidate_make (KH_CANDIDATE_HOST, &portless, 1);
  g_assert_false (kh_candidate_is_usable (&candidate));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/candidate/gather", test_gather);
  g_test_add_func ("/candidate/seen-is-own", test_seen_is_own);
  g_test_add_func ("/candidate/mapped", test_mapped);
  g_test_add_func ("/candidate/bounded", test_bounded);
  g_test_add_func ("/candidate/usable", test_usable);
  return g_test_run ();
}
