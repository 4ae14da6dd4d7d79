/* message-menu.h: what can be done with one message: the menu of its bubble
 *
 * By the pointer's second button, or the Menu key (Shift+F10) on its row.
 */
#pragma once

#include <gtk/gtk.h>

#define KH_TYPE_MESSAGE_MENU (kh_message_menu_get_type ())
G_DECLARE_FINAL_TYPE (KhMessageMenu, kh_message_menu, KH, MESSAGE_MENU, GObject)

/* @view is around @list, whose rows are KhMessageRow. Both borrowed: kh_message_menu_detach()
 * before they go. */
KhMessageMenu *kh_message_menu_new (GtkWidget *view, GtkWidget *list);
void kh_message_menu_detach (KhMessageMenu *self);
