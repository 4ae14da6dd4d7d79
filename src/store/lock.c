/* lock.c: the lock that keeps a second Knothole out of a data folder
 *
 * Two of them would each believe that they alone know what is delivered. An open file description
 * lock needs no cleaning up after a crash, unlike a file whose existence is the lock. The number
 * in the file is for the message only.
 */
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

struct _KhLock
{
  int fd;
};

gboolean
kh_lock_make_dir (const char *dir, GError **error)
{
  if (g_mkdir_with_parents (dir, 0700) == 0)
    return TRUE;
  kh_store_error_set_errno (error, errno, "make the data folder", dir);
  return FALSE;
}

static void
set_locked (int fd, const char *path, GError **error)
{
  char text[16] = { 0 };
  g_autofree char *dir = g_path_get_dirname (path);
  ssize_t n = pread (fd, text, sizeof text - 1, 0);
  guint64 pid;

  if (n > 0 && g_ascii_string_to_unsigned (g_strstrip (text), 10, 1, G_MAXINT32, &pid, NULL))
    g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_LOCKED,
                 "Knothole is running already with the data folder %s (process %d). "
                 "Close it first, or choose another data folder",
                 dir, (int) pid);
  else
    g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_LOCKED,
                 "Knothole is running already with the data folder %s. "
                 "Close it first, or choose another data folder",
                 dir);
}

KhLock *
kh_lock_take (const char *path, GError **error)
{
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  char text[16];
  int len, saved_errno;
  KhLock *self;

  if (fd < 0)
    {
      kh_store_error_set_errno (error, errno, "open the lock file", path);
      return NULL;
    }
  if (fcntl (fd, F_OFD_SETLK, &whole) != 0)
    {
      saved_errno = errno;
      if (saved_errno == EAGAIN || saved_errno == EACCES)
        set_locked (fd, path, error);
      else
        kh_store_error_set_errno (error, saved_errno, "lock", path);
      close (fd);
      return NULL;
    }
  /* On a full disk the number is missing from a message, and that is all. */
  len = g_snprintf (text, sizeof text, "%d\n", (int) getpid ());
  if (ftruncate (fd, 0) != 0 || pwrite (fd, text, (gsize) len, 0) != len)
    g_debug ("the lock file %s has no process number", path);

  self = g_new0 (KhLock, 1);
  self->fd = fd;
  return self;
}

KhLock *
kh_lock_wait_for_dir (const char *dir, GError **error)
{
  int fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int status;
  KhLock *self;

  if (fd < 0)
    {
      kh_store_error_set_errno (error, errno, "open the data folder", dir);
      return NULL;
    }
  do
    status = flock (fd, LOCK_EX);
  while (status != 0 && errno == EINTR);
  if (status != 0)
    {
      kh_store_error_set_errno (error, errno, "lock the data folder", dir);
      close (fd);
      return NULL;
    }
  self = g_new0 (KhLock, 1);
  self->fd = fd;
  return self;
}

void
kh_lock_free (KhLock *self)
{
  if (self == NULL)
    return;
  close (self->fd);
  g_free (self);
}
