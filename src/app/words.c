/* words.c: the app's words for the engine's values
 *
 * One place for every sentence about a failure or a state, so that they can be read, compared and
 * translated together. Of a failure they say what happened, why, and what to do. The engine gives
 * domain and code; only for what was typed does it say more than the code can.
 */
#include "app/words.h"

#include <glib/gi18n.h>

void
kh_words_clear (KhWords *self)
{
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->body, g_free);
}

char *
kh_words_isolate (const char *text)
{
  return g_strconcat ("\u2068", text, "\u2069", NULL);
}

void
kh_words_add (char **text, const char *more)
{
  g_autofree char *before = g_steal_pointer (text);

  /* TRANSLATORS: two things that a screen reader says of a row, one after the other: "Ada, online",
   * "Ada, online, 2 unread messages" */
  *text = g_strdup_printf (C_ ("facts about a row", "%s, %s"), before, more);
}

char *
kh_words_sentence (const char *message)
{
  g_autofree char *first = g_utf8_strup (message, g_utf8_next_char (message) - message);
  const char *end = g_str_has_suffix (message, ".") ? "" : ".";

  return g_strconcat (first, g_utf8_next_char (message), end, NULL);
}

static KhWords
words (const char *title, const char *body)
{
  return (KhWords){ .title = g_strdup (title), .body = g_strdup (body) };
}

static KhWords words_about (const char *title, const char *format, ...) G_GNUC_PRINTF (2, 3);

static KhWords
words_about (const char *title, const char *format, ...)
{
  KhWords self = { .title = g_strdup (title) };
  va_list arguments;

  va_start (arguments, format);
  self.body = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return self;
}

/* the disk and the start */

static KhWords
words_for_disk (KhEngineError code, const char *data_dir)
{
  g_autofree char *where =
      data_dir != NULL ? kh_words_isolate (data_dir) : g_strdup (_ ("your data folder"));

  switch ((int) code)
    {
    case KH_ENGINE_ERROR_NO_SPACE:
      return words_about (_ ("The disk is full"),
                          _ ("There is no room left where %s is kept. Nothing was changed. Free "
                             "some space and try again."),
                          where);
    case KH_ENGINE_ERROR_READ_ONLY:
      return words_about (_ ("Your data folder cannot be written to"),
                          _ ("Knothole keeps your chats in %s, and this folder or a file in it is "
                             "read-only. Give yourself permission to write there and try again."),
                          where);
    case KH_ENGINE_ERROR_LOCKED:
      return words_about (_ ("Knothole is already running"),
                          _ ("Another window or terminal uses %s. Close it and try again, or start "
                             "this one with another folder by --data-dir."),
                          where);
    case KH_ENGINE_ERROR_NEWER_DATABASE:
      return words_about (_ ("Your history was written by a newer Knothole"),
                          _ ("This version cannot read the history in %s, and leaves it as it is. "
                             "Install the newer version again to open it."),
                          where);
    case KH_ENGINE_ERROR_CORRUPT_DATABASE:
      return words_about (_ ("Your history is damaged"),
                          _ ("The history in %s cannot be read, and was left as it is. You can set "
                             "it aside: it is kept there under another name, and you start with "
                             "an empty one. Your peer ID stays the same."),
                          where);
    case KH_ENGINE_ERROR_IDENTITY_FILE:
      return words_about (_ ("Your secret key cannot be used"),
                          _ ("The key file in %s is damaged, or other users of this computer can "
                             "read it. Restore it from a backup, or take their permission away "
                             "(chmod 600), and try again. No new key was made."),
                          where);
    case KH_ENGINE_ERROR_PASSPHRASE:
      return words (_ ("Your secret key is under a passphrase"),
                    _ ("Knothole cannot open your identity without it. Enter the passphrase that "
                       "you chose for it."));
    case KH_ENGINE_ERROR_KEYRING:
      return words (_ ("Your keyring cannot be opened"),
                    _ ("Your secret key is in the keyring of this desktop, which is not running, "
                       "is locked, or does not have it any more. Unlock it and try again, or "
                       "restore a backup into another folder. No new key was made."));
    case KH_ENGINE_ERROR_BIND:
      return words (_ ("The network port is taken"),
                    _ ("Another program uses the port, or this computer has no network. Close the "
                       "other program and try again."));
    default:
      g_assert_not_reached ();
    }
}

