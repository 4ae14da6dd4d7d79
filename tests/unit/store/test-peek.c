/* test-peek.c: what can be read of a history that somebody else has open, and of none */
#include "fixture.h"

#include "store/peek.h"
#include "store/settings.h"

#define SERVER "example.org"

static void
save (const char *dir)
{
  g_autoptr (KhDatabase) database = fixture_open (dir);
  KhStorePin pin = { .server = (char *) SERVER, .first_seen_us = 1 };

  memset (pin.key.bytes, 7, sizeof pin.key.bytes);
  g_assert_true (kh_settings_set (database, "server", SERVER, NULL));
  g_assert_true (kh_settings_set_pin (database, &pin, NULL));
}

static void
check (const char *dir)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *value = NULL;
  char *none = NULL;
  gboolean has_key = FALSE;
  KhKey key = { 0 };

  g_assert_true (kh_peek_setting (dir, "server", &value, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (value, ==, SERVER);
  g_assert_true (kh_peek_setting (dir, "nothing", &none, NULL));
  g_assert_null (none);
  g_assert_true (kh_peek_pin (dir, SERVER, &has_key, &key, NULL));
  g_assert_true (has_key);
  g_assert_cmpuint (key.bytes[KH_KEY_SIZE - 1], ==, 7);
  g_assert_true (kh_peek_pin (dir, "example.net", &has_key, &key, NULL));
  g_assert_false (has_key);
}

static void
test_values (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autoptr (GError) error = NULL;
  g_autoptr (KhStore) store = NULL;

  save (dir);
  check (dir);
  /* Beside a running one. */
  store = kh_store_open (dir, &error);
  g_assert_no_error (error);
  check (dir);
  kh_store_close (store);
}

static void
test_nothing (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autofree char *path = g_build_filename (dir, KH_STORE_DATABASE_NAME, NULL);
  char *value = (char *) "unset";

  g_assert_true (kh_peek_setting (dir, "server", &value, NULL));
  g_assert_null (value);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_damaged (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autofree char *path = g_build_filename (dir, KH_STORE_DATABASE_NAME, NULL);
  g_autofree char *noise = g_strnfill (8192, 'x');
  g_autoptr (GError) error = NULL;
  char *value = NULL;

  g_assert_true (g_file_set_contents (path, noise, -1, NULL));
  g_assert_false (kh_peek_setting (dir, "server", &value, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_CORRUPT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/peek/values", test_values);
  g_test_add_func ("/store/peek/nothing", test_nothing);
  g_test_add_func ("/store/peek/damaged", test_damaged);
  return g_test_run ();
}
