/* test-keyring.c: a keyring that is not there, or does not answer, is said to be so, in time */
#include "store/keyring.h"

#include <string.h>

#include <gio/gio.h>

static const KhKey key = { { 1, 2, 3 } };

static void
assert_refused (const char *word)
{
  g_autoptr (GError) error = NULL;
  guint8 secret[KH_KEY_SIZE] = { 0 };

  g_assert_false (kh_keyring_lookup (&key, secret, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_KEYRING);
  g_assert_nonnull (strstr (error->message, word));
  g_clear_error (&error);
  g_assert_false (kh_keyring_store (&key, secret, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_KEYRING);
  g_clear_error (&error);
  g_assert_false (kh_keyring_clear (&key, &error));
  g_assert_error (error, KH_STORE_ERROR, KH_STORE_ERROR_KEYRING);
}

/* A bus of its own, with nobody on it. */
static void
test_nobody (void)
{
  g_autoptr (GTestDBus) bus = g_test_dbus_new (G_TEST_DBUS_NONE);

  if (!kh_keyring_is_supported ())
    {
      g_test_skip ("built without libsecret");
      return;
    }
  g_test_dbus_up (bus);
  assert_refused ("cannot be used");
  g_test_dbus_down (bus);
}

static GDBusMessage *
swallow (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  if (incoming && g_dbus_message_get_message_type (message) == G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    {
      g_atomic_int_inc ((int *) user_data);
      g_clear_object (&message);
    }
  return message;
}

/* Somebody has the name, and says nothing: the limit ends it, or this test hangs. */
static void
test_silent (void)
{
  g_autoptr (GTestDBus) bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;
  int n_swallowed = 0;
  guint filter;

  if (!kh_keyring_is_supported ())
    {
      g_test_skip ("built without libsecret");
      return;
    }
  g_test_dbus_up (bus);
  connection =
      g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (bus),
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                  G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, &error);
  g_assert_no_error (error);
  filter = g_dbus_connection_add_filter (connection, swallow, &n_swallowed, NULL);
  reply = g_dbus_connection_call_sync (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus", "RequestName",
                                       g_variant_new ("(su)", "org.freedesktop.secrets", 0),
                                       G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL,
                                       &error);
  g_assert_no_error (error);
  assert_refused ("did not answer");
  g_assert_cmpint (g_atomic_int_get (&n_swallowed), >=, 3);
  g_dbus_connection_remove_filter (connection, filter);
  g_dbus_connection_close_sync (connection, NULL, NULL);
  g_clear_object (&connection);
  g_test_dbus_down (bus);
}

int
main (int argc, char **argv)
{
  g_unsetenv ("SECRET_BACKEND");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/keyring/nobody", test_nobody);
  g_test_add_func ("/keyring/silent", test_silent);
  return g_test_run ();
}
