/* nat.c: see nat.h; what it remembers is nat-table.c's */
#include "nat.h"

struct _KhSimNat
{
  KhSimWorld *world;
  char *name;
  KhSimNatTable *table;
  KhSimPort *outer;
  KhSimPort *inner;
};

static void
nat_free (gpointer data)
{
  KhSimNat *self = data;

  kh_sim_nat_table_free (self->table);
  g_free (self->name);
  g_free (self);
}

static void
drop (KhSimNat *self, KhSimPacket *packet, const char *why)
{
  g_autofree char *what = g_strconcat ("drop-", why, NULL);

  kh_sim_packet_trace (packet, self->world, self->name, what);
  g_free (packet);
}

/* A router's part of forwarding; FALSE if the packet ends here. */
static gboolean
take_hop (KhSimPacket *packet)
{
  return --packet->hop_limit > 0;
}

static KhSimProtocol
protocol_of (const KhSimPacket *packet)
{
  return packet->segment == KH_SIM_SEGMENT_NONE ? KH_SIM_UDP : KH_SIM_TCP;
}

static gboolean
ends (const KhSimPacket *packet)
{
  return packet->segment == KH_SIM_SEGMENT_RST;
}

static void
receive_outside (KhSimPacket *packet, gpointer user_data)
{
  KhSimNat *self = user_data;
  KhSimNatFlow flow = { protocol_of (packet), ends (packet), packet->dst, packet->src };
  KhSimNatVerdict verdict;

  if (!kh_addr_equal_ip (&packet->dst, kh_sim_port_get_ip (self->outer)))
    {
      drop (self, packet, "not-mine");
      return;
    }
  verdict = kh_sim_nat_table_in (self->table, &flow, kh_sim_world_now (self->world));
  if (verdict != KH_SIM_NAT_PASS)
    {
      drop (self, packet, kh_sim_nat_verdict_to_string (verdict));
      return;
    }
  if (!take_hop (packet))
    {
      drop (self, packet, "hops");
      return;
    }
  packet->dst = flow.local;
  kh_sim_port_send (self->inner, packet);
}

static gboolean
forwards (KhSimNat *self, const KhSimPacket *packet)
{
  const KhAddr *outer_ip = kh_sim_port_get_ip (self->outer);

  if (packet->dst.family != outer_ip->family ||
      kh_addr_equal_ip (&packet->dst, kh_sim_port_get_ip (self->inner)))
    return FALSE;
  return !kh_addr_equal_ip (&packet->dst, outer_ip) ||
         kh_sim_nat_table_get_config (self->table)->hairpin;
}

static void
receive_inside (KhSimPacket *packet, gpointer user_data)
{
  KhSimNat *self = user_data;
  KhSimNatFlow flow = { protocol_of (packet), ends (packet), packet->src, packet->dst };
  KhSimNatVerdict verdict;

  if (!forwards (self, packet))
    {
      drop (self, packet, "not-forwarded");
      return;
    }
  if (!take_hop (packet))
    {
      drop (self, packet, "hops");
      return;
    }
  verdict = kh_sim_nat_table_out (self->table, &flow, kh_sim_world_now (self->world));
  if (verdict != KH_SIM_NAT_PASS)
    {
      drop (self, packet, kh_sim_nat_verdict_to_string (verdict));
      return;
    }
  packet->src = flow.local;
  kh_sim_packet_trace (packet, self->world, self->name, "maps");
  if (kh_addr_equal_ip (&packet->dst, kh_sim_port_get_ip (self->outer)))
    receive_outside (packet, self);
  else
    kh_sim_port_send (self->outer, packet);
}

KhSimNat *
kh_sim_nat_new (KhSimWorld *world,
                const char *name,
                const KhSimNatConfig *config,
                KhSimNet *outer,
                const KhAddr *outer_ip,
                KhSimNet *inner,
                const KhAddr *inner_ip)
{
  KhSimNat *self = g_new0 (KhSimNat, 1);
  g_autofree char *inner_name = g_strdup_printf ("%s-lan", name);

  self->world = world;
  self->name = g_strdup (name);
  self->table = kh_sim_nat_table_new (config, kh_sim_world_rng (world), kh_sim_world_now (world));
  kh_sim_nat_table_set_outer (self->table, outer_ip);
  kh_sim_world_own (world, self, nat_free);
  self->outer = kh_sim_net_attach (outer, name, outer_ip, receive_outside, self);
  self->inner = kh_sim_net_attach (inner, inner_name, inner_ip, receive_inside, self);
  kh_sim_net_set_gateway (inner, self->inner);
  return self;
}

KhSimPort *
kh_sim_nat_get_outer (KhSimNat *self)
{
  return self->outer;
}

void
kh_sim_nat_rebind (KhSimNat *self, const KhAddr *outer_ip)
{
  kh_sim_nat_table_rebind (self->table);
  if (outer_ip)
    {
      kh_sim_port_set_ip (self->outer, outer_ip);
      kh_sim_nat_table_set_outer (self->table, outer_ip);
    }
  kh_sim_world_trace (self->world, "%s rebinds", self->name);
}

void
kh_sim_nat_set_config (KhSimNat *self, const KhSimNatConfig *config)
{
  kh_sim_nat_table_set_config (self->table, config);
}

void
kh_sim_nat_forward (KhSimNat *self, guint16 port, const KhAddr *inside)
{
  kh_sim_nat_table_forward (self->table, port, inside);
}

guint
kh_sim_nat_count_mappings (KhSimNat *self)
{
  KhSimNatCounts counts;

  kh_sim_nat_get_counts (self, &counts);
  return counts.mappings;
}

void
kh_sim_nat_get_counts (KhSimNat *self, KhSimNatCounts *ret_counts)
{
  kh_sim_nat_table_get_counts (self->table, ret_counts, kh_sim_world_now (self->world));
}

gboolean
kh_sim_nat_is_dead (KhSimNat *self)
{
  return kh_sim_nat_table_is_dead (self->table);
}
