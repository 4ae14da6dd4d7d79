/* options.c: the command line
 *
 * Checked here is what needs nothing but the words themselves; whether a peer ID or a server is
 * well-formed is the engine's to say (talk.c), so that the answer is the same in every front end.
 */
#include "term/options.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/engine.h"
#include "term/bench-options.h"

/* A century: more is a slip, and would not fit into a timer. */
#define TIMEOUT_MAX_S 3.2e9

typedef struct
{
  KhOptions *options;
  char *accept;
  char *relay;
  char *timeout;
  KhBenchWords bench;
  char **rest;
} Raw;

static void
raw_clear (Raw *raw)
{
  kh_options_free (raw->options);
  g_free (raw->accept);
  g_free (raw->relay);
  g_free (raw->timeout);
  g_free (raw->bench.to);
  g_free (raw->bench.bytes);
  g_free (raw->bench.seconds);
  g_free (raw->bench.streams);
  g_strfreev (raw->rest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Raw, raw_clear)

void
kh_options_free (KhOptions *self)
{
  if (self == NULL)
    return;
  g_free (self->server);
  g_free (self->name);
  g_free (self->data_dir);
  g_free (self->server_key);
  g_free (self->target);
  g_free (self);
}

static const char description[] =
    N_ ("With a PEER-ID or an invite link it connects, without one it waits to be called.\n"
        "Each line of standard input is sent as a message. At the end of input it waits\n"
        "until everything is delivered, and exits: 0, or 1 if something is not.\n"
        "\n"
        "Without a PEER-ID, an input that ends before its first line (</dev/null) means\n"
        "that there is nothing to send: it goes on receiving until it is stopped by\n"
        "SIGTERM, SIGINT or --timeout.\n"
        "\n"
        "Lines that are commands: /accept PEER-ID, /decline PEER-ID, /block PEER-ID,\n"
        "/why, /help, /quit. To send such a line as a message, double its slash.");

/* Values are taken as bytes: names are UTF-8 whatever the locale says of it. */
static GOptionContext *
make_context (Raw *raw)
{
  KhOptions *options = raw->options;
  const GOptionEntry entries[] = {
    { "server", 's', 0, G_OPTION_ARG_FILENAME, &options->server,
      N_ ("The server to meet at; remembered"), N_ ("HOST[:PORT]") },
    { "name", 'n', 0, G_OPTION_ARG_FILENAME, &options->name,
      N_ ("The name that others are shown; remembered"), N_ ("NAME") },
    { "data-dir", 'd', 0, G_OPTION_ARG_FILENAME, &options->data_dir,
      N_ ("Where identity, contacts and history are"), N_ ("DIR") },
    { "accept", 'a', 0, G_OPTION_ARG_FILENAME, &raw->accept,
      N_ ("Who may call: ask each time (default), contacts, all"), "ask|contacts|all" },
    { "relay", 'r', 0, G_OPTION_ARG_FILENAME, &raw->relay,
      N_ ("Whether the server relays: auto (default), always (hides your addresses), never"),
      "auto|always|never" },
    { "no-port-mapping", 0, G_OPTION_FLAG_REVERSE, G_OPTION_ARG_NONE, &options->port_mapping,
      N_ ("Do not ask the router for a port"), NULL },
    { "json", 'j', 0, G_OPTION_ARG_NONE, &options->json, N_ ("Print one JSON object a line"),
      NULL },
    { "timeout", 't', 0, G_OPTION_ARG_FILENAME, &raw->timeout,
      N_ ("How long to wait at the end of input, and for a peer who takes nothing"),
      N_ ("SECONDS") },
    { "accept-server-key", 0, 0, G_OPTION_ARG_FILENAME, &options->server_key,
      N_ ("Trust this new key of the server"), N_ ("KEY") },
    { "bench-serve", 0, 0, G_OPTION_ARG_NONE, &raw->bench.serve,
      N_ ("Take measurements of who may call, until it is stopped"), NULL },
    { "bench-to", 0, 0, G_OPTION_ARG_FILENAME, &raw->bench.to,
      N_ ("Measure the way to a peer that runs with --bench-serve, and exit"),
      N_ ("PEER-ID|INVITE") },
    { "bytes", 0, 0, G_OPTION_ARG_FILENAME, &raw->bench.bytes,
      N_ ("How much to send for --bench-to"), N_ ("N[k|M|G]") },
    { "seconds", 0, 0, G_OPTION_ARG_FILENAME, &raw->bench.seconds,
      N_ ("How long to send instead; 10 where neither is given"), N_ ("S") },
    { "streams", 0, 0, G_OPTION_ARG_FILENAME, &raw->bench.streams,
      N_ ("On how many streams at once, 1 to 100; 1 where it is not given"), N_ ("N") },
    { "check-network", 0, 0, G_OPTION_ARG_NONE, &options->check_network,
      N_ ("Say how this network treats connections, and whether the server is reached, and exit"),
      NULL },
    { "long", 0, 0, G_OPTION_ARG_NONE, &options->is_long,
      N_ ("With --check-network: also how long a path is kept, which takes up to six minutes"),
      NULL },
    { "id", 'i', 0, G_OPTION_ARG_NONE, &options->id, N_ ("Print your peer ID and exit"), NULL },
    { "version", 'V', 0, G_OPTION_ARG_NONE, &options->version, N_ ("Print the version and exit"),
      NULL },
    { "self-test", 0, 0, G_OPTION_ARG_NONE, &options->self_test,
      N_ ("Test the cryptography and exit"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &raw->rest, NULL,
      N_ ("[PEER-ID|INVITE]") },
    G_OPTION_ENTRY_NULL,
  };
  GOptionContext *context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (
      context, N_ ("Talk straight from one computer to another, end-to-end encrypted."));
  g_option_context_set_description (context, description);
  return context;
}

static gboolean
bad_value (GError **error, const char *format, const char *value)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, value);
#pragma GCC diagnostic pop
  return FALSE;
}

