/* test-nats.c: which homes reach each other directly, over every pair of NAT kinds
 *
 * What ordinary punching can cross is computed here from RFC 4787's terms alone: such a pair must
 * become direct. Every pair must be able to talk.
 */
#include "scene.h"

#define DIRECT_PATIENCE_US (20 * KH_SIM_SECOND)
#define NO_PATH_PATIENCE_US (2 * KH_SIM_MINUTE)
#define RELAYED_PATIENCE_US KH_SIM_SECOND

/* Does a host behind it come from one address, whoever it sends to? With port preservation it
 * does, as long as the port is free, though the mapping depends on the endpoint. */
static gboolean
is_predictable (const KhSimNatConfig *nat)
{
  return !nat || nat->mapping == KH_SIM_ENDPOINT_INDEPENDENT ||
         nat->ports == KH_SIM_PORTS_PRESERVING;
}

/* Do packets from another port of an address that was sent to get in? */
static gboolean
ignores_ports (const KhSimNatConfig *nat)
{
  return !nat || nat->filtering != KH_SIM_ADDRESS_AND_PORT_DEPENDENT;
}

static gboolean
can_be_punched (const KhSimNatConfig *a, const KhSimNatConfig *b)
{
  if (is_predictable (a) && is_predictable (b))
    return TRUE;
  return (is_predictable (a) && ignores_ports (a)) || (is_predictable (b) && ignores_ports (b));
}

/* Neither punched nor found by a search: two that give random ports. */
static gboolean
is_hopeless (const KhSimNatConfig *nat)
{
  return nat->mapping != KH_SIM_ENDPOINT_INDEPENDENT && nat->ports == KH_SIM_PORTS_RANDOM;
}

static const char *
name_of (const KhSimNatConfig *nat)
{
  return nat ? nat->name : "public";
}

static void
meet (const KhSimHome *a, const KhSimHome *b, gboolean direct, gint64 direct_delay_us)
{
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (1), a, b);

  kh_sim_scene_set_direct_delay (scene, direct_delay_us);
  kh_sim_scene_begin_meeting (scene, 5);
  if (direct)
    {
      if (!kh_sim_scene_wait (scene, kh_sim_scene_is_met, DIRECT_PATIENCE_US))
        g_error ("%s and %s (%d µs apart) did not meet: %s, %s", name_of (a->nat), name_of (b->nat),
                 (int) direct_delay_us,
                 kh_peer_state_to_string (kh_sim_peer_get_state (scene->a, scene->b)),
                 kh_peer_state_to_string (kh_sim_peer_get_state (scene->b, scene->a)));
      return;
    }
  if (!kh_sim_scene_wait (scene, kh_sim_scene_is_heard, RELAYED_PATIENCE_US))
    g_error ("%s and %s cannot talk, in %s", name_of (a->nat), name_of (b->nat),
             kh_peer_state_to_string (kh_sim_peer_get_state (scene->a, scene->b)));
}

static const KhSimNatConfig *
kind (guint i)
{
  return i < kh_sim_nat_n_kinds ? &kh_sim_nat_kinds[i] : NULL;
}

static void
test_pairs (void)
{
  for (guint i = 0; i <= kh_sim_nat_n_kinds; i++)
    for (guint j = 0; j <= kh_sim_nat_n_kinds; j++)
      {
        KhSimHome a = { .nat = kind (i) };
        KhSimHome b = { .nat = kind (j) };

        meet (&a, &b, can_be_punched (a.nat, b.nat), KH_SIM_DIRECT_DELAY_US);
      }
}

/* The gateway that takes the other's early packet for its own: who is early depends on the delays,
 * so all relations of direct delay to that through the server are tried. */
static void
test_input_open (void)
{
  static const char *const others[] = { "masquerade-open", "masquerade", "port-restricted",
                                        "full-cone" };
  static const gint64 delays_ms[] = { 1, 5, 10, 19, 20, 21, 30, 40, 60, 100 };

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    for (guint j = 0; j < G_N_ELEMENTS (delays_ms); j++)
      {
        KhSimHome open = { .nat = kh_sim_nat_find_kind ("masquerade-open") };
        KhSimHome other = { .nat = kh_sim_nat_find_kind (others[i]) };

        meet (&open, &other, TRUE, delays_ms[j] * KH_SIM_MS);
        meet (&other, &open, TRUE, delays_ms[j] * KH_SIM_MS);
      }
}

typedef struct
{
  KhAddr other; /* Ada's gateway */
  guint to_other, to_server;
} Order;

/* Until the first of what Bob sends to the server. */
static void
note_order (const KhSimPacket *packet, gboolean sent, gpointer user_data)
{
  Order *order = user_data;

  if (!sent || order->to_server > 0)
    return;
  if (kh_addr_equal_ip (&packet->dst, &order->other))
    order->to_other++;
  else if (!kh_addr_is_private (&packet->dst))
    order->to_server++;
}

