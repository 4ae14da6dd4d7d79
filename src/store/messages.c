/* messages.c: adding messages and changing what is true of them (DESIGN sections 10 and 12)
 *
 * Here "exactly once" is decided: the unique index over contact, direction and id takes a message
 * the first time only, and `forgotten` stands for those that the user deleted.
 */
#include "store/messages.h"

#include <string.h>

typedef struct
{
  gint64 contact;
  GPtrArray *messages;
  gint64 received_us;
  GPtrArray *stored;
} Incoming;

typedef struct
{
  gint64 contact;
  KhReceiptState state;
  const KhMessageId *ids;
  guint n_ids;
  GArray *changes;
} Receipt;

static gboolean
invalid (GError **error, const char *what)
{
  g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID, "The message was not saved: %s",
               what);
  return FALSE;
}

static gboolean
check_text (const char *text, gint64 sent_us, GError **error)
{
  if (!kh_message_text_is_valid (text))
    return invalid (error, "its text is empty, too long, or not UTF-8");
  if (sent_us < 0 || sent_us > KH_MESSAGE_TIME_MAX)
    return invalid (error, "its time is out of range");
  return TRUE;
}

KhStoreMessage *
kh_messages_add_outgoing (KhDatabase *database,
                          gint64 contact,
                          const KhMessageId *id,
                          const char *text,
                          gint64 sent_us,
                          GError **error)
{
  g_autoptr (KhStatement) row = NULL;
  KhStoreMessage message = {
    .contact = contact,
    .id = *id,
    .direction = KH_DIRECTION_OUT,
    .state = KH_MESSAGE_PENDING,
    .sent_us = sent_us,
    .received_us = sent_us,
    .text = (char *) text,
  };

  if (!check_text (text, sent_us, error))
    return NULL;
  row = kh_database_query (
      database, error,
      "INSERT INTO messages (contact, direction, id, state, sent_us, received_us, text)"
      " VALUES (?1, 0, ?2, 0, ?3, ?3, ?4) RETURNING seq",
      "ibis", contact, id, sizeof *id, sent_us, text);
  if (row == NULL || kh_database_step (database, row, error) != KH_STEP_ROW)
    return NULL;
  message.seq = sqlite3_column_int64 (row, 0);
  /* The row comes before the commit does. */
  if (kh_database_step (database, row, error) != KH_STEP_DONE)
    return NULL;
  return kh_store_message_copy (&message);
}

static gboolean
add_one_incoming (KhDatabase *database, Incoming *incoming, const KhMessage *text, GError **error)
{
  g_autoptr (KhStatement) row = NULL;
  KhStoreMessage message = {
    .contact = incoming->contact,
    .id = text->text.id,
    .direction = KH_DIRECTION_IN,
    .state = KH_MESSAGE_DELIVERED,
    .sent_us = text->text.sent_us,
    .received_us = incoming->received_us,
    .text = text->text.text,
  };
  KhStep step;

  if (text->type != KH_MESSAGE_TEXT)
    return invalid (error, "it is not a text");
  if (!check_text (text->text.text, text->text.sent_us, error))
    return FALSE;
  row = kh_database_query (
      database, error,
      "INSERT INTO messages (contact, direction, id, state, sent_us, received_us, text)"
      " SELECT ?1, 1, ?2, 2, ?3, ?4, ?5"
      "  WHERE NOT EXISTS (SELECT 1 FROM forgotten f WHERE f.contact = ?1 AND f.id = ?2)"
      " ON CONFLICT (contact, direction, id) DO NOTHING RETURNING seq",
      "ibiis", message.contact, &message.id, sizeof message.id, message.sent_us,
      message.received_us, message.text);
  step = row != NULL ? kh_database_step (database, row, error) : KH_STEP_ERROR;
  if (step == KH_STEP_ROW)
    {
      message.seq = sqlite3_column_int64 (row, 0);
      g_ptr_array_add (incoming->stored, kh_store_message_copy (&message));
      step = kh_database_step (database, row, error);
    }
  else if (step == KH_STEP_DONE)
    g_ptr_array_add (incoming->stored, NULL);
  return step == KH_STEP_DONE;
}

static gboolean
add_incoming (KhDatabase *database, gpointer data, GError **error)
{
  Incoming *incoming = data;

  for (guint i = 0; i < incoming->messages->len; i++)
    if (!add_one_incoming (database, incoming, incoming->messages->pdata[i], error))
      return FALSE;
  return TRUE;
}

GPtrArray *
kh_messages_add_incoming (
    KhDatabase *database, gint64 contact, GPtrArray *messages, gint64 received_us, GError **error)
{
  g_autoptr (GPtrArray) stored =
      g_ptr_array_new_full (messages->len, (GDestroyNotify) kh_store_message_free);
  Incoming incoming = { contact, messages, received_us, stored };

  if (!kh_database_transaction (database, add_incoming, &incoming, error))
    return NULL;
  return g_steal_pointer (&stored);
}

/* Steps an "UPDATE … RETURNING seq, id" to its end. */
static gboolean
collect_changes (
    KhDatabase *database, KhStatement *row, KhMessageState state, GArray *changes, GError **error)
{
  KhStep step;

  if (row == NULL)
    return FALSE;
  while ((step = kh_database_step (database, row, error)) == KH_STEP_ROW)
    {
      KhStoreChange change = { .seq = sqlite3_column_int64 (row, 0), .state = state };

      kh_statement_blob (row, 1, &change.id, sizeof change.id);
      g_array_append_val (changes, change);
    }
  return step == KH_STEP_DONE;
}

