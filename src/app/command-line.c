/* command-line.c: the options of `knothole`
 *
 * See command-line.h. What can be refused without an identity is refused on the terminal, with
 * status 2, before any window.
 */
#include "app/command-line.h"

#include <glib/gi18n.h>

#include "engine/engine.h"
#include "engine/self-test.h"

static const GOptionEntry entries[] = {
  { "data-dir", 0, 0, G_OPTION_ARG_FILENAME, NULL,
    N_ ("Keep identity, contacts and history in DIR"), N_ ("DIR") },
  { "server", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("Use this server"), N_ ("HOST[:PORT]") },
  { "name", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("The name that others are shown"), N_ ("NAME") },
  { "new-chat", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Ask whom to talk to"), NULL },
  { "background", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Start without a window"), NULL },
  { "self-test", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Test the cryptography and exit"), NULL },
  /* For tests/bench: as knothole-term's. */
  { "bench-serve", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, NULL, NULL, NULL },
  { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version and exit"), NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, NULL, NULL, N_ ("[PEER-ID|INVITE]") },
  { NULL }
};

void
kh_command_line_clear (KhCommandLine *self)
{
  g_clear_pointer (&self->data_dir, g_free);
  g_clear_pointer (&self->server, g_free);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->target, g_free);
  self->new_chat = FALSE;
  self->bench_serve = FALSE;
  self->background = FALSE;
}

void
kh_command_line_add_options (GApplication *application)
{
  g_application_add_main_option_entries (application, entries);
  g_application_set_option_context_summary (
      application, _ ("Talk straight from your computer to theirs. With a PEER-ID or an INVITE "
                      "link, starts a chat."));
}

static void
report_self_test (const char *name, gboolean passed, gpointer user_data)
{
  g_print ("%s %s\n", passed ? "ok    " : "FAILED", name);
}

int
kh_command_line_handle_local (GApplication *application, GVariantDict *options)
{
  const char *server = NULL;
  g_autofree const char **targets = NULL;
  g_autoptr (GError) error = NULL;

  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("knothole %s\n", KH_VERSION);
      return 0;
    }
  if (g_variant_dict_contains (options, "self-test"))
    return kh_engine_self_test (report_self_test, NULL) ? 0 : 1;
  if (g_variant_dict_lookup (options, G_OPTION_REMAINING, "^a&s", &targets) &&
      g_strv_length ((char **) targets) > 1)
    {
      g_printerr ("knothole: %s\n", _ ("One peer ID or invite link at a time; see --help."));
      return 2;
    }
  if (g_variant_dict_lookup (options, "server", "&s", &server) &&
      !kh_engine_check_server (server, &error))
    {
      g_printerr ("knothole: --server: %s\n", error->message);
      return 2;
    }
  /* Two windows with different folders are two people, also on one session bus. */
  if (g_variant_dict_contains (options, "data-dir"))
    g_application_set_flags (application,
                             g_application_get_flags (application) | G_APPLICATION_NON_UNIQUE);
  return -1;
}

void
kh_command_line_parse (KhCommandLine *self, GApplicationCommandLine *invocation)
{
  GVariantDict *options = g_application_command_line_get_options_dict (invocation);
  g_autofree const char **targets = NULL;
  const char *path = NULL;

  kh_command_line_clear (self);
  g_variant_dict_lookup (options, "server", "s", &self->server);
  g_variant_dict_lookup (options, "name", "s", &self->name);
  self->bench_serve = g_variant_dict_contains (options, "bench-serve");
  self->new_chat = g_variant_dict_contains (options, "new-chat");
  self->background = g_variant_dict_contains (options, "background");
  if (g_variant_dict_lookup (options, "data-dir", "^&ay", &path))
    {
      g_autoptr (GFile) file = g_application_command_line_create_file_for_arg (invocation, path);

      self->data_dir = g_file_get_path (file);
    }
  if (g_variant_dict_lookup (options, G_OPTION_REMAINING, "^a&s", &targets))
    self->target = g_strdup (targets[0]);
}
