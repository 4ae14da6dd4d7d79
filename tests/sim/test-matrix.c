/* test-matrix.c: every kind of network against every other one, over seeds
 *
 * The table that tests/lab/matrix makes of the real programs, from the machines alone: how many
 * of a cell's seeds connect, how many directly, and how soon; whether both sides name the true
 * cause; and that no router dies, all of which are such as die of too much. The columns are in the
 * order of the table of kinds; those behind one router are cells of their own. SEED=n runs that one
 * alone, SEEDS=n as many.
 */
#include "matrix.h"

#define SEEDS 20
/* Until both are registered, or it is plain that one of them cannot be. */
#define REGISTER_PATIENCE_US (5 * KH_SIM_SECOND)
#define CONNECT_PATIENCE_US (10 * KH_SIM_SECOND)
/* After the call: a search is bounded, and the next one is minutes later (PROTOCOL.md,
 * "Searches"). */
#define PATIENCE_US (5 * KH_SIM_MINUTE)
/* What they tell each other of their networks after that. */
#define SETTLE_US (2 * KH_SIM_SECOND)
/* Longer than short mappings live without traffic; sessions take new keys every 2 minutes, which
 * costs more than all the rest. */
#define IDLE_US (100 * KH_SIM_SECOND)
#define TALK_US KH_SIM_SECOND
/* What routers were seen to die of. */
#define MAPPINGS_MAX 600
#define NEW_MAX 100
#define MAPPED_PORT 7000
/* From so many seeds on, a part of them is a part; below, one may always be missing. */
#define MANY_SEEDS 100

typedef struct
{
  guint seeds;
  guint connected;
  guint direct;
  guint talked;       /* after a while of silence */
  guint dead;         /* routers that died */
  guint agreed;       /* that name the true cause, both of them */
  GArray *connect_us; /* gint64: from the call until both have heard each other */
  GArray *direct_us;  /* gint64: until both have a direct path */
} Cell;

/* A home's NATs, each such that it dies of too much. */
typedef struct
{
  KhSimNatConfig nat, outer_nat, firewall;
} Gateways;

static const KhSimNatConfig *
make_fragile (KhSimNatConfig *config, const char *name)
{
  if (!name)
    return NULL;
  *config = *kh_sim_nat_find_kind (name);
  config->max_mappings = MAPPINGS_MAX;
  config->max_new = NEW_MAX;
  return config;
}

static KhSimHome
home_of (const KhSimKind *kind, Gateways *gateways)
{
  return (KhSimHome){
    .nat = make_fragile (&gateways->nat, kind->nat),
    .outer_nat = make_fragile (&gateways->outer_nat, kind->outer_nat),
    .ipv6 = kind->ipv6,
    .firewall = make_fragile (&gateways->firewall, kind->ipv6 ? "firewall" : NULL),
    .no_ipv4 = kind->no_ipv4,
    .same_provider = kind->place == KH_SIM_SAME_CARRIER,
  };
}

static KhSimScene *
build (const KhSimKind *a, const KhSimKind *b, guint64 seed)
{
  Gateways gateways_a, gateways_b;
  KhSimHome home_a = home_of (a, &gateways_a);
  KhSimHome home_b = home_of (b, &gateways_b);

  return kh_sim_scene_new (seed, &home_a, a->place == KH_SIM_SAME_LAN ? NULL : &home_b);
}

/* The router gives the port; how it is asked is not looked at here. */
static void
map_port (KhSimPeer *peer, KhSimNat *nat)
{
  KhAddr inside = kh_sim_host_get_addr (peer->host, KH_FAMILY_IPV4);
  KhAddr outside = *kh_sim_port_get_ip (kh_sim_nat_get_outer (nat));

  outside.port = MAPPED_PORT;
  kh_sim_nat_forward (nat, MAPPED_PORT, &inside);
  kh_node_set_mapped_addresses (peer->node, &outside, 1, kh_sim_world_now (peer->world));
  kh_sim_host_pump (peer->host);
}

static void
start (KhSimScene *scene, KhSimPeer *peer, const KhSimKind *kind, KhSimNat *nat)
{
  peer->may_tcp = TRUE;
  kh_sim_scene_start_peer (scene, peer);
  if (kind->mapped)
    map_port (peer, nat);
  if (kind->relay_only)
    kh_node_set_relay_policy (peer->node, KH_RELAY_ALWAYS, kh_sim_world_now (scene->world));
}

static KhVerdict
verdict_of (KhSimPeer *peer, KhSimPeer *other)
{
  KhNodeVerdict verdict;

  if (!kh_node_get_verdict (peer->node, &other->id, &verdict))
    return (KhVerdict){ KH_VERDICT_NOT_CONNECTED, KH_VERDICT_NOBODY };
  return verdict.verdict;
}

