/* test-store-failures.c: a store that may not write, and one that is killed while it writes */
#include <signal.h>

#include "fixture.h"
#include "store/lock.h"

static gboolean
is_refused_as_read_only (const char *dir, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KhStore) store = kh_store_open (dir, &error);

  return store == NULL && g_error_matches (error, KH_STORE_ERROR, KH_STORE_ERROR_READ_ONLY) &&
         strstr (error->message, path) != NULL;
}

/* In a child, because root may write anywhere and has to become nobody first. */
static void
assert_refused_as_read_only (const char *dir, const char *path)
{
  pid_t child = fork ();
  int status;

  if (child == 0)
    {
      if (geteuid () == 0 && setresuid (65534, 65534, 65534) != 0)
        _exit (2);
      _exit (is_refused_as_read_only (dir, path) ? 0 : 1);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
}

static void
test_read_only (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autofree char *missing = g_build_filename (dir, "new", "folder", NULL);

  g_assert_cmpint (g_chmod (dir, 0555), ==, 0);
  assert_refused_as_read_only (dir, dir);
  assert_refused_as_read_only (missing, missing);
  g_assert_cmpint (g_chmod (dir, 0700), ==, 0);
}

/* The folder can be written and the database cannot. */
static void
test_read_only_database (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autofree char *path = g_build_filename (dir, KH_STORE_DATABASE_NAME, NULL);
  g_autofree char *lock_path = g_build_filename (dir, KH_STORE_LOCK_NAME, NULL);

  kh_database_free (fixture_open (dir));
  g_assert_cmpint (g_chmod (path, 0444), ==, 0);
  g_assert_cmpint (g_chmod (dir, 0777), ==, 0);
  assert_refused_as_read_only (dir, path);
  /* It got as far as the database. */
  g_assert_true (g_file_test (lock_path, G_FILE_TEST_EXISTS));
}

/* Stores message after message and says so, until it is killed. */
static void
store_and_tell (const char *dir, guint first, int fd)
{
  g_autoptr (KhDatabase) database = fixture_open (dir);
  KhStoreContact contact = fixture_contact (1);
  g_autoptr (KhStoreContact) saved = kh_contacts_save (database, &contact, NULL);

  for (guint i = first;; i += 3)
    {
      g_autoptr (GPtrArray) texts = fixture_texts (i, 3);
      g_autoptr (GPtrArray) stored = kh_messages_add_incoming (database, saved->id, texts, 1, NULL);

      if (stored == NULL || write (fd, &i, sizeof i) != sizeof i)
        _exit (1);
    }
}

/* Reads what the child acknowledges until @enough, kills it, reads the rest. Returns the last. */
static guint
acknowledged_until_killed (pid_t child, int fd, guint enough)
{
  guint told, last = 0, n = 0;

  while (read (fd, &told, sizeof told) == sizeof told)
    {
      last = told;
      if (++n == enough)
        g_assert_cmpint (kill (child, SIGKILL), ==, 0);
    }
  g_assert_cmpuint (n, >=, enough);
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
  return last;
}

static void
test_killed (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  guint first = 0;

  for (guint round = 1; round <= 5; round++)
    {
      g_autoptr (KhDatabase) database = NULL;
      g_autoptr (KhStatement) row = NULL;
      int ends[2];
      guint last, count;
      pid_t child;

      g_assert_cmpint (pipe (ends), ==, 0);
      child = fork ();
      if (child == 0)
        {
          close (ends[0]);
          store_and_tell (dir, first, ends[1]);
        }
      close (ends[1]);
      last = acknowledged_until_killed (child, ends[0], round * 5);
      close (ends[0]);

      database = fixture_open (dir);
      row = kh_database_query (database, NULL, "SELECT count(*) FROM messages", "");
      g_assert_cmpint (kh_database_step (database, row, NULL), ==, KH_STEP_ROW);
      count = (guint) sqlite3_column_int64 (row, 0);
      /* All that was acknowledged, whole batches only, and at most the one in the making. */
      g_assert_cmpuint (count, >=, last + 3);
      g_assert_cmpuint (count % 3, ==, 0);
      g_assert_cmpuint (count, <=, last + 6);
      first = count;
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store-failures/read-only", test_read_only);
  g_test_add_func ("/store-failures/read-only-database", test_read_only_database);
  g_test_add_func ("/store-failures/killed", test_killed);
  return g_test_run ();
}
