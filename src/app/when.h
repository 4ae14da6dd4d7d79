/* when.h: points in time as a person reads them, in the local time zone
 *
 * Times are µs since 1970 UTC; values are (transfer full). A time out of what a calendar holds
 * gives an empty string.
 */
#pragma once

#include <glib.h>

/* "14:05": beside a message. */
char *kh_when_clock (gint64 time_us);
/* "14:05", "Yesterday", "Tuesday", "3 Mar 2026": beside a conversation. */
char *kh_when_short (gint64 time_us, gint64 now_us);
/* "Today", "Yesterday", "Tuesday, 3 March": between days. */
char *kh_when_day (gint64 time_us, gint64 now_us);
/* "3 March 2026, 14:05:09" */
char *kh_when_exact (gint64 time_us);
gboolean kh_when_same_day (gint64 a_us, gint64 b_us);
