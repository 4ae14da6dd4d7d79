/* test-send-stream.c: what is owed of a stream, through losses, limits and endings */
#include "transport/send-stream.h"

#include <string.h>

#define BUFFER 8192

static guint8 bytes[BUFFER];

static KhSendChunk
take (KhSendStream *stream, gsize room, gsize *ret_fresh)
{
  KhSendChunk chunk;
  guint8 data[BUFFER];
  gsize fresh;

  g_assert_true (kh_send_stream_next (stream, room, G_MAXUINT64, &chunk));
  fresh = kh_send_stream_take (stream, &chunk, data);
  for (gsize i = 0; i < chunk.len; i++)
    g_assert_cmpuint (data[i], ==, (guint8) (chunk.offset + i));
  if (ret_fresh != NULL)
    *ret_fresh = fresh;
  return chunk;
}

static void
assert_nothing (KhSendStream *stream)
{
  KhSendChunk chunk;

  g_assert_false (kh_send_stream_next (stream, 1000, G_MAXUINT64, &chunk));
}

static KhSendStream *
stream_with (gsize len, guint64 max)
{
  KhSendStream *stream = kh_send_stream_new (max);

  for (gsize i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8) i;
  g_assert_cmpuint (kh_send_stream_write (stream, bytes, len, BUFFER), ==, MIN (len, BUFFER));
  return stream;
}

static void
test_losses (void)
{
  g_autoptr (KhSendStream) stream = stream_with (300, BUFFER);
  gsize fresh;
  KhSendChunk a = take (stream, 100, NULL);
  KhSendChunk b = take (stream, 100, NULL);
  KhSendChunk c = take (stream, 100, &fresh);
  KhSendChunk again;

  g_assert_cmpuint (fresh, ==, 100);
  assert_nothing (stream);
  kh_send_stream_on_acked (stream, &b);
  g_assert_cmpuint (kh_send_stream_unacked (stream), ==, 300);
  kh_send_stream_on_lost (stream, &a);
  kh_send_stream_on_lost (stream, &b); /* nothing of it is owed */
  again = take (stream, 60, &fresh);
  g_assert_cmpuint (again.offset, ==, 0);
  g_assert_cmpuint (fresh, ==, 0);
  /* The late ACK of the first copy takes the rest away. */
  kh_send_stream_on_acked (stream, &a);
  assert_nothing (stream);
  g_assert_cmpuint (kh_send_stream_unacked (stream), ==, 100);
  kh_send_stream_on_lost (stream, &again);
  assert_nothing (stream);
  kh_send_stream_on_acked (stream, &c);
  g_assert_cmpuint (kh_send_stream_unacked (stream), ==, 0);
  g_assert_cmpint (kh_send_stream_state (stream), ==, KH_SEND_STREAM_OPEN);
}

static void
test_limits (void)
{
  g_autoptr (KhSendStream) stream = stream_with (BUFFER + 100, 150);
  KhSendChunk chunk;

  g_assert_cmpuint (kh_send_stream_room (stream, BUFFER), ==, 0);
  g_assert_cmpuint (kh_send_stream_room (stream, BUFFER + 10), ==, 10);
  g_assert_cmpuint (kh_send_stream_room (stream, 10), ==, 0);
  g_assert_cmpuint (kh_send_stream_write (stream, bytes, 1, BUFFER), ==, 0);
  g_assert_true (kh_send_stream_next (stream, 1000, 20, &chunk));
  g_assert_cmpuint (chunk.len, ==, 20);
  g_assert_cmpuint (take (stream, 1000, NULL).len, ==, 150);
  assert_nothing (stream);
  kh_send_stream_set_max (stream, 100);
  assert_nothing (stream);
  kh_send_stream_set_max (stream, 160);
  g_assert_false (kh_send_stream_next (stream, 1000, 0, &chunk));
  chunk = take (stream, 1000, NULL);
  g_assert_cmpuint (chunk.len, ==, 10);

  /* What was sent before needs no credit. */
  kh_send_stream_on_lost (stream, &chunk);
  g_assert_true (kh_send_stream_next (stream, 1000, 0, &chunk));
  g_assert_cmpuint (chunk.offset, ==, 150);
}

