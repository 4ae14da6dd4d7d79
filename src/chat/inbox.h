/* inbox.h: a peer's messages on their way to my history, and the receipts they earn
 *
 * One KhInbox a peer, for as long as the engine lives. A text, or a change of one, waits here until
 * the history has it on disk; only then is its receipt handed out. One batch is written at a time:
 * if it fails, nothing after it is written either, so what is in the history is always the
 * beginning of what was sent, in order. What failed is dropped unacknowledged and comes again with
 * the next session.
 *
 * Whether an id is a duplicate the history decides when it writes: new or not, it gets its
 * receipt.
 */
#pragma once

#include "chat/message.h"

/* What one peer can make us hold while the disk is slow. Above it the stream is not read, and
 * flow control holds the peer back. */
#define KH_INBOX_BYTES_MAX (1024 * 1024)
#define KH_INBOX_MESSAGES_MAX 1024
/* Of one batch, so that a transaction stays short. */
#define KH_INBOX_BATCH_MAX 128

typedef struct _KhInbox KhInbox;

KhInbox *kh_inbox_new (void);
void kh_inbox_free (KhInbox *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhInbox, kh_inbox_free)

/* May another text come? If not, leave the stream alone until a batch is stored. */
gboolean kh_inbox_has_room (const KhInbox *self);

/**
 * kh_inbox_receive:
 * @message: (transfer full): a text or a change, kh_message_is_kept(); it is empty afterwards
 *
 * Returns: FALSE where it was dropped: the inbox is failed or without room
 */
gboolean kh_inbox_receive (KhInbox *self, KhMessage *message);

/**
 * kh_inbox_take_batch:
 *
 * Returns: (transfer container) (nullable) (element-type KhMessage): what to store next, in
 * order, for kh_store_add_incoming_async(); NULL while another batch is out or nothing waits.
 * Answer each batch with exactly one of the two functions below.
 */
GPtrArray *kh_inbox_take_batch (KhInbox *self);
/* The batch is on the disk: its receipts may go. */
void kh_inbox_batch_stored (KhInbox *self);
/* It is not, and the inbox is failed: close the session and begin a new one. */
void kh_inbox_batch_failed (KhInbox *self);
gboolean kh_inbox_is_failed (const KhInbox *self);

/* A session began: receipts of the last one that may have been lost are owed again, those for
 * "delivered" when the peer repeats itself, that for "read" at once. Ends a failure. */
void kh_inbox_session_up (KhInbox *self);
/* Drops what waits and is not in a batch. */
void kh_inbox_session_down (KhInbox *self);

/* The user has seen @id and all before it. At start: the newest such message of the history. */
void kh_inbox_mark_read (KhInbox *self, const KhMessageId *id);

/* Whether the peer may know what the user has seen: TRUE at first. What was not told is owed when
 * it may. */
void kh_inbox_set_tells_read (KhInbox *self, gboolean tells_read);

/**
 * kh_inbox_next_receipt:
 * @ret_receipt: (transfer full): a receipt for kh_message_encode_receipt()
 *
 * Call until FALSE, while a session is up. Several ids go into one receipt.
 */
gboolean kh_inbox_next_receipt (KhInbox *self, KhMessage *ret_receipt);
