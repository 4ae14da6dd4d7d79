/* test-backup.c: all of it in one file and back; what was cut, changed or guessed is refused */
#include "store/backup.h"

#include "fixture.h"
#include "store/identity-file.h"

#define PASSPHRASE "correct horse battery staple"

static guint counter;
static const KhRandom random_bytes = { .fill = fixture_count_up, .user_data = &counter };

typedef struct
{
  char *dir; /* of the one, of the other, and what is between them */
  char *from, *to, *file;
  guint8 secret[KH_KEY_SIZE];
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->dir = fixture_make_dir ();
  self->from = g_build_filename (self->dir, "from", NULL);
  self->to = g_build_filename (self->dir, "to", NULL);
  self->file = g_build_filename (self->dir, "backup", NULL);
  g_assert_true (kh_identity_file_create (self->from, &random_bytes, self->secret, NULL));
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_free (self->from);
  g_free (self->to);
  g_free (self->file);
  fixture_remove_dir (self->dir);
}

static void
back_up (Fixture *self, gboolean with_messages)
{
  g_autoptr (KhDatabase) database = fixture_open (self->from);
  g_autoptr (GError) error = NULL;
  gint64 ada = fixture_add_contact (database, 1);

  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *text = g_strdup_printf ("a xylophonic text %u %0500u", i, i);

      fixture_send (database, ada, i, text);
    }
  g_assert_true (kh_contacts_set_alias (database, ada, "Ada", NULL));
  g_assert_true (kh_backup_write (database, self->from, self->secret, self->file, PASSPHRASE,
                                  with_messages, &random_bytes, &error));
  g_assert_no_error (error);
}

static void
assert_refused (Fixture *self, const char *passphrase, KhStoreError code)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *history = g_build_filename (self->to, KH_STORE_DATABASE_NAME, NULL);
  g_autofree char *part = g_strconcat (history, ".part", NULL);
  g_autofree char *identity = g_build_filename (self->to, KH_IDENTITY_FILE_NAME, NULL);

  g_assert_false (
      kh_backup_restore (self->to, self->file, passphrase, FALSE, &random_bytes, &error));
  g_assert_error (error, KH_STORE_ERROR, (int) code);
  /* Nothing was taken from it. */
  g_assert_false (g_file_test (history, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (identity, G_FILE_TEST_EXISTS));
}

static guint
count_messages (const char *dir)
{
  g_autoptr (KhDatabase) database = fixture_open (dir);
  g_autoptr (GPtrArray) contacts = kh_contacts_load (database, NULL);
  g_autoptr (GPtrArray) found = kh_messages_search (database, 0, "xylophonic", 256, NULL);

  g_assert_cmpuint (contacts->len, ==, 1);
  g_assert_cmpstr (((KhStoreContact *) contacts->pdata[0])->alias, ==, "Ada");
  return found->len;
}

