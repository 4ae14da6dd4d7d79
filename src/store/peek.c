/* peek.c: see peek.h; owns a connection of its own for as long as it looks */
#include "store/peek.h"

#include <string.h>

#include "store/peek-private.h"
#include "store/store.h"

/* Somebody may be bringing the database up to date. */
#define PATIENCE_MS 2000

gboolean
kh_peek_fail (sqlite3 *database, GError **error)
{
  int code = sqlite3_errcode (database);

  g_set_error (error, KH_STORE_ERROR,
               code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? KH_STORE_ERROR_CORRUPT
                                                               : KH_STORE_ERROR_IO,
               "The history cannot be read: %s", sqlite3_errmsg (database));
  return FALSE;
}

gboolean
kh_peek_open (const char *dir, sqlite3 **ret_database, GError **error)
{
  g_autofree char *path = g_build_filename (dir, KH_STORE_DATABASE_NAME, NULL);
  g_autoptr (sqlite3) database = NULL;

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    {
      if (sqlite3_open_v2 (path, &database, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
        return kh_peek_fail (database, error);
      sqlite3_busy_timeout (database, PATIENCE_MS);
    }
  *ret_database = g_steal_pointer (&database);
  return TRUE;
}

/* The first value of @sql, whose only parameter is @parameter, as a row. TRUE and no row where
 * there is none, or no history. @ret_database goes with the row. */
static gboolean
look_up (const char *dir,
         const char *sql,
         const char *parameter,
         sqlite3 **ret_database,
         sqlite3_stmt **ret_row,
         GError **error)
{
  g_autoptr (sqlite3) database = NULL;
  g_autoptr (sqlite3_stmt) statement = NULL;
  int step;

  if (!kh_peek_open (dir, &database, error))
    return FALSE;
  if (database == NULL)
    return TRUE;
  if (sqlite3_prepare_v2 (database, sql, -1, &statement, NULL) != SQLITE_OK ||
      sqlite3_bind_text (statement, 1, parameter, -1, SQLITE_TRANSIENT) != SQLITE_OK)
    return kh_peek_fail (database, error);
  step = sqlite3_step (statement);
  if (step != SQLITE_ROW && step != SQLITE_DONE)
    return kh_peek_fail (database, error);
  if (step == SQLITE_ROW)
    {
      *ret_row = g_steal_pointer (&statement);
      *ret_database = g_steal_pointer (&database);
    }
  return TRUE;
}

gboolean
kh_peek_setting (const char *dir, const char *name, char **ret_value, GError **error)
{
  g_autoptr (sqlite3) database = NULL;
  g_autoptr (sqlite3_stmt) row = NULL;

  if (!look_up (dir, "SELECT value FROM settings WHERE name = ?1", name, &database, &row, error))
    return FALSE;
  *ret_value = row != NULL ? g_strdup ((const char *) sqlite3_column_text (row, 0)) : NULL;
  return TRUE;
}

gboolean
kh_peek_pin (
    const char *dir, const char *server, gboolean *ret_has_key, KhKey *ret_key, GError **error)
{
  g_autoptr (sqlite3) database = NULL;
  g_autoptr (sqlite3_stmt) row = NULL;

  if (!look_up (dir, "SELECT key FROM pins WHERE server = ?1", server, &database, &row, error))
    return FALSE;
  *ret_has_key = row != NULL && sqlite3_column_bytes (row, 0) == KH_KEY_SIZE;
  if (*ret_has_key)
    memcpy (ret_key->bytes, sqlite3_column_blob (row, 0), KH_KEY_SIZE);
  return TRUE;
}
