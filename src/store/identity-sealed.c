/* identity-sealed.c: the secret key under a passphrase
 *
 * See identity-sealed.h, which has the layout. Knows bytes, and nothing of files.
 */
#include "store/identity-sealed.h"

#include <string.h>

#include "crypto/primitives.h"
#include "store/backup.h"

#define MAGIC "KNOTHOLE SECRET\n"
#define MAGIC_SIZE 16
#define VERSION 1
#define CHECK_SIZE 16

enum
{
  MEMORY_AT = MAGIC_SIZE + 1,
  PASSES_AT = MEMORY_AT + 4,
  SALT_AT = PASSES_AT + 4,
  PUBLIC_AT = SALT_AT + 16,
  CHECK_AT = PUBLIC_AT + KH_KEY_SIZE,
  SECRET_AT = CHECK_AT + CHECK_SIZE,
};

G_STATIC_ASSERT (SECRET_AT + KH_KEY_SIZE + KH_AEAD_TAG_SIZE == KH_IDENTITY_SEALED_SIZE);

const KhKeyCost kh_key_cost = { KH_BACKUP_MEMORY_KIB, KH_BACKUP_PASSES };

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

static gboolean
check_passphrase (const char *passphrase, GError **error)
{
  gsize len = strlen (passphrase);

  if (len > 0 && len <= KH_BACKUP_PASSPHRASE_MAX)
    return TRUE;
  g_set_error_literal (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID,
                       len == 0 ? "The secret key needs a passphrase"
                                : "The passphrase is too long");
  return FALSE;
}

/* By what the header in @file asks for. */
static gboolean
derive (const guint8 *file,
        const char *passphrase,
        guint8 ret_key[KH_AEAD_KEY_SIZE],
        guint8 ret_check[CHECK_SIZE],
        GError **error)
{
  guint8 derived[KH_AEAD_KEY_SIZE + CHECK_SIZE];
  gboolean ok = kh_argon2id (passphrase, file + SALT_AT, get_u32 (file + MEMORY_AT),
                             get_u32 (file + PASSES_AT), derived, sizeof derived);

  if (ok)
    {
      memcpy (ret_key, derived, KH_AEAD_KEY_SIZE);
      memcpy (ret_check, derived + KH_AEAD_KEY_SIZE, CHECK_SIZE);
    }
  else
    g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_IO,
                 "There is no memory for the passphrase: it takes %u MiB. Close other programs and "
                 "try again",
                 get_u32 (file + MEMORY_AT) / 1024);
  kh_wipe (derived, sizeof derived);
  return ok;
}

gboolean
kh_identity_sealed_make (const guint8 secret[KH_KEY_SIZE],
                         const char *passphrase,
                         const KhKeyCost *cost,
                         const KhRandom *random,
                         guint8 ret_file[KH_IDENTITY_SEALED_SIZE],
                         GError **error)
{
  g_autoptr (KhIdentity) identity = kh_identity_new_from_secret (secret);
  guint8 file[KH_IDENTITY_SEALED_SIZE] = MAGIC, key[KH_AEAD_KEY_SIZE];

  file[MAGIC_SIZE] = VERSION;
  put_u32 (file + MEMORY_AT, cost->memory_kib);
  put_u32 (file + PASSES_AT, cost->passes);
  kh_random_fill (random, file + SALT_AT, 16);
  memcpy (file + PUBLIC_AT, kh_identity_get_public (identity)->bytes, KH_KEY_SIZE);
  if (!check_passphrase (passphrase, error) ||
      !derive (file, passphrase, key, file + CHECK_AT, error))
    return FALSE;
  memcpy (file + SECRET_AT, secret, KH_KEY_SIZE);
  kh_aead_seal (key, 0, file, SECRET_AT, file + SECRET_AT, KH_KEY_SIZE);
  kh_aead_forget ();
  kh_wipe (key, sizeof key);
  memcpy (ret_file, file, sizeof file);
  return TRUE;
}

static gboolean
refuse (const char *path, const char *what, GError **error)
{
  g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_IDENTITY,
               "The identity in %s was not used: %s", path, what);
  return FALSE;
}

gboolean
kh_identity_sealed_peek (const guint8 file[KH_IDENTITY_SEALED_SIZE],
                         const char *path,
                         KhKey *ret_public,
                         GError **error)
{
  guint32 memory = get_u32 (file + MEMORY_AT), passes = get_u32 (file + PASSES_AT);

  if (memcmp (file, MAGIC, MAGIC_SIZE) != 0)
    return refuse (path, "it is damaged. Put a copy back, or restore a backup", error);
  if (file[MAGIC_SIZE] != VERSION)
    return refuse (path, "a newer Knothole made it. Install that to use it", error);
  if (memory < 8 || memory > KH_BACKUP_MEMORY_MAX || passes < 1 || passes > KH_BACKUP_PASSES_MAX)
    return refuse (path, "it is damaged. Put a copy back, or restore a backup", error);
  memcpy (ret_public->bytes, file + PUBLIC_AT, KH_KEY_SIZE);
  return TRUE;
}

gboolean
kh_identity_sealed_open (const guint8 file[KH_IDENTITY_SEALED_SIZE],
                         const char *path,
                         const char *passphrase,
                         guint8 ret_secret[KH_KEY_SIZE],
                         GError **error)
{
  guint8 key[KH_AEAD_KEY_SIZE], check[CHECK_SIZE], secret[KH_KEY_SIZE];
  KhKey key_of_whom;
  gboolean ok = FALSE;

  if (!kh_identity_sealed_peek (file, path, &key_of_whom, error) ||
      !derive (file, passphrase, key, check, error))
    return FALSE;
  if (!kh_equal_const_time (check, file + CHECK_AT, CHECK_SIZE))
    g_set_error_literal (error, KH_STORE_ERROR, KH_STORE_ERROR_NEEDS_PASSPHRASE,
                         "This is not the passphrase of your secret key");
  else if (!kh_aead_open_to (key, 0, file, SECRET_AT, file + SECRET_AT,
                             KH_KEY_SIZE + KH_AEAD_TAG_SIZE, secret))
    refuse (path, "it is damaged. Put a copy back, or restore a backup", error);
  else
    {
      memcpy (ret_secret, secret, sizeof secret);
      ok = TRUE;
    }
  kh_aead_forget ();
  kh_wipe (key, sizeof key);
  kh_wipe (secret, sizeof secret);
  return ok;
}
