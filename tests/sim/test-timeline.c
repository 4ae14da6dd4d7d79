/* test-timeline.c: what a session keeps of how its path was looked for */
#include "scene.h"

#define PATIENCE_US (60 * KH_SIM_SECOND)

static KhSimScene *
begin (const char *nat_a, const char *nat_b)
{
  KhSimHome a = { .nat = kh_sim_nat_find_kind (nat_a) };
  KhSimHome b = { .nat = kh_sim_nat_find_kind (nat_b) };
  KhSimScene *scene = kh_sim_scene_new (kh_sim_seed (1), &a, &b);

  kh_sim_scene_begin_meeting (scene, 5);
  return scene;
}

static const KhTimelineEntry *
timeline_of (KhSimPeer *peer, KhSimPeer *other, guint *ret_n)
{
  KhNodeVerdict verdict;
  const KhTimelineEntry *entries;
  guint dropped;

  g_assert_true (kh_node_get_verdict (peer->node, &other->id, &verdict));
  entries = kh_timeline_get (verdict.timeline, ret_n, &dropped);
  g_assert_cmpuint (dropped, ==, 0);
  for (guint i = 0; i < *ret_n; i++)
    {
      g_test_message ("%8.3f %s %s times=%u checks=%u",
                      (double) (entries[i].at_us - entries[0].at_us) / KH_SIM_SECOND,
                      kh_timeline_type_to_string (entries[i].type),
                      kh_candidate_kind_to_string (entries[i].path.kind), entries[i].times,
                      entries[i].n_checks);
      g_assert_cmpint (entries[i].last_us, >=, entries[i].at_us);
    }
  return entries;
}

/* The next entry of @type from *@at on; *@at is behind it then. */
static const KhTimelineEntry *
next_of (const KhTimelineEntry *entries, guint n, guint *at, KhTimelineType type)
{
  while (*at < n)
    if (entries[(*at)++].type == type)
      return &entries[*at - 1];
  g_error ("no %s in the timeline", kh_timeline_type_to_string (type));
}

/* Random ports against one that filters by port: checks in vain, then a search. */
static void
test_search (void)
{
  g_autoptr (KhSimScene) scene = begin ("port-restricted", "symmetric");
  const KhTimelineEntry *entries;
  guint n, at = 0;

  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_direct, PATIENCE_US));
  kh_sim_world_run (scene->world, 10 * KH_SIM_SECOND);
  entries = timeline_of (scene->a, scene->b, &n);
  next_of (entries, n, &at, KH_TIMELINE_BEGUN);
  next_of (entries, n, &at, KH_TIMELINE_CANDIDATE);
  g_assert_cmpint (next_of (entries, n, &at, KH_TIMELINE_CHOSEN)->reason, ==, KH_PATH_REASON_FIRST);
  next_of (entries, n, &at, KH_TIMELINE_CHECKED);
  g_assert_cmpint (next_of (entries, n, &at, KH_TIMELINE_SEARCH_BEGUN)->technique, ==,
                   KH_TECHNIQUE_BIRTHDAY);
  g_assert_cmpint (next_of (entries, n, &at, KH_TIMELINE_CANDIDATE)->path.kind, ==,
                   KH_CANDIDATE_PRFLX);
  g_assert_cmpint (next_of (entries, n, &at, KH_TIMELINE_PATH_VALID)->path.kind, ==,
                   KH_CANDIDATE_PRFLX);
  g_assert_cmpint (next_of (entries, n, &at, KH_TIMELINE_CHOSEN)->reason, ==,
                   KH_PATH_REASON_DIRECT);
}

/* What is tried in vain for a day is told once, and how often. */
static void
test_relayed_for_a_day (void)
{
  g_autoptr (KhSimScene) scene = begin ("symmetric", "symmetric");
  const KhTimelineEntry *entries;
  const KhTimelineEntry *failed;
  guint n, at = 0;

  kh_sim_world_run (scene->world, 24 * 60 * KH_SIM_MINUTE);
  entries = timeline_of (scene->a, scene->b, &n);
  g_assert_cmpuint (n, <, KH_TIMELINE_MAX / 2);
  failed = next_of (entries, n, &at, KH_TIMELINE_PATH_FAILED);
  g_assert_cmpuint (failed->n_checks, >, 0);
  g_assert_cmpuint (failed->times, >, 20);
  g_assert_cmpint (failed->last_us - failed->at_us, >, 20 * 60 * KH_SIM_MINUTE);
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  g_test_add_func ("/sim/timeline/search", test_search);
  g_test_add_func ("/sim/timeline/relayed-for-a-day", test_relayed_for_a_day);
  return g_test_run ();
}
