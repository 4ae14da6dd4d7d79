/* application.c: the program: one engine, its data folder, and its window
 *
 * See application.h. Its life is a line: the data folder is opened, the user is asked for what is
 * missing, the window is there, the engine says goodbye. What comes in while the user looks
 * elsewhere is told by a notification.
 */
#include "app/application-private.h"

#include <glib-unix.h>
#include <signal.h>

#include "app/preferences.h"
#include "app/settings.h"
#include "app/style.h"

G_DEFINE_FINAL_TYPE (KhApplication, kh_application, ADW_TYPE_APPLICATION)

/* leaving */

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GApplication *application = user_data;

  kh_engine_close_finish (KH_ENGINE (source), result);
  g_application_release (application);
  g_object_unref (application);
}

/* Windows go at once, and leave their drafts to the engine; its goodbye to peers and server may
 * take a second more. */
void
kh_application_leave (KhApplication *self)
{
  if (self->leaving)
    return;
  self->leaving = TRUE;
  g_cancellable_cancel (self->leaving_cancellable);
  g_application_hold (G_APPLICATION (self));
  for (GList *windows = gtk_application_get_windows (GTK_APPLICATION (self)); windows != NULL;
       windows = gtk_application_get_windows (GTK_APPLICATION (self)))
    gtk_window_destroy (windows->data);
  if (self->engine != NULL && kh_engine_is_open (self->engine))
    kh_engine_close_async (self->engine, on_closed, g_object_ref (self));
  else
    g_application_release (G_APPLICATION (self));
  self->setup = NULL;
}

static gboolean
on_unix_signal (gpointer user_data)
{
  kh_application_leave (KH_APPLICATION (user_data));
  return G_SOURCE_CONTINUE;
}

/* opening */

/* Whom to talk to is found at the server, so that comes first. */
static void
on_server_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhApplication) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!kh_engine_finish (KH_ENGINE (source), result, &error))
    kh_application_show_problem (self, error);
  else if (self->window != NULL)
    kh_application_go_to_target (self);
}

/* The command line wins over what was saved; a failure to save is a "problem" of the window. */
static void
start (KhApplication *self)
{
  const KhCommandLine *arguments = &self->arguments;
  const char *name = kh_engine_get_name (self->engine);
  gboolean has_name = arguments->name != NULL || (name != NULL && *name != '\0');
  gboolean has_server = arguments->server != NULL || kh_engine_get_server (self->engine) != NULL ||
                        kh_engine_get_local_server (self->engine);

  if (!has_name || !has_server)
    {
      /* It is there still where a backup could not be restored. */
      if (self->setup == NULL)
        kh_application_show_setup (self);
      return;
    }
  if (arguments->name != NULL && g_strcmp0 (arguments->name, name) != 0)
    kh_engine_set_name_async (self->engine, arguments->name, NULL, NULL, NULL);
  kh_application_show_window (self);
  if (arguments->server != NULL &&
      g_strcmp0 (arguments->server, kh_engine_get_server (self->engine)) != 0)
    kh_engine_set_server_async (self->engine, arguments->server, NULL, on_server_chosen,
                                g_object_ref (self));
  else
    kh_application_go_to_target (self);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhApplication) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean ok = kh_engine_open_finish (KH_ENGINE (source), result, &error);

  if (!self->leaving && ok)
    start (self);
  else if (!self->leaving && g_error_matches (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_PASSPHRASE))
    kh_application_show_unlock (self);
  else if (!self->leaving)
    kh_application_show_startup_error (self, error);
  if (!self->leaving)
    kh_application_end_restore (self);
  /* What has been told is not so any more. */
  if (self->startup_error != NULL && (ok || self->unlock != NULL))
    gtk_window_destroy (GTK_WINDOW (self->startup_error));
  if (self->unlock != NULL && (ok || self->startup_error != NULL))
    gtk_window_destroy (GTK_WINDOW (self->unlock));
  g_application_release (G_APPLICATION (self));
}

void
kh_application_open_engine (KhApplication *self, KhOpenFlags flags)
{
  g_application_hold (G_APPLICATION (self));
  kh_engine_open_async (self->engine, self->data_dir, flags | KH_OPEN_KEYRING,
                        self->leaving_cancellable, on_opened, g_object_ref (self));
}

static void
create_engine (KhApplication *self)
{
  self->engine = kh_engine_new ();
  kh_preferences_apply (self->settings, self->engine);
  kh_application_watch_engine (self);
  if (self->data_dir == NULL)
    self->data_dir = kh_engine_dup_default_dir ();
  kh_application_open_engine (self, KH_OPEN_NONE);
}

