/* test-passphrase.c: the terminal is asked for a passphrase, says nothing of it, and is as before
 *
 * The one that asks is a child on a terminal of its own; what it was told comes back by a pipe.
 */
#include <fcntl.h>
#include <pty.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "term/passphrase.h"

#define PROMPT "Passphrase of the key"
/* What the child says where there was no passphrase, or no terminal. */
#define NOTHING "(nothing)"
#define NOWHERE "(nowhere)"

typedef struct
{
  GMainLoop *loop;
  KhPassphrase *asking;
  int pipe;
} Child;

static void
say (int fd, const char *text)
{
  g_assert_cmpint (write (fd, text, strlen (text)), ==, (ssize_t) strlen (text));
}

static void
on_passphrase (const char *passphrase, gpointer user_data)
{
  Child *self = user_data;

  /* As the program does it: the asker is freed while it tells. */
  g_clear_pointer (&self->asking, kh_passphrase_free);
  say (self->pipe, passphrase != NULL ? passphrase : NOTHING);
  g_main_loop_quit (self->loop);
}

static void G_GNUC_NORETURN
be_child (int pipe)
{
  Child self = { .loop = g_main_loop_new (NULL, FALSE), .pipe = pipe };

  self.asking = kh_passphrase_ask (PROMPT, on_passphrase, &self);
  if (self.asking == NULL)
    say (pipe, NOWHERE);
  else
    g_main_loop_run (self.loop);
  g_main_loop_unref (self.loop);
  _exit (0);
}

/* Reads until @until has come, or the end. */
static char *
read_until (int fd, const char *until)
{
  GString *text = g_string_new (NULL);
  char c;

  while ((until == NULL || strstr (text->str, until) == NULL) && read (fd, &c, 1) == 1)
    g_string_append_c (text, c);
  return g_string_free (text, FALSE);
}

static void
assert_ended_well (pid_t child)
{
  int status;

  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
}

static gboolean
has_echo (int terminal)
{
  struct termios mode;

  g_assert_cmpint (tcgetattr (terminal, &mode), ==, 0);
  return (mode.c_lflag & ECHO) != 0;
}

/* @typed: a line; @told: what the program was told */
static void
check (const char *typed, const char *told)
{
  int terminal, keep, ends[2];
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *got = NULL;
  char name[64];
  pid_t child;

  g_assert_cmpint (pipe (ends), ==, 0);
  child = forkpty (&terminal, name, NULL, NULL);
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    be_child (ends[1]);
  close (ends[1]);
  /* So that it does not end with the child. */
  keep = open (name, O_RDWR | O_NOCTTY);
  g_assert_cmpint (keep, >=, 0);

  before = read_until (terminal, ": ");
  g_assert_cmpstr (before, ==, PROMPT ": ");
  g_assert_false (has_echo (terminal));
  say (terminal, typed);
  got = read_until (ends[0], NULL);
  g_assert_cmpstr (got, ==, told);
  assert_ended_well (child);
  after = read_until (terminal, "\n");
  g_assert_cmpstr (after, ==, "\r\n");
  g_assert_true (has_echo (terminal));
  close (keep);
  close (terminal);
  close (ends[0]);
}

static void
test_typed (void)
{
  g_autofree char *most = g_strnfill (1024, 'x');
  g_autofree char *line = g_strconcat (most, "\n", NULL);

  check ("correct horse battery\n", "correct horse battery");
  check (" Straße \n", " Straße ");
  check (line, most);
}

/* An empty line, and the end of the terminal. */
static void
test_nothing (void)
{
  check ("\n", NOTHING);
  check ("\004", NOTHING);
}

static void
test_no_terminal (void)
{
  g_autofree char *got = NULL;
  int ends[2];
  pid_t child;

  g_assert_cmpint (pipe (ends), ==, 0);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      setsid ();
      be_child (ends[1]);
    }
  close (ends[1]);
  got = read_until (ends[0], NULL);
  g_assert_cmpstr (got, ==, NOWHERE);
  assert_ended_well (child);
  close (ends[0]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/passphrase/typed", test_typed);
  g_test_add_func ("/passphrase/nothing", test_nothing);
  g_test_add_func ("/passphrase/no-terminal", test_no_terminal);
  return g_test_run ();
}
