/* peek-private.h: how what peeks at a history opens it, and says what went wrong */
#pragma once

#include <sqlite3.h>

#include "store/error.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3, sqlite3_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)

/* Read only. @ret_database: NULL where there is no history. Errors: IO, CORRUPT. */
gboolean kh_peek_open (const char *dir, sqlite3 **ret_database, GError **error);

/* FALSE, with @error set from what @database says of the last call. */
gboolean kh_peek_fail (sqlite3 *database, GError **error);
