/* name.c: makes a name that somebody else chose fit to be shown
 *
 * The classes are Unicode's general categories. Of the format characters (Cf) only the two joiners
 * stay, which Persian, Indic scripts and emoji need; the bidirectional marks, embeddings,
 * overrides and isolates are all Cf, and so are the invisible ones used to make look-alikes.
 */
#include "wire/name.h"

#define ZERO_WIDTH_NON_JOINER 0x200c
#define ZERO_WIDTH_JOINER 0x200d

/* In a row: no name has more (Hebrew with all its points has three, Vietnamese two). */
#define MARKS_MAX 4

/* Blank glyphs that Unicode counts as letters: Hangul fillers and the empty Braille pattern. */
static gboolean
is_blank (gunichar c)
{
  return c == 0x115f || c == 0x1160 || c == 0x3164 || c == 0xffa0 || c == 0x2800;
}

static gboolean
is_hidden (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  if (c == ZERO_WIDTH_JOINER || c == ZERO_WIDTH_NON_JOINER)
    return FALSE;
  return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || type == G_UNICODE_UNASSIGNED ||
         type == G_UNICODE_PRIVATE_USE || type == G_UNICODE_SURROGATE;
}

/* They take no width, so a heap of them grows into the lines above and below. */
static gboolean
is_mark (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK;
}

char *
kh_name_clean (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name != NULL ? name : "", -1);
  g_autoptr (GString) clean = g_string_new (NULL);
  gboolean space = FALSE, visible = FALSE;
  guint length = 0, marks = 0;

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      /* Before the hidden ones: tab and line feed are both control and space. */
      if (g_unichar_isspace (c) || is_blank (c))
        {
          space = length > 0;
          continue;
        }
      if (is_mark (c))
        marks++;
      else if (!g_unichar_iszerowidth (c))
        marks = 0;
      if (is_hidden (c) || (is_mark (c) && marks > MARKS_MAX))
        continue;
      if (length + space + 1 > KH_NAME_CHARS_MAX)
        break;
      if (space)
        g_string_append_c (clean, ' ');
      g_string_append_unichar (clean, c);
      length += space + 1;
      space = FALSE;
      visible |= !g_unichar_iszerowidth (c);
    }
  return visible ? g_string_free (g_steal_pointer (&clean), FALSE) : g_strdup ("");
}
