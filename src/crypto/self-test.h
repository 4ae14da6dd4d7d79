/* self-test.h: the known-answer tests behind `--self-test` of every program */
#pragma once

#include <glib.h>

typedef void (*KhSelfTestReport) (const char *name, gboolean passed, gpointer user_data);

/**
 * kh_self_test:
 * @report: (nullable): called once for each test, as it ends
 *
 * Runs all of them, whatever the first ones say. Returns TRUE where all passed. About 5 ms.
 */
gboolean kh_self_test (KhSelfTestReport report, gpointer user_data);
