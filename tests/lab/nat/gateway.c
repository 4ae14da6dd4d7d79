/* gateway.c: what lies between a home and the world
 *
 * A packet that goes out has its source replaced, one that comes in its destination; an error of
 * ICMP is treated as the packet that it quotes, the other way round (RFC 5508, section 4). Inside
 * hosts may reach each other by outside addresses; such a packet goes out and comes in here.
 */
#include "gateway.h"

#include "packet.h"

struct _Gateway
{
  KhSimRng rng;
  KhSimNatTable *nat;      /* of IPv4 */
  KhSimNatTable *firewall; /* of IPv6 */
  gboolean carries_ipv4, carries_ipv6;
  KhAddr outer_ip, inner_ip;
  GatewaySend send;
  gpointer user_data;
  GatewayCounts counts;
};

Gateway *
gateway_new (guint64 seed, GatewaySend send, gpointer user_data, gint64 now_us)
{
  Gateway *self = g_new0 (Gateway, 1);

  kh_sim_rng_init (&self->rng, seed, 0);
  self->nat = kh_sim_nat_table_new (kh_sim_nat_find_kind ("port-restricted"), &self->rng, now_us);
  self->firewall = kh_sim_nat_table_new (kh_sim_nat_find_kind ("firewall"), &self->rng, now_us);
  self->carries_ipv4 = TRUE;
  self->carries_ipv6 = TRUE;
  self->send = send;
  self->user_data = user_data;
  return self;
}

void
gateway_free (Gateway *self)
{
  if (self == NULL)
    return;
  kh_sim_nat_table_free (self->nat);
  kh_sim_nat_table_free (self->firewall);
  g_free (self);
}

void
gateway_set_outer (Gateway *self, const KhAddr *ip)
{
  self->outer_ip = *ip;
  kh_sim_nat_table_set_outer (self->nat, ip);
}

void
gateway_set_inner (Gateway *self, const KhAddr *ip)
{
  self->inner_ip = *ip;
}

void
gateway_set_carries (Gateway *self, KhFamily family, gboolean carries)
{
  if (family == KH_FAMILY_IPV4)
    self->carries_ipv4 = carries;
  else
    self->carries_ipv6 = carries;
}

KhSimNatTable *
gateway_get_table (Gateway *self, KhFamily family)
{
  return family == KH_FAMILY_IPV4 ? self->nat : self->firewall;
}

void
gateway_rebind (Gateway *self, const KhAddr *outer_ip)
{
  kh_sim_nat_table_rebind (self->nat);
  kh_sim_nat_table_rebind (self->firewall);
  if (outer_ip != NULL)
    gateway_set_outer (self, outer_ip);
}

const GatewayCounts *
gateway_get_counts (Gateway *self)
{
  return &self->counts;
}

static void
count_dropped (Gateway *self, KhSimNatVerdict verdict)
{
  switch (verdict)
    {
    case KH_SIM_NAT_PASS:
      g_assert_not_reached ();
    case KH_SIM_NAT_FILTERED:
      self->counts.filtered++;
      return;
    case KH_SIM_NAT_BLOCKED:
      self->counts.blocked++;
      return;
    case KH_SIM_NAT_FULL:
      self->counts.full++;
      return;
    case KH_SIM_NAT_DEAD:
      self->counts.dead++;
      return;
    }
  g_assert_not_reached ();
}

static void
give_back (Gateway *self, GatewaySide to, const Packet *packet, PacketTrouble trouble)
{
  const KhAddr *router = to == GATEWAY_INSIDE ? &self->inner_ip : &self->outer_ip;
  guint8 error[PACKET_ERROR_MAX];

  /* Nothing is said about errors (RFC 1122, 3.2.2), nor in a family without an address. */
  if (!packet->is_error && router->family == packet->src.family)
    self->send (to, error, packet_write_error (packet, trouble, router, error), self->user_data);
}

