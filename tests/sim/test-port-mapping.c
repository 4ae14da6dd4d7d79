/* test-port-mapping.c: a port that the router gives on request, where nothing else helps
 *
 * The router's part is a forward in the simulated gateway, and the asking is left out: what a node
 * makes of the port, and what the two sides then do, is looked at here.
 */
#include "scene.h"

#define SEEDS 20
#define PORT 7000
/* All that is tried, but for what takes minutes, has been tried by then. */
#define SETTLED_US (60 * KH_SIM_SECOND)
/* The frame that says so, by the relay, a check and its answer. */
#define LATE_US (2 * KH_SIM_SECOND)

static const KhSimNatConfig *
kind (const char *name)
{
  const KhSimNatConfig *nat = kh_sim_nat_find_kind (name);

  g_assert_nonnull (nat);
  return nat;
}

/* The router of @peer gives it @port, and says that it leads to its own outside address. */
static KhAddr
map_port (KhSimPeer *peer, KhSimNat *nat, guint16 port)
{
  KhAddr inside = kh_sim_host_get_addr (peer->host, KH_FAMILY_IPV4);
  KhAddr outside = *kh_sim_port_get_ip (kh_sim_nat_get_outer (nat));

  outside.port = port;
  kh_sim_nat_forward (nat, port, &inside);
  kh_node_set_mapped_addresses (peer->node, &outside, 1, kh_sim_world_now (peer->world));
  kh_sim_host_pump (peer->host);
  return outside;
}

static KhNodeVerdict
verdict_of (KhSimPeer *peer, KhSimPeer *other)
{
  KhNodeVerdict verdict;

  g_assert_true (kh_node_get_verdict (peer->node, &other->id, &verdict));
  return verdict;
}

static void
check_direct (KhSimScene *scene)
{
  KhNodeVerdict here = verdict_of (scene->a, scene->b);
  KhNodeVerdict there = verdict_of (scene->b, scene->a);

  g_assert_cmpint (here.verdict.kind, ==, KH_VERDICT_DIRECT);
  g_assert_cmpint (there.verdict.kind, ==, KH_VERDICT_DIRECT);
  g_assert_cmpint (here.ours.is_mapped, ==, there.theirs.is_mapped);
  g_assert_cmpint (here.theirs.is_mapped, ==, there.ours.is_mapped);
  g_assert_true (here.ours.is_mapped || here.theirs.is_mapped);
}

/* The path leads to the port on @peer's side. */
static void
check_goes_to (KhSimPeer *other, KhSimPeer *peer, const KhAddr *mapped)
{
  g_assert_true (kh_addr_equal (&kh_sim_peer_get_talk (other, peer)->path.path.remote, mapped));
}

typedef enum
{
  ON_A, /* who knocks */
  ON_B,
  ON_BOTH,
} Where;

/* Both know of the port when they meet. */
static void
meet (guint64 seed, const char *a, const char *b, Where where)
{
  KhSimHome home_a = { .nat = kind (a) };
  KhSimHome home_b = { .nat = kind (b) };
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (seed, &home_a, &home_b);
  KhAddr at_a, at_b;

  kh_sim_scene_make_contacts (scene, 5);
  if (where != ON_B)
    at_a = map_port (scene->a, scene->nat_a, PORT);
  if (where != ON_A)
    at_b = map_port (scene->b, scene->nat_b, PORT + 1);
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, LATE_US));
  check_direct (scene);
  if (where == ON_A)
    check_goes_to (scene->b, scene->a, &at_a);
  if (where == ON_B)
    check_goes_to (scene->a, scene->b, &at_b);
  /* Nobody searched: what discovery needs, and a handful. */
  g_assert_cmpuint (kh_sim_nat_count_mappings (scene->nat_a), <, 20);
  g_assert_cmpuint (kh_sim_nat_count_mappings (scene->nat_b), <, 20);
}

static void
test_meet (void)
{
  for (guint seed = 1; seed <= kh_sim_seeds (SEEDS); seed++)
    for (Where where = ON_A; where <= ON_BOTH; where++)
      {
        meet (kh_sim_seed (seed), "symmetric", "symmetric", where);
        meet (kh_sim_seed (seed), "symmetric", "port-restricted", where);
        meet (kh_sim_seed (seed), "masquerade", "symmetric-sequential", where);
      }
}

/* The router gives the port while the knock is on its way, which knows nothing of it. */
static void
test_crossing (void)
{
  KhSimHome home = { .nat = kind ("symmetric") };

  for (guint ms = 0; ms <= KH_SIM_ROUND_TRIP_US / KH_SIM_MS + 5; ms += 5)
    {
      g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (ms), &home, &home);

      kh_sim_scene_make_contacts (scene, 5);
      kh_sim_peer_connect (scene->a, scene->b, TRUE);
      kh_sim_world_run (scene->world, ms * KH_SIM_MS);
      map_port (scene->a, scene->nat_a, PORT);
      g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, LATE_US));
      check_direct (scene);
    }
}

