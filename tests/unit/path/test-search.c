/* test-search.c: two searches against each other, across two NATs that are a few lines each
 *
 * A NAT here gives each socket and remote a port, the next one or any, and lets in what it has sent
 * to. Others behind it take ports at a rate. A search has succeeded when a probe gets in.
 */
#include "path/search.h"

#include "path/prediction.h"

#define START_US G_GINT64_CONSTANT (1000000000)
#define WAY_US 20000
#define SIDES 2

typedef struct
{
  guint socket;
  guint16 to;
  guint16 port;
} Mapping;

typedef struct
{
  KhNatBehaviour nat;
  GRand *rand;
  GArray *mappings;
  guint16 last;
  gint64 busy_us; /* until when others' mappings are made */
  gint64 pause_us;
  KhGovernor *governor;
  KhSearch *search;
  guint n_begun, n_failed;
  guint n_closed;
} Side;

typedef struct
{
  Side sides[SIDES];
  gint64 now_us;
  /* on its way, to arrive at due_us */
  gint64 due_us[SIDES];
  KhSearchEvent invitation[SIDES]; /* for that side */
  gint64 measured_us[SIDES];
  gboolean found;
} World;

static void
fill (guint8 *buf, gsize len, gpointer user_data)
{
  for (gsize i = 0; i < len; i++)
    buf[i] = (guint8) g_rand_int (user_data);
}

static guint16
new_port (Side *side, gint64 now_us)
{
  if (side->nat.ports == KH_NAT_PORTS_RANDOM)
    return (guint16) g_rand_int_range (side->rand, 1024, 65536);
  for (; side->pause_us > 0 && side->busy_us <= now_us; side->busy_us += side->pause_us)
    side->last = kh_prediction_port (side->last, side->nat.step, 1);
  side->last = kh_prediction_port (side->last, side->nat.step, 1);
  return side->last;
}

/* A packet goes out: from which port is it seen? */
static guint16
translate (Side *side, guint socket, guint16 to, gint64 now_us)
{
  gboolean stable = side->nat.mapping == KH_NAT_MAPPING_INDEPENDENT;
  Mapping mapping = { .socket = socket, .to = to };

  for (guint i = 0; i < side->mappings->len; i++)
    {
      Mapping *m = &g_array_index (side->mappings, Mapping, i);

      if (m->socket == socket && m->to == to)
        return m->port;
      if (m->socket == socket && stable)
        mapping.port = m->port;
    }
  if (mapping.port == 0)
    mapping.port = new_port (side, now_us);
  g_array_append_val (side->mappings, mapping);
  return mapping.port;
}

static gboolean
lets_in (Side *side, guint16 from, guint16 to)
{
  for (guint i = 0; i < side->mappings->len; i++)
    {
      Mapping *m = &g_array_index (side->mappings, Mapping, i);

      if (m->port == to && m->to == from)
        return TRUE;
    }
  return FALSE;
}

static KhAddr
outside (guint side, guint16 port)
{
  return kh_addr_ipv4 (198, 51, 100, (guint8) (side + 1), port);
}

static void
world_init (World *world, guint32 seed, const KhNatBehaviour nats[SIDES], gint64 pause_us)
{
  *world = (World){ .now_us = START_US };
  for (guint i = 0; i < SIDES; i++)
    {
      Side *side = &world->sides[i];

      side->nat = nats[i];
      side->rand = g_rand_new_with_seed (seed * 2 + i);
      side->mappings = g_array_new (FALSE, FALSE, sizeof (Mapping));
      side->last = 50000;
      side->busy_us = START_US + g_rand_int_range (side->rand, 0, 100000);
      side->pause_us = pause_us;
      side->governor = kh_governor_new ();
      world->due_us[i] = world->measured_us[i] = KH_NEVER;
    }
  for (guint i = 0; i < SIDES; i++)
    {
      Side *side = &world->sides[i];
      KhSearchPlan plan = kh_search_plan (&nats[i], &nats[1 - i], i == 0);
      KhAddr seen = outside (i, translate (side, 0, 4430, START_US));

      side->search = kh_search_new (i == 0, side->governor, (KhRandom){ fill, side->rand });
      kh_search_set_plan (side->search, &plan, &nats[i], &nats[1 - i], &seen);
      kh_search_start (side->search, START_US);
    }
}

