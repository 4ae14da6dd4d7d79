/* test-world.c: the simulator's own parts: clock, heap, generator, lines, networks and hosts
 *
 * A scenario proves something only if the world under it does what it says.
 */
#include "host.h"

#include <string.h>

typedef struct
{
  KhSimWorld *world;
  GArray *order;   /* of int */
  GArray *arrived; /* of gint64: when, since the start */
} Log;

static Log
log_new (guint64 seed)
{
  return (Log){ kh_sim_world_new (seed), g_array_new (FALSE, FALSE, sizeof (int)),
                g_array_new (FALSE, FALSE, sizeof (gint64)) };
}

static void
log_clear (Log *self)
{
  kh_sim_world_free (self->world);
  g_array_unref (self->order);
  g_array_unref (self->arrived);
}

static void
deliver (KhSimPacket *packet, gpointer user_data)
{
  Log *self = user_data;
  gint64 at_us = kh_sim_world_now (self->world) - KH_SIM_START_US;
  int number = packet->data[0];

  g_array_append_val (self->order, number);
  g_array_append_val (self->arrived, at_us);
  g_free (packet);
}

static void
send_number (KhSimLink *line, int number, gsize len)
{
  KhAddr src = kh_addr_ipv4 (10, 0, 0, 1, 1);
  KhAddr dst = kh_addr_ipv4 (10, 0, 0, 2, 2);
  g_autofree guint8 *data = g_malloc0 (len);

  data[0] = (guint8) number;
  kh_sim_link_send (line, kh_sim_packet_new (&src, &dst, data, len));
}

typedef struct
{
  Log *log;
  int number;
} Note;

static void
take_note (gpointer user_data)
{
  Note *note = user_data;

  g_array_append_val (note->log->order, note->number);
}

static void
test_order (void)
{
  Log log = log_new (1);
  static const int at[] = { 5, 3, 5, 1, 3, 9, 0, 5 };
  static const int expected[] = { 6, 3, 1, 4, 0, 2, 7, 5 };

  for (guint i = 0; i < G_N_ELEMENTS (at); i++)
    {
      Note *note = g_new (Note, 1);

      *note = (Note){ &log, (int) i };
      kh_sim_world_at (log.world, KH_SIM_START_US + at[i] * KH_SIM_MS, take_note, note, g_free);
    }
  kh_sim_world_run (log.world, KH_SIM_SECOND);
  g_assert_cmpmem (log.order->data, log.order->len * sizeof (int), expected, sizeof expected);
  g_assert_cmpint (kh_sim_world_now (log.world), ==, KH_SIM_START_US + KH_SIM_SECOND);
  log_clear (&log);
}

static void
test_rng (void)
{
  KhSimRng a, b, c;
  guint hits = 0;

  kh_sim_rng_init (&a, 7, 1);
  kh_sim_rng_init (&b, 7, 1);
  kh_sim_rng_init (&c, 7, 2);
  for (int i = 0; i < 10000; i++)
    {
      guint64 value = kh_sim_rng_u64 (&a);

      g_assert_cmpuint (value, ==, kh_sim_rng_u64 (&b));
      g_assert_cmpuint (value, !=, kh_sim_rng_u64 (&c));
      hits += kh_sim_rng_chance (&a, 0.3);
      (void) kh_sim_rng_u64 (&b);
    }
  /* 11 standard deviations around 3000 */
  g_assert_cmpuint (hits, >, 2500);
  g_assert_cmpuint (hits, <, 3500);
}

static void
test_delay_and_rate (void)
{
  Log log = log_new (1);
  KhSimLink *line = kh_sim_link_new (log.world, "line", deliver, &log);
  /* 1000 bytes with headers at 800 kbit/s: 10 ms each; the queue has room for two */
  KhSimLinkConfig config = { .delay_us = 5 * KH_SIM_MS, .rate = 800000, .queue_bytes = 2000 };

  kh_sim_link_set_config (line, &config);
  for (int i = 0; i < 5; i++)
    send_number (line, i, 1000 - KH_SIM_HEADERS_IPV4);
  kh_sim_world_run (log.world, KH_SIM_SECOND);
  g_assert_cmpuint (log.arrived->len, ==, 2);
  g_assert_cmpint (g_array_index (log.arrived, gint64, 0), ==, 15 * KH_SIM_MS);
  g_assert_cmpint (g_array_index (log.arrived, gint64, 1), ==, 25 * KH_SIM_MS);
  log_clear (&log);
}

