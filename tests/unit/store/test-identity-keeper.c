/* test-identity-keeper.c: the secret key moves from place to place, and is never lost on the way
 *
 * The keyring is libsecret's own file: the Secret Service is tried in test-keyring.c and with the
 * app.
 */
#include "store/identity-keeper.h"

#include <stdlib.h>

#include "fixture.h"
#include "killed.h"
#include "store/identity-file.h"
#include "store/keyring.h"
#include "tests/sanitized.h"

/* Of how many system calls one is tried: libsecret makes many, and its file is slow to open; so is
 * a start under sanitizers. */
#define KEYRING_STRIDE (17 * STRIDE / 4 + 13)
#define STRIDE (KH_SANITIZED ? 9u : 1u)

#if KH_SANITIZED
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_disable()
#define __lsan_enable()
#endif

static const KhKeyCost cheap = { 8, 1 };
static const char *program;

static guint counter = 7;
static const KhRandom random_bytes = { fixture_count_up, &counter };
static const guint8 secret[KH_KEY_SIZE] = { 1, 2, 3, 4, 5, 6, 7, 8, 0x5a };

static KhKey
public_key (void)
{
  g_autoptr (KhIdentity) identity = kh_identity_new_from_secret (secret);

  return *kh_identity_get_public (identity);
}

