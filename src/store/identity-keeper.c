/* identity-keeper.c: where the secret key of a data folder is, and how it moves
 *
 * See identity-keeper.h. A place is there by its file; which are there, and whose they say they
 * are, is looked up first by all.
 */
#include "store/identity-keeper.h"

#include <string.h>

#include "crypto/primitives.h"
#include "store/identity-file.h"
#include "store/key-file.h"
#include "store/keyring.h"
#include "store/lock.h"

#define MARK_MAGIC "KNOTHOLE KEYRING"
#define MARK_MAGIC_SIZE 16
#define MARK_SIZE (MARK_MAGIC_SIZE + KH_KEY_SIZE)
#define N_PLACES 3

/* What is in the folder; of FILE and SEALED also what is in them. */
typedef struct
{
  gboolean has[N_PLACES];
  KhKey key; /* of all that are there */
  guint8 secret[KH_KEY_SIZE];
  guint8 sealed[KH_IDENTITY_SEALED_SIZE];
} Folder;

/* By KhIdentityPlace. */
static const char *const file_names[N_PLACES] = {
  KH_IDENTITY_FILE_NAME,
  KH_IDENTITY_SEALED_NAME,
  KH_IDENTITY_KEYRING_NAME,
};

const char *
kh_identity_place_to_string (KhIdentityPlace place)
{
  static const char *const names[] = {
    [KH_IDENTITY_PLACE_FILE] = "file",
    [KH_IDENTITY_PLACE_SEALED] = "sealed",
    [KH_IDENTITY_PLACE_KEYRING] = "keyring",
  };

  return (guint) place < G_N_ELEMENTS (names) ? names[place] : "unknown";
}

static void
folder_clear (Folder *self)
{
  kh_wipe (self, sizeof *self);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Folder, folder_clear)

static KhKey
public_of (const guint8 secret[KH_KEY_SIZE])
{
  g_autoptr (KhIdentity) identity = kh_identity_new_from_secret (secret);

  return *kh_identity_get_public (identity);
}

static gboolean
parse_mark (const guint8 mark[MARK_SIZE], const char *dir, KhKey *ret_key, GError **error)
{
  if (memcmp (mark, MARK_MAGIC, MARK_MAGIC_SIZE) == 0)
    {
      memcpy (ret_key->bytes, mark + MARK_MAGIC_SIZE, KH_KEY_SIZE);
      return TRUE;
    }
  g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_IDENTITY,
               "The identity in %s was not used: %s is damaged. Put a copy back, or restore a "
               "backup",
               dir, KH_IDENTITY_KEYRING_NAME);
  return FALSE;
}

/* @ret_key: whose it is; FALSE with NO_IDENTITY where there is none. */
static gboolean
read_place (Folder *self, const char *dir, KhIdentityPlace place, KhKey *ret_key, GError **error)
{
  g_autofree char *path = g_build_filename (dir, file_names[place], NULL);
  guint8 mark[MARK_SIZE];

  switch (place)
    {
    case KH_IDENTITY_PLACE_FILE:
      if (!kh_identity_file_load (dir, self->secret, error))
        return FALSE;
      *ret_key = public_of (self->secret);
      return TRUE;
    case KH_IDENTITY_PLACE_SEALED:
      return kh_key_file_read (dir, file_names[place], sizeof self->sealed, self->sealed, error) &&
             kh_identity_sealed_peek (self->sealed, path, ret_key, error);
    case KH_IDENTITY_PLACE_KEYRING:
      return kh_key_file_read (dir, file_names[place], sizeof mark, mark, error) &&
             parse_mark (mark, dir, ret_key, error);
    }
  g_assert_not_reached ();
}

static gboolean
folder_read (Folder *self, const char *dir, GError **error)
{
  gboolean has_any = FALSE;

  for (guint i = 0; i < N_PLACES; i++)
    {
      g_autoptr (GError) local = NULL;
      KhKey key;

      self->has[i] = read_place (self, dir, (KhIdentityPlace) i, &key, &local);
      if (!self->has[i] && !g_error_matches (local, KH_STORE_ERROR, KH_STORE_ERROR_NO_IDENTITY))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (self->has[i] && has_any && !kh_key_equal (&key, &self->key))
        {
          g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_IDENTITY,
                       "There are two identities in %s, and none was used: move the file %s or the "
                       "other one away",
                       dir, file_names[i]);
          return FALSE;
        }
      if (self->has[i])
        self->key = key;
      has_any = has_any || self->has[i];
    }
  if (!has_any)
    g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_NO_IDENTITY,
                 "There is no identity in %s yet", dir);
  return has_any;
}

