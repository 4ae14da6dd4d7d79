/* test-rough.c: 10 MB over a line that loses 30% in both directions, doubles 2% and holds 10% up
 *
 * All of it must come, each byte in its place, whatever the seed. By default two hundred; SEEDS=n
 * runs n, SEED=n that one alone.
 */
#include "flow.h"

#define FILE_BYTES (10 * 1000 * 1000)
#define N_SEEDS 200
/* Losses of this kind look like a line of few packets a round trip to any congestion control. */
#define PATIENCE_US (60 * KH_SIM_MINUTE)

static gboolean
is_done (gpointer flow)
{
  return kh_sim_flow_is_done (flow);
}

static void
transfer (guint64 seed)
{
  KhSimLinkConfig line = {
    .rate = 100 * 1000 * 1000,
    .queue_bytes = 500 * 1000,
    .loss = 0.3,
    .duplicate = 0.02,
    .reorder = 0.1,
  };
  g_autoptr (KhSimWorld) world = kh_sim_world_new (seed);
  KhSimPipe *pipe = kh_sim_pipe_new (world);
  KhSimRng rng;
  KhSimFlow *flow;

  kh_sim_rng_init (&rng, seed, 3000);
  line.delay_us = (gint64) (5 + kh_sim_rng_below (&rng, 45)) * KH_SIM_MS;
  line.reorder_us = (gint64) (1 + kh_sim_rng_below (&rng, 50)) * KH_SIM_MS;
  kh_sim_pipe_set_lines (pipe, &line);
  flow = kh_sim_flow_new (pipe, world, NULL, 0);
  kh_sim_flow_start_bulk (flow, FILE_BYTES);
  g_assert_true (kh_sim_world_run_until (world, is_done, flow, PATIENCE_US));
  g_assert_cmpuint (kh_sim_flow_get_received (flow), ==, FILE_BYTES);
}

static void
test_files (void)
{
  guint64 n = kh_sim_seeds (N_SEEDS);

  if (kh_sim_seed_is_given ())
    {
      transfer (kh_sim_seed (0));
      return;
    }
  for (guint64 seed = 1; seed <= n; seed++)
    transfer (seed);
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  g_test_add_func ("/sim/rough", test_files);
  return g_test_run ();
}