static void
world_clear (World *world)
{
  for (guint i = 0; i < SIDES; i++)
    {
      kh_search_free (world->sides[i].search);
      kh_governor_free (world->sides[i].governor);
      g_array_unref (world->sides[i].mappings);
      g_rand_free (world->sides[i].rand);
    }
}

static void
take_events (World *world, guint i)
{
  Side *side = &world->sides[i];
  KhSearchEvent event;

  while (kh_search_poll_event (side->search, &event))
    switch (event.type)
      {
      case KH_SEARCH_EVENT_MEASURE:
        world->measured_us[i] = world->now_us + 2 * WAY_US;
        break;
      case KH_SEARCH_EVENT_INVITE:
        world->invitation[1 - i] = event;
        world->due_us[1 - i] = world->now_us + 2 * WAY_US;
        break;
      case KH_SEARCH_EVENT_BEGUN:
        side->n_begun++;
        break;
      case KH_SEARCH_EVENT_FAILED:
        side->n_failed++;
        break;
      default:
        g_assert_not_reached ();
      }
}

static void
send_all (World *world, guint i)
{
  Side *side = &world->sides[i];
  KhSearchPacket packet;
  guint closed;

  while (kh_search_poll_send (side->search, &packet, world->now_us))
    {
      guint16 from = translate (side, packet.socket, packet.remote.port, world->now_us);

      if (packet.hop_limit == 0 && lets_in (&world->sides[1 - i], from, packet.remote.port))
        world->found = TRUE;
    }
  while (kh_governor_poll_close (side->governor, &closed))
    {
      g_assert_false (kh_search_has_socket (side->search, closed));
      side->n_closed++;
    }
}

static void
turn (World *world, guint i)
{
  Side *side = &world->sides[i];

  if (world->due_us[i] <= world->now_us)
    {
      world->due_us[i] = KH_NEVER;
      kh_search_invited (side->search, &world->invitation[i].addr, world->invitation[i].round,
                         world->now_us);
    }
  if (world->measured_us[i] <= world->now_us)
    {
      KhAddr seen = outside (i, new_port (side, world->now_us - WAY_US));

      world->measured_us[i] = KH_NEVER;
      kh_search_measured (side->search, &seen, world->now_us);
    }
  if (kh_search_next_timeout (side->search) <= world->now_us)
    kh_search_handle_timeout (side->search, world->now_us);
  take_events (world, i);
  send_all (world, i);
  take_events (world, i);
}

static gint64
next_us (World *world)
{
  gint64 next = KH_NEVER;

  for (guint i = 0; i < SIDES; i++)
    next = MIN (MIN (next, kh_search_next_timeout (world->sides[i].search)),
                MIN (world->due_us[i], world->measured_us[i]));
  return next;
}

/* Until it is found, or both have given up. */
static void
run (World *world, gint64 patience_us)
{
  while (!world->found && world->now_us < START_US + patience_us)
    {
      gint64 next;

      turn (world, 0);
      turn (world, 1);
      next = next_us (world);
      if (next == KH_NEVER)
        return;
      world->now_us = MAX (next, world->now_us + 1);
    }
}

static const KhNatBehaviour easy = { .mapping = KH_NAT_MAPPING_INDEPENDENT,
                                     .ports = KH_NAT_PORTS_RANDOM,
                                     .filtering = KH_NAT_FILTERING_BY_PORT };
static const KhNatBehaviour linux_like = { .mapping = KH_NAT_MAPPING_INDEPENDENT,
                                           .ports = KH_NAT_PORTS_PRESERVING };
static const KhNatBehaviour sequential = { .mapping = KH_NAT_MAPPING_DEPENDENT,
                                           .ports = KH_NAT_PORTS_SEQUENTIAL,
                                           .step = 2 };
static const KhNatBehaviour hard = { .mapping = KH_NAT_MAPPING_DEPENDENT,
                                     .ports = KH_NAT_PORTS_RANDOM };

/* Returns in how many of @n seeds it was found; the median time goes to @ret_median_us. */
static guint
count_found (const KhNatBehaviour *a,
             const KhNatBehaviour *b,
             gint64 pause_us,
             guint n,
             gint64 *ret_median_us)
{
  const KhNatBehaviour nats[SIDES] = { *a, *b };
  guint found = 0;
  guint early = 0;

  for (guint32 seed = 0; seed < n; seed++)
    {
      World world;

      world_init (&world, seed, nats, pause_us);
      run (&world, 60 * G_USEC_PER_SEC);
      found += world.found;
      early += world.found && world.now_us - START_US <= *ret_median_us;
      world_clear (&world);
    }
  *ret_median_us = early * 2 >= n ? *ret_median_us : KH_NEVER;
  return found;
}

