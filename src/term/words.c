/* words.c: what the program says to people
 *
 * One table for each kind of thing. "{server}", "{peer}", "{dir}", "{key}" are filled in from the
 * context, and "{detail}" is the engine's own words, for errors that have many forms (which
 * group of the ID is mistyped, which file cannot be read). Translators may move them about.
 */
#include "term/words.h"

#include <inttypes.h>
#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n.h>

static const char *const error_texts[] = {
  [KH_ENGINE_ERROR_DISK] = N_ ("The data folder {dir} cannot be used ({detail}). Mend that, or "
                               "choose another folder with --data-dir."),
  [KH_ENGINE_ERROR_NO_SPACE] = N_ (
      "There is no space left on the disk of {dir}, so nothing was saved there. Free some space "
      "and try again; what was saved before is untouched."),
  [KH_ENGINE_ERROR_READ_ONLY] =
      N_ ("The data folder {dir} cannot be written to, by its permissions or because the disk is "
          "read-only. Make it writable, or choose another folder with --data-dir."),
  [KH_ENGINE_ERROR_LOCKED] =
      N_ ("Another Knothole is using the data folder {dir}, and only one can at a time. Close it, "
          "or choose another folder with --data-dir."),
  [KH_ENGINE_ERROR_NEWER_DATABASE] = N_ (
      "The history in {dir} was written by a newer version of Knothole, and this one would damage "
      "it; it was left as it is. Install the newer version, or choose another folder with "
      "--data-dir."),
  [KH_ENGINE_ERROR_CORRUPT_DATABASE] =
      N_ ("The history in {dir} is damaged, and was left as it is ({detail}). Restore it from a "
          "copy, or move the file history.db away to begin a new one."),
  [KH_ENGINE_ERROR_IDENTITY_FILE] =
      N_ ("Your identity in {dir} cannot be used, and no new one was made in its place ({detail}). "
          "Mend that, or choose another folder with --data-dir."),
  [KH_ENGINE_ERROR_PASSPHRASE] =
      N_ ("Your secret key in {dir} is under a passphrase, and this was not it, or there is no "
          "terminal to ask for it. Start knothole-term on a terminal, or let the app keep the key "
          "another way (Preferences, Secret Key)."),
  [KH_ENGINE_ERROR_KEYRING] =
      N_ ("Your secret key is in the keyring of your desktop, which cannot be used from here "
          "({detail}). Start knothole-term within the desktop and unlock the keyring, or let the "
          "app keep the key in a file (Preferences, Secret Key)."),
  [KH_ENGINE_ERROR_BAD_PEER_ID] =
      N_ ("That is no peer ID and no invite link: {detail}. Copy it whole from where you got it: a "
          "peer ID has 7 groups of 4 characters, an invite link begins with “knothole:”."),
  [KH_ENGINE_ERROR_OWN_ID] =
      N_ ("That is your own peer ID. Give the ID of the person that you want to talk to; they find "
          "theirs with “knothole-term --id”, or in the app's window."),
  [KH_ENGINE_ERROR_BAD_SERVER] = N_ ("“{server}” is no server: {detail}. Write it as HOST or "
                                     "HOST:PORT, for example --server example.org:4430."),
  [KH_ENGINE_ERROR_TOO_LONG] = N_ ("The message is longer than 64 KiB and was not sent. Split it."),
  [KH_ENGINE_ERROR_INVALID] = N_ ("That is not possible: {detail}."),
  [KH_ENGINE_ERROR_BIND] = N_ ("No network socket could be opened ({detail}). Look whether the "
                               "network is up, and whether a sandbox or firewall forbids it."),
  [KH_ENGINE_ERROR_RESOLVE] = N_ (
      "The server {server} cannot be found: its name has no address, or this computer is offline. "
      "Check the spelling after --server and the network; trying again until then."),
  [KH_ENGINE_ERROR_NO_SERVER] =
      N_ ("No server was chosen, and none is remembered. Name the one that both of you use with "
          "--server HOST[:PORT], or give an invite link."),
  [KH_ENGINE_ERROR_SERVER_SILENT] = N_ (
      "The server {server} does not answer: the address is wrong, the server is down, or a "
      "firewall drops UDP. Check the address after --server, or ask who runs the server; trying "
      "again until then."),
  [KH_ENGINE_ERROR_SERVER_REFUSED] = N_ (
      "{server} is there, but no Knothole server listens at that port: it is down, or the port is "
      "wrong. Check the port after --server, or ask who runs the server; trying again until "
      "then."),
  [KH_ENGINE_ERROR_SERVER_VERSION] =
      N_ ("The server {server} speaks another version of the protocol. Bring the older of the two, "
          "this program or the server, up to date."),
  [KH_ENGINE_ERROR_SERVER_LOST] =
      N_ ("The server {server} stopped answering: it went down, or the network did. Sessions go on "
          "without it; reconnecting as soon as it answers."),
  [KH_ENGINE_ERROR_SERVER_GOING_AWAY] = N_ (
      "The server {server} is shutting down. Sessions go on without it; reconnecting as soon as "
      "it is back."),
  [KH_ENGINE_ERROR_SERVER_UNPROVEN] = N_ (
      "Something answers at {server}, but cannot prove that it has the server's key: the network "
      "may be tampered with. Nothing was told to it. Try another network, or ask who runs the "
      "server."),
  [KH_ENGINE_ERROR_SERVER_KEY_CHANGED] = N_ (
      "The server {server} has another key than before. Either it was set up anew, or somebody "
      "between you and the server pretends to be it. Ask who runs the server whether its key is "
      "now {key}; if so, start again with --accept-server-key {key}."),
  [KH_ENGINE_ERROR_REPLACED] = N_ (
      "Your identity went online from another computer, with a copy of your data folder, and this "
      "one was put off the server. Use one of the two at a time."),
  [KH_ENGINE_ERROR_PEER_OFFLINE] =
      N_ ("{peer} is not at this server now. What you write is kept, and goes out as soon as they "
          "come; make sure that both of you use the same server."),
  [KH_ENGINE_ERROR_PEER_UNANSWERED] = N_ (
      "{peer} is there, but has not answered: they have not looked yet, or do not want to. What "
      "you write is kept until they accept; ask them another way, and to compare your peer ID."),
  [KH_ENGINE_ERROR_PEER_WRONG_KEY] = N_ (
      "The server gave a key for {peer} that does not belong to their ID, and it was refused: the "
      "server is faulty or dishonest. Use another server; trying again meanwhile."),
  [KH_ENGINE_ERROR_PEER_PROTOCOL] = N_ (
      "What {peer} sends cannot be understood, so the session was ended. Bring both programs up "
      "to date."),
  [KH_ENGINE_ERROR_NO_PATH] =
      N_ ("{peer} answered, but no packet gets through directly between you: a NAT or firewall on "
          "one of the sides forbids it. Try another network on one side; trying again meanwhile."),
  [KH_ENGINE_ERROR_NO_RELAY] =
      N_ ("{peer} answered, but no packet gets through directly between you, and one of you two "
          "allows no relay (--relay=never). Try another network on one side, or allow the relay; "
          "trying again meanwhile."),
  [KH_ENGINE_ERROR_REFUSED] =
      N_ ("{peer} takes no measurements now. On that side, knothole-term must run with "
          "--bench-serve, and no other measurement with many streams at the same time."),
  [KH_ENGINE_ERROR_INTERRUPTED] =
      N_ ("The measurement was not completed: {detail}. Look whether both programs and the network "
          "between them still run, and start it again."),
  [KH_ENGINE_ERROR_OTHER_SERVER] = N_ ("Another server has a problem: {detail}."),
  [KH_ENGINE_ERROR_CLOSED] = N_ ("That was too late: the program is ending."),
};

