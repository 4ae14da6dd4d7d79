/* backup.c: what goes into a backup, and where it goes again
 *
 * Files get their names when they are whole: a crash leaves at most one that ends in ".part". The
 * identity comes first: a history without it would be taken for that of a new identity.
 */
#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/primitives.h"
#include "store/backup-file.h"
#include "store/identity-file.h"
#include "store/identity-keeper.h"
#include "store/lock.h"
#include "store/schema.h"
#include "store/store.h"

#define PIECE 65536
#define SNAPSHOT_NAME "backup.part"

/* (nullable): made anew, for its owner alone. */
static FILE *
create (const char *path, GError **error)
{
  int fd;

  unlink (path);
  fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd >= 0)
    return fdopen (fd, "w+");
  kh_store_error_set_errno (error, errno, "create", path);
  return NULL;
}

static gboolean
check_passphrase (const char *passphrase, GError **error)
{
  gsize len = strlen (passphrase);

  if (len > 0 && len <= KH_BACKUP_PASSPHRASE_MAX)
    return TRUE;
  g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID,
               len == 0 ? "A backup needs a passphrase" : "The passphrase is too long");
  return FALSE;
}

/* writing */

static gboolean
forget_messages (const char *path, GError **error)
{
  g_autoptr (KhDatabase) copy =
      kh_database_open (path, kh_schema_migrations, kh_schema_n_migrations, error);

  return copy != NULL &&
         kh_database_exec (copy,
                           "DELETE FROM messages; DELETE FROM forgotten;"
                           "INSERT INTO messages_text (messages_text) VALUES ('optimize');"
                           "UPDATE contacts SET draft = NULL;"
                           "VACUUM",
                           error);
}

/* A copy of the history at @path, as it is at one moment. */
static gboolean
take_snapshot (KhDatabase *database, const char *path, gboolean with_messages, GError **error)
{
  FILE *file = create (path, error);

  if (file == NULL)
    return FALSE;
  fclose (file);
  return kh_database_run (database, error, "VACUUM INTO ?1", "s", path) &&
         (with_messages || forget_messages (path, error));
}

static gboolean
pour (KhBackupFile *backup, const char *path, GError **error)
{
  FILE *file = fopen (path, "re");
  g_autofree guint8 *piece = g_malloc (PIECE);
  gboolean ok = file != NULL;
  gsize n;

  while (ok && (n = fread (piece, 1, PIECE, file)) > 0)
    ok = kh_backup_file_write (backup, piece, n, error);
  if (file == NULL || (ok && ferror (file)))
    {
      kh_store_error_set_errno (error, errno, "read", path);
      ok = FALSE;
    }
  if (file != NULL)
    fclose (file);
  return ok;
}

static gboolean
write_all (FILE *file,
           const guint8 *secret,
           const char *path,
           const char *snapshot,
           const char *passphrase,
           const KhRandom *random,
           GError **error)
{
  g_autoptr (KhBackupFile) backup = kh_backup_file_begin (file, path, passphrase, random, error);

  return backup != NULL && kh_backup_file_write (backup, secret, KH_KEY_SIZE, error) &&
         pour (backup, snapshot, error) && kh_backup_file_finish (backup, error);
}

gboolean
kh_backup_write (KhDatabase *database,
                 const char *dir,
                 const guint8 secret[KH_KEY_SIZE],
                 const char *path,
                 const char *passphrase,
                 gboolean with_messages,
                 const KhRandom *random,
                 GError **error)
{
  g_autofree char *snapshot = g_build_filename (dir, SNAPSHOT_NAME, NULL);
  g_autofree char *part = g_strconcat (path, ".part", NULL);
  FILE *file = NULL;
  gboolean ok;

  if (!check_passphrase (passphrase, error))
    return FALSE;
  ok = take_snapshot (database, snapshot, with_messages, error) &&
       (file = create (part, error)) != NULL &&
       write_all (file, secret, part, snapshot, passphrase, random, error);
  if (file != NULL)
    fclose (file);
  unlink (snapshot);
  if (ok && rename (part, path) != 0)
    {
      kh_store_error_set_errno (error, errno, "name the backup", path);
      ok = FALSE;
    }
  if (!ok)
    unlink (part);
  return ok;
}

void
kh_backup_tidy (const char *dir)
{
  g_autofree char *snapshot = g_build_filename (dir, SNAPSHOT_NAME, NULL);

  unlink (snapshot);
}

/* restoring */

static gboolean
exists (const char *path, GError **error)
{
  if (access (path, F_OK) != 0)
    return FALSE;
  g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_EXISTS,
               "There is %s already; it was left alone. Restore into an empty data folder", path);
  return TRUE;
}

