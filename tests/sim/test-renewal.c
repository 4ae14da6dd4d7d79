/* test-renewal.c: two people who talk for long enough that their keys change, on bad lines
 *
 * The oracle sees to it that no packet number is used twice, and the peers that nothing is lost,
 * doubled or out of order (PROTOCOL.md, "Keys").
 */
#include "scene.h"

#define PATIENCE_US (20 * KH_SIM_SECOND)

static guint
get_epoch (KhSimPeer *self, KhSimPeer *other)
{
  KhSessionInfo info = { 0 };

  g_assert_true (kh_node_get_session_info (self->node, &other->id, &info));
  return info.epoch;
}

/* Both talk for @minutes; at each half minute something happens to Ada's gateway if @moves. */
static void
talk (guint64 seed, const KhSimLinkConfig *line, guint minutes, gboolean moves)
{
  KhSimHome home = { .nat = kh_sim_nat_find_kind ("full-cone") };
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (seed), &home, &home);

  kh_sim_scene_begin_meeting (scene, 3);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
  kh_sim_scene_set_paths (scene, line);
  for (guint i = 0; i < minutes * 60; i++)
    {
      kh_sim_peer_say (scene->a, scene->b, 2);
      kh_sim_peer_say (scene->b, scene->a, 1);
      kh_sim_world_run (scene->world, KH_SIM_SECOND);
      if (moves && i % 30 == 0)
        kh_sim_nat_rebind (scene->nat_a, NULL);
    }
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, KH_SIM_MINUTE));
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->a, scene->b)->n_sessions, ==, 1);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->b, scene->a)->n_sessions, ==, 1);
  g_assert_cmpuint (get_epoch (scene->a, scene->b), ==, get_epoch (scene->b, scene->a));
  g_assert_cmpuint (get_epoch (scene->a, scene->b), >=, (minutes - 1) / 2);
}

static void
test_bad_line (void)
{
  const KhSimLinkConfig line = { .jitter_us = 20 * KH_SIM_MS,
                                 .loss = 0.1,
                                 .duplicate = 0.02,
                                 .reorder = 0.1,
                                 .reorder_us = 50 * KH_SIM_MS };

  for (guint seed = 1; seed <= 5; seed++)
    talk (seed, &line, 9, FALSE);
}

static void
test_moving (void)
{
  const KhSimLinkConfig line = { 0 };

  for (guint seed = 1; seed <= 5; seed++)
    talk (seed, &line, 9, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim/renewal/bad-line", test_bad_line);
  g_test_add_func ("/sim/renewal/moving", test_moving);
  return g_test_run ();
}
