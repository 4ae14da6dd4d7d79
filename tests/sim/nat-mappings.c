/* nat-mappings.c: the mappings of a NAT, by both their ends, and how long they live
 *
 * RFC 4787 section 4.3 for UDP, RFC 5382 for TCP, 5508 for ICMP.
 */
#include "nat-table-private.h"

/* Of a flow that the gateway took for its own: Linux's nf_conntrack_udp_timeout. */
#define OWN_FLOW_TIMEOUT_US (30 * KH_SIM_NAT_SECOND_US)
/* RFC 5382, REQ-5: idle for 2 hours and 4 minutes, or for as long as Linux keeps what has closed */
#define TCP_TIMEOUT_US (7440 * KH_SIM_NAT_SECOND_US)
#define TCP_CLOSED_TIMEOUT_US (10 * KH_SIM_NAT_SECOND_US)
/* RFC 5508, REQ-2 */
#define ICMP_TIMEOUT_US (60 * KH_SIM_NAT_SECOND_US)
/* Flows of its own: whoever sends more meets one that forgets. */
#define OWN_FLOWS_MAX 4096

typedef struct
{
  KhSimNatTable *table;
  gint64 now_us;
} Sweep;

guint
kh_sim_nat_key_hash (gconstpointer data)
{
  const KhSimNatKey *key = data;

  return kh_addr_hash (&key->local) * 31 + kh_addr_hash (&key->remote) + key->protocol;
}

gboolean
kh_sim_nat_key_equal (gconstpointer a, gconstpointer b)
{
  const KhSimNatKey *one = a;
  const KhSimNatKey *other = b;

  return one->protocol == other->protocol && kh_addr_equal (&one->local, &other->local) &&
         kh_addr_equal (&one->remote, &other->remote);
}

void
kh_sim_nat_mapping_free (gpointer data)
{
  KhSimNatMapping *mapping = data;

  g_hash_table_unref (mapping->remotes);
  g_free (mapping);
}

/* As much of @remote as @dependence looks at. */
KhAddr
kh_sim_nat_mappings_cut (const KhAddr *remote, KhSimDependence dependence)
{
  KhAddr key = *remote;

  switch (dependence)
    {
    case KH_SIM_ENDPOINT_INDEPENDENT:
      return (KhAddr){ 0 };
    case KH_SIM_ADDRESS_DEPENDENT:
      key.port = 0;
      return key;
    case KH_SIM_ADDRESS_AND_PORT_DEPENDENT:
      return key;
    }
  g_assert_not_reached ();
}

static gint64
timeout_of (const KhSimNatTable *self, const KhSimNatMapping *mapping)
{
  switch (mapping->key.protocol)
    {
    case KH_SIM_TCP:
      return mapping->closed ? TCP_CLOSED_TIMEOUT_US : TCP_TIMEOUT_US;
    case KH_SIM_ICMP:
    case KH_SIM_ICMPV6:
      return ICMP_TIMEOUT_US;
    case KH_SIM_UDP:
      return mapping->replied ? self->config.timeout_us : self->config.unreplied_timeout_us;
    }
  g_assert_not_reached ();
}

gboolean
kh_sim_nat_mappings_is_over (const KhSimNatTable *self,
                             const KhSimNatMapping *mapping,
                             gint64 now_us)
{
  return mapping->used_us < now_us - timeout_of (self, mapping);
}

GPtrArray *
kh_sim_nat_mappings_at (KhSimNatTable *self, KhSimProtocol protocol, const KhAddr *outside)
{
  KhSimNatKey key = { .protocol = protocol, .local = *outside };

  return g_hash_table_lookup (self->by_outside, &key);
}

/* It is no longer found by its port. */
void
kh_sim_nat_mappings_unlist (KhSimNatTable *self, KhSimNatMapping *mapping)
{
  KhSimNatKey key = { .protocol = mapping->key.protocol, .local = mapping->outside };
  GPtrArray *list = g_hash_table_lookup (self->by_outside, &key);

  g_ptr_array_remove_fast (list, mapping);
  if (list->len == 0)
    g_hash_table_remove (self->by_outside, &key);
}

/* The mapping gets @outside, and is found there. */
void
kh_sim_nat_mappings_list (KhSimNatTable *self, KhSimNatMapping *mapping, const KhAddr *outside)
{
  KhSimNatKey key = { .protocol = mapping->key.protocol, .local = *outside };
  GPtrArray *mappings = g_hash_table_lookup (self->by_outside, &key);

  if (!mappings)
    {
      mappings = g_ptr_array_new ();
      g_hash_table_insert (self->by_outside, g_memdup2 (&key, sizeof key), mappings);
    }
  mapping->outside = *outside;
  g_ptr_array_add (mappings, mapping);
}

static gboolean
sweep_mapping (gpointer key, gpointer value, gpointer user_data)
{
  const Sweep *sweep = user_data;

  (void) key;
  if (!kh_sim_nat_mappings_is_over (sweep->table, value, sweep->now_us))
    return FALSE;
  kh_sim_nat_mappings_unlist (sweep->table, value);
  return TRUE;
}

static gboolean
sweep_own_flow (gpointer key, gpointer value, gpointer user_data)
{
  const gint64 *used_us = value;
  const Sweep *sweep = user_data;

  (void) key;
  return *used_us < sweep->now_us - OWN_FLOW_TIMEOUT_US;
}

void
kh_sim_nat_mappings_sweep (KhSimNatTable *self, gint64 now_us)
{
  Sweep sweep = { self, now_us };

  g_hash_table_foreach_remove (self->by_inside, sweep_mapping, &sweep);
  g_hash_table_foreach_remove (self->own_flows, sweep_own_flow, &sweep);
}

gboolean
kh_sim_nat_mappings_has_own_flow (KhSimNatTable *self,
                                  KhSimProtocol protocol,
                                  const KhAddr *outside,
                                  const KhAddr *remote,
                                  gint64 now_us)
{
  KhSimNatKey key = { protocol, *outside, *remote };
  gint64 *used_us = g_hash_table_lookup (self->own_flows, &key);

  return used_us && *used_us >= now_us - OWN_FLOW_TIMEOUT_US;
}

void
kh_sim_nat_mappings_note_own_flow (KhSimNatTable *self, const KhSimNatFlow *flow, gint64 now_us)
{
  KhSimNatKey key = { flow->protocol, flow->local, flow->remote };

  if (g_hash_table_size (self->own_flows) >= OWN_FLOWS_MAX)
    g_hash_table_remove_all (self->own_flows);
  g_hash_table_replace (self->own_flows, g_memdup2 (&key, sizeof key),
                        g_memdup2 (&now_us, sizeof now_us));
}

void
kh_sim_nat_mappings_forget (KhSimNatTable *self)
{
  g_hash_table_remove_all (self->by_outside);
  g_hash_table_remove_all (self->by_inside);
  g_hash_table_remove_all (self->own_flows);
  g_hash_table_remove_all (self->forwards);
}
