/* test-hostile-peer.c: a peer with valid keys that means ill
 *
 * Whatever it sends: the honest side closes with the error that fits, or bears it; and what it
 * spends in memory and in packets stays in proportion to what was sent to it.
 */
#include <malloc.h>
#include <string.h>

#include "evil-peer.h"
#include "scene.h"
#include "tests/sanitized.h"
#include "transport/connection.h"

#define PATIENCE_US (20 * KH_SIM_SECOND)
#define STILL_OPEN G_MAXUINT64
/* Bytes that one session may cost: its window, and a block of 16 KiB for each stream
 * (connection.h); and as much again for what the oracle remembers of each packet. */
#define MEMORY_MAX (2.0 * (KH_CONNECTION_WINDOW + KH_CONNECTION_STREAMS_MAX * 16384))
#define FLOOD (KH_SANITIZED ? 5000 : 20000)

typedef struct
{
  KhSimScene *scene;
  KhEvilPeer *evil;
  guint8 buf[KH_DATAGRAM_MAX - KH_SEALED_OVERHEAD];
  KhWriter writer;
  guint64 stream; /* the first that the evil one may open */
  double memory;
} Stage;

static void
stage_init (Stage *self)
{
  KhSimHome home = { 0 };

  self->scene = kh_sim_scene_new (kh_sim_seed (1), &home, &home);
  kh_sim_scene_begin_meeting (self->scene, 3);
  g_assert_true (kh_sim_scene_wait (self->scene, kh_sim_scene_is_met, PATIENCE_US));
  kh_sim_world_run (self->scene->world, 5 * KH_SIM_SECOND);
  /* Bob was called, so his streams have odd numbers. */
  self->stream = 1;
  self->evil = kh_evil_peer_take (self->scene->b, self->scene->a);
  self->memory = (double) mallinfo2 ().uordblks;
}

static void
run (Stage *self, gint64 duration_us)
{
  kh_sim_world_run (self->scene->world, duration_us);
}

static KhWriter *
begin (Stage *self)
{
  self->writer = kh_writer_init (self->buf, sizeof self->buf);
  return &self->writer;
}

static void
send (Stage *self)
{
  kh_evil_peer_send_writer (self->evil, &self->writer);
}

static void
send_stream (Stage *self, guint64 id, guint64 offset, const char *data, gsize len, gboolean fin)
{
  guint8 *at = kh_frame_write_stream_head (begin (self), id, offset, len, fin);

  g_assert_nonnull (at);
  memcpy (at, data, len);
  send (self);
}

static gboolean
is_closed (gpointer user_data)
{
  Stage *self = user_data;

  return kh_evil_peer_get_seen (self->evil)->closed;
}

/* Ends the stage. @code: of the CLOSE that must have come, or STILL_OPEN. */
static void
finish (Stage *self, guint64 code)
{
  const KhEvilSeen *seen = kh_evil_peer_get_seen (self->evil);
  KhSimTalk *talk = kh_sim_peer_get_talk (self->scene->a, self->scene->b);

  kh_sim_world_run_until (self->scene->world, is_closed, self, 2 * KH_SIM_SECOND);
  g_assert_cmpfloat ((double) mallinfo2 ().uordblks - self->memory, <, MEMORY_MAX);
  if (code == STILL_OPEN)
    {
      g_assert_false (seen->closed);
      g_assert_true (talk->up);
    }
  else
    {
      g_assert_true (seen->closed);
      g_assert_cmpuint (seen->close_code, ==, code);
      g_assert_cmpuint (talk->n_closed, ==, 1);
      g_assert_cmpint (talk->closed.closed.code, ==, KH_CLOSE_PROTOCOL);
    }
  kh_sim_scene_free (self->scene);
}

/* --- acknowledgements -------------------------------------------------------------------- */