/* Does what the arguments say, or once there is a window. */
void
kh_application_begin (KhApplication *self)
{
  if (self->engine == NULL)
    create_engine (self);
  kh_engine_set_bench_serve (self->engine, self->arguments.bench_serve);
  if (self->window != NULL)
    {
      if (!self->arguments.background)
        gtk_window_present (GTK_WINDOW (self->window));
      kh_application_go_to_target (self);
    }
  else if (self->setup != NULL)
    gtk_window_present (GTK_WINDOW (self->setup));
  else if (self->unlock != NULL)
    gtk_window_present (GTK_WINDOW (self->unlock));
}

static int
kh_application_command_line (GApplication *application, GApplicationCommandLine *invocation)
{
  KhApplication *self = KH_APPLICATION (application);

  kh_command_line_parse (&self->arguments, invocation);
  kh_application_begin (self);
  return 0;
}

/* From the desktop, by D-Bus. */
static void
kh_application_activate (GApplication *application)
{
  KhApplication *self = KH_APPLICATION (application);

  self->arguments.background = FALSE;
  kh_application_begin (self);
}

/* The same, with an invite link. */
static void
kh_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  KhApplication *self = KH_APPLICATION (application);

  self->arguments.background = FALSE;
  g_free (self->arguments.target);
  self->arguments.target = g_file_get_uri (files[0]);
  kh_application_begin (self);
}

static void
kh_application_startup (GApplication *application)
{
  KhApplication *self = KH_APPLICATION (application);

  self->signal_sources[0] = g_unix_signal_add (SIGTERM, on_unix_signal, self);
  self->signal_sources[1] = g_unix_signal_add (SIGINT, on_unix_signal, self);
  /* The disk is read while the toolkit starts. A service may never be asked for anything. */
  self->settings = kh_settings_new ();
  if ((g_application_get_flags (application) & G_APPLICATION_IS_SERVICE) == 0)
    create_engine (self);
  kh_style_prepare (application);
  G_APPLICATION_CLASS (kh_application_parent_class)->startup (application);
  kh_style_apply ();
  kh_application_add_actions (self);
  kh_settings_apply_looks (self->settings);
}

static int
kh_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  KhApplication *self = KH_APPLICATION (application);
  const char *path;

  if (g_variant_dict_lookup (options, "data-dir", "^&ay", &path))
    self->data_dir = g_canonicalize_filename (path, NULL);
  return kh_command_line_handle_local (application, options);
}

static void
kh_application_dispose (GObject *object)
{
  KhApplication *self = KH_APPLICATION (object);

  for (guint i = 0; i < G_N_ELEMENTS (self->signal_sources); i++)
    g_clear_handle_id (&self->signal_sources[i], g_source_remove);
  g_clear_weak_pointer (&self->window);
  g_clear_weak_pointer (&self->startup_error);
  g_clear_weak_pointer (&self->unlock);
  g_clear_weak_pointer (&self->restore);
  g_clear_object (&self->engine);
  g_clear_object (&self->leaving_cancellable);
  g_clear_object (&self->settings);
  kh_command_line_clear (&self->arguments);
  g_clear_error (&self->restore_error);
  g_clear_pointer (&self->data_dir, g_free);
  g_clear_pointer (&self->wanted, g_free);
  g_clear_pointer (&self->wanted_words, g_free);
  G_OBJECT_CLASS (kh_application_parent_class)->dispose (object);
}

static gboolean
kh_application_dbus_register (GApplication *application,
                              GDBusConnection *connection,
                              const char *object_path,
                              GError **error)
{
  KhApplication *self = KH_APPLICATION (application);

  if (!G_APPLICATION_CLASS (kh_application_parent_class)
           ->dbus_register (application, connection, object_path, error))
    return FALSE;
  self->search_provider = kh_search_provider_new (GTK_APPLICATION (self), connection, object_path);
  return TRUE;
}

static void
kh_application_dbus_unregister (GApplication *application,
                                GDBusConnection *connection,
                                const char *object_path)
{
  g_clear_object (&KH_APPLICATION (application)->search_provider);
  G_APPLICATION_CLASS (kh_application_parent_class)
      ->dbus_unregister (application, connection, object_path);
}

static void
kh_application_class_init (KhApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_application_dispose;
  application_class->startup = kh_application_startup;
  application_class->handle_local_options = kh_application_handle_local_options;
  application_class->command_line = kh_application_command_line;
  application_class->activate = kh_application_activate;
  application_class->open = kh_application_open;
  application_class->dbus_register = kh_application_dbus_register;
  application_class->dbus_unregister = kh_application_dbus_unregister;
}

static void
kh_application_init (KhApplication *self)
{
  self->leaving_cancellable = g_cancellable_new ();
  kh_command_line_add_options (G_APPLICATION (self));
}

KhApplication *
kh_application_new (void)
{
  return g_object_new (KH_TYPE_APPLICATION, "application-id", "io.github.knothole.Knothole",
                       "flags", G_APPLICATION_HANDLES_COMMAND_LINE | G_APPLICATION_HANDLES_OPEN,
                       NULL);
}