/* An error about a packet that went the other way: to its sender, as it knew it. */
static gboolean
translate_error (Gateway *self, GatewaySide from, Packet *packet, gint64 now_us)
{
  KhSimNatTable *table = gateway_get_table (self, packet->src.family);
  KhSimNatFlow flow;
  Packet quoted;

  if (!packet_parse_quoted (packet, &quoted))
    return FALSE;
  flow.protocol = quoted.protocol;
  flow.ends = FALSE;
  if (from == GATEWAY_OUTSIDE)
    {
      flow.local = quoted.src;
      flow.remote = quoted.dst;
      if (!kh_sim_nat_table_look_in (table, &flow, now_us))
        return FALSE;
      packet_set_src (&quoted, &flow.local);
      packet_set_dst (packet, &flow.local);
    }
  else
    {
      flow.local = quoted.dst;
      flow.remote = quoted.src;
      if (!kh_sim_nat_table_look_out (table, &flow, now_us))
        return FALSE;
      packet_set_dst (&quoted, &flow.local);
      packet_set_src (packet, &flow.local);
    }
  packet_seal_error (packet);
  return TRUE;
}

/* FALSE: it is counted and gone. */
static gboolean
translate (Gateway *self, GatewaySide from, Packet *packet, gint64 now_us)
{
  KhSimNatTable *table = gateway_get_table (self, packet->src.family);
  gboolean out = from == GATEWAY_INSIDE;
  KhSimNatFlow flow = { packet->protocol, packet->ends, out ? packet->src : packet->dst,
                        out ? packet->dst : packet->src };
  KhSimNatVerdict verdict;

  if (packet->is_error)
    {
      if (translate_error (self, from, packet, now_us))
        return TRUE;
      self->counts.filtered++;
      return FALSE;
    }
  verdict = out ? kh_sim_nat_table_out (table, &flow, now_us)
                : kh_sim_nat_table_in (table, &flow, now_us);
  if (verdict != KH_SIM_NAT_PASS)
    {
      count_dropped (self, verdict);
      return FALSE;
    }
  if (out)
    packet_set_src (packet, &flow.local);
  else
    packet_set_dst (packet, &flow.local);
  return TRUE;
}

static gboolean
carries (const Gateway *self, const Packet *packet)
{
  return packet->src.family == KH_FAMILY_IPV4 ? self->carries_ipv4 : self->carries_ipv6;
}

/* The kernel's own talk on a line: multicast, and what is not routed. */
static gboolean
is_forwarded (const Gateway *self, GatewaySide from, const Packet *packet)
{
  KhAddr dst = packet->dst;

  dst.port = 1;
  if (!carries (self, packet) || !kh_addr_is_unicast (&dst) || kh_addr_is_link_local (&dst) ||
      kh_addr_is_link_local (&packet->src))
    return FALSE;
  if (packet->src.family == KH_FAMILY_IPV6)
    return TRUE;
  return from == GATEWAY_INSIDE || kh_addr_equal_ip (&dst, &self->outer_ip);
}

static void
come_in (Gateway *self, Packet *packet, gint64 now_us)
{
  if (translate (self, GATEWAY_OUTSIDE, packet, now_us))
    self->send (GATEWAY_INSIDE, packet->ip, packet->len, self->user_data);
}

static void
go_out (Gateway *self, Packet *packet, gint64 now_us)
{
  gboolean hairpin = kh_addr_equal_ip (&packet->dst, &self->outer_ip);

  if (hairpin && !kh_sim_nat_table_get_config (self->nat)->hairpin)
    {
      self->counts.filtered++;
      return;
    }
  if (!translate (self, GATEWAY_INSIDE, packet, now_us))
    return;
  if (hairpin)
    {
      self->counts.hairpinned++;
      come_in (self, packet, now_us);
      return;
    }
  self->send (GATEWAY_OUTSIDE, packet->ip, packet->len, self->user_data);
}

void
gateway_receive (Gateway *self, GatewaySide from, guint8 *data, gsize len, gint64 now_us)
{
  Packet packet;

  if (!packet_parse (data, len, &packet) || !is_forwarded (self, from, &packet))
    {
      self->counts.other++;
      return;
    }
  if (from == GATEWAY_INSIDE && kh_addr_equal_ip (&packet.dst, &self->inner_ip))
    {
      /* Nothing listens on the gateway itself. */
      if (packet.protocol == KH_SIM_UDP)
        give_back (self, from, &packet, PACKET_NO_PORT);
      self->counts.other++;
      return;
    }
  if (!packet_take_hop (&packet))
    {
      give_back (self, from, &packet, PACKET_HOPS);
      self->counts.expired++;
      return;
    }
  self->counts.forwarded[from]++;
  if (from == GATEWAY_INSIDE)
    go_out (self, &packet, now_us);
  else
    come_in (self, &packet, now_us);
}
