/* test-roaming.c: what happens to a session when the world changes around it
 *
 * Rebound NATs, new addresses, a server that restarts, stops or comes back with another key, and a
 * pair that has nothing to say.
 */
#include "node/network.h"
#include "scene.h"

#define PATIENCE_US (20 * KH_SIM_SECOND)
/* A session outlives what its paths and its server do to it. */
#define HEAL_PATIENCE_US (2 * KH_SIM_MINUTE)
/* Where a gateway takes early packets for its own, tries must pause for as long as it remembers. */
#define OPEN_PATIENCE_US (5 * KH_SIM_MINUTE)

static KhSimScene *
begin (guint64 seed, const char *nat_a, const char *nat_b)
{
  KhSimHome a = { .nat = kh_sim_nat_find_kind (nat_a) };
  KhSimHome b = { .nat = kh_sim_nat_find_kind (nat_b) };
  KhSimScene *scene = kh_sim_scene_new (kh_sim_seed (seed), &a, &b);

  kh_sim_scene_begin_meeting (scene, 10);
  kh_sim_peer_connect (scene->b, scene->a, TRUE);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
  kh_sim_world_run (scene->world, 5 * KH_SIM_SECOND);
  return scene;
}

static void
talk_on (KhSimScene *scene, gint64 patience_us)
{
  kh_sim_peer_say (scene->a, scene->b, 10);
  kh_sim_peer_say (scene->b, scene->a, 10);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, patience_us));
}

static void
assert_same_session (KhSimScene *scene)
{
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->a, scene->b)->n_sessions, ==, 1);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->b, scene->a)->n_sessions, ==, 1);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->a, scene->b)->n_closed, ==, 0);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->b, scene->a)->n_closed, ==, 0);
}

/* The gateway forgets and gives other ports. */
static void
rebind_both (const char *nat_a, const char *nat_b)
{
  g_autoptr (KhSimScene) scene = begin (1, nat_a, nat_b);
  gboolean open = kh_sim_nat_find_kind (nat_a)->input_open;
  gint64 patience_us = open ? OPEN_PATIENCE_US : HEAL_PATIENCE_US;

  kh_sim_nat_rebind (scene->nat_a, NULL);
  talk_on (scene, patience_us);
  /* and the other one, while nothing is being said */
  kh_sim_nat_rebind (scene->nat_b, NULL);
  kh_sim_world_run (scene->world, 3 * KH_SIM_MINUTE);
  talk_on (scene, patience_us);
}

static void
test_rebinding (void)
{
  rebind_both ("full-cone", "full-cone");
  rebind_both ("port-restricted", "full-cone");
  rebind_both ("full-cone", "port-restricted");
  rebind_both ("port-restricted", "port-restricted");
  rebind_both ("masquerade", "masquerade");
  rebind_both ("masquerade-open", "masquerade-open");
}

/* Between cones a packet from the new port gets through: the session itself goes on. */
static void
test_rebinding_keeps_session (void)
{
  g_autoptr (KhSimScene) scene = begin (2, "full-cone", "full-cone");

  kh_sim_nat_rebind (scene->nat_a, NULL);
  talk_on (scene, PATIENCE_US);
  assert_same_session (scene);
}

/* A forced reconnection of the line at night: another public address, mappings gone. */
static void
test_new_public_address (void)
{
  g_autoptr (KhSimScene) scene = begin (3, "full-cone", "port-restricted");
  KhAddr ip = kh_addr_ipv4 (198, 51, 77, 77, 0);

  kh_sim_nat_rebind (scene->nat_a, &ip);
  talk_on (scene, HEAL_PATIENCE_US);
  g_assert_true (
      kh_addr_equal_ip (&kh_sim_peer_get_talk (scene->b, scene->a)->path.path.remote, &ip));
}

/* From the Wi-Fi at home to a public address elsewhere, with messages on their way. */
static void
test_new_network (void)
{
  g_autoptr (KhSimScene) scene = begin (4, "port-restricted", "port-restricted");
  KhAddr ip = kh_addr_ipv4 (203, 0, 113, 9, 0);

  kh_sim_peer_say (scene->a, scene->b, 50);
  kh_sim_peer_say (scene->b, scene->a, 50);
  kh_sim_world_run (scene->world, 10 * KH_SIM_MS);
  kh_sim_host_attach (scene->a->host, scene->core, &ip);
  kh_sim_peer_update_addresses (scene->a);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, HEAL_PATIENCE_US));
  talk_on (scene, PATIENCE_US);
}

