/* application-window.c: the program's window, and what is told while the user looks elsewhere
 *
 * The window may be hidden for as long as the program goes on in the background; what comes in then
 * is told by a notification.
 */
#include "app/application-private.h"

#include "app/notifications.h"
#include "app/words.h"

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

/* the window */

void
kh_application_show_problem (KhApplication *self, const GError *error)
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
    kh_application_show_problem (self, error);
}

/* A peer ID was typed by the user: connect. A link may have been clicked anywhere: ask. */
void
kh_application_go_to_target (KhApplication *self)
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

void
kh_application_show_window (KhApplication *self)
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

void
kh_application_watch_engine (KhApplication *self)
{
  g_signal_connect_object (self->engine, "message-received", G_CALLBACK (on_message_received), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->engine, "knock", G_CALLBACK (on_knock), self, G_CONNECT_SWAPPED);
}
