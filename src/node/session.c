/* session.c: keys, transport and paths of one session
 *
 * Owns the keys, the replay window, the connection and the check list. What joins them is in
 * the files beside it, see session-private.h.
 */
#include "node/session-private.h"

KhSession *
kh_session_new (const KhSessionConfig *config, gint64 now_us)
{
  const KhIntroduction *theirs = config->theirs;
  KhSession *self = g_new0 (KhSession, 1);

  self->initiator = config->initiator;
  self->our_index = config->our_index;
  self->their_index = theirs->index;
  self->asked_us = config->asked_us;
  self->early_left = KH_SESSION_EARLY_MAX;
  self->random = config->random;
  self->received_us = now_us;
  self->keepalive_us = KH_SESSION_KEEPALIVE_US;
  self->borne_most_us = KH_NEVER;
  self->suspect_us = KH_NEVER;
  self->end_us = KH_NEVER;
  self->retried_us = now_us;
  self->retry_us = now_us + KH_SESSION_RETRY_US;
  self->retry_after_us = KH_SESSION_RETRY_US;
  g_strlcpy (self->name, theirs->name, sizeof self->name);
  kh_session_keys_init (&self->keys, config->initiator, config->identity, config->remote,
                        config->hash, config->keys, config->random, now_us);
  self->replay = kh_replay_new (KH_REPLAY_WINDOW);
  self->connection = kh_connection_new (config->initiator);
  self->checks = kh_check_list_new (config->random);
  kh_session_restart_mtu (self, now_us);
  kh_session_search_init (self, config, now_us);
  kh_session_apply_policy (self, now_us);
  for (guint i = 0; i < theirs->n_candidates; i++)
    kh_check_list_add (self->checks, &theirs->candidates[i], now_us);
  return self;
}

void
kh_session_free (KhSession *self)
{
  if (self == NULL)
    return;

  kh_session_search_clear (self);
  kh_session_keys_clear (&self->keys);
  kh_replay_free (self->replay);
  kh_connection_free (self->connection);
  kh_check_list_free (self->checks);
  g_free (self);
}

void
kh_session_start (KhSession *self, gint64 earnest_us, gint64 now_us)
{
  kh_check_list_start (self->checks, earnest_us, now_us);
  kh_session_search_start (self, earnest_us, now_us);
}

void
kh_session_open (KhSession *self, gint64 now_us)
{
  const KhPath *relay = kh_check_list_get_relay (self->checks);

  if (self->initiator || self->confirmed || relay == NULL)
    return;
  /* Nothing was sent yet: it is only told how long the way is. */
  kh_connection_path_changed (self->connection, relay->rtt_us, now_us);
  kh_session_apply_mtu (self);
}

void
kh_session_reintroduce (KhSession *self,
                        const KhIntroduction *theirs,
                        gint64 earnest_us,
                        gint64 now_us)
{
  kh_session_search_set_theirs (self, &theirs->nat, now_us);
  for (guint i = 0; i < theirs->n_candidates; i++)
    kh_check_list_add (self->checks, &theirs->candidates[i], now_us);
  kh_check_list_start (self->checks, earnest_us, now_us);
  self->retried_us = now_us;
  self->retry_us = now_us + self->retry_after_us;
}

void
kh_session_set_relay (KhSession *self, const KhAddr *relay, gint64 rtt_us, gint64 now_us)
{
  if (kh_session_is_direct_only (self))
    return;
  kh_check_list_set_relay (self->checks, relay, rtt_us, now_us);
  self->touch_us = now_us + KH_SESSION_TOUCH_US;
  kh_session_follow_path (self, now_us);
}

gboolean
kh_session_has_relay (KhSession *self, const KhAddr *relay)
{
  const KhPath *path = kh_check_list_get_relay (self->checks);

  return path != NULL && (relay == NULL || kh_addr_equal (&path->remote, relay));
}

gboolean
kh_session_is_relayed (KhSession *self)
{
  const KhPath *path = kh_check_list_get_selected (self->checks);

  return path != NULL && path->kind == KH_CANDIDATE_RELAY;
}

gboolean
kh_session_has_path (KhSession *self)
{
  const KhPath *path = kh_check_list_get_selected (self->checks);

  return path != NULL && kh_addr_is_set (&path->remote);
}

gboolean
kh_session_is_suspect (KhSession *self)
{
  return self->slow || self->suspect_us != KH_NEVER || self->moved_us > self->received_us;
}

guint32
kh_session_get_their_index (KhSession *self)
{
  return self->their_index;
}

guint32
kh_session_get_index (KhSession *self)
{
  return self->our_index;
}

gboolean
kh_session_is_initiator (KhSession *self)
{
  return self->initiator;
}

