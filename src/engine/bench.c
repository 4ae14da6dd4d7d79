/* bench.c: the sender of a measurement (bench.h)
 *
 * Owns the run: its streams, its clocks, what is to be told at the end. It fills whatever room the
 * streams have, and each is confirmed by the receiver's answer on it. The first thing to go wrong
 * ends the run.
 */
#include "engine/bench-private.h"
#include "engine/engine-private.h"

#include <string.h>

#define SAMPLE_MS 10
/* When there are so many samples, half of them go, and they are taken half as often. */
#define SAMPLES_MAX 8192

typedef struct _Bench Bench;

typedef struct
{
  Bench *bench; /* borrowed */
  guint64 id;
  gboolean open; /* in the conversation's table */
  guint64 total; /* bytes of data to send; G_MAXUINT64 until the time is over */
  guint64 sent;
  gboolean finished;                       /* our direction */
  guint8 answer[KH_BENCH_ANSWER_SIZE + 1]; /* with room to see that it is too long */
  gsize answer_len;
} BenchStream;

struct _Bench
{
  GTask *task;                  /* owned; its source is the engine */
  KhConversation *conversation; /* owned */
  BenchStream *streams;         /* owned */
  guint n_streams;
  guint n_answered;

  GSource *end;    /* (nullable) owned: when the time is over */
  GSource *cancel; /* (nullable) owned */
  GSource *sample; /* (nullable) owned */
  GArray *samples; /* owned, of gint64: round-trip times in µs */
  guint sample_ms;

  KhSessionInfo start_info;
  gint64 start_us;
  gint64 start_cpu_us;
  gint64 peer_cpu_us;
  guint64 confirmed; /* bytes that the receiver counted */
};

static KhEngine *
engine_of (Bench *self)
{
  return g_task_get_source_object (self->task);
}

static void
drop_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
bench_free (Bench *self)
{
  drop_source (&self->end);
  drop_source (&self->cancel);
  drop_source (&self->sample);
  g_array_unref (self->samples);
  g_free (self->streams);
  g_object_unref (self->conversation);
  g_object_unref (self->task);
  g_free (self);
}

/* @abort: FALSE once the session is over: the ids may mean others in the next. */
static void
drop_streams (Bench *self, gboolean abort)
{
  KhStreams *table = self->conversation->streams;

  for (guint i = 0; i < self->n_streams; i++)
    {
      BenchStream *stream = &self->streams[i];

      if (!stream->open)
        continue;
      stream->open = FALSE;
      if (abort)
        kh_streams_abort (table, engine_of (self), stream->id, KH_STREAM_CODE_CANCELLED);
      else
        kh_streams_remove (table, stream->id);
    }
}

/* @error: (transfer full) */
static void
fail (Bench *self, GError *error)
{
  g_autoptr (GTask) task = g_object_ref (self->task);

  drop_streams (self, TRUE);
  bench_free (self);
  g_task_return_error (task, error);
}

static void
fail_literal (Bench *self, KhEngineError code, const char *message)
{
  fail (self, g_error_new_literal (KH_ENGINE_ERROR, (int) code, message));
}

/* the result */

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

static void
take_sample (Bench *self)
{
  KhSessionInfo info;

  if (kh_node_get_session_info (kh_conversation_get_node (self->conversation),
                                &self->conversation->peer, &info) &&
      info.rtt_latest_us > 0)
    g_array_append_val (self->samples, info.rtt_latest_us);
}

static void
count_times (Bench *self, KhBenchResult *result)
{
  guint n = self->samples->len;
  gint64 sum_us = 0;

  if (n == 0)
    return;
  g_array_sort (self->samples, compare_times);
  for (guint i = 0; i < n; i++)
    sum_us += g_array_index (self->samples, gint64, i);
  result->rtt_min_us = g_array_index (self->samples, gint64, 0);
  result->rtt_mean_us = sum_us / n;
  result->rtt_p95_us = g_array_index (self->samples, gint64, (n * 95 + 99) / 100 - 1);
}

static void
succeed (Bench *self)
{
  g_autoptr (GTask) task = g_object_ref (self->task);
  g_autofree KhBenchResult *result = g_new0 (KhBenchResult, 1);
  const KhSessionInfo *start = &self->start_info;
  KhSessionInfo now = self->start_info;

  result->elapsed_us = MAX (g_get_monotonic_time () - self->start_us, 1);
  result->cpu_us = kh_bench_cpu_us () - self->start_cpu_us;
  result->peer_cpu_us = self->peer_cpu_us;
  result->bytes = self->confirmed;
  result->goodput_bps =
      (guint64) ((double) self->confirmed * 8 * G_USEC_PER_SEC / (double) result->elapsed_us);
  take_sample (self);
  count_times (self, result);
  kh_node_get_session_info (kh_conversation_get_node (self->conversation),
                            &self->conversation->peer, &now);
  result->packets = now.packets_sent - start->packets_sent;
  result->lost = now.packets_lost - start->packets_lost;
  result->bytes_sent = now.bytes_sent - start->bytes_sent;
  result->bytes_retransmitted = now.bytes_retransmitted - start->bytes_retransmitted;
  bench_free (self);
  g_task_return_pointer (task, g_steal_pointer (&result), g_free);
}

