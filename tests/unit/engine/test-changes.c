/* test-changes.c: replies, edits, deletions and reactions, from one history to the other */
#include "engine-fixture.h"

#include "engine/engine-private.h"

static void
finish (User *self, GAsyncResult **result)
{
  fixture_finish (self->engine, result);
}

static void
edit (User *self, KhChatMessage *message, const char *text)
{
  g_autoptr (GAsyncResult) result = NULL;

  kh_engine_edit_async (self->engine, message, text, NULL, fixture_on_result, &result);
  finish (self, &result);
}

static void delete (User *self, KhChatMessage *message, KhDeleteFor delete_for)
{
  g_autoptr (GAsyncResult) result = NULL;

  kh_engine_delete_async (self->engine, message, delete_for, NULL, fixture_on_result, &result);
  finish (self, &result);
}

static void
react (User *self, KhChatMessage *message, const char *emoji, gboolean set)
{
  g_autoptr (GAsyncResult) result = NULL;

  kh_engine_react_async (self->engine, message, emoji, set, NULL, fixture_on_result, &result);
  finish (self, &result);
}

static KhChatMessage *
reply (User *self, KhConversation *c, KhChatMessage *to, const char *text)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  KhChatMessage *message;

  kh_engine_reply_async (self->engine, c, to, text, NULL, fixture_on_result, &result);
  message = kh_engine_send_finish (self->engine, fixture_wait (&result), &error);
  g_assert_no_error (error);
  return message;
}

/* The newest of a conversation. */
static KhChatMessage *
newest (KhConversation *c)
{
  return g_object_ref (kh_conversation_get_last (c));
}

static char *
joined (const char *const *reactions)
{
  return g_strjoinv (" ", (char **) reactions);
}

static gboolean
has_reactions (KhChatMessage *message, const char *own, const char *theirs)
{
  g_autofree char *mine = joined (kh_chat_message_get_own_reactions (message));
  g_autofree char *others = joined (kh_chat_message_get_reactions (message));

  return g_str_equal (mine, own) && g_str_equal (others, theirs);
}

static void
count_change (
    KhEngine *engine, KhConversation *c, KhChatMessage *m, KhMessageChange change, guint counts[3])
{
  counts[change]++;
}

static void
test_edit (void)
{
  Pair pair = pair_new ();
  g_autoptr (KhChatMessage) mine = user_send (pair.a, a_to_b (&pair), "helo");
  g_autoptr (KhChatMessage) theirs = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  guint counts[3] = { 0 };

  g_signal_connect (pair.b->engine, "message-changed", G_CALLBACK (count_change), counts);
  wait_until (pair.b->n_received == 1);
  theirs = newest (b_to_a (&pair));
  edit (pair.a, mine, "hello");
  g_assert_cmpstr (kh_chat_message_get_text (mine), ==, "hello");
  g_assert_true (kh_chat_message_get_edited (mine));
  g_assert_cmpstr (kh_conversation_get_last_text (a_to_b (&pair)), ==, "hello");
  wait_until (counts[KH_MESSAGE_CHANGE_EDITED] == 1);
  g_assert_cmpstr (kh_chat_message_get_text (theirs), ==, "hello");
  g_assert_cmpint (kh_chat_message_get_edited_time (theirs), ==,
                   kh_chat_message_get_edited_time (mine));
  g_assert_cmpstr (kh_conversation_get_last_text (b_to_a (&pair)), ==, "hello");
  /* An edit is delivered, as a text is. */
  wait_until (kh_conversation_get_undelivered (a_to_b (&pair)) == 0);

  /* Not theirs to edit. */
  kh_engine_edit_async (pair.b->engine, theirs, "hijacked", NULL, fixture_on_result, &result);
  g_assert_false (kh_engine_finish (pair.b->engine, fixture_wait (&result), &error));
  g_assert_error (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID);
  g_clear_object (&result);
  g_clear_object (&mine);
  g_clear_object (&theirs);
  pair_free (&pair);
}

