/* messages-change.c: edits, deletions and reactions, the user's and the peer's
 *
 * The user's are applied here and become a row that is pending until the peer has it; a later
 * change of the same kind takes the place of one that is still pending, and a deletion that of all.
 * The peer's are applied where they are about what the peer may change, and forgotten otherwise.
 *
 * Whatever takes words away asks for a scrub: the user's own at once, so that "deleted" is true
 * when it is said, the peer's a little later, so that a peer cannot keep the disk busy with them.
 */
#include "store/messages.h"

#include "store/settings.h"

/* A setting that is there while deleted words may be in the index or the log. */
#define SCRUB_SETTING "scrub"

gboolean
kh_messages_scrub_later (KhDatabase *database, GError **error)
{
  return kh_settings_set (database, SCRUB_SETTING, "1", error);
}

static gboolean
merge_index (KhDatabase *database, gpointer data, GError **error)
{
  return kh_database_run (database, error,
                          "INSERT INTO messages_text (messages_text) VALUES ('optimize')", "") &&
         kh_settings_set (database, SCRUB_SETTING, NULL, error);
}

gboolean
kh_messages_scrub_now (KhDatabase *database, GError **error)
{
  return kh_database_transaction (database, merge_index, NULL, error) &&
         kh_database_checkpoint (database, error);
}

gboolean
kh_messages_scrub (KhDatabase *database, GError **error)
{
  g_autofree char *asked = NULL;

  if (!kh_settings_get (database, SCRUB_SETTING, &asked, error))
    return FALSE;
  return asked == NULL || kh_messages_scrub_now (database, error);
}

static gboolean
drop_kind (KhDatabase *database,
           gint64 contact,
           const KhMessageId *target,
           KhStoreKind kind,
           GArray *dropped,
           GError **error)
{
  g_autoptr (KhStatement) row =
      kh_database_query (database, error,
                         "DELETE FROM messages WHERE contact = ?1 AND target = ?2 AND kind > 0"
                         " AND (?3 = 0 OR kind = ?3) RETURNING id",
                         "ibi", contact, target, sizeof *target, (gint64) kind);
  KhStep step;

  if (row == NULL)
    return FALSE;
  while ((step = kh_database_step (database, row, error)) == KH_STEP_ROW)
    {
      KhMessageId id = { { 0 } };

      kh_statement_blob (row, 0, &id, sizeof id);
      g_array_append_val (dropped, id);
    }
  return step == KH_STEP_DONE;
}

gboolean
kh_messages_drop_changes (KhDatabase *database,
                          gint64 contact,
                          const KhMessageId *target,
                          GArray *ret_dropped,
                          GError **error)
{
  return drop_kind (database, contact, target, KH_STORE_TEXT, ret_dropped, error);
}

/* the user's */

typedef struct
{
  gint64 seq;
  KhStoreKind kind;
  const KhMessageId *id;
  const char *text;
  gint64 now_us;
  KhStoreRevision *revision;
} Revise;

/* Its time is later than that of the last one of its kind, whatever the clock says. */
static gboolean
add_pending (KhDatabase *database,
             const Revise *revise,
             const KhStoreMessage *target,
             gint64 sent_us,
             GError **error)
{
  g_autoptr (KhStatement) row = kh_database_query (
      database, error,
      "INSERT INTO messages (contact, direction, id, state, sent_us, received_us, text, kind,"
      "  target) VALUES (?1, 0, ?2, 0, ?3, ?3, ?4, ?5, ?6) RETURNING seq",
      "ibisib", target->contact, revise->id, sizeof *revise->id, sent_us, revise->text,
      (gint64) revise->kind, &target->id, sizeof target->id);
  gint64 seq;

  if (row == NULL || kh_database_step (database, row, error) != KH_STEP_ROW)
    return FALSE;
  seq = sqlite3_column_int64 (row, 0);
  if (kh_database_step (database, row, error) != KH_STEP_DONE)
    return FALSE;
  revise->revision->change = kh_messages_load_one (database, seq, error);
  return revise->revision->change != NULL;
}