/* A laptop is shut for an hour, both ways of waking up: in the same place, and in another. */
static void
test_long_absence (void)
{
  g_autoptr (KhSimScene) scene = begin (5, "port-restricted", "masquerade");
  KhAddr home = *kh_sim_port_get_ip (kh_sim_host_get_port (scene->a->host, KH_FAMILY_IPV4));

  kh_sim_host_detach (scene->a->host, KH_FAMILY_IPV4);
  kh_sim_peer_update_addresses (scene->a);
  kh_sim_peer_say (scene->b, scene->a, 10);
  kh_sim_world_run (scene->world, 60 * KH_SIM_MINUTE);
  kh_sim_host_attach (scene->a->host, scene->lan_a, &home);
  kh_sim_peer_update_addresses (scene->a);
  talk_on (scene, HEAL_PATIENCE_US);
}

/* A laptop sleeps for so long, and the other person goes on writing. What was written comes within
 * a second of waking up, by the session there was or by a new one. */
static void
sleep_for (guint64 seed, const char *nat_a, gint64 asleep_us)
{
  g_autoptr (KhSimScene) scene = begin (seed, nat_a, "port-restricted");
  gint64 woken_us;

  kh_sim_peer_connect (scene->b, scene->a, TRUE);
  kh_sim_peer_freeze (scene->a);
  kh_sim_peer_say (scene->b, scene->a, 10);
  kh_sim_world_run (scene->world, asleep_us);
  woken_us = kh_sim_world_now (scene->world);
  kh_sim_peer_thaw (scene->a);
  kh_sim_peer_say (scene->a, scene->b, 10);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, HEAL_PATIENCE_US));
  g_test_message ("%s, asleep for %" G_GINT64_FORMAT " s: heard after %" G_GINT64_FORMAT " ms",
                  nat_a, asleep_us / KH_SIM_SECOND,
                  (kh_sim_world_now (scene->world) - woken_us) / KH_SIM_MS);
  g_assert_cmpint (kh_sim_world_now (scene->world) - woken_us, <=, KH_SIM_SECOND);
}

static void
test_sleep (void)
{
  static const char *const nats[] = { "full-cone", "port-restricted", "symmetric" };
  static const gint64 seconds[] = { 5, 30, 100, 600, 8 * 3600 };

  for (guint i = 0; i < G_N_ELEMENTS (nats); i++)
    for (guint j = 0; j < G_N_ELEMENTS (seconds); j++)
      sleep_for (16 + j, nats[i], seconds[j] * KH_SIM_SECOND);
}

static gboolean
both_lost_the_server (gpointer user_data)
{
  KhSimScene *scene = user_data;

  return kh_node_get_link_state (scene->a->node) != KH_LINK_UP &&
         kh_node_get_link_state (scene->b->node) != KH_LINK_UP;
}

/* The server dies and comes back knowing nobody: sessions go on, and everybody registers anew. */
static void
test_server_restart (void)
{
  for (int refuses = 0; refuses < 2; refuses++)
    {
      g_autoptr (KhSimScene) scene = begin (6, "port-restricted", "port-restricted");

      kh_sim_host_set_refuses (scene->server.host, refuses);
      kh_sim_scene_kill_server (scene);
      talk_on (scene, PATIENCE_US);
      g_assert_true (kh_sim_scene_wait (scene, both_lost_the_server, 5 * KH_SIM_MINUTE));
      g_assert_cmpint (scene->a->link.link.trouble, !=, KH_LINK_TROUBLE_NONE);
      talk_on (scene, PATIENCE_US);
      kh_sim_scene_start_server (scene);
      g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_registered, 5 * KH_SIM_MINUTE));
      talk_on (scene, PATIENCE_US);
      assert_same_session (scene);
    }
}

