/* messages.c: adding messages and changing what is true of them
 *
 * Here "exactly once" is decided: the unique index over contact, direction and id takes a message
 * the first time only, and `forgotten` stands for those that the user deleted.
 */
#include "store/messages.h"

#include <string.h>

#include "store/settings.h"

typedef struct
{
  gint64 contact;
  GPtrArray *messages;
  gint64 received_us;
  GPtrArray *arrivals;
} Incoming;

typedef struct
{
  gint64 contact;
  KhReceiptState state;
  const KhMessageId *ids;
  guint n_ids;
  gint64 now_us;
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
                          const KhMessageId *reply_to,
                          gint64 sent_us,
                          GError **error)
{
  g_autoptr (KhStatement) row = NULL;
  gint64 seq;

  if (!check_text (text, sent_us, error))
    return NULL;
  row = kh_database_query (
      database, error,
      "INSERT INTO messages (contact, direction, id, state, sent_us, received_us, text, reply_to)"
      " VALUES (?1, 0, ?2, 0, ?3, ?3, ?4, ?5) RETURNING seq",
      "ibisb", contact, id, sizeof *id, sent_us, text, reply_to, sizeof *reply_to);
  if (row == NULL || kh_database_step (database, row, error) != KH_STEP_ROW)
    return NULL;
  seq = sqlite3_column_int64 (row, 0);
  /* The row comes before the commit does. */
  if (kh_database_step (database, row, error) != KH_STEP_DONE)
    return NULL;
  return kh_messages_load_one (database, seq, error);
}

/* @ret_seq: 0 for a duplicate */
static gboolean
insert_incoming (KhDatabase *database,
                 const Incoming *incoming,
                 const KhMessage *text,
                 gint64 *ret_seq,
                 GError **error)
{
  const KhMessageId *reply_to = text->text.has_reply_to ? &text->text.reply_to : NULL;
  g_autoptr (KhStatement) row = kh_database_query (
      database, error,
      "INSERT INTO messages (contact, direction, id, state, sent_us, received_us, text, reply_to)"
      " SELECT ?1, 1, ?2, 2, ?3, ?4, ?5, ?6"
      "  WHERE NOT EXISTS (SELECT 1 FROM forgotten f WHERE f.contact = ?1 AND f.id = ?2)"
      " ON CONFLICT (contact, direction, id) DO NOTHING RETURNING seq",
      "ibiisb", incoming->contact, &text->text.id, sizeof text->text.id, text->text.sent_us,
      incoming->received_us, text->text.text, reply_to, sizeof *reply_to);
  KhStep step = row != NULL ? kh_database_step (database, row, error) : KH_STEP_ERROR;

  *ret_seq = 0;
  if (step == KH_STEP_ROW)
    {
      *ret_seq = sqlite3_column_int64 (row, 0);
      step = kh_database_step (database, row, error);
    }
  return step == KH_STEP_DONE;
}

static gboolean
add_text (KhDatabase *database,
          const Incoming *incoming,
          const KhMessage *text,
          KhStoreArrival *arrival,
          GError **error)
{
  gint64 seq;

  if (!check_text (text->text.text, text->text.sent_us, error) ||
      !insert_incoming (database, incoming, text, &seq, error))
    return FALSE;
  if (seq != 0)
    arrival->message = kh_messages_load_one (database, seq, error);
  return seq == 0 || arrival->message != NULL;
}

static gboolean
add_change (KhDatabase *database,
            const Incoming *incoming,
            const KhMessage *change,
            KhStoreArrival *arrival,
            GError **error)
{
  arrival->kind = change->type == KH_MESSAGE_EDIT     ? KH_STORE_EDIT
                  : change->type == KH_MESSAGE_DELETE ? KH_STORE_DELETE
                                                      : KH_STORE_REACTION;
  if (!kh_messages_apply_change (database, incoming->contact, change, incoming->received_us,
                                 &arrival->message, error))
    return FALSE;
  arrival->was_unread = arrival->kind == KH_STORE_DELETE && arrival->message != NULL &&
                        arrival->message->state == KH_MESSAGE_DELIVERED;
  return arrival->message == NULL || arrival->kind == KH_STORE_REACTION ||
         kh_messages_scrub_later (database, error);
}

