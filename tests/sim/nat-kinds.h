/* nat-kinds.h: how a gateway with address translation behaves, in the words of RFC 4787
 *
 * The simulator's gateways and the laboratory's are of these kinds, by the same names.
 */
#pragma once

#include <glib.h>

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

/* What may go out through TCP, beside any port number. */
#define KH_SIM_TCP_ANY 0
#define KH_SIM_TCP_NONE (-1)

/**
 * KhSimNatConfig:
 * @step: of SEQUENTIAL; 0 is 1
 * @background: mappings a second that others behind it make, at random times: each takes a step of
 *   SEQUENTIAL
 * @timeout_us: how long a mapping lives without traffic; 0 is RFC 4787's 2 minutes
 * @unreplied_timeout_us: the same, for one through which nothing has come back; 0 is @timeout_us
 * @hairpin: inside hosts reach each other by their outside addresses (RFC 4787 section 6)
 * @input_open: an unsolicited packet that comes first is taken for a flow of the gateway's own, as
 *   Linux does with an open INPUT chain: while it lives, a mapping toward the same remote must
 *   take another port
 * @firewall: nothing is translated, only filtered
 * @no_udp: no UDP goes out
 * @tcp_port: the only port that TCP goes to, or #KH_SIM_TCP_ANY or #KH_SIM_TCP_NONE
 * @max_mappings: more than so many at once are its end; 0 is no limit
 * @max_new: more new ones than that within a second are, too; 0 is no limit
 *
 * All-zero memory is a full cone that preserves ports.
 */
typedef struct
{
  const char *name;
  KhSimDependence mapping;
  KhSimDependence filtering;
  KhSimPorts ports;
  int step;
  double background;
  gint64 timeout_us;
  gint64 unreplied_timeout_us;
  gboolean hairpin;
  gboolean input_open;
  gboolean firewall;
  gboolean no_udp;
  int tcp_port;
  guint max_mappings;
  guint max_new;
} KhSimNatConfig;

/* NATs of all kinds that people have names for, all of which carry UDP: a table for loops over
 * pairs. */
extern const KhSimNatConfig kh_sim_nat_kinds[];
extern const guint kh_sim_nat_n_kinds;
/* (nullable): one of them, or one of those that are for few pairs. */
const KhSimNatConfig *kh_sim_nat_find_kind (const char *name);
const char *kh_sim_dependence_to_string (KhSimDependence self);
const char *kh_sim_ports_to_string (KhSimPorts self);