static gboolean
is_settled_at (KhSimPeer *peer, KhSimPeer *other)
{
  KhVerdictKind kind = verdict_of (peer, other).kind;

  return kind != KH_VERDICT_TRYING && kind != KH_VERDICT_NOT_CONNECTED;
}

static gboolean
is_settled (gpointer user_data)
{
  KhSimScene *scene = user_data;

  return is_settled_at (scene->a, scene->b) && is_settled_at (scene->b, scene->a);
}

static void
note (GArray *times, KhSimScene *scene, gint64 called_us)
{
  gint64 took_us = kh_sim_world_now (scene->world) - called_us;

  g_array_append_val (times, took_us);
}

/* Did @peer say anything that was not so? A search that fails may be followed by one that does not.
 */
static gboolean
was_truthful (KhSimPeer *peer, KhSimPeer *other, const KhSimKind *a, const KhSimKind *b)
{
  KhVerdictKind direct = kh_sim_expect_verdict (a, b, TRUE).kind;
  KhVerdictKind relayed = kh_sim_expect_verdict (a, b, FALSE).kind;
  guint untrue = kh_sim_peer_get_talk (peer, other)->verdicts;

  untrue &= ~(1u << KH_VERDICT_NOT_CONNECTED | 1u << KH_VERDICT_TRYING);
  untrue &= ~(1u << direct | 1u << relayed);
  for (guint kind = 0; untrue >> kind != 0; kind++)
    if (untrue >> kind & 1)
      g_test_message ("%s has said %s", kh_sim_host_get_name (peer->host),
                      kh_verdict_kind_to_string (kind));
  return untrue == 0;
}

static gboolean
names_cause (
    KhSimPeer *peer, KhSimPeer *other, const KhSimKind *a, const KhSimKind *b, gboolean is_direct)
{
  KhVerdict expected = kh_sim_expect_verdict (a, b, is_direct);
  KhVerdict verdict = verdict_of (peer, other);

  if (verdict.kind == expected.kind && verdict.who == expected.who)
    return was_truthful (peer, other, a, b);
  g_test_message ("%s says %s, %s, and it is %s, %s", kh_sim_host_get_name (peer->host),
                  kh_verdict_kind_to_string (verdict.kind), kh_verdict_who_to_string (verdict.who),
                  kh_verdict_kind_to_string (expected.kind),
                  kh_verdict_who_to_string (expected.who));
  return FALSE;
}

static gboolean
talks_on (KhSimScene *scene)
{
  kh_sim_peer_say (scene->a, scene->b, 1);
  kh_sim_peer_say (scene->b, scene->a, 1);
  return kh_sim_scene_wait (scene, kh_sim_scene_is_heard, TALK_US);
}

static gboolean
is_hopeful (const KhSimKind *a, const KhSimKind *b)
{
  return kh_sim_expectations[kh_sim_class_of (a, b)].direct > 0;
}

/* They are connected: for how long until directly, what they say of it, and whether it lasts. */
static void
look_on (Cell *cell,
         KhSimScene *scene,
         const KhSimKind *a,
         const KhSimKind *b,
         guint64 seed,
         gint64 called_us)
{
  gboolean is_direct, a_is_right, b_is_right;

  kh_sim_scene_wait (scene, is_hopeful (a, b) ? kh_sim_scene_is_direct : is_settled, PATIENCE_US);
  is_direct = kh_sim_scene_is_direct (scene);
  if (is_direct)
    note (cell->direct_us, scene, called_us);
  kh_sim_world_run (scene->world, SETTLE_US);
  is_direct |= kh_sim_scene_is_direct (scene);
  cell->direct += is_direct;
  a_is_right = names_cause (scene->a, scene->b, a, b, is_direct);
  b_is_right = names_cause (scene->b, scene->a, b, a, is_direct);
  if (a_is_right && b_is_right)
    cell->agreed++;
  else
    g_test_message ("  at %s and %s, SEED=%d", a->name, b->name, (int) seed);
  kh_sim_world_run (scene->world, IDLE_US);
  cell->talked += talks_on (scene);
}

