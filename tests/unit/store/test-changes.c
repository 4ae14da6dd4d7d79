/* test-changes.c: edits, deletions and reactions: the user's on their way, the peer's as far as
 * they may
 */
#include "fixture.h"

typedef struct
{
  char *dir;
  KhDatabase *database;
  gint64 ada;
  gint64 mine;   /* seq of my message 1, delivered */
  gint64 theirs; /* seq of her message 2 */
} Fixture;

static gint64
arrive (Fixture *self, guint n)
{
  g_autoptr (GPtrArray) texts = fixture_texts (n, 1);
  g_autoptr (GPtrArray) arrivals =
      kh_messages_add_incoming (self->database, self->ada, texts, 77, NULL);

  return ((KhStoreArrival *) arrivals->pdata[0])->message->seq;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  KhMessageId id = fixture_id (1);
  g_autoptr (GArray) changes = NULL;

  self->dir = fixture_make_dir ();
  self->database = fixture_open (self->dir);
  self->ada = fixture_add_contact (self->database, 1);
  self->mine = fixture_send (self->database, self->ada, 1, "a xylophonic text");
  self->theirs = arrive (self, 2);
  changes =
      kh_messages_apply_receipt (self->database, self->ada, KH_RECEIPT_DELIVERED, &id, 1, 9, NULL);
  g_assert_cmpuint (changes->len, ==, 1);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  kh_database_free (self->database);
  fixture_remove_dir (self->dir);
}

static KhStoreRevision *
revise (Fixture *self, gint64 seq, KhStoreKind kind, guint n, const char *text, gint64 now_us)
{
  KhMessageId id = fixture_id (n);
  g_autoptr (GError) error = NULL;
  KhStoreRevision *revision =
      kh_messages_revise (self->database, seq, kind, &id, text, now_us, &error);

  g_assert_no_error (error);
  return revision;
}

