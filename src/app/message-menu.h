/* message-menu.h: what can be done with one message: the menu of its bubble
 *
 * By the pointer's second button, a long press, or the Menu key (Shift+F10) on its row. Signals
 * "reply" and "edit" (KhChatMessage): the user wants to write; all else is done here.
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/engine.h"

#define KH_TYPE_MESSAGE_MENU (kh_message_menu_get_type ())
G_DECLARE_FINAL_TYPE (KhMessageMenu, kh_message_menu, KH, MESSAGE_MENU, GObject)

/* @view is around @list, whose rows are KhMessageRow; both borrowed: kh_message_menu_detach()
 * before they go. */
KhMessageMenu *kh_message_menu_new (KhEngine *engine, GtkWidget *view, GtkWidget *list);
void kh_message_menu_detach (KhMessageMenu *self);
