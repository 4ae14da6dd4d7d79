/* talk-bench.c: the measurement of --bench-to, once there is a direct path (bench.h of the engine)
 *
 * Chat goes on meanwhile. When the measurement is over, the input is over too: what is left of it
 * is not read, and the run ends as soon as what was read is delivered.
 */
#include "term/talk-private.h"

const char *
kh_talk_bench_to_string (KhTalkBench bench)
{
  static const char *const names[] = {
    [KH_TALK_BENCH_NONE] = "none",
    [KH_TALK_BENCH_WAITING] = "waiting",
    [KH_TALK_BENCH_RUNNING] = "running",
    [KH_TALK_BENCH_DONE] = "done",
  };

  return (guint) bench < G_N_ELEMENTS (names) ? names[bench] : "unknown";
}

static void
set_bench (KhTalk *self, KhTalkBench bench)
{
  g_debug ("talk: measurement %s -> %s", kh_talk_bench_to_string (self->bench),
           kh_talk_bench_to_string (bench));
  self->bench = bench;
}

void
kh_talk_bench_init (KhTalk *self)
{
  if (self->options->bench)
    set_bench (self, KH_TALK_BENCH_WAITING);
  kh_engine_set_bench_serve (self->engine, self->options->bench_serve);
}

gboolean
kh_talk_bench_is_pending (KhTalk *self)
{
  return self->bench == KH_TALK_BENCH_WAITING || self->bench == KH_TALK_BENCH_RUNNING;
}

static void
report (KhTalk *self, const KhBenchResult *result)
{
  const KhReportBench figures = {
    .goodput_bps = result->goodput_bps,
    .bytes = result->bytes,
    .packets = result->packets,
    .lost = result->lost,
    .retransmitted_ppm = (guint64) ((double) result->bytes_retransmitted * 1e6 /
                                    (double) MAX (result->bytes_sent, 1)),
    .elapsed_us = result->elapsed_us,
    .rtt_min_us = result->rtt_min_us,
    .rtt_mean_us = result->rtt_mean_us,
    .rtt_p95_us = result->rtt_p95_us,
    .cpu_us = result->cpu_us,
    .peer_cpu_us = result->peer_cpu_us,
  };

  kh_talk_report (self, &(KhReport){ .type = KH_REPORT_BENCH,
                                     .peer_id = kh_conversation_get_peer_id (self->target),
                                     .name = kh_conversation_get_name (self->target),
                                     .bench = &figures });
}

static void
on_measured (GObject *source, GAsyncResult *result, gpointer user_data)
{
  KhTalk *self = user_data;
  g_autoptr (GError) error = NULL;
  KhBenchResult figures;
  gboolean measured = kh_engine_bench_finish (KH_ENGINE (source), result, &figures, &error);

  set_bench (self, KH_TALK_BENCH_DONE);
  if (self->stage == KH_TALK_CLOSING)
    return;
  if (measured)
    report (self, &figures);
  else
    {
      self->failed = TRUE;
      kh_talk_report_error (self, self->target, error);
    }
  if (self->stage == KH_TALK_TALKING)
    kh_talk_end_input (self);
  else
    kh_talk_start_timeout (self);
  kh_talk_look_soon (self);
}

void
kh_talk_bench_look (KhTalk *self)
{
  if (self->bench != KH_TALK_BENCH_WAITING || self->target == NULL ||
      self->stage == KH_TALK_CLOSING ||
      kh_conversation_get_presence (self->target) != KH_PRESENCE_CONNECTED ||
      kh_conversation_get_route (self->target) != KH_ROUTE_DIRECT)
    return;
  /* The patience was for the peer to come. */
  kh_talk_stop_timeout (self);
  set_bench (self, KH_TALK_BENCH_RUNNING);
  kh_engine_bench_async (self->engine, self->target, &self->options->plan, self->cancellable,
                         on_measured, self);
}

void
kh_talk_bench_give_up (KhTalk *self)
{
  if (self->bench == KH_TALK_BENCH_WAITING)
    kh_talk_report_own_error (self, KH_TERM_ERROR_BENCH_NOT_BEGUN, 0);
  else if (self->bench == KH_TALK_BENCH_RUNNING)
    kh_talk_report_own_error (self, KH_TERM_ERROR_BENCH_STOPPED, 0);
  self->failed |= kh_talk_bench_is_pending (self);
}
