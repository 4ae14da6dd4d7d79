/* pushes.h: what the server tells clients unasked, sent again until acknowledged
 *
 * A push is sent at once, then after 300 ms, doubling, five times in all (PROTOCOL.md, "Link
 * messages"); a client that has acknowledged none of them by then is taken for offline. At most 8
 * are in flight a client.
 */
#pragma once

#include "server/client.h"

typedef struct _KhPushes KhPushes;

#define KH_PUSHES_PER_CLIENT 8
#define KH_PUSHES_TRIES 5
#define KH_PUSHES_FIRST_DELAY_US (G_GINT64_CONSTANT (300) * 1000)

/* (transfer full): holds at most @max over all clients. */
KhPushes *kh_pushes_new (guint max);
/* Drops the pushes of all clients. */
void kh_pushes_free (KhPushes *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhPushes, kh_pushes_free)

gboolean kh_pushes_has_room (const KhPushes *self, const KhClient *client);
/* Gives @message an id and queues it. The caller asked kh_pushes_has_room(), except for GOING-AWAY,
 * which is always taken: it is the last one and comes once for a client. */
void kh_pushes_add (KhPushes *self, KhClient *client, const KhLinkMessage *message);
/* FALSE where @client has no such push, as when it acknowledges twice. */
gboolean kh_pushes_acknowledge (KhPushes *self, KhClient *client, guint32 id, KhLinkType *ret_type);
void kh_pushes_drop_all (KhPushes *self, KhClient *client);

/* Seals the next push that is due into @out; FALSE when there is none. */
gboolean kh_pushes_poll (KhPushes *self, KhDatagram *out, gint64 now_us);
gint64 kh_pushes_next_timeout (const KhPushes *self);
/**
 * kh_pushes_handle_timeout:
 * @ret_lost: a client that has acknowledged nothing; the caller removes it and calls again
 *
 * Makes one overdue push due, or finds one lost client. FALSE when nothing is overdue.
 */
gboolean kh_pushes_handle_timeout (KhPushes *self, KhClient **ret_lost, gint64 now_us);
