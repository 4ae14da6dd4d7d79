/* engine-knocks.c: who knocks, and what the user, or the accept mode, says to it */
#include "engine/engine-contacts-private.h"
#include <glib/gi18n-lib.h>

static void
decline (KhKnock *knock)
{
  KhServerLink *link = kh_knock_get_link (knock);

  if (!kh_server_link_is_open (link))
    return;
  kh_node_answer (link->node, kh_knock_get_raw_peer_id (knock), FALSE, g_get_monotonic_time ());
  kh_server_link_kick (link);
}

void
kh_engine_knocks_add (KhEngine *self, KhKnock *knock)
{
  GListModel *model = G_LIST_MODEL (self->requests);

  if (g_list_model_get_n_items (model) >= KH_REQUESTS_MAX)
    {
      g_autoptr (KhKnock) oldest = g_list_model_get_item (model, 0);

      g_list_store_remove (self->requests, 0);
      decline (oldest);
    }
  g_list_store_append (self->requests, knock);
}

void
kh_engine_knocks_remove_of (KhEngine *self, const KhPeerId *peer)
{
  GListModel *model = G_LIST_MODEL (self->requests);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (KhKnock) knock = g_list_model_get_item (model, i);

      if (kh_peer_id_equal (kh_knock_get_raw_peer_id (knock), peer))
        {
          g_list_store_remove (self->requests, i);
          kh_engine_servers_tidy_soon (self);
          return;
        }
    }
}

static GTask *
knock_task_new (KhEngine *self,
                KhKnock *knock,
                KhContactState state,
                GCancellable *cancellable,
                GAsyncReadyCallback callback,
                gpointer user_data)
{
  GTask *task = kh_make_task_new (self, kh_knock_get_raw_peer_id (knock), state, cancellable,
                                  callback, user_data);
  KhMake *make = g_task_get_task_data (task);

  make->knock = g_object_ref (knock);
  make->contact->has_key = TRUE;
  make->contact->key = *kh_knock_get_key (knock);
  make->contact->given_name = g_strdup (kh_knock_get_name (knock));
  make->contact->server = g_strdup (kh_server_link_get_place (kh_knock_get_link (knock)));
  return task;
}

static void
ask_user (KhEngine *self, KhKnock *knock)
{
  /* Who knocks again while the first knock waits says nothing new. */
  kh_engine_knocks_remove_of (self, kh_knock_get_raw_peer_id (knock));
  kh_engine_knocks_add (self, knock);
  kh_engine_emit_knock (self, knock);
}

void
kh_engine_knocks_handle (KhEngine *self, KhServerLink *link, const KhEvent *event)
{
  g_autofree char *name = kh_name_clean (event->knock.name);
  gboolean invited = event->knock.has_token && kh_engine_invites_know (self, event->knock.token);
  KhAcceptMode mode =
      self->accept_mode == KH_ACCEPT_ASK && kh_user_settings_get_invited_only (self->settings)
          ? KH_ACCEPT_CONTACTS
          : self->accept_mode;
  g_autoptr (KhKnock) knock =
      kh_knock_new (link, &event->peer, &event->knock.key, name, g_get_real_time (), invited);

  switch (mode)
    {
    case KH_ACCEPT_ALL:
      {
        g_autoptr (GTask) task =
            knock_task_new (self, knock, KH_CONTACT_ACCEPTED, NULL, NULL, NULL);

        g_task_set_source_tag (task, kh_engine_knocks_handle);
        kh_make_run (task);
        break;
      }
    case KH_ACCEPT_CONTACTS:
      if (invited)
        ask_user (self, knock);
      else
        decline (knock);
      break;
    case KH_ACCEPT_ASK:
    default:
      ask_user (self, knock);
      break;
    }
}

void
kh_engine_answer_async (KhEngine *self,
                        KhKnock *knock,
                        KhKnockAnswer answer,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task =
      knock_task_new (self, knock,
                      answer == KH_KNOCK_BLOCK ? KH_CONTACT_BLOCKED : KH_CONTACT_ACCEPTED,
                      cancellable, callback, user_data);
  guint position;

  g_task_set_source_tag (task, kh_engine_answer_async);
  if (!kh_engine_check_open (self, task))
    return;
  if (!g_list_store_find (self->requests, knock, &position))
    {
      g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID,
                               _ ("This request was answered already."));
      return;
    }
  g_list_store_remove (self->requests, position);
  if (answer == KH_KNOCK_ACCEPT)
    {
      kh_make_run (task);
      return;
    }
  decline (knock);
  kh_engine_servers_tidy_soon (self);
  if (answer == KH_KNOCK_BLOCK)
    kh_make_run (task);
  else
    g_task_return_pointer (task, NULL, NULL);
}

KhConversation *
kh_engine_answer_finish (KhEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
