/* test-keepalive.c: how often an idle session speaks (PROTOCOL.md, "Paths")
 *
 * Often enough that no gateway between the two forgets it, and no oftener: how long each remembers
 * is found out by every side for its own, on sockets beside those in use.
 */
#include "node/network.h"
#include "scene.h"

#define PATIENCE_US (20 * KH_SIM_SECOND)
/* A minute until a side begins to find out, which takes as long as its gateway remembers, one after
 * the other, as who speaks more often keeps the other from being idle. */
#define SETTLE_US (16 * KH_SIM_MINUTE)
#define SLACK_US (2 * KH_SIM_MS)

typedef struct
{
  KhSimScene *scene;
  guint n_relayed; /* times that the relay had to take over, on either side */
} Stage;

static void
on_event (KhSimPeer *peer, const KhEvent *event, gpointer user_data)
{
  Stage *stage = user_data;

  if (event->type == KH_EVENT_PATH && event->path.kind == KH_PATH_RELAY)
    stage->n_relayed++;
}

static KhSimScene *
meet (guint64 seed, const KhSimNatConfig *nat_a, const KhSimNatConfig *nat_b)
{
  KhSimHome a = { .nat = nat_a }, b = { .nat = nat_b };
  KhSimScene *scene = kh_sim_scene_new (kh_sim_seed (seed), &a, &b);

  kh_sim_scene_begin_meeting (scene, 5);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
  return scene;
}

static KhSimNatConfig
nat_that_forgets (const char *kind, gint64 timeout_s)
{
  KhSimNatConfig nat = *kh_sim_nat_find_kind (kind);

  nat.timeout_us = timeout_s * KH_SIM_SECOND;
  return nat;
}

/* A word after a long silence is heard as soon as it can be. */
static void
say_a_word (KhSimScene *scene, KhSimPeer *from, KhSimPeer *to)
{
  kh_sim_peer_say (from, to, 1);
  kh_sim_world_run (scene->world, KH_SIM_DIRECT_DELAY_US + SLACK_US);
  g_assert_cmpuint (kh_sim_peer_get_talk (to, from)->received, ==,
                    kh_sim_peer_get_talk (from, to)->queued);
}

static guint64
count_mappings_made (KhSimScene *scene)
{
  KhSimNatCounts a, b;

  kh_sim_nat_get_counts (scene->nat_a, &a);
  kh_sim_nat_get_counts (scene->nat_b, &b);
  return a.made + b.made;
}

/* Once both have found out what they can, nothing is forgotten, hour after hour: no gateway makes
 * another mapping, and no path is ever lost. */
static void
stay (guint64 seed, const char *kind, gint64 a_s, gint64 b_s)
{
  KhSimNatConfig nat_a = nat_that_forgets (kind, a_s), nat_b = nat_that_forgets (kind, b_s);
  g_autoptr (KhSimScene) scene = meet (seed, &nat_a, &nat_b);
  Stage stage = { scene, 0 };
  guint64 made;

  kh_sim_world_run (scene->world, SETTLE_US);
  g_assert_true (kh_sim_scene_is_direct (scene));
  made = count_mappings_made (scene);
  scene->a->on_event = scene->b->on_event = on_event;
  scene->a->on_event_data = scene->b->on_event_data = &stage;
  for (guint i = 0; i < 4; i++)
    {
      kh_sim_world_run (scene->world, 30 * KH_SIM_MINUTE);
      say_a_word (scene, i % 2 == 0 ? scene->a : scene->b, i % 2 == 0 ? scene->b : scene->a);
    }
  g_assert_cmpuint (count_mappings_made (scene), ==, made);
  g_assert_cmpuint (stage.n_relayed, ==, 0);
  g_assert_true (kh_sim_scene_is_direct (scene));
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->a, scene->b)->n_sessions, ==, 1);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->b, scene->a)->n_sessions, ==, 1);
}

static void
test_never_forgotten (void)
{
  static const char *const kinds[] = { "masquerade", "port-restricted" };
  static const gint64 timeouts_s[] = { 20, 30, 60, 120, 300 };

  for (guint k = 0; k < G_N_ELEMENTS (kinds); k++)
    for (guint i = 0; i < G_N_ELEMENTS (timeouts_s); i++)
      {
        stay (1 + i, kinds[k], timeouts_s[i], timeouts_s[i]);
        stay (11 + i, kinds[k], timeouts_s[i], timeouts_s[G_N_ELEMENTS (timeouts_s) - 1 - i]);
      }
}

typedef struct
{
  guint n;
} Count;

static gboolean
count_direct (const KhSimPacket *packet, gpointer user_data)
{
  Count *count = user_data;

  count->n++;
  return FALSE;
}

