/* matrix.c: see matrix.h */
#include "matrix.h"

const KhSimKind kh_sim_kinds[] = {
  { .name = "open", .nature = KH_SIM_EASY_AND_LAX },
  { .name = "full-cone", .nature = KH_SIM_EASY_AND_LAX, .nat = "full-cone" },
  { .name = "restricted", .nature = KH_SIM_EASY_AND_LAX, .nat = "restricted" },
  { .name = "port-restricted", .nature = KH_SIM_EASY, .nat = "port-restricted" },
  { .name = "masquerade", .nature = KH_SIM_EASY, .nat = "masquerade" },
  { .name = "masquerade-open", .nature = KH_SIM_EASY, .nat = "masquerade-open" },
  { .name = "symmetric", .nature = KH_SIM_RANDOM, .nat = "symmetric" },
  { .name = "sequential-1", .nature = KH_SIM_SEQUENTIAL, .nat = "symmetric-sequential" },
  { .name = "sequential-2", .nature = KH_SIM_SEQUENTIAL, .nat = "symmetric-sequential-2" },
  { .name = "sequential-busy", .nature = KH_SIM_SEQUENTIAL, .nat = "symmetric-sequential-busy" },
  { .name = "carrier-cone",
    .nature = KH_SIM_EASY,
    .nat = "port-restricted",
    .outer_nat = "full-cone" },
  { .name = "carrier-symmetric",
    .nature = KH_SIM_RANDOM,
    .nat = "port-restricted",
    .outer_nat = "symmetric" },
  { .name = "short-lived", .nature = KH_SIM_EASY, .nat = "short-lived" },
  { .name = "mapped", .nature = KH_SIM_RANDOM, .nat = "symmetric", .mapped = TRUE },
  { .name = "udp-blocked", .nature = KH_SIM_NO_UDP, .nat = "udp-blocked" },
  { .name = "only-tcp-443", .nature = KH_SIM_NO_UDP, .nat = "only-tcp-443" },
  { .name = "relay-always", .nature = KH_SIM_EASY, .nat = "port-restricted", .relay_only = TRUE },
  { .name = "ipv6-firewall", .nature = KH_SIM_RANDOM, .nat = "symmetric", .ipv6 = TRUE },
  { .name = "ipv6-only", .nature = KH_SIM_RANDOM, .ipv6 = TRUE, .no_ipv4 = TRUE },
  { .name = "same-nat", .nature = KH_SIM_EASY, .nat = "port-restricted", .place = KH_SIM_SAME_LAN },
  { .name = "same-nat-hairpin",
    .nature = KH_SIM_EASY_AND_LAX,
    .nat = "full-cone",
    .place = KH_SIM_SAME_LAN },
  { .name = "same-carrier",
    .nature = KH_SIM_EASY,
    .nat = "port-restricted",
    .outer_nat = "port-restricted",
    .place = KH_SIM_SAME_CARRIER },
  { .name = "same-carrier-hairpin",
    .nature = KH_SIM_EASY,
    .nat = "port-restricted",
    .outer_nat = "port-restricted-hairpin",
    .place = KH_SIM_SAME_CARRIER },
};
const guint kh_sim_n_kinds = G_N_ELEMENTS (kh_sim_kinds);

#define EVER G_MAXINT64

const KhSimExpectation kh_sim_expectations[KH_SIM_N_CLASSES] = {
  [KH_SIM_CLASS_PUNCHING] = { "punching", 1, 1, KH_SIM_SECOND },
  [KH_SIM_CLASS_LOCAL] = { "within a LAN", 1, 1, KH_SIM_SECOND },
  [KH_SIM_CLASS_IPV6] = { "IPv6", 1, 1, KH_SIM_SECOND },
  [KH_SIM_CLASS_MAPPED] = { "port mapping", 1, 1, KH_SIM_SECOND },
  [KH_SIM_CLASS_PREDICTION] = { "prediction", 1, 0.95, 10 * KH_SIM_SECOND },
  [KH_SIM_CLASS_SEARCH] = { "search", 1, 0.99, 5 * KH_SIM_SECOND },
  [KH_SIM_CLASS_HOPELESS] = { "hopeless", 1, 0, EVER },
  [KH_SIM_CLASS_NO_HAIRPIN] = { "no hairpin", 1, 0, EVER },
  [KH_SIM_CLASS_NO_FAMILY] = { "no family in common", 1, 0, EVER },
  [KH_SIM_CLASS_BLOCKED] = { "blocked", 1, 0, EVER },
  [KH_SIM_CLASS_PRIVATE] = { "private", 1, 0, EVER },
};