/* So short a break that the clients find out only because the new server does not know them. */
static void
test_server_quick_restart (void)
{
  g_autoptr (KhSimScene) scene = begin (7, "port-restricted", "port-restricted");
  KhServerStats stats;

  kh_sim_scene_kill_server (scene);
  kh_sim_scene_start_server (scene);
  talk_on (scene, PATIENCE_US);
  kh_sim_world_run (scene->world, 3 * KH_SIM_MINUTE);
  kh_server_get_stats (scene->server.server, &stats);
  g_assert_cmpuint (stats.registered, ==, 2);
  g_assert_true (kh_sim_scene_is_registered (scene));
  assert_same_session (scene);
}

static gboolean
server_is_drained (gpointer user_data)
{
  return kh_server_is_drained (((KhSimScene *) user_data)->server.server);
}

static void
test_going_away (void)
{
  g_autoptr (KhSimScene) scene = begin (8, "port-restricted", "port-restricted");

  kh_server_shutdown (scene->server.server, kh_sim_world_now (scene->world));
  kh_sim_host_pump (scene->server.host);
  g_assert_true (kh_sim_scene_wait (scene, server_is_drained, 3 * KH_SIM_SECOND));
  g_assert_true (both_lost_the_server (scene));
  g_assert_cmpint (scene->a->link.link.trouble, ==, KH_LINK_TROUBLE_GOING_AWAY);
  g_assert_cmpint (scene->b->link.link.trouble, ==, KH_LINK_TROUBLE_GOING_AWAY);
  kh_sim_scene_kill_server (scene);
  talk_on (scene, PATIENCE_US);
  kh_sim_world_run (scene->world, 10 * KH_SIM_SECOND);
  kh_sim_scene_start_server (scene);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_registered, 5 * KH_SIM_MINUTE));
  talk_on (scene, PATIENCE_US);
  assert_same_session (scene);
}

static gboolean
ada_was_warned (gpointer user_data)
{
  KhSimScene *scene = user_data;

  return kh_node_get_link_state (scene->a->node) == KH_LINK_KEY_CHANGED;
}

/* Ada's client stops at a changed key, registers nowhere, and goes on when she says so. */
static void
test_server_key_changed (void)
{
  g_autoptr (KhSimScene) scene = begin (9, "port-restricted", "port-restricted");
  KhServerStats stats;

  kh_sim_scene_kill_server (scene);
  kh_sim_scene_change_server_key (scene);
  kh_sim_scene_start_server (scene);
  g_assert_true (kh_sim_scene_wait (scene, ada_was_warned, 5 * KH_SIM_MINUTE));
  g_assert_true (kh_key_equal (&scene->a->link.link.server_key,
                               kh_identity_get_public (scene->server.identity)));
  kh_sim_world_run (scene->world, 10 * KH_SIM_MINUTE);
  g_assert_true (ada_was_warned (scene));
  kh_server_get_stats (scene->server.server, &stats);
  g_assert_cmpuint (stats.handshakes, ==, 0);
  talk_on (scene, PATIENCE_US);
  for (guint i = 0; i < 2; i++)
    {
      KhSimPeer *peer = i == 0 ? scene->a : scene->b;

      kh_node_resume_link (peer->node, &peer->link.link.server_key,
                           kh_sim_world_now (scene->world));
      kh_sim_host_pump (peer->host);
    }
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_registered, PATIENCE_US));
  assert_same_session (scene);
}

static gboolean
link_is_replaced (gpointer user_data)
{
  KhSimPeer *peer = user_data;

  return kh_node_get_link_state (peer->node) == KH_LINK_REPLACED;
}

/* The same identity on a second computer: the first one is told and does not fight for it. */
static void
test_replaced (void)
{
  g_autoptr (KhSimScene) scene = begin (10, "full-cone", "full-cone");
  KhSimPeer *twin = kh_sim_scene_add_public (scene, "twin", 5);
  guint8 secret[KH_KEY_SIZE];

  kh_identity_copy_secret (scene->a->identity, secret);
  kh_identity_free (twin->identity);
  twin->identity = kh_identity_new_from_secret (secret);
  twin->id = scene->a->id;
  kh_sim_scene_start_peer (scene, twin);
  g_assert_true (kh_sim_world_run_until (scene->world, link_is_replaced, scene->a, PATIENCE_US));
  kh_sim_world_run (scene->world, 10 * KH_SIM_MINUTE);
  g_assert_true (link_is_replaced (scene->a));
  g_assert_cmpint (kh_node_get_link_state (twin->node), ==, KH_LINK_UP);
}

