/* conversation-get.c: what a conversation says of itself, and its messages */
#include "engine/conversation-private.h"

#include "crypto/safety.h"
#include "engine/engine-private.h"

const char *
kh_conversation_get_peer_id (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->peer_id;
}

const char *
kh_conversation_get_name (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->name;
}

const char *
kh_conversation_get_given_name (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->contact->given_name != NULL ? self->contact->given_name : "";
}

const char *
kh_conversation_get_alias (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->contact->alias;
}

gboolean
kh_conversation_get_verified (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), FALSE);
  return self->contact->verified;
}

gboolean
kh_conversation_get_blocked (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), FALSE);
  return self->contact->state == KH_CONTACT_BLOCKED;
}

KhPresence
kh_conversation_get_presence (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), KH_PRESENCE_IDLE);
  return self->presence;
}

KhRoute
kh_conversation_get_route (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), KH_ROUTE_NONE);
  return self->route;
}

gint64
kh_conversation_get_rtt (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), 0);
  return self->rtt_us;
}

const char *
kh_conversation_get_local_address (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->local_address;
}

const char *
kh_conversation_get_remote_address (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->remote_address;
}

guint
kh_conversation_get_unread (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), 0);
  return self->unread;
}

const char *
kh_conversation_get_last_text (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->last != NULL ? kh_chat_message_get_text (self->last) : NULL;
}

gint64
kh_conversation_get_last_time (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), 0);
  return self->last != NULL ? kh_chat_message_get_received_time (self->last)
                            : self->contact->created_us;
}

gboolean
kh_conversation_get_last_outgoing (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), FALSE);
  return self->last != NULL && kh_chat_message_get_outgoing (self->last);
}

guint
kh_conversation_get_undelivered (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), 0);
  return kh_exchange_get_undelivered (self->exchange);
}

gboolean
kh_conversation_get_has_older (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), FALSE);
  return kh_message_list_get_has_older (self->messages);
}

gboolean
kh_conversation_get_has_newer (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), FALSE);
  return kh_message_list_get_has_newer (self->messages);
}

KhRelayUse
kh_conversation_get_relay_policy (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), KH_RELAY_USE_DEFAULT);
  return kh_engine_relay_use_of (self->contact);
}

static gboolean
has_flag (KhConversation *self, KhContactFlags flag)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), FALSE);
  return (self->contact->flags & flag) != 0;
}

gboolean
kh_conversation_get_pinned (KhConversation *self)
{
  return has_flag (self, KH_CONTACT_PINNED);
}

gboolean
kh_conversation_get_muted (KhConversation *self)
{
  return has_flag (self, KH_CONTACT_MUTED);
}

gboolean
kh_conversation_get_archived (KhConversation *self)
{
  return has_flag (self, KH_CONTACT_ARCHIVED);
}

gboolean
kh_conversation_get_marked_unread (KhConversation *self)
{
  return has_flag (self, KH_CONTACT_MARKED_UNREAD);
}

GBytes *
kh_conversation_get_avatar (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  if (!self->avatar_wanted && self->engine != NULL && self->contact->has_picture &&
      self->avatar == NULL)
    {
      self->avatar_wanted = TRUE;
      kh_engine_avatar_load (self->engine, self);
    }
  return self->avatar;
}

const char *
kh_conversation_get_server (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->contact->server != NULL ? self->contact->server
                                       : kh_server_link_get_name (self->link);
}

KhServerLink *
kh_conversation_get_server_link (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->link;
}

gboolean
kh_conversation_get_typing (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), FALSE);
  return self->typing;
}

KhChatMessage *
kh_conversation_get_last (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->last;
}

const char *
kh_conversation_get_draft (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->contact->draft;
}

const GError *
kh_conversation_get_problem (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->problem;
}

char *
kh_conversation_dup_safety_number (KhConversation *self)
{
  char text[KH_SAFETY_STRING_MAX];

  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  if (self->engine == NULL || !self->contact->has_key)
    return NULL;
  return g_strdup (kh_safety_format (kh_identity_get_public (self->engine->identity),
                                     &self->contact->key, text));
}

GListModel *
kh_conversation_get_messages (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  if (self->engine != NULL)
    kh_message_list_start (self->messages, self->engine->store, KH_CONVERSATION_PAGE);
  return G_LIST_MODEL (self->messages);
}

void
kh_conversation_load_older (KhConversation *self)
{
  g_return_if_fail (KH_IS_CONVERSATION (self));
  if (self->engine != NULL)
    kh_message_list_load_older (self->messages, self->engine->store, KH_CONVERSATION_PAGE);
}

void
kh_conversation_load_newer (KhConversation *self)
{
  g_return_if_fail (KH_IS_CONVERSATION (self));
  if (self->engine != NULL)
    kh_message_list_load_newer (self->messages, self->engine->store, KH_CONVERSATION_PAGE);
}

void
kh_conversation_load_around_async (KhConversation *self,
                                   gint64 seq,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_return_if_fail (KH_IS_CONVERSATION (self));
  g_return_if_fail (seq > 0);
  g_task_set_source_tag (task, kh_conversation_load_around_async);
  if (self->engine != NULL)
    kh_message_list_load_around (self->messages, self->engine->store, seq, KH_CONVERSATION_PAGE,
                                 g_steal_pointer (&task));
  else
    g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID,
                             "This contact was removed.");
}

gboolean
kh_conversation_load_around_finish (KhConversation *self,
                                    GAsyncResult *result,
                                    guint *ret_position,
                                    GError **error)
{
  GError *local_error = NULL;
  gssize position;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  position = g_task_propagate_int (G_TASK (result), &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, kh_engine_error_from_store (local_error));
      return FALSE;
    }
  *ret_position = (guint) position;
  return TRUE;
}
