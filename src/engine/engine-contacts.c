/* engine-contacts.c: who is a contact, and how one becomes one or ceases to be
 *
 * A contact is on the disk before the node hears of it, so that nobody we talk to can be forgotten.
 * Whatever makes a contact goes through kh_make_run(): the record, then its state, then adoption.
 */
#include "engine/engine-contacts-private.h"

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

/* At whatever server they knock: a contact is a contact. */
static void
tell_nodes (KhEngine *self, KhConversation *conversation, const guint8 *token)
{
  const KhStoreContact *contact = conversation->contact;
  KhNode *node = kh_conversation_get_node (conversation);
  gint64 now_us = g_get_monotonic_time ();

  for (guint i = 0; i < self->links->len; i++)
    kh_engine_contacts_tell_link (self, conversation, self->links->pdata[i]);
  if (contact->state == KH_CONTACT_BLOCKED)
    kh_node_disconnect (node, &contact->peer_id, now_us);
  else
    kh_node_connect (node, &contact->peer_id, contact->has_key ? &contact->key : NULL, token,
                     now_us);
  kh_conversation_kick (conversation);
}

void
kh_engine_contacts_tell_link (KhEngine *self, KhConversation *conversation, KhServerLink *link)
{
  const KhStoreContact *contact = conversation->contact;

  kh_node_set_policy (link->node, &contact->peer_id,
                      contact->state == KH_CONTACT_BLOCKED ? KH_POLICY_IGNORE : KH_POLICY_ACCEPT,
                      g_get_monotonic_time ());
  kh_engine_relay_tell_node (self, link, contact);
  kh_server_link_kick (link);
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
  kh_engine_servers_place (self, conversation);
  tell_nodes (self, conversation, token);
  kh_engine_mapping_policy_changed (self);
  return conversation;
}

KhConversation *
kh_engine_adopt (KhEngine *self, const KhStoreContact *contact)
{
  return adopt (self, contact, NULL);
}

/* making a contact */

static void
make_free (gpointer data)
{
  KhMake *self = data;

  kh_store_contact_free (self->contact);
  g_clear_object (&self->knock);
  g_free (self);
}

GTask *
kh_make_task_new (KhEngine *self,
                  const KhPeerId *peer,
                  KhContactState state,
                  GCancellable *cancellable,
                  GAsyncReadyCallback callback,
                  gpointer user_data)
{
  GTask *task = kh_engine_task_new (self, NULL, cancellable, callback, user_data);
  KhMake *make = g_new0 (KhMake, 1);

  make->contact = g_new0 (KhStoreContact, 1);
  make->contact->peer_id = *peer;
  make->contact->state = state;
  make->contact->created_us = g_get_real_time ();
  g_task_set_task_data (task, make, make_free);
  return task;
}

void
kh_make_fail (GTask *task, GError *error)
{
  KhEngine *self = g_task_get_source_object (task);
  KhMake *make = g_task_get_task_data (task);

  if (make->knock != NULL && self->stage == KH_ENGINE_OPEN)
    kh_engine_knocks_add (self, make->knock);
  g_task_return_error (task, kh_engine_error_from_store (error));
}

static void
make_finish (GTask *task)
{
  KhEngine *self = g_task_get_source_object (task);
  KhMake *make = g_task_get_task_data (task);
  KhConversation *conversation;

  if (!kh_engine_check_open (self, task))
    return;
  if (make->has_server && !self->home->is_set)
    kh_engine_servers_choose (self, &make->server, make->has_server_key ? &make->server_key : NULL);
  /* To want who has knocked is to answer them. */
  conversation = adopt (self, make->contact, make->has_token ? make->token : NULL);
  /* Whether the knock was answered by name or by connecting to who knocked. */
  kh_engine_knocks_remove_of (self, &make->contact->peer_id);
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
    kh_make_fail (task, error);
}

static void
on_contact_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhMake *make = g_task_get_task_data (task);
  KhContactState state = make->contact->state;
  GError *error = NULL;
  KhStoreContact *saved = kh_store_save_contact_finish (KH_STORE (source), result, &error);

  if (saved == NULL)
    {
      kh_make_fail (task, error);
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

void
kh_make_run (GTask *task)
{
  KhEngine *self = g_task_get_source_object (task);
  KhMake *make = g_task_get_task_data (task);

  kh_store_save_contact_async (self->store, make->contact, NULL, on_contact_saved,
                               g_object_ref (task));
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

/* @met_at: (nullable): whoever is met at the server in this computer is at the user's own,
 * whichever address that has. */
static void
update_contact (KhEngine *self,
                KhConversation *conversation,
                const KhKey *key,
                const char *name,
                KhServerLink *met_at)
{
  g_autoptr (KhStoreContact) contact = kh_store_contact_copy (conversation->contact);
  gboolean has_name = name != NULL && *name != '\0' && g_strcmp0 (name, contact->given_name) != 0;
  gboolean has_key = key != NULL && !contact->has_key;
  const char *server = met_at != NULL ? kh_server_link_get_place (met_at) : NULL;
  gboolean has_server = met_at != NULL && g_strcmp0 (server, contact->server) != 0;

  if (!has_name && !has_key && !has_server)
    return;
  if (has_server)
    {
      g_free (contact->server);
      contact->server = g_strdup (server);
    }
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
  /* The history takes NULL for what is not known. */
  if (has_server && server == NULL)
    contact->server = g_strdup ("");
  kh_store_save_contact_async (self->store, contact, NULL, on_updated, g_object_ref (conversation));
}

void
kh_engine_contacts_handle_session (KhEngine *self, const KhEvent *event)
{
  g_autofree char *name = kh_name_clean (event->session.name);
  KhConversation *conversation = kh_engine_lookup (self, &event->peer);

  conversation->met_us = g_get_monotonic_time ();
  update_contact (self, conversation, &event->session.key, name, conversation->link);
}

void
kh_engine_contacts_set_given_name (KhEngine *self, KhConversation *conversation, const char *name)
{
  update_contact (self, conversation, NULL, name, NULL);
}
