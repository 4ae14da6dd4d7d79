/* test-bench.c: measurements between two engines on loopback, and those that do not come off */
#include "engine-fixture.h"

#include "engine/bench-private.h"
#include "engine/engine-private.h"

#include <string.h>

typedef struct
{
  User *a, *b;          /* the server runs inside a, which serves measurements; b measures */
  KhConversation *to_a; /* owned */
} Bench;

static Bench
bench_new (void)
{
  Bench pair = { user_new ("Ann"), user_new ("Ben"), NULL };

  user_serve (pair.a);
  kh_engine_set_accept_mode (pair.a->engine, KH_ACCEPT_ALL);
  pair.to_a = g_object_ref (user_connect (pair.b, kh_engine_get_peer_id (pair.a->engine),
                                          kh_engine_get_server (pair.a->engine)));
  wait_until (pair.a->sessions > 0 && pair.b->sessions > 0);
  kh_engine_set_bench_serve (pair.a->engine, TRUE);
  return pair;
}

static void
bench_free (Bench *pair)
{
  g_object_unref (pair->to_a);
  user_free (pair->b);
  user_free (pair->a);
}

static void
start (Bench *pair, KhBenchPlan plan, GCancellable *cancellable, GAsyncResult **result)
{
  kh_engine_bench_async (pair->b->engine, pair->to_a, &plan, cancellable, fixture_on_result,
                         result);
}

static KhBenchResult
measure (Bench *pair, KhBenchPlan plan)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  KhBenchResult figures = { 0 };

  start (pair, plan, NULL, &result);
  kh_engine_bench_finish (pair->b->engine, fixture_wait (&result), &figures, &error);
  g_assert_no_error (error);
  g_assert_cmpint (figures.elapsed_us, >, 0);
  g_assert_cmpint (figures.cpu_us, >, 0);
  g_assert_cmpint (figures.peer_cpu_us, >=, 0);
  g_assert_cmpint (figures.rtt_min_us, >, 0);
  g_assert_cmpint (figures.rtt_min_us, <=, figures.rtt_mean_us);
  g_assert_cmpint (figures.rtt_min_us, <=, figures.rtt_p95_us);
  g_assert_cmpuint (figures.bytes_sent, >=, figures.bytes + figures.bytes_retransmitted);
  return figures;
}

static void
expect_error (Bench *pair, GAsyncResult **result, GQuark domain, int code)
{
  g_autoptr (GError) error = NULL;
  KhBenchResult figures = { .bytes = 77 };

  g_assert_false (
      kh_engine_bench_finish (pair->b->engine, fixture_wait (result), &figures, &error));
  g_assert_error (error, domain, code);
  g_assert_cmpuint (figures.bytes, ==, 77);
  g_clear_object (result);
}

static void
test_bytes (void)
{
  static const KhBenchPlan plans[] = {
    { .bytes = 1, .streams = 1 },
    { .bytes = 3, .streams = 8 }, /* most of them empty */
    { .bytes = 3 * 1024 * 1024 + 7, .streams = 1 },
    { .bytes = 3 * 1024 * 1024 + 7, .streams = 4 },
    { .bytes = 1024 * 1024, .streams = KH_BENCH_STREAMS_MAX },
  };
  Bench pair = bench_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (plans); i++)
    {
      KhBenchResult figures = measure (&pair, plans[i]);

      g_assert_cmpuint (figures.bytes, ==, plans[i].bytes);
      g_assert_cmpuint (figures.packets, >, plans[i].bytes / KH_DATAGRAM_LARGEST);
      /* What was sent before, as the direct path took over, may be declared lost meanwhile. */
      if (plans[i].bytes > 1000)
        g_assert_cmpuint (figures.lost, <, figures.packets);
      g_assert_cmpuint (figures.goodput_bps, ==,
                        (guint64) ((double) figures.bytes * 8 * G_USEC_PER_SEC /
                                   (double) figures.elapsed_us));
    }
  bench_free (&pair);
}

static void
test_time (void)
{
  Bench pair = bench_new ();
  KhBenchResult figures = measure (&pair, (KhBenchPlan){ .duration_us = 200000, .streams = 2 });

  g_assert_cmpint (figures.elapsed_us, >=, 200000);
  g_assert_cmpuint (figures.bytes, >, 0);
  bench_free (&pair);
}

