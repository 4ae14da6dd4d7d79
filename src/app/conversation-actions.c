/* conversation-actions.c: what can be done with one chat
 *
 * See conversation-actions.h. The states follow the conversation, which changes when the disk has
 * taken what was asked for; a failure is told by the window as the engine's "problem".
 */
#include "app/conversation-actions.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/connection-window.h"
#include "app/contact-window.h"
#include "app/question.h"
#include "app/words.h"

/* What the actions are about; lives with their group. */
typedef struct
{
  KhEngine *engine;             /* owned */
  KhConversation *conversation; /* owned */
  GtkWidget *widget;            /* borrowed */
} Chat;

static void
chat_free (gpointer data, GClosure *closure)
{
  Chat *chat = data;

  g_object_unref (chat->engine);
  g_object_unref (chat->conversation);
  g_free (chat);
}

typedef void (*SetFlag) (KhEngine *engine,
                         KhConversation *conversation,
                         gboolean set,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);

static const struct
{
  const char *action, *property;
  SetFlag set;
} flags[] = {
  { "pin", "pinned", kh_engine_set_pinned_async },
  { "mute", "muted", kh_engine_set_muted_async },
  { "archive", "archived", kh_engine_set_archived_async },
  { "mark-unread", "marked-unread", kh_engine_set_marked_unread_async },
};

static gboolean
get_flag (KhConversation *conversation, const char *property)
{
  gboolean set;

  g_object_get (conversation, property, &set, NULL);
  return set;
}

static void
on_change_state (GSimpleAction *action, GVariant *state, gpointer user_data)
{
  Chat *chat = user_data;

  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    if (g_str_equal (flags[i].action, g_action_get_name (G_ACTION (action))))
      flags[i].set (chat->engine, chat->conversation, g_variant_get_boolean (state), NULL, NULL,
                    NULL);
}

static void
on_flag_changed (GSimpleActionGroup *group, GParamSpec *spec, KhConversation *conversation)
{
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      GAction *action = g_action_map_lookup_action (G_ACTION_MAP (group), flags[i].action);
      gboolean set = get_flag (conversation, flags[i].property);

      g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_boolean (set));
    }
}

static void
on_blocked_changed (GSimpleActionGroup *group, GParamSpec *spec, KhConversation *conversation)
{
  gboolean blocked = kh_conversation_get_blocked (conversation);
  GAction *block = g_action_map_lookup_action (G_ACTION_MAP (group), "block");
  GAction *unblock = g_action_map_lookup_action (G_ACTION_MAP (group), "unblock");

  g_simple_action_set_enabled (G_SIMPLE_ACTION (block), !blocked);
  g_simple_action_set_enabled (G_SIMPLE_ACTION (unblock), blocked);
}

static void
on_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Chat *chat = user_data;
  const char *name = g_action_get_name (G_ACTION (action));

  if (g_str_equal (name, "details"))
    kh_contact_window_present (chat->engine, chat->conversation, chat->widget);
  else if (g_str_equal (name, "connection"))
    kh_connection_window_present (chat->engine, chat->conversation, chat->widget);
  else if (g_str_equal (name, "copy-id"))
    gdk_clipboard_set_text (gtk_widget_get_clipboard (chat->widget),
                            kh_conversation_get_peer_id (chat->conversation));
  else if (g_str_equal (name, "remove"))
    kh_conversation_actions_remove (chat->engine, chat->conversation, chat->widget);
  else
    kh_engine_set_blocked_async (chat->engine, chat->conversation, g_str_equal (name, "block"),
                                 NULL, NULL, NULL);
}

static void
connect (GSimpleAction *action,
         const char *signal,
         GCallback callback,
         KhEngine *engine,
         KhConversation *conversation,
         GtkWidget *widget)
{
  Chat *chat = g_new0 (Chat, 1);

  chat->engine = g_object_ref (engine);
  chat->conversation = g_object_ref (conversation);
  chat->widget = widget;
  g_signal_connect_data (action, signal, callback, chat, chat_free, 0);
}

GSimpleActionGroup *
kh_conversation_actions_new (KhEngine *engine, KhConversation *conversation, GtkWidget *widget)
{
  static const char *const names[] = { "details", "connection", "copy-id",
                                       "block",   "unblock",    "remove" };
  GSimpleActionGroup *group = g_simple_action_group_new ();

  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      gboolean set = get_flag (conversation, flags[i].property);
      g_autofree char *notify = g_strconcat ("notify::", flags[i].property, NULL);
      g_autoptr (GSimpleAction) action =
          g_simple_action_new_stateful (flags[i].action, NULL, g_variant_new_boolean (set));

      connect (action, "change-state", G_CALLBACK (on_change_state), engine, conversation, widget);
      g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (action));
      g_signal_connect_object (conversation, notify, G_CALLBACK (on_flag_changed), group,
                               G_CONNECT_SWAPPED);
    }
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GSimpleAction) action = g_simple_action_new (names[i], NULL);

      connect (action, "activate", G_CALLBACK (on_action), engine, conversation, widget);
      g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (action));
    }
  g_signal_connect_object (conversation, "notify::blocked", G_CALLBACK (on_blocked_changed), group,
                           G_CONNECT_SWAPPED);
  on_blocked_changed (group, NULL, conversation);
  return group;
}

GMenuModel *
kh_conversation_actions_menu_new (void)
{
  g_autoptr (GtkBuilder) builder =
      gtk_builder_new_from_resource ("/io/github/knothole/Knothole/chat-menu.ui");

  return g_object_ref (G_MENU_MODEL (gtk_builder_get_object (builder, "chat_menu")));
}

/* removing */

static void
on_remove_response (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  Chat *chat = user_data;

  if (g_str_equal (response, "delete"))
    kh_engine_remove_async (chat->engine, chat->conversation, NULL, NULL, NULL);
}

void
kh_conversation_actions_remove (KhEngine *engine, KhConversation *conversation, GtkWidget *widget)
{
  Chat *chat = g_new0 (Chat, 1);
  g_autofree char *who = kh_words_isolate (kh_conversation_get_name (conversation));
  g_autofree char *body = g_strdup_printf (
      _ ("All messages are deleted from this computer for good, and %s is no contact any more. "
         "Their copy stays with them."),
      who);
  GtkWidget *dialog =
      kh_question_new (GTK_WINDOW (gtk_widget_get_root (widget)), _ ("Delete this chat?"), body);

  chat->engine = g_object_ref (engine);
  chat->conversation = g_object_ref (conversation);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "delete",
                                    _ ("_Delete"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "delete",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  kh_accessible_prepare_buttons (dialog);
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_remove_response), chat, chat_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}
