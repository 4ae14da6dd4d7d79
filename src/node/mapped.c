/* mapped.c: ports that gateways gave us, as far as they are believed (PROTOCOL.md, "Port mapping")
 *
 * Owns nothing. A gateway knows its own outside alone: where that is in a private network, there is
 * another NAT in front of it and the port opens nothing. What the server sees is the better
 * witness.
 */
#include "node/node-private.h"

#include <string.h>

#include "path/port-map.h"

/* Can a peer be told to go there? */
static gboolean
is_worth_telling (const KhNode *node, const KhAddr *mapped)
{
  const KhAddr *seen = &node->seen[kh_socket_for_family (mapped->family)];

  return kh_addr_is_unicast (mapped) && !kh_addr_is_loopback (mapped) &&
         (kh_port_map_is_global (mapped) || kh_addr_equal_ip (mapped, seen));
}

/* Does it open the NAT whose behaviour we speak of? With two ways to the internet, or two NATs with
 * global addresses, it may be another one. A server in our own network cannot know. */
static gboolean
opens_our_nat (const KhNode *node)
{
  const KhAddr *mapped = &node->told_mapped[0];
  const KhAddr *seen = &node->seen[0];

  if (!kh_addr_is_set (mapped))
    return FALSE;
  return kh_addr_equal_ip (mapped, seen) || !kh_addr_is_set (seen) || kh_addr_is_private (seen);
}

const KhNatBehaviour *
kh_node_get_nat_behaviour (KhNode *self)
{
  self->behaviour = *kh_discovery_get_behaviour (self->discovery);
  self->behaviour.is_mapped = opens_our_nat (self);
  return &self->behaviour;
}

static void
offer (KhSession *session, const KhAddr *mapped, gint64 now_us)
{
  KhCandidate candidate = kh_candidate_make (KH_CANDIDATE_MAPPED, mapped, 30000);

  kh_session_search_hope_for_mapped (session);
  kh_session_offer (session, &candidate, 1, now_us);
}

static void
offer_to_all (KhNode *node, const KhAddr *mapped, gint64 now_us)
{
  GHashTableIter iter;
  gpointer session;

  g_hash_table_iter_init (&iter, node->owners);
  while (g_hash_table_iter_next (&iter, &session, NULL))
    offer (session, mapped, now_us);
}

void
kh_mapped_offer (KhNode *node, KhSession *session, gint64 now_us)
{
  for (guint i = 0; i < G_N_ELEMENTS (node->told_mapped); i++)
    if (kh_addr_is_set (&node->told_mapped[i]))
      offer (session, &node->told_mapped[i], now_us);
}

/* Those that know it already keep silent. */
static void
tell_behaviour (KhNode *node, gint64 now_us)
{
  GHashTableIter iter;
  gpointer session;

  g_hash_table_iter_init (&iter, node->owners);
  while (g_hash_table_iter_next (&iter, &session, NULL))
    kh_session_tell_behaviour (session, kh_node_get_nat_behaviour (node), &node->seen[0], now_us);
}

void
kh_mapped_seen_changed (KhNode *node, gint64 now_us)
{
  for (guint i = 0; i < G_N_ELEMENTS (node->mapped); i++)
    {
      KhAddr worth = { 0 };

      if (is_worth_telling (node, &node->mapped[i]))
        worth = node->mapped[i];
      if (kh_addr_equal (&worth, &node->told_mapped[i]))
        continue;
      node->told_mapped[i] = worth;
      if (kh_addr_is_set (&worth))
        offer_to_all (node, &worth, now_us);
    }
  tell_behaviour (node, now_us);
}

void
kh_node_set_mapped_addresses (KhNode *self, const KhAddr *addrs, gsize n, gint64 now_us)
{
  KhAddr mapped[G_N_ELEMENTS (self->mapped)] = { 0 };

  for (gsize i = n; i > 0; i--)
    if (kh_addr_is_set (&addrs[i - 1]))
      mapped[kh_socket_for_family (addrs[i - 1].family)] = addrs[i - 1];
  memcpy (self->mapped, mapped, sizeof mapped);
  kh_mapped_seen_changed (self, now_us);
}
