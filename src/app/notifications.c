/* notifications.c: what came in while the user looks elsewhere
 *
 * See notifications.h. One for each chat, the newest in the place of the one before: a notification
 * is a glance. In a sandbox GNotification goes through the portal.
 */
#include "app/notifications.h"

#include <glib/gi18n.h>

#include "app/message-text.h"
#include "app/words.h"

/* Characters: the rest of a long message is in the window. */
#define BODY_CHARS 200

static void
on_unread_changed (GApplication *application, GParamSpec *spec, KhConversation *conversation)
{
  if (kh_conversation_get_unread (conversation) > 0)
    return;
  g_application_withdraw_notification (application, kh_conversation_get_peer_id (conversation));
  g_signal_handlers_disconnect_by_func (conversation, on_unread_changed, application);
}

void
kh_notifications_show_message (GApplication *application,
                               GSettings *settings,
                               KhConversation *conversation,
                               KhChatMessage *message)
{
  const char *peer_id = kh_conversation_get_peer_id (conversation);
  g_autoptr (GNotification) notification = NULL;
  g_autofree char *body = NULL;

  if (!g_settings_get_boolean (settings, "notifications") ||
      kh_conversation_get_muted (conversation))
    return;
  if (g_settings_get_boolean (settings, "notifications-preview"))
    body = kh_message_text_dup_line (kh_chat_message_get_text (message), BODY_CHARS);
  else
    body = g_strdup (_ ("New message"));
  notification = g_notification_new (kh_conversation_get_name (conversation));
  g_notification_set_body (notification, body);
  g_notification_set_default_action_and_target (notification, "app.open", "s", peer_id);
  g_notification_add_button_with_target (notification, _ ("Reply"), "app.open", "s", peer_id);
  g_notification_add_button_with_target (notification, _ ("Mark as Read"), "app.mark-read", "s",
                                         peer_id);
  g_application_send_notification (application, peer_id, notification);

  g_signal_handlers_disconnect_by_func (conversation, on_unread_changed, application);
  g_signal_connect_object (conversation, "notify::unread", G_CALLBACK (on_unread_changed),
                           application, G_CONNECT_SWAPPED);
}

void
kh_notifications_show_knock (GApplication *application, GSettings *settings, KhKnock *knock)
{
  const char *peer_id = kh_knock_get_peer_id (knock);
  g_autofree char *title = kh_words_knock (knock);
  g_autoptr (GNotification) notification = NULL;

  if (!g_settings_get_boolean (settings, "notifications"))
    return;
  notification = g_notification_new (title);
  g_notification_set_body (notification, peer_id);
  g_notification_add_button_with_target (notification, _ ("Accept"), "app.accept", "s", peer_id);
  g_notification_add_button_with_target (notification, _ ("Decline"), "app.decline", "s", peer_id);
  g_application_send_notification (application, peer_id, notification);
}

void
kh_notifications_show_background (GApplication *application, GSettings *settings)
{
  g_autoptr (GNotification) notification = NULL;

  if (g_settings_get_boolean (settings, "background-told"))
    return;
  g_settings_set_boolean (settings, "background-told", TRUE);
  notification = g_notification_new (_ ("Knothole goes on in the background"));
  g_notification_set_body (notification, _ ("You stay reachable. To end it, choose Quit."));
  g_notification_add_button (notification, _ ("Quit"), "app.quit");
  g_application_send_notification (application, "background", notification);
}