static gboolean
has (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static guint
count_places (const char *dir)
{
  return has (dir, KH_IDENTITY_FILE_NAME) + has (dir, KH_IDENTITY_SEALED_NAME) +
         has (dir, KH_IDENTITY_KEYRING_NAME);
}

static void
assert_moves (const char *dir, KhIdentityPlace to, const char *passphrase)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (
      kh_identity_keeper_move (dir, secret, to, passphrase, &cheap, &random_bytes, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count_places (dir), ==, 1);
}

static void
assert_loads (const char *dir, const char *passphrase, KhIdentityPlace from)
{
  g_autoptr (GError) error = NULL;
  guint8 loaded[KH_KEY_SIZE];
  KhIdentityPlace place;
  KhKey key, expected = public_key ();

  g_assert_true (kh_identity_keeper_load (dir, passphrase, loaded, &place, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (loaded, sizeof loaded, secret, sizeof secret);
  g_assert_cmpstr (kh_identity_place_to_string (place), ==, kh_identity_place_to_string (from));
  /* Whose it is can be told without the secret. */
  g_assert_true (kh_identity_keeper_peek (dir, &key, &error));
  g_assert_true (kh_key_equal (&key, &expected));
}

static void
assert_refused (const char *dir, const char *passphrase, KhStoreError code)
{
  g_autoptr (GError) error = NULL;
  guint8 loaded[KH_KEY_SIZE];
  KhIdentityPlace place;
  guint n_places = count_places (dir);

  g_assert_false (kh_identity_keeper_load (dir, passphrase, loaded, &place, &error));
  g_assert_error (error, KH_STORE_ERROR, (int) code);
  g_clear_error (&error);
  /* And no new one is made in its place. */
  g_assert_false (
      kh_identity_keeper_ensure (dir, passphrase, TRUE, &random_bytes, loaded, &place, &error));
  g_assert_error (error, KH_STORE_ERROR, (int) code);
  g_assert_cmpuint (count_places (dir), ==, n_places);
}

static char *
make_folder (void)
{
  char *dir = fixture_make_dir ();

  g_assert_true (kh_identity_file_save (dir, &random_bytes, secret, NULL));
  return dir;
}

static gboolean
keyring_has (void)
{
  KhKey key = public_key ();
  guint8 loaded[KH_KEY_SIZE];

  return kh_keyring_lookup (&key, loaded, NULL);
}

static void
test_moves (void)
{
  g_autoptr (FixtureDir) dir = make_folder ();

  assert_loads (dir, NULL, KH_IDENTITY_PLACE_FILE);
  assert_moves (dir, KH_IDENTITY_PLACE_SEALED, "one");
  g_assert_false (fixture_dir_holds (dir, "\1\2\3\4\5\6\7\10"));
  assert_loads (dir, "one", KH_IDENTITY_PLACE_SEALED);
  assert_refused (dir, NULL, KH_STORE_ERROR_NEEDS_PASSPHRASE);
  assert_refused (dir, "two", KH_STORE_ERROR_NEEDS_PASSPHRASE);
  assert_moves (dir, KH_IDENTITY_PLACE_SEALED, "two");
  assert_loads (dir, "two", KH_IDENTITY_PLACE_SEALED);
  assert_refused (dir, "one", KH_STORE_ERROR_NEEDS_PASSPHRASE);
  assert_moves (dir, KH_IDENTITY_PLACE_FILE, NULL);
  assert_loads (dir, NULL, KH_IDENTITY_PLACE_FILE);
}

/* libsecret's file loses a string with every change: not ours to free. */
static void
test_keyring (void)
{
  g_autoptr (FixtureDir) dir = make_folder ();

  if (!kh_keyring_is_supported ())
    {
      g_test_skip ("built without libsecret");
      return;
    }
  __lsan_disable ();
  assert_moves (dir, KH_IDENTITY_PLACE_KEYRING, NULL);
  g_assert_false (fixture_dir_holds (dir, "\1\2\3\4\5\6\7\10"));
  assert_loads (dir, NULL, KH_IDENTITY_PLACE_KEYRING);
  g_assert_true (keyring_has ());
  assert_moves (dir, KH_IDENTITY_PLACE_SEALED, "one");
  g_assert_false (keyring_has ());
  assert_loads (dir, "one", KH_IDENTITY_PLACE_SEALED);
  assert_moves (dir, KH_IDENTITY_PLACE_KEYRING, NULL);
  assert_moves (dir, KH_IDENTITY_PLACE_FILE, NULL);
  g_assert_false (keyring_has ());
  assert_loads (dir, NULL, KH_IDENTITY_PLACE_FILE);
  __lsan_enable ();
}

static gpointer
make_one (gpointer dir)
{
  guint next = GPOINTER_TO_UINT (g_thread_self ()) >> 4;
  KhRandom random = { fixture_count_up, &next };
  g_autoptr (GError) error = NULL;
  KhIdentityPlace place;
  guint8 made[KH_KEY_SIZE];

  g_assert_true (kh_identity_keeper_ensure (dir, NULL, FALSE, &random, made, &place, &error));
  g_assert_no_error (error);
  return kh_identity_new_from_secret (made);
}

/* Programs that start at once in a new folder are the same person. */
static void
test_at_once (void)
{
  for (guint round = 0; round < 20; round++)
    {
      g_autoptr (FixtureDir) dir = fixture_make_dir ();
      g_autoptr (KhIdentity) first = NULL;
      GThread *threads[8];

      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        threads[i] = g_thread_new ("ensure", make_one, dir);
      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        {
          g_autoptr (KhIdentity) identity = g_thread_join (threads[i]);

          if (first == NULL)
            first = g_steal_pointer (&identity);
          else
            g_assert_true (
                kh_key_equal (kh_identity_get_public (identity), kh_identity_get_public (first)));
        }
    }
}

/* A keyring that has lost it: nothing takes its place. */
static void
test_lost (void)
{
  g_autoptr (FixtureDir) dir = make_folder ();
  KhKey key = public_key ();

  if (!kh_keyring_is_supported ())
    {
      g_test_skip ("built without libsecret");
      return;
    }
  __lsan_disable ();
  assert_moves (dir, KH_IDENTITY_PLACE_KEYRING, NULL);
  g_assert_true (kh_keyring_clear (&key, NULL));
  assert_refused (dir, NULL, KH_STORE_ERROR_KEYRING);
  __lsan_enable ();
}

static void
test_damaged (void)
{
  g_autoptr (FixtureDir) dir = make_folder ();
  g_autofree char *path = g_build_filename (dir, KH_IDENTITY_SEALED_NAME, NULL);
  g_autofree char *contents = NULL;
  /* magic, version, what it asks for, the public key, the secret, its tag */
  const gsize at[] = { 0, 16, 17, 45, 95, KH_IDENTITY_SEALED_SIZE - 1 };
  gsize len;

  assert_moves (dir, KH_IDENTITY_PLACE_SEALED, "one");
  g_assert_true (g_file_get_contents (path, &contents, &len, NULL));
  g_assert_cmpuint (len, ==, KH_IDENTITY_SEALED_SIZE);
  for (guint i = 0; i < G_N_ELEMENTS (at); i++)
    {
      contents[at[i]] ^= 0x7f;
      g_assert_true (g_file_set_contents_full (path, contents, (gssize) len,
                                               G_FILE_SET_CONTENTS_NONE, 0600, NULL));
      assert_refused (dir, "one", KH_STORE_ERROR_IDENTITY);
      contents[at[i]] ^= 0x7f;
    }
  g_assert_true (g_file_set_contents_full (path, contents, (gssize) len - 1,
                                           G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  assert_refused (dir, "one", KH_STORE_ERROR_IDENTITY);
}

static void
test_two_identities (void)
{
  g_autoptr (FixtureDir) dir = make_folder ();
  g_autoptr (FixtureDir) other = fixture_make_dir ();
  g_autofree char *from = g_build_filename (other, KH_IDENTITY_FILE_NAME, NULL);
  g_autofree char *to = g_build_filename (dir, KH_IDENTITY_FILE_NAME, NULL);
  guint8 another[KH_KEY_SIZE];
  g_autoptr (GError) error = NULL;

  assert_moves (dir, KH_IDENTITY_PLACE_SEALED, "one");
  g_assert_true (kh_identity_file_create (other, &random_bytes, another, NULL));
  g_assert_cmpint (g_rename (from, to), ==, 0);
  assert_refused (dir, "one", KH_STORE_ERROR_IDENTITY);
  g_assert_false (kh_identity_keeper_move (dir, secret, KH_IDENTITY_PLACE_FILE, NULL, &cheap,
                                           &random_bytes, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_IDENTITY);
}

/* What cannot be done leaves all as it was. */
static void
test_refused_moves (void)
{
  g_autoptr (FixtureDir) dir = make_folder ();
  g_autofree char *too_long = g_strnfill (1025, 'x');
  const guint8 another[KH_KEY_SIZE] = { 9 };
  const struct
  {
    const guint8 *secret;
    const char *passphrase;
    KhStoreError code;
  } moves[] = {
    { secret, NULL, KH_STORE_ERROR_INVALID },
    { secret, "", KH_STORE_ERROR_INVALID },
    { secret, too_long, KH_STORE_ERROR_INVALID },
    { another, "one", KH_STORE_ERROR_IDENTITY },
  };

  for (guint i = 0; i < G_N_ELEMENTS (moves); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (kh_identity_keeper_move (dir, moves[i].secret, KH_IDENTITY_PLACE_SEALED,
                                               moves[i].passphrase, &cheap, &random_bytes, &error));
      g_assert_error (error, KH_STORE_ERROR, (int) moves[i].code);
      g_assert_cmpuint (count_places (dir), ==, 1);
      assert_loads (dir, NULL, KH_IDENTITY_PLACE_FILE);
    }
}

/* kill -9 */

static KhIdentityPlace
place_of (const char *word)
{
  for (int i = 0; i <= KH_IDENTITY_PLACE_KEYRING; i++)
    if (g_str_has_suffix (word, kh_identity_place_to_string ((KhIdentityPlace) i)))
      return (KhIdentityPlace) i;
  g_assert_not_reached ();
}

/* With one of the passphrases it is there, and in one place afterwards. In a process of its own, as
 * libsecret reads its file once. */
static int
verify (const char *dir)
{
  static const char *const passphrases[] = { NULL, "one", "two" };
  guint8 loaded[KH_KEY_SIZE];
  KhIdentityPlace place;

  for (guint i = 0; i < G_N_ELEMENTS (passphrases); i++)
    if (kh_identity_keeper_load (dir, passphrases[i], loaded, &place, NULL))
      return memcmp (loaded, secret, sizeof secret) == 0 && count_places (dir) == 1 ? 0 : 1;
  return 2;
}

/* "FROM-to-PLACE", "new" or "verify", as another process. */
static int
act (const char *action, const char *dir)
{
  guint8 made[KH_KEY_SIZE];
  KhIdentityPlace place;

  if (g_str_equal (action, "verify"))
    return verify (dir);
  killed_await ();
  if (g_str_equal (action, "new"))
    return !kh_identity_keeper_ensure (dir, NULL, TRUE, &random_bytes, made, &place, NULL);
  return !kh_identity_keeper_move (dir, secret, place_of (action), "two", &cheap, &random_bytes,
                                   NULL);
}

static void
run (const char *action, const char *dir)
{
  const char *argv[] = { program, "--killed", action, dir, NULL };
  int status;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL,
                               &status, &error));
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

static void
test_killed (gconstpointer data)
{
  const char *action = data;
  guint stride = strstr (action, "keyring") != NULL ? KEYRING_STRIDE : STRIDE;
  gboolean killed = TRUE;
  guint step;

  if (!killed_is_possible (program))
    {
      g_test_skip ("no process may stop another here");
      return;
    }
  for (step = 0; killed; step += stride)
    {
      g_autoptr (FixtureDir) dir = make_folder ();
      KhIdentityPlace from = g_str_has_prefix (action, "file")     ? KH_IDENTITY_PLACE_FILE
                             : g_str_has_prefix (action, "sealed") ? KH_IDENTITY_PLACE_SEALED
                                                                   : KH_IDENTITY_PLACE_KEYRING;

      if (from == KH_IDENTITY_PLACE_SEALED)
        assert_moves (dir, from, "one");
      else if (from == KH_IDENTITY_PLACE_KEYRING)
        run ("prepare-keyring", dir);
      killed = killed_run (program, action, dir, step);
      run ("verify", dir);
      g_assert_true (killed || (place_of (action) == KH_IDENTITY_PLACE_FILE) ==
                                   has (dir, KH_IDENTITY_FILE_NAME));
    }
  g_test_message ("%s: killed at %u of %u system calls", action, step / stride, step);
  g_assert_cmpuint (step, >, 10);
}

/* A first start that is cut short is begun anew, and there are never two identities. */
static void
test_killed_new (void)
{
  gboolean killed = TRUE;

  if (!killed_is_possible (program))
    {
      g_test_skip ("no process may stop another here");
      return;
    }
  for (guint step = 0; killed; step += KEYRING_STRIDE)
    {
      g_autoptr (FixtureDir) dir = fixture_make_dir ();
      KhKey before, after;

      killed = killed_run (program, "new", dir, step);
      if (kh_identity_keeper_peek (dir, &before, NULL))
        {
          run ("again", dir);
          g_assert_true (kh_identity_keeper_peek (dir, &after, NULL));
          g_assert_true (kh_key_equal (&before, &after));
        }
      else
        {
          g_assert_true (killed);
          run ("again", dir);
        }
      g_assert_cmpuint (count_places (dir), ==, 1);
    }
}

/* The same without being killed. */
static int
act_whole (const char *action, const char *dir)
{
  guint8 made[KH_KEY_SIZE];
  KhIdentityPlace place;

  if (g_str_equal (action, "again"))
    return !kh_identity_keeper_ensure (dir, NULL, TRUE, &random_bytes, made, &place, NULL);
  return !kh_identity_keeper_move (dir, secret, KH_IDENTITY_PLACE_KEYRING, NULL, &cheap,
                                   &random_bytes, NULL);
}

/* A keyring is a file in @dir. */
static void
use_keyring_in (const char *dir)
{
  g_autofree char *path = g_build_filename (dir, "keyring", NULL);

  /* It opens its file slowly, and the machine may be busy. */
  kh_keyring_set_limit (10 * 60 * 1000);
  g_setenv ("SECRET_BACKEND", "file", TRUE);
  g_setenv ("SECRET_FILE_TEST_PASSWORD", "of the keyring", TRUE);
  g_setenv ("SECRET_FILE_TEST_PATH", path, TRUE);
}

int
main (int argc, char **argv)
{
  g_autoptr (FixtureDir) dir = NULL;
  int status;

  if (argc == 4 && g_str_equal (argv[1], "--killed"))
    {
      use_keyring_in (argv[3]);
      /* What looks for leaks at the end stops processes itself. */
      _exit (g_str_equal (argv[2], "again") || g_str_has_prefix (argv[2], "prepare")
                 ? act_whole (argv[2], argv[3])
                 : act (argv[2], argv[3]));
    }
  dir = fixture_make_dir ();
  program = argv[0];
  use_keyring_in (dir);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/identity-keeper/moves", test_moves);
  g_test_add_func ("/identity-keeper/keyring", test_keyring);
  g_test_add_func ("/identity-keeper/lost", test_lost);
  g_test_add_func ("/identity-keeper/at-once", test_at_once);
  g_test_add_func ("/identity-keeper/damaged", test_damaged);
  g_test_add_func ("/identity-keeper/two-identities", test_two_identities);
  g_test_add_func ("/identity-keeper/refused-moves", test_refused_moves);
  g_test_add_data_func ("/identity-keeper/killed/file-to-sealed", "file-to-sealed", test_killed);
  g_test_add_data_func ("/identity-keeper/killed/sealed-to-file", "sealed-to-file", test_killed);
  g_test_add_data_func ("/identity-keeper/killed/passphrase", "sealed-to-sealed", test_killed);
  if (kh_keyring_is_supported ())
    {
      g_test_add_data_func ("/identity-keeper/killed/file-to-keyring", "file-to-keyring",
                            test_killed);
      g_test_add_data_func ("/identity-keeper/killed/keyring-to-file", "keyring-to-file",
                            test_killed);
    }
  g_test_add_func ("/identity-keeper/killed/new", test_killed_new);
  status = g_test_run ();
  return status;
}
