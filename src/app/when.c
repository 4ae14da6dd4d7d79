/* when.c: points in time as a person reads them
 *
 * See when.h. The formats go through gettext, so that a translation can order them as its readers
 * expect.
 */
#include "app/when.h"

#include <glib/gi18n.h>

/* µs: whoever travels sees the new zone within this time. */
#define ZONE_US G_USEC_PER_SEC

/* (transfer none): to ask for it is to look at files, for each of hundreds of rows. */
static GTimeZone *
get_zone (void)
{
  static GTimeZone *zone;
  static gint64 since_us;
  gint64 now_us = g_get_monotonic_time ();

  if (zone == NULL || now_us - since_us > ZONE_US)
    {
      g_clear_pointer (&zone, g_time_zone_unref);
      zone = g_time_zone_new_local ();
      since_us = now_us;
    }
  return zone;
}

static GDateTime *
to_local (gint64 time_us)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);

  return utc != NULL ? g_date_time_to_timezone (utc, get_zone ()) : NULL;
}

static char *
format_or_empty (GDateTime *date, const char *format)
{
  char *text = date != NULL ? g_date_time_format (date, format) : NULL;

  return text != NULL ? text : g_strdup ("");
}

/* Calendar days from @date to @now, which is what "yesterday" means: not 24 hours. */
static int
days_between (GDateTime *date, GDateTime *now)
{
  GDate from, to;

  g_date_clear (&from, 1);
  g_date_clear (&to, 1);
  g_date_set_dmy (&from, (GDateDay) g_date_time_get_day_of_month (date),
                  (GDateMonth) g_date_time_get_month (date),
                  (GDateYear) g_date_time_get_year (date));
  g_date_set_dmy (&to, (GDateDay) g_date_time_get_day_of_month (now),
                  (GDateMonth) g_date_time_get_month (now), (GDateYear) g_date_time_get_year (now));
  return g_date_days_between (&from, &to);
}

char *
kh_when_clock (gint64 time_us)
{
  g_autoptr (GDateTime) date = to_local (time_us);

  return format_or_empty (date, _ ("%H:%M"));
}

char *
kh_when_short (gint64 time_us, gint64 now_us)
{
  g_autoptr (GDateTime) date = to_local (time_us);
  g_autoptr (GDateTime) now = to_local (now_us);
  int days;

  if (date == NULL || now == NULL)
    return g_strdup ("");
  days = days_between (date, now);
  if (days == 0)
    return format_or_empty (date, _ ("%H:%M"));
  if (days == 1)
    return g_strdup (_ ("Yesterday"));
  if (days > 1 && days < 7)
    return format_or_empty (date, "%A");
  return format_or_empty (date, _ ("%-e %b %Y"));
}

char *
kh_when_day (gint64 time_us, gint64 now_us)
{
  g_autoptr (GDateTime) date = to_local (time_us);
  g_autoptr (GDateTime) now = to_local (now_us);
  int days;

  if (date == NULL || now == NULL)
    return g_strdup ("");
  days = days_between (date, now);
  if (days == 0)
    return g_strdup (_ ("Today"));
  if (days == 1)
    return g_strdup (_ ("Yesterday"));
  if (g_date_time_get_year (date) == g_date_time_get_year (now))
    return format_or_empty (date, _ ("%A, %-e %B"));
  return format_or_empty (date, _ ("%-e %B %Y"));
}

gboolean
kh_when_same_day (gint64 a_us, gint64 b_us)
{
  g_autoptr (GDateTime) a = to_local (a_us);
  g_autoptr (GDateTime) b = to_local (b_us);

  return a != NULL && b != NULL && days_between (a, b) == 0;
}

char *
kh_when_exact (gint64 time_us)
{
  g_autoptr (GDateTime) date = to_local (time_us);

  return format_or_empty (date, _ ("%-e %B %Y, %H:%M:%S"));
}
