/* engine-messages.c: what the user says and reads */
#include "engine/engine-private.h"

gboolean
kh_engine_check_conversation (KhEngine *self, KhConversation *conversation, GTask *task)
{
  if (!kh_engine_check_open (self, task))
    return FALSE;
  if (conversation->engine == self)
    return TRUE;
  g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID,
                           "This contact was removed.");
  return FALSE;
}

gboolean
kh_engine_check_text (const char *text, GTask *task)
{
  if (kh_message_text_is_valid (text))
    return TRUE;
  if (strlen (text) > KH_TEXT_MAX)
    g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_TOO_LONG,
                             "A message can have at most %d bytes; this one has %" G_GSIZE_FORMAT
                             ". Send it in parts.",
                             KH_TEXT_MAX, strlen (text));
  else
    g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID,
                             *text == '\0' ? "An empty message cannot be sent."
                                           : "The text is not valid UTF-8.");
  return FALSE;
}

static void
on_outgoing_stored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhConversation *conversation = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (KhStoreMessage) record =
      kh_store_add_outgoing_finish (KH_STORE (source), result, &error);
  KhChatMessage *message;

  if (record == NULL)
    {
      g_task_return_error (task, kh_engine_error_from_store (error));
      return;
    }
  message = kh_message_list_wrap (conversation->messages, record);
  if (conversation->engine != NULL)
    {
      kh_message_list_append (conversation->messages, message);
      kh_conversation_set_last (conversation, message);
      kh_exchange_push (conversation->exchange, record);
    }
  g_task_return_pointer (task, message, g_object_unref);
}

/* @task: (transfer full) */
static void
send (KhEngine *self,
      KhConversation *conversation,
      const KhMessageId *reply_to,
      const char *text,
      GTask *task)
{
  g_autoptr (GTask) owned = task;
  KhMessageId id;

  if (!kh_engine_check_conversation (self, conversation, task) ||
      !kh_engine_check_text (text, task))
    return;
  id = kh_message_id_new (&self->random);
  g_task_set_task_data (task, g_object_ref (conversation), g_object_unref);
  kh_store_add_outgoing_async (self->store, conversation->contact->id, &id, text, reply_to,
                               g_get_real_time (), g_task_get_cancellable (task),
                               on_outgoing_stored, g_steal_pointer (&owned));
}

void
kh_engine_send_async (KhEngine *self,
                      KhConversation *conversation,
                      const char *text,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task;

  g_return_if_fail (KH_IS_CONVERSATION (conversation));
  g_return_if_fail (text != NULL);
  task = kh_engine_task_new (self, conversation, cancellable, callback, user_data);
  g_task_set_source_tag (task, kh_engine_send_async);
  send (self, conversation, NULL, text, task);
}

void
kh_engine_reply_async (KhEngine *self,
                       KhConversation *conversation,
                       KhChatMessage *to,
                       const char *text,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task;

  g_return_if_fail (KH_IS_CONVERSATION (conversation));
  g_return_if_fail (KH_IS_CHAT_MESSAGE (to));
  g_return_if_fail (text != NULL);
  task = kh_engine_task_new (self, conversation, cancellable, callback, user_data);
  g_task_set_source_tag (task, kh_engine_reply_async);
  send (self, conversation, kh_chat_message_get_raw_id (to), text, task);
}

KhChatMessage *
kh_engine_send_finish (KhEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
on_marked_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhConversation) conversation = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) changes = kh_store_mark_read_finish (KH_STORE (source), result, &error);

  if (conversation->engine == NULL)
    return;
  if (changes == NULL)
    {
      kh_engine_emit_problem (conversation->engine, conversation, g_steal_pointer (&error));
      return;
    }
  if (changes->len == 0)
    return;
  kh_conversation_set_unread (conversation,
                              conversation->unread - MIN (conversation->unread, changes->len));
  for (guint i = 0; i < changes->len; i++)
    kh_message_list_set_status (conversation->messages,
                                &g_array_index (changes, KhStoreChange, i).id,
                                KH_MESSAGE_STATUS_READ,
                                g_array_index (changes, KhStoreChange, i).at_us);
  kh_exchange_mark_read (conversation->exchange,
                         &g_array_index (changes, KhStoreChange, changes->len - 1).id);
}

void
kh_engine_mark_read (KhEngine *self, KhConversation *conversation)
{
  g_return_if_fail (KH_IS_ENGINE (self));
  g_return_if_fail (KH_IS_CONVERSATION (conversation));
  if (self->stage != KH_ENGINE_OPEN || conversation->engine != self)
    return;
  if (conversation->contact->flags & KH_CONTACT_MARKED_UNREAD)
    kh_engine_keep_flag (self, conversation, KH_CONTACT_MARKED_UNREAD, FALSE);
  if (conversation->unread == 0 || conversation->last == NULL)
    return;
  kh_store_mark_read_async (self->store, conversation->contact->id,
                            kh_chat_message_get_seq (conversation->last), g_get_real_time (), NULL,
                            on_marked_read, g_object_ref (conversation));
}

KhConversation *
kh_engine_find_conversation_of (KhEngine *self, KhChatMessage *message)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), NULL);
  g_return_val_if_fail (KH_IS_CHAT_MESSAGE (message), NULL);
  return kh_engine_find_by_number (self, kh_chat_message_get_contact (message));
}
