/* ladder.c: discovery and the governor, as the node has them (PROTOCOL.md, "NAT behaviour")
 *
 * Owns both. Discovery begins whenever the link comes up or shows another address. While a search
 * runs, the server is pinged each second, so that the governor sees what the search does to the
 * network.
 */
#include "node/node-private.h"

#define SEARCH_PING_US G_USEC_PER_SEC

/* Of what a mapping was seen to bear, this share is made use of: the rest is for a keepalive that
 * is lost and sent again, and for gateways that count in steps. */
#define KEEPALIVE_SHARE(us) ((us) / 4 * 3)
/* RFC 4787, REQ-5, requires so much of NATs; and who is gone should be noticed some time. */
#define KEEPALIVE_MAX_US (120 * G_USEC_PER_SEC)
/* A gateway that forgets within seconds is not to be helped. */
#define KEEPALIVE_MIN_US (7 * G_USEC_PER_SEC)
/* Finding it out takes a dozen mappings: not where a search may want them. */
#define SPARE_MAPPINGS 100

void
kh_ladder_init (KhNode *node)
{
  node->governor = kh_governor_new ();
  node->discovery = kh_discovery_new (node->governor, node->random);
  node->keepalive_us = KH_SESSION_KEEPALIVE_US;
  node->ping_us = KH_NEVER;
}

void
kh_ladder_clear (KhNode *node)
{
  kh_discovery_free (node->discovery);
  kh_governor_free (node->governor);
}

/* --- keepalive --------------------------------------------------------------------------- */

static gint64
keepalive_of (const KhNatLifetime *lifetime)
{
  gint64 safe_us =
      CLAMP (KEEPALIVE_SHARE (lifetime->at_least_us), KEEPALIVE_MIN_US, KEEPALIVE_MAX_US);

  /* As long as it is not known what a gateway does not bear, what it does can only be more. */
  return lifetime->state == KH_LIFETIME_KNOWN ? safe_us : MAX (safe_us, KH_SESSION_KEEPALIVE_US);
}

static void
set_keepalive (KhNode *node, gint64 keepalive_us)
{
  GHashTableIter iter;
  gpointer session;

  if (node->keepalive_us == keepalive_us)
    return;
  node->keepalive_us = keepalive_us;
  g_hash_table_iter_init (&iter, node->owners);
  while (g_hash_table_iter_next (&iter, &session, NULL))
    kh_session_set_keepalive (session, keepalive_us);
}

/* What was found out holds until the server sees another address of ours, whatever became of the
 * link meanwhile. */
static void
follow_lifetime (KhNode *node)
{
  const KhNatLifetime *lifetime = kh_discovery_get_lifetime (node->discovery);

  if (kh_addr_is_set (&node->kept) && !kh_addr_equal_ip (&node->kept, &node->seen[0]))
    {
      node->kept = (KhAddr){ 0 };
      node->is_kept = FALSE;
      kh_link_limit_keepalive (node->link, KH_NEVER);
      set_keepalive (node, KH_SESSION_KEEPALIVE_US);
    }
  if (lifetime->state == KH_LIFETIME_UNKNOWN)
    return;
  node->kept = node->seen[0];
  node->is_kept = lifetime->state != KH_LIFETIME_RUNNING;
  set_keepalive (node, keepalive_of (lifetime));
  /* A gateway that gives us the same port again is not seen to have forgotten; yet nothing of the
   * server's comes in until we ask. */
  if (node->is_kept)
    kh_link_limit_keepalive (node->link, node->keepalive_us);
}

void
kh_ladder_idle (KhNode *node, gint64 now_us)
{
  if (!node->is_kept && !kh_governor_is_searching (node->governor) &&
      kh_governor_mappings_left (node->governor, now_us) >= SPARE_MAPPINGS)
    kh_discovery_measure_lifetime (node->discovery, now_us);
}

/* --- discovery --------------------------------------------------------------------------- */

