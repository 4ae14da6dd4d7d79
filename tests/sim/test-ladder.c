/* test-ladder.c: from what the gateways do to what is done about it
 *
 * What a node finds out about its network, and says of why it is connected as it is, is held
 * against what the simulator knows. test-matrix.c has every pair of networks, and
 * test-search-rates.c how often a search succeeds.
 */
#include "scene.h"

/* Longer than the questions that nobody answers take. */
#define DISCOVERY_US (8 * KH_SIM_SECOND)

static KhNatMapping
expected_mapping (const KhSimNatConfig *nat)
{
  if (!nat || nat->firewall)
    return KH_NAT_MAPPING_NONE;
  /* From one address of a server, what depends on the address alone looks independent; and so does
   * what keeps the port as long as it can. */
  return nat->mapping != KH_SIM_ADDRESS_AND_PORT_DEPENDENT || nat->ports == KH_SIM_PORTS_PRESERVING
             ? KH_NAT_MAPPING_INDEPENDENT
             : KH_NAT_MAPPING_DEPENDENT;
}

static KhNatPorts
expected_ports (const KhSimNatConfig *nat)
{
  if (!nat || nat->firewall)
    return KH_NAT_PORTS_UNKNOWN;
  switch (nat->ports)
    {
    case KH_SIM_PORTS_PRESERVING:
      return KH_NAT_PORTS_PRESERVING;
    case KH_SIM_PORTS_SEQUENTIAL:
      return KH_NAT_PORTS_SEQUENTIAL;
    case KH_SIM_PORTS_RANDOM:
      return KH_NAT_PORTS_RANDOM;
    }
  g_assert_not_reached ();
}

static void
check_behaviour (const KhSimNatConfig *nat, const KhNatBehaviour *found)
{
  gboolean by_port = nat && nat->filtering == KH_SIM_ADDRESS_AND_PORT_DEPENDENT;
  g_autofree char *text = kh_nat_behaviour_to_string (found);

  g_test_message ("%s: %s", nat ? nat->name : "public", text);
  g_assert_cmpint (found->mapping, ==, expected_mapping (nat));
  g_assert_cmpint (found->ports, ==, expected_ports (nat));
  g_assert_cmpint (found->filtering, ==,
                   by_port ? KH_NAT_FILTERING_BY_PORT : KH_NAT_FILTERING_IGNORES_PORTS);
  if (nat && nat->ports == KH_SIM_PORTS_SEQUENTIAL)
    g_assert_cmpint (found->step, ==, nat->step);
  if (nat && !nat->firewall)
    g_assert_cmpint (found->hairpin, ==, nat->hairpin ? KH_NAT_HAIRPIN_YES : KH_NAT_HAIRPIN_NO);
}

static void
discover (guint64 seed, const KhSimNatConfig *nat, double loss)
{
  KhSimHome home = { .nat = nat };
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (seed, &home, &home);
  KhSimHostStats stats;

  kh_sim_scene_start_all (scene);
  if (loss > 0)
    kh_sim_scene_set_paths (scene, &(KhSimLinkConfig){ .loss = loss });
  kh_sim_world_run (scene->world, DISCOVERY_US);
  check_behaviour (nat, kh_node_get_nat_behaviour (scene->a->node));
  /* Gentle: all of it, the link and its handshake too. */
  kh_sim_host_get_stats (scene->a->host, &stats);
  g_assert_cmpuint (stats.datagrams_out, <, 24);
}

static void
test_behaviours (void)
{
  discover (kh_sim_seed (1), NULL, 0);
  for (guint i = 0; i < kh_sim_nat_n_kinds; i++)
    for (guint seed = 1; seed <= 20; seed++)
      discover (kh_sim_seed (seed), &kh_sim_nat_kinds[i], 0);
}

/* Seed 51 of this kind gives both of the server's ports the same one outside, by chance. */
static void
test_chance (void)
{
  discover (kh_sim_seed (51), kh_sim_nat_find_kind ("fragile-symmetric"), 0);
}

/* --- verdicts ---------------------------------------------------------------------------- */

/* After all that is tried has been tried, but for what takes minutes. */
#define SETTLED_US (60 * KH_SIM_SECOND)

