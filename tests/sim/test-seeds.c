/* test-seeds.c: many meetings over bad lines, each drawn from its seed
 *
 * 30% of all datagrams are lost on every path and direction, others are held up, doubled or
 * overtaken; homes are of kinds that can be punched; Bob knocks too, or not. Each must end in a
 * direct session in which every message has arrived. SEED=n runs that one alone.
 */
#include "scene.h"

#define N_SHARDS 4
#define SEEDS_A_SHARD 250
#define LOSS 0.3
#define PATIENCE_US (5 * KH_SIM_MINUTE)

static const char *const kinds[] = { "full-cone", "restricted", "port-restricted", "masquerade" };

static void
draw_home (KhSimRng *rng, KhSimHome *home)
{
  guint64 n = kh_sim_rng_below (rng, G_N_ELEMENTS (kinds) + 1);

  if (n < G_N_ELEMENTS (kinds))
    home->nat = kh_sim_nat_find_kind (kinds[n]);
  if (home->nat && kh_sim_rng_chance (rng, 0.2))
    home->outer_nat = kh_sim_nat_find_kind ("port-restricted");
}

static void
draw_lines (KhSimRng *rng, KhSimLinkConfig *config)
{
  config->loss = LOSS;
  config->jitter_us = (gint64) kh_sim_rng_below (rng, 40) * KH_SIM_MS;
  config->duplicate = (double) kh_sim_rng_below (rng, 10) / 100;
  config->reorder = (double) kh_sim_rng_below (rng, 10) / 100;
  config->reorder_us = (gint64) kh_sim_rng_below (rng, 100) * KH_SIM_MS;
}

static void
meet (guint64 seed)
{
  KhSimRng rng;
  KhSimHome a = { 0 };
  KhSimHome b = { 0 };
  KhSimLinkConfig lines = { 0 };
  g_autoptr (KhSimScene) scene = NULL;
  gboolean is_contact;

  kh_sim_rng_init (&rng, seed, 1000);
  draw_home (&rng, &a);
  draw_home (&rng, &b);
  draw_lines (&rng, &lines);
  scene = kh_sim_scene_new (seed, &a, &b);
  kh_sim_scene_set_paths (scene, &lines);
  kh_sim_scene_start_server (scene);
  kh_sim_scene_start_peer (scene, scene->a);
  kh_sim_scene_start_peer (scene, scene->b);
  kh_sim_peer_set_policy (scene->b, scene->a, KH_POLICY_ACCEPT);
  is_contact = kh_sim_rng_chance (&rng, 0.5);
  kh_sim_peer_connect (scene->a, scene->b, is_contact);
  /* Contacts want each other. */
  if (kh_sim_rng_chance (&rng, 0.5) || is_contact)
    kh_sim_peer_connect (scene->b, scene->a, TRUE);
  kh_sim_peer_say (scene->a, scene->b, 20);
  kh_sim_peer_say (scene->b, scene->a, 20);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
  kh_sim_peer_say (scene->a, scene->b, 5);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, PATIENCE_US));
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->b, scene->a)->received, ==, 25);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->a, scene->b)->received, ==, 20);
}

static void
test_shard (gconstpointer data)
{
  guint64 first = GPOINTER_TO_UINT (data) * SEEDS_A_SHARD + 1;

  if (kh_sim_seed_is_given ())
    {
      meet (kh_sim_seed (0));
      return;
    }
  for (guint64 seed = first; seed < first + SEEDS_A_SHARD; seed++)
    meet (seed);
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  for (guint i = 0; i < N_SHARDS; i++)
    {
      g_autofree char *path = g_strdup_printf ("/sim/seeds/%u", i);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_shard);
    }
  return g_test_run ();
}
