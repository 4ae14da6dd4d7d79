/* input.c: standard input as lines, read only as fast as they are taken
 *
 * A source on the descriptor exists only while more is wanted. It comes after the network in the
 * main loop, so that acknowledgements make room before more lines are read.
 */
#include "term/input.h"

#include <errno.h>
#include <glib-unix.h>
#include <unistd.h>

#define READ_SIZE 16384
#define PRIORITY (G_PRIORITY_DEFAULT + 50)

struct _KhInput
{
  int fd;
  KhLines *lines;
  KhInputReady ready;
  gpointer user_data;
  guint source; /* 0 while nothing is wanted */
  gboolean ended;
  gboolean drained; /* ended, and the last line was taken */
};

KhInput *
kh_input_new (int fd, gsize line_max, KhInputReady ready, gpointer user_data)
{
  KhInput *self = g_new0 (KhInput, 1);

  self->fd = fd;
  self->lines = kh_lines_new (line_max);
  self->ready = ready;
  self->user_data = user_data;
  return self;
}

void
kh_input_free (KhInput *self)
{
  if (self == NULL)
    return;
  g_clear_handle_id (&self->source, g_source_remove);
  kh_lines_free (self->lines);
  g_free (self);
}

/* What cannot be read has ended: a terminal that hung up (EIO), a folder given as a file. */
static gboolean
on_readable (int fd, GIOCondition condition, gpointer user_data)
{
  KhInput *self = user_data;
  char bytes[READ_SIZE];
  gssize size = read (fd, bytes, sizeof bytes);

  if (size < 0 && (errno == EINTR || errno == EAGAIN))
    return G_SOURCE_CONTINUE;
  self->source = 0;
  if (size > 0)
    kh_lines_feed (self->lines, bytes, (gsize) size);
  else
    {
      self->ended = TRUE;
      kh_lines_end (self->lines);
    }
  self->ready (self->user_data);
  return G_SOURCE_REMOVE;
}

gboolean
kh_input_next (KhInput *self, KhLine *ret_line)
{
  if (kh_lines_next (self->lines, ret_line))
    return TRUE;
  self->drained = self->ended;
  if (!self->ended && self->source == 0)
    self->source = g_unix_fd_add_full (PRIORITY, self->fd, G_IO_IN | G_IO_HUP | G_IO_ERR,
                                       on_readable, self, NULL);
  return FALSE;
}

gboolean
kh_input_is_at_end (KhInput *self)
{
  return self->drained;
}
