/* measures.c: see measures.h */
#include "measures.h"

#include <malloc.h>

/* How often memory is looked at. */
#define STEP_US (10 * KH_SIM_MS)

typedef struct
{
  KhSimWorld *world;
  KhSimPipe *pipe;
} Bench;

static Bench
bench_new (const KhSimMeasure *how, guint64 rate, gint64 rtt_us, gsize queue, double loss)
{
  KhSimLinkConfig line = { .delay_us = rtt_us / 2, .rate = rate, .queue_bytes = queue };
  Bench bench;

  bench.world = kh_sim_world_new (how->seed);
  bench.pipe = kh_sim_pipe_new (bench.world);
  kh_sim_pipe_set_lines (bench.pipe, &line);
  line.loss = loss;
  kh_sim_link_set_config (kh_sim_pipe_get_line (bench.pipe, KH_SIM_NEAR), &line);
  return bench;
}

static KhSimFlow *
add_flow (const Bench *bench, const KhSimMeasure *how)
{
  return kh_sim_flow_new (bench->pipe, bench->world, how->congestion, how->datagram);
}

gsize
kh_sim_bdp (guint64 rate, gint64 rtt_us)
{
  return (gsize) (rate / 8 * (guint64) rtt_us / KH_SIM_SECOND);
}

/* Goodput of @flow over @duration_us from now, in parts of @rate. */
static double
run (const Bench *bench, KhSimFlow *flow, guint64 rate, gint64 duration_us)
{
  guint64 before = kh_sim_flow_get_received (flow);
  double seconds = (double) duration_us / KH_SIM_SECOND;

  kh_sim_world_run (bench->world, duration_us);
  return (double) (kh_sim_flow_get_received (flow) - before) * 8 / seconds / (double) rate;
}

double
kh_sim_measure_loss (const KhSimMeasure *how, double loss)
{
  guint64 rate = 100 * KH_SIM_MBIT;
  gint64 rtt_us = 100 * KH_SIM_MS;
  Bench bench = bench_new (how, rate, rtt_us, kh_sim_bdp (rate, rtt_us), loss);
  KhSimFlow *flow = add_flow (&bench, how);
  double goodput;

  kh_sim_flow_start_bulk (flow, 0);
  goodput = run (&bench, flow, rate, 30 * KH_SIM_SECOND);
  kh_sim_world_free (bench.world);
  return goodput;
}

double
kh_sim_measure_satellite (const KhSimMeasure *how)
{
  guint64 rate = 20 * KH_SIM_MBIT;
  gint64 rtt_us = 600 * KH_SIM_MS;
  Bench bench = bench_new (how, rate, rtt_us, kh_sim_bdp (rate, rtt_us), 0);
  KhSimFlow *flow = add_flow (&bench, how);
  double goodput;

  kh_sim_flow_start_bulk (flow, 0);
  run (&bench, flow, rate, 10 * KH_SIM_SECOND);
  goodput = run (&bench, flow, rate, 30 * KH_SIM_SECOND);
  kh_sim_world_free (bench.world);
  return goodput;
}

/* Bytes that the program has, less what is on the lines. */
static double
count_memory (const Bench *bench)
{
  struct mallinfo2 info = mallinfo2 ();
  gsize held = 0;

  for (guint i = 0; i < 2; i++)
    held += kh_sim_link_get_held (kh_sim_pipe_get_line (bench->pipe, i));
  return (double) (info.uordblks + info.hblkhd) - (double) held;
}

/* Bytes of the end that has more. They cannot be used any more. */
static double
weigh_ends (const Bench *bench, KhSimFlow *flow)
{
  double most = 0;

  for (guint i = 0; i < 2; i++)
    {
      double before = count_memory (bench);

      g_clear_pointer (&kh_sim_flow_get_end (flow, i)->connection, kh_connection_free);
      most = MAX (most, before - count_memory (bench));
    }
  return most;
}

