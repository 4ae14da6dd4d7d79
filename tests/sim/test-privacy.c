/* test-privacy.c: who wants the relay always, or never, has it so
 *
 * Every datagram to and from both computers is looked at.
 */
#include "scene.h"

#define PATIENCE_US (20 * KH_SIM_SECOND)
#define SEARCH_PATIENCE_US (2 * KH_SIM_MINUTE)
#define SEARCH_SEEDS 5

typedef struct
{
  KhAddr server;
  KhAddr own; /* to find out whether its gateway hairpins tells nobody anything; may be absent */
  guint sent, received; /* datagrams to and from anybody else */
} Watch;

static void
watch (const KhSimPacket *packet, gboolean sent, gpointer user_data)
{
  Watch *self = user_data;
  const KhAddr *other = sent ? &packet->dst : &packet->src;

  if (kh_addr_equal_ip (other, &self->server) || kh_addr_equal_ip (other, &self->own))
    return;
  if (sent)
    self->sent++;
  else
    self->received++;
}

static void
begin_watch (KhSimScene *scene, KhSimPeer *peer, KhSimPort *door, Watch *ret_watch)
{
  *ret_watch = (Watch){ .server = kh_sim_scene_get_server_addr (scene) };
  if (door)
    ret_watch->own = *kh_sim_port_get_ip (door);
  kh_sim_host_set_tap (peer->host, watch, ret_watch);
}

static void
assert_unseen (const Watch *self)
{
  g_assert_cmpuint (self->sent, ==, 0);
  g_assert_cmpuint (self->received, ==, 0);
}

static void
set_policy (KhSimPeer *peer, KhRelayPolicy policy)
{
  kh_node_set_relay_policy (peer->node, policy, kh_sim_world_now (peer->world));
  kh_sim_host_pump (peer->host);
}

static gboolean
both_relayed (gpointer user_data)
{
  KhSimScene *scene = user_data;
  const KhSimTalk *a = kh_sim_peer_get_talk (scene->a, scene->b);
  const KhSimTalk *b = kh_sim_peer_get_talk (scene->b, scene->a);

  return a->has_path && b->has_path && a->path.path.kind == KH_PATH_RELAY &&
         b->path.path.kind == KH_PATH_RELAY;
}

static void
talk_on (KhSimScene *scene, gint64 patience_us)
{
  kh_sim_peer_say (scene->a, scene->b, 5);
  kh_sim_peer_say (scene->b, scene->a, 5);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, patience_us));
}

static void
assert_same_session (KhSimScene *scene)
{
  g_assert_cmpint (kh_sim_peer_get_talk (scene->a, scene->b)->n_sessions, ==, 1);
  g_assert_cmpint (kh_sim_peer_get_talk (scene->b, scene->a)->n_sessions, ==, 1);
}

static void
assert_verdict (KhSimPeer *peer, KhSimPeer *other, KhVerdictKind kind, KhVerdictWho who)
{
  KhNodeVerdict verdict;

  g_assert_true (kh_node_get_verdict (peer->node, &other->id, &verdict));
  g_assert_cmpstr (kh_verdict_kind_to_string (verdict.verdict.kind), ==,
                   kh_verdict_kind_to_string (kind));
  g_assert_cmpstr (kh_verdict_who_to_string (verdict.verdict.who), ==,
                   kh_verdict_who_to_string (who));
}

/* Nothing but the relay is known of how to reach @other; nor anything of its network. */
static void
assert_unknown (KhSimPeer *peer, KhSimPeer *other)
{
  KhNodeVerdict verdict;
  const KhTimelineEntry *entries;
  const KhPath *path;
  gboolean in_use;
  guint n;

  for (guint i = 0; (path = kh_node_get_nth_path (peer->node, &other->id, i, &in_use)); i++)
    g_assert_cmpint (path->kind, ==, KH_CANDIDATE_RELAY);
  g_assert_true (kh_node_get_verdict (peer->node, &other->id, &verdict));
  g_assert_true (
      kh_nat_behaviour_equal (&verdict.theirs, &(KhNatBehaviour){ .is_relay_only = TRUE }));
  entries = kh_timeline_get (verdict.timeline, &n, NULL);
  for (guint i = 0; i < n; i++)
    g_assert_false (kh_addr_is_unicast (&entries[i].path.remote));
}

