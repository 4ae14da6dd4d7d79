/* peer-session.c: what becomes of a peer by what its sessions tell
 *
 * Owns nothing. A session that is confirmed takes the place of the one before; one that ends, or
 * never came to be, is followed by the next try.
 */
#include "node/node-private.h"

#define NO_PATH_FIRST_US (5 * G_USEC_PER_SEC)
#define NO_PATH_MAX_US (120 * G_USEC_PER_SEC)

void
kh_peer_begin_opening (KhNode *node, KhPeer *peer, gint64 now_us)
{
  KhEvent event = { .type = KH_EVENT_OPENING, .at_us = now_us, .peer = peer->id };

  peer->opened_index = kh_session_get_index (peer->fresh);
  kh_session_open (peer->fresh, now_us);
  kh_node_push_session_event (node, &event, peer->opened_index);
}

void
kh_peer_end_opening (KhNode *node, KhPeer *peer, KhSession *session, gint64 now_us)
{
  KhEvent event = { .type = KH_EVENT_OPENING, .at_us = now_us, .peer = peer->id };

  if (peer->opened_index != kh_session_get_index (session))
    return;
  peer->opened_index = 0;
  event.opening.failed = TRUE;
  kh_node_push_event (node, &event);
}

static void
confirm (KhNode *node, KhPeer *peer, KhSession *session, gint64 now_us)
{
  KhEvent event = { .type = KH_EVENT_SESSION, .at_us = now_us, .peer = peer->id };

  if (peer->session != NULL)
    kh_node_release_session (node, peer->session, KH_CLOSE_REPLACED, NULL, now_us);
  peer->session = session;
  peer->fresh = NULL;
  peer->barred = kh_session_get_barred (session);
  peer->tries = 0;
  peer->is_met = TRUE;
  peer->next_us = KH_NEVER;
  kh_peer_drop_knock (peer);

  event.session.key = peer->key;
  g_strlcpy (event.session.name, kh_session_get_name (session), sizeof event.session.name);
  event.session.initiator = kh_session_is_initiator (session);
  event.session.opened = peer->opened_index == kh_session_get_index (session);
  peer->opened_index = 0;
  event.session.elapsed_us = now_us - kh_session_get_asked_us (session);
  kh_peer_set_state (node, peer, KH_PEER_CONNECTED, now_us);
  kh_node_push_session_event (node, &event, kh_session_get_index (session));
}

static void
tell_path (KhNode *node, KhPeer *peer, KhSession *session, gint64 now_us)
{
  KhEvent event = { .type = KH_EVENT_PATH, .at_us = now_us, .peer = peer->id };
  const KhPath *path = kh_session_get_path (session);

  if (path == NULL || session != peer->session)
    return;
  if (path->kind == KH_CANDIDATE_RELAY)
    {
      event.path.kind = KH_PATH_RELAY;
    }
  else
    {
      event.path.kind = KH_PATH_DIRECT;
      event.path.local = path->seen;
      event.path.remote = path->remote;
    }
  event.path.rtt_us = kh_session_get_rtt_us (session);
  event.path.elapsed_us = now_us - kh_session_get_asked_us (session);
  kh_node_push_event (node, &event);
}

/* A session that never came to be. Who knocked tries first, so that the two do not cross. */
static void
give_up_attempt (KhNode *node, KhPeer *peer, KhSession *session, gint64 now_us)
{
  gboolean initiator = kh_session_is_initiator (session);

  peer->fresh = NULL;
  peer->barred = kh_session_get_barred (session);
  kh_node_release_session (node, session, KH_CLOSE_LOST, NULL, now_us);
  if (peer->session != NULL)
    return;
  if (!peer->wanted)
    {
      kh_peer_set_state (node, peer, KH_PEER_IDLE, now_us);
      return;
    }
  kh_peer_retry_later (peer, NO_PATH_FIRST_US, NO_PATH_MAX_US, now_us);
  if (!initiator)
    peer->next_us += NO_PATH_FIRST_US;
  kh_peer_set_state (node, peer, KH_PEER_NO_PATH, now_us);
}

