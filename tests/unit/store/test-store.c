/* test-store.c: the worker, the lock, and what becomes of a full disk and a damaged database */
#include "store/store-private.h"

#include "fixture.h"
#include "store/lock.h"

/* Runs the main context until @result_out is set by store_result(). */
static GAsyncResult *
await (GAsyncResult **result_out)
{
  while (*result_out == NULL)
    g_main_context_iteration (NULL, TRUE);
  return g_steal_pointer (result_out);
}

static void
store_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **out = user_data;

  *out = g_object_ref (result);
}

static KhStore *
open_store (const char *dir)
{
  g_autoptr (GError) error = NULL;
  KhStore *store = kh_store_open (dir, &error);

  g_assert_no_error (error);
  return store;
}

static gint64
save_contact (KhStore *store, guint n)
{
  KhStoreContact contact = fixture_contact (n);
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (KhStoreContact) saved = NULL;

  kh_store_save_contact_async (store, &contact, NULL, store_result, &pending);
  result = await (&pending);
  saved = kh_store_save_contact_finish (store, result, NULL);
  return saved->id;
}

static char *
load_page (KhStore *store, gint64 contact)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) messages = NULL;

  kh_store_load_page_async (store, contact, G_MAXINT64, 100, NULL, store_result, &pending);
  result = await (&pending);
  messages = kh_store_messages_finish (store, result, NULL);
  return fixture_list (messages);
}

static void
count_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GString *done = user_data;
  g_autoptr (KhStoreMessage) message =
      kh_store_add_outgoing_finish (KH_STORE (source), result, NULL);

  g_string_append_printf (done, "%u ", fixture_number (&message->id));
}

static void
test_order (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autoptr (KhStore) store = open_store (dir);
  g_autoptr (GString) done = g_string_new (NULL), expected = g_string_new (NULL);
  g_autofree char *page = NULL;
  gint64 contact = save_contact (store, 1);

  for (guint i = 0; i < 50; i++)
    {
      KhMessageId id = fixture_id (i);

      kh_store_add_outgoing_async (store, contact, &id, "x", NULL, i, NULL, count_done, done);
      g_string_append_printf (expected, "%u ", i);
    }
  page = load_page (store, contact);
  g_assert_cmpstr (page, ==, expected->str);
  g_assert_cmpstr (done->str, ==, expected->str);
  kh_store_close (store);
}

