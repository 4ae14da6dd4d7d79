/* nat.h: a gateway with address translation, of any behaviour that RFC 4787 names
 *
 * It has one address outside and one inside, on two nets; gateways can be stacked. It forwards the
 * family of its outside address and nothing else. A firewall, which translates nothing, has the
 * address of its one inside host as its outside one.
 */
#pragma once

#include "nat-table.h"
#include "net.h"

typedef struct _KhSimNat KhSimNat;

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
/* As kh_sim_nat_table_set_config(). */
void kh_sim_nat_set_config (KhSimNat *self, const KhSimNatConfig *config);
/* As kh_sim_nat_table_forward(). */
void kh_sim_nat_forward (KhSimNat *self, guint16 port, const KhAddr *inside);
guint kh_sim_nat_count_mappings (KhSimNat *self);
void kh_sim_nat_get_counts (KhSimNat *self, KhSimNatCounts *ret_counts);
/* Has it died of too many mappings? */
gboolean kh_sim_nat_is_dead (KhSimNat *self);
