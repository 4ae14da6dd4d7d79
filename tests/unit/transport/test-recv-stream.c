/* test-recv-stream.c: order from disorder, and every way to break the rules */
#include "transport/recv-stream.h"

#include "transport/byte-window.h"

#include <string.h>

#define WINDOW 4096

static guint8 bytes[4 * WINDOW];

static KhRecvStream *
stream_new (void)
{
  for (gsize i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8) (i * 7 + (i >> 8));
  return kh_recv_stream_new (WINDOW, WINDOW);
}

static KhTransportError
receive (KhRecvStream *stream, guint64 offset, gsize len, gboolean fin)
{
  gboolean kept = FALSE;
  KhTransportError error = kh_recv_stream_receive (stream, offset, bytes + offset, len, fin, &kept);

  if (error == KH_TRANSPORT_OK)
    g_assert_true (kept);
  return error;
}

static gsize
read_all (KhRecvStream *stream)
{
  guint64 at = kh_recv_stream_consumed (stream);
  guint8 buf[WINDOW];
  gsize len = kh_recv_stream_read (stream, buf, sizeof buf);

  g_assert_cmpmem (buf, len, bytes + at, len);
  return len;
}

static void
test_order (void)
{
  g_autoptr (KhRecvStream) stream = stream_new ();
  guint8 one;

  g_assert_cmpuint (receive (stream, 100, 50, FALSE), ==, KH_TRANSPORT_OK);
  g_assert_cmpuint (kh_recv_stream_readable (stream), ==, 0);
  g_assert_cmpuint (receive (stream, 0, 30, FALSE), ==, KH_TRANSPORT_OK);
  g_assert_cmpuint (kh_recv_stream_read (stream, &one, 1), ==, 1);
  g_assert_cmpuint (read_all (stream), ==, 29);
  /* overlaps both neighbours */
  g_assert_cmpuint (receive (stream, 20, 100, FALSE), ==, KH_TRANSPORT_OK);
  g_assert_cmpuint (read_all (stream), ==, 120);
  g_assert_cmpuint (receive (stream, 0, 150, FALSE), ==, KH_TRANSPORT_OK);
  g_assert_cmpuint (read_all (stream), ==, 0);
  g_assert_cmpuint (receive (stream, 150, 10, TRUE), ==, KH_TRANSPORT_OK);
  g_assert_cmpint (kh_recv_stream_state (stream), ==, KH_RECV_STREAM_SIZE_KNOWN);
  g_assert_cmpuint (read_all (stream), ==, 10);
  g_assert_cmpint (kh_recv_stream_state (stream), ==, KH_RECV_STREAM_FINISHED);
  g_assert_cmpuint (receive (stream, 150, 10, TRUE), ==, KH_TRANSPORT_OK);
}

static void
test_window (void)
{
  g_autoptr (KhRecvStream) stream = stream_new ();

  g_assert_cmpuint (receive (stream, WINDOW - 1, 2, FALSE), ==, KH_TRANSPORT_FLOW_CONTROL_ERROR);
  g_assert_cmpuint (kh_recv_stream_growth (stream, 10), ==, 10);
  g_assert_cmpuint (receive (stream, 0, WINDOW, FALSE), ==, KH_TRANSPORT_OK);
  g_assert_cmpuint (kh_recv_stream_growth (stream, 10), ==, 0);
  g_assert_cmpuint (receive (stream, WINDOW, 1, FALSE), ==, KH_TRANSPORT_FLOW_CONTROL_ERROR);
  g_assert_false (kh_recv_stream_wants_max (stream));
  g_assert_cmpuint (read_all (stream), ==, WINDOW);
  kh_recv_stream_tune (stream, 1000, 0);
  /* Read, but the peer has not been told. */
  g_assert_cmpuint (receive (stream, WINDOW, 1, FALSE), ==, KH_TRANSPORT_FLOW_CONTROL_ERROR);
  g_assert_true (kh_recv_stream_wants_max (stream));
  g_assert_cmpuint (kh_recv_stream_raise_max (stream), ==, 2 * WINDOW);
  g_assert_false (kh_recv_stream_wants_max (stream));
  g_assert_cmpuint (receive (stream, WINDOW, WINDOW, FALSE), ==, KH_TRANSPORT_OK);
}

