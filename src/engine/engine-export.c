/* engine-export.c: a conversation as a file; the servers that we know */
#include "engine/engine-private.h"

#include <glib/gi18n.h>

#include "engine/known-server-private.h"

void
kh_engine_export_async (KhEngine *self,
                        KhConversation *conversation,
                        GFile *file,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autofree char *path = NULL;

  g_return_if_fail (KH_IS_CONVERSATION (conversation));
  g_return_if_fail (G_IS_FILE (file));
  task = kh_engine_contact_task_new (self, conversation, kh_engine_export_async, cancellable,
                                     callback, user_data);
  path = g_file_get_path (file);
  if (task == NULL)
    return;
  if (path == NULL)
    {
      g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID,
                               "A conversation can only be saved on this computer.");
      return;
    }
  kh_store_export_async (self->store, conversation->contact->id, path,
                         *self->name != '\0'
                             ? self->name
                             /* Translators: who wrote it, in a saved conversation */
                             : C_ ("author", "Me"),
                         cancellable, kh_engine_return_stored, g_steal_pointer (&task));
}

static guint
count_contacts (KhEngine *self, const char *server)
{
  GHashTableIter iter;
  gpointer value;
  guint n = 0;

  g_hash_table_iter_init (&iter, self->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    n += g_strcmp0 (((KhConversation *) value)->contact->server, server) == 0;
  return n;
}

static void
on_pins (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhEngine *self = g_task_get_source_object (task);
  g_autoptr (GListStore) servers = g_list_store_new (KH_TYPE_KNOWN_SERVER);
  GError *error = NULL;
  g_autoptr (GPtrArray) pins = kh_store_load_pins_finish (KH_STORE (source), result, &error);

  if (pins == NULL)
    {
      g_task_return_error (task, kh_engine_error_from_store (error));
      return;
    }
  for (guint i = 0; i < pins->len; i++)
    {
      const KhStorePin *pin = pins->pdata[i];
      g_autofree char *key = kh_engine_spell_key (&pin->key);
      g_autoptr (KhKnownServer) server = kh_known_server_new (pin->server, key, pin->first_seen_us,
                                                              count_contacts (self, pin->server));

      g_list_store_append (servers, server);
    }
  g_task_return_pointer (task, g_steal_pointer (&servers), g_object_unref);
}

void
kh_engine_load_servers_async (KhEngine *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, kh_engine_load_servers_async);
  if (kh_engine_check_open (self, task))
    kh_store_load_pins_async (self->store, cancellable, on_pins, g_steal_pointer (&task));
}

GListModel *
kh_engine_load_servers_finish (KhEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
kh_engine_forget_server_async (KhEngine *self,
                               const char *server,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr (GTask) task = kh_engine_task_new (self, NULL, cancellable, callback, user_data);

  g_return_if_fail (server != NULL);
  g_task_set_source_tag (task, kh_engine_forget_server_async);
  if (kh_engine_check_open (self, task))
    kh_store_forget_pin_async (self->store, server, NULL, kh_engine_return_stored,
                               g_steal_pointer (&task));
}