static void
test_mask_and_mtu (void)
{
  Log log = log_new (1);
  KhSimLink *line = kh_sim_link_new (log.world, "line", deliver, &log);
  KhSimLinkConfig config = { .mtu = 100 };
  static const guint mask[] = { 0, 3 };
  static const int expected[] = { 1, 2, 5 };

  kh_sim_link_set_config (line, &config);
  kh_sim_link_set_mask (line, mask, G_N_ELEMENTS (mask));
  for (int i = 0; i < 6; i++)
    send_number (line, i, i == 4 ? 101 - KH_SIM_HEADERS_IPV4 : 100 - KH_SIM_HEADERS_IPV4);
  kh_sim_world_run (log.world, KH_SIM_SECOND);
  g_assert_cmpmem (log.order->data, log.order->len * sizeof (int), expected, sizeof expected);
  g_assert_cmpuint (kh_sim_link_get_count (line), ==, 6);
  log_clear (&log);
}

/* Sends 200 numbers 1 ms apart through @config; returns how many arrived before a lower one. */
static guint
count_overtaken (const KhSimLinkConfig *config, guint *ret_arrived)
{
  Log log = log_new (3);
  KhSimLink *line = kh_sim_link_new (log.world, "line", deliver, &log);
  guint overtaken = 0;

  kh_sim_link_set_config (line, config);
  for (int i = 0; i < 200; i++)
    {
      send_number (line, i, 20);
      kh_sim_world_run (log.world, KH_SIM_MS);
    }
  kh_sim_world_run (log.world, KH_SIM_SECOND);
  for (guint i = 1; i < log.order->len; i++)
    overtaken += g_array_index (log.order, int, i - 1) > g_array_index (log.order, int, i);
  *ret_arrived = log.order->len;
  log_clear (&log);
  return overtaken;
}

static void
test_chances (void)
{
  KhSimLinkConfig jitter = { .jitter_us = 20 * KH_SIM_MS };
  KhSimLinkConfig reorder = { .reorder = 0.2, .reorder_us = 10 * KH_SIM_MS };
  KhSimLinkConfig duplicate = { .duplicate = 0.5 };
  KhSimLinkConfig loss = { .loss = 0.5 };
  guint n;

  g_assert_cmpuint (count_overtaken (&jitter, &n), ==, 0);
  g_assert_cmpuint (n, ==, 200);
  g_assert_cmpuint (count_overtaken (&reorder, &n), >, 10);
  g_assert_cmpuint (n, ==, 200);
  (void) count_overtaken (&duplicate, &n);
  g_assert_cmpuint (n, >, 250);
  g_assert_cmpuint (n, <, 350);
  (void) count_overtaken (&loss, &n);
  g_assert_cmpuint (n, >, 50);
  g_assert_cmpuint (n, <, 150);
}

/* A machine that answers each datagram until its byte is 0, and ticks every second. */
typedef struct
{
  KhAddr to;
  int answer; /* -1: none */
  gint64 due_us;
  guint unreachable;
  guint received;
} Echo;

static void
echo_receive (gpointer machine, KhDatagram *in, gint64 now_us)
{
  Echo *self = machine;

  self->received++;
  self->to = in->remote;
  self->answer = in->data[0] > 0 ? in->data[0] - 1 : -1;
}

static gboolean
echo_poll_send (gpointer machine, KhDatagram *out, gint64 now_us)
{
  Echo *self = machine;

  if (self->answer < 0)
    return FALSE;
  out->socket = kh_socket_for_family (self->to.family);
  out->remote = self->to;
  out->data[0] = (guint8) self->answer;
  out->len = 1;
  self->answer = -1;
  return TRUE;
}