static void
test_delete (void)
{
  Pair pair = pair_new ();
  g_autoptr (KhChatMessage) mine = user_send (pair.a, a_to_b (&pair), "a xylophonic secret");
  g_autoptr (KhChatMessage) theirs = NULL;
  GListModel *list = kh_conversation_get_messages (b_to_a (&pair));
  guint counts[3] = { 0 };

  g_signal_connect (pair.b->engine, "message-changed", G_CALLBACK (count_change), counts);
  wait_until (pair.b->n_received == 1 && g_list_model_get_n_items (list) == 1);
  theirs = newest (b_to_a (&pair));
  react (pair.b, theirs, "👍", TRUE);
  wait_until (has_reactions (mine, "", "👍") && pair.a->delivered == 1);
  g_assert_cmpuint (kh_conversation_get_unread (b_to_a (&pair)), ==, 1);
  delete (pair.a, mine, KH_DELETE_FOR_BOTH);
  g_assert_true (kh_chat_message_get_deleted (mine));
  g_assert_cmpstr (kh_chat_message_get_text (mine), ==, "");
  g_assert_true (has_reactions (mine, "", ""));
  wait_until (counts[KH_MESSAGE_CHANGE_DELETED] == 1);
  g_assert_true (kh_chat_message_get_deleted (theirs));
  g_assert_cmpstr (kh_chat_message_get_text (theirs), ==, "");
  g_assert_cmpuint (kh_conversation_get_unread (b_to_a (&pair)), ==, 0);
  /* Its place is still there, and the rest of it gone for whoever deletes it here alone. */
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 1);
  delete (pair.b, theirs, KH_DELETE_HERE);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 0);
  wait_until (kh_conversation_get_last_text (b_to_a (&pair)) == NULL);
  g_clear_object (&mine);
  g_clear_object (&theirs);
  pair_free (&pair);
}

static void
test_reactions (void)
{
  Pair pair = pair_new ();
  g_autoptr (KhChatMessage) mine = user_send (pair.a, a_to_b (&pair), "hello");
  g_autoptr (KhChatMessage) theirs = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  wait_until (pair.b->n_received == 1);
  theirs = newest (b_to_a (&pair));
  react (pair.b, theirs, "👍", TRUE);
  react (pair.b, theirs, "🌳", TRUE);
  react (pair.b, theirs, "🌳", TRUE);
  react (pair.a, mine, "❤️", TRUE);
  wait_until (has_reactions (mine, "❤️", "👍 🌳") && has_reactions (theirs, "👍 🌳", "❤️"));
  react (pair.b, theirs, "👍", FALSE);
  wait_until (has_reactions (mine, "❤️", "🌳"));
  react (pair.b, theirs, "🌳", FALSE);
  wait_until (has_reactions (mine, "❤️", ""));
  kh_engine_react_async (pair.b->engine, theirs, "two words", TRUE, NULL, fixture_on_result,
                         &result);
  g_assert_false (kh_engine_finish (pair.b->engine, fixture_wait (&result), &error));
  g_assert_error (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID);
  g_assert_true (has_reactions (theirs, "", "❤️"));
  g_clear_object (&result);
  g_clear_object (&mine);
  g_clear_object (&theirs);
  pair_free (&pair);
}

static void
test_reply (void)
{
  Pair pair = pair_new ();
  g_autoptr (KhChatMessage) question = user_send (pair.a, a_to_b (&pair), "where?");
  g_autoptr (KhChatMessage) asked = NULL, answer = NULL, answered = NULL;

  wait_until (pair.b->n_received == 1);
  asked = newest (b_to_a (&pair));
  answer = reply (pair.b, b_to_a (&pair), asked, "here");
  g_assert_cmpstr (kh_chat_message_get_reply_to (answer), ==, kh_chat_message_get_id (question));
  g_assert_cmpstr (kh_chat_message_get_reply_text (answer), ==, "where?");
  g_assert_false (kh_chat_message_get_reply_outgoing (answer));
  wait_until (pair.a->n_received == 1);
  answered = newest (a_to_b (&pair));
  g_assert_cmpstr (kh_chat_message_get_reply_to (answered), ==, kh_chat_message_get_id (question));
  g_assert_cmpstr (kh_chat_message_get_reply_text (answered), ==, "where?");
  g_assert_true (kh_chat_message_get_reply_outgoing (answered));
  /* What it quotes is what that says now. */
  edit (pair.a, question, "where to?");
  g_assert_cmpstr (kh_chat_message_get_reply_text (answered), ==, "where to?");
  delete (pair.a, question, KH_DELETE_FOR_BOTH);
  g_assert_null (kh_chat_message_get_reply_text (answered));
  wait_until (kh_chat_message_get_reply_text (answer) == NULL);
  g_clear_object (&question);
  g_clear_object (&asked);
  g_clear_object (&answer);
  g_clear_object (&answered);
  pair_free (&pair);
}

/* Changes made while the other is away arrive in order with the texts; what was taken back before
 * it was delivered never arrives. */
