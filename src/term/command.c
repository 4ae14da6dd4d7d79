/* command.c: the lines of standard input that are commands
 *
 * The rule loses nothing: text that only resembles a command, or begins with slashes for reasons of
 * its own (paths, comments), goes out as it came in.
 */
#include "term/command.h"

#include <string.h>

static const struct
{
  KhCommandType type;
  const char *word;
  gboolean takes_peer;
} commands[] = {
  { KH_COMMAND_ACCEPT, "accept", TRUE }, { KH_COMMAND_DECLINE, "decline", TRUE },
  { KH_COMMAND_BLOCK, "block", TRUE },   { KH_COMMAND_WHY, "why", FALSE },
  { KH_COMMAND_HELP, "help", FALSE },    { KH_COMMAND_QUIT, "quit", FALSE },
};

static const char *
skip_space (const char *text)
{
  return text + strspn (text, " \t");
}

/* @line: after the slashes */
static gboolean
find_command (const char *line, KhCommand *ret_command)
{
  gsize length = strcspn (line, " \t");
  const char *argument = skip_space (line + length);

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strlen (commands[i].word) == length && memcmp (commands[i].word, line, length) == 0 &&
        (argument[0] != '\0') == commands[i].takes_peer)
      {
        *ret_command = (KhCommand){ commands[i].type, argument };
        return TRUE;
      }
  return FALSE;
}

KhCommand
kh_command_parse (const char *line)
{
  gsize slashes = strspn (line, "/");
  KhCommand command;

  if (slashes > 0 && find_command (line + slashes, &command))
    return slashes == 1 ? command : (KhCommand){ KH_COMMAND_SEND, line + 1 };
  return (KhCommand){ KH_COMMAND_SEND, line };
}

const char *
kh_command_type_to_string (KhCommandType type)
{
  static const char *const names[] = {
    [KH_COMMAND_SEND] = "send",   [KH_COMMAND_ACCEPT] = "accept", [KH_COMMAND_DECLINE] = "decline",
    [KH_COMMAND_BLOCK] = "block", [KH_COMMAND_WHY] = "why",       [KH_COMMAND_HELP] = "help",
    [KH_COMMAND_QUIT] = "quit",
  };

  return (guint) type < G_N_ELEMENTS (names) ? names[type] : "unknown";
}
