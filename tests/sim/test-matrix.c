/* test-matrix.c: every kind of network against every other one, over seeds (DESIGN 8 and 15)
 *
 * The table that tests/lab/matrix makes of the real programs, from the machines alone: how many
 * of a cell's seeds connect, how many directly, and how soon. What must hold is said for classes of
 * cells, which say what a direct path takes; each has its own figures, to be raised as the machines
 * learn. The columns are in the order of the table of kinds. SEED=n runs that one alone.
 */
#include "scene.h"

#define SEEDS 20
/* Until both are registered, or it is plain that one of them cannot be. */
#define REGISTER_PATIENCE_US (3 * KH_SIM_SECOND)
/* After the call: a bounded search may take so long (DESIGN 8). */
#define PATIENCE_US (30 * KH_SIM_SECOND)

/* How predictable a network is for whoever wants to send something in. */
typedef enum
{
  EASY_AND_LAX, /* one port for all, and other ports of a known address come in */
  EASY,         /* one port for all */
  SEQUENTIAL,   /* a port for each remote, close to the last one */
  RANDOM,       /* a port for each remote */
  NO_UDP,
} Nature;

typedef struct
{
  const char *name;
  Nature nature;
  const char *nat; /* (nullable): a public address */
  const char *outer_nat;
  gboolean ipv6, no_ipv4;
} Kind;

static const Kind kinds[] = {
  { "open", EASY_AND_LAX, NULL, NULL, FALSE, FALSE },
  { "full-cone", EASY_AND_LAX, "full-cone", NULL, FALSE, FALSE },
  { "restricted", EASY_AND_LAX, "restricted", NULL, FALSE, FALSE },
  { "port-restricted", EASY, "port-restricted", NULL, FALSE, FALSE },
  { "masquerade", EASY, "masquerade", NULL, FALSE, FALSE },
  { "masquerade-open", EASY, "masquerade-open", NULL, FALSE, FALSE },
  { "symmetric", RANDOM, "symmetric", NULL, FALSE, FALSE },
  { "sequential-1", SEQUENTIAL, "symmetric-sequential", NULL, FALSE, FALSE },
  { "sequential-2", SEQUENTIAL, "symmetric-sequential-2", NULL, FALSE, FALSE },
  { "sequential-busy", SEQUENTIAL, "symmetric-sequential-busy", NULL, FALSE, FALSE },
  { "carrier-cone", EASY, "port-restricted", "full-cone", FALSE, FALSE },
  { "carrier-symmetric", RANDOM, "port-restricted", "symmetric", FALSE, FALSE },
  { "short-lived", EASY, "short-lived", NULL, FALSE, FALSE },
  { "fragile", EASY, "fragile", NULL, FALSE, FALSE },
  { "fragile-symmetric", RANDOM, "fragile-symmetric", NULL, FALSE, FALSE },
  { "udp-blocked", NO_UDP, "udp-blocked", NULL, FALSE, FALSE },
  { "ipv6-firewall", RANDOM, "symmetric", NULL, TRUE, FALSE },
  { "ipv6-only", RANDOM, NULL, NULL, TRUE, TRUE },
};
#define N_KINDS G_N_ELEMENTS (kinds)

typedef enum
{
  PUNCHING,   /* ordinary simultaneous sending */
  IPV6,       /* the same, over IPv6 */
  PREDICTION, /* of sequential ports, on one side or both */
  SEARCH,     /* random ports against a predictable side */
  HOPELESS,   /* random against random or sequential */
  APART,      /* no family in common */
  BLOCKED,    /* somebody has no UDP */
  N_CLASSES,
} Class;

/* The least part of a class's seeds, cell by cell. */
static const struct
{
  const char *name;
  double connected;
  double direct;
} expectations[N_CLASSES] = {
  [PUNCHING] = { "punching", 1, 1 },     [IPV6] = { "IPv6", 1, 1 },
  [PREDICTION] = { "prediction", 0, 0 }, [SEARCH] = { "search", 0, 0 },
  [HOPELESS] = { "hopeless", 0, 0 },     [APART] = { "apart", 0, 0 },
  [BLOCKED] = { "blocked", 0, 0 },
};

typedef struct
{
  guint seeds;
  guint connected;
  guint direct;
  guint dead;         /* routers that died */
  GArray *connect_us; /* gint64: from the call until both have heard each other */
  GArray *direct_us;  /* gint64: until both have a direct path */
} Cell;

static Class
class_of (const Kind *a, const Kind *b)
{
  gboolean lax = a->nature == EASY_AND_LAX || b->nature == EASY_AND_LAX;
  Nature easier = MIN (a->nature, b->nature);
  Nature harder = MAX (a->nature, b->nature);

  if (harder == NO_UDP)
    return a->no_ipv4 || b->no_ipv4 ? APART : BLOCKED;
  if (a->ipv6 && b->ipv6)
    return IPV6;
  if (a->no_ipv4 || b->no_ipv4)
    return APART;
  if (harder <= EASY || lax)
    return PUNCHING;
  if (harder == SEQUENTIAL)
    return PREDICTION;
  return easier == EASY ? SEARCH : HOPELESS;
}