static void
assert_refused (Fixture *self, gint64 seq, KhStoreKind kind, const char *text)
{
  KhMessageId id = fixture_id (999);
  g_autoptr (GError) error = NULL;

  g_assert_null (kh_messages_revise (self->database, seq, kind, &id, text, 5, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID);
}

/* A peer's change of message @target; returns what became of it. */
static KhStoreArrival *
change (Fixture *self, KhMessageType type, guint n, guint target, const char *text, gint64 sent_us)
{
  g_autoptr (GPtrArray) batch = g_ptr_array_new_with_free_func (fixture_message_free);
  g_autoptr (GPtrArray) arrivals = NULL;
  KhMessage *message = g_new0 (KhMessage, 1);

  message->type = type;
  message->change.id = fixture_id (n);
  message->change.target = fixture_id (target);
  message->change.sent_us = sent_us;
  message->change.text = g_strdup (text);
  g_ptr_array_add (batch, message);
  arrivals = kh_messages_add_incoming (self->database, self->ada, batch, 88, NULL);
  g_assert_cmpuint (arrivals->len, ==, 1);
  return g_ptr_array_steal_index (arrivals, 0);
}

static char *
pending (Fixture *self)
{
  g_autoptr (GPtrArray) list = kh_messages_load_pending (self->database, self->ada, 0, 100, NULL);

  return fixture_list (list);
}

static void
assert_pending (Fixture *self, const char *expected)
{
  g_autofree char *list = pending (self);

  g_assert_cmpstr (list, ==, expected);
}

static void
test_edit (Fixture *self, gconstpointer data)
{
  g_autoptr (KhStoreRevision) first = revise (self, self->mine, KH_STORE_EDIT, 10, "better", 50);
  g_autoptr (KhStoreRevision) second = revise (self, self->mine, KH_STORE_EDIT, 11, "best", 40);
  g_autoptr (GPtrArray) found = NULL, old = NULL;

  g_assert_cmpstr (first->message->text, ==, "better");
  g_assert_cmpint (first->message->edited_us, ==, 50);
  g_assert_cmpint (first->change->kind, ==, KH_STORE_EDIT);
  g_assert_cmpuint (fixture_number (&first->change->target), ==, 1);
  g_assert_cmpuint (first->dropped->len, ==, 0);
  /* The clock went back: time does not. Only the last one is sent. */
  g_assert_cmpint (second->message->edited_us, ==, 51);
  g_assert_cmpint (second->change->sent_us, ==, 51);
  g_assert_cmpuint (second->dropped->len, ==, 1);
  assert_pending (self, "11 ");
  /* What it said is nowhere any more. */
  g_assert_false (fixture_dir_holds (self->dir, "xylophonic"));
  found = kh_messages_search (self->database, 0, "best", 10, NULL);
  old = kh_messages_search (self->database, 0, "xylophonic", 10, NULL);
  g_assert_cmpuint (found->len, ==, 1);
  g_assert_cmpuint (old->len, ==, 0);
  assert_refused (self, self->theirs, KH_STORE_EDIT, "not mine");
  assert_refused (self, self->mine, KH_STORE_EDIT, "");
  {
    /* Its receipt is the end of it. */
    KhMessageId id = fixture_id (11);
    g_autoptr (GArray) done = kh_messages_apply_receipt (self->database, self->ada,
                                                         KH_RECEIPT_DELIVERED, &id, 1, 9, NULL);

    g_assert_cmpuint (done->len, ==, 0);
    assert_pending (self, "");
  }
}

static void
test_delete (Fixture *self, gconstpointer data)
{
  g_autoptr (KhStoreRevision) edit = revise (self, self->mine, KH_STORE_EDIT, 10, "quizzical", 50);
  g_autoptr (KhStoreRevision) gone = revise (self, self->mine, KH_STORE_DELETE, 11, "", 60);
  g_autoptr (KhStoreRevision) never = NULL;
  g_autoptr (GPtrArray) page = NULL;
  gint64 waiting = fixture_send (self->database, self->ada, 5, "a thought");

  g_assert_cmpstr (edit->message->text, ==, "quizzical");
  g_assert_cmpstr (gone->message->text, ==, "");
  g_assert_cmpint (gone->message->deleted_us, ==, 60);
  g_assert_cmpuint (gone->dropped->len, ==, 1);
  assert_pending (self, "11 5 ");
  g_assert_false (fixture_dir_holds (self->dir, "quizzical"));
  assert_refused (self, self->mine, KH_STORE_EDIT, "again");
  assert_refused (self, self->mine, KH_STORE_REACTION, "👍");
  assert_refused (self, self->theirs, KH_STORE_DELETE, "");

  /* Of one that was pending nothing is left here. */
  never = revise (self, waiting, KH_STORE_DELETE, 12, "", 70);
  g_assert_null (never->message);
  g_assert_cmpuint (fixture_number (&g_array_index (never->dropped, KhMessageId, 0)), ==, 5);
  assert_pending (self, "11 12 ");
  page = kh_messages_load_page (self->database, self->ada, G_MAXINT64, 10, NULL);
  g_assert_cmpuint (page->len, ==, 2);
  g_assert_false (fixture_dir_holds (self->dir, "a thought"));
}

static void
test_react (Fixture *self, gconstpointer data)
{
  g_autoptr (KhStoreRevision) one = revise (self, self->theirs, KH_STORE_REACTION, 10, "👍", 50);
  g_autoptr (KhStoreRevision) two = revise (self, self->theirs, KH_STORE_REACTION, 11, "👍\n🌳", 50);
  g_autoptr (KhStoreRevision) none = revise (self, self->theirs, KH_STORE_REACTION, 12, "", 50);

  g_assert_cmpstr (one->message->my_reactions, ==, "👍");
  g_assert_cmpstr (two->message->my_reactions, ==, "👍\n🌳");
  g_assert_cmpint (two->change->sent_us, ==, 51);
  g_assert_null (none->message->my_reactions);
  assert_pending (self, "12 ");
  assert_refused (self, self->theirs, KH_STORE_REACTION, "two words");
}

static void
test_theirs (Fixture *self, gconstpointer data)
{
  g_autoptr (KhStoreArrival) edit = change (self, KH_MESSAGE_EDIT, 20, 2, "quizzical", 50);
  g_autoptr (KhStoreArrival) again = change (self, KH_MESSAGE_EDIT, 20, 2, "quizzical", 50);
  g_autoptr (KhStoreArrival) older = change (self, KH_MESSAGE_EDIT, 21, 2, "older", 49);
  g_autoptr (KhStoreArrival) unknown = change (self, KH_MESSAGE_EDIT, 22, 99, "of nothing", 60);
  g_autoptr (KhStoreArrival) not_hers = change (self, KH_MESSAGE_EDIT, 23, 1, "hijacked", 60);
  g_autoptr (KhStoreArrival) mine_gone = change (self, KH_MESSAGE_DELETE, 24, 1, "", 60);
  g_autoptr (KhStoreArrival) like = change (self, KH_MESSAGE_REACTION, 25, 1, "👍", 60);
  g_autoptr (KhStoreArrival) stale = change (self, KH_MESSAGE_REACTION, 26, 1, "👎", 59);
  g_autoptr (KhStoreArrival) gone = change (self, KH_MESSAGE_DELETE, 27, 2, "", 61);
  g_autoptr (KhStoreArrival) late = change (self, KH_MESSAGE_EDIT, 28, 2, "undead", 62);

  g_assert_cmpint (edit->kind, ==, KH_STORE_EDIT);
  g_assert_cmpstr (edit->message->text, ==, "quizzical");
  g_assert_null (again->message);
  g_assert_null (older->message);
  g_assert_null (unknown->message);
  g_assert_null (not_hers->message);
  g_assert_null (mine_gone->message);
  g_assert_cmpstr (like->message->their_reactions, ==, "👍");
  g_assert_cmpstr (like->message->text, ==, "a xylophonic text");
  g_assert_null (stale->message);
  g_assert_cmpstr (gone->message->text, ==, "");
  g_assert_true (gone->was_unread);
  g_assert_null (late->message);

  /* The peer's words leave the disk a little later, once, and only where there is need. */
  g_assert_true (kh_messages_scrub (self->database, NULL));
  g_assert_false (fixture_dir_holds (self->dir, "quizzical"));
  g_assert_true (kh_messages_scrub (self->database, NULL));
}

/* A peer that gives its message the id of mine changes its own at most. */
static void
test_same_id (Fixture *self, gconstpointer data)
{
  gint64 hers = arrive (self, 1);
  g_autoptr (KhStoreArrival) edit = change (self, KH_MESSAGE_EDIT, 20, 1, "changed", 50);
  g_autoptr (KhStoreMessage) mine = kh_messages_load_one (self->database, self->mine, NULL);

  g_assert_cmpint (edit->message->seq, ==, hers);
  g_assert_cmpstr (mine->text, ==, "a xylophonic text");
}

static void
test_reply (Fixture *self, gconstpointer data)
{
  KhMessageId id = fixture_id (30), to = fixture_id (2), nowhere = fixture_id (98);
  g_autoptr (KhStoreMessage) reply =
      kh_messages_add_outgoing (self->database, self->ada, &id, "yes", &to, 5, NULL);
  g_autoptr (KhStoreMessage) lost = NULL;

  g_assert_true (reply->has_reply_to);
  g_assert_cmpstr (reply->reply_text, ==, "text 2");
  g_assert_cmpint (reply->reply_direction, ==, KH_DIRECTION_IN);
  id = fixture_id (31);
  lost = kh_messages_add_outgoing (self->database, self->ada, &id, "what?", &nowhere, 5, NULL);
  g_assert_true (lost->has_reply_to);
  g_assert_null (lost->reply_text);
}

#define ADD(name, function) \
  g_test_add ("/changes/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("edit", test_edit);
  ADD ("delete", test_delete);
  ADD ("react", test_react);
  ADD ("theirs", test_theirs);
  ADD ("same-id", test_same_id);
  ADD ("reply", test_reply);
  return g_test_run ();
}
