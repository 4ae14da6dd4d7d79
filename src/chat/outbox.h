/* outbox.h: which of my messages to one peer go on the stream, and when
 *
 * One KhOutbox a peer, for as long as the engine lives. It holds ids and sizes, not texts. On a new
 * session everything that is not delivered goes out again, oldest first: at-least-once on the
 * wire, which the receiver's history turns into exactly once. Order is never changed.
 *
 *   push ──► pending ──next──► sent ──settle──► delivered ──► read
 *               ▲                │        (and straight from pending: a receipt that an
 *               └─ session down ─┘         earlier session earned may come in a later one)
 */
#pragma once

#include "chat/message.h"

/* What is true of a message, in either direction. Stored as a number by the history: the values
 * must not change. SENT lasts for one session and is never stored. */
typedef enum
{
  KH_MESSAGE_PENDING = 0,
  KH_MESSAGE_SENT = 1,
  /* It is on the receiver's disk. */
  KH_MESSAGE_DELIVERED = 2,
  /* The receiver has seen it. */
  KH_MESSAGE_READ = 3,
} KhMessageState;

const char *kh_message_state_to_string (KhMessageState state);
/* The table of allowed edges. */
gboolean kh_message_state_can_become (KhMessageState from, KhMessageState to);

/* Bytes on the stream that may wait for a receipt: several full texts, and far below what the
 * receiver holds (KH_INBOX_BYTES_MAX). */
#define KH_OUTBOX_IN_FLIGHT_MAX (512 * 1024)

typedef struct _KhOutbox KhOutbox;

/* @in_flight_max: bytes; at least one message is always let out. */
KhOutbox *kh_outbox_new (gsize in_flight_max);
void kh_outbox_free (KhOutbox *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhOutbox, kh_outbox_free)

/**
 * kh_outbox_push:
 * @size: bytes of the encoded message
 *
 * Appends a message that the history holds. Push in the order of its sequence numbers.
 * Returns: FALSE where @id is in the outbox already
 */
gboolean kh_outbox_push (KhOutbox *self, const KhMessageId *id, gsize size);

/* A session with the peer began, or ended. Both put what was sent back to pending. */
void kh_outbox_session_up (KhOutbox *self);
void kh_outbox_session_down (KhOutbox *self);

/**
 * kh_outbox_next:
 *
 * The oldest pending message, if the session is up and there is room in flight; it becomes sent.
 * Call until FALSE: after session_up, push and settle.
 */
gboolean kh_outbox_next (KhOutbox *self, KhMessageId *ret_id);

/* A receipt, delivered or read, came for @id: it leaves the outbox. FALSE for an id that is not in
 * it, which is to be ignored. */
gboolean kh_outbox_settle (KhOutbox *self, const KhMessageId *id);

/* The user deleted the message: it is not sent (again). FALSE where it is not in the outbox. */
gboolean kh_outbox_remove (KhOutbox *self, const KhMessageId *id);

/* The same for all of them. */
void kh_outbox_clear (KhOutbox *self);

/* FALSE where @id is not in the outbox. */
gboolean
kh_outbox_get_state (const KhOutbox *self, const KhMessageId *id, KhMessageState *ret_state);
/* Messages not delivered, sent ones included. */
guint kh_outbox_get_length (const KhOutbox *self);
gsize kh_outbox_get_in_flight (const KhOutbox *self);
