/* test-messages.c: each message once, in order, with the state that is true of it */
#include "store/messages.h"

#include "fixture.h"
#include "store/export.h"

typedef struct
{
  char *dir;
  KhDatabase *database;
  gint64 ada;
  gint64 bob;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->dir = fixture_make_dir ();
  self->database = fixture_open (self->dir);
  self->ada = fixture_add_contact (self->database, 1);
  self->bob = fixture_add_contact (self->database, 2);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  kh_database_free (self->database);
  fixture_remove_dir (self->dir);
}

/* Consumes @messages. */
static void
assert_list (GPtrArray *messages, const char *expected)
{
  g_autofree char *list = fixture_list (messages);

  g_ptr_array_unref (messages);
  g_assert_cmpstr (list, ==, expected);
}

static void
assert_incoming (Fixture *self, gint64 contact, guint first, guint n, const char *expected)
{
  g_autoptr (GPtrArray) texts = fixture_texts (first, n);
  g_autoptr (GPtrArray) arrivals =
      kh_messages_add_incoming (self->database, contact, texts, 77, NULL);
  g_autofree char *list = fixture_list_arrivals (arrivals);

  g_assert_cmpstr (list, ==, expected);
}

static void
assert_receipt (Fixture *self, KhReceiptState state, guint n, const char *expected)
{
  KhMessageId id = fixture_id (n);
  g_autoptr (GArray) changes =
      kh_messages_apply_receipt (self->database, self->ada, state, &id, 1, 1000, NULL);
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; i < changes->len; i++)
    {
      const KhStoreChange *change = &g_array_index (changes, KhStoreChange, i);

      g_string_append_printf (list, "%u:%s ", fixture_number (&change->id),
                              kh_message_state_to_string (change->state));
    }
  g_assert_cmpstr (list->str, ==, expected);
}

static void
test_incoming_once (Fixture *self, gconstpointer data)
{
  assert_incoming (self, self->ada, 1, 3, "1 2 3 ");
  assert_incoming (self, self->ada, 2, 3, "- - 4 ");
  /* Another's message may have the same id, and so may mine. */
  assert_incoming (self, self->bob, 1, 1, "1 ");
  fixture_send (self->database, self->ada, 1, "mine");
  assert_list (kh_messages_load_page (self->database, self->ada, G_MAXINT64, 100, NULL),
               "1 2 3 4 1 ");
}

