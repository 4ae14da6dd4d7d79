/* test-transport.c: what the transport must reach on lines with delay
 *
 * On virtual time, so these are no timing assertions: the same seed gives the same figure on every
 * machine. SEED=n runs each with that seed alone.
 */
#include "measures.h"

/* Where anything is drawn. */
#define N_SEEDS 4
/* What discovery finds on the paths of most people: 1500 less the headers of IPv6 and UDP. */
#define DATAGRAM 1452

typedef struct
{
  const char *path;
  void (*run) (const KhSimMeasure *how);
  guint n_seeds;
} Scenario;

static void
run_seeds (gconstpointer data)
{
  const Scenario *scenario = data;
  KhSimMeasure how = { .seed = kh_sim_seed (1), .datagram = DATAGRAM };

  do
    scenario->run (&how);
  while (!kh_sim_seed_is_given () && ++how.seed <= kh_sim_seeds (scenario->n_seeds));
}

static void
test_loss (const KhSimMeasure *how)
{
  g_assert_cmpfloat (kh_sim_measure_loss (how, 0.01), >=, 0.85);
}

static void
test_satellite (const KhSimMeasure *how)
{
  g_assert_cmpfloat (kh_sim_measure_satellite (how), >=, 0.85);
}

static void
test_blackhole (const KhSimMeasure *how)
{
  KhSimBlackhole hole = kh_sim_measure_blackhole (how);

  g_assert_cmpint (hole.after_us, <=, hole.allowed_us);
  g_assert_true (hole.intact);
}

static void
test_chat (const KhSimMeasure *how)
{
  KhSimChatDelay chat = kh_sim_measure_chat (how);

  g_assert_cmpint (chat.busy_us, <=, chat.idle_us + 50 * KH_SIM_MS);
  /* And not by keeping the file back. */
  g_assert_cmpfloat (chat.goodput, >=, 0.85);
}

static void
check_shares (KhSimShares shares)
{
  g_assert_cmpfloat (shares.ours, >=, 0.6);
  g_assert_cmpfloat (shares.ours, <=, 1.4);
  g_assert_cmpfloat (shares.other, >=, 0.6);
  g_assert_cmpfloat (shares.other, <=, 1.4);
}

static void
test_cubic (const KhSimMeasure *how)
{
  check_shares (kh_sim_measure_against_cubic (how, 20 * KH_SIM_MBIT, 40 * KH_SIM_MS, 0));
  check_shares (kh_sim_measure_against_cubic (how, 100 * KH_SIM_MBIT, 40 * KH_SIM_MS, 0));
  check_shares (kh_sim_measure_against_cubic (how, 20 * KH_SIM_MBIT, 100 * KH_SIM_MS, 0));
}

static void
test_twins (const KhSimMeasure *how)
{
  check_shares (kh_sim_measure_two_of_ours (how, 20 * KH_SIM_MBIT, 40 * KH_SIM_MS, 0));
  check_shares (kh_sim_measure_two_of_ours (how, 100 * KH_SIM_MBIT, 40 * KH_SIM_MS, 0));
}

/* One has had the line for itself. */
static void
test_late_twin (const KhSimMeasure *how)
{
  check_shares (
      kh_sim_measure_two_of_ours (how, 100 * KH_SIM_MBIT, 40 * KH_SIM_MS, 10 * KH_SIM_SECOND));
}

static void
test_long_fat (const KhSimMeasure *how)
{
  KhSimLongFat fat = kh_sim_measure_long_fat (how);

  g_assert_cmpfloat (fat.goodput, >=, 0.85);
  g_assert_cmpfloat (fat.memory, <=, 3);
  g_assert_cmpfloat (fat.idle, <=, 32 * 1024);
}

/* --- streams beside each other, and silence ---------------------------------------------- */

static KhSimFlow *
begin (const KhSimMeasure *how, guint64 rate, KhSimWorld **ret_world)
{
  KhSimLinkConfig line = { .delay_us = 20 * KH_SIM_MS, .rate = rate };
  KhSimPipe *pipe;

  line.queue_bytes = kh_sim_bdp (rate, 40 * KH_SIM_MS);
  *ret_world = kh_sim_world_new (how->seed);
  pipe = kh_sim_pipe_new (*ret_world);
  kh_sim_pipe_set_lines (pipe, &line);
  return kh_sim_flow_new (pipe, *ret_world, how->congestion, how->datagram);
}

