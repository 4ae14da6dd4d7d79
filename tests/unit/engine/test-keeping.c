/* test-keeping.c: what is kept about a conversation, searching it, and moving about in it */
#include "engine-fixture.h"

#include "engine/engine-private.h"

/* A user with a contact that is never there. */
static KhConversation *
add_absent (User *self, guint8 n)
{
  KhKey key = { { n, 1 } };
  KhPeerId peer = kh_peer_id_from_key (&key);
  g_autofree char *id = kh_peer_id_to_string (&peer);

  return user_connect (self, id, "127.0.0.1:9");
}

static KhConversation *
again (User *self, const char *peer_id)
{
  user_close (self);
  user_open (self);
  return kh_engine_find_conversation (self->engine, peer_id);
}

static void
count_notify (GObject *object, GParamSpec *pspec, guint *count)
{
  (*count)++;
}

static void
count_changed (KhEngine *engine, KhConversation *conversation, GParamSpec *pspec, guint *count)
{
  *count += g_str_equal (pspec->name, "pinned") && kh_conversation_get_pinned (conversation);
}

static void
test_flags (void)
{
  User *a = user_new ("Ann");
  KhConversation *c = add_absent (a, 1);
  g_autofree char *id = g_strdup (kh_conversation_get_peer_id (c));
  g_autoptr (GAsyncResult) result = NULL;
  guint n = 0, n_changed = 0;

  g_signal_connect (c, "notify::pinned", G_CALLBACK (count_notify), &n);
  g_signal_connect (a->engine, "conversation-changed", G_CALLBACK (count_changed), &n_changed);
  kh_engine_set_pinned_async (a->engine, c, TRUE, NULL, fixture_on_result, &result);
  fixture_finish (a->engine, &result);
  kh_engine_set_muted_async (a->engine, c, TRUE, NULL, fixture_on_result, &result);
  fixture_finish (a->engine, &result);
  kh_engine_set_archived_async (a->engine, c, TRUE, NULL, fixture_on_result, &result);
  fixture_finish (a->engine, &result);
  kh_engine_set_muted_async (a->engine, c, FALSE, NULL, fixture_on_result, &result);
  fixture_finish (a->engine, &result);
  kh_engine_set_marked_unread_async (a->engine, c, TRUE, NULL, fixture_on_result, &result);
  fixture_finish (a->engine, &result);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpuint (n_changed, ==, 1);
  g_signal_handlers_disconnect_by_data (a->engine, &n_changed);
  g_assert_true (kh_conversation_get_pinned (c));

  c = again (a, id);
  g_assert_true (kh_conversation_get_pinned (c));
  g_assert_false (kh_conversation_get_muted (c));
  g_assert_true (kh_conversation_get_archived (c));
  g_assert_true (kh_conversation_get_marked_unread (c));
  kh_engine_mark_read (a->engine, c);
  wait_until (!kh_conversation_get_marked_unread (c));
  user_free (a);
}

static void
test_draft (void)
{
  User *a = user_new ("Ann");
  KhConversation *c = add_absent (a, 1);
  g_autofree char *id = g_strdup (kh_conversation_get_peer_id (c));
  g_autofree char *large = g_strnfill (KH_TEXT_MAX + 1, 'x');
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  kh_engine_set_draft_async (a->engine, c, "dear Ben,\n", NULL, fixture_on_result, &result);
  g_assert_cmpstr (kh_conversation_get_draft (c), ==, "dear Ben,\n");
  fixture_finish (a->engine, &result);
  c = again (a, id);
  g_assert_cmpstr (kh_conversation_get_draft (c), ==, "dear Ben,\n");
  kh_engine_set_draft_async (a->engine, c, large, NULL, fixture_on_result, &result);
  g_assert_false (kh_engine_finish (a->engine, fixture_wait (&result), &error));
  g_assert_error (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_TOO_LONG);
  g_clear_object (&result);
  g_assert_cmpstr (kh_conversation_get_draft (c), ==, "dear Ben,\n");
  kh_engine_set_draft_async (a->engine, c, "", NULL, fixture_on_result, &result);
  fixture_finish (a->engine, &result);
  c = again (a, id);
  g_assert_null (kh_conversation_get_draft (c));
  user_free (a);
}

/* An archived conversation comes back with the next message, but for a muted one. */
static void
test_archive_ends (void)
{
  Pair pair = pair_new ();
  g_autoptr (GAsyncResult) result = NULL;

  kh_engine_set_archived_async (pair.a->engine, a_to_b (&pair), TRUE, NULL, fixture_on_result,
                                &result);
  fixture_finish (pair.a->engine, &result);
  kh_engine_set_muted_async (pair.a->engine, a_to_b (&pair), TRUE, NULL, fixture_on_result,
                             &result);
  fixture_finish (pair.a->engine, &result);
  g_object_unref (user_send (pair.b, b_to_a (&pair), "one"));
  wait_until (pair.a->n_received == 1);
  g_assert_true (kh_conversation_get_archived (a_to_b (&pair)));
  kh_engine_set_muted_async (pair.a->engine, a_to_b (&pair), FALSE, NULL, fixture_on_result,
                             &result);
  fixture_finish (pair.a->engine, &result);
  g_object_unref (user_send (pair.b, b_to_a (&pair), "two"));
  wait_until (!kh_conversation_get_archived (a_to_b (&pair)));
  pair_free (&pair);
}