static KhSimClass
class_of_place (const KhSimKind *kind)
{
  if (kind->place == KH_SIM_SAME_LAN)
    return KH_SIM_CLASS_LOCAL;
  return kh_sim_nat_find_kind (kind->outer_nat)->hairpin ? KH_SIM_CLASS_PUNCHING
                                                         : KH_SIM_CLASS_NO_HAIRPIN;
}

KhSimClass
kh_sim_class_of (const KhSimKind *a, const KhSimKind *b)
{
  gboolean lax = a->nature == KH_SIM_EASY_AND_LAX || b->nature == KH_SIM_EASY_AND_LAX;
  KhSimNature easier = MIN (a->nature, b->nature);
  KhSimNature harder = MAX (a->nature, b->nature);

  if (a->place != KH_SIM_APART)
    return class_of_place (a);
  if (a->relay_only || b->relay_only)
    return KH_SIM_CLASS_PRIVATE;
  if (harder == KH_SIM_NO_UDP)
    return KH_SIM_CLASS_BLOCKED;
  if (a->ipv6 && b->ipv6)
    return KH_SIM_CLASS_IPV6;
  if (a->no_ipv4 || b->no_ipv4)
    return KH_SIM_CLASS_NO_FAMILY;
  if (a->mapped || b->mapped)
    return KH_SIM_CLASS_MAPPED;
  if (harder <= KH_SIM_EASY || lax)
    return KH_SIM_CLASS_PUNCHING;
  if (harder == KH_SIM_SEQUENTIAL)
    return KH_SIM_CLASS_PREDICTION;
  return easier == KH_SIM_EASY ? KH_SIM_CLASS_SEARCH : KH_SIM_CLASS_HOPELESS;
}

static KhVerdictWho
who_of (gboolean we, gboolean they)
{
  if (we)
    return they ? KH_VERDICT_BOTH : KH_VERDICT_US;
  return they ? KH_VERDICT_THEM : KH_VERDICT_NOBODY;
}

static KhVerdict
expect_direct (KhSimClass class)
{
  KhVerdict verdict = { KH_VERDICT_DIRECT, KH_VERDICT_NOBODY };

  if (class == KH_SIM_CLASS_LOCAL)
    verdict.kind = KH_VERDICT_DIRECT_LOCAL;
  if (class == KH_SIM_CLASS_PREDICTION || class == KH_SIM_CLASS_SEARCH)
    verdict.kind = KH_VERDICT_DIRECT_SEARCH;
  return verdict;
}

KhVerdict
kh_sim_expect_verdict (const KhSimKind *a, const KhSimKind *b, gboolean is_direct)
{
  KhSimClass class = kh_sim_class_of (a, b);
  gboolean a_random = a->nature == KH_SIM_RANDOM;
  gboolean b_random = b->nature == KH_SIM_RANDOM;

  if (is_direct)
    return expect_direct (class);
  switch (class)
    {
    case KH_SIM_CLASS_PREDICTION:
      return (KhVerdict){ KH_VERDICT_UNPREDICTED,
                          who_of (a->nature == KH_SIM_SEQUENTIAL, b->nature == KH_SIM_SEQUENTIAL) };
    case KH_SIM_CLASS_SEARCH:
      return (KhVerdict){ KH_VERDICT_RANDOM_STRICT, who_of (a_random, b_random) };
    case KH_SIM_CLASS_HOPELESS:
      return (KhVerdict){ a_random && b_random ? KH_VERDICT_RANDOM_RANDOM : KH_VERDICT_DEPENDENT,
                          who_of (a_random, b_random) };
    case KH_SIM_CLASS_NO_FAMILY:
      return (KhVerdict){ KH_VERDICT_NO_FAMILY, who_of (a->no_ipv4, b->no_ipv4) };
    case KH_SIM_CLASS_BLOCKED:
      return (KhVerdict){ KH_VERDICT_UDP_BLOCKED,
                          who_of (a->nature == KH_SIM_NO_UDP, b->nature == KH_SIM_NO_UDP) };
    case KH_SIM_CLASS_PRIVATE:
      return (KhVerdict){ KH_VERDICT_PRIVACY, who_of (a->relay_only, b->relay_only) };
    case KH_SIM_CLASS_NO_HAIRPIN:
      return (KhVerdict){ KH_VERDICT_NO_HAIRPIN, KH_VERDICT_BOTH };
    case KH_SIM_CLASS_PUNCHING:
    case KH_SIM_CLASS_LOCAL:
    case KH_SIM_CLASS_IPV6:
    case KH_SIM_CLASS_MAPPED:
    case KH_SIM_N_CLASSES:
      break;
    }
  return (KhVerdict){ KH_VERDICT_FIREWALL, KH_VERDICT_NOBODY };
}