KhWords
kh_words_for_error (const GError *error, const char *data_dir)
{
  if (error->domain != KH_ENGINE_ERROR)
    return words (_ ("Something went wrong"), error->message);

  switch ((KhEngineError) error->code)
    {
    case KH_ENGINE_ERROR_NO_SPACE:
    case KH_ENGINE_ERROR_READ_ONLY:
    case KH_ENGINE_ERROR_LOCKED:
    case KH_ENGINE_ERROR_NEWER_DATABASE:
    case KH_ENGINE_ERROR_CORRUPT_DATABASE:
    case KH_ENGINE_ERROR_IDENTITY_FILE:
    case KH_ENGINE_ERROR_PASSPHRASE:
    case KH_ENGINE_ERROR_KEYRING:
    case KH_ENGINE_ERROR_BIND:
      return words_for_disk ((KhEngineError) error->code, data_dir);
    case KH_ENGINE_ERROR_DISK:
      return words (_ ("The disk reports an error"), error->message);
    case KH_ENGINE_ERROR_BAD_PEER_ID:
    case KH_ENGINE_ERROR_OWN_ID:
      return words (_ ("This is no peer ID of somebody else"), error->message);
    case KH_ENGINE_ERROR_BAD_SERVER:
      return words (_ ("This is no server address"), error->message);
    case KH_ENGINE_ERROR_TOO_LONG:
      return words (_ ("The message is too long"),
                    _ ("A message holds at most 64 KiB of text. Send it in parts."));
    case KH_ENGINE_ERROR_INVALID:
    case KH_ENGINE_ERROR_REFUSED:
    case KH_ENGINE_ERROR_INTERRUPTED:
      return words (_ ("This is not possible now"), error->message);
    case KH_ENGINE_ERROR_OTHER_SERVER:
      return words (_ ("Another server cannot be used"), error->message);
    case KH_ENGINE_ERROR_CLOSED:
      return words (_ ("Knothole is closing"), _ ("Nothing was changed. Start it again."));
    case KH_ENGINE_ERROR_RESOLVE:
    case KH_ENGINE_ERROR_NO_SERVER:
    case KH_ENGINE_ERROR_SERVER_SILENT:
    case KH_ENGINE_ERROR_SERVER_REFUSED:
    case KH_ENGINE_ERROR_SERVER_VERSION:
    case KH_ENGINE_ERROR_SERVER_LOST:
    case KH_ENGINE_ERROR_SERVER_GOING_AWAY:
    case KH_ENGINE_ERROR_SERVER_UNPROVEN:
    case KH_ENGINE_ERROR_SERVER_KEY_CHANGED:
    case KH_ENGINE_ERROR_REPLACED:
      return kh_words_for_link_problem (error, NULL);
    case KH_ENGINE_ERROR_PEER_OFFLINE:
    case KH_ENGINE_ERROR_PEER_UNANSWERED:
    case KH_ENGINE_ERROR_PEER_WRONG_KEY:
    case KH_ENGINE_ERROR_PEER_PROTOCOL:
    case KH_ENGINE_ERROR_NO_PATH:
    case KH_ENGINE_ERROR_NO_RELAY:
    default:
      return words (_ ("Something went wrong"), error->message);
    }
}

/* the server */

