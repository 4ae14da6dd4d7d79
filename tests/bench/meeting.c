/* meeting.c: from "connect" to a session, to the first message and to a direct path, in the
 * simulator
 *
 * It is 20 ms to the server on each side. Ada connects; both have a message for the other. The
 * session at Ada's and Bob's message there have one round trip A→S→B→S→A as their reference, 80 ms,
 * and where Ada does not know Bob's key yet one more A→S→A: Bob's message goes with his answer.
 * Ada's own message goes when she has the answer and is at Bob's A→S→B later, which is its
 * reference, since nothing that Ada says is believed before she has answered his answer
 * (PROTOCOL.md, "Introductions"). On the virtual clock, so the figures are of the protocol alone:
 * what the processor takes comes on top.
 *
 * usage: meeting [SEEDS]   Prints: figure, value, reference, ratio, aim, separated by tabs.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>

#define PATIENCE_US (20 * KH_SIM_SECOND)
/* Longer than it takes to find out about the networks, or for checks that succeed. */
#define SETTLE_US (5 * KH_SIM_SECOND)

typedef struct
{
  gint64 session_us; /* where it was asked for */
  gint64 shown_us;   /* Bob's first message, at Ada's */
  gint64 message_us; /* Ada's first, at Bob's */
  gint64 direct_us;  /* on both sides */
} Times;

static Times
meet (guint64 seed, const char *nat, gint64 direct_delay_us, gboolean known)
{
  KhSimHome home = { .nat = kh_sim_nat_find_kind (nat) };
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (seed, &home, &home);
  KhSimTalk *a = kh_sim_peer_get_talk (scene->a, scene->b);
  KhSimTalk *b = kh_sim_peer_get_talk (scene->b, scene->a);
  gint64 start_us;

  kh_sim_scene_set_direct_delay (scene, direct_delay_us);
  kh_sim_scene_start_all (scene);
  kh_sim_world_run (scene->world, SETTLE_US);
  kh_sim_peer_set_policy (scene->b, scene->a, KH_POLICY_ACCEPT);
  start_us = kh_sim_world_now (scene->world);
  kh_sim_peer_say (scene->a, scene->b, 1);
  kh_sim_peer_say (scene->b, scene->a, 1);
  kh_sim_peer_connect (scene->a, scene->b, known);
  if (!kh_sim_scene_wait (scene, kh_sim_scene_is_heard, PATIENCE_US))
    {
      fprintf (stderr, "meeting: seed %d did not meet\n", (int) seed);
      exit (1);
    }
  kh_sim_scene_wait (scene, kh_sim_scene_is_direct, SETTLE_US);
  return (Times){ a->first_session_us - start_us, a->first_message_us - start_us,
                  b->first_message_us - start_us,
                  MAX (a->first_path_us, b->first_path_us) - start_us };
}

/* The worst of the seeds, figure by figure. */
static Times
meet_often (guint64 n_seeds, const char *nat, gint64 direct_delay_us, gboolean known)
{
  Times worst = { 0 };

  for (guint64 seed = 1; seed <= n_seeds; seed++)
    {
      Times times = meet (seed, nat, direct_delay_us, known);

      worst.session_us = MAX (worst.session_us, times.session_us);
      worst.shown_us = MAX (worst.shown_us, times.shown_us);
      worst.message_us = MAX (worst.message_us, times.message_us);
      worst.direct_us = MAX (worst.direct_us, times.direct_us);
    }
  return worst;
}

static void
print_row (const char *what, gint64 value_us, gint64 reference_us, const char *aim)
{
  printf ("%s\t%.1f ms\t%.1f ms\t%.2f\t%s\n", what, (double) value_us / 1000,
          (double) reference_us / 1000, (double) value_us / (double) reference_us, aim);
}

/* Nothing but the relay leads from one to the other. */
static void
print_relayed (guint64 n_seeds)
{
  Times known = meet_often (n_seeds, "symmetric", KH_SIM_DIRECT_DELAY_US, TRUE);
  Times stranger = meet_often (n_seeds, "symmetric", KH_SIM_DIRECT_DELAY_US, FALSE);
  gint64 way_us = 2 * KH_SIM_SERVER_DELAY_US;

  print_row ("a contact: connect to session ÷ A→S→B→S→A", known.session_us, KH_SIM_ROUND_TRIP_US,
             "≤ 1.2");
  print_row ("  to B's waiting message shown at A, ÷ the same", known.shown_us,
             KH_SIM_ROUND_TRIP_US, "≤ 1.2");
  print_row ("  to A's own message shown at B, ÷ the same and A→S→B", known.message_us,
             KH_SIM_ROUND_TRIP_US + way_us, "≤ 1.2");
  print_row ("somebody new: connect to session ÷ A→S→A and the same", stranger.session_us,
             KH_SIM_ROUND_TRIP_US + way_us, "≤ 1.2");
  print_row ("  to B's first message shown at A, ÷ the same", stranger.shown_us,
             KH_SIM_ROUND_TRIP_US + way_us, "≤ 1.2");
  print_row ("  to A's own message shown at B, ÷ the same and A→S→B", stranger.message_us,
             KH_SIM_ROUND_TRIP_US + 2 * way_us, "≤ 1.2");
}

/* Two ordinary homes: how much later than the session is the path direct, on both sides? */
static void
print_direct (guint64 n_seeds)
{
  static const gint64 delays_us[] = { 2 * KH_SIM_MS, 10 * KH_SIM_MS, 20 * KH_SIM_MS };

  for (guint i = 0; i < G_N_ELEMENTS (delays_us); i++)
    {
      Times times = meet_often (n_seeds, "port-restricted", delays_us[i], TRUE);
      g_autofree char *what = g_strdup_printf ("session to direct path, %d ms apart ÷ round trip",
                                               (int) (delays_us[i] / KH_SIM_MS));

      print_row (what, times.direct_us - times.session_us, 2 * delays_us[i], "≤ 2");
      print_row ("  connect to B's waiting message shown at A, meanwhile", times.shown_us,
                 KH_SIM_ROUND_TRIP_US, "≤ 1.2");
    }
}

int
main (int argc, char **argv)
{
  guint64 n_seeds = argc > 1 ? strtoull (argv[1], NULL, 10) : 20;

  print_relayed (n_seeds);
  print_direct (n_seeds);
  return 0;
}
