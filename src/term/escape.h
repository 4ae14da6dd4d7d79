/* escape.h: text that others wrote, made harmless for a terminal */
#pragma once

#include <glib.h>

/**
 * kh_escape_needed:
 *
 * Characters that act instead of being read: controls (a terminal obeys ESC and U+009B), line and
 * paragraph separators, and the overrides, embeddings and isolates of text direction, which can
 * turn a line round. The plain marks (U+200E, U+200F) stay: they are part of writing.
 */
gboolean kh_escape_needed (gunichar c);

/**
 * kh_escape_line:
 * @text: any bytes
 *
 * One line: every such character, and tabs and line ends too, becomes "\x1b", "\n" or "\u202e";
 * bytes that are no UTF-8 become U+FFFD.
 *
 * Returns: (transfer full): UTF-8 on one line
 */
char *kh_escape_line (const char *text);

/**
 * kh_escape_block:
 * @text: any bytes
 * @indent: what goes before every line but the first
 *
 * As kh_escape_line(), but "\n" and "\r\n" begin a new line, indented, so that no text can pretend
 * to be a line of its own; tabs stay.
 *
 * Returns: (transfer full): UTF-8 without a line end at its end
 */
char *kh_escape_block (const char *text, const char *indent);
