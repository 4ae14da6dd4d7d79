/* engine-keeping.c: what the user keeps about a conversation: flags and a draft; and clearing what
 * was said
 */
#include "engine/engine-private.h"

typedef struct
{
  GTask *task;
  KhContactFlags flag;
  gboolean set;
} Flag;

static void
on_flag (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Flag *flag = user_data;
  g_autoptr (GTask) task = flag->task;
  g_autoptr (KhStoreContact) contact = kh_engine_finish_change (KH_STORE (source), result, task);

  if (contact == NULL)
    return;
  contact->flags = flag->set ? contact->flags | flag->flag : contact->flags & ~flag->flag;
  kh_conversation_set_contact (g_task_get_task_data (task), contact);
  g_task_return_boolean (task, TRUE);
}

/* @task: (transfer full) (nullable) */
static void
set_flag (
    KhEngine *self, KhConversation *conversation, KhContactFlags flag, gboolean set, GTask *task)
{
  Flag *change;

  if (task == NULL)
    return;
  change = g_new (Flag, 1);
  *change = (Flag){ task, flag, set };
  kh_store_set_contact_flag_async (self->store, conversation->contact->id, flag, set, NULL, on_flag,
                                   change);
}

void
kh_engine_keep_flag (KhEngine *self,
                     KhConversation *conversation,
                     KhContactFlags flag,
                     gboolean set)
{
  set_flag (self, conversation, flag, set,
            kh_engine_contact_task_new (self, conversation, kh_engine_keep_flag, NULL, NULL, NULL));
}

void
kh_engine_set_pinned_async (KhEngine *self,
                            KhConversation *conversation,
                            gboolean pinned,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  set_flag (self, conversation, KH_CONTACT_PINNED, pinned,
            kh_engine_contact_task_new (self, conversation, kh_engine_set_pinned_async, cancellable,
                                        callback, user_data));
}

void
kh_engine_set_muted_async (KhEngine *self,
                           KhConversation *conversation,
                           gboolean muted,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  set_flag (self, conversation, KH_CONTACT_MUTED, muted,
            kh_engine_contact_task_new (self, conversation, kh_engine_set_muted_async, cancellable,
                                        callback, user_data));
}

void
kh_engine_set_archived_async (KhEngine *self,
                              KhConversation *conversation,
                              gboolean archived,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  set_flag (self, conversation, KH_CONTACT_ARCHIVED, archived,
            kh_engine_contact_task_new (self, conversation, kh_engine_set_archived_async,
                                        cancellable, callback, user_data));
}

void
kh_engine_set_marked_unread_async (KhEngine *self,
                                   KhConversation *conversation,
                                   gboolean unread,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  set_flag (self, conversation, KH_CONTACT_MARKED_UNREAD, unread,
            kh_engine_contact_task_new (self, conversation, kh_engine_set_marked_unread_async,
                                        cancellable, callback, user_data));
}

/* drafts */

/* Returns what was there before. */
static char *
put_draft (KhConversation *conversation, const char *draft)
{
  g_autoptr (KhStoreContact) contact = kh_store_contact_copy (conversation->contact);
  char *old = contact->draft;

  contact->draft = draft != NULL && *draft != '\0' ? g_strdup (draft) : NULL;
  kh_conversation_set_contact (conversation, contact);
  return old;
}

typedef struct
{
  GTask *task;
  char *old;
  char *new;
} Draft;

static void
draft_free (Draft *self)
{
  g_object_unref (self->task);
  g_free (self->old);
  g_free (self->new);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Draft, draft_free)

static void
on_draft (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Draft) draft = user_data;
  KhConversation *conversation = g_task_get_task_data (draft->task);
  GError *error = NULL;

  if (kh_store_finish (KH_STORE (source), result, &error))
    {
      g_task_return_boolean (draft->task, TRUE);
      return;
    }
  /* But for what was written since. */
  if (conversation->engine != NULL && g_strcmp0 (conversation->contact->draft, draft->new) == 0)
    g_free (put_draft (conversation, draft->old));
  g_task_return_error (draft->task, kh_engine_error_from_store (error));
}

void
kh_engine_set_draft_async (KhEngine *self,
                           KhConversation *conversation,
                           const char *text,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task =
      kh_engine_contact_task_new (self, conversation, kh_engine_set_draft_async, cancellable,
                                  callback, user_data);
  Draft *draft;

  if (task == NULL || (text != NULL && *text != '\0' && !kh_engine_check_text (text, task)))
    return;
  draft = g_new (Draft, 1);
  draft->old = put_draft (conversation, text);
  draft->new = g_strdup (conversation->contact->draft);
  draft->task = g_steal_pointer (&task);
  kh_store_set_contact_draft_async (self->store, conversation->contact->id, draft->new, NULL,
                                    on_draft, draft);
}

/* clearing */

static void
on_cleared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhConversation *conversation = g_task_get_task_data (task);
  g_autoptr (KhStoreContact) contact = kh_engine_finish_change (KH_STORE (source), result, task);

  if (contact == NULL)
    return;
  kh_exchange_forget_all (conversation->exchange);
  kh_message_list_clear (conversation->messages);
  kh_conversation_set_last (conversation, NULL);
  kh_conversation_set_unread (conversation, 0);
  g_task_return_boolean (task, TRUE);
}

void
kh_engine_clear_history_async (KhEngine *self,
                               KhConversation *conversation,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task = kh_engine_contact_task_new (self, conversation, kh_engine_clear_history_async,
                                            cancellable, callback, user_data);

  if (task != NULL)
    kh_store_clear_messages_async (self->store, conversation->contact->id, NULL, on_cleared, task);
}
