/* nat-table-private.h: what the parts of a NAT's table share
 *
 * A mapping is found by its inside address and as much of the remote as it depends on, and by its
 * outside port, which several may have.
 */
#pragma once

#include "nat-table.h"

#define KH_SIM_NAT_SECOND_US G_GINT64_CONSTANT (1000000)
/* RFC 4787 section 4.2.2 leaves the range to the device; this is the dynamic one. */
#define KH_SIM_NAT_FIRST_PORT 49152
#define KH_SIM_NAT_N_PORTS 16384

/* One of two keys: an inside address and what of the remote counts, or an outside one alone. */
typedef struct
{
  KhSimProtocol protocol;
  KhAddr local;
  KhAddr remote;
} KhSimNatKey;

typedef struct
{
  KhSimNatKey key; /* in by_inside */
  KhAddr outside;
  gint64 used_us;
  gboolean replied;
  gboolean closed;
  GHashTable *remotes; /* KhAddr: as much as the filter looks at */
} KhSimNatMapping;

struct _KhSimNatTable
{
  KhSimNatConfig config;
  KhSimRng *rng; /* borrowed */
  KhAddr outer_ip;
  GHashTable *by_inside;  /* KhSimNatKey → KhSimNatMapping, owned */
  GHashTable *by_outside; /* KhSimNatKey, owned → GPtrArray of KhSimNatMapping, owned */
  GHashTable *forwards;   /* port → KhAddr, owned */
  GHashTable *own_flows;  /* KhSimNatKey, owned → gint64, owned: when it was last used */
  guint next_port;        /* of SEQUENTIAL */
  guint port_offset;      /* grows with each rebinding */
  gint64 background_us;   /* when the next mapping of others is made */
  GQueue made_us;         /* of the mappings made within the last second, the oldest first */
  gboolean dead;
  KhSimNatCounts counts;
};

/* --- nat-mappings.c --- */
guint kh_sim_nat_key_hash (gconstpointer key);
gboolean kh_sim_nat_key_equal (gconstpointer a, gconstpointer b);
void kh_sim_nat_mapping_free (gpointer mapping);
/* As much of @remote as @dependence looks at. */
KhAddr kh_sim_nat_mappings_cut (const KhAddr *remote, KhSimDependence dependence);
gboolean kh_sim_nat_mappings_is_over (const KhSimNatTable *self,
                                      const KhSimNatMapping *mapping,
                                      gint64 now_us);
/* (transfer none) (nullable): KhSimNatMapping */
GPtrArray *
kh_sim_nat_mappings_at (KhSimNatTable *self, KhSimProtocol protocol, const KhAddr *outside);
/* The mapping gets @outside, and is found there. */
void
kh_sim_nat_mappings_list (KhSimNatTable *self, KhSimNatMapping *mapping, const KhAddr *outside);
/* It is no longer found by its port. */
void kh_sim_nat_mappings_unlist (KhSimNatTable *self, KhSimNatMapping *mapping);
void kh_sim_nat_mappings_sweep (KhSimNatTable *self, gint64 now_us);
void kh_sim_nat_mappings_forget (KhSimNatTable *self);
/* Has the gateway taken what came from @remote to @outside for a flow of its own? */
gboolean kh_sim_nat_mappings_has_own_flow (KhSimNatTable *self,
                                           KhSimProtocol protocol,
                                           const KhAddr *outside,
                                           const KhAddr *remote,
                                           gint64 now_us);
void
kh_sim_nat_mappings_note_own_flow (KhSimNatTable *self, const KhSimNatFlow *flow, gint64 now_us);

/* --- nat-ports.c --- */
/* The outside address of a new mapping for @flow; FALSE where no port is left. */
gboolean kh_sim_nat_ports_choose (KhSimNatTable *self,
                                  const KhSimNatFlow *flow,
                                  KhAddr *ret_outside,
                                  gint64 now_us);