/* The same seed is the same run: so far, and then a look at who has the memory. */
static double
weigh_after (const KhSimMeasure *how, guint n_steps)
{
  guint64 rate = 1000 * KH_SIM_MBIT;
  gint64 rtt_us = 100 * KH_SIM_MS;
  Bench bench = bench_new (how, rate, rtt_us, kh_sim_bdp (rate, rtt_us), 0);
  KhSimFlow *flow = add_flow (&bench, how);
  double most;

  kh_sim_world_set_events_max (bench.world, 10 * KH_SIM_EVENTS_PER_SECOND_MAX);
  kh_sim_flow_start_bulk (flow, 0);
  kh_sim_world_run (bench.world, n_steps * STEP_US);
  most = weigh_ends (&bench, flow);
  kh_sim_world_free (bench.world);
  return most;
}

KhSimLongFat
kh_sim_measure_long_fat (const KhSimMeasure *how)
{
  guint64 rate = 1000 * KH_SIM_MBIT;
  gint64 rtt_us = 100 * KH_SIM_MS;
  gsize bdp = kh_sim_bdp (rate, rtt_us);
  Bench bench = bench_new (how, rate, rtt_us, bdp, 0);
  KhSimLongFat result = { 0 };
  double before = count_memory (&bench);
  double most = 0;
  KhSimFlow *flow = add_flow (&bench, how);
  guint64 received = 0;
  guint when = 0;

  kh_sim_world_set_events_max (bench.world, 10 * KH_SIM_EVENTS_PER_SECOND_MAX);
  kh_sim_flow_start_bulk (flow, 0);
  for (guint i = 1; i <= 1000; i++)
    {
      kh_sim_world_run (bench.world, STEP_US);
      if (count_memory (&bench) - before > most)
        {
          most = count_memory (&bench) - before;
          when = i;
        }
      if (i == 500)
        received = kh_sim_flow_get_received (flow);
    }
  received = kh_sim_flow_get_received (flow) - received;
  result.goodput = (double) received * 8 / 5 / (double) rate;
  kh_sim_flow_stop_bulk (flow);
  kh_sim_world_run (bench.world, 10 * KH_SIM_MINUTE);
  result.idle = weigh_ends (&bench, flow);
  kh_sim_world_free (bench.world);
  result.memory = weigh_after (how, when) / (double) bdp;
  return result;
}

/* Nothing else is drawn where nothing is lost: so that seeds differ. */
static gint64
stagger (const KhSimMeasure *how)
{
  return (gint64) (how->seed * 7919 % 100000);
}

static gboolean
is_done (gpointer flow)
{
  return kh_sim_flow_is_done (flow);
}

KhSimBlackhole
kh_sim_measure_blackhole (const KhSimMeasure *how)
{
  guint64 rate = 50 * KH_SIM_MBIT;
  gint64 rtt_us = 40 * KH_SIM_MS;
  Bench bench = bench_new (how, rate, rtt_us, kh_sim_bdp (rate, rtt_us), 0);
  KhSimFlow *flow = add_flow (&bench, how);
  KhConnectionRtt rtt;
  KhSimBlackhole result;
  gint64 back_us;
  guint64 before;

  kh_sim_flow_start_bulk (flow, 40 * 1000 * 1000);
  kh_sim_world_run (bench.world, 3 * KH_SIM_SECOND + stagger (how));
  rtt = kh_connection_rtt (kh_sim_flow_get_end (flow, KH_SIM_NEAR)->connection);
  /* RFC 9002, section 6.2.1 */
  result.allowed_us = 2 * rtt.smoothed_us + 4 * rtt.variation_us + KH_CONNECTION_MAX_ACK_DELAY_US;
  kh_sim_pipe_set_cut (bench.pipe, TRUE);
  kh_sim_world_run (bench.world, 5 * KH_SIM_SECOND);
  kh_sim_pipe_set_cut (bench.pipe, FALSE);
  back_us = kh_sim_world_now (bench.world);
  before = kh_sim_flow_get_received (flow);
  while (kh_sim_flow_get_received (flow) == before)
    if (!kh_sim_world_step (bench.world, back_us + KH_SIM_MINUTE))
      break;
  result.after_us = kh_sim_world_now (bench.world) - back_us;
  result.intact = kh_sim_world_run_until (bench.world, is_done, flow, KH_SIM_MINUTE);
  kh_sim_world_free (bench.world);
  return result;
}

