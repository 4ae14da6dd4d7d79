/* contacts.c: the people in the history
 *
 * A contact is found by its peer ID, which is known before its key is; a key is only taken if the
 * ID is its hash, so that nothing above can bind the wrong key to a person.
 */
#include "store/contacts.h"

#include <string.h>

#include "store/messages.h"

#define SELECT_CONTACTS                                                                   \
  "SELECT c.id, c.peer_id, c.key, c.server, c.given_name, c.alias, c.state, c.verified, " \
  "c.created_us, c.knock_stamp, (SELECT m.id FROM messages m WHERE m.contact = c.id AND " \
  "m.direction = 1 AND m.state = 3 ORDER BY m.seq DESC LIMIT 1), c.flags, c.draft, "      \
  "(SELECT p.hash FROM pictures p WHERE p.contact = c.id) FROM contacts c "

static KhStoreContact *
contact_from_row (KhStatement *row)
{
  KhStoreContact *contact = g_new0 (KhStoreContact, 1);

  contact->id = sqlite3_column_int64 (row, 0);
  kh_statement_blob (row, 1, &contact->peer_id, sizeof contact->peer_id);
  contact->has_key = kh_statement_blob (row, 2, &contact->key, sizeof contact->key);
  contact->server = kh_statement_text (row, 3);
  contact->given_name = kh_statement_text (row, 4);
  contact->alias = kh_statement_text (row, 5);
  contact->state = (KhContactState) sqlite3_column_int (row, 6);
  contact->verified = sqlite3_column_int (row, 7) != 0;
  contact->created_us = sqlite3_column_int64 (row, 8);
  contact->knock_stamp = (guint64) sqlite3_column_int64 (row, 9);
  contact->has_last_read =
      kh_statement_blob (row, 10, &contact->last_read, sizeof contact->last_read);
  contact->flags = (KhContactFlags) sqlite3_column_int (row, 11);
  contact->draft = kh_statement_text (row, 12);
  contact->has_picture = kh_statement_blob (row, 13, contact->picture, sizeof contact->picture);
  return contact;
}

GPtrArray *
kh_contacts_load (KhDatabase *database, GError **error)
{
  g_autoptr (GPtrArray) contacts =
      g_ptr_array_new_with_free_func ((GDestroyNotify) kh_store_contact_free);
  g_autoptr (KhStatement) row = NULL;
  KhStep step;

  row = kh_database_query (database, error, SELECT_CONTACTS "ORDER BY c.id", "");
  if (row == NULL)
    return NULL;
  while ((step = kh_database_step (database, row, error)) == KH_STEP_ROW)
    g_ptr_array_add (contacts, contact_from_row (row));
  return step == KH_STEP_DONE ? g_steal_pointer (&contacts) : NULL;
}

static KhStoreContact *
find_by_peer_id (KhDatabase *database, const KhPeerId *peer_id, GError **error)
{
  g_autoptr (KhStatement) row =
      kh_database_query (database, error, SELECT_CONTACTS "WHERE c.peer_id = ?1", "b", peer_id,
                         sizeof *peer_id);

  if (row == NULL || kh_database_step (database, row, error) != KH_STEP_ROW)
    return NULL;
  return contact_from_row (row);
}

static gboolean
invalid (GError **error, const char *what)
{
  g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID, "The contact was not saved: %s",
               what);
  return FALSE;
}

static gboolean
check_contact (const KhStoreContact *contact, GError **error)
{
  if (contact->has_key && !kh_peer_id_matches_key (&contact->peer_id, &contact->key))
    return invalid (error, "its key is not the one that its peer ID names");
  if (contact->server != NULL && strlen (contact->server) > KH_STORE_SERVER_MAX)
    return invalid (error, "the server's name is too long");
  if ((guint) contact->state > KH_CONTACT_BLOCKED)
    return invalid (error, "it has no such state");
  if (contact->knock_stamp > G_MAXINT64)
    return invalid (error, "the timestamp is out of range");
  return TRUE;
}

/* Strangers cost nothing to invent, so that only so many are remembered. */
static gboolean
forget_old_requests (KhDatabase *database, GError **error)
{
  return kh_database_run (database, error,
                          "DELETE FROM contacts WHERE id IN ("
                          "  SELECT c.id FROM contacts c WHERE c.state = 0 AND NOT EXISTS ("
                          "    SELECT 1 FROM messages m WHERE m.contact = c.id)"
                          "  ORDER BY c.id DESC LIMIT -1 OFFSET ?1)",
                          "i", (gint64) KH_STORE_REQUESTS_MAX);
}

