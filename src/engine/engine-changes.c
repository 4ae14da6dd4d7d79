/* engine-changes.c: what the user does to messages that are there
 *
 * The history changes first, and says what is to be shown, what goes to the peer and what does not
 * any more.
 */
#include "engine/engine-private.h"

KhMessageChange
kh_message_change_from_kind (KhStoreKind kind)
{
  switch (kind)
    {
    case KH_STORE_EDIT:
      return KH_MESSAGE_CHANGE_EDITED;
    case KH_STORE_DELETE:
      return KH_MESSAGE_CHANGE_DELETED;
    case KH_STORE_REACTION:
    case KH_STORE_TEXT:
    default:
      return KH_MESSAGE_CHANGE_REACTIONS;
    }
}

typedef struct
{
  KhConversation *conversation;
  KhChatMessage *message;
} Change;

static void
change_free (gpointer data)
{
  Change *self = data;

  g_object_unref (self->conversation);
  g_object_unref (self->message);
  g_free (self);
}

/* A task about @message, or NULL where it was returned with an error. */
static GTask *
change_task_new (KhEngine *self,
                 KhChatMessage *message,
                 gpointer source_tag,
                 GCancellable *cancellable,
                 GAsyncReadyCallback callback,
                 gpointer user_data)
{
  KhConversation *conversation = kh_engine_find_conversation_of (self, message);
  g_autoptr (GTask) task =
      kh_engine_task_new (self, conversation, cancellable, callback, user_data);
  Change *change;

  g_task_set_source_tag (task, source_tag);
  if (!kh_engine_check_open (self, task))
    return NULL;
  if (conversation == NULL)
    {
      g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID,
                               "This contact was removed.");
      return NULL;
    }
  change = g_new (Change, 1);
  change->conversation = g_object_ref (conversation);
  change->message = g_object_ref (message);
  g_task_set_task_data (task, change, change_free);
  return g_steal_pointer (&task);
}

static void
on_last_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhConversation) conversation = user_data;
  g_autoptr (GPtrArray) records = kh_store_messages_finish (KH_STORE (source), result, NULL);
  g_autoptr (KhChatMessage) message = NULL;

  if (records == NULL || conversation->engine == NULL)
    return;
  if (records->len > 0)
    message = kh_message_list_wrap (conversation->messages, records->pdata[0]);
  kh_conversation_set_last (conversation, message);
}

/* The message is in the history no more. */
static void
show_gone (KhConversation *conversation, KhChatMessage *message)
{
  gboolean was_unread = !kh_chat_message_get_outgoing (message) &&
                        !kh_chat_message_get_deleted (message) &&
                        kh_chat_message_get_status (message) == KH_MESSAGE_STATUS_DELIVERED;

  kh_message_list_remove (conversation->messages, kh_chat_message_get_raw_id (message));
  if (was_unread && conversation->unread > 0)
    kh_conversation_set_unread (conversation, conversation->unread - 1);
  if (message == conversation->last && conversation->engine != NULL)
    kh_store_load_page_async (conversation->engine->store, conversation->contact->id, G_MAXINT64, 1,
                              NULL, on_last_loaded, g_object_ref (conversation));
}

static void
show_revision (const Change *change, const KhStoreRevision *revision)
{
  KhConversation *conversation = change->conversation;

  for (guint i = 0; i < revision->dropped->len; i++)
    kh_exchange_forget (conversation->exchange, &g_array_index (revision->dropped, KhMessageId, i));
  if (revision->message == NULL)
    show_gone (conversation, change->message);
  else
    {
      kh_message_list_update (conversation->messages, revision->message);
      if (change->message == conversation->last)
        kh_conversation_notify_last (conversation);
    }
  if (revision->change != NULL && conversation->engine != NULL)
    kh_exchange_push (conversation->exchange, revision->change);
}

