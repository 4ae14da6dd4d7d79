/* key-file.c: the server's secret key on disk
 *
 * Whatever is wrong with it is an error that says what to do, never a silent new identity. A new
 * key is written and synced under a temporary name, then linked to its own, which fails where there
 * is one: a crash leaves no key or a whole one, and of two first runs both use the same.
 */
#include "server/key-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "crypto/primitives.h"

/* For what the system refused. @format gets its arguments; they may name g_strerror(@saved_errno).
 */
static void G_GNUC_PRINTF (3, 4) fail (GError **error, int saved_errno, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_propagate_error (error, g_error_new_valist (G_IO_ERROR, g_io_error_from_errno (saved_errno),
                                                format, args));
  va_end (args);
}

/* @format: why the key in the file that it names is not taken */
static gboolean G_GNUC_PRINTF (2, 3) refuse (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_propagate_error (error, g_error_new_valist (G_IO_ERROR, G_IO_ERROR_INVALID_DATA, format, args));
  va_end (args);
  return FALSE;
}

static gboolean
check_file (int fd, const char *path, GError **error)
{
  struct stat info;

  if (fstat (fd, &info) != 0)
    {
      int saved = errno;

      fail (error, saved, _ ("Cannot examine %s: %s. Check the disk"), path, g_strerror (saved));
      return FALSE;
    }
  if (!S_ISREG (info.st_mode))
    return refuse (error,
                   _ ("The key in %s is not an ordinary file. Put the key file back in its place"),
                   path);
  if (info.st_uid != geteuid ())
    return refuse (
        error, _ ("The key in %s belongs to another user. Run knotholed as that user, or chown it"),
        path);
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return refuse (
        error,
        _ ("The key in %s can be read by others, and may have been. Run \"chmod 600\" on it if you "
           "are sure that nobody has, else delete it: then a new key is made, and clients warn of "
           "the change"),
        path);
  if (info.st_size != KH_KEY_SIZE)
    return refuse (error,
                   _ ("The key in %s is damaged: it should be 32 bytes long. Restore it from a "
                      "backup, or delete it: then a new key is made, and clients warn of the "
                      "change"),
                   path);
  return TRUE;
}

static KhIdentity *
read_key (int fd, const char *path, GError **error)
{
  guint8 secret[KH_KEY_SIZE];
  KhIdentity *identity = NULL;

  if (!check_file (fd, path, error))
    return NULL;
  if (read (fd, secret, sizeof secret) == (ssize_t) sizeof secret)
    {
      identity = kh_identity_new_from_secret (secret);
    }
  else
    {
      int saved = errno;

      fail (error, saved, _ ("Cannot read %s: %s. Check the disk"), path, g_strerror (saved));
    }
  kh_wipe (secret, sizeof secret);
  return identity;
}

/* (nullable): NULL without @error where there is no file. */
static KhIdentity *
open_key (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  KhIdentity *identity;

  if (fd < 0)
    {
      int saved = errno;

      if (saved != ENOENT)
        fail (error, saved,
              _ ("Cannot open %s: %s. Run knotholed as the user that owns it, or name another "
                 "--state-dir"),
              path, g_strerror (saved));
      return NULL;
    }
  identity = read_key (fd, path, error);
  close (fd);
  return identity;
}

static gboolean
write_all (int fd, const KhIdentity *identity)
{
  guint8 secret[KH_KEY_SIZE];
  ssize_t n;

  kh_identity_copy_secret (identity, secret);
  n = write (fd, secret, sizeof secret);
  kh_wipe (secret, sizeof secret);
  if (n >= 0 && n != (ssize_t) sizeof secret)
    errno = ENOSPC;
  return n == (ssize_t) sizeof secret && fsync (fd) == 0;
}

static void
sync_folder (const char *dir)
{
  int fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return;
  /* Where a file system cannot, the key is as safe as it can be. */
  fsync (fd);
  close (fd);
}

/* FALSE without @error where somebody else has made a key meanwhile. */
static gboolean
save_key (const char *dir, const char *path, const KhIdentity *identity, GError **error)
{
  g_autofree char *temporary = g_build_filename (dir, ".server.key.XXXXXX", NULL);
  int fd = g_mkstemp_full (temporary, O_RDWR | O_CLOEXEC, 0600);
  gboolean written;

  if (fd < 0)
    {
      int saved = errno;

      fail (error, saved,
            _ ("Cannot write to %s: %s. Make it writable, or name another --state-dir"), dir,
            g_strerror (saved));
      return FALSE;
    }
  written = write_all (fd, identity);
  if (!written || (link (temporary, path) != 0 && errno != EEXIST))
    {
      int saved = errno;

      fail (error, saved, _ ("Cannot write %s: %s. Make room, or name another --state-dir"), path,
            g_strerror (saved));
      written = FALSE;
    }
  close (fd);
  g_unlink (temporary);
  sync_folder (dir);
  return written;
}

KhIdentity *
kh_key_file_load (const char *dir, const KhRandom *random, gboolean *ret_created, GError **error)
{
  g_autofree char *path = g_build_filename (dir, KH_KEY_FILE_NAME, NULL);
  g_autoptr (KhIdentity) made = NULL;
  g_autoptr (GError) local_error = NULL;
  KhIdentity *identity;
  gboolean created = FALSE;

  if (g_mkdir_with_parents (dir, 0700) != 0)
    {
      int saved = errno;

      fail (error, saved,
            _ ("Cannot make the folder %s: %s. Make it yourself, or name another --state-dir"), dir,
            g_strerror (saved));
      return NULL;
    }
  identity = open_key (path, &local_error);
  if (identity == NULL && local_error == NULL)
    {
      made = kh_identity_new (random);
      created = save_key (dir, path, made, &local_error);
      /* What is there now counts, whoever wrote it. */
      if (created)
        identity = open_key (path, &local_error);
    }
  if (identity == NULL)
    {
      if (local_error == NULL)
        refuse (&local_error, _ ("The key in %s vanished while it was read. Start knotholed again"),
                path);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  if (ret_created != NULL)
    *ret_created = created;
  return identity;
}
