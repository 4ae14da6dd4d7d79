/* test-framing.c: messages cut out of a stream that arrives in any pieces */
#include "chat/framing.h"

#include <string.h>

#include "chat/message.h"

/* Three messages of 1, 300 and 7 bytes, wrapped. */
static GByteArray *
make_stream (void)
{
  static const gsize sizes[] = { 1, 300, 7 };
  GByteArray *stream = g_byte_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree guint8 *body = g_malloc (sizes[i]);
      g_autoptr (GBytes) message = NULL;
      g_autoptr (GBytes) framed = NULL;

      memset (body, 'a' + (int) i, sizes[i]);
      message = g_bytes_new (body, sizes[i]);
      framed = kh_framing_wrap (message);
      g_byte_array_append (stream, g_bytes_get_data (framed, NULL),
                           (guint) g_bytes_get_size (framed));
    }
  return stream;
}

/* Feeds in the way that framing.h shows, and returns the sizes of what came out. */
static char *
feed (KhFramingReader *reader, const guint8 *data, gsize len, gsize chunk)
{
  GString *sizes = g_string_new (NULL);

  for (gsize at = 0; at < len && !kh_framing_reader_is_failed (reader);)
    {
      g_autoptr (GBytes) message = NULL;

      at += kh_framing_reader_push (reader, data + at, MIN (chunk, len - at));
      message = kh_framing_reader_pop (reader);
      if (message != NULL)
        g_string_append_printf (sizes, "%c%" G_GSIZE_FORMAT " ",
                                *(const char *) g_bytes_get_data (message, NULL),
                                g_bytes_get_size (message));
    }
  return g_string_free (sizes, FALSE);
}

static void
test_chunks (void)
{
  g_autoptr (GByteArray) stream = make_stream ();

  for (gsize chunk = 1; chunk <= stream->len; chunk++)
    {
      g_autoptr (KhFramingReader) reader = kh_framing_reader_new ();
      g_autofree char *sizes = feed (reader, stream->data, stream->len, chunk);

      g_assert_cmpstr (sizes, ==, "a1 b300 c7 ");
      g_assert_false (kh_framing_reader_is_partial (reader));
      g_assert_false (kh_framing_reader_is_failed (reader));
    }
}

static void
test_cut_short (void)
{
  g_autoptr (GByteArray) stream = make_stream ();

  for (guint cut = 0; cut < stream->len; cut++)
    {
      g_autoptr (KhFramingReader) reader = kh_framing_reader_new ();
      gboolean between = cut == 0 || cut == 5 || cut == 5 + 304;

      g_free (feed (reader, stream->data, cut, 64));
      g_assert_cmpint (kh_framing_reader_is_partial (reader), ==, !between);
    }
}

/* It must not swallow what comes after a message that nobody fetched. */
static void
test_waits_for_pop (void)
{
  g_autoptr (GByteArray) stream = make_stream ();
  g_autoptr (KhFramingReader) reader = kh_framing_reader_new ();
  g_autoptr (GBytes) message = NULL;

  g_assert_null (kh_framing_reader_pop (reader));
  g_assert_cmpuint (kh_framing_reader_push (reader, stream->data, stream->len), ==, 5);
  g_assert_cmpuint (kh_framing_reader_push (reader, stream->data + 5, 10), ==, 0);
  message = kh_framing_reader_pop (reader);
  g_assert_cmpuint (g_bytes_get_size (message), ==, 1);
  g_assert_cmpuint (kh_framing_reader_push (reader, stream->data + 5, 10), ==, 10);
}

static void
test_lengths (void)
{
  static const struct
  {
    guint8 header[4];
    gboolean failed;
  } cases[] = {
    { { 0, 0, 0, 0 }, TRUE },
    { { 0, 0, 0, 1 }, FALSE },
    { { 0, 2, 0, 0 }, FALSE },
    { { 0, 2, 0, 1 }, TRUE },
    { { 0xff, 0xff, 0xff, 0xff }, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (KhFramingReader) reader = kh_framing_reader_new ();

      g_assert_cmpuint (kh_framing_reader_push (reader, cases[i].header, 4), ==, 4);
      g_assert_cmpint (kh_framing_reader_is_failed (reader), ==, cases[i].failed);
      if (cases[i].failed)
        {
          g_assert_cmpuint (kh_framing_reader_push (reader, (const guint8 *) "x", 1), ==, 0);
          g_assert_null (kh_framing_reader_pop (reader));
        }
    }
}

static void
test_largest (void)
{
  g_autofree guint8 *body = g_malloc0 (KH_MESSAGE_SIZE_MAX);
  g_autoptr (GBytes) message = g_bytes_new (body, KH_MESSAGE_SIZE_MAX);
  g_autoptr (GBytes) framed = kh_framing_wrap (message);
  g_autoptr (KhFramingReader) reader = kh_framing_reader_new ();
  g_autoptr (GBytes) back = NULL;
  gsize len = g_bytes_get_size (framed);

  g_assert_cmpuint (kh_framing_reader_push (reader, g_bytes_get_data (framed, NULL), len), ==, len);
  back = kh_framing_reader_pop (reader);
  g_assert_true (g_bytes_equal (back, message));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/framing/chunks", test_chunks);
  g_test_add_func ("/framing/cut-short", test_cut_short);
  g_test_add_func ("/framing/waits-for-pop", test_waits_for_pop);
  g_test_add_func ("/framing/lengths", test_lengths);
  g_test_add_func ("/framing/largest", test_largest);
  return g_test_run ();
}
