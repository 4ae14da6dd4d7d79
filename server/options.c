/* options.c: knotholed's command line (DESIGN 6, "Configuration") */
#include "server/options.h"

#include <stdio.h>

#include "wire/datagram.h"

typedef struct
{
  char **listen;
  int port;
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
check_port (int port, GError **error)
{
  if (port >= 0 && port <= 65535)
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "--port %d: a port is a number from 1 to 65535, or 0 for a free one", port);
  return FALSE;
}

static gboolean
add_listen (KhOptions *options, const char *text, GError **error)
{
  KhAddr addr;

  if (!kh_addr_parse (text, options->port, &addr))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--listen %s: this is no numeric address, such as 192.0.2.1 or 2001:db8::1",
                   text);
      return FALSE;
    }
  for (guint i = 0; i < options->n_addrs; i++)
    if (options->addrs[i].family == addr.family)
      {
        g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                     "--listen %s: one %s address was given already, and there can be one of each "
                     "kind. Leave --listen out to listen on all",
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
                   "\"%s\": there is no such argument", argv[1]);
      return FALSE;
    }
  if (!check_port (raw->port, error))
    return FALSE;
  options->port = (guint16) raw->port;
  for (guint i = 0; raw->listen != NULL && raw->listen[i] != NULL; i++)
    if (!add_listen (options, raw->listen[i], error))
      return FALSE;
  return TRUE;
}

static KhOptionsAction
complain (const GError *error)
{
  g_printerr ("knotholed: %s\nTry \"knotholed --help\".\n", error->message);
  return KH_OPTIONS_WRONG;
}

KhOptionsAction
kh_options_parse (int *argc, char ***argv, KhOptions *ret_options)
{
  Raw raw = { .port = KH_DEFAULT_PORT };
  KhOptions options = { 0 };
  const GOptionEntry entries[] = {
    { "listen", 0, 0, G_OPTION_ARG_STRING_ARRAY, &raw.listen,
      "Listen on this address only; once for each family (default: all addresses)", "ADDRESS" },
    { "port", 0, 0, G_OPTION_ARG_INT, &raw.port,
      "UDP port; 0 picks a free one (default: " G_STRINGIFY (KH_DEFAULT_PORT) ")", "PORT" },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &options.state_dir,
      "Keep the server's key in this folder (default: $STATE_DIRECTORY, or "
      "knotholed in $XDG_STATE_HOME)",
      "DIR" },
    { "print-key", 0, 0, G_OPTION_ARG_NONE, &raw.print_key,
      "Print the server's public key and exit", NULL },
    { "self-test", 0, 0, G_OPTION_ARG_NONE, &raw.self_test,
      "Test the cryptography against known answers and exit", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &raw.version, "Print the version and exit", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- introduce Knothole's peers");
  g_autoptr (GError) error = NULL;
  gboolean right;

  g_option_context_add_main_entries (context, entries, NULL);
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
  g_clear_pointer (&self->state_dir, g_free);
}
