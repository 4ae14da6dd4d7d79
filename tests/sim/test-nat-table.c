/* test-nat-table.c: what the gateways of simulator and laboratory remember (nat-table.h), as far as
 * test-gateways.c does not see it: other traffic, limits, firewalls, TCP and quoted packets. */
#include "nat-table.h"

#define SECOND G_GINT64_CONSTANT (1000000)
#define START (1000 * SECOND)

typedef struct
{
  KhSimRng rng;
  KhSimNatTable *table;
} Fixture;

static KhAddr
outer_ip (void)
{
  return kh_addr_ipv4 (198, 51, 100, 7, 0);
}

static KhAddr
inside (guint16 port)
{
  return kh_addr_ipv4 (192, 168, 1, 10, port);
}

static KhAddr
remote (guint16 port)
{
  return kh_addr_ipv4 (203, 0, 113, 1, port);
}

static void
set_up (Fixture *self, const char *kind)
{
  KhAddr outer = outer_ip ();
  const KhSimNatConfig *config = kh_sim_nat_find_kind (kind);

  g_assert_nonnull (config);
  kh_sim_rng_init (&self->rng, 1, 1);
  self->table = kh_sim_nat_table_new (config, &self->rng, START);
  kh_sim_nat_table_set_outer (self->table, &outer);
}

static void
tear_down (Fixture *self)
{
  kh_sim_nat_table_free (self->table);
}

/* Sends from an inside port; returns where it is seen, or the absent address. */
static KhAddr
send_out (
    Fixture *self, KhSimProtocol protocol, guint16 from, guint16 to, gboolean ends, gint64 now_us)
{
  KhSimNatFlow flow = { protocol, ends, inside (from), remote (to) };

  if (kh_sim_nat_table_out (self->table, &flow, now_us) != KH_SIM_NAT_PASS)
    return (KhAddr){ 0 };
  return flow.local;
}

static KhSimNatVerdict
come_in (Fixture *self, KhSimProtocol protocol, KhAddr to, guint16 from, gint64 now_us)
{
  KhSimNatFlow flow = { protocol, FALSE, to, remote (from) };

  return kh_sim_nat_table_in (self->table, &flow, now_us);
}

static guint
count (Fixture *self, gint64 now_us)
{
  KhSimNatCounts counts;

  kh_sim_nat_table_get_counts (self->table, &counts, now_us);
  return counts.mappings;
}

/* Alone, each new mapping has the next port but for the step; with others, 10 a second come
 * between.
 */
