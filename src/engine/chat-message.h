/* chat-message.h: one message of a conversation, as a row of a list
 *
 * Properties, all read-only; those that change notify:
 *
 *   "id"             string            32 lower-case hexadecimal digits, the same on both sides
 *   "outgoing"       boolean
 *   "sent-time"      int64             µs since 1970 UTC, by the sender's clock: never trust it for
 *                                      order
 *   "received-time"  int64             µs since 1970 UTC, when it was stored here
 *   "text"           string            changes; "" of one that was deleted
 *   "status"         KhMessageStatus   changes
 *   "delivered-time" int64             changes; of an outgoing one: when we heard that it is on the
 *                                      other disk, 0 for not yet, or not known
 *   "read-time"      int64             changes; when we heard that it was seen, or of an incoming
 *                                      one: when we saw it; 0 as above
 *   "edited"         boolean           changes; the text is not the first one
 *   "edited-time"    int64             changes; by the sender's clock
 *   "deleted"        boolean           changes; by who wrote it, for both
 *   "reply-to"       string, nullable  the id of the message that this one answers
 *   "reply-text"     string, nullable  changes; the first 160 characters of that one; NULL where it
 *                                      is not here (any more)
 *   "reply-outgoing" boolean           that one is ours
 *   "own-reactions"  GStrv             changes; emoji that we left at it, in the order of leaving
 *   "reactions"      GStrv             changes; emoji that they left at it
 *
 * A message cannot fail: it is refused before it is stored, or it is pending until it is delivered.
 * kh_engine_delete_async() takes back a pending one.
 */
#pragma once

#include "engine/types.h"

#define KH_TYPE_CHAT_MESSAGE (kh_chat_message_get_type ())
G_DECLARE_FINAL_TYPE (KhChatMessage, kh_chat_message, KH, CHAT_MESSAGE, GObject)

/* Of each person at each message, and bytes of each emoji. */
#define KH_REACTIONS_MAX 8
#define KH_EMOJI_MAX 48

const char *kh_chat_message_get_id (KhChatMessage *self);
const char *kh_chat_message_get_text (KhChatMessage *self);
gboolean kh_chat_message_get_outgoing (KhChatMessage *self);
gint64 kh_chat_message_get_sent_time (KhChatMessage *self);
gint64 kh_chat_message_get_received_time (KhChatMessage *self);
/* The place in the history, growing over all conversations: the order of messages. */
gint64 kh_chat_message_get_seq (KhChatMessage *self);
KhMessageStatus kh_chat_message_get_status (KhChatMessage *self);
gint64 kh_chat_message_get_delivered_time (KhChatMessage *self);
gint64 kh_chat_message_get_read_time (KhChatMessage *self);
gboolean kh_chat_message_get_edited (KhChatMessage *self);
gint64 kh_chat_message_get_edited_time (KhChatMessage *self);
gboolean kh_chat_message_get_deleted (KhChatMessage *self);
const char *kh_chat_message_get_reply_to (KhChatMessage *self);
const char *kh_chat_message_get_reply_text (KhChatMessage *self);
gboolean kh_chat_message_get_reply_outgoing (KhChatMessage *self);
/* (transfer none): NULL-terminated, may be empty; valid until they change. */
const char *const *kh_chat_message_get_own_reactions (KhChatMessage *self);
const char *const *kh_chat_message_get_reactions (KhChatMessage *self);
