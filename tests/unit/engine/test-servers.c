/* test-servers.c: contacts who are met at several servers, each with a link of its own */
#include "engine-fixture.h"

static guint
n_servers (User *self)
{
  return g_list_model_get_n_items (kh_engine_get_servers (self->engine));
}

/* (transfer none) (nullable) */
static KhServerLink *
find_server (User *self, const char *name)
{
  GListModel *servers = kh_engine_get_servers (self->engine);

  for (guint i = 0; i < g_list_model_get_n_items (servers); i++)
    {
      g_autoptr (KhServerLink) link = g_list_model_get_item (servers, i);

      if (g_strcmp0 (kh_server_link_get_name (link), name) == 0)
        return link;
    }
  return NULL;
}

static const char *
server_of (User *self)
{
  return kh_engine_get_server (self->engine);
}

/**
 * Three:
 * @me: at @ann's server, where she is met, and at @ben's because of him
 * @ann, @ben: each with a server of their own
 */
typedef struct
{
  User *me, *ann, *ben;
  char *second; /* the name of @ben's server */
} Three;

static void
meet (User *self, User *other, const char *server)
{
  guint sessions = other->sessions, knocks = other->knocks;

  user_connect (self, kh_engine_get_peer_id (other->engine), server);
  wait_until (other->knocks > knocks);
  g_assert_true (user_try_answer (other, KH_KNOCK_ACCEPT, NULL));
  wait_until (other->sessions > sessions);
}

static Three
three_new (void)
{
  Three three = { user_new ("Me"), user_new ("Ann"), user_new ("Ben"), NULL };

  user_serve (three.ann);
  user_serve (three.ben);
  three.second = g_strdup (server_of (three.ben));
  meet (three.me, three.ann, server_of (three.ann));
  meet (three.me, three.ben, three.second);
  wait_until (three.me->sessions == 2);
  return three;
}

static void
three_free (Three *three)
{
  user_free (three->me);
  user_free (three->ann);
  user_free (three->ben);
  g_free (three->second);
}

/* Both ways. */
static void
talk (User *self, User *other)
{
  guint here = self->n_received, there = other->n_received;
  g_autoptr (KhChatMessage) to = user_send (self, user_conversation_with (self, other), "to you");
  g_autoptr (KhChatMessage) fro = user_send (other, user_conversation_with (other, self), "to me");

  g_assert_nonnull (to);
  g_assert_nonnull (fro);
  wait_until (self->n_received == here + 1 && other->n_received == there + 1);
}

static void
test_two_servers (void)
{
  Three three = three_new ();
  KhServerLink *own = find_server (three.me, server_of (three.ann));
  KhServerLink *second = find_server (three.me, three.second);
  KhConversation *to_ben = user_conversation_with (three.me, three.ben);

  /* The second server is one more, and not the user's own. */
  g_assert_cmpstr (server_of (three.me), ==, server_of (three.ann));
  g_assert_cmpuint (n_servers (three.me), ==, 2);
  g_assert_true (kh_server_link_is_default (own));
  g_assert_false (kh_server_link_is_default (second));
  g_assert_cmpint (kh_server_link_get_link (second), ==, KH_ENGINE_LINK_ONLINE);
  g_assert_nonnull (kh_server_link_get_address (second));
  g_assert_cmpint (kh_server_link_get_rtt (second), >, 0);
  g_assert_true (kh_conversation_get_server_link (to_ben) == second);
  g_assert_cmpstr (kh_conversation_get_server (to_ben), ==, three.second);
  /* One identity at both. */
  g_assert_nonnull (user_conversation_with (three.ben, three.me));
  g_assert_nonnull (user_conversation_with (three.ann, three.me));
  talk (three.me, three.ann);
  talk (three.me, three.ben);
  three_free (&three);
}

static void
test_restart (void)
{
  Three three = three_new ();

  user_close (three.me);
  wait_until (three.ann->closed == 1 && three.ben->closed == 1);
  three.me->sessions = 0;
  user_open (three.me);
  wait_until (three.me->sessions == 2);
  g_assert_cmpuint (n_servers (three.me), ==, 2);
  g_assert_cmpstr (server_of (three.me), ==, server_of (three.ann));
  talk (three.me, three.ben);
  talk (three.me, three.ann);
  three_free (&three);
}

/* Who was looked for at an address that leads nowhere (that of this very computer, some time ago)
 * and is met at the server in this computer, is at the user's own from then on: also after a start,
 * and wherever this computer is by then. */
