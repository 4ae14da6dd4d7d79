/* setup.c: asks for the user's name and server
 *
 * See setup.h. What is typed is checked at every key; what only the disk or the network can say is
 * told when it is saved.
 */
#include "app/setup.h"

#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/key-window.h"
#include "app/status.h"
#include "app/words.h"

/* Characters, as the engine would cut it. */
#define NAME_MAX_CHARS 64

enum
{
  SIGNAL_DONE,
  SIGNAL_RESTORE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

struct _KhSetup
{
  AdwWindow parent_instance;

  /* template */
  AdwHeaderBar *header;
  GtkWidget *greeting;
  GtkWidget *name;
  GtkWidget *server;
  GtkSwitch *local;
  GtkWidget *backup_list;
  AdwActionRow *key_row;
  GtkSwitch *backup;
  GtkLabel *error;
  GtkWidget *done;
  GtkWidget *restore;

  /* owned */
  KhEngine *engine;
  GCancellable *cancellable;
  gboolean busy;
};

G_DEFINE_FINAL_TYPE (KhSetup, kh_setup, ADW_TYPE_WINDOW)

static char *
dup_stripped (GtkWidget *row)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));
}

static void
set_row_error (GtkWidget *row, gboolean wrong)
{
  if (wrong)
    gtk_widget_add_css_class (row, "error");
  else
    gtk_widget_remove_css_class (row, "error");
}

static void
show_error (KhSetup *self, const char *message)
{
  g_autofree char *sentence = message != NULL ? kh_words_sentence (message) : NULL;

  kh_status_show (self->error, sentence);
}

static gboolean
check (KhSetup *self)
{
  g_autofree char *name = dup_stripped (self->name);
  g_autofree char *server = dup_stripped (self->server);
  gboolean local = gtk_switch_get_active (self->local);
  gboolean name_too_long = g_utf8_strlen (name, -1) > NAME_MAX_CHARS;
  g_autoptr (GError) server_error = NULL;

  if (!local && *server != '\0')
    kh_engine_check_server (server, &server_error);
  set_row_error (self->name, name_too_long);
  set_row_error (self->server, server_error != NULL);
  gtk_widget_set_sensitive (self->server, !local);
  if (name_too_long)
    show_error (self, _ ("A name has at most 64 characters."));
  else
    show_error (self, server_error != NULL ? server_error->message : NULL);
  return *name != '\0' && !name_too_long && (local || *server != '\0') && server_error == NULL;
}

static void
update (KhSetup *self)
{
  gtk_widget_set_sensitive (self->done, check (self) && !self->busy);
}

/* Ends the operation: with what went wrong, or with "done". */
static void
finish (KhSetup *self, const GError *error)
{
  self->busy = FALSE;
  if (error == NULL)
    {
      g_signal_emit (self, signals[SIGNAL_DONE], 0);
      gtk_window_destroy (GTK_WINDOW (self));
    }
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_auto (KhWords) words = kh_words_for_error (error, NULL);

      update (self);
      show_error (self, words.body);
    }
}

static void
on_server_set (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhSetup) self = user_data;
  g_autoptr (GError) error = NULL;

  kh_engine_finish (KH_ENGINE (source), result, &error);
  finish (self, error);
}

static void
on_local_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhSetup) self = user_data;
  g_autoptr (GError) error = NULL;

  kh_engine_start_local_server_finish (KH_ENGINE (source), result, &error);
  finish (self, error);
}

static void
set_server (KhSetup *self)
{
  g_autofree char *server = dup_stripped (self->server);
  gboolean local = gtk_switch_get_active (self->local);

  if (local && kh_engine_get_local_server (self->engine))
    finish (self, NULL);
  else if (local)
    kh_engine_start_local_server_async (self->engine, self->cancellable, on_local_started,
                                        g_object_ref (self));
  else
    kh_engine_set_server_async (self->engine, server, self->cancellable, on_server_set,
                                g_object_ref (self));
}

static void
on_name_set (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhSetup) self = user_data;
  g_autoptr (GError) error = NULL;

  if (kh_engine_finish (KH_ENGINE (source), result, &error))
    set_server (self);
  else
    finish (self, error);
}

