/* check.h: one run of --check-network */
#pragma once

#include "term/options.h"
#include "term/output.h"

/* Blocks, on a main loop of its own. OK where the server was reached, over whatever. */
KhExit kh_check_run (const KhOptions *options, KhOutput *output);
