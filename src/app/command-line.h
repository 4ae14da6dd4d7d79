/* command-line.h: the options of `knothole`, and what is wrong with them */
#pragma once

#include <gio/gio.h>

/* A plain value; strings are owned. */
typedef struct
{
  char *data_dir;       /* absolute; (nullable): NULL for the default */
  char *server;         /* (nullable) */
  char *name;           /* (nullable) */
  char *target;         /* (nullable): a peer ID or an invite link */
  gboolean new_chat;    /* ask whom to talk to */
  gboolean bench_serve; /* answer measurements */
  gboolean background;  /* start without a window */
} KhCommandLine;

void kh_command_line_clear (KhCommandLine *self);

/* Before the application runs: the options, for --help and for parsing. */
void kh_command_line_add_options (GApplication *application);

/* In "handle-local-options": -1 to go on, else the exit status; prints what is wrong, the version,
 * or the results of the self-test. With a data folder, the application becomes non-unique. */
int kh_command_line_handle_local (GApplication *application, GVariantDict *options);

/* In "command-line", of this process or of a second one that hands its own over. */
void kh_command_line_parse (KhCommandLine *self, GApplicationCommandLine *invocation);
