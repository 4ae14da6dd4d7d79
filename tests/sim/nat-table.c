/* nat-table.c: see nat-table.h
 *
 * A mapping is from an inside address, and as much of the remote as the mapping depends on, to a
 * port outside; it remembers to which remotes it has sent, as far as the filter looks at them. With
 * endpoint-dependent mapping one outside port may serve several mappings with different remotes
 * ("overloading"), as Linux does. RFC 4787 sections 4 to 6, RFC 5382 for TCP, 5508 for ICMP.
 */
#include "nat-table.h"

#include <math.h>

#define SECOND G_GINT64_CONSTANT (1000000)
#define DEFAULT_TIMEOUT_US (120 * SECOND)
/* Of a flow that the gateway took for its own: Linux's nf_conntrack_udp_timeout. */
#define OWN_FLOW_TIMEOUT_US (30 * SECOND)
/* RFC 5382, REQ-5: idle for 2 hours and 4 minutes, or for as long as Linux keeps what has closed */
#define TCP_TIMEOUT_US (7440 * SECOND)
#define TCP_CLOSED_TIMEOUT_US (10 * SECOND)
/* RFC 5508, REQ-2 */
#define ICMP_TIMEOUT_US (60 * SECOND)
/* RFC 4787 section 4.2.2 leaves the range to the device; this is the dynamic one. */
#define FIRST_PORT 49152
#define N_PORTS 16384
/* What a rebooted router that preserves ports adds to them: it is no longer the same port. */
#define REBIND_OFFSET 1000
/* Flows of its own: whoever sends more meets one that forgets. */
#define OWN_FLOWS_MAX 4096

/* One of two keys: an inside address and what of the remote counts, or an outside one alone. */
typedef struct
{
  KhSimProtocol protocol;
  KhAddr local;
  KhAddr remote;
} Key;

typedef struct
{
  Key key; /* in by_inside */
  KhAddr outside;
  gint64 used_us;
  gboolean replied;
  gboolean closed;
  GHashTable *remotes; /* KhAddr: as much as the filter looks at */
} Mapping;

typedef struct
{
  KhSimNatTable *table;
  gint64 now_us;
} Sweep;

struct _KhSimNatTable
{
  KhSimNatConfig config;
  KhSimRng *rng; /* borrowed */
  KhAddr outer_ip;
  GHashTable *by_inside;  /* Key → Mapping, owned */
  GHashTable *by_outside; /* Key, owned → GPtrArray of Mapping, owned */
  GHashTable *forwards;   /* port → KhAddr, owned */
  GHashTable *own_flows;  /* Key, owned → gint64, owned: when it was last used */
  guint next_port;        /* of SEQUENTIAL */
  guint port_offset;      /* grows with each rebinding */
  gint64 background_us;   /* when the next mapping of others is made */
  GQueue made_us;         /* of the mappings made within the last second, the oldest first */
  gboolean dead;
  KhSimNatCounts counts;
};

static guint
key_hash (gconstpointer data)
{
  const Key *key = data;

  return kh_addr_hash (&key->local) * 31 + kh_addr_hash (&key->remote) + key->protocol;
}

static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  const Key *one = a;
  const Key *other = b;

  return one->protocol == other->protocol && kh_addr_equal (&one->local, &other->local) &&
         kh_addr_equal (&one->remote, &other->remote);
}

static void
mapping_free (gpointer data)
{
  Mapping *mapping = data;

  g_hash_table_unref (mapping->remotes);
  g_free (mapping);
}

static void
forget_all (KhSimNatTable *self)
{
  g_hash_table_remove_all (self->by_outside);
  g_hash_table_remove_all (self->by_inside);
  g_hash_table_remove_all (self->own_flows);
  g_hash_table_remove_all (self->forwards);
}

