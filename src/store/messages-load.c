/* messages-load.c: reading messages back: pages, what is pending, search, summaries
 *
 * Every answer is limited in rows, and a row by the largest text.
 */
#include "store/messages.h"

#include <string.h>

#define COLUMNS                                                                                   \
  "m.seq, m.contact, m.id, m.direction, m.state, m.sent_us, m.received_us, m.text, m.kind,"       \
  " m.target, m.reply_to, substr (q.text, 1, 160) AS reply_text, q.direction AS reply_direction," \
  " m.edited_us, m.deleted_us, m.delivered_us, m.read_us, m.my_reactions, m.their_reactions"
/* What it answers may be mine or theirs; should a peer give its own the id of one of mine, it is
 * mine. */
#define JOIN_REPLY                                                                       \
  " LEFT JOIN messages q ON q.seq ="                                                     \
  " (SELECT r.seq FROM messages r WHERE r.contact = m.contact AND r.direction IN (0, 1)" \
  "   AND r.id = m.reply_to AND r.kind = 0 ORDER BY r.direction LIMIT 1)"
#define MESSAGES "messages m" JOIN_REPLY

G_STATIC_ASSERT (KH_STORE_REPLY_MAX == 160);

static KhStoreMessage *
message_from_row (KhStatement *row, int first)
{
  KhStoreMessage *message = g_new0 (KhStoreMessage, 1);

  message->seq = sqlite3_column_int64 (row, first);
  message->contact = sqlite3_column_int64 (row, first + 1);
  kh_statement_blob (row, first + 2, &message->id, sizeof message->id);
  message->direction = (KhDirection) sqlite3_column_int (row, first + 3);
  message->state = (KhMessageState) sqlite3_column_int (row, first + 4);
  message->sent_us = sqlite3_column_int64 (row, first + 5);
  message->received_us = sqlite3_column_int64 (row, first + 6);
  message->text = kh_statement_text (row, first + 7);
  message->kind = (KhStoreKind) sqlite3_column_int (row, first + 8);
  kh_statement_blob (row, first + 9, &message->target, sizeof message->target);
  message->has_reply_to =
      kh_statement_blob (row, first + 10, &message->reply_to, sizeof message->reply_to);
  message->reply_text = kh_statement_text (row, first + 11);
  message->reply_direction = (KhDirection) sqlite3_column_int (row, first + 12);
  message->edited_us = sqlite3_column_int64 (row, first + 13);
  message->deleted_us = sqlite3_column_int64 (row, first + 14);
  message->delivered_us = sqlite3_column_int64 (row, first + 15);
  message->read_us = sqlite3_column_int64 (row, first + 16);
  message->my_reactions = kh_statement_text (row, first + 17);
  message->their_reactions = kh_statement_text (row, first + 18);
  return message;
}

KhStoreMessage *
kh_messages_load_one (KhDatabase *database, gint64 seq, GError **error)
{
  g_autoptr (KhStatement) row =
      kh_database_query (database, error, "SELECT " COLUMNS " FROM " MESSAGES " WHERE m.seq = ?1",
                         "i", seq);
  KhStep step = row != NULL ? kh_database_step (database, row, error) : KH_STEP_ERROR;

  if (step == KH_STEP_DONE)
    g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_NOT_FOUND,
                 "There is no such message any more");
  return step == KH_STEP_ROW ? message_from_row (row, 0) : NULL;
}

static GPtrArray *
collect (KhDatabase *database, KhStatement *row, GError **error)
{
  g_autoptr (GPtrArray) messages =
      g_ptr_array_new_with_free_func ((GDestroyNotify) kh_store_message_free);
  KhStep step;

  if (row == NULL)
    return NULL;
  while ((step = kh_database_step (database, row, error)) == KH_STEP_ROW)
    g_ptr_array_add (messages, message_from_row (row, 0));
  return step == KH_STEP_DONE ? g_steal_pointer (&messages) : NULL;
}

static gint64
clamp_limit (guint limit)
{
  return CLAMP (limit, 1, KH_STORE_PAGE_MAX);
}

GPtrArray *
kh_messages_load_pending (
    KhDatabase *database, gint64 contact, gint64 after_seq, guint limit, GError **error)
{
  g_autoptr (KhStatement) row =
      kh_database_query (database, error,
                         "SELECT " COLUMNS " FROM " MESSAGES
                         " WHERE m.contact = ?1 AND m.direction = 0"
                         " AND m.state = 0 AND m.seq > ?2 ORDER BY m.seq LIMIT ?3",
                         "iii", contact, after_seq, clamp_limit (limit));

  return collect (database, row, error);
}

GPtrArray *
kh_messages_load_page (
    KhDatabase *database, gint64 contact, gint64 before_seq, guint limit, GError **error)
{
  g_autoptr (KhStatement) row =
      kh_database_query (database, error,
                         "SELECT * FROM (SELECT " COLUMNS " FROM " MESSAGES
                         " WHERE m.contact = ?1 AND m.seq < ?2"
                         " AND m.kind = 0 ORDER BY m.seq DESC LIMIT ?3) ORDER BY seq",
                         "iii", contact, before_seq, clamp_limit (limit));

  return collect (database, row, error);
}

GPtrArray *
kh_messages_load_after (
    KhDatabase *database, gint64 contact, gint64 after_seq, guint limit, GError **error)
{
  g_autoptr (KhStatement) row =
      kh_database_query (database, error,
                         "SELECT " COLUMNS " FROM " MESSAGES " WHERE m.contact = ?1 AND m.seq > ?2"
                         " AND m.kind = 0 ORDER BY m.seq LIMIT ?3",
                         "iii", contact, after_seq, clamp_limit (limit));

  return collect (database, row, error);
}

