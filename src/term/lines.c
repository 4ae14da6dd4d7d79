/* lines.c: cuts a stream of bytes into lines, with bounded memory
 *
 * A line that grows beyond the maximum is dropped while it is read, up to its end, so that
 * `tr -d '\n' </dev/zero` costs no memory. Lines wait here while the program takes no more.
 */
#include "term/lines.h"

#include <string.h>

struct _KhLines
{
  gsize max;
  GByteArray *buffer; /* not yet handed out, from @start on */
  gsize start;
  gsize scanned;       /* of the buffer, searched for a line end */
  guint64 number;      /* of the last line that ended */
  gboolean discarding; /* the present line is too long already */
  gboolean ended;
};

void
kh_line_clear (KhLine *line)
{
  g_clear_pointer (&line->text, g_free);
}

KhLines *
kh_lines_new (gsize max)
{
  KhLines *self = g_new0 (KhLines, 1);

  self->max = max;
  self->buffer = g_byte_array_sized_new (4096);
  return self;
}

void
kh_lines_free (KhLines *self)
{
  if (self == NULL)
    return;
  g_byte_array_unref (self->buffer);
  g_free (self);
}

void
kh_lines_feed (KhLines *self, const char *bytes, gsize size)
{
  g_return_if_fail (!self->ended);

  if (self->start > 0)
    {
      g_byte_array_remove_range (self->buffer, 0, (guint) self->start);
      self->scanned -= self->start;
      self->start = 0;
    }
  g_byte_array_append (self->buffer, (const guint8 *) bytes, (guint) size);
}

void
kh_lines_end (KhLines *self)
{
  self->ended = TRUE;
}

/* Takes the bytes of one line out of the buffer. */
static gboolean
find_line (KhLines *self, const char **ret_text, gsize *ret_size)
{
  const char *bytes = (const char *) self->buffer->data;
  gsize left = self->buffer->len - self->scanned;
  const char *end = left > 0 ? memchr (bytes + self->scanned, '\n', left) : NULL;

  if (end != NULL)
    {
      *ret_text = bytes + self->start;
      *ret_size = (gsize) (end - *ret_text);
      self->start = self->scanned = (gsize) (end - bytes) + 1;
      return TRUE;
    }
  self->scanned = self->buffer->len;
  if (self->ended && (self->start < self->buffer->len || self->discarding))
    {
      *ret_text = bytes + self->start;
      *ret_size = self->buffer->len - self->start;
      self->start = self->buffer->len;
      return TRUE;
    }
  /* One more than the maximum: it may be the "\r" of the line's end. */
  if (self->buffer->len - self->start > self->max + 1)
    {
      self->discarding = TRUE;
      self->start = self->buffer->len;
    }
  return FALSE;
}

gboolean
kh_lines_next (KhLines *self, KhLine *ret_line)
{
  const char *text = NULL;
  gsize size = 0;

  while (find_line (self, &text, &size))
    {
      gboolean too_long = self->discarding;

      self->discarding = FALSE;
      self->number++;
      if (size > 0 && text[size - 1] == '\r')
        size--;
      if (size == 0 && !too_long)
        continue;
      *ret_line = (KhLine){ .number = self->number };
      if (too_long || size > self->max)
        ret_line->kind = KH_LINE_TOO_LONG;
      else if (!g_utf8_validate_len (text, size, NULL))
        ret_line->kind = KH_LINE_NOT_TEXT;
      else
        ret_line->text = g_strndup (text, size);
      return TRUE;
    }
  return FALSE;
}