static void
test_background (void)
{
  static const struct
  {
    const char *kind;
    guint least, most; /* ports between two mappings 100 s apart */
  } cases[] = {
    { "symmetric-sequential", 1, 1 },
    { "symmetric-sequential-2", 2, 2 },
    /* 1,000 are expected; the standard deviation is 32. */
    { "symmetric-sequential-busy", 800, 1200 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Fixture self;
      KhAddr first, second;
      guint between;

      set_up (&self, cases[i].kind);
      first = send_out (&self, KH_SIM_UDP, 4000, 1, FALSE, START);
      second = send_out (&self, KH_SIM_UDP, 4000, 2, FALSE, START + 100 * SECOND);
      between = (guint16) (second.port - first.port) % 16384;
      g_assert_cmpuint (between, >=, cases[i].least);
      g_assert_cmpuint (between, <=, cases[i].most);
      tear_down (&self);
    }
}

/* It lives with its 600 mappings and 100 a second, and not with one more of either. */
static void
test_limits (void)
{
  Fixture self;

  set_up (&self, "fragile");
  for (guint16 i = 0; i < 600; i++)
    send_out (&self, KH_SIM_UDP, 4000, 1 + i, FALSE, START + i * SECOND / 100);
  g_assert_cmpuint (count (&self, START + 6 * SECOND), ==, 600);
  g_assert_false (kh_sim_nat_table_is_dead (self.table));
  send_out (&self, KH_SIM_UDP, 4000, 700, FALSE, START + 8 * SECOND);
  g_assert_true (kh_sim_nat_table_is_dead (self.table));
  g_assert_cmpint (come_in (&self, KH_SIM_UDP, outer_ip (), 1, START + 8 * SECOND), ==,
                   KH_SIM_NAT_DEAD);
  kh_sim_nat_table_rebind (self.table);
  g_assert_false (kh_sim_nat_table_is_dead (self.table));

  for (guint16 i = 0; i < 100; i++)
    send_out (&self, KH_SIM_UDP, 4000, 1 + i, FALSE, START + 10 * SECOND);
  g_assert_false (kh_sim_nat_table_is_dead (self.table));
  send_out (&self, KH_SIM_UDP, 4000, 200, FALSE, START + 11 * SECOND - 1);
  g_assert_true (kh_sim_nat_table_is_dead (self.table));
  tear_down (&self);
}

static void
test_firewall (void)
{
  Fixture self;
  KhAddr own = inside (4000);
  KhAddr out;

  set_up (&self, "firewall");
  g_assert_cmpint (come_in (&self, KH_SIM_UDP, own, 1, START), ==, KH_SIM_NAT_FILTERED);
  out = send_out (&self, KH_SIM_UDP, 4000, 1, FALSE, START);
  g_assert_true (kh_addr_equal (&out, &own));
  g_assert_cmpint (come_in (&self, KH_SIM_UDP, out, 1, START), ==, KH_SIM_NAT_PASS);
  g_assert_cmpint (come_in (&self, KH_SIM_UDP, out, 2, START), ==, KH_SIM_NAT_FILTERED);
  tear_down (&self);
}

static void
test_blocked (void)
{
  Fixture self;
  KhSimNatFlow udp = { KH_SIM_UDP, FALSE, inside (4000), remote (443) };
  KhSimNatFlow http = { KH_SIM_TCP, FALSE, inside (4000), remote (80) };
  KhSimNatFlow https = { KH_SIM_TCP, FALSE, inside (4000), remote (443) };
  const KhSimNatFlow before = udp;

  set_up (&self, "only-tcp-443");
  g_assert_cmpint (kh_sim_nat_table_out (self.table, &udp, START), ==, KH_SIM_NAT_BLOCKED);
  g_assert_cmpmem (&udp, sizeof udp, &before, sizeof before);
  g_assert_cmpint (kh_sim_nat_table_out (self.table, &http, START), ==, KH_SIM_NAT_BLOCKED);
  g_assert_cmpint (kh_sim_nat_table_out (self.table, &https, START), ==, KH_SIM_NAT_PASS);
  tear_down (&self);

  set_up (&self, "udp-blocked");
  g_assert_cmpint (kh_sim_nat_table_out (self.table, &udp, START), ==, KH_SIM_NAT_BLOCKED);
  g_assert_cmpint (kh_sim_nat_table_out (self.table, &http, START), ==, KH_SIM_NAT_PASS);
  tear_down (&self);
}

/* What UDP would lose in minutes TCP keeps for hours, until it closes. */
static void
test_tcp (void)
{
  Fixture self;
  KhAddr out;

  set_up (&self, "port-restricted");
  out = send_out (&self, KH_SIM_TCP, 4000, 443, FALSE, START);
  g_assert_cmpint (come_in (&self, KH_SIM_UDP, out, 443, START), ==, KH_SIM_NAT_FILTERED);
  g_assert_cmpint (come_in (&self, KH_SIM_TCP, out, 443, START + 7000 * SECOND), ==,
                   KH_SIM_NAT_PASS);
  send_out (&self, KH_SIM_TCP, 4000, 443, TRUE, START + 7000 * SECOND);
  g_assert_cmpuint (count (&self, START + 7009 * SECOND), ==, 1);
  g_assert_cmpuint (count (&self, START + 7011 * SECOND), ==, 0);
  tear_down (&self);
}

static void
test_quoted (void)
{
  Fixture self;
  KhAddr out;
  KhSimNatFlow quoted;

  set_up (&self, "symmetric");
  out = send_out (&self, KH_SIM_UDP, 4000, 1, FALSE, START);
  quoted = (KhSimNatFlow){ KH_SIM_UDP, FALSE, out, remote (1) };
  g_assert_true (kh_sim_nat_table_look_in (self.table, &quoted, START));
  g_assert_cmpuint (quoted.local.port, ==, 4000);
  g_assert_true (kh_sim_nat_table_look_out (self.table, &quoted, START));
  g_assert_true (kh_addr_equal (&quoted.local, &out));
  quoted.local = inside (4001);
  g_assert_false (kh_sim_nat_table_look_out (self.table, &quoted, START));
  g_assert_cmpuint (count (&self, START), ==, 1);
  tear_down (&self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim/nat-table/background", test_background);
  g_test_add_func ("/sim/nat-table/limits", test_limits);
  g_test_add_func ("/sim/nat-table/firewall", test_firewall);
  g_test_add_func ("/sim/nat-table/blocked", test_blocked);
  g_test_add_func ("/sim/nat-table/tcp", test_tcp);
  g_test_add_func ("/sim/nat-table/quoted", test_quoted);
  return g_test_run ();
}
