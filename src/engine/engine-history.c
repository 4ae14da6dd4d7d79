/* engine-history.c: what the history knows when the engine is opened, and what becomes of it
 *
 * All of it is asked for at once. The history answers in order, and when the last answer is in the
 * opening goes on in engine-open.c.
 */
#include "engine/engine-open-private.h"

/* asking */

/* One answer is in. @error is taken. */
static void
answered (GTask *task, GError *error)
{
  KhOpening *open = g_task_get_task_data (task);

  if (error != NULL && open->error == NULL)
    open->error = error;
  else
    g_clear_error (&error);
  if (--open->waiting > 0)
    return;
  if (open->error != NULL)
    kh_opening_fail (task, g_steal_pointer (&open->error));
  else
    kh_opening_finish (task);
}

typedef struct
{
  GTask *task;
  gint64 contact; /* whose pending messages */
  char **ret_value;
} Question;

static Question *
question_new (GTask *task)
{
  Question *self = g_new0 (Question, 1);

  self->task = g_object_ref (task);
  ((KhOpening *) g_task_get_task_data (task))->waiting++;
  return self;
}

static void
question_free (Question *self)
{
  g_object_unref (self->task);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

static void
on_setting (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  GError *error = NULL;

  kh_store_get_setting_finish (KH_STORE (source), result, question->ret_value, &error);
  answered (question->task, error);
}

static void
ask_setting (GTask *task, const char *name, char **ret_value)
{
  KhOpening *open = g_task_get_task_data (task);
  Question *question = question_new (task);

  question->ret_value = ret_value;
  kh_store_get_setting_async (open->store, name, NULL, on_setting, question);
}

static void ask_pending (GTask *task, gint64 contact, gint64 after_seq);

static void
on_pending (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  KhOpening *open = g_task_get_task_data (question->task);
  GError *error = NULL;
  g_autoptr (GPtrArray) records = kh_store_messages_finish (KH_STORE (source), result, &error);

  if (records != NULL)
    {
      if (records->len == KH_STORE_PAGE_MAX)
        ask_pending (question->task, question->contact,
                     ((KhStoreMessage *) records->pdata[records->len - 1])->seq);
      g_ptr_array_extend_and_steal (open->pending, g_steal_pointer (&records));
    }
  answered (question->task, error);
}

static void
ask_pending (GTask *task, gint64 contact, gint64 after_seq)
{
  KhOpening *open = g_task_get_task_data (task);
  Question *question = question_new (task);

  question->contact = contact;
  kh_store_load_pending_async (open->store, contact, after_seq, KH_STORE_PAGE_MAX, NULL, on_pending,
                               question);
}

static void
on_contacts (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  KhOpening *open = g_task_get_task_data (question->task);
  GError *error = NULL;

  open->contacts = kh_store_load_contacts_finish (KH_STORE (source), result, &error);
  answered (question->task, error);
}

static void
on_summaries (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  KhOpening *open = g_task_get_task_data (question->task);
  GError *error = NULL;

  open->summaries = kh_store_load_summaries_finish (KH_STORE (source), result, &error);
  /* Few have any, and each question wakes two threads. */
  for (guint i = 0; open->summaries != NULL && i < open->summaries->len; i++)
    {
      const KhStoreSummary *summary = open->summaries->pdata[i];

      if (summary->has_pending)
        ask_pending (question->task, summary->contact, 0);
    }
  answered (question->task, error);
}

static void on_local_server (GObject *source, GAsyncResult *result, gpointer user_data);

static void
on_local_port (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  GTask *task = question->task;
  KhOpening *open = g_task_get_task_data (task);
  GError *error = NULL;

  kh_store_get_setting_finish (KH_STORE (source), result, &open->local_port, &error);
  if (open->local_port != NULL)
    kh_local_server_new_async (open->dir, g_ascii_strtoull (open->local_port, NULL, 10),
                               on_local_server, question_new (task));
  answered (task, error);
}

static void
on_local_server (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  KhOpening *open = g_task_get_task_data (question->task);

  /* Without it the history can be read still. */
  open->local = kh_local_server_new_finish (result, &open->local_error);
  answered (question->task, NULL);
}

static void
on_avatar (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  KhOpening *open = g_task_get_task_data (question->task);
  GError *error = NULL;

  kh_store_get_picture_finish (KH_STORE (source), result, &open->avatar, &error);
  answered (question->task, error);
}

static void
on_invites (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  KhOpening *open = g_task_get_task_data (question->task);
  GError *error = NULL;

  open->invites = kh_store_load_invites_finish (KH_STORE (source), result, &error);
  answered (question->task, error);
}

void
kh_opening_ask_history (GTask *task)
{
  KhOpening *open = g_task_get_task_data (task);

  open->pending = g_ptr_array_new_with_free_func ((GDestroyNotify) kh_store_message_free);
  /* Before anything of it is read. */
  kh_store_prune_async (open->store, g_get_real_time (), NULL, NULL, NULL);
  for (guint i = 0; i < KH_ENGINE_N_SETTINGS; i++)
    ask_setting (task, kh_engine_settings_names[i], &open->settings[i]);
  kh_store_get_picture_async (open->store, 0, NULL, on_avatar, question_new (task));
  kh_store_load_invites_async (open->store, NULL, on_invites, question_new (task));
  ask_setting (task, KH_SETTING_NAME, &open->name);
  ask_setting (task, KH_SETTING_SERVER, &open->server);
  ask_setting (task, KH_SETTING_TOKEN, &open->token);
  kh_store_get_setting_async (open->store, KH_SETTING_LOCAL_SERVER, NULL, on_local_port,
                              question_new (task));
  kh_store_load_contacts_async (open->store, NULL, on_contacts, question_new (task));
  kh_store_load_summaries_async (open->store, NULL, on_summaries, question_new (task));
}

/* taking over */

static void
restore_contacts (KhEngine *self, KhOpening *open)
{
  for (guint i = 0; i < open->contacts->len; i++)
    {
      const KhStoreContact *contact = open->contacts->pdata[i];

      if (contact->state != KH_CONTACT_REQUESTED)
        kh_engine_adopt (self, contact);
    }
}

static void
restore_messages (KhEngine *self, KhOpening *open)
{
  KhConversation *conversation = NULL;

  for (guint i = 0; i < open->summaries->len; i++)
    {
      const KhStoreSummary *summary = open->summaries->pdata[i];

      conversation = kh_engine_find_by_number (self, summary->contact);
      if (conversation == NULL)
        continue;
      kh_conversation_summarise (conversation, summary);
    }
  conversation = NULL;
  for (guint i = 0; i < open->pending->len; i++)
    {
      const KhStoreMessage *record = open->pending->pdata[i];

      if (conversation == NULL || conversation->contact->id != record->contact)
        conversation = kh_engine_find_by_number (self, record->contact);
      if (conversation != NULL)
        kh_exchange_push (conversation->exchange, record);
    }
}

/* That of "invite-link": it says that its bearer was invited, not who it is. */
static void
restore_token (KhEngine *self, const char *saved)
{
  g_autofree guint8 *bytes = NULL;
  gsize len = 0;

  if (saved != NULL)
    bytes = g_base64_decode (saved, &len);
  if (len == sizeof self->token)
    memcpy (self->token, bytes, len);
  else
    kh_engine_invites_make_token (self, NULL, NULL);
}

static void
restore_server (KhEngine *self, KhOpening *open)
{
  KhServerName name;

  if (open->local != NULL)
    kh_server_link_use_local (self->home, g_steal_pointer (&open->local));
  else if (open->local_error != NULL)
    kh_engine_emit_problem (self, NULL, g_steal_pointer (&open->local_error));
  else if (open->server != NULL && kh_server_name_parse (open->server, &name, NULL))
    kh_server_link_use (self->home, &name, NULL);
}

void
kh_opening_restore (KhEngine *self, KhOpening *open)
{
  restore_token (self, open->token);
  kh_engine_settings_restore (self, open->settings);
  kh_engine_avatar_restore (self, open->avatar);
  kh_engine_invites_restore (self, open->invites);
  /* Contacts are met there, or elsewhere. */
  restore_server (self, open);
  restore_contacts (self, open);
  restore_messages (self, open);
  /* Of a deletion that came just before the end of the last run. */
  kh_store_scrub_async (self->store, NULL, NULL, NULL);
}
