/* replies.h: datagrams that wait to be polled
 *
 * A ring of fixed size: what is in it may get lost, so the newest is dropped when it is full. The
 * server has one for its short answers (HELLO-ACK, RESP, sealed REPLYs, STUN) and one for what it
 * relays. Pushes are in neither; they are sealed at the moment they are polled.
 */
#pragma once

#include "wire/datagram.h"

typedef struct _KhReplies KhReplies;

/* Room for a short answer, of which the longest is to STUN (112 bytes). */
#define KH_REPLIES_DATA_SIZE 112

/* (transfer full): room for @max datagrams of up to @data_size bytes; a driver that polls after
 * fewer received ones never fills it. The memory becomes real as it is used. */
KhReplies *kh_replies_new (guint max, gsize data_size);
void kh_replies_free (KhReplies *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhReplies, kh_replies_free)

gboolean kh_replies_is_empty (const KhReplies *self);
/* (nullable): as many bytes as kh_replies_new() was told to write the next datagram into; NULL when
 * full. Call kh_replies_commit() at once, or leave it. */
guint8 *kh_replies_reserve (KhReplies *self);
void kh_replies_commit (KhReplies *self, guint socket, const KhAddr *remote, gsize len);
/* Takes the oldest out; FALSE when there is none, or @out is too small for it. */
gboolean kh_replies_poll (KhReplies *self, KhDatagram *out);
