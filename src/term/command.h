/* command.h: the lines of standard input that are commands
 *
 * "/accept PEER-ID", "/decline PEER-ID", "/block PEER-ID", "/why", "/help", "/quit", whole lines.
 * Every other line is a message, "/etc/fstab" too. A line that would be a command is sent as a
 * message by doubling its slash: "//quit" is sent as "/quit".
 */
#pragma once

#include <glib.h>

typedef enum
{
  KH_COMMAND_SEND,
  KH_COMMAND_ACCEPT,
  KH_COMMAND_DECLINE,
  KH_COMMAND_BLOCK,
  KH_COMMAND_WHY,
  KH_COMMAND_HELP,
  KH_COMMAND_QUIT,
} KhCommandType;

/* @argument: inside the line: the text to send, or the peer ID as it was typed (without a check);
 * "" where there is none */
typedef struct
{
  KhCommandType type;
  const char *argument;
} KhCommand;

KhCommand kh_command_parse (const char *line);
const char *kh_command_type_to_string (KhCommandType type);
