/* talk.c: the life of one run
 *
 * Opens the data folder, chooses the server, connects to the peer if one was given, and then waits
 * for the end: of the input, of the patience (--timeout), or by a signal. The exit status is a
 * contract (options.h); what it says of messages is what the engine's "undelivered" says, so those
 * of former runs to the same peer count too.
 */
#include "term/talk-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <unistd.h>

#define PASSPHRASE_TRIES 3
/* After what comes from the network and the input in the same turn. */
#define LATER_PRIORITY (G_PRIORITY_DEFAULT + 100)

const char *
kh_talk_stage_to_string (KhTalkStage stage)
{
  static const char *const names[] = {
    [KH_TALK_OPENING] = "opening",     [KH_TALK_TALKING] = "talking",
    [KH_TALK_LISTENING] = "listening", [KH_TALK_DRAINING] = "draining",
    [KH_TALK_CLOSING] = "closing",
  };

  return (guint) stage < G_N_ELEMENTS (names) ? names[stage] : "unknown";
}

static void
set_stage (KhTalk *self, KhTalkStage stage)
{
  static const guint allowed[] = {
    [KH_TALK_OPENING] = 1u << KH_TALK_TALKING | 1u << KH_TALK_CLOSING,
    [KH_TALK_TALKING] = 1u << KH_TALK_LISTENING | 1u << KH_TALK_DRAINING | 1u << KH_TALK_CLOSING,
    [KH_TALK_LISTENING] = 1u << KH_TALK_CLOSING,
    [KH_TALK_DRAINING] = 1u << KH_TALK_CLOSING,
    [KH_TALK_CLOSING] = 0,
  };

  g_assert (allowed[self->stage] & 1u << stage);
  g_debug ("talk: %s -> %s", kh_talk_stage_to_string (self->stage),
           kh_talk_stage_to_string (stage));
  self->stage = stage;
}

/* the end */

static guint
count_messages (KhTalk *self)
{
  GHashTableIter iter;
  gpointer conversation;
  guint n = self->n_storing;

  g_hash_table_iter_init (&iter, self->concerns);
  while (g_hash_table_iter_next (&iter, &conversation, NULL))
    n += kh_conversation_get_undelivered (conversation);
  return n;
}

guint
kh_talk_count_undelivered (KhTalk *self)
{
  return count_messages (self) + self->held.length;
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  KhTalk *self = user_data;

  kh_engine_close_finish (KH_ENGINE (source), result);
  g_main_loop_quit (self->loop);
}

/* While it opens, on_opened() comes back here: there is nothing to close before. While it asks,
 * nothing does. */
void
kh_talk_quit (KhTalk *self, KhExit status)
{
  gboolean opening = self->stage == KH_TALK_OPENING;

  if (self->stage == KH_TALK_CLOSING)
    return;
  kh_talk_mark_read (self);
  set_stage (self, KH_TALK_CLOSING);
  self->status = status;
  kh_talk_stop_timeout (self);
  g_clear_handle_id (&self->later, g_source_remove);
  g_clear_pointer (&self->input, kh_input_free);
  g_cancellable_cancel (self->cancellable);
  if (kh_engine_is_open (self->engine))
    kh_engine_close_async (self->engine, on_closed, self);
  else if (!opening || self->asking != NULL)
    g_main_loop_quit (self->loop);
}

/* Whatever is not done yet will not be done in this run: says so. */
static void
give_up (KhTalk *self)
{
  guint n_messages = count_messages (self);

  if (self->stage == KH_TALK_CLOSING)
    return;
  if (n_messages > 0)
    kh_talk_report_own_error (self, KH_TERM_ERROR_UNDELIVERED, n_messages);
  kh_talk_bench_give_up (self);
  if (self->held.length > 0)
    kh_talk_report_own_error (self, KH_TERM_ERROR_NOBODY, self->held.length);
  kh_talk_quit (self, n_messages > 0 || self->held.length > 0 || self->failed ? KH_EXIT_FAILED
                                                                              : KH_EXIT_OK);
}

static gboolean
on_timeout (gpointer user_data)
{
  KhTalk *self = user_data;

  self->timeout = 0;
  give_up (self);
  return G_SOURCE_REMOVE;
}

void
kh_talk_start_timeout (KhTalk *self)
{
  guint64 ms = (guint64) MAX (self->options->timeout_us, 0) / 1000;

  if (self->options->timeout_us >= 0 && self->timeout == 0)
    self->timeout = g_timeout_add ((guint) MIN (ms, G_MAXUINT), on_timeout, self);
}

void
kh_talk_stop_timeout (KhTalk *self)
{
  g_clear_handle_id (&self->timeout, g_source_remove);
}

static gboolean
on_signal (gpointer user_data)
{
  give_up (user_data);
  return G_SOURCE_CONTINUE;
}

/* the middle */

/* Without a peer and without a line there never was an input: somebody runs it to receive. The end
 * of what is typed on a terminal is meant. */
static gboolean
is_listener (KhTalk *self)
{
  return self->options->bench_serve ||
         (self->options->target == NULL && !self->has_read && !isatty (STDIN_FILENO));
}

