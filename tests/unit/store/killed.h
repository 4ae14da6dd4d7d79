/* killed.h: kill -9 at any system call
 *
 * A test program runs itself again as "PROGRAM --killed ACTION DIR", and its main() calls
 * killed_await() before the action is done. It is stopped at each system call from there on, and
 * killed at a given one: the machine that goes dark, as far as files can tell.
 */
#pragma once

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

/* In the child: from here on it counts. */
static inline void
killed_await (void)
{
  raise (SIGSTOP);
}

static inline pid_t
killed_spawn (const char *program, const char *action, const char *dir)
{
  pid_t pid = fork ();

  if (pid == 0)
    {
      if (ptrace (PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit (99);
      execl (program, program, "--killed", action, dir, NULL);
      _exit (98);
    }
  g_assert_cmpint (pid, >, 0);
  return pid;
}

/* Up to the next stop; with PTRACE_SYSCALL at the latest at a system call's beginning or end. */
static inline int
killed_go_on (pid_t pid, int request, int pass_signal)
{
  int status;

  if (request != 0)
    g_assert_cmpint (ptrace (request, pid, NULL, GINT_TO_POINTER (pass_signal)), ==, 0);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  return status;
}

/**
 * killed_run:
 * @step: at the beginning of which system call, from 0
 *
 * Returns: whether it was killed: FALSE where it was done before, and exited with 0
 */
static inline gboolean
killed_run (const char *program, const char *action, const char *dir, guint step)
{
  pid_t pid = killed_spawn (program, action, dir);
  int status = killed_go_on (pid, 0, 0);

  /* exec, and what the libraries do before main() */
  while (WIFSTOPPED (status) && WSTOPSIG (status) != SIGSTOP)
    status = killed_go_on (pid, PTRACE_CONT, WSTOPSIG (status) == SIGTRAP ? 0 : WSTOPSIG (status));
  g_assert_true (WIFSTOPPED (status));
  g_assert_cmpint (ptrace (PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD), ==, 0);
  for (guint n_stops = 0; WIFSTOPPED (status) && n_stops <= 2 * step;)
    {
      int stop = WSTOPSIG (status);
      gboolean is_ours = stop == SIGSTOP || stop == (SIGTRAP | 0x80);

      status = killed_go_on (pid, PTRACE_SYSCALL, is_ours ? 0 : stop);
      if (WIFSTOPPED (status) && WSTOPSIG (status) == (SIGTRAP | 0x80))
        n_stops++;
    }
  if (WIFSTOPPED (status))
    {
      kill (pid, SIGKILL);
      g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
      g_assert_true (WIFSIGNALED (status));
      return TRUE;
    }
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  return FALSE;
}

/* Whether this machine lets one process stop another. */
static inline gboolean
killed_is_possible (const char *program)
{
  pid_t pid = killed_spawn (program, "nothing", "");
  int status = killed_go_on (pid, 0, 0);
  gboolean possible = WIFSTOPPED (status);

  if (possible)
    {
      kill (pid, SIGKILL);
      g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
    }
  return possible;
}
