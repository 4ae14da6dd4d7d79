/* escape.c: text that others wrote, made harmless for a terminal
 *
 * A message is data. Printed as it is, it could move the cursor, rename the window, reverse what
 * stands after it, or begin a line that looks like somebody else's.
 */
#include "term/escape.h"

#include <string.h>

gboolean
kh_escape_needed (gunichar c)
{
  return c < 0x20 || (c >= 0x7f && c < 0xa0) /* C0, DEL, C1 */
         || c == 0x2028 || c == 0x2029       /* line and paragraph separator */
         || (c >= 0x202a && c <= 0x202e)     /* embeddings and overrides */
         || (c >= 0x2066 && c <= 0x2069);    /* isolates */
}

static void
append_escaped (GString *out, gunichar c)
{
  if (c == '\n')
    g_string_append (out, "\\n");
  else if (c == '\r')
    g_string_append (out, "\\r");
  else if (c == '\t')
    g_string_append (out, "\\t");
  else if (c < 0x100)
    g_string_append_printf (out, "\\x%02x", c);
  else
    g_string_append_printf (out, "\\u%04x", c);
}

/* @indent: NULL for a single line */
static char *
escape (const char *text, const char *indent)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *out = g_string_sized_new (strlen (valid));

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (indent != NULL && c == '\r' && p[1] == '\n')
        continue;
      if (indent != NULL && c == '\n')
        g_string_append_printf (out, "\n%s", indent);
      else if (kh_escape_needed (c) && !(indent != NULL && c == '\t'))
        append_escaped (out, c);
      else
        g_string_append_unichar (out, c);
    }
  return g_string_free (out, FALSE);
}

char *
kh_escape_line (const char *text)
{
  return escape (text, NULL);
}

char *
kh_escape_block (const char *text, const char *indent)
{
  return escape (text, indent);
}
