/* application.c: the program: one engine, its data folder, and its window
 *
 * See application.h. Its life is a line: the data folder is opened, the user is asked for what is
 * missing, the window is there, the engine says goodbye. What comes in while the user looks
 * elsewhere is told by a notification.
 */
#include "app/application-private.h"

#include <glib-unix.h>
#include <signal.h>

#include "app/backup-window.h"
#include "app/notifications.h"
#include "app/preferences.h"
#include "app/restoring.h"
#include "app/settings.h"
#include "app/words.h"

G_DEFINE_FINAL_TYPE (KhApplication, kh_application, ADW_TYPE_APPLICATION)

static void open_engine (KhApplication *self, KhOpenFlags flags);

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

/* Closing the window is no quitting where the user has said so. */
static gboolean
on_close_request (KhApplication *self)
{
  if (self->leaving || !g_settings_get_boolean (self->settings, "background"))
    {
      kh_application_leave (self);
      return GDK_EVENT_STOP;
    }
  gtk_widget_set_visible (GTK_WIDGET (self->window), FALSE);
  kh_notifications_show_background (G_APPLICATION (self), self->settings);
  return GDK_EVENT_STOP;
}

static gboolean
on_unix_signal (gpointer user_data)
{
  kh_application_leave (KH_APPLICATION (user_data));
  return G_SOURCE_CONTINUE;
}

/* notifications */

static void
on_message_received (KhApplication *self, KhConversation *conversation, KhChatMessage *message)
{
  if (self->window == NULL || kh_window_get_watched (self->window) == conversation)
    return;
  kh_notifications_show_message (G_APPLICATION (self), self->settings, conversation, message);
  if (g_settings_get_boolean (self->settings, "sounds") &&
      !kh_conversation_get_muted (conversation))
    gdk_display_beep (gtk_widget_get_display (GTK_WIDGET (self->window)));
}

static void
on_knock (KhApplication *self, KhKnock *knock)
{
  if (self->window != NULL && !gtk_window_is_active (GTK_WINDOW (self->window)))
    kh_notifications_show_knock (G_APPLICATION (self), self->settings, knock);
}

/* What the user has come back to needs no notification any more. */
static void
on_window_active (KhApplication *self)
{
  KhConversation *conversation = kh_window_get_watched (self->window);

  if (conversation != NULL)
    g_application_withdraw_notification (G_APPLICATION (self),
                                         kh_conversation_get_peer_id (conversation));
}

/* windows */

static void
show_problem (KhApplication *self, const GError *error)
{
  g_auto (KhWords) words = kh_words_for_error (error, NULL);

  if (self->window != NULL)
    kh_window_show_problem (self->window, words.title, words.body);
}

static void
on_target_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhApplication) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (KhConversation) conversation =
      kh_engine_connect_finish (KH_ENGINE (source), result, &error);

  if (self->window == NULL)
    return;
  if (conversation != NULL)
    kh_window_open (self->window, conversation);
  else
    show_problem (self, error);
}

/* A peer ID was typed by the user: connect. A link may have been clicked anywhere: ask. */
static void
go_to_target (KhApplication *self)
{
  g_autofree char *target = g_steal_pointer (&self->arguments.target);
  g_autofree char *wanted = g_steal_pointer (&self->wanted);
  KhConversation *conversation =
      wanted != NULL ? kh_engine_find_conversation (self->engine, wanted) : NULL;

  if (conversation != NULL && self->wanted_seq > 0)
    kh_window_open_message (self->window, conversation, self->wanted_seq);
  else if (conversation != NULL)
    kh_window_open (self->window, conversation);
  if (self->wanted_words != NULL)
    kh_window_search (self->window, self->wanted_words);
  g_clear_pointer (&self->wanted_words, g_free);
  if (self->arguments.new_chat)
    kh_window_new_chat (self->window, NULL);
  self->arguments.new_chat = FALSE;
  if (target == NULL)
    return;
  if (g_ascii_strncasecmp (target, "knothole:", strlen ("knothole:")) == 0)
    kh_window_new_chat (self->window, target);
  else
    kh_engine_connect_async (self->engine, target, NULL, NULL, on_target_connected,
                             g_object_ref (self));
}