/* What Bob's gateway must have seen before Ada's packets come is sent before the answer, at which
 * she sends them: where both are near to the server, there is no other moment in between. */
static void
test_opens_before_it_answers (void)
{
  KhSimHome home = { .nat = kh_sim_nat_find_kind ("masquerade-open") };
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (1), &home, &home);
  Order order = { .other = *kh_sim_port_get_ip (kh_sim_nat_get_outer (scene->nat_a)) };

  kh_sim_scene_make_contacts (scene, 5);
  kh_sim_world_run (scene->world, 10 * KH_SIM_SECOND);
  kh_sim_host_set_tap (scene->b->host, note_order, &order);
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, DIRECT_PATIENCE_US));
  g_assert_cmpuint (order.to_other, >, 0);
  kh_sim_host_set_tap (scene->b->host, NULL, NULL);
}

static void
test_double (void)
{
  for (guint i = 0; i < kh_sim_nat_n_kinds; i++)
    {
      const KhSimNatConfig *easy = kh_sim_nat_find_kind ("port-restricted");
      KhSimHome a = { .nat = easy, .outer_nat = &kh_sim_nat_kinds[i] };
      KhSimHome b = { .nat = easy };

      meet (&a, &b, can_be_punched (a.outer_nat, b.nat), KH_SIM_DIRECT_DELAY_US);
    }
}

/* Two homes whose LANs look the same, down to the addresses of the two computers: each one's host
 * candidate is the other's own address. */
static void
test_same_private_address (void)
{
  KhSimHome home = { .nat = kh_sim_nat_find_kind ("port-restricted"), .ip = 10 };

  meet (&home, &home, TRUE, KH_SIM_DIRECT_DELAY_US);
}

/* Two in one home, whose gateway does not hairpin: only the host candidates work. */
static void
test_same_lan (void)
{
  for (guint i = 0; i < kh_sim_nat_n_kinds; i++)
    {
      KhSimHome home = { .nat = &kh_sim_nat_kinds[i] };
      g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (2), &home, NULL);
      const KhEvent *path;

      kh_sim_scene_begin_meeting (scene, 5);
      g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, DIRECT_PATIENCE_US));
      kh_sim_world_run (scene->world, 10 * KH_SIM_SECOND);
      path = &kh_sim_peer_get_talk (scene->a, scene->b)->path;
      g_assert_true (kh_addr_is_private (&path->path.remote));
      g_assert_cmpint (path->path.rtt_us, <, 5 * KH_SIM_MS);
    }
}

/* The relay is not the end: when the network gets better, nobody needs to press anything. */
static void
test_relay_is_left (void)
{
  KhSimHome home = { .nat = kh_sim_nat_find_kind ("symmetric") };
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (3), &home, &home);
  KhAddr public_ip = kh_addr_ipv4 (203, 0, 113, 77, 0);

  kh_sim_scene_begin_meeting (scene, 5);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, RELAYED_PATIENCE_US));
  kh_sim_host_attach (scene->b->host, scene->core, &public_ip);
  kh_sim_peer_update_addresses (scene->b);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, 10 * KH_SIM_MINUTE));
}

/* With a server that relays nothing, those who cannot reach each other are told so. */
static void
test_no_relay (void)
{
  for (guint i = 0; i < kh_sim_nat_n_kinds; i++)
    {
      KhSimHome hard = { .nat = kh_sim_nat_find_kind ("symmetric") };
      KhSimHome other = { .nat = kind (i) };
      g_autoptr (KhSimScene) scene = NULL;

      if (can_be_punched (hard.nat, other.nat) || !is_hopeless (other.nat))
        continue;
      scene = kh_sim_scene_new (kh_sim_seed (4), &hard, &other);
      scene->server.limits.max_channels = 0;
      kh_sim_scene_begin_meeting (scene, 5);
      if (!kh_sim_scene_wait (scene, kh_sim_scene_has_no_path, NO_PATH_PATIENCE_US))
        g_error ("symmetric and %s ended in %s", name_of (other.nat),
                 kh_peer_state_to_string (kh_sim_peer_get_state (scene->a, scene->b)));
      g_assert_cmpuint (kh_sim_peer_get_talk (scene->b, scene->a)->received, ==, 0);
    }
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  g_test_add_func ("/sim/nats/pairs", test_pairs);
  g_test_add_func ("/sim/nats/input-open", test_input_open);
  g_test_add_func ("/sim/nats/opens-before-it-answers", test_opens_before_it_answers);
  g_test_add_func ("/sim/nats/double", test_double);
  g_test_add_func ("/sim/nats/same-private-address", test_same_private_address);
  g_test_add_func ("/sim/nats/same-lan", test_same_lan);
  g_test_add_func ("/sim/nats/relay-is-left", test_relay_is_left);
  g_test_add_func ("/sim/nats/no-relay", test_no_relay);
  return g_test_run ();
}
