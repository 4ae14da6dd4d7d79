/* key-file.c: a small file in the data folder that must not be lost or read by others
 *
 * See key-file.h. A file that is not to be replaced gets its name by link(2), which fails where
 * there is one: no two creators can both win.
 */
#include "store/key-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/lock.h"

static gboolean
refuse (const char *path, const char *what, GError **error)
{
  g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_IDENTITY,
               "The identity in %s was not used: %s", path, what);
  return FALSE;
}

static gboolean
check_file (int fd, const char *path, gsize size, GError **error)
{
  g_autofree char *what = NULL;
  struct stat info;

  if (fstat (fd, &info) != 0)
    {
      kh_store_error_set_errno (error, errno, "examine the identity", path);
      return FALSE;
    }
  if (!S_ISREG (info.st_mode))
    return refuse (path, "it is not an ordinary file. Put the key file back in its place", error);
  if (info.st_uid != geteuid ())
    return refuse (path, "it belongs to another user. Run Knothole as that user, or chown it",
                   error);
  if ((info.st_mode & 0177) != 0)
    what = g_strdup_printf ("others may have read it (mode %04o). If you trust it, run: "
                            "chmod 600 '%s'",
                            (guint) (info.st_mode & 07777), path);
  else if (info.st_size != (off_t) size)
    what = g_strdup_printf ("it has %" G_GINT64_FORMAT " bytes instead of %" G_GSIZE_FORMAT
                            ". Put a copy back, or move it away to begin with a new identity",
                            (gint64) info.st_size, size);
  return what == NULL || refuse (path, what, error);
}

static gboolean
read_whole (int fd, const char *path, gsize size, guint8 *ret_data, GError **error)
{
  guint8 data[KH_KEY_FILE_MAX];
  gboolean ok;

  errno = 0;
  ok = read (fd, data, size) == (ssize_t) size;
  if (ok)
    memcpy (ret_data, data, size);
  else
    kh_store_error_set_errno (error, errno != 0 ? errno : EIO, "read the identity", path);
  explicit_bzero (data, sizeof data);
  return ok;
}

gboolean
kh_key_file_read (const char *dir, const char *name, gsize size, guint8 *ret_data, GError **error)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  /* A FIFO in its place must not hang the program. */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  int saved_errno = errno;
  gboolean ok = FALSE;

  g_assert (size <= KH_KEY_FILE_MAX);
  if (fd >= 0)
    {
      ok = check_file (fd, path, size, error) && read_whole (fd, path, size, ret_data, error);
      close (fd);
    }
  else if (saved_errno == ENOENT)
    g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_NO_IDENTITY,
                 "There is no identity in %s yet", dir);
  else if (saved_errno == ELOOP)
    refuse (path, "it is a symbolic link. Put the key file itself in its place", error);
  else
    kh_store_error_set_errno (error, saved_errno, "read the identity", path);
  return ok;
}

/* writing */

static gboolean
write_synced (const char *path, const guint8 *data, gsize size, GError **error)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  ssize_t n;

  if (fd < 0)
    {
      kh_store_error_set_errno (error, errno, "create the identity", path);
      return FALSE;
    }
  /* The mask may have taken bits of the owner away, too. */
  n = fchmod (fd, 0600) == 0 ? write (fd, data, size) : -1;
  if (n != (ssize_t) size || fsync (fd) != 0)
    {
      kh_store_error_set_errno (error, n >= 0 && n < (ssize_t) size ? ENOSPC : errno,
                                "write the identity", path);
      close (fd);
      return FALSE;
    }
  /* So that it is the disk that is read back. */
  posix_fadvise (fd, 0, 0, POSIX_FADV_DONTNEED);
  close (fd);
  return TRUE;
}

static gboolean
is_as_written (const char *dir, const char *name, const guint8 *data, gsize size, GError **error)
{
  guint8 back[KH_KEY_FILE_MAX];
  gboolean ok = kh_key_file_read (dir, name, size, back, error);

  if (ok && memcmp (back, data, size) != 0)
    {
      g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_IO,
                   "The disk of %s does not give back what was written to it. Nothing was changed; "
                   "have it examined",
                   dir);
      ok = FALSE;
    }
  explicit_bzero (back, sizeof back);
  return ok;
}

static gboolean
sync_dir (const char *dir, GError **error)
{
  int fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd >= 0 && fsync (fd) == 0)
    {
      close (fd);
      return TRUE;
    }
  kh_store_error_set_errno (error, errno, "sync the data folder", dir);
  if (fd >= 0)
    close (fd);
  return FALSE;
}

static gboolean
give_name (const char *from, const char *to, gboolean replace, GError **error)
{
  if ((replace ? rename (from, to) : link (from, to)) == 0)
    return TRUE;
  if (errno == EEXIST)
    g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_EXISTS,
                 "There is an identity in %s already; it was left alone", to);
  else
    kh_store_error_set_errno (error, errno, "name the identity", to);
  return FALSE;
}

gboolean
kh_key_file_write (const char *dir,
                   const char *name,
                   const guint8 *data,
                   gsize size,
                   gboolean replace,
                   const KhRandom *random,
                   GError **error)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autofree char *new_name = g_strdup_printf ("%s.%08x.new", name, kh_random_u32 (random));
  g_autofree char *new_path = g_build_filename (dir, new_name, NULL);
  gboolean ok;

  g_assert (size <= KH_KEY_FILE_MAX);
  if (!kh_lock_make_dir (dir, error))
    return FALSE;
  ok = write_synced (new_path, data, size, error) &&
       is_as_written (dir, new_name, data, size, error) &&
       give_name (new_path, path, replace, error);
  unlink (new_path);
  return ok && sync_dir (dir, error);
}

gboolean
kh_key_file_remove (const char *dir, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);

  if (unlink (path) == 0)
    return sync_dir (dir, error);
  if (errno == ENOENT)
    return TRUE;
  kh_store_error_set_errno (error, errno, "remove", path);
  return FALSE;
}
