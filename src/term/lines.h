/* lines.h: cuts a stream of bytes into lines, with bounded memory
 *
 * Order of calls: kh_lines_feed() what was read, then kh_lines_next() until FALSE; at the end of
 * the input kh_lines_end(), and kh_lines_next() once more.
 */
#pragma once

#include <glib.h>

/**
 * KhLineKind:
 * @KH_LINE_TEXT: UTF-8 of 1 to the maximum of bytes
 * @KH_LINE_TOO_LONG: longer than the maximum; its text was not kept
 * @KH_LINE_NOT_TEXT: not UTF-8, or with a NUL in it
 */
typedef enum
{
  KH_LINE_TEXT,
  KH_LINE_TOO_LONG,
  KH_LINE_NOT_TEXT,
} KhLineKind;

/* @number: of the line, from 1. @text: (nullable): of KH_LINE_TEXT, without its end ("\n" or
 * "\r\n") */
typedef struct
{
  KhLineKind kind;
  guint64 number;
  char *text;
} KhLine;

void kh_line_clear (KhLine *line);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KhLine, kh_line_clear)

typedef struct _KhLines KhLines;

/* @max: bytes of a line. At most @max bytes and one feed are held. */
KhLines *kh_lines_new (gsize max);
void kh_lines_free (KhLines *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhLines, kh_lines_free)

void kh_lines_feed (KhLines *self, const char *bytes, gsize size);
/* What is left is the last line, though it has no end. */
void kh_lines_end (KhLines *self);
/* Empty lines are counted and left out: there is no empty message. */
gboolean kh_lines_next (KhLines *self, KhLine *ret_line);