static void
live_on (KhSimScene *scene)
{
  KhAddr ip = kh_addr_ipv4 (203, 0, 113, 9, 0);

  kh_sim_world_run (scene->world, 10 * KH_SIM_MINUTE);
  if (scene->nat_b)
    kh_sim_nat_rebind (scene->nat_b, NULL);
  talk_on (scene, KH_SIM_MINUTE);
  kh_sim_host_attach (scene->a->host, scene->core, &ip);
  kh_sim_peer_update_addresses (scene->a);
  kh_sim_peer_update_addresses (scene->b);
  talk_on (scene, KH_SIM_MINUTE);
  g_assert_true (both_relayed (scene));
}

/* As kh_sim_scene_make_contacts(), with Ada's policy from the first moment. */
static void
make_contacts (KhSimScene *scene, KhRelayPolicy ada)
{
  kh_sim_scene_start_server (scene);
  kh_sim_scene_start_peer (scene, scene->a);
  set_policy (scene->a, ada);
  kh_sim_scene_start_peer (scene, scene->b);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_registered, PATIENCE_US));
  kh_sim_peer_set_policy (scene->a, scene->b, KH_POLICY_ACCEPT);
  kh_sim_peer_set_policy (scene->b, scene->a, KH_POLICY_ACCEPT);
  kh_sim_peer_say (scene->a, scene->b, 5);
  kh_sim_peer_say (scene->b, scene->a, 5);
}

/* --- always ------------------------------------------------------------------------------ */

/* Ada hides; Bob does as he likes. Neither sends a packet to the other, whatever happens. */
static void
hide (const KhSimHome *a, const KhSimHome *b, gboolean ada_calls)
{
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (1), a, b);
  Watch ada, bob;

  begin_watch (scene, scene->a, scene->door_a, &ada);
  begin_watch (scene, scene->b, scene->door_b, &bob);
  ada.own = (KhAddr){ 0 };
  make_contacts (scene, KH_RELAY_ALWAYS);
  kh_sim_peer_connect (ada_calls ? scene->a : scene->b, ada_calls ? scene->b : scene->a, TRUE);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, PATIENCE_US));
  assert_unknown (scene->b, scene->a);
  assert_verdict (scene->a, scene->b, KH_VERDICT_PRIVACY, KH_VERDICT_US);
  assert_verdict (scene->b, scene->a, KH_VERDICT_PRIVACY, KH_VERDICT_THEM);
  live_on (scene);
  assert_unknown (scene->b, scene->a);
  assert_same_session (scene);
  assert_unseen (&ada);
  assert_unseen (&bob);
}

static void
test_always (void)
{
  KhSimHome open = { 0 };
  KhSimHome cone = { .nat = kh_sim_nat_find_kind ("full-cone") };
  KhSimHome random = { .nat = kh_sim_nat_find_kind ("symmetric") };
  KhSimHome both = { .nat = kh_sim_nat_find_kind ("masquerade"), .ipv6 = TRUE };

  hide (&cone, &cone, TRUE);
  hide (&cone, &cone, FALSE);
  hide (&open, &random, TRUE);
  hide (&random, &open, FALSE);
  hide (&both, &both, TRUE);
  hide (&cone, NULL, TRUE);
}

/* The direct path that they have is left at once, in the same session, and found again when Ada
 * does not hide any more. */
static void
test_always_from_now_on (void)
{
  for (guint i = 0; i < 2; i++)
    {
      KhSimHome cone = { .nat = kh_sim_nat_find_kind ("full-cone") };
      g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (2 + i), &cone, &cone);
      Watch ada, bob;

      make_contacts (scene, KH_RELAY_AUTO);
      kh_sim_peer_connect (i ? scene->a : scene->b, i ? scene->b : scene->a, TRUE);
      g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
      kh_sim_world_run (scene->world, i * 10 * KH_SIM_MINUTE);
      kh_sim_peer_say (scene->a, scene->b, 100);
      kh_sim_peer_say (scene->b, scene->a, 100);
      begin_watch (scene, scene->a, scene->door_a, &ada);
      set_policy (scene->a, KH_RELAY_ALWAYS);
      g_assert_true (kh_sim_scene_wait (scene, both_relayed, PATIENCE_US));
      kh_sim_world_run (scene->world, KH_SIM_SECOND);
      begin_watch (scene, scene->b, scene->door_b, &bob);
      g_assert_cmpuint (ada.sent, ==, 0);
      ada.received = 0;
      live_on (scene);
      assert_unseen (&ada);
      assert_unseen (&bob);
      set_policy (scene->a, KH_RELAY_AUTO);
      g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_direct, PATIENCE_US));
      talk_on (scene, KH_SIM_SECOND);
      assert_same_session (scene);
    }
}

