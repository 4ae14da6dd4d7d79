/* settings.h: the file of what can be changed while knotholed runs (--config, SIGHUP) */
#pragma once

#include "server/options.h"

/**
 * kh_settings_read:
 * @path: a key file; its group "relay" may have "enabled" (a boolean), "rate" (Mbit a second) and
 *   "volume" (GB a day), in the terms of the command line
 * @options: what is named there replaces what is here; unchanged where FALSE is returned
 *
 * What it does not know is an error, because a mistyped limit would be none.
 */
gboolean kh_settings_read (const char *path, KhOptions *options, GError **error);