static void
test_ack_unsent (void)
{
  KhFrameAckRange range = { 0, G_GUINT64_CONSTANT (1) << 40 };
  Stage stage;

  stage_init (&stage);
  kh_frame_write_ack (begin (&stage), 0, &range, 1);
  send (&stage);
  finish (&stage, KH_TRANSPORT_PROTOCOL_VIOLATION);
}

static void
send_acks (Stage *self, guint64 id)
{
  KhFrameAckRange range = { 0, kh_evil_peer_get_seen (self->evil)->largest };

  kh_frame_write_ack (begin (self), 0, &range, 1);
  kh_frame_write_max_data (&self->writer, G_GUINT64_CONSTANT (1) << 40);
  kh_frame_write_max_stream_data (&self->writer, id, G_GUINT64_CONSTANT (1) << 40);
  send (self);
}

/* All that can have been sent by now is acknowledged, though a third of it never came. */
static void
test_ack_optimistic (void)
{
  static guint8 data[65536];
  KhSimLinkConfig lossy = { .loss = 0.3 };
  KhSimPeer *ada;
  guint64 id;
  Stage stage;

  stage_init (&stage);
  ada = stage.scene->a;
  kh_sim_scene_set_paths (stage.scene, &lossy);
  g_assert_true (kh_node_open_stream (ada->node, &stage.scene->b->id, &id,
                                      kh_sim_world_now (stage.scene->world)));
  for (guint i = 0; i < 5000 && !is_closed (&stage); i++)
    {
      kh_node_stream_write (ada->node, &stage.scene->b->id, id, data, sizeof data,
                            kh_sim_world_now (stage.scene->world));
      kh_sim_host_pump (ada->host);
      run (&stage, 10 * KH_SIM_MS);
      send_acks (&stage, id);
    }
  finish (&stage, KH_TRANSPORT_PROTOCOL_VIOLATION);
}

/* --- streams ----------------------------------------------------------------------------- */

static void
test_stream_flow_control (void)
{
  Stage stage;

  stage_init (&stage);
  send_stream (&stage, stage.stream, KH_CONNECTION_STREAM_WINDOW, "x", 1, FALSE);
  finish (&stage, KH_TRANSPORT_FLOW_CONTROL_ERROR);
}

static void
test_flow_control (void)
{
  Stage stage;

  stage_init (&stage);
  for (guint i = 0; i <= KH_CONNECTION_WINDOW / KH_CONNECTION_STREAM_WINDOW; i++)
    send_stream (&stage, stage.stream + 2 * i, KH_CONNECTION_STREAM_WINDOW - 1, "x", 1, FALSE);
  finish (&stage, KH_TRANSPORT_FLOW_CONTROL_ERROR);
}

static void
test_chat_flow_control (void)
{
  Stage stage;

  stage_init (&stage);
  send_stream (&stage, 0, 10 * KH_CONNECTION_STREAM_WINDOW, "x", 1, FALSE);
  finish (&stage, KH_TRANSPORT_FLOW_CONTROL_ERROR);
}

static void
test_reset_flow_control (void)
{
  Stage stage;

  stage_init (&stage);
  kh_frame_write_reset_stream (begin (&stage), stage.stream, 1, G_GUINT64_CONSTANT (1) << 50);
  send (&stage);
  finish (&stage, KH_TRANSPORT_FLOW_CONTROL_ERROR);
}

static void
test_million_streams (void)
{
  Stage stage;

  stage_init (&stage);
  send_stream (&stage, stage.stream + 2 * 1000 * 1000, 0, "x", 1, FALSE);
  finish (&stage, KH_TRANSPORT_STREAM_LIMIT_ERROR);
}

static void
test_unopened_stream (void)
{
  Stage stage;

  stage_init (&stage);
  send_stream (&stage, 2000, 0, "x", 1, FALSE);
  finish (&stage, KH_TRANSPORT_STREAM_STATE_ERROR);
}

