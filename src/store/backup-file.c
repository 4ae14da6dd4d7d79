/* backup-file.c: sealing and opening the chunks of a backup (backup.h has the layout)
 *
 * A key is used for one file alone, as the salt is random: so chunks are numbered from 0.
 */
#include "store/backup-file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "crypto/primitives.h"
#include "store/backup.h"

#define MAGIC "KNOTHOLE BACKUP\n"
#define MAGIC_SIZE 16
#define VERSION 1
#define CHECK_SIZE 16
#define HEADER_SIZE (MAGIC_SIZE + 1 + 4 + 4 + 16 + CHECK_SIZE)
#define SALT_AT (MAGIC_SIZE + 9)
#define CHECK_AT (SALT_AT + 16)
#define CHUNK 65536
#define LAST 0x80000000u

struct _KhBackupFile
{
  FILE *file;
  char *path;
  guint8 key[KH_AEAD_KEY_SIZE];
  /* the header, and behind it the length of the chunk: what is authenticated */
  guint8 ad[HEADER_SIZE + 4];
  guint64 number;
  gboolean at_end;
  guint8 buf[CHUNK + KH_AEAD_TAG_SIZE];
  gsize at, len; /* of what is in buf */
};

static void
put_u32 (guint8 *at, guint32 value)
{
  guint32 big = GUINT32_TO_BE (value);

  memcpy (at, &big, sizeof big);
}

static guint32
get_u32 (const guint8 *at)
{
  guint32 big;

  memcpy (&big, at, sizeof big);
  return GUINT32_FROM_BE (big);
}

void
kh_backup_file_free (KhBackupFile *self)
{
  if (self == NULL)
    return;
  g_free (self->path);
  kh_wipe (self, sizeof *self);
  kh_aead_forget ();
  g_free (self);
}

static gboolean
damaged (KhBackupFile *self, GError **error)
{
  g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_BACKUP,
               "The backup %s is damaged or cut short, so nothing was taken from it. Use another "
               "copy of it",
               self->path);
  return FALSE;
}

static gboolean
write_failed (KhBackupFile *self, GError **error)
{
  kh_store_error_set_errno (error, errno != 0 ? errno : EIO, "write the backup", self->path);
  return FALSE;
}

/* @ret_check: CHECK_SIZE bytes */
static gboolean
derive (KhBackupFile *self, const char *passphrase, guint8 *ret_check, GError **error)
{
  guint8 derived[KH_AEAD_KEY_SIZE + CHECK_SIZE];
  gboolean ok = kh_argon2id (passphrase, self->ad + SALT_AT, get_u32 (self->ad + MAGIC_SIZE + 1),
                             get_u32 (self->ad + MAGIC_SIZE + 5), derived, sizeof derived);

  if (ok)
    {
      memcpy (self->key, derived, sizeof self->key);
      memcpy (ret_check, derived + sizeof self->key, CHECK_SIZE);
    }
  else
    g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_IO,
                 "There is not enough memory for the passphrase of %s. Close other programs and "
                 "try again",
                 self->path);
  kh_wipe (derived, sizeof derived);
  return ok;
}

KhBackupFile *
kh_backup_file_begin (
    FILE *file, const char *path, const char *passphrase, const KhRandom *random, GError **error)
{
  g_autoptr (KhBackupFile) self = g_new0 (KhBackupFile, 1);

  self->file = file;
  self->path = g_strdup (path);
  memcpy (self->ad, MAGIC, MAGIC_SIZE);
  self->ad[MAGIC_SIZE] = VERSION;
  put_u32 (self->ad + MAGIC_SIZE + 1, KH_BACKUP_MEMORY_KIB);
  put_u32 (self->ad + MAGIC_SIZE + 5, KH_BACKUP_PASSES);
  kh_random_fill (random, self->ad + SALT_AT, 16);
  if (!derive (self, passphrase, self->ad + CHECK_AT, error))
    return NULL;
  if (fwrite (self->ad, 1, HEADER_SIZE, file) != HEADER_SIZE)
    {
      write_failed (self, error);
      return NULL;
    }
  return g_steal_pointer (&self);
}

