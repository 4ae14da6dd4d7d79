/* engine-key.c: where the secret key of the identity is kept
 *
 * The work is that of store/identity-keeper.h, on threads: a passphrase takes a moment, and a
 * keyring that does not answer two seconds.
 */
#include "engine/engine-private.h"

#include "store/identity-keeper.h"
#include "store/lock.h"

G_STATIC_ASSERT ((int) KH_KEY_IN_FILE == (int) KH_IDENTITY_PLACE_FILE);
G_STATIC_ASSERT ((int) KH_KEY_UNDER_PASSPHRASE == (int) KH_IDENTITY_PLACE_SEALED);
G_STATIC_ASSERT ((int) KH_KEY_IN_KEYRING == (int) KH_IDENTITY_PLACE_KEYRING);

const char *
kh_key_place_to_string (KhKeyPlace place)
{
  static const char *const names[] = {
    [KH_KEY_IN_FILE] = "file",
    [KH_KEY_UNDER_PASSPHRASE] = "passphrase",
    [KH_KEY_IN_KEYRING] = "keyring",
  };

  return (guint) place < G_N_ELEMENTS (names) ? names[place] : "unknown";
}

static void
wipe_string (char *text)
{
  if (text != NULL)
    kh_wipe (text, strlen (text));
  g_free (text);
}

void
kh_engine_set_passphrase (KhEngine *self, const char *passphrase)
{
  g_return_if_fail (KH_IS_ENGINE (self));
  g_clear_pointer (&self->passphrase, wipe_string);
  self->passphrase = g_strdup (passphrase);
}

KhKeyPlace
kh_engine_get_key_place (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), KH_KEY_IN_FILE);
  return self->key_place;
}

KhIdentity *
kh_engine_key_load (const char *dir,
                    KhOpenFlags flags,
                    const char *passphrase,
                    KhKeyPlace *ret_place,
                    GError **error)
{
  KhRandom random = kh_system_random ();
  guint8 secret[KH_KEY_SIZE];
  KhIdentityPlace place;
  KhIdentity *identity;

  if (!kh_identity_keeper_ensure (dir, passphrase, (flags & KH_OPEN_KEYRING) != 0, &random, secret,
                                  &place, error))
    return NULL;
  identity = kh_identity_new_from_secret (secret);
  kh_wipe (secret, sizeof secret);
  *ret_place = (KhKeyPlace) place;
  return identity;
}

/* moving */

typedef struct
{
  char *dir;
  guint8 secret[KH_KEY_SIZE];
  KhIdentityPlace to;
  char *passphrase; /* (nullable) */
  KhRandom random;
} Move;

static void
move_free (gpointer data)
{
  Move *self = data;

  wipe_string (self->passphrase);
  kh_wipe (self->secret, sizeof self->secret);
  g_free (self->dir);
  g_free (self);
}

static void
move_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Move *move = task_data;
  GError *error = NULL;

  if (kh_identity_keeper_move (move->dir, move->secret, move->to, move->passphrase, &kh_key_cost,
                               &move->random, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_moved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhEngine *self = g_task_get_source_object (task);
  const Move *move = g_task_get_task_data (task);
  GError *error = NULL;

  self->key_moves = FALSE;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_task_return_error (task, kh_engine_error_from_store (error));
      return;
    }
  self->key_place = (KhKeyPlace) move->to;
  g_task_return_boolean (task, TRUE);
}

void
kh_engine_move_key_async (KhEngine *self,
                          KhKeyPlace place,
                          const char *passphrase,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = kh_engine_task_new (self, NULL, cancellable, callback, user_data);
  g_autoptr (GTask) work = NULL;
  Move *move;

  g_task_set_source_tag (task, kh_engine_move_key_async);
  if (!kh_engine_check_open (self, task))
    return;
  if (self->key_moves)
    {
      g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID,
                               "The secret key is being moved already.");
      return;
    }
  self->key_moves = TRUE;
  move = g_new0 (Move, 1);
  move->dir = g_strdup (self->dir);
  move->to = (KhIdentityPlace) place;
  move->passphrase = g_strdup (passphrase);
  move->random = self->random;
  kh_identity_copy_secret (self->identity, move->secret);
  g_task_set_task_data (task, move, move_free);
  work = g_task_new (NULL, NULL, on_moved, g_object_ref (task));
  g_task_set_source_tag (work, kh_engine_move_key_async);
  g_task_set_task_data (work, move, NULL);
  g_task_run_in_thread (work, move_in_thread);
}

/* without opening */

/* Beside a program that starts with the same folder, or without one. */
static gboolean
make_identity (const char *dir, KhKey *ret_key, GError **error)
{
  g_autoptr (KhIdentity) identity = NULL;
  KhKeyPlace place;

  if (!kh_lock_make_dir (dir, error))
    return FALSE;
  identity = kh_engine_key_load (dir, KH_OPEN_NONE, NULL, &place, error);
  if (identity != NULL)
    *ret_key = *kh_identity_get_public (identity);
  return identity != NULL;
}

char *
kh_engine_dup_peer_id (const char *data_dir, GError **error)
{
  GError *local = NULL;
  KhPeerId id;
  KhKey key;
  gboolean ok = kh_identity_keeper_peek (data_dir, &key, &local);

  if (g_error_matches (local, KH_STORE_ERROR, KH_STORE_ERROR_NO_IDENTITY))
    {
      g_clear_error (&local);
      ok = make_identity (data_dir, &key, &local);
    }
  if (!ok)
    {
      g_propagate_error (error, kh_engine_error_from_store (local));
      return NULL;
    }
  id = kh_peer_id_from_key (&key);
  return kh_peer_id_to_string (&id);
}