KhSimNatTable *
kh_sim_nat_table_new (const KhSimNatConfig *config, KhSimRng *rng, gint64 now_us)
{
  KhSimNatTable *self = g_new0 (KhSimNatTable, 1);

  self->rng = rng;
  self->by_inside = g_hash_table_new_full (key_hash, key_equal, NULL, mapping_free);
  self->by_outside =
      g_hash_table_new_full (key_hash, key_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  self->forwards = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->own_flows = g_hash_table_new_full (key_hash, key_equal, g_free, g_free);
  self->next_port = (guint) kh_sim_rng_below (rng, N_PORTS);
  self->background_us = now_us;
  g_queue_init (&self->made_us);
  kh_sim_nat_table_set_config (self, config);
  return self;
}

void
kh_sim_nat_table_free (KhSimNatTable *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->by_outside);
  g_hash_table_unref (self->by_inside);
  g_hash_table_unref (self->own_flows);
  g_hash_table_unref (self->forwards);
  g_queue_clear_full (&self->made_us, g_free);
  g_free (self);
}

void
kh_sim_nat_table_set_outer (KhSimNatTable *self, const KhAddr *ip)
{
  self->outer_ip = *ip;
  self->outer_ip.port = 0;
}

const KhSimNatConfig *
kh_sim_nat_table_get_config (KhSimNatTable *self)
{
  return &self->config;
}

void
kh_sim_nat_table_set_config (KhSimNatTable *self, const KhSimNatConfig *config)
{
  self->config = *config;
  if (self->config.timeout_us == 0)
    self->config.timeout_us = DEFAULT_TIMEOUT_US;
  if (self->config.unreplied_timeout_us == 0)
    self->config.unreplied_timeout_us = self->config.timeout_us;
  if (self->config.step == 0)
    self->config.step = 1;
}

/* As much of @remote as @dependence looks at. */
static KhAddr
cut (const KhAddr *remote, KhSimDependence dependence)
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
timeout_of (const KhSimNatTable *self, const Mapping *mapping)
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

static gboolean
is_over (const KhSimNatTable *self, const Mapping *mapping, gint64 now_us)
{
  return mapping->used_us < now_us - timeout_of (self, mapping);
}

static GPtrArray *
mappings_at (KhSimNatTable *self, KhSimProtocol protocol, const KhAddr *outside)
{
  Key key = { .protocol = protocol, .local = *outside };

  return g_hash_table_lookup (self->by_outside, &key);
}

/* It is no longer found by its port. */
static void
unlist (KhSimNatTable *self, Mapping *mapping)
{
  Key key = { .protocol = mapping->key.protocol, .local = mapping->outside };
  GPtrArray *list = g_hash_table_lookup (self->by_outside, &key);

  g_ptr_array_remove_fast (list, mapping);
  if (list->len == 0)
    g_hash_table_remove (self->by_outside, &key);
}

