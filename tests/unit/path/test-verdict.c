/* test-verdict.c: every cause by its name, the same from both sides */
#include "path/verdict.h"

#include "path/timeline.h"

static const KhVerdictSide easy = {
  .nat = { .mapping = KH_NAT_MAPPING_INDEPENDENT, .ports = KH_NAT_PORTS_RANDOM }, .has_ipv4 = TRUE
};
static const KhVerdictSide hard = {
  .nat = { .mapping = KH_NAT_MAPPING_DEPENDENT, .ports = KH_NAT_PORTS_RANDOM }, .has_ipv4 = TRUE
};
static const KhVerdictSide sequential = {
  .nat = { .mapping = KH_NAT_MAPPING_DEPENDENT, .ports = KH_NAT_PORTS_SEQUENTIAL, .step = 1 },
  .has_ipv4 = TRUE
};
static const KhVerdictSide mapped = {
  .nat = { .mapping = KH_NAT_MAPPING_DEPENDENT, .ports = KH_NAT_PORTS_RANDOM, .is_mapped = TRUE },
  .has_ipv4 = TRUE
};
static const KhVerdictSide hidden = { .nat = { .is_relay_only = TRUE }, .has_ipv4 = TRUE };
static const KhVerdictSide blocked = { .nat = { .udp_blocked = TRUE }, .has_ipv4 = TRUE };
static const KhVerdictSide only_ipv6 = { .has_ipv6 = TRUE };
static const KhVerdictSide both_families = { .has_ipv4 = TRUE, .has_ipv6 = TRUE };

static void
check_relayed (const KhVerdictSide *us,
               const KhVerdictSide *them,
               KhVerdictKind kind,
               KhVerdictWho who)
{
  const KhVerdictEvidence here = { .ours = *us, .theirs = *them, .is_connected = TRUE };
  const KhVerdictEvidence there = { .ours = *them, .theirs = *us, .is_connected = TRUE };
  KhVerdict a = kh_verdict_reach (&here);
  KhVerdict b = kh_verdict_reach (&there);

  g_assert_cmpstr (kh_verdict_kind_to_string (a.kind), ==, kh_verdict_kind_to_string (kind));
  g_assert_cmpstr (kh_verdict_who_to_string (a.who), ==, kh_verdict_who_to_string (who));
  g_assert_cmpint (b.kind, ==, kind);
  g_assert_cmpint (b.who, ==, kh_verdict_who_swap (who));
}

static void
test_causes (void)
{
  check_relayed (&hard, &hard, KH_VERDICT_RANDOM_RANDOM, KH_VERDICT_BOTH);
  check_relayed (&easy, &hard, KH_VERDICT_RANDOM_STRICT, KH_VERDICT_THEM);
  check_relayed (&hard, &sequential, KH_VERDICT_DEPENDENT, KH_VERDICT_US);
  check_relayed (&sequential, &easy, KH_VERDICT_UNPREDICTED, KH_VERDICT_US);
  check_relayed (&sequential, &sequential, KH_VERDICT_UNPREDICTED, KH_VERDICT_BOTH);
  check_relayed (&easy, &easy, KH_VERDICT_FIREWALL, KH_VERDICT_NOBODY);
  /* Its random ports keep nobody out. */
  check_relayed (&mapped, &hard, KH_VERDICT_FIREWALL, KH_VERDICT_NOBODY);
  check_relayed (&mapped, &easy, KH_VERDICT_FIREWALL, KH_VERDICT_NOBODY);
  check_relayed (&blocked, &hard, KH_VERDICT_UDP_BLOCKED, KH_VERDICT_US);
  check_relayed (&blocked, &blocked, KH_VERDICT_UDP_BLOCKED, KH_VERDICT_BOTH);
  check_relayed (&easy, &only_ipv6, KH_VERDICT_NO_FAMILY, KH_VERDICT_THEM);
  check_relayed (&both_families, &only_ipv6, KH_VERDICT_FIREWALL, KH_VERDICT_NOBODY);
  /* What a person chose comes before what a network does. */
  check_relayed (&hidden, &blocked, KH_VERDICT_PRIVACY, KH_VERDICT_US);
}

static void
test_hairpin (void)
{
  KhVerdictEvidence evidence = {
    .ours = easy, .theirs = easy, .is_connected = TRUE, .same_outside = TRUE
  };

  g_assert_cmpint (kh_verdict_reach (&evidence).kind, ==, KH_VERDICT_NO_HAIRPIN);
  g_assert_cmpint (kh_verdict_reach (&evidence).who, ==, KH_VERDICT_BOTH);
  evidence.ours.nat.hairpin = KH_NAT_HAIRPIN_YES;
  g_assert_cmpint (kh_verdict_reach (&evidence).kind, ==, KH_VERDICT_FIREWALL);
}

