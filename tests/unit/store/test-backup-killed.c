/* test-backup-killed.c: a backup that is cut short by kill -9 at any system call: there is what was
 * there before, or all of the new one
 */
#include "store/backup.h"

#include "fixture.h"
#include "killed.h"
#include "store/identity-file.h"

#define PASSPHRASE "correct horse battery staple"
#define MESSAGES 250
/* Primes, so that rounds differ in what they fall on. */
#define STRIDE 37
#define LAST_STRIDE 3

static const char *program;

static guint counter;
static const KhRandom random_bytes = { .fill = fixture_count_up, .user_data = &counter };
static const guint8 secret[KH_KEY_SIZE] = { 1, 2, 3 };

static char *
backup_of (const char *dir)
{
  return g_build_filename (dir, "the.backup", NULL);
}

static int
act (const char *dir)
{
  g_autofree char *path = backup_of (dir);
  g_autoptr (KhDatabase) database = fixture_open (dir);

  killed_await ();
  return !kh_backup_write (database, dir, secret, path, PASSPHRASE, TRUE, &random_bytes, NULL);
}

static guint
count (const char *dir)
{
  g_autoptr (KhDatabase) database = fixture_open (dir);
  g_autoptr (GPtrArray) found = kh_messages_search (database, 0, "xylophonic", 256, NULL);

  return found->len;
}

static void
fill (const char *dir)
{
  g_autoptr (KhDatabase) database = fixture_open (dir);
  gint64 ada = fixture_add_contact (database, 1);

  for (guint i = 0; i < MESSAGES; i++)
    {
      g_autofree char *text = g_strdup_printf ("a xylophonic text %u %0500u", i, i);

      fixture_send (database, ada, i, text);
    }
}

/* Whether the new one has taken the place of what was there. */
static gboolean
verify (const char *dir, const char *before)
{
  g_autofree char *path = backup_of (dir), *contents = NULL;
  g_autoptr (FixtureDir) to = fixture_make_dir ();
  g_autoptr (GError) error = NULL;
  gsize len;

  g_assert_cmpuint (count (dir), ==, MESSAGES);
  g_assert_true (g_file_get_contents (path, &contents, &len, NULL));
  if (len == strlen (before) && g_str_equal (contents, before))
    return FALSE;
  g_assert_true (kh_backup_restore (to, path, PASSPHRASE, FALSE, &random_bytes, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count (to), ==, MESSAGES);
  return TRUE;
}

/* What is left of it has no history in the clear, once the folder is in use again. */
static void
assert_tidied (const char *dir)
{
  g_autofree char *snapshot = g_build_filename (dir, "backup.part", NULL);
  g_autoptr (KhStore) store = NULL;
  g_autoptr (GError) error = NULL;

  store = kh_store_open (dir, &error);
  g_assert_no_error (error);
  g_assert_false (g_file_test (snapshot, G_FILE_TEST_EXISTS));
}

static gboolean
try (const char *dir, guint step, guint *n_replaced)
{
  static const char before[] = "of another day";
  g_autofree char *path = backup_of (dir);
  gboolean killed;

  g_assert_true (g_file_set_contents (path, before, -1, NULL));
  killed = killed_run (program, "back-up", dir, step);
  *n_replaced += verify (dir, before);
  return killed;
}

static void
test_killed (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  guint n_replaced = 0, step = 0, last;

  if (!killed_is_possible (program))
    {
      g_test_skip ("no process may stop another here");
      return;
    }
  fill (dir);
  while (try (dir, step, &n_replaced))
    step += STRIDE;
  g_assert_cmpuint (step / STRIDE, >, 4);
  g_assert_cmpuint (n_replaced, >=, 1);
  /* Where it is renamed. */
  for (last = step - STRIDE; try (dir, last, &n_replaced); last += LAST_STRIDE)
    ;
  g_test_message ("killed at %u of %u system calls; %u times it was there",
                  step / STRIDE + (last - step + STRIDE) / LAST_STRIDE, last, n_replaced - 2);
  try (dir, STRIDE, &n_replaced);
  assert_tidied (dir);
}

int
main (int argc, char **argv)
{
  program = argv[0];
  if (argc == 4 && g_str_equal (argv[1], "--killed"))
    _exit (act (argv[3])); /* no search for leaks: whoever traces it keeps that out */
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/backup/killed", test_killed);
  return g_test_run ();
}
