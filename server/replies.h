/* replies.h: the short datagrams that wait to be polled: HELLO-ACK, RESP and sealed REPLYs
 *
 * A ring of fixed size: whoever gets no reply asks again, so the newest is dropped when it is full.
 * Pushes, which are long, are not in it; they are sealed at the moment they are polled.
 */
#pragma once

#include "wire/datagram.h"

typedef struct _KhReplies KhReplies;

/* Of the ring. A driver that polls after each batch of 64 datagrams never fills it. */
#define KH_REPLIES_MAX 256
/* The longest is HELLO-ACK: 88 bytes. */
#define KH_REPLIES_DATA_SIZE 96

/* (transfer full) */
KhReplies *kh_replies_new (void);
void kh_replies_free (KhReplies *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhReplies, kh_replies_free)

gboolean kh_replies_is_empty (const KhReplies *self);
/* (nullable): KH_REPLIES_DATA_SIZE bytes to write the next datagram into; NULL when full. Call
 * kh_replies_commit() at once, or leave it. */
guint8 *kh_replies_reserve (KhReplies *self);
void kh_replies_commit (KhReplies *self, guint socket, const KhAddr *remote, gsize len);
/* Takes the oldest out; FALSE when there is none, or @out is too small for it. */
gboolean kh_replies_poll (KhReplies *self, KhDatagram *out);
