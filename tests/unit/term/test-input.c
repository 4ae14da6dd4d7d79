/* test-input.c: input is read when it is asked for, and not before */
#include "term/input.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

typedef struct
{
  int fds[2]; /* what is written to [1] is the input */
  KhInput *input;
  guint n_ready;
} Fixture;

static void
on_ready (gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->n_ready++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_assert_true (g_unix_open_pipe (fixture->fds, FD_CLOEXEC, NULL));
  fixture->input = kh_input_new (fixture->fds[0], 100, on_ready, fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  kh_input_free (fixture->input);
  close (fixture->fds[0]);
  if (fixture->fds[1] != -1)
    close (fixture->fds[1]);
}

static void
write_text (Fixture *fixture, const char *text)
{
  g_assert_cmpint (write (fixture->fds[1], text, strlen (text)), ==, (gssize) strlen (text));
}

static void
end (Fixture *fixture)
{
  close (fixture->fds[1]);
  fixture->fds[1] = -1;
}

static void
await_ready (Fixture *fixture)
{
  guint before = fixture->n_ready;

  while (fixture->n_ready == before)
    g_main_context_iteration (NULL, TRUE);
}

static void
assert_next (Fixture *fixture, const char *expected)
{
  g_auto (KhLine) line = { 0 };

  g_assert_true (kh_input_next (fixture->input, &line));
  g_assert_cmpstr (line.text, ==, expected);
}

static void
assert_none (Fixture *fixture)
{
  g_auto (KhLine) line = { 0 };

  g_assert_false (kh_input_next (fixture->input, &line));
}

static void
test_lines (Fixture *fixture, gconstpointer data)
{
  write_text (fixture, "one\ntwo\nthr");
  assert_none (fixture);
  await_ready (fixture);
  assert_next (fixture, "one");
  assert_next (fixture, "two");
  assert_none (fixture);
  write_text (fixture, "ee");
  await_ready (fixture);
  assert_none (fixture);
  g_assert_false (kh_input_is_at_end (fixture->input));
  end (fixture);
  await_ready (fixture);
  assert_next (fixture, "three");
  assert_none (fixture);
  g_assert_true (kh_input_is_at_end (fixture->input));
}

/* Nobody asks for lines: nothing is read, the writer's pipe stays full. */
static void
test_held_back (Fixture *fixture, gconstpointer data)
{
  int there = 0;

  write_text (fixture, "one\n");
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (fixture->n_ready, ==, 0);
  assert_none (fixture);
  await_ready (fixture);
  assert_next (fixture, "one");
  write_text (fixture, "two\n");
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (fixture->n_ready, ==, 1);
  g_assert_cmpint (ioctl (fixture->fds[0], FIONREAD, &there), ==, 0);
  g_assert_cmpint (there, ==, 4);
}

static void
test_empty (Fixture *fixture, gconstpointer data)
{
  end (fixture);
  assert_none (fixture);
  g_assert_false (kh_input_is_at_end (fixture->input));
  await_ready (fixture);
  assert_none (fixture);
  g_assert_true (kh_input_is_at_end (fixture->input));
}

/* What cannot be read, a folder here, is an input without lines. */
static void
test_unreadable (void)
{
  Fixture fixture = { .fds = { open ("/", O_RDONLY | O_CLOEXEC), -1 } };

  g_assert_cmpint (fixture.fds[0], !=, -1);
  fixture.input = kh_input_new (fixture.fds[0], 100, on_ready, &fixture);
  assert_none (&fixture);
  await_ready (&fixture);
  assert_none (&fixture);
  g_assert_true (kh_input_is_at_end (fixture.input));
  tear_down (&fixture, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/term/input/lines", Fixture, NULL, set_up, test_lines, tear_down);
  g_test_add ("/term/input/held-back", Fixture, NULL, set_up, test_held_back, tear_down);
  g_test_add ("/term/input/empty", Fixture, NULL, set_up, test_empty, tear_down);
  g_test_add_func ("/term/input/unreadable", test_unreadable);
  return g_test_run ();
}
