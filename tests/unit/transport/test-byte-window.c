/* test-byte-window.c: bytes come out where they went in, wherever the ring wraps */
#include "transport/byte-window.h"

#include <string.h>

#define BLOCK KH_BYTE_WINDOW_BLOCK

static guint8
at (guint64 offset)
{
  return (guint8) (offset * 13 + (offset >> 8));
}

static void
put (KhByteWindow *window, guint64 offset, gsize len)
{
  g_autofree guint8 *data = g_malloc (len);

  for (gsize i = 0; i < len; i++)
    data[i] = at (offset + i);
  kh_byte_window_put (window, offset, data, len);
}

static void
assert_bytes (const KhByteWindow *window, guint64 offset, gsize len)
{
  g_autofree guint8 *data = g_malloc (len);

  kh_byte_window_get (window, offset, data, len);
  for (gsize i = 0; i < len; i++)
    g_assert_cmpuint (data[i], ==, at (offset + i));
}

static void
test_wrap (void)
{
  KhByteWindow window;

  kh_byte_window_init (&window);
  for (guint64 offset = 0; offset < 20 * BLOCK; offset += 3001)
    {
      put (&window, offset, 3001);
      if (offset >= 9003)
        kh_byte_window_advance (&window, offset - 9003);
      g_assert_cmpuint (window.n_blocks, <=, 2);
      assert_bytes (&window, window.start, window.end - window.start);
    }
  kh_byte_window_advance (&window, window.end);
  g_assert_cmpuint (window.n_blocks, ==, 0);
  g_assert_null (window.slots);
  kh_byte_window_clear (&window);
}

/* Filled in where it lies, a piece at a time; nothing of the memory's past shows. */
static void
test_extend (void)
{
  KhByteWindow window;

  kh_byte_window_init (&window);
  for (guint64 offset = 0; offset < 20 * BLOCK;)
    {
      gsize len;
      guint8 *piece = kh_byte_window_extend (&window, 3001, &len);

      g_assert_cmpuint (len, >, 0);
      g_assert_cmpuint (len, <=, 3001);
      g_assert_cmpuint (offset / BLOCK, ==, (offset + len - 1) / BLOCK);
      g_assert_cmpuint (window.end, ==, offset + len);
      if (offset % BLOCK == 0)
        for (guint i = 0; i < sizeof (gpointer); i++)
          g_assert_cmpuint (piece[i], ==, 0);
      for (gsize i = 0; i < len; i++)
        piece[i] = at (offset + i);
      offset += len;
      if (offset >= 9003)
        kh_byte_window_advance (&window, offset - 9003);
      assert_bytes (&window, window.start, window.end - window.start);
    }
  kh_byte_window_clear (&window);
}

/* It must grow while its content wraps, and while there are gaps, which cost nothing. */
static void
test_grow (void)
{
  KhByteWindow window;

  kh_byte_window_init (&window);
  put (&window, 0, 3 * BLOCK);
  kh_byte_window_advance (&window, 2 * BLOCK + 1);
  g_assert_cmpuint (window.n_blocks, ==, 1);
  put (&window, 3 * BLOCK, 2 * BLOCK);
  g_assert_cmpuint (kh_byte_window_cost (&window, 100 * BLOCK - 1, 2), ==, 2);
  put (&window, 100 * BLOCK - 1, 2);
  g_assert_cmpuint (window.n_blocks, ==, 5);
  g_assert_cmpuint (kh_byte_window_cost (&window, 100 * BLOCK - 1, 2), ==, 0);
  g_assert_cmpuint (kh_byte_window_cost (&window, 4 * BLOCK, 2 * BLOCK), ==, 1);
  assert_bytes (&window, 2 * BLOCK + 1, 3 * BLOCK - 1);
  assert_bytes (&window, 100 * BLOCK - 1, 2);
  kh_byte_window_clear (&window);
}

/* In one piece as far as a block goes. */
static void
test_peek (void)
{
  KhByteWindow window;
  const guint8 *data;
  gsize len;

  kh_byte_window_init (&window);
  put (&window, 0, 2 * BLOCK);
  kh_byte_window_advance (&window, 100);
  data = kh_byte_window_peek (&window, 100, 2 * BLOCK - 100, &len);
  g_assert_cmpuint (len, ==, BLOCK - 100);
  g_assert_cmpuint (data[0], ==, at (100));
  g_assert_cmpuint (data[len - 1], ==, at (BLOCK - 1));
  kh_byte_window_peek (&window, BLOCK, 10, &len);
  g_assert_cmpuint (len, ==, 10);
  g_assert_null (kh_byte_window_peek (&window, BLOCK, 0, &len));
  kh_byte_window_clear (&window);
}

static void
test_before_start (void)
{
  KhByteWindow window;

  kh_byte_window_init (&window);
  kh_byte_window_advance (&window, 1000);
  put (&window, 0, 1000);
  g_assert_null (window.slots);
  put (&window, 500, 1000);
  g_assert_cmpuint (window.end, ==, 1500);
  assert_bytes (&window, 1000, 500);
  kh_byte_window_clear (&window);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/byte-window/wrap", test_wrap);
  g_test_add_func ("/byte-window/extend", test_extend);
  g_test_add_func ("/byte-window/grow", test_grow);
  g_test_add_func ("/byte-window/peek", test_peek);
  g_test_add_func ("/byte-window/before-start", test_before_start);
  return g_test_run ();
}
