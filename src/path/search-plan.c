/* search-plan.c: which technique two NATs need (PROTOCOL.md, "Searches")
 *
 * Owns nothing. Both sides come to the same plan, so it follows from the two behaviours alone.
 */
#include "path/search.h"

const char *
kh_technique_to_string (KhTechnique technique)
{
  switch (technique)
    {
    case KH_TECHNIQUE_PUNCHING:
      return "punching";
    case KH_TECHNIQUE_PREDICTION:
      return "prediction";
    case KH_TECHNIQUE_BIRTHDAY:
      return "birthday";
    case KH_TECHNIQUE_IMPOSSIBLE:
      return "impossible";
    default:
      return "unknown";
    }
}

const char *
kh_search_role_to_string (KhSearchRole role)
{
  switch (role)
    {
    case KH_SEARCH_OPENER:
      return "opener";
    case KH_SEARCH_PROBER:
      return "prober";
    default:
      return "unknown";
    }
}

static gboolean
can_be_predicted (const KhNatBehaviour *nat)
{
  return nat->ports == KH_NAT_PORTS_SEQUENTIAL;
}

const char *
kh_search_end_to_string (KhSearchEnd end)
{
  switch (end)
    {
    case KH_SEARCH_END_NOTHING_FOUND:
      return "nothing-found";
    case KH_SEARCH_END_UNANSWERED:
      return "unanswered";
    case KH_SEARCH_END_STOPPED:
      return "stopped";
    default:
      return "unknown";
    }
}

KhSearchPlan
kh_search_plan (const KhNatBehaviour *ours, const KhNatBehaviour *theirs, gboolean initiator)
{
  gboolean our_stable = kh_nat_behaviour_is_stable (ours);
  gboolean their_stable = kh_nat_behaviour_is_stable (theirs);
  KhSearchPlan plan = { .technique = KH_TECHNIQUE_PUNCHING };

  if (ours->udp_blocked || theirs->udp_blocked || ours->is_relay_only || theirs->is_relay_only)
    return (KhSearchPlan){ .technique = KH_TECHNIQUE_IMPOSSIBLE };
  /* Whoever knows a mapped port gets in, from any port. */
  if (ours->is_mapped || theirs->is_mapped)
    return plan;
  if ((our_stable && their_stable) || (our_stable && kh_nat_behaviour_ignores_ports (ours)) ||
      (their_stable && kh_nat_behaviour_ignores_ports (theirs)))
    return plan;
  if (!our_stable && !their_stable)
    {
      plan.both = can_be_predicted (ours) && can_be_predicted (theirs);
      plan.technique = plan.both ? KH_TECHNIQUE_PREDICTION : KH_TECHNIQUE_IMPOSSIBLE;
      plan.role = initiator ? KH_SEARCH_OPENER : KH_SEARCH_PROBER;
      return plan;
    }
  plan.role = our_stable ? KH_SEARCH_PROBER : KH_SEARCH_OPENER;
  plan.technique = can_be_predicted (our_stable ? theirs : ours) ? KH_TECHNIQUE_PREDICTION
                                                                 : KH_TECHNIQUE_BIRTHDAY;
  return plan;
}

KhAddr
kh_search_path (const KhAddr *remote, guint socket)
{
  KhAddr path = *remote;

  if (path.family == KH_FAMILY_IPV4)
    path.scope_id = kh_socket_is_search (socket) ? socket : 0;
  return path;
}

guint
kh_search_path_socket (const KhAddr *path)
{
  if (path->family == KH_FAMILY_IPV4 && kh_socket_is_search (path->scope_id))
    return path->scope_id;
  return kh_socket_for_family (path->family);
}