static void
show_window (KhApplication *self)
{
  self->window = kh_window_new (GTK_APPLICATION (self), self->engine, self->settings);
  g_object_add_weak_pointer (G_OBJECT (self->window), (gpointer *) &self->window);
  g_signal_connect_object (self->window, "close-request", G_CALLBACK (on_close_request), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->window, "notify::is-active", G_CALLBACK (on_window_active), self,
                           G_CONNECT_SWAPPED);
  if (!self->arguments.background)
    gtk_window_present (GTK_WINDOW (self->window));
}

static void
on_setup_done (KhApplication *self)
{
  gboolean wants_backup = kh_setup_get_wants_backup (self->setup);

  self->setup = NULL;
  show_window (self);
  go_to_target (self);
  if (wants_backup)
    gtk_window_present (
        GTK_WINDOW (kh_backup_window_new (self->engine, GTK_WINDOW (self->window))));
}

/* Either way the engine is opened again: with what was restored, or with what was there. */
static void
on_restored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhApplication) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean ok = kh_restoring_finish (result, &error);

  if (!self->leaving)
    {
      if (ok && self->setup != NULL)
        gtk_window_destroy (GTK_WINDOW (g_steal_pointer (&self->setup)));
      else if (self->restore != NULL)
        kh_restore_window_failed (self->restore, error);
      open_engine (self, KH_OPEN_NONE);
    }
  g_application_release (G_APPLICATION (self));
}

static void
on_restore (KhApplication *self, GFile *file, const char *passphrase)
{
  g_application_hold (G_APPLICATION (self));
  kh_restoring_async (self->engine, self->data_dir, file, passphrase, on_restored,
                      g_object_ref (self));
}

static void
on_setup_restore (KhApplication *self)
{
  self->restore = kh_restore_window_new (GTK_WINDOW (self->setup));
  g_object_add_weak_pointer (G_OBJECT (self->restore), (gpointer *) &self->restore);
  gtk_window_set_destroy_with_parent (GTK_WINDOW (self->restore), TRUE);
  g_signal_connect_object (self->restore, "restore", G_CALLBACK (on_restore), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (self->restore));
}

static gboolean
on_setup_close_request (KhApplication *self)
{
  self->setup = NULL;
  kh_application_leave (self);
  return GDK_EVENT_PROPAGATE;
}

static void
show_setup (KhApplication *self)
{
  self->arguments.background = FALSE;
  self->setup = kh_setup_new (self->engine, TRUE);
  gtk_window_set_application (GTK_WINDOW (self->setup), GTK_APPLICATION (self));
  kh_setup_fill (self->setup, self->arguments.name, self->arguments.server);
  g_signal_connect_object (self->setup, "done", G_CALLBACK (on_setup_done), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->setup, "restore", G_CALLBACK (on_setup_restore), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->setup, "close-request", G_CALLBACK (on_setup_close_request), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (self->setup));
}

static void
on_unlock (KhApplication *self, const char *passphrase)
{
  kh_engine_set_passphrase (self->engine, passphrase);
  open_engine (self, KH_OPEN_NONE);
}

static void
show_unlock (KhApplication *self)
{
  if (self->unlock != NULL)
    {
      kh_unlock_window_refused (self->unlock);
      return;
    }
  self->unlock = kh_unlock_window_new (GTK_APPLICATION (self));
  g_object_add_weak_pointer (G_OBJECT (self->unlock), (gpointer *) &self->unlock);
  g_signal_connect_object (self->unlock, "unlock", G_CALLBACK (on_unlock), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (self->unlock));
}

static void
on_retry (KhApplication *self, int flags)
{
  open_engine (self, (KhOpenFlags) flags);
}

