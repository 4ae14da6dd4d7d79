/* application-questions.c: what is asked before there is a window: name and server, a backup to
 * restore, the passphrase of the secret key, what to do where the start has failed
 *
 * See application.h. Each answer has the engine opened again, or the window shown.
 */
#include "app/application-private.h"

#include "app/backup-window.h"
#include "app/key-window.h"
#include "app/restoring.h"

static void
on_setup_done (KhApplication *self)
{
  gboolean wants_backup = kh_setup_get_wants_backup (self->setup);

  self->setup = NULL;
  kh_application_show_window (self);
  kh_application_go_to_target (self);
  if (wants_backup)
    gtk_window_present (
        GTK_WINDOW (kh_backup_window_new (self->engine, GTK_WINDOW (self->window))));
}

/* Either way the engine is opened again: with what was restored, or with what was there. Before
 * that there is no other try, for it would find the folder in use. */
static void
on_restored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhApplication) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean ok = kh_restoring_finish (result, &error);

  if (!self->leaving)
    {
      self->restored = ok;
      if (ok && self->setup != NULL)
        gtk_window_destroy (GTK_WINDOW (g_steal_pointer (&self->setup)));
      g_clear_error (&self->restore_error);
      self->restore_error = g_steal_pointer (&error);
      kh_application_open_engine (self, KH_OPEN_NONE);
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

void
kh_application_show_setup (KhApplication *self)
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
  kh_application_open_engine (self, KH_OPEN_NONE);
}

void
kh_application_show_unlock (KhApplication *self)
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
  kh_application_open_engine (self, (KhOpenFlags) flags);
}

void
kh_application_show_startup_error (KhApplication *self, const GError *error)
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

/* A backup has the secret key, and not where it was kept. */
static void
ask_for_key_place (KhApplication *self)
{
  KhKeyWindow *window = kh_key_window_new (self->engine, GTK_WINDOW (self->window));

  kh_key_window_tell_restored (window);
  gtk_window_present (GTK_WINDOW (window));
}

void
kh_application_end_restore (KhApplication *self)
{
  if (self->restore_error != NULL && self->restore != NULL)
    kh_restore_window_failed (self->restore, self->restore_error);
  g_clear_error (&self->restore_error);
  if (!self->restored || self->window == NULL)
    return;
  self->restored = FALSE;
  if (kh_engine_get_key_place (self->engine) == KH_KEY_IN_FILE)
    ask_for_key_place (self);
}
