/* peek.h: a look into a data folder that somebody else may have open
 *
 * Reads only, takes no lock, makes nothing. Blocks. A folder without a history has nothing in it.
 * Errors: IO, CORRUPT.
 */
#pragma once

#include "crypto/identity.h"
#include "store/error.h"

/* @ret_value: (transfer full) (nullable): NULL where it is not set */
gboolean kh_peek_setting (const char *dir, const char *name, char **ret_value, GError **error);
/* @ret_key is written where there is a pin of @server. */
gboolean kh_peek_pin (
    const char *dir, const char *server, gboolean *ret_has_key, KhKey *ret_key, GError **error);
