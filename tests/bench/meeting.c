/* meeting.c: from "connect" to a session, to the first message and to a direct path, in the
 * simulator
 *
 * DESIGN section 16: 20 ms to the server on each side, a known contact; the reference is one round
 * trip A→S→B→S→A, 80 ms. On the virtual clock, so the figures are of the protocol alone: what the
 * processor takes for a meeting comes on top.
 *
 * usage: meeting [SEEDS]   Prints: figure, value, reference, ratio, separated by tabs.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>

#define PATIENCE_US (20 * KH_SIM_SECOND)

typedef struct
{
  gint64 asker_us;   /* the session, where it was asked for */
  gint64 session_us; /* on both sides */
  gint64 message_us;
  gint64 direct_us;
} Times;

static gint64
later (gint64 a, gint64 b)
{
  return MAX (a, b);
}

/* The later of both sides counts, but for the message, which goes from Ada to Bob. */
static Times
meet (guint64 seed, gint64 direct_delay_us)
{
  KhSimHome home = { .nat = kh_sim_nat_find_kind ("port-restricted") };
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (seed, &home, &home);
  KhSimTalk *a = kh_sim_peer_get_talk (scene->a, scene->b);
  KhSimTalk *b = kh_sim_peer_get_talk (scene->b, scene->a);
  gint64 start_us;

  kh_sim_scene_set_direct_delay (scene, direct_delay_us);
  kh_sim_scene_start_all (scene);
  kh_sim_world_run (scene->world, 5 * KH_SIM_SECOND);
  kh_sim_peer_set_policy (scene->b, scene->a, KH_POLICY_ACCEPT);
  start_us = kh_sim_world_now (scene->world);
  kh_sim_peer_say (scene->a, scene->b, 1);
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  if (!kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US))
    {
      fprintf (stderr, "meeting: seed %d did not meet\n", (int) seed);
      exit (1);
    }
  return (Times){ a->first_session_us - start_us,
                  later (a->first_session_us, b->first_session_us) - start_us,
                  b->first_message_us - start_us,
                  later (a->first_path_us, b->first_path_us) - start_us };
}

static void
print_row (const char *what, gint64 delay_us, gint64 value_us, gint64 reference_us)
{
  printf ("%s, %d ms apart\t%.1f ms\t%.1f ms\t%.2f\n", what, (int) (delay_us / KH_SIM_MS),
          (double) value_us / 1000, (double) reference_us / 1000,
          (double) value_us / (double) reference_us);
}

int
main (int argc, char **argv)
{
  static const gint64 delays_us[] = { 2 * KH_SIM_MS, 10 * KH_SIM_MS, 20 * KH_SIM_MS };
  guint64 n_seeds = argc > 1 ? strtoull (argv[1], NULL, 10) : 20;

  for (guint i = 0; i < G_N_ELEMENTS (delays_us); i++)
    {
      Times worst = { 0 };

      for (guint64 seed = 1; seed <= n_seeds; seed++)
        {
          Times times = meet (seed, delays_us[i]);

          worst.asker_us = later (worst.asker_us, times.asker_us);
          worst.session_us = later (worst.session_us, times.session_us);
          worst.message_us = later (worst.message_us, times.message_us);
          worst.direct_us = later (worst.direct_us, times.direct_us);
        }
      print_row ("connect to session", delays_us[i], worst.asker_us, KH_SIM_ROUND_TRIP_US);
      print_row ("connect to session on both sides", delays_us[i], worst.session_us,
                 KH_SIM_ROUND_TRIP_US);
      print_row ("connect to first message", delays_us[i], worst.message_us, KH_SIM_ROUND_TRIP_US);
      print_row ("connect to direct path", delays_us[i], worst.direct_us, KH_SIM_ROUND_TRIP_US);
    }
  return 0;
}
