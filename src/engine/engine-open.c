/* engine-open.c: from a data folder to a peer on the network
 *
 * First the disk, on a thread: the lock, the history, the identity. Then what the history knows
 * (engine-history.c), and when the last answer is in, the node and its sockets are made. Until then
 * nothing of it can be seen.
 */
#include "engine/engine-open-private.h"

static void
open_free (gpointer data)
{
  KhOpening *self = data;

  g_free (self->dir);
  if (self->passphrase != NULL)
    explicit_bzero (self->passphrase, strlen (self->passphrase));
  g_free (self->passphrase);
  g_clear_object (&self->store);
  kh_identity_free (self->identity);
  g_clear_error (&self->error);
  g_free (self->name);
  g_free (self->server);
  g_free (self->local_port);
  g_free (self->token);
  for (guint i = 0; i < KH_ENGINE_N_SETTINGS; i++)
    g_free (self->settings[i]);
  g_clear_pointer (&self->avatar, g_bytes_unref);
  g_clear_pointer (&self->invites, g_ptr_array_unref);
  g_clear_pointer (&self->contacts, g_ptr_array_unref);
  g_clear_pointer (&self->summaries, g_ptr_array_unref);
  g_clear_pointer (&self->pending, g_ptr_array_unref);
  kh_local_server_free (self->local);
  g_clear_error (&self->local_error);
  g_free (self);
}

static void
on_network_changed (gpointer user_data)
{
  KhEngine *self = user_data;

  kh_engine_servers_network_changed (self);
  kh_engine_mapping_network_changed (self);
}

static void
on_resumed (gpointer user_data)
{
  KhEngine *self = user_data;

  kh_engine_servers_resumed (self);
  on_network_changed (self);
}

static void
on_disk_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhEngine *self = g_task_get_source_object (task);
  KhOpening *open = g_task_get_task_data (task);

  self->stage = KH_ENGINE_CLOSED;
  g_task_return_error (task, g_steal_pointer (&open->error));
}

static void
close_disk (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  KhOpening *open = task_data;

  if (open->store != NULL)
    kh_store_close (open->store);
  g_task_return_boolean (task, TRUE);
}

void
kh_opening_fail (GTask *task, GError *error)
{
  KhOpening *open = g_task_get_task_data (task);
  g_autoptr (GTask) disk = g_task_new (NULL, NULL, on_disk_closed, g_object_ref (task));

  g_clear_error (&open->error);
  open->error = kh_engine_error_from_store (error);
  g_task_set_source_tag (disk, kh_engine_open_async);
  g_task_set_task_data (disk, open, NULL);
  g_task_run_in_thread (disk, close_disk);
}

void
kh_opening_finish (GTask *task)
{
  KhEngine *self = g_task_get_source_object (task);
  KhOpening *open = g_task_get_task_data (task);
  GError *error = NULL;

  self->store = g_object_ref (open->store);
  self->identity = g_steal_pointer (&open->identity);
  self->key_place = open->key_place;
  kh_engine_set_passphrase (self, NULL);
  self->dir = g_strdup (open->dir);
  self->id = kh_peer_id_from_key (kh_identity_get_public (self->identity));
  g_free (self->id_text);
  self->id_text = kh_peer_id_to_string (&self->id);
  g_free (self->name);
  self->name = kh_name_clean (open->name);
  if (!kh_engine_servers_open (self, &error))
    {
      kh_engine_drop (self);
      self->stage = KH_ENGINE_OPENING;
      kh_opening_fail (task, error);
      return;
    }
  self->stage = KH_ENGINE_OPEN;
  kh_opening_restore (self, open);
  self->watch = kh_network_watch_new (on_network_changed, self);
  self->sleep_watch = kh_sleep_watch_new (on_resumed, self);
  kh_engine_notify_peer_id (self);
  kh_engine_notify_name (self);
  g_task_return_boolean (task, TRUE);
}

/* the disk */

static void
open_disk (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  KhOpening *open = task_data;
  GError *error = NULL;

  if (open->flags & KH_OPEN_SET_ASIDE)
    open->store = kh_store_open_fresh (open->dir, NULL, &error);
  else
    open->store = kh_store_open (open->dir, &error);
  /* A keyring may ask the user for minutes. */
  if (cancellable != NULL)
    g_cancellable_push_current (cancellable);
  if (open->store != NULL)
    open->identity =
        kh_engine_key_load (open->dir, open->flags, open->passphrase, &open->key_place, &error);
  if (cancellable != NULL)
    g_cancellable_pop_current (cancellable);
  if (open->identity != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_disk_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    kh_opening_fail (task, error);
  else if (g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &error))
    kh_opening_fail (task, error);
  else
    kh_opening_ask_history (task);
}

void
kh_engine_open_async (KhEngine *self,
                      const char *data_dir,
                      KhOpenFlags flags,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GTask) disk = NULL;
  KhOpening *open;

  g_return_if_fail (KH_IS_ENGINE (self));
  g_return_if_fail (data_dir != NULL);
  g_task_set_source_tag (task, kh_engine_open_async);
  g_task_set_check_cancellable (task, FALSE);
  if (self->stage != KH_ENGINE_CLOSED)
    {
      g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID,
                               "Knothole is open already.");
      return;
    }
  self->stage = KH_ENGINE_OPENING;
  open = g_new0 (KhOpening, 1);
  open->dir = g_strdup (data_dir);
  open->flags = flags;
  open->passphrase = g_strdup (self->passphrase);
  g_task_set_task_data (task, open, open_free);
  /* The inner task works on what the outer one owns, and the callback keeps that one. The engine is
   * not its source: a thread lets go of its task whenever it likes. */
  disk = g_task_new (NULL, cancellable, on_disk_opened, g_object_ref (task));
  g_task_set_source_tag (disk, kh_engine_open_async);
  g_task_set_check_cancellable (disk, FALSE);
  g_task_set_task_data (disk, open, NULL);
  g_task_run_in_thread (disk, open_disk);
}

gboolean
kh_engine_open_finish (KhEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

char *
kh_engine_dup_default_dir (void)
{
  return g_build_filename (g_get_user_data_dir (), "knothole", NULL);
}
