/* chat-message.h: one message of a conversation, as a row of a list
 *
 * Properties, all read-only: "id" (string), "text" (string), "outgoing" (boolean), "sent-time" and
 * "received-time" (int64), "status" (KhMessageStatus, the only one that changes).
 */
#pragma once

#include "engine/types.h"

#define KH_TYPE_CHAT_MESSAGE (kh_chat_message_get_type ())
G_DECLARE_FINAL_TYPE (KhChatMessage, kh_chat_message, KH, CHAT_MESSAGE, GObject)

/* 32 lower-case hexadecimal digits, the same on both sides. */
const char *kh_chat_message_get_id (KhChatMessage *self);
const char *kh_chat_message_get_text (KhChatMessage *self);
gboolean kh_chat_message_get_outgoing (KhChatMessage *self);
/* µs since 1970 UTC, by the sender's clock: never trust it for order. */
gint64 kh_chat_message_get_sent_time (KhChatMessage *self);
/* µs since 1970 UTC, when it was stored here. */
gint64 kh_chat_message_get_received_time (KhChatMessage *self);
/* The place in the history, growing over all conversations: the order of messages. */
gint64 kh_chat_message_get_seq (KhChatMessage *self);
KhMessageStatus kh_chat_message_get_status (KhChatMessage *self);