static void
check_found (const KhNatBehaviour *a,
             const KhNatBehaviour *b,
             gint64 pause_us,
             guint percent,
             gint64 median_us)
{
  const guint n = 200;
  gint64 median = median_us;

  g_assert_cmpuint (count_found (a, b, pause_us, n, &median) * 100, >=, percent * n);
  g_assert_cmpint (median, ==, median_us);
}

static void
test_birthday (void)
{
  /* All ports, not only a quarter of them: slower than with most NATs. */
  check_found (&hard, &easy, 0, 99, 7 * G_USEC_PER_SEC);
  check_found (&easy, &hard, 0, 99, 7 * G_USEC_PER_SEC);
}

static void
test_prediction (void)
{
  check_found (&sequential, &easy, 0, 99, G_USEC_PER_SEC);
  check_found (&easy, &sequential, 0, 99, G_USEC_PER_SEC);
  check_found (&sequential, &sequential, 0, 99, G_USEC_PER_SEC);
}

/* Others take 10 ports a second. */
static void
test_prediction_busy (void)
{
  check_found (&sequential, &easy, 100000, 98, G_USEC_PER_SEC);
  check_found (&easy, &sequential, 100000, 98, G_USEC_PER_SEC);
  check_found (&sequential, &sequential, 100000, 95, G_USEC_PER_SEC);
}

/* Where each probe may be a mapping of its own, there are never more than the governor's. */
static void
test_costs (void)
{
  const KhNatBehaviour nats[SIDES] = { linux_like, hard };
  World world;

  world_init (&world, 1, nats, 0);
  /* They never meet: the hard side's packets do not leave its gateway. */
  while (world.now_us < START_US + 600 * G_USEC_PER_SEC)
    {
      world.found = FALSE;
      turn (&world, 0);
      turn (&world, 1);
      if (next_us (&world) == KH_NEVER)
        break;
      world.now_us = MAX (next_us (&world), world.now_us + 1);
    }
  g_assert_cmpuint (world.sides[0].n_begun, ==, 1);
  g_assert_cmpuint (world.sides[0].n_failed, ==, 1);
  g_assert_cmpuint (world.sides[0].mappings->len, >, 200);
  g_assert_cmpuint (world.sides[0].mappings->len, <=, KH_GOVERNOR_MAPPINGS_MAX);
  g_assert_cmpuint (world.sides[1].mappings->len, <=, KH_GOVERNOR_MAPPINGS_MAX);
  /* All that were opened are closed. */
  g_assert_cmpuint (world.sides[1].n_closed, ==, KH_SEARCH_SOCKETS);
  world_clear (&world);
}

static void
test_stop_keeps (void)
{
  const KhNatBehaviour nats[SIDES] = { hard, easy };
  World world;
  KhSearch *search;

  world_init (&world, 3, nats, 0);
  search = world.sides[0].search;
  while (world.sides[0].mappings->len < 50)
    {
      world.found = FALSE;
      turn (&world, 0);
      turn (&world, 1);
      world.now_us = MAX (next_us (&world), world.now_us + 1);
    }
  kh_search_keep (search, KH_SOCKET_SEARCH + 5);
  kh_search_stop (search, world.now_us);
  g_assert_false (kh_search_is_running (search));
  send_all (&world, 0);
  g_assert_true (kh_search_has_socket (search, KH_SOCKET_SEARCH + 5));
  g_assert_false (kh_search_has_socket (search, KH_SOCKET_SEARCH + 6));
  g_assert_cmpuint (world.sides[0].n_closed, >, 40);
  g_assert_cmpint (kh_search_next_timeout (search), ==, KH_NEVER);
  world_clear (&world);
}

