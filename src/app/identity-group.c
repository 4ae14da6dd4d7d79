/* identity-group.c: the preferences about oneself
 *
 * See identity-group.h. They are the engine's, kept beside the data and not with the desktop's
 * settings. Deleting what is old is asked about first: it cannot be taken back.
 */
#include "app/identity-group.h"

#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/backup-window.h"
#include "app/choice-row.h"
#include "app/key-window.h"
#include "app/picture-file.h"
#include "app/question.h"
#include "app/status.h"
#include "app/words.h"

struct _KhIdentityGroup
{
  AdwPreferencesGroup parent_instance;

  /* template */
  GtkEditable *name;
  AdwAvatar *avatar;
  GtkWidget *remove;
  AdwActionRow *key_row;
  AdwComboRow *retention;
  GtkLabel *status;

  /* owned */
  KhEngine *engine;
  GtkFileChooserNative *dialog;
};

G_DEFINE_FINAL_TYPE (KhIdentityGroup, kh_identity_group, ADW_TYPE_PREFERENCES_GROUP)

static GtkWindow *
get_window (KhIdentityGroup *self)
{
  return GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhIdentityGroup) self = user_data;
  g_autoptr (GError) error = NULL;

  if (kh_engine_finish (KH_ENGINE (source), result, &error))
    kh_status_show (self->status, NULL);
  else
    {
      g_auto (KhWords) words = kh_words_for_error (error, NULL);

      kh_status_show (self->status, words.body);
    }
}

static void
on_name (KhIdentityGroup *self)
{
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (self->name)));

  if (*name != '\0')
    kh_engine_set_name_async (self->engine, name, NULL, on_saved, g_object_ref (self));
  else
    gtk_editable_set_text (self->name, kh_engine_get_name (self->engine));
}

/* the picture */

static void
update_avatar (KhIdentityGroup *self)
{
  GBytes *picture = kh_engine_get_avatar (self->engine);
  g_autoptr (GdkTexture) texture =
      picture != NULL ? gdk_texture_new_from_bytes (picture, NULL) : NULL;

  adw_avatar_set_text (self->avatar, kh_engine_get_name (self->engine));
  adw_avatar_set_custom_image (self->avatar, GDK_PAINTABLE (texture));
  gtk_widget_set_visible (self->remove, picture != NULL);
}

static void
on_picture (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhIdentityGroup) self = user_data;
  g_autoptr (GBytes) picture = kh_picture_file_load_finish (result, NULL);

  if (picture == NULL)
    kh_status_show (self->status,
                    _ ("This file is not a picture that can be read. Choose a PNG or a JPEG."));
  else if (self->engine != NULL)
    kh_engine_set_avatar_async (self->engine, picture, NULL, on_saved, g_object_ref (self));
}

static void
on_response (KhIdentityGroup *self, int response)
{
  g_autoptr (GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->dialog));
  g_clear_object (&self->dialog);
  if (file != NULL)
    kh_picture_file_load_async (file, NULL, on_picture, g_object_ref (self));
}

static void
on_choose (KhIdentityGroup *self)
{
  GtkFileFilter *filter;

  if (self->dialog != NULL)
    return;
  self->dialog =
      gtk_file_chooser_native_new (_ ("Choose a Picture"), get_window (self),
                                   GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Open"), _ ("_Cancel"));
  filter = gtk_file_filter_new ();
  gtk_file_filter_set_name (filter, _ ("Pictures"));
  gtk_file_filter_add_pixbuf_formats (filter);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->dialog), filter);
  g_object_unref (filter);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->dialog), TRUE);
  g_signal_connect_swapped (self->dialog, "response", G_CALLBACK (on_response), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->dialog));
}

static void
on_remove (KhIdentityGroup *self)
{
  kh_engine_set_avatar_async (self->engine, NULL, NULL, on_saved, g_object_ref (self));
}

/* the key */

static void
update_key (KhIdentityGroup *self)
{
  adw_action_row_set_subtitle (self->key_row,
                               kh_key_window_words_for (kh_engine_get_key_place (self->engine)));
}

