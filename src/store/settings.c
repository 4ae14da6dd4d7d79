/* settings.c: the keys of servers as they were first seen, and small settings */
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

GPtrArray *
kh_settings_load_pins (KhDatabase *database, GError **error)
{
  g_autoptr (GPtrArray) pins = g_ptr_array_new_with_free_func ((GDestroyNotify) kh_store_pin_free);
  g_autoptr (KhStatement) row =
      kh_database_query (database, error,
                         "SELECT server, key, first_seen_us FROM pins ORDER BY server", "");
  KhStep step;

  if (row == NULL)
    return NULL;
  while ((step = kh_database_step (database, row, error)) == KH_STEP_ROW)
    {
      KhStorePin *pin = g_new0 (KhStorePin, 1);

      pin->server = kh_statement_text (row, 0);
      kh_statement_blob (row, 1, &pin->key, sizeof pin->key);
      pin->first_seen_us = sqlite3_column_int64 (row, 2);
      g_ptr_array_add (pins, pin);
    }
  return step == KH_STEP_DONE ? g_steal_pointer (&pins) : NULL;
}

gboolean
kh_settings_forget_pin (KhDatabase *database, const char *server, GError **error)
{
  return kh_database_run (database, error, "DELETE FROM pins WHERE server = ?1", "s", server);
}

gboolean
kh_settings_set_picture (
    KhDatabase *database, gint64 contact, const guint8 *hash, GBytes *data, GError **error)
{
  gsize len;
  const void *bytes;

  if (data == NULL)
    return kh_database_run (database, error, "DELETE FROM pictures WHERE contact = ?1", "i",
                            contact);
  bytes = g_bytes_get_data (data, &len);
  return kh_database_run (database, error,
                          "INSERT OR REPLACE INTO pictures (contact, hash, data)"
                          " VALUES (?1, ?2, ?3)",
                          "ibb", contact, hash, (gsize) KH_MESSAGE_HASH_SIZE, bytes, len);
}

gboolean
kh_settings_get_picture (KhDatabase *database, gint64 contact, GBytes **ret_data, GError **error)
{
  g_autoptr (KhStatement) row =
      kh_database_query (database, error, "SELECT data FROM pictures WHERE contact = ?1", "i",
                         contact);
  KhStep step = row != NULL ? kh_database_step (database, row, error) : KH_STEP_ERROR;

  if (step == KH_STEP_ERROR)
    return FALSE;
  *ret_data = step == KH_STEP_ROW ? g_bytes_new (sqlite3_column_blob (row, 0),
                                                 (gsize) sqlite3_column_bytes (row, 0))
                                  : NULL;
  return TRUE;
}

GPtrArray *
kh_settings_load_invites (KhDatabase *database, GError **error)
{
  g_autoptr (GPtrArray) invites =
      g_ptr_array_new_with_free_func ((GDestroyNotify) kh_store_invite_free);
  g_autoptr (KhStatement) row =
      kh_database_query (database, error,
                         "SELECT token, label, created_us FROM invites ORDER BY created_us", "");
  KhStep step;

  if (row == NULL)
    return NULL;
  while ((step = kh_database_step (database, row, error)) == KH_STEP_ROW)
    {
      KhStoreInvite *invite = g_new0 (KhStoreInvite, 1);

      kh_statement_blob (row, 0, invite->token, sizeof invite->token);
      invite->label = kh_statement_text (row, 1);
      invite->created_us = sqlite3_column_int64 (row, 2);
      g_ptr_array_add (invites, invite);
    }
  return step == KH_STEP_DONE ? g_steal_pointer (&invites) : NULL;
}

gboolean
kh_settings_add_invite (KhDatabase *database, const KhStoreInvite *invite, GError **error)
{
  if (!kh_database_run (database, error,
                        "INSERT INTO invites (token, label, created_us) SELECT ?1, ?2, ?3"
                        " WHERE (SELECT count(*) FROM invites) < ?4",
                        "bsii", invite->token, sizeof invite->token, invite->label,
                        invite->created_us, (gint64) KH_STORE_INVITES_MAX))
    return FALSE;
  if (kh_database_changes (database) > 0)
    return TRUE;
  g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID,
               "There are %d invite links already. Withdraw one first", KH_STORE_INVITES_MAX);
  return FALSE;
}

gboolean
kh_settings_remove_invite (KhDatabase *database, const guint8 *token, GError **error)
{
  return kh_database_run (database, error, "DELETE FROM invites WHERE token = ?1", "b", token,
                          (gsize) KH_STORE_TOKEN_SIZE);
}
