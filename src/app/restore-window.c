/* restore-window.c: asks which backup to restore, and for its passphrase
 *
 * See restore-window.h. The engine has to be closed for it, so the application does the work.
 */
#include "app/restore-window.h"

#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/status.h"
#include "app/words.h"
#include "engine/engine.h"

enum
{
  SIGNAL_RESTORE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

struct _KhRestoreWindow
{
  AdwWindow parent_instance;

  /* template */
  AdwActionRow *file_row;
  GtkWidget *choose;
  GtkWidget *passphrase;
  GtkLabel *status;
  GtkSpinner *spinner;
  GtkWidget *go;

  /* owned */
  GFile *file; /* (nullable) */
  GtkFileChooserNative *dialog;
  gboolean busy;
};

G_DEFINE_FINAL_TYPE (KhRestoreWindow, kh_restore_window, ADW_TYPE_WINDOW)

static const char *
get_passphrase (KhRestoreWindow *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->passphrase));
}

static void
update (KhRestoreWindow *self)
{
  gtk_widget_remove_css_class (self->passphrase, "error");
  gtk_widget_set_sensitive (self->go,
                            self->file != NULL && *get_passphrase (self) != '\0' && !self->busy);
}

static void
set_busy (KhRestoreWindow *self, gboolean busy)
{
  self->busy = busy;
  gtk_widget_set_sensitive (self->choose, !busy);
  gtk_widget_set_sensitive (self->passphrase, !busy);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), busy);
  gtk_spinner_set_spinning (self->spinner, busy);
  update (self);
}

static void
on_response (KhRestoreWindow *self, int response)
{
  g_autoptr (GFile) file = NULL;
  g_autofree char *name = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->dialog));
  g_clear_object (&self->dialog);
  if (file == NULL)
    return;
  g_set_object (&self->file, file);
  name = g_file_get_basename (file);
  if (name != NULL)
    {
      g_autofree char *shown = g_filename_display_name (name);
      /* A row's subtitle is markup. */
      g_autofree char *escaped = g_markup_escape_text (shown, -1);

      adw_action_row_set_subtitle (self->file_row, escaped);
    }
  kh_status_show (self->status, NULL);
  update (self);
  gtk_widget_grab_focus (self->passphrase);
}

static void
on_choose (KhRestoreWindow *self)
{
  if (self->dialog != NULL)
    return;
  self->dialog =
      gtk_file_chooser_native_new (_ ("Choose a Backup"), GTK_WINDOW (self),
                                   GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Open"), _ ("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->dialog), TRUE);
  g_signal_connect_swapped (self->dialog, "response", G_CALLBACK (on_response), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->dialog));
}

static void
on_go (KhRestoreWindow *self)
{
  if (!gtk_widget_get_sensitive (self->go))
    return;
  set_busy (self, TRUE);
  kh_status_show (self->status, _ ("Restoring…"));
  g_signal_emit (self, signals[SIGNAL_RESTORE], 0, self->file, get_passphrase (self));
}

static void
kh_restore_window_dispose (GObject *object)
{
  KhRestoreWindow *self = KH_RESTORE_WINDOW (object);

  if (self->dialog != NULL)
    gtk_native_dialog_destroy (GTK_NATIVE_DIALOG (self->dialog));
  g_clear_object (&self->dialog);
  g_clear_object (&self->file);
  G_OBJECT_CLASS (kh_restore_window_parent_class)->dispose (object);
}

static void
kh_restore_window_class_init (KhRestoreWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_restore_window_dispose;

  signals[SIGNAL_RESTORE] =
      g_signal_new ("restore", KH_TYPE_RESTORE_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 2, G_TYPE_FILE, G_TYPE_STRING);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/restore-window.ui");
  gtk_widget_class_bind_template_child (widget_class, KhRestoreWindow, file_row);
  gtk_widget_class_bind_template_child (widget_class, KhRestoreWindow, choose);
  gtk_widget_class_bind_template_child (widget_class, KhRestoreWindow, passphrase);
  gtk_widget_class_bind_template_child (widget_class, KhRestoreWindow, status);
  gtk_widget_class_bind_template_child (widget_class, KhRestoreWindow, spinner);
  gtk_widget_class_bind_template_child (widget_class, KhRestoreWindow, go);
  gtk_widget_class_bind_template_callback (widget_class, update);
  gtk_widget_class_bind_template_callback (widget_class, on_choose);
  gtk_widget_class_bind_template_callback (widget_class, on_go);
}

static void
kh_restore_window_init (KhRestoreWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_accessible_prepare_buttons (GTK_WIDGET (self));
  kh_accessible_name_groups (GTK_WIDGET (self), _ ("Restore a Backup"));
  update (self);
}

KhRestoreWindow *
kh_restore_window_new (GtkWindow *parent)
{
  return g_object_new (KH_TYPE_RESTORE_WINDOW, "transient-for", parent, NULL);
}

void
kh_restore_window_failed (KhRestoreWindow *self, const GError *error)
{
  set_busy (self, FALSE);
  if (g_error_matches (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_REFUSED))
    {
      gtk_widget_add_css_class (self->passphrase, "error");
      kh_status_show (self->status, _ ("This is not the passphrase of this backup. Try again."));
      gtk_widget_grab_focus (self->passphrase);
    }
  else if (g_error_matches (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_CORRUPT_DATABASE))
    kh_status_show (self->status,
                    _ ("This is no backup of Knothole, or a damaged one. Nothing was changed. "
                       "Choose another file."));
  else
    {
      g_auto (KhWords) words = kh_words_for_error (error, NULL);
      g_autofree char *text = g_strdup_printf (C_ ("failure", "%s. %s"), words.title, words.body);

      kh_status_show (self->status, text);
    }
}
