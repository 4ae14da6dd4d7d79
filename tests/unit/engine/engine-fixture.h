/* engine-fixture.h: engines on data folders of their own, on loopback, waited for by events */
#pragma once

#include "engine/engine.h"

#include <glib/gstdio.h>

#include "wire/datagram.h"

/* Long enough for every timer of the protocol; passing never takes it. */
#define FIXTURE_TIMEOUT_S 60

/**
 * User:
 * @received: texts in order, each followed by "\n"
 * @receipts, @sessions, @closed: counted signals
 * @problem: the last
 */
typedef struct
{
  KhEngine *engine;
  char *dir;
  GString *received;
  guint n_received;
  guint delivered, read;
  guint sessions, paths, closed, knocks;
  GError *problem;
} User;

static inline gboolean
fixture_on_timeout (gpointer what)
{
  g_error ("waited too long for: %s", (const char *) what);
  return G_SOURCE_REMOVE;
}

/* Turns the main loop until @condition holds. */
#define wait_until(condition)                                                                 \
  G_STMT_START                                                                                \
  {                                                                                           \
    guint wait_id =                                                                           \
        g_timeout_add_seconds (FIXTURE_TIMEOUT_S, fixture_on_timeout, (gpointer) #condition); \
    while (!(condition))                                                                      \
      g_main_context_iteration (NULL, TRUE);                                                  \
    g_source_remove (wait_id);                                                                \
  }                                                                                           \
  G_STMT_END

static inline void
fixture_on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static inline GAsyncResult *
fixture_wait (GAsyncResult **result)
{
  wait_until (*result != NULL);
  return *result;
}

/* Ends an operation that must succeed; a result that is kept keeps its engine. */
static inline void
fixture_finish (KhEngine *engine, GAsyncResult **result)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (kh_engine_finish (engine, fixture_wait (result), &error));
  g_assert_no_error (error);
  g_clear_object (result);
}

static inline void
user_on_message (KhEngine *engine, KhConversation *c, KhChatMessage *message, User *self)
{
  g_string_append_printf (self->received, "%s\n", kh_chat_message_get_text (message));
  self->n_received++;
}

static inline void
user_on_receipt (
    KhEngine *engine, KhConversation *c, const char *id, KhMessageStatus status, User *self)
{
  g_assert_cmpuint (strlen (id), ==, 32);
  self->delivered += status == KH_MESSAGE_STATUS_DELIVERED;
  self->read += status == KH_MESSAGE_STATUS_READ;
}

static inline void
user_on_session (KhEngine *engine, KhConversation *c, gint64 elapsed_us, User *self)
{
  g_assert_cmpint (elapsed_us, >=, 0);
  self->sessions++;
}

static inline void
user_on_path (KhEngine *engine, KhConversation *c, gint64 elapsed_us, User *self)
{
  self->paths++;
}

static inline void
user_on_closed (KhEngine *engine, KhConversation *c, KhEnded why, const char *reason, User *self)
{
  self->closed++;
}

static inline void
user_on_knock (KhEngine *engine, KhKnock *knock, User *self)
{
  self->knocks++;
}

static inline void
user_on_problem (KhEngine *engine, KhConversation *c, GError *error, User *self)
{
  g_clear_error (&self->problem);
  self->problem = g_error_copy (error);
}

static inline gboolean
user_try_open (User *self, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  self->engine = kh_engine_new ();
  g_signal_connect (self->engine, "message-received", G_CALLBACK (user_on_message), self);
  g_signal_connect (self->engine, "receipt", G_CALLBACK (user_on_receipt), self);
  g_signal_connect (self->engine, "session", G_CALLBACK (user_on_session), self);
  g_signal_connect (self->engine, "path", G_CALLBACK (user_on_path), self);
  g_signal_connect (self->engine, "closed", G_CALLBACK (user_on_closed), self);
  g_signal_connect (self->engine, "knock", G_CALLBACK (user_on_knock), self);
  g_signal_connect (self->engine, "problem", G_CALLBACK (user_on_problem), self);
  kh_engine_open_async (self->engine, self->dir, KH_OPEN_NONE, NULL, fixture_on_result, &result);
  return kh_engine_open_finish (self->engine, fixture_wait (&result), error);
}

static inline void
user_open (User *self)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (user_try_open (self, &error));
  g_assert_no_error (error);
}

static inline User *
user_new (const char *name)
{
  User *self = g_new0 (User, 1);
  g_autoptr (GAsyncResult) result = NULL;

  self->dir = g_dir_make_tmp ("knothole-XXXXXX", NULL);
  self->received = g_string_new (NULL);
  user_open (self);
  kh_engine_set_name_async (self->engine, name, NULL, fixture_on_result, &result);
  fixture_finish (self->engine, &result);
  return self;
}

/* Nobody else may hold the engine afterwards. */
static inline void
user_drop (User *self)
{
  g_assert_finalize_object (g_steal_pointer (&self->engine));
}