static gint64
echo_next_timeout (gpointer machine)
{
  return ((Echo *) machine)->due_us;
}

static void
echo_handle_timeout (gpointer machine, gint64 now_us)
{
  ((Echo *) machine)->due_us = now_us + KH_SIM_SECOND;
}

static void
echo_unreachable (gpointer machine, const KhAddr *remote, gint64 now_us)
{
  ((Echo *) machine)->unreachable++;
}

static const KhMachineOps echo_ops = { echo_receive, echo_poll_send, echo_next_timeout,
                                       echo_handle_timeout, echo_unreachable };

typedef struct
{
  KhSimWorld *world;
  KhSimHost *hosts[2];
  Echo machines[2];
} Pair;

static void
pair_init (Pair *self, const char *ip_a, const char *ip_b)
{
  KhSimNet *net;
  KhSimOracle *oracle;
  const char *ips[] = { ip_a, ip_b };

  self->world = kh_sim_world_new (9);
  kh_sim_world_record (self->world);
  net = kh_sim_net_new (self->world, "core");
  oracle = kh_sim_oracle_new (self->world);
  for (guint i = 0; i < 2; i++)
    {
      KhAddr ip;

      g_assert_true (kh_addr_parse (ips[i], 0, &ip));
      self->hosts[i] = kh_sim_host_new (self->world, oracle, i == 0 ? "a" : "b");
      kh_sim_host_bind (self->hosts[i], 1000, 0);
      kh_sim_host_attach (self->hosts[i], net, &ip);
      self->machines[i] = (Echo){ .answer = -1, .due_us = KH_NEVER };
      kh_sim_host_run (self->hosts[i], &echo_ops, &self->machines[i], FALSE, NULL, NULL);
    }
  kh_sim_net_set_delay (net, kh_sim_host_get_port (self->hosts[0], self->machines[0].to.family),
                        kh_sim_host_get_port (self->hosts[1], self->machines[1].to.family),
                        5 * KH_SIM_MS);
}

static void
test_hosts (gconstpointer v6)
{
  Pair pair = { 0 };
  KhFamily family = v6 ? KH_FAMILY_IPV6 : KH_FAMILY_IPV4;
  KhSimHostStats stats;

  pair_init (&pair, v6 ? "2001:db8::1" : "192.0.2.1", v6 ? "2001:db8::2" : "192.0.2.2");
  pair.machines[0].to = kh_sim_host_get_addr (pair.hosts[1], family);
  pair.machines[0].answer = 9;
  pair.machines[0].due_us = kh_sim_world_now (pair.world) + 500 * KH_SIM_MS;
  kh_sim_host_pump (pair.hosts[0]);
  kh_sim_world_run (pair.world, 3 * KH_SIM_SECOND);
  g_assert_cmpuint (pair.machines[0].received, ==, 5);
  g_assert_cmpuint (pair.machines[1].received, ==, 5);
  kh_sim_host_get_stats (pair.hosts[0], &stats);
  g_assert_cmpuint (stats.datagrams_out, ==, 5);
  g_assert_cmpuint (stats.bytes_in, ==, 5);
  g_assert_cmpuint (stats.timeouts, ==, 3);
  kh_sim_world_free (pair.world);
}

static void
test_refused (void)
{
  Pair pair = { 0 };

  pair_init (&pair, "192.0.2.1", "192.0.2.2");
  pair.machines[0].to = kh_addr_ipv4 (192, 0, 2, 2, 999);
  pair.machines[0].answer = 9;
  kh_sim_host_pump (pair.hosts[0]);
  kh_sim_world_run (pair.world, KH_SIM_SECOND);
  g_assert_cmpuint (pair.machines[0].unreachable, ==, 1);
  g_assert_cmpuint (pair.machines[1].received, ==, 0);
  kh_sim_host_set_refuses (pair.hosts[1], FALSE);
  pair.machines[0].answer = 9;
  kh_sim_host_pump (pair.hosts[0]);
  kh_sim_world_run (pair.world, KH_SIM_SECOND);
  g_assert_cmpuint (pair.machines[0].unreachable, ==, 1);
  kh_sim_world_free (pair.world);
}

