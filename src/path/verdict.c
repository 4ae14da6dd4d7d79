/* verdict.c: see verdict.h
 *
 * Owns nothing. The causes are looked at from the hardest to the softest: what no technique could
 * change comes before what a technique did not manage.
 */
#include "path/verdict.h"

static KhVerdictWho
who_of (gboolean we, gboolean they)
{
  if (we)
    return they ? KH_VERDICT_BOTH : KH_VERDICT_US;
  return they ? KH_VERDICT_THEM : KH_VERDICT_NOBODY;
}

KhVerdictWho
kh_verdict_who_swap (KhVerdictWho who)
{
  switch (who)
    {
    case KH_VERDICT_US:
      return KH_VERDICT_THEM;
    case KH_VERDICT_THEM:
      return KH_VERDICT_US;
    case KH_VERDICT_NOBODY:
    case KH_VERDICT_BOTH:
    default:
      return who;
    }
}

static gboolean
is_without_family (const KhVerdictSide *a, const KhVerdictSide *b)
{
  return a->has_ipv4 && !a->has_ipv6 && b->has_ipv6 && !b->has_ipv4;
}

static gboolean
is_random (const KhNatBehaviour *nat)
{
  return !kh_nat_behaviour_is_stable (nat) && nat->ports != KH_NAT_PORTS_SEQUENTIAL;
}

static gboolean
is_sequential (const KhNatBehaviour *nat)
{
  return !kh_nat_behaviour_is_stable (nat) && nat->ports == KH_NAT_PORTS_SEQUENTIAL;
}

/* What no packet can change. FALSE where there is nothing of the kind. */
static gboolean
find_hard_cause (const KhVerdictEvidence *evidence, KhVerdict *ret_verdict)
{
  const KhVerdictSide *ours = &evidence->ours;
  const KhVerdictSide *theirs = &evidence->theirs;
  KhVerdictWho who = who_of (ours->nat.is_relay_only, theirs->nat.is_relay_only);

  if (who != KH_VERDICT_NOBODY)
    {
      *ret_verdict = (KhVerdict){ KH_VERDICT_PRIVACY, who };
      return TRUE;
    }
  who = who_of (ours->nat.udp_blocked, theirs->nat.udp_blocked);
  if (who != KH_VERDICT_NOBODY)
    {
      *ret_verdict = (KhVerdict){ KH_VERDICT_UDP_BLOCKED, who };
      return TRUE;
    }
  who = who_of (is_without_family (theirs, ours), is_without_family (ours, theirs));
  if (who != KH_VERDICT_NOBODY)
    {
      *ret_verdict = (KhVerdict){ KH_VERDICT_NO_FAMILY, who };
      return TRUE;
    }
  return FALSE;
}

/* Two ways of giving every connection another port, of which one is random. */
static gboolean
find_random_cause (const KhVerdictEvidence *evidence, KhVerdict *ret_verdict)
{
  const KhNatBehaviour *ours = &evidence->ours.nat;
  const KhNatBehaviour *theirs = &evidence->theirs.nat;

  if (is_random (ours) && is_random (theirs))
    *ret_verdict = (KhVerdict){ KH_VERDICT_RANDOM_RANDOM, KH_VERDICT_BOTH };
  else if ((is_random (ours) && is_sequential (theirs)) ||
           (is_sequential (ours) && is_random (theirs)))
    *ret_verdict =
        (KhVerdict){ KH_VERDICT_DEPENDENT, who_of (is_random (ours), is_random (theirs)) };
  else
    return FALSE;
  return TRUE;
}

/* As long as neither was seen to be led back in. */
static gboolean
is_without_hairpin (const KhVerdictEvidence *evidence)
{
  return evidence->same_outside && evidence->ours.nat.hairpin != KH_NAT_HAIRPIN_YES &&
         evidence->theirs.nat.hairpin != KH_NAT_HAIRPIN_YES;
}

static KhVerdict
find_soft_cause (const KhVerdictEvidence *evidence)
{
  const KhNatBehaviour *ours = &evidence->ours.nat;
  const KhNatBehaviour *theirs = &evidence->theirs.nat;
  KhVerdictWho who = who_of (is_random (ours), is_random (theirs));

  if (who != KH_VERDICT_NOBODY)
    return (KhVerdict){ KH_VERDICT_RANDOM_STRICT, who };
  who = who_of (is_sequential (ours), is_sequential (theirs));
  if (who != KH_VERDICT_NOBODY)
    return (KhVerdict){ KH_VERDICT_UNPREDICTED, who };
  return (KhVerdict){ KH_VERDICT_FIREWALL, KH_VERDICT_NOBODY };
}