gboolean
kh_identity_keeper_peek (const char *dir, KhKey *ret_public, GError **error)
{
  g_auto (Folder) folder = { 0 };

  if (!folder_read (&folder, dir, error))
    return FALSE;
  *ret_public = folder.key;
  return TRUE;
}

/* What is not at @place. A keyring that does not answer now keeps what nobody asks for any more. */
static gboolean
remove_others (const char *dir, const Folder *folder, KhIdentityPlace place, GError **error)
{
  if (folder->has[KH_IDENTITY_PLACE_KEYRING] && place != KH_IDENTITY_PLACE_KEYRING)
    kh_keyring_clear (&folder->key, NULL);
  for (guint i = 0; i < N_PLACES; i++)
    if (folder->has[i] && i != place && !kh_key_file_remove (dir, file_names[i], error))
      return FALSE;
  return TRUE;
}

/* loading */

static gboolean
load_sealed (const Folder *folder,
             const char *dir,
             const char *passphrase,
             guint8 ret_secret[KH_KEY_SIZE],
             GError **error)
{
  g_autofree char *path = g_build_filename (dir, KH_IDENTITY_SEALED_NAME, NULL);

  if (passphrase != NULL)
    return kh_identity_sealed_open (folder->sealed, path, passphrase, ret_secret, error);
  g_set_error_literal (error, KH_STORE_ERROR, KH_STORE_ERROR_NEEDS_PASSPHRASE,
                       "Your secret key is under a passphrase");
  return FALSE;
}

static gboolean
load_place (const Folder *folder,
            const char *dir,
            KhIdentityPlace place,
            const char *passphrase,
            guint8 ret_secret[KH_KEY_SIZE],
            GError **error)
{
  KhKey key;

  switch (place)
    {
    case KH_IDENTITY_PLACE_FILE:
      memcpy (ret_secret, folder->secret, KH_KEY_SIZE);
      return TRUE;
    case KH_IDENTITY_PLACE_SEALED:
      if (!load_sealed (folder, dir, passphrase, ret_secret, error))
        return FALSE;
      break;
    case KH_IDENTITY_PLACE_KEYRING:
      if (!kh_keyring_lookup (&folder->key, ret_secret, error))
        return FALSE;
      break;
    }
  key = public_of (ret_secret);
  if (kh_key_equal (&key, &folder->key))
    return TRUE;
  kh_wipe (ret_secret, KH_KEY_SIZE);
  g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_IDENTITY,
               "The identity in %s was not used: the secret key is another's. Put a copy back, or "
               "restore a backup",
               dir);
  return FALSE;
}