static gboolean
read_accept (const char *text, KhAcceptMode *ret_mode, GError **error)
{
  static const KhAcceptMode modes[] = { KH_ACCEPT_ASK, KH_ACCEPT_CONTACTS, KH_ACCEPT_ALL };

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    if (text == NULL || g_str_equal (text, kh_accept_mode_to_string (modes[i])))
      {
        *ret_mode = modes[i];
        return TRUE;
      }
  return bad_value (error, _ ("--accept=%s: it can be ask, contacts or all."), text);
}

static gboolean
read_relay (const char *text, KhRelayUse *ret_use, GError **error)
{
  static const KhRelayUse uses[] = { KH_RELAY_USE_AUTO, KH_RELAY_USE_ALWAYS, KH_RELAY_USE_NEVER };

  for (gsize i = 0; i < G_N_ELEMENTS (uses); i++)
    if (text == NULL || g_str_equal (text, kh_relay_use_to_string (uses[i])))
      {
        *ret_use = uses[i];
        return TRUE;
      }
  return bad_value (error, _ ("--relay=%s: it can be auto, always or never."), text);
}

static gboolean
read_timeout (const char *text, gint64 *ret_timeout_us, GError **error)
{
  char *end = NULL;
  double seconds;

  if (text == NULL)
    {
      *ret_timeout_us = -1;
      return TRUE;
    }
  seconds = g_ascii_strtod (text, &end);
  if (end == text || *end != '\0' || text[strspn (text, "0123456789.")] != '\0' ||
      seconds > TIMEOUT_MAX_S)
    return bad_value (error, _ ("--timeout %s: it must be a number of seconds, such as 10 or 0.5."),
                      text);
  *ret_timeout_us = (gint64) (seconds * G_USEC_PER_SEC);
  return TRUE;
}

static gboolean
read_rest (char **rest, char **ret_target, GError **error)
{
  if (rest != NULL && rest[0] != NULL && rest[1] != NULL)
    return bad_value (error,
                      _ ("“%s” is one argument too many: there can be one PEER-ID or invite "
                         "link."),
                      rest[1]);
  *ret_target = g_strdup (rest != NULL ? rest[0] : NULL);
  return TRUE;
}

/* Who is measured is who is connected to. */
static gboolean
read_bench (KhBenchWords *words, KhOptions *options, GError **error)
{
  if (!kh_bench_options_read (words, options->target, &options->plan, error))
    return FALSE;
  options->bench_serve = words->serve;
  options->bench = words->to != NULL;
  if (options->bench)
    options->target = g_steal_pointer (&words->to);
  return TRUE;
}

static gboolean
check_together (const KhOptions *options, GError **error)
{
  const char *message = NULL;

  if (options->is_long && !options->check_network)
    message = _ ("--long is for --check-network.");
  else if (options->check_network && (options->bench || options->bench_serve))
    message = _ ("--check-network measures no way to a peer: leave out the one or the other.");
  else if (options->check_network && options->target != NULL)
    message = _ ("--check-network looks at a server: leave out the PEER-ID.");
  if (message == NULL)
    return TRUE;
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, message);
  return FALSE;
}

static gboolean
check_text (const char *option, const char *value, GError **error)
{
  return value == NULL || g_utf8_validate (value, -1, NULL) ||
         bad_value (error, _ ("%s: its value is no text in UTF-8."), option);
}

KhOptions *
kh_options_parse (const char *const *args, GError **error)
{
  g_auto (Raw) raw = { .options = g_new0 (KhOptions, 1) };
  g_auto (GStrv) copy = g_strdupv ((char **) args);
  g_autoptr (GOptionContext) context = make_context (&raw);
  KhOptions *options = raw.options;

  options->port_mapping = TRUE;
  if (!g_option_context_parse_strv (context, &copy, error) ||
      !read_accept (raw.accept, &options->accept, error) ||
      !read_relay (raw.relay, &options->relay, error) ||
      !read_timeout (raw.timeout, &options->timeout_us, error) ||
      !read_rest (raw.rest, &options->target, error) || !read_bench (&raw.bench, options, error) ||
      !check_together (options, error) || !check_text ("--server", options->server, error) ||
      !check_text ("--name", options->name, error) ||
      !check_text ("--accept-server-key", options->server_key, error) ||
      !check_text ("PEER-ID", options->target, error))
    return NULL;
  if (options->data_dir == NULL)
    options->data_dir = kh_engine_dup_default_dir ();
  return g_steal_pointer (&raw.options);
}
