/* command.h: what the emulator can be told, on its command line and on standard input */
#pragma once

#include "direction.h"

/* The directions: A to B, and B to A. */
enum
{
  FROM_A,
  FROM_B,
  N_DIRECTIONS
};

/* For --help. */
extern const char command_help[];

/* Carries out one line. Returns (transfer full) the answer, one line without its end: "ok",
 * "error: " and why, or what was asked for. */
char *command_run (Direction *const directions[N_DIRECTIONS], const char *line, gint64 now_ns);
