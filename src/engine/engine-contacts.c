/* engine-contacts.c: who is a contact, and how one becomes one or ceases to be (DESIGN section 7)
 *
 * A contact is on the disk before the node hears of it, so that nobody we talk to can be forgotten.
 * Whatever makes a contact goes through save_contact(): the record, then its state, then adoption.
 */
#include "engine/engine-private.h"

#include "crypto/invite.h"

KhConversation *
kh_engine_lookup (KhEngine *self, const KhPeerId *peer)
{
  return g_hash_table_lookup (self->by_id, peer);
}

KhConversation *
kh_engine_find_by_number (KhEngine *self, gint64 contact)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((KhConversation *) value)->contact->id == contact)
      return value;
  return NULL;
}

static void
tell_node (KhEngine *self, const KhStoreContact *contact, const guint8 *token)
{
  gboolean blocked = contact->state == KH_CONTACT_BLOCKED;
  gint64 now_us = g_get_monotonic_time ();

  kh_node_set_policy (self->node, &contact->peer_id, blocked ? KH_POLICY_IGNORE : KH_POLICY_ACCEPT,
                      now_us);
  kh_engine_relay_tell_node (self, contact);
  if (blocked)
    kh_node_disconnect (self->node, &contact->peer_id, now_us);
  else
    kh_node_connect (self->node, &contact->peer_id, contact->has_key ? &contact->key : NULL, token,
                     now_us);
  kh_udp_driver_kick (self->driver);
}

static KhConversation *
adopt (KhEngine *self, const KhStoreContact *contact, const guint8 *token)
{
  KhConversation *conversation = kh_engine_lookup (self, &contact->peer_id);

  if (conversation != NULL)
    kh_conversation_set_contact (conversation, contact);
  else
    {
      g_autoptr (KhConversation) made = kh_conversation_new (self, contact);

      conversation = made;
      g_hash_table_insert (self->by_id, &made->peer, made);
      g_list_store_append (self->conversations, made);
    }
  tell_node (self, contact, token);
  return conversation;
}

KhConversation *
kh_engine_adopt (KhEngine *self, const KhStoreContact *contact)
{
  return adopt (self, contact, NULL);
}

/* making a contact */

typedef struct
{
  KhStoreContact *contact; /* as it is wanted, then as it is */
  gboolean has_token;
  guint8 token[KH_INVITE_TOKEN_SIZE];
  KhKnock *knock; /* (nullable): that is answered by it */
  gboolean has_server;
  KhServerName server;
  gboolean has_server_key;
  KhKey server_key;
} Make;

static void
make_free (gpointer data)
{
  Make *self = data;

  kh_store_contact_free (self->contact);
  g_clear_object (&self->knock);
  g_free (self);
}

static GTask *
make_task_new (KhEngine *self,
               const KhPeerId *peer,
               KhContactState state,
               GCancellable *cancellable,
               GAsyncReadyCallback callback,
               gpointer user_data)
{
  GTask *task = kh_engine_task_new (self, NULL, cancellable, callback, user_data);
  Make *make = g_new0 (Make, 1);

  make->contact = g_new0 (KhStoreContact, 1);
  make->contact->peer_id = *peer;
  make->contact->state = state;
  make->contact->created_us = g_get_real_time ();
  /* Where they are met, unless another is named. */
  if (self->server.is_set)
    make->contact->server = g_strdup (self->server.text);
  g_task_set_task_data (task, make, make_free);
  return task;
}

static void
add_request (KhEngine *self, KhKnock *knock)
{
  GListModel *model = G_LIST_MODEL (self->requests);

  if (g_list_model_get_n_items (model) >= KH_REQUESTS_MAX)
    {
      g_autoptr (KhKnock) oldest = g_list_model_get_item (model, 0);

      g_list_store_remove (self->requests, 0);
      kh_node_answer (self->node, kh_knock_get_raw_peer_id (oldest), FALSE,
                      g_get_monotonic_time ());
    }
  g_list_store_append (self->requests, knock);
}

static void
make_fail (GTask *task, GError *error)
{
  KhEngine *self = g_task_get_source_object (task);
  Make *make = g_task_get_task_data (task);

  if (make->knock != NULL && self->stage == KH_ENGINE_OPEN)
    add_request (self, make->knock);
  g_task_return_error (task, kh_engine_error_from_store (error));
}