char *
kh_messages_match_expression (const char *query)
{
  GString *match = g_string_new (NULL);
  gboolean in_word = FALSE;

  for (const char *at = query; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);
      gboolean belongs = g_unichar_isalnum (c) || g_unichar_ismark (c);

      if (belongs && !in_word)
        g_string_append (match, match->len > 0 ? " \"" : "\"");
      if (belongs)
        g_string_append_unichar (match, c);
      else if (in_word)
        g_string_append_c (match, '"');
      in_word = belongs;
    }
  if (in_word)
    g_string_append_c (match, '"');
  if (match->len > 0)
    g_string_append_c (match, '*');
  return g_string_free (match, FALSE);
}

/* The part of @snippet around what was found first, no longer than KH_STORE_SNIPPET_MAX. Words have
 * no longest length, so neither has what the index calls twenty of them. */
static char *
cut_snippet (const char *snippet)
{
  const char *found = strstr (snippet, KH_STORE_FOUND);
  glong before = found != NULL ? g_utf8_pointer_to_offset (snippet, found) : 0;
  glong skip = MAX (before - KH_STORE_SNIPPET_MAX / 3, 0);
  const char *begin = skip > 0 ? g_utf8_offset_to_pointer (snippet, skip + 1) : snippet;
  glong len = g_utf8_strlen (begin, -1);
  g_autofree char *body =
      g_utf8_substring (begin, 0, MIN (len, KH_STORE_SNIPPET_MAX - (skip > 0) - 1));

  return g_strconcat (skip > 0 ? "…" : "", body,
                      len > KH_STORE_SNIPPET_MAX - (skip > 0) - 1 ? "…" : "", NULL);
}

static GPtrArray *
collect_found (KhDatabase *database, KhStatement *row, GError **error)
{
  g_autoptr (GPtrArray) messages =
      g_ptr_array_new_with_free_func ((GDestroyNotify) kh_store_message_free);
  KhStep step;

  if (row == NULL)
    return NULL;
  while ((step = kh_database_step (database, row, error)) == KH_STEP_ROW)
    {
      KhStoreMessage *message = message_from_row (row, 1);

      message->snippet = cut_snippet ((const char *) sqlite3_column_text (row, 0));
      g_ptr_array_add (messages, message);
    }
  return step == KH_STEP_DONE ? g_steal_pointer (&messages) : NULL;
}

GPtrArray *
kh_messages_search (
    KhDatabase *database, gint64 contact, const char *query, guint limit, GError **error)
{
  g_autofree char *match = NULL;
  g_autoptr (KhStatement) row = NULL;

  if (strlen (query) > KH_STORE_QUERY_MAX || !g_utf8_validate (query, -1, NULL))
    {
      g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID,
                   "Cannot search for this: it is too long, or not UTF-8");
      return NULL;
    }
  match = kh_messages_match_expression (query);
  if (match[0] == '\0')
    return g_ptr_array_new_with_free_func ((GDestroyNotify) kh_store_message_free);
  row = kh_database_query (
      database, error,
      "SELECT snippet (messages_text, 0, '" KH_STORE_FOUND "',"
      "  '" KH_STORE_FOUND_END "', '…', 20), " COLUMNS " FROM messages_text t JOIN " MESSAGES
      " WHERE messages_text MATCH ?1 AND m.seq = t.rowid AND (?2 = 0 OR m.contact = ?2)"
      " ORDER BY t.rowid DESC LIMIT ?3",
      "sii", match, contact, clamp_limit (limit));
  return collect_found (database, row, error);
}

GPtrArray *
kh_messages_load_summaries (KhDatabase *database, GError **error)
{
  g_autoptr (GPtrArray) summaries =
      g_ptr_array_new_with_free_func ((GDestroyNotify) kh_store_summary_free);
  g_autoptr (KhStatement) row = kh_database_query (
      database, error,
      "SELECT c.id, (SELECT count(*) FROM messages u WHERE u.contact = c.id AND u.direction = 1"
      "  AND u.state = 2 AND u.deleted_us = 0),"
      " EXISTS (SELECT 1 FROM messages p WHERE p.contact = c.id AND p.direction = 0"
      "  AND p.state = 0), " COLUMNS " FROM contacts c LEFT JOIN messages m ON m.seq ="
      "  (SELECT l.seq FROM messages l WHERE l.contact = c.id AND l.kind = 0"
      "    ORDER BY l.seq DESC LIMIT 1)" JOIN_REPLY " ORDER BY coalesce (m.seq, 0) DESC, c.id",
      "");
  KhStep step;

  if (row == NULL)
    return NULL;
  while ((step = kh_database_step (database, row, error)) == KH_STEP_ROW)
    {
      KhStoreSummary *summary = g_new0 (KhStoreSummary, 1);

      summary->contact = sqlite3_column_int64 (row, 0);
      summary->unread = (guint) sqlite3_column_int64 (row, 1);
      summary->has_pending = sqlite3_column_int (row, 2) != 0;
      if (sqlite3_column_type (row, 3) != SQLITE_NULL)
        summary->last = message_from_row (row, 3);
      g_ptr_array_add (summaries, summary);
    }
  return step == KH_STEP_DONE ? g_steal_pointer (&summaries) : NULL;
}
