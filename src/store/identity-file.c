/* identity-file.c: the secret key in a file of mode 0600 (DESIGN section 3)
 *
 * A new key is written and synced under a temporary name and then linked to its own, which fails
 * where there is one: a crash leaves either no identity or a whole one, and no two creators can
 * both win.
 */
#include "store/identity-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
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
check_file (int fd, const char *path, GError **error)
{
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
    {
      g_autofree char *what =
          g_strdup_printf ("others may have read it (mode %04o). If you trust it, run: "
                           "chmod 600 '%s'",
                           (guint) (info.st_mode & 07777), path);

      return refuse (path, what, error);
    }
  if (info.st_size != KH_KEY_SIZE)
    {
      g_autofree char *what =
          g_strdup_printf ("it has %" G_GINT64_FORMAT " bytes instead of %d. Put a copy back, or "
                           "move it away to begin with a new identity",
                           (gint64) info.st_size, KH_KEY_SIZE);

      return refuse (path, what, error);
    }
  return TRUE;
}

gboolean
kh_identity_file_load (const char *dir, guint8 ret_secret[KH_KEY_SIZE], GError **error)
{
  g_autofree char *path = g_build_filename (dir, KH_IDENTITY_FILE_NAME, NULL);
  guint8 secret[KH_KEY_SIZE];
  /* A FIFO in its place must not hang the program. */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  gboolean ok = FALSE;

  if (fd < 0)
    {
      int saved_errno = errno;

      if (saved_errno == ENOENT)
        g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_NO_IDENTITY,
                     "There is no identity in %s yet", dir);
      else if (saved_errno == ELOOP)
        refuse (path, "it is a symbolic link. Put the key file itself in its place", error);
      else
        kh_store_error_set_errno (error, saved_errno, "read the identity", path);
      return FALSE;
    }
  if (!check_file (fd, path, error))
    goto out;
  if (read (fd, secret, sizeof secret) != (ssize_t) sizeof secret)
    {
      kh_store_error_set_errno (error, errno != 0 ? errno : EIO, "read the identity", path);
      goto out;
    }
  memcpy (ret_secret, secret, sizeof secret);
  ok = TRUE;

out:
  explicit_bzero (secret, sizeof secret);
  close (fd);
  return ok;
}

static gboolean
write_key (const char *path, const guint8 secret[KH_KEY_SIZE], GError **error)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  ssize_t n;

  if (fd < 0)
    {
      kh_store_error_set_errno (error, errno, "create the identity", path);
      return FALSE;
    }
  /* The mask may have taken bits of the owner away, too. */
  n = fchmod (fd, 0600) == 0 ? write (fd, secret, KH_KEY_SIZE) : -1;
  if (n != KH_KEY_SIZE || fsync (fd) != 0)
    {
      kh_store_error_set_errno (error, n >= 0 && n < KH_KEY_SIZE ? ENOSPC : errno,
                                "write the identity", path);
      close (fd);
      unlink (path);
      return FALSE;
    }
  close (fd);
  return TRUE;
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
give_name (const char *from, const char *to, GError **error)
{
  if (link (from, to) == 0)
    return TRUE;
  if (errno == EEXIST)
    g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_EXISTS,
                 "There is an identity in %s already; it was left alone", to);
  else
    kh_store_error_set_errno (error, errno, "name the identity", to);
  return FALSE;
}

gboolean
kh_identity_file_save (const char *dir,
                       const KhRandom *random,
                       const guint8 secret[KH_KEY_SIZE],
                       GError **error)
{
  g_autofree char *path = g_build_filename (dir, KH_IDENTITY_FILE_NAME, NULL);
  g_autofree char *temporary =
      g_strdup_printf ("%s.%08x.new", path, (guint) kh_random_u32 (random));
  gboolean ok;

  if (!kh_lock_make_dir (dir, error))
    return FALSE;
  ok = write_key (temporary, secret, error);
  if (ok)
    {
      ok = give_name (temporary, path, error);
      unlink (temporary);
    }
  return ok && sync_dir (dir, error);
}

gboolean
kh_identity_file_create (const char *dir,
                         const KhRandom *random,
                         guint8 ret_secret[KH_KEY_SIZE],
                         GError **error)
{
  guint8 secret[KH_KEY_SIZE];
  gboolean ok;

  kh_random_fill (random, secret, sizeof secret);
  ok = kh_identity_file_save (dir, random, secret, error);
  if (ok)
    memcpy (ret_secret, secret, sizeof secret);
  explicit_bzero (secret, sizeof secret);
  return ok;
}

gboolean
kh_identity_file_ensure (const char *dir,
                         const KhRandom *random,
                         guint8 ret_secret[KH_KEY_SIZE],
                         GError **error)
{
  g_autoptr (GError) local = NULL;

  if (kh_identity_file_load (dir, ret_secret, &local))
    return TRUE;
  if (!g_error_matches (local, KH_STORE_ERROR, KH_STORE_ERROR_NO_IDENTITY))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  g_clear_error (&local);
  if (kh_identity_file_create (dir, random, ret_secret, &local))
    return TRUE;
  /* Another process made one in between: that is who we are, then. */
  if (g_error_matches (local, KH_STORE_ERROR, KH_STORE_ERROR_EXISTS))
    return kh_identity_file_load (dir, ret_secret, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
