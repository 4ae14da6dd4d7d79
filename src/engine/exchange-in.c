/* exchange-in.c: from stream 0 to the history, and from there to the user and back as a receipt
 *
 * Reading stops while the inbox is full or receipts wait for the history; flow control then holds
 * the peer back. When the history cannot store (a full disk), nothing is acknowledged, the user is
 * told, and after a while the session is begun anew, in which the peer sends all of it again.
 */
#include "engine/exchange-private.h"

/* Receipts that the history works on at once; each has up to 256 ids. */
#define RECEIPTS_MAX 8
/* Between two tries to store what could not be stored. */
#define RETRY_FIRST_S 5
#define RETRY_MAX_S 60
/* From the peer's deleting something until no trace of it is on the disk: for many at once, as the
 * whole index is gone through. */
#define SCRUB_S 10

static void store_batch (KhExchange *self);

void
kh_exchange_reset_in (KhExchange *self)
{
  kh_exchange_stop_timer (&self->retry);
  g_clear_pointer (&self->reader, kh_framing_reader_free);
  g_clear_pointer (&self->input, g_free);
  self->input_at = self->input_len = 0;
}

/* receipts for my messages */

typedef struct
{
  KhConversation *conversation;
  guint settling;
} Settle;

static void
settle_free (Settle *self)
{
  g_object_unref (self->conversation);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Settle, settle_free)

static void
show_changes (KhConversation *conversation, GArray *changes)
{
  for (guint i = 0; i < changes->len && conversation->engine != NULL; i++)
    {
      const KhStoreChange *change = &g_array_index (changes, KhStoreChange, i);
      KhMessageStatus status = kh_message_status_from_state (change->state);

      kh_message_list_set_status (conversation->messages, &change->id, status, change->at_us);
      if (conversation->engine != NULL)
        kh_engine_emit_receipt (conversation->engine, conversation, &change->id, status);
    }
}

static void
on_receipt_stored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Settle) settle = user_data;
  KhConversation *conversation = settle->conversation;
  KhExchange *self = conversation->exchange;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) changes = kh_store_apply_receipt_finish (KH_STORE (source), result, &error);

  self->receipts--;
  self->settling -= settle->settling;
  if (kh_exchange_engine (self) == NULL)
    return;
  if (changes != NULL)
    show_changes (conversation, changes);
  else
    /* Pending in the history still: the next run sends it again, which the peer will notice. */
    kh_engine_emit_problem (conversation->engine, conversation, g_steal_pointer (&error));
  kh_conversation_notify_undelivered (conversation);
  kh_exchange_pump_in (self);
  kh_exchange_pump_out (self);
}

static void
handle_receipt (KhExchange *self, KhEngine *engine, const KhMessage *message)
{
  Settle *settle;
  guint settled = 0;

  for (guint i = 0; i < message->receipt.n_ids; i++)
    settled += kh_outbox_settle (self->outbox, &message->receipt.ids[i]);
  if (settled == 0 && message->receipt.state == KH_RECEIPT_DELIVERED)
    return;
  settle = g_new (Settle, 1);
  settle->conversation = g_object_ref (self->conversation);
  settle->settling = settled;
  self->receipts++;
  self->settling += settled;
  kh_store_apply_receipt_async (engine->store, self->conversation->contact->id,
                                message->receipt.state, message->receipt.ids,
                                message->receipt.n_ids, g_get_real_time (), NULL, on_receipt_stored,
                                settle);
}

/* texts and changes of the peer */

static gboolean
on_retry (gpointer user_data)
{
  KhExchange *self = user_data;
  KhEngine *engine = kh_exchange_engine (self);

  kh_exchange_stop_timer (&self->retry);
  if (engine != NULL)
    {
      gint64 now_us = g_get_monotonic_time ();

      /* The peer stays wanted, and a session that begins ends the inbox's failure. */
      kh_node_close_session (kh_conversation_get_node (self->conversation), kh_exchange_peer (self),
                             KH_CLOSE_DONE, "could not store", now_us);
      kh_node_connect (kh_conversation_get_node (self->conversation), kh_exchange_peer (self), NULL,
                       NULL, now_us);
      kh_conversation_kick (self->conversation);
    }
  return G_SOURCE_REMOVE;
}

