/* test-command.c: which lines are commands, and that all others go out as they came in */
#include "term/command.h"

static const struct
{
  const char *line;
  KhCommandType type;
  const char *argument;
} lines[] = {
  { "hello", KH_COMMAND_SEND, "hello" },
  { "/accept k3f9-7dqx", KH_COMMAND_ACCEPT, "k3f9-7dqx" },
  { "/decline  k3f9", KH_COMMAND_DECLINE, "k3f9" },
  { "/block\tk3f9 7dqx", KH_COMMAND_BLOCK, "k3f9 7dqx" },
  { "/why", KH_COMMAND_WHY, "" },
  { "/help", KH_COMMAND_HELP, "" },
  { "/help me", KH_COMMAND_SEND, "/help me" },
  { "/quit", KH_COMMAND_QUIT, "" },
  { "/quit ", KH_COMMAND_QUIT, "" },
  { "//quit", KH_COMMAND_SEND, "/quit" },
  { "///quit", KH_COMMAND_SEND, "//quit" },
  { "//accept k3f9", KH_COMMAND_SEND, "/accept k3f9" },
  { " /quit", KH_COMMAND_SEND, " /quit" },
  { "/quit now", KH_COMMAND_SEND, "/quit now" },
  { "/accept", KH_COMMAND_SEND, "/accept" },
  { "/accepted k3f9", KH_COMMAND_SEND, "/accepted k3f9" },
  { "/etc/fstab", KH_COMMAND_SEND, "/etc/fstab" },
  { "// a comment", KH_COMMAND_SEND, "// a comment" },
  { "/", KH_COMMAND_SEND, "/" },
  { "//", KH_COMMAND_SEND, "//" },
  { "quit", KH_COMMAND_SEND, "quit" },
  { "/QUIT", KH_COMMAND_SEND, "/QUIT" },
};

static void
test_lines (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      KhCommand command = kh_command_parse (lines[i].line);

      g_assert_cmpstr (kh_command_type_to_string (command.type), ==,
                       kh_command_type_to_string (lines[i].type));
      g_assert_cmpstr (command.argument, ==, lines[i].argument);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/term/command/lines", test_lines);
  return g_test_run ();
}
