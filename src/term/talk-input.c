/* talk-input.c: lines become messages, commands and answers
 *
 * Lines are taken only while less than KH_TALK_WINDOW messages are undelivered, so that a fast
 * writer (`yes | knothole-term`) waits in its pipe and not in our memory. Lines that come before
 * anybody has connected are held, within the same limit.
 */
#include "term/talk-private.h"

#include <string.h>
#include <unistd.h>

static void
held_line_free (gpointer data)
{
  KhHeldLine *line = data;

  g_free (line->text);
  g_free (line);
}

void
kh_talk_clear_held (KhTalk *self)
{
  g_queue_clear_full (&self->held, held_line_free);
}

/* sending */

typedef struct
{
  KhTalk *talk;
  KhConversation *conversation;
  guint64 number; /* of the line */
} Send;

static void
send_free (Send *send)
{
  g_object_unref (send->conversation);
  g_free (send);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Send, send_free)

/* A disk that takes nothing takes no later line either: without a person to mend it, what is not
 * read stays with whoever writes it. */
static void
on_not_stored (KhTalk *self, Send *send, const GError *error)
{
  self->failed = TRUE;
  if (self->stage == KH_TALK_CLOSING)
    return;
  kh_talk_report_error_once (self, send->conversation, error);
  kh_talk_report_own_error (self, KH_TERM_ERROR_LINE_NOT_SENT, send->number);
  if (!isatty (STDIN_FILENO) && error->domain == KH_ENGINE_ERROR &&
      (error->code == KH_ENGINE_ERROR_NO_SPACE || error->code == KH_ENGINE_ERROR_READ_ONLY ||
       error->code == KH_ENGINE_ERROR_DISK))
    kh_talk_quit (self, KH_EXIT_FAILED);
}

static void
on_stored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Send) send = user_data;
  KhTalk *self = send->talk;
  g_autoptr (GError) error = NULL;
  g_autoptr (KhChatMessage) message = kh_engine_send_finish (KH_ENGINE (source), result, &error);

  self->n_storing--;
  kh_talk_look_soon (self);
  if (message == NULL)
    {
      on_not_stored (self, send, error);
      return;
    }
  kh_talk_report (self, &(KhReport){ .type = KH_REPORT_SENT,
                                     .peer_id = kh_conversation_get_peer_id (send->conversation),
                                     .id = kh_chat_message_get_id (message),
                                     .text = kh_chat_message_get_text (message) });
  kh_talk_tell_problem (self, send->conversation);
}

static void
send_line (KhTalk *self, const char *text, guint64 number)
{
  Send *send = g_new0 (Send, 1);

  send->talk = self;
  send->conversation = g_object_ref (self->target);
  send->number = number;
  self->n_storing++;
  kh_engine_send_async (self->engine, self->target, text, NULL, on_stored, send);
}

static void
send_or_hold (KhTalk *self, const char *text, guint64 number)
{
  KhHeldLine *line;

  if (self->target != NULL)
    {
      send_line (self, text, number);
      return;
    }
  line = g_new (KhHeldLine, 1);
  *line = (KhHeldLine){ number, g_strdup (text) };
  g_queue_push_tail (&self->held, line);
}

static void
send_held (KhTalk *self)
{
  while (self->target != NULL && self->held.length > 0)
    {
      KhHeldLine *line = g_queue_pop_head (&self->held);

      send_line (self, line->text, line->number);
      held_line_free (line);
    }
}

/* answers to knocks, and other commands */

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  KhTalk *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (KhConversation) conversation =
      kh_engine_answer_finish (KH_ENGINE (source), result, &error);

  if (error != NULL && self->stage != KH_TALK_CLOSING)
    kh_talk_report_error (self, conversation, error);
}

static void
answer (KhTalk *self, KhKnock *knock, KhKnockAnswer how)
{
  kh_engine_answer_async (self->engine, knock, how, NULL, on_answered, self);
  kh_talk_print_question (self);
}

/* (transfer full): two spellings of an ID are one ID: case, hyphens, I and L for 1, O for 0 */
static char *
spell (const char *peer_id)
{
  GString *out = g_string_new (NULL);

  for (const char *p = peer_id; *p != '\0'; p++)
    {
      char c = g_ascii_tolower (*p);

      if (c == 'i' || c == 'l')
        c = '1';
      if (c == 'o')
        c = '0';
      if (!g_ascii_isspace (c) && c != '-')
        g_string_append_c (out, c);
    }
  return g_string_free (out, FALSE);
}

