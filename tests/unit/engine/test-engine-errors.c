/* test-engine-errors.c: what goes wrong, each with its own code (issue "Slice": wrong addresses,
 * bad IDs, a changed key, a second instance, a damaged or newer database, a full disk)
 */
#include "engine-fixture.h"

#include <sys/stat.h>

static void
assert_open_fails (User *self, KhEngineError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (user_try_open (self, &error));
  g_assert_error (error, KH_ENGINE_ERROR, (int) code);
  g_assert_false (kh_engine_is_open (self->engine));
  user_drop (self);
}

static void
test_second_instance (void)
{
  User *a = user_new ("Ann");
  User second = { .dir = a->dir };
  g_autofree char *id = kh_engine_dup_peer_id (a->dir, NULL);

  assert_open_fails (&second, KH_ENGINE_ERROR_LOCKED);
  /* Its name may be asked for. */
  g_assert_cmpstr (id, ==, kh_engine_get_peer_id (a->engine));
  user_close (a);
  user_open (a);
  user_free (a);
}

static void
write_database (User *self, const char *contents, gsize len)
{
  g_autofree char *path = g_build_filename (self->dir, "history.db", NULL);

  g_assert_true (g_file_set_contents (path, contents, len, NULL));
}

static void
test_corrupt_database (void)
{
  User *a = user_new ("Ann");
  g_autofree char *rubbish = g_strnfill (8192, 'x');
  g_autofree char *id = g_strdup (kh_engine_get_peer_id (a->engine));
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  user_close (a);
  write_database (a, rubbish, 8192);
  assert_open_fails (a, KH_ENGINE_ERROR_CORRUPT_DATABASE);

  a->engine = kh_engine_new ();
  kh_engine_open_async (a->engine, a->dir, KH_OPEN_SET_ASIDE, NULL, fixture_on_result, &result);
  g_assert_true (kh_engine_open_finish (a->engine, fixture_wait (&result), &error));
  g_assert_no_error (error);
  /* The identity is not in the database. */
  g_assert_cmpstr (kh_engine_get_peer_id (a->engine), ==, id);
  g_clear_object (&result);
  user_free (a);
}

/* SQLite keeps "user_version" at byte 60 of the file, big-endian. */
static void
test_newer_database (void)
{
  User *a = user_new ("Ann");
  g_autofree char *path = g_build_filename (a->dir, "history.db", NULL);
  g_autofree char *contents = NULL;
  gsize len;

  user_close (a);
  g_assert_true (g_file_get_contents (path, &contents, &len, NULL));
  g_assert_cmpuint (len, >, 100);
  contents[60] = 0x7f;
  write_database (a, contents, len);
  assert_open_fails (a, KH_ENGINE_ERROR_NEWER_DATABASE);
  user_free (a);
}

static void
test_identity_file (void)
{
  User *a = user_new ("Ann");
  g_autofree char *path = g_build_filename (a->dir, "identity.key", NULL);
  g_autoptr (GError) error = NULL;

  user_close (a);
  g_assert_cmpint (g_chmod (path, 0644), ==, 0);
  assert_open_fails (a, KH_ENGINE_ERROR_IDENTITY_FILE);
  g_assert_null (kh_engine_dup_peer_id (a->dir, &error));
  g_assert_error (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_IDENTITY_FILE);
  g_assert_cmpint (g_chmod (path, 0600), ==, 0);
  user_open (a);
  user_free (a);
}

static void
test_not_open (void)
{
  g_autoptr (KhEngine) engine = kh_engine_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) closed = NULL;
  g_autoptr (GError) error = NULL;

  kh_engine_set_name_async (engine, "x", NULL, fixture_on_result, &result);
  g_assert_false (kh_engine_finish (engine, fixture_wait (&result), &error));
  g_assert_error (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_CLOSED);
  kh_engine_close_async (engine, fixture_on_result, &closed);
  kh_engine_close_finish (engine, fixture_wait (&closed));
}

static void
assert_connect_fails (User *self, const char *target, const char *server, KhEngineError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (user_try_connect (self, target, server, &error));
  g_assert_error (error, KH_ENGINE_ERROR, (int) code);
}