static void
test_final_size (void)
{
  g_autoptr (KhRecvStream) stream = stream_new ();

  g_assert_cmpuint (receive (stream, 50, 50, FALSE), ==, KH_TRANSPORT_OK);
  g_assert_cmpuint (receive (stream, 0, 60, TRUE), ==, KH_TRANSPORT_FINAL_SIZE_ERROR);
  g_assert_cmpuint (kh_recv_stream_reset (stream, 99), ==, KH_TRANSPORT_FINAL_SIZE_ERROR);
  g_assert_cmpuint (receive (stream, 100, 0, TRUE), ==, KH_TRANSPORT_OK);
  g_assert_cmpuint (receive (stream, 90, 11, FALSE), ==, KH_TRANSPORT_FINAL_SIZE_ERROR);
  g_assert_cmpuint (receive (stream, 101, 0, TRUE), ==, KH_TRANSPORT_FINAL_SIZE_ERROR);
  g_assert_cmpuint (kh_recv_stream_reset (stream, 101), ==, KH_TRANSPORT_FINAL_SIZE_ERROR);
  g_assert_cmpint (kh_recv_stream_state (stream), ==, KH_RECV_STREAM_SIZE_KNOWN);
  g_assert_cmpuint (kh_recv_stream_reset (stream, 100), ==, KH_TRANSPORT_OK);
  g_assert_cmpint (kh_recv_stream_state (stream), ==, KH_RECV_STREAM_RESET);
  g_assert_cmpuint (kh_recv_stream_consumed (stream), ==, 100);
  g_assert_cmpuint (receive (stream, 0, 100, TRUE), ==, KH_TRANSPORT_OK);
  g_assert_cmpuint (kh_recv_stream_readable (stream), ==, 0);
}

static void
test_stop (void)
{
  g_autoptr (KhRecvStream) stream = stream_new ();

  g_assert_cmpuint (receive (stream, 0, 50, FALSE), ==, KH_TRANSPORT_OK);
  g_assert_cmpuint (receive (stream, 100, 50, FALSE), ==, KH_TRANSPORT_OK);
  kh_recv_stream_stop (stream);
  g_assert_cmpuint (kh_recv_stream_readable (stream), ==, 0);
  g_assert_cmpuint (kh_recv_stream_consumed (stream), ==, 150);
  g_assert_cmpuint (receive (stream, 60, 10, FALSE), ==, KH_TRANSPORT_OK);
  g_assert_cmpuint (receive (stream, 200, 10, FALSE), ==, KH_TRANSPORT_OK);
  g_assert_cmpuint (kh_recv_stream_consumed (stream), ==, 210);
  g_assert_cmpuint (receive (stream, 300, 0, TRUE), ==, KH_TRANSPORT_OK);
  g_assert_cmpint (kh_recv_stream_state (stream), ==, KH_RECV_STREAM_FINISHED);
  g_assert_cmpuint (kh_recv_stream_consumed (stream), ==, 300);
}

/* Differing copies: the first wins, read or not. */
static void
test_first_copy (void)
{
  g_autoptr (KhRecvStream) stream = stream_new ();
  guint8 other[100];
  gboolean kept;

  memset (other, 0xee, sizeof other);
  g_assert_cmpuint (receive (stream, 20, 10, FALSE), ==, KH_TRANSPORT_OK);
  g_assert_cmpuint (receive (stream, 0, 5, FALSE), ==, KH_TRANSPORT_OK);
  g_assert_cmpuint (kh_recv_stream_receive (stream, 0, other, 5, FALSE, &kept), ==,
                    KH_TRANSPORT_OK);
  g_assert_cmpuint (kh_recv_stream_receive (stream, 22, other, 4, FALSE, &kept), ==,
                    KH_TRANSPORT_OK);
  /* around what there is: only the gap takes bytes of it */
  memcpy (other + 5, bytes + 5, 15);
  memcpy (other + 30, bytes + 30, 10);
  g_assert_cmpuint (kh_recv_stream_receive (stream, 0, other, 40, FALSE, &kept), ==,
                    KH_TRANSPORT_OK);
  g_assert_cmpuint (read_all (stream), ==, 40);
}