static gboolean
edit (KhDatabase *database, const Revise *revise, const KhStoreMessage *target, GError **error)
{
  gint64 at_us = MAX (revise->now_us, target->edited_us + 1);

  return kh_database_run (database, error,
                          "UPDATE messages SET text = ?2, edited_us = ?3 WHERE seq = ?1", "isi",
                          target->seq, revise->text, at_us) &&
         drop_kind (database, target->contact, &target->id, KH_STORE_EDIT,
                    revise->revision->dropped, error) &&
         add_pending (database, revise, target, at_us, error) &&
         kh_messages_scrub_later (database, error);
}

static gboolean
empty (KhDatabase *database, gint64 seq, gint64 at_us, GError **error)
{
  return kh_database_run (database, error,
                          "UPDATE messages SET text = '', deleted_us = ?2, edited_us = 0,"
                          "  reply_to = NULL, my_reactions = NULL, their_reactions = NULL"
                          " WHERE seq = ?1",
                          "ii", seq, at_us);
}

static gboolean
delete_for_both (KhDatabase *database,
                 const Revise *revise,
                 const KhStoreMessage *target,
                 GError **error)
{
  gboolean is_pending = target->state == KH_MESSAGE_PENDING;
  gboolean ok;

  if (!kh_messages_drop_changes (database, target->contact, &target->id, revise->revision->dropped,
                                 error))
    return FALSE;
  /* Of what the peer may never have had no trace is left; but they may have it, where only the
   * receipt was lost. */
  if (is_pending)
    g_array_append_val (revise->revision->dropped, target->id);
  ok = is_pending ? kh_database_run (database, error, "DELETE FROM messages WHERE seq = ?1", "i",
                                     target->seq)
                  : empty (database, target->seq, revise->now_us, error);
  return ok && add_pending (database, revise, target, revise->now_us, error) &&
         kh_messages_scrub_later (database, error);
}

static gboolean
react (KhDatabase *database, const Revise *revise, const KhStoreMessage *target, GError **error)
{
  g_autoptr (KhStatement) row = kh_database_query (
      database, error,
      "UPDATE messages SET my_reactions = nullif (?2, ''),"
      "  my_reacted_us = max (?3, my_reacted_us + 1) WHERE seq = ?1 RETURNING my_reacted_us",
      "isi", target->seq, revise->text, revise->now_us);
  gint64 at_us;

  if (row == NULL || kh_database_step (database, row, error) != KH_STEP_ROW)
    return FALSE;
  at_us = sqlite3_column_int64 (row, 0);
  return kh_database_step (database, row, error) == KH_STEP_DONE &&
         drop_kind (database, target->contact, &target->id, KH_STORE_REACTION,
                    revise->revision->dropped, error) &&
         add_pending (database, revise, target, at_us, error);
}

static gboolean
check (const Revise *revise, const KhStoreMessage *target, GError **error)
{
  const char *why = NULL;

  if (target->kind != KH_STORE_TEXT || target->deleted_us != 0)
    why = "The message was deleted";
  else if (revise->kind != KH_STORE_REACTION && target->direction != KH_DIRECTION_OUT)
    why = "Only who wrote a message can change it";
  else if (revise->kind == KH_STORE_EDIT && !kh_message_text_is_valid (revise->text))
    why = "The new text is empty, too long, or not UTF-8";
  else if (revise->kind == KH_STORE_REACTION && *revise->text != '\0' &&
           !kh_message_reactions_are_valid (revise->text))
    why = "This is not a reaction";
  if (why != NULL)
    g_set_error_literal (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID, why);
  return why == NULL;
}