static void
start_retry (KhExchange *self)
{
  if (self->retry != NULL || !self->up)
    return;
  self->retry_s = self->retry_s == 0 ? RETRY_FIRST_S : MIN (self->retry_s * 2, RETRY_MAX_S);
  kh_exchange_start_timer (self, &self->retry, self->retry_s, on_retry);
}

static void
show_text (KhConversation *conversation, const KhStoreMessage *record)
{
  g_autoptr (KhChatMessage) message = kh_message_list_wrap (conversation->messages, record);

  kh_message_list_append (conversation->messages, message);
  kh_conversation_set_last (conversation, message);
  kh_conversation_set_unread (conversation, conversation->unread + 1);
  kh_conversation_set_typing (conversation, FALSE);
  if (conversation->engine == NULL)
    return;
  if ((conversation->contact->flags & (KH_CONTACT_ARCHIVED | KH_CONTACT_MUTED)) ==
      KH_CONTACT_ARCHIVED)
    kh_engine_keep_flag (conversation->engine, conversation, KH_CONTACT_ARCHIVED, FALSE);
  kh_engine_emit_message (conversation->engine, conversation, message);
}

static gboolean
on_scrub (gpointer user_data)
{
  KhExchange *self = user_data;
  KhEngine *engine = kh_exchange_engine (self);

  kh_exchange_stop_timer (&self->scrub);
  if (engine != NULL)
    kh_store_scrub_async (engine->store, NULL, NULL, NULL);
  return G_SOURCE_REMOVE;
}

static void
show_change (KhConversation *conversation, const KhStoreArrival *arrival)
{
  g_autoptr (KhChatMessage) message =
      kh_message_list_wrap (conversation->messages, arrival->message);
  KhExchange *self = conversation->exchange;

  kh_message_list_update (conversation->messages, arrival->message);
  if (arrival->was_unread && conversation->unread > 0)
    kh_conversation_set_unread (conversation, conversation->unread - 1);
  if (message == conversation->last)
    kh_conversation_notify_last (conversation);
  if (arrival->kind != KH_STORE_REACTION && self->scrub == NULL)
    kh_exchange_start_timer (self, &self->scrub, SCRUB_S, on_scrub);
  if (conversation->engine != NULL)
    kh_engine_emit_message_changed (conversation->engine, conversation, message,
                                    kh_message_change_from_kind (arrival->kind));
}

static void
show_stored (KhConversation *conversation, GPtrArray *arrivals)
{
  for (guint i = 0; i < arrivals->len && conversation->engine != NULL; i++)
    {
      const KhStoreArrival *arrival = arrivals->pdata[i];

      if (arrival->message == NULL)
        continue;
      if (arrival->kind == KH_STORE_TEXT)
        show_text (conversation, arrival->message);
      else
        show_change (conversation, arrival);
    }
}

static void
on_batch_stored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhConversation) conversation = user_data;
  KhExchange *self = conversation->exchange;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) arrivals = kh_store_add_incoming_finish (KH_STORE (source), result, &error);

  if (arrivals == NULL)
    {
      kh_inbox_batch_failed (self->inbox);
      if (kh_exchange_engine (self) != NULL)
        {
          start_retry (self);
          kh_engine_emit_problem (conversation->engine, conversation, g_steal_pointer (&error));
        }
      return;
    }
  kh_inbox_batch_stored (self->inbox);
  self->retry_s = 0;
  if (kh_exchange_engine (self) == NULL)
    return;
  show_stored (conversation, arrivals);
  kh_exchange_pump_in (self);
  kh_exchange_pump_out (self);
}

static void
store_batch (KhExchange *self)
{
  KhEngine *engine = kh_exchange_engine (self);
  g_autoptr (GPtrArray) batch = NULL;

  if (engine == NULL)
    return;
  batch = kh_inbox_take_batch (self->inbox);
  if (batch != NULL)
    kh_store_add_incoming_async (engine->store, self->conversation->contact->id, batch,
                                 g_get_real_time (), NULL, on_batch_stored,
                                 g_object_ref (self->conversation));
}

