/* invite-window.c: the user's invite link
 *
 * See invite-window.h. There is no portal to share a text with, so sharing is a letter that the
 * mail program opens with, and the clipboard. Withdrawing puts another link in the place of this
 * one: whoever comes with the old is a stranger.
 */
#include "app/invite-window.h"

#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/qr-code.h"
#include "app/question.h"
#include "app/save-dialog.h"

struct _KhInviteWindow
{
  AdwWindow parent_instance;

  /* template */
  AdwToastOverlay *toasts;
  KhQrCode *code;
  GtkLabel *link;
  GtkWidget *actions;
  GtkWidget *no_server;

  /* owned */
  KhEngine *engine;
};

G_DEFINE_FINAL_TYPE (KhInviteWindow, kh_invite_window, ADW_TYPE_WINDOW)

static void
say (KhInviteWindow *self, const char *words)
{
  g_autofree char *markup = g_markup_escape_text (words, -1);

  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (markup));
}

static void
update (KhInviteWindow *self)
{
  const char *link = kh_engine_get_invite_link (self->engine);

  kh_qr_code_set_text (self->code, link);
  gtk_widget_set_visible (GTK_WIDGET (self->code), link != NULL);
  gtk_label_set_text (self->link, link != NULL ? link : "");
  gtk_widget_set_visible (GTK_WIDGET (self->link), link != NULL);
  gtk_widget_set_visible (self->actions, link != NULL);
  gtk_widget_set_visible (self->no_server, link == NULL);
}

static void
on_copy (KhInviteWindow *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)),
                          kh_engine_get_invite_link (self->engine));
  say (self, _ ("Invite link copied"));
}

static void
on_mail (KhInviteWindow *self)
{
  /* TRANSLATORS: of a letter to somebody who may not know Knothole */
  g_autofree char *subject = g_uri_escape_string (_ ("Let us talk with Knothole"), NULL, FALSE);
  g_autofree char *text = g_strdup_printf (_ ("Open this link in Knothole to talk to me:\n\n%s\n"),
                                           kh_engine_get_invite_link (self->engine));
  g_autofree char *body = g_uri_escape_string (text, NULL, FALSE);
  g_autofree char *uri = g_strdup_printf ("mailto:?subject=%s&body=%s", subject, body);

  gtk_show_uri (GTK_WINDOW (self), uri, GDK_CURRENT_TIME);
}

/* saving */

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhInviteWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (self->engine == NULL)
    return;
  if (g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    say (self, _ ("Picture saved"));
  else
    say (self, error->message);
}

static void
on_place_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  KhInviteWindow *self = KH_INVITE_WINDOW (source);
  g_autoptr (GFile) file = kh_save_dialog_finish (result);
  g_autoptr (GBytes) png = kh_qr_code_to_png (self->code);

  if (file != NULL && png != NULL && self->engine != NULL)
    g_file_replace_contents_bytes_async (file, png, NULL, FALSE, G_FILE_CREATE_NONE, NULL,
                                         on_written, g_object_ref (self));
}

static void
on_save (KhInviteWindow *self)
{
  kh_save_dialog_async (GTK_WINDOW (self), _ ("Save QR Code"),
                        /* TRANSLATORS: name of a file */
                        _ ("knothole-invitation.png"), NULL, on_place_chosen, NULL);
}

/* withdrawing */

static void
on_withdraw_response (KhInviteWindow *self, const char *response)
{
  if (g_str_equal (response, "withdraw") && self->engine != NULL)
    kh_engine_renew_invite_link_async (self->engine, NULL, NULL, NULL);
}

static void
on_withdraw (KhInviteWindow *self)
{
  GtkWidget *dialog = kh_question_new (
      GTK_WINDOW (self), _ ("Withdraw this link?"),
      _ ("Another link takes its place. Who asks to talk with the old one is no longer shown as "
         "invited. Contacts stay contacts."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"),
                                    "withdraw", _ ("_Withdraw"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "withdraw",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  kh_accessible_prepare_buttons (dialog);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_withdraw_response), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
kh_invite_window_dispose (GObject *object)
{
  KhInviteWindow *self = KH_INVITE_WINDOW (object);

  g_clear_object (&self->engine);
  G_OBJECT_CLASS (kh_invite_window_parent_class)->dispose (object);
}

static void
kh_invite_window_class_init (KhInviteWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_invite_window_dispose;

  g_type_ensure (KH_TYPE_QR_CODE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/invite-window.ui");
  gtk_widget_class_bind_template_child (widget_class, KhInviteWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, KhInviteWindow, code);
  gtk_widget_class_bind_template_child (widget_class, KhInviteWindow, link);
  gtk_widget_class_bind_template_child (widget_class, KhInviteWindow, actions);
  gtk_widget_class_bind_template_child (widget_class, KhInviteWindow, no_server);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
  gtk_widget_class_bind_template_callback (widget_class, on_mail);
  gtk_widget_class_bind_template_callback (widget_class, on_save);
  gtk_widget_class_bind_template_callback (widget_class, on_withdraw);
}

static void
kh_invite_window_init (KhInviteWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_accessible_prepare_buttons (GTK_WIDGET (self));
}

void
kh_invite_window_present (KhEngine *engine, GtkWidget *widget)
{
  KhInviteWindow *self =
      g_object_new (KH_TYPE_INVITE_WINDOW, "transient-for", gtk_widget_get_root (widget), NULL);

  self->engine = g_object_ref (engine);
  g_signal_connect_object (engine, "notify::invite-link", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  update (self);
  gtk_window_present (GTK_WINDOW (self));
}