static gboolean
add_one_incoming (KhDatabase *database, Incoming *incoming, const KhMessage *one, GError **error)
{
  g_autoptr (KhStoreArrival) arrival = g_new0 (KhStoreArrival, 1);
  gboolean ok;

  if (!kh_message_is_kept (one))
    return invalid (error, "it is neither a text nor a change of one");
  ok = one->type == KH_MESSAGE_TEXT ? add_text (database, incoming, one, arrival, error)
                                    : add_change (database, incoming, one, arrival, error);
  if (ok)
    g_ptr_array_add (incoming->arrivals, g_steal_pointer (&arrival));
  return ok;
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
  g_autoptr (GPtrArray) arrivals =
      g_ptr_array_new_full (messages->len, (GDestroyNotify) kh_store_arrival_free);
  Incoming incoming = { contact, messages, received_us, arrivals };

  if (!kh_database_transaction (database, add_incoming, &incoming, error))
    return NULL;
  return g_steal_pointer (&arrivals);
}

/* Steps an "UPDATE … RETURNING seq, id" to its end. */
static gboolean
collect_changes (KhDatabase *database,
                 KhStatement *row,
                 KhMessageState state,
                 gint64 at_us,
                 GArray *changes,
                 GError **error)
{
  KhStep step;

  if (row == NULL)
    return FALSE;
  while ((step = kh_database_step (database, row, error)) == KH_STEP_ROW)
    {
      KhStoreChange change = { .seq = sqlite3_column_int64 (row, 0),
                               .state = state,
                               .at_us = at_us };

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
  g_autoptr (KhStatement) row =
      kh_database_query (database, error,
                         "UPDATE messages SET state = 3, read_us = ?3"
                         " WHERE contact = ?1 AND direction = 0 AND state = 2 AND kind = 0"
                         " AND seq < (SELECT m.seq FROM messages m"
                         "            WHERE m.contact = ?1 AND m.direction = 0 AND m.id = ?2)"
                         " RETURNING seq, id",
                         "ibi", receipt->contact, id, sizeof *id, receipt->now_us);

  return collect_changes (database, row, KH_MESSAGE_READ, receipt->now_us, receipt->changes, error);
}

static gboolean
raise_one (KhDatabase *database, Receipt *receipt, const KhMessageId *id, GError **error)
{
  KhMessageState state = receipt->state == KH_RECEIPT_READ ? KH_MESSAGE_READ : KH_MESSAGE_DELIVERED;
  g_autoptr (KhStatement) row = kh_database_query (
      database, error,
      "UPDATE messages SET state = ?3,"
      "  delivered_us = CASE WHEN state = 0 THEN ?4 ELSE delivered_us END,"
      "  read_us = CASE WHEN ?3 = 3 THEN ?4 ELSE read_us END"
      " WHERE contact = ?1 AND direction = 0 AND id = ?2 AND kind = 0 AND state < ?3"
      " RETURNING seq, id",
      "ibii", receipt->contact, id, sizeof *id, (gint64) state, receipt->now_us);

  /* A change has done its work. */
  return collect_changes (database, row, state, receipt->now_us, receipt->changes, error) &&
         kh_database_run (database, error,
                          "DELETE FROM messages"
                          " WHERE contact = ?1 AND direction = 0 AND id = ?2 AND kind > 0",
                          "ib", receipt->contact, id, sizeof *id);
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
                           gint64 now_us,
                           GError **error)
{
  g_autoptr (GArray) changes = g_array_new (FALSE, FALSE, sizeof (KhStoreChange));
  Receipt receipt = { contact, state, ids, n_ids, now_us, changes };

  if (!kh_database_transaction (database, apply_receipt, &receipt, error))
    return NULL;
  g_array_sort (changes, compare_changes);
  return g_steal_pointer (&changes);
}

GArray *
kh_messages_mark_read (
    KhDatabase *database, gint64 contact, gint64 seq, gint64 now_us, GError **error)
{
  g_autoptr (GArray) changes = g_array_new (FALSE, FALSE, sizeof (KhStoreChange));
  g_autoptr (KhStatement) row = kh_database_query (
      database, error,
      "UPDATE messages SET state = 3, read_us = ?3"
      " WHERE contact = ?1 AND direction = 1 AND state = 2 AND seq <= ?2 RETURNING seq, id",
      "iii", contact, seq, now_us);

  if (!collect_changes (database, row, KH_MESSAGE_READ, now_us, changes, error))
    return NULL;
  g_array_sort (changes, compare_changes);
  return g_steal_pointer (&changes);
}

typedef struct
{
  gint64 seq;
  GArray *dropped;
} Delete;

static gboolean
delete_message (KhDatabase *database, gpointer data, GError **error)
{
  const Delete *delete = data;
  g_autoptr (KhStoreMessage) message = kh_messages_load_one (database, delete->seq, error);

  if (message == NULL ||
      !kh_messages_drop_changes (database, message->contact, &message->id, delete->dropped, error))
    return FALSE;
  if (message->direction == KH_DIRECTION_OUT && message->state == KH_MESSAGE_PENDING)
    g_array_append_val (delete->dropped, message->id);
  return kh_database_run (database, error,
                          "INSERT OR IGNORE INTO forgotten (contact, id)"
                          " SELECT contact, id FROM messages WHERE seq = ?1 AND direction = 1",
                          "i", delete->seq) &&
         kh_database_run (database, error, "DELETE FROM messages WHERE seq = ?1", "i",
                          delete->seq) &&
         kh_messages_scrub_later (database, error);
}

gboolean
kh_messages_delete (KhDatabase *database, gint64 seq, GArray *ret_dropped, GError **error)
{
  Delete delete = { seq, ret_dropped };

  return kh_database_transaction (database, delete_message, &delete, error) &&
         kh_messages_scrub_now (database, error);
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
         kh_messages_scrub_later (database, error);
}

gboolean
kh_messages_clear (KhDatabase *database, gint64 contact, GError **error)
{
  return kh_database_transaction (database, clear_history, &contact, error) &&
         kh_messages_scrub_now (database, error);
}

static gboolean
prune (KhDatabase *database, gpointer data, GError **error)
{
  const gint64 *before_us = data;

  if (!kh_database_run (database, error,
                        "INSERT OR IGNORE INTO forgotten (contact, id) SELECT contact, id"
                        " FROM messages WHERE received_us < ?1 AND direction = 1",
                        "i", *before_us) ||
      !kh_database_run (database, error,
                        "DELETE FROM messages WHERE received_us < ?1 AND state > 0", "i",
                        *before_us))
    return FALSE;
  return kh_database_changes (database) == 0 || kh_messages_scrub_later (database, error);
}

gboolean
kh_messages_prune (KhDatabase *database, gint64 before_us, GError **error)
{
  return kh_database_transaction (database, prune, &before_us, error) &&
         kh_messages_scrub (database, error);
}

gboolean
kh_messages_prune_old (KhDatabase *database, gint64 now_us, GError **error)
{
  g_autofree char *text = NULL;
  gint64 days;

  if (!kh_settings_get (database, KH_STORE_RETENTION, &text, error))
    return FALSE;
  days = text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0;
  return days <= 0 || days > 36500 ||
         kh_messages_prune (database, now_us - days * 24 * 3600 * G_USEC_PER_SEC, error);
}
