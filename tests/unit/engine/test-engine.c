/* test-engine.c: two engines and a server in one process, on real sockets and disks */
#include "engine-fixture.h"

#include "engine/engine-private.h"
#include "store/store-private.h"

static void
test_meet (void)
{
  User *a = user_new ("Ann"), *b = user_new ("Ben");
  KhConversation *to_a, *to_b;
  g_autoptr (KhKnock) knock = NULL;

  user_serve (a);
  to_a = user_connect (b, kh_engine_get_peer_id (a->engine), kh_engine_get_server (a->engine));
  /* Until there is a session, the name is the ID's beginning. */
  g_assert_true (
      g_str_has_prefix (kh_engine_get_peer_id (a->engine), kh_conversation_get_name (to_a)));
  wait_until (a->knocks > 0);
  knock = g_list_model_get_item (kh_engine_get_requests (a->engine), 0);
  g_assert_cmpstr (kh_knock_get_name (knock), ==, "Ben");
  g_assert_cmpstr (kh_knock_get_peer_id (knock), ==, kh_engine_get_peer_id (b->engine));
  g_assert_false (kh_knock_get_invited (knock));
  g_assert_null (user_conversation_with (a, b));

  g_assert_true (user_try_answer (a, KH_KNOCK_ACCEPT, NULL));
  g_assert_cmpuint (user_n_requests (a), ==, 0);
  wait_until (a->sessions > 0 && b->sessions > 0);
  wait_until (a->paths > 0 && b->paths > 0);
  to_b = user_conversation_with (a, b);
  wait_until (kh_conversation_get_presence (to_a) == KH_PRESENCE_CONNECTED);
  wait_until (kh_conversation_get_presence (to_b) == KH_PRESENCE_CONNECTED);
  g_assert_cmpstr (kh_conversation_get_name (to_a), ==, "Ann");
  g_assert_cmpstr (kh_conversation_get_name (to_b), ==, "Ben");
  wait_until (kh_conversation_get_route (to_a) == KH_ROUTE_DIRECT);
  g_assert_nonnull (kh_conversation_get_remote_address (to_a));
  g_autofree char *number_a = kh_conversation_dup_safety_number (to_a);
  g_autofree char *number_b = kh_conversation_dup_safety_number (to_b);
  g_assert_nonnull (number_a);
  g_assert_cmpstr (number_a, ==, number_b);
  user_free (b);
  /* The goodbye tells a at once. */
  wait_until (a->closed > 0);
  g_assert_cmpint (kh_conversation_get_route (to_b), ==, KH_ROUTE_NONE);
  user_free (a);
}

/* Whoever uses the invite link needs nothing else, and is known to be invited. */
static void
test_invite (void)
{
  User *a = user_new ("Ann"), *b = user_new ("Ben");
  g_autoptr (KhKnock) knock = NULL;

  user_serve (a);
  kh_engine_set_accept_mode (a->engine, KH_ACCEPT_CONTACTS);
  user_connect (b, kh_engine_get_invite_link (a->engine), NULL);
  wait_until (a->knocks > 0);
  knock = g_list_model_get_item (kh_engine_get_requests (a->engine), 0);
  g_assert_true (kh_knock_get_invited (knock));
  g_assert_cmpstr (kh_engine_get_server (b->engine), ==, kh_engine_get_server (a->engine));
  g_assert_true (user_try_answer (a, KH_KNOCK_ACCEPT, NULL));
  wait_until (a->sessions > 0 && b->sessions > 0);
  user_free (b);
  user_free (a);
}

static void
test_accept_all (void)
{
  User *a = user_new ("Ann"), *b = user_new ("Ben");

  user_serve (a);
  kh_engine_set_accept_mode (a->engine, KH_ACCEPT_ALL);
  user_connect (b, kh_engine_get_peer_id (a->engine), kh_engine_get_server (a->engine));
  wait_until (a->sessions > 0 && b->sessions > 0);
  g_assert_cmpuint (a->knocks, ==, 0);
  g_assert_nonnull (user_conversation_with (a, b));
  user_free (b);
  user_free (a);
}