static void
show_startup_error (KhApplication *self, const GError *error)
{
  self->arguments.background = FALSE;
  if (self->startup_error == NULL)
    {
      self->startup_error = kh_startup_error_new (GTK_APPLICATION (self));
      g_object_add_weak_pointer (G_OBJECT (self->startup_error), (gpointer *) &self->startup_error);
      g_signal_connect_object (self->startup_error, "retry", G_CALLBACK (on_retry), self,
                               G_CONNECT_SWAPPED);
    }
  kh_startup_error_set (self->startup_error, error, self->data_dir);
  gtk_window_present (GTK_WINDOW (self->startup_error));
}

/* opening */

/* Whom to talk to is found at the server, so that comes first. */
static void
on_server_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhApplication) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!kh_engine_finish (KH_ENGINE (source), result, &error))
    show_problem (self, error);
  else if (self->window != NULL)
    go_to_target (self);
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
        show_setup (self);
      return;
    }
  if (arguments->name != NULL && g_strcmp0 (arguments->name, name) != 0)
    kh_engine_set_name_async (self->engine, arguments->name, NULL, NULL, NULL);
  show_window (self);
  if (arguments->server != NULL &&
      g_strcmp0 (arguments->server, kh_engine_get_server (self->engine)) != 0)
    kh_engine_set_server_async (self->engine, arguments->server, NULL, on_server_chosen,
                                g_object_ref (self));
  else
    go_to_target (self);
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
    show_unlock (self);
  else if (!self->leaving)
    show_startup_error (self, error);
  /* What has been told is not so any more. */
  if (self->startup_error != NULL && (ok || self->unlock != NULL))
    gtk_window_destroy (GTK_WINDOW (self->startup_error));
  if (self->unlock != NULL && (ok || self->startup_error != NULL))
    gtk_window_destroy (GTK_WINDOW (self->unlock));
  g_application_release (G_APPLICATION (self));
}

static void
open_engine (KhApplication *self, KhOpenFlags flags)
{
  g_application_hold (G_APPLICATION (self));
  kh_engine_open_async (self->engine, self->data_dir, flags | KH_OPEN_KEYRING, NULL, on_opened,
                        g_object_ref (self));
}

/* Does what the arguments say, or once there is a window. */
void
kh_application_begin (KhApplication *self)
{
  if (self->engine == NULL)
    {
      self->engine = kh_engine_new ();
      kh_preferences_apply (self->settings, self->engine);
      kh_engine_set_bench_serve (self->engine, self->arguments.bench_serve);
      g_signal_connect_object (self->engine, "message-received", G_CALLBACK (on_message_received),
                               self, G_CONNECT_SWAPPED);
      g_signal_connect_object (self->engine, "knock", G_CALLBACK (on_knock), self,
                               G_CONNECT_SWAPPED);
      self->data_dir = self->arguments.data_dir != NULL ? g_strdup (self->arguments.data_dir)
                                                        : kh_engine_dup_default_dir ();
      open_engine (self, KH_OPEN_NONE);
    }
  else if (self->window != NULL)
    {
      if (!self->arguments.background)
        gtk_window_present (GTK_WINDOW (self->window));
      go_to_target (self);
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

  G_APPLICATION_CLASS (kh_application_parent_class)->startup (application);
  kh_application_add_actions (self);
  self->settings = kh_settings_new ();
  kh_settings_apply_looks (self->settings);
  gtk_window_set_default_icon_name ("io.github.knothole.Knothole");
  self->signal_sources[0] = g_unix_signal_add (SIGTERM, on_unix_signal, self);
  self->signal_sources[1] = g_unix_signal_add (SIGINT, on_unix_signal, self);
}

static int
kh_application_handle_local_options (GApplication *application, GVariantDict *options)
{
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
  g_clear_object (&self->settings);
  kh_command_line_clear (&self->arguments);
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
  kh_command_line_add_options (G_APPLICATION (self));
}

KhApplication *
kh_application_new (void)
{
  return g_object_new (KH_TYPE_APPLICATION, "application-id", "io.github.knothole.Knothole",
                       "flags", G_APPLICATION_HANDLES_COMMAND_LINE | G_APPLICATION_HANDLES_OPEN,
                       NULL);
}