static void
on_done (KhSetup *self)
{
  g_autofree char *name = dup_stripped (self->name);

  if (!check (self) || self->busy)
    return;
  self->busy = TRUE;
  update (self);
  kh_engine_set_name_async (self->engine, name, self->cancellable, on_name_set,
                            g_object_ref (self));
}

static void
update_key (KhSetup *self)
{
  adw_action_row_set_subtitle (self->key_row,
                               kh_key_window_words_for (kh_engine_get_key_place (self->engine)));
}

static void
on_key (KhSetup *self)
{
  KhKeyWindow *window;

  if (self->busy)
    return;
  window = kh_key_window_new (self->engine, GTK_WINDOW (self));
  gtk_window_set_destroy_with_parent (GTK_WINDOW (window), TRUE);
  g_signal_connect_object (window, "moved", G_CALLBACK (update_key), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (window));
}

static void
on_restore (KhSetup *self)
{
  if (!self->busy)
    g_signal_emit (self, signals[SIGNAL_RESTORE], 0);
}

static void
kh_setup_dispose (GObject *object)
{
  KhSetup *self = KH_SETUP (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (kh_setup_parent_class)->dispose (object);
}

static void
kh_setup_class_init (KhSetupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_setup_dispose;

  signals[SIGNAL_DONE] =
      g_signal_new ("done", KH_TYPE_SETUP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_RESTORE] = g_signal_new ("restore", KH_TYPE_SETUP, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/setup.ui");
  gtk_widget_class_bind_template_child (widget_class, KhSetup, header);
  gtk_widget_class_bind_template_child (widget_class, KhSetup, greeting);
  gtk_widget_class_bind_template_child (widget_class, KhSetup, name);
  gtk_widget_class_bind_template_child (widget_class, KhSetup, server);
  gtk_widget_class_bind_template_child (widget_class, KhSetup, local);
  gtk_widget_class_bind_template_child (widget_class, KhSetup, backup_list);
  gtk_widget_class_bind_template_child (widget_class, KhSetup, key_row);
  gtk_widget_class_bind_template_child (widget_class, KhSetup, backup);
  gtk_widget_class_bind_template_child (widget_class, KhSetup, error);
  gtk_widget_class_bind_template_child (widget_class, KhSetup, done);
  gtk_widget_class_bind_template_child (widget_class, KhSetup, restore);
  gtk_widget_class_bind_template_callback (widget_class, update);
  gtk_widget_class_bind_template_callback (widget_class, on_done);
  gtk_widget_class_bind_template_callback (widget_class, on_key);
  gtk_widget_class_bind_template_callback (widget_class, on_restore);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
kh_setup_init (KhSetup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
}

KhSetup *
kh_setup_new (KhEngine *engine, gboolean first_run)
{
  KhSetup *self = g_object_new (KH_TYPE_SETUP, NULL);
  const char *label = first_run ? _ ("_Continue") : _ ("_Save");

  self->engine = g_object_ref (engine);
  gtk_window_set_title (GTK_WINDOW (self),
                        first_run ? _ ("Welcome to Knothole") : _ ("Name and Server"));
  adw_header_bar_set_title_widget (self->header, first_run ? adw_bin_new () : NULL);
  gtk_widget_set_visible (self->greeting, first_run);
  gtk_widget_set_visible (self->backup_list, first_run);
  gtk_widget_set_visible (self->restore, first_run);
  gtk_button_set_label (GTK_BUTTON (self->done), label);
  kh_accessible_prepare_buttons (self->done);
  kh_accessible_tell_titles (GTK_WIDGET (self));
  kh_accessible_prepare_buttons (self->restore);
  update_key (self);
  gtk_switch_set_active (self->local, kh_engine_get_local_server (engine));
  kh_setup_fill (self, kh_engine_get_name (engine), kh_engine_get_server (engine));
  gtk_widget_grab_focus (self->name);
  return self;
}

gboolean
kh_setup_get_wants_backup (KhSetup *self)
{
  return gtk_switch_get_active (self->backup);
}

void
kh_setup_fill (KhSetup *self, const char *name, const char *server)
{
  if (name != NULL)
    gtk_editable_set_text (GTK_EDITABLE (self->name), name);
  if (server != NULL)
    gtk_editable_set_text (GTK_EDITABLE (self->server), server);
  update (self);
}
