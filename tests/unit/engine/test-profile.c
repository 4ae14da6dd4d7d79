/* test-profile.c: settings, pictures, invite links, known servers, and a conversation as a file */
#include "engine-fixture.h"

#include "engine/engine-private.h"
#include "store/store-private.h"

static void
set (User *self, const char *name, int value)
{
  g_object_set (kh_engine_get_settings (self->engine), name, value, NULL);
}

static void
test_settings_last (void)
{
  User *a = user_new ("Ann");
  KhUserSettings *settings = kh_engine_get_settings (a->engine);

  g_assert_true (kh_user_settings_get_read_receipts (settings));
  g_assert_true (kh_user_settings_get_typing_notices (settings));
  g_assert_false (kh_user_settings_get_invited_only (settings));
  g_assert_cmpint (kh_user_settings_get_retention (settings), ==, KH_RETENTION_FOREVER);
  set (a, "read-receipts", FALSE);
  set (a, "invited-only", TRUE);
  set (a, "retention", KH_RETENTION_MONTH);
  user_close (a);
  user_open (a);
  settings = kh_engine_get_settings (a->engine);
  g_assert_false (kh_user_settings_get_read_receipts (settings));
  g_assert_true (kh_user_settings_get_typing_notices (settings));
  g_assert_true (kh_user_settings_get_invited_only (settings));
  g_assert_cmpint (kh_user_settings_get_retention (settings), ==, KH_RETENTION_MONTH);
  g_assert_null (a->problem);
  user_free (a);
}

static void
test_read_receipts (void)
{
  Pair pair = pair_new ();

  set (pair.b, "read-receipts", FALSE);
  g_object_unref (user_send (pair.a, a_to_b (&pair), "one"));
  wait_until (pair.b->n_received == 1);
  kh_engine_mark_read (pair.b->engine, b_to_a (&pair));
  wait_until (kh_conversation_get_unread (b_to_a (&pair)) == 0);
  /* A receipt would come before the answer. */
  g_object_unref (user_send (pair.b, b_to_a (&pair), "two"));
  wait_until (pair.a->n_received == 1);
  g_assert_cmpuint (pair.a->delivered, ==, 1);
  g_assert_cmpuint (pair.a->read, ==, 0);
  /* What was owed goes when it may. */
  set (pair.b, "read-receipts", TRUE);
  wait_until (pair.a->read == 1);
  pair_free (&pair);
}

static void
test_typing_off (void)
{
  Pair pair = pair_new ();

  set (pair.b, "typing-notices", FALSE);
  kh_engine_set_typing (pair.b->engine, b_to_a (&pair), TRUE);
  g_object_unref (user_send (pair.b, b_to_a (&pair), "one"));
  wait_until (pair.a->n_received == 1);
  set (pair.b, "typing-notices", TRUE);
  kh_engine_set_typing (pair.b->engine, b_to_a (&pair), TRUE);
  wait_until (kh_conversation_get_typing (a_to_b (&pair)));
  pair_free (&pair);
}

static gpointer
age (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_database_exec (database,
                           "UPDATE messages SET received_us = received_us - 2 * 86400000000"
                           " WHERE text = 'old'",
                           error)
             ? KH_STORE_DONE
             : NULL;
}

static void
test_retention (void)
{
  Pair pair = pair_new ();
  KhConversation *c = a_to_b (&pair);
  GListModel *list = kh_conversation_get_messages (c);

  g_object_unref (user_send (pair.b, b_to_a (&pair), "old"));
  wait_until (pair.a->n_received == 1);
  kh_store_submit (pair.a->engine->store, age, kh_store_call_new (age, NULL), NULL, NULL, NULL);
  set (pair.a, "retention", KH_RETENTION_MONTH);
  g_object_unref (user_send (pair.b, b_to_a (&pair), "new"));
  wait_until (pair.a->n_received == 2);
  g_assert_cmpuint (kh_conversation_get_unread (c), ==, 2);
  set (pair.a, "retention", KH_RETENTION_DAY);
  wait_until (kh_conversation_get_unread (c) == 1);
  user_close (pair.a);
  user_open (pair.a);
  c = a_to_b (&pair);
  list = kh_conversation_get_messages (c);
  wait_until (g_list_model_get_n_items (list) > 0);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 1);
  g_assert_cmpstr (kh_conversation_get_last_text (c), ==, "new");
  pair_free (&pair);
}

static void
set_avatar (User *self, const char *data)
{
  g_autoptr (GBytes) picture = data != NULL ? g_bytes_new (data, strlen (data)) : NULL;
  g_autoptr (GAsyncResult) result = NULL;

  kh_engine_set_avatar_async (self->engine, picture, NULL, fixture_on_result, &result);
  fixture_finish (self->engine, &result);
}