static void
on_key (KhIdentityGroup *self)
{
  KhKeyWindow *window = kh_key_window_new (self->engine, get_window (self));

  g_signal_connect_object (window, "moved", G_CALLBACK (update_key), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (window));
}

static void
on_backup (KhIdentityGroup *self)
{
  gtk_window_present (GTK_WINDOW (kh_backup_window_new (self->engine, get_window (self))));
}

/* the history */

static void
set_retention (KhIdentityGroup *self, KhRetention retention)
{
  g_object_set (kh_engine_get_settings (self->engine), "retention", retention, NULL);
}

static void
on_retention_response (KhIdentityGroup *self, const char *response)
{
  KhUserSettings *settings;

  /* The window, and with it the engine, may have gone first. */
  if (self->engine == NULL)
    return;
  settings = kh_engine_get_settings (self->engine);
  if (g_str_equal (response, "delete"))
    set_retention (self, (KhRetention) adw_combo_row_get_selected (self->retention));
  else
    adw_combo_row_set_selected (self->retention, kh_user_settings_get_retention (settings));
}

static void
on_retention (KhIdentityGroup *self)
{
  KhRetention chosen = (KhRetention) adw_combo_row_get_selected (self->retention);
  KhRetention now;
  GtkWidget *dialog;

  if (self->engine == NULL)
    return;
  now = kh_user_settings_get_retention (kh_engine_get_settings (self->engine));
  /* They are in the order of ever shorter times. */
  if (chosen <= now)
    {
      set_retention (self, chosen);
      return;
    }
  dialog = kh_question_new (get_window (self), _ ("Delete Older Messages?"),
                            _ ("What is older is deleted now, in all chats, and cannot be "
                               "brought back."));
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "delete",
                                    _ ("_Delete"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "delete",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  kh_accessible_prepare_buttons (dialog);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_retention_response), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
kh_identity_group_dispose (GObject *object)
{
  KhIdentityGroup *self = KH_IDENTITY_GROUP (object);

  if (self->dialog != NULL)
    gtk_native_dialog_destroy (GTK_NATIVE_DIALOG (self->dialog));
  g_clear_object (&self->dialog);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (kh_identity_group_parent_class)->dispose (object);
}

static void
kh_identity_group_class_init (KhIdentityGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_identity_group_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/identity-group.ui");
  gtk_widget_class_bind_template_child (widget_class, KhIdentityGroup, name);
  gtk_widget_class_bind_template_child (widget_class, KhIdentityGroup, avatar);
  gtk_widget_class_bind_template_child (widget_class, KhIdentityGroup, remove);
  gtk_widget_class_bind_template_child (widget_class, KhIdentityGroup, key_row);
  gtk_widget_class_bind_template_child (widget_class, KhIdentityGroup, retention);
  gtk_widget_class_bind_template_child (widget_class, KhIdentityGroup, status);
  gtk_widget_class_bind_template_callback (widget_class, on_name);
  gtk_widget_class_bind_template_callback (widget_class, on_choose);
  gtk_widget_class_bind_template_callback (widget_class, on_remove);
  gtk_widget_class_bind_template_callback (widget_class, on_key);
  gtk_widget_class_bind_template_callback (widget_class, on_backup);
  gtk_widget_class_bind_template_callback (widget_class, on_retention);
}

static void
kh_identity_group_init (KhIdentityGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_choice_row_prepare (self->retention);
}

void
kh_identity_group_set_engine (KhIdentityGroup *self, KhEngine *engine)
{
  gtk_editable_set_text (self->name, kh_engine_get_name (engine));
  adw_combo_row_set_selected (self->retention,
                              kh_user_settings_get_retention (kh_engine_get_settings (engine)));
  self->engine = g_object_ref (engine);
  g_signal_connect_object (engine, "notify::avatar", G_CALLBACK (update_avatar), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (engine, "notify::name", G_CALLBACK (update_avatar), self,
                           G_CONNECT_SWAPPED);
  update_avatar (self);
  update_key (self);
}
