/* engine-close.c: saying goodbye, waiting for the disk, giving the data folder back */
#include "engine/engine-private.h"
#include "engine/goodbye.h"

void
kh_engine_drop (KhEngine *self)
{
  if (self->stage == KH_ENGINE_CLOSED && self->store == NULL)
    return;
  self->stage = KH_ENGINE_CLOSED;
  kh_goodbye_clear (self);
  g_clear_pointer (&self->watch, kh_network_watch_free);
  g_clear_pointer (&self->sleep_watch, kh_sleep_watch_free);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->conversations)); i++)
    {
      g_autoptr (KhConversation) conversation =
          g_list_model_get_item (G_LIST_MODEL (self->conversations), i);

      kh_conversation_detach (conversation);
    }
  g_hash_table_remove_all (self->by_id);
  g_list_store_remove_all (self->conversations);
  g_list_store_remove_all (self->requests);
  kh_engine_settings_clear (self);
  kh_engine_mapping_clear (self);
  kh_engine_servers_close (self);
  g_clear_object (&self->store);
  g_clear_pointer (&self->identity, kh_identity_free);
  g_clear_pointer (&self->dir, g_free);
  g_clear_pointer (&self->avatar, g_bytes_unref);
  g_list_store_remove_all (self->invites);
}

static void
on_disk_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  kh_engine_drop (g_task_get_source_object (task));
  g_task_return_boolean (task, TRUE);
}

static void
close_disk (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  kh_store_close (task_data);
  g_task_return_boolean (task, TRUE);
}

static void
on_drained (gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhEngine *self = g_task_get_source_object (task);
  g_autoptr (GTask) disk = g_task_new (NULL, NULL, on_disk_closed, g_object_ref (task));

  g_task_set_source_tag (disk, kh_engine_close_async);
  g_task_set_task_data (disk, g_object_ref (self->store), g_object_unref);
  g_task_run_in_thread (disk, close_disk);
}

static void
on_port_given_back (gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhEngine *self = g_task_get_source_object (task);

  if (self->home->local != NULL)
    kh_local_server_drain (self->home->local, on_drained, g_steal_pointer (&task));
  else
    on_drained (g_steal_pointer (&task));
}

static void
on_heard (gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhEngine *self = g_task_get_source_object (task);

  kh_engine_servers_shutdown (self);
  kh_engine_mapping_close (self, on_port_given_back, g_steal_pointer (&task));
}

void
kh_engine_close_async (KhEngine *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_return_if_fail (KH_IS_ENGINE (self));
  g_task_set_source_tag (task, kh_engine_close_async);
  if (self->stage != KH_ENGINE_OPEN)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  self->stage = KH_ENGINE_CLOSING;
  g_clear_pointer (&self->watch, kh_network_watch_free);
  g_clear_pointer (&self->sleep_watch, kh_sleep_watch_free);
  kh_goodbye_begin (self, on_heard, g_steal_pointer (&task));
}

void
kh_engine_close_finish (KhEngine *self, GAsyncResult *result)
{
  g_return_if_fail (g_task_is_valid (result, self));
  g_task_propagate_boolean (G_TASK (result), NULL);
}
