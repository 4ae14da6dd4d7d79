/* talk.h: one run of knothole-term, from the opened data folder to the goodbye */
#pragma once

#include "term/options.h"
#include "term/output.h"

/**
 * kh_talk_run:
 * @options: neither id, version nor self_test
 *
 * Runs a main loop on the default main context until the input is delivered, the timeout is over, a
 * signal comes (SIGINT, SIGTERM, SIGHUP), or something fails. SIGPIPE must be ignored.
 */
KhExit kh_talk_run (const KhOptions *options, KhOutput *output);
