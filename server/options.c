/* options.c: knotholed's command line */
#include "server/options.h"

#include <stdio.h>

#include <glib/gi18n.h>

#include "wire/datagram.h"

typedef struct
{
  char **listen;
  int port;
  int second_port;
  int tcp_port;
  gboolean no_tcp;
  gboolean no_relay;
  double relay_rate;
  double relay_volume;
  gboolean version;
  gboolean self_test;
  gboolean print_key;
} Raw;

/* systemd gives several folders, parted by colons; the first is ours. */
static char *
default_state_dir (void)
{
  const char *given = g_getenv ("STATE_DIRECTORY");

  if (given != NULL && given[0] != '\0')
    return g_strndup (given, strcspn (given, ":"));
  return g_build_filename (g_get_user_state_dir (), "knotholed", NULL);
}

static gboolean
check_port (const char *option, int port, gboolean zero_picks, GError **error)
{
  if (port >= 0 && port <= 65535)
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               zero_picks ? _ ("%s %d: a port is a number from 1 to 65535, or 0 for a free one")
                          : _ ("%s %d: a port is a number from 1 to 65535, or 0 for none"),
               option, port);
  return FALSE;
}

gboolean
kh_options_is_quota (double value)
{
  return value >= 0 && value <= 1e9;
}

static gboolean
check_quota (const char *option, double value, GError **error)
{
  if (kh_options_is_quota (value))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _ ("%s %g: this is no limit that can be kept; 0 means no limit"), option, value);
  return FALSE;
}

static gboolean
add_listen (KhOptions *options, const char *text, GError **error)
{
  guint n_same = 0;
  KhAddr addr;

  if (!kh_addr_parse (text, options->port, &addr))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _ ("--listen %s: this is no numeric address, such as 192.0.2.1 or 2001:db8::1"),
                   text);
      return FALSE;
    }
  for (guint i = 0; i < options->n_addrs; i++)
    n_same += options->addrs[i].family == addr.family;
  if (n_same == 2)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   /* Translators: the second is IPv4 or IPv6. */
                   _ ("--listen %s: two %s addresses were given already, one for peers and one "
                      "more for STUN. Leave --listen out to listen on all"),
                   text, addr.family == KH_FAMILY_IPV6 ? "IPv6" : "IPv4");
      return FALSE;
    }
  options->addrs[options->n_addrs++] = addr;
  return TRUE;
}

static gboolean
check (const Raw *raw, int argc, char **argv, KhOptions *options, GError **error)
{
  if (argc > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                   _ ("\"%s\": there is no such argument"), argv[1]);
      return FALSE;
    }
  if (!check_port ("--port", raw->port, TRUE, error) ||
      !check_port ("--tcp-port", raw->tcp_port, FALSE, error) ||
      (raw->second_port != KH_OPTIONS_NEXT_PORT &&
       !check_port ("--second-port", raw->second_port, FALSE, error)) ||
      !check_quota ("--relay-rate", raw->relay_rate, error) ||
      !check_quota ("--relay-volume", raw->relay_volume, error))
    return FALSE;
  options->port = (guint16) raw->port;
  options->second_port = raw->second_port;
  options->tcp = !raw->no_tcp;
  options->tcp_port = (guint16) raw->tcp_port;
  options->relay = !raw->no_relay;
  options->relay_rate = raw->relay_rate * KH_OPTIONS_BYTES_PER_MBIT;
  options->relay_volume = raw->relay_volume * KH_OPTIONS_BYTES_PER_GB;
  for (guint i = 0; raw->listen != NULL && raw->listen[i] != NULL; i++)
    if (!add_listen (options, raw->listen[i], error))
      return FALSE;
  return TRUE;
}

static KhOptionsAction
complain (const GError *error)
{
  g_printerr ("knotholed: %s\n", error->message);
  g_printerr (_ ("Try \"knotholed --help\".\n"));
  return KH_OPTIONS_WRONG;
}

KhOptionsAction
kh_options_parse (int *argc, char ***argv, KhOptions *ret_options)
{
  Raw raw = { .port = KH_DEFAULT_PORT,
              .second_port = KH_OPTIONS_NEXT_PORT,
              .relay_rate = 4,
              .relay_volume = 10 };
  KhOptions options = { 0 };
  const GOptionEntry entries[] = {
    { "listen", 0, 0, G_OPTION_ARG_STRING_ARRAY, &raw.listen,
      N_ ("Listen on this address only; for each family once, and once more for a second address "
          "that "
          "answers STUN (default: all addresses)"),
      N_ ("ADDRESS") },
    { "port", 0, 0, G_OPTION_ARG_INT, &raw.port,
      N_ ("UDP and TCP port; 0 picks a free one (default: 4430)"), N_ ("PORT") },
    { "second-port", 0, 0, G_OPTION_ARG_INT, &raw.second_port,
      N_ ("Second UDP port, by which peers learn what their network does; 0 for none (default: the "
          "one "
          "after --port)"),
      N_ ("PORT") },
    { "no-tcp", 0, 0, G_OPTION_ARG_NONE, &raw.no_tcp, N_ ("Take no TCP connections on --port"),
      NULL },
    { "tcp-port", 0, 0, G_OPTION_ARG_INT, &raw.tcp_port,
      N_ ("One more TCP port, such as 443, which most networks let out (default: none)"),
      N_ ("PORT") },
    { "no-relay", 0, 0, G_OPTION_ARG_NONE, &raw.no_relay,
      N_ ("Relay nothing for peers that cannot reach each other"), NULL },
    { "relay-rate", 0, 0, G_OPTION_ARG_DOUBLE, &raw.relay_rate,
      N_ ("Relay so many Mbit a second for one peer; 0 is no limit (default: 4)"), N_ ("MBIT") },
    { "relay-volume", 0, 0, G_OPTION_ARG_DOUBLE, &raw.relay_volume,
      N_ ("Relay so many GB a day for one peer; 0 is no limit (default: 10)"), N_ ("GB") },
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &options.config,
      N_ ("Read the relay's settings from this file, and again on SIGHUP"), N_ ("FILE") },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &options.state_dir,
      N_ ("Keep the server's key in this folder (default: $STATE_DIRECTORY, or "
          "knotholed in $XDG_STATE_HOME)"),
      N_ ("DIR") },
    { "print-key", 0, 0, G_OPTION_ARG_NONE, &raw.print_key,
      N_ ("Print the server's public key and exit"), NULL },
    { "self-test", 0, 0, G_OPTION_ARG_NONE, &raw.self_test,
      N_ ("Test the cryptography against known answers and exit"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &raw.version, N_ ("Print the version and exit"), NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (_ ("- introduce Knothole's peers"));
  g_autoptr (GError) error = NULL;
  gboolean right;

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  right = g_option_context_parse (context, argc, argv, &error) &&
          check (&raw, *argc, *argv, &options, &error);
  g_strfreev (raw.listen);
  if (options.state_dir == NULL)
    options.state_dir = default_state_dir ();
  *ret_options = options;

  if (!right)
    return complain (error);
  if (raw.version)
    {
      puts ("knotholed " KH_VERSION);
      return KH_OPTIONS_DONE;
    }
  if (raw.self_test)
    return KH_OPTIONS_SELF_TEST;
  return raw.print_key ? KH_OPTIONS_PRINT_KEY : KH_OPTIONS_RUN;
}

void
kh_options_clear (KhOptions *self)
{
  g_clear_pointer (&self->config, g_free);
  g_clear_pointer (&self->state_dir, g_free);
}