static void
test_fair_streams (const KhSimMeasure *how)
{
  g_autoptr (KhSimWorld) world = NULL;
  KhSimFlow *flow = begin (how, 20 * KH_SIM_MBIT, &world);
  guint64 ids[5];
  double share;

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    ids[i] = kh_sim_flow_start_bulk (flow, 0);
  kh_sim_world_run (world, 10 * KH_SIM_SECOND);
  share = (double) kh_sim_flow_get_received (flow) / G_N_ELEMENTS (ids);
  g_assert_cmpfloat (share, >, 1e6);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_assert_cmpfloat ((double) kh_sim_flow_get_stream_received (flow, ids[i]), >, 0.8 * share);
      g_assert_cmpfloat ((double) kh_sim_flow_get_stream_received (flow, ids[i]), <, 1.2 * share);
    }
}

/* Messages of 1.6 Mbit/s on a line of 3 Mbit/s, which files would fill three times over. */
static void
test_chat_first (const KhSimMeasure *how)
{
  g_autoptr (KhSimWorld) world = NULL;
  KhSimFlow *flow = begin (how, 3 * KH_SIM_MBIT, &world);

  for (guint i = 0; i < 3; i++)
    kh_sim_flow_start_bulk (flow, 0);
  kh_sim_world_run (world, 2 * KH_SIM_SECOND);
  kh_sim_flow_set_chat (flow, KH_SIM_MS);
  kh_sim_world_run (world, 20 * KH_SIM_SECOND);
  /* All but those of the last moment. */
  g_assert_cmpuint (kh_sim_flow_get_messages (flow), >, 19000);
  g_assert_cmpint (kh_sim_flow_get_delay (flow, 0.95), <, 500 * KH_SIM_MS);
}

static gboolean
is_done (gpointer flow)
{
  return kh_sim_flow_is_done (flow);
}

static void
test_quiet (const KhSimMeasure *how)
{
  g_autoptr (KhSimWorld) world = NULL;
  KhSimFlow *flow = begin (how, 20 * KH_SIM_MBIT, &world);
  KhSimEnd *ends[2];
  guint64 sent[2];

  kh_sim_flow_start_bulk (flow, 5 * 1000 * 1000);
  g_assert_true (kh_sim_world_run_until (world, is_done, flow, 10 * KH_SIM_SECOND));
  kh_sim_world_run (world, KH_SIM_SECOND);
  for (guint i = 0; i < 2; i++)
    {
      ends[i] = kh_sim_flow_get_end (flow, i);
      sent[i] = ends[i]->packets_out;
      g_assert_true (kh_connection_is_idle (ends[i]->connection));
      g_assert_cmpint (kh_connection_next_timeout (ends[i]->connection), ==, KH_NEVER);
    }
  kh_sim_world_run (world, 60 * KH_SIM_MINUTE);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpuint (ends[i]->packets_out, ==, sent[i]);
}

int
main (int argc, char **argv)
{
  static const Scenario scenarios[] = {
    { "/sim/transport/loss", test_loss, N_SEEDS },
    { "/sim/transport/satellite", test_satellite, 1 },
    { "/sim/transport/blackhole", test_blackhole, N_SEEDS },
    { "/sim/transport/chat", test_chat, 1 },
    { "/sim/transport/cubic", test_cubic, N_SEEDS },
    { "/sim/transport/twins", test_twins, N_SEEDS },
    { "/sim/transport/late-twin", test_late_twin, N_SEEDS },
    { "/sim/transport/long-fat", test_long_fat, 1 },
    { "/sim/transport/fair-streams", test_fair_streams, 1 },
    { "/sim/transport/chat-first", test_chat_first, 1 },
    { "/sim/transport/quiet", test_quiet, 1 },
  };

  kh_sim_init (&argc, &argv);
  for (guint i = 0; i < G_N_ELEMENTS (scenarios); i++)
    g_test_add_data_func (scenarios[i].path, &scenarios[i], run_seeds);
  return g_test_run ();
}
