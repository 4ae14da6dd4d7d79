/* nat.h: a gateway with address translation, of any behaviour that RFC 4787 names
 *
 * It has one address outside and one inside, on two nets; gateways can be stacked. It translates
 * IPv4 and forwards nothing else.
 */
#pragma once

#include "net.h"

typedef struct _KhSimNat KhSimNat;

/* RFC 4787 sections 4.1 and 5: what a mapping, or a filter, depends on. */
typedef enum
{
  KH_SIM_ENDPOINT_INDEPENDENT,
  KH_SIM_ADDRESS_DEPENDENT,
  KH_SIM_ADDRESS_AND_PORT_DEPENDENT,
} KhSimDependence;

typedef enum
{
  KH_SIM_PORTS_PRESERVING, /* the inside port, where it is free */
  KH_SIM_PORTS_SEQUENTIAL,
  KH_SIM_PORTS_RANDOM,
} KhSimPorts;

/**
 * KhSimNatConfig:
 * @step: of SEQUENTIAL
 * @timeout_us: how long a mapping lives without traffic; 0 is RFC 4787's 2 minutes
 * @unreplied_timeout_us: the same, for one through which nothing has come back; 0 is @timeout_us
 * @hairpin: inside hosts reach each other by their outside addresses (RFC 4787 section 6)
 * @input_open: an unsolicited packet that comes first is taken for a flow of the gateway's own, as
 *   Linux does with an open INPUT chain: while it lives, a mapping toward the same remote must
 *   take another port
 */
typedef struct
{
  const char *name;
  KhSimDependence mapping;
  KhSimDependence filtering;
  KhSimPorts ports;
  int step;
  gint64 timeout_us;
  gint64 unreplied_timeout_us;
  gboolean hairpin;
  gboolean input_open;
} KhSimNatConfig;

/* The kinds that people have names for; a table for loops over pairs. */
extern const KhSimNatConfig kh_sim_nat_kinds[];
extern const guint kh_sim_nat_n_kinds;
/* (nullable) */
const KhSimNatConfig *kh_sim_nat_find_kind (const char *name);

/* @inner_ip is the gateway's own address on @inner, whose gateway it becomes. */
KhSimNat *kh_sim_nat_new (KhSimWorld *world,
                          const char *name,
                          const KhSimNatConfig *config,
                          KhSimNet *outer,
                          const KhAddr *outer_ip,
                          KhSimNet *inner,
                          const KhAddr *inner_ip);
KhSimPort *kh_sim_nat_get_outer (KhSimNat *self);
/* Forgets all mappings, as a rebooted router, and gives other ports from now on. @outer_ip
 * (nullable): a new address too. */
void kh_sim_nat_rebind (KhSimNat *self, const KhAddr *outer_ip);
guint kh_sim_nat_count_mappings (KhSimNat *self);