static gboolean
has_avatar (KhConversation *c, const char *data)
{
  GBytes *picture = kh_conversation_get_avatar (c);

  return picture != NULL && g_bytes_get_size (picture) == strlen (data) &&
         memcmp (g_bytes_get_data (picture, NULL), data, strlen (data)) == 0;
}

static void
test_avatar (void)
{
  Pair pair = pair_new ();
  g_autofree char *big = g_strnfill (KH_AVATAR_MAX + 1, 'x');
  g_autoptr (GBytes) too_big = g_bytes_new (big, KH_AVATAR_MAX + 1);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  set_avatar (pair.b, "a picture");
  wait_until (has_avatar (a_to_b (&pair), "a picture"));
  big[KH_AVATAR_MAX] = '\0';
  set_avatar (pair.b, big);
  wait_until (has_avatar (a_to_b (&pair), big));
  kh_engine_set_avatar_async (pair.b->engine, too_big, NULL, fixture_on_result, &result);
  g_assert_false (kh_engine_finish (pair.b->engine, fixture_wait (&result), &error));
  g_assert_error (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_TOO_LONG);
  g_clear_object (&result);
  /* Both sides remember; the picture comes from the disk when it is looked at. */
  user_close (pair.b);
  user_open (pair.b);
  g_assert_cmpuint (g_bytes_get_size (kh_engine_get_avatar (pair.b->engine)), ==, KH_AVATAR_MAX);
  user_close (pair.a);
  user_open (pair.a);
  g_assert_null (kh_conversation_get_avatar (a_to_b (&pair)));
  wait_until (has_avatar (a_to_b (&pair), big));
  set_avatar (pair.b, NULL);
  wait_until (kh_conversation_get_avatar (a_to_b (&pair)) == NULL);
  pair_free (&pair);
}

static void
test_invites (void)
{
  User *a = user_new ("Ann"), *b = user_new ("Ben"), *c = user_new ("Cat");
  GListModel *invites = kh_engine_get_invites (a->engine);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (KhInviteLink) invite = NULL;
  g_autofree char *link = NULL, *old = NULL;

  user_serve (a);
  set (a, "invited-only", TRUE);
  kh_engine_add_invite_async (a->engine, "the club", NULL, fixture_on_result, &result);
  invite = kh_engine_add_invite_finish (a->engine, fixture_wait (&result), NULL);
  g_clear_object (&result);
  g_assert_cmpstr (kh_invite_link_get_label (invite), ==, "the club");
  g_assert_cmpuint (g_list_model_get_n_items (invites), ==, 1);
  link = kh_engine_dup_link_of_invite (a->engine, invite);
  old = g_strdup (kh_engine_get_invite_link (a->engine));
  g_assert_cmpstr (link, !=, old);

  /* It outlives the program. */
  g_clear_object (&invite);
  user_close (a);
  user_open (a);
  wait_until (kh_engine_get_link (a->engine) == KH_ENGINE_LINK_ONLINE);
  user_connect (b, link, NULL);
  wait_until (a->knocks == 1);
  {
    g_autoptr (KhKnock) knock = g_list_model_get_item (kh_engine_get_requests (a->engine), 0);

    g_assert_true (kh_knock_get_invited (knock));
  }
  g_assert_true (user_try_answer (a, KH_KNOCK_ACCEPT, NULL));
  wait_until (a->sessions > 0);

  /* Withdrawn, it opens nothing; neither does a renewed one's old form. */
  invite = g_list_model_get_item (kh_engine_get_invites (a->engine), 0);
  kh_engine_withdraw_invite_async (a->engine, invite, NULL, fixture_on_result, &result);
  fixture_finish (a->engine, &result);
  kh_engine_renew_invite_link_async (a->engine, NULL, fixture_on_result, &result);
  fixture_finish (a->engine, &result);
  g_assert_cmpuint (g_list_model_get_n_items (kh_engine_get_invites (a->engine)), ==, 0);
  g_assert_cmpstr (kh_engine_get_invite_link (a->engine), !=, old);
  user_connect (c, old, NULL);
  {
    KhConversation *to_a = user_conversation_with (c, a);

    wait_until (kh_conversation_get_presence (to_a) == KH_PRESENCE_KNOCKING ||
                kh_conversation_get_presence (to_a) == KH_PRESENCE_OFFLINE);
    /* With the new one it does. */
    user_connect (c, kh_engine_get_invite_link (a->engine), NULL);
  }
  wait_until (a->knocks == 2);
  g_clear_object (&invite);
  user_free (c);
  user_free (b);
  user_free (a);
}