KhVerdict
kh_verdict_reach (const KhVerdictEvidence *evidence)
{
  KhVerdict verdict = { KH_VERDICT_NOT_CONNECTED, KH_VERDICT_NOBODY };

  if (!evidence->is_connected)
    return verdict;
  if (evidence->is_direct)
    {
      verdict.kind = evidence->is_local       ? KH_VERDICT_DIRECT_LOCAL
                     : evidence->was_searched ? KH_VERDICT_DIRECT_SEARCH
                                              : KH_VERDICT_DIRECT;
      return verdict;
    }
  if (find_hard_cause (evidence, &verdict))
    return verdict;
  /* Another way than by those ports, such as a mapped port or IPv6, may still be checked. */
  if (evidence->is_trying)
    return (KhVerdict){ KH_VERDICT_TRYING, KH_VERDICT_NOBODY };
  /* Whatever the ports outside are like, one was there to go to. */
  if (evidence->ours.nat.is_mapped || evidence->theirs.nat.is_mapped)
    return (KhVerdict){ KH_VERDICT_FIREWALL, KH_VERDICT_NOBODY };
  if (is_without_hairpin (evidence))
    return (KhVerdict){ KH_VERDICT_NO_HAIRPIN, KH_VERDICT_BOTH };
  if (find_random_cause (evidence, &verdict))
    return verdict;
  return find_soft_cause (evidence);
}

gboolean
kh_verdict_is_proven (KhVerdictKind kind)
{
  switch (kind)
    {
    case KH_VERDICT_PRIVACY:
    case KH_VERDICT_UDP_BLOCKED:
    case KH_VERDICT_NO_FAMILY:
    case KH_VERDICT_RANDOM_RANDOM:
    case KH_VERDICT_DEPENDENT:
      return TRUE;
    case KH_VERDICT_NOT_CONNECTED:
    case KH_VERDICT_DIRECT:
    case KH_VERDICT_DIRECT_LOCAL:
    case KH_VERDICT_DIRECT_SEARCH:
    case KH_VERDICT_TRYING:
    case KH_VERDICT_RANDOM_STRICT:
    case KH_VERDICT_UNPREDICTED:
    case KH_VERDICT_FIREWALL:
    case KH_VERDICT_NO_HAIRPIN:
    default:
      return FALSE;
    }
}

const char *
kh_verdict_kind_to_string (KhVerdictKind kind)
{
  switch (kind)
    {
    case KH_VERDICT_NOT_CONNECTED:
      return "not-connected";
    case KH_VERDICT_DIRECT:
      return "direct";
    case KH_VERDICT_DIRECT_LOCAL:
      return "direct-local";
    case KH_VERDICT_DIRECT_SEARCH:
      return "direct-search";
    case KH_VERDICT_TRYING:
      return "trying";
    case KH_VERDICT_PRIVACY:
      return "privacy";
    case KH_VERDICT_UDP_BLOCKED:
      return "udp-blocked";
    case KH_VERDICT_NO_FAMILY:
      return "no-family";
    case KH_VERDICT_RANDOM_RANDOM:
      return "random-random";
    case KH_VERDICT_RANDOM_STRICT:
      return "random-strict";
    case KH_VERDICT_DEPENDENT:
      return "dependent";
    case KH_VERDICT_UNPREDICTED:
      return "unpredicted";
    case KH_VERDICT_FIREWALL:
      return "firewall";
    case KH_VERDICT_NO_HAIRPIN:
      return "no-hairpin";
    default:
      return "unknown";
    }
}

const char *
kh_verdict_who_to_string (KhVerdictWho who)
{
  switch (who)
    {
    case KH_VERDICT_NOBODY:
      return "nobody";
    case KH_VERDICT_US:
      return "us";
    case KH_VERDICT_THEM:
      return "them";
    case KH_VERDICT_BOTH:
      return "both";
    default:
      return "unknown";
    }
}
