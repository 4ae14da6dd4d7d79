/* engine-open.c: from a data folder to a peer on the network
 *
 * First the disk, on a thread: the lock, the history, the identity. Then everything that the
 * history knows is asked for at once; it answers in order, and when the last answer is in, the node
 * and its sockets are made. Until then nothing of it can be seen.
 */
#include "engine/engine-private.h"

#include "io/interfaces.h"
#include "store/identity-file.h"

typedef struct
{
  char *dir;
  KhOpenFlags flags;

  /* from the thread */
  KhStore *store;
  KhIdentity *identity;

  /* from the history */
  guint waiting; /* answers that are not in */
  GError *error; /* the first */
  char *name, *server, *local_port, *token;
  char *settings[KH_ENGINE_N_SETTINGS];
  GBytes *avatar;
  GPtrArray *invites;
  GPtrArray *contacts;
  GPtrArray *summaries;
  GPtrArray *pending; /* (element-type KhStoreMessage): all contacts', each oldest first */
  KhLocalServer *local;
  GError *local_error;
} Open;

static void
open_free (gpointer data)
{
  Open *self = data;

  g_free (self->dir);
  g_clear_object (&self->store);
  kh_identity_free (self->identity);
  g_clear_error (&self->error);
  g_free (self->name);
  g_free (self->server);
  g_free (self->local_port);
  g_free (self->token);
  for (guint i = 0; i < KH_ENGINE_N_SETTINGS; i++)
    g_free (self->settings[i]);
  g_clear_pointer (&self->avatar, g_bytes_unref);
  g_clear_pointer (&self->invites, g_ptr_array_unref);
  g_clear_pointer (&self->contacts, g_ptr_array_unref);
  g_clear_pointer (&self->summaries, g_ptr_array_unref);
  g_clear_pointer (&self->pending, g_ptr_array_unref);
  kh_local_server_free (self->local);
  g_clear_error (&self->local_error);
  g_free (self);
}

static KhIdentity *
load_identity (const char *dir, GError **error)
{
  KhRandom random = kh_system_random ();
  guint8 secret[KH_KEY_SIZE];
  KhIdentity *identity;

  if (!kh_identity_file_ensure (dir, &random, secret, error))
    return NULL;
  identity = kh_identity_new_from_secret (secret);
  explicit_bzero (secret, sizeof secret);
  return identity;
}

/* the end */

static void
restore_contacts (KhEngine *self, Open *open)
{
  for (guint i = 0; i < open->contacts->len; i++)
    {
      const KhStoreContact *contact = open->contacts->pdata[i];

      if (contact->state != KH_CONTACT_REQUESTED)
        kh_engine_adopt (self, contact);
    }
}

static void
restore_messages (KhEngine *self, Open *open)
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
on_network_changed (gpointer user_data)
{
  KhEngine *self = user_data;

  kh_engine_update_addresses (self);
  kh_engine_link_network_changed (self);
  kh_engine_mapping_network_changed (self);
}

static void
on_resumed (gpointer user_data)
{
  KhEngine *self = user_data;

  kh_node_resumed (self->node, g_get_monotonic_time ());
  on_network_changed (self);
}

void
kh_engine_update_addresses (KhEngine *self)
{
  KhAddr addrs[KH_INTERFACES_MAX], all[KH_INTERFACES_MAX];
  gsize n = kh_interfaces_list (kh_udp_driver_get_port (self->driver, 0),
                                kh_udp_driver_get_port (self->driver, 1), FALSE, addrs);

  kh_tcp_driver_network_changed (self->tcp_driver, all, kh_interfaces_list (1, 1, TRUE, all));
  kh_node_set_local_addresses (self->node, addrs, n, g_get_monotonic_time ());
  kh_udp_driver_kick (self->driver);
}