static void
remove_request_of (KhEngine *self, const KhPeerId *peer)
{
  GListModel *model = G_LIST_MODEL (self->requests);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (KhKnock) knock = g_list_model_get_item (model, i);

      if (kh_peer_id_equal (kh_knock_get_raw_peer_id (knock), peer))
        {
          g_list_store_remove (self->requests, i);
          return;
        }
    }
}

static void
make_finish (GTask *task)
{
  KhEngine *self = g_task_get_source_object (task);
  Make *make = g_task_get_task_data (task);
  KhConversation *conversation;

  if (!kh_engine_check_open (self, task))
    return;
  /* To want who has knocked is to answer them. */
  conversation = adopt (self, make->contact, make->has_token ? make->token : NULL);
  /* Whether the knock was answered by name or by connecting to who knocked. */
  remove_request_of (self, &make->contact->peer_id);
  if (make->has_server)
    kh_engine_link_use (self, &make->server, make->has_server_key ? &make->server_key : NULL);
  g_task_return_pointer (task, g_object_ref (conversation), g_object_unref);
}

static void
on_state_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (kh_store_finish (KH_STORE (source), result, &error))
    make_finish (task);
  else
    make_fail (task, error);
}

static void
on_contact_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Make *make = g_task_get_task_data (task);
  KhContactState state = make->contact->state;
  GError *error = NULL;
  KhStoreContact *saved = kh_store_save_contact_finish (KH_STORE (source), result, &error);

  if (saved == NULL)
    {
      make_fail (task, error);
      return;
    }
  kh_store_contact_free (make->contact);
  make->contact = saved;
  if (saved->state == state)
    {
      make_finish (task);
      return;
    }
  saved->state = state;
  kh_store_set_contact_state_async (KH_STORE (source), saved->id, state, NULL, on_state_saved,
                                    g_steal_pointer (&task));
}

static void
save_contact (GTask *task)
{
  KhEngine *self = g_task_get_source_object (task);
  Make *make = g_task_get_task_data (task);

  kh_store_save_contact_async (self->store, make->contact, NULL, on_contact_saved,
                               g_object_ref (task));
}

/* connecting */

static gboolean
parse_target (const char *text, KhInvite *ret_invite, gboolean *ret_is_invite, GError **error)
{
  g_autofree char *reason = NULL;
  KhInviteError invite_error;
  KhPeerIdError id_error;

  if (kh_invite_is_link (text))
    {
      *ret_is_invite = TRUE;
      if (kh_invite_parse (text, ret_invite, &invite_error))
        return TRUE;
      reason = kh_invite_error_to_string (&invite_error);
    }
  else
    {
      *ret_is_invite = FALSE;
      if (kh_peer_id_parse (text, &ret_invite->peer_id, &id_error))
        return TRUE;
      reason = kh_peer_id_error_to_string (&id_error);
    }
  g_set_error_literal (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_BAD_PEER_ID, reason);
  return FALSE;
}

static gboolean
check_target (
    KhEngine *self, const char *text, KhInvite *ret_invite, gboolean *ret_is_invite, GError **error)
{
  if (!parse_target (text, ret_invite, ret_is_invite, error))
    return FALSE;
  if (self->id_text == NULL || !kh_peer_id_equal (&ret_invite->peer_id, &self->id))
    return TRUE;
  g_set_error_literal (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_OWN_ID,
                       "This is your own ID. Give it to the other person, and type theirs here.");
  return FALSE;
}

gboolean
kh_engine_check_target (KhEngine *self, const char *text, char **ret_server, GError **error)
{
  KhInvite invite = { 0 };
  gboolean is_invite;
  char server[KH_SERVER_NAME_STRING_MAX];

  g_return_val_if_fail (KH_IS_ENGINE (self), FALSE);
  g_return_val_if_fail (text != NULL, FALSE);
  if (!check_target (self, text, &invite, &is_invite, error))
    return FALSE;
  if (ret_server != NULL)
    *ret_server = is_invite ? g_strdup (kh_server_name_format (&invite.server, server)) : NULL;
  return TRUE;
}

KhConversation *
kh_engine_find_conversation (KhEngine *self, const char *peer_id)
{
  KhPeerId peer;

  g_return_val_if_fail (KH_IS_ENGINE (self), NULL);
  return peer_id != NULL && kh_peer_id_parse (peer_id, &peer, NULL) ? kh_engine_lookup (self, &peer)
                                                                    : NULL;
}

