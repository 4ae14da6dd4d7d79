/* test-relay-policy.c: who hides behind the relay, for all and for one, and what is kept of it */
#include "engine-fixture.h"

static void
set_for (User *self, KhConversation *c, KhRelayUse use)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  kh_engine_set_relay_policy_async (self->engine, c, use, NULL, fixture_on_result, &result);
  g_assert_true (kh_engine_finish (self->engine, fixture_wait (&result), &error));
  g_assert_no_error (error);
}

static void
count_notify (GObject *object, GParamSpec *pspec, guint *count)
{
  (*count)++;
}

/* Nothing says where the other is while one hides, and the session goes on by it. */
static void
test_for_all (void)
{
  Pair pair = pair_new ();
  KhConversation *to_b = a_to_b (&pair);
  KhConversation *to_a = b_to_a (&pair);
  guint n_sessions = pair.a->sessions;
  guint n = 0;

  wait_until (kh_conversation_get_route (to_a) == KH_ROUTE_DIRECT);
  g_assert_nonnull (kh_conversation_get_remote_address (to_a));
  g_signal_connect (pair.b->engine, "notify::relay-policy", G_CALLBACK (count_notify), &n);
  kh_engine_set_relay_policy (pair.b->engine, KH_RELAY_USE_ALWAYS);
  wait_until (kh_conversation_get_route (to_a) == KH_ROUTE_RELAY &&
              kh_conversation_get_route (to_b) == KH_ROUTE_RELAY);
  g_assert_null (kh_conversation_get_remote_address (to_b));
  g_assert_null (kh_conversation_get_remote_address (to_a));
  kh_engine_set_relay_policy (pair.b->engine, KH_RELAY_USE_DEFAULT);
  g_assert_cmpint (kh_engine_get_relay_policy (pair.b->engine), ==, KH_RELAY_USE_AUTO);
  g_assert_cmpuint (n, ==, 2);
  wait_until (kh_conversation_get_route (to_a) == KH_ROUTE_DIRECT &&
              kh_conversation_get_route (to_b) == KH_ROUTE_DIRECT);
  g_assert_cmpuint (pair.a->sessions, ==, n_sessions);
  pair_free (&pair);
}

/* What it does is shown by sim/test-privacy: whether this machine's own address is a private one is
 * not for a test to say. Where it is, only the relay is left. */
static void
test_local_network (void)
{
  Pair pair = pair_new ();
  KhConversation *to_a = b_to_a (&pair);
  guint n_sessions = pair.a->sessions;
  gboolean is_local;
  guint n = 0;

  wait_until (kh_conversation_get_route (to_a) == KH_ROUTE_DIRECT);
  is_local = g_str_has_prefix (kh_conversation_get_remote_address (to_a), "127.") ||
             g_str_has_prefix (kh_conversation_get_remote_address (to_a), "10.") ||
             g_str_has_prefix (kh_conversation_get_remote_address (to_a), "192.168.");
  g_signal_connect (pair.b->engine, "notify::local-network", G_CALLBACK (count_notify), &n);
  g_assert_true (kh_engine_get_local_network (pair.b->engine));
  g_object_set (pair.b->engine, "local-network", FALSE, NULL);
  wait_until (!is_local || kh_conversation_get_route (to_a) == KH_ROUTE_RELAY);
  kh_engine_set_local_network (pair.b->engine, FALSE);
  g_assert_cmpuint (n, ==, 1);
  kh_engine_set_local_network (pair.b->engine, TRUE);
  wait_until (kh_conversation_get_route (to_a) == KH_ROUTE_DIRECT);
  g_assert_cmpuint (pair.a->sessions, ==, n_sessions);
  pair_free (&pair);
}

/* What was set for one is there again after a start, and holds from its first packet. */
static void
test_for_one (void)
{
  Pair pair = pair_new ();
  g_autofree char *id = g_strdup (kh_engine_get_peer_id (pair.a->engine));
  KhConversation *to_a = b_to_a (&pair);
  guint n = 0;

  g_assert_cmpint (kh_conversation_get_relay_policy (to_a), ==, KH_RELAY_USE_DEFAULT);
  g_signal_connect (to_a, "notify::relay-policy", G_CALLBACK (count_notify), &n);
  set_for (pair.b, to_a, KH_RELAY_USE_NEVER);
  set_for (pair.b, to_a, KH_RELAY_USE_ALWAYS);
  g_assert_cmpint (kh_conversation_get_relay_policy (to_a), ==, KH_RELAY_USE_ALWAYS);
  g_assert_cmpuint (n, ==, 2);
  wait_until (kh_conversation_get_route (to_a) == KH_ROUTE_RELAY);
  user_close (pair.b);
  user_open (pair.b);
  to_a = kh_engine_find_conversation (pair.b->engine, id);
  g_assert_cmpint (kh_conversation_get_relay_policy (to_a), ==, KH_RELAY_USE_ALWAYS);
  wait_until (kh_conversation_get_route (to_a) == KH_ROUTE_RELAY);
  set_for (pair.b, to_a, KH_RELAY_USE_DEFAULT);
  wait_until (kh_conversation_get_route (to_a) == KH_ROUTE_DIRECT);
  pair_free (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/relay-policy/for-all", test_for_all);
  g_test_add_func ("/engine/relay-policy/local-network", test_local_network);
  g_test_add_func ("/engine/relay-policy/for-one", test_for_one);
  return g_test_run ();
}
