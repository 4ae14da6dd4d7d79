/* exchange-out.c: from the history to stream 0: what is pending, oldest first, and receipts
 *
 * The outbox says which message is next and how much may be in flight; the texts come from the
 * history in windows, so that a long queue for somebody on holiday does not stay in memory. One
 * frame at a time is handed to the node, and only when there is room: the node's buffer is the only
 * queue behind it.
 */
#include "engine/exchange-private.h"

/* Messages asked of the history at once, and bytes of text above which the window is full. */
#define WINDOW_MESSAGES 32
#define WINDOW_BYTES (256 * 1024)
/* How often at most we say that the user writes. */
#define TYPING_US (3 * G_USEC_PER_SEC)

static void load_window (KhExchange *self);

static void
window_clear (KhExchange *self)
{
  g_queue_clear_full (&self->window, (GDestroyNotify) kh_store_message_free);
  self->window_bytes = 0;
}

void
kh_exchange_reset_out (KhExchange *self)
{
  g_clear_pointer (&self->profile, g_bytes_unref);
  g_clear_pointer (&self->request, g_bytes_unref);
  g_clear_pointer (&self->typing, g_bytes_unref);
  self->typing_told_us = 0;
  g_clear_pointer (&self->frame, g_bytes_unref);
  window_clear (self);
  self->window_seq = 0;
  self->window_loading = FALSE;
  self->window_complete = FALSE;
}

static void
window_add (KhExchange *self, const KhStoreMessage *record)
{
  if (record->seq <= self->window_seq)
    return;
  g_queue_push_tail (&self->window, kh_store_message_copy (record));
  self->window_bytes += strlen (record->text);
  self->window_seq = record->seq;
}

static KhStoreMessage *
window_pop (KhExchange *self)
{
  KhStoreMessage *record = g_queue_pop_head (&self->window);

  if (record != NULL)
    self->window_bytes -= strlen (record->text);
  return record;
}

typedef struct
{
  KhConversation *conversation;
  guint session;
} Load;

static void
load_free (Load *self)
{
  g_object_unref (self->conversation);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Load, load_free)

static void
on_window_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Load) load = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) records = kh_store_messages_finish (KH_STORE (source), result, &error);
  KhExchange *self = load->conversation->exchange;

  if (self == NULL || !self->up || self->session != load->session)
    return;
  self->window_loading = FALSE;
  if (records == NULL)
    {
      /* The next event of the session tries again. */
      KhEngine *engine = kh_exchange_engine (self);

      if (engine != NULL)
        kh_engine_emit_problem (engine, self->conversation, g_steal_pointer (&error));
      return;
    }
  for (guint i = 0; i < records->len; i++)
    window_add (self, records->pdata[i]);
  self->window_complete = records->len < WINDOW_MESSAGES;
  kh_exchange_pump_out (self);
}

static void
load_window (KhExchange *self)
{
  KhEngine *engine = kh_exchange_engine (self);
  Load *load;

  if (engine == NULL || self->window_loading || self->window_complete)
    return;
  self->window_loading = TRUE;
  load = g_new (Load, 1);
  load->conversation = g_object_ref (self->conversation);
  load->session = self->session;
  kh_store_load_pending_async (engine->store, self->conversation->contact->id, self->window_seq,
                               WINDOW_MESSAGES, NULL, on_window_loaded, load);
}

static GBytes *
wrap (GBytes *message)
{
  GBytes *frame = kh_framing_wrap (message);

  g_bytes_unref (message);
  return frame;
}

static GBytes *
encode (const KhStoreMessage *record)
{
  KhMessageType type = KH_MESSAGE_REACTION;

  switch (record->kind)
    {
    case KH_STORE_EDIT:
      type = KH_MESSAGE_EDIT;
      break;
    case KH_STORE_DELETE:
      type = KH_MESSAGE_DELETE;
      break;
    case KH_STORE_REACTION:
      break;
    case KH_STORE_TEXT:
    default:
      return kh_message_encode_text (&record->id, record->sent_us, record->text,
                                     record->has_reply_to ? &record->reply_to : NULL);
    }
  return kh_message_encode_change (type, &record->id, record->sent_us, &record->target,
                                   record->text);
}

/* (nullable): the frame of the next text or change, which the outbox takes for sent from now on. */
static GBytes *
next_text (KhExchange *self)
{
  KhMessageState state;
  KhMessageId id;

  /* What a late receipt of an earlier session has settled need not be sent. */
  while (self->window.head != NULL)
    {
      const KhStoreMessage *head = self->window.head->data;

      if (kh_outbox_get_state (self->outbox, &head->id, &state) && state == KH_MESSAGE_PENDING)
        break;
      kh_store_message_free (window_pop (self));
    }
  if (self->window.head == NULL)
    {
      if (kh_outbox_get_length (self->outbox) > 0)
        load_window (self);
      return NULL;
    }
  while (kh_outbox_next (self->outbox, &id))
    {
      g_autoptr (KhStoreMessage) record = NULL;

      if (!kh_message_id_equal (&id, &((KhStoreMessage *) self->window.head->data)->id))
        {
          /* It is before the window, so it is no longer pending in the history: deleted. */
          kh_outbox_remove (self->outbox, &id);
          continue;
        }
      record = window_pop (self);
      kh_message_list_set_status (self->conversation->messages, &id, KH_MESSAGE_STATUS_SENT, 0);
      return wrap (encode (record));
    }
  return NULL;
}

