/* chat-message-private.h: how the engine makes messages */
#pragma once

#include "engine/chat-message.h"
#include "store/records.h"

KhChatMessage *kh_chat_message_new (const KhStoreMessage *record);
const KhMessageId *kh_chat_message_get_raw_id (KhChatMessage *self);
/* The store's number of its conversation. */
gint64 kh_chat_message_get_contact (KhChatMessage *self);
/* (nullable) */
const KhMessageId *kh_chat_message_get_raw_reply_to (KhChatMessage *self);
/* @at_us: when, of DELIVERED and READ */
void kh_chat_message_set_status (KhChatMessage *self, KhMessageStatus status, gint64 at_us);
/* It is @record now: all but the status. */
void kh_chat_message_update (KhChatMessage *self, const KhStoreMessage *record);
/* What it answers is @text now; NULL for gone. */
void kh_chat_message_set_reply_text (KhChatMessage *self, const char *text);
KhMessageStatus kh_message_status_from_state (KhMessageState state);
