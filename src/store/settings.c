/* settings.c: the keys of servers as they were first seen (DESIGN section 6), and small settings
 */
#include "store/settings.h"

#include <string.h>

static gboolean
check_length (const char *text, gsize max, GError **error)
{
  if (strlen (text) <= max)
    return TRUE;
  g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID,
               "Not saved: longer than %" G_GSIZE_FORMAT " bytes", max);
  return FALSE;
}

gboolean
kh_settings_get_pin (KhDatabase *database, const char *server, KhStorePin **ret_pin, GError **error)
{
  g_autoptr (KhStatement) row =
      kh_database_query (database, error, "SELECT key, first_seen_us FROM pins WHERE server = ?1",
                         "s", server);
  KhStep step = row != NULL ? kh_database_step (database, row, error) : KH_STEP_ERROR;
  KhStorePin *pin = NULL;

  if (step == KH_STEP_ERROR)
    return FALSE;
  if (step == KH_STEP_ROW)
    {
      pin = g_new0 (KhStorePin, 1);
      pin->server = g_strdup (server);
      kh_statement_blob (row, 0, &pin->key, sizeof pin->key);
      pin->first_seen_us = sqlite3_column_int64 (row, 1);
    }
  *ret_pin = pin;
  return TRUE;
}

gboolean
kh_settings_set_pin (KhDatabase *database, const KhStorePin *pin, GError **error)
{
  return check_length (pin->server, KH_STORE_SERVER_MAX, error) &&
         kh_database_run (database, error,
                          "INSERT OR REPLACE INTO pins (server, key, first_seen_us)"
                          " VALUES (?1, ?2, ?3)",
                          "sbi", pin->server, &pin->key, sizeof pin->key, pin->first_seen_us);
}

gboolean
kh_settings_get (KhDatabase *database, const char *name, char **ret_value, GError **error)
{
  g_autoptr (KhStatement) row =
      kh_database_query (database, error, "SELECT value FROM settings WHERE name = ?1", "s", name);
  KhStep step = row != NULL ? kh_database_step (database, row, error) : KH_STEP_ERROR;

  if (step == KH_STEP_ERROR)
    return FALSE;
  *ret_value = step == KH_STEP_ROW ? kh_statement_text (row, 0) : NULL;
  return TRUE;
}

gboolean
kh_settings_set (KhDatabase *database, const char *name, const char *value, GError **error)
{
  if (value == NULL)
    return kh_database_run (database, error, "DELETE FROM settings WHERE name = ?1", "s", name);
  return check_length (name, KH_STORE_SETTING_MAX, error) &&
         check_length (value, KH_STORE_SETTING_MAX, error) &&
         kh_database_run (database, error,
                          "INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)", "ss",
                          name, value);
}
