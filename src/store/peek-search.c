/* peek-search.c: see peek-search.h; owns a connection of its own for as long as it searches
 *
 * For the desktop's search, which asks while the app is closed and must neither take its lock nor
 * bring it online. The tables are those of schema.c as they are now: a history of another version
 * waits for the app itself to bring it up.
 */
#include "store/peek-search.h"

#include <string.h>

#include "store/messages.h"
#include "store/peek-private.h"
#include "store/schema.h"
#include "store/store.h"

static gboolean
is_current (sqlite3 *database, gboolean *ret_current, GError **error)
{
  g_autoptr (sqlite3_stmt) row = NULL;

  if (sqlite3_prepare_v2 (database, "PRAGMA user_version", -1, &row, NULL) != SQLITE_OK ||
      sqlite3_step (row) != SQLITE_ROW)
    return kh_peek_fail (database, error);
  *ret_current = sqlite3_column_int (row, 0) == (int) kh_schema_n_migrations;
  return TRUE;
}

static gboolean
read_peer_id (sqlite3_stmt *row, int column, KhPeerId *ret_id)
{
  return sqlite3_column_bytes (row, column) == KH_PEER_ID_SIZE &&
         kh_peer_id_from_bytes (sqlite3_column_blob (row, column), ret_id);
}

static gboolean
matches (const char *query, const char *name)
{
  return name != NULL && g_str_match_string (query, name, TRUE);
}

/* Names have no index: there are as many as a person knows people. */
static gboolean
search_names (sqlite3 *database,
              const char *query,
              guint limit,
              KhPeekFound found,
              gpointer user_data,
              GError **error)
{
  g_autoptr (sqlite3_stmt) row = NULL;
  int step;

  if (sqlite3_prepare_v2 (database,
                          "SELECT peer_id, alias, given_name FROM contacts"
                          " WHERE state = ?1 ORDER BY id",
                          -1, &row, NULL) != SQLITE_OK ||
      sqlite3_bind_int (row, 1, KH_CONTACT_ACCEPTED) != SQLITE_OK)
    return kh_peek_fail (database, error);
  while ((step = sqlite3_step (row)) == SQLITE_ROW)
    {
      const char *alias = (const char *) sqlite3_column_text (row, 1);
      const char *given = (const char *) sqlite3_column_text (row, 2);
      KhPeerId id;

      if (limit == 0)
        return TRUE;
      if (!read_peer_id (row, 0, &id) || (!matches (query, alias) && !matches (query, given)))
        continue;
      found (&id, alias != NULL ? alias : given, 0, NULL, user_data);
      limit--;
    }
  return step == SQLITE_DONE || kh_peek_fail (database, error);
}

static gboolean
search_messages (sqlite3 *database,
                 const char *match,
                 guint limit,
                 KhPeekFound found,
                 gpointer user_data,
                 GError **error)
{
  g_autoptr (sqlite3_stmt) row = NULL;
  int step;

  if (limit == 0)
    return TRUE;
  if (sqlite3_prepare_v2 (database,
                          "SELECT c.peer_id, coalesce (c.alias, c.given_name), m.seq,"
                          "  snippet (messages_text, 0, '', '', '…', 20)"
                          " FROM messages_text t JOIN messages m ON m.seq = t.rowid"
                          " JOIN contacts c ON c.id = m.contact"
                          " WHERE messages_text MATCH ?1 AND c.state = ?2"
                          " ORDER BY t.rowid DESC LIMIT ?3",
                          -1, &row, NULL) != SQLITE_OK ||
      sqlite3_bind_text (row, 1, match, -1, SQLITE_TRANSIENT) != SQLITE_OK ||
      sqlite3_bind_int (row, 2, KH_CONTACT_ACCEPTED) != SQLITE_OK ||
      sqlite3_bind_int64 (row, 3, limit) != SQLITE_OK)
    return kh_peek_fail (database, error);
  while ((step = sqlite3_step (row)) == SQLITE_ROW)
    {
      KhPeerId id;

      if (read_peer_id (row, 0, &id))
        found (&id, (const char *) sqlite3_column_text (row, 1), sqlite3_column_int64 (row, 2),
               (const char *) sqlite3_column_text (row, 3), user_data);
    }
  return step == SQLITE_DONE || kh_peek_fail (database, error);
}

gboolean
kh_peek_search (const char *dir,
                const char *query,
                guint n_names,
                guint n_messages,
                KhPeekFound found,
                gpointer user_data,
                GError **error)
{
  g_autofree char *match = NULL;
  g_autoptr (sqlite3) database = NULL;
  gboolean current = FALSE;

  if (strlen (query) > KH_STORE_QUERY_MAX || !g_utf8_validate (query, -1, NULL))
    {
      g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID,
                   "Cannot search for this: it is too long, or not UTF-8");
      return FALSE;
    }
  match = kh_messages_match_expression (query);
  if (*match == '\0')
    return TRUE;
  if (!kh_peek_open (dir, &database, error))
    return FALSE;
  if (database == NULL)
    return TRUE;
  if (!is_current (database, &current, error))
    return FALSE;
  return !current || (search_names (database, query, n_names, found, user_data, error) &&
                      search_messages (database, match, n_messages, found, user_data, error));
}