/* (transfer full) (nullable) */
static KhKnock *
find_knock (KhTalk *self, const char *peer_id)
{
  GListModel *requests = kh_engine_get_requests (self->engine);
  g_autofree char *wanted = spell (peer_id);

  for (guint i = 0; i < g_list_model_get_n_items (requests); i++)
    {
      g_autoptr (KhKnock) knock = g_list_model_get_item (requests, i);
      g_autofree char *there = spell (kh_knock_get_peer_id (knock));

      if (g_str_equal (there, wanted))
        return g_steal_pointer (&knock);
    }
  return NULL;
}

/* Contacts can be blocked too; accepting and declining is for who knocks. */
static void
run_answer (KhTalk *self, const char *peer_id, KhKnockAnswer how)
{
  g_autoptr (KhKnock) knock = find_knock (self, peer_id);
  KhConversation *contact = kh_engine_find_conversation (self->engine, peer_id);

  if (knock != NULL)
    answer (self, knock, how);
  else if (contact != NULL && how == KH_KNOCK_BLOCK)
    kh_engine_set_blocked_async (self->engine, contact, TRUE, NULL, NULL, NULL);
  else
    kh_talk_report_own_error (self, KH_TERM_ERROR_NO_KNOCK, 0);
}

static void
run_line (KhTalk *self, const char *text, guint64 number)
{
  KhCommand command = kh_command_parse (text);

  switch (command.type)
    {
    case KH_COMMAND_ACCEPT:
      run_answer (self, command.argument, KH_KNOCK_ACCEPT);
      break;
    case KH_COMMAND_DECLINE:
      run_answer (self, command.argument, KH_KNOCK_DECLINE);
      break;
    case KH_COMMAND_BLOCK:
      run_answer (self, command.argument, KH_KNOCK_BLOCK);
      break;
    case KH_COMMAND_WHY:
      kh_talk_print_why (self);
      break;
    case KH_COMMAND_HELP:
      kh_talk_print_help (self);
      break;
    case KH_COMMAND_QUIT:
      kh_talk_end_input (self);
      break;
    case KH_COMMAND_SEND:
    default:
      send_or_hold (self, command.argument, number);
    }
}

/* On a terminal, while somebody waits for an answer. */
static gboolean
take_answer (KhTalk *self, const char *text)
{
  g_autoptr (KhKnock) knock = NULL;

  if (!self->asks || strlen (text) != 1 || strchr ("yYnNbB", text[0]) == NULL)
    return FALSE;
  knock = g_list_model_get_item (kh_engine_get_requests (self->engine), 0);
  if (knock == NULL)
    return FALSE;
  answer (self, knock,
          strchr ("yY", text[0])   ? KH_KNOCK_ACCEPT
          : strchr ("nN", text[0]) ? KH_KNOCK_DECLINE
                                   : KH_KNOCK_BLOCK);
  return TRUE;
}

/* input */

static void
handle_line (KhTalk *self, const KhLine *line)
{
  self->has_read = TRUE;
  switch (line->kind)
    {
    case KH_LINE_TOO_LONG:
      self->failed = TRUE;
      kh_talk_report_own_error (self, KH_TERM_ERROR_LINE_TOO_LONG, line->number);
      break;
    case KH_LINE_NOT_TEXT:
      self->failed = TRUE;
      kh_talk_report_own_error (self, KH_TERM_ERROR_LINE_NOT_TEXT, line->number);
      break;
    case KH_LINE_TEXT:
    default:
      if (!take_answer (self, line->text))
        run_line (self, line->text, line->number);
    }
}

static void
on_ready (gpointer user_data)
{
  kh_talk_look_soon (user_data);
}

void
kh_talk_start_input (KhTalk *self)
{
  self->input = kh_input_new (STDIN_FILENO, KH_TEXT_MAX, on_ready, self);
}

/* Nobody may ever take what is held back: the patience counts then. */
static void
hold_back (KhTalk *self)
{
  if (!self->stalled)
    kh_talk_start_timeout (self);
  self->stalled = TRUE;
}

void
kh_talk_take_input (KhTalk *self)
{
  send_held (self);
  while (self->stage == KH_TALK_TALKING && self->input != NULL)
    {
      g_auto (KhLine) line = { 0 };

      if (kh_talk_count_undelivered (self) >= KH_TALK_WINDOW)
        {
          hold_back (self);
          return;
        }
      if (!kh_input_next (self->input, &line))
        return;
      handle_line (self, &line);
    }
}
