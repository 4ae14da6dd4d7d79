/* engine-server.c: the user's choice of a server, "this computer", and a changed key; what then
 * happens is in server-link-search.c
 */
#include "engine/engine-private.h"
#include <glib/gi18n-lib.h>

gboolean
kh_engine_check_server (const char *text, GError **error)
{
  KhServerNameError reason;

  if (kh_server_name_parse (text, NULL, &reason))
    return TRUE;
  g_set_error_literal (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_BAD_SERVER,
                       kh_server_name_error_to_string (reason));
  return FALSE;
}

static void
on_server_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhEngine *self = g_task_get_source_object (task);
  const KhServerName *name = g_task_get_task_data (task);
  GError *error = NULL;

  if (!kh_store_finish (KH_STORE (source), result, &error))
    {
      g_task_return_error (task, kh_engine_error_from_store (error));
      return;
    }
  if (!kh_engine_check_open (self, task))
    return;
  kh_engine_servers_choose (self, name, NULL);
  g_task_return_boolean (task, TRUE);
}

void
kh_engine_set_server_async (KhEngine *self,
                            const char *server,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = kh_engine_task_new (self, NULL, cancellable, callback, user_data);
  char text[KH_SERVER_NAME_STRING_MAX];
  GError *error = NULL;
  KhServerName name;

  g_task_set_source_tag (task, kh_engine_set_server_async);
  if (!kh_engine_check_open (self, task))
    return;
  if (server != NULL && !kh_engine_check_server (server, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (server != NULL)
    {
      kh_server_name_parse (server, &name, NULL);
      kh_server_name_format (&name, text);
      g_task_set_task_data (task, g_memdup2 (&name, sizeof name), g_free);
    }
  kh_store_set_setting_async (self->store, KH_SETTING_LOCAL_SERVER, NULL, NULL, NULL, NULL);
  kh_store_set_setting_async (self->store, KH_SETTING_SERVER, server != NULL ? text : NULL,
                              cancellable, on_server_saved, g_steal_pointer (&task));
}

static void
on_local_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhEngine *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!kh_store_finish (KH_STORE (source), result, &error))
    g_task_return_error (task, kh_engine_error_from_store (error));
  else if (self->home->local == NULL)
    g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_CLOSED,
                             _ ("Another server was chosen meanwhile."));
  else
    g_task_return_int (task, kh_local_server_get_port (self->home->local));
}

static void
on_local_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhEngine *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (KhLocalServer) local = kh_local_server_new_finish (result, &error);
  char port[8];

  if (local == NULL)
    {
      g_task_return_error (task, kh_engine_error_from_store (error));
      return;
    }
  if (!kh_engine_check_open (self, task))
    return;
  g_snprintf (port, sizeof port, "%u", kh_local_server_get_port (local));
  kh_server_link_use_local (self->home, g_steal_pointer (&local));
  kh_engine_servers_settle (self);
  kh_store_set_setting_async (self->store, KH_SETTING_LOCAL_SERVER, port, NULL, on_local_saved,
                              g_steal_pointer (&task));
}

void
kh_engine_start_local_server_async (KhEngine *self,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, kh_engine_start_local_server_async);
  if (!kh_engine_check_open (self, task))
    return;
  if (self->home->local != NULL)
    g_task_return_int (task, kh_local_server_get_port (self->home->local));
  else
    kh_local_server_new_async (self->dir, KH_DEFAULT_PORT, on_local_started,
                               g_steal_pointer (&task));
}

guint
kh_engine_start_local_server_finish (KhEngine *self, GAsyncResult *result, GError **error)
{
  gssize port;

  g_return_val_if_fail (g_task_is_valid (result, self), 0);
  port = g_task_propagate_int (G_TASK (result), error);
  return port > 0 ? port : 0;
}

typedef struct
{
  GTask *task;
  KhServerLink *link;
} Accept;

static void
on_key_accepted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Accept *accept = user_data;
  g_autoptr (GTask) task = accept->task;
  g_autoptr (KhServerLink) link = accept->link;
  GError *error = NULL;

  if (!kh_store_finish (KH_STORE (source), result, &error))
    {
      g_task_return_error (task, kh_engine_error_from_store (error));
      return;
    }
  if (!kh_engine_check_open (g_task_get_source_object (task), task))
    return;
  if (link->link == KH_ENGINE_LINK_KEY_CHANGED && kh_server_link_is_open (link))
    {
      kh_node_resume_link (link->node, &link->key, g_get_monotonic_time ());
      kh_server_link_kick (link);
    }
  g_task_return_boolean (task, TRUE);
}

void
kh_engine_accept_key_of_async (KhEngine *self,
                               KhServerLink *link,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr (GTask) task = kh_engine_task_new (self, NULL, cancellable, callback, user_data);
  Accept *accept;

  g_return_if_fail (KH_IS_SERVER_LINK (link));
  g_task_set_source_tag (task, kh_engine_accept_key_of_async);
  if (!kh_engine_check_open (self, task))
    return;
  if (link->engine != self || link->link != KH_ENGINE_LINK_KEY_CHANGED)
    {
      g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID,
                               _ ("There is no new key of the server to accept."));
      return;
    }
  accept = g_new (Accept, 1);
  *accept = (Accept){ g_steal_pointer (&task), g_object_ref (link) };
  kh_server_link_pin (link, &link->offered, on_key_accepted, accept);
}

void
kh_engine_accept_server_key_async (KhEngine *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_return_if_fail (KH_IS_ENGINE (self));
  kh_engine_accept_key_of_async (self, self->home, cancellable, callback, user_data);
}

void
kh_engine_resume_link_of (KhEngine *self, KhServerLink *link)
{
  g_return_if_fail (KH_IS_ENGINE (self));
  g_return_if_fail (KH_IS_SERVER_LINK (link));
  if (self->stage != KH_ENGINE_OPEN || link->engine != self ||
      link->link != KH_ENGINE_LINK_REPLACED)
    return;
  kh_node_resume_link (link->node, &link->key, g_get_monotonic_time ());
  kh_server_link_kick (link);
}

void
kh_engine_resume_link (KhEngine *self)
{
  g_return_if_fail (KH_IS_ENGINE (self));
  kh_engine_resume_link_of (self, self->home);
}