static void
test_messages (void)
{
  Pair pair = pair_new ();
  GListModel *list = kh_conversation_get_messages (b_to_a (&pair));
  g_autoptr (KhChatMessage) hello = user_send (pair.b, b_to_a (&pair), "hello");
  g_autoptr (KhChatMessage) there = user_send (pair.b, b_to_a (&pair), "there\nübergroß 🌳");
  g_autoptr (KhChatMessage) back = user_send (pair.a, a_to_b (&pair), "back");

  wait_until (pair.b->delivered == 2 && pair.a->delivered == 1);
  g_assert_cmpstr (pair.a->received->str, ==, "hello\nthere\nübergroß 🌳\n");
  g_assert_cmpstr (pair.b->received->str, ==, "back\n");
  g_assert_cmpint (kh_chat_message_get_status (hello), ==, KH_MESSAGE_STATUS_DELIVERED);
  g_assert_cmpuint (kh_conversation_get_undelivered (b_to_a (&pair)), ==, 0);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 3);

  g_assert_cmpuint (kh_conversation_get_unread (a_to_b (&pair)), ==, 2);
  kh_engine_mark_read (pair.a->engine, a_to_b (&pair));
  wait_until (pair.b->read == 2);
  g_assert_cmpuint (kh_conversation_get_unread (a_to_b (&pair)), ==, 0);
  g_assert_cmpint (kh_chat_message_get_status (hello), ==, KH_MESSAGE_STATUS_READ);
  g_assert_cmpint (kh_chat_message_get_status (there), ==, KH_MESSAGE_STATUS_READ);
  g_clear_object (&hello);
  g_clear_object (&there);
  g_clear_object (&back);
  pair_free (&pair);
}

/* More than any window, batch, buffer or page holds, both ways at once. */
static void
test_many_messages (void)
{
  enum
  {
    N = 1000
  };
  Pair pair = pair_new ();
  g_autoptr (GString) expected = g_string_new (NULL);
  GListModel *list;

  for (int i = 0; i < N; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d %0*d", i, i + 1, 0);

      g_string_append_printf (expected, "%s\n", text);
      kh_engine_send_async (pair.a->engine, a_to_b (&pair), text, NULL, NULL, NULL);
      kh_engine_send_async (pair.b->engine, b_to_a (&pair), text, NULL, NULL, NULL);
    }
  wait_until (pair.a->delivered == N && pair.b->delivered == N);
  g_assert_cmpstr (pair.a->received->str, ==, expected->str);
  g_assert_cmpstr (pair.b->received->str, ==, expected->str);

  list = kh_conversation_get_messages (a_to_b (&pair));
  wait_until (g_list_model_get_n_items (list) == KH_CONVERSATION_PAGE);
  while (kh_conversation_get_has_older (a_to_b (&pair)))
    {
      guint n = g_list_model_get_n_items (list);

      kh_conversation_load_older (a_to_b (&pair));
      wait_until (g_list_model_get_n_items (list) > n ||
                  !kh_conversation_get_has_older (a_to_b (&pair)));
    }
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 2 * N);
  for (guint i = 1; i < 2 * N; i++)
    {
      g_autoptr (KhChatMessage) before = g_list_model_get_item (list, i - 1);
      g_autoptr (KhChatMessage) message = g_list_model_get_item (list, i);

      g_assert_cmpint (kh_chat_message_get_seq (before), <, kh_chat_message_get_seq (message));
    }
  pair_free (&pair);
}

