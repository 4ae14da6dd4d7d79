/* bench-words.h: what was measured, as a short table in the user's language */
#pragma once

#include "term/report.h"

/* (transfer full): lines, each with its end. @name: the peer's, escaped */
char *kh_bench_words (const KhReportBench *figures, const char *name);