/* The same error before the server was asked: the link disagrees with what is remembered. */
static const char link_key_text[] = N_ (
    "The invite link names another key for its server than the one that the server has shown so "
    "far. Either the server was set up anew, or the link is meant to lead you to somebody who "
    "pretends to be it. Ask who gave you the link, or connect with the peer ID alone.");

/* (transfer full): @template with its placeholders filled in */
static char *
fill (const char *template, const KhWordsContext *context, const char *detail)
{
  g_autofree char *fragment = g_strndup (detail, strlen (detail) - g_str_has_suffix (detail, "."));
  const struct
  {
    const char *placeholder;
    const char *value;
  } parts[] = {
    { "{server}", context->server != NULL ? context->server : _ ("the server") },
    { "{key}", context->server_key != NULL ? context->server_key : "?" },
    { "{peer}", context->peer != NULL ? context->peer : _ ("the other person") },
    { "{dir}", context->data_dir != NULL ? context->data_dir : "?" },
    { "{detail}", fragment },
  };
  GString *out = g_string_new (NULL);

  while (*template != '\0')
    {
      gsize i = 0;

      while (i < G_N_ELEMENTS (parts) && !g_str_has_prefix (template, parts[i].placeholder))
        i++;
      if (i == G_N_ELEMENTS (parts))
        g_string_append_c (out, *template ++);
      else
        {
          g_string_append (out, parts[i].value);
          template += strlen (parts[i].placeholder);
        }
    }
  return g_string_free (out, FALSE);
}

