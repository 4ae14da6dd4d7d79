/* test-lines.c: lines out of any cutting of the input, with bounded memory */
#include "term/lines.h"

#include <string.h>

#define LINE_MAX_BYTES 8

/* The lines as "number:text" or "number!kind", with spaces between. */
static char *
split (const char *input, gsize size, gsize step)
{
  g_autoptr (KhLines) lines = kh_lines_new (LINE_MAX_BYTES);
  GString *out = g_string_new (NULL);
  gsize at = 0;

  for (gboolean ended = FALSE; !ended;)
    {
      gsize part = MIN (step, size - at);

      ended = part == 0;
      if (ended)
        kh_lines_end (lines);
      else
        kh_lines_feed (lines, input + at, part);
      at += part;
      for (;;)
        {
          g_auto (KhLine) line = { 0 };

          if (!kh_lines_next (lines, &line))
            break;
          if (line.kind == KH_LINE_TEXT)
            g_string_append_printf (out, "%d:%s ", (int) line.number, line.text);
          else
            g_string_append_printf (out, "%d!%d ", (int) line.number, line.kind);
        }
    }
  return g_strchomp (g_string_free (out, FALSE));
}

static void
check (const char *input, gsize size, const char *expected)
{
  for (gsize step = 1; step <= size + 1; step++)
    {
      g_autofree char *out = split (input, size, step);

      g_assert_cmpstr (out, ==, expected);
    }
}

#define CHECK(input, expected) check (input, sizeof (input) - 1, expected)

static void
test_lines (void)
{
  CHECK ("", "");
  CHECK ("\n", "");
  CHECK ("one\n", "1:one");
  CHECK ("one", "1:one");
  CHECK ("one\ntwo\n", "1:one 2:two");
  CHECK ("one\r\ntwo\r\n\r\n", "1:one 2:two");
  CHECK ("\n\nthree\n", "3:three");
  CHECK ("a\rb\n", "1:a\rb");
}

static void
test_length (void)
{
  CHECK ("12345678\n1\n", "1:12345678 2:1");
  CHECK ("12345678\r\n1\n", "1:12345678 2:1");
  CHECK ("12345678", "1:12345678");
  CHECK ("123456789\n1\n", "1!1 2:1");
  CHECK ("123456789", "1!1");
  CHECK ("1234567890123456789012345\nx", "1!1 2:x");
  CHECK ("x\n1234567890123456789012345", "1:x 2!1");
}

static void
test_not_text (void)
{
  CHECK ("\377\nx\n", "1!2 2:x");
  CHECK ("a\0b\nx\n", "1!2 2:x");
  CHECK ("\303\274\n", "1:\303\274");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/term/lines/lines", test_lines);
  g_test_add_func ("/term/lines/length", test_length);
  g_test_add_func ("/term/lines/not-text", test_not_text);
  return g_test_run ();
}