static void
test_peek (void)
{
  g_autoptr (KhRecvStream) stream = stream_new ();
  const guint8 *data;
  gsize len;

  g_assert_null (kh_recv_stream_peek (stream, &len));
  g_assert_cmpuint (len, ==, 0);
  g_assert_cmpuint (receive (stream, 0, 100, TRUE), ==, KH_TRANSPORT_OK);
  data = kh_recv_stream_peek (stream, &len);
  g_assert_cmpmem (data, len, bytes, 100);
  kh_recv_stream_consume (stream, 60);
  data = kh_recv_stream_peek (stream, &len);
  g_assert_cmpmem (data, len, bytes + 60, 40);
  kh_recv_stream_consume (stream, 40);
  g_assert_cmpint (kh_recv_stream_state (stream), ==, KH_RECV_STREAM_FINISHED);
}

/* Pieces of one byte are worth little memory. */
static void
test_pieces (void)
{
  g_autoptr (KhRecvStream) stream = kh_recv_stream_new (WINDOW, WINDOW);
  gboolean kept;

  for (guint64 i = 0; i < KH_RECV_STREAM_PIECES_LEAST; i++)
    g_assert_cmpuint (receive (stream, 2 * i + 1, 1, FALSE), ==, KH_TRANSPORT_OK);
  g_assert_cmpuint (kh_recv_stream_receive (stream, 4000, bytes, 1, TRUE, &kept), ==,
                    KH_TRANSPORT_OK);
  g_assert_false (kept);
  g_assert_cmpint (kh_recv_stream_state (stream), ==, KH_RECV_STREAM_OPEN);
  g_assert_cmpuint (kh_recv_stream_growth (stream, 4001), >, 0);
  /* What joins pieces is always welcome. */
  g_assert_cmpuint (receive (stream, 8, 1, FALSE), ==, KH_TRANSPORT_OK);
  g_assert_cmpuint (receive (stream, 0, 1, FALSE), ==, KH_TRANSPORT_OK);
  g_assert_cmpuint (receive (stream, 2, 1, FALSE), ==, KH_TRANSPORT_OK);
  g_assert_cmpuint (kh_recv_stream_readable (stream), ==, 4);
  g_assert_cmpuint (receive (stream, 4000, 1, TRUE), ==, KH_TRANSPORT_OK);
}

/* A byte in each block of a window of megabytes is refused, whole packets there are not. */
static void
test_blocks (void)
{
  const guint64 window = 4 * 1024 * 1024;
  g_autoptr (KhRecvStream) stream = kh_recv_stream_new (window, window);
  g_autoptr (KhRecvStream) honest = kh_recv_stream_new (window, window);
  guint n = 0;
  gboolean kept = TRUE;

  while (kept)
    {
      g_assert_cmpuint (kh_recv_stream_receive (stream, ++n * KH_BYTE_WINDOW_BLOCK, bytes, 1, FALSE,
                                                &kept),
                        ==, KH_TRANSPORT_OK);
    }
  g_assert_cmpuint (n, <=, KH_RECV_STREAM_BLOCKS_LEAST + 1);
  for (guint64 at = 1200; at + 1200 <= window; at += 2400)
    g_assert_cmpuint (kh_recv_stream_receive (honest, at, bytes, 1200, FALSE, &kept), ==,
                      KH_TRANSPORT_OK);
  g_assert_true (kept);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recv-stream/order", test_order);
  g_test_add_func ("/recv-stream/window", test_window);
  g_test_add_func ("/recv-stream/final-size", test_final_size);
  g_test_add_func ("/recv-stream/stop", test_stop);
  g_test_add_func ("/recv-stream/first-copy", test_first_copy);
  g_test_add_func ("/recv-stream/peek", test_peek);
  g_test_add_func ("/recv-stream/pieces", test_pieces);
  g_test_add_func ("/recv-stream/blocks", test_blocks);
  return g_test_run ();
}