static void
test_clear (void)
{
  Pair pair = pair_new ();
  GListModel *list = kh_conversation_get_messages (a_to_b (&pair));
  g_autoptr (GAsyncResult) result = NULL;

  g_object_unref (user_send (pair.a, a_to_b (&pair), "mine"));
  g_object_unref (user_send (pair.b, b_to_a (&pair), "yours"));
  wait_until (pair.a->n_received == 1 && pair.a->delivered == 1);
  kh_engine_clear_history_async (pair.a->engine, a_to_b (&pair), NULL, fixture_on_result, &result);
  fixture_finish (pair.a->engine, &result);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 0);
  g_assert_null (kh_conversation_get_last_text (a_to_b (&pair)));
  g_assert_cmpuint (kh_conversation_get_unread (a_to_b (&pair)), ==, 0);
  g_object_unref (user_send (pair.b, b_to_a (&pair), "again"));
  wait_until (pair.a->n_received == 2);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 1);
  g_assert_cmpuint (kh_conversation_get_unread (a_to_b (&pair)), ==, 1);
  pair_free (&pair);
}

/* What waits for the peer is not sent any more. */
static void
test_clear_pending (void)
{
  User *a = user_new ("Ann");
  KhConversation *c = add_absent (a, 1);
  g_autofree char *id = g_strdup (kh_conversation_get_peer_id (c));
  g_autoptr (GAsyncResult) result = NULL;

  g_object_unref (user_send (a, c, "one"));
  g_object_unref (user_send (a, c, "two"));
  g_assert_cmpuint (kh_conversation_get_undelivered (c), ==, 2);
  kh_engine_clear_history_async (a->engine, c, NULL, fixture_on_result, &result);
  fixture_finish (a->engine, &result);
  g_assert_cmpuint (kh_conversation_get_undelivered (c), ==, 0);
  g_object_unref (user_send (a, c, "three"));
  c = again (a, id);
  g_assert_cmpuint (kh_conversation_get_undelivered (c), ==, 1);
  g_assert_cmpstr (kh_conversation_get_last_text (c), ==, "three");
  user_free (a);
}

static GListModel *
search (User *self, KhConversation *c, const char *query)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GListModel *hits;

  kh_engine_search_async (self->engine, c, query, 10, NULL, fixture_on_result, &result);
  hits = kh_engine_search_finish (self->engine, fixture_wait (&result), &error);
  g_assert_no_error (error);
  return hits;
}

static void
test_search (void)
{
  User *a = user_new ("Ann");
  KhConversation *ben = add_absent (a, 1), *zoe = add_absent (a, 2);
  g_autoptr (KhChatMessage) one = user_send (a, ben, "a needle in a\nhaystack");
  g_autoptr (KhChatMessage) two = user_send (a, zoe, "nothing of it");
  g_autoptr (GAsyncResult) result = NULL;
  guint start, end;

  kh_engine_set_alias_async (a->engine, zoe, "Zoë Needleman", NULL, fixture_on_result, &result);
  fixture_finish (a->engine, &result);
  {
    g_autoptr (GListModel) hits = search (a, NULL, "NEEDL");
    g_autoptr (GListModel) in_one = search (a, ben, "NEEDL");
    g_autoptr (KhSearchHit) name = g_list_model_get_item (hits, 0);
    g_autoptr (KhSearchHit) message = g_list_model_get_item (hits, 1);

    g_assert_cmpuint (g_list_model_get_n_items (hits), ==, 2);
    g_assert_cmpuint (g_list_model_get_n_items (in_one), ==, 1);
    g_assert_true (kh_search_hit_get_conversation (name) == zoe);
    g_assert_null (kh_search_hit_get_message (name));
    g_assert_cmpstr (kh_search_hit_get_snippet (name), ==, "Zoë Needleman");
    g_assert_true (kh_search_hit_get_conversation (message) == ben);
    g_assert_true (kh_search_hit_get_message (message) == one);
    g_assert_cmpstr (kh_search_hit_get_snippet (message), ==, "a needle in a haystack");
    g_assert_cmpuint (kh_search_hit_get_n_found (message), ==, 1);
    kh_search_hit_get_found (message, 0, &start, &end);
    g_assert_cmpuint (start, ==, 2);
    g_assert_cmpuint (end, ==, 8);
    g_assert_true (kh_engine_find_conversation_of (a->engine, one) == ben);
  }
  {
    g_autoptr (GListModel) hits = search (a, NULL, "zoe");

    g_assert_cmpuint (g_list_model_get_n_items (hits), ==, 1);
  }
  g_clear_object (&one);
  g_clear_object (&two);
  user_free (a);
}