static void
test_moving_end (void)
{
  Stage stage;

  stage_init (&stage);
  send_stream (&stage, stage.stream, 0, "some", 4, TRUE);
  send_stream (&stage, stage.stream, 4, "more", 4, FALSE);
  finish (&stage, KH_TRANSPORT_FINAL_SIZE_ERROR);
}

/* What was read once does not change, and one of the two is read. */
static void
test_overlap (void)
{
  Stage stage;
  char buf[16];
  gsize n;

  stage_init (&stage);
  send_stream (&stage, stage.stream, 2, "aaaa", 4, FALSE);
  send_stream (&stage, stage.stream, 3, "bbbbbb", 6, FALSE);
  send_stream (&stage, stage.stream, 0, "cccc", 4, FALSE);
  run (&stage, KH_SIM_SECOND);
  n = kh_node_stream_read (stage.scene->a->node, &stage.scene->b->id, stage.stream, buf, sizeof buf,
                           kh_sim_world_now (stage.scene->world));
  g_assert_cmpuint (n, ==, 9);
  g_assert_true (memcmp (buf, "cc", 2) == 0);
  g_assert_true (buf[2] == 'a' || buf[2] == 'c');
  g_assert_true (memcmp (buf + 6, "bbb", 3) == 0);
  send_stream (&stage, stage.stream, 0, "dddd", 4, FALSE);
  run (&stage, KH_SIM_SECOND);
  g_assert_cmpuint (kh_node_stream_read (stage.scene->a->node, &stage.scene->b->id, stage.stream,
                                         buf, sizeof buf, kh_sim_world_now (stage.scene->world)),
                    ==, 0);
  finish (&stage, STILL_OPEN);
}

/* Every other byte, as many to a packet as fit. What has no room is not acknowledged. */
static void
test_gaps (void)
{
  guint64 at = 1;
  Stage stage;

  stage_init (&stage);
  while (at < KH_CONNECTION_STREAM_WINDOW)
    {
      begin (&stage);
      while (kh_writer_left (&stage.writer) > 20 && at < KH_CONNECTION_STREAM_WINDOW)
        {
          *kh_frame_write_stream_head (&stage.writer, stage.stream, at, 1, FALSE) = 'x';
          at += 2;
        }
      send (&stage);
      run (&stage, KH_SIM_MS);
    }
  finish (&stage, STILL_OPEN);
}

/* All streams that there may be, with one byte at the end of each one's window. */
static void
test_far_bytes (void)
{
  Stage stage;

  stage_init (&stage);
  for (guint i = 0; i < KH_CONNECTION_STREAMS_MAX; i++)
    send_stream (&stage, stage.stream + 2 * i, KH_CONNECTION_WINDOW / KH_CONNECTION_STREAMS_MAX - 1,
                 "x", 1, FALSE);
  run (&stage, KH_SIM_SECOND);
  finish (&stage, STILL_OPEN);
}

/* --- floods ------------------------------------------------------------------------------ */

/* Answers may not be more than what was sent. */
static void
assert_in_proportion (Stage *self)
{
  const KhEvilSeen *seen = kh_evil_peer_get_seen (self->evil);

  g_assert_cmpuint (seen->bytes, <=, kh_evil_peer_get_sent (self->evil) + 100000);
  g_assert_cmpuint (seen->packets, <=, FLOOD + 1000);
}

static void
flood (Stage *self, void (*write) (Stage *self, guint number))
{
  for (guint i = 0; i < FLOOD && !is_closed (self); i++)
    {
      begin (self);
      write (self, i);
      send (self);
      if (i % 64 == 0)
        run (self, 5 * KH_SIM_MS);
    }
  assert_in_proportion (self);
}

static void
write_challenges (Stage *self, guint number)
{
  guint8 data[KH_FRAME_PATH_DATA_SIZE] = { 0 };

  memcpy (data, &number, sizeof number);
  while (kh_writer_left (&self->writer) > sizeof data + 1)
    kh_frame_write_path_challenge (&self->writer, data);
}

