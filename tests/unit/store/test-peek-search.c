/* test-peek-search.c: searching a history that somebody else has open, and whom it leaves out */
#include "fixture.h"

#include "store/peek-search.h"

/* Adds a line to the GString. */
static void
note (
    const KhPeerId *peer_id, const char *name, gint64 seq, const char *snippet, gpointer user_data)
{
  g_string_append_printf (user_data, "%s:%s:%s\n", name, seq > 0 ? "message" : "name",
                          snippet != NULL ? snippet : "");
}

static void
add (KhDatabase *database,
     guint n,
     const char *name,
     KhContactState state,
     const char *const *texts,
     guint n_texts)
{
  KhStoreContact contact = fixture_contact (n);
  g_autoptr (KhStoreContact) saved = NULL;

  contact.given_name = (char *) name;
  contact.state = state;
  saved = kh_contacts_save (database, &contact, NULL);
  g_assert_nonnull (saved);
  for (guint i = 0; i < n_texts; i++)
    {
      KhMessageId id = fixture_id (n * 100 + i);
      g_autoptr (KhStoreMessage) message =
          kh_messages_add_outgoing (database, saved->id, &id, texts[i], NULL, 1, NULL);

      g_assert_nonnull (message);
    }
}

static void
fill (const char *dir)
{
  static const char *const graces[] = { "The lantern is green", "Nothing", "Green lanterns, all" };
  static const char *const others[] = { "A lantern that nobody finds" };
  g_autoptr (KhDatabase) database = fixture_open (dir);

  add (database, 1, "Grace", KH_CONTACT_ACCEPTED, graces, G_N_ELEMENTS (graces));
  add (database, 2, "Lantern Bob", KH_CONTACT_ACCEPTED, NULL, 0);
  add (database, 3, "Lantern Mallory", KH_CONTACT_BLOCKED, others, G_N_ELEMENTS (others));
  add (database, 4, "Lantern Stranger", KH_CONTACT_REQUESTED, others, G_N_ELEMENTS (others));
}

static void
check (const char *dir, const char *query, guint limit, const char *expected)
{
  g_autoptr (GString) said = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (kh_peek_search (dir, query, limit, limit, note, said, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (said->str, ==, expected);
}

static void
check_all (const char *dir)
{
  check (dir, "lantern", 10,
         "Lantern Bob:name:\n"
         "Grace:message:Green lanterns, all\n"
         "Grace:message:The lantern is green\n");
  check (dir, "lantern", 1, "Lantern Bob:name:\nGrace:message:Green lanterns, all\n");
  check (dir, "green lantern is", 10, "Grace:message:The lantern is green\n");
  check (dir, "GRA", 10, "Grace:name:\n");
  check (dir, "lantern OR nothing", 10, "");
  check (dir, "\"*", 10, "");
}

static void
test_found (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autoptr (GError) error = NULL;
  g_autoptr (KhStore) store = NULL;

  fill (dir);
  check_all (dir);
  /* Beside a running one. */
  store = kh_store_open (dir, &error);
  g_assert_no_error (error);
  check_all (dir);
  kh_store_close (store);
}

static void
test_nothing (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autofree char *path = g_build_filename (dir, KH_STORE_DATABASE_NAME, NULL);

  check (dir, "lantern", 10, "");
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* What another version wrote is not for us to read. */
static void
test_other_version (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();

  fill (dir);
  {
    g_autoptr (KhDatabase) database = fixture_open (dir);

    g_assert_true (kh_database_exec (database, "PRAGMA user_version = 99", NULL));
  }
  check (dir, "lantern", 10, "");
}

static void
expect_refused (const char *dir, const char *query, int code)
{
  g_autoptr (GString) said = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (kh_peek_search (dir, query, 10, 10, note, said, &error));
  g_assert_error (error, KH_STORE_ERROR, code);
  g_assert_cmpstr (said->str, ==, "");
}

static void
test_refused (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autofree char *path = g_build_filename (dir, KH_STORE_DATABASE_NAME, NULL);
  g_autofree char *noise = g_strnfill (8192, 'x');
  g_autofree char *endless = g_strnfill (KH_STORE_QUERY_MAX + 1, 'x');

  expect_refused (dir, endless, KH_STORE_ERROR_INVALID);
  expect_refused (dir, "\xff", KH_STORE_ERROR_INVALID);
  g_assert_true (g_file_set_contents (path, noise, -1, NULL));
  expect_refused (dir, "lantern", KH_STORE_ERROR_CORRUPT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/peek-search/found", test_found);
  g_test_add_func ("/store/peek-search/nothing", test_nothing);
  g_test_add_func ("/store/peek-search/other-version", test_other_version);
  g_test_add_func ("/store/peek-search/refused", test_refused);
  return g_test_run ();
}
