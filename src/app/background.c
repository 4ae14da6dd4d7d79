/* background.c: whether the program goes on without a window, and begins with the session
 *
 * See background.h. The portal answers a call with a request, and that by a signal later: the
 * request's path is known before the call (from our name on the bus and a token), and the signal is
 * waited for before it can come. The autostart entry follows the Desktop Application Autostart
 * Specification.
 */
#include "app/background.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>

#define APP_ID "io.github.knothole.Knothole"
#define PORTAL_NAME "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"

typedef struct
{
  gboolean background, autostart; /* wanted, then what is so */
  char *data_dir;                 /* (nullable) */
  GDBusConnection *bus;
  guint subscription;
} Request;

/* Ends the subscription's reference of the task, too. */
static void
unsubscribe (Request *request)
{
  guint subscription = request->subscription;

  request->subscription = 0;
  if (subscription != 0)
    g_dbus_connection_signal_unsubscribe (request->bus, subscription);
}

static void
request_free (gpointer data)
{
  Request *request = data;

  unsubscribe (request);
  g_clear_object (&request->bus);
  g_free (request->data_dir);
  g_free (request);
}

/* GTK_USE_PORTAL is the toolkit's own switch, to try a portal outside of a sandbox. */
static gboolean
has_portal (void)
{
  return g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS) ||
         g_strcmp0 (g_getenv ("GTK_USE_PORTAL"), "1") == 0;
}

/* without a sandbox */

/* Quoted as the Desktop Entry Specification has it. */
static void
append_quoted (GString *command, const char *text)
{
  g_string_append_c (command, '"');
  for (const char *p = text; *p != '\0'; p++)
    {
      /* A backslash is doubled once more as part of a string value, and % is a field code. */
      if (*p == '\\')
        g_string_append (command, "\\\\\\");
      else if (strchr ("\"`$", *p) != NULL)
        g_string_append (command, "\\\\");
      else if (*p == '%')
        g_string_append_c (command, '%');
      g_string_append_c (command, *p);
    }
  g_string_append_c (command, '"');
}

/* (transfer full) */
static char *
dup_command (const char *data_dir)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  GString *command = g_string_new (NULL);

  append_quoted (command, program != NULL ? program : "knothole");
  g_string_append (command, " --background");
  if (data_dir != NULL)
    {
      g_string_append (command, " --data-dir ");
      append_quoted (command, data_dir);
    }
  return g_string_free (command, FALSE);
}

static gboolean
write_entry (const char *path, const char *data_dir, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *command = dup_command (data_dir);
  g_autofree char *text =
      g_strdup_printf ("[Desktop Entry]\nType=Application\nName=Knothole\n"
                       "Exec=%s\nIcon=" APP_ID "\nX-GNOME-UsesNotifications=true\n",
                       command);

  g_mkdir_with_parents (folder, 0700);
  return g_file_set_contents (path, text, -1, error);
}

/* On a thread. */
static void
set_entry (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Request *request = task_data;
  g_autofree char *path =
      g_build_filename (g_get_user_config_dir (), "autostart", APP_ID ".desktop", NULL);
  GError *error = NULL;

  if (request->autostart)
    write_entry (path, request->data_dir, &error);
  else if (g_unlink (path) < 0 && errno != ENOENT)
    g_set_error (&error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", path,
                 g_strerror (errno));
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

/* the portal */

static void
on_response (GDBusConnection *bus,
             const char *sender,
             const char *path,
             const char *interface,
             const char *signal,
             GVariant *parameters,
             gpointer user_data)
{
  g_autoptr (GTask) task = g_object_ref (user_data);
  Request *request = g_task_get_task_data (task);
  g_autoptr (GVariant) results = NULL;
  gboolean background = FALSE, autostart = FALSE;
  guint32 response;

  g_variant_get (parameters, "(u@a{sv})", &response, &results);
  if (response == 0)
    {
      g_variant_lookup (results, "background", "b", &background);
      g_variant_lookup (results, "autostart", "b", &autostart);
    }
  /* What the desktop allows need not be wanted: it is asked to take the other back, too. */
  request->background = request->background && background;
  request->autostart = request->autostart && autostart;
  unsubscribe (request);
  g_task_return_boolean (task, TRUE);
}

static void
on_called (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Request *request = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply != NULL)
    return;
  unsubscribe (request);
  g_task_return_error (task, error);
}

static GVariant *
options_new (const Request *request, const char *token)
{
  const char *const command[] = { "knothole", "--background",
                                  request->data_dir != NULL ? "--data-dir" : NULL,
                                  request->data_dir, NULL };
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "handle_token", g_variant_new_string (token));
  g_variant_builder_add (&options, "{sv}", "reason",
                         g_variant_new_string (_ ("Stay reachable for the people you talk to")));
  g_variant_builder_add (&options, "{sv}", "autostart", g_variant_new_boolean (request->autostart));
  g_variant_builder_add (&options, "{sv}", "commandline", g_variant_new_strv (command, -1));
  g_variant_builder_add (&options, "{sv}", "dbus-activatable", g_variant_new_boolean (FALSE));
  return g_variant_builder_end (&options);
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Request *request = g_task_get_task_data (task);
  g_autofree char *token = g_strdup_printf ("knothole%u", g_random_int ());
  g_autofree char *sender = NULL, *path = NULL;
  GError *error = NULL;

  request->bus = g_bus_get_finish (result, &error);
  if (request->bus == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  sender = g_strdup (g_dbus_connection_get_unique_name (request->bus) + 1);
  g_strdelimit (sender, ".", '_');
  path = g_strdup_printf (PORTAL_PATH "/request/%s/%s", sender, token);
  request->subscription =
      g_dbus_connection_signal_subscribe (request->bus, PORTAL_NAME,
                                          "org.freedesktop.portal.Request", "Response", path, NULL,
                                          G_DBUS_SIGNAL_FLAGS_NONE, on_response,
                                          g_object_ref (task), g_object_unref);
  g_dbus_connection_call (request->bus, PORTAL_NAME, PORTAL_PATH,
                          "org.freedesktop.portal.Background", "RequestBackground",
                          g_variant_new ("(s@a{sv})", "", options_new (request, token)),
                          G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NONE, -1,
                          g_task_get_cancellable (task), on_called, g_object_ref (task));
}

void
kh_background_request_async (gboolean background,
                             gboolean autostart,
                             const char *data_dir,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Request *request = g_new0 (Request, 1);

  request->background = background;
  request->autostart = autostart;
  request->data_dir = g_strdup (data_dir);
  g_task_set_source_tag (task, kh_background_request_async);
  g_task_set_task_data (task, request, request_free);
  if (has_portal ())
    g_bus_get (G_BUS_TYPE_SESSION, cancellable, on_bus, g_steal_pointer (&task));
  else
    g_task_run_in_thread (task, set_entry);
}

gboolean
kh_background_request_finish (GAsyncResult *result,
                              gboolean *ret_background,
                              gboolean *ret_autostart,
                              GError **error)
{
  Request *request = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  *ret_background = request->background;
  *ret_autostart = request->autostart;
  return TRUE;
}