static KhSimHome
home_of (const Kind *kind)
{
  return (KhSimHome){
    .nat = kind->nat ? kh_sim_nat_find_kind (kind->nat) : NULL,
    .outer_nat = kind->outer_nat ? kh_sim_nat_find_kind (kind->outer_nat) : NULL,
    .ipv6 = kind->ipv6,
    .firewall = kind->ipv6 ? kh_sim_nat_find_kind ("firewall") : NULL,
    .no_ipv4 = kind->no_ipv4,
  };
}

static void
note (GArray *times, KhSimScene *scene, gint64 called_us)
{
  gint64 took_us = kh_sim_world_now (scene->world) - called_us;

  g_array_append_val (times, took_us);
}

static gboolean
has_died (KhSimNat *nat)
{
  return nat && kh_sim_nat_is_dead (nat);
}

static void
meet (Cell *cell, const Kind *a, const Kind *b, guint64 seed)
{
  KhSimHome home_a = home_of (a);
  KhSimHome home_b = home_of (b);
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (seed, &home_a, &home_b);
  gint64 called_us;

  cell->seeds++;
  kh_sim_scene_start_server (scene);
  kh_sim_scene_start_peer (scene, scene->a);
  kh_sim_scene_start_peer (scene, scene->b);
  kh_sim_peer_set_policy (scene->a, scene->b, KH_POLICY_ACCEPT);
  kh_sim_peer_set_policy (scene->b, scene->a, KH_POLICY_ACCEPT);
  kh_sim_scene_wait (scene, kh_sim_scene_is_registered, REGISTER_PATIENCE_US);
  called_us = kh_sim_world_now (scene->world);
  kh_sim_peer_say (scene->a, scene->b, 5);
  kh_sim_peer_say (scene->b, scene->a, 5);
  kh_sim_peer_connect (scene->b, scene->a, TRUE);
  if (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, PATIENCE_US))
    {
      cell->connected++;
      note (cell->connect_us, scene, called_us);
      if (kh_sim_scene_wait (scene, kh_sim_scene_is_direct, PATIENCE_US))
        {
          cell->direct++;
          note (cell->direct_us, scene, called_us);
        }
    }
  cell->dead += has_died (scene->nat_a) + has_died (scene->nat_b);
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 one = *(const gint64 *) a;
  gint64 other = *(const gint64 *) b;

  return (one > other) - (one < other);
}

static double
median_s (GArray *times)
{
  g_array_sort (times, compare_times);
  return (double) g_array_index (times, gint64, times->len / 2) / KH_SIM_SECOND;
}

/* As in the laboratory's table. */
static char *
describe (const Cell *cell)
{
  if (cell->direct > 0)
    return g_strdup_printf ("D %.2f", median_s (cell->direct_us));
  if (cell->connected > 0)
    return g_strdup_printf ("R %.2f", median_s (cell->connect_us));
  return g_strdup ("-");
}

/* Where not all seeds came out alike. */
static void
print_parts (const Cell *cell, const Kind *a, const Kind *b)
{
  if ((cell->connected > 0 && cell->connected < cell->seeds) ||
      (cell->direct > 0 && cell->direct < cell->seeds))
    g_test_message ("%s and %s (%s): of %u seeds %u connect, %u directly", a->name, b->name,
                    expectations[class_of (a, b)].name, cell->seeds, cell->connected, cell->direct);
}

static void
check_cell (const Cell *cell, const Kind *a, const Kind *b)
{
  Class class = class_of (a, b);

  g_assert_cmpuint (cell->dead, ==, 0);
  if (cell->connected < expectations[class].connected * cell->seeds ||
      cell->direct < expectations[class].direct * cell->seeds)
    g_error ("%s and %s: of %u seeds %u connect, %u of them directly", a->name, b->name,
             cell->seeds, cell->connected, cell->direct);
}

static void
run_cell (const Kind *a, const Kind *b, GString *row)
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
  print_parts (&cell, a, b);
  check_cell (&cell, a, b);
}

/* One kind waits, and all kinds call. */
static void
test_row (gconstpointer data)
{
  const Kind *kind = data;
  g_autoptr (GString) row = g_string_new (NULL);

  for (guint i = 0; i < N_KINDS; i++)
    run_cell (kind, &kinds[i], row);
  g_test_message ("%-18s%s", kind->name, row->str);
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  for (guint i = 0; i < N_KINDS; i++)
    {
      g_autofree char *path = g_strconcat ("/sim/matrix/", kinds[i].name, NULL);

      g_test_add_data_func (path, &kinds[i], test_row);
    }
  return g_test_run ();
}