/* Keepalives and nothing else: to the server and to the peer, each way at most one and its answer
 * every 15 s. Every wakeup must be for one of them. */
static void
test_idle_is_quiet (void)
{
  g_autoptr (KhSimScene) scene = begin (11, "port-restricted", "port-restricted");
  KhSimHostStats before, after;
  const guint minutes = 30;

  kh_sim_world_run (scene->world, KH_SIM_MINUTE);
  kh_sim_host_get_stats (scene->a->host, &before);
  kh_sim_world_run (scene->world, minutes * KH_SIM_MINUTE);
  kh_sim_host_get_stats (scene->a->host, &after);
  g_test_message ("a minute: %.1f datagrams out, %.1f in, %.1f wakeups",
                  (double) (after.datagrams_out - before.datagrams_out) / minutes,
                  (double) (after.datagrams_in - before.datagrams_in) / minutes,
                  (double) (after.timeouts - before.timeouts) / minutes);
  g_assert_cmpuint (after.datagrams_out - before.datagrams_out, <=, 16 * minutes);
  g_assert_cmpuint (after.datagrams_in - before.datagrams_in, <=, 16 * minutes);
  g_assert_cmpuint (after.timeouts - before.timeouts, <=,
                    after.datagrams_out - before.datagrams_out);
  talk_on (scene, PATIENCE_US);
  assert_same_session (scene);
}

/* Gateways that forget after 30 s of silence, as many do. */
static void
test_idle_outlives_short_mappings (void)
{
  KhSimNatConfig nat = *kh_sim_nat_find_kind ("port-restricted");
  KhSimHome home = { .nat = &nat };
  g_autoptr (KhSimScene) scene = NULL;

  nat.timeout_us = 30 * KH_SIM_SECOND;
  scene = kh_sim_scene_new (kh_sim_seed (12), &home, &home);
  kh_sim_scene_begin_meeting (scene, 5);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
  kh_sim_world_run (scene->world, 30 * KH_SIM_MINUTE);
  talk_on (scene, PATIENCE_US);
  assert_same_session (scene);
}

/* Where a gateway forgets after 20 s, the server must not lose us again and again. */
static void
test_keepalive_adapts (void)
{
  KhSimHome home = { .nat = kh_sim_nat_find_kind ("short-lived") };
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (15), &home, &home);
  guint n;

  kh_sim_scene_start_all (scene);
  kh_sim_world_run (scene->world, 2 * KH_SIM_MINUTE);
  n = scene->a->link_states->len;
  g_assert_cmpuint (n, >, 1);
  kh_sim_world_run (scene->world, 30 * KH_SIM_MINUTE);
  g_assert_cmpuint (scene->a->link_states->len, ==, n);
}

static gboolean
lifetime_is_known (gpointer user_data)
{
  KhSimScene *scene = user_data;

  return kh_node_get_nat_lifetime (scene->a->node)->state != KH_LIFETIME_RUNNING;
}

/* How long a gateway remembers is told between two of the times that are tried, and nobody's router
 * is burdened by it. */
static void
measure_lifetime (const char *kind, gint64 timeout_s, gint64 at_least_s, gint64 less_than_s)
{
  KhSimNatConfig nat = *kh_sim_nat_find_kind (kind);
  KhSimHome home = { .nat = &nat };
  g_autoptr (KhSimScene) scene = NULL;
  const KhNatLifetime *lifetime;
  KhSimNatCounts counts;
  KhSimHostStats before, after;

  nat.timeout_us = timeout_s * KH_SIM_SECOND;
  scene = kh_sim_scene_new (kh_sim_seed (13), &home, &home);
  kh_sim_scene_start_all (scene);
  kh_sim_world_run (scene->world, 5 * KH_SIM_SECOND);
  lifetime = kh_node_get_nat_lifetime (scene->a->node);
  g_assert_cmpint (lifetime->state, ==, KH_LIFETIME_UNKNOWN);
  kh_sim_host_get_stats (scene->a->host, &before);
  g_assert_true (kh_node_measure_lifetime (scene->a->node, kh_sim_world_now (scene->world)));
  g_assert_true (kh_node_measure_lifetime (scene->a->node, kh_sim_world_now (scene->world)));
  kh_sim_host_pump (scene->a->host);
  g_assert_true (kh_sim_scene_wait (scene, lifetime_is_known, 6 * KH_SIM_MINUTE));
  g_assert_cmpint (lifetime->state, ==, KH_LIFETIME_KNOWN);
  g_assert_cmpint (lifetime->at_least_us, ==, at_least_s * KH_SIM_SECOND);
  g_assert_cmpint (lifetime->less_than_us, ==,
                   less_than_s > 0 ? less_than_s * KH_SIM_SECOND : KH_NEVER);
  kh_sim_nat_get_counts (scene->nat_a, &counts);
  g_assert_cmpuint (counts.max_mappings, <=, 30);
  kh_sim_host_get_stats (scene->a->host, &after);
  g_assert_cmpuint (after.datagrams_out - before.datagrams_out, <=, 70);
}