static gboolean
revise_one (KhDatabase *database, gpointer data, GError **error)
{
  const Revise *revise = data;
  g_autoptr (KhStoreMessage) target = kh_messages_load_one (database, revise->seq, error);
  gboolean ok = FALSE;

  if (target == NULL || !check (revise, target, error))
    return FALSE;
  switch (revise->kind)
    {
    case KH_STORE_EDIT:
      ok = edit (database, revise, target, error);
      break;
    case KH_STORE_DELETE:
      ok = delete_for_both (database, revise, target, error);
      break;
    case KH_STORE_REACTION:
      ok = react (database, revise, target, error);
      break;
    case KH_STORE_TEXT:
    default:
      g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID, "There is no such change");
      break;
    }
  if (!ok)
    return FALSE;
  if (revise->kind == KH_STORE_DELETE && target->state == KH_MESSAGE_PENDING)
    return TRUE;
  revise->revision->message = kh_messages_load_one (database, revise->seq, error);
  return revise->revision->message != NULL;
}

KhStoreRevision *
kh_messages_revise (KhDatabase *database,
                    gint64 seq,
                    KhStoreKind kind,
                    const KhMessageId *id,
                    const char *text,
                    gint64 now_us,
                    GError **error)
{
  g_autoptr (KhStoreRevision) revision = kh_store_revision_new ();
  Revise revise = { seq, kind, id, text, now_us, revision };

  if (!kh_database_transaction (database, revise_one, &revise, error))
    return NULL;
  if (kind != KH_STORE_REACTION && !kh_messages_scrub_now (database, NULL))
    /* It is done; the scrub is asked for and comes with the next start. */
    g_debug ("deleted words could not be scrubbed yet");
  return g_steal_pointer (&revision);
}

/* the peer's */

/* 0 where there is no such text, or it is gone. */
static gboolean
find_target (KhDatabase *database,
             gint64 contact,
             const KhMessageId *target,
             gboolean anybodys,
             gint64 *ret_seq,
             GError **error)
{
  g_autoptr (KhStatement) row = kh_database_query (
      database, error,
      "SELECT seq FROM messages WHERE contact = ?1 AND direction IN (?3, 1) AND id = ?2"
      " AND kind = 0 AND deleted_us = 0 ORDER BY direction LIMIT 1",
      "ibi", contact, target, sizeof *target,
      anybodys ? (gint64) KH_DIRECTION_OUT : (gint64) KH_DIRECTION_IN);
  KhStep step = row != NULL ? kh_database_step (database, row, error) : KH_STEP_ERROR;

  *ret_seq = step == KH_STEP_ROW ? sqlite3_column_int64 (row, 0) : 0;
  return step != KH_STEP_ERROR;
}

gboolean
kh_messages_apply_change (KhDatabase *database,
                          gint64 contact,
                          const KhMessage *change,
                          gint64 received_us,
                          KhStoreMessage **ret_changed,
                          GError **error)
{
  gboolean is_reaction = change->type == KH_MESSAGE_REACTION;
  gboolean ok;
  gint64 seq;

  if (!find_target (database, contact, &change->change.target, is_reaction, &seq, error))
    return FALSE;
  if (seq == 0)
    return TRUE;
  if (is_reaction)
    ok = kh_database_run (database, error,
                          "UPDATE messages SET their_reactions = nullif (?2, ''),"
                          "  their_reacted_us = ?3 WHERE seq = ?1 AND their_reacted_us < ?3",
                          "isi", seq, change->change.text, change->change.sent_us);
  else if (change->type == KH_MESSAGE_EDIT)
    ok = kh_database_run (database, error,
                          "UPDATE messages SET text = ?2, edited_us = ?3"
                          " WHERE seq = ?1 AND edited_us < ?3",
                          "isi", seq, change->change.text, change->change.sent_us);
  else
    ok = empty (database, seq, received_us, error);
  /* A repetition changes nothing. */
  if (!ok || kh_database_changes (database) == 0)
    return ok;
  *ret_changed = kh_messages_load_one (database, seq, error);
  return *ret_changed != NULL;
}