/* What is said during a measurement arrives, and neither is ended by the other. */
static void
test_chat (void)
{
  Bench pair = bench_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (KhChatMessage) message = NULL;

  start (&pair, (KhBenchPlan){ .duration_us = 3600 * (gint64) G_USEC_PER_SEC, .streams = 1 },
         cancellable, &result);
  message = user_send (pair.b, pair.to_a, "meanwhile");
  wait_until (pair.a->n_received == 1 && pair.b->delivered == 1);
  g_assert_null (result);
  g_cancellable_cancel (cancellable);
  expect_error (&pair, &result, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  /* Nothing is left of it: in the long run the peer allows as many streams as before. */
  for (guint i = 0; i < 8; i++)
    measure (&pair, (KhBenchPlan){ .bytes = 1000, .streams = 30 });
  bench_free (&pair);
}

static void
test_refused (void)
{
  Bench pair = bench_new ();
  g_autoptr (GAsyncResult) result = NULL;
  KhBenchPlan plan = { .duration_us = 3600 * (gint64) G_USEC_PER_SEC, .streams = 4 };
  g_autoptr (KhChatMessage) message = NULL;

  kh_engine_set_bench_serve (pair.a->engine, FALSE);
  start (&pair, plan, NULL, &result);
  expect_error (&pair, &result, KH_ENGINE_ERROR, KH_ENGINE_ERROR_REFUSED);
  /* The session is as before. */
  message = user_send (pair.b, pair.to_a, "well then");
  wait_until (pair.b->delivered == 1);
  kh_engine_set_bench_serve (pair.a->engine, TRUE);
  measure (&pair, (KhBenchPlan){ .bytes = 1000, .streams = 4 });
  g_assert_cmpuint (pair.a->closed + pair.b->closed, ==, 0);
  bench_free (&pair);
}

static void
test_session_ends (void)
{
  Bench pair = bench_new ();
  g_autoptr (GAsyncResult) result = NULL;
  KhBenchPlan plan = { .duration_us = 3600 * (gint64) G_USEC_PER_SEC, .streams = 4 };

  start (&pair, plan, NULL, &result);
  wait_until (user_conversation_with (pair.a, pair.b)->bench_run.is_set);
  user_close (pair.a);
  expect_error (&pair, &result, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INTERRUPTED);
  start (&pair, plan, NULL, &result);
  expect_error (&pair, &result, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INTERRUPTED);
  bench_free (&pair);
}

static void
test_engine_closes (void)
{
  Bench pair = bench_new ();
  g_autoptr (GAsyncResult) result = NULL, closed = NULL;
  KhBenchPlan plan = { .duration_us = 3600 * (gint64) G_USEC_PER_SEC, .streams = 2 };

  start (&pair, plan, NULL, &result);
  kh_engine_close_async (pair.b->engine, fixture_on_result, &closed);
  expect_error (&pair, &result, KH_ENGINE_ERROR, KH_ENGINE_ERROR_CLOSED);
  kh_engine_close_finish (pair.b->engine, fixture_wait (&closed));
  g_clear_object (&closed);
  start (&pair, plan, NULL, &result);
  expect_error (&pair, &result, KH_ENGINE_ERROR, KH_ENGINE_ERROR_CLOSED);
  bench_free (&pair);
}

/* A contact that is removed takes what is under way along. */
static void
test_removed (void)
{
  Bench pair = bench_new ();
  g_autoptr (GAsyncResult) result = NULL, removed = NULL;

  start (&pair, (KhBenchPlan){ .duration_us = 3600 * (gint64) G_USEC_PER_SEC, .streams = 2 }, NULL,
         &result);
  kh_engine_remove_async (pair.b->engine, pair.to_a, NULL, fixture_on_result, &removed);
  fixture_finish (pair.b->engine, &removed);
  expect_error (&pair, &result, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INTERRUPTED);
  bench_free (&pair);
}

/* --- streams of a peer that does not keep to the rules ------------------------------------ */

typedef struct
{
  guint64 stopped_code, reset_code;
  guint n_lost;
} Watched;

static void
watched_news (gpointer owner, const KhEvent *event)
{
  Watched *self = owner;

  if (event->stream.stopped)
    self->stopped_code = event->stream.stopped_code;
  if (event->stream.reset)
    self->reset_code = event->stream.reset_code;
}

static void
watched_lost (gpointer owner)
{
  ((Watched *) owner)->n_lost++;
}

static guint64
open_raw (Bench *pair, Watched *watched, const void *data, gsize len, gboolean finish)
{
  static const KhStreamOps ops = { watched_news, watched_lost };
  KhEngine *engine = pair->b->engine;
  gint64 now_us = g_get_monotonic_time ();
  guint64 id;

  g_assert_true (kh_node_open_stream (engine->home->node, &pair->to_a->peer, &id, now_us));
  kh_streams_add (pair->to_a->streams, id, &ops, watched);
  g_assert_cmpuint (kh_node_stream_write (engine->home->node, &pair->to_a->peer, id, data, len,
                                          now_us),
                    ==, len);
  if (finish)
    kh_node_finish_stream (engine->home->node, &pair->to_a->peer, id, now_us);
  kh_udp_driver_kick (engine->home->driver);
  return id;
}

static void
test_unknown_streams (void)
{
  static const struct
  {
    guint8 bytes[64];
    gsize len;
    gboolean finish;
    KhStreamCode code;
  } cases[] = {
    { { 0 }, 64, FALSE, KH_STREAM_CODE_REFUSED },
    { { KH_STREAM_TYPE_FILE }, 64, FALSE, KH_STREAM_CODE_REFUSED },
    { { 0xff }, 1, TRUE, KH_STREAM_CODE_REFUSED },
    { { 0 }, 0, TRUE, KH_STREAM_CODE_REFUSED },
    /* a mark that is wrong, and a header that is short */
    { { KH_STREAM_TYPE_BENCH, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 1 },
      64,
      FALSE,
      KH_STREAM_CODE_DAMAGED },
    { { KH_STREAM_TYPE_BENCH, 1, 2, 3 }, 4, TRUE, KH_STREAM_CODE_DAMAGED },
  };
  Bench pair = bench_new ();
  Watched watched;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint64 id;

      watched = (Watched){ 0 };
      id = open_raw (&pair, &watched, cases[i].bytes, cases[i].len, cases[i].finish);
      wait_until (watched.reset_code != 0);
      g_assert_cmpuint (watched.reset_code, ==, cases[i].code);
      if (!cases[i].finish)
        {
          wait_until (watched.stopped_code != 0);
          g_assert_cmpuint (watched.stopped_code, ==, cases[i].code);
        }
      kh_streams_remove (pair.to_a->streams, id);
    }

  /* Whose stream it is hears of the session's end, once. */
  watched = (Watched){ 0 };
  open_raw (&pair, &watched, "\1\1\2\3\4", 5, FALSE);
  user_close (pair.a);
  wait_until (pair.b->closed > 0);
  g_assert_cmpuint (watched.n_lost, ==, 1);
  bench_free (&pair);
}