gboolean
kh_session_is_confirmed (KhSession *self)
{
  return self->confirmed;
}

gint64
kh_session_get_asked_us (KhSession *self)
{
  return self->asked_us;
}

const char *
kh_session_get_name (KhSession *self)
{
  return self->name;
}

const KhPath *
kh_session_get_path (KhSession *self)
{
  return kh_check_list_get_selected (self->checks);
}

const KhPath *
kh_session_get_nth_path (KhSession *self, guint i)
{
  return kh_check_list_get_nth (self->checks, i);
}

gint64
kh_session_get_rtt_us (KhSession *self)
{
  const KhPath *path = kh_session_get_path (self);
  gint64 rtt_us = kh_connection_rtt (self->connection).smoothed_us;

  return rtt_us > 0 || path == NULL ? rtt_us : path->rtt_us;
}

gint64
kh_session_get_end_us (KhSession *self)
{
  return self->end_us;
}

void
kh_session_offer (KhSession *self, const KhCandidate *candidates, guint n, gint64 now_us)
{
  if (kh_session_is_relay_only (self))
    return;
  for (guint i = 0; i < n; i++)
    if (!(self->ladder.network.shuns_local && kh_addr_is_private (&candidates[i].addr)))
      kh_connection_queue_candidate (self->connection, (guint8) candidates[i].kind,
                                     candidates[i].priority, &candidates[i].addr);
}

void
kh_session_recheck (KhSession *self, gint64 now_us)
{
  kh_session_search_note_network (self, now_us);
  kh_check_list_recheck (self->checks, now_us);
  self->retry_after_us = KH_SESSION_RETRY_US;
  self->retry_us = MIN (self->retry_us, now_us + KH_SESSION_RETRY_US);
  kh_session_search_hasten (self, TRUE, now_us);
}

void
kh_session_set_keepalive (KhSession *self, gint64 keepalive_us)
{
  self->keepalive_us = keepalive_us;
}

void
kh_session_moved (KhSession *self, gint64 now_us)
{
  const KhPath *path;

  self->moved_us = now_us;
  kh_session_recheck (self, now_us);
  kh_check_list_moved (self->checks, now_us);
  path = kh_check_list_get_selected (self->checks);
  /* By the same address it is another path all the same. */
  if (path != NULL && kh_addr_equal (&path->remote, &self->used))
    kh_connection_path_changed (self->connection, path->rtt_us, now_us);
  kh_session_follow_path (self, now_us);
}

void
kh_session_close (KhSession *self, guint64 code, const char *reason, gint64 now_us)
{
  if (self->end_us != KH_NEVER)
    return;

  kh_connection_close (self->connection, code, reason);
  self->end_us = now_us + (self->confirmed ? KH_SESSION_LINGER_US : 0);
}

/* To the node it is a peer that broke the protocol; the connection is closed already. */
static void
tell_keys (KhSessionEvent *ret_event)
{
  ret_event->type = KH_SESSION_EVENT_CLOSED;
  ret_event->code = KH_TRANSPORT_KEY_UPDATE_ERROR;
  ret_event->reason = "the keys of the session could not be renewed";
}

static gboolean
take (gboolean *news)
{
  gboolean was = *news;

  *news = FALSE;
  return was;
}

gboolean
kh_session_poll_event (KhSession *self, KhSessionEvent *ret_event)
{
  *ret_event = (KhSessionEvent){ 0 };

  if (take (&self->confirmed_news))
    ret_event->type = KH_SESSION_EVENT_CONFIRMED;
  else if (self->confirmed && take (&self->path_news))
    ret_event->type = KH_SESSION_EVENT_PATH;
  else if (take (&self->no_path_news))
    ret_event->type = KH_SESSION_EVENT_NO_PATH;
  else if (take (&self->slow_news))
    ret_event->type = KH_SESSION_EVENT_SLOW;
  else if (take (&self->suspect_news))
    ret_event->type = KH_SESSION_EVENT_SUSPECT;
  else if (take (&self->stalled_news))
    ret_event->type = KH_SESSION_EVENT_STALLED;
  else if (take (&self->offer_news))
    ret_event->type = KH_SESSION_EVENT_OFFER;
  else if (take (&self->idle_news))
    ret_event->type = KH_SESSION_EVENT_IDLE;
  else if (take (&self->lost_news))
    ret_event->type = KH_SESSION_EVENT_LOST;
  else if (take (&self->keys_news))
    tell_keys (ret_event);
  else if (kh_session_search_poll_event (self, ret_event))
    return TRUE;
  else
    return kh_session_poll_connection_event (self, ret_event);
  return TRUE;
}
