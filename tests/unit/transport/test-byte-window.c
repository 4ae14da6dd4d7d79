/* test-byte-window.c: bytes come out where they went in, wherever the ring wraps */
#include "transport/byte-window.h"

#include <string.h>

#define BOUND 16384

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

  kh_byte_window_init (&window, BOUND);
  for (guint64 offset = 0; offset < 5 * BOUND; offset += 3001)
    {
      put (&window, offset, 3001);
      if (offset >= 9003)
        kh_byte_window_advance (&window, offset - 9003);
      g_assert_cmpuint (window.size, <=, BOUND);
      assert_bytes (&window, window.start, window.end - window.start);
    }
  kh_byte_window_advance (&window, window.end);
  g_assert_null (window.data);
  kh_byte_window_clear (&window);
}

/* It must grow while its content wraps, and while there are gaps. */
static void
test_grow (void)
{
  KhByteWindow window;

  kh_byte_window_init (&window, BOUND);
  put (&window, 0, 4000);
  kh_byte_window_advance (&window, 3000);
  put (&window, 4000, 3000);
  g_assert_cmpuint (window.size, ==, 4096);
  put (&window, 9000, 1000);
  assert_bytes (&window, 3000, 4000);
  assert_bytes (&window, 9000, 1000);
  put (&window, 7000, 2000);
  put (&window, 3000 + BOUND - 1, 1);
  assert_bytes (&window, 3000, 7000);
  g_assert_cmpuint (window.size, ==, BOUND);
  kh_byte_window_clear (&window);
}

static void
test_before_start (void)
{
  KhByteWindow window;

  kh_byte_window_init (&window, BOUND);
  kh_byte_window_advance (&window, 1000);
  put (&window, 0, 1000);
  g_assert_null (window.data);
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
  g_test_add_func ("/byte-window/grow", test_grow);
  g_test_add_func ("/byte-window/before-start", test_before_start);
  return g_test_run ();
}