/* They have settled for the relay when the router gives the port. */
static void
test_late (void)
{
  KhSimHome home = { .nat = kind ("symmetric") };

  for (guint seed = 1; seed <= kh_sim_seeds (SEEDS); seed++)
    {
      g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (seed), &home, &home);
      KhSimPeer *lucky;
      KhAddr mapped;

      kh_sim_scene_begin_meeting (scene, 5);
      kh_sim_world_run (scene->world, SETTLED_US);
      g_assert_cmpint (verdict_of (scene->a, scene->b).verdict.kind, ==, KH_VERDICT_RANDOM_RANDOM);
      lucky = seed % 2 ? scene->a : scene->b;
      mapped = map_port (lucky, seed % 2 ? scene->nat_a : scene->nat_b, PORT);
      g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_direct, LATE_US));
      kh_sim_world_run (scene->world, LATE_US);
      check_direct (scene);
      check_goes_to (seed % 2 ? scene->b : scene->a, lucky, &mapped);
    }
}

/* The router grants what somebody further out does not let in: the search that there would have
 * been without it comes later. */
static void
test_in_vain (void)
{
  KhSimHome home_a = { .nat = kind ("symmetric") };
  KhSimHome home_b = { .nat = kind ("port-restricted") };
  KhAddr nowhere;

  for (guint seed = 1; seed <= kh_sim_seeds (SEEDS); seed++)
    {
      g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (seed), &home_a, &home_b);

      kh_sim_scene_make_contacts (scene, 5);
      nowhere = map_port (scene->a, scene->nat_a, PORT);
      kh_sim_nat_forward (scene->nat_a, nowhere.port, NULL);
      kh_sim_peer_connect (scene->a, scene->b, TRUE);
      g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, SETTLED_US));
      kh_sim_world_run (scene->world, LATE_US);
      g_assert_false (verdict_of (scene->a, scene->b).ours.is_mapped);
      g_assert_false (verdict_of (scene->b, scene->a).theirs.is_mapped);
    }
}

/* The router's outside is the inside of the provider's: its port leads nowhere, and is not said. */
static void
test_double_nat (void)
{
  KhSimHome home = { .nat = kind ("symmetric"), .outer_nat = kind ("symmetric") };
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (1), &home, &home);

  kh_sim_scene_make_contacts (scene, 5);
  map_port (scene->a, scene->nat_a, PORT);
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  kh_sim_world_run (scene->world, SETTLED_US);
  g_assert_false (kh_node_get_nat_behaviour (scene->a->node)->is_mapped);
  g_assert_cmpint (verdict_of (scene->b, scene->a).verdict.kind, ==, KH_VERDICT_RANDOM_RANDOM);
  g_assert_true (kh_sim_peer_is_heard (scene->a, scene->b));
}

static gboolean
is_hopeless (gpointer user_data)
{
  KhSimScene *scene = user_data;

  return verdict_of (scene->a, scene->b).verdict.kind == KH_VERDICT_RANDOM_RANDOM &&
         verdict_of (scene->b, scene->a).verdict.kind == KH_VERDICT_RANDOM_RANDOM;
}

/* The router takes its port back and forgets all: on the relay again, with the right reason. */
static void
test_lost (void)
{
  KhSimHome home = { .nat = kind ("symmetric") };
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (1), &home, &home);

  kh_sim_scene_make_contacts (scene, 5);
  map_port (scene->a, scene->nat_a, PORT);
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, LATE_US));
  kh_sim_nat_rebind (scene->nat_a, NULL);
  kh_node_set_mapped_addresses (scene->a->node, NULL, 0, kh_sim_world_now (scene->world));
  kh_sim_peer_say (scene->a, scene->b, 5);
  kh_sim_peer_say (scene->b, scene->a, 5);
  kh_sim_host_pump (scene->a->host);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, SETTLED_US));
  g_assert_true (kh_sim_scene_wait (scene, is_hopeless, SETTLED_US));
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  g_test_add_func ("/sim/port-mapping/meet", test_meet);
  g_test_add_func ("/sim/port-mapping/crossing", test_crossing);
  g_test_add_func ("/sim/port-mapping/late", test_late);
  g_test_add_func ("/sim/port-mapping/in-vain", test_in_vain);
  g_test_add_func ("/sim/port-mapping/double-nat", test_double_nat);
  g_test_add_func ("/sim/port-mapping/lost", test_lost);
  return g_test_run ();
}
