/* session-time.c: when a session is idle, its path suspected, or all of it lost
 *
 * See PROTOCOL.md, "Paths".
 */
#include "node/session-private.h"

/* On the path in use, and only when idle. No gateway between us depends on this one: it tells
 * whether the peer is there. */
#define KEEPALIVE_US (20 * G_USEC_PER_SEC)
/* So many of a path through gateways, a minute in all, and it is worth finding out more of them. */
#define IDLE_PINGS 4
/* A probe timeout so soon after a keepalive is about that. */
#define PING_PATIENCE_US (3 * G_USEC_PER_SEC)
/* Two probe timeouts in a row: the path is suspected. The relay is after one, for to ask the
 * server costs little, and to do without it is not possible. */
#define SUSPECT_PTOS 2
#define SUSPECT_RELAY_PTOS 1
/* While suspected, all paths are checked again so often; a schedule of checks takes 10 s. */
#define RECHECK_US (5 * G_USEC_PER_SEC)
/* A path suspected for this long is not coming back by itself: ask the server's help. */
#define STALL_US 1500000
/* A direct path that answers checks and has not had data acknowledged for so long since it was
 * suspected gives way to the relay. */
#define DISTRUST_US 400000
#define DISTRUST_PTOS 4
/* Where a probe timeout takes longer than this, one is enough, so that the relay takes over within
 * 2 s. */
#define PATIENCE_US 700000
/* After the peer should have heard that we look for a direct path, and have opened its gateway: for
 * when its own check by the relay is lost. */
#define EARNEST_GUARD_US 250000
/* Direct paths are not looked for again so soon after the last time. */
#define RETRY_MIN_US 1500000
/* What was direct a moment ago will soon be again. */
#define RETRY_LOST_US G_USEC_PER_SEC
#define RETRY_MAX_US (15 * 60 * G_USEC_PER_SEC)

/* How long nothing may go by the path in use. What is known of gateways is of those over IPv4. */
static gint64
keepalive_us (KhSession *self)
{
  const KhPath *path = kh_check_list_get_selected (self->checks);

  if (path == NULL || path->remote.family != KH_FAMILY_IPV4 || kh_addr_is_relay (&path->remote) ||
      kh_addr_is_private (&path->remote) || kh_addr_is_loopback (&path->remote))
    return KEEPALIVE_US;
  return MIN (self->keepalive_us, self->borne_most_us);
}

static void
keep_alive (KhSession *self, gint64 now_us)
{
  gint64 silence_us = keepalive_us (self);

  if (now_us - self->sent_us < silence_us)
    return;
  kh_connection_ping (self->connection);
  self->sent_us = now_us;
  self->pinged_us = now_us;
  self->silent_us = silence_us;
  if (silence_us != KEEPALIVE_US)
    self->idle_pings = MIN (self->idle_pings + 1, IDLE_PINGS);
  self->idle_news |= self->idle_pings >= IDLE_PINGS;
}

/* About what a probe timeout takes. */
static gint64
probe_us (KhSession *self)
{
  KhConnectionRtt rtt = kh_connection_rtt (self->connection);

  return rtt.smoothed_us + 4 * rtt.variation_us;
}

static gint64
distrust_after_us (KhSession *self)
{
  /* On a long path the probe timeouts have taken the time already. */
  return probe_us (self) > DISTRUST_US ? 0 : DISTRUST_US;
}

/* Each probe timeout sends two packets: on a bad line, chance takes that many with their answers
 * once in hundreds of times. */
static gboolean
may_distrust (KhSession *self)
{
  guint needed = DISTRUST_PTOS;

  if (probe_us (self) > PATIENCE_US)
    needed = 1;
  else if (probe_us (self) > DISTRUST_US)
    needed = SUSPECT_PTOS;
  return kh_connection_pto_count (self->connection) >= needed;
}

/* When to give up, of a session that is suspected. Silence that was meant does not count. */
static gint64
lost_us (KhSession *self)
{
  return MAX (self->received_us, self->suspect_us - KEEPALIVE_US) + KH_SESSION_LOST_US;
}

/* When to do something about a path that is suspected. */
static gint64
suspicion_timeout (KhSession *self)
{
  gint64 next_us;

  if (self->suspect_us == KH_NEVER)
    return KH_NEVER;
  next_us = MIN (self->recheck_us, lost_us (self));
  if (!self->doubted && may_distrust (self))
    next_us = MIN (next_us, self->suspect_us + distrust_after_us (self));
  if (!self->stalled)
    next_us = MIN (next_us, self->suspect_us + STALL_US);
  return next_us;
}

gint64
kh_session_next_timeout (KhSession *self)
{
  gint64 next_us;

  if (self->end_us != KH_NEVER)
    return self->end_us;
  next_us = MIN (kh_check_list_next_timeout (self->checks), suspicion_timeout (self));
  next_us = MIN (next_us, kh_session_search_next_timeout (self));
  if (self->confirmed)
    {
      /* Without a path its timers would have it send: what is owed waits for one. */
      if (kh_session_has_path (self))
        next_us = MIN (next_us, kh_connection_next_timeout (self->connection));
      else if (self->suspect_us == KH_NEVER)
        next_us = 0;
      next_us = MIN (next_us, self->sent_us + keepalive_us (self));
      if (kh_session_is_relayed (self))
        next_us = MIN (next_us, self->retry_us);
      else if (kh_session_has_relay (self, NULL))
        next_us = MIN (next_us, self->touch_us);
      /* The message that is owed waits for a path as well. */
      if (kh_session_has_path (self) || !self->keys.owed)
        next_us = MIN (next_us, kh_session_keys_next_timeout (&self->keys));
      if (kh_session_wants_mtu (self))
        next_us = MIN (next_us, kh_path_mtu_next_us (&self->mtu));
    }
  return next_us;
}

