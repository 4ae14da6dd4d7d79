/* test-ladder.c: from what the gateways do to what is done about it (DESIGN 8)
 *
 * What a node finds out about its network is held against what the simulator knows.
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

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  g_test_add_func ("/sim/ladder/behaviours", test_behaviours);
  return g_test_run ();
}
