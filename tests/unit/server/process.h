/* process.h: the real knotholed as a child process, for the tests that want it so */
#pragma once

#include <gio/gio.h>

typedef struct
{
  GSubprocess *process;
  GDataInputStream *output;
  char *state_dir;
  guint16 port; /* on 127.0.0.1 */
} Process;

/* Starts the program that the environment variable KNOTHOLED names, on a free port of 127.0.0.1,
 * and waits until it listens. @state_dir: (nullable): NULL makes one, removed at the end. */
Process *process_new (const char *state_dir);
/* Ends it by SIGTERM, and checks that it then exits with 0. */
void process_stop (Process *self);
void process_free (Process *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Process, process_free)

/* Runs knotholed with these arguments to its end; returns its exit status. */
int process_run (const char *const *arguments, char **ret_output, char **ret_errors);
