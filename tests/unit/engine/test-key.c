/* test-key.c: the secret key in each of its places, through the engine */
#include "engine-fixture.h"

/* Only to make libsecret's file wait for a busy machine. */
#include "store/keyring.h"

#include <ftw.h>
#include <stdio.h>

static int
remove_one (const char *path, const struct stat *info, int type, struct FTW *where)
{
  return remove (path);
}

static void
remove_dir (const char *dir)
{
  nftw (dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static gboolean
try_open (User *self, KhOpenFlags flags, const char *passphrase, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  self->engine = kh_engine_new ();
  kh_engine_set_passphrase (self->engine, passphrase);
  kh_engine_open_async (self->engine, self->dir, flags, NULL, fixture_on_result, &result);
  if (kh_engine_open_finish (self->engine, fixture_wait (&result), error))
    return TRUE;
  g_clear_object (&result);
  g_clear_object (&self->engine);
  return FALSE;
}

static void
assert_opens (User *self, const char *passphrase, const char *peer_id)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (try_open (self, KH_OPEN_NONE, passphrase, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (kh_engine_get_peer_id (self->engine), ==, peer_id);
}

static void
assert_refused (User *self, const char *passphrase)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (try_open (self, KH_OPEN_NONE, passphrase, &error));
  g_assert_error (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_PASSPHRASE);
}

static void
move (User *self, KhKeyPlace place, const char *passphrase)
{
  g_autoptr (GAsyncResult) result = NULL;

  kh_engine_move_key_async (self->engine, place, passphrase, NULL, fixture_on_result, &result);
  fixture_finish (self->engine, &result);
  g_assert_cmpstr (kh_key_place_to_string (kh_engine_get_key_place (self->engine)), ==,
                   kh_key_place_to_string (place));
}

static void
test_passphrase (void)
{
  User *a = user_new ("Ann");
  g_autofree char *peer_id = g_strdup (kh_engine_get_peer_id (a->engine));
  g_autofree char *told = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (kh_engine_get_key_place (a->engine), ==, KH_KEY_IN_FILE);
  kh_engine_move_key_async (a->engine, KH_KEY_UNDER_PASSPHRASE, "", NULL, fixture_on_result,
                            &result);
  g_assert_false (kh_engine_finish (a->engine, fixture_wait (&result), &error));
  g_assert_error (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID);
  g_clear_object (&result);
  move (a, KH_KEY_UNDER_PASSPHRASE, "open sesame");
  user_close (a);

  told = kh_engine_dup_peer_id (a->dir, NULL);
  g_assert_cmpstr (told, ==, peer_id);
  assert_refused (a, NULL);
  assert_refused (a, "open barley");
  assert_opens (a, "open sesame", peer_id);
  g_assert_cmpint (kh_engine_get_key_place (a->engine), ==, KH_KEY_UNDER_PASSPHRASE);
  move (a, KH_KEY_IN_FILE, NULL);
  user_close (a);
  assert_opens (a, NULL, peer_id);
  user_free (a);
}

/* An identity that never was in a file; its backup has it all the same. */
static void
test_keyring (void)
{
  g_autofree char *dir = g_dir_make_tmp ("knothole-key-XXXXXX", NULL);
  g_autofree char *other_dir = g_build_filename (dir, "other", NULL);
  g_autofree char *key_path = g_build_filename (dir, "identity.key", NULL);
  g_autofree char *backup_path = g_build_filename (dir, "backup", NULL);
  g_autoptr (GFile) backup = g_file_new_for_path (backup_path);
  g_autofree char *told = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  User *a = g_new0 (User, 1);

  if (!kh_keyring_is_supported ())
    {
      g_test_skip ("built without libsecret");
      g_free (a);
      remove_dir (dir);
      return;
    }
  a->dir = g_build_filename (dir, "one", NULL);
  a->received = g_string_new (NULL);
  g_assert_true (try_open (a, KH_OPEN_KEYRING, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (kh_engine_get_key_place (a->engine), ==, KH_KEY_IN_KEYRING);
  g_assert_false (g_file_test (key_path, G_FILE_TEST_EXISTS));
  kh_engine_backup_async (a->engine, backup, "open sesame", FALSE, NULL, fixture_on_result,
                          &result);
  fixture_finish (a->engine, &result);

  kh_engine_restore_async (other_dir, backup, "open sesame", FALSE, NULL, fixture_on_result,
                           &result);
  g_assert_true (kh_engine_restore_finish (fixture_wait (&result), &error));
  g_assert_no_error (error);
  told = kh_engine_dup_peer_id (other_dir, &error);
  g_assert_cmpstr (told, ==, kh_engine_get_peer_id (a->engine));
  user_close (a);
  assert_opens (a, NULL, told);
  g_assert_cmpint (kh_engine_get_key_place (a->engine), ==, KH_KEY_IN_KEYRING);
  user_free (a);
  remove_dir (dir);
}

int
main (int argc, char **argv)
{
  g_autofree char *dir = g_dir_make_tmp ("knothole-keyring-XXXXXX", NULL);
  g_autofree char *keyring = g_build_filename (dir, "keyring", NULL);
  int result;

  kh_keyring_set_limit (FIXTURE_TIMEOUT_S * 1000);
  g_setenv ("SECRET_BACKEND", "file", TRUE);
  g_setenv ("SECRET_FILE_TEST_PASSWORD", "of the keyring", TRUE);
  g_setenv ("SECRET_FILE_TEST_PATH", keyring, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/key/passphrase", test_passphrase);
  g_test_add_func ("/key/keyring", test_keyring);
  result = g_test_run ();
  remove_dir (dir);
  return result;
}
