/* backup-window.c: the identity and what belongs to it in one encrypted file
 *
 * See backup-window.h and engine-backup.h. The window stays until the user has read where it is.
 */
#include "app/backup-window.h"

#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/passphrase-fields.h"
#include "app/save-dialog.h"
#include "app/status.h"
#include "app/words.h"

struct _KhBackupWindow
{
  AdwWindow parent_instance;

  /* template */
  GtkSwitch *messages;
  KhPassphraseFields *fields;
  GtkLabel *status;
  GtkSpinner *spinner;
  GtkWidget *go;

  /* owned */
  KhEngine *engine;
  GFile *file; /* (nullable): where it goes */
  gboolean busy;
};

G_DEFINE_FINAL_TYPE (KhBackupWindow, kh_backup_window, ADW_TYPE_WINDOW)

static void
update (KhBackupWindow *self)
{
  gtk_widget_set_sensitive (self->go,
                            kh_passphrase_fields_get (self->fields) != NULL && !self->busy);
}

static void
set_busy (KhBackupWindow *self, gboolean busy)
{
  self->busy = busy;
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), busy);
  gtk_spinner_set_spinning (self->spinner, busy);
  update (self);
}

static void
on_backed_up (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhBackupWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (kh_engine_finish (KH_ENGINE (source), result, &error))
    {
      g_autofree char *path = g_file_get_path (self->file);
      g_autofree char *shown = g_filename_display_name (path);
      g_autofree char *isolated = kh_words_isolate (shown);

      kh_passphrase_fields_clear (self->fields);
      /* TRANSLATORS: %s is the name of a file */
      text = g_strdup_printf (_ ("Your backup is in %s. Keep a copy somewhere else, and the "
                                 "passphrase in your head."),
                              isolated);
    }
  else
    {
      g_auto (KhWords) words = kh_words_for_error (error, NULL);

      text = g_strdup_printf (C_ ("failure", "%s. %s"), words.title, words.body);
    }
  set_busy (self, FALSE);
  kh_status_show (self->status, text);
}

static void
on_file (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhBackupWindow) self = user_data;
  g_autoptr (GFile) file = kh_save_dialog_finish (result);
  const char *passphrase = kh_passphrase_fields_get (self->fields);

  if (file == NULL || passphrase == NULL || self->engine == NULL)
    {
      set_busy (self, FALSE);
      return;
    }
  g_set_object (&self->file, file);
  kh_status_show (self->status, _ ("Writing the backup…"));
  kh_engine_backup_async (self->engine, file, passphrase, gtk_switch_get_active (self->messages),
                          NULL, on_backed_up, g_object_ref (self));
}

static void
on_go (KhBackupWindow *self)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *name = g_date_time_format (now, "Knothole %Y-%m-%d.backup");

  if (!gtk_widget_get_sensitive (self->go))
    return;
  kh_status_show (self->status, NULL);
  set_busy (self, TRUE);
  kh_save_dialog_async (GTK_WINDOW (self), _ ("Save the Backup"), name, NULL, on_file,
                        g_object_ref (self));
}

static void
kh_backup_window_dispose (GObject *object)
{
  KhBackupWindow *self = KH_BACKUP_WINDOW (object);

  g_clear_object (&self->engine);
  g_clear_object (&self->file);
  G_OBJECT_CLASS (kh_backup_window_parent_class)->dispose (object);
}

static void
kh_backup_window_class_init (KhBackupWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_backup_window_dispose;

  g_type_ensure (KH_TYPE_PASSPHRASE_FIELDS);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/backup-window.ui");
  gtk_widget_class_bind_template_child (widget_class, KhBackupWindow, messages);
  gtk_widget_class_bind_template_child (widget_class, KhBackupWindow, fields);
  gtk_widget_class_bind_template_child (widget_class, KhBackupWindow, status);
  gtk_widget_class_bind_template_child (widget_class, KhBackupWindow, spinner);
  gtk_widget_class_bind_template_child (widget_class, KhBackupWindow, go);
  gtk_widget_class_bind_template_callback (widget_class, update);
  gtk_widget_class_bind_template_callback (widget_class, on_go);
}

static void
kh_backup_window_init (KhBackupWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_accessible_prepare_buttons (GTK_WIDGET (self));
  kh_accessible_name_groups (GTK_WIDGET (self), _ ("Back Up"));
  update (self);
}

KhBackupWindow *
kh_backup_window_new (KhEngine *engine, GtkWindow *parent)
{
  KhBackupWindow *self = g_object_new (KH_TYPE_BACKUP_WINDOW, "transient-for", parent, NULL);

  self->engine = g_object_ref (engine);
  return self;
}