static void
test_direct (void)
{
  KhVerdictEvidence evidence = { .ours = hard, .theirs = hard };

  g_assert_cmpint (kh_verdict_reach (&evidence).kind, ==, KH_VERDICT_NOT_CONNECTED);
  evidence.is_connected = TRUE;
  evidence.is_trying = TRUE;
  g_assert_cmpint (kh_verdict_reach (&evidence).kind, ==, KH_VERDICT_TRYING);
  evidence.is_direct = TRUE;
  g_assert_cmpint (kh_verdict_reach (&evidence).kind, ==, KH_VERDICT_DIRECT);
  evidence.was_searched = TRUE;
  g_assert_cmpint (kh_verdict_reach (&evidence).kind, ==, KH_VERDICT_DIRECT_SEARCH);
  evidence.is_local = TRUE;
  g_assert_cmpint (kh_verdict_reach (&evidence).kind, ==, KH_VERDICT_DIRECT_LOCAL);
}

/* Those that the plan calls impossible are those that the verdict calls proven, and no others. */
static void
test_agrees_with_plan (void)
{
  const KhVerdictSide *all[] = { &easy, &hard, &sequential, &hidden, &blocked };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    for (guint j = 0; j < G_N_ELEMENTS (all); j++)
      {
        const KhVerdictEvidence evidence = { .ours = *all[i],
                                             .theirs = *all[j],
                                             .is_connected = TRUE };
        KhSearchPlan plan = kh_search_plan (&all[i]->nat, &all[j]->nat, TRUE);

        g_assert_true (kh_verdict_is_proven (kh_verdict_reach (&evidence).kind) ==
                       (plan.technique == KH_TECHNIQUE_IMPOSSIBLE));
      }
}

static void
test_timeline_is_bounded (void)
{
  g_autoptr (KhTimeline) timeline = kh_timeline_new ();
  const KhTimelineEntry *entries;
  guint n;
  guint dropped;

  for (int i = 0; i < 1000; i++)
    kh_timeline_add (timeline, &(KhTimelineEntry){ .type = KH_TIMELINE_LOST, .at_us = i });
  entries = kh_timeline_get (timeline, &n, &dropped);
  g_assert_cmpuint (n, ==, KH_TIMELINE_MAX);
  g_assert_cmpuint (dropped, ==, 1000 - KH_TIMELINE_MAX);
  /* How it began, and how it is. */
  g_assert_cmpint (entries[0].at_us, ==, 0);
  g_assert_cmpint (entries[n - 1].at_us, ==, 999);
  for (guint i = 1; i < n; i++)
    g_assert_cmpint (entries[i].at_us, >, entries[i - 1].at_us);
}

/* Relayed for hours, all paths are checked in vain again and again: that is counted. What is told
 * of a path after another thing was, is told anew. */
static void
test_timeline_counts (void)
{
  g_autoptr (KhTimeline) timeline = kh_timeline_new ();
  KhTimelineEntry checked = { .type = KH_TIMELINE_CHECKED };
  const KhTimelineEntry *entries;
  guint n;

  for (int i = 0; i < 100; i++)
    for (guint8 j = 0; j < 10; j++)
      {
        checked.path.remote = kh_addr_ipv4 (203, 0, 113, j, 5000);
        checked.type = i % 2 == 0 ? KH_TIMELINE_CHECKED : KH_TIMELINE_PATH_FAILED;
        checked.at_us = i;
        kh_timeline_add (timeline, &checked);
      }
  entries = kh_timeline_get (timeline, &n, NULL);
  g_assert_cmpuint (n, ==, 20);
  g_assert_cmpuint (entries[0].times, ==, 50);
  g_assert_cmpint (entries[0].at_us, ==, 0);
  g_assert_cmpint (entries[0].last_us, ==, 98);
  checked.type = KH_TIMELINE_PATH_VALID;
  kh_timeline_add (timeline, &checked);
  checked.type = KH_TIMELINE_PATH_FAILED;
  kh_timeline_add (timeline, &checked);
  entries = kh_timeline_get (timeline, &n, NULL);
  g_assert_cmpuint (n, ==, 22);
  g_assert_cmpuint (entries[21].times, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/path/verdict/causes", test_causes);
  g_test_add_func ("/path/verdict/hairpin", test_hairpin);
  g_test_add_func ("/path/verdict/direct", test_direct);
  g_test_add_func ("/path/verdict/agrees-with-plan", test_agrees_with_plan);
  g_test_add_func ("/path/timeline/is-bounded", test_timeline_is_bounded);
  g_test_add_func ("/path/timeline/counts", test_timeline_counts);
  return g_test_run ();
}
