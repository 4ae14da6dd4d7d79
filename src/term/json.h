/* json.h: writes JSON objects (RFC 8259), one a line
 *
 * Order of calls: kh_json_begin(), kh_json_add_…() for each member, kh_json_end(). The members'
 * names are ours, and need no escaping. What comes out is UTF-8 on one line, and holds none of the
 * characters of kh_escape_needed(): they are written as \u escapes.
 */
#pragma once

#include <glib.h>

void kh_json_begin (GString *out);
/* @value: (nullable): any bytes; NULL becomes null, bytes that are no UTF-8 U+FFFD */
void kh_json_add_string (GString *out, const char *name, const char *value);
void kh_json_add_count (GString *out, const char *name, guint64 value);
/* Written as a number with six decimals: µs as seconds, ppm as a share of 1. */
void kh_json_add_millionths (GString *out, const char *name, guint64 value);
/* µs, written as milliseconds with three decimals */
void kh_json_add_ms (GString *out, const char *name, gint64 value_us);
/* µs since 1970 UTC, written as "2026-03-01T12:00:00.000Z"; null outside the years 1 to 9999 */
void kh_json_add_time (GString *out, const char *name, gint64 value_us);
/* With the line's end. */
void kh_json_add_integer (GString *out, const char *name, gint64 value);
void kh_json_add_boolean (GString *out, const char *name, gboolean value);
/* An object or an array inside another; @name is (nullable): NULL for an element of an array. */
void kh_json_begin_object (GString *out, const char *name);
void kh_json_end_object (GString *out);
void kh_json_begin_array (GString *out, const char *name);
void kh_json_end_array (GString *out);
void kh_json_end (GString *out);