static void
write_tiny (Stage *self, guint number)
{
  while (kh_writer_left (&self->writer) > 20)
    {
      kh_frame_write_ping (&self->writer);
      kh_frame_write_max_data (&self->writer, number);
      kh_frame_write_stream_head (&self->writer, self->stream, 0, 0, FALSE);
    }
}

static void
write_candidates (Stage *self, guint number)
{
  while (kh_writer_left (&self->writer) > 40)
    {
      KhAddr addr = kh_addr_ipv4 (203, (guint8) (number >> 8), (guint8) number,
                                  (guint8) self->writer.len, 4430);

      kh_frame_write_candidate (&self->writer, 0, number, &addr);
    }
}

static void
write_resets (Stage *self, guint number)
{
  guint64 id = self->stream + 2 * (number % KH_CONNECTION_STREAMS_MAX);

  kh_frame_write_reset_stream (&self->writer, id, number, 0);
  kh_frame_write_stop_sending (&self->writer, id, number);
}

static void
write_datagrams (Stage *self, guint number)
{
  guint8 data[3] = { 0 };

  while (kh_writer_left (&self->writer) > sizeof data + 8)
    kh_frame_write_datagram (&self->writer, data, sizeof data);
}

static void
test_flood (gconstpointer data)
{
  void (*write) (Stage *, guint) = *(void (*const *) (Stage *, guint)) data;
  Stage stage;

  stage_init (&stage);
  flood (&stage, write);
  finish (&stage, STILL_OPEN);
}

static void
write_bad_rekey (Stage *self, guint number)
{
  guint8 message[104] = { 0 };

  memcpy (message, &number, sizeof number);
  kh_frame_write_rekey (&self->writer, (guint8) number, 1, message, sizeof message);
}

/* The first that is of the right epoch is no handshake, and ends it. */
static void
test_bad_rekeys (void)
{
  Stage stage;

  stage_init (&stage);
  flood (&stage, write_bad_rekey);
  finish (&stage, KH_TRANSPORT_KEY_UPDATE_ERROR);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*write) (Stage *, guint);
  } floods[] = {
    { "/sim/hostile-peer/challenges", write_challenges },
    { "/sim/hostile-peer/tiny-frames", write_tiny },
    { "/sim/hostile-peer/candidates", write_candidates },
    { "/sim/hostile-peer/resets", write_resets },
    { "/sim/hostile-peer/datagrams", write_datagrams },
  };

  kh_sim_init (&argc, &argv);
  g_test_add_func ("/sim/hostile-peer/ack-unsent", test_ack_unsent);
  g_test_add_func ("/sim/hostile-peer/ack-optimistic", test_ack_optimistic);
  g_test_add_func ("/sim/hostile-peer/stream-flow-control", test_stream_flow_control);
  g_test_add_func ("/sim/hostile-peer/flow-control", test_flow_control);
  g_test_add_func ("/sim/hostile-peer/chat-flow-control", test_chat_flow_control);
  g_test_add_func ("/sim/hostile-peer/reset-flow-control", test_reset_flow_control);
  g_test_add_func ("/sim/hostile-peer/million-streams", test_million_streams);
  g_test_add_func ("/sim/hostile-peer/unopened-stream", test_unopened_stream);
  g_test_add_func ("/sim/hostile-peer/moving-end", test_moving_end);
  g_test_add_func ("/sim/hostile-peer/overlap", test_overlap);
  g_test_add_func ("/sim/hostile-peer/gaps", test_gaps);
  g_test_add_func ("/sim/hostile-peer/far-bytes", test_far_bytes);
  g_test_add_func ("/sim/hostile-peer/bad-rekeys", test_bad_rekeys);
  for (guint i = 0; i < G_N_ELEMENTS (floods); i++)
    g_test_add_data_func (floods[i].path, &floods[i].write, test_flood);
  return g_test_run ();
}