static void
test_servers (void)
{
  Pair pair = pair_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *name = g_strdup (kh_engine_get_server (pair.b->engine));

  g_assert_cmpstr (kh_conversation_get_server (b_to_a (&pair)), ==, name);
  g_assert_nonnull (kh_conversation_get_server (a_to_b (&pair)));
  kh_engine_load_servers_async (pair.b->engine, NULL, fixture_on_result, &result);
  {
    g_autoptr (GListModel) servers =
        kh_engine_load_servers_finish (pair.b->engine, fixture_wait (&result), NULL);
    g_autoptr (KhKnownServer) server = g_list_model_get_item (servers, 0);

    g_assert_cmpuint (g_list_model_get_n_items (servers), ==, 1);
    g_assert_cmpstr (kh_known_server_get_server (server), ==, name);
    g_assert_cmpuint (strlen (kh_known_server_get_key (server)), ==, 43);
    g_assert_cmpuint (kh_known_server_get_n_contacts (server), ==, 1);
  }
  g_clear_object (&result);
  kh_engine_forget_server_async (pair.b->engine, name, NULL, fixture_on_result, &result);
  fixture_finish (pair.b->engine, &result);
  kh_engine_load_servers_async (pair.b->engine, NULL, fixture_on_result, &result);
  {
    g_autoptr (GListModel) servers =
        kh_engine_load_servers_finish (pair.b->engine, fixture_wait (&result), NULL);

    g_assert_cmpuint (g_list_model_get_n_items (servers), ==, 0);
  }
  g_clear_object (&result);
  pair_free (&pair);
}

static void
test_export (void)
{
  Pair pair = pair_new ();
  g_autofree char *path = g_build_filename (pair.a->dir, "talk.txt", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *contents = NULL;
  g_autoptr (GError) error = NULL;

  g_object_unref (user_send (pair.a, a_to_b (&pair), "hello"));
  g_object_unref (user_send (pair.b, b_to_a (&pair), "hi"));
  wait_until (pair.a->n_received == 1);
  kh_engine_export_async (pair.a->engine, a_to_b (&pair), file, NULL, fixture_on_result, &result);
  fixture_finish (pair.a->engine, &result);
  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  g_assert_nonnull (strstr (contents, "Ann: hello\n"));
  g_assert_nonnull (strstr (contents, "Ben: hi\n"));
  kh_engine_export_async (pair.a->engine, a_to_b (&pair), file, NULL, fixture_on_result, &result);
  g_assert_false (kh_engine_finish (pair.a->engine, fixture_wait (&result), &error));
  g_assert_error (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_DISK);
  g_clear_object (&result);
  pair_free (&pair);
}

static void
test_backup (void)
{
  Pair pair = pair_new ();
  User *a = pair.a;
  g_autofree char *path = g_build_filename (pair.b->dir, "backup", NULL);
  g_autofree char *id = g_strdup (kh_engine_get_peer_id (a->engine));
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_object_unref (user_send (a, a_to_b (&pair), "hello"));
  kh_engine_backup_async (a->engine, file, "open sesame", TRUE, NULL, fixture_on_result, &result);
  fixture_finish (a->engine, &result);
  user_close (a);
  /* Another computer, or the same after a disaster. */
  fixture_delete_tree (a->dir);
  kh_engine_restore_async (a->dir, file, "open says me", FALSE, NULL, fixture_on_result, &result);
  g_assert_false (kh_engine_restore_finish (fixture_wait (&result), &error));
  g_assert_error (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_REFUSED);
  g_clear_object (&result);
  kh_engine_restore_async (a->dir, file, "open sesame", FALSE, NULL, fixture_on_result, &result);
  g_assert_true (kh_engine_restore_finish (fixture_wait (&result), NULL));
  g_clear_object (&result);
  user_open (a);
  g_assert_cmpstr (kh_engine_get_peer_id (a->engine), ==, id);
  g_assert_cmpstr (kh_engine_get_name (a->engine), ==, "Ann");
  g_assert_cmpstr (kh_conversation_get_last_text (a_to_b (&pair)), ==, "hello");
  pair_free (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/profile/settings-last", test_settings_last);
  g_test_add_func ("/profile/read-receipts", test_read_receipts);
  g_test_add_func ("/profile/typing-off", test_typing_off);
  g_test_add_func ("/profile/retention", test_retention);
  g_test_add_func ("/profile/avatar", test_avatar);
  g_test_add_func ("/profile/invites", test_invites);
  g_test_add_func ("/profile/servers", test_servers);
  g_test_add_func ("/profile/export", test_export);
  g_test_add_func ("/profile/backup", test_backup);
  return g_test_run ();
}
