/* engine-events.c: the node's events, one function each (kh_node_poll_event()) */
#include "engine/engine-private.h"
#include "engine/goodbye.h"

static KhPresence
presence_from_state (KhPeerState state)
{
  switch (state)
    {
    case KH_PEER_NO_SERVER:
      return KH_PRESENCE_NO_SERVER;
    case KH_PEER_LOOKUP:
      return KH_PRESENCE_LOOKUP;
    case KH_PEER_KNOCKING:
      return KH_PRESENCE_KNOCKING;
    case KH_PEER_UNANSWERED:
      return KH_PRESENCE_UNANSWERED;
    case KH_PEER_OFFLINE:
      return KH_PRESENCE_OFFLINE;
    case KH_PEER_PUNCHING:
      return KH_PRESENCE_PUNCHING;
    case KH_PEER_CONNECTED:
      return KH_PRESENCE_CONNECTED;
    case KH_PEER_NO_PATH:
      return KH_PRESENCE_NO_PATH;
    case KH_PEER_WRONG_KEY:
      return KH_PRESENCE_WRONG_KEY;
    case KH_PEER_IDLE:
    default:
      return KH_PRESENCE_IDLE;
    }
}

static KhEnded
ended_from_code (KhCloseCode code)
{
  switch (code)
    {
    case KH_CLOSE_PROTOCOL:
      return KH_ENDED_PROTOCOL;
    case KH_CLOSE_REPLACED:
      return KH_ENDED_REPLACED;
    case KH_CLOSE_LOST:
      return KH_ENDED_LOST;
    case KH_CLOSE_LOCAL:
      return KH_ENDED_LOCAL;
    case KH_CLOSE_DONE:
    default:
      return KH_ENDED_DONE;
    }
}

static void
handle_closed (KhEngine *self, KhConversation *conversation, const KhEvent *event)
{
  kh_streams_session_down (conversation->streams);
  kh_exchange_session_down (conversation->exchange);
  kh_engine_verdict_end (conversation, event->at_us);
  kh_conversation_clear_path (conversation);
  kh_engine_emit_closed (self, conversation, ended_from_code (event->closed.code),
                         event->closed.reason);
}

/* What is not written down when the session ends is not known afterwards. */
static void
note_verdict (KhEngine *self, KhConversation *conversation, const KhEvent *event)
{
  if (event->type == KH_EVENT_SESSION || event->type == KH_EVENT_PATH ||
      event->type == KH_EVENT_VERDICT)
    kh_engine_verdict_note (self, conversation);
}

static void
handle_peer_event (KhEngine *self, KhConversation *conversation, const KhEvent *event)
{
  switch (event->type)
    {
    case KH_EVENT_PEER:
      kh_conversation_set_presence (conversation, presence_from_state (event->peer_state.state));
      break;
    case KH_EVENT_OPENING:
      if (event->opening.failed)
        kh_exchange_session_down (conversation->exchange);
      else
        kh_exchange_session_up (conversation->exchange);
      break;
    case KH_EVENT_SESSION:
      /* It may replace one whose end is not told. */
      kh_streams_session_down (conversation->streams);
      kh_engine_contacts_handle_session (self, event);
      kh_engine_emit_session (self, conversation, event->session.elapsed_us);
      if (!event->session.opened || !kh_exchange_is_up (conversation->exchange))
        kh_exchange_session_up (conversation->exchange);
      break;
    case KH_EVENT_PATH:
      if (kh_conversation_set_path (conversation, event))
        kh_engine_emit_path (self, conversation, event->path.elapsed_us);
      break;
    case KH_EVENT_STREAM:
      if (event->stream.id == 0)
        kh_exchange_stream (conversation->exchange);
      else
        kh_streams_handle (conversation->streams, self, event);
      break;
    case KH_EVENT_CLOSED:
      handle_closed (self, conversation, event);
      break;
    case KH_EVENT_VERDICT:
      kh_engine_emit_verdict (self, conversation);
      break;
    case KH_EVENT_LINK:
    case KH_EVENT_KNOCK:
    default:
      break;
    }
}

static void
handle_event (KhEngine *self, KhServerLink *link, const KhEvent *event)
{
  g_autoptr (KhConversation) conversation = NULL;

  if (event->type == KH_EVENT_LINK)
    {
      kh_server_link_handle (link, event);
      return;
    }
  if (event->type == KH_EVENT_KNOCK)
    {
      kh_engine_knocks_handle (self, link, event);
      return;
    }
  /* Of a contact that was removed a moment ago there is nothing to tell. */
  conversation = kh_engine_lookup (self, &event->peer);
  if (conversation == NULL)
    return;
  g_object_ref (conversation);
  if (link != conversation->link && !kh_engine_servers_met (self, link, conversation, event))
    return;
  note_verdict (self, conversation, event);
  handle_peer_event (self, conversation, event);
}

void
kh_engine_poll_events (gpointer user_data)
{
  /* A signal handler may close the engine, or drop the last reference to it. */
  g_autoptr (KhServerLink) link = g_object_ref (KH_SERVER_LINK (user_data));
  g_autoptr (KhEngine) self = g_object_ref (link->engine);
  KhEvent event;

  while (self->stage == KH_ENGINE_OPEN && link->node != NULL &&
         kh_node_poll_event (link->node, &event))
    handle_event (self, link, &event);
  if (self->stage == KH_ENGINE_CLOSING)
    kh_goodbye_look (self);
}