static void
test_stops_for_the_router (void)
{
  const KhNatBehaviour nats[SIDES] = { hard, easy };
  World world;

  world_init (&world, 3, nats, 0);
  run (&world, G_USEC_PER_SEC / 2);
  kh_governor_note_lost (world.sides[0].governor);
  kh_governor_note_lost (world.sides[0].governor);
  g_assert_cmpint (kh_search_next_timeout (world.sides[0].search), <=, world.now_us);
  turn (&world, 0);
  g_assert_cmpuint (world.sides[0].n_failed, ==, 1);
  g_assert_false (kh_search_is_running (world.sides[0].search));
  world_clear (&world);
}

/* Invitations cost: what a peer may claim is bounded. */
static void
test_hostile_invitations (void)
{
  const KhNatBehaviour nats[SIDES] = { easy, sequential };
  World world;
  KhAddr addr = outside (0, 5000);
  KhAddr local = kh_addr_ipv4 (127, 0, 0, 1, 5000);
  KhSearchEvent event;
  guint n_measured = 0;

  world_init (&world, 1, nats, 0);
  kh_search_invited (world.sides[1].search, &local, 1, world.now_us);
  g_assert_false (kh_search_poll_event (world.sides[1].search, &event));
  for (guint32 round = 1; round < 1000; round++)
    {
      kh_search_invited (world.sides[1].search, &addr, round, world.now_us + round * 1000);
      while (kh_search_poll_event (world.sides[1].search, &event))
        n_measured++;
    }
  g_assert_cmpuint (n_measured, ==, 1);
  world_clear (&world);
}

static void
test_plans (void)
{
  const KhNatBehaviour ad = { .mapping = KH_NAT_MAPPING_INDEPENDENT,
                              .ports = KH_NAT_PORTS_RANDOM,
                              .filtering = KH_NAT_FILTERING_IGNORES_PORTS };
  const KhNatBehaviour blocked = { .udp_blocked = TRUE };
  const KhNatBehaviour mapped = { .mapping = KH_NAT_MAPPING_DEPENDENT,
                                  .ports = KH_NAT_PORTS_RANDOM,
                                  .is_mapped = TRUE };
  const KhNatBehaviour unknown = { 0 };
  const struct
  {
    const KhNatBehaviour *a, *b;
    KhTechnique technique;
  } cases[] = {
    { &easy, &easy, KH_TECHNIQUE_PUNCHING },
    { &unknown, &easy, KH_TECHNIQUE_PUNCHING },
    { &ad, &hard, KH_TECHNIQUE_PUNCHING },
    { &easy, &hard, KH_TECHNIQUE_BIRTHDAY },
    { &easy, &sequential, KH_TECHNIQUE_PREDICTION },
    { &linux_like, &hard, KH_TECHNIQUE_BIRTHDAY },
    { &hard, &hard, KH_TECHNIQUE_IMPOSSIBLE },
    { &hard, &sequential, KH_TECHNIQUE_IMPOSSIBLE },
    { &sequential, &sequential, KH_TECHNIQUE_PREDICTION },
    { &mapped, &hard, KH_TECHNIQUE_PUNCHING },
    { &mapped, &easy, KH_TECHNIQUE_PUNCHING },
    { &mapped, &sequential, KH_TECHNIQUE_PUNCHING },
    { &mapped, &blocked, KH_TECHNIQUE_IMPOSSIBLE },
    { &blocked, &easy, KH_TECHNIQUE_IMPOSSIBLE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      KhSearchPlan a = kh_search_plan (cases[i].a, cases[i].b, TRUE);
      KhSearchPlan b = kh_search_plan (cases[i].b, cases[i].a, FALSE);

      g_assert_cmpint (a.technique, ==, cases[i].technique);
      g_assert_cmpint (b.technique, ==, cases[i].technique);
      if (a.technique == KH_TECHNIQUE_PREDICTION || a.technique == KH_TECHNIQUE_BIRTHDAY)
        g_assert_cmpint (a.role, !=, b.role);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/path/search/plans", test_plans);
  g_test_add_func ("/path/search/birthday", test_birthday);
  g_test_add_func ("/path/search/prediction", test_prediction);
  g_test_add_func ("/path/search/prediction-busy", test_prediction_busy);
  g_test_add_func ("/path/search/costs", test_costs);
  g_test_add_func ("/path/search/stop-keeps", test_stop_keeps);
  g_test_add_func ("/path/search/stops-for-the-router", test_stops_for_the_router);
  g_test_add_func ("/path/search/hostile-invitations", test_hostile_invitations);
  return g_test_run ();
}
