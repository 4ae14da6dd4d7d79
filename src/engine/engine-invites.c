/* engine-invites.c: tokens of invite links: made, recognised, withdrawn */
#include "engine/engine-private.h"

#include "crypto/invite.h"
#include "engine/invite-link-private.h"

void
kh_engine_invites_restore (KhEngine *self, GPtrArray *records)
{
  for (guint i = 0; i < records->len; i++)
    {
      g_autoptr (KhInviteLink) invite = kh_invite_link_new (records->pdata[i]);

      g_list_store_append (self->invites, invite);
    }
}

gboolean
kh_engine_invites_know (KhEngine *self, const guint8 *token)
{
  GListModel *invites = G_LIST_MODEL (self->invites);
  gboolean known = kh_equal_const_time (token, self->token, sizeof self->token);

  for (guint i = 0; i < g_list_model_get_n_items (invites); i++)
    {
      g_autoptr (KhInviteLink) invite = g_list_model_get_item (invites, i);

      known |= kh_equal_const_time (token, kh_invite_link_get_token (invite), KH_STORE_TOKEN_SIZE);
    }
  return known;
}

void
kh_engine_invites_make_token (KhEngine *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autofree char *text = NULL;

  kh_random_fill (&self->random, self->token, sizeof self->token);
  text = g_base64_encode (self->token, sizeof self->token);
  kh_store_set_setting_async (self->store, KH_SETTING_TOKEN, text, NULL, callback, user_data);
}

GListModel *
kh_engine_get_invites (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), NULL);
  return G_LIST_MODEL (self->invites);
}

static void
on_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhEngine *self = g_task_get_source_object (task);
  KhInviteLink *invite = g_task_get_task_data (task);
  GError *error = NULL;

  if (!kh_store_finish (KH_STORE (source), result, &error))
    {
      g_task_return_error (task, kh_engine_error_from_store (error));
      return;
    }
  if (!kh_engine_check_open (self, task))
    return;
  g_list_store_append (self->invites, invite);
  g_task_return_pointer (task, g_object_ref (invite), g_object_unref);
}

void
kh_engine_add_invite_async (KhEngine *self,
                            const char *label,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = kh_engine_task_new (self, NULL, cancellable, callback, user_data);
  g_autofree char *clean = kh_name_clean (label);
  KhStoreInvite record = { .label = clean, .created_us = g_get_real_time () };

  g_task_set_source_tag (task, kh_engine_add_invite_async);
  if (!kh_engine_check_open (self, task))
    return;
  kh_random_fill (&self->random, record.token, sizeof record.token);
  g_task_set_task_data (task, kh_invite_link_new (&record), g_object_unref);
  kh_store_add_invite_async (self->store, &record, NULL, on_added, g_steal_pointer (&task));
}

KhInviteLink *
kh_engine_add_invite_finish (KhEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
on_withdrawn (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhEngine *self = g_task_get_source_object (task);
  GError *error = NULL;
  guint position;

  if (!kh_store_finish (KH_STORE (source), result, &error))
    {
      g_task_return_error (task, kh_engine_error_from_store (error));
      return;
    }
  if (g_list_store_find (self->invites, g_task_get_task_data (task), &position))
    g_list_store_remove (self->invites, position);
  g_task_return_boolean (task, TRUE);
}

void
kh_engine_withdraw_invite_async (KhEngine *self,
                                 KhInviteLink *invite,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = kh_engine_task_new (self, NULL, cancellable, callback, user_data);

  g_return_if_fail (KH_IS_INVITE_LINK (invite));
  g_task_set_source_tag (task, kh_engine_withdraw_invite_async);
  if (!kh_engine_check_open (self, task))
    return;
  g_task_set_task_data (task, g_object_ref (invite), g_object_unref);
  kh_store_remove_invite_async (self->store, kh_invite_link_get_token (invite), NULL, on_withdrawn,
                                g_steal_pointer (&task));
}

void
kh_engine_renew_invite_link_async (KhEngine *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = kh_engine_task_new (self, NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, kh_engine_renew_invite_link_async);
  if (!kh_engine_check_open (self, task))
    return;
  kh_engine_invites_make_token (self, kh_engine_return_stored, g_steal_pointer (&task));
  kh_engine_update_invite_link (self);
}

char *
kh_engine_dup_link_of_invite (KhEngine *self, KhInviteLink *invite)
{
  KhInvite link = { 0 };

  g_return_val_if_fail (KH_IS_ENGINE (self), NULL);
  g_return_val_if_fail (KH_IS_INVITE_LINK (invite), NULL);
  if (!self->home->is_set)
    return NULL;
  link = (KhInvite){ .peer_id = self->id,
                     .server = self->home->name,
                     .has_server_key = self->home->has_key,
                     .server_key = self->home->key,
                     .has_token = TRUE };
  memcpy (link.token, kh_invite_link_get_token (invite), sizeof link.token);
  return kh_invite_format (&link);
}
