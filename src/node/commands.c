/* commands.c: what a front end tells the node to do (node.h)
 *
 * Owns nothing of its own. Commands change state; what they cause comes out of the five verbs.
 */
#include "node/node-private.h"

#include <string.h>

static void
machine_receive (gpointer machine, KhDatagram *in, gint64 now_us)
{
  kh_node_receive (machine, in, now_us);
}

static void
machine_receive_run (gpointer machine, KhDatagram *run, gint64 now_us)
{
  kh_node_receive_run (machine, run, now_us);
}

static gboolean
machine_poll_send (gpointer machine, KhDatagram *out, gint64 now_us)
{
  return kh_node_poll_send (machine, out, now_us);
}

static gint64
machine_next_timeout (gpointer machine)
{
  return kh_node_next_timeout (machine);
}

static void
machine_handle_timeout (gpointer machine, gint64 now_us)
{
  kh_node_handle_timeout (machine, now_us);
}

static void
machine_unreachable (gpointer machine, const KhAddr *remote, gint64 now_us)
{
  kh_node_unreachable (machine, remote, now_us);
}

static void
machine_closed (gpointer machine, const KhAddr *remote, gint64 now_us)
{
  KhNode *node = machine;

  kh_link_closed (node->link, remote, now_us);
}

static gboolean
machine_poll_close (gpointer machine, guint *ret_socket)
{
  KhNode *node = machine;

  return kh_governor_poll_close (node->governor, ret_socket);
}

const KhMachineOps kh_node_machine_ops = {
  .receive = machine_receive,
  .receive_run = machine_receive_run,
  .poll_send = machine_poll_send,
  .next_timeout = machine_next_timeout,
  .handle_timeout = machine_handle_timeout,
  .unreachable = machine_unreachable,
  .closed = machine_closed,
  .poll_close = machine_poll_close,
};

void
kh_node_allow_tcp (KhNode *self)
{
  kh_link_allow_tcp (self->link);
}

const KhPeerId *
kh_node_get_peer_id (KhNode *self)
{
  return &self->id;
}

void
kh_node_set_name (KhNode *self, const char *name)
{
  g_autofree char *clean = kh_name_clean (name);

  g_strlcpy (self->name, clean, sizeof self->name);
}

void
kh_node_get_stats (KhNode *self, KhNodeStats *ret_stats)
{
  *ret_stats = self->stats;
}

/* --- the network ------------------------------------------------------------------------- */

void
kh_node_set_server (KhNode *self, const KhAddr *addrs, gsize n, const KhKey *pinned, gint64 now_us)
{
  kh_link_set_server (self->link, addrs, n, pinned, now_us);
}

void
kh_node_resume_link (KhNode *self, const KhKey *key, gint64 now_us)
{
  kh_link_resume (self->link, key, now_us);
}

KhLinkState
kh_node_get_link_state (KhNode *self)
{
  return kh_link_get_state (self->link);
}

void
kh_node_shutdown (KhNode *self, gint64 now_us)
{
  g_autoptr (GList) sessions = g_hash_table_get_keys (self->owners);
  GHashTableIter iter;
  gpointer value;

  for (GList *l = sessions; l != NULL; l = l->next)
    kh_node_release_session (self, l->data, KH_CLOSE_DONE, "bye", now_us);
  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      KhPeer *peer = value;

      kh_peer_drop_knock (peer);
      kh_peer_drop_pending (self, peer);
      peer->wanted = FALSE;
      peer->next_us = KH_NEVER;
      peer->state = KH_PEER_IDLE;
    }
  kh_link_shutdown (self->link, now_us);
}

/* --- peers ------------------------------------------------------------------------------- */

void
kh_node_set_default_policy (KhNode *self, KhPolicy policy)
{
  self->default_policy = policy;
}

void
kh_node_set_policy (KhNode *self, const KhPeerId *id, KhPolicy policy, gint64 now_us)
{
  KhPeer *peer = kh_peer_ensure (self, id, now_us);

  peer->has_policy = TRUE;
  peer->policy = policy;
  if (policy == KH_POLICY_IGNORE)
    kh_node_disconnect (self, id, now_us);
}

void
kh_node_connect (
    KhNode *self, const KhPeerId *id, const KhKey *key, const guint8 *token, gint64 now_us)
{
  KhPeer *peer;

  if (kh_peer_id_equal (id, &self->id))
    return;

  peer = kh_peer_ensure (self, id, now_us);
  if (key != NULL && kh_peer_id_matches_key (id, key))
    {
      peer->key = *key;
      peer->has_key = TRUE;
      peer->is_met = TRUE;
    }
  if (token != NULL)
    {
      peer->has_token = TRUE;
      memcpy (peer->token, token, sizeof peer->token);
    }
  if (!peer->wanted)
    peer->asked_us = now_us;
  peer->wanted = TRUE;
  peer->declined = FALSE;
  peer->tries = 0;
  if (peer->session == NULL)
    kh_peer_meet (self, peer, now_us);
}

void
kh_node_disconnect (KhNode *self, const KhPeerId *id, gint64 now_us)
{
  KhPeer *peer = kh_peer_find (self, id);
  KhEvent event = { .type = KH_EVENT_CLOSED, .at_us = now_us, .peer = *id };

  if (peer == NULL)
    return;

  if (peer->wanted)
    kh_link_unwait (self->link, id, now_us);
  peer->wanted = FALSE;
  peer->next_us = KH_NEVER;
  kh_peer_drop_knock (peer);
  kh_peer_drop_pending (self, peer);
  if (peer->fresh != NULL)
    kh_node_release_session (self, peer->fresh, KH_CLOSE_DONE, NULL, now_us);
  if (peer->session != NULL)
    {
      kh_node_release_session (self, peer->session, KH_CLOSE_DONE, NULL, now_us);
      event.closed.code = KH_CLOSE_LOCAL;
      kh_node_push_event (self, &event);
    }
  kh_peer_set_state (self, peer, KH_PEER_IDLE, now_us);
}

