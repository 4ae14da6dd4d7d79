/* peer.c: one peer we know of: how far we are with it, and when to try what again
 *
 * Owns the state of each KhPeer. A wanted peer goes NO_SERVER → LOOKUP → KNOCKING → PUNCHING →
 * CONNECTED, and from anywhere back to where the next try begins; nobody presses "retry".
 */
#include "node/node-private.h"

/* A peer that is not here. WAIT tells when it is, if it wants us as well; whom we have not met yet
 * may not, and is looked for again and again. */
#define OFFLINE_FIRST_US (2 * G_USEC_PER_SEC)
#define OFFLINE_MAX_US (60 * G_USEC_PER_SEC)
#define OFFLINE_MET_US (15 * 60 * G_USEC_PER_SEC)
#define RETURN_US (G_USEC_PER_SEC / 2)
/* An unanswered knock is made anew: the other's program may have been started again since. */
#define UNANSWERED_US (60 * G_USEC_PER_SEC)
#define WRONG_KEY_US (60 * G_USEC_PER_SEC)
/* The lower key knocks when READY comes; the other only if nothing came of it. */
#define READY_PATIENCE_US (2 * G_USEC_PER_SEC)
/* Knocks cost public-key operations: many contacts are not met in one go. */
#define STAGGER_US 3000

const char *
kh_peer_state_to_string (KhPeerState state)
{
  switch (state)
    {
    case KH_PEER_IDLE:
      return "idle";
    case KH_PEER_NO_SERVER:
      return "no-server";
    case KH_PEER_LOOKUP:
      return "lookup";
    case KH_PEER_KNOCKING:
      return "knocking";
    case KH_PEER_UNANSWERED:
      return "unanswered";
    case KH_PEER_OFFLINE:
      return "offline";
    case KH_PEER_PUNCHING:
      return "punching";
    case KH_PEER_CONNECTED:
      return "connected";
    case KH_PEER_NO_PATH:
      return "no-path";
    case KH_PEER_WRONG_KEY:
      return "wrong-key";
    default:
      return "unknown";
    }
}

KhPeer *
kh_peer_find (KhNode *node, const KhPeerId *id)
{
  return g_hash_table_lookup (node->peers, id);
}

static gboolean
is_stranger (const KhPeer *peer)
{
  return !peer->wanted && !peer->has_policy && !peer->has_relay_policy && peer->session == NULL &&
         peer->fresh == NULL && peer->pending == NULL;
}

/* Strangers leave only a timestamp behind; the one heard of longest ago makes room. */
static void
make_room (KhNode *node)
{
  GHashTableIter iter;
  gpointer value;
  KhPeer *oldest = NULL;
  guint n = 0;

  g_hash_table_iter_init (&iter, node->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      KhPeer *peer = value;

      if (!is_stranger (peer))
        continue;
      n++;
      if (oldest == NULL || peer->known_us < oldest->known_us)
        oldest = peer;
    }
  if (n >= KH_STRANGERS_MAX)
    g_hash_table_remove (node->peers, &oldest->id);
}

KhPeer *
kh_peer_ensure (KhNode *node, const KhPeerId *id, gint64 now_us)
{
  KhPeer *peer = kh_peer_find (node, id);

  if (peer != NULL)
    return peer;
  make_room (node);
  peer = g_new0 (KhPeer, 1);
  peer->id = *id;
  peer->last_timestamp_us = G_MININT64;
  peer->known_us = now_us;
  peer->next_us = KH_NEVER;
  g_hash_table_insert (node->peers, &peer->id, peer);
  return peer;
}

void
kh_peer_free (gpointer data)
{
  KhPeer *peer = data;

  kh_peer_drop_knock (peer);
  if (peer->pending != NULL)
    kh_noise_free (peer->pending->noise);
  g_free (peer->pending);
  g_free (peer);
}

void
kh_peer_drop_knock (KhPeer *peer)
{
  g_clear_pointer (&peer->noise, kh_noise_free);
}

