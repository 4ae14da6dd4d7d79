/* words-state.c: the app's words for how things stand: chip, presence, ticks, requests
 *
 * See words.h. Short ones, for places that are always on view; the sentences about failures are
 * in words.c.
 */
#include "app/words.h"

#include <glib/gi18n.h>

#include "app/when.h"

const char *
kh_words_presence (KhPresence presence)
{
  switch (presence)
    {
    case KH_PRESENCE_CONNECTED:
      return C_ ("contact", "connected");
    case KH_PRESENCE_LOOKUP:
    case KH_PRESENCE_KNOCKING:
    case KH_PRESENCE_PUNCHING:
      return C_ ("contact", "connecting");
    case KH_PRESENCE_UNANSWERED:
      return _ ("no answer yet");
    case KH_PRESENCE_NO_PATH:
      return _ ("no direct path");
    case KH_PRESENCE_WRONG_KEY:
      return _ ("wrong key");
    case KH_PRESENCE_IDLE:
    case KH_PRESENCE_NO_SERVER:
    case KH_PRESENCE_OFFLINE:
    default:
      return _ ("not online");
    }
}

const char *
kh_words_status (KhMessageStatus status)
{
  switch (status)
    {
    case KH_MESSAGE_STATUS_SENT:
      return C_ ("message status", "Sent");
    case KH_MESSAGE_STATUS_DELIVERED:
      return C_ ("message status", "Delivered");
    case KH_MESSAGE_STATUS_READ:
      return C_ ("message status", "Read");
    case KH_MESSAGE_STATUS_PENDING:
    default:
      return _ ("Waiting to be sent");
    }
}

static void
append_time (GString *text, const char *what, gint64 time_us)
{
  g_autofree char *when = kh_when_exact (time_us);

  if (time_us == 0)
    return;
  if (text->len > 0)
    g_string_append_c (text, '\n');
  /* TRANSLATORS: "Delivered: 3 March 2026, 14:05:09" */
  g_string_append_printf (text, _ ("%s: %s"), what, when);
}

char *
kh_words_times (KhChatMessage *message)
{
  gboolean own = kh_chat_message_get_outgoing (message);
  KhMessageStatus status = kh_chat_message_get_status (message);
  gint64 delivered_us = kh_chat_message_get_delivered_time (message);
  gint64 read_us = own ? kh_chat_message_get_read_time (message) : 0;
  GString *text = g_string_new (NULL);

  append_time (text,
               own ? C_ ("time of a message", "Written")
                   : C_ ("time of a message", "Written, by their clock"),
               kh_chat_message_get_sent_time (message));
  if (!own)
    append_time (text, C_ ("time of a message", "Arrived"),
                 kh_chat_message_get_received_time (message));
  append_time (text, C_ ("time of a message", "Changed"),
               kh_chat_message_get_edited_time (message));
  append_time (text, C_ ("time of a message", "Delivered"), delivered_us);
  append_time (text, C_ ("time of a message", "Read"), read_us);
  if (own && (status == KH_MESSAGE_STATUS_READ ? read_us == 0 : delivered_us == 0))
    g_string_append_printf (text, "\n%s", kh_words_status (status));
  return g_string_free (text, FALSE);
}

char *
kh_words_knock (KhKnock *knock)
{
  const char *name = kh_knock_get_name (knock);
  g_autofree char *isolated = kh_words_isolate (name);

  if (*name == '\0')
    return g_strdup (_ ("Someone without a name wants to talk"));
  return g_strdup_printf (_ ("%s (unverified) wants to talk"), isolated);
}

/* @ms: for people: no fractions, and never 0. */
static int
rtt_to_ms (gint64 rtt_us)
{
  return (int) CLAMP ((rtt_us + 500) / 1000, 1, G_MAXINT);
}

static char *
chip_connected (KhConversation *conversation)
{
  gint64 rtt_us = kh_conversation_get_rtt (conversation);
  gboolean relayed = kh_conversation_get_route (conversation) == KH_ROUTE_RELAY;
  const char *how = relayed ? C_ ("connection", "relayed") : C_ ("connection", "direct");

  if (kh_conversation_get_route (conversation) == KH_ROUTE_NONE)
    return g_strdup (C_ ("connection", "connected"));
  if (rtt_us <= 0)
    return g_strdup (how);
  /* TRANSLATORS: "direct, 23 ms" */
  return g_strdup_printf (_ ("%s, %d ms"), how, rtt_to_ms (rtt_us));
}

