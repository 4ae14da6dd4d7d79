/* measured.c: a port for an introduction without a relay (PROTOCOL.md, "Searches")
 *
 * Where both gateways give one port after the other, each side foresees the next ones of the other
 * from one that was just given. Over a relay they tell each other; without one there are only the
 * introductions. So whoever has such a gateway makes a mapping before each, and adds what the
 * server saw as the last candidate. Owns nothing: the port is the node's.
 */
#include "node/node-private.h"

/* A port that was given so long ago says nothing any more; until then others may wait for it. */
#define RECENT_US G_USEC_PER_SEC
/* The answer takes a round trip to the server; then the introduction goes without. */
#define PATIENCE_US (2 * G_USEC_PER_SEC)

/* Who let no relay be used the last time is taken to do so still. */
static gboolean
is_worthwhile (KhNode *node, KhPeer *peer)
{
  const KhNatBehaviour *ours = kh_node_get_nat_behaviour (node);
  KhRelayPolicy policy = kh_peer_get_relay_policy (node, peer);
  gboolean barred = policy == KH_RELAY_NEVER || peer->barred != KH_VERDICT_NOBODY ||
                    (peer->pending != NULL && peer->pending->theirs.nat.is_direct_only);

  return barred && policy != KH_RELAY_ALWAYS && ours->mapping == KH_NAT_MAPPING_DEPENDENT &&
         ours->ports == KH_NAT_PORTS_SEQUENTIAL && !ours->is_mapped;
}

static gboolean
is_recent (KhNode *node, gint64 now_us)
{
  return kh_addr_is_set (&node->measured) && now_us - node->measured_us <= RECENT_US;
}

gboolean
kh_measured_await (KhNode *node, KhPeer *peer, gint64 now_us)
{
  if (peer->measures)
    return TRUE;
  if (!is_worthwhile (node, peer) || is_recent (node, now_us) ||
      !kh_discovery_measure (node->discovery, now_us))
    return FALSE;
  peer->measures = TRUE;
  peer->next_us = now_us + PATIENCE_US;
  return TRUE;
}

void
kh_measured_go_on (KhNode *node, KhPeer *peer, gint64 now_us)
{
  if (!is_recent (node, now_us))
    {
      /* As if it were: what was asked once is not asked again for the same introduction. */
      node->measured = node->seen[0];
      node->measured_us = now_us;
    }
  peer->measures = FALSE;
  peer->next_us = KH_NEVER;
  if (peer->pending != NULL)
    kh_meeting_answer (node, peer, now_us);
  else
    kh_peer_meet (node, peer, now_us);
}

void
kh_measured_take (KhNode *node, const KhAddr *seen, gint64 now_us)
{
  GHashTableIter iter;
  gpointer peer;

  node->measured = *seen;
  node->measured_us = now_us;
  g_hash_table_iter_init (&iter, node->peers);
  while (g_hash_table_iter_next (&iter, NULL, &peer))
    if (((KhPeer *) peer)->measures)
      kh_measured_go_on (node, peer, now_us);
}

void
kh_measured_tell (KhNode *node, KhPeer *peer, KhIntroduction *ours, gint64 now_us)
{
  guint last = MIN (ours->n_candidates, KH_CANDIDATES_MAX - 1);

  if (!is_worthwhile (node, peer) || !is_recent (node, now_us))
    return;
  ours->candidates[last] = kh_candidate_make (KH_CANDIDATE_SRFLX, &node->measured, 0);
  ours->n_candidates = last + 1;
}
