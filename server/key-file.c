/* key-file.c: the server's secret key on disk (DESIGN 3: "losing write permission or finding wider
 * permissions is an error that says what to do, never a silent new identity")
 *
 * A new key is written and synced under a temporary name, then linked to its own, which fails where
 * there is one: a crash leaves no key or a whole one, and of two first runs both use the same.
 */
#include "server/key-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "crypto/primitives.h"

static void
set_errno (GError **error, const char *what, const char *path, const char *advice)
{
  int saved = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "Cannot %s %s: %s. %s", what, path,
               g_strerror (saved), advice);
}

static gboolean
refuse (GError **error, const char *path, const char *why)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "The key in %s %s", path, why);
  return FALSE;
}

static gboolean
check_file (int fd, const char *path, GError **error)
{
  struct stat info;

  if (fstat (fd, &info) != 0)
    {
      set_errno (error, "examine", path, "Check the disk");
      return FALSE;
    }
  if (!S_ISREG (info.st_mode))
    return refuse (error, path, "is not an ordinary file. Put the key file back in its place");
  if (info.st_uid != geteuid ())
    return refuse (error, path, "belongs to another user. Run knotholed as that user, or chown it");
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return refuse (error, path,
                   "can be read by others, and may have been. Run \"chmod 600\" on it if you are "
                   "sure that nobody has, else delete it: then a new key is made, and clients "
                   "warn of the change");
  if (info.st_size != KH_KEY_SIZE)
    return refuse (error, path,
                   "is damaged: it should be 32 bytes long. Restore it from a backup, or delete "
                   "it: then a new key is made, and clients warn of the change");
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
    identity = kh_identity_new_from_secret (secret);
  else
    set_errno (error, "read", path, "Check the disk");
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
      if (errno != ENOENT)
        set_errno (error, "open", path,
                   "Run knotholed as the user that owns it, or name another --state-dir");
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
      set_errno (error, "write to", dir, "Make it writable, or name another --state-dir");
      return FALSE;
    }
  written = write_all (fd, identity);
  if (!written || (link (temporary, path) != 0 && errno != EEXIST))
    {
      set_errno (error, "write", path, "Make room, or name another --state-dir");
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
      set_errno (error, "make the folder", dir, "Make it yourself, or name another --state-dir");
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
        refuse (&local_error, path, "vanished while it was read. Start knotholed again");
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  if (ret_created != NULL)
    *ret_created = created;
  return identity;
}
