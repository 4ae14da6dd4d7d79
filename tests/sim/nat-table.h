/* nat-table.h: what a NAT remembers, and what it does to a packet because of that
 *
 * No packets and no clock of its own: the simulator's gateways (nat.h) and the laboratory's
 * (tests/lab/nat) are the same NAT by this. UDP, TCP and the echoes of ICMP, whose identifier
 * serves as a port; each protocol has ports of its own.
 */
#pragma once

#include "nat-kinds.h"
#include "rng.h"
#include "wire/addr.h"

typedef struct _KhSimNatTable KhSimNatTable;

/* As in the headers of IP. */
typedef enum
{
  KH_SIM_ICMP = 1,
  KH_SIM_TCP = 6,
  KH_SIM_UDP = 17,
  KH_SIM_ICMPV6 = 58,
} KhSimProtocol;

/**
 * KhSimNatFlow:
 * @ends: a TCP segment with FIN or RST
 * @local: going out, the inside address, in whose place comes the outside one; coming in, the
 *   other way round
 */
typedef struct
{
  KhSimProtocol protocol;
  gboolean ends;
  KhAddr local;
  KhAddr remote;
} KhSimNatFlow;

typedef enum
{
  KH_SIM_NAT_PASS,
  KH_SIM_NAT_FILTERED, /* came unasked */
  KH_SIM_NAT_BLOCKED,  /* nobody may send that */
  KH_SIM_NAT_FULL,     /* no port is left */
  KH_SIM_NAT_DEAD,     /* of too many mappings */
} KhSimNatVerdict;

typedef struct
{
  guint mappings;     /* now */
  guint max_mappings; /* at one time */
  guint max_new;      /* within a second */
  guint64 made;       /* altogether */
} KhSimNatCounts;

/* @rng: borrowed */
KhSimNatTable *kh_sim_nat_table_new (const KhSimNatConfig *config, KhSimRng *rng, gint64 now_us);
void kh_sim_nat_table_free (KhSimNatTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhSimNatTable, kh_sim_nat_table_free)

/* Where it sends from; its port does not matter. Not needed where nothing is translated. */
void kh_sim_nat_table_set_outer (KhSimNatTable *self, const KhAddr *ip);
const KhSimNatConfig *kh_sim_nat_table_get_config (KhSimNatTable *self);
/* Mappings stay as they are. */
void kh_sim_nat_table_set_config (KhSimNatTable *self, const KhSimNatConfig *config);

/* A packet goes out: makes a mapping, or refreshes it. Changes @flow only where it passes. */
KhSimNatVerdict kh_sim_nat_table_out (KhSimNatTable *self, KhSimNatFlow *flow, gint64 now_us);
/* A packet comes in. */
KhSimNatVerdict kh_sim_nat_table_in (KhSimNatTable *self, KhSimNatFlow *flow, gint64 now_us);
/* What comes for @port outside by UDP goes to @inside from now on, whoever sent it, and what is
 * sent back leaves from there: as a port that was asked for by PCP or UPnP. Rebinding forgets it.
 * @inside (nullable): NULL takes the port back; what flows goes on. */
void kh_sim_nat_table_forward (KhSimNatTable *self, guint16 port, const KhAddr *inside);
/* For what is quoted in an error of ICMP: the same translations, without any effect. FALSE where
 * there is no such mapping. */
gboolean kh_sim_nat_table_look_out (KhSimNatTable *self, KhSimNatFlow *flow, gint64 now_us);
gboolean kh_sim_nat_table_look_in (KhSimNatTable *self, KhSimNatFlow *flow, gint64 now_us);

/* Forgets all mappings, as a rebooted router, and gives other ports from now on; what died lives.
 */
void kh_sim_nat_table_rebind (KhSimNatTable *self);
gboolean kh_sim_nat_table_is_dead (KhSimNatTable *self);
void kh_sim_nat_table_get_counts (KhSimNatTable *self, KhSimNatCounts *ret_counts, gint64 now_us);
const char *kh_sim_nat_verdict_to_string (KhSimNatVerdict self);