static void
meet (Cell *cell, const KhSimKind *a, const KhSimKind *b, guint64 seed)
{
  g_autoptr (KhSimScene) scene = build (a, b, seed);
  gint64 called_us;

  cell->seeds++;
  kh_sim_scene_start_server (scene);
  start (scene, scene->a, a, scene->nat_a);
  start (scene, scene->b, b, scene->nat_b);
  kh_sim_peer_set_policy (scene->a, scene->b, KH_POLICY_ACCEPT);
  kh_sim_peer_set_policy (scene->b, scene->a, KH_POLICY_ACCEPT);
  kh_sim_scene_wait (scene, kh_sim_scene_is_registered, REGISTER_PATIENCE_US);
  called_us = kh_sim_world_now (scene->world);
  kh_sim_peer_say (scene->a, scene->b, 5);
  kh_sim_peer_say (scene->b, scene->a, 5);
  kh_sim_peer_connect (scene->b, scene->a, TRUE);
  if (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, CONNECT_PATIENCE_US))
    {
      cell->connected++;
      note (cell->connect_us, scene, called_us);
      look_on (cell, scene, a, b, seed, called_us);
    }
  cell->dead += kh_sim_scene_count_dead (scene);
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 one = *(const gint64 *) a;
  gint64 other = *(const gint64 *) b;

  return (one > other) - (one < other);
}

static gint64
median_us (GArray *times)
{
  if (times->len == 0)
    return 0;
  g_array_sort (times, compare_times);
  return g_array_index (times, gint64, times->len / 2);
}

/* As in the laboratory's table. */
static char *
describe (const Cell *cell)
{
  if (cell->direct > 0)
    return g_strdup_printf ("D %.2f", (double) median_us (cell->direct_us) / KH_SIM_SECOND);
  if (cell->connected > 0)
    return g_strdup_printf ("R %.2f", (double) median_us (cell->connect_us) / KH_SIM_SECOND);
  return g_strdup ("-");
}

static gboolean
is_enough (guint found, double part, guint seeds)
{
  return found + (seeds < MANY_SEEDS && part < 1 ? 1 : 0) >= part * seeds;
}

static gboolean
is_good (const Cell *cell, const KhSimExpectation *expected)
{
  return cell->dead == 0 && is_enough (cell->connected, expected->connected, cell->seeds) &&
         is_enough (cell->direct, expected->direct, cell->seeds) &&
         (cell->seeds < SEEDS || median_us (cell->direct_us) <= expected->median_us) &&
         cell->agreed == cell->connected && cell->talked == cell->connected;
}

/* Where not all seeds came out alike. */
static gboolean
is_mixed (const Cell *cell)
{
  return (cell->connected > 0 && cell->connected < cell->seeds) ||
         (cell->direct > 0 && cell->direct < cell->seeds);
}

static void
report (const Cell *cell, const KhSimKind *a, const KhSimKind *b)
{
  const KhSimExpectation *expected = &kh_sim_expectations[kh_sim_class_of (a, b)];
  gboolean good = is_good (cell, expected);

  if (good && !is_mixed (cell))
    return;
  g_test_message ("%s and %s (%s): of %u seeds %u connect, %u directly; %u name the cause, %u talk "
                  "on, %u routers die",
                  a->name, b->name, expected->name, cell->seeds, cell->connected, cell->direct,
                  cell->agreed, cell->talked, cell->dead);
  if (!good)
    g_test_fail ();
}

static void
run_cell (const KhSimKind *a, const KhSimKind *b, GString *row)
{
  g_autoptr (GArray) connect_us = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GArray) direct_us = g_array_new (FALSE, FALSE, sizeof (gint64));
  Cell cell = { .connect_us = connect_us, .direct_us = direct_us };
  guint64 n = kh_sim_seed_is_given () ? 1 : kh_sim_seeds (SEEDS);
  g_autofree char *description = NULL;

  for (guint64 i = 0; i < n; i++)
    meet (&cell, a, b, kh_sim_seed (1 + i));
  description = describe (&cell);
  g_string_append_printf (row, " %7s", description);
  report (&cell, a, b);
}

/* One kind waits, and all kinds call; or the two of one place meet. COLUMN=kind: that one alone. */
static void
test_row (gconstpointer data)
{
  const KhSimKind *kind = data;
  const char *column = g_getenv ("COLUMN");
  g_autoptr (GString) row = g_string_new (NULL);

  for (guint i = 0; i < kh_sim_n_kinds; i++)
    {
      const KhSimKind *other = &kh_sim_kinds[i];

      if (column && !g_str_equal (column, other->name))
        continue;
      if (kind->place == KH_SIM_APART ? other->place == KH_SIM_APART : other == kind)
        run_cell (kind, other, row);
    }
  g_test_message ("%-20s%s", kind->name, row->str);
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  g_test_set_nonfatal_assertions ();
  for (guint i = 0; i < kh_sim_n_kinds; i++)
    {
      g_autofree char *path = g_strconcat ("/sim/matrix/", kh_sim_kinds[i].name, NULL);

      g_test_add_data_func (path, &kh_sim_kinds[i], test_row);
    }
  return g_test_run ();
}
