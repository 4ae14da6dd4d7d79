/* test-relay.c: sessions that start on the relay, leave it, and come back to it
 *
 * The same session must go on through all of it: nothing lost, nothing twice, nothing out of order,
 * which the oracle watches.
 */
#include "scene.h"

#define PATIENCE_US (20 * KH_SIM_SECOND)
/* At most, from when the direct path carries nothing until the relay does. */
#define FALLBACK_US (2 * KH_SIM_SECOND)
/* What the two public-key operations and the hops take besides: nothing, on a virtual clock. */
#define SLACK_US (2 * KH_SIM_MS)

static KhSimScene *
begin (guint64 seed, const char *nat_a, const char *nat_b)
{
  KhSimHome a = { .nat = kh_sim_nat_find_kind (nat_a) };
  KhSimHome b = { .nat = kh_sim_nat_find_kind (nat_b) };

  return kh_sim_scene_new (kh_sim_seed (seed), &a, &b);
}

static void
assert_same_session (KhSimScene *scene)
{
  g_assert_cmpint (kh_sim_peer_get_talk (scene->a, scene->b)->n_sessions, ==, 1);
  g_assert_cmpint (kh_sim_peer_get_talk (scene->b, scene->a)->n_sessions, ==, 1);
  g_assert_cmpint (kh_sim_peer_get_talk (scene->a, scene->b)->n_closed, ==, 0);
  g_assert_cmpint (kh_sim_peer_get_talk (scene->b, scene->a)->n_closed, ==, 0);
}

static void
talk_on (KhSimScene *scene, gint64 patience_us)
{
  kh_sim_peer_say (scene->a, scene->b, 5);
  kh_sim_peer_say (scene->b, scene->a, 5);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, patience_us));
}

static gboolean
bob_has_it (gpointer user_data)
{
  KhSimScene *scene = user_data;

  return kh_sim_peer_get_talk (scene->b, scene->a)->received == 1;
}

/* A known contact's first message leaves with the answer: it is there half a round trip later. */
static void
test_one_round_trip (void)
{
  g_autoptr (KhSimScene) scene = begin (1, "symmetric", "symmetric");
  gint64 begun_us;

  kh_sim_scene_make_contacts (scene, 1);
  begun_us = kh_sim_world_now (scene->world);
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  g_assert_true (kh_sim_scene_wait (scene, bob_has_it, PATIENCE_US));
  g_assert_cmpint (kh_sim_world_now (scene->world) - begun_us, <=,
                   KH_SIM_ROUND_TRIP_US + KH_SIM_ROUND_TRIP_US / 2 + SLACK_US);
  assert_same_session (scene);
}

/* Where no hole can be punched, the talk goes on for as long as one likes. */
static void
test_stays (void)
{
  g_autoptr (KhSimScene) scene = begin (2, "symmetric", "symmetric");

  kh_sim_scene_begin_meeting (scene, 5);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, PATIENCE_US));
  for (guint i = 0; i < 20; i++)
    {
      kh_sim_world_run (scene->world, 7 * KH_SIM_MINUTE);
      talk_on (scene, KH_SIM_SECOND);
    }
  assert_same_session (scene);
}

/* Drops what goes from home to home; @user_data is the address of the server. */
static gboolean
is_direct_packet (const KhSimPacket *packet, gpointer user_data)
{
  const KhAddr *server = user_data;

  return !kh_addr_equal_ip (&packet->dst, server) && !kh_addr_equal_ip (&packet->src, server);
}

static void
cut_direct (KhSimScene *scene, KhAddr *server)
{
  kh_sim_link_set_filter (kh_sim_port_get_up (scene->door_a),
                          server != NULL ? is_direct_packet : NULL, server);
  kh_sim_link_set_filter (kh_sim_port_get_up (scene->door_b),
                          server != NULL ? is_direct_packet : NULL, server);
}

/* The path between the homes dies in the middle of a talk, and comes back. */
static void
fall_back (guint64 seed, gint64 delay_us, gint64 idle_us)
{
  g_autoptr (KhSimScene) scene = begin (seed, "port-restricted", "full-cone");
  KhAddr server = kh_sim_scene_get_server_addr (scene);

  kh_sim_scene_set_direct_delay (scene, delay_us);
  kh_sim_scene_begin_meeting (scene, 5);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
  kh_sim_world_run (scene->world, idle_us);
  cut_direct (scene, &server);
  talk_on (scene, FALLBACK_US);
  kh_sim_world_run (scene->world, 30 * KH_SIM_SECOND);
  talk_on (scene, KH_SIM_SECOND);
  cut_direct (scene, NULL);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, 2 * KH_SIM_MINUTE));
  talk_on (scene, KH_SIM_SECOND);
  assert_same_session (scene);
}

/* Also where the channel has ended, because nothing went by it for minutes. */
static void
test_falls_back (void)
{
  static const gint64 delays_ms[] = { 1, 15, 80, 250 };

  for (guint64 seed = 1; seed <= 20; seed++)
    fall_back (seed, delays_ms[seed % G_N_ELEMENTS (delays_ms)] * KH_SIM_MS,
               seed % 8 < 4 ? 10 * KH_SIM_SECOND : 10 * KH_SIM_MINUTE);
}