void
kh_node_answer (KhNode *self, const KhPeerId *id, gboolean accept, gint64 now_us)
{
  KhPeer *peer = kh_peer_find (self, id);

  if (accept)
    kh_node_connect (self, id, NULL, NULL, now_us);
  else if (peer != NULL)
    {
      peer->declined = TRUE;
      kh_peer_drop_pending (self, peer);
    }
}

KhPeerState
kh_node_get_peer_state (KhNode *self, const KhPeerId *id)
{
  KhPeer *peer = kh_peer_find (self, id);

  return peer == NULL ? KH_PEER_IDLE : peer->state;
}

/* --- streams ----------------------------------------------------------------------------- */

/* The session of the last SESSION event; one that has closed since can be read, not written. */
static KhSession *
session_of (KhNode *self, const KhPeerId *id)
{
  KhPeer *peer = kh_peer_find (self, id);

  if (peer == NULL || peer->told_index == 0)
    return NULL;
  return g_hash_table_lookup (self->sessions, GUINT_TO_POINTER (peer->told_index));
}

gsize
kh_node_stream_room (KhNode *self, const KhPeerId *peer, guint64 id)
{
  KhSession *session = session_of (self, peer);

  return session == NULL ? 0 : kh_session_stream_room (session, id);
}

gsize
kh_node_stream_unacked (KhNode *self, const KhPeerId *peer, guint64 id)
{
  KhSession *session = session_of (self, peer);

  return session == NULL ? 0 : kh_session_stream_unacked (session, id);
}

gsize
kh_node_stream_write (
    KhNode *self, const KhPeerId *peer, guint64 id, const void *data, gsize len, gint64 now_us)
{
  KhSession *session = session_of (self, peer);

  return session == NULL ? 0 : kh_session_stream_write (session, id, data, len);
}

guint8 *
kh_node_stream_extend (
    KhNode *self, const KhPeerId *peer, guint64 id, gsize len, gsize *ret_len, gint64 now_us)
{
  KhSession *session = session_of (self, peer);

  return session == NULL ? NULL : kh_session_stream_extend (session, id, len, ret_len);
}

gsize
kh_node_stream_read (
    KhNode *self, const KhPeerId *peer, guint64 id, void *buf, gsize size, gint64 now_us)
{
  KhSession *session = session_of (self, peer);

  gsize len;

  if (session == NULL)
    return 0;
  len = kh_session_stream_read (session, id, buf, size);
  /* What was read may have been the last: that is news without a packet. */
  kh_node_take_session_events (self, session, now_us);
  return len;
}

gboolean
kh_node_stream_peek (
    KhNode *self, const KhPeerId *peer, guint64 id, const guint8 **ret_data, gsize *ret_len)
{
  KhSession *session = session_of (self, peer);

  return session != NULL && kh_session_stream_peek (session, id, ret_data, ret_len);
}

void
kh_node_stream_consume (KhNode *self, const KhPeerId *peer, guint64 id, gsize len, gint64 now_us)
{
  KhSession *session = session_of (self, peer);

  if (session == NULL)
    return;
  kh_session_stream_consume (session, id, len);
  kh_node_take_session_events (self, session, now_us);
}

gboolean
kh_node_open_stream (KhNode *self, const KhPeerId *peer, guint64 *ret_id, gint64 now_us)
{
  KhSession *session = session_of (self, peer);

  return session != NULL && kh_session_is_confirmed (session) &&
         kh_session_open_stream (session, ret_id);
}

void
kh_node_finish_stream (KhNode *self, const KhPeerId *peer, guint64 id, gint64 now_us)
{
  KhSession *session = session_of (self, peer);

  if (session != NULL)
    kh_session_finish_stream (session, id);
}

void
kh_node_reset_stream (KhNode *self, const KhPeerId *peer, guint64 id, guint64 code, gint64 now_us)
{
  KhSession *session = session_of (self, peer);

  if (session != NULL)
    kh_session_reset_stream (session, id, code);
}

void
kh_node_stop_stream (KhNode *self, const KhPeerId *peer, guint64 id, guint64 code, gint64 now_us)
{
  KhSession *session = session_of (self, peer);

  if (session != NULL)
    kh_session_stop_stream (session, id, code);
}

gboolean
kh_node_get_session_info (KhNode *self, const KhPeerId *peer, KhSessionInfo *ret_info)
{
  KhSession *session = session_of (self, peer);

  if (session == NULL)
    return FALSE;
  kh_session_get_info (session, ret_info);
  return TRUE;
}

void
kh_node_close_session (
    KhNode *self, const KhPeerId *id, KhCloseCode code, const char *reason, gint64 now_us)
{
  KhPeer *peer = kh_peer_find (self, id);
  KhEvent event = { .type = KH_EVENT_CLOSED, .at_us = now_us, .peer = *id };

  if (peer == NULL || peer->session == NULL)
    return;

  kh_node_release_session (self, peer->session, code, reason, now_us);
  event.closed.code = KH_CLOSE_LOCAL;
  kh_node_push_event (self, &event);
  if (peer->wanted)
    {
      peer->asked_us = now_us;
      kh_peer_set_state (self, peer, KH_PEER_NO_PATH, now_us);
      kh_peer_retry_later (peer, G_USEC_PER_SEC, 60 * G_USEC_PER_SEC, now_us);
    }
  else
    {
      kh_peer_set_state (self, peer, KH_PEER_IDLE, now_us);
    }
}
