/* node.c: the five verbs and the commands of one peer (node.h)
 *
 * Owns the link, the peers and the sessions. It asks each machine inside for output and timeouts,
 * and carries their events to peer.c and meeting.c after each turn. What comes in is
 * node-receive.c's.
 */
#include "node/node-private.h"

#include <string.h>

/* Closed sessions that still answer with their CLOSE. */
#define SESSIONS_LINGERING_MAX 64
/* Datagrams that a session may send before the link and the other sessions have their turn: as
 * many as make one message of segmentation offload. */
#define STREAK_MAX 64

KhNode *
kh_node_new (const KhIdentity *identity,
             const char *name,
             KhRandom random,
             gint64 wall_clock_us,
             gint64 now_us)
{
  KhNode *self = g_new0 (KhNode, 1);
  guint8 secret[KH_KEY_SIZE];

  kh_identity_copy_secret (identity, secret);
  self->identity = kh_identity_new_from_secret (secret);
  kh_wipe (secret, sizeof secret);
  self->id = kh_peer_id_from_key (kh_identity_get_public (identity));
  self->random = random;
  self->wall_offset_us = wall_clock_us - now_us;
  self->link = kh_link_new (self->identity, random);
  kh_ladder_init (self);
  self->peers =
      g_hash_table_new_full (kh_peer_id_hash_func, kh_peer_id_equal_func, NULL, kh_peer_free);
  self->sessions = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) kh_session_free);
  self->owners = g_hash_table_new (NULL, NULL);
  self->order = g_ptr_array_new ();
  kh_node_events_init (self);
  kh_node_set_name (self, name);
  return self;
}

void
kh_node_free (KhNode *self)
{
  if (self == NULL)
    return;

  g_ptr_array_unref (self->order);
  g_hash_table_unref (self->owners);
  g_hash_table_unref (self->sessions);
  g_hash_table_unref (self->peers);
  kh_ladder_clear (self);
  kh_link_free (self->link);
  kh_identity_free (self->identity);
  kh_node_events_clear (self);
  g_free (self);
}

const char *
kh_path_kind_to_string (KhPathKind kind)
{
  switch (kind)
    {
    case KH_PATH_DIRECT:
      return "direct";
    case KH_PATH_RELAY:
      return "relay";
    default:
      return "unknown";
    }
}

const char *
kh_close_code_to_string (KhCloseCode code)
{
  switch (code)
    {
    case KH_CLOSE_DONE:
      return "done";
    case KH_CLOSE_REPLACED:
      return "replaced";
    case KH_CLOSE_PROTOCOL:
      return "protocol";
    case KH_CLOSE_LOST:
      return "lost";
    case KH_CLOSE_LOCAL:
      return "local";
    default:
      return "unknown";
    }
}

/* --- what the other files need ----------------------------------------------------------- */

guint
kh_node_gather (KhNode *self, KhCandidate *ret_candidates)
{
  guint n =
      kh_candidate_gather (self->hosts, self->n_hosts, self->seen, G_N_ELEMENTS (self->seen),
                           self->told_mapped, G_N_ELEMENTS (self->told_mapped), ret_candidates);
  guint n_kept = 0;

  for (guint i = 0; i < n; i++)
    if (!(self->shuns_local && kh_addr_is_private (&ret_candidates[i].addr)))
      ret_candidates[n_kept++] = ret_candidates[i];
  return n_kept;
}

guint32
kh_node_new_index (KhNode *self)
{
  guint32 index;

  do
    index = kh_random_u32 (&self->random);
  while (index == 0 || g_hash_table_contains (self->sessions, GUINT_TO_POINTER (index)) ||
         kh_link_owns_index (self->link, index));
  return index;
}

void
kh_node_add_session (KhNode *self, KhSession *session, KhPeer *peer)
{
  g_hash_table_insert (self->sessions, GUINT_TO_POINTER (kh_session_get_index (session)), session);
  g_hash_table_insert (self->owners, session, peer);
  g_ptr_array_add (self->order, session);
  self->opening = session;
}

/* The end of the session. */
static void
drop_session (KhNode *self, KhSession *session)
{
  guint place;

  if (g_ptr_array_find (self->order, session, &place))
    {
      g_ptr_array_remove_index (self->order, place);
      if (place < self->turn)
        self->turn--;
      else if (place == self->turn)
        self->streak = 0;
    }
  if (self->recent == session)
    self->recent = NULL;
  if (self->stirred == session)
    self->stirred = NULL;
  if (self->opening == session)
    self->opening = NULL;
  g_hash_table_remove (self->sessions, GUINT_TO_POINTER (kh_session_get_index (session)));
}