gboolean
kh_identity_keeper_load (const char *dir,
                         const char *passphrase,
                         guint8 ret_secret[KH_KEY_SIZE],
                         KhIdentityPlace *ret_place,
                         GError **error)
{
  static const KhIdentityPlace order[] = { KH_IDENTITY_PLACE_FILE, KH_IDENTITY_PLACE_KEYRING,
                                           KH_IDENTITY_PLACE_SEALED };
  g_auto (Folder) folder = { 0 };

  if (!folder_read (&folder, dir, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    {
      KhIdentityPlace place = order[i];

      if (!folder.has[place])
        continue;
      g_clear_error (error);
      if (!load_place (&folder, dir, place, passphrase, ret_secret, error))
        continue;
      /* What is left of a move does no harm: the next load tries again. */
      remove_others (dir, &folder, place, NULL);
      *ret_place = place;
      return TRUE;
    }
  return FALSE;
}

/* moving */

static gboolean
put_into_keyring (const char *dir,
                  const KhKey *key,
                  const guint8 secret[KH_KEY_SIZE],
                  const KhRandom *random,
                  GError **error)
{
  guint8 mark[MARK_SIZE], back[KH_KEY_SIZE] = { 0 };
  gboolean ok = kh_keyring_store (key, secret, error) && kh_keyring_lookup (key, back, error);

  if (ok && !kh_equal_const_time (back, secret, KH_KEY_SIZE))
    {
      g_set_error_literal (error, KH_STORE_ERROR, KH_STORE_ERROR_KEYRING,
                           "The keyring of the desktop does not give back what it was given");
      ok = FALSE;
    }
  kh_wipe (back, sizeof back);
  memcpy (mark, MARK_MAGIC, MARK_MAGIC_SIZE);
  memcpy (mark + MARK_MAGIC_SIZE, key->bytes, KH_KEY_SIZE);
  return ok &&
         kh_key_file_write (dir, KH_IDENTITY_KEYRING_NAME, mark, sizeof mark, TRUE, random, error);
}

/* The file is opened as it will be, before it takes the place of another. */
static gboolean
put_sealed (const char *dir,
            const guint8 secret[KH_KEY_SIZE],
            const char *passphrase,
            const KhKeyCost *cost,
            const KhRandom *random,
            GError **error)
{
  g_autofree char *path = g_build_filename (dir, KH_IDENTITY_SEALED_NAME, NULL);
  guint8 file[KH_IDENTITY_SEALED_SIZE], back[KH_KEY_SIZE];
  gboolean ok =
      kh_identity_sealed_make (secret, passphrase, cost, random, file, error) &&
      kh_identity_sealed_open (file, path, passphrase, back, error) &&
      kh_key_file_write (dir, KH_IDENTITY_SEALED_NAME, file, sizeof file, TRUE, random, error);

  kh_wipe (back, sizeof back);
  return ok;
}

static gboolean
put (const char *dir,
     const KhKey *key,
     const guint8 secret[KH_KEY_SIZE],
     KhIdentityPlace to,
     const char *passphrase,
     const KhKeyCost *cost,
     const KhRandom *random,
     GError **error)
{
  switch (to)
    {
    case KH_IDENTITY_PLACE_FILE:
      return kh_identity_file_save (dir, random, secret, error);
    case KH_IDENTITY_PLACE_SEALED:
      return put_sealed (dir, secret, passphrase != NULL ? passphrase : "", cost, random, error);
    case KH_IDENTITY_PLACE_KEYRING:
      return put_into_keyring (dir, key, secret, random, error);
    }
  g_assert_not_reached ();
}

gboolean
kh_identity_keeper_move (const char *dir,
                         const guint8 secret[KH_KEY_SIZE],
                         KhIdentityPlace to,
                         const char *passphrase,
                         const KhKeyCost *cost,
                         const KhRandom *random,
                         GError **error)
{
  g_auto (Folder) folder = { 0 };
  KhKey key = public_of (secret);

  if (!folder_read (&folder, dir, error))
    return FALSE;
  if (!kh_key_equal (&key, &folder.key))
    {
      g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_IDENTITY,
                   "Another identity is in %s by now; nothing was changed", dir);
      return FALSE;
    }
  if (to == KH_IDENTITY_PLACE_FILE && folder.has[to])
    return remove_others (dir, &folder, to, error);
  return put (dir, &key, secret, to, passphrase, cost, random, error) &&
         remove_others (dir, &folder, to, error);
}

/* the first time */

static gboolean
create_in_keyring (const char *dir,
                   const KhRandom *random,
                   guint8 ret_secret[KH_KEY_SIZE],
                   GError **error)
{
  guint8 secret[KH_KEY_SIZE];
  gboolean ok;
  KhKey key;

  kh_random_fill (random, secret, sizeof secret);
  key = public_of (secret);
  ok = put_into_keyring (dir, &key, secret, random, error);
  if (ok)
    memcpy (ret_secret, secret, sizeof secret);
  else
    /* It may have its name, and not be on the disk: another identity is to be made. */
    kh_key_file_remove (dir, KH_IDENTITY_KEYRING_NAME, NULL);
  kh_wipe (secret, sizeof secret);
  return ok;
}

/* FALSE without an error: there is none. */
static gboolean
load_if_any (const char *dir,
             const char *passphrase,
             guint8 ret_secret[KH_KEY_SIZE],
             KhIdentityPlace *ret_place,
             GError **error)
{
  g_autoptr (GError) local = NULL;

  if (kh_identity_keeper_load (dir, passphrase, ret_secret, ret_place, &local))
    return TRUE;
  if (!g_error_matches (local, KH_STORE_ERROR, KH_STORE_ERROR_NO_IDENTITY))
    g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
kh_identity_keeper_ensure (const char *dir,
                           const char *passphrase,
                           gboolean want_keyring,
                           const KhRandom *random,
                           guint8 ret_secret[KH_KEY_SIZE],
                           KhIdentityPlace *ret_place,
                           GError **error)
{
  g_autoptr (KhLock) lock = NULL;
  GError *local = NULL;
  gboolean ok = load_if_any (dir, passphrase, ret_secret, ret_place, &local);

  /* Somebody else may be making it now. */
  if (!ok && local == NULL && (lock = kh_lock_wait_for_dir (dir, &local)) != NULL)
    ok = load_if_any (dir, passphrase, ret_secret, ret_place, &local);
  if (local != NULL)
    g_propagate_error (error, local);
  if (ok || local != NULL)
    return ok;
  if (want_keyring && create_in_keyring (dir, random, ret_secret, NULL))
    {
      *ret_place = KH_IDENTITY_PLACE_KEYRING;
      return TRUE;
    }
  if (!kh_identity_file_create (dir, random, ret_secret, error))
    return FALSE;
  *ret_place = KH_IDENTITY_PLACE_FILE;
  return TRUE;
}
