/* test-contacts.c: people: found by peer ID, bounded while undecided, gone when deleted */
#include "store/contacts.h"

#include "fixture.h"
#include "store/settings.h"

static KhStoreContact *
load_only (KhDatabase *database)
{
  g_autoptr (GPtrArray) contacts = kh_contacts_load (database, NULL);

  g_assert_cmpuint (contacts->len, ==, 1);
  return kh_store_contact_copy (contacts->pdata[0]);
}

static void
test_save (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autoptr (KhDatabase) database = fixture_open (dir);
  KhStoreContact full = fixture_contact (1), first = full, later = full;
  g_autoptr (KhStoreContact) a = NULL, b = NULL, loaded = NULL;
  g_autoptr (GError) error = NULL;

  /* By ID only, as before the first meeting. */
  first.has_key = FALSE;
  first.state = KH_CONTACT_ACCEPTED;
  first.alias = (char *) "my Ada";
  first.server = (char *) "example.net:4430";
  a = kh_contacts_save (database, &first, &error);
  g_assert_no_error (error);
  g_assert_false (a->has_key);

  /* Then the key comes; what the user decided stays. */
  later.state = KH_CONTACT_REQUESTED;
  later.given_name = (char *) "Ada\n\xe2\x80\xae";
  later.created_us = 99;
  b = kh_contacts_save (database, &later, &error);
  g_assert_no_error (error);
  g_assert_cmpint (b->id, ==, a->id);

  loaded = load_only (database);
  g_assert_true (kh_peer_id_equal (&loaded->peer_id, &full.peer_id));
  g_assert_true (loaded->has_key);
  g_assert_true (kh_key_equal (&loaded->key, &full.key));
  g_assert_cmpstr (loaded->server, ==, "example.net:4430");
  g_assert_cmpstr (loaded->given_name, ==, "Ada");
  g_assert_cmpstr (loaded->alias, ==, "my Ada");
  g_assert_cmpint (loaded->state, ==, KH_CONTACT_ACCEPTED);
  g_assert_cmpint (loaded->created_us, ==, 1);
  g_assert_false (loaded->verified);
  g_assert_false (loaded->has_last_read);
}