static char *
chip_without_server (KhEngineLink link, const GError *link_problem)
{
  if (link == KH_ENGINE_LINK_KEY_CHANGED)
    return g_strdup (_ ("server’s key has changed"));
  if (link == KH_ENGINE_LINK_REPLACED)
    return g_strdup (_ ("online elsewhere"));
  if (link == KH_ENGINE_LINK_OFF)
    return g_strdup (_ ("no server"));
  if (link_problem != NULL)
    return g_strdup (_ ("server cannot be reached"));
  return g_strdup (_ ("looking for the server…"));
}

char *
kh_words_chip (KhConversation *conversation, KhEngineLink link, const GError *link_problem)
{
  g_autofree char *name = kh_words_isolate (kh_conversation_get_name (conversation));

  if (kh_conversation_get_blocked (conversation))
    return g_strdup (C_ ("contact", "blocked"));

  switch (kh_conversation_get_presence (conversation))
    {
    case KH_PRESENCE_CONNECTED:
      return chip_connected (conversation);
    case KH_PRESENCE_NO_SERVER:
      return chip_without_server (link, link_problem);
    case KH_PRESENCE_LOOKUP:
      return g_strdup_printf (_ ("looking for %s…"), name);
    case KH_PRESENCE_KNOCKING:
      return g_strdup_printf (_ ("asking %s…"), name);
    case KH_PRESENCE_PUNCHING:
      return g_strdup_printf (_ ("connecting to %s…"), name);
    case KH_PRESENCE_UNANSWERED:
    case KH_PRESENCE_OFFLINE:
      return g_strdup_printf (_ ("waiting for %s"), name);
    case KH_PRESENCE_NO_PATH:
      return g_strdup (_ ("no direct path"));
    case KH_PRESENCE_WRONG_KEY:
      return g_strdup (_ ("wrong key, not connected"));
    case KH_PRESENCE_IDLE:
    default:
      return g_strdup (_ ("not connected"));
    }
}

const char *
kh_words_chip_short (KhConversation *conversation)
{
  if (kh_conversation_get_blocked (conversation))
    return C_ ("contact", "blocked");
  return kh_words_presence (kh_conversation_get_presence (conversation));
}

static char *
connection_connected (KhConversation *conversation)
{
  const char *local = kh_conversation_get_local_address (conversation);
  const char *remote = kh_conversation_get_remote_address (conversation);
  gint64 rtt_us = kh_conversation_get_rtt (conversation);
  GString *text = g_string_new (NULL);

  if (kh_conversation_get_route (conversation) == KH_ROUTE_RELAY)
    g_string_append (text, _ ("Your messages pass through the server, which cannot read them."));
  else
    g_string_append (text, _ ("Your computers talk directly. Nobody is in between."));
  if (rtt_us > 0)
    {
      g_string_append_c (text, '\n');
      g_string_append_printf (text, _ ("Round trip: %d ms"), rtt_to_ms (rtt_us));
    }
  if (local != NULL && remote != NULL)
    {
      g_autofree char *isolated_local = kh_words_isolate (local);
      g_autofree char *isolated_remote = kh_words_isolate (remote);

      g_string_append_c (text, '\n');
      g_string_append_printf (text, _ ("Your side: %s"), isolated_local);
      g_string_append_c (text, '\n');
      g_string_append_printf (text, _ ("Their side: %s"), isolated_remote);
    }
  return g_string_free (text, FALSE);
}

char *
kh_words_connection (KhConversation *conversation, KhEngineLink link, const GError *link_problem)
{
  g_auto (KhWords) words = { NULL, NULL };

  if (kh_conversation_get_presence (conversation) == KH_PRESENCE_CONNECTED)
    return connection_connected (conversation);
  if (kh_conversation_get_presence (conversation) == KH_PRESENCE_NO_SERVER && link_problem != NULL)
    {
      words = kh_words_for_link_problem (link_problem, NULL);
      return g_steal_pointer (&words.body);
    }
  if (kh_words_for_conversation (conversation, link, &words))
    return g_steal_pointer (&words.body);
  return g_strdup (_ ("Being connected. What you write is kept here and sent as soon as it is."));
}
