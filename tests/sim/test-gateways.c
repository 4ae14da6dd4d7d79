/* test-gateways.c: the simulator's NATs behave as their configuration says (RFC 4787)
 *
 * Measured from outside, as a NAT test tool would, with bare packets.
 */
#include "nat.h"

typedef struct
{
  KhSimWorld *world;
  KhSimNet *core, *lan;
  KhSimNat *nat;
  KhSimPort *inside, *second, *x, *y; /* x and y are outside */
  KhSimPort *got_at;                  /* where the last packet came out; NULL for nowhere */
  KhAddr got_src, got_dst;
} Bench;

typedef struct
{
  Bench *bench;
  KhSimPort **port;
} Place;

static void
arrive (KhSimPacket *packet, gpointer user_data)
{
  Place *place = user_data;

  place->bench->got_at = *place->port;
  place->bench->got_src = packet->src;
  place->bench->got_dst = packet->dst;
  g_free (packet);
}

static void
plug_in (Bench *self, KhSimPort **port, KhSimNet *net, const char *name, KhAddr ip)
{
  Place *place = kh_sim_world_own (self->world, g_new (Place, 1), g_free);

  *place = (Place){ self, port };
  *port = kh_sim_net_attach (net, name, &ip, arrive, place);
}

static void
bench_init (Bench *self, const KhSimNatConfig *config)
{
  KhAddr outer_ip = kh_addr_ipv4 (198, 51, 100, 1, 0);
  KhAddr inner_ip = kh_addr_ipv4 (192, 168, 1, 1, 0);

  *self = (Bench){ .world = kh_sim_world_new (5) };
  self->core = kh_sim_net_new (self->world, "core");
  self->lan = kh_sim_net_new (self->world, "lan");
  kh_sim_net_set_hops (self->core, 10);
  self->nat =
      kh_sim_nat_new (self->world, "nat", config, self->core, &outer_ip, self->lan, &inner_ip);
  plug_in (self, &self->inside, self->lan, "inside", kh_addr_ipv4 (192, 168, 1, 10, 0));
  plug_in (self, &self->second, self->lan, "second", kh_addr_ipv4 (192, 168, 1, 11, 0));
  plug_in (self, &self->x, self->core, "x", kh_addr_ipv4 (192, 0, 2, 1, 0));
  plug_in (self, &self->y, self->core, "y", kh_addr_ipv4 (203, 0, 113, 1, 0));
}

/* Sends one packet and lets it arrive; returns where it came out, if anywhere. */
static KhSimPort *
throw_hops (Bench *self, KhSimPort *from, guint16 from_port, KhAddr to, guint hop_limit)
{
  KhAddr src = *kh_sim_port_get_ip (from);
  KhSimPacket *packet;

  src.port = from_port;
  packet = kh_sim_packet_new (&src, &to, (const guint8 *) "x", 1);
  packet->hop_limit = hop_limit;
  self->got_at = NULL;
  kh_sim_port_send (from, packet);
  kh_sim_world_run (self->world, KH_SIM_MS);
  return self->got_at;
}

static KhSimPort *throw (Bench * self, KhSimPort *from, guint16 from_port, KhAddr to)
{
  return throw_hops (self, from, from_port, to, KH_SIM_HOP_LIMIT_DEFAULT);
}

static KhAddr
addr_of (KhSimPort *port, guint16 number)
{
  KhAddr addr = *kh_sim_port_get_ip (port);

  addr.port = number;
  return addr;
}

/* The outside address that @from gets toward @to. */
static KhAddr
map (Bench *self, KhSimPort *from, guint16 from_port, KhSimPort *to, guint16 to_port)
{
  g_assert_true (throw (self, from, from_port, addr_of (to, to_port)) == to);
  return self->got_src;
}