/* Packets that both sides send each other in an hour, once they know their gateways. */
static guint
speak_in_an_hour (guint64 seed, gint64 timeout_s, gint64 settle_us)
{
  KhSimNatConfig nat = nat_that_forgets ("masquerade", timeout_s);
  g_autoptr (KhSimScene) scene = meet (seed, &nat, &nat);
  KhSimHostStats before[2], after[2];
  KhSimHost *hosts[] = { scene->a->host, scene->b->host };
  Count server = { 0 };
  guint64 sum = 0;

  kh_sim_world_run (scene->world, settle_us);
  kh_sim_link_set_filter (kh_sim_port_get_down (
                              kh_sim_host_get_port (scene->server.host, KH_FAMILY_IPV4)),
                          count_direct, &server);
  for (guint i = 0; i < 2; i++)
    kh_sim_host_get_stats (hosts[i], &before[i]);
  kh_sim_world_run (scene->world, 60 * KH_SIM_MINUTE);
  for (guint i = 0; i < 2; i++)
    {
      kh_sim_host_get_stats (hosts[i], &after[i]);
      sum += after[i].datagrams_out - before[i].datagrams_out;
    }
  return (guint) sum - server.n;
}

/* A PING and its ACK: every 18.75 s where 30 s is borne, of which 25 s was tried, and so on. */
static void
test_no_oftener (void)
{
  static const struct
  {
    gint64 timeout_s, every_ms;
  } cases[] = {
    { 20, 13500 }, { 30, 18750 }, { 60, 37500 }, { 120, 75000 }, { 300, 120000 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint n = speak_in_an_hour (21 + i, cases[i].timeout_s, SETTLE_US);
      guint wanted = (guint) (2 * 3600000 / cases[i].every_ms);

      g_test_message ("forgotten after %d s: %u packets an hour", (int) cases[i].timeout_s, n);
      g_assert_cmpuint (n, <=, wanted + 2);
      g_assert_cmpuint (n, >=, wanted * 9 / 10);
    }
}

/* The gateways are replaced by some that forget sooner, and nobody notices: what is
 * left of the path after each silence is too little, until silences are short enough. */
static void
test_wary (void)
{
  KhSimNatConfig nat = nat_that_forgets ("masquerade", 300);
  KhSimNatConfig other = nat_that_forgets ("masquerade", 40);
  g_autoptr (KhSimScene) scene = meet (31, &nat, &nat);
  guint64 made;

  kh_sim_world_run (scene->world, SETTLE_US);
  kh_sim_nat_set_config (scene->nat_a, &other);
  kh_sim_nat_set_config (scene->nat_b, &other);
  made = count_mappings_made (scene);
  kh_sim_world_run (scene->world, 10 * KH_SIM_MINUTE);
  g_assert_cmpuint (count_mappings_made (scene), >, made);
  made = count_mappings_made (scene);
  kh_sim_world_run (scene->world, 60 * KH_SIM_MINUTE);
  g_assert_cmpuint (count_mappings_made (scene), ==, made);
  g_assert_true (kh_sim_scene_is_direct (scene));
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->a, scene->b)->n_sessions, ==, 1);
  say_a_word (scene, scene->a, scene->b);
}

static gboolean
knows_lifetime (KhSimPeer *peer)
{
  return kh_node_get_nat_lifetime (peer->node)->state == KH_LIFETIME_KNOWN;
}

/* Nobody finds out what nobody needs: without a session, and while one is in use all the time. */
static void
test_only_where_needed (void)
{
  KhSimNatConfig nat = nat_that_forgets ("masquerade", 30);
  g_autoptr (KhSimScene) scene = meet (32, &nat, &nat);
  KhSimPeer *carol = kh_sim_scene_add_public (scene, "carol", 77);

  kh_sim_scene_start_peer (scene, carol);
  for (guint i = 0; i < 200; i++)
    {
      kh_sim_world_run (scene->world, 10 * KH_SIM_SECOND);
      kh_sim_peer_say (scene->a, scene->b, 1);
      kh_sim_peer_say (scene->b, scene->a, 1);
    }
  g_assert_false (knows_lifetime (scene->a));
  g_assert_false (knows_lifetime (carol));
  kh_sim_world_run (scene->world, SETTLE_US);
  g_assert_true (knows_lifetime (scene->a));
  g_assert_true (knows_lifetime (scene->b));
  g_assert_false (knows_lifetime (carol));
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  g_test_add_func ("/sim/keepalive/never-forgotten", test_never_forgotten);
  g_test_add_func ("/sim/keepalive/no-oftener", test_no_oftener);
  g_test_add_func ("/sim/keepalive/wary", test_wary);
  g_test_add_func ("/sim/keepalive/only-where-needed", test_only_where_needed);
  return g_test_run ();
}