static void
test_typed (void)
{
  User *a = user_new ("Ann"), *b = user_new ("Ben");
  const char *own = kh_engine_get_peer_id (a->engine);
  const char *other = kh_engine_get_peer_id (b->engine);
  g_autofree char *shouted = g_ascii_strup (own, -1);
  g_autofree char *link = g_strdup_printf ("knothole:%s@example.org", other);
  g_autofree char *server = NULL;
  g_autofree char *none = NULL;

  assert_connect_fails (a, "k3f9", "localhost", KH_ENGINE_ERROR_BAD_PEER_ID);
  assert_connect_fails (a, "knothole:k3f9@localhost", NULL, KH_ENGINE_ERROR_BAD_PEER_ID);
  assert_connect_fails (a, own, "localhost", KH_ENGINE_ERROR_OWN_ID);
  assert_connect_fails (a, shouted, "localhost", KH_ENGINE_ERROR_OWN_ID);
  assert_connect_fails (a, other, "http://x", KH_ENGINE_ERROR_BAD_SERVER);
  assert_connect_fails (a, other, "localhost:0", KH_ENGINE_ERROR_BAD_SERVER);
  assert_connect_fails (a, other, NULL, KH_ENGINE_ERROR_NO_SERVER);
  g_assert_cmpuint (g_list_model_get_n_items (kh_engine_get_conversations (a->engine)), ==, 0);

  g_assert_true (kh_engine_check_target (a->engine, other, &none, NULL));
  g_assert_null (none);
  g_assert_true (kh_engine_check_target (a->engine, link, &server, NULL));
  g_assert_cmpstr (server, ==, "example.org");
  g_assert_true (kh_engine_check_server ("example.org:99", NULL));
  g_assert_false (kh_engine_check_server ("example.org:99999", NULL));
  user_free (b);
  user_free (a);
}

static void
set_server (User *self, const char *server)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  kh_engine_set_server_async (self->engine, server, NULL, fixture_on_result, &result);
  g_assert_true (kh_engine_finish (self->engine, fixture_wait (&result), &error));
  g_assert_no_error (error);
}

static gboolean
has_link_problem (User *self, KhEngineError code)
{
  return g_error_matches (kh_engine_get_link_problem (self->engine), KH_ENGINE_ERROR, code);
}

static void
test_server_refused (void)
{
  User *a = user_new ("Ann");

  /* Reserved (RFC 6335), and nothing listens there. */
  set_server (a, "127.0.0.1:1023");
  wait_until (has_link_problem (a, KH_ENGINE_ERROR_SERVER_REFUSED));
  g_assert_cmpint (kh_engine_get_link (a->engine), ==, KH_ENGINE_LINK_REACHING);
  user_free (a);
}

static void
test_server_silent (void)
{
  User *a = user_new ("Ann");
  g_autoptr (GSocket) socket =
      g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) local = NULL;
  g_autofree char *server = NULL;

  g_assert_true (g_socket_bind (socket, any, FALSE, NULL));
  local = g_socket_get_local_address (socket, NULL);
  server = g_strdup_printf ("127.0.0.1:%u",
                            g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local)));
  set_server (a, server);
  wait_until (has_link_problem (a, KH_ENGINE_ERROR_SERVER_SILENT));
  /* Choosing none ends the trouble. */
  set_server (a, NULL);
  g_assert_null (kh_engine_get_link_problem (a->engine));
  g_assert_cmpint (kh_engine_get_link (a->engine), ==, KH_ENGINE_LINK_OFF);
  user_free (a);
}

static void
test_resolve (void)
{
  User *a = user_new ("Ann");

  /* RFC 6761, section 6.4: there is no such name. */
  set_server (a, "nowhere.invalid");
  wait_until (has_link_problem (a, KH_ENGINE_ERROR_RESOLVE));
  user_free (a);
}