static guint
go_to (KhConversation *c, gint64 seq)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  guint position = G_MAXUINT;

  kh_conversation_load_around_async (c, seq, NULL, fixture_on_result, &result);
  kh_conversation_load_around_finish (c, fixture_wait (&result), &position, &error);
  g_assert_no_error (error);
  return position;
}

static gint64
seq_at (GListModel *list, guint position)
{
  g_autoptr (KhChatMessage) message = g_list_model_get_item (list, position);

  return kh_chat_message_get_seq (message);
}

/* No gaps, nothing twice. */
static void
assert_run (GListModel *list, gint64 first, guint n)
{
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpint (seq_at (list, i), ==, first + i);
}

static void
test_around (void)
{
  enum
  {
    N = 300,
    PAGE = KH_CONVERSATION_PAGE
  };
  User *a = user_new ("Ann");
  KhConversation *c = add_absent (a, 1);
  GListModel *list = kh_conversation_get_messages (c);
  g_autofree char *id = g_strdup (kh_conversation_get_peer_id (c));
  guint n_older = 0, n_newer = 0;

  for (guint i = 0; i < N; i++)
    g_object_unref (user_send (a, c, "x"));
  c = again (a, id);
  list = kh_conversation_get_messages (c);
  wait_until (g_list_model_get_n_items (list) == PAGE);
  assert_run (list, N - PAGE + 1, PAGE);

  /* One that is there needs no loading. */
  g_assert_cmpuint (go_to (c, N - 1), ==, PAGE - 2);
  g_assert_cmpuint (go_to (c, KH_CONVERSATION_NEWEST), ==, PAGE - 1);
  g_assert_false (kh_conversation_get_has_newer (c));

  g_signal_connect (c, "notify::has-older", G_CALLBACK (count_notify), &n_older);
  g_signal_connect (c, "notify::has-newer", G_CALLBACK (count_notify), &n_newer);
  g_assert_cmpuint (go_to (c, 100), ==, PAGE - 1);
  assert_run (list, 100 - PAGE + 1, 2 * PAGE);
  g_assert_true (kh_conversation_get_has_older (c));
  g_assert_true (kh_conversation_get_has_newer (c));
  /* What is new is far behind the end. */
  g_object_unref (user_send (a, c, "new"));
  assert_run (list, 100 - PAGE + 1, 2 * PAGE);
  kh_conversation_load_older (c);
  wait_until (!kh_conversation_get_has_older (c));
  assert_run (list, 1, 100 + PAGE);
  kh_conversation_load_newer (c);
  wait_until (g_list_model_get_n_items (list) == 100 + 2 * PAGE);
  kh_conversation_load_newer (c);
  wait_until (g_list_model_get_n_items (list) == 100 + 3 * PAGE);
  kh_conversation_load_newer (c);
  wait_until (!kh_conversation_get_has_newer (c));
  assert_run (list, 1, N + 1);
  g_object_unref (user_send (a, c, "newer"));
  assert_run (list, 1, N + 2);
  g_assert_cmpuint (n_older, ==, 1);
  g_assert_cmpuint (n_newer, ==, 2);

  /* Of two places the later one counts. */
  {
    g_autoptr (GAsyncResult) first = NULL, second = NULL;
    g_autoptr (GError) error = NULL;
    guint position;

    c = again (a, id);
    list = kh_conversation_get_messages (c);
    kh_conversation_load_around_async (c, 20, NULL, fixture_on_result, &first);
    kh_conversation_load_around_async (c, 200, NULL, fixture_on_result, &second);
    g_assert_false (
        kh_conversation_load_around_finish (c, fixture_wait (&first), &position, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_true (kh_conversation_load_around_finish (c, fixture_wait (&second), &position, NULL));
    g_assert_cmpint (seq_at (list, position), ==, 200);
  }
  /* And back. */
  g_assert_cmpint (seq_at (list, go_to (c, KH_CONVERSATION_NEWEST)), ==, N + 2);
  assert_run (list, N + 2 - PAGE + 1, PAGE);
  user_free (a);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/keeping/flags", test_flags);
  g_test_add_func ("/keeping/draft", test_draft);
  g_test_add_func ("/keeping/archive-ends", test_archive_ends);
  g_test_add_func ("/keeping/clear", test_clear);
  g_test_add_func ("/keeping/clear-pending", test_clear_pending);
  g_test_add_func ("/keeping/search", test_search);
  g_test_add_func ("/keeping/around", test_around);
  return g_test_run ();
}
