/* bench-options.h: the options of a measurement, as words and as a plan */
#pragma once

#include "engine/bench.h"

/* As they were typed; each (nullable). */
typedef struct
{
  char *to;
  char *bytes;
  char *seconds;
  char *streams;
  gboolean serve;
} KhBenchWords;

/**
 * kh_bench_options_read:
 * @target: (nullable): the PEER-ID of the command line
 * @ret_plan: written where @words has a @to
 *
 * Errors are G_OPTION_ERROR, in the user's language: a value that is none, options that exclude
 * each other, and those that mean nothing without --bench-to.
 */
gboolean kh_bench_options_read (const KhBenchWords *words,
                                const char *target,
                                KhBenchPlan *ret_plan,
                                GError **error);