static void
test_incoming_all_or_none (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) texts = fixture_texts (1, 3);
  g_autoptr (GError) error = NULL;

  ((KhMessage *) texts->pdata[2])->text.text[0] = '\xff';
  g_assert_null (kh_messages_add_incoming (self->database, self->ada, texts, 1, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID);
  g_clear_error (&error);
  assert_incoming (self, self->ada, 1, 1, "1 ");

  ((KhMessage *) texts->pdata[2])->text.text[0] = 'x';
  g_assert_null (kh_messages_add_incoming (self->database, 999, texts, 1, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_NOT_FOUND);
}

static void
test_outgoing_refused (Fixture *self, gconstpointer data)
{
  KhMessageId id = fixture_id (1);
  g_autoptr (GError) error = NULL;

  g_assert_null (kh_messages_add_outgoing (self->database, self->ada, &id, "", NULL, 1, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (kh_messages_add_outgoing (self->database, 999, &id, "x", NULL, 1, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  fixture_send (self->database, self->ada, 1, "x");
  g_assert_null (kh_messages_add_outgoing (self->database, self->ada, &id, "x", NULL, 1, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID);
}

static void
test_receipts (Fixture *self, gconstpointer data)
{
  for (guint i = 1; i <= 6; i++)
    fixture_send (self->database, self->ada, i, "x");
  fixture_send (self->database, self->bob, 1, "x");

  assert_receipt (self, KH_RECEIPT_DELIVERED, 1, "1:delivered ");
  assert_receipt (self, KH_RECEIPT_DELIVERED, 1, "");
  assert_receipt (self, KH_RECEIPT_DELIVERED, 99, "");
  assert_receipt (self, KH_RECEIPT_DELIVERED, 2, "2:delivered ");
  assert_receipt (self, KH_RECEIPT_DELIVERED, 4, "4:delivered ");
  /* Read implies delivered and covers what was delivered before, not what is pending. */
  assert_receipt (self, KH_RECEIPT_READ, 5, "1:read 2:read 4:read 5:read ");
  assert_receipt (self, KH_RECEIPT_DELIVERED, 5, "");
  assert_receipt (self, KH_RECEIPT_READ, 99, "");
  assert_list (kh_messages_load_pending (self->database, self->ada, 0, 100, NULL), "3 6 ");
  assert_list (kh_messages_load_pending (self->database, self->bob, 0, 100, NULL), "1 ");
}

static void
test_pages (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) page = NULL;
  gint64 before = 0, seq[6];

  for (guint i = 1; i <= 5; i++)
    seq[i] = fixture_send (self->database, self->ada, i, "x");
  fixture_send (self->database, self->bob, 9, "x");
  before = G_MAXINT64;
  assert_list (kh_messages_load_page (self->database, self->ada, before, 2, NULL), "4 5 ");
  assert_list (kh_messages_load_page (self->database, self->ada, seq[4], 2, NULL), "2 3 ");
  assert_list (kh_messages_load_page (self->database, self->ada, seq[2], 2, NULL), "1 ");
  assert_list (kh_messages_load_pending (self->database, self->ada, seq[2], 2, NULL), "3 4 ");

  page = kh_messages_load_page (self->database, self->ada, before, 1, NULL);
  {
    const KhStoreMessage *message = page->pdata[0];

    g_assert_cmpint (message->seq, ==, seq[5]);
    g_assert_cmpint (message->contact, ==, self->ada);
    g_assert_cmpint (message->direction, ==, KH_DIRECTION_OUT);
    g_assert_cmpint (message->state, ==, KH_MESSAGE_PENDING);
    g_assert_cmpint (message->sent_us, ==, 5);
    g_assert_cmpstr (message->text, ==, "x");
  }
}

static void
test_unread (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) before = NULL, after = NULL, contacts = NULL, texts = fixture_texts (1, 3);
  g_autoptr (GPtrArray) stored =
      kh_messages_add_incoming (self->database, self->ada, texts, 77, NULL);
  g_autoptr (GArray) changes = NULL;
  const KhStoreSummary *summary;
  const KhStoreContact *ada;

  before = kh_messages_load_summaries (self->database, NULL);
  g_assert_cmpuint (before->len, ==, 2);
  summary = before->pdata[0];
  g_assert_cmpint (summary->contact, ==, self->ada);
  g_assert_cmpuint (summary->unread, ==, 3);
  g_assert_cmpstr (summary->last->text, ==, "text 3");
  summary = before->pdata[1];
  g_assert_cmpint (summary->contact, ==, self->bob);
  g_assert_null (summary->last);

  changes = kh_messages_mark_read (self->database, self->ada,
                                   ((KhStoreArrival *) stored->pdata[1])->message->seq, 5000, NULL);
  g_assert_cmpuint (changes->len, ==, 2);
  g_assert_cmpuint (fixture_number (&g_array_index (changes, KhStoreChange, 1).id), ==, 2);
  after = kh_messages_load_summaries (self->database, NULL);
  g_assert_cmpuint (((KhStoreSummary *) after->pdata[0])->unread, ==, 1);
  contacts = kh_contacts_load (self->database, NULL);
  ada = contacts->pdata[0];
  g_assert_true (ada->has_last_read);
  g_assert_cmpuint (fixture_number (&ada->last_read), ==, 2);
}

/* Summaries say where load_pending has something to give. */
static void
test_has_pending (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) sent = NULL, delivered = NULL;

  fixture_send (self->database, self->bob, 1, "x");
  sent = kh_messages_load_summaries (self->database, NULL);
  g_assert_cmpint (((KhStoreSummary *) sent->pdata[0])->contact, ==, self->bob);
  g_assert_true (((KhStoreSummary *) sent->pdata[0])->has_pending);
  g_assert_nonnull (((KhStoreSummary *) sent->pdata[0])->last);
  g_assert_false (((KhStoreSummary *) sent->pdata[1])->has_pending);
  g_assert_null (((KhStoreSummary *) sent->pdata[1])->last);

  fixture_send (self->database, self->ada, 1, "x");
  assert_receipt (self, KH_RECEIPT_DELIVERED, 1, "1:delivered ");
  delivered = kh_messages_load_summaries (self->database, NULL);
  g_assert_cmpint (((KhStoreSummary *) delivered->pdata[0])->contact, ==, self->ada);
  g_assert_false (((KhStoreSummary *) delivered->pdata[0])->has_pending);
  g_assert_true (((KhStoreSummary *) delivered->pdata[1])->has_pending);
}

static void
test_delete (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) texts = fixture_texts (1, 1);
  g_autoptr (GPtrArray) stored = NULL, again = NULL;
  g_autoptr (GArray) dropped = g_array_new (FALSE, FALSE, sizeof (KhMessageId));
  g_autoptr (GError) error = NULL;
  gint64 mine = fixture_send (self->database, self->ada, 5, "my quizzical secret");

  g_free (((KhMessage *) texts->pdata[0])->text.text);
  ((KhMessage *) texts->pdata[0])->text.text = g_strdup ("a quizzical answer");
  stored = kh_messages_add_incoming (self->database, self->ada, texts, 1, NULL);
  g_assert_true (kh_database_checkpoint (self->database, NULL));
  g_assert_true (fixture_dir_holds (self->dir, "quizzical"));

  g_assert_true (kh_messages_delete (self->database, mine, dropped, &error));
  g_assert_no_error (error);
  /* It was pending. */
  g_assert_cmpuint (dropped->len, ==, 1);
  g_assert_true (kh_messages_delete (self->database,
                                     ((KhStoreArrival *) stored->pdata[0])->message->seq, dropped,
                                     &error));
  g_assert_no_error (error);
  g_assert_false (fixture_dir_holds (self->dir, "quizzical"));
  assert_list (kh_messages_search (self->database, 0, "quizzical", 10, NULL), "");
  g_assert_false (kh_messages_delete (self->database, mine, dropped, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_NOT_FOUND);

  /* Its receipt was lost and the peer repeats it: it must not come back. */
  again = kh_messages_add_incoming (self->database, self->ada, texts, 2, NULL);
  g_assert_null (((KhStoreArrival *) again->pdata[0])->message);
}

static void
test_clear (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  assert_incoming (self, self->ada, 1, 2, "1 2 ");
  fixture_send (self->database, self->ada, 5, "my quizzical secret");
  fixture_send (self->database, self->bob, 6, "kept");
  g_assert_true (kh_messages_clear (self->database, self->ada, &error));
  g_assert_no_error (error);
  g_assert_false (fixture_dir_holds (self->dir, "quizzical"));
  assert_list (kh_messages_load_page (self->database, self->ada, G_MAXINT64, 10, NULL), "");
  assert_list (kh_messages_load_pending (self->database, self->ada, 0, 10, NULL), "");
  assert_list (kh_messages_load_page (self->database, self->bob, G_MAXINT64, 10, NULL), "6 ");
  /* What the peer repeats does not come back; what is new does. */
  assert_incoming (self, self->ada, 2, 2, "- 3 ");
  /* An empty one can be cleared. */
  g_assert_true (kh_messages_clear (self->database, self->bob, NULL));
  g_assert_true (kh_messages_clear (self->database, self->bob, NULL));
}

static void
test_prune (Fixture *self, gconstpointer data)
{
  assert_incoming (self, self->ada, 1, 2, "1 2 "); /* stored at 77 */
  fixture_send (self->database, self->ada, 50, "waits since 50");
  fixture_send (self->database, self->ada, 90, "new");
  assert_receipt (self, KH_RECEIPT_DELIVERED, 90, "90:delivered ");
  g_assert_true (kh_messages_prune (self->database, 77, NULL));
  assert_list (kh_messages_load_page (self->database, self->ada, G_MAXINT64, 10, NULL),
               "1 2 50 90 ");
  g_assert_true (kh_messages_prune (self->database, 78, NULL));
  assert_list (kh_messages_load_page (self->database, self->ada, G_MAXINT64, 10, NULL), "50 90 ");
  assert_list (kh_messages_search (self->database, 0, "text", 10, NULL), "");
  g_assert_false (fixture_dir_holds (self->dir, "text 2"));
  assert_incoming (self, self->ada, 2, 1, "- ");
}

static void
assert_snippet (Fixture *self, const char *query, const char *expected)
{
  g_autoptr (GPtrArray) found = kh_messages_search (self->database, 0, query, 10, NULL);

  g_assert_cmpuint (found->len, ==, 1);
  g_assert_cmpstr (((KhStoreMessage *) found->pdata[0])->snippet, ==, expected);
}

static void
test_snippet (Fixture *self, gconstpointer data)
{
  g_autofree char *word = g_strnfill (60000, 'w');
  g_autofree char *text = g_strconcat (word, "x ", word, "y pin ", word, NULL);
  g_autoptr (GPtrArray) found = NULL;
  const char *snippet;

  fixture_send (self->database, self->ada, 1, "the needle is in the haystack");
  assert_snippet (self, "need",
                  "the " KH_STORE_FOUND "needle" KH_STORE_FOUND_END " is in the haystack");
  assert_snippet (self, "haystack is",
                  "the needle " KH_STORE_FOUND "is" KH_STORE_FOUND_END " in the " KH_STORE_FOUND
                  "haystack" KH_STORE_FOUND_END);
  /* Words without end, in front of it and behind it. */
  g_assert_cmpuint (strlen (text), >, KH_MESSAGE_TEXT_MAX);
  text[KH_MESSAGE_TEXT_MAX] = '\0';
  fixture_send (self->database, self->ada, 2, text);
  found = kh_messages_search (self->database, 0, "wwwww", 10, NULL);
  snippet = ((KhStoreMessage *) found->pdata[0])->snippet;
  g_assert_cmpint (g_utf8_strlen (snippet, -1), <=, KH_STORE_SNIPPET_MAX);
  g_assert_true (g_str_has_suffix (snippet, "…"));
}

static void
test_search (Fixture *self, gconstpointer data)
{
  fixture_send (self->database, self->ada, 1, "Meet me at the Caf\xc3\xa9 tomorrow");
  fixture_send (self->database, self->bob, 2, "cafeteria food is bad");
  fixture_send (self->database, self->ada, 3, "tomorrow never comes");

  assert_list (kh_messages_search (self->database, 0, "cafe", 10, NULL), "2 1 ");
  assert_list (kh_messages_search (self->database, self->ada, "CAF\xc3\x89", 10, NULL), "1 ");
  assert_list (kh_messages_search (self->database, 0, "tomorrow meet", 10, NULL), "1 ");
  /* Only the last word is a beginning. */
  assert_list (kh_messages_search (self->database, 0, "tomor comes", 10, NULL), "");
  assert_list (kh_messages_search (self->database, 0, "tomorrow", 1, NULL), "3 ");
  assert_list (kh_messages_search (self->database, 0, "", 10, NULL), "");
  /* No operator reaches the engine. */
  assert_list (kh_messages_search (self->database, 0, "\"", 10, NULL), "");
  assert_list (kh_messages_search (self->database, 0, "NOT (", 10, NULL), "");
  assert_list (kh_messages_search (self->database, 0, "text:bad* AND", 10, NULL), "");
  assert_list (kh_messages_search (self->database, 0, "bad*\"^-", 10, NULL), "2 ");
}

static void
test_search_refused (Fixture *self, gconstpointer data)
{
  g_autofree char *query = g_strnfill (KH_STORE_QUERY_MAX + 1, 'x');
  g_autoptr (GError) error = NULL;

  g_assert_null (kh_messages_search (self->database, 0, query, 10, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (kh_messages_search (self->database, 0, "\xff", 10, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID);
}

/* What programs stumble over is kept as it is, found by its own words, and harms nothing. */
static void
test_hostile (Fixture *self, gconstpointer data)
{
  g_autofree char *longest = g_strnfill (KH_MESSAGE_TEXT_MAX, 'W');
  const char *const texts[] = {
    "'; DROP TABLE messages; -- \" OR 1=1",
    "NEAR(\"a b\", 3) AND text:* OR ^-\"\"",
    "%s%n%1$*2147483647$d",
    "\u202eexe.gnp \u2069\u2066",
    "\u200b\u200b",
    "\001\033[31m\177\xc2\x85 line\r\nfeed\u2028",
    "e\u0301\u0302\u0303\u0304\u0305\u0306\u0307",
    "\uFDD0\uFDD1\uFFFE\U0010FFFF",
    longest,
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) page = NULL;
      g_autoptr (GPtrArray) found = NULL;
      g_autofree char *query =
          g_utf8_substring (texts[i], 0, MIN (g_utf8_strlen (texts[i], -1), 200));

      fixture_send (self->database, self->ada, i, texts[i]);
      page = kh_messages_load_page (self->database, self->ada, G_MAXINT64, 1, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (((KhStoreMessage *) page->pdata[0])->text, ==, texts[i]);
      found = kh_messages_search (self->database, 0, query, 10, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (found->len, <=, i + 1);
    }
}

static void
test_export (Fixture *self, gconstpointer data)
{
  g_autofree char *path = g_build_filename (self->dir, "export.txt", NULL);
  g_autofree char *contents = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  GStatBuf info;

  g_assert_true (kh_contacts_set_alias (self->database, self->bob, "Bob", NULL));
  for (guint i = 0; i < KH_STORE_PAGE_MAX + 3; i++)
    fixture_send (self->database, self->bob, i, "hello");
  fixture_send (self->database, self->bob, 9999, "one\n2026-01-01 00:00:00  Eve: two");
  assert_incoming (self, self->bob, 7, 1, "7 ");

  g_assert_true (kh_export_write (self->database, self->bob, path, "Me", &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  lines = g_strsplit (contents, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, KH_STORE_PAGE_MAX + 3 + 2 + 1 + 1);
  g_assert_true (g_str_has_suffix (lines[0], "  Me: hello"));
  g_assert_cmpstr (lines[KH_STORE_PAGE_MAX + 4], ==, "    2026-01-01 00:00:00  Eve: two");
  g_assert_true (g_str_has_suffix (lines[KH_STORE_PAGE_MAX + 5], "  Bob: text 7"));

  g_assert_false (kh_export_write (self->database, self->bob, path, "Me", &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_false (kh_export_write (self->database, 999, "/nowhere/x", "Me", &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_NOT_FOUND);
}

#define ADD(name, function) \
  g_test_add ("/messages/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("incoming-once", test_incoming_once);
  ADD ("incoming-all-or-none", test_incoming_all_or_none);
  ADD ("outgoing-refused", test_outgoing_refused);
  ADD ("receipts", test_receipts);
  ADD ("pages", test_pages);
  ADD ("unread", test_unread);
  ADD ("has-pending", test_has_pending);
  ADD ("delete", test_delete);
  ADD ("clear", test_clear);
  ADD ("prune", test_prune);
  ADD ("snippet", test_snippet);
  ADD ("search", test_search);
  ADD ("search-refused", test_search_refused);
  ADD ("hostile", test_hostile);
  ADD ("export", test_export);
  return g_test_run ();
}