static void
test_fin (void)
{
  g_autoptr (KhSendStream) stream = stream_with (100, BUFFER);
  KhSendChunk data = take (stream, 100, NULL), fin;

  g_assert_false (data.fin);
  kh_send_stream_finish (stream);
  g_assert_cmpuint (kh_send_stream_write (stream, bytes, 1, BUFFER), ==, 0);
  fin = take (stream, 100, NULL);
  g_assert_true (fin.fin);
  g_assert_cmpuint (fin.len, ==, 0);
  g_assert_cmpuint (fin.offset, ==, 100);
  assert_nothing (stream);

  kh_send_stream_on_lost (stream, &fin);
  fin = take (stream, 100, NULL);
  g_assert_true (fin.fin);
  kh_send_stream_on_acked (stream, &fin);
  g_assert_cmpint (kh_send_stream_state (stream), ==, KH_SEND_STREAM_FINISHING);
  kh_send_stream_on_lost (stream, &fin);
  assert_nothing (stream);
  kh_send_stream_on_lost (stream, &data);
  data = take (stream, 1000, NULL);
  g_assert_true (data.fin);
  kh_send_stream_on_acked (stream, &data);
  g_assert_cmpint (kh_send_stream_state (stream), ==, KH_SEND_STREAM_DONE);
  kh_send_stream_on_lost (stream, &data);
  assert_nothing (stream);
  kh_send_stream_reset (stream, 1);
  g_assert_cmpint (kh_send_stream_state (stream), ==, KH_SEND_STREAM_DONE);
}

static void
test_reset (void)
{
  g_autoptr (KhSendStream) stream = stream_with (100, BUFFER);
  KhSendChunk chunk = take (stream, 40, NULL);
  guint64 code, final_size;

  g_assert_false (kh_send_stream_owes_reset (stream, &code, &final_size));
  kh_send_stream_reset (stream, 9);
  kh_send_stream_reset (stream, 10);
  assert_nothing (stream);
  g_assert_cmpuint (kh_send_stream_unacked (stream), ==, 0);
  g_assert_true (kh_send_stream_owes_reset (stream, &code, &final_size));
  g_assert_cmpuint (code, ==, 9);
  g_assert_cmpuint (final_size, ==, 40);
  kh_send_stream_on_reset_sent (stream);
  g_assert_false (kh_send_stream_owes_reset (stream, &code, &final_size));
  kh_send_stream_on_acked (stream, &chunk);
  kh_send_stream_on_lost (stream, &chunk);
  assert_nothing (stream);
  kh_send_stream_on_reset_lost (stream);
  g_assert_true (kh_send_stream_owes_reset (stream, &code, &final_size));
  kh_send_stream_on_reset_acked (stream);
  g_assert_cmpint (kh_send_stream_state (stream), ==, KH_SEND_STREAM_DONE);
  kh_send_stream_on_reset_lost (stream);
  g_assert_false (kh_send_stream_owes_reset (stream, &code, &final_size));
}

/* What is owed at all, without looking at credit. */
static void
test_owes (void)
{
  g_autoptr (KhSendStream) stream = stream_with (100, 50);
  KhSendChunk chunk;

  g_assert_cmpint (kh_send_stream_owes (stream), ==, KH_SEND_OWES_NEW);
  chunk = take (stream, 100, NULL);
  g_assert_cmpuint (chunk.len, ==, 50);
  g_assert_cmpint (kh_send_stream_owes (stream), ==, KH_SEND_OWES_NOTHING);
  kh_send_stream_on_lost (stream, &chunk);
  g_assert_cmpint (kh_send_stream_owes (stream), ==, KH_SEND_OWES_AGAIN);
  take (stream, 100, NULL);
  kh_send_stream_finish (stream);
  /* The end waits behind what flow control holds back. */
  g_assert_cmpint (kh_send_stream_owes (stream), ==, KH_SEND_OWES_NOTHING);
  kh_send_stream_set_max (stream, 200);
  g_assert_cmpint (kh_send_stream_owes (stream), ==, KH_SEND_OWES_NEW);
  chunk = take (stream, 100, NULL);
  g_assert_true (chunk.fin);
  g_assert_cmpint (kh_send_stream_owes (stream), ==, KH_SEND_OWES_NOTHING);
  chunk.offset = 100;
  chunk.len = 0;
  kh_send_stream_on_lost (stream, &chunk);
  g_assert_cmpint (kh_send_stream_owes (stream), ==, KH_SEND_OWES_AGAIN);
  kh_send_stream_reset (stream, 1);
  g_assert_cmpint (kh_send_stream_owes (stream), ==, KH_SEND_OWES_NOTHING);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/send-stream/losses", test_losses);
  g_test_add_func ("/send-stream/limits", test_limits);
  g_test_add_func ("/send-stream/fin", test_fin);
  g_test_add_func ("/send-stream/reset", test_reset);
  g_test_add_func ("/send-stream/owes", test_owes);
  return g_test_run ();
}