/* One of each operation, through its finish function. */
static void
test_every_operation (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autofree char *path = g_build_filename (dir, "out.txt", NULL);
  g_autoptr (KhStore) store = open_store (dir);
  gint64 contact = save_contact (store, 1);
  g_autoptr (GPtrArray) texts = fixture_texts (1, 2);
  KhMessageId id = fixture_id (9);
  KhStorePin pin = { .server = (char *) "host:1", .key = { { 4 } } };
  GAsyncResult *r[20] = { NULL };
  guint n = 0;

  kh_store_add_incoming_async (store, contact, texts, 5, NULL, store_result, &r[0]);
  kh_store_add_outgoing_async (store, contact, &id, "mine", NULL, 6, NULL, store_result, &r[1]);
  kh_store_apply_receipt_async (store, contact, KH_RECEIPT_READ, &id, 1, 5, NULL, store_result,
                                &r[2]);
  kh_store_mark_read_async (store, contact, G_MAXINT64, 5, NULL, store_result, &r[3]);
  kh_store_load_pending_async (store, contact, 0, 10, NULL, store_result, &r[4]);
  kh_store_search_async (store, 0, "mine", 10, NULL, store_result, &r[5]);
  kh_store_load_summaries_async (store, NULL, store_result, &r[6]);
  kh_store_load_contacts_async (store, NULL, store_result, &r[7]);
  kh_store_get_pin_async (store, "host:1", NULL, store_result, &r[8]);
  kh_store_set_pin_async (store, &pin, NULL, store_result, &r[9]);
  kh_store_get_pin_async (store, "host:1", NULL, store_result, &r[10]);
  kh_store_set_setting_async (store, "a", "b", NULL, store_result, &r[11]);
  kh_store_get_setting_async (store, "a", NULL, store_result, &r[12]);
  kh_store_export_async (store, contact, path, "Me", NULL, store_result, &r[13]);
  kh_store_set_contact_state_async (store, contact, KH_CONTACT_BLOCKED, NULL, store_result, &r[14]);
  kh_store_set_contact_alias_async (store, contact, "A", NULL, store_result, &r[15]);
  kh_store_set_contact_verified_async (store, contact, TRUE, NULL, store_result, &r[16]);
  kh_store_set_contact_knock_stamp_async (store, contact, 3, NULL, store_result, &r[17]);
  kh_store_delete_message_async (store, 1, NULL, store_result, &r[18]);
  kh_store_delete_contact_async (store, contact, NULL, store_result, &r[19]);
  while (r[19] == NULL)
    g_main_context_iteration (NULL, TRUE);

  {
    g_autoptr (GPtrArray) stored = kh_store_add_incoming_finish (store, r[n++], NULL);
    g_autoptr (KhStoreMessage) mine = kh_store_add_outgoing_finish (store, r[n++], NULL);
    g_autoptr (GArray) receipt = kh_store_apply_receipt_finish (store, r[n++], NULL);
    g_autoptr (GArray) read = kh_store_mark_read_finish (store, r[n++], NULL);
    g_autoptr (GPtrArray) pending = kh_store_messages_finish (store, r[n++], NULL);
    g_autoptr (GPtrArray) found = kh_store_messages_finish (store, r[n++], NULL);
    g_autoptr (GPtrArray) summaries = kh_store_load_summaries_finish (store, r[n++], NULL);
    g_autoptr (GPtrArray) contacts = kh_store_load_contacts_finish (store, r[n++], NULL);
    g_autoptr (KhStorePin) no_pin = NULL, same_pin = NULL;
    g_autofree char *value = NULL;

    g_assert_cmpuint (stored->len, ==, 2);
    g_assert_cmpstr (mine->text, ==, "mine");
    g_assert_cmpuint (receipt->len, ==, 1);
    g_assert_cmpuint (read->len, ==, 2);
    g_assert_cmpuint (pending->len, ==, 0);
    g_assert_cmpuint (found->len, ==, 1);
    g_assert_cmpuint (summaries->len, ==, 1);
    g_assert_cmpuint (contacts->len, ==, 1);
    g_assert_true (kh_store_get_pin_finish (store, r[n++], &no_pin, NULL));
    g_assert_null (no_pin);
    g_assert_true (kh_store_finish (store, r[n++], NULL));
    g_assert_true (kh_store_get_pin_finish (store, r[n++], &same_pin, NULL));
    g_assert_true (kh_key_equal (&same_pin->key, &pin.key));
    g_assert_true (kh_store_finish (store, r[n++], NULL));
    g_assert_true (kh_store_get_setting_finish (store, r[n++], &value, NULL));
    g_assert_cmpstr (value, ==, "b");
  }
  while (n < 18)
    g_assert_true (kh_store_finish (store, r[n++], NULL));
  {
    g_autoptr (KhStoreRevision) gone = kh_store_delete_message_finish (store, r[n++], NULL);

    g_assert_nonnull (gone);
  }
  g_assert_true (kh_store_finish (store, r[n++], NULL));
  for (n = 0; n < G_N_ELEMENTS (r); n++)
    g_object_unref (r[n]);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  kh_store_close (store);
}

static void
test_close_flushes (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autofree char *log = g_build_filename (dir, KH_STORE_DATABASE_NAME "-wal", NULL);
  g_autofree char *page = NULL;
  GAsyncResult *results[3] = { NULL }, *late = NULL;
  g_autoptr (GError) error = NULL;
  KhStore *store = open_store (dir);
  gint64 contact = save_contact (store, 1);

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      KhMessageId id = fixture_id (i);

      kh_store_add_outgoing_async (store, contact, &id, "x", NULL, i, NULL, store_result,
                                   &results[i]);
    }
  kh_store_close (store);
  kh_store_close (store);
  g_assert_false (g_file_test (log, G_FILE_TEST_EXISTS));
  kh_store_load_contacts_async (store, NULL, store_result, &late);
  {
    g_autoptr (GAsyncResult) result = await (&late);

    g_assert_null (kh_store_load_contacts_finish (store, result, &error));
    g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_CLOSED);
  }
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (GAsyncResult) result = await (&results[i]);
      g_autoptr (KhStoreMessage) message = kh_store_add_outgoing_finish (store, result, NULL);

      g_assert_nonnull (message);
    }
  g_object_unref (store);

  store = open_store (dir);
  page = load_page (store, contact);
  g_assert_cmpstr (page, ==, "0 1 2 ");
  kh_store_close (store);
  g_object_unref (store);
}

