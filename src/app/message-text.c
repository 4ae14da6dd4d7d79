/* message-text.c: what there is in a text that a peer wrote
 *
 * See message-text.h. Links are found by their beginnings at the start of a word; where the address
 * ends follows what mail programs do (RFC 3986 appendix C): white space, quotes and angle brackets
 * end it, and a sentence's punctuation is left out of it.
 */
#include "app/message-text.h"

#include <gio/gio.h>
#include <string.h>

static const char *const link_starts[] = { "https://", "http://", "knothole:", "www." };

/* Characters that change the order in which text is read (Unicode UAX 9), or break lines. */
static gboolean
turns_text (gunichar c)
{
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

static gsize
match_start (const char *p)
{
  for (guint i = 0; i < G_N_ELEMENTS (link_starts); i++)
    if (g_ascii_strncasecmp (p, link_starts[i], strlen (link_starts[i])) == 0)
      return strlen (link_starts[i]);
  return 0;
}

/* Closing quotes and full stops of other scripts are not in ASCII. */
static gboolean
ends_link (gunichar c)
{
  return (c >= 0x2018 && c <= 0x201F) || c == 0xAB || c == 0xBB || c == 0x2039 || c == 0x203A ||
         (c >= 0x3000 && c <= 0x3011) || c < 0x20 || c == 0x7f || g_unichar_isspace (c) ||
         turns_text (c) || (c < 0x80 && strchr ("<>\"`|{}\\^", (int) c) != NULL);
}

static guint
count (const char *p, const char *end, char c)
{
  guint n = 0;

  for (; p < end; p++)
    n += *p == c;
  return n;
}

/* Without a full stop, or a bracket that was opened before the link. */
static const char *
trim_end (const char *start, const char *end)
{
  for (; end > start; end--)
    {
      char last = end[-1];

      if (last == ')' && count (start, end, '(') >= count (start, end, ')'))
        break;
      if (last == ']' && count (start, end, '[') >= count (start, end, ']'))
        break;
      if (last == '\0' || strchr (".,;:!?'*_~)]", last) == NULL)
        break;
    }
  return end;
}

char *
kh_message_text_link_uri (const char *link, gsize length)
{
  g_autofree char *text = g_strndup (link, length);

  if (g_ascii_strncasecmp (text, "www.", 4) == 0)
    return g_strconcat ("https://", text, NULL);
  return g_steal_pointer (&text);
}

char *
kh_message_text_uri_host (const char *uri)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_PARSE_RELAXED, NULL);
  const char *host = parsed != NULL ? g_uri_get_host (parsed) : NULL;

  if (host == NULL || *host == '\0')
    return NULL;
  return g_hostname_to_ascii (host);
}

static gboolean
is_link (const char *start, gsize length, gsize start_length)
{
  g_autofree char *uri = NULL;
  g_autofree char *host = NULL;

  if (length <= start_length || length > KH_LINK_MAX)
    return FALSE;
  uri = kh_message_text_link_uri (start, length);
  if (g_ascii_strncasecmp (uri, "knothole:", strlen ("knothole:")) == 0)
    return length >= strlen ("knothole:") + 28;
  host = kh_message_text_uri_host (uri);
  return host != NULL && (start_length != strlen ("www.") || strchr (host + 4, '.') != NULL);
}

gboolean
kh_message_text_find_link (const char *text, gsize offset, gsize *ret_start, gsize *ret_end)
{
  gboolean in_word = FALSE;

  for (const char *p = text + offset; *p != '\0'; p = g_utf8_next_char (p))
    {
      gsize start_length = in_word ? 0 : match_start (p);
      const char *end = p + start_length;

      in_word = g_unichar_isalnum (g_utf8_get_char (p));
      if (start_length == 0)
        continue;
      while (*end != '\0' && end - p <= KH_LINK_MAX && !ends_link (g_utf8_get_char (end)))
        end = g_utf8_next_char (end);
      end = trim_end (p, end);
      if (end <= p || !is_link (p, end - p, start_length))
        continue;
      *ret_start = p - text;
      *ret_end = end - text;
      return TRUE;
    }
  return FALSE;
}