/* However it is cut, what was sent passes, and a byte that moved does not. */
static void
test_data (void)
{
  const gsize size = 40 * KH_BENCH_MARK;
  g_autofree guint8 *data = g_malloc0 (size);

  for (gsize at = 0, len = 1; at < size; at += len, len = len % 7000 + 3)
    kh_bench_data_fill (at, data + at, MIN (len, size - at));
  for (gsize step = 1; step < 9000; step += 997)
    for (gsize at = 0; at < size; at += step)
      g_assert_true (kh_bench_data_check (at, data + at, MIN (step, size - at)));
  g_assert_false (kh_bench_data_check (0, data + 1, size - 1));
  g_assert_false (kh_bench_data_check (0, data + 16 * KH_BENCH_MARK, 5000));
  g_assert_true (kh_bench_data_check (100, data, 200));
  data[KH_BENCH_MARK + 7] ^= 1;
  g_assert_false (kh_bench_data_check (0, data, size));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bench/data", test_data);
  g_test_add_func ("/bench/bytes", test_bytes);
  g_test_add_func ("/bench/time", test_time);
  g_test_add_func ("/bench/chat", test_chat);
  g_test_add_func ("/bench/refused", test_refused);
  g_test_add_func ("/bench/session-ends", test_session_ends);
  g_test_add_func ("/bench/engine-closes", test_engine_closes);
  g_test_add_func ("/bench/removed", test_removed);
  g_test_add_func ("/bench/unknown-streams", test_unknown_streams);
  return g_test_run ();
}
