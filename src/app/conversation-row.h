/* conversation-row.h: one contact in the list: who, what was said last, and what is unread */
#pragma once

#include <gtk/gtk.h>

#include "engine/conversation.h"

#define KH_TYPE_CONVERSATION_ROW (kh_conversation_row_get_type ())
G_DECLARE_FINAL_TYPE (KhConversationRow, kh_conversation_row, KH, CONVERSATION_ROW, GtkWidget)

KhConversationRow *kh_conversation_row_new (void);
/* @conversation: (nullable). The accessible name goes to the widget around it, which is what the
 * keyboard and a screen reader land on: it must be there. */
void kh_conversation_row_set_conversation (KhConversationRow *self, KhConversation *conversation);
/* The chat is on view: what is being written there is not told here. */
void kh_conversation_row_set_open (KhConversationRow *self, gboolean open);
/* (transfer none) (nullable) */
KhConversation *kh_conversation_row_get_conversation (KhConversationRow *self);
