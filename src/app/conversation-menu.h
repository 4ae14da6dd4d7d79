/* conversation-menu.h: the menu of a row in the list of chats
 *
 * By the pointer's second button, a long press, or the Menu key (Shift+F10).
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/engine.h"

/* For the rows of @list that have a KhConversationRow in them. */
void kh_conversation_menu_attach (GtkWidget *list, KhEngine *engine);