static gboolean
moves_a (gpointer scene)
{
  KhSimScene *self = scene;

  return kh_sim_peer_is_direct (self->a, self->b);
}

/* How long the way is stays known in the moment the way changes: of the new one. */
static void
test_round_trip_known (void)
{
  g_autoptr (KhSimScene) scene = begin (8, "port-restricted", "full-cone");
  KhSessionInfo info;

  kh_sim_scene_set_direct_delay (scene, 15 * KH_SIM_MS);
  kh_sim_scene_begin_meeting (scene, 5);
  g_assert_true (kh_sim_scene_wait (scene, moves_a, PATIENCE_US));
  g_assert_true (kh_node_get_session_info (scene->a->node, &scene->b->id, &info));
  g_assert_cmpint (info.rtt_latest_us, >=, 30 * KH_SIM_MS);
  g_assert_cmpint (info.rtt_min_us, ==, info.rtt_latest_us);
}

/* Only short packets pass: checks are answered and data is not, so the checks are not believed. */
static gboolean
is_long_direct_packet (const KhSimPacket *packet, gpointer user_data)
{
  return is_direct_packet (packet, user_data) && packet->len > 80;
}

static void
test_data_decides (void)
{
  g_autoptr (KhSimScene) scene = begin (3, "port-restricted", "full-cone");
  KhAddr server = kh_sim_scene_get_server_addr (scene);

  kh_sim_scene_begin_meeting (scene, 5);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
  kh_sim_world_run (scene->world, 10 * KH_SIM_SECOND);
  kh_sim_link_set_filter (kh_sim_port_get_up (scene->door_a), is_long_direct_packet, &server);
  kh_sim_peer_say (scene->a, scene->b, 50);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, FALLBACK_US));
  for (guint i = 0; i < 60; i++)
    {
      kh_sim_world_run (scene->world, KH_SIM_SECOND);
      g_assert_false (kh_sim_scene_is_direct (scene));
      talk_on (scene, KH_SIM_SECOND);
    }
  assert_same_session (scene);
}

/* A new server knows no channels: the talk on the relay goes on with a new one. */
static void
test_server_restarts (void)
{
  g_autoptr (KhSimScene) scene = begin (4, "symmetric", "symmetric");

  kh_sim_scene_begin_meeting (scene, 5);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, PATIENCE_US));
  kh_sim_scene_kill_server (scene);
  kh_sim_world_run (scene->world, 3 * KH_SIM_SECOND);
  kh_sim_scene_start_server (scene);
  talk_on (scene, PATIENCE_US);
  assert_same_session (scene);
}

/* Both homes' networks stand still for a while, server and all: the session outlives it. */
static void
test_blackhole (void)
{
  static const char *const pairs[][2] = { { "port-restricted", "full-cone" },
                                          { "symmetric", "symmetric" } };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autoptr (KhSimScene) scene = begin (5 + i, pairs[i][0], pairs[i][1]);
      KhSimLinkConfig dead = { .loss = 1 }, alive = { 0 };

      kh_sim_scene_begin_meeting (scene, 5);
      g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, PATIENCE_US));
      kh_sim_world_run (scene->world, 10 * KH_SIM_SECOND);
      kh_sim_scene_set_paths (scene, &dead);
      kh_sim_peer_say (scene->a, scene->b, 5);
      kh_sim_peer_say (scene->b, scene->a, 5);
      kh_sim_world_run (scene->world, 5 * KH_SIM_SECOND);
      kh_sim_scene_set_paths (scene, &alive);
      g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, PATIENCE_US));
      talk_on (scene, PATIENCE_US);
      assert_same_session (scene);
    }
}

/* Where no UDP goes out, all of it is over TCP; and so again with another server. */
static void
talk_by_tcp (const char *nat)
{
  g_autoptr (KhSimScene) scene = begin (7, nat, "symmetric");

  scene->a->may_tcp = scene->b->may_tcp = TRUE;
  kh_sim_scene_begin_meeting (scene, 5);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, PATIENCE_US));
  kh_sim_world_run (scene->world, 7 * KH_SIM_MINUTE);
  talk_on (scene, KH_SIM_SECOND);
  kh_sim_scene_kill_server (scene);
  kh_sim_world_run (scene->world, 3 * KH_SIM_SECOND);
  kh_sim_scene_start_server (scene);
  talk_on (scene, PATIENCE_US);
  assert_same_session (scene);
  g_assert_true (kh_node_get_nat_behaviour (scene->a->node)->udp_blocked);
  g_assert_false (kh_node_get_nat_behaviour (scene->b->node)->udp_blocked);
}

static void
test_tcp (void)
{
  talk_by_tcp ("udp-blocked");
  talk_by_tcp ("only-tcp-443");
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  g_test_add_func ("/sim/relay/one-round-trip", test_one_round_trip);
  g_test_add_func ("/sim/relay/stays", test_stays);
  g_test_add_func ("/sim/relay/falls-back", test_falls_back);
  g_test_add_func ("/sim/relay/round-trip-known", test_round_trip_known);
  g_test_add_func ("/sim/relay/data-decides", test_data_decides);
  g_test_add_func ("/sim/relay/server-restarts", test_server_restarts);
  g_test_add_func ("/sim/relay/blackhole", test_blackhole);
  g_test_add_func ("/sim/relay/tcp", test_tcp);
  return g_test_run ();
}