static gboolean
is_ours (const GError *error)
{
  return error->domain == KH_ENGINE_ERROR && (guint) error->code < G_N_ELEMENTS (error_texts) &&
         error_texts[error->code] != NULL;
}

char *
kh_words_error (const GError *error, const KhWordsContext *context)
{
  if (!is_ours (error))
    return g_strdup (error->message);
  if (error->code == KH_ENGINE_ERROR_SERVER_KEY_CHANGED && context->server_key == NULL)
    return fill (_ (link_key_text), context, "");
  return fill (_ (error_texts[error->code]), context, error->message);
}

const char *
kh_words_error_code (const GError *error)
{
  if (error->domain == KH_ENGINE_ERROR)
    return kh_engine_error_to_string ((KhEngineError) error->code);
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? "cancelled" : "unknown";
}

const char *
kh_term_error_to_string (KhTermError code)
{
  static const char *const names[] = {
    [KH_TERM_ERROR_LINE_TOO_LONG] = "line-too-long",
    [KH_TERM_ERROR_LINE_NOT_TEXT] = "line-not-text",
    [KH_TERM_ERROR_LINE_NOT_SENT] = "line-not-sent",
    [KH_TERM_ERROR_UNDELIVERED] = "undelivered",
    [KH_TERM_ERROR_NOBODY] = "nobody",
    [KH_TERM_ERROR_NO_KNOCK] = "no-knock",
    [KH_TERM_ERROR_BENCH_NOT_BEGUN] = "bench-not-begun",
    [KH_TERM_ERROR_BENCH_STOPPED] = "bench-stopped",
  };

  return (guint) code < G_N_ELEMENTS (names) ? names[code] : "unknown";
}