/* the streams */

static void
fill (BenchStream *stream)
{
  Bench *self = stream->bench;
  KhNode *node = kh_conversation_get_node (self->conversation);
  const KhPeerId *peer = &self->conversation->peer;
  gint64 now_us = g_get_monotonic_time ();
  gsize len;

  if (stream->finished)
    return;
  while (stream->sent < stream->total)
    {
      guint8 *data = kh_node_stream_extend (node, peer, stream->id, stream->total - stream->sent,
                                            &len, now_us);

      if (data == NULL)
        break;
      kh_bench_data_fill (stream->sent, data, len);
      stream->sent += len;
    }
  if (stream->sent == stream->total)
    {
      stream->finished = TRUE;
      kh_node_finish_stream (node, peer, stream->id, now_us);
    }
  kh_conversation_kick (self->conversation);
}

static void
read_answer (BenchStream *stream)
{
  stream->answer_len +=
      kh_node_stream_read (kh_conversation_get_node (stream->bench->conversation),
                           &stream->bench->conversation->peer, stream->id,
                           stream->answer + stream->answer_len,
                           sizeof stream->answer - stream->answer_len, g_get_monotonic_time ());
}

/* Returns FALSE where it is not the answer to what was sent. */
static gboolean
take_answer (BenchStream *stream)
{
  Bench *self = stream->bench;

  if (!stream->finished || stream->answer_len != KH_BENCH_ANSWER_SIZE ||
      kh_bench_get_u64 (stream->answer) != stream->sent)
    return FALSE;
  self->n_answered++;
  self->confirmed += stream->sent;
  self->peer_cpu_us = MAX (self->peer_cpu_us, (gint64) MIN (kh_bench_get_u64 (stream->answer + 16),
                                                            (guint64) G_MAXINT64));
  return TRUE;
}

static void
stream_refused (Bench *self, const KhEvent *event)
{
  guint64 code = event->stream.reset ? event->stream.reset_code : event->stream.stopped_code;

  if (code == KH_STREAM_CODE_REFUSED)
    fail_literal (self, KH_ENGINE_ERROR_REFUSED, "The other side takes no measurements.");
  else if (code == KH_STREAM_CODE_DAMAGED)
    fail_literal (self, KH_ENGINE_ERROR_INTERRUPTED, "what arrived there was not what was sent");
  else
    fail_literal (self, KH_ENGINE_ERROR_INTERRUPTED, "the other side gave it up");
}

static void
stream_news (gpointer user_data, const KhEvent *event)
{
  BenchStream *stream = user_data;
  Bench *self = stream->bench;

  if (event->stream.reset || event->stream.stopped)
    {
      stream_refused (self, event);
      return;
    }
  fill (stream);
  read_answer (stream);
  if (!event->stream.finished && stream->answer_len <= KH_BENCH_ANSWER_SIZE)
    return;
  stream->open = FALSE;
  kh_streams_remove (self->conversation->streams, stream->id);
  if (!take_answer (stream))
    fail_literal (self, KH_ENGINE_ERROR_INTERRUPTED, "the other side confirmed something else");
  else if (self->n_answered == self->n_streams)
    succeed (self);
}

static void
stream_lost (gpointer user_data)
{
  BenchStream *stream = user_data;

  drop_streams (stream->bench, FALSE);
  if (engine_of (stream->bench)->stage == KH_ENGINE_OPEN)
    fail_literal (stream->bench, KH_ENGINE_ERROR_INTERRUPTED, "the connection was lost");
  else
    fail_literal (stream->bench, KH_ENGINE_ERROR_CLOSED, "Knothole was closed.");
}

/* Returns FALSE where the peer allows no more. */
static gboolean
open_stream (Bench *self, BenchStream *stream, const guint8 *number, guint64 total)
{
  static const KhStreamOps ops = { stream_news, stream_lost };
  KhNode *node = kh_conversation_get_node (self->conversation);
  const KhPeerId *peer = &self->conversation->peer;
  gint64 now_us = g_get_monotonic_time ();
  guint8 header[1 + KH_BENCH_HEADER_SIZE] = { KH_STREAM_TYPE_BENCH };

  if (!kh_node_open_stream (node, peer, &stream->id, now_us))
    return FALSE;
  stream->bench = self;
  stream->open = TRUE;
  stream->total = total;
  memcpy (header + 1, number, KH_BENCH_HEADER_SIZE);
  kh_streams_add (self->conversation->streams, stream->id, &ops, stream);
  kh_node_stream_write (node, peer, stream->id, header, sizeof header, now_us);
  return TRUE;
}

