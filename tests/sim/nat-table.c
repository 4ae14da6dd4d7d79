/* nat-table.c: see nat-table.h
 *
 * A mapping is from an inside address, and as much of the remote as the mapping depends on, to a
 * port outside; it remembers to which remotes it has sent, as far as the filter looks at them.
 * RFC 4787 sections 4 to 6.
 */
#include "nat-table-private.h"

#define DEFAULT_TIMEOUT_US (120 * KH_SIM_NAT_SECOND_US)
/* What a rebooted router that preserves ports adds to them: it is no longer the same port. */
#define REBIND_OFFSET 1000

KhSimNatTable *
kh_sim_nat_table_new (const KhSimNatConfig *config, KhSimRng *rng, gint64 now_us)
{
  KhSimNatTable *self = g_new0 (KhSimNatTable, 1);

  self->rng = rng;
  self->by_inside = g_hash_table_new_full (kh_sim_nat_key_hash, kh_sim_nat_key_equal, NULL,
                                           kh_sim_nat_mapping_free);
  self->by_outside = g_hash_table_new_full (kh_sim_nat_key_hash, kh_sim_nat_key_equal, g_free,
                                            (GDestroyNotify) g_ptr_array_unref);
  self->forwards = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->own_flows =
      g_hash_table_new_full (kh_sim_nat_key_hash, kh_sim_nat_key_equal, g_free, g_free);
  self->next_port = (guint) kh_sim_rng_below (rng, KH_SIM_NAT_N_PORTS);
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

/* FALSE: that was one too many. */
static gboolean
count_new (KhSimNatTable *self, gint64 now_us)
{
  const KhSimNatConfig *config = &self->config;
  gint64 *oldest;

  g_queue_push_tail (&self->made_us, g_memdup2 (&now_us, sizeof now_us));
  while ((oldest = g_queue_peek_head (&self->made_us)) && *oldest <= now_us - KH_SIM_NAT_SECOND_US)
    g_free (g_queue_pop_head (&self->made_us));
  self->counts.made++;
  self->counts.max_new = MAX (self->counts.max_new, self->made_us.length);
  self->counts.max_mappings = MAX (self->counts.max_mappings, g_hash_table_size (self->by_inside));
  self->dead =
      (config->max_new > 0 && self->made_us.length > config->max_new) ||
      (config->max_mappings > 0 && g_hash_table_size (self->by_inside) > config->max_mappings);
  return !self->dead;
}

static KhSimNatMapping *
find_out (KhSimNatTable *self, const KhSimNatFlow *flow, gint64 now_us)
{
  KhSimNatKey key = { flow->protocol, flow->local,
                      kh_sim_nat_mappings_cut (&flow->remote, self->config.mapping) };
  KhSimNatMapping *mapping = g_hash_table_lookup (self->by_inside, &key);

  return mapping && !kh_sim_nat_mappings_is_over (self, mapping, now_us) ? mapping : NULL;
}

static KhSimNatVerdict
add_mapping (KhSimNatTable *self,
             const KhSimNatFlow *flow,
             KhSimNatMapping **ret_mapping,
             gint64 now_us)
{
  g_autofree KhSimNatMapping *mapping = g_new0 (KhSimNatMapping, 1);
  KhAddr outside;

  kh_sim_nat_mappings_sweep (self, now_us);
  mapping->key = (KhSimNatKey){ flow->protocol, flow->local,
                                kh_sim_nat_mappings_cut (&flow->remote, self->config.mapping) };
  mapping->used_us = now_us;
  if (!kh_sim_nat_ports_choose (self, flow, &outside, now_us))
    return KH_SIM_NAT_FULL;
  mapping->remotes = g_hash_table_new_full (kh_addr_hash_func, kh_addr_equal_func, g_free, NULL);
  kh_sim_nat_mappings_list (self, mapping, &outside);
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
  KhAddr seen = kh_sim_nat_mappings_cut (&flow->remote, self->config.filtering);
  KhSimNatMapping *mapping;

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
static KhSimNatMapping *
find_in (KhSimNatTable *self, const KhSimNatFlow *flow, gboolean filters, gint64 now_us)
{
  GPtrArray *list = kh_sim_nat_mappings_at (self, flow->protocol, &flow->local);
  KhAddr key = kh_sim_nat_mappings_cut (&flow->remote, self->config.mapping);
  KhAddr seen = kh_sim_nat_mappings_cut (&flow->remote, self->config.filtering);
  KhSimNatMapping *found = NULL;

  for (guint i = 0; list && i < list->len; i++)
    {
      KhSimNatMapping *mapping = g_ptr_array_index (list, i);
      gboolean exact = kh_addr_equal (&mapping->key.remote, &key);

      if ((!exact && found) || kh_sim_nat_mappings_is_over (self, mapping, now_us) ||
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
static KhSimNatMapping *
admit (KhSimNatTable *self, const KhSimNatFlow *in, gint64 now_us)
{
  const KhAddr *inside = g_hash_table_lookup (self->forwards, GUINT_TO_POINTER (in->local.port));
  KhSimNatFlow flow = *in;
  KhAddr seen = kh_sim_nat_mappings_cut (&in->remote, self->config.filtering);
  KhSimNatMapping *mapping;

  if (!inside || in->protocol != KH_SIM_UDP)
    return NULL;
  flow.local = *inside;
  mapping = find_out (self, &flow, now_us);
  if (!mapping && add_mapping (self, &flow, &mapping, now_us) != KH_SIM_NAT_PASS)
    return NULL;
  kh_sim_nat_mappings_unlist (self, mapping);
  kh_sim_nat_mappings_list (self, mapping, &in->local);
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
  KhSimNatMapping *mapping = NULL;

  if (self->dead)
    return KH_SIM_NAT_DEAD;
  /* A flow that the gateway has taken for its own stays so. */
  if (!kh_sim_nat_mappings_has_own_flow (self, flow->protocol, &flow->local, &flow->remote, now_us))
    mapping = find_in (self, flow, TRUE, now_us);
  if (!mapping)
    mapping = admit (self, flow, now_us);
  if (!mapping)
    {
      if (self->config.input_open && flow->protocol == KH_SIM_UDP)
        kh_sim_nat_mappings_note_own_flow (self, flow, now_us);
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
  const KhSimNatMapping *mapping = find_out (self, flow, now_us);

  if (!mapping || self->dead)
    return FALSE;
  flow->local = mapping->outside;
  return TRUE;
}

gboolean
kh_sim_nat_table_look_in (KhSimNatTable *self, KhSimNatFlow *flow, gint64 now_us)
{
  const KhSimNatMapping *mapping = find_in (self, flow, FALSE, now_us);

  if (!mapping || self->dead)
    return FALSE;
  flow->local = mapping->key.local;
  return TRUE;
}

void
kh_sim_nat_table_rebind (KhSimNatTable *self)
{
  kh_sim_nat_mappings_forget (self);
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
  kh_sim_nat_mappings_sweep (self, now_us);
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
