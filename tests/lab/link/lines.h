/* lines.h: commands that come as lines of standard input, each answered with one line */
#pragma once

#include <glib.h>

/* (transfer full): the answer, one line without its end */
typedef char *(*LinesFunc) (const char *line, gpointer user_data);

/* Runs @commands, the first ones, from the command line. FALSE, and the complaint printed, where
 * one is not answered "ok". @program is for the complaint. */
gboolean lines_run (char *const *commands, const char *program, LinesFunc func, gpointer user_data);
/* Standard input does not block from now on; prints "ready". */
void lines_begin (void);
/* There is something to read: answers the lines that are whole by now; @rest keeps the start of the
 * next one. FALSE at the end of the input. */
gboolean lines_take (GString *rest, LinesFunc func, gpointer user_data);
