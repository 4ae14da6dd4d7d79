/* test-migrations.c: a history of every earlier version, opened by this one, has all it had */
#include "fixture.h"

static KhDatabase *
open_version (const char *dir, guint version)
{
  g_autofree char *path = g_build_filename (dir, KH_STORE_DATABASE_NAME, NULL);
  g_autoptr (GError) error = NULL;
  KhDatabase *database = kh_database_open (path, kh_schema_migrations, version, &error);

  g_assert_no_error (error);
  return database;
}

/* Only what version 1 had; later ones must still take it. */
static void
fill (KhDatabase *database)
{
  KhStoreContact ada = fixture_contact (1);
  g_autoptr (GError) error = NULL;

  g_assert_true (kh_database_run (database, &error,
                                  "INSERT INTO contacts (peer_id, key, alias, state, created_us,"
                                  "  knock_stamp) VALUES (?1, ?2, 'Ada', 1, 5, 77)",
                                  "bb", &ada.peer_id, sizeof ada.peer_id, &ada.key,
                                  sizeof ada.key));
  for (guint i = 1; i <= 4; i++)
    {
      KhMessageId id = fixture_id (i);
      static const gint64 states[] = { 0, 2, 3, 2 };

      /* mine: pending, delivered, read; theirs: not seen */
      g_assert_true (kh_database_run (database, &error,
                                      "INSERT INTO messages (contact, direction, id, state,"
                                      "  sent_us, received_us, text)"
                                      " VALUES (1, ?1, ?2, ?3, ?4, ?4, 'old words')",
                                      "ibii", (gint64) (i == 4), &id, sizeof id, states[i - 1],
                                      (gint64) i));
    }
  g_assert_true (kh_database_exec (database, "INSERT INTO settings VALUES ('name', 'Me')", &error));
  g_assert_no_error (error);
}

static void
check (KhDatabase *database)
{
  g_autoptr (GPtrArray) contacts = kh_contacts_load (database, NULL);
  g_autoptr (GPtrArray) page = kh_messages_load_page (database, 1, G_MAXINT64, 10, NULL);
  g_autoptr (GPtrArray) pending = kh_messages_load_pending (database, 1, 0, 10, NULL);
  g_autoptr (GPtrArray) found = kh_messages_search (database, 0, "words", 10, NULL);
  g_autoptr (GPtrArray) summaries = kh_messages_load_summaries (database, NULL);
  const KhStoreContact *ada = contacts->pdata[0];
  g_autofree char *list = fixture_list (page);

  g_assert_cmpuint (contacts->len, ==, 1);
  g_assert_cmpstr (ada->alias, ==, "Ada");
  g_assert_cmpint (ada->state, ==, KH_CONTACT_ACCEPTED);
  g_assert_cmpuint (ada->knock_stamp, ==, 77);
  g_assert_true (ada->has_key);
  g_assert_cmpuint (ada->flags, ==, 0);
  g_assert_null (ada->draft);
  g_assert_cmpstr (list, ==, "1 2 3 4 ");
  g_assert_cmpuint (pending->len, ==, 1);
  g_assert_cmpuint (found->len, ==, 4);
  g_assert_cmpuint (((KhStoreSummary *) summaries->pdata[0])->unread, ==, 1);
}

static void
test_from (gconstpointer data)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  KhDatabase *database = open_version (dir, GPOINTER_TO_UINT (data));

  fill (database);
  kh_database_free (database);
  database = fixture_open (dir);
  check (database);
  kh_database_free (database);
  /* Nothing is left to do the second time. */
  database = fixture_open (dir);
  check (database);
  kh_database_free (database);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 1; i <= kh_schema_n_migrations; i++)
    {
      g_autofree char *name = g_strdup_printf ("/migrations/from-%u", i);

      g_test_add_data_func (name, GUINT_TO_POINTER (i), test_from);
    }
  return g_test_run ();
}