static GBytes *
next_frame (KhExchange *self)
{
  g_auto (KhMessage) receipt = { 0 };

  if (self->profile != NULL)
    return g_steal_pointer (&self->profile);
  if (self->request != NULL)
    return g_steal_pointer (&self->request);
  if (kh_inbox_next_receipt (self->inbox, &receipt))
    return wrap (kh_message_encode_receipt (receipt.receipt.state, receipt.receipt.ids,
                                            receipt.receipt.n_ids));
  if (self->typing != NULL)
    return g_steal_pointer (&self->typing);
  return next_text (self);
}

/* Returns FALSE where the node has no more room. */
static gboolean
write_frame (KhExchange *self, KhEngine *engine)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (self->frame, &len);

  self->frame_at += kh_node_stream_write (kh_conversation_get_node (self->conversation),
                                          kh_exchange_peer (self), 0, data + self->frame_at,
                                          len - self->frame_at, g_get_monotonic_time ());
  if (self->frame_at < len)
    return FALSE;
  g_clear_pointer (&self->frame, g_bytes_unref);
  return TRUE;
}

void
kh_exchange_pump_out (KhExchange *self)
{
  g_autoptr (KhEngine) engine = kh_exchange_hold_engine (self);

  if (engine == NULL || !self->up)
    return;
  for (;;)
    {
      if (self->frame == NULL)
        {
          /* Without room nothing is taken from the outbox: it would be "sent" too early. */
          if (kh_node_stream_room (kh_conversation_get_node (self->conversation),
                                   kh_exchange_peer (self), 0) == 0)
            break;
          self->frame = next_frame (self);
          self->frame_at = 0;
        }
      /* What heard of a changed status may have ended the session. */
      if (self->frame == NULL || !self->up || !write_frame (self, engine))
        break;
    }
  kh_conversation_kick (self->conversation);
}

void
kh_exchange_push (KhExchange *self, const KhStoreMessage *record)
{
  g_autoptr (GBytes) encoded = encode (record);

  kh_outbox_push (self->outbox, &record->id, g_bytes_get_size (encoded));
  /* A text ends the writing by itself. */
  if (record->kind == KH_STORE_TEXT)
    self->typing_told_us = 0;
  kh_conversation_notify_undelivered (self->conversation);
  if (!self->up)
    return;
  if (self->window_complete && self->window_bytes < WINDOW_BYTES)
    window_add (self, record);
  else
    self->window_complete = FALSE;
  kh_exchange_pump_out (self);
}

void
kh_exchange_forget (KhExchange *self, const KhMessageId *id)
{
  /* A copy in the window is passed over, as it is not in the outbox. */
  if (kh_outbox_remove (self->outbox, id))
    kh_conversation_notify_undelivered (self->conversation);
}

void
kh_exchange_forget_all (KhExchange *self)
{
  kh_outbox_clear (self->outbox);
  window_clear (self);
  kh_conversation_notify_undelivered (self->conversation);
}

static void
put_profile (KhExchange *self, KhEngine *engine, GBytes *picture)
{
  g_clear_pointer (&self->profile, g_bytes_unref);
  self->profile = wrap (
      kh_message_encode_profile (engine->name, engine->avatar != NULL ? engine->avatar_hash : NULL,
                                 picture));
}

void
kh_exchange_send_profile (KhExchange *self)
{
  KhEngine *engine = kh_exchange_engine (self);

  if (!self->up || engine == NULL)
    return;
  self->picture_given = FALSE;
  put_profile (self, engine, NULL);
  kh_exchange_pump_out (self);
}

/* Once a session, so that asking costs the asker as much as us. */
void
kh_exchange_give_picture (KhExchange *self, KhEngine *engine, const guint8 *hash)
{
  if (self->picture_given || engine->avatar == NULL ||
      memcmp (hash, engine->avatar_hash, sizeof engine->avatar_hash) != 0)
    return;
  self->picture_given = TRUE;
  put_profile (self, engine, engine->avatar);
}

void
kh_exchange_ask_picture (KhExchange *self, const guint8 *hash)
{
  self->picture_asked = TRUE;
  memcpy (self->picture_hash, hash, sizeof self->picture_hash);
  g_clear_pointer (&self->request, g_bytes_unref);
  self->request = wrap (kh_message_encode_picture (hash));
}

void
kh_exchange_send_typing (KhExchange *self, gboolean active)
{
  gint64 now_us = g_get_monotonic_time ();

  KhEngine *engine = kh_exchange_engine (self);

  if (engine == NULL || (active && !kh_user_settings_get_typing_notices (engine->settings)))
    return;
  if (!self->up || (active ? self->typing_told_us != 0 && now_us < self->typing_told_us + TYPING_US
                           : self->typing_told_us == 0))
    return;
  self->typing_told_us = active ? now_us : 0;
  g_clear_pointer (&self->typing, g_bytes_unref);
  self->typing = wrap (kh_message_encode_typing (active));
  kh_exchange_pump_out (self);
}

guint
kh_exchange_get_undelivered (KhExchange *self)
{
  return kh_outbox_get_length (self->outbox) + self->settling;
}