static void
leave_input (KhTalk *self, KhTalkStage to)
{
  g_clear_pointer (&self->input, kh_input_free);
  set_stage (self, to);
  if (self->bench == KH_TALK_BENCH_RUNNING)
    return;
  kh_talk_stop_timeout (self);
  kh_talk_start_timeout (self);
}

void
kh_talk_end_input (KhTalk *self)
{
  leave_input (self, KH_TALK_DRAINING);
}

static gboolean
look (gpointer user_data)
{
  KhTalk *self = user_data;

  self->later = 0;
  if (kh_output_is_broken (self->output))
    kh_talk_quit (self, KH_EXIT_FAILED);
  kh_talk_take_input (self);
  if (self->input != NULL && kh_input_is_at_end (self->input))
    leave_input (self, is_listener (self) ? KH_TALK_LISTENING : KH_TALK_DRAINING);
  kh_talk_bench_look (self);
  if (self->stage == KH_TALK_DRAINING && kh_talk_count_undelivered (self) == 0 &&
      !kh_talk_bench_is_pending (self))
    kh_talk_quit (self, self->failed ? KH_EXIT_FAILED : KH_EXIT_OK);
  return G_SOURCE_REMOVE;
}

void
kh_talk_look_soon (KhTalk *self)
{
  if (self->later == 0 && self->stage != KH_TALK_OPENING && self->stage != KH_TALK_CLOSING)
    self->later = g_idle_add_full (LATER_PRIORITY, look, self, NULL);
}

static void
on_undelivered (KhConversation *conversation, GParamSpec *pspec, KhTalk *self)
{
  /* Somebody takes what is sent: the patience begins anew while input is held back. */
  if (self->stage == KH_TALK_TALKING)
    {
      kh_talk_stop_timeout (self);
      self->stalled = FALSE;
    }
  kh_talk_look_soon (self);
}

void
kh_talk_set_target (KhTalk *self, KhConversation *conversation)
{
  g_set_object (&self->target, conversation);
  if (g_hash_table_add (self->concerns, g_object_ref (conversation)))
    {
      g_signal_connect (conversation, "notify::undelivered", G_CALLBACK (on_undelivered), self);
      kh_talk_watch_presence (self, conversation);
    }
  kh_talk_look_soon (self);
}

/* the beginning */

static KhExit
status_of (const GError *error)
{
  if (error->domain != KH_ENGINE_ERROR)
    return KH_EXIT_FAILED;
  switch (error->code)
    {
    case KH_ENGINE_ERROR_BAD_PEER_ID:
    case KH_ENGINE_ERROR_OWN_ID:
    case KH_ENGINE_ERROR_BAD_SERVER:
    case KH_ENGINE_ERROR_NO_SERVER:
      return KH_EXIT_USAGE;
    case KH_ENGINE_ERROR_SERVER_KEY_CHANGED:
      return KH_EXIT_SERVER_KEY;
    default:
      return KH_EXIT_FAILED;
    }
}

static void
fail (KhTalk *self, const GError *error)
{
  if (self->stage == KH_TALK_CLOSING)
    return;
  kh_talk_report_error (self, NULL, error);
  kh_talk_quit (self, status_of (error));
}

static void
begin_to_talk (KhTalk *self)
{
  set_stage (self, KH_TALK_TALKING);
  kh_talk_load_backlogs (self);
  kh_talk_start_input (self);
  /* A script that measures does not wait for ever for who does not come. */
  if (kh_talk_bench_is_pending (self))
    kh_talk_start_timeout (self);
  kh_talk_look_soon (self);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  KhTalk *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (KhConversation) conversation = kh_engine_connect_finish (self->engine, result, &error);

  if (conversation == NULL)
    fail (self, error);
  else if (self->stage == KH_TALK_OPENING)
    {
      begin_to_talk (self);
      kh_talk_set_target (self, conversation);
    }
}

static void
connect_to_target (KhTalk *self)
{
  kh_engine_connect_async (self->engine, self->options->target, self->options->server,
                           self->cancellable, on_connected, self);
}

static void
on_server_set (GObject *source, GAsyncResult *result, gpointer user_data)
{
  KhTalk *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!kh_engine_finish (self->engine, result, &error))
    fail (self, error);
  else if (self->stage != KH_TALK_OPENING)
    return;
  else if (self->options->target != NULL)
    connect_to_target (self);
  else
    begin_to_talk (self);
}

static void
choose_server (KhTalk *self)
{
  const KhOptions *options = self->options;

  if (options->server != NULL &&
      g_strcmp0 (options->server, kh_engine_get_server (self->engine)) != 0)
    kh_engine_set_server_async (self->engine, options->server, self->cancellable, on_server_set,
                                self);
  else if (options->target != NULL)
    connect_to_target (self);
  else if (kh_engine_get_server (self->engine) != NULL)
    begin_to_talk (self);
  else
    {
      g_autoptr (GError) error =
          g_error_new_literal (KH_ENGINE_ERROR, KH_ENGINE_ERROR_NO_SERVER, "");

      fail (self, error);
    }
}

