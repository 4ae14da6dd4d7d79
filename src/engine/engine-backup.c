/* engine-backup.c: the identity and all that belongs to it, in one encrypted file and back */
#include "engine/engine-private.h"

#include "store/backup.h"

/* (transfer full) (nullable): sets @error where @file is elsewhere. */
static char *
local_path (GFile *file, GError **error)
{
  char *path = g_file_get_path (file);

  if (path == NULL)
    g_set_error_literal (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID,
                         "A backup can only be on this computer. Copy it from or to elsewhere.");
  return path;
}

void
kh_engine_backup_async (KhEngine *self,
                        GFile *file,
                        const char *passphrase,
                        gboolean with_messages,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = kh_engine_task_new (self, NULL, cancellable, callback, user_data);
  g_autofree char *path = NULL;
  guint8 secret[KH_KEY_SIZE];
  GError *error = NULL;

  g_return_if_fail (G_IS_FILE (file));
  g_return_if_fail (passphrase != NULL);
  g_task_set_source_tag (task, kh_engine_backup_async);
  if (!kh_engine_check_open (self, task))
    return;
  path = local_path (file, &error);
  if (path == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  kh_identity_copy_secret (self->identity, secret);
  kh_store_backup_async (self->store, secret, path, passphrase, with_messages, &self->random,
                         cancellable, kh_engine_return_stored, g_steal_pointer (&task));
  kh_wipe (secret, sizeof secret);
}

typedef struct
{
  char *dir;
  char *path;
  char *passphrase;
  gboolean set_aside;
} Restore;

static void
restore_free (gpointer data)
{
  Restore *self = data;

  explicit_bzero (self->passphrase, strlen (self->passphrase));
  g_free (self->passphrase);
  g_free (self->path);
  g_free (self->dir);
  g_free (self);
}

static void
restore_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Restore *restore = task_data;
  KhRandom random = kh_system_random ();
  GError *error = NULL;

  if (kh_backup_restore (restore->dir, restore->path, restore->passphrase, restore->set_aside,
                         &random, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, kh_engine_error_from_store (error));
}

void
kh_engine_restore_async (const char *data_dir,
                         GFile *file,
                         const char *passphrase,
                         gboolean set_aside,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  GError *error = NULL;
  Restore *restore;
  char *path;

  g_return_if_fail (data_dir != NULL);
  g_return_if_fail (G_IS_FILE (file));
  g_return_if_fail (passphrase != NULL);
  g_task_set_source_tag (task, kh_engine_restore_async);
  path = local_path (file, &error);
  if (path == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  restore = g_new (Restore, 1);
  restore->dir = g_strdup (data_dir);
  restore->path = path;
  restore->passphrase = g_strdup (passphrase);
  restore->set_aside = set_aside;
  g_task_set_task_data (task, restore, restore_free);
  g_task_run_in_thread (task, restore_in_thread);
}

gboolean
kh_engine_restore_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