KhWords
kh_words_for_link_problem (const GError *error, const char *server)
{
  g_autofree char *who = server != NULL ? kh_words_isolate (server) : g_strdup (_ ("the server"));

  if (error->domain != KH_ENGINE_ERROR)
    return words (_ ("The server cannot be reached"), error->message);

  switch (error->code)
    {
    case KH_ENGINE_ERROR_NO_SERVER:
      return words (_ ("No server is chosen"),
                    _ ("People meet at a server. Choose the same one as the person you want to "
                       "talk to."));
    case KH_ENGINE_ERROR_RESOLVE:
      return words_about (_ ("The server’s name is not known"),
                          _ ("No address was found for %s. Check the spelling and your internet "
                             "connection. Knothole keeps trying."),
                          who);
    case KH_ENGINE_ERROR_SERVER_SILENT:
      return words_about (_ ("The server does not answer"),
                          _ ("Nothing comes back from %s: the address may be wrong, a firewall in "
                             "between, or the server down. Knothole keeps trying."),
                          who);
    case KH_ENGINE_ERROR_SERVER_REFUSED:
      return words_about (_ ("No server is running there"),
                          _ ("The computer at %s is reachable, but no Knothole server listens at "
                             "this port. Check the port, or start the server. Knothole keeps "
                             "trying."),
                          who);
    case KH_ENGINE_ERROR_SERVER_VERSION:
      return words_about (_ ("The server speaks another version"),
                          _ ("%s and this Knothole do not understand each other. One of the two "
                             "has to be updated."),
                          who);
    case KH_ENGINE_ERROR_SERVER_LOST:
      return words_about (_ ("The connection to the server was lost"),
                          _ ("%s stopped answering. Open chats go on; Knothole is trying to reach "
                             "it again."),
                          who);
    case KH_ENGINE_ERROR_SERVER_GOING_AWAY:
      return words_about (_ ("The server is stopping"),
                          _ ("%s said goodbye. Open chats go on; Knothole comes back as soon as "
                             "the server does."),
                          who);
    case KH_ENGINE_ERROR_SERVER_UNPROVEN:
      return words_about (_ ("The server cannot prove who it is"),
                          _ ("What answers at %s does not have the server’s key. Something in "
                             "between may be pretending to be it. Knothole keeps trying."),
                          who);
    case KH_ENGINE_ERROR_SERVER_KEY_CHANGED:
      return words_about (_ ("The server is not the one you know"),
                          _ ("The key of %s has changed. Either it was set up anew, or someone is "
                             "pretending to be it. Ask whoever runs it before you trust it."),
                          who);
    case KH_ENGINE_ERROR_REPLACED:
      return words (_ ("You are online somewhere else"),
                    _ ("Your identity went online from another place, and can be in one only."));
    default:
      return words (_ ("The server cannot be reached"), error->message);
    }
}

/* a contact */

gboolean
kh_words_for_conversation (KhConversation *conversation, KhEngineLink link, KhWords *ret_words)
{
  g_autofree char *name = kh_words_isolate (kh_conversation_get_name (conversation));
  const GError *problem = kh_conversation_get_problem (conversation);

  if (kh_conversation_get_blocked (conversation))
    {
      *ret_words = words_about (C_ ("contact", "Blocked"), _ ("%s cannot reach you."), name);
      return TRUE;
    }
  if (problem != NULL && problem->domain == KH_ENGINE_ERROR &&
      problem->code == KH_ENGINE_ERROR_PEER_PROTOCOL)
    {
      *ret_words = words_about (_ ("The connection was ended"),
                                _ ("What %s sends cannot be understood: one of the two programs "
                                   "may need an update. Nothing is lost; it is tried again."),
                                name);
      return TRUE;
    }

  switch (kh_conversation_get_presence (conversation))
    {
    case KH_PRESENCE_NO_SERVER:
      /* What ails the user's own server is told for all at once, above. */
      if (problem != NULL)
        {
          *ret_words =
              kh_words_for_link_problem (problem, kh_conversation_get_server (conversation));
          return TRUE;
        }
      if (link == KH_ENGINE_LINK_RESOLVING || link == KH_ENGINE_LINK_REACHING ||
          link == KH_ENGINE_LINK_ONLINE)
        return FALSE;
      *ret_words = words_about (_ ("Not connected to a server"),
                                _ ("Messages to %s wait on this computer until you are."), name);
      return TRUE;
    case KH_PRESENCE_UNANSWERED:
      *ret_words = words_about (_ ("No answer yet"),
                                _ ("%s is there, but has not accepted so far. Your messages wait "
                                   "on this computer and are sent once they do."),
                                name);
      return TRUE;
    case KH_PRESENCE_OFFLINE:
      *ret_words = words_about (_ ("Not online"),
                                _ ("%s is not at this server now. Your messages wait on this "
                                   "computer and are sent when they come."),
                                name);
      return TRUE;
    case KH_PRESENCE_NO_PATH:
      *ret_words = words_about (_ ("No direct path"),
                                _ ("The routers on the way to %s let nothing through. It is tried "
                                   "again by and by; your messages wait on this computer. Another "
                                   "network on one side often helps."),
                                name);
      return TRUE;
    case KH_PRESENCE_WRONG_KEY:
      *ret_words = words_about (_ ("The server gave a wrong key"),
                                _ ("It does not belong to the peer ID of %s, so nothing was sent. "
                                   "The server may be faulty or lying: use another one."),
                                name);
      return TRUE;
    case KH_PRESENCE_IDLE:
    case KH_PRESENCE_LOOKUP:
    case KH_PRESENCE_KNOCKING:
    case KH_PRESENCE_PUNCHING:
    case KH_PRESENCE_CONNECTED:
    default:
      return FALSE;
    }
}