static void
append_escaped (GString *markup, const char *text, gsize length)
{
  g_autofree char *escaped = g_markup_escape_text (text, (gssize) length);

  g_string_append (markup, escaped);
}

char *
kh_message_text_to_markup (const char *text)
{
  g_autoptr (GString) markup = NULL;
  gsize done = 0, start, end;

  for (guint n = 0; n < KH_LINKS_MAX && kh_message_text_find_link (text, done, &start, &end); n++)
    {
      g_autofree char *uri = kh_message_text_link_uri (text + start, end - start);

      if (markup == NULL)
        markup = g_string_new (NULL);
      append_escaped (markup, text + done, start - done);
      g_string_append (markup, "<a href=\"");
      append_escaped (markup, uri, strlen (uri));
      g_string_append (markup, "\">");
      append_escaped (markup, text + start, end - start);
      g_string_append (markup, "</a>");
      done = end;
    }
  if (markup == NULL)
    return NULL;
  append_escaped (markup, text + done, strlen (text + done));
  return g_string_free (g_steal_pointer (&markup), FALSE);
}

/* Emoji that are drawn as such by themselves; of older symbols only with U+FE0F after them. */
static gboolean
is_emoji (gunichar c, gunichar next)
{
  if (c >= 0x1F300 && c <= 0x1FAFF)
    return TRUE;
  if (c >= 0x1F1E6 && c <= 0x1F1FF)
    return next >= 0x1F1E6 && next <= 0x1F1FF;
  if (next == 0xFE0F)
    return c >= 0x203C && c <= 0x3299;
  return c == 0x231A || c == 0x231B || c == 0x2705 || c == 0x2728 || c == 0x274C || c == 0x2753 ||
         c == 0x2757 || c == 0x2795 || c == 0x2B50 || c == 0x2B55 || (c >= 0x23E9 && c <= 0x23F3) ||
         c == 0x26A1 || c == 0x26BD || c == 0x2614 || c == 0x2615;
}

/* What joins or colours the emoji before it: U+200D takes the next one too. */
static const char *
skip_modifiers (const char *p)
{
  for (gunichar c = g_utf8_get_char (p); *p != '\0'; c = g_utf8_get_char (p))
    {
      if (c == 0x200D && *g_utf8_next_char (p) != '\0')
        p = g_utf8_next_char (p);
      else if (c != 0xFE0F && !(c >= 0x1F3FB && c <= 0x1F3FF) && !(c >= 0xE0020 && c <= 0xE007F))
        return p;
      p = g_utf8_next_char (p);
    }
  return p;
}

gboolean
kh_message_text_is_emoji (const char *text)
{
  guint n = 0;

  for (const char *p = text; *p != '\0';)
    {
      gunichar c = g_utf8_get_char (p);
      const char *next = g_utf8_next_char (p);

      if (c == ' ' || c == '\n')
        {
          p = next;
          continue;
        }
      if (!is_emoji (c, g_utf8_get_char (next)) || ++n > KH_EMOJI_ALONE_MAX)
        return FALSE;
      /* A flag is two letters. */
      if (c >= 0x1F1E6 && c <= 0x1F1FF)
        next = g_utf8_next_char (next);
      p = skip_modifiers (next);
    }
  return n > 0;
}

char *
kh_message_text_dup_line (const char *text, gsize max_chars)
{
  GString *line = g_string_new (NULL);
  gsize n = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (turns_text (c) && c != 0x2028 && c != 0x2029)
        continue;
      if (n++ >= max_chars)
        {
          g_string_append (line, "…");
          break;
        }
      if (g_unichar_iscntrl (c) || c == 0x2028 || c == 0x2029)
        c = ' ';
      g_string_append_unichar (line, c);
    }
  return g_string_free (line, FALSE);
}