/* The rest of @backup, to a file that is on the disk afterwards. */
static gboolean
draw (KhBackupFile *backup, const char *path, GError **error)
{
  FILE *file = create (path, error);
  g_autofree guint8 *piece = g_malloc (PIECE);
  gboolean ok = file != NULL;
  gsize n = 1;

  while (ok && n > 0)
    {
      ok = kh_backup_file_read (backup, piece, PIECE, &n, error);
      if (ok && fwrite (piece, 1, n, file) != n)
        {
          kh_store_error_set_errno (error, errno, "write", path);
          ok = FALSE;
        }
    }
  if (ok && (fflush (file) != 0 || fsync (fileno (file)) != 0))
    {
      kh_store_error_set_errno (error, errno, "write", path);
      ok = FALSE;
    }
  if (file != NULL)
    fclose (file);
  return ok;
}

/* What is there goes to a folder of its own, and is whole there. */
static gboolean
set_aside (const char *dir, GError **error)
{
  static const char *const names[] = {
    KH_IDENTITY_FILE_NAME,  KH_IDENTITY_SEALED_NAME,       KH_IDENTITY_KEYRING_NAME,
    KH_STORE_DATABASE_NAME, KH_STORE_DATABASE_NAME "-wal", KH_STORE_DATABASE_NAME "-shm",
  };
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format (now, "set-aside-%Y%m%dT%H%M%SZ");
  g_autofree char *folder = g_build_filename (dir, time, NULL);

  if (!kh_lock_make_dir (folder, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *from = g_build_filename (dir, names[i], NULL);
      g_autofree char *to = g_build_filename (folder, names[i], NULL);

      if (rename (from, to) != 0 && errno != ENOENT)
        {
          kh_store_error_set_errno (error, errno, "set aside", from);
          return FALSE;
        }
    }
  return TRUE;
}

/* One that is there already may be the same, of a restore that was cut short, or in another place:
 * there it stays. */
static gboolean
put_identity (const char *dir, const guint8 *secret, const KhRandom *random, GError **error)
{
  g_autoptr (KhIdentity) identity = kh_identity_new_from_secret (secret);
  g_autoptr (GError) local = NULL;
  KhKey old;

  if (kh_identity_keeper_peek (dir, &old, &local))
    {
      if (kh_key_equal (&old, kh_identity_get_public (identity)))
        return TRUE;
      g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_EXISTS,
                   "There is another identity in %s already; it was left alone. Restore into an "
                   "empty data folder",
                   dir);
      return FALSE;
    }
  if (g_error_matches (local, KH_STORE_ERROR, KH_STORE_ERROR_NO_IDENTITY))
    return kh_identity_file_save (dir, random, secret, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
restore_from (FILE *file,
              const char *dir,
              const char *path,
              const char *passphrase,
              gboolean over_others,
              const KhRandom *random,
              GError **error)
{
  g_autofree char *history = g_build_filename (dir, KH_STORE_DATABASE_NAME, NULL);
  g_autofree char *part = g_strconcat (history, ".part", NULL);
  g_autoptr (KhBackupFile) backup = kh_backup_file_open (file, path, passphrase, error);
  guint8 secret[KH_KEY_SIZE] = { 0 };
  gsize n = 0;
  gboolean ok = backup != NULL && (over_others || !exists (history, error)) &&
                kh_backup_file_read (backup, secret, sizeof secret, &n, error);

  if (ok && n != sizeof secret)
    {
      g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_BACKUP, "The backup %s is damaged", path);
      ok = FALSE;
    }
  ok = ok && draw (backup, part, error) && (!over_others || set_aside (dir, error)) &&
       put_identity (dir, secret, random, error);
  if (ok && rename (part, history) != 0)
    {
      kh_store_error_set_errno (error, errno, "name the history", history);
      ok = FALSE;
    }
  if (!ok)
    unlink (part);
  explicit_bzero (secret, sizeof secret);
  return ok;
}

gboolean
kh_backup_restore (const char *dir,
                   const char *path,
                   const char *passphrase,
                   gboolean over_others,
                   const KhRandom *random,
                   GError **error)
{
  g_autofree char *lock_path = g_build_filename (dir, KH_STORE_LOCK_NAME, NULL);
  g_autoptr (KhLock) lock = NULL;
  FILE *file;
  gboolean ok;

  if (!check_passphrase (passphrase, error) || !kh_lock_make_dir (dir, error))
    return FALSE;
  lock = kh_lock_take (lock_path, error);
  if (lock == NULL)
    return FALSE;
  file = fopen (path, "re");
  if (file == NULL)
    {
      kh_store_error_set_errno (error, errno, "read the backup", path);
      return FALSE;
    }
  ok = restore_from (file, dir, path, passphrase, over_others, random, error);
  fclose (file);
  return ok;
}