static gboolean
start_network (KhEngine *self, Open *open, GError **error)
{
  gint64 now_us = g_get_monotonic_time ();
  g_autoptr (GError) bind_error = NULL;

  self->node = kh_node_new (self->identity, self->name, self->random, g_get_real_time (), now_us);
  kh_engine_relay_begin (self);
  self->driver = kh_udp_driver_new (&kh_node_machine_ops, self->node, kh_engine_poll_events, self);
  self->tcp_driver = kh_tcp_driver_new (&kh_node_machine_ops, self->node, self->driver, NULL);
  kh_tcp_driver_allow_connect (self->tcp_driver);
  kh_node_allow_tcp (self->node);
  if (!kh_udp_driver_bind_any (self->driver, 0, self->port, &bind_error))
    {
      g_propagate_error (error, kh_engine_error_from_socket (g_steal_pointer (&bind_error)));
      return FALSE;
    }
  kh_engine_update_addresses (self);
  return TRUE;
}

static void
start_link (KhEngine *self, Open *open)
{
  KhServerName name;

  if (open->local != NULL)
    kh_engine_link_use_local (self, g_steal_pointer (&open->local));
  else if (open->local_error != NULL)
    kh_engine_emit_problem (self, NULL, g_steal_pointer (&open->local_error));
  else if (open->server != NULL && kh_server_name_parse (open->server, &name, NULL))
    kh_engine_link_use (self, &name, NULL);
}

static void
on_disk_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhEngine *self = g_task_get_source_object (task);
  Open *open = g_task_get_task_data (task);

  self->stage = KH_ENGINE_CLOSED;
  g_task_return_error (task, g_steal_pointer (&open->error));
}

static void
close_disk (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Open *open = task_data;

  if (open->store != NULL)
    kh_store_close (open->store);
  g_task_return_boolean (task, TRUE);
}

/* Gives the data folder back before it says so, for who tries again. @error is taken. */
static void
fail (GTask *task, GError *error)
{
  Open *open = g_task_get_task_data (task);
  g_autoptr (GTask) disk = g_task_new (NULL, NULL, on_disk_closed, g_object_ref (task));

  g_clear_error (&open->error);
  open->error = kh_engine_error_from_store (error);
  g_task_set_source_tag (disk, kh_engine_open_async);
  g_task_set_task_data (disk, open, NULL);
  g_task_run_in_thread (disk, close_disk);
}

static void
finish (GTask *task)
{
  KhEngine *self = g_task_get_source_object (task);
  Open *open = g_task_get_task_data (task);
  GError *error = NULL;

  self->store = g_object_ref (open->store);
  self->identity = g_steal_pointer (&open->identity);
  self->dir = g_strdup (open->dir);
  self->id = kh_peer_id_from_key (kh_identity_get_public (self->identity));
  g_free (self->id_text);
  self->id_text = kh_peer_id_to_string (&self->id);
  g_free (self->name);
  self->name = kh_name_clean (open->name);
  if (!start_network (self, open, &error))
    {
      kh_engine_drop (self);
      self->stage = KH_ENGINE_OPENING;
      fail (task, error);
      return;
    }
  self->stage = KH_ENGINE_OPEN;
  restore_token (self, open->token);
  kh_engine_settings_restore (self, open->settings);
  kh_engine_avatar_restore (self, open->avatar);
  kh_engine_invites_restore (self, open->invites);
  restore_contacts (self, open);
  restore_messages (self, open);
  /* Of a deletion that came just before the end of the last run. */
  kh_store_scrub_async (self->store, NULL, NULL, NULL);
  start_link (self, open);
  self->watch = kh_network_watch_new (on_network_changed, self);
  self->sleep_watch = kh_sleep_watch_new (on_resumed, self);
  kh_engine_notify_peer_id (self);
  kh_engine_notify_name (self);
  g_task_return_boolean (task, TRUE);
}

/* what the history knows */

/* One answer is in. @error is taken. */
static void
answered (GTask *task, GError *error)
{
  Open *open = g_task_get_task_data (task);

  if (error != NULL && open->error == NULL)
    open->error = error;
  else
    g_clear_error (&error);
  if (--open->waiting > 0)
    return;
  if (open->error != NULL)
    fail (task, g_steal_pointer (&open->error));
  else
    finish (task);
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
  ((Open *) g_task_get_task_data (task))->waiting++;
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
  Open *open = g_task_get_task_data (task);
  Question *question = question_new (task);

  question->ret_value = ret_value;
  kh_store_get_setting_async (open->store, name, NULL, on_setting, question);
}

static void ask_pending (GTask *task, gint64 contact, gint64 after_seq);

