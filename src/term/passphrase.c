/* passphrase.c: asks for a passphrase on the terminal
 *
 * See passphrase.h. Owns the terminal's mode while it asks. It waits in the main loop, so that a
 * signal ends it as it ends all else, and the terminal is not left mute.
 */
#include "term/passphrase.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Longer than a passphrase may be: what is cut off cannot make it another one. */
#define LINE_MAX_BYTES 2048

struct _KhPassphrase
{
  int fd;
  struct termios before;
  guint source;
  KhPassphraseFunc func;
  gpointer user_data;
};

static void
put (int fd, const char *text)
{
  if (write (fd, text, strlen (text)) < 0)
    g_debug ("the terminal takes no words");
}

/* The terminal hands over whole lines. */
static gboolean
on_line (int fd, GIOCondition condition, gpointer user_data)
{
  KhPassphrase *self = user_data;
  char line[LINE_MAX_BYTES + 1];
  ssize_t n = read (fd, line, LINE_MAX_BYTES);

  self->source = 0;
  line[MAX (n, 0)] = '\0';
  line[strcspn (line, "\r\n")] = '\0';
  put (fd, "\n");
  self->func (*line != '\0' ? line : NULL, self->user_data);
  explicit_bzero (line, sizeof line);
  return G_SOURCE_REMOVE;
}

KhPassphrase *
kh_passphrase_ask (const char *prompt, KhPassphraseFunc func, gpointer user_data)
{
  int fd = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  g_autofree char *asked = g_strconcat (prompt, ": ", NULL);
  struct termios mode;
  KhPassphrase *self;

  if (fd < 0 || tcgetattr (fd, &mode) != 0)
    {
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  self = g_new0 (KhPassphrase, 1);
  self->fd = fd;
  self->before = mode;
  self->func = func;
  self->user_data = user_data;
  mode.c_lflag &= ~(tcflag_t) ECHO;
  mode.c_lflag |= ICANON | ISIG;
  /* What was typed before was not meant for this. */
  tcsetattr (fd, TCSAFLUSH, &mode);
  put (fd, asked);
  self->source = g_unix_fd_add (fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_line, self);
  return self;
}

void
kh_passphrase_free (KhPassphrase *self)
{
  if (self == NULL)
    return;
  g_clear_handle_id (&self->source, g_source_remove);
  tcsetattr (self->fd, TCSAFLUSH, &self->before);
  close (self->fd);
  g_free (self);
}
