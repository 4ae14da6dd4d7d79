/* output.c: where reports are written
 *
 * Straight to the descriptors, without stdio: a line is out when the function returns, and a reader
 * that went away is seen at once. SIGPIPE must be ignored.
 */
#include "term/output.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

struct _KhOutput
{
  const KhOutputStyle *style;
  int out_fd;
  int err_fd;
  gint64 start_us;
  gboolean broken;
};

KhOutput *
kh_output_new (const KhOutputStyle *style, int out_fd, int err_fd, gint64 start_us)
{
  KhOutput *self = g_new0 (KhOutput, 1);

  *self = (KhOutput){ style, out_fd, err_fd, start_us, FALSE };
  return self;
}

void
kh_output_free (KhOutput *self)
{
  g_free (self);
}

/* A descriptor that somebody else made non-blocking (a shared terminal) has to be waited for. */
static gboolean
wait_writable (int fd)
{
  struct pollfd wanted = { .fd = fd, .events = POLLOUT };

  return poll (&wanted, 1, -1) > 0 || errno == EINTR;
}

static gboolean
write_all (int fd, const char *text)
{
  gsize left = strlen (text);

  while (left > 0)
    {
      gssize written = write (fd, text, left);

      if (written >= 0)
        {
          text += written;
          left -= (gsize) written;
        }
      else if (errno == EAGAIN ? !wait_writable (fd) : errno != EINTR)
        return FALSE;
    }
  return TRUE;
}

gboolean
kh_output_print (KhOutput *self, const KhReport *report, gint64 now_us)
{
  gint64 t_us = now_us - self->start_us;
  g_autofree char *out = self->style->to_stdout (report, t_us);
  g_autofree char *err = self->style->to_stderr (report, t_us);

  /* Nobody to tell about a standard error that is closed. */
  if (err != NULL)
    write_all (self->err_fd, err);
  if (out != NULL && !self->broken)
    self->broken = !write_all (self->out_fd, out);
  return !self->broken;
}

gboolean
kh_output_is_broken (KhOutput *self)
{
  return self->broken;
}