/* Bob does not hear that Ada hides, for the server is gone; he goes on sending to where she was.
 * She takes nothing of it, and says nothing to it. */
static void
test_nothing_is_let_in (void)
{
  KhSimHome open = { 0 };
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (4), &open, &open);
  KhNodeStats before, after;
  guint32 received;
  Watch ada;

  make_contacts (scene, KH_RELAY_AUTO);
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
  kh_sim_scene_kill_server (scene);
  set_policy (scene->a, KH_RELAY_ALWAYS);
  begin_watch (scene, scene->a, scene->door_a, &ada);
  kh_node_get_stats (scene->a->node, &before);
  received = kh_sim_peer_get_talk (scene->a, scene->b)->received;
  kh_sim_peer_say (scene->b, scene->a, 10);
  kh_sim_world_run (scene->world, 5 * KH_SIM_SECOND);
  kh_node_get_stats (scene->a->node, &after);
  g_assert_cmpuint (ada.sent, ==, 0);
  g_assert_cmpuint (ada.received, >, 10);
  g_assert_cmpuint (after.refused - before.refused, ==, ada.received);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->a, scene->b)->received, ==, received);
  kh_sim_scene_start_server (scene);
  talk_on (scene, KH_SIM_MINUTE);
  g_assert_true (both_relayed (scene));
}

/* All but Bob are hidden from. */
static void
test_but_for_one (void)
{
  KhSimHome cone = { .nat = kh_sim_nat_find_kind ("port-restricted") };
  KhSimHome random = { .nat = kh_sim_nat_find_kind ("symmetric") };
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (5), &random, &cone);
  KhRelayPolicy automatic = KH_RELAY_AUTO;

  make_contacts (scene, KH_RELAY_ALWAYS);
  g_assert_false (kh_node_may_go_direct (scene->a->node));
  kh_node_set_peer_relay_policy (scene->a->node, &scene->b->id, &automatic,
                                 kh_sim_world_now (scene->world));
  g_assert_true (kh_node_may_go_direct (scene->a->node));
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  /* Which takes a search, and for that Ada's NAT must be known after all. */
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, KH_SIM_MINUTE));
  kh_node_set_peer_relay_policy (scene->a->node, &scene->b->id, NULL,
                                 kh_sim_world_now (scene->world));
  kh_sim_host_pump (scene->a->host);
  g_assert_true (kh_sim_scene_wait (scene, both_relayed, PATIENCE_US));
  talk_on (scene, KH_SIM_SECOND);
  assert_same_session (scene);
}

/* --- never ------------------------------------------------------------------------------- */

/* Where there is a direct path, it is all that is used: at no moment a relay. */
static void
test_never (void)
{
  KhSimHome cone = { .nat = kh_sim_nat_find_kind ("port-restricted") };
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (6), &cone, &cone);
  KhSimTalk *talks[2];

  make_contacts (scene, KH_RELAY_NEVER);
  kh_sim_peer_connect (scene->b, scene->a, TRUE);
  talks[0] = kh_sim_peer_get_talk (scene->a, scene->b);
  talks[1] = kh_sim_peer_get_talk (scene->b, scene->a);
  for (gint64 end_us = kh_sim_world_now (scene->world) + KH_SIM_MINUTE;
       kh_sim_world_step (scene->world, end_us);)
    for (guint i = 0; i < 2; i++)
      g_assert_false (talks[i]->has_path && talks[i]->path.path.kind == KH_PATH_RELAY);
  g_assert_true (kh_sim_scene_is_met (scene));
}

/* What is to be searched for is, with nothing said but in introductions. */
static void
search_without_relay (const char *nat_a, const char *nat_b)
{
  KhSimHome a = { .nat = kh_sim_nat_find_kind (nat_a) };
  KhSimHome b = { .nat = kh_sim_nat_find_kind (nat_b) };
  guint64 n = kh_sim_seed_is_given () ? 1 : kh_sim_seeds (SEARCH_SEEDS);

  for (guint64 seed = 1; seed <= n; seed++)
    {
      g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (seed), &a, &b);
      gint64 begun_us;

      make_contacts (scene, KH_RELAY_NEVER);
      begun_us = kh_sim_world_now (scene->world);
      kh_sim_peer_connect (scene->a, scene->b, TRUE);
      g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, SEARCH_PATIENCE_US));
      g_test_message ("%s, %s: after %" G_GINT64_FORMAT " ms", nat_a, nat_b,
                      (kh_sim_world_now (scene->world) - begun_us) / KH_SIM_MS);
    }
}

