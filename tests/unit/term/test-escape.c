/* test-escape.c: nothing that others wrote acts on a terminal */
#include "term/escape.h"

#include <string.h>

static void
check_line (const char *text, const char *expected)
{
  g_autofree char *line = kh_escape_line (text);

  g_assert_cmpstr (line, ==, expected);
}

static void
test_line (void)
{
  check_line ("Ada Lovelace, ünï 👩‍💻", "Ada Lovelace, ünï 👩‍💻");
  check_line ("\033]0;title\a", "\\x1b]0;title\\x07");
  check_line ("\302\2332J", "\\x9b2J"); /* CSI as one character, U+009B */
  check_line ("a\177b", "a\\x7fb");
  check_line ("two\nlines\r\tand a tab", "two\\nlines\\r\\tand a tab");
  check_line ("safe \342\200\256 reversed", "safe \\u202e reversed");
  check_line ("\342\201\246isolated", "\\u2066isolated");
  check_line ("\342\200\250next line", "\\u2028next line");
  check_line ("mark\342\200\217", "mark\342\200\217");
  check_line ("\377\376", "\357\277\275\357\277\275");
  check_line ("", "");
}

static void
test_block (void)
{
  g_autofree char *block = kh_escape_block ("one\nGrace: two\r\nthree\033[A\rfour\tfive", "    ");

  g_assert_cmpstr (block, ==, "one\n    Grace: two\n    three\\x1b[A\\rfour\tfive");
}

/* Whatever goes in, what comes out has no character that acts, except the line ends of a block. */
static void
test_any (void)
{
  for (gunichar c = 1; c < 0x3000; c++)
    {
      char text[8] = { 0 };
      g_autofree char *line = NULL;

      if (!g_unichar_validate (c))
        continue;
      g_unichar_to_utf8 (c, text);
      line = kh_escape_line (text);
      g_assert_true (g_utf8_validate (line, -1, NULL));
      for (const char *p = line; *p != '\0'; p = g_utf8_next_char (p))
        g_assert_false (kh_escape_needed (g_utf8_get_char (p)));
      g_assert_cmpint (strcmp (line, text) == 0, ==, !kh_escape_needed (c));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/term/escape/line", test_line);
  g_test_add_func ("/term/escape/block", test_block);
  g_test_add_func ("/term/escape/any", test_any);
  return g_test_run ();
}
