/* test-connection-hostile.c: a peer with valid keys that means ill: what it can make us keep and do
 *
 * The errors that close a connection are in test-connection.c; here is what is no error, or not at
 * once, and must cost bounded memory.
 */
#include "heap.h"
#include "pipe.h"

#include <string.h>

/* Bytes that a connection may hold after an attack on its bookkeeping: 128 streams, and a few
 * hundred pieces. */
#define HARMLESS (400 * 1024)

typedef struct
{
  Pipe *pipe;
  gsize before; /* heap */
  guint8 buf[PIPE_PAYLOAD];
  KhWriter w;
} Attack;

static void
attack_begin (Attack *self)
{
  self->pipe = pipe_new ();
  /* The victim is side 1; its packets lead nowhere. */
  self->pipe->is_cut = TRUE;
  self->before = heap_in_use ();
  self->w = kh_writer_init (self->buf, sizeof self->buf);
}

static void
attack_send (Attack *self)
{
  pipe_inject (self->pipe, 1, self->w.data, self->w.len);
  pipe_flush (self->pipe);
  self->w = kh_writer_init (self->buf, sizeof self->buf);
}

static void
attack_end (Attack *self, gsize bound)
{
  g_assert_false (kh_connection_is_closed (self->pipe->side[1]));
  if (heap_is_counted ())
    g_assert_cmpuint (heap_in_use (), <=, self->before + bound);
  pipe_free (self->pipe);
}

static void
put_stream (Attack *self, guint64 id, guint64 offset, gsize len, char what, gboolean fin)
{
  KhWriter mark = self->w;
  guint8 *data = kh_frame_write_stream_head (&self->w, id, offset, len, fin);

  if (data == NULL)
    {
      self->w = mark;
      attack_send (self);
      data = kh_frame_write_stream_head (&self->w, id, offset, len, fin);
      g_assert_nonnull (data);
    }
  memset (data, what, len);
}

/* What was said first stays said. */
static void
test_overlap (void)
{
  Attack attack;
  char got[41] = "";

  attack_begin (&attack);
  put_stream (&attack, 0, 10, 10, 'a', FALSE);
  put_stream (&attack, 0, 5, 20, 'b', FALSE);
  put_stream (&attack, 0, 0, 30, 'c', FALSE);
  put_stream (&attack, 0, 0, 40, 'd', FALSE);
  attack_send (&attack);
  g_assert_cmpuint (kh_connection_stream_read (attack.pipe->side[1], 0, got, 40), ==, 40);
  g_assert_cmpstr (got, ==, "cccccbbbbbaaaaaaaaaabbbbbcccccdddddddddd");
  attack_end (&attack, HARMLESS);
}

/* One byte at every other offset, of the chat and of all streams that there may be. */
static void
test_tiny_frames (void)
{
  Attack attack;

  attack_begin (&attack);
  for (guint64 id = 0; id < 8; id += 2)
    {
      for (guint64 offset = 1; offset < KH_CONNECTION_STREAM_WINDOW; offset += 2)
        put_stream (&attack, id, offset, 1, 'x', FALSE);
    }
  attack_send (&attack);
  attack_end (&attack, HARMLESS);
}

/* A packet of which something was not kept is not acknowledged: an honest sender would send it
 * again. */
static void
test_refused (void)
{
  Attack attack;
  guint64 acked;

  attack_begin (&attack);
  for (guint64 offset = 1; offset < 4 * 256; offset += 2)
    put_stream (&attack, 2, offset, 1, 'x', FALSE);
  attack_send (&attack);
  acked = attack.pipe->ack_only[1];
  for (int i = 0; i < 10; i++)
    {
      put_stream (&attack, 2, 100000 + 100 * i, 1, 'x', FALSE);
      attack_send (&attack);
    }
  g_assert_cmpuint (attack.pipe->ack_only[1], ==, acked);
  put_stream (&attack, 2, 0, 1, 'x', FALSE);
  attack_send (&attack);
  put_stream (&attack, 2, 2, 1, 'x', FALSE);
  attack_send (&attack);
  g_assert_cmpuint (attack.pipe->ack_only[1], >, acked);
  g_assert_cmpuint (kh_connection_stream_readable (attack.pipe->side[1], 2), ==, 4);
  attack_end (&attack, HARMLESS);
}

/* A byte far ahead on every stream wants a block each, and gets it; a second one costs the credit.
 */
static void
test_gaps (void)
{
  Attack attack;

  attack_begin (&attack);
  for (guint64 id = 2; id < 2 * KH_CONNECTION_STREAMS_MAX; id += 2)
    put_stream (&attack, id, 8000, 1, 'x', FALSE);
  attack_send (&attack);
  attack_end (&attack, KH_CONNECTION_STREAMS_MAX * 20000);
}

