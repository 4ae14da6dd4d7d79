/* test-sleep-watch.c: waking up, as a logind of ours on a bus of ours says it, and as clocks do */
#include "io/sleep-watch.h"

static gint64 asleep_us;

static gint64
read_asleep (void)
{
  return asleep_us;
}

static void
count (gpointer user_data)
{
  guint *n = user_data;

  (*n)++;
}

static void
test_clocks (void)
{
  guint n = 0;
  g_autoptr (KhSleepWatch) watch = kh_sleep_watch_new (count, &n);

  asleep_us = 1000;
  kh_sleep_watch_use_clock (watch, read_asleep);
  kh_sleep_watch_check (watch);
  g_assert_cmpuint (n, ==, 0);
  /* Somebody set the clock: nobody has slept. */
  asleep_us += 20;
  kh_sleep_watch_check (watch);
  g_assert_cmpuint (n, ==, 0);
  asleep_us += 30 * G_USEC_PER_SEC;
  kh_sleep_watch_check (watch);
  g_assert_cmpuint (n, ==, 1);
  kh_sleep_watch_check (watch);
  g_assert_cmpuint (n, ==, 1);
}

/* One for all tests, and up before the first thread is: GTestDBus forks a process that goes on
 * without exec(), which a lock held by another thread would stop for good. */
static GTestDBus *dbus;

typedef struct
{
  GDBusConnection *bus, *logind;
  KhSleepWatch *watch;
  guint n;
} Fixture;

static GDBusConnection *
connect_to_bus (void)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *bus =
      g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (dbus),
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                  G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, &error);

  g_assert_no_error (error);
  return bus;
}

static void
request_name (GDBusConnection *bus)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_sync (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                   "org.freedesktop.DBus", "RequestName",
                                   g_variant_new ("(su)", "org.freedesktop.login1", 0), NULL,
                                   G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (reply);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->bus = connect_to_bus ();
  f->logind = connect_to_bus ();
  request_name (f->logind);
  f->watch = kh_sleep_watch_new (count, &f->n);
  asleep_us = 0;
  kh_sleep_watch_use_clock (f->watch, read_asleep);
  kh_sleep_watch_use_bus (f->watch, f->bus);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  kh_sleep_watch_free (f->watch);
  g_object_unref (f->bus);
  g_assert_true (g_dbus_connection_close_sync (f->logind, NULL, NULL));
  g_object_unref (f->logind);
}

static void
say (Fixture *f, GDBusConnection *who, GVariant *what)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (g_dbus_connection_emit_signal (who, NULL, "/org/freedesktop/login1",
                                                "org.freedesktop.login1.Manager", "PrepareForSleep",
                                                what, &error));
  g_assert_no_error (error);
}

static void
on_pong (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  g_assert_nonnull (reply);
  *(gboolean *) user_data = TRUE;
}

/* What the bus passed on before our own question comes before its answer. */
static void
settle (Fixture *f)
{
  gboolean done = FALSE;

  g_assert_true (g_dbus_connection_flush_sync (f->logind, NULL, NULL));
  g_dbus_connection_call (f->logind, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "GetId", NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1,
                          NULL, on_pong, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  done = FALSE;
  g_dbus_connection_call (f->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "GetId", NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1,
                          NULL, on_pong, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_logind (Fixture *f, gconstpointer data)
{
  for (guint i = 1; i <= 2; i++)
    {
      say (f, f->logind, g_variant_new ("(b)", TRUE));
      settle (f);
      g_assert_cmpuint (f->n, ==, i - 1);
      asleep_us += 600 * G_USEC_PER_SEC;
      say (f, f->logind, g_variant_new ("(b)", FALSE));
      settle (f);
      g_assert_cmpuint (f->n, ==, i);
      /* The clocks say it too. */
      kh_sleep_watch_check (f->watch);
      g_assert_cmpuint (f->n, ==, i);
    }
}

static void
test_strangers (Fixture *f, gconstpointer data)
{
  g_autoptr (GDBusConnection) stranger = connect_to_bus ();

  say (f, stranger, g_variant_new ("(b)", FALSE));
  g_assert_true (g_dbus_connection_flush_sync (stranger, NULL, NULL));
  say (f, f->logind, g_variant_new ("(s)", "nonsense"));
  settle (f);
  g_assert_cmpuint (f->n, ==, 0);
}

static void
test_without_bus (void)
{
  g_test_skip ("dbus-daemon is not installed");
}

/* Runs the tests that need a system bus, at one of their own. */
static int
run_with_bus (void)
{
  int result;

  dbus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (dbus);
  g_test_add ("/sleep-watch/logind", Fixture, NULL, set_up, test_logind, tear_down);
  g_test_add ("/sleep-watch/strangers", Fixture, NULL, set_up, test_strangers, tear_down);
  result = g_test_run ();
  g_test_dbus_down (dbus);
  g_object_unref (dbus);
  return result;
}

int
main (int argc, char **argv)
{
  g_autofree char *daemon = g_find_program_in_path ("dbus-daemon");

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sleep-watch/clocks", test_clocks);
  if (daemon)
    return run_with_bus ();
  g_test_add_func ("/sleep-watch/bus", test_without_bus);
  return g_test_run ();
}
