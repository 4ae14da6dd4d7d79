/* trust-dialog.c: whether the server's new key is to be trusted
 *
 * See trust-dialog.h. A changed key is the one failure that waits for the user.
 */
#include "app/trust-dialog.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/question.h"
#include "app/words.h"

static void
on_response (GtkWidget *dialog, const char *response, KhEngine *engine)
{
  KhServerLink *link = g_object_get_data (G_OBJECT (dialog), "link");

  if (!g_str_equal (response, "trust"))
    return;
  if (link != NULL)
    kh_engine_accept_key_of_async (engine, link, NULL, NULL, NULL);
  else
    kh_engine_accept_server_key_async (engine, NULL, NULL, NULL);
}

void
kh_trust_dialog_ask (KhEngine *engine, KhServerLink *link, GtkWidget *widget)
{
  GtkRoot *root = gtk_widget_get_root (widget);
  const char *server =
      link != NULL ? kh_server_link_get_name (link) : kh_engine_get_server (engine);
  g_autofree char *isolated = kh_words_isolate (server != NULL ? server : "");
  g_autofree char *body = g_strdup_printf (
      _ ("The key of %s is not the one it had before.\n\n"
         "• If whoever runs the server has set it up anew or moved it, this is expected: ask "
         "them.\n\n"
         "• If they know nothing of it, someone between you and the server is pretending to be "
         "it. They could see who you look for and keep you apart, but neither read your messages "
         "nor pass for one of your contacts."),
      isolated);
  GtkWidget *dialog = kh_question_new (GTK_WINDOW (root), _ ("Trust the server’s new key?"), body);

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("Stay _Disconnected"),
                                    "trust", _ ("_Trust New Key"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "trust",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  kh_accessible_prepare_buttons (dialog);
  if (link != NULL)
    g_object_set_data_full (G_OBJECT (dialog), "link", g_object_ref (link), g_object_unref);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_response), engine, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}
