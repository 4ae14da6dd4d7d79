/* test-identity-file.c: the secret key is made once, and never made anew by accident */
#include "store/identity-file.h"

#include "fixture.h"

static void
fill (guint8 *buf, gsize len, gpointer user_data)
{
  guint8 *next = user_data;

  for (gsize i = 0; i < len; i++)
    buf[i] = (*next)++;
}

static guint8 next_byte;
static const KhRandom test_random = { fill, &next_byte };

static void
test_create (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autofree char *nested = g_build_filename (dir, "a", "b", NULL);
  g_autofree char *path = g_build_filename (nested, KH_IDENTITY_FILE_NAME, NULL);
  g_autoptr (GDir) listing = NULL;
  guint8 made[KH_KEY_SIZE], loaded[KH_KEY_SIZE], again[KH_KEY_SIZE];
  g_autoptr (GError) error = NULL;
  mode_t mask = umask (0);
  GStatBuf info;

  g_assert_true (kh_identity_file_ensure (nested, &test_random, made, &error));
  g_assert_no_error (error);
  umask (mask);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  g_assert_cmpint (g_stat (nested, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0700);
  g_assert_true (kh_identity_file_load (nested, loaded, &error));
  g_assert_cmpmem (loaded, sizeof loaded, made, sizeof made);
  g_assert_true (kh_identity_file_ensure (nested, &test_random, again, &error));
  g_assert_cmpmem (again, sizeof again, made, sizeof made);

  /* Nothing temporary stays. */
  listing = g_dir_open (nested, 0, NULL);
  g_assert_cmpstr (g_dir_read_name (listing), ==, KH_IDENTITY_FILE_NAME);
  g_assert_null (g_dir_read_name (listing));
}

static void
test_never_over_another (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  guint8 first[KH_KEY_SIZE], second[KH_KEY_SIZE] = { 0 }, loaded[KH_KEY_SIZE];
  static const guint8 zero[KH_KEY_SIZE];
  g_autoptr (GError) error = NULL;

  g_assert_true (kh_identity_file_create (dir, &test_random, first, &error));
  g_assert_false (kh_identity_file_create (dir, &test_random, second, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_EXISTS);
  g_assert_cmpmem (second, sizeof second, zero, sizeof zero);
  g_assert_true (kh_identity_file_load (dir, loaded, NULL));
  g_assert_cmpmem (loaded, sizeof loaded, first, sizeof first);
}

/* Another process, which is faster: makes its identity while ours is still being thought of. */
static void
fill_too_late (guint8 *buf, gsize len, gpointer user_data)
{
  const char *dir = user_data;
  guint8 secret[KH_KEY_SIZE];

  kh_identity_file_create (dir, &test_random, secret, NULL);
  memset (buf, 0xff, len);
}

static void
test_two_at_once (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  const KhRandom late = { fill_too_late, dir };
  guint8 ours[KH_KEY_SIZE], theirs[KH_KEY_SIZE];
  g_autoptr (GError) error = NULL;

  g_assert_true (kh_identity_file_ensure (dir, &late, ours, &error));
  g_assert_no_error (error);
  g_assert_true (kh_identity_file_load (dir, theirs, &error));
  g_assert_cmpmem (ours, sizeof ours, theirs, sizeof theirs);
  g_assert_cmpint (ours[0], !=, 0xff);
}

/* Loads what is there and expects it to be refused, by ensure too, and left as it is. */
static void
assert_refused (const char *dir, const char *word)
{
  g_autoptr (GError) load_error = NULL, ensure_error = NULL;
  guint8 secret[KH_KEY_SIZE];

  g_assert_false (kh_identity_file_load (dir, secret, &load_error));
  g_assert_error (load_error, KH_STORE_ERROR, KH_STORE_ERROR_IDENTITY);
  g_assert_nonnull (strstr (load_error->message, word));
  g_assert_false (kh_identity_file_ensure (dir, &test_random, secret, &ensure_error));
  g_assert_error (ensure_error, KH_STORE_ERROR, KH_STORE_ERROR_IDENTITY);
}

static void
test_refused (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autofree char *path = g_build_filename (dir, KH_IDENTITY_FILE_NAME, NULL);
  g_autofree char *target = g_build_filename (dir, "target", NULL);
  guint8 secret[KH_KEY_SIZE];
  g_autoptr (GError) error = NULL;

  g_assert_false (kh_identity_file_load (dir, secret, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_NO_IDENTITY);
  g_assert_true (kh_identity_file_create (dir, &test_random, secret, NULL));

  g_assert_cmpint (g_chmod (path, 0640), ==, 0);
  assert_refused (dir, "chmod 600");
  g_assert_cmpint (g_chmod (path, 0601), ==, 0);
  assert_refused (dir, "chmod 600");
  g_assert_cmpint (g_chmod (path, 0600), ==, 0);
  g_assert_true (kh_identity_file_load (dir, secret, NULL));

  g_assert_cmpint (truncate (path, KH_KEY_SIZE - 1), ==, 0);
  assert_refused (dir, "31 bytes");
  g_assert_cmpint (truncate (path, KH_KEY_SIZE + 1), ==, 0);
  assert_refused (dir, "33 bytes");
  g_assert_cmpint (truncate (path, 0), ==, 0);
  assert_refused (dir, "0 bytes");

  g_assert_cmpint (g_rename (path, target), ==, 0);
  g_assert_cmpint (symlink (target, path), ==, 0);
  assert_refused (dir, "symbolic link");
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  assert_refused (dir, "not an ordinary file");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/identity-file/create", test_create);
  g_test_add_func ("/identity-file/never-over-another", test_never_over_another);
  g_test_add_func ("/identity-file/two-at-once", test_two_at_once);
  g_test_add_func ("/identity-file/refused", test_refused);
  return g_test_run ();
}