/* To all sessions: each knows what it asked for. */
static void
take_discovery_events (KhNode *node, gint64 now_us)
{
  KhDiscoveryEvent event;

  follow_lifetime (node);
  while (kh_discovery_poll_event (node->discovery, &event))
    {
      GHashTableIter iter;
      gpointer session;

      g_hash_table_iter_init (&iter, node->owners);
      while (g_hash_table_iter_next (&iter, &session, NULL))
        if (event.type == KH_DISCOVERY_EVENT_MEASURED)
          kh_session_search_measured (session, &event.seen, now_us);
        else
          kh_session_tell_behaviour (session, kh_node_get_nat_behaviour (node), &node->seen[0],
                                     now_us);
      if (event.type == KH_DISCOVERY_EVENT_MEASURED)
        kh_measured_take (node, &event.seen, now_us);
    }
}

void
kh_ladder_link_changed (KhNode *node, gint64 now_us)
{
  if (kh_link_get_state (node->link) != KH_LINK_UP || !kh_node_may_go_direct (node))
    kh_discovery_stop (node->discovery);
  else if (kh_link_is_tcp (node->link))
    kh_discovery_note_blocked (node->discovery);
  else
    kh_discovery_start (node->discovery, kh_link_get_server (node->link),
                        kh_link_get_second_port (node->link), kh_link_get_seen (node->link),
                        node->hosts, node->n_hosts, now_us);
  kh_mapped_seen_changed (node, now_us);
  take_discovery_events (node, now_us);
}

/* What the link has seen of the network since the last time. */
static void
inform_governor (KhNode *node)
{
  KhLinkHealth health;

  kh_link_get_health (node->link, &health);
  if (health.n_samples != node->health.n_samples)
    kh_governor_note_rtt (node->governor, health.latest_rtt_us);
  for (; node->health.n_repeated < health.n_repeated; node->health.n_repeated++)
    kh_governor_note_lost (node->governor);
  node->health = health;
}

gboolean
kh_node_get_verdict (KhNode *self, const KhPeerId *id, KhNodeVerdict *ret_verdict)
{
  KhPeer *peer = kh_peer_find (self, id);
  const KhSessionSearch *ladder;

  if (peer == NULL || peer->session == NULL)
    return FALSE;
  ladder = kh_session_get_ladder (peer->session);
  ret_verdict->verdict = ladder->verdict;
  ret_verdict->ours = ladder->network.ours;
  ret_verdict->theirs = ladder->network.theirs;
  ret_verdict->timeline = ladder->timeline;
  return TRUE;
}

const KhPath *
kh_node_get_nth_path (KhNode *self, const KhPeerId *id, guint i, gboolean *ret_in_use)
{
  KhPeer *peer = kh_peer_find (self, id);
  const KhPath *path;

  if (peer == NULL || peer->session == NULL)
    return NULL;
  path = kh_session_get_nth_path (peer->session, i);
  *ret_in_use = path != NULL && path == kh_session_get_path (peer->session);
  return path;
}

gboolean
kh_ladder_receive (KhNode *node, const KhDatagram *in, gint64 now_us)
{
  if (!kh_discovery_receive (node->discovery, in, now_us))
    return FALSE;
  take_discovery_events (node, now_us);
  return TRUE;
}

gboolean
kh_ladder_poll_send (KhNode *node, KhDatagram *out, gint64 now_us)
{
  return kh_discovery_poll_send (node->discovery, out, now_us);
}

gint64
kh_ladder_next_timeout (KhNode *node)
{
  return MIN (kh_discovery_next_timeout (node->discovery), node->ping_us);
}

void
kh_ladder_handle_timeout (KhNode *node, gint64 now_us)
{
  kh_discovery_handle_timeout (node->discovery, now_us);
  take_discovery_events (node, now_us);
  inform_governor (node);
  if (!kh_governor_is_searching (node->governor))
    {
      node->ping_us = KH_NEVER;
    }
  else if (node->ping_us <= now_us || node->ping_us == KH_NEVER)
    {
      kh_link_probe (node->link, now_us);
      node->ping_us = now_us + SEARCH_PING_US;
    }
}
