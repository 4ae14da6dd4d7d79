/* main.c: knothole-term, Knothole in a terminal
 *
 * What needs no server (the peer ID, the version, the self-test) is done here; everything else is
 * one run of talk.h.
 */
#include <fcntl.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <signal.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/self-test.h"
#include "term/check.h"
#include "term/talk.h"
#include "term/words.h"

/* A descriptor that the shell closed (<&-) must not become the history's. */
static void
open_standard_streams (void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) == -1 && open ("/dev/null", O_RDWR) != fd)
      _exit (KH_EXIT_FAILED);
}

static void
set_up_language (void)
{
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, KH_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}

static void
print_test (const char *name, gboolean passed, gpointer user_data)
{
  g_print ("%s: %s\n", name, passed ? C_ ("self-test", "passed") : C_ ("self-test", "FAILED"));
}

static KhExit
print_id (const KhOptions *options, KhOutput *output)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *peer_id = kh_engine_dup_peer_id (options->data_dir, &error);
  const KhWordsContext context = { .data_dir = options->data_dir };

  if (peer_id == NULL)
    {
      g_autofree char *text = kh_words_error (error, &context);

      kh_output_print (output,
                       &(KhReport){ .type = KH_REPORT_ERROR,
                                    .code = kh_words_error_code (error),
                                    .text = text },
                       g_get_monotonic_time ());
      return KH_EXIT_FAILED;
    }
  g_print ("%s\n", peer_id);
  return KH_EXIT_OK;
}

int
main (int argc, char **argv)
{
  gint64 start_us = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;
  g_autoptr (KhOptions) options = NULL;
  g_autoptr (KhOutput) output = NULL;

  open_standard_streams ();
  signal (SIGPIPE, SIG_IGN);
  set_up_language ();
  options = kh_options_parse ((const char *const *) argv, &error);
  if (options == NULL)
    {
      g_printerr ("knothole-term: %s\n%s\n", error->message, _ ("Try knothole-term --help."));
      return KH_EXIT_USAGE;
    }
  output = kh_output_new (options->json ? &kh_output_json : &kh_output_plain, STDOUT_FILENO,
                          STDERR_FILENO, start_us);
  if (options->version)
    g_print ("knothole-term %s\n", KH_VERSION);
  else if (options->self_test)
    return kh_engine_self_test (print_test, NULL) ? KH_EXIT_OK : KH_EXIT_FAILED;
  else if (options->id)
    return print_id (options, output);
  else if (options->check_network)
    return kh_check_run (options, output);
  else
    return kh_talk_run (options, output);
  return KH_EXIT_OK;
}