static void
test_lifetime (void)
{
  static const char *const kinds[] = { "port-restricted", "masquerade", "symmetric", "full-cone" };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      measure_lifetime (kinds[i], 20, 18, 25);
      measure_lifetime (kinds[i], 30, 25, 35);
      measure_lifetime (kinds[i], 60, 50, 70);
      measure_lifetime (kinds[i], 120, 100, 130);
      measure_lifetime (kinds[i], 600, 310, 0);
    }
}

/* Another network, and what was known of the old one is forgotten; without a server nothing runs.
 */
static void
test_lifetime_ends (void)
{
  g_autoptr (KhSimScene) scene = begin (14, "port-restricted", "port-restricted");
  KhNode *node = scene->a->node;
  KhAddr ip = kh_addr_ipv4 (198, 51, 77, 77, 0);

  g_assert_true (kh_node_measure_lifetime (node, kh_sim_world_now (scene->world)));
  kh_sim_host_pump (scene->a->host);
  kh_sim_world_run (scene->world, 20 * KH_SIM_SECOND);
  g_assert_cmpint (kh_node_get_nat_lifetime (node)->at_least_us, ==, 10 * KH_SIM_SECOND);
  kh_sim_nat_rebind (scene->nat_a, &ip);
  /* Before it is found out anew, for the sake of the session. */
  kh_sim_world_run (scene->world, 30 * KH_SIM_SECOND);
  g_assert_cmpint (kh_node_get_nat_lifetime (node)->state, ==, KH_LIFETIME_UNKNOWN);
  g_assert_cmpint (kh_node_get_nat_lifetime (node)->at_least_us, ==, 0);
  kh_node_set_server (node, NULL, 0, NULL, kh_sim_world_now (scene->world));
  kh_sim_host_pump (scene->a->host);
  g_assert_false (kh_node_measure_lifetime (node, kh_sim_world_now (scene->world)));
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  g_test_add_func ("/sim/roaming/rebinding", test_rebinding);
  g_test_add_func ("/sim/roaming/rebinding-keeps-session", test_rebinding_keeps_session);
  g_test_add_func ("/sim/roaming/new-public-address", test_new_public_address);
  g_test_add_func ("/sim/roaming/new-network", test_new_network);
  g_test_add_func ("/sim/roaming/long-absence", test_long_absence);
  g_test_add_func ("/sim/roaming/sleep", test_sleep);
  g_test_add_func ("/sim/roaming/server-restart", test_server_restart);
  g_test_add_func ("/sim/roaming/server-quick-restart", test_server_quick_restart);
  g_test_add_func ("/sim/roaming/going-away", test_going_away);
  g_test_add_func ("/sim/roaming/server-key-changed", test_server_key_changed);
  g_test_add_func ("/sim/roaming/replaced", test_replaced);
  g_test_add_func ("/sim/roaming/idle-is-quiet", test_idle_is_quiet);
  g_test_add_func ("/sim/roaming/idle-outlives-short-mappings", test_idle_outlives_short_mappings);
  g_test_add_func ("/sim/roaming/keepalive-adapts", test_keepalive_adapts);
  g_test_add_func ("/sim/roaming/lifetime", test_lifetime);
  g_test_add_func ("/sim/roaming/lifetime-ends", test_lifetime_ends);
  return g_test_run ();
}