/* The server is set up anew at the same address: its clients stop, and go on when told so. */
static void
test_changed_key (void)
{
  User *a = user_new ("Ann"), *b = user_new ("Ben");
  g_autofree char *key = g_build_filename (a->dir, "server", "identity.key", NULL);
  g_autofree char *server = NULL;
  g_autofree char *old_link = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  user_serve (a);
  server = g_strdup (kh_engine_get_server (a->engine));
  old_link = g_strdup (kh_engine_get_invite_link (a->engine));
  set_server (b, server);
  wait_until (kh_engine_get_link (b->engine) == KH_ENGINE_LINK_ONLINE);
  g_assert_nonnull (kh_engine_get_address (b->engine));
  user_close (a);
  g_assert_cmpint (g_unlink (key), ==, 0);
  user_open (a);
  g_assert_cmpstr (kh_engine_get_server (a->engine), ==, server);

  wait_until (kh_engine_get_link (b->engine) == KH_ENGINE_LINK_KEY_CHANGED);
  g_assert_true (has_link_problem (b, KH_ENGINE_ERROR_SERVER_KEY_CHANGED));
  g_assert_null (kh_engine_get_address (b->engine));
  kh_engine_accept_server_key_async (b->engine, NULL, fixture_on_result, &result);
  fixture_finish (b->engine, &result);
  wait_until (kh_engine_get_link (b->engine) == KH_ENGINE_LINK_ONLINE);
  /* The new key is the pinned one: a link with the old one is refused. */
  assert_connect_fails (b, old_link, NULL, KH_ENGINE_ERROR_SERVER_KEY_CHANGED);
  g_clear_object (&result);
  kh_engine_accept_server_key_async (b->engine, NULL, fixture_on_result, &result);
  g_autoptr (GError) error = NULL;
  g_assert_false (kh_engine_finish (b->engine, fixture_wait (&result), &error));
  g_assert_error (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID);
  g_clear_object (&result);
  user_free (b);
  user_free (a);
}

static void
test_peer_offline (void)
{
  User *a = user_new ("Ann"), *b = user_new ("Ben");
  KhConversation *c;

  user_serve (a);
  c = user_connect (a, kh_engine_get_peer_id (b->engine), NULL);
  wait_until (kh_conversation_get_presence (c) == KH_PRESENCE_OFFLINE);
  g_assert_error (kh_conversation_get_problem (c), KH_ENGINE_ERROR, KH_ENGINE_ERROR_PEER_OFFLINE);
  /* Who is waited for is met as soon as they come. */
  set_server (b, kh_engine_get_server (a->engine));
  wait_until (kh_conversation_get_presence (c) != KH_PRESENCE_OFFLINE);
  g_assert_null (kh_conversation_get_problem (c));
  user_free (b);
  user_free (a);
}

static void
test_port_in_use (void)
{
  User *a = user_new ("Ann");
  g_autoptr (GSocket) socket =
      g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("0.0.0.0", 0);
  g_autoptr (GSocketAddress) local = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  user_close (a);
  g_assert_true (g_socket_bind (socket, any, FALSE, NULL));
  local = g_socket_get_local_address (socket, NULL);
  a->engine = kh_engine_new ();
  g_object_set (a->engine, "port",
                (guint) g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local)), NULL);
  kh_engine_open_async (a->engine, a->dir, KH_OPEN_NONE, NULL, fixture_on_result, &result);
  g_assert_false (kh_engine_open_finish (a->engine, fixture_wait (&result), &error));
  g_assert_error (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_BIND);
  /* The same engine may try again. */
  g_clear_object (&result);
  g_clear_error (&error);
  g_object_set (a->engine, "port", 0u, NULL);
  kh_engine_open_async (a->engine, a->dir, KH_OPEN_NONE, NULL, fixture_on_result, &result);
  g_assert_true (kh_engine_open_finish (a->engine, fixture_wait (&result), &error));
  g_assert_no_error (error);
  g_clear_object (&result);
  user_free (a);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine-errors/second-instance", test_second_instance);
  g_test_add_func ("/engine-errors/corrupt-database", test_corrupt_database);
  g_test_add_func ("/engine-errors/newer-database", test_newer_database);
  g_test_add_func ("/engine-errors/identity-file", test_identity_file);
  g_test_add_func ("/engine-errors/not-open", test_not_open);
  g_test_add_func ("/engine-errors/typed", test_typed);
  g_test_add_func ("/engine-errors/server-refused", test_server_refused);
  g_test_add_func ("/engine-errors/server-silent", test_server_silent);
  g_test_add_func ("/engine-errors/resolve", test_resolve);
  g_test_add_func ("/engine-errors/changed-key", test_changed_key);
  g_test_add_func ("/engine-errors/peer-offline", test_peer_offline);
  g_test_add_func ("/engine-errors/port-in-use", test_port_in_use);
  return g_test_run ();
}