static void
test_while_away (void)
{
  Pair pair = pair_new ();
  User *a = pair.a, *b = pair.b;
  g_autofree char *id_a = g_strdup (kh_engine_get_peer_id (a->engine));
  g_autofree char *id_b = g_strdup (kh_engine_get_peer_id (b->engine));
  g_autoptr (KhChatMessage) old = user_send (b, b_to_a (&pair), "old"), one = NULL, two = NULL;
  KhConversation *to_a, *to_b;
  GListModel *list;

  wait_until (b->delivered == 1);
  user_close (a);
  wait_until (b->closed > 0);
  to_a = kh_engine_find_conversation (b->engine, id_a);
  one = user_send (b, to_a, "one");
  two = user_send (b, to_a, "two");
  edit (b, one, "one and a half");
  edit (b, one, "one, at last");
  edit (b, old, "old, but edited");
  react (b, old, "👍", TRUE);
  g_assert_cmpuint (kh_conversation_get_undelivered (to_a), ==, 5);
  delete (b, two, KH_DELETE_FOR_BOTH);
  /* A deletion took the place of it. */
  g_assert_cmpuint (kh_conversation_get_undelivered (to_a), ==, 5);
  g_assert_cmpstr (kh_conversation_get_last_text (to_a), ==, "two");
  wait_until (g_str_equal (kh_conversation_get_last_text (to_a), "one, at last"));
  g_clear_object (&old);
  g_clear_object (&one);
  g_clear_object (&two);
  user_close (b);

  user_open (b);
  user_open (a);
  to_a = kh_engine_find_conversation (b->engine, id_a);
  to_b = kh_engine_find_conversation (a->engine, id_b);
  wait_until (kh_conversation_get_undelivered (to_a) == 0);
  list = kh_conversation_get_messages (to_b);
  wait_until (g_list_model_get_n_items (list) == 2);
  {
    g_autoptr (KhChatMessage) first = g_list_model_get_item (list, 0);
    g_autoptr (KhChatMessage) second = g_list_model_get_item (list, 1);

    g_assert_cmpstr (kh_chat_message_get_text (first), ==, "old, but edited");
    g_assert_true (has_reactions (first, "", "👍"));
    g_assert_cmpstr (kh_chat_message_get_text (second), ==, "one, at last");
  }
  pair_free (&pair);
}

static void
test_times (void)
{
  Pair pair = pair_new ();
  g_autoptr (KhChatMessage) message = user_send (pair.a, a_to_b (&pair), "hello");
  gint64 sent_us = kh_chat_message_get_sent_time (message);

  wait_until (pair.a->delivered == 1);
  g_assert_cmpint (kh_chat_message_get_delivered_time (message), >=, sent_us);
  g_assert_cmpint (kh_chat_message_get_read_time (message), ==, 0);
  kh_engine_mark_read (pair.b->engine, b_to_a (&pair));
  wait_until (pair.a->read == 1);
  g_assert_cmpint (kh_chat_message_get_read_time (message), >=,
                   kh_chat_message_get_delivered_time (message));
  g_clear_object (&message);
  pair_free (&pair);
}

static void
test_typing (void)
{
  Pair pair = pair_new ();

  g_assert_false (kh_conversation_get_typing (a_to_b (&pair)));
  for (int i = 0; i < 10; i++)
    kh_engine_set_typing (pair.b->engine, b_to_a (&pair), TRUE);
  wait_until (kh_conversation_get_typing (a_to_b (&pair)));
  kh_engine_set_typing (pair.b->engine, b_to_a (&pair), FALSE);
  wait_until (!kh_conversation_get_typing (a_to_b (&pair)));
  /* A message is the end of writing it. */
  kh_engine_set_typing (pair.b->engine, b_to_a (&pair), TRUE);
  wait_until (kh_conversation_get_typing (a_to_b (&pair)));
  g_object_unref (user_send (pair.b, b_to_a (&pair), "there"));
  wait_until (pair.a->n_received == 1);
  g_assert_false (kh_conversation_get_typing (a_to_b (&pair)));
  /* So is the end of the session. */
  kh_engine_set_typing (pair.b->engine, b_to_a (&pair), TRUE);
  wait_until (kh_conversation_get_typing (a_to_b (&pair)));
  user_close (pair.b);
  wait_until (!g_list_model_get_n_items (kh_engine_get_requests (pair.a->engine)) &&
              pair.a->closed > 0);
  {
    g_autoptr (KhConversation) c =
        g_list_model_get_item (kh_engine_get_conversations (pair.a->engine), 0);

    g_assert_false (kh_conversation_get_typing (c));
  }
  pair_free (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/changes/edit", test_edit);
  g_test_add_func ("/changes/delete", test_delete);
  g_test_add_func ("/changes/reactions", test_reactions);
  g_test_add_func ("/changes/reply", test_reply);
  g_test_add_func ("/changes/while-away", test_while_away);
  g_test_add_func ("/changes/times", test_times);
  g_test_add_func ("/changes/typing", test_typing);
  return g_test_run ();
}