static KhVerdict
verdict_of (KhSimPeer *peer, KhSimPeer *other)
{
  KhNodeVerdict verdict;
  guint n;

  g_assert_true (kh_node_get_verdict (peer->node, &other->id, &verdict));
  kh_timeline_get (verdict.timeline, &n, NULL);
  g_assert_cmpuint (n, >, 0);
  return verdict.verdict;
}

static void
check_verdict (const char *a, const char *b, KhVerdictKind kind, KhVerdictWho who)
{
  KhSimHome home_a = { .nat = kh_sim_nat_find_kind (a) };
  KhSimHome home_b = { .nat = kh_sim_nat_find_kind (b) };
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (1), &home_a, &home_b);
  KhVerdict here, there;

  kh_sim_scene_begin_meeting (scene, 5);
  kh_sim_world_run (scene->world, SETTLED_US);
  here = verdict_of (scene->a, scene->b);
  there = verdict_of (scene->b, scene->a);
  g_assert_cmpstr (kh_verdict_kind_to_string (here.kind), ==, kh_verdict_kind_to_string (kind));
  g_assert_cmpstr (kh_verdict_kind_to_string (there.kind), ==, kh_verdict_kind_to_string (kind));
  g_assert_cmpint (here.who, ==, who);
  g_assert_cmpint (there.who, ==, kh_verdict_who_swap (who));
}

static void
test_verdicts (void)
{
  check_verdict ("port-restricted", "masquerade", KH_VERDICT_DIRECT, KH_VERDICT_NOBODY);
  check_verdict ("symmetric", "port-restricted", KH_VERDICT_DIRECT_SEARCH, KH_VERDICT_NOBODY);
  check_verdict ("masquerade", "symmetric", KH_VERDICT_DIRECT_SEARCH, KH_VERDICT_NOBODY);
  check_verdict ("symmetric-sequential", "symmetric-sequential-busy", KH_VERDICT_DIRECT_SEARCH,
                 KH_VERDICT_NOBODY);
  check_verdict ("symmetric", "symmetric", KH_VERDICT_RANDOM_RANDOM, KH_VERDICT_BOTH);
  check_verdict ("symmetric", "symmetric-sequential", KH_VERDICT_DEPENDENT, KH_VERDICT_US);
  check_verdict ("symmetric-sequential-2", "symmetric", KH_VERDICT_DEPENDENT, KH_VERDICT_THEM);
}

/* --- searches ---------------------------------------------------------------------------- */

static void
search (const char *a, const char *b, guint seeds)
{
  KhSimHome home_a = { .nat = kh_sim_nat_find_kind (a) };
  KhSimHome home_b = { .nat = kh_sim_nat_find_kind (b) };
  guint direct = 0;

  for (guint seed = 1; seed <= seeds; seed++)
    {
      g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (seed), &home_a, &home_b);

      kh_sim_scene_begin_meeting (scene, 5);
      direct += kh_sim_scene_wait (scene, kh_sim_scene_is_direct, SETTLED_US);
      g_assert_false (kh_sim_nat_is_dead (scene->nat_a));
      g_assert_false (kh_sim_nat_is_dead (scene->nat_b));
    }
  g_test_message ("%s and %s: %u of %u direct", a, b, direct, seeds);
}

/* Routers that die of too much: each search is known to go as far as it is let. */
static void
test_fragile (void)
{
  static const char *const others[] = { "symmetric", "port-restricted", "fragile-symmetric" };
  static const char *const fragile[] = { "fragile", "fragile-symmetric" };

  for (guint i = 0; i < G_N_ELEMENTS (fragile); i++)
    for (guint j = 0; j < G_N_ELEMENTS (others); j++)
      search (fragile[i], others[j], kh_sim_seed_is_given () ? 1 : kh_sim_seeds (20));
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  g_test_add_func ("/sim/ladder/behaviours", test_behaviours);
  g_test_add_func ("/sim/ladder/chance", test_chance);
  g_test_add_func ("/sim/ladder/verdicts", test_verdicts);
  g_test_add_func ("/sim/ladder/fragile", test_fragile);
  return g_test_run ();
}
