/* chat-message-private.h: how the engine makes messages */
#pragma once

#include "engine/chat-message.h"
#include "store/records.h"

KhChatMessage *kh_chat_message_new (const KhStoreMessage *record);
const KhMessageId *kh_chat_message_get_raw_id (KhChatMessage *self);
/* The store's number of its conversation. */
gint64 kh_chat_message_get_contact (KhChatMessage *self);
void kh_chat_message_set_status (KhChatMessage *self, KhMessageStatus status);
KhMessageStatus kh_message_status_from_state (KhMessageState state);