KhSimChatDelay
kh_sim_measure_chat (const KhSimMeasure *how)
{
  guint64 rate = 100 * KH_SIM_MBIT;
  Bench bench = bench_new (how, rate, 40 * KH_SIM_MS, kh_sim_bdp (rate, KH_SIM_SECOND), 0);
  KhSimFlow *flow = add_flow (&bench, how);
  KhSimChatDelay result;

  kh_sim_flow_set_chat (flow, 100 * KH_SIM_MS);
  kh_sim_world_run (bench.world, 20 * KH_SIM_SECOND);
  result.idle_us = kh_sim_flow_get_delay (flow, 0.95);
  kh_sim_flow_forget_delays (flow);
  kh_sim_flow_start_bulk (flow, 0);
  result.goodput = run (&bench, flow, rate, 30 * KH_SIM_SECOND);
  result.busy_us = kh_sim_flow_get_delay (flow, 0.95);
  kh_sim_world_free (bench.world);
  return result;
}

/* Half of what full packets of @datagram bytes, or of TCP's, could carry, in bytes. */
static double
half (guint64 rate, gint64 duration_us)
{
  return (double) rate / 8 / 2 * ((double) duration_us / KH_SIM_SECOND);
}

KhSimShares
kh_sim_measure_against_cubic (const KhSimMeasure *how, guint64 rate, gint64 rtt_us, gint64 after_us)
{
  Bench bench = bench_new (how, rate, rtt_us, kh_sim_bdp (rate, rtt_us), 0);
  gint64 duration_us = 60 * KH_SIM_SECOND;
  KhSimFlow *flow = add_flow (&bench, how);
  KhSimShares shares;
  KhSimTcp *tcp;
  guint64 before;

  kh_sim_flow_start_bulk (flow, 0);
  kh_sim_world_run (bench.world, after_us + stagger (how));
  before = kh_sim_flow_get_received (flow);
  tcp = kh_sim_tcp_new (bench.pipe, bench.world);
  kh_sim_world_run (bench.world, duration_us);
  shares.ours = (double) (kh_sim_flow_get_received (flow) - before) / half (rate, duration_us);
  shares.other = (double) kh_sim_tcp_get_received (tcp) / half (rate, duration_us);
  kh_sim_world_free (bench.world);
  return shares;
}

KhSimShares
kh_sim_measure_two_of_ours (const KhSimMeasure *how, guint64 rate, gint64 rtt_us, gint64 after_us)
{
  Bench bench = bench_new (how, rate, rtt_us, kh_sim_bdp (rate, rtt_us), 0);
  gint64 duration_us = 60 * KH_SIM_SECOND;
  KhSimFlow *first = add_flow (&bench, how);
  KhSimFlow *second = add_flow (&bench, how);
  KhSimShares shares;
  guint64 before;

  kh_sim_flow_start_bulk (first, 0);
  kh_sim_world_run (bench.world, after_us + stagger (how));
  before = kh_sim_flow_get_received (first);
  kh_sim_flow_start_bulk (second, 0);
  kh_sim_world_run (bench.world, duration_us);
  shares.ours = (double) (kh_sim_flow_get_received (first) - before) / half (rate, duration_us);
  shares.other = (double) kh_sim_flow_get_received (second) / half (rate, duration_us);
  kh_sim_world_free (bench.world);
  return shares;
}