static void
test_mapping (void)
{
  for (guint i = 0; i < kh_sim_nat_n_kinds; i++)
    {
      const KhSimNatConfig *kind = &kh_sim_nat_kinds[i];
      gboolean preserving = kind->ports == KH_SIM_PORTS_PRESERVING;
      Bench bench;
      KhAddr first, same_ip, other_ip;

      bench_init (&bench, kind);
      first = map (&bench, bench.inside, 4000, bench.x, 1);
      same_ip = map (&bench, bench.inside, 4000, bench.x, 2);
      other_ip = map (&bench, bench.inside, 4000, bench.y, 1);
      g_assert_cmpint (first.port == same_ip.port, ==,
                       preserving || kind->mapping != KH_SIM_ADDRESS_AND_PORT_DEPENDENT);
      g_assert_cmpint (first.port == other_ip.port, ==,
                       preserving || kind->mapping == KH_SIM_ENDPOINT_INDEPENDENT);
      g_assert_cmpint (first.port == 4000, ==, preserving);
      if (kind->ports == KH_SIM_PORTS_SEQUENTIAL)
        g_assert_cmpuint (same_ip.port, ==, first.port + kind->step);
      kh_sim_world_free (bench.world);
    }
}

static void
test_filtering (void)
{
  for (guint i = 0; i < kh_sim_nat_n_kinds; i++)
    {
      const KhSimNatConfig *kind = &kh_sim_nat_kinds[i];
      Bench bench;
      KhAddr out;

      bench_init (&bench, kind);
      out = map (&bench, bench.inside, 4000, bench.x, 1);
      g_assert_true (throw (&bench, bench.x, 1, out) == bench.inside);
      g_assert_cmpuint (bench.got_dst.port, ==, 4000);
      g_assert_cmpint (throw (&bench, bench.x, 2, out) == bench.inside, ==,
                       kind->filtering != KH_SIM_ADDRESS_AND_PORT_DEPENDENT);
      g_assert_cmpint (throw (&bench, bench.y, 1, out) == bench.inside, ==,
                       kind->filtering == KH_SIM_ENDPOINT_INDEPENDENT);
      kh_sim_world_free (bench.world);
    }
}

static void
test_preserving_collision (void)
{
  Bench bench;
  KhAddr first, second;

  bench_init (&bench, kh_sim_nat_find_kind ("full-cone"));
  first = map (&bench, bench.inside, 4000, bench.x, 1);
  second = map (&bench, bench.second, 4000, bench.x, 1);
  g_assert_cmpuint (first.port, ==, 4000);
  g_assert_cmpuint (second.port, !=, 4000);
  kh_sim_world_free (bench.world);
}

static void
test_timeout (void)
{
  Bench bench;
  KhSimNatConfig config = *kh_sim_nat_find_kind ("port-restricted");
  KhAddr out;

  config.timeout_us = 30 * KH_SIM_SECOND;
  bench_init (&bench, &config);
  out = map (&bench, bench.inside, 4000, bench.x, 1);
  for (int i = 0; i < 4; i++)
    {
      kh_sim_world_run (bench.world, 29 * KH_SIM_SECOND);
      g_assert_true (throw (&bench, bench.x, 1, out) == bench.inside);
    }
  kh_sim_world_run (bench.world, 31 * KH_SIM_SECOND);
  g_assert_null (throw (&bench, bench.x, 1, out));
  g_assert_cmpuint (kh_sim_nat_count_mappings (bench.nat), ==, 0);
  kh_sim_world_free (bench.world);
}

static void
test_unreplied_timeout (void)
{
  for (int replied = 0; replied < 2; replied++)
    {
      Bench bench;
      KhAddr out;

      bench_init (&bench, kh_sim_nat_find_kind ("masquerade"));
      out = map (&bench, bench.inside, 4000, bench.x, 1);
      if (replied)
        g_assert_true (throw (&bench, bench.x, 1, out) == bench.inside);
      kh_sim_world_run (bench.world, 31 * KH_SIM_SECOND);
      g_assert_cmpuint (kh_sim_nat_count_mappings (bench.nat), ==, replied);
      kh_sim_world_free (bench.world);
    }
}

static void
test_hairpin (void)
{
  for (int on = 0; on < 2; on++)
    {
      Bench bench;
      KhSimNatConfig config = *kh_sim_nat_find_kind ("full-cone");
      KhAddr out;

      config.hairpin = on;
      bench_init (&bench, &config);
      out = map (&bench, bench.inside, 4000, bench.x, 1);
      g_assert_true (throw (&bench, bench.second, 5000, out) == (on ? bench.inside : NULL));
      /* RFC 4787 REQ-9a: from the external address */
      if (on)
        g_assert_true (kh_addr_equal_ip (&bench.got_src, &out));
      kh_sim_world_free (bench.world);
    }
}