static void
test_large_text (void)
{
  Pair pair = pair_new ();
  g_autofree char *text = g_strnfill (KH_TEXT_MAX + 1, 'x');
  g_autoptr (GError) error = NULL;
  g_autoptr (KhChatMessage) message = NULL;

  g_assert_null (user_try_send (pair.a, a_to_b (&pair), text, &error));
  g_assert_error (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_TOO_LONG);
  g_clear_error (&error);
  g_assert_null (user_try_send (pair.a, a_to_b (&pair), "", &error));
  g_assert_error (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (user_try_send (pair.a, a_to_b (&pair), "\xff", &error));
  g_assert_error (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID);

  text[KH_TEXT_MAX] = '\0';
  message = user_send (pair.a, a_to_b (&pair), text);
  wait_until (pair.a->delivered == 1);
  g_assert_cmpuint (pair.b->received->len, ==, KH_TEXT_MAX + 1);
  g_clear_object (&message);
  pair_free (&pair);
}

/* What was written while the other was away goes out when both are back, in order and once. */
static void
test_pending_survives (void)
{
  Pair pair = pair_new ();
  User *a = pair.a, *b = pair.b;
  g_autofree char *id_a = g_strdup (kh_engine_get_peer_id (a->engine));
  g_autoptr (KhChatMessage) message = user_send (b, b_to_a (&pair), "zero");
  g_autoptr (GString) expected = g_string_new ("zero\n");
  KhConversation *to_a;

  wait_until (b->delivered == 1);
  g_clear_object (&message);
  user_close (a);
  wait_until (b->closed > 0);
  for (int i = 1; i <= 300; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d", i);

      g_string_append_printf (expected, "%d\n", i);
      message = user_send (b, kh_engine_find_conversation (b->engine, id_a), text);
      g_assert_cmpint (kh_chat_message_get_status (message), ==, KH_MESSAGE_STATUS_PENDING);
      g_clear_object (&message);
    }
  user_close (b);

  user_open (b);
  to_a = kh_engine_find_conversation (b->engine, id_a);
  g_assert_nonnull (to_a);
  g_assert_cmpstr (kh_conversation_get_name (to_a), ==, "Ann");
  g_assert_cmpstr (kh_engine_get_name (b->engine), ==, "Ben");
  g_assert_cmpuint (kh_conversation_get_undelivered (to_a), ==, 300);
  g_assert_cmpstr (kh_conversation_get_last_text (to_a), ==, "300");
  user_open (a);
  /* The server starts again at its port, and both find it. */
  g_assert_true (kh_engine_get_local_server (a->engine));
  wait_until (a->n_received == 301 && kh_conversation_get_undelivered (to_a) == 0);
  g_assert_cmpstr (a->received->str, ==, expected->str);
  pair_free (&pair);
}

/* One side is killed, not closed, in the middle of the traffic. */
static void
test_dropped_engine (void)
{
  enum
  {
    N = 200
  };
  Pair pair = pair_new ();
  User *a = pair.a, *b = pair.b;
  g_autofree char *id_a = g_strdup (kh_engine_get_peer_id (a->engine));
  g_autoptr (GString) expected = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < N; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d", i);

      g_object_unref (user_send (b, b_to_a (&pair), text));
      g_string_append_printf (expected, "%d\n", i);
    }
  wait_until (b->delivered > 0);
  /* What the disk still has to say is let go of first; nothing is sent in that. */
  g_signal_handlers_disconnect_by_data (b->engine, b);
  g_clear_object (&b->engine);
  while (!user_try_open (b, &error))
    {
      /* The thread of the dropped one has the folder still. */
      g_assert_error (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_LOCKED);
      g_clear_error (&error);
      user_drop (b);
    }
  wait_until (kh_conversation_get_undelivered (kh_engine_find_conversation (b->engine, id_a)) == 0);
  g_assert_cmpstr (a->received->str, ==, expected->str);
  pair_free (&pair);
}

