/* bench-serve.c: the receiver of a measurement: counts, looks whether the data is whole, answers
 *
 * Owns one small record a stream. The peer opens at most as many as the transport allows, and what
 * comes is read at once, so a measurement takes no memory beside the transport's.
 */
#include "engine/bench-private.h"
#include "engine/engine-private.h"

#include <string.h>

typedef struct
{
  KhConversation *conversation; /* borrowed: its table of streams tells when it goes */
  guint64 id;
  guint8 number[KH_BENCH_HEADER_SIZE];
  guint header_len;
  guint64 bytes;
} Served;

/* The first byte of a run on whichever of its streams starts the clocks. */
static void
begin_run (Served *self)
{
  KhBenchRun *run = &self->conversation->bench_run;

  if (run->is_set && memcmp (run->number, self->number, sizeof run->number) == 0)
    return;
  memcpy (run->number, self->number, sizeof run->number);
  run->is_set = TRUE;
  run->start_us = g_get_monotonic_time ();
  run->start_cpu_us = kh_bench_cpu_us ();
}

/* Returns FALSE where the data is not what the sender of a measurement sends. */
static gboolean
take (Served *self, const guint8 *data, gsize len)
{
  if (self->header_len < KH_BENCH_HEADER_SIZE)
    {
      gsize n = MIN (len, KH_BENCH_HEADER_SIZE - self->header_len);

      memcpy (self->number + self->header_len, data, n);
      self->header_len += (guint) n;
      data += n;
      len -= n;
      if (self->header_len == KH_BENCH_HEADER_SIZE)
        begin_run (self);
    }
  if (!kh_bench_data_check (self->bytes, data, len))
    return FALSE;
  self->bytes += len;
  return TRUE;
}

static gboolean
read_all (Served *self, KhEngine *engine)
{
  const KhPeerId *peer = &self->conversation->peer;
  gint64 now_us = g_get_monotonic_time ();
  const guint8 *data;
  gsize len;

  while (kh_node_stream_peek (kh_conversation_get_node (self->conversation), peer, self->id, &data,
                              &len))
    {
      if (!take (self, data, len))
        return FALSE;
      kh_node_stream_consume (kh_conversation_get_node (self->conversation), peer, self->id, len,
                              now_us);
    }
  return TRUE;
}

static void
answer (Served *self, KhEngine *engine)
{
  const KhBenchRun *run = &self->conversation->bench_run;
  const KhPeerId *peer = &self->conversation->peer;
  gint64 now_us = g_get_monotonic_time ();
  guint8 buf[KH_BENCH_ANSWER_SIZE];

  kh_bench_put_u64 (buf, self->bytes);
  kh_bench_put_u64 (buf + 8, (guint64) (now_us - run->start_us));
  kh_bench_put_u64 (buf + 16, (guint64) (kh_bench_cpu_us () - run->start_cpu_us));
  /* Nothing was written to the stream before: there is room. */
  kh_node_stream_write (kh_conversation_get_node (self->conversation), peer, self->id, buf,
                        sizeof buf, now_us);
  kh_node_finish_stream (kh_conversation_get_node (self->conversation), peer, self->id, now_us);
}

static void
served_lost (gpointer user_data)
{
  g_free (user_data);
}

static void
served_news (gpointer user_data, const KhEvent *event)
{
  Served *self = user_data;
  KhEngine *engine = self->conversation->engine;
  KhStreams *streams = self->conversation->streams;

  if (!read_all (self, engine) ||
      (event->stream.finished && self->header_len < KH_BENCH_HEADER_SIZE))
    kh_streams_abort (streams, engine, self->id, KH_STREAM_CODE_DAMAGED);
  else if (event->stream.reset || event->stream.stopped)
    kh_streams_abort (streams, engine, self->id, KH_STREAM_CODE_CANCELLED);
  else if (event->stream.finished)
    {
      answer (self, engine);
      kh_streams_remove (streams, self->id);
    }
  else
    {
      kh_conversation_kick (self->conversation);
      return;
    }
  kh_conversation_kick (self->conversation);
  g_free (self);
}

void
kh_bench_serve_stream (KhConversation *conversation, guint64 id)
{
  static const KhStreamOps ops = { served_news, served_lost };
  Served *self = g_new0 (Served, 1);

  self->conversation = conversation;
  self->id = id;
  kh_streams_add (conversation->streams, id, &ops, self);
}
