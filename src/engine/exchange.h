/* exchange.h: the messages to and from one contact, between the history and the node
 *
 * It lives as long as its conversation, over many sessions. What is sent was stored before; what
 * arrives is stored before its receipt goes. Both directions are bounded: of the messages to send,
 * only a window is in memory, and while the history is slow or fails, the stream is not read.
 */
#pragma once

#include "chat/inbox.h"
#include "chat/outbox.h"
#include "store/store.h"

typedef struct _KhConversation KhConversation;
typedef struct _KhExchange KhExchange;

/* @conversation owns it. */
KhExchange *kh_exchange_new (KhConversation *conversation);
void kh_exchange_free (KhExchange *self);

void kh_exchange_session_up (KhExchange *self);
void kh_exchange_session_down (KhExchange *self);
gboolean kh_exchange_is_up (KhExchange *self);
/* Stream 0 has something to read, or room. */
void kh_exchange_stream (KhExchange *self);

/* @record is pending in the history: those of former runs, oldest first, then new ones. */
void kh_exchange_push (KhExchange *self, const KhStoreMessage *record);
/* The user has seen @id and all before. */
void kh_exchange_mark_read (KhExchange *self, const KhMessageId *id);
/* Our name or picture changed. */
void kh_exchange_send_profile (KhExchange *self);
/* Whether they may know what the user has seen. */
void kh_exchange_set_tells_read (KhExchange *self, gboolean tells_read);
/* The history has forgotten @id: if it is pending, it is not sent any more. */
void kh_exchange_forget (KhExchange *self, const KhMessageId *id);
/* The history has forgotten all messages: nothing that is pending is sent any more. */
void kh_exchange_forget_all (KhExchange *self);
/* The user writes, or stopped: told at once, but the former not more often than every 3 s. */
void kh_exchange_send_typing (KhExchange *self, gboolean active);
/* Messages that are not known to be on the other disk. */
guint kh_exchange_get_undelivered (KhExchange *self);