static void
test_rebind (void)
{
  for (guint i = 0; i < kh_sim_nat_n_kinds; i++)
    {
      Bench bench;
      KhAddr before, after;

      bench_init (&bench, &kh_sim_nat_kinds[i]);
      before = map (&bench, bench.inside, 4000, bench.x, 1);
      kh_sim_nat_rebind (bench.nat, NULL);
      g_assert_null (throw (&bench, bench.x, 1, before));
      after = map (&bench, bench.inside, 4000, bench.x, 1);
      g_assert_cmpuint (after.port, !=, before.port);
      kh_sim_world_free (bench.world);
    }
}

static void
test_input_open (void)
{
  for (int open = 0; open < 2; open++)
    {
      Bench bench;
      KhAddr toward_x;

      bench_init (&bench, kh_sim_nat_find_kind (open ? "masquerade-open" : "masquerade"));
      (void) map (&bench, bench.inside, 4000, bench.y, 1);
      /* x comes first, unasked */
      g_assert_null (throw (&bench, bench.x, 1, addr_of (kh_sim_nat_get_outer (bench.nat), 4000)));
      toward_x = map (&bench, bench.inside, 4000, bench.x, 1);
      g_assert_cmpint (toward_x.port == 4000, ==, !open);
      kh_sim_world_free (bench.world);
    }
}

/* A short-lived packet opens the gateway and does not get through the core. */
static void
test_hops (void)
{
  Bench bench;
  KhAddr to;

  bench_init (&bench, kh_sim_nat_find_kind ("masquerade"));
  to = addr_of (bench.x, 1);
  g_assert_null (throw_hops (&bench, bench.inside, 4000, to, 1));
  g_assert_cmpuint (kh_sim_nat_count_mappings (bench.nat), ==, 0);
  g_assert_null (throw_hops (&bench, bench.inside, 4000, to, 5));
  g_assert_cmpuint (kh_sim_nat_count_mappings (bench.nat), ==, 1);
  g_assert_true (throw (&bench, bench.x, 1, addr_of (kh_sim_nat_get_outer (bench.nat), 4000)) ==
                 bench.inside);
  g_assert_true (throw_hops (&bench, bench.inside, 4000, to, 12) == bench.x);
  kh_sim_world_free (bench.world);
}

static void
test_double (void)
{
  Bench bench;
  KhAddr wan_ip = kh_addr_ipv4 (192, 168, 1, 20, 0);
  KhAddr lan_ip = kh_addr_ipv4 (192, 168, 2, 1, 0);
  KhSimNet *deep_lan;
  KhSimPort *deep;
  KhAddr out;

  bench_init (&bench, kh_sim_nat_find_kind ("port-restricted"));
  deep_lan = kh_sim_net_new (bench.world, "deep");
  kh_sim_nat_new (bench.world, "nat2", kh_sim_nat_find_kind ("restricted"), bench.lan, &wan_ip,
                  deep_lan, &lan_ip);
  plug_in (&bench, &deep, deep_lan, "deep", kh_addr_ipv4 (192, 168, 2, 10, 0));
  out = map (&bench, deep, 4000, bench.x, 1);
  g_assert_true (kh_addr_equal_ip (&out, kh_sim_port_get_ip (kh_sim_nat_get_outer (bench.nat))));
  g_assert_true (throw (&bench, bench.x, 1, out) == deep);
  g_assert_null (throw (&bench, bench.x, 2, out));
  /* and straight to a neighbour of the outer home */
  g_assert_true (throw (&bench, deep, 4000, addr_of (bench.inside, 7)) == bench.inside);
  kh_sim_world_free (bench.world);
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  g_test_add_func ("/sim/gateways/mapping", test_mapping);
  g_test_add_func ("/sim/gateways/filtering", test_filtering);
  g_test_add_func ("/sim/gateways/preserving-collision", test_preserving_collision);
  g_test_add_func ("/sim/gateways/timeout", test_timeout);
  g_test_add_func ("/sim/gateways/unreplied-timeout", test_unreplied_timeout);
  g_test_add_func ("/sim/gateways/hairpin", test_hairpin);
  g_test_add_func ("/sim/gateways/rebind", test_rebind);
  g_test_add_func ("/sim/gateways/input-open", test_input_open);
  g_test_add_func ("/sim/gateways/hops", test_hops);
  g_test_add_func ("/sim/gateways/double", test_double);
  return g_test_run ();
}
