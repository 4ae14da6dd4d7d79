/* talk-events.c: what the engine has to say becomes reports
 *
 * Conditions that pass by themselves (the server is down, the peer is not there) are told once, and
 * again only after they were over; the engine goes on trying.
 */
#include "term/talk-private.h"

#include <glib/gi18n.h>

/* In the bits of what was told: the KhEngineErrors, and one for all errors of others. */
#define TOLD_OTHER 63
G_STATIC_ASSERT (KH_ENGINE_ERROR_CLOSED < TOLD_OTHER);

void
kh_talk_report (KhTalk *self, const KhReport *report)
{
  if (!kh_output_print (self->output, report, g_get_monotonic_time ()))
    kh_talk_look_soon (self);
}

void
kh_talk_report_error (KhTalk *self, KhConversation *conversation, const GError *error)
{
  const char *server = kh_engine_get_server (self->engine);
  g_autofree char *key = kh_engine_dup_offered_server_key (self->engine);
  const KhWordsContext context = {
    .server = self->stage == KH_TALK_OPENING && self->options->server != NULL
                  ? self->options->server
                  : server,
    .server_key = key,
    .peer = conversation != NULL ? kh_conversation_get_name (conversation) : NULL,
    .data_dir = self->options->data_dir,
  };
  g_autofree char *text = kh_words_error (error, &context);

  kh_talk_report (self, &(KhReport){ .type = KH_REPORT_ERROR,
                                     .code = kh_words_error_code (error),
                                     .text = text });
}

void
kh_talk_report_error_once (KhTalk *self, KhConversation *conversation, const GError *error)
{
  gpointer whose = conversation != NULL ? (gpointer) conversation : (gpointer) self->engine;
  const guint64 *told = g_hash_table_lookup (self->told, whose);
  guint64 bit = G_GUINT64_CONSTANT (1)
                << (error->domain == KH_ENGINE_ERROR ? error->code : TOLD_OTHER);
  guint64 bits = bit | (told != NULL ? *told : 0);

  if (told != NULL && *told == bits)
    return;
  g_hash_table_insert (self->told, whose, g_memdup2 (&bits, sizeof bits));
  kh_talk_report_error (self, conversation, error);
}

void
kh_talk_report_own_error (KhTalk *self, KhTermError code, guint64 number)
{
  g_autofree char *text = kh_words_term_error (code, number);

  kh_talk_report (self, &(KhReport){ .type = KH_REPORT_ERROR,
                                     .code = kh_term_error_to_string (code),
                                     .text = text });
}

/* the server */

static void
report_registered (KhTalk *self)
{
  const char *address = kh_engine_get_address (self->engine);

  g_hash_table_remove (self->told, self->engine);
  if (address != NULL)
    kh_talk_report (self, &(KhReport){ .type = KH_REPORT_REGISTERED,
                                       .peer_id = kh_engine_get_peer_id (self->engine),
                                       .address = address });
}

/* The user was asked to compare the key with what the server's people say, and gave it. */
static void
check_server_key (KhTalk *self, const GError *problem)
{
  g_autofree char *key = kh_engine_dup_offered_server_key (self->engine);

  if (key != NULL && g_strcmp0 (key, self->options->server_key) == 0)
    {
      kh_engine_accept_server_key_async (self->engine, NULL, NULL, NULL);
      return;
    }
  kh_talk_report_error_once (self, NULL, problem);
  kh_talk_quit (self, KH_EXIT_SERVER_KEY);
}

static void
on_link_changed (KhEngine *engine, KhTalk *self)
{
  const GError *problem = kh_engine_get_link_problem (engine);

  if (self->stage == KH_TALK_CLOSING)
    return;
  switch (kh_engine_get_link (engine))
    {
    case KH_ENGINE_LINK_ONLINE:
      report_registered (self);
      break;
    case KH_ENGINE_LINK_KEY_CHANGED:
      if (problem != NULL)
        check_server_key (self, problem);
      break;
    case KH_ENGINE_LINK_REPLACED:
      if (problem != NULL)
        kh_talk_report_error_once (self, NULL, problem);
      kh_talk_quit (self, KH_EXIT_FAILED);
      break;
    case KH_ENGINE_LINK_OFF:
    case KH_ENGINE_LINK_RESOLVING:
    case KH_ENGINE_LINK_REACHING:
    default:
      if (problem != NULL)
        kh_talk_report_error_once (self, NULL, problem);
    }
}