static void
on_pending (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  Open *open = g_task_get_task_data (question->task);
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
  Open *open = g_task_get_task_data (task);
  Question *question = question_new (task);

  question->contact = contact;
  kh_store_load_pending_async (open->store, contact, after_seq, KH_STORE_PAGE_MAX, NULL, on_pending,
                               question);
}

static void
on_contacts (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  Open *open = g_task_get_task_data (question->task);
  GError *error = NULL;

  open->contacts = kh_store_load_contacts_finish (KH_STORE (source), result, &error);
  for (guint i = 0; open->contacts != NULL && i < open->contacts->len; i++)
    {
      const KhStoreContact *contact = open->contacts->pdata[i];

      if (contact->state != KH_CONTACT_REQUESTED)
        ask_pending (question->task, contact->id, 0);
    }
  answered (question->task, error);
}

static void
on_summaries (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  Open *open = g_task_get_task_data (question->task);
  GError *error = NULL;

  open->summaries = kh_store_load_summaries_finish (KH_STORE (source), result, &error);
  answered (question->task, error);
}

static void on_local_server (GObject *source, GAsyncResult *result, gpointer user_data);

static void
on_local_port (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  GTask *task = question->task;
  Open *open = g_task_get_task_data (task);
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
  Open *open = g_task_get_task_data (question->task);

  /* Without it the history can be read still. */
  open->local = kh_local_server_new_finish (result, &open->local_error);
  answered (question->task, NULL);
}

static void
on_avatar (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  Open *open = g_task_get_task_data (question->task);
  GError *error = NULL;

  kh_store_get_picture_finish (KH_STORE (source), result, &open->avatar, &error);
  answered (question->task, error);
}

static void
on_invites (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  Open *open = g_task_get_task_data (question->task);
  GError *error = NULL;

  open->invites = kh_store_load_invites_finish (KH_STORE (source), result, &error);
  answered (question->task, error);
}

static void
ask_history (GTask *task)
{
  Open *open = g_task_get_task_data (task);

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

/* the disk */

static void
open_disk (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Open *open = task_data;
  GError *error = NULL;

  if (open->flags & KH_OPEN_SET_ASIDE)
    open->store = kh_store_open_fresh (open->dir, NULL, &error);
  else
    open->store = kh_store_open (open->dir, &error);
  if (open->store != NULL)
    open->identity = load_identity (open->dir, &error);
  if (open->identity != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_disk_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    fail (task, error);
  else if (g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &error))
    fail (task, error);
  else
    ask_history (task);
}

void
kh_engine_open_async (KhEngine *self,
                      const char *data_dir,
                      KhOpenFlags flags,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GTask) disk = NULL;
  Open *open;

  g_return_if_fail (KH_IS_ENGINE (self));
  g_return_if_fail (data_dir != NULL);
  g_task_set_source_tag (task, kh_engine_open_async);
  g_task_set_check_cancellable (task, FALSE);
  if (self->stage != KH_ENGINE_CLOSED)
    {
      g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID,
                               "Knothole is open already.");
      return;
    }
  self->stage = KH_ENGINE_OPENING;
  open = g_new0 (Open, 1);
  open->dir = g_strdup (data_dir);
  open->flags = flags;
  g_task_set_task_data (task, open, open_free);
  /* The inner task works on what the outer one owns, and the callback keeps that one. The engine is
   * not its source: a thread lets go of its task whenever it likes. */
  disk = g_task_new (NULL, NULL, on_disk_opened, g_object_ref (task));
  g_task_set_source_tag (disk, kh_engine_open_async);
  g_task_set_task_data (disk, open, NULL);
  g_task_run_in_thread (disk, open_disk);
}

gboolean
kh_engine_open_finish (KhEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

char *
kh_engine_dup_peer_id (const char *data_dir, GError **error)
{
  GError *local_error = NULL;
  g_autoptr (KhIdentity) identity = load_identity (data_dir, &local_error);
  KhPeerId id;

  if (identity == NULL)
    {
      g_propagate_error (error, kh_engine_error_from_store (local_error));
      return NULL;
    }
  id = kh_peer_id_from_key (kh_identity_get_public (identity));
  return kh_peer_id_to_string (&id);
}

char *
kh_engine_dup_default_dir (void)
{
  return g_build_filename (g_get_user_data_dir (), "knothole", NULL);
}
