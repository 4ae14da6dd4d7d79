/* message-list.h: the part of a conversation that is in memory, as a GListModel
 *
 * The newest page comes from the history when it is first asked for, older ones on demand, and what
 * arrives is appended. The history answers in the order in which it was asked, so a message is
 * either in the page or appended after it, never both.
 *
 * It also knows every KhChatMessage of its conversation that somebody holds, in the list or not, so
 * that each message exists once and its status is right everywhere.
 */
#pragma once

#include <gio/gio.h>

#include "engine/chat-message-private.h"
#include "store/store.h"

#define KH_TYPE_MESSAGE_LIST (kh_message_list_get_type ())
G_DECLARE_FINAL_TYPE (KhMessageList, kh_message_list, KH, MESSAGE_LIST, GObject)

/* Property "has-older" (boolean). */
KhMessageList *kh_message_list_new (gint64 contact);
gboolean kh_message_list_get_has_older (KhMessageList *self);

/* Asks for the newest page, once. */
void kh_message_list_start (KhMessageList *self, KhStore *store, guint page);
/* Asks for the page before the first message, where there may be one and none is on its way. */
void kh_message_list_load_older (KhMessageList *self, KhStore *store, guint page);

/* (transfer full): the message of @record, which is made where nobody has it. */
KhChatMessage *kh_message_list_wrap (KhMessageList *self, const KhStoreMessage *record);
/* A message that was stored just now; it is in the list then, if that was started. */
void kh_message_list_append (KhMessageList *self, KhChatMessage *message);
/* Where somebody has the message. */
void
kh_message_list_set_status (KhMessageList *self, const KhMessageId *id, KhMessageStatus status);
/* The session ended: what was sent is pending again. */
void kh_message_list_unsend (KhMessageList *self);
