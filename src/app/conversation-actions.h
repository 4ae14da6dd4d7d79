/* conversation-actions.h: what can be done with one chat
 *
 * Actions of a group, for menus (chat-menu.ui): "pin", "mute", "archive", "mark-unread" (with a
 * state), "details", "connection", "copy-id", "block", "unblock", "remove".
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/engine.h"

/* (transfer full): follows @conversation. Dialogs belong to the window of @widget, which outlives
 * the group. */
GSimpleActionGroup *
kh_conversation_actions_new (KhEngine *engine, KhConversation *conversation, GtkWidget *widget);

/* (transfer full): the menu for them */
GMenuModel *kh_conversation_actions_menu_new (void);

/* Asks, and deletes the chat and its contact. */
void
kh_conversation_actions_remove (KhEngine *engine, KhConversation *conversation, GtkWidget *widget);