static void
test_wrong_key (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autoptr (KhDatabase) database = fixture_open (dir);
  KhStoreContact contact = fixture_contact (1);
  g_autoptr (GError) error = NULL;

  contact.key.bytes[5] ^= 1;
  g_assert_null (kh_contacts_save (database, &contact, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID);
}

static void
test_changes (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autoptr (KhDatabase) database = fixture_open (dir);
  gint64 id = fixture_add_contact (database, 1);
  g_autoptr (KhStoreContact) loaded = NULL, cleared = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (kh_contacts_set_state (database, id, KH_CONTACT_BLOCKED, NULL));
  g_assert_true (kh_contacts_set_alias (database, id, " A\tB ", NULL));
  g_assert_true (kh_contacts_set_verified (database, id, TRUE, NULL));
  g_assert_true (kh_contacts_set_knock_stamp (database, id, 500, NULL));
  g_assert_false (kh_contacts_set_knock_stamp (database, id, 499, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID);
  g_clear_error (&error);
  loaded = load_only (database);
  g_assert_cmpint (loaded->state, ==, KH_CONTACT_BLOCKED);
  g_assert_cmpstr (loaded->alias, ==, "A B");
  g_assert_true (loaded->verified);
  g_assert_cmpuint (loaded->knock_stamp, ==, 500);

  g_assert_true (kh_contacts_set_alias (database, id, NULL, NULL));
  cleared = load_only (database);
  g_assert_null (cleared->alias);

  g_assert_false (kh_contacts_set_state (database, id + 1, KH_CONTACT_BLOCKED, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (kh_contacts_set_knock_stamp (database, id + 1, 1, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (kh_contacts_set_state (database, id, 7, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID);
}

static void
test_keeping (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autoptr (KhDatabase) database = fixture_open (dir);
  gint64 id = fixture_add_contact (database, 1);
  g_autofree char *long_draft = g_strnfill (KH_MESSAGE_TEXT_MAX + 1, 'x');
  g_autoptr (GPtrArray) contacts = NULL;
  g_autoptr (GError) error = NULL;
  const KhStoreContact *contact;

  g_assert_true (kh_contacts_set_flag (database, id, KH_CONTACT_PINNED, TRUE, NULL));
  g_assert_true (kh_contacts_set_flag (database, id, KH_CONTACT_MUTED, TRUE, NULL));
  g_assert_true (kh_contacts_set_flag (database, id, KH_CONTACT_PINNED, FALSE, NULL));
  g_assert_true (kh_contacts_set_draft (database, id, "dear", NULL));
  g_assert_false (kh_contacts_set_draft (database, id, long_draft, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (kh_contacts_set_flag (database, 99, KH_CONTACT_PINNED, TRUE, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_NOT_FOUND);
  contacts = kh_contacts_load (database, NULL);
  contact = contacts->pdata[0];
  g_assert_cmpuint (contact->flags, ==, KH_CONTACT_MUTED);
  g_assert_cmpstr (contact->draft, ==, "dear");
}

static void
test_requests_are_bounded (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autoptr (KhDatabase) database = fixture_open (dir);
  gint64 friend = fixture_add_contact (database, 1);
  g_autoptr (GPtrArray) contacts = NULL;

  g_assert_true (kh_database_exec (database, "PRAGMA synchronous = OFF", NULL));
  for (guint i = 2; i < 2 + KH_STORE_REQUESTS_MAX + 10; i++)
    {
      KhStoreContact stranger = fixture_contact (i);
      g_autoptr (KhStoreContact) saved = NULL;

      stranger.state = KH_CONTACT_REQUESTED;
      saved = kh_contacts_save (database, &stranger, NULL);
      g_assert_nonnull (saved);
    }
  contacts = kh_contacts_load (database, NULL);
  g_assert_cmpuint (contacts->len, ==, 1 + KH_STORE_REQUESTS_MAX);
  g_assert_cmpint (((KhStoreContact *) contacts->pdata[0])->id, ==, friend);
}

static void
test_delete (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autoptr (KhDatabase) database = fixture_open (dir);
  gint64 id = fixture_add_contact (database, 1), other = fixture_add_contact (database, 2);
  g_autoptr (GPtrArray) page = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 50; i++)
    fixture_send (database, id, i, "the xylophonist whispers");
  fixture_send (database, other, 1, "kept");
  g_assert_true (kh_database_checkpoint (database, NULL));
  g_assert_true (fixture_dir_holds (dir, "xylophonist"));

  g_assert_true (kh_contacts_delete (database, id, &error));
  g_assert_no_error (error);
  g_assert_false (fixture_dir_holds (dir, "xylophonist"));
  g_assert_true (fixture_dir_holds (dir, "kept"));
  page = kh_messages_load_page (database, id, G_MAXINT64, 100, NULL);
  g_assert_cmpuint (page->len, ==, 0);
  g_assert_false (kh_contacts_delete (database, id, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_NOT_FOUND);
  /* Its number stays taken. */
  g_assert_cmpint (fixture_add_contact (database, 3), >, other);
}

static void
test_pins (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autoptr (KhDatabase) database = fixture_open (dir);
  KhStorePin pin = { .server = (char *) "host:4430", .key = { { 1, 2, 3 } }, .first_seen_us = 5 };
  g_autoptr (KhStorePin) got = NULL, forgotten = NULL;
  g_autoptr (GPtrArray) all = NULL;
  g_autofree char *value = NULL, *none = NULL;

  g_assert_true (kh_settings_get_pin (database, "host:4430", &got, NULL));
  g_assert_null (got);
  g_assert_true (kh_settings_set_pin (database, &pin, NULL));
  pin.key.bytes[0] = 9;
  g_assert_true (kh_settings_set_pin (database, &pin, NULL));
  g_assert_true (kh_settings_get_pin (database, "host:4430", &got, NULL));
  g_assert_true (kh_key_equal (&got->key, &pin.key));
  g_assert_cmpint (got->first_seen_us, ==, 5);
  all = kh_settings_load_pins (database, NULL);
  g_assert_cmpuint (all->len, ==, 1);
  g_assert_cmpstr (((KhStorePin *) all->pdata[0])->server, ==, "host:4430");
  g_assert_true (kh_settings_forget_pin (database, "host:4430", NULL));
  g_assert_true (kh_settings_get_pin (database, "host:4430", &forgotten, NULL));
  g_assert_null (forgotten);

  g_assert_true (kh_settings_set (database, "name", "Ada", NULL));
  g_assert_true (kh_settings_get (database, "name", &value, NULL));
  g_assert_cmpstr (value, ==, "Ada");
  g_assert_true (kh_settings_set (database, "name", NULL, NULL));
  g_assert_true (kh_settings_get (database, "name", &none, NULL));
  g_assert_null (none);
}

static void
test_pictures (void)
{
  static const guint8 hash[KH_MESSAGE_HASH_SIZE] = { 1, 2, 3 };
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autoptr (KhDatabase) database = fixture_open (dir);
  gint64 id = fixture_add_contact (database, 1);
  g_autoptr (GBytes) picture = g_bytes_new_static ("xylophone.png", 13);
  g_autofree char *big = g_strnfill (KH_MESSAGE_PICTURE_MAX + 1, 'x');
  g_autoptr (GBytes) too_big = g_bytes_new (big, KH_MESSAGE_PICTURE_MAX + 1);
  g_autoptr (GBytes) got = NULL, none = NULL;
  g_autoptr (GPtrArray) contacts = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (kh_settings_set_picture (database, id, hash, picture, NULL));
  g_assert_true (kh_settings_set_picture (database, 0, hash, picture, NULL));
  g_assert_false (kh_settings_set_picture (database, 0, hash, too_big, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID);
  g_assert_true (kh_settings_get_picture (database, id, &got, NULL));
  g_assert_true (g_bytes_equal (got, picture));
  contacts = kh_contacts_load (database, NULL);
  g_assert_true (((KhStoreContact *) contacts->pdata[0])->has_picture);
  g_assert_cmpmem (((KhStoreContact *) contacts->pdata[0])->picture, 32, hash, 32);
  /* It goes with its contact. */
  g_assert_true (kh_contacts_delete (database, id, NULL));
  g_assert_true (kh_settings_get_picture (database, id, &none, NULL));
  g_assert_null (none);
  g_assert_true (kh_settings_set_picture (database, 0, NULL, NULL, NULL));
  g_assert_true (kh_database_checkpoint (database, NULL));
  g_assert_false (fixture_dir_holds (dir, "xylophone"));
}

static void
test_invites (void)
{
  g_autoptr (FixtureDir) dir = fixture_make_dir ();
  g_autoptr (KhDatabase) database = fixture_open (dir);
  KhStoreInvite invite = { .label = (char *) "for the club" };
  g_autoptr (GPtrArray) all = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < KH_STORE_INVITES_MAX; i++)
    {
      invite.token[0] = (guint8) i;
      invite.created_us = i;
      g_assert_true (kh_settings_add_invite (database, &invite, NULL));
    }
  invite.token[0] = 200;
  g_assert_false (kh_settings_add_invite (database, &invite, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID);
  invite.token[0] = 0;
  g_assert_true (kh_settings_remove_invite (database, invite.token, NULL));
  all = kh_settings_load_invites (database, NULL);
  g_assert_cmpuint (all->len, ==, KH_STORE_INVITES_MAX - 1);
  g_assert_cmpuint (((KhStoreInvite *) all->pdata[0])->token[0], ==, 1);
  g_assert_cmpstr (((KhStoreInvite *) all->pdata[0])->label, ==, "for the club");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/contacts/save", test_save);
  g_test_add_func ("/contacts/wrong-key", test_wrong_key);
  g_test_add_func ("/contacts/changes", test_changes);
  g_test_add_func ("/contacts/keeping", test_keeping);
  g_test_add_func ("/contacts/requests-are-bounded", test_requests_are_bounded);
  g_test_add_func ("/contacts/delete", test_delete);
  g_test_add_func ("/contacts/pins-and-settings", test_pins);
  g_test_add_func ("/contacts/pictures", test_pictures);
  g_test_add_func ("/contacts/invites", test_invites);
  return g_test_run ();
}