static void
test_met_here (void)
{
  User *me = user_new ("Me"), *ann = user_new ("Ann");
  KhConversation *to_me;

  user_serve (ann);
  to_me = user_connect (ann, kh_engine_get_peer_id (me->engine), "127.0.0.1:9");
  g_assert_cmpuint (n_servers (ann), ==, 2);
  user_connect (me, kh_engine_get_peer_id (ann->engine), server_of (ann));
  wait_until (ann->sessions == 1 && me->sessions == 1);
  wait_until (n_servers (ann) == 1);
  g_assert_cmpstr (kh_conversation_get_server (to_me), ==, server_of (ann));

  user_close (ann);
  ann->sessions = 0;
  user_open (ann);
  g_assert_cmpuint (n_servers (ann), ==, 1);
  wait_until (ann->sessions == 1);
  talk (me, ann);
  user_free (me);
  user_free (ann);
}

/* What ails the second server is told with its name, at its contact too, and is nothing to the
 * first. */
static void
test_second_down (void)
{
  Three three = three_new ();
  KhServerLink *second = find_server (three.me, three.second);
  KhConversation *to_ben = user_conversation_with (three.me, three.ben);

  user_close (three.ben);
  wait_until (kh_server_link_get_problem (second) != NULL && three.me->problem != NULL);
  g_assert_error (three.me->problem, KH_ENGINE_ERROR, KH_ENGINE_ERROR_OTHER_SERVER);
  g_assert_nonnull (strstr (three.me->problem->message, three.second));
  wait_until (kh_conversation_get_presence (to_ben) == KH_PRESENCE_NO_SERVER);
  g_assert_nonnull (kh_conversation_get_problem (to_ben));
  g_assert_cmpint (kh_engine_get_link (three.me->engine), ==, KH_ENGINE_LINK_ONLINE);
  g_assert_null (kh_engine_get_link_problem (three.me->engine));
  g_assert_cmpuint (three.me->closed, ==, 1);
  talk (three.me, three.ann);

  three.me->sessions = 0;
  user_open (three.ben);
  wait_until (three.me->sessions == 1);
  talk (three.me, three.ben);
  three_free (&three);
}

static void
test_changed_key (void)
{
  Three three = three_new ();
  g_autofree char *file = g_build_filename (three.ben->dir, "server", "identity.key", NULL);
  g_autofree char *old_key = NULL, *offered = NULL, *new_key = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  KhServerLink *second = find_server (three.me, three.second);

  old_key = kh_server_link_dup_key (second);
  g_assert_nonnull (old_key);
  g_assert_null (kh_server_link_dup_offered_key (second));
  user_close (three.ben);
  g_assert_cmpint (g_unlink (file), ==, 0);
  user_open (three.ben);
  wait_until (kh_server_link_get_link (second) == KH_ENGINE_LINK_KEY_CHANGED);
  g_assert_error (kh_server_link_get_problem (second), KH_ENGINE_ERROR,
                  KH_ENGINE_ERROR_SERVER_KEY_CHANGED);
  g_assert_nonnull (strstr (kh_server_link_get_problem (second)->message, three.second));
  g_assert_cmpint (kh_engine_get_link (three.me->engine), ==, KH_ENGINE_LINK_ONLINE);
  g_assert_null (kh_engine_dup_offered_server_key (three.me->engine));
  talk (three.me, three.ann);

  offered = kh_server_link_dup_offered_key (second);
  g_assert_cmpstr (offered, !=, old_key);
  three.me->sessions = 0;
  kh_engine_accept_key_of_async (three.me->engine, second, NULL, fixture_on_result, &result);
  fixture_finish (three.me->engine, &result);
  wait_until (three.me->sessions == 1);
  new_key = kh_server_link_dup_key (second);
  g_assert_cmpstr (new_key, ==, offered);
  talk (three.me, three.ben);
  three_free (&three);
}

static void
change_contact (
    User *self,
    KhConversation *c,
    void (*change) (KhEngine *, KhConversation *, GCancellable *, GAsyncReadyCallback, gpointer))
{
  g_autoptr (GAsyncResult) result = NULL;

  change (self->engine, c, NULL, fixture_on_result, &result);
  fixture_finish (self->engine, &result);
}

