/* test-path-mtu.c: how long packets become between two homes, and what a narrower line does to them
 *
 * A transfer from Ada to Bob, both behind NATs (PROTOCOL.md, "Path MTU"). The peers themselves
 * check that nothing is lost, doubled, changed or out of order.
 */
#include "scene.h"

#define PATIENCE_US (20 * KH_SIM_SECOND)
/* Headers of IPv4 and UDP. */
#define HEADERS 28

static void
set_mtu (KhSimScene *scene, gsize mtu)
{
  KhSimLinkConfig line = { .mtu = mtu, .rate = 20 * 1000 * 1000, .queue_bytes = 100 * 1000 };

  kh_sim_scene_set_paths (scene, &line);
}

static KhSimScene *
begin (guint64 seed, gsize mtu)
{
  KhSimHome home = { .nat = kh_sim_nat_find_kind ("port-restricted") };
  KhSimScene *scene = kh_sim_scene_new (kh_sim_seed (seed), &home, &home);

  set_mtu (scene, mtu);
  kh_sim_scene_begin_meeting (scene, 3);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
  return scene;
}

static void
send_bulk (KhSimScene *scene, guint32 messages)
{
  kh_sim_peer_get_talk (scene->a, scene->b)->message_size = KH_SIM_MESSAGE_MAX;
  kh_sim_peer_say (scene->a, scene->b, messages);
}

static guint
get_mtu (KhSimPeer *self, KhSimPeer *other)
{
  KhSessionInfo info = { 0 };

  g_assert_true (kh_node_get_session_info (self->node, &other->id, &info));
  return info.mtu;
}

static void
assert_one_session (KhSimScene *scene)
{
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->a, scene->b)->n_sessions, ==, 1);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->a, scene->b)->n_closed, ==, 0);
}

static void
find (gsize mtu, guint expected)
{
  g_autoptr (KhSimScene) scene = begin (mtu, mtu);

  send_bulk (scene, 4000);
  kh_sim_world_run (scene->world, 5 * KH_SIM_SECOND);
  g_assert_cmpuint (get_mtu (scene->a, scene->b), ==, expected);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, 2 * KH_SIM_MINUTE));
  /* Bob has only acknowledgements to send. */
  g_assert_cmpuint (get_mtu (scene->b, scene->a), ==, KH_DATAGRAM_MAX);
  assert_one_session (scene);
}

static void
test_found (void)
{
  find (1500, 1500 - HEADERS);
  find (1400, 1400 - HEADERS);
  find (9000, KH_DATAGRAM_LARGEST);
  find (1280, 1252);
}

/* The longest time in which Bob read nothing, while there is something for him. */
static gint64
watch (KhSimScene *scene, gint64 patience_us)
{
  KhSimTalk *talk = kh_sim_peer_get_talk (scene->b, scene->a);
  gint64 end_us = kh_sim_world_now (scene->world) + patience_us;
  gint64 moved_us = kh_sim_world_now (scene->world);
  gint64 longest_us = 0;
  guint32 before = talk->received;

  while (!kh_sim_scene_is_met (scene))
    {
      kh_sim_world_run (scene->world, 10 * KH_SIM_MS);
      g_assert_cmpint (kh_sim_world_now (scene->world), <, end_us);
      if (talk->received > before)
        moved_us = kh_sim_world_now (scene->world);
      before = talk->received;
      longest_us = MAX (longest_us, kh_sim_world_now (scene->world) - moved_us);
    }
  return longest_us;
}

/* A router on the way has another line from now on, and drops what is too long without a word. */
static void
test_black_hole (void)
{
  for (guint64 seed = 1; seed <= kh_sim_seeds (5); seed++)
    {
      g_autoptr (KhSimScene) scene = begin (seed, 1500);
      gint64 stall_us;

      send_bulk (scene, 3000);
      kh_sim_world_run (scene->world, 3 * KH_SIM_SECOND);
      g_assert_cmpuint (get_mtu (scene->a, scene->b), ==, 1500 - HEADERS);
      set_mtu (scene, 1300);
      stall_us = watch (scene, 2 * KH_SIM_MINUTE);
      g_assert_cmpint (stall_us, <, 1500 * KH_SIM_MS);
      g_assert_cmpuint (get_mtu (scene->a, scene->b), <=, 1300 - HEADERS);
      assert_one_session (scene);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim/path-mtu/found", test_found);
  g_test_add_func ("/sim/path-mtu/black-hole", test_black_hole);
  return g_test_run ();
}