/* The check by the relay tells the peer to do the same. Until it has, only openers go out, as at
 * the first introduction. */
static void
look_for_direct (KhSession *self, gboolean peer_opens, gint64 now_us)
{
  const KhPath *relay = kh_check_list_get_relay (self->checks);
  gint64 wait_us = relay != NULL ? relay->rtt_us / 2 + EARNEST_GUARD_US : 0;

  kh_check_list_start (self->checks, peer_opens ? now_us : now_us + wait_us, now_us);
  self->retry_us = now_us + self->retry_after_us;
  self->retried_us = now_us;
}

void
kh_session_lost_direct (KhSession *self, gint64 now_us)
{
  self->retry_after_us = RETRY_LOST_US;
  self->retry_us = now_us + RETRY_LOST_US;
}

void
kh_session_retry_direct (KhSession *self, gboolean peer_opens, gint64 now_us)
{
  if (kh_session_is_relayed (self) && !kh_session_is_relay_only (self) &&
      now_us - self->retried_us >= RETRY_MIN_US)
    {
      look_for_direct (self, peer_opens, now_us);
      kh_session_search_hasten (self, FALSE, now_us);
    }
}

/* The relay is a makeshift: for bulk at once, else now and then. */
static void
watch_relay (KhSession *self, gint64 now_us)
{
  gboolean has_bulk;

  if (!kh_session_is_relayed (self))
    {
      if (self->touch_us <= now_us)
        {
          kh_check_list_touch_relay (self->checks, now_us);
          self->touch_us = now_us + KH_SESSION_TOUCH_US;
        }
      self->retry_after_us = KH_SESSION_RETRY_US;
      self->retry_us = now_us + KH_SESSION_RETRY_US;
      self->had_bulk = FALSE;
      return;
    }
  if (kh_session_is_relay_only (self))
    {
      self->retry_us = KH_NEVER;
      return;
    }
  self->retry_us = MIN (self->retry_us, now_us + self->retry_after_us);
  has_bulk = kh_connection_has_bulk (self->connection);
  if (has_bulk && !self->had_bulk)
    kh_session_retry_direct (self, FALSE, now_us);
  self->had_bulk = has_bulk;
  if (self->retry_us <= now_us)
    {
      self->retry_after_us = MIN (2 * self->retry_after_us, RETRY_MAX_US);
      look_for_direct (self, FALSE, now_us);
    }
}

/* What counts is whether data is acknowledged: checks are short, and few. */
static gboolean
is_suspect (KhSession *self)
{
  guint ptos = kh_connection_pto_count (self->connection);

  return ptos >= (kh_session_is_relayed (self) ? SUSPECT_RELAY_PTOS : SUSPECT_PTOS) ||
         !kh_session_has_path (self) ||
         (ptos > 0 && probe_us (self) > PATIENCE_US && !kh_session_is_relayed (self) &&
          kh_session_has_relay (self, NULL));
}

static void
watch_path (KhSession *self, gint64 now_us)
{
  gboolean suspect = is_suspect (self);
  gboolean slow = kh_connection_pto_count (self->connection) > 0;

  /* It may have been lost for another reason, but this one would come again and again. */
  if (slow && !self->slow && self->silent_us > KH_SESSION_KEEPALIVE_US &&
      now_us - self->pinged_us <= PING_PATIENCE_US)
    self->borne_most_us = MAX (self->silent_us / 2, KH_SESSION_KEEPALIVE_US);
  self->slow_news |= slow && !self->slow && !suspect;
  self->slow = slow;
  if (!suspect)
    {
      self->suspect_us = KH_NEVER;
      self->stalled = self->doubted = FALSE;
      return;
    }
  if (self->suspect_us == KH_NEVER)
    {
      self->suspect_us = self->recheck_us = now_us;
      self->suspect_news = TRUE;
      kh_session_suspect_mtu (self, now_us);
    }
  if (self->recheck_us <= now_us)
    {
      kh_check_list_recheck (self->checks, now_us);
      self->recheck_us = now_us + RECHECK_US;
    }
  if (!self->doubted && may_distrust (self) &&
      now_us - self->suspect_us >= distrust_after_us (self))
    {
      self->doubted = TRUE;
      if (kh_check_list_distrust (self->checks, now_us))
        kh_session_follow_path (self, now_us);
    }
  if (!self->stalled && now_us - self->suspect_us >= STALL_US)
    self->stalled = self->stalled_news = TRUE;
  if (lost_us (self) <= now_us)
    self->lost_news = TRUE;
}

void
kh_session_handle_timeout (KhSession *self, gint64 now_us)
{
  if (self->end_us != KH_NEVER)
    return;

  kh_check_list_handle_timeout (self->checks, now_us);
  kh_session_follow_path (self, now_us);
  kh_session_search_handle_timeout (self, now_us);
  if (!self->confirmed)
    return;

  if (kh_connection_next_timeout (self->connection) <= now_us)
    kh_connection_handle_timeout (self->connection, now_us);
  keep_alive (self, now_us);
  if (!kh_connection_is_closed (self->connection) &&
      !kh_session_keys_handle_timeout (&self->keys, self->next_packet, kh_session_get_rtt_us (self),
                                       now_us))
    kh_session_fail_keys (self, "keys not renewed in time");
  watch_path (self, now_us);
  watch_relay (self, now_us);
}