void
kh_node_release_session (
    KhNode *self, KhSession *session, guint64 code, const char *reason, gint64 now_us)
{
  KhPeer *peer = g_hash_table_lookup (self->owners, session);

  g_hash_table_remove (self->owners, session);
  if (peer != NULL)
    kh_peer_end_opening (self, peer, session, now_us);
  if (peer != NULL && peer->session == session)
    peer->session = NULL;
  if (peer != NULL && peer->fresh == session)
    peer->fresh = NULL;
  kh_session_close (session, code, reason, now_us);
  if (!kh_session_is_confirmed (session) ||
      g_hash_table_size (self->sessions) - g_hash_table_size (self->owners) >
          SESSIONS_LINGERING_MAX)
    drop_session (self, session);
}

/* --- carrying events inward -------------------------------------------------------------- */

static void
take_link_state (KhNode *self, gint64 now_us)
{
  KhEvent event = { .type = KH_EVENT_LINK, .at_us = now_us };
  KhLinkState state = kh_link_get_state (self->link);

  event.link.state = state;
  event.link.trouble = kh_link_get_trouble (self->link);
  event.link.server_key = *kh_link_get_server_key (self->link);
  if (state == KH_LINK_UP)
    {
      const KhAddr *seen = kh_link_get_seen (self->link);
      KhAddr *known = &self->seen[kh_socket_for_family (seen->family)];

      event.link.seen = *seen;
      event.link.rtt_us = kh_link_get_rtt_us (self->link);
      /* What the server sees of a TCP connection is no place for anyone to send to. */
      if (!kh_link_is_tcp (self->link) && !kh_addr_equal (known, seen))
        {
          KhCandidate candidate = kh_candidate_make (KH_CANDIDATE_SRFLX, seen, 30000);
          GHashTableIter iter;
          gpointer session;

          *known = *seen;
          g_hash_table_iter_init (&iter, self->owners);
          while (g_hash_table_iter_next (&iter, &session, NULL))
            kh_session_offer (session, &candidate, 1, now_us);
        }
    }
  kh_node_push_event (self, &event);
  kh_ladder_link_changed (self, now_us);
  kh_peer_link_changed (self, now_us);
}

/* The channel is gone: another introduction of the same session brings a new one. Over the day's
 * volume it will be refused again, so nothing is asked for. */
static void
take_relay_refused (KhNode *self, const KhLinkEvent *event, gint64 now_us)
{
  KhAddr relay = kh_addr_relay (event->channel);
  GHashTableIter iter;
  gpointer session, peer;

  g_hash_table_iter_init (&iter, self->owners);
  while (g_hash_table_iter_next (&iter, &session, &peer))
    if (kh_session_has_relay (session, &relay))
      {
        gboolean was_used = kh_session_is_relayed (session);

        kh_session_set_relay (session, NULL, 0, now_us);
        if (was_used && event->status == KH_LINK_UNKNOWN_CHANNEL)
          kh_peer_meet (self, peer, now_us);
        return;
      }
}

void
kh_node_take_link_events (KhNode *self, gint64 now_us)
{
  KhLinkEvent event;

  kh_node_catch_up (self);
  while (kh_link_poll_event (self->link, &event))
    {
      switch (event.type)
        {
        case KH_LINK_EVENT_STATE:
          take_link_state (self, now_us);
          break;
        case KH_LINK_EVENT_REPLY:
          kh_peer_receive_reply (self, &event, now_us);
          break;
        case KH_LINK_EVENT_KNOCKED:
          kh_meeting_receive_knock (self, &event, now_us);
          break;
        case KH_LINK_EVENT_ANSWERED:
          kh_meeting_receive_answer (self, &event, now_us);
          break;
        case KH_LINK_EVENT_READY:
          kh_peer_receive_ready (self, &event, now_us);
          break;
        case KH_LINK_EVENT_RELAY_REFUSED:
          take_relay_refused (self, &event, now_us);
          break;
        default:
          g_assert_not_reached ();
        }
      kh_link_event_clear (&event);
    }
}

void
kh_node_take_session_events (KhNode *self, KhSession *session, gint64 now_us)
{
  KhPeer *peer;
  KhSessionEvent event;

  while ((peer = g_hash_table_lookup (self->owners, session)) != NULL &&
         kh_session_poll_event (session, &event))
    kh_peer_receive_session_event (self, peer, session, &event, now_us);
}

void
kh_node_catch_up (KhNode *self)
{
  KhSession *session = g_steal_pointer (&self->stirred);

  if (session != NULL)
    kh_node_take_session_events (self, session, self->stirred_us);
}

void
kh_node_before_session (KhNode *self, guint32 index)
{
  if (self->stirred != NULL && kh_session_get_index (self->stirred) != index)
    kh_node_catch_up (self);
}

