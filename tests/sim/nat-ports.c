/* nat-ports.c: which port outside a new mapping gets (RFC 4787 section 4.2)
 *
 * With endpoint-dependent mapping one outside port may serve several mappings with different
 * remotes ("overloading"), as Linux does.
 */
#include "nat-table-private.h"

#include <math.h>

/* May a new mapping toward @remote have @outside? Where mappings depend on the remote, a port is
 * taken only for the same remote. */
static gboolean
is_free (KhSimNatTable *self, const KhSimNatFlow *flow, const KhAddr *outside, gint64 now_us)
{
  GPtrArray *list = kh_sim_nat_mappings_at (self, flow->protocol, outside);
  KhAddr key = kh_sim_nat_mappings_cut (&flow->remote, self->config.mapping);

  for (guint i = 0; list && i < list->len; i++)
    {
      const KhSimNatMapping *mapping = g_ptr_array_index (list, i);

      if (kh_addr_equal (&mapping->key.remote, &key) &&
          !kh_sim_nat_mappings_is_over (self, mapping, now_us))
        return FALSE;
    }
  return !kh_sim_nat_mappings_has_own_flow (self, flow->protocol, outside, &flow->remote, now_us);
}

static guint16
draw_port (KhSimNatTable *self)
{
  return (guint16) (KH_SIM_NAT_FIRST_PORT + kh_sim_rng_below (self->rng, KH_SIM_NAT_N_PORTS));
}

/* The mappings that others made since the last one was: a Poisson process. */
static void
run_background (KhSimNatTable *self, gint64 now_us)
{
  while (self->config.background > 0 && self->background_us <= now_us)
    {
      double u = ((double) (kh_sim_rng_u64 (self->rng) >> 11) + 1) / (double) (1ull << 53);

      self->next_port += (guint) self->config.step;
      self->background_us +=
          1 + (gint64) (-log (u) / self->config.background * (double) KH_SIM_NAT_SECOND_US);
    }
}

static guint16
next_sequential (KhSimNatTable *self)
{
  self->next_port += (guint) self->config.step;
  return (guint16) (KH_SIM_NAT_FIRST_PORT + self->next_port % KH_SIM_NAT_N_PORTS);
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

gboolean
kh_sim_nat_ports_choose (KhSimNatTable *self,
                         const KhSimNatFlow *flow,
                         KhAddr *ret_outside,
                         gint64 now_us)
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
      if (i == KH_SIM_NAT_N_PORTS)
        return FALSE;
      outside.port =
          self->config.ports == KH_SIM_PORTS_SEQUENTIAL ? next_sequential (self) : draw_port (self);
    }
  *ret_outside = outside;
  return TRUE;
}