static void
test_decline_then_block (void)
{
  User *a = user_new ("Ann"), *b = user_new ("Ben");
  g_autofree char *id_b = g_strdup (kh_engine_get_peer_id (b->engine));
  g_autoptr (GAsyncResult) result = NULL;
  KhConversation *c;

  user_serve (a);
  user_connect (b, kh_engine_get_peer_id (a->engine), kh_engine_get_server (a->engine));
  wait_until (a->knocks > 0);
  g_assert_false (user_try_answer (a, KH_KNOCK_DECLINE, NULL));
  g_assert_cmpuint (user_n_requests (a), ==, 0);
  g_assert_null (user_conversation_with (a, b));

  /* Nobody is asked again in the same run; b keeps trying, and is heard in the next one. */
  user_close (a);
  g_assert_cmpuint (a->knocks, ==, 1);
  user_open (a);
  wait_until (a->knocks > 1);
  g_assert_true (user_try_answer (a, KH_KNOCK_BLOCK, NULL));
  c = kh_engine_find_conversation (a->engine, id_b);
  g_assert_true (kh_conversation_get_blocked (c));
  g_assert_cmpuint (a->sessions, ==, 0);

  /* A restart does not forget it. */
  user_close (a);
  user_open (a);
  c = kh_engine_find_conversation (a->engine, id_b);
  g_assert_true (kh_conversation_get_blocked (c));
  kh_engine_set_blocked_async (a->engine, c, FALSE, NULL, fixture_on_result, &result);
  fixture_finish (a->engine, &result);
  g_assert_false (kh_conversation_get_blocked (c));
  wait_until (a->sessions > 0 && b->sessions > 0);
  user_free (b);
  user_free (a);
}

static void
test_block_ends_session (void)
{
  Pair pair = pair_new ();
  g_autoptr (GAsyncResult) result = NULL;

  kh_engine_set_blocked_async (pair.a->engine, a_to_b (&pair), TRUE, NULL, fixture_on_result,
                               &result);
  fixture_finish (pair.a->engine, &result);
  wait_until (pair.b->closed > 0);
  g_assert_cmpint (kh_conversation_get_presence (b_to_a (&pair)), !=, KH_PRESENCE_CONNECTED);
  pair_free (&pair);
}

static void
test_remove (void)
{
  Pair pair = pair_new ();
  g_autoptr (KhConversation) c = g_object_ref (a_to_b (&pair));
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  kh_engine_remove_async (pair.a->engine, c, NULL, fixture_on_result, &result);
  fixture_finish (pair.a->engine, &result);
  g_assert_null (a_to_b (&pair));
  g_assert_cmpuint (g_list_model_get_n_items (kh_engine_get_conversations (pair.a->engine)), ==, 0);
  wait_until (pair.b->closed > 0);
  g_assert_null (user_try_send (pair.a, c, "too late", &error));
  g_assert_error (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID);
  pair_free (&pair);
}

static void
test_rename (void)
{
  Pair pair = pair_new ();
  g_autoptr (GAsyncResult) result = NULL;

  kh_engine_set_name_async (pair.b->engine, " Benjamin\n", NULL, NULL, NULL);
  wait_until (g_str_equal (kh_conversation_get_name (a_to_b (&pair)), "Benjamin"));
  kh_engine_set_alias_async (pair.a->engine, a_to_b (&pair), "Benny", NULL, fixture_on_result,
                             &result);
  fixture_finish (pair.a->engine, &result);
  g_assert_cmpstr (kh_conversation_get_name (a_to_b (&pair)), ==, "Benny");
  g_assert_cmpstr (kh_conversation_get_given_name (a_to_b (&pair)), ==, "Benjamin");
  pair_free (&pair);
}

static gpointer
fill_disk (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_database_exec (database, "PRAGMA max_page_count = 1", error) ? KH_STORE_DONE : NULL;
}

static gpointer
free_disk (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_database_exec (database, "PRAGMA max_page_count = 1000000", error) ? KH_STORE_DONE
                                                                               : NULL;
}