void
kh_peer_set_state (KhNode *node, KhPeer *peer, KhPeerState state, gint64 now_us)
{
  KhEvent event = { .type = KH_EVENT_PEER, .at_us = now_us, .peer = peer->id };

  if (peer->state == state)
    return;
  g_debug ("peer: %s -> %s", kh_peer_state_to_string (peer->state),
           kh_peer_state_to_string (state));
  peer->state = state;
  event.peer_state.state = state;
  kh_node_push_event (node, &event);
}

KhPolicy
kh_peer_get_policy (KhNode *node, KhPeer *peer)
{
  return peer->has_policy ? peer->policy : node->default_policy;
}

KhRelayPolicy
kh_peer_get_relay_policy (KhNode *node, KhPeer *peer)
{
  return peer->has_relay_policy ? peer->relay_policy : node->relay_policy;
}

void
kh_peer_retry_later (KhPeer *peer, gint64 first_us, gint64 max_us, gint64 now_us)
{
  gint64 pause_us = first_us;

  for (guint i = 0; i < peer->tries && pause_us < max_us; i++)
    pause_us += pause_us / 2;
  peer->tries++;
  peer->next_us = now_us + MIN (pause_us, max_us);
}

/* --- steps ------------------------------------------------------------------------------- */

/* What another try has found out stays told until this one has found something else. */
static gboolean
is_found_out (const KhPeer *peer)
{
  return peer->state == KH_PEER_OFFLINE || peer->state == KH_PEER_UNANSWERED ||
         peer->state == KH_PEER_WRONG_KEY;
}

void
kh_peer_meet (KhNode *node, KhPeer *peer, gint64 now_us)
{
  /* A session may need the server's help, whoever wanted it. */
  if ((!peer->wanted && peer->session == NULL) || peer->fresh != NULL)
    return;
  if (kh_link_get_state (node->link) != KH_LINK_UP)
    {
      peer->next_us = KH_NEVER;
      if (peer->session == NULL)
        kh_peer_set_state (node, peer, KH_PEER_NO_SERVER, now_us);
      return;
    }

  /* By then its sender has knocked anew, or is gone: what is left of it answers nobody. */
  if (peer->pending != NULL &&
      now_us - peer->pending->arrived_us > KH_ANSWER_PATIENCE_US + UNANSWERED_US)
    kh_peer_drop_pending (node, peer);

  if ((peer->pending != NULL || peer->has_key) && kh_measured_await (node, peer, now_us))
    return;
  peer->next_us = now_us + KH_ANSWER_PATIENCE_US;
  if (peer->pending != NULL)
    {
      kh_meeting_answer (node, peer, now_us);
    }
  else if (!peer->has_key)
    {
      kh_link_lookup (node->link, &peer->id, now_us);
      if (!is_found_out (peer))
        kh_peer_set_state (node, peer, KH_PEER_LOOKUP, now_us);
    }
  else if (kh_meeting_knock (node, peer, now_us))
    {
      if (peer->session == NULL && !is_found_out (peer))
        kh_peer_set_state (node, peer, KH_PEER_KNOCKING, now_us);
    }
}

void
kh_peer_handle_timeout (KhNode *node, KhPeer *peer, gint64 now_us)
{
  if (peer->next_us > now_us)
    return;

  peer->next_us = KH_NEVER;
  if (peer->measures)
    {
      kh_measured_go_on (node, peer, now_us);
    }
  else if (peer->state == KH_PEER_KNOCKING && !peer->crossed)
    {
      /* The knock stands: the other person may still be looking at it. */
      peer->next_us = now_us + UNANSWERED_US;
      kh_peer_set_state (node, peer, KH_PEER_UNANSWERED, now_us);
    }
  else
    {
      kh_peer_meet (node, peer, now_us);
      if (peer->state == KH_PEER_UNANSWERED && peer->next_us != KH_NEVER)
        peer->next_us = now_us + UNANSWERED_US;
    }
}

/* Does it wait for a path? Where TCP alone gets through to the server, no direct path does, or it
 * will prove itself at once. */
static gboolean
needs_server (KhNode *node, KhSession *session)
{
  return kh_session_is_suspect (session) ||
         (kh_link_is_tcp (node->link) && !kh_session_is_relayed (session));
}

