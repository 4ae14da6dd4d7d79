/* command.h: what the NAT can be told, on its command line and on standard input */
#pragma once

#include "gateway.h"

/* For --help. */
extern const char command_help[];

/* Carries out one line. Returns (transfer full) the answer, one line without its end: "ok",
 * "error: " and why, or what was asked for. */
char *command_run (Gateway *gateway, const char *line, gint64 now_us);