static gboolean
save (KhDatabase *database, gpointer data, GError **error)
{
  const KhStoreContact *contact = data;
  g_autofree char *given_name = kh_name_clean (contact->given_name);
  g_autofree char *alias = kh_name_clean (contact->alias);

  /* An absent name is an empty one after cleaning, and no reason to forget the old. */
  return kh_database_run (
             database, error,
             "INSERT INTO contacts (peer_id, key, server, given_name, alias, state, verified,"
             "  created_us, knock_stamp)"
             " VALUES (?1, ?2, nullif (?3, ''), nullif (?4, ''), nullif (?5, ''), ?6, ?7, ?8, ?9)"
             " ON CONFLICT (peer_id) DO UPDATE SET"
             "  key = coalesce (excluded.key, key),"
             "  server = nullif (coalesce (?3, server), ''),"
             "  given_name = coalesce (excluded.given_name, given_name)",
             "bbsssiiii", &contact->peer_id, sizeof contact->peer_id,
             contact->has_key ? &contact->key : NULL, sizeof contact->key, contact->server,
             given_name, alias, (gint64) contact->state, (gint64) (contact->verified != FALSE),
             contact->created_us, (gint64) contact->knock_stamp) &&
         forget_old_requests (database, error);
}

KhStoreContact *
kh_contacts_save (KhDatabase *database, const KhStoreContact *contact, GError **error)
{
  if (!check_contact (contact, error) ||
      !kh_database_transaction (database, save, (gpointer) contact, error))
    return NULL;
  return find_by_peer_id (database, &contact->peer_id, error);
}

static gboolean
expect_change (KhDatabase *database, gboolean ok, GError **error)
{
  if (!ok || kh_database_changes (database) > 0)
    return ok;
  g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_NOT_FOUND,
               "There is no such contact any more");
  return FALSE;
}

gboolean
kh_contacts_set_state (KhDatabase *database, gint64 contact, KhContactState state, GError **error)
{
  gboolean ok = kh_database_run (database, error, "UPDATE contacts SET state = ?2 WHERE id = ?1",
                                 "ii", contact, (gint64) state);

  return expect_change (database, ok, error);
}

gboolean
kh_contacts_set_alias (KhDatabase *database, gint64 contact, const char *alias, GError **error)
{
  g_autofree char *clean = kh_name_clean (alias);
  gboolean ok =
      kh_database_run (database, error, "UPDATE contacts SET alias = nullif (?2, '') WHERE id = ?1",
                       "is", contact, clean);

  return expect_change (database, ok, error);
}

gboolean
kh_contacts_set_verified (KhDatabase *database, gint64 contact, gboolean verified, GError **error)
{
  gboolean ok = kh_database_run (database, error, "UPDATE contacts SET verified = ?2 WHERE id = ?1",
                                 "ii", contact, (gint64) (verified != FALSE));

  return expect_change (database, ok, error);
}

gboolean
kh_contacts_set_flags (
    KhDatabase *database, gint64 contact, KhContactFlags mask, KhContactFlags flags, GError **error)
{
  gboolean ok = kh_database_run (database, error,
                                 "UPDATE contacts SET flags = (flags & ~?2) | ?3 WHERE id = ?1",
                                 "iii", contact, (gint64) mask, (gint64) (flags & mask));

  return expect_change (database, ok, error);
}

gboolean
kh_contacts_set_flag (
    KhDatabase *database, gint64 contact, KhContactFlags flag, gboolean set, GError **error)
{
  return kh_contacts_set_flags (database, contact, flag, set ? flag : 0, error);
}

gboolean
kh_contacts_set_draft (KhDatabase *database, gint64 contact, const char *draft, GError **error)
{
  gboolean ok;

  if (draft != NULL && *draft != '\0' && !kh_message_text_is_valid (draft))
    return invalid (error, "its draft is too long, or not UTF-8");
  ok =
      kh_database_run (database, error, "UPDATE contacts SET draft = nullif (?2, '') WHERE id = ?1",
                       "is", contact, draft);
  return expect_change (database, ok, error);
}

gboolean
kh_contacts_set_knock_stamp (KhDatabase *database, gint64 contact, guint64 stamp, GError **error)
{
  g_autoptr (KhStatement) row =
      kh_database_query (database, error, "SELECT knock_stamp FROM contacts WHERE id = ?1", "i",
                         contact);
  KhStep step = row != NULL ? kh_database_step (database, row, error) : KH_STEP_ERROR;
  gboolean ok;

  if (step == KH_STEP_ERROR)
    return FALSE;
  if (step == KH_STEP_ROW && (stamp > G_MAXINT64 || (gint64) stamp < sqlite3_column_int64 (row, 0)))
    return invalid (error, "the timestamp of the knock is older than the last");
  ok = kh_database_run (database, error, "UPDATE contacts SET knock_stamp = ?2 WHERE id = ?1", "ii",
                        contact, (gint64) stamp);
  return expect_change (database, ok, error);
}

static gboolean
delete_contact (KhDatabase *database, gpointer data, GError **error)
{
  const gint64 *contact = data;
  gboolean ok =
      kh_database_run (database, error, "DELETE FROM contacts WHERE id = ?1", "i", *contact);

  return expect_change (database, ok, error) && kh_messages_scrub_later (database, error);
}

gboolean
kh_contacts_delete (KhDatabase *database, gint64 contact, GError **error)
{
  return kh_database_transaction (database, delete_contact, &contact, error) &&
         kh_messages_scrub_now (database, error);
}
