/* conversation-row.h: one contact in the list: who, what was said last, and what is unread */
#pragma once

#include <gtk/gtk.h>

#include "engine/conversation.h"

#define KH_TYPE_CONVERSATION_ROW (kh_conversation_row_get_type ())
G_DECLARE_FINAL_TYPE (KhConversationRow, kh_conversation_row, KH, CONVERSATION_ROW, GtkListBoxRow)

KhConversationRow *kh_conversation_row_new (KhConversation *conversation);
/* (transfer none) */
KhConversation *kh_conversation_row_get_conversation (KhConversationRow *self);