void
kh_node_stir (KhNode *self, KhSession *session, gint64 now_us)
{
  self->stirred = session;
  self->stirred_us = now_us;
}

/* --- the five verbs ---------------------------------------------------------------------- */

/* What goes by the relay is put into a message to the server; where that cannot be sent, it is
 * lost, and the next one is as good. */
static gboolean
poll_session (KhNode *self, KhSession *session, KhDatagram *out, gint64 now_us)
{
  while (kh_session_poll_send (session, out, now_us))
    if (!kh_addr_is_relay (&out->remote) || kh_link_wrap_relayed (self->link, out))
      return TRUE;
  return FALSE;
}

/* Sessions send by turns. The one whose turn it is goes on until it has no more or its streak is
 * over, so that bulk costs no look at the others for each datagram. */
static gboolean
poll_streak (KhNode *self, KhDatagram *out, gint64 now_us)
{
  KhSession *session;
  guint n;

  if (self->turn < self->order->len)
    kh_node_before_session (self, kh_session_get_index (self->order->pdata[self->turn]));
  if (self->streak >= STREAK_MAX || self->turn >= self->order->len)
    return FALSE;
  session = self->order->pdata[self->turn];
  out->run_max = MIN (out->run_max, STREAK_MAX - self->streak);
  if (!poll_session (self, session, out, now_us))
    return FALSE;
  kh_node_stir (self, session, now_us);
  n = out->segment > 0 ? (guint) ((out->len + out->segment - 1) / out->segment) : 1;
  self->streak += n;
  self->stats.sent += n;
  return TRUE;
}

/* What opens our gateway for a session that has just begun goes before the answer, which lets the
 * other side begin. */
static gboolean
poll_volley (KhNode *self, KhDatagram *out, gint64 now_us)
{
  if (self->opening == NULL)
    return FALSE;
  if (kh_session_poll_volley (self->opening, out, now_us))
    return TRUE;
  self->opening = NULL;
  return FALSE;
}

gboolean
kh_node_poll_send (KhNode *self, KhDatagram *out, gint64 now_us)
{
  if (self->streak > 0 && poll_streak (self, out, now_us))
    return TRUE;

  kh_node_take_link_events (self, now_us);
  if (poll_volley (self, out, now_us) || kh_link_poll_send (self->link, out, now_us) ||
      kh_ladder_poll_send (self, out, now_us))
    {
      self->stats.sent++;
      return TRUE;
    }
  /* The last one asked is the one whose turn it was, with a new streak. */
  for (guint i = 0; i < self->order->len; i++)
    {
      self->turn = (self->turn + 1) % self->order->len;
      self->streak = 0;
      if (poll_streak (self, out, now_us))
        return TRUE;
    }
  return FALSE;
}

gint64
kh_node_next_timeout (KhNode *self)
{
  gint64 next_us;
  GHashTableIter iter;
  gpointer value;

  kh_node_catch_up (self);
  next_us = MIN (kh_link_next_timeout (self->link), kh_ladder_next_timeout (self));
  g_hash_table_iter_init (&iter, self->sessions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    next_us = MIN (next_us, kh_session_next_timeout (value));
  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    next_us = MIN (next_us, ((KhPeer *) value)->next_us);
  return next_us;
}

/* The sessions as they are now: handling one may drop or make others. */
static void
time_sessions (KhNode *self, gint64 now_us)
{
  g_autoptr (GList) indices = g_hash_table_get_keys (self->sessions);

  for (GList *l = indices; l != NULL; l = l->next)
    {
      KhSession *session = g_hash_table_lookup (self->sessions, l->data);

      if (session == NULL)
        continue;
      if (kh_session_get_end_us (session) <= now_us)
        {
          drop_session (self, session);
          continue;
        }
      if (kh_session_next_timeout (session) <= now_us)
        kh_session_handle_timeout (session, now_us);
      kh_node_take_session_events (self, session, now_us);
    }
}

void
kh_node_handle_timeout (KhNode *self, gint64 now_us)
{
  g_autoptr (GList) peers = NULL;

  kh_link_handle_timeout (self->link, now_us);
  kh_node_take_link_events (self, now_us);
  kh_ladder_handle_timeout (self, now_us);
  time_sessions (self, now_us);

  /* Nothing on these ways removes a peer that is wanted, and only those have timeouts. */
  peers = g_hash_table_get_values (self->peers);
  for (GList *l = peers; l != NULL; l = l->next)
    kh_peer_handle_timeout (self, l->data, now_us);
}

void
kh_node_unreachable (KhNode *self, const KhAddr *remote, gint64 now_us)
{
  kh_link_unreachable (self->link, remote, now_us);
  kh_node_take_link_events (self, now_us);
}