static void
submit (User *self, KhStoreRun run)
{
  kh_store_submit (self->engine->store, run, kh_store_call_new (run, NULL), NULL, NULL, NULL);
}

/* Nothing is acknowledged that is not stored, and nothing is lost by it. */
static void
test_disk_full (void)
{
  enum
  {
    N = 5
  };
  Pair pair = pair_new ();
  g_autoptr (GString) expected = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *big = g_strnfill (20000, 'x');
  guint sessions = pair.a->sessions;

  submit (pair.a, fill_disk);
  g_assert_null (user_try_send (pair.a, a_to_b (&pair), big, &error));
  g_assert_error (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_NO_SPACE);
  g_assert_cmpuint (kh_conversation_get_undelivered (a_to_b (&pair)), ==, 0);

  for (int i = 0; i < N; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d%s", i, big);

      g_object_unref (user_send (pair.b, b_to_a (&pair), text));
      g_string_append_printf (expected, "%s\n", text);
    }
  wait_until (pair.a->problem != NULL);
  g_assert_error (pair.a->problem, KH_ENGINE_ERROR, KH_ENGINE_ERROR_NO_SPACE);
  g_assert_cmpuint (pair.a->n_received, ==, 0);
  g_assert_cmpuint (pair.b->delivered, ==, 0);
  g_assert_cmpuint (kh_conversation_get_undelivered (b_to_a (&pair)), ==, N);

  /* With room it goes on by itself, in a new session. */
  submit (pair.a, free_disk);
  wait_until (pair.b->delivered == N);
  g_assert_cmpuint (pair.a->sessions, >, sessions);
  g_assert_cmpstr (pair.a->received->str, ==, expected->str);
  pair_free (&pair);
}

/* Bytes that no Knothole sends end the session, and nothing else. */
static void
test_malformed_stream (void)
{
  static const guint8 rubbish[] = { 0xff, 0xff, 0xff, 0xff };
  Pair pair = pair_new ();
  guint sessions = pair.a->sessions;
  KhPeerId peer;

  g_assert_true (kh_peer_id_parse (kh_engine_get_peer_id (pair.a->engine), &peer, NULL));
  g_assert_cmpuint (kh_node_stream_write (pair.b->engine->home->node, &peer, 0, rubbish,
                                          sizeof rubbish, g_get_monotonic_time ()),
                    ==, sizeof rubbish);
  kh_udp_driver_kick (pair.b->engine->home->driver);
  wait_until (pair.a->problem != NULL);
  g_assert_error (pair.a->problem, KH_ENGINE_ERROR, KH_ENGINE_ERROR_PEER_PROTOCOL);
  wait_until (pair.b->closed > 0);
  g_autoptr (KhChatMessage) message = user_send (pair.a, a_to_b (&pair), "still here");
  wait_until (pair.a->sessions > sessions && pair.a->delivered == 1);
  g_assert_cmpstr (pair.b->received->str, ==, "still here\n");
  g_clear_object (&message);
  pair_free (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/meet", test_meet);
  g_test_add_func ("/engine/invite", test_invite);
  g_test_add_func ("/engine/accept-all", test_accept_all);
  g_test_add_func ("/engine/messages", test_messages);
  g_test_add_func ("/engine/many-messages", test_many_messages);
  g_test_add_func ("/engine/large-text", test_large_text);
  g_test_add_func ("/engine/pending-survives", test_pending_survives);
  g_test_add_func ("/engine/dropped-engine", test_dropped_engine);
  g_test_add_func ("/engine/decline-then-block", test_decline_then_block);
  g_test_add_func ("/engine/block-ends-session", test_block_ends_session);
  g_test_add_func ("/engine/remove", test_remove);
  g_test_add_func ("/engine/rename", test_rename);
  g_test_add_func ("/engine/disk-full", test_disk_full);
  g_test_add_func ("/engine/malformed-stream", test_malformed_stream);
  return g_test_run ();
}