static gboolean
open_streams (Bench *self, const KhBenchPlan *plan)
{
  guint8 number[KH_BENCH_HEADER_SIZE];
  guint64 share = plan->bytes / plan->streams, rest = plan->bytes % plan->streams;

  kh_random_fill (&engine_of (self)->random, number, sizeof number);
  for (guint i = 0; i < plan->streams; i++)
    if (!open_stream (self, &self->streams[i], number,
                      plan->bytes > 0 ? share + (i < rest) : G_MAXUINT64))
      return FALSE;
  return TRUE;
}

/* clocks */

static gboolean
on_end (gpointer user_data)
{
  Bench *self = user_data;

  drop_source (&self->end);
  for (guint i = 0; i < self->n_streams; i++)
    {
      self->streams[i].total = self->streams[i].sent;
      fill (&self->streams[i]);
    }
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  fail (user_data, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "It was cancelled."));
  return G_SOURCE_REMOVE;
}

static gboolean on_sample (gpointer user_data);

static void
attach (GSource **source, GSource *fresh, GSourceFunc callback, Bench *self)
{
  *source = fresh;
  g_source_set_callback (fresh, callback, self, NULL);
  g_source_attach (fresh, g_main_context_get_thread_default ());
}

/* Every second one, so that those that stay are spread over all of the time. */
static void
thin_samples (Bench *self)
{
  guint n = self->samples->len / 2;

  for (guint i = 0; i < n; i++)
    g_array_index (self->samples, gint64, i) = g_array_index (self->samples, gint64, 2 * i);
  g_array_set_size (self->samples, n);
  self->sample_ms *= 2;
  drop_source (&self->sample);
  attach (&self->sample, g_timeout_source_new (self->sample_ms), on_sample, self);
}

static gboolean
on_sample (gpointer user_data)
{
  Bench *self = user_data;

  take_sample (self);
  if (self->samples->len >= SAMPLES_MAX)
    thin_samples (self);
  return G_SOURCE_CONTINUE;
}

static void
start_clocks (Bench *self, const KhBenchPlan *plan)
{
  GCancellable *cancellable = g_task_get_cancellable (self->task);

  self->sample_ms = SAMPLE_MS;
  attach (&self->sample, g_timeout_source_new (SAMPLE_MS), on_sample, self);
  if (plan->bytes == 0)
    attach (&self->end, g_timeout_source_new ((guint) MIN (plan->duration_us / 1000, G_MAXUINT)),
            on_end, self);
  if (cancellable != NULL)
    attach (&self->cancel, g_cancellable_source_new (cancellable), G_SOURCE_FUNC (on_cancelled),
            self);
  self->start_cpu_us = kh_bench_cpu_us ();
  self->start_us = g_get_monotonic_time ();
}

static Bench *
bench_new (GTask *task, KhConversation *conversation, const KhBenchPlan *plan)
{
  Bench *self = g_new0 (Bench, 1);

  self->task = g_object_ref (task);
  self->conversation = g_object_ref (conversation);
  self->streams = g_new0 (BenchStream, plan->streams);
  self->n_streams = plan->streams;
  self->samples = g_array_new (FALSE, FALSE, sizeof (gint64));
  return self;
}

/* public */

void
kh_engine_set_bench_serve (KhEngine *self, gboolean serve)
{
  g_return_if_fail (KH_IS_ENGINE (self));
  self->bench_serve = serve;
}

void
kh_engine_bench_async (KhEngine *self,
                       KhConversation *conversation,
                       const KhBenchPlan *plan,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_autoptr (GTask) task =
      kh_engine_task_new (self, conversation, cancellable, callback, user_data);
  KhSessionInfo info;
  Bench *bench;

  g_return_if_fail (KH_IS_CONVERSATION (conversation));
  g_return_if_fail (plan->streams >= 1 && plan->streams <= KH_BENCH_STREAMS_MAX);
  g_return_if_fail (plan->bytes > 0 || plan->duration_us > 0);
  g_task_set_source_tag (task, kh_engine_bench_async);
  if (!kh_engine_check_open (self, task))
    return;
  if (conversation->engine != self ||
      !kh_node_get_session_info (kh_conversation_get_node (conversation), &conversation->peer,
                                 &info))
    {
      g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INTERRUPTED,
                               "there is no connection");
      return;
    }
  bench = bench_new (task, conversation, plan);
  bench->start_info = info;
  start_clocks (bench, plan);
  if (!open_streams (bench, plan))
    fail_literal (bench, KH_ENGINE_ERROR_REFUSED, "The other side allows no more streams now.");
  else
    for (guint i = 0; i < bench->n_streams; i++)
      fill (&bench->streams[i]);
}

gboolean
kh_engine_bench_finish (KhEngine *self,
                        GAsyncResult *result,
                        KhBenchResult *ret_result,
                        GError **error)
{
  g_autofree KhBenchResult *figures = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  figures = g_task_propagate_pointer (G_TASK (result), error);
  if (figures == NULL)
    return FALSE;
  *ret_result = *figures;
  return TRUE;
}
