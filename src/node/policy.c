/* policy.c: whether the relay may be used, and anything else, by the user's wish (relay-policy.h)
 *
 * Owns nothing. A change holds at once for the sessions there are; where there is more to do than
 * before, the two are introduced anew, which brings addresses and a channel of the relay.
 */
#include "node/node-private.h"

gboolean
kh_node_may_go_direct (KhNode *self)
{
  GHashTableIter iter;
  gpointer value;

  if (self->relay_policy != KH_RELAY_ALWAYS)
    return TRUE;
  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (kh_peer_get_relay_policy (self, value) != KH_RELAY_ALWAYS)
      return TRUE;
  return FALSE;
}

KhVerdictWho
kh_node_get_barred (KhNode *self, const KhPeerId *id)
{
  KhPeer *peer = kh_peer_find (self, id);

  return peer == NULL || peer->state != KH_PEER_NO_PATH ? KH_VERDICT_NOBODY : peer->barred;
}

static void
apply (KhNode *node, KhPeer *peer, gint64 now_us)
{
  KhRelayPolicy policy = kh_peer_get_relay_policy (node, peer);

  /* What is under way says things that no longer hold. */
  kh_peer_drop_knock (peer);
  if (peer->fresh != NULL)
    kh_node_release_session (node, peer->fresh, KH_CLOSE_REPLACED, NULL, now_us);
  if (peer->session != NULL)
    {
      KhSession *session = peer->session;

      kh_session_set_relay_policy (session, policy, kh_node_get_nat_behaviour (node),
                                   &node->seen[0], now_us);
      kh_node_take_session_events (node, session, now_us);
      if (policy == KH_RELAY_ALWAYS && peer->session == session &&
          kh_session_has_relay (session, NULL))
        return;
    }
  kh_peer_meet (node, peer, now_us);
}

/* Nobody is to be reached directly: then nothing needs to be known of our NAT either, and not even
 * the server is asked for it. */
static void
apply_to_network (KhNode *node, gboolean might, gint64 now_us)
{
  if (kh_node_may_go_direct (node) != might)
    kh_ladder_link_changed (node, now_us);
}

void
kh_node_set_relay_policy (KhNode *self, KhRelayPolicy policy, gint64 now_us)
{
  g_autoptr (GList) peers = g_hash_table_get_values (self->peers);
  gboolean might = kh_node_may_go_direct (self);

  if (policy == self->relay_policy)
    return;
  self->relay_policy = policy;
  apply_to_network (self, might, now_us);
  for (GList *l = peers; l != NULL; l = l->next)
    if (!((KhPeer *) l->data)->has_relay_policy)
      apply (self, l->data, now_us);
}

/* What sessions have by the local network they leave at once. Who may be reached there again, both
 * have to hear anew. */
void
kh_node_set_local_network (KhNode *self, gboolean is_used, gint64 now_us)
{
  g_autoptr (GList) peers = g_hash_table_get_values (self->peers);

  if (self->shuns_local == !is_used)
    return;
  self->shuns_local = !is_used;
  for (GList *l = peers; l != NULL; l = l->next)
    {
      KhPeer *peer = l->data;

      kh_peer_drop_knock (peer);
      if (peer->fresh != NULL)
        kh_node_release_session (self, peer->fresh, KH_CLOSE_REPLACED, NULL, now_us);
      if (peer->session != NULL)
        {
          KhSession *session = peer->session;

          kh_session_set_shuns_local (session, self->shuns_local, now_us);
          kh_node_take_session_events (self, session, now_us);
        }
      kh_peer_meet (self, peer, now_us);
    }
}

void
kh_node_set_peer_relay_policy (KhNode *self,
                               const KhPeerId *id,
                               const KhRelayPolicy *policy,
                               gint64 now_us)
{
  KhPeer *peer = kh_peer_ensure (self, id, now_us);
  KhRelayPolicy before = kh_peer_get_relay_policy (self, peer);
  gboolean might = kh_node_may_go_direct (self);

  peer->has_relay_policy = policy != NULL;
  if (policy != NULL)
    peer->relay_policy = *policy;
  apply_to_network (self, might, now_us);
  if (kh_peer_get_relay_policy (self, peer) != before)
    apply (self, peer, now_us);
}