static void
end_session (KhNode *node,
             KhPeer *peer,
             KhSession *session,
             KhCloseCode code,
             const char *reason,
             gint64 now_us)
{
  KhEvent event = { .type = KH_EVENT_CLOSED, .at_us = now_us, .peer = peer->id };

  event.closed.code = code;
  g_strlcpy (event.closed.reason, reason, sizeof event.closed.reason);
  peer->session = NULL;
  peer->asked_us = now_us;
  kh_node_release_session (node, session, code, reason, now_us);
  kh_node_push_event (node, &event);

  if (!peer->wanted)
    {
      peer->next_us = KH_NEVER;
      kh_peer_set_state (node, peer, KH_PEER_IDLE, now_us);
    }
  else if (peer->fresh != NULL)
    kh_peer_set_state (node, peer, KH_PEER_PUNCHING, now_us);
  else if (code == KH_CLOSE_DONE)
    kh_peer_go_offline (node, peer, now_us);
  else
    kh_peer_meet (node, peer, now_us);
}

static void
offer (KhNode *node, KhSession *session, gint64 now_us)
{
  KhCandidate candidates[KH_CANDIDATES_MAX];
  guint n = kh_node_gather (node, candidates);

  kh_session_offer (session, candidates, n, now_us);
}

static void
receive_close (
    KhNode *node, KhPeer *peer, KhSession *session, const KhSessionEvent *event, gint64 now_us)
{
  KhCloseCode code = KH_CLOSE_PROTOCOL;

  if (event->by_peer && (event->code == KH_CLOSE_DONE || event->code == KH_CLOSE_REPLACED))
    code = event->code;
  if (session == peer->session)
    end_session (node, peer, session, code, event->reason, now_us);
  else
    give_up_attempt (node, peer, session, now_us);
}

void
kh_peer_receive_session_event (
    KhNode *node, KhPeer *peer, KhSession *session, const KhSessionEvent *event, gint64 now_us)
{
  switch (event->type)
    {
    case KH_SESSION_EVENT_CONFIRMED:
      confirm (node, peer, session, now_us);
      break;
    case KH_SESSION_EVENT_PATH:
      tell_path (node, peer, session, now_us);
      break;
    case KH_SESSION_EVENT_STREAM:
      kh_node_push_stream_event (node, &peer->id, kh_session_get_index (session), event, now_us);
      break;
    case KH_SESSION_EVENT_NO_PATH:
      give_up_attempt (node, peer, session, now_us);
      break;
    case KH_SESSION_EVENT_SLOW:
      /* If it is the network, the server does not answer either: to find that out takes time. */
      kh_link_probe (node->link, now_us);
      break;
    case KH_SESSION_EVENT_SUSPECT:
      /* If our own NAT was rebound, the server must know where we are before it can help. */
      if (kh_session_is_relayed (session))
        kh_link_suspect (node->link, now_us);
      else
        kh_link_probe (node->link, now_us);
      kh_link_hurry (node->link, now_us + KH_SESSION_LOST_US, now_us);
      if (!kh_session_has_relay (session, NULL))
        kh_peer_meet (node, peer, now_us);
      break;
    case KH_SESSION_EVENT_STALLED:
      peer->asked_us = now_us;
      kh_peer_meet (node, peer, now_us);
      break;
    case KH_SESSION_EVENT_OFFER:
      offer (node, session, now_us);
      break;
    case KH_SESSION_EVENT_MEASURE:
      kh_discovery_measure (node->discovery, now_us);
      break;
    case KH_SESSION_EVENT_IDLE:
      kh_ladder_idle (node, now_us);
      break;
    case KH_SESSION_EVENT_VERDICT:
      if (session == peer->session)
        kh_node_push_event (node, &(KhEvent){ .type = KH_EVENT_VERDICT,
                                              .at_us = now_us,
                                              .peer = peer->id });
      break;
    case KH_SESSION_EVENT_LOST:
      end_session (node, peer, session, KH_CLOSE_LOST, "", now_us);
      break;
    case KH_SESSION_EVENT_CLOSED:
      receive_close (node, peer, session, event, now_us);
      break;
    default:
      g_assert_not_reached ();
    }
}
