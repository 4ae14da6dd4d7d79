/* self-test.h: `--self-test` of the programs */
#pragma once

#include <glib.h>

typedef void (*KhEngineSelfTestReport) (const char *name, gboolean passed, gpointer user_data);

/* Runs the known-answer tests of the cryptography, and @report (nullable) for each as it ends.
 * Returns TRUE where all passed. About 5 ms. */
gboolean kh_engine_self_test (KhEngineSelfTestReport report, gpointer user_data);