/* Which server the task asks for; NO_SERVER where there would be none. */
static gboolean
choose_server (
    KhEngine *self, Make *make, const KhInvite *invite, const char *server, GError **error)
{
  KhServerName name;

  if (server != NULL)
    {
      if (!kh_engine_check_server (server, error))
        return FALSE;
      kh_server_name_parse (server, &name, NULL);
    }
  else if (invite != NULL)
    name = invite->server;
  else if (self->server.is_set)
    return TRUE;
  else
    {
      g_set_error_literal (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_NO_SERVER,
                           "Name the server at which you two meet.");
      return FALSE;
    }
  make->server = name;
  make->has_server = !self->server.is_set || g_strcmp0 (self->server.name.host, name.host) != 0 ||
                     self->server.name.port != name.port;
  /* The key is that of the link's server, not of another that was typed. */
  if (invite != NULL && invite->has_server_key && strcmp (invite->server.host, name.host) == 0 &&
      invite->server.port == name.port)
    {
      make->has_server_key = TRUE;
      make->server_key = invite->server_key;
    }
  return TRUE;
}

static void
save_server (KhEngine *self, Make *make, gboolean is_pinned)
{
  char text[KH_SERVER_NAME_STRING_MAX];

  kh_server_name_format (&make->server, text);
  if (make->has_server_key && !is_pinned)
    {
      KhStorePin pin = { .server = text,
                         .key = make->server_key,
                         .first_seen_us = g_get_real_time () };

      kh_store_set_pin_async (self->store, &pin, NULL, NULL, NULL);
    }
  if (!make->has_server)
    return;
  kh_store_set_setting_async (self->store, KH_SETTING_LOCAL_SERVER, NULL, NULL, NULL, NULL);
  kh_store_set_setting_async (self->store, KH_SETTING_SERVER, text, NULL, NULL, NULL);
}

static void
on_pin (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhEngine *self = g_task_get_source_object (task);
  Make *make = g_task_get_task_data (task);
  g_autoptr (KhStorePin) pin = NULL;
  GError *error = NULL;

  if (!kh_store_get_pin_finish (KH_STORE (source), result, &pin, &error))
    make_fail (task, error);
  else if (pin != NULL && make->has_server_key && !kh_key_equal (&pin->key, &make->server_key))
    g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_SERVER_KEY_CHANGED,
                             "The link names another key for the server “%s” than the one it has "
                             "shown so far. Ask who gave you the link, or connect with the peer ID "
                             "alone.",
                             make->server.host);
  else if (kh_engine_check_open (self, task))
    {
      /* The history does these in order: if the contact is saved, they were tried. */
      save_server (self, make, pin != NULL);
      save_contact (task);
    }
}