/* "Read" covers what was sent before, but only what is known to be delivered: a receipt must not
 * take from the outbox what the peer may not have. */
static gboolean
raise_earlier (KhDatabase *database, Receipt *receipt, const KhMessageId *id, GError **error)
{
  g_autoptr (KhStatement) row = kh_database_query (
      database, error,
      "UPDATE messages SET state = 3 WHERE contact = ?1 AND direction = 0 AND state = 2"
      " AND seq < (SELECT m.seq FROM messages m"
      "            WHERE m.contact = ?1 AND m.direction = 0 AND m.id = ?2)"
      " RETURNING seq, id",
      "ib", receipt->contact, id, sizeof *id);

  return collect_changes (database, row, KH_MESSAGE_READ, receipt->changes, error);
}

static gboolean
raise_one (KhDatabase *database, Receipt *receipt, const KhMessageId *id, GError **error)
{
  KhMessageState state = receipt->state == KH_RECEIPT_READ ? KH_MESSAGE_READ : KH_MESSAGE_DELIVERED;
  g_autoptr (KhStatement) row = kh_database_query (
      database, error,
      "UPDATE messages SET state = ?3 WHERE contact = ?1 AND direction = 0 AND id = ?2"
      " AND state < ?3 RETURNING seq, id",
      "ibi", receipt->contact, id, sizeof *id, (gint64) state);

  return collect_changes (database, row, state, receipt->changes, error);
}

static gboolean
apply_receipt (KhDatabase *database, gpointer data, GError **error)
{
  Receipt *receipt = data;

  for (guint i = 0; i < receipt->n_ids; i++)
    {
      if (!raise_one (database, receipt, &receipt->ids[i], error))
        return FALSE;
      if (receipt->state == KH_RECEIPT_READ &&
          !raise_earlier (database, receipt, &receipt->ids[i], error))
        return FALSE;
    }
  return TRUE;
}

static int
compare_changes (gconstpointer a, gconstpointer b)
{
  const KhStoreChange *left = a, *right = b;

  return left->seq < right->seq ? -1 : left->seq > right->seq;
}

GArray *
kh_messages_apply_receipt (KhDatabase *database,
                           gint64 contact,
                           KhReceiptState state,
                           const KhMessageId *ids,
                           guint n_ids,
                           GError **error)
{
  g_autoptr (GArray) changes = g_array_new (FALSE, FALSE, sizeof (KhStoreChange));
  Receipt receipt = { contact, state, ids, n_ids, changes };

  if (!kh_database_transaction (database, apply_receipt, &receipt, error))
    return NULL;
  g_array_sort (changes, compare_changes);
  return g_steal_pointer (&changes);
}

GArray *
kh_messages_mark_read (KhDatabase *database, gint64 contact, gint64 seq, GError **error)
{
  g_autoptr (GArray) changes = g_array_new (FALSE, FALSE, sizeof (KhStoreChange));
  g_autoptr (KhStatement) row = kh_database_query (
      database, error,
      "UPDATE messages SET state = 3 WHERE contact = ?1 AND direction = 1 AND state = 2"
      " AND seq <= ?2 RETURNING seq, id",
      "ii", contact, seq);

  if (!collect_changes (database, row, KH_MESSAGE_READ, changes, error))
    return NULL;
  g_array_sort (changes, compare_changes);
  return g_steal_pointer (&changes);
}

static gboolean
delete_message (KhDatabase *database, gpointer data, GError **error)
{
  const gint64 *seq = data;

  if (!kh_database_run (database, error,
                        "INSERT OR IGNORE INTO forgotten (contact, id)"
                        " SELECT contact, id FROM messages WHERE seq = ?1 AND direction = 1",
                        "i", *seq) ||
      !kh_database_run (database, error, "DELETE FROM messages WHERE seq = ?1", "i", *seq))
    return FALSE;
  if (kh_database_changes (database) == 0)
    {
      g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_NOT_FOUND,
                   "There is no such message any more");
      return FALSE;
    }
  /* The index marks its words as deleted; merging it takes them out. */
  return kh_database_run (database, error,
                          "INSERT INTO messages_text (messages_text) VALUES ('optimize')", "");
}

gboolean
kh_messages_delete (KhDatabase *database, gint64 seq, GError **error)
{
  return kh_database_transaction (database, delete_message, &seq, error) &&
         kh_database_checkpoint (database, error);
}

static gboolean
clear_history (KhDatabase *database, gpointer data, GError **error)
{
  const gint64 *contact = data;

  return kh_database_run (database, error,
                          "INSERT OR IGNORE INTO forgotten (contact, id)"
                          " SELECT contact, id FROM messages WHERE contact = ?1 AND direction = 1",
                          "i", *contact) &&
         kh_database_run (database, error, "DELETE FROM messages WHERE contact = ?1", "i",
                          *contact) &&
         kh_database_run (database, error,
                          "INSERT INTO messages_text (messages_text) VALUES ('optimize')", "");
}

gboolean
kh_messages_clear (KhDatabase *database, gint64 contact, GError **error)
{
  return kh_database_transaction (database, clear_history, &contact, error) &&
         kh_database_checkpoint (database, error);
}