static gboolean
sweep_mapping (gpointer key, gpointer value, gpointer user_data)
{
  const Sweep *sweep = user_data;

  (void) key;
  if (!is_over (sweep->table, value, sweep->now_us))
    return FALSE;
  unlist (sweep->table, value);
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

static void
sweep_all (KhSimNatTable *self, gint64 now_us)
{
  Sweep sweep = { self, now_us };

  g_hash_table_foreach_remove (self->by_inside, sweep_mapping, &sweep);
  g_hash_table_foreach_remove (self->own_flows, sweep_own_flow, &sweep);
}

static gboolean
has_own_flow (KhSimNatTable *self,
              KhSimProtocol protocol,
              const KhAddr *outside,
              const KhAddr *remote,
              gint64 now_us)
{
  Key key = { protocol, *outside, *remote };
  gint64 *used_us = g_hash_table_lookup (self->own_flows, &key);

  return used_us && *used_us >= now_us - OWN_FLOW_TIMEOUT_US;
}

static void
note_own_flow (KhSimNatTable *self, const KhSimNatFlow *flow, gint64 now_us)
{
  Key key = { flow->protocol, flow->local, flow->remote };

  if (g_hash_table_size (self->own_flows) >= OWN_FLOWS_MAX)
    g_hash_table_remove_all (self->own_flows);
  g_hash_table_replace (self->own_flows, g_memdup2 (&key, sizeof key),
                        g_memdup2 (&now_us, sizeof now_us));
}

/* May a new mapping toward @remote have @outside? Where mappings depend on the remote, a port is
 * taken only for the same remote. */
static gboolean
is_free (KhSimNatTable *self, const KhSimNatFlow *flow, const KhAddr *outside, gint64 now_us)
{
  GPtrArray *list = mappings_at (self, flow->protocol, outside);
  KhAddr key = cut (&flow->remote, self->config.mapping);

  for (guint i = 0; list && i < list->len; i++)
    {
      const Mapping *mapping = g_ptr_array_index (list, i);

      if (kh_addr_equal (&mapping->key.remote, &key) && !is_over (self, mapping, now_us))
        return FALSE;
    }
  return !has_own_flow (self, flow->protocol, outside, &flow->remote, now_us);
}

static guint16
draw_port (KhSimNatTable *self)
{
  return (guint16) (FIRST_PORT + kh_sim_rng_below (self->rng, N_PORTS));
}

/* The mappings that others made since the last one was: a Poisson process. */
static void
run_background (KhSimNatTable *self, gint64 now_us)
{
  while (self->config.background > 0 && self->background_us <= now_us)
    {
      double u = ((double) (kh_sim_rng_u64 (self->rng) >> 11) + 1) / (double) (1ull << 53);

      self->next_port += (guint) self->config.step;
      self->background_us += 1 + (gint64) (-log (u) / self->config.background * (double) SECOND);
    }
}

static guint16
next_sequential (KhSimNatTable *self)
{
  self->next_port += (guint) self->config.step;
  return (guint16) (FIRST_PORT + self->next_port % N_PORTS);
}

static guint16
first_choice (KhSimNatTable *self, const KhAddr *inside, gint64 now_us)
{
  switch (self->config.ports)
    {
    case KH_SIM_PORTS_PRESERVING:
      return (guint16) (inside->port + self->port_offset);
    case KH_SIM_PORTS_SEQUENTIAL:
      run_background (self, now_us);
      return next_sequential (self);
    case KH_SIM_PORTS_RANDOM:
      return draw_port (self);
    }
  g_assert_not_reached ();
}

static gboolean
choose_outside (KhSimNatTable *self, const KhSimNatFlow *flow, KhAddr *ret_outside, gint64 now_us)
{
  KhAddr outside = self->outer_ip;

  if (self->config.firewall)
    {
      *ret_outside = flow->local;
      return TRUE;
    }
  outside.port = first_choice (self, &flow->local, now_us);
  for (guint i = 0; outside.port == 0 || !is_free (self, flow, &outside, now_us); i++)
    {
      if (i == N_PORTS)
        return FALSE;
      outside.port =
          self->config.ports == KH_SIM_PORTS_SEQUENTIAL ? next_sequential (self) : draw_port (self);
    }
  *ret_outside = outside;
  return TRUE;
}

/* FALSE: that was one too many. */
static gboolean
count_new (KhSimNatTable *self, gint64 now_us)
{
  const KhSimNatConfig *config = &self->config;
  gint64 *oldest;

  g_queue_push_tail (&self->made_us, g_memdup2 (&now_us, sizeof now_us));
  while ((oldest = g_queue_peek_head (&self->made_us)) && *oldest <= now_us - SECOND)
    g_free (g_queue_pop_head (&self->made_us));
  self->counts.made++;
  self->counts.max_new = MAX (self->counts.max_new, self->made_us.length);
  self->counts.max_mappings = MAX (self->counts.max_mappings, g_hash_table_size (self->by_inside));
  self->dead =
      (config->max_new > 0 && self->made_us.length > config->max_new) ||
      (config->max_mappings > 0 && g_hash_table_size (self->by_inside) > config->max_mappings);
  return !self->dead;
}

static Mapping *
find_out (KhSimNatTable *self, const KhSimNatFlow *flow, gint64 now_us)
{
  Key key = { flow->protocol, flow->local, cut (&flow->remote, self->config.mapping) };
  Mapping *mapping = g_hash_table_lookup (self->by_inside, &key);

  return mapping && !is_over (self, mapping, now_us) ? mapping : NULL;
}

/* The mapping gets @outside, and is found there. */
static void
list (KhSimNatTable *self, Mapping *mapping, const KhAddr *outside)
{
  Key key = { .protocol = mapping->key.protocol, .local = *outside };
  GPtrArray *mappings = g_hash_table_lookup (self->by_outside, &key);

  if (!mappings)
    {
      mappings = g_ptr_array_new ();
      g_hash_table_insert (self->by_outside, g_memdup2 (&key, sizeof key), mappings);
    }
  mapping->outside = *outside;
  g_ptr_array_add (mappings, mapping);
}

static KhSimNatVerdict
add_mapping (KhSimNatTable *self, const KhSimNatFlow *flow, Mapping **ret_mapping, gint64 now_us)
{
  g_autofree Mapping *mapping = g_new0 (Mapping, 1);
  KhAddr outside;

  sweep_all (self, now_us);
  mapping->key = (Key){ flow->protocol, flow->local, cut (&flow->remote, self->config.mapping) };
  mapping->used_us = now_us;
  if (!choose_outside (self, flow, &outside, now_us))
    return KH_SIM_NAT_FULL;
  mapping->remotes = g_hash_table_new_full (kh_addr_hash_func, kh_addr_equal_func, g_free, NULL);
  list (self, mapping, &outside);
  g_hash_table_insert (self->by_inside, &mapping->key, mapping);
  *ret_mapping = g_steal_pointer (&mapping);
  return count_new (self, now_us) ? KH_SIM_NAT_PASS : KH_SIM_NAT_DEAD;
}

static gboolean
is_blocked (const KhSimNatTable *self, const KhSimNatFlow *flow)
{
  const KhSimNatConfig *config = &self->config;

  if (flow->protocol == KH_SIM_UDP)
    return config->no_udp;
  return flow->protocol == KH_SIM_TCP && config->tcp_port != KH_SIM_TCP_ANY &&
         config->tcp_port != flow->remote.port;
}

KhSimNatVerdict
kh_sim_nat_table_out (KhSimNatTable *self, KhSimNatFlow *flow, gint64 now_us)
{
  KhAddr seen = cut (&flow->remote, self->config.filtering);
  Mapping *mapping;

  if (self->dead)
    return KH_SIM_NAT_DEAD;
  if (is_blocked (self, flow))
    return KH_SIM_NAT_BLOCKED;
  mapping = find_out (self, flow, now_us);
  if (!mapping)
    {
      KhSimNatVerdict verdict = add_mapping (self, flow, &mapping, now_us);

      if (verdict != KH_SIM_NAT_PASS)
        return verdict;
    }
  mapping->used_us = now_us;
  mapping->closed |= flow->ends;
  if (!g_hash_table_contains (mapping->remotes, &seen))
    g_hash_table_add (mapping->remotes, g_memdup2 (&seen, sizeof seen));
  flow->local = mapping->outside;
  return KH_SIM_NAT_PASS;
}

/* The mapping for exactly this remote is preferred to one whose filter merely lets it in. */
static Mapping *
find_in (KhSimNatTable *self, const KhSimNatFlow *flow, gboolean filters, gint64 now_us)
{
  GPtrArray *list = mappings_at (self, flow->protocol, &flow->local);
  KhAddr key = cut (&flow->remote, self->config.mapping);
  KhAddr seen = cut (&flow->remote, self->config.filtering);
  Mapping *found = NULL;

  for (guint i = 0; list && i < list->len; i++)
    {
      Mapping *mapping = g_ptr_array_index (list, i);
      gboolean exact = kh_addr_equal (&mapping->key.remote, &key);

      if ((!exact && found) || is_over (self, mapping, now_us) ||
          (filters && !g_hash_table_contains (mapping->remotes, &seen)))
        continue;
      if (exact)
        return mapping;
      found = mapping;
    }
  return found;
}

/* An unsolicited packet for a forwarded port: makes the mapping that its answer takes, or moves the
 * one that there is toward that remote. */
static Mapping *
admit (KhSimNatTable *self, const KhSimNatFlow *in, gint64 now_us)
{
  const KhAddr *inside = g_hash_table_lookup (self->forwards, GUINT_TO_POINTER (in->local.port));
  KhSimNatFlow flow = *in;
  KhAddr seen = cut (&in->remote, self->config.filtering);
  Mapping *mapping;

  if (!inside || in->protocol != KH_SIM_UDP)
    return NULL;
  flow.local = *inside;
  mapping = find_out (self, &flow, now_us);
  if (!mapping && add_mapping (self, &flow, &mapping, now_us) != KH_SIM_NAT_PASS)
    return NULL;
  unlist (self, mapping);
  list (self, mapping, &in->local);
  if (!g_hash_table_contains (mapping->remotes, &seen))
    g_hash_table_add (mapping->remotes, g_memdup2 (&seen, sizeof seen));
  return mapping;
}

void
kh_sim_nat_table_forward (KhSimNatTable *self, guint16 port, const KhAddr *inside)
{
  if (inside)
    g_hash_table_replace (self->forwards, GUINT_TO_POINTER (port),
                          g_memdup2 (inside, sizeof *inside));
  else
    g_hash_table_remove (self->forwards, GUINT_TO_POINTER (port));
}

KhSimNatVerdict
kh_sim_nat_table_in (KhSimNatTable *self, KhSimNatFlow *flow, gint64 now_us)
{
  Mapping *mapping = NULL;

  if (self->dead)
    return KH_SIM_NAT_DEAD;
  /* A flow that the gateway has taken for its own stays so. */
  if (!has_own_flow (self, flow->protocol, &flow->local, &flow->remote, now_us))
    mapping = find_in (self, flow, TRUE, now_us);
  if (!mapping)
    mapping = admit (self, flow, now_us);
  if (!mapping)
    {
      if (self->config.input_open && flow->protocol == KH_SIM_UDP)
        note_own_flow (self, flow, now_us);
      return KH_SIM_NAT_FILTERED;
    }
  mapping->used_us = now_us;
  mapping->replied = TRUE;
  mapping->closed |= flow->ends;
  flow->local = mapping->key.local;
  return KH_SIM_NAT_PASS;
}

gboolean
kh_sim_nat_table_look_out (KhSimNatTable *self, KhSimNatFlow *flow, gint64 now_us)
{
  const Mapping *mapping = find_out (self, flow, now_us);

  if (!mapping || self->dead)
    return FALSE;
  flow->local = mapping->outside;
  return TRUE;
}

gboolean
kh_sim_nat_table_look_in (KhSimNatTable *self, KhSimNatFlow *flow, gint64 now_us)
{
  const Mapping *mapping = find_in (self, flow, FALSE, now_us);

  if (!mapping || self->dead)
    return FALSE;
  flow->local = mapping->key.local;
  return TRUE;
}

void
kh_sim_nat_table_rebind (KhSimNatTable *self)
{
  forget_all (self);
  g_queue_clear_full (&self->made_us, g_free);
  self->port_offset += REBIND_OFFSET;
  self->dead = FALSE;
}

gboolean
kh_sim_nat_table_is_dead (KhSimNatTable *self)
{
  return self->dead;
}

void
kh_sim_nat_table_get_counts (KhSimNatTable *self, KhSimNatCounts *ret_counts, gint64 now_us)
{
  sweep_all (self, now_us);
  *ret_counts = self->counts;
  ret_counts->mappings = g_hash_table_size (self->by_inside);
}

const char *
kh_sim_nat_verdict_to_string (KhSimNatVerdict self)
{
  switch (self)
    {
    case KH_SIM_NAT_PASS:
      return "pass";
    case KH_SIM_NAT_FILTERED:
      return "filtered";
    case KH_SIM_NAT_BLOCKED:
      return "blocked";
    case KH_SIM_NAT_FULL:
      return "full";
    case KH_SIM_NAT_DEAD:
      return "dead";
    }
  g_assert_not_reached ();
}
