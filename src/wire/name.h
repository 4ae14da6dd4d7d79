/* name.h: names that other people chose, made fit to be shown */
#pragma once

#include <glib.h>

/* Characters of a display name (PROTOCOL.md, "Introductions"), and the most bytes of UTF-8 they
 * take. */
#define KH_NAME_CHARS_MAX 64
#define KH_NAME_MAX (4 * KH_NAME_CHARS_MAX)

/**
 * kh_name_clean:
 * @name: (nullable): any bytes
 *
 * Takes out control characters, marks and overrides of text direction, invisible and unassigned
 * ones, replaces bytes that are no UTF-8, joins white space into single spaces, leaves four marks
 * on a letter, and cuts to KH_NAME_CHARS_MAX characters: a name must not be able to end a line,
 * reverse what stands after it, cover what is above it, or look empty while it is not.
 *
 * Returns: (transfer full): valid UTF-8, "" where nothing is left
 */
char *kh_name_clean (const char *name);
