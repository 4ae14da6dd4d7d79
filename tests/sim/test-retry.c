/* test-retry.c: when two that are relayed look for a direct path again (PROTOCOL.md, "Paths")
 *
 * What goes from home to home is lost for most of an hour, so that they look for it ever more
 * rarely; then it gets through, and each reason to hope has them find out at once.
 */
#include "scene.h"

/* By themselves they try after 45 minutes; what that makes of mappings is forgotten by then. */
#define RELAYED_US (50 * KH_SIM_MINUTE)
/* Ordinary checks, told of by the relay. */
#define SOON_US (4 * KH_SIM_SECOND)
/* With a search in the first minute of all, and a few where the first one finds nothing. */
#define SEARCH_US (30 * KH_SIM_SECOND)
/* The longest pause, and the checks. */
#define LATER_US (16 * KH_SIM_MINUTE)

static gboolean
is_direct_packet (const KhSimPacket *packet, gpointer user_data)
{
  const KhAddr *server = user_data;

  return !kh_addr_equal_ip (&packet->dst, server) && !kh_addr_equal_ip (&packet->src, server);
}

static void
cut (KhSimScene *scene, KhAddr *server)
{
  KhSimLinkFilter filter = server ? is_direct_packet : NULL;

  kh_sim_link_set_filter (kh_sim_port_get_up (scene->door_a), filter, server);
  kh_sim_link_set_filter (kh_sim_port_get_up (scene->door_b), filter, server);
}

static KhSimScene *
relayed (const char *nat_a, const char *nat_b)
{
  KhSimHome a = { .nat = kh_sim_nat_find_kind (nat_a) };
  KhSimHome b = { .nat = kh_sim_nat_find_kind (nat_b) };
  KhSimScene *scene = kh_sim_scene_new (kh_sim_seed (1), &a, &b);
  KhAddr server = kh_sim_scene_get_server_addr (scene);

  cut (scene, &server);
  kh_sim_scene_begin_meeting (scene, 5);
  kh_sim_world_run (scene->world, RELAYED_US);
  g_assert_false (kh_sim_scene_is_direct (scene));
  cut (scene, NULL);
  return scene;
}

static void
begin_bulk (KhSimPeer *peer, KhSimPeer *other)
{
  static const guint8 block[100 * 1024];
  gint64 now_us = kh_sim_world_now (peer->world);
  guint64 id;

  g_assert_true (kh_node_open_stream (peer->node, &other->id, &id, now_us));
  g_assert_cmpuint (kh_node_stream_write (peer->node, &other->id, id, block, sizeof block, now_us),
                    ==, sizeof block);
  kh_sim_host_pump (peer->host);
}

/* Without any reason it takes a while, by which the others are known to be one. */
static void
test_by_and_by (void)
{
  g_autoptr (KhSimScene) scene = relayed ("port-restricted", "port-restricted");

  g_assert_false (kh_sim_scene_wait (scene, kh_sim_scene_is_direct, SEARCH_US));
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_direct, LATER_US));
}

static void
test_bulk (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (KhSimScene) scene = relayed ("port-restricted", "port-restricted");

      begin_bulk (i ? scene->b : scene->a, i ? scene->a : scene->b);
      g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_direct, SOON_US));
    }
}

/* Ports are searched for again too, whoever of the two begins. */
static void
test_bulk_with_search (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (KhSimScene) scene = relayed ("symmetric", "port-restricted");

      begin_bulk (i ? scene->b : scene->a, i ? scene->a : scene->b);
      g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_direct, SEARCH_US));
    }
}

static void
move (KhSimScene *scene, KhSimPeer *peer)
{
  KhAddr ip = kh_addr_ipv4 (192, 168, 1, 77, 0);

  kh_sim_host_attach (peer->host, peer == scene->a ? scene->lan_a : scene->lan_b, &ip);
  kh_sim_peer_update_addresses (peer);
}

static void
test_network_change (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (KhSimScene) scene = relayed ("port-restricted", "port-restricted");

      move (scene, i ? scene->b : scene->a);
      g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_direct, SOON_US));
    }
}

static void
test_network_change_with_search (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (KhSimScene) scene = relayed ("symmetric", "port-restricted");

      move (scene, i ? scene->b : scene->a);
      g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_direct, SEARCH_US));
    }
}

/* Bulk that begins again and again is no reason to make a thousand mappings. */
static void
test_governed (void)
{
  g_autoptr (KhSimScene) scene = relayed ("fragile-symmetric", "fragile");
  KhAddr server = kh_sim_scene_get_server_addr (scene);

  cut (scene, &server);
  for (guint i = 0; i < 60; i++)
    {
      begin_bulk (scene->a, scene->b);
      kh_sim_world_run (scene->world, 5 * KH_SIM_SECOND);
      if (i % 10 == 0)
        move (scene, scene->b);
    }
  g_assert_false (kh_sim_nat_is_dead (scene->nat_a));
  g_assert_false (kh_sim_nat_is_dead (scene->nat_b));
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  g_test_add_func ("/sim/retry/by-and-by", test_by_and_by);
  g_test_add_func ("/sim/retry/bulk", test_bulk);
  g_test_add_func ("/sim/retry/bulk-with-search", test_bulk_with_search);
  g_test_add_func ("/sim/retry/network-change", test_network_change);
  g_test_add_func ("/sim/retry/network-change-with-search", test_network_change_with_search);
  g_test_add_func ("/sim/retry/governed", test_governed);
  return g_test_run ();
}
