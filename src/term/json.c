/* json.c: writes JSON objects (RFC 8259), one a line
 *
 * Small enough to need no library: the events are flat objects of strings and numbers. Numbers are
 * made from integers, so that no locale and no rounding has a part in them.
 */
#include "term/json.h"

#include "term/escape.h"

static void
append_char (GString *out, gunichar c)
{
  if (c == '"' || c == '\\')
    g_string_append_printf (out, "\\%c", (int) c);
  else if (c == '\n')
    g_string_append (out, "\\n");
  else if (kh_escape_needed (c))
    g_string_append_printf (out, "\\u%04x", c);
  else
    g_string_append_unichar (out, c);
}

static void
append_string (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  g_string_append_c (out, '"');
  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    append_char (out, g_utf8_get_char (p));
  g_string_append_c (out, '"');
}

static void
begin_element (GString *out)
{
  char last = out->str[out->len - 1];

  if (last != '{' && last != '[')
    g_string_append_c (out, ',');
}

/* @name: (nullable): NULL for an element of an array */
static void
begin_member (GString *out, const char *name)
{
  begin_element (out);
  if (name != NULL)
    g_string_append_printf (out, "\"%s\":", name);
}

void
kh_json_begin (GString *out)
{
  g_string_append_c (out, '{');
}

void
kh_json_add_string (GString *out, const char *name, const char *value)
{
  begin_member (out, name);
  if (value == NULL)
    g_string_append (out, "null");
  else
    append_string (out, value);
}

void
kh_json_add_count (GString *out, const char *name, guint64 value)
{
  begin_member (out, name);
  g_string_append_printf (out, "%" G_GUINT64_FORMAT, value);
}

void
kh_json_add_millionths (GString *out, const char *name, guint64 value)
{
  begin_member (out, name);
  g_string_append_printf (out, "%" G_GUINT64_FORMAT ".%06u", value / 1000000,
                          (guint) (value % 1000000));
}

void
kh_json_add_ms (GString *out, const char *name, gint64 value_us)
{
  guint64 magnitude = value_us < 0 ? -(guint64) value_us : (guint64) value_us;

  begin_member (out, name);
  g_string_append_printf (out, "%s%" G_GUINT64_FORMAT ".%03u", value_us < 0 ? "-" : "",
                          magnitude / 1000, (guint) (magnitude % 1000));
}

void
kh_json_add_time (GString *out, const char *name, gint64 value_us)
{
  gint64 left_us = value_us % G_USEC_PER_SEC;
  gint64 seconds = value_us / G_USEC_PER_SEC - (left_us < 0);
  guint ms = (guint) ((left_us < 0 ? left_us + G_USEC_PER_SEC : left_us) / 1000);
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (seconds);

  begin_member (out, name);
  if (time == NULL)
    {
      g_string_append (out, "null");
      return;
    }
  g_string_append_printf (out, "\"%04d-%02d-%02dT%02d:%02d:%02d.%03uZ\"",
                          g_date_time_get_year (time), g_date_time_get_month (time),
                          g_date_time_get_day_of_month (time), g_date_time_get_hour (time),
                          g_date_time_get_minute (time), g_date_time_get_second (time), ms);
}

void
kh_json_add_integer (GString *out, const char *name, gint64 value)
{
  begin_member (out, name);
  g_string_append_printf (out, "%" G_GINT64_FORMAT, value);
}

void
kh_json_add_boolean (GString *out, const char *name, gboolean value)
{
  begin_member (out, name);
  g_string_append (out, value ? "true" : "false");
}

void
kh_json_begin_object (GString *out, const char *name)
{
  begin_member (out, name);
  g_string_append_c (out, '{');
}

void
kh_json_end_object (GString *out)
{
  g_string_append_c (out, '}');
}

void
kh_json_begin_array (GString *out, const char *name)
{
  begin_member (out, name);
  g_string_append_c (out, '[');
}

void
kh_json_end_array (GString *out)
{
  g_string_append_c (out, ']');
}

void
kh_json_end (GString *out)
{
  g_string_append (out, "}\n");
}
