/* message-list.h: the part of a conversation that is in memory, as a GListModel
 *
 * One run of the history without gaps. At first it is the newest page, which comes when it is first
 * asked for; older pages come on demand, and what arrives is appended. It may be moved to another
 * place, the surroundings of a message, from where it grows both ways; what arrives meanwhile is
 * behind its end. The history answers in the order in which it was asked, so a message is either in
 * a page or appended after it, never both.
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

typedef struct _KhConversation KhConversation;

/* @conversation is borrowed, and notifies as what the list says of older and newer ones changes;
 * until it detaches itself. */
KhMessageList *kh_message_list_new (KhConversation *conversation);
void kh_message_list_detach (KhMessageList *self);
gboolean kh_message_list_get_has_older (KhMessageList *self);
gboolean kh_message_list_get_has_newer (KhMessageList *self);

/* Asks for the newest page, once. */
void kh_message_list_start (KhMessageList *self, KhStore *store, guint page);
/* Asks for the page before the first message, or after the last one, where there may be one and
 * none is on its way. */
void kh_message_list_load_older (KhMessageList *self, KhStore *store, guint page);
void kh_message_list_load_newer (KhMessageList *self, KhStore *store, guint page);

/**
 * kh_message_list_load_around:
 * @seq: a message's; G_MAXINT64 for the newest page
 * @task: (transfer full): returned with the position of @seq in the list, or of the message that
 * follows where it is gone, as an int; an error of KH_STORE_ERROR, or G_IO_ERROR_CANCELLED where
 * another place was asked for meanwhile
 *
 * Nothing is asked of the history where the message is in the list.
 */
void kh_message_list_load_around (
    KhMessageList *self, KhStore *store, gint64 seq, guint page, GTask *task);

/* (transfer full): the message of @record, which is made where nobody has it. */
KhChatMessage *kh_message_list_wrap (KhMessageList *self, const KhStoreMessage *record);
/* (transfer none) (nullable): where somebody has it. */
KhChatMessage *kh_message_list_find (KhMessageList *self, const KhMessageId *id);
/* A message that was stored just now; it is in the list then, if that was started and reaches the
 * newest. */
void kh_message_list_append (KhMessageList *self, KhChatMessage *message);
/* The message is no more. */
void kh_message_list_remove (KhMessageList *self, const KhMessageId *id);
/* Nor are those that were stored before, but for what is pending. */
void kh_message_list_drop_before (KhMessageList *self, gint64 before_us);
/* Nor is any other. */
void kh_message_list_clear (KhMessageList *self);
/* Where somebody has the message. */
void kh_message_list_set_status (KhMessageList *self,
                                 const KhMessageId *id,
                                 KhMessageStatus status,
                                 gint64 at_us);
/* The message is @record now; so do those that answer it change. */
void kh_message_list_update (KhMessageList *self, const KhStoreMessage *record);
/* The session ended: what was sent is pending again. */
void kh_message_list_unsend (KhMessageList *self);