static void on_opened (GObject *source, GAsyncResult *result, gpointer user_data);

static void
on_passphrase (const char *passphrase, gpointer user_data)
{
  KhTalk *self = user_data;
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->asking, kh_passphrase_free);
  if (passphrase == NULL)
    {
      error = g_error_new_literal (KH_ENGINE_ERROR, KH_ENGINE_ERROR_PASSPHRASE, "");
      fail (self, error);
      g_main_loop_quit (self->loop);
      return;
    }
  kh_engine_set_passphrase (self->engine, passphrase);
  kh_engine_open_async (self->engine, self->options->data_dir, KH_OPEN_NONE, self->cancellable,
                        on_opened, self);
}

/* FALSE where nobody can be asked, or was asked often enough. */
static gboolean
ask_passphrase (KhTalk *self)
{
  const char *prompt = self->n_asked == 0 ? _ ("Passphrase of your secret key")
                                          : _ ("That was not it. Passphrase of your secret key");

  if (self->n_asked++ < PASSPHRASE_TRIES)
    self->asking = kh_passphrase_ask (prompt, on_passphrase, self);
  return self->asking != NULL;
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  KhTalk *self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean opened = kh_engine_open_finish (self->engine, result, &error);

  if (self->stage == KH_TALK_CLOSING && opened)
    kh_engine_close_async (self->engine, on_closed, self);
  else if (self->stage == KH_TALK_CLOSING)
    g_main_loop_quit (self->loop);
  else if (!opened && g_error_matches (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_PASSPHRASE) &&
           ask_passphrase (self))
    return;
  else if (!opened)
    {
      /* It is not opening any more. */
      fail (self, error);
      g_main_loop_quit (self->loop);
    }
  else
    {
      if (self->options->name != NULL)
        kh_engine_set_name_async (self->engine, self->options->name, NULL, NULL, NULL);
      choose_server (self);
    }
}

/* What is wrong with the words alone is said before anything is touched. */
static gboolean
check_words (KhTalk *self)
{
  const KhOptions *options = self->options;
  g_autoptr (GError) error = NULL;

  if ((options->server != NULL && !kh_engine_check_server (options->server, &error)) ||
      (options->target != NULL &&
       !kh_engine_check_target (self->engine, options->target, NULL, &error)))
    {
      kh_talk_report_error (self, NULL, error);
      self->status = status_of (error);
      return FALSE;
    }
  return TRUE;
}

static void
talk_init (KhTalk *self, const KhOptions *options, KhOutput *output)
{
  static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

  self->options = options;
  self->output = output;
  self->engine = kh_engine_new ();
  kh_engine_set_accept_mode (self->engine, options->accept);
  kh_engine_set_port_mapping (self->engine, options->port_mapping);
  kh_engine_set_relay_policy (self->engine, options->relay);
  self->loop = g_main_loop_new (NULL, FALSE);
  self->cancellable = g_cancellable_new ();
  self->concerns = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  self->told = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->backlogs = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  self->unmarked = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  g_queue_init (&self->held);
  self->asks = !options->json && options->accept == KH_ACCEPT_ASK && isatty (STDIN_FILENO);
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    self->signals[i] = g_unix_signal_add (signals[i], on_signal, self);
  kh_talk_watch_engine (self);
  kh_talk_bench_init (self);
}

static void
talk_clear (KhTalk *self)
{
  GHashTableIter iter;
  gpointer conversation;

  for (gsize i = 0; i < G_N_ELEMENTS (self->signals); i++)
    g_clear_handle_id (&self->signals[i], g_source_remove);
  g_hash_table_iter_init (&iter, self->concerns);
  while (g_hash_table_iter_next (&iter, &conversation, NULL))
    g_signal_handlers_disconnect_by_data (conversation, self);
  kh_talk_unwatch (self);
  kh_talk_drop_backlogs (self);
  kh_talk_clear_held (self);
  g_clear_handle_id (&self->later, g_source_remove);
  g_clear_pointer (&self->asking, kh_passphrase_free);
  g_clear_pointer (&self->input, kh_input_free);
  g_clear_pointer (&self->unmarked, g_hash_table_unref);
  g_clear_pointer (&self->backlogs, g_hash_table_unref);
  g_clear_pointer (&self->told, g_hash_table_unref);
  g_clear_pointer (&self->concerns, g_hash_table_unref);
  g_clear_object (&self->target);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->engine);
  g_clear_pointer (&self->loop, g_main_loop_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KhTalk, talk_clear)

KhExit
kh_talk_run (const KhOptions *options, KhOutput *output)
{
  g_auto (KhTalk) self = { 0 };

  talk_init (&self, options, output);
  if (!check_words (&self))
    return self.status;
  kh_engine_open_async (self.engine, options->data_dir, KH_OPEN_NONE, self.cancellable, on_opened,
                        &self);
  g_main_loop_run (self.loop);
  /* What ended with the engine still has its callbacks to come. */
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  return self.status;
}