/* Another one than the user's own is no reason to stop; what ails it comes as a problem. */
static void
on_server_changed (KhEngine *engine, KhServerLink *link, KhTalk *self)
{
  g_autofree char *key = kh_server_link_dup_offered_key (link);

  if (self->stage != KH_TALK_CLOSING && !kh_server_link_is_default (link) && key != NULL &&
      g_strcmp0 (key, self->options->server_key) == 0)
    kh_engine_accept_key_of_async (engine, link, NULL, NULL, NULL);
}

/* knocks */

static void
report_knock (KhTalk *self, KhKnock *knock)
{
  const char *peer_id = kh_knock_get_peer_id (knock);
  g_autofree char *hint = NULL;

  if (!self->asks)
    hint = g_strdup_printf (_ ("To answer, write /accept %s or /decline or /block, with the ID."),
                            peer_id);
  else
    hint = g_strdup (_ ("Type y to accept, n to decline, b to block them for good."));
  kh_talk_report (self, &(KhReport){ .type = KH_REPORT_KNOCK,
                                     .peer_id = peer_id,
                                     .name = kh_knock_get_name (knock),
                                     .hint = hint });
}

void
kh_talk_print_question (KhTalk *self)
{
  g_autoptr (KhKnock) knock =
      self->asks ? g_list_model_get_item (kh_engine_get_requests (self->engine), 0) : NULL;

  if (knock != NULL)
    report_knock (self, knock);
}

/* On a terminal one question at a time; the next follows the answer (talk-input.c). */
static void
on_knock (KhEngine *engine, KhKnock *knock, KhTalk *self)
{
  if (!self->asks || g_list_model_get_n_items (kh_engine_get_requests (engine)) == 1)
    report_knock (self, knock);
}

/* contacts */

static void
on_session (KhEngine *engine, KhConversation *conversation, gint64 elapsed_us, KhTalk *self)
{
  g_hash_table_remove (self->told, conversation);
  if (conversation == self->target)
    self->has_met = TRUE;
  kh_talk_report (self, &(KhReport){ .type = KH_REPORT_SESSION,
                                     .peer_id = kh_conversation_get_peer_id (conversation),
                                     .name = kh_conversation_get_name (conversation),
                                     .elapsed_us = elapsed_us });
  kh_talk_look_soon (self);
  if (self->options->target == NULL && self->stage != KH_TALK_CLOSING)
    kh_talk_set_target (self, conversation);
}

static void
on_path (KhEngine *engine, KhConversation *conversation, gint64 elapsed_us, KhTalk *self)
{
  KhRoute route = kh_conversation_get_route (conversation);
  const char *remote = kh_conversation_get_remote_address (conversation);

  if (route == KH_ROUTE_NONE)
    return;
  kh_talk_report (self, &(KhReport){ .type = KH_REPORT_PATH,
                                     .peer_id = kh_conversation_get_peer_id (conversation),
                                     .name = kh_conversation_get_name (conversation),
                                     .kind = kh_route_to_string (route),
                                     .family = kh_report_family (remote),
                                     .local = kh_conversation_get_local_address (conversation),
                                     .remote = remote,
                                     .rtt_us = kh_conversation_get_rtt (conversation),
                                     .elapsed_us = elapsed_us });
  kh_talk_look_soon (self);
}

void
kh_talk_mark_read (KhTalk *self)
{
  GHashTableIter iter;
  gpointer conversation;

  g_clear_handle_id (&self->marking, g_source_remove);
  g_hash_table_iter_init (&iter, self->unmarked);
  while (g_hash_table_iter_next (&iter, &conversation, NULL))
    kh_engine_mark_read (self->engine, conversation);
  g_hash_table_remove_all (self->unmarked);
}

/* For all that was printed in this turn: one write to the disk, one frame to the peer. */
static gboolean
mark_read (gpointer user_data)
{
  KhTalk *self = user_data;

  self->marking = 0;
  kh_talk_mark_read (self);
  return G_SOURCE_REMOVE;
}

/* Seen is what is out; where nobody reads our output any more, it stays unread. */
void
kh_talk_print_message (KhTalk *self, KhConversation *conversation, KhChatMessage *message)
{
  kh_talk_report (self, &(KhReport){ .type = KH_REPORT_MESSAGE,
                                     .peer_id = kh_conversation_get_peer_id (conversation),
                                     .name = kh_conversation_get_name (conversation),
                                     .id = kh_chat_message_get_id (message),
                                     .text = kh_chat_message_get_text (message),
                                     .sent_time = kh_chat_message_get_sent_time (message) });
  if (kh_output_is_broken (self->output) || !kh_engine_is_open (self->engine))
    return;
  g_hash_table_add (self->unmarked, g_object_ref (conversation));
  if (self->marking == 0)
    self->marking = g_idle_add (mark_read, self);
}

