/* conversation-list.h: whom we talk with: a virtualised list, the latest first
 *
 * Signals: "show-chat" (KhConversation): the user goes through the list; "open" (KhConversation):
 * the user chose it.
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/engine.h"

#define KH_TYPE_CONVERSATION_LIST (kh_conversation_list_get_type ())
G_DECLARE_FINAL_TYPE (KhConversationList, kh_conversation_list, KH, CONVERSATION_LIST, GtkWidget)

/* Once, before anything else. */
void kh_conversation_list_set_engine (KhConversationList *self, KhEngine *engine);
/* The window was seen: the rows may come. */
void kh_conversation_list_fill (KhConversationList *self);
/* Beside the chat, the one on view is selected; alone, nothing is, and a row must be activated. */
void kh_conversation_list_set_folded (KhConversationList *self, gboolean folded);
void kh_conversation_list_set_show_archived (KhConversationList *self, gboolean show);
/* Of all chats, shown or not. */
guint kh_conversation_list_count_archived (KhConversationList *self);
/* @conversation: (nullable): selects it without a signal; one that is not there is ignored. */
void kh_conversation_list_select (KhConversationList *self, KhConversation *conversation);
/* The keyboard goes to the row of @conversation (nullable), or to the first. */
void kh_conversation_list_focus (KhConversationList *self, KhConversation *conversation);