/* A picture is taken only where it was asked for, and is what was asked for: once a session. */
static void
handle_profile (KhExchange *self, KhEngine *engine, const KhMessage *message)
{
  const KhStoreContact *contact = self->conversation->contact;
  guint8 hash[KH_HASH_SIZE];
  gsize len;
  const void *data;

  kh_engine_contacts_set_given_name (engine, self->conversation, message->profile.name);
  contact = self->conversation->contact;
  if (message->profile.picture != NULL && self->picture_asked)
    {
      data = g_bytes_get_data (message->profile.picture, &len);
      kh_sha256 (hash, data, len);
      if (memcmp (hash, self->picture_hash, sizeof hash) == 0)
        kh_engine_avatar_received (engine, self->conversation, hash, message->profile.picture);
      self->picture_asked = FALSE;
    }
  else if (!message->profile.has_hash && contact->has_picture)
    kh_engine_avatar_received (engine, self->conversation, NULL, NULL);
  else if (message->profile.has_hash && message->profile.picture == NULL &&
           !(contact->has_picture &&
             memcmp (contact->picture, message->profile.hash, sizeof contact->picture) == 0))
    kh_exchange_ask_picture (self, message->profile.hash);
}

/* the stream */

static void
handle_message (KhExchange *self, KhEngine *engine, GBytes *bytes)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (bytes, &len);
  g_auto (KhMessage) message = { 0 };

  switch (kh_message_decode (data, len, &message))
    {
    case KH_DECODE_OK:
      break;
    case KH_DECODE_UNKNOWN:
      /* Of a later version, which knows that we may skip it. */
      return;
    case KH_DECODE_MALFORMED:
    case KH_DECODE_TOO_LARGE:
    default:
      kh_exchange_fail (self, "malformed message");
      return;
    }
  switch (message.type)
    {
    case KH_MESSAGE_TEXT:
    case KH_MESSAGE_EDIT:
    case KH_MESSAGE_DELETE:
    case KH_MESSAGE_REACTION:
      kh_inbox_receive (self->inbox, &message);
      break;
    case KH_MESSAGE_RECEIPT:
      handle_receipt (self, engine, &message);
      break;
    case KH_MESSAGE_PROFILE:
      handle_profile (self, engine, &message);
      break;
    case KH_MESSAGE_TYPING:
      kh_conversation_set_typing (self->conversation, message.typing.active);
      break;
    case KH_MESSAGE_PICTURE:
      kh_exchange_give_picture (self, engine, message.picture.hash);
      break;
    case KH_MESSAGE_NONE:
    default:
      break;
    }
}

static gboolean
may_read (KhExchange *self)
{
  /* A failed inbox drops the texts that come, and receipts for ours must still get through. */
  return self->up && self->receipts < RECEIPTS_MAX &&
         (kh_inbox_has_room (self->inbox) || kh_inbox_is_failed (self->inbox));
}

static void
consume_input (KhExchange *self, KhEngine *engine)
{
  while (self->input_at < self->input_len && may_read (self))
    {
      g_autoptr (GBytes) message = NULL;

      self->input_at += kh_framing_reader_push (self->reader, self->input + self->input_at,
                                                self->input_len - self->input_at);
      message = kh_framing_reader_pop (self->reader);
      if (message != NULL)
        handle_message (self, engine, message);
      else if (kh_framing_reader_is_failed (self->reader))
        kh_exchange_fail (self, "malformed length");
    }
}

void
kh_exchange_pump_in (KhExchange *self)
{
  g_autoptr (KhEngine) engine = kh_exchange_hold_engine (self);

  if (engine == NULL)
    return;
  while (may_read (self))
    {
      consume_input (self, engine);
      if (!may_read (self) || self->input_at < self->input_len)
        break;
      self->input_at = 0;
      self->input_len = kh_node_stream_read (kh_conversation_get_node (self->conversation),
                                             kh_exchange_peer (self), 0, self->input,
                                             KH_EXCHANGE_READ, g_get_monotonic_time ());
      if (self->input_len == 0)
        break;
    }
  store_batch (self);
  kh_conversation_kick (self->conversation);
}

void
kh_exchange_mark_read (KhExchange *self, const KhMessageId *id)
{
  kh_inbox_mark_read (self->inbox, id);
  kh_exchange_pump_out (self);
}

void
kh_exchange_set_tells_read (KhExchange *self, gboolean tells_read)
{
  kh_inbox_set_tells_read (self->inbox, tells_read);
  kh_exchange_pump_out (self);
}
