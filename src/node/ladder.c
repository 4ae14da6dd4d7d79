/* ladder.c: discovery and the governor, as the node has them (DESIGN 8)
 *
 * Owns both. Discovery begins whenever the link comes up or shows another address. While a search
 * runs, the server is pinged each second, so that the governor sees what the search does to the
 * network.
 */
#include "node/node-private.h"

#define SEARCH_PING_US G_USEC_PER_SEC

void
kh_ladder_init (KhNode *node)
{
  node->governor = kh_governor_new ();
  node->discovery = kh_discovery_new (node->governor, node->random);
  node->ping_us = KH_NEVER;
}

void
kh_ladder_clear (KhNode *node)
{
  kh_discovery_free (node->discovery);
  kh_governor_free (node->governor);
}

/* To all sessions: each knows what it asked for. */
static void
take_discovery_events (KhNode *node, gint64 now_us)
{
  KhDiscoveryEvent event;

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