static void
on_message (KhEngine *engine, KhConversation *conversation, KhChatMessage *message, KhTalk *self)
{
  if (!g_hash_table_contains (self->backlogs, conversation))
    kh_talk_print_message (self, conversation, message);
  if (self->options->target == NULL && self->stage != KH_TALK_CLOSING)
    kh_talk_set_target (self, conversation);
}

static void
on_message_changed (KhEngine *engine,
                    KhConversation *conversation,
                    KhChatMessage *message,
                    KhMessageChange change,
                    KhTalk *self)
{
  g_autofree char *reactions = g_strjoinv (" ", (char **) kh_chat_message_get_reactions (message));

  kh_talk_report (self, &(KhReport){ .type = KH_REPORT_CHANGED,
                                     .peer_id = kh_conversation_get_peer_id (conversation),
                                     .name = kh_conversation_get_name (conversation),
                                     .id = kh_chat_message_get_id (message),
                                     .state = kh_message_change_to_string (change),
                                     .text = change == KH_MESSAGE_CHANGE_REACTIONS
                                                 ? reactions
                                                 : kh_chat_message_get_text (message) });
}

static void
on_receipt (KhEngine *engine,
            KhConversation *conversation,
            const char *id,
            KhMessageStatus status,
            KhTalk *self)
{
  kh_talk_report (self, &(KhReport){ .type = KH_REPORT_RECEIPT,
                                     .peer_id = kh_conversation_get_peer_id (conversation),
                                     .id = id,
                                     .state = kh_message_status_to_string (status) });
  kh_talk_look_soon (self);
}

static void
on_closed (
    KhEngine *engine, KhConversation *conversation, KhEnded why, const char *reason, KhTalk *self)
{
  g_autofree char *text = kh_words_ended (why, kh_conversation_get_name (conversation));

  kh_talk_report (self, &(KhReport){ .type = KH_REPORT_CLOSED,
                                     .peer_id = kh_conversation_get_peer_id (conversation),
                                     .name = kh_conversation_get_name (conversation),
                                     .reason = kh_ended_to_string (why),
                                     .text = text });
}

static void
on_problem (KhEngine *engine, KhConversation *conversation, const GError *error, KhTalk *self)
{
  /* The engine tells each once, of several servers. */
  if (g_error_matches (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_OTHER_SERVER))
    kh_talk_report_error (self, conversation, error);
  else
    kh_talk_report_error_once (self, conversation, error);
}

/* Whether they are there matters to who wants to reach them: for the first time, or with messages
 * that have not arrived. Who only receives need not hear of everybody's coming and going. */
void
kh_talk_tell_problem (KhTalk *self, KhConversation *conversation)
{
  const GError *problem = kh_conversation_get_problem (conversation);
  gboolean wanted = self->options->target != NULL && !self->has_met;

  if (problem != NULL && self->stage != KH_TALK_CLOSING &&
      (wanted || kh_conversation_get_undelivered (conversation) > 0))
    kh_talk_report_error_once (self, conversation, problem);
}

static void
on_presence (KhConversation *conversation, GParamSpec *pspec, KhTalk *self)
{
  kh_talk_tell_problem (self, conversation);
}

void
kh_talk_watch_presence (KhTalk *self, KhConversation *conversation)
{
  g_signal_connect (conversation, "notify::presence", G_CALLBACK (on_presence), self);
  kh_talk_tell_problem (self, conversation);
}

void
kh_talk_watch_engine (KhTalk *self)
{
  static const struct
  {
    const char *signal;
    GCallback callback;
  } watched[] = {
    { "link-changed", G_CALLBACK (on_link_changed) },
    { "server-changed", G_CALLBACK (on_server_changed) },
    { "knock", G_CALLBACK (on_knock) },
    { "session", G_CALLBACK (on_session) },
    { "path", G_CALLBACK (on_path) },
    { "verdict", G_CALLBACK (kh_talk_on_verdict) },
    { "message-received", G_CALLBACK (on_message) },
    { "message-changed", G_CALLBACK (on_message_changed) },
    { "receipt", G_CALLBACK (on_receipt) },
    { "closed", G_CALLBACK (on_closed) },
    { "problem", G_CALLBACK (on_problem) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_connect (self->engine, watched[i].signal, watched[i].callback, self);
}

void
kh_talk_unwatch (KhTalk *self)
{
  g_clear_handle_id (&self->marking, g_source_remove);
  g_signal_handlers_disconnect_by_data (self->engine, self);
}