static const char *
term_error_format (KhTermError code, guint64 number)
{
  switch (code)
    {
    case KH_TERM_ERROR_LINE_TOO_LONG:
      return _ ("Line %" PRIu64 " of the input is longer than 64 KiB and was not sent. Split it.");
    case KH_TERM_ERROR_LINE_NOT_TEXT:
      return _ ("Line %" PRIu64 " of the input is no text in UTF-8 and was not sent.");
    case KH_TERM_ERROR_LINE_NOT_SENT:
      return _ ("Line %" PRIu64 " of the input was not sent, because it could not be saved.");
    case KH_TERM_ERROR_UNDELIVERED:
      return g_dngettext (GETTEXT_PACKAGE,
                          "%" PRIu64 " message has not been delivered. It is kept, and goes "
                          "out the next time that both of you are there.",
                          "%" PRIu64 " messages have not been delivered. They are kept, and "
                          "go out the next time that both of you are there.",
                          (gulong) number);
    case KH_TERM_ERROR_NOBODY:
      return g_dngettext (GETTEXT_PACKAGE,
                          "%" PRIu64 " line was not sent, because nobody has connected. Name "
                          "the peer ID that it is for.",
                          "%" PRIu64 " lines were not sent, because nobody has connected. "
                          "Name the peer ID that they are for.",
                          (gulong) number);
    case KH_TERM_ERROR_BENCH_NOT_BEGUN:
      return _ ("Nothing was measured, because there was no direct path to the peer yet. Look "
                "whether the program there runs with --bench-serve and lets you call.");
    case KH_TERM_ERROR_BENCH_STOPPED:
      return _ ("The measurement was stopped before its end, so there is no result.");
    case KH_TERM_ERROR_NO_KNOCK:
    default:
      return _ ("Nobody with that peer ID is waiting for an answer.");
    }
}

char *
kh_words_term_error (KhTermError code, guint64 number)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  return g_strdup_printf (term_error_format (code, number), number);
#pragma GCC diagnostic pop
}

static const char *
presence_text (KhPresence presence)
{
  switch (presence)
    {
    case KH_PRESENCE_IDLE:
      return _ ("{peer} is blocked, or not wanted.");
    case KH_PRESENCE_NO_SERVER:
      return _ ("Waiting for the server: {peer} is met there.");
    case KH_PRESENCE_LOOKUP:
      return _ ("Asking the server for {peer}.");
    case KH_PRESENCE_KNOCKING:
      return _ ("Waiting for {peer} to answer.");
    case KH_PRESENCE_UNANSWERED:
      return _ ("{peer} is there, and has not answered: they have not looked, or do not want to.");
    case KH_PRESENCE_OFFLINE:
      return _ ("{peer} is not at this server now; connecting as soon as they come.");
    case KH_PRESENCE_PUNCHING:
      return _ ("{peer} answered; looking for a path between you.");
    case KH_PRESENCE_NO_PATH:
      return _ ("{peer} answered, but no packet gets through between you; trying again.");
    case KH_PRESENCE_WRONG_KEY:
      return _ ("The server gave a wrong key for {peer}; it was refused. Trying again.");
    case KH_PRESENCE_CONNECTED:
    default:
      return _ ("Connected to {peer}.");
    }
}

char *
kh_words_presence (KhPresence presence, KhRoute route, gint64 rtt_us, const char *peer)
{
  const KhWordsContext context = { .peer = peer };
  g_autofree char *text = fill (presence_text (presence), &context, "");
  double rtt_ms = (double) rtt_us / 1000.0;

  if (presence != KH_PRESENCE_CONNECTED || route == KH_ROUTE_NONE)
    return g_steal_pointer (&text);
  if (route == KH_ROUTE_RELAY)
    return g_strdup_printf (_ ("%s Relayed by the server, %.1f ms."), text, rtt_ms);
  return g_strdup_printf (_ ("%s Direct, %.1f ms."), text, rtt_ms);
}

char *
kh_words_ended (KhEnded why, const char *peer)
{
  const KhWordsContext context = { .peer = peer };

  switch (why)
    {
    case KH_ENDED_DONE:
      return fill (_ ("{peer} has left."), &context, "");
    case KH_ENDED_PROTOCOL:
      return fill (_ ("The session with {peer} broke: the two programs do not understand each "
                      "other. Bring both up to date."),
                   &context, "");
    case KH_ENDED_LOST:
      return fill (_ ("The connection to {peer} was lost; reconnecting when they are back."),
                   &context, "");
    case KH_ENDED_REPLACED:
    case KH_ENDED_LOCAL:
    default:
      return NULL;
    }
}
