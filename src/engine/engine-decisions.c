/* engine-decisions.c: what the user decides about a contact, and about their own name
 *
 * Each decision is on the disk before it takes effect; blocking and removing then end the session.
 */
#include "engine/engine-private.h"
#include <glib/gi18n-lib.h>

GTask *
kh_engine_contact_task_new (KhEngine *self,
                            KhConversation *conversation,
                            gpointer source_tag,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task =
      kh_engine_task_new (self, conversation, cancellable, callback, user_data);

  g_task_set_source_tag (task, source_tag);
  g_task_set_task_data (task, g_object_ref (conversation), g_object_unref);
  if (!kh_engine_check_open (self, task))
    return NULL;
  if (conversation->engine != self)
    {
      g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID,
                               _ ("This contact was removed."));
      return NULL;
    }
  return g_steal_pointer (&task);
}

KhStoreContact *
kh_engine_finish_change (KhStore *store, GAsyncResult *result, GTask *task)
{
  KhConversation *conversation = g_task_get_task_data (task);
  GError *error = NULL;

  if (!kh_store_finish (store, result, &error))
    {
      g_task_return_error (task, kh_engine_error_from_store (error));
      return NULL;
    }
  if (conversation->engine == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return NULL;
    }
  return kh_store_contact_copy (conversation->contact);
}

static void
on_contact_state (GObject *source, GAsyncResult *result, GTask *task, KhContactState state)
{
  g_autoptr (KhStoreContact) contact = kh_engine_finish_change (KH_STORE (source), result, task);

  if (contact == NULL)
    return;
  contact->state = state;
  if (kh_engine_check_open (g_task_get_source_object (task), task))
    {
      kh_engine_adopt (g_task_get_source_object (task), contact);
      g_task_return_boolean (task, TRUE);
    }
}

static void
on_blocked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  on_contact_state (source, result, task, KH_CONTACT_BLOCKED);
}

static void
on_unblocked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  on_contact_state (source, result, task, KH_CONTACT_ACCEPTED);
}

void
kh_engine_set_blocked_async (KhEngine *self,
                             KhConversation *conversation,
                             gboolean blocked,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task = kh_engine_contact_task_new (self, conversation, kh_engine_set_blocked_async,
                                            cancellable, callback, user_data);

  if (task != NULL)
    kh_store_set_contact_state_async (self->store, conversation->contact->id,
                                      blocked ? KH_CONTACT_BLOCKED : KH_CONTACT_ACCEPTED, NULL,
                                      blocked ? on_blocked : on_unblocked, task);
}

typedef struct
{
  GTask *task;
  char *alias;
  gboolean verified;
} Change;

static Change *
change_new (GTask *task)
{
  Change *self = g_new0 (Change, 1);

  self->task = task;
  return self;
}

static void
change_free (Change *self)
{
  g_object_unref (self->task);
  g_free (self->alias);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Change, change_free)

static void
on_alias (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Change) change = user_data;
  g_autoptr (KhStoreContact) contact =
      kh_engine_finish_change (KH_STORE (source), result, change->task);

  if (contact == NULL)
    return;
  g_free (contact->alias);
  contact->alias = g_steal_pointer (&change->alias);
  kh_conversation_set_contact (g_task_get_task_data (change->task), contact);
  g_task_return_boolean (change->task, TRUE);
}

void
kh_engine_set_alias_async (KhEngine *self,
                           KhConversation *conversation,
                           const char *alias,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = kh_engine_contact_task_new (self, conversation, kh_engine_set_alias_async,
                                            cancellable, callback, user_data);
  g_autofree char *clean = kh_name_clean (alias);
  Change *change;

  if (task == NULL)
    return;
  change = change_new (task);
  change->alias = *clean != '\0' ? g_steal_pointer (&clean) : NULL;
  kh_store_set_contact_alias_async (self->store, conversation->contact->id, change->alias, NULL,
                                    on_alias, change);
}

static void
on_verified (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Change) change = user_data;
  g_autoptr (KhStoreContact) contact =
      kh_engine_finish_change (KH_STORE (source), result, change->task);

  if (contact == NULL)
    return;
  contact->verified = change->verified;
  kh_conversation_set_contact (g_task_get_task_data (change->task), contact);
  g_task_return_boolean (change->task, TRUE);
}

void
kh_engine_set_verified_async (KhEngine *self,
                              KhConversation *conversation,
                              gboolean verified,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = kh_engine_contact_task_new (self, conversation, kh_engine_set_verified_async,
                                            cancellable, callback, user_data);
  Change *change;

  if (task == NULL)
    return;
  change = change_new (task);
  change->verified = verified;
  kh_store_set_contact_verified_async (self->store, conversation->contact->id, verified, NULL,
                                       on_verified, change);
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhEngine *self = g_task_get_source_object (task);
  KhConversation *conversation = g_task_get_task_data (task);
  g_autoptr (KhStoreContact) contact = kh_engine_finish_change (KH_STORE (source), result, task);
  guint position;

  if (contact == NULL)
    return;
  if (self->stage == KH_ENGINE_OPEN)
    {
      kh_engine_servers_forget_contact (self, &contact->peer_id);
    }
  kh_conversation_detach (conversation);
  g_hash_table_remove (self->by_id, &contact->peer_id);
  if (g_list_store_find (self->conversations, conversation, &position))
    g_list_store_remove (self->conversations, position);
  g_task_return_boolean (task, TRUE);
}

void
kh_engine_remove_async (KhEngine *self,
                        KhConversation *conversation,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task = kh_engine_contact_task_new (self, conversation, kh_engine_remove_async, cancellable,
                                            callback, user_data);

  if (task != NULL)
    kh_store_delete_contact_async (self->store, conversation->contact->id, NULL, on_removed, task);
}

/* our own name */

static void
on_name_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Change) change = user_data;
  KhEngine *self = g_task_get_source_object (change->task);
  GError *error = NULL;
  GHashTableIter iter;
  gpointer value;

  if (!kh_store_finish (KH_STORE (source), result, &error))
    {
      g_task_return_error (change->task, kh_engine_error_from_store (error));
      return;
    }
  if (!kh_engine_check_open (self, change->task))
    return;
  g_free (self->name);
  self->name = g_steal_pointer (&change->alias);
  kh_engine_servers_set_name (self);
  g_hash_table_iter_init (&iter, self->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    kh_exchange_send_profile (((KhConversation *) value)->exchange);
  kh_engine_notify_name (self);
  g_task_return_boolean (change->task, TRUE);
}

void
kh_engine_set_name_async (KhEngine *self,
                          const char *name,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = kh_engine_task_new (self, NULL, cancellable, callback, user_data);
  g_autofree char *clean = kh_name_clean (name);
  Change *change;

  g_task_set_source_tag (task, kh_engine_set_name_async);
  if (!kh_engine_check_open (self, task))
    return;
  change = change_new (g_steal_pointer (&task));
  change->alias = g_steal_pointer (&clean);
  kh_store_set_setting_async (self->store, KH_SETTING_NAME, change->alias, NULL, on_name_saved,
                              change);
}
