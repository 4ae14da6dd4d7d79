/* link-dialog.c: where a link really leads, before it is opened
 *
 * See link-dialog.h. A link comes from a peer: its text may be made to be misread, so the host that
 * the browser would go to is shown by itself. gtk_show_uri() goes through the portal in a sandbox.
 */
#include "app/link-dialog.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/message-text.h"
#include "app/question.h"
#include "app/words.h"

/* Characters of the address that the dialog shows. */
#define SHOWN_CHARS 300

static void
on_response (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  const char *uri = user_data;

  if (g_str_equal (response, "open"))
    gtk_show_uri (gtk_window_get_transient_for (GTK_WINDOW (dialog)), uri, GDK_CURRENT_TIME);
  else if (g_str_equal (response, "copy"))
    gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (dialog)), uri);
}

static void
free_uri (gpointer uri, GClosure *closure)
{
  g_free (uri);
}

static GtkWidget *
address_new (const char *uri)
{
  g_autofree char *shown = kh_message_text_dup_line (uri, SHOWN_CHARS);

  return g_object_new (GTK_TYPE_LABEL, "label", shown, "wrap", TRUE, "wrap-mode", PANGO_WRAP_CHAR,
                       "selectable", TRUE, "max-width-chars", 40, "css-classes",
                       (const char *[]){ "monospace", "caption", NULL }, NULL);
}

void
kh_link_dialog_follow (GtkWidget *widget, const char *uri)
{
  g_autofree char *host = kh_message_text_uri_host (uri);
  g_autofree char *shown_host = kh_words_isolate (host != NULL ? host : uri);
  g_autofree char *body = NULL;
  GtkRoot *root = gtk_widget_get_root (widget);
  GtkWidget *dialog;

  if (g_ascii_strncasecmp (uri, "knothole:", strlen ("knothole:")) == 0)
    {
      gtk_widget_activate_action (widget, "win.new-chat-with", "s", uri);
      return;
    }
  body = g_strdup_printf (_ ("It leads to %s. Your browser will tell that site your IP address."),
                          shown_host);
  dialog = kh_question_new (GTK_WINDOW (root), _ ("Open this link?"), body);
  kh_question_add (dialog, address_new (uri));
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "copy",
                                    _ ("Cop_y Link"), "open", _ ("_Open"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "open",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  kh_accessible_prepare_buttons (dialog);
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_response), g_strdup (uri), free_uri, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}
