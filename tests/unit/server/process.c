/* process.c: the real knotholed as a child process; see process.h */
#include "process.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>

/* In the child: a test that fails must not leave it behind. */
static void
die_with_the_test (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static GSubprocessLauncher *
make_launcher (void)
{
  GSubprocessLauncher *launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  const char *given = g_getenv ("ASAN_OPTIONS");
  g_autofree char *options =
      g_strconcat (given != NULL ? given : "", ":quarantine_size_mb=1", NULL);

  /* The address sanitizer keeps what was freed, which would look like growth. */
  g_subprocess_launcher_setenv (launcher, "ASAN_OPTIONS", options, TRUE);
  g_subprocess_launcher_set_child_setup (launcher, die_with_the_test, NULL, NULL);
  return launcher;
}

Process *
process_new (const char *state_dir)
{
  Process *self = g_new0 (Process, 1);
  g_autoptr (GSubprocessLauncher) launcher = make_launcher ();
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;

  self->state_dir =
      state_dir != NULL ? g_strdup (state_dir) : g_dir_make_tmp ("knotholed-XXXXXX", &error);
  g_assert_no_error (error);
  self->process = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("KNOTHOLED"), "--listen",
                                               "127.0.0.1", "--port", "0", "--state-dir",
                                               self->state_dir, NULL);
  g_assert_no_error (error);
  self->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  line = g_data_input_stream_read_line (self->output, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (line);
  g_assert_true (g_str_has_prefix (line, "listening on 127.0.0.1:"));
  self->port = (guint16) g_ascii_strtoull (strrchr (line, ':') + 1, NULL, 10);
  g_assert_cmpuint (self->port, >, 0);
  return self;
}

void
process_stop (Process *self)
{
  g_autoptr (GError) error = NULL;

  g_subprocess_send_signal (self->process, SIGTERM);
  g_subprocess_wait_check (self->process, NULL, &error);
  g_assert_no_error (error);
}

void
process_free (Process *self)
{
  g_autofree char *key = g_build_filename (self->state_dir, "server.key", NULL);

  g_subprocess_force_exit (self->process);
  g_subprocess_wait (self->process, NULL, NULL);
  g_unlink (key);
  g_rmdir (self->state_dir);
  g_object_unref (self->output);
  g_object_unref (self->process);
  g_free (self->state_dir);
  g_free (self);
}

int
process_run (const char *const *arguments, char **ret_output, char **ret_errors)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) argv = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;

  g_strv_builder_add (builder, g_getenv ("KNOTHOLED"));
  for (guint i = 0; arguments[i] != NULL; i++)
    g_strv_builder_add (builder, arguments[i]);
  argv = g_strv_builder_end (builder);
  process =
      g_subprocess_newv ((const char *const *) argv,
                         G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, ret_output, ret_errors, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_exited (process));
  return g_subprocess_get_exit_status (process);
}