/* @revision: (transfer full) (nullable), @error (transfer full) */
static void
finish (GTask *task, KhStoreRevision *revision, GError *error)
{
  g_autoptr (KhStoreRevision) G_GNUC_UNUSED owned = revision;
  const Change *change = g_task_get_task_data (task);

  if (revision == NULL)
    {
      g_task_return_error (task, kh_engine_error_from_store (error));
      return;
    }
  if (change->conversation->engine != NULL)
    show_revision (change, revision);
  g_task_return_boolean (task, TRUE);
}

static void
on_revised (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  KhStoreRevision *revision = kh_store_revise_finish (KH_STORE (source), result, &error);

  finish (task, revision, error);
}

/* @task: (transfer full) */
static void
revise (KhEngine *self, GTask *task, KhStoreKind kind, const char *text)
{
  const Change *change = g_task_get_task_data (task);
  KhMessageId id = kh_message_id_new (&self->random);

  kh_store_revise_async (self->store, kh_chat_message_get_seq (change->message), kind, &id, text,
                         g_get_real_time (), NULL, on_revised, task);
}

void
kh_engine_edit_async (KhEngine *self,
                      KhChatMessage *message,
                      const char *text,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (KH_IS_CHAT_MESSAGE (message));
  g_return_if_fail (text != NULL);
  task = change_task_new (self, message, kh_engine_edit_async, cancellable, callback, user_data);
  if (task != NULL && kh_engine_check_text (text, task))
    revise (self, g_steal_pointer (&task), KH_STORE_EDIT, text);
}

static void
on_deleted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  KhStoreRevision *revision = kh_store_delete_message_finish (KH_STORE (source), result, &error);

  finish (task, revision, error);
}

void
kh_engine_delete_async (KhEngine *self,
                        KhChatMessage *message,
                        KhDeleteFor delete_for,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task;

  g_return_if_fail (KH_IS_CHAT_MESSAGE (message));
  task = change_task_new (self, message, kh_engine_delete_async, cancellable, callback, user_data);
  if (task == NULL)
    return;
  if (delete_for == KH_DELETE_FOR_BOTH)
    revise (self, task, KH_STORE_DELETE, "");
  else
    kh_store_delete_message_async (self->store, kh_chat_message_get_seq (message), NULL, on_deleted,
                                   task);
}

/* (transfer full): what is left at the message with @emoji, or without it. */
static char *
join_reactions (KhChatMessage *message, const char *emoji, gboolean set)
{
  g_autoptr (GStrvBuilder) all = g_strv_builder_new ();
  const char *const *old = kh_chat_message_get_own_reactions (message);
  g_auto (GStrv) joined = NULL;

  for (guint i = 0; old[i] != NULL; i++)
    if (!g_str_equal (old[i], emoji))
      g_strv_builder_add (all, old[i]);
  if (set)
    g_strv_builder_add (all, emoji);
  joined = g_strv_builder_end (all);
  return g_strjoinv ("\n", joined);
}

void
kh_engine_react_async (KhEngine *self,
                       KhChatMessage *message,
                       const char *emoji,
                       gboolean set,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autofree char *joined = NULL;

  g_return_if_fail (KH_IS_CHAT_MESSAGE (message));
  g_return_if_fail (emoji != NULL);
  task = change_task_new (self, message, kh_engine_react_async, cancellable, callback, user_data);
  if (task == NULL)
    return;
  if (g_strv_contains (kh_chat_message_get_own_reactions (message), emoji) == (set != FALSE))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  joined = join_reactions (message, emoji, set);
  revise (self, g_steal_pointer (&task), KH_STORE_REACTION, joined);
}

gboolean
kh_engine_check_emoji (const char *emoji)
{
  return kh_message_emoji_is_valid (emoji);
}

void
kh_engine_set_typing (KhEngine *self, KhConversation *conversation, gboolean typing)
{
  g_return_if_fail (KH_IS_ENGINE (self));
  g_return_if_fail (KH_IS_CONVERSATION (conversation));
  if (self->stage == KH_ENGINE_OPEN && conversation->engine == self)
    kh_exchange_send_typing (conversation->exchange, typing);
}
