/* exchange.c: one contact's messages over many sessions: beginnings and ends */
#include "engine/exchange-private.h"

KhExchange *
kh_exchange_new (KhConversation *conversation)
{
  KhExchange *self = g_new0 (KhExchange, 1);

  self->conversation = conversation;
  self->outbox = kh_outbox_new (KH_OUTBOX_IN_FLIGHT_MAX);
  self->inbox = kh_inbox_new ();
  g_queue_init (&self->window);
  if (conversation->engine != NULL)
    kh_inbox_set_tells_read (self->inbox,
                             kh_user_settings_get_read_receipts (conversation->engine->settings));
  if (conversation->contact->has_last_read)
    kh_inbox_mark_read (self->inbox, &conversation->contact->last_read);
  return self;
}

void
kh_exchange_free (KhExchange *self)
{
  if (self == NULL)
    return;
  kh_exchange_reset_out (self);
  kh_exchange_reset_in (self);
  kh_exchange_stop_timer (&self->scrub);
  kh_outbox_free (self->outbox);
  kh_inbox_free (self->inbox);
  g_free (self);
}

KhEngine *
kh_exchange_engine (KhExchange *self)
{
  KhEngine *engine = self->conversation->engine;

  return engine != NULL && engine->stage == KH_ENGINE_OPEN ? engine : NULL;
}

KhEngine *
kh_exchange_hold_engine (KhExchange *self)
{
  KhEngine *engine = kh_exchange_engine (self);

  return engine != NULL ? g_object_ref (engine) : NULL;
}

const KhPeerId *
kh_exchange_peer (KhExchange *self)
{
  return &self->conversation->peer;
}

void
kh_exchange_start_timer (KhExchange *self, GSource **timer, guint seconds, GSourceFunc func)
{
  *timer = g_timeout_source_new_seconds (seconds);
  g_source_set_callback (*timer, func, self, NULL);
  g_source_attach (*timer, g_main_context_get_thread_default ());
}

void
kh_exchange_stop_timer (GSource **timer)
{
  if (*timer == NULL)
    return;
  g_source_destroy (*timer);
  g_clear_pointer (timer, g_source_unref);
}

gboolean
kh_exchange_is_up (KhExchange *self)
{
  return self->up;
}

void
kh_exchange_session_up (KhExchange *self)
{
  kh_exchange_session_down (self);
  self->up = TRUE;
  self->session++;
  self->reader = kh_framing_reader_new ();
  self->input = g_malloc (KH_EXCHANGE_READ);
  kh_outbox_session_up (self->outbox);
  kh_inbox_session_up (self->inbox);
  self->picture_asked = FALSE;
  kh_exchange_send_profile (self);
  kh_exchange_pump_in (self);
  kh_exchange_pump_out (self);
}

void
kh_exchange_session_down (KhExchange *self)
{
  if (!self->up)
    return;
  self->up = FALSE;
  kh_outbox_session_down (self->outbox);
  kh_inbox_session_down (self->inbox);
  kh_exchange_reset_out (self);
  kh_exchange_reset_in (self);
  kh_message_list_unsend (self->conversation->messages);
  kh_conversation_set_typing (self->conversation, FALSE);
}

void
kh_exchange_stream (KhExchange *self)
{
  /* Each may make room for the other: receipts that came let texts out, receipts that went let
   * texts in. */
  kh_exchange_pump_in (self);
  kh_exchange_pump_out (self);
  if (self->input_at < self->input_len)
    kh_exchange_pump_in (self);
}

void
kh_exchange_fail (KhExchange *self, const char *reason)
{
  g_autoptr (KhEngine) engine = kh_exchange_hold_engine (self);

  if (engine == NULL)
    return;
  kh_exchange_session_down (self);
  kh_node_close_session (kh_conversation_get_node (self->conversation), kh_exchange_peer (self),
                         KH_CLOSE_PROTOCOL, reason, g_get_monotonic_time ());
  kh_conversation_kick (self->conversation);
  kh_engine_emit_problem (
      engine, self->conversation,
      g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_PEER_PROTOCOL,
                   "What %s sends cannot be understood (%s), so the connection was closed. "
                   "One of the two programs may be too old.",
                   self->conversation->name, reason));
}
