/* nat-kinds.c: see nat-kinds.h
 *
 * "masquerade" is Linux: its mappings depend on the remote, and yet a socket is seen at one port
 * as long as nobody else has it. What kills "fragile" is what home routers were seen to die of.
 */
#include "nat-kinds.h"

#define SECOND G_GINT64_CONSTANT (1000000)
/* Linux's nf_conntrack_udp_timeout, for a flow that was not answered. */
#define LINUX_UNREPLIED_US (30 * SECOND)

#define EI KH_SIM_ENDPOINT_INDEPENDENT
#define AD KH_SIM_ADDRESS_DEPENDENT
#define APD KH_SIM_ADDRESS_AND_PORT_DEPENDENT

#define PRESERVING KH_SIM_PORTS_PRESERVING
#define SEQUENTIAL KH_SIM_PORTS_SEQUENTIAL
#define RANDOM KH_SIM_PORTS_RANDOM

const KhSimNatConfig kh_sim_nat_kinds[] = {
  { .name = "full-cone", .mapping = EI, .filtering = EI, .ports = PRESERVING, .hairpin = TRUE },
  { .name = "full-cone-random", .mapping = EI, .filtering = EI, .ports = RANDOM },
  { .name = "restricted", .mapping = EI, .filtering = AD, .ports = RANDOM },
  { .name = "port-restricted", .mapping = EI, .filtering = APD, .ports = RANDOM },
  { .name = "masquerade",
    .mapping = APD,
    .filtering = APD,
    .ports = PRESERVING,
    .unreplied_timeout_us = LINUX_UNREPLIED_US },
  { .name = "masquerade-open",
    .mapping = APD,
    .filtering = APD,
    .ports = PRESERVING,
    .unreplied_timeout_us = LINUX_UNREPLIED_US,
    .input_open = TRUE },
  { .name = "address-symmetric", .mapping = AD, .filtering = AD, .ports = RANDOM },
  { .name = "symmetric-sequential",
    .mapping = APD,
    .filtering = APD,
    .ports = SEQUENTIAL,
    .step = 1 },
  { .name = "symmetric", .mapping = APD, .filtering = APD, .ports = RANDOM },
  { .name = "symmetric-sequential-2",
    .mapping = APD,
    .filtering = APD,
    .ports = SEQUENTIAL,
    .step = 2 },
  { .name = "symmetric-sequential-busy",
    .mapping = APD,
    .filtering = APD,
    .ports = SEQUENTIAL,
    .step = 1,
    .background = 10 },
  { .name = "short-lived",
    .mapping = EI,
    .filtering = APD,
    .ports = RANDOM,
    .timeout_us = 20 * SECOND },
  { .name = "fragile",
    .mapping = APD,
    .filtering = APD,
    .ports = PRESERVING,
    .max_mappings = 600,
    .max_new = 100 },
  { .name = "fragile-symmetric",
    .mapping = APD,
    .filtering = APD,
    .ports = RANDOM,
    .max_mappings = 600,
    .max_new = 100 },
};
const guint kh_sim_nat_n_kinds = G_N_ELEMENTS (kh_sim_nat_kinds);

/* Those that block, and one of which its host cannot tell that it hairpins: it lets in only what
 * was sent to, and nobody sends to themselves. */
static const KhSimNatConfig other_kinds[] = {
  { .name = "port-restricted-hairpin",
    .mapping = EI,
    .filtering = APD,
    .ports = RANDOM,
    .hairpin = TRUE },
  { .name = "udp-blocked", .mapping = EI, .filtering = APD, .ports = RANDOM, .no_udp = TRUE },
  { .name = "only-tcp-443",
    .mapping = EI,
    .filtering = APD,
    .ports = RANDOM,
    .no_udp = TRUE,
    .tcp_port = 443 },
  { .name = "firewall", .mapping = EI, .filtering = APD, .ports = PRESERVING, .firewall = TRUE },
};

#undef EI
#undef PRESERVING
#undef SEQUENTIAL
#undef RANDOM
#undef AD
#undef APD

const KhSimNatConfig *
kh_sim_nat_find_kind (const char *name)
{
  for (guint i = 0; i < kh_sim_nat_n_kinds; i++)
    if (g_str_equal (kh_sim_nat_kinds[i].name, name))
      return &kh_sim_nat_kinds[i];
  for (guint i = 0; i < G_N_ELEMENTS (other_kinds); i++)
    if (g_str_equal (other_kinds[i].name, name))
      return &other_kinds[i];
  return NULL;
}

const char *
kh_sim_dependence_to_string (KhSimDependence self)
{
  switch (self)
    {
    case KH_SIM_ENDPOINT_INDEPENDENT:
      return "endpoint-independent";
    case KH_SIM_ADDRESS_DEPENDENT:
      return "address-dependent";
    case KH_SIM_ADDRESS_AND_PORT_DEPENDENT:
      return "address-and-port-dependent";
    }
  g_assert_not_reached ();
}

const char *
kh_sim_ports_to_string (KhSimPorts self)
{
  switch (self)
    {
    case KH_SIM_PORTS_PRESERVING:
      return "preserving";
    case KH_SIM_PORTS_SEQUENTIAL:
      return "sequential";
    case KH_SIM_PORTS_RANDOM:
      return "random";
    }
  g_assert_not_reached ();
}