static inline void
user_close (User *self)
{
  g_autoptr (GAsyncResult) result = NULL;

  kh_engine_close_async (self->engine, fixture_on_result, &result);
  kh_engine_close_finish (self->engine, fixture_wait (&result));
  g_assert_false (kh_engine_is_open (self->engine));
  g_clear_object (&result);
  user_drop (self);
}

static inline void
fixture_delete_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR))
        fixture_delete_tree (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

static inline void
user_free (User *self)
{
  if (self->engine != NULL)
    user_close (self);
  fixture_delete_tree (self->dir);
  g_free (self->dir);
  g_string_free (self->received, TRUE);
  g_clear_error (&self->problem);
  g_free (self);
}

/* Holds the usual port, as others that run at the same time may: who once serves there may find
 * another's server in its place after a restart. */
static inline GSocket *
fixture_hold_port (void)
{
  for (int i = 0; i < 2; i++)
    {
      GSocketFamily family = i == 0 ? G_SOCKET_FAMILY_IPV6 : G_SOCKET_FAMILY_IPV4;
      g_autoptr (GInetAddress) any = g_inet_address_new_any (family);
      g_autoptr (GSocketAddress) address = g_inet_socket_address_new (any, KH_DEFAULT_PORT);
      g_autoptr (GSocket) socket =
          g_socket_new (family, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);

      if (socket != NULL && g_socket_bind (socket, address, TRUE, NULL))
        return g_steal_pointer (&socket);
    }
  g_error ("port %d cannot be held", KH_DEFAULT_PORT);
  return NULL;
}

/* At a port that nobody else is likely to take while this one is closed. */
static inline void
user_serve (User *self)
{
  GSocket *held = fixture_hold_port ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  kh_engine_start_local_server_async (self->engine, NULL, fixture_on_result, &result);
  g_assert_cmpuint (kh_engine_start_local_server_finish (self->engine, fixture_wait (&result),
                                                         &error),
                    >, 0);
  g_assert_no_error (error);
  g_object_unref (held);
  wait_until (kh_engine_get_link (self->engine) == KH_ENGINE_LINK_ONLINE);
}

static inline KhConversation *
user_try_connect (User *self, const char *target, const char *server, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  kh_engine_connect_async (self->engine, target, server, NULL, fixture_on_result, &result);
  return kh_engine_connect_finish (self->engine, fixture_wait (&result), error);
}

/* (transfer none) */
static inline KhConversation *
user_connect (User *self, const char *target, const char *server)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KhConversation) c = user_try_connect (self, target, server, &error);

  g_assert_no_error (error);
  g_assert_nonnull (c);
  return kh_engine_find_conversation (self->engine, kh_conversation_get_peer_id (c));
}

static inline gboolean
user_try_answer (User *self, KhKnockAnswer answer, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (KhKnock) knock = g_list_model_get_item (kh_engine_get_requests (self->engine), 0);
  g_autoptr (KhConversation) c = NULL;

  kh_engine_answer_async (self->engine, knock, answer, NULL, fixture_on_result, &result);
  c = kh_engine_answer_finish (self->engine, fixture_wait (&result), error);
  return c != NULL;
}

static inline KhChatMessage *
user_try_send (User *self, KhConversation *c, const char *text, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  kh_engine_send_async (self->engine, c, text, NULL, fixture_on_result, &result);
  return kh_engine_send_finish (self->engine, fixture_wait (&result), error);
}

static inline KhChatMessage *
user_send (User *self, KhConversation *c, const char *text)
{
  g_autoptr (GError) error = NULL;
  KhChatMessage *message = user_try_send (self, c, text, &error);

  g_assert_no_error (error);
  return message;
}

static inline guint
user_n_requests (User *self)
{
  return g_list_model_get_n_items (kh_engine_get_requests (self->engine));
}

/* (transfer none) */
static inline KhConversation *
user_conversation_with (User *self, User *other)
{
  return kh_engine_find_conversation (self->engine, kh_engine_get_peer_id (other->engine));
}

typedef struct
{
  User *a, *b; /* the server runs inside a */
} Pair;

/* a and b know each other and are connected. */
static inline Pair
pair_new (void)
{
  Pair pair = { user_new ("Ann"), user_new ("Ben") };

  user_serve (pair.a);
  user_connect (pair.b, kh_engine_get_peer_id (pair.a->engine),
                kh_engine_get_server (pair.a->engine));
  wait_until (pair.a->knocks > 0);
  g_assert_true (user_try_answer (pair.a, KH_KNOCK_ACCEPT, NULL));
  wait_until (pair.a->sessions > 0 && pair.b->sessions > 0);
  return pair;
}

static inline void
pair_free (Pair *pair)
{
  user_free (pair->b);
  user_free (pair->a);
}

static inline KhConversation *
a_to_b (Pair *pair)
{
  return user_conversation_with (pair->a, pair->b);
}

static inline KhConversation *
b_to_a (Pair *pair)
{
  return user_conversation_with (pair->b, pair->a);
}