static gboolean
seal_chunk (KhBackupFile *self, gboolean last, GError **error)
{
  gsize len = self->len;

  put_u32 (self->ad + HEADER_SIZE, (guint32) len | (last ? LAST : 0));
  kh_aead_seal (self->key, self->number++, self->ad, sizeof self->ad, self->buf, len);
  self->len = 0;
  errno = 0;
  return (fwrite (self->ad + HEADER_SIZE, 1, 4, self->file) == 4 &&
          fwrite (self->buf, 1, len + KH_AEAD_TAG_SIZE, self->file) == len + KH_AEAD_TAG_SIZE) ||
         write_failed (self, error);
}

gboolean
kh_backup_file_write (KhBackupFile *self, const void *data, gsize len, GError **error)
{
  const guint8 *at = data;

  while (len > 0)
    {
      gsize n = MIN (len, CHUNK - self->len);

      /* The last chunk has something in it, so a full one waits until there is more. */
      if (n == 0)
        {
          if (!seal_chunk (self, FALSE, error))
            return FALSE;
          continue;
        }
      memcpy (self->buf + self->len, at, n);
      self->len += n;
      at += n;
      len -= n;
    }
  return TRUE;
}

gboolean
kh_backup_file_finish (KhBackupFile *self, GError **error)
{
  return seal_chunk (self, TRUE, error) &&
         ((fflush (self->file) == 0 && fsync (fileno (self->file)) == 0) ||
          write_failed (self, error));
}

/* reading */

static gboolean
check_header (KhBackupFile *self, GError **error)
{
  guint32 memory = get_u32 (self->ad + MAGIC_SIZE + 1),
          passes = get_u32 (self->ad + MAGIC_SIZE + 5);

  if (memcmp (self->ad, MAGIC, MAGIC_SIZE) != 0)
    {
      g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_BACKUP, "%s is not a backup of Knothole",
                   self->path);
      return FALSE;
    }
  if (self->ad[MAGIC_SIZE] != VERSION)
    {
      g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_BACKUP,
                   "The backup %s was made by a newer Knothole. Install that to use it",
                   self->path);
      return FALSE;
    }
  return (memory >= 8 && memory <= KH_BACKUP_MEMORY_MAX && passes >= 1 &&
          passes <= KH_BACKUP_PASSES_MAX) ||
         damaged (self, error);
}

KhBackupFile *
kh_backup_file_open (FILE *file, const char *path, const char *passphrase, GError **error)
{
  g_autoptr (KhBackupFile) self = g_new0 (KhBackupFile, 1);
  guint8 check[CHECK_SIZE];

  self->file = file;
  self->path = g_strdup (path);
  if (fread (self->ad, 1, HEADER_SIZE, file) != HEADER_SIZE && !ferror (file))
    memset (self->ad, 0, MAGIC_SIZE);
  if (!check_header (self, error) || !derive (self, passphrase, check, error))
    return NULL;
  if (!kh_equal_const_time (check, self->ad + CHECK_AT, sizeof check))
    {
      g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_PASSPHRASE,
                   "This is not the passphrase of the backup %s", path);
      return NULL;
    }
  return g_steal_pointer (&self);
}

static gboolean
open_chunk (KhBackupFile *self, GError **error)
{
  guint8 *length = self->ad + HEADER_SIZE;
  guint32 word;
  gsize len;

  if (fread (length, 1, 4, self->file) != 4)
    return damaged (self, error);
  word = get_u32 (length);
  len = word & ~LAST;
  if (len == 0 || len > CHUNK ||
      fread (self->buf, 1, len + KH_AEAD_TAG_SIZE, self->file) != len + KH_AEAD_TAG_SIZE ||
      !kh_aead_open (self->key, self->number++, self->ad, sizeof self->ad, self->buf,
                     len + KH_AEAD_TAG_SIZE))
    return damaged (self, error);
  self->at_end = (word & LAST) != 0;
  if (self->at_end && fgetc (self->file) != EOF)
    return damaged (self, error);
  self->at = 0;
  self->len = len;
  return TRUE;
}

gboolean
kh_backup_file_read (KhBackupFile *self, void *ret_data, gsize size, gsize *ret_len, GError **error)
{
  gsize done = 0;

  while (done < size)
    {
      gsize n = MIN (size - done, self->len - self->at);

      if (n == 0 && self->at_end)
        break;
      if (n == 0 && !open_chunk (self, error))
        return FALSE;
      memcpy ((guint8 *) ret_data + done, self->buf + self->at, n);
      self->at += n;
      done += n;
    }
  *ret_len = done;
  return TRUE;
}
