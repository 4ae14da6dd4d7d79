/* lines.c: commands that come as lines of standard input */
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096

gboolean
lines_run (char *const *commands, const char *program, LinesFunc func, gpointer user_data)
{
  for (; *commands != NULL; commands++)
    {
      g_autofree char *answer = func (*commands, user_data);

      if (!g_str_equal (answer, "ok"))
        {
          fprintf (stderr, "%s: “%s”: %s\n", program, *commands, answer);
          return FALSE;
        }
    }
  return TRUE;
}

void
lines_begin (void)
{
  fcntl (STDIN_FILENO, F_SETFL, O_NONBLOCK);
  puts ("ready");
  fflush (stdout);
}

static void
answer_all (GString *lines, LinesFunc func, gpointer user_data)
{
  char *end;

  while ((end = memchr (lines->str, '\n', lines->len)) != NULL)
    {
      g_autofree char *answer = NULL;

      *end = '\0';
      answer = func (lines->str, user_data);
      printf ("%s\n", answer);
      fflush (stdout);
      g_string_erase (lines, 0, end - lines->str + 1);
    }
}

gboolean
lines_take (GString *rest, LinesFunc func, gpointer user_data)
{
  char buf[LINE_MAX_BYTES];
  gssize len = read (STDIN_FILENO, buf, sizeof buf);

  if (len < 0 && (errno == EAGAIN || errno == EINTR))
    return TRUE;
  if (len <= 0 || rest->len > LINE_MAX_BYTES)
    return FALSE;
  g_string_append_len (rest, buf, len);
  answer_all (rest, func, user_data);
  return TRUE;
}