/* The link came up or went down: those who are being met begin anew. */
void
kh_peer_link_changed (KhNode *node, gint64 now_us)
{
  gboolean up = kh_link_get_state (node->link) == KH_LINK_UP;
  GHashTableIter iter;
  gpointer value;
  guint n = 0;

  g_hash_table_iter_init (&iter, node->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      KhPeer *peer = value;

      /* A session that waits for a path, and for the server's help with it. */
      if (up && peer->session != NULL && needs_server (node, peer->session))
        {
          kh_session_moved (peer->session, now_us);
          kh_peer_meet (node, peer, now_us);
        }
      if (!up && peer->session != NULL && kh_session_is_relayed (peer->session))
        kh_link_hurry (node->link, now_us + KH_SESSION_LOST_US, now_us);
      if (!peer->wanted || peer->session != NULL || peer->fresh != NULL)
        continue;
      kh_peer_drop_knock (peer);
      peer->next_us = up ? now_us + STAGGER_US * n++ : KH_NEVER;
      if (!up)
        kh_peer_set_state (node, peer, KH_PEER_NO_SERVER, now_us);
      else if (peer->next_us == now_us)
        kh_peer_meet (node, peer, now_us);
    }
}

void
kh_peer_go_offline (KhNode *node, KhPeer *peer, gint64 now_us)
{
  kh_peer_drop_knock (peer);
  /* Who had a session with us a moment ago will be back, as we are. */
  if (peer->session != NULL)
    peer->next_us = now_us + RETURN_US;
  else if (peer->is_met)
    peer->next_us = now_us + OFFLINE_MET_US;
  else
    kh_peer_retry_later (peer, OFFLINE_FIRST_US, OFFLINE_MAX_US, now_us);
  kh_link_wait (node->link, &peer->id, now_us);
  if (peer->session == NULL)
    kh_peer_set_state (node, peer, KH_PEER_OFFLINE, now_us);
}

static void
receive_key (KhNode *node, KhPeer *peer, const KhKey *key, gint64 now_us)
{
  if (!kh_peer_id_matches_key (&peer->id, key))
    {
      node->stats.refused++;
      peer->next_us = now_us + WRONG_KEY_US;
      kh_peer_set_state (node, peer, KH_PEER_WRONG_KEY, now_us);
      return;
    }
  peer->key = *key;
  peer->has_key = TRUE;
  kh_peer_meet (node, peer, now_us);
}

void
kh_peer_receive_reply (KhNode *node, const KhLinkEvent *event, gint64 now_us)
{
  KhPeer *peer = kh_peer_find (node, &event->peer);

  if (peer == NULL || (!peer->wanted && peer->session == NULL))
    return;
  if (event->request == KH_LINK_LOOKUP && event->status == KH_LINK_OK && !peer->has_key)
    receive_key (node, peer, &event->key, now_us);
  else if (event->request == KH_LINK_KNOCK && event->status == KH_LINK_OK && peer->noise != NULL &&
           (peer->state == KH_PEER_OFFLINE || peer->state == KH_PEER_WRONG_KEY))
    kh_peer_set_state (node, peer, KH_PEER_KNOCKING, now_us);
  else if ((event->request == KH_LINK_LOOKUP && !peer->has_key) ||
           (event->request == KH_LINK_KNOCK && peer->noise != NULL))
    {
      if (event->status != KH_LINK_OK)
        kh_peer_go_offline (node, peer, now_us);
    }
}

void
kh_peer_receive_ready (KhNode *node, const KhLinkEvent *event, gint64 now_us)
{
  KhPeer *peer = kh_peer_find (node, &event->peer);

  if (peer == NULL || !peer->wanted || peer->session != NULL || peer->fresh != NULL ||
      peer->noise != NULL)
    return;

  peer->tries = 0;
  if (!peer->has_key || kh_key_compare (kh_identity_get_public (node->identity), &peer->key) < 0)
    kh_peer_meet (node, peer, now_us);
  else
    peer->next_us = now_us + READY_PATIENCE_US;
}