static void
test_round_trip (Fixture *self, gconstpointer with_messages)
{
  g_autofree char *snapshot = g_build_filename (self->from, "backup.part", NULL);
  g_autoptr (GError) error = NULL;
  guint8 secret[KH_KEY_SIZE];
  GStatBuf info;

  back_up (self, with_messages != NULL);
  g_assert_false (g_file_test (snapshot, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_stat (self->file, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  g_assert_true (
      kh_backup_restore (self->to, self->file, PASSPHRASE, FALSE, &random_bytes, &error));
  g_assert_no_error (error);
  g_assert_true (kh_identity_file_load (self->to, secret, NULL));
  g_assert_cmpmem (secret, sizeof secret, self->secret, sizeof self->secret);
  g_assert_cmpuint (count_messages (self->to), ==, with_messages != NULL ? 256 : 0);
  g_assert_false (with_messages == NULL && fixture_dir_holds (self->to, "xylophonic"));
  /* Never over what is there. */
  g_assert_false (
      kh_backup_restore (self->to, self->file, PASSPHRASE, FALSE, &random_bytes, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_EXISTS);
}

static void
test_secret (Fixture *self, gconstpointer data)
{
  g_autofree char *contents = NULL;
  gsize len;

  back_up (self, TRUE);
  g_assert_true (g_file_get_contents (self->file, &contents, &len, NULL));
  g_assert_null (memmem (contents, len, "xylophonic", 10));
  g_assert_null (memmem (contents, len, "SQLite", 6));
  g_assert_null (memmem (contents, len, self->secret, sizeof self->secret));
  assert_refused (self, "correct horse battery stable", KH_STORE_ERROR_PASSPHRASE);
  assert_refused (self, "", KH_STORE_ERROR_INVALID);
}

static void
test_damaged (Fixture *self, gconstpointer data)
{
  g_autofree char *contents = NULL;
  gsize len;

  back_up (self, TRUE);
  g_assert_true (g_file_get_contents (self->file, &contents, &len, NULL));
  g_assert_cmpuint (len, >, 2 * 65536);
  {
    /* cut at a chunk's end, in its middle, in the header, and to nothing */
    const gsize cuts[] = { 57 + 4 + 65536 + 16, len - 1, 70000, 57, 30, 0 };

    for (guint i = 0; i < G_N_ELEMENTS (cuts); i++)
      {
        g_assert_true (g_file_set_contents (self->file, contents, (gssize) cuts[i], NULL));
        assert_refused (self, PASSPHRASE, KH_STORE_ERROR_BACKUP);
      }
  }
  {
    /* changed: magic, version, a length, a ciphertext, a tag */
    const gsize at[] = { 0, 16, 57, 58, 100, 57 + 4 + 65536 + 3, len - 1 };

    for (guint i = 0; i < G_N_ELEMENTS (at); i++)
      {
        contents[at[i]] ^= 1;
        g_assert_true (g_file_set_contents (self->file, contents, (gssize) len, NULL));
        assert_refused (self, PASSPHRASE, KH_STORE_ERROR_BACKUP);
        contents[at[i]] ^= 1;
      }
  }
  {
    /* what it asks for is bounded */
    contents[17] = 0x7f;
    g_assert_true (g_file_set_contents (self->file, contents, (gssize) len, NULL));
    assert_refused (self, PASSPHRASE, KH_STORE_ERROR_BACKUP);
    contents[17] = 0;
  }
  {
    /* more behind its end */
    g_autofree char *more = g_malloc0 (len + 1);

    memcpy (more, contents, len);
    g_assert_true (g_file_set_contents (self->file, more, (gssize) len + 1, NULL));
    assert_refused (self, PASSPHRASE, KH_STORE_ERROR_BACKUP);
  }
}

static void
test_other_identity (Fixture *self, gconstpointer data)
{
  guint8 other[KH_KEY_SIZE];
  g_autoptr (GError) error = NULL;

  back_up (self, FALSE);
  g_assert_true (kh_identity_file_create (self->to, &random_bytes, other, NULL));
  g_assert_false (
      kh_backup_restore (self->to, self->file, PASSPHRASE, FALSE, &random_bytes, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_EXISTS);
}

/* A first start has made an identity already: it is kept, and the backup takes its place. */
static void
test_set_aside (Fixture *self, gconstpointer data)
{
  guint8 other[KH_KEY_SIZE], restored[KH_KEY_SIZE], kept[KH_KEY_SIZE];
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;
  guint n_aside = 0;

  back_up (self, FALSE);
  g_assert_true (kh_identity_file_create (self->to, &random_bytes, other, NULL));
  kh_database_free (fixture_open (self->to));
  g_assert_true (kh_backup_restore (self->to, self->file, PASSPHRASE, TRUE, &random_bytes, &error));
  g_assert_no_error (error);
  g_assert_true (kh_identity_file_load (self->to, restored, NULL));
  g_assert_cmpmem (restored, sizeof restored, self->secret, sizeof self->secret);
  g_assert_cmpuint (count_messages (self->to), ==, 0);
  dir = g_dir_open (self->to, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "set-aside-"))
      {
        g_autofree char *path = g_build_filename (self->to, name, NULL);

        g_assert_true (kh_identity_file_load (path, kept, NULL));
        g_assert_cmpmem (kept, sizeof kept, other, sizeof other);
        kh_database_free (fixture_open (path));
        n_aside++;
      }
  g_assert_cmpuint (n_aside, ==, 1);
}

/* A restore that was cut short between the two can be done again. */
static void
test_half_restored (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  back_up (self, FALSE);
  g_assert_true (kh_identity_file_save (self->to, &random_bytes, self->secret, NULL));
  g_assert_true (
      kh_backup_restore (self->to, self->file, PASSPHRASE, FALSE, &random_bytes, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count_messages (self->to), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/backup/with-messages", Fixture, "", set_up, test_round_trip, tear_down);
  g_test_add ("/backup/without-messages", Fixture, NULL, set_up, test_round_trip, tear_down);
  g_test_add ("/backup/secret", Fixture, NULL, set_up, test_secret, tear_down);
  g_test_add ("/backup/damaged", Fixture, NULL, set_up, test_damaged, tear_down);
  g_test_add ("/backup/other-identity", Fixture, NULL, set_up, test_other_identity, tear_down);
  g_test_add ("/backup/set-aside", Fixture, NULL, set_up, test_set_aside, tear_down);
  g_test_add ("/backup/half-restored", Fixture, NULL, set_up, test_half_restored, tear_down);
  return g_test_run ();
}
