/* test-database.c: opening: whose it is, of which version, whole or not; migrations; a full disk */
#include "store/database.h"

#include "fixture.h"

static const char *const versions[] = {
  "CREATE TABLE things (name TEXT NOT NULL);",
  "ALTER TABLE things ADD COLUMN colour TEXT NOT NULL DEFAULT 'red';",
  "UPDATE things SET colour = 'blue'; CREATE TABLE things (broken);",
};

static char *
path_in (const char *dir)
{
  return g_build_filename (dir, KH_STORE_DATABASE_NAME, NULL);
}

static char *
get_text (KhDatabase *database, const char *sql)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KhStatement) row = kh_database_query (database, &error, sql, "");

  g_assert_no_error (error);
  g_assert_cmpint (kh_database_step (database, row, &error), ==, KH_STEP_ROW);
  return kh_statement_text (row, 0);
}

static void
assert_text (KhDatabase *database, const char *sql, const char *expected)
{
  g_autofree char *text = get_text (database, sql);

  g_assert_cmpstr (text, ==, expected);
}

static void
assert_open_fails (const char *path, KhStoreError code)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL, *after = NULL;
  gsize len_before, len_after;

  g_assert_true (g_file_get_contents (path, &before, &len_before, NULL));
  g_assert_null (kh_database_open (path, kh_schema_migrations, kh_schema_n_migrations, &error));
  g_assert_error (error, KH_STORE_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_true (g_file_get_contents (path, &after, &len_after, NULL));
  g_assert_cmpmem (before, len_before, after, len_after);
}

static void
test_settings (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autofree char *path = path_in (dir);
  g_autofree char *log = g_strconcat (path, "-wal", NULL);
  mode_t mask = umask (0);
  g_autoptr (KhDatabase) database = fixture_open (dir);
  GStatBuf info;

  umask (mask);
  assert_text (database, "PRAGMA journal_mode", "wal");
  assert_text (database, "PRAGMA synchronous", "2");
  assert_text (database, "PRAGMA foreign_keys", "1");
  assert_text (database, "PRAGMA secure_delete", "1");
  assert_text (database, "PRAGMA application_id", "1265528692");
  g_autofree char *newest = g_strdup_printf ("%u", kh_schema_n_migrations);
  assert_text (database, "PRAGMA user_version", newest);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  g_assert_cmpint (g_stat (log, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
}

static void
test_migrations (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autofree char *path = path_in (dir);
  g_autoptr (GError) error = NULL;
  KhDatabase *database = kh_database_open (path, versions, 1, &error);

  g_assert_no_error (error);
  g_assert_true (kh_database_exec (database, "INSERT INTO things VALUES ('apple')", NULL));
  kh_database_free (database);

  database = kh_database_open (path, versions, 2, &error);
  g_assert_no_error (error);
  assert_text (database, "SELECT name || ' ' || colour FROM things", "apple red");
  assert_text (database, "PRAGMA user_version", "2");
  kh_database_free (database);

  /* One that fails in its middle leaves nothing behind. */
  g_assert_null (kh_database_open (path, versions, 3, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_IO);
  database = kh_database_open (path, versions, 2, NULL);
  assert_text (database, "SELECT name || ' ' || colour FROM things", "apple red");
  kh_database_free (database);

  /* From nothing to the newest at once. */
  g_unlink (path);
  database = kh_database_open (path, versions, 2, NULL);
  assert_text (database, "PRAGMA user_version", "2");
  kh_database_free (database);
}

static void
test_newer (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autofree char *path = path_in (dir);
  KhDatabase *database = fixture_open (dir);

  g_assert_true (kh_database_exec (database, "PRAGMA user_version = 99", NULL));
  kh_database_free (database);
  assert_open_fails (path, KH_STORE_ERROR_NEWER_VERSION);
}

static void
test_foreign (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autofree char *path = path_in (dir);
  sqlite3 *other;

  g_assert_cmpint (sqlite3_open (path, &other), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (other, "CREATE TABLE t (x)", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (other);
  assert_open_fails (path, KH_STORE_ERROR_FOREIGN);
}

static void
overwrite (const char *path, off_t at, gsize len)
{
  g_autofree char *garbage = g_strnfill (len, '#');
  int fd = open (path, O_WRONLY | O_CLOEXEC);

  g_assert_cmpint (pwrite (fd, garbage, len, at), ==, (ssize_t) len);
  close (fd);
}

static void
test_corrupt_header (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autofree char *path = path_in (dir);

  kh_database_free (fixture_open (dir));
  overwrite (path, 0, 4096);
  assert_open_fails (path, KH_STORE_ERROR_CORRUPT);

  g_assert_true (g_file_set_contents (path, "not a database at all, but some text", -1, NULL));
  assert_open_fails (path, KH_STORE_ERROR_CORRUPT);
}

/* Damage in the middle, with a log that says that nobody closed it. */
static void
test_corrupt_middle (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autofree char *path = path_in (dir);
  g_autofree char *log = g_strconcat (path, "-wal", NULL);
  KhDatabase *database = fixture_open (dir);
  gint64 contact = fixture_add_contact (database, 1);
  GStatBuf info;

  for (guint i = 0; i < 500; i++)
    fixture_send (database, contact, i, "a text of some length, so that there are some pages");
  kh_database_free (database);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_size, >, 20 * 4096);
  overwrite (path, 4096, (gsize) info.st_size - 4096);
  g_assert_true (g_file_set_contents (log, "left behind", -1, NULL));
  assert_open_fails (path, KH_STORE_ERROR_CORRUPT);
}

/* On a full disk a write fails as a whole, what was there stays, and with room it goes on. */
static void
test_full (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autoptr (KhDatabase) database = fixture_open (dir);
  gint64 contact = fixture_add_contact (database, 1);
  g_autofree char *text = g_strnfill (60000, 'x');
  g_autoptr (GPtrArray) batch = fixture_texts (1, 3);
  g_autoptr (GPtrArray) stored = NULL;
  g_autoptr (GError) error = NULL;
  KhMessageId id = fixture_id (7);

  fixture_send (database, contact, 6, "before");
  g_free (((KhMessage *) batch->pdata[2])->text.text);
  ((KhMessage *) batch->pdata[2])->text.text = g_strdup (text);
  /* A limit below what there is becomes what there is. */
  g_assert_true (kh_database_exec (database, "PRAGMA max_page_count = 1", NULL));

  g_assert_null (kh_messages_add_outgoing (database, contact, &id, text, NULL, 7, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_DISK_FULL);
  g_clear_error (&error);
  g_assert_null (kh_messages_add_incoming (database, contact, batch, 1, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_DISK_FULL);
  g_clear_error (&error);
  assert_text (database, "SELECT count(*) || max(text) FROM messages", "1before");

  g_assert_true (kh_database_exec (database, "PRAGMA max_page_count = 100000", NULL));
  stored = kh_messages_add_incoming (database, contact, batch, 1, &error);
  g_assert_no_error (error);
  {
    g_autofree char *list = fixture_list_arrivals (stored);

    g_assert_cmpstr (list, ==, "1 2 3 ");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/database/settings", test_settings);
  g_test_add_func ("/database/migrations", test_migrations);
  g_test_add_func ("/database/newer", test_newer);
  g_test_add_func ("/database/foreign", test_foreign);
  g_test_add_func ("/database/corrupt-header", test_corrupt_header);
  g_test_add_func ("/database/corrupt-middle", test_corrupt_middle);
  g_test_add_func ("/database/full", test_full);
  return g_test_run ();
}