void
kh_engine_connect_async (KhEngine *self,
                         const char *target,
                         const char *server,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  KhInvite invite = { 0 };
  gboolean is_invite = FALSE;
  char text[KH_SERVER_NAME_STRING_MAX];
  GError *error = NULL;
  Make *make;

  g_return_if_fail (target != NULL);
  task =
      make_task_new (self, &invite.peer_id, KH_CONTACT_ACCEPTED, cancellable, callback, user_data);
  g_task_set_source_tag (task, kh_engine_connect_async);
  make = g_task_get_task_data (task);
  if (!kh_engine_check_open (self, task))
    return;
  if (!check_target (self, target, &invite, &is_invite, &error) ||
      !choose_server (self, make, is_invite ? &invite : NULL, server, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  make->contact->peer_id = invite.peer_id;
  make->has_token = is_invite && invite.has_token;
  memcpy (make->token, invite.token, sizeof make->token);
  if (!make->has_server && !make->has_server_key)
    {
      save_contact (task);
      return;
    }
  kh_server_name_format (&make->server, text);
  g_free (make->contact->server);
  make->contact->server = g_strdup (text);
  kh_store_get_pin_async (self->store, text, NULL, on_pin, g_steal_pointer (&task));
}

KhConversation *
kh_engine_connect_finish (KhEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* knocks */

static GTask *
knock_task_new (KhEngine *self,
                KhKnock *knock,
                KhContactState state,
                GCancellable *cancellable,
                GAsyncReadyCallback callback,
                gpointer user_data)
{
  GTask *task = make_task_new (self, kh_knock_get_raw_peer_id (knock), state, cancellable, callback,
                               user_data);
  Make *make = g_task_get_task_data (task);

  make->knock = g_object_ref (knock);
  make->contact->has_key = TRUE;
  make->contact->key = *kh_knock_get_key (knock);
  make->contact->given_name = g_strdup (kh_knock_get_name (knock));
  return task;
}

static void
ask_user (KhEngine *self, KhKnock *knock)
{
  /* Who knocks again while the first knock waits says nothing new. */
  remove_request_of (self, kh_knock_get_raw_peer_id (knock));
  add_request (self, knock);
  kh_engine_emit_knock (self, knock);
}

void
kh_engine_contacts_handle_knock (KhEngine *self, const KhEvent *event)
{
  g_autofree char *name = kh_name_clean (event->knock.name);
  gboolean invited = event->knock.has_token && kh_engine_invites_know (self, event->knock.token);
  KhAcceptMode mode =
      self->accept_mode == KH_ACCEPT_ASK && kh_user_settings_get_invited_only (self->settings)
          ? KH_ACCEPT_CONTACTS
          : self->accept_mode;
  g_autoptr (KhKnock) knock =
      kh_knock_new (&event->peer, &event->knock.key, name, g_get_real_time (), invited);

  switch (mode)
    {
    case KH_ACCEPT_ALL:
      {
        g_autoptr (GTask) task =
            knock_task_new (self, knock, KH_CONTACT_ACCEPTED, NULL, NULL, NULL);

        g_task_set_source_tag (task, kh_engine_contacts_handle_knock);
        save_contact (task);
        break;
      }
    case KH_ACCEPT_CONTACTS:
      if (invited)
        ask_user (self, knock);
      else
        kh_node_answer (self->node, &event->peer, FALSE, g_get_monotonic_time ());
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
  gint64 now_us = g_get_monotonic_time ();
  guint position;

  g_task_set_source_tag (task, kh_engine_answer_async);
  if (!kh_engine_check_open (self, task))
    return;
  if (!g_list_store_find (self->requests, knock, &position))
    {
      g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID,
                               "This request was answered already.");
      return;
    }
  g_list_store_remove (self->requests, position);
  if (answer == KH_KNOCK_ACCEPT)
    {
      save_contact (task);
      return;
    }
  kh_node_answer (self->node, kh_knock_get_raw_peer_id (knock), FALSE, now_us);
  kh_udp_driver_kick (self->driver);
  if (answer == KH_KNOCK_BLOCK)
    save_contact (task);
  else
    g_task_return_pointer (task, NULL, NULL);
}

KhConversation *
kh_engine_answer_finish (KhEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* what a session proves about a contact */

static void
on_updated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhConversation) conversation = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (KhStoreContact) saved =
      kh_store_save_contact_finish (KH_STORE (source), result, &error);

  if (conversation->engine == NULL)
    return;
  if (saved == NULL)
    kh_engine_emit_problem (conversation->engine, conversation, g_steal_pointer (&error));
  else
    {
      /* The state may be on its way to the disk. */
      saved->state = conversation->contact->state;
      g_free (saved->draft);
      saved->draft = g_strdup (conversation->contact->draft);
      kh_conversation_set_contact (conversation, saved);
    }
}

static void
update_contact (KhEngine *self, KhConversation *conversation, const KhKey *key, const char *name)
{
  g_autoptr (KhStoreContact) contact = kh_store_contact_copy (conversation->contact);
  gboolean has_name = name != NULL && *name != '\0' && g_strcmp0 (name, contact->given_name) != 0;
  gboolean has_key = key != NULL && !contact->has_key;

  if (!has_name && !has_key)
    return;
  if (has_name)
    {
      g_free (contact->given_name);
      contact->given_name = g_strdup (name);
    }
  if (has_key)
    {
      contact->has_key = TRUE;
      contact->key = *key;
    }
  kh_conversation_set_contact (conversation, contact);
  kh_store_save_contact_async (self->store, contact, NULL, on_updated, g_object_ref (conversation));
}

void
kh_engine_contacts_handle_session (KhEngine *self, const KhEvent *event)
{
  g_autofree char *name = kh_name_clean (event->session.name);

  update_contact (self, kh_engine_lookup (self, &event->peer), &event->session.key, name);
}

void
kh_engine_contacts_set_given_name (KhEngine *self, KhConversation *conversation, const char *name)
{
  update_contact (self, conversation, NULL, name);
}