/* Each stream is reset and stopped a thousand times, and those that are long over. */
static void
test_reset_flood (void)
{
  Attack attack;
  KhConnectionEvent event;
  guint events = 0;

  attack_begin (&attack);
  for (int i = 0; i < 1000; i++)
    {
      for (guint64 id = 2; id < 2 * KH_CONNECTION_STREAMS_MAX; id += 2)
        {
          if (kh_writer_left (&attack.w) < 32)
            attack_send (&attack);
          kh_frame_write_reset_stream (&attack.w, id, i, 1);
          kh_frame_write_stop_sending (&attack.w, id, i);
        }
    }
  attack_send (&attack);
  while (kh_connection_poll_event (attack.pipe->side[1], &event))
    events++;
  /* A reset and a stop of each. */
  g_assert_cmpuint (events, ==, 2 * (KH_CONNECTION_STREAMS_MAX - 1));
  attack_end (&attack, HARMLESS);
}

/* Streams are opened and ended as fast as the limit allows: what is over is forgotten. */
static void
test_churn (void)
{
  Attack attack;
  KhConnectionEvent event;
  guint64 end = 2;
  KhFrameAckRange all = { 0, 0 };

  attack_begin (&attack);
  for (int i = 0; i < 200; i++)
    {
      for (int j = 0; j < 16; j++, end += 2)
        {
          put_stream (&attack, end, 0, 1, 'x', TRUE);
          kh_frame_write_stop_sending (&attack.w, end, 0);
          attack_send (&attack);
        }
      while (kh_connection_poll_event (attack.pipe->side[1], &event))
        {
          guint8 byte;

          g_assert_cmpint (event.type, !=, KH_CONNECTION_EVENT_CLOSED);
          if (event.type == KH_CONNECTION_EVENT_STREAM_READABLE)
            kh_connection_stream_read (attack.pipe->side[1], event.stream_id, &byte, 1);
        }
      attack.pipe->now_us += 100000;
      pipe_flush (attack.pipe);
      all.last = attack.pipe->next_pn[1] - 1;
      kh_frame_write_ack (&attack.w, 0, &all, 1);
      attack_send (&attack);
      g_assert_false (kh_connection_poll_event (attack.pipe->side[1], &event));
    }
  attack_end (&attack, HARMLESS);
}

static void
test_datagram_flood (void)
{
  Attack attack;
  guint8 data[1000] = { 0 };
  GBytes *bytes;
  gsize got = 0;

  attack_begin (&attack);
  for (int i = 0; i < 10000; i++)
    {
      g_assert_true (kh_frame_write_datagram (&attack.w, data, i % sizeof data));
      attack_send (&attack);
    }
  /* Empty ones count as well. */
  for (int i = 0; i < 10000; i++)
    {
      g_assert_true (kh_frame_write_datagram (&attack.w, data, i % 500));
      g_assert_true (kh_frame_write_datagram (&attack.w, data, 0));
      attack_send (&attack);
    }
  for (; (bytes = kh_connection_poll_datagram (attack.pipe->side[1])) != NULL; got++)
    g_bytes_unref (bytes);
  g_assert_cmpuint (got, <=, KH_CONNECTION_DATAGRAMS_MAX);
  attack_end (&attack, HARMLESS);
}

/* Answers to a flood are fewer than its packets, whatever it asks for. */
static void
test_ping_flood (void)
{
  Attack attack;

  attack_begin (&attack);
  for (int i = 0; i < 10000; i++)
    {
      kh_frame_write_ping (&attack.w);
      attack_send (&attack);
      attack.pipe->now_us += 10;
    }
  g_assert_cmpuint (attack.pipe->built[1], <=, 10000 / 2);
  attack_end (&attack, HARMLESS);
}

/* The credit of all streams is used up and unread; the chat is not held up by that. */
static void
test_chat_has_its_own (void)
{
  Attack attack;

  attack_begin (&attack);
  for (guint64 id = 2; id < 10; id += 2)
    {
      for (guint64 at = 0; at < KH_CONNECTION_STREAM_WINDOW; at += 1024)
        put_stream (&attack, id, at, 1024, 'x', FALSE);
    }
  for (guint64 at = 0; at < KH_CONNECTION_STREAM_WINDOW; at += 1024)
    put_stream (&attack, 0, at, 1024, 'x', FALSE);
  attack_send (&attack);
  g_assert_cmpuint (kh_connection_stream_readable (attack.pipe->side[1], 0), ==,
                    KH_CONNECTION_STREAM_WINDOW);
  attack_end (&attack, 2 * KH_CONNECTION_WINDOW);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/connection-hostile/overlap", test_overlap);
  g_test_add_func ("/connection-hostile/tiny-frames", test_tiny_frames);
  g_test_add_func ("/connection-hostile/refused", test_refused);
  g_test_add_func ("/connection-hostile/gaps", test_gaps);
  g_test_add_func ("/connection-hostile/reset-flood", test_reset_flood);
  g_test_add_func ("/connection-hostile/churn", test_churn);
  g_test_add_func ("/connection-hostile/datagram-flood", test_datagram_flood);
  g_test_add_func ("/connection-hostile/ping-flood", test_ping_flood);
  g_test_add_func ("/connection-hostile/chat-has-its-own", test_chat_has_its_own);
  return g_test_run ();
}