/* With the last contact of a server its link goes; to block them is to need it no more. */
static void
test_last_contact (void)
{
  Three three = three_new ();
  KhConversation *to_ben = user_conversation_with (three.me, three.ben);
  g_autoptr (GAsyncResult) result = NULL;

  kh_engine_set_blocked_async (three.me->engine, to_ben, TRUE, NULL, fixture_on_result, &result);
  fixture_finish (three.me->engine, &result);
  wait_until (n_servers (three.me) == 1 && three.ben->closed == 1);
  three.me->sessions = 0;
  kh_engine_set_blocked_async (three.me->engine, to_ben, FALSE, NULL, fixture_on_result, &result);
  fixture_finish (three.me->engine, &result);
  wait_until (n_servers (three.me) == 2 && three.me->sessions == 1);
  talk (three.me, three.ben);

  change_contact (three.me, to_ben, kh_engine_remove_async);
  wait_until (n_servers (three.me) == 1 && three.ben->closed == 2);
  g_assert_cmpstr (server_of (three.me), ==, server_of (three.ann));
  talk (three.me, three.ann);
  three_free (&three);
}

/* Another server of one's own: who was met at the first stays there. */
static void
test_own_changes (void)
{
  Three three = three_new ();
  g_autoptr (GAsyncResult) result = NULL;

  three.me->sessions = 0;
  kh_engine_set_server_async (three.me->engine, three.second, NULL, fixture_on_result, &result);
  fixture_finish (three.me->engine, &result);
  g_assert_cmpstr (server_of (three.me), ==, three.second);
  wait_until (three.me->sessions == 2 && n_servers (three.me) == 2);
  g_assert_cmpstr (kh_conversation_get_server (user_conversation_with (three.me, three.ann)), ==,
                   server_of (three.ann));
  talk (three.me, three.ann);
  talk (three.me, three.ben);
  three_free (&three);
}

/* A contact who comes by the other server is the same contact, and is there from now on. */
static void
test_contact_moves (void)
{
  Three three = three_new ();
  KhConversation *to_ann = user_conversation_with (three.me, three.ann);

  three.me->sessions = 0;
  user_connect (three.ann, kh_engine_get_peer_id (three.me->engine), three.second);
  wait_until (three.me->sessions == 1 &&
              g_strcmp0 (kh_conversation_get_server (to_ann), three.second) == 0);
  g_assert_cmpuint (three.me->knocks, ==, 0);
  g_assert_true (user_conversation_with (three.me, three.ann) == to_ann);
  talk (three.me, three.ann);
  three_free (&three);
}

/* Strangers knock at any server, and are met where they knocked. */
static void
test_knock_elsewhere (void)
{
  Three three = three_new ();
  User *zoe = user_new ("Zoe");

  user_connect (zoe, kh_engine_get_peer_id (three.me->engine), three.second);
  wait_until (three.me->knocks == 1);
  three.me->sessions = 0;
  g_assert_true (user_try_answer (three.me, KH_KNOCK_ACCEPT, NULL));
  wait_until (three.me->sessions == 1 && zoe->sessions == 1);
  g_assert_cmpstr (kh_conversation_get_server (user_conversation_with (three.me, zoe)), ==,
                   three.second);
  talk (three.me, zoe);
  user_free (zoe);
  three_free (&three);
}

/* A server of two names is one server: two links would throw each other out. */
static void
test_two_names (void)
{
  User *ann = user_new ("Ann"), *me = user_new ("Me"), *zoe = user_new ("Zoe");
  g_autofree char *other_name = NULL;
  const char *port; /* (nullable): where it is the usual one */

  user_serve (ann);
  meet (me, ann, server_of (ann));
  user_connect (zoe, kh_engine_get_peer_id (me->engine), server_of (ann));
  wait_until (me->knocks == 1);
  port = strrchr (server_of (ann), ':');
  other_name = g_strconcat ("localhost", port, NULL);
  wait_until (me->sessions == 1);
  user_connect (me, kh_engine_get_peer_id (zoe->engine), other_name);
  wait_until (zoe->sessions == 1 && me->sessions == 2);
  wait_until (n_servers (me) == 1);
  wait_until (kh_engine_get_link (me->engine) == KH_ENGINE_LINK_ONLINE);
  g_assert_null (kh_engine_get_link_problem (me->engine));
  talk (me, zoe);
  talk (me, ann);
  user_free (zoe);
  user_free (me);
  user_free (ann);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/servers/two", test_two_servers);
  g_test_add_func ("/servers/restart", test_restart);
  g_test_add_func ("/servers/met-here", test_met_here);
  g_test_add_func ("/servers/second-down", test_second_down);
  g_test_add_func ("/servers/changed-key", test_changed_key);
  g_test_add_func ("/servers/last-contact", test_last_contact);
  g_test_add_func ("/servers/own-changes", test_own_changes);
  g_test_add_func ("/servers/contact-moves", test_contact_moves);
  g_test_add_func ("/servers/knock-elsewhere", test_knock_elsewhere);
  g_test_add_func ("/servers/two-names", test_two_names);
  return g_test_run ();
}
