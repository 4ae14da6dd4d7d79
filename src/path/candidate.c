/* candidate.c: addresses at which a peer may be reached (RFC 8445, section 5.1)
 *
 * Owns nothing; candidates are plain values.
 */
#include "path/candidate.h"

/* RFC 8445, section 5.1.2.2 */
static guint
type_preference (KhCandidateKind kind)
{
  switch (kind)
    {
    case KH_CANDIDATE_HOST:
      return 126;
    case KH_CANDIDATE_PRFLX:
      return 110;
    case KH_CANDIDATE_MAPPED:
      return 105;
    case KH_CANDIDATE_SRFLX:
      return 100;
    case KH_CANDIDATE_RELAY:
    default:
      return 0;
    }
}

KhCandidate
kh_candidate_make (KhCandidateKind kind, const KhAddr *addr, guint16 preference)
{
  /* One component, so the last term of the formula is 256 - 1. */
  guint32 priority = type_preference (kind) << 24 | (guint32) preference << 8 | 255;

  return (KhCandidate){ .kind = kind, .priority = priority, .addr = *addr };
}

gboolean
kh_candidate_is_usable (const KhCandidate *self)
{
  switch (self->kind)
    {
    case KH_CANDIDATE_HOST:
    case KH_CANDIDATE_SRFLX:
    case KH_CANDIDATE_MAPPED:
      return kh_addr_is_unicast (&self->addr);
    case KH_CANDIDATE_PRFLX:
    case KH_CANDIDATE_RELAY:
    default:
      return FALSE;
    }
}

const char *
kh_candidate_kind_to_string (KhCandidateKind kind)
{
  switch (kind)
    {
    case KH_CANDIDATE_HOST:
      return "host";
    case KH_CANDIDATE_SRFLX:
      return "server-reflexive";
    case KH_CANDIDATE_PRFLX:
      return "peer-reflexive";
    case KH_CANDIDATE_RELAY:
      return "relay";
    case KH_CANDIDATE_MAPPED:
      return "mapped";
    default:
      return "unknown";
    }
}

static gboolean
contains (const KhCandidate *candidates, guint n, const KhAddr *addr)
{
  for (guint i = 0; i < n; i++)
    if (kh_addr_equal (&candidates[i].addr, addr))
      return TRUE;
  return FALSE;
}

static guint
add (KhCandidate *candidates, guint n, KhCandidateKind kind, const KhAddr *addr)
{
  if (n == KH_CANDIDATES_MAX || !kh_addr_is_unicast (addr) || contains (candidates, n, addr))
    return n;

  /* IPv6 has no NAT to cross: within a kind it comes first (RFC 8421). */
  candidates[n] =
      kh_candidate_make (kind, addr,
                         (addr->family == KH_FAMILY_IPV6 ? 40000 : 30000) + KH_CANDIDATES_MAX - n);
  return n + 1;
}

/* Addresses of ours outside, but for those that are on an interface anyway. */
static guint
add_outside (KhCandidate *candidates,
             guint n,
             KhCandidateKind kind,
             const KhAddr *addrs,
             guint n_addrs,
             const KhAddr *hosts,
             guint n_hosts)
{
  for (guint i = 0; i < n_addrs; i++)
    {
      gboolean own = FALSE;

      for (guint j = 0; j < n_hosts; j++)
        own |= kh_addr_equal (&addrs[i], &hosts[j]);
      if (kh_addr_is_set (&addrs[i]) && !kh_addr_is_loopback (&addrs[i]) && !own)
        n = add (candidates, n, kind, &addrs[i]);
    }
  return n;
}

guint
kh_candidate_gather (const KhAddr *hosts,
                     guint n_hosts,
                     const KhAddr *seen,
                     guint n_seen,
                     const KhAddr *mapped,
                     guint n_mapped,
                     KhCandidate *ret_candidates)
{
  guint n = 0;

  /* First those without which nothing works, so that a machine of many interfaces keeps them. */
  n = add_outside (ret_candidates, n, KH_CANDIDATE_MAPPED, mapped, n_mapped, hosts, n_hosts);
  n = add_outside (ret_candidates, n, KH_CANDIDATE_SRFLX, seen, n_seen, hosts, n_hosts);
  for (guint i = 0; i < n_hosts; i++)
    n = add (ret_candidates, n, KH_CANDIDATE_HOST, &hosts[i]);
  return n;
}