/* The last reference goes while operations are under way, and the worker ends by itself. */
static void
test_unref_without_close (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autofree char *lock_path = g_build_filename (dir, KH_STORE_LOCK_NAME, NULL);
  KhStore *store = open_store (dir);
  gint64 contact = save_contact (store, 1);
  KhMessageId id = fixture_id (5);
  GAsyncResult *pending = NULL;
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  g_autofree char *page = NULL;
  int fd;

  kh_store_add_outgoing_async (store, contact, &id, "x", NULL, 1, NULL, store_result, &pending);
  g_object_unref (store);
  g_object_unref (await (&pending));

  /* Waits for the worker to give up the lock. */
  fd = open (lock_path, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (fcntl (fd, F_OFD_SETLKW, &whole), ==, 0);
  close (fd);
  store = open_store (dir);
  page = load_page (store, contact);
  g_assert_cmpstr (page, ==, "5 ");
  kh_store_close (store);
  g_object_unref (store);
}

static void
test_cancelled (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autoptr (KhStore) store = open_store (dir);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  GAsyncResult *pending = NULL;

  g_cancellable_cancel (cancellable);
  kh_store_load_contacts_async (store, cancellable, store_result, &pending);
  result = await (&pending);
  g_assert_null (kh_store_load_contacts_finish (store, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  kh_store_close (store);
}

static void
test_second_instance (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autoptr (KhStore) store = open_store (dir);
  g_autofree char *pid = g_strdup_printf ("process %d", (int) getpid ());
  g_autoptr (GError) error = NULL;
  pid_t child = fork ();
  int status;

  if (child == 0)
    _exit (kh_store_open (dir, &error) == NULL &&
                   g_error_matches (error, KH_STORE_ERROR, KH_STORE_ERROR_LOCKED) &&
                   strstr (error->message, pid) != NULL
               ? 0
               : 1);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);

  g_assert_null (kh_store_open (dir, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_LOCKED);
  g_clear_error (&error);
  kh_store_close (store);
  g_object_unref (store);
  store = open_store (dir);
  kh_store_close (store);
}

static gpointer
fill_disk (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_database_exec (database, "PRAGMA max_page_count = 1", error) ? KH_STORE_DONE : NULL;
}

static void
test_disk_full (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autoptr (KhStore) store = open_store (dir);
  gint64 contact = save_contact (store, 1);
  g_autofree char *text = g_strnfill (KH_MESSAGE_TEXT_MAX, 'x');
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  KhMessageId id = fixture_id (1);
  GAsyncResult *pending = NULL;

  kh_store_submit (store, fill_disk, kh_store_call_new (fill_disk, NULL), NULL, NULL, NULL);
  kh_store_add_outgoing_async (store, contact, &id, text, NULL, 1, NULL, store_result, &pending);
  result = await (&pending);
  g_assert_null (kh_store_add_outgoing_finish (store, result, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_DISK_FULL);
  kh_store_close (store);
}

static void
test_fresh (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autofree char *path = g_build_filename (dir, KH_STORE_DATABASE_NAME, NULL);
  g_autofree char *aside = NULL, *kept = NULL;
  g_autoptr (GError) error = NULL;
  KhStore *store;

  g_assert_true (g_file_set_contents (path, "damaged", -1, NULL));
  /* However often it is tried, nothing is lost. */
  for (guint i = 0; i < 2; i++)
    {
      g_assert_null (kh_store_open (dir, &error));
      g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_CORRUPT);
      g_clear_error (&error);
    }
  store = kh_store_open_fresh (dir, &aside, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (aside, path));
  g_assert_nonnull (strstr (aside, ".corrupt-"));
  g_assert_true (g_file_get_contents (aside, &kept, NULL, NULL));
  g_assert_cmpstr (kept, ==, "damaged");
  save_contact (store, 1);
  kh_store_close (store);
  g_object_unref (store);

  store = open_store (dir);
  kh_store_close (store);
  g_object_unref (store);
}

static void
test_open_async (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autoptr (GAsyncResult) result = NULL;
  GAsyncResult *pending = NULL;
  g_autoptr (KhStore) store = NULL;

  kh_store_open_async (dir, NULL, store_result, &pending);
  result = await (&pending);
  store = kh_store_open_finish (result, NULL);
  g_assert_cmpstr (kh_store_get_dir (store), ==, dir);
  kh_store_close (store);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/order", test_order);
  g_test_add_func ("/store/every-operation", test_every_operation);
  g_test_add_func ("/store/close-flushes", test_close_flushes);
  g_test_add_func ("/store/unref-without-close", test_unref_without_close);
  g_test_add_func ("/store/cancelled", test_cancelled);
  g_test_add_func ("/store/second-instance", test_second_instance);
  g_test_add_func ("/store/disk-full", test_disk_full);
  g_test_add_func ("/store/fresh", test_fresh);
  g_test_add_func ("/store/open-async", test_open_async);
  return g_test_run ();
}