static void
test_never_with_search (void)
{
  search_without_relay ("symmetric", "port-restricted");
  search_without_relay ("port-restricted", "symmetric");
  search_without_relay ("symmetric-sequential", "port-restricted");
  search_without_relay ("port-restricted", "symmetric-sequential-busy");
  search_without_relay ("symmetric-sequential", "symmetric-sequential-busy");
  search_without_relay ("symmetric-sequential-busy", "symmetric-sequential-2");
}

static gboolean
has_bob_no_path (gpointer user_data)
{
  KhSimScene *scene = user_data;

  return kh_sim_peer_get_state (scene->b, scene->a) == KH_PEER_NO_PATH;
}

/* Where there is none, both are told so, and it is found when Ada allows the relay after all. */
static void
test_never_and_impossible (void)
{
  KhSimHome random = { .nat = kh_sim_nat_find_kind ("symmetric") };
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (7), &random, &random);

  make_contacts (scene, KH_RELAY_NEVER);
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  kh_sim_peer_connect (scene->b, scene->a, TRUE);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_has_no_path, PATIENCE_US));
  g_assert_cmpint (kh_node_get_barred (scene->a->node, &scene->b->id), ==, KH_VERDICT_US);
  g_assert_true (kh_sim_scene_wait (scene, has_bob_no_path, PATIENCE_US));
  g_assert_cmpint (kh_node_get_barred (scene->b->node, &scene->a->id), ==, KH_VERDICT_THEM);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->b, scene->a)->received, ==, 0);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->a, scene->b)->received, ==, 0);
  set_policy (scene->a, KH_RELAY_AUTO);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, PATIENCE_US));
  g_assert_cmpint (kh_node_get_barred (scene->a->node, &scene->b->id), ==, KH_VERDICT_NOBODY);
  /* And the other way round: what is relayed ends. */
  set_policy (scene->a, KH_RELAY_NEVER);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_has_no_path, 2 * KH_SIM_MINUTE));
}

/* --- the local network ------------------------------------------------------------------- */

static void
set_local_network (KhSimPeer *peer, gboolean is_used)
{
  kh_node_set_local_network (peer->node, is_used, kh_sim_world_now (peer->world));
  kh_sim_host_pump (peer->host);
}

/* Two in one home, of whom one wants nothing within it: from the first moment, not, and again.
 * Their gateway does not hairpin, so the relay is all that is left. */
static void
test_local_network (void)
{
  KhSimHome home = { .nat = kh_sim_nat_find_kind ("port-restricted") };
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (8), &home, NULL);
  const KhPath *path;
  gboolean in_use;
  Watch bob;

  begin_watch (scene, scene->b, scene->door_a, &bob);
  make_contacts (scene, KH_RELAY_AUTO);
  set_local_network (scene->b, FALSE);
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, PATIENCE_US));
  kh_sim_world_run (scene->world, KH_SIM_MINUTE);
  talk_on (scene, KH_SIM_SECOND);
  g_assert_true (both_relayed (scene));
  g_assert_cmpuint (bob.sent, ==, 0);
  for (guint i = 0; (path = kh_node_get_nth_path (scene->a->node, &scene->b->id, i, &in_use)); i++)
    g_assert_false (kh_addr_is_private (&path->remote));

  set_local_network (scene->b, TRUE);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_direct, PATIENCE_US));
  kh_sim_world_run (scene->world, KH_SIM_SECOND);
  bob.sent = 0;
  set_local_network (scene->b, FALSE);
  talk_on (scene, PATIENCE_US);
  g_assert_true (kh_sim_scene_wait (scene, both_relayed, PATIENCE_US));
  g_assert_cmpuint (bob.sent, ==, 0);
  assert_same_session (scene);
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  g_test_add_func ("/sim/privacy/always", test_always);
  g_test_add_func ("/sim/privacy/always-from-now-on", test_always_from_now_on);
  g_test_add_func ("/sim/privacy/nothing-is-let-in", test_nothing_is_let_in);
  g_test_add_func ("/sim/privacy/but-for-one", test_but_for_one);
  g_test_add_func ("/sim/privacy/never", test_never);
  g_test_add_func ("/sim/privacy/never-with-search", test_never_with_search);
  g_test_add_func ("/sim/privacy/never-and-impossible", test_never_and_impossible);
  g_test_add_func ("/sim/privacy/local-network", test_local_network);
  return g_test_run ();
}