/* Runs itself in a child that must die: the oracle and the guard are able to fail. */
static void
expect_death (const char *path, const char *message)
{
  g_test_trap_subprocess (path, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr (message);
}

static void
die_amplifying (void)
{
  Pair pair = { 0 };

  pair_init (&pair, "192.0.2.1", "192.0.2.2");
  kh_sim_host_run (pair.hosts[0], &echo_ops, &pair.machines[0], TRUE, NULL, NULL);
  pair.machines[0].to = kh_sim_host_get_addr (pair.hosts[1], KH_FAMILY_IPV4);
  pair.machines[0].answer = 0;
  kh_sim_host_pump (pair.hosts[0]);
}

static gint64
now_timeout (gpointer machine)
{
  return KH_SIM_START_US;
}

static void
do_nothing (gpointer machine, gint64 now_us)
{
}

static void
die_in_livelock (void)
{
  static const KhMachineOps ops = { echo_receive, echo_poll_send, now_timeout, do_nothing, NULL };
  Pair pair = { 0 };

  pair_init (&pair, "192.0.2.1", "192.0.2.2");
  kh_sim_host_run (pair.hosts[0], &ops, &pair.machines[0], FALSE, NULL, NULL);
  kh_sim_world_run (pair.world, KH_SIM_SECOND);
}

static void
die_reusing_a_number (void)
{
  g_autoptr (KhSimWorld) world = kh_sim_world_new (9);
  KhSimOracle *oracle = kh_sim_oracle_new (world);
  KhAddr src = kh_addr_ipv4 (192, 0, 2, 1, 1);
  KhAddr dst = kh_addr_ipv4 (192, 0, 2, 2, 2);
  KhSealed sealed = { .receiver = 5, .packet_number = 7 };
  guint8 data[64] = { 0 };
  KhWriter writer = kh_writer_init (data, sizeof data);
  g_autofree KhSimPacket *packet = NULL;

  g_assert_true (kh_sealed_write (&writer, &sealed));
  packet = kh_sim_packet_new (&src, &dst, data, sizeof data);
  kh_sim_oracle_sent (oracle, 1, FALSE, packet);
  kh_sim_oracle_sent (oracle, 2, FALSE, packet);
  packet->data[1] = 1; /* another epoch */
  kh_sim_oracle_sent (oracle, 1, FALSE, packet);
  kh_sim_oracle_sent (oracle, 1, FALSE, packet);
}

static void
test_deaths (void)
{
  expect_death ("/sim/world/deaths/subprocess/amplifying",
                "*oracle.c*account->sent <= account->received*");
  expect_death ("/sim/world/deaths/subprocess/livelock", "*host.c*n_fired*");
  expect_death ("/sim/world/deaths/subprocess/number", "*oracle.c*check_number*");
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  g_test_add_func ("/sim/world/order", test_order);
  g_test_add_func ("/sim/world/rng", test_rng);
  g_test_add_func ("/sim/world/delay-and-rate", test_delay_and_rate);
  g_test_add_func ("/sim/world/mask-and-mtu", test_mask_and_mtu);
  g_test_add_func ("/sim/world/chances", test_chances);
  g_test_add_data_func ("/sim/world/hosts-ipv4", NULL, test_hosts);
  g_test_add_data_func ("/sim/world/hosts-ipv6", "6", test_hosts);
  g_test_add_func ("/sim/world/refused", test_refused);
  g_test_add_func ("/sim/world/deaths", test_deaths);
  g_test_add_func ("/sim/world/deaths/subprocess/amplifying", die_amplifying);
  g_test_add_func ("/sim/world/deaths/subprocess/livelock", die_in_livelock);
  g_test_add_func ("/sim/world/deaths/subprocess/number", die_reusing_a_number);
  return g_test_run ();
}
