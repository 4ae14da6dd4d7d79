/* test-meeting.c: two people find each other through the server (PROTOCOL.md, "Introductions")
 *
 * Known contacts, strangers who are accepted, declined, left waiting or blocked, peers who come
 * later, and both knocking at once.
 */
#include "scene.h"

#define PATIENCE_US (20 * KH_SIM_SECOND)

static const KhSimHome public_home = { 0 };

static KhSimScene *
new_scene (guint64 seed)
{
  KhSimHome home = { .nat = kh_sim_nat_find_kind ("port-restricted") };

  return kh_sim_scene_new (kh_sim_seed (seed), &home, &home);
}

static void
assert_one_session (KhSimPeer *peer, KhSimPeer *other)
{
  KhSimTalk *talk = kh_sim_peer_get_talk (peer, other);

  g_assert_cmpuint (talk->n_sessions, ==, 1);
  g_assert_cmpuint (talk->n_closed, ==, 0);
  g_assert_true (kh_key_equal (&talk->session.session.key, kh_sim_peer_get_key (other)));
  g_assert_cmpstr (talk->session.session.name, ==, kh_sim_host_get_name (other->host));
  g_assert_cmpint (kh_sim_peer_get_state (peer, other), ==, KH_PEER_CONNECTED);
}

static void
assert_nothing_came_of_it (KhSimPeer *peer, KhSimPeer *other)
{
  KhSimTalk *talk = kh_sim_peer_get_talk (peer, other);

  g_assert_cmpuint (talk->n_sessions, ==, 0);
  g_assert_cmpuint (talk->received, ==, 0);
}

static void
test_contacts (void)
{
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (1), &public_home, &public_home);

  kh_sim_scene_begin_meeting (scene, 20);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
  assert_one_session (scene->a, scene->b);
  assert_one_session (scene->b, scene->a);
  g_assert_true (kh_sim_peer_get_talk (scene->a, scene->b)->session.session.initiator);
  g_assert_false (kh_sim_peer_get_talk (scene->b, scene->a)->session.session.initiator);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->b, scene->a)->n_knocks, ==, 0);
  g_assert_cmpuint (kh_sim_oracle_get_count (scene->oracle), >, 40);
}

static void
test_ipv6 (void)
{
  KhSimHome home = { .nat = kh_sim_nat_find_kind ("symmetric"), .ipv6 = TRUE };
  g_autoptr (KhSimScene) scene = kh_sim_scene_new (kh_sim_seed (2), &home, &home);

  kh_sim_scene_begin_meeting (scene, 5);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
  g_assert_cmpint (kh_sim_peer_get_talk (scene->a, scene->b)->path.path.remote.family, ==,
                   KH_FAMILY_IPV6);
}

static gboolean
bob_was_asked (gpointer user_data)
{
  KhSimScene *scene = user_data;

  return kh_sim_peer_get_talk (scene->b, scene->a)->n_knocks > 0;
}

static gboolean
ada_is_unanswered (gpointer user_data)
{
  KhSimScene *scene = user_data;

  return kh_sim_peer_get_state (scene->a, scene->b) == KH_PEER_UNANSWERED;
}

/* Ada types Bob's ID; Bob is asked. */
static KhSimScene *
knock_as_stranger (guint64 seed)
{
  KhSimScene *scene = new_scene (seed);

  kh_sim_scene_start_all (scene);
  kh_sim_peer_say (scene->a, scene->b, 3);
  kh_sim_peer_connect (scene->a, scene->b, FALSE);
  g_assert_true (kh_sim_scene_wait (scene, bob_was_asked, PATIENCE_US));
  return scene;
}

static void
test_stranger_accepted (void)
{
  g_autoptr (KhSimScene) scene = knock_as_stranger (3);
  const KhEvent *knock = &kh_sim_peer_get_talk (scene->b, scene->a)->knock;

  g_assert_true (kh_key_equal (&knock->knock.key, kh_sim_peer_get_key (scene->a)));
  g_assert_cmpstr (knock->knock.name, ==, "a");
  g_assert_false (knock->knock.has_token);
  assert_nothing_came_of_it (scene->b, scene->a);
  kh_sim_world_run (scene->world, 5 * KH_SIM_SECOND);
  kh_sim_peer_answer (scene->b, scene->a, TRUE);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
  assert_one_session (scene->a, scene->b);
  assert_one_session (scene->b, scene->a);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->b, scene->a)->n_knocks, ==, 1);
}

/* Bob was away from his desk for longer than Ada's patience. */
static void
test_stranger_accepted_late (void)
{
  g_autoptr (KhSimScene) scene = knock_as_stranger (4);

  g_assert_true (kh_sim_scene_wait (scene, ada_is_unanswered, 2 * KH_ANSWER_PATIENCE_US));
  kh_sim_world_run (scene->world, 3 * KH_SIM_MINUTE);
  g_assert_cmpint (kh_sim_peer_get_state (scene->a, scene->b), ==, KH_PEER_UNANSWERED);
  kh_sim_peer_answer (scene->b, scene->a, TRUE);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
}

static void
test_stranger_declined (void)
{
  g_autoptr (KhSimScene) scene = knock_as_stranger (5);

  kh_sim_peer_answer (scene->b, scene->a, FALSE);
  g_assert_true (kh_sim_scene_wait (scene, ada_is_unanswered, 2 * KH_ANSWER_PATIENCE_US));
  kh_sim_world_run (scene->world, 2 * KH_SIM_MINUTE);
  g_assert_cmpint (kh_sim_peer_get_state (scene->a, scene->b), ==, KH_PEER_UNANSWERED);
  assert_nothing_came_of_it (scene->a, scene->b);
  assert_nothing_came_of_it (scene->b, scene->a);
  /* asked once is enough */
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->b, scene->a)->n_knocks, ==, 1);
}

typedef struct
{
  guint64 to_ada;
  guint knocks;
} Silence;

/* What a stranger can see in a minute of knocking at somebody who does @policy and never answers.
 */
static Silence
listen_to_silence (KhPolicy policy)
{
  g_autoptr (KhSimScene) scene = new_scene (6);
  KhSimHostStats before, after;

  kh_sim_scene_start_all (scene);
  kh_sim_peer_set_policy (scene->b, scene->a, policy);
  kh_sim_host_get_stats (scene->a->host, &before);
  kh_sim_peer_connect (scene->a, scene->b, FALSE);
  kh_sim_world_run (scene->world, KH_SIM_MINUTE);
  g_assert_cmpint (kh_sim_peer_get_state (scene->a, scene->b), ==, KH_PEER_UNANSWERED);
  assert_nothing_came_of_it (scene->a, scene->b);
  assert_nothing_came_of_it (scene->b, scene->a);
  kh_sim_host_get_stats (scene->a->host, &after);
  return (Silence){ after.datagrams_in - before.datagrams_in,
                    kh_sim_peer_get_talk (scene->b, scene->a)->n_knocks };
}

static void
test_blocked (void)
{
  Silence asked = listen_to_silence (KH_POLICY_ASK);
  Silence blocked = listen_to_silence (KH_POLICY_IGNORE);

  g_assert_cmpuint (asked.knocks, ==, 1);
  g_assert_cmpuint (blocked.knocks, ==, 0);
  /* Being blocked cannot be told from not being answered. */
  g_assert_cmpuint (blocked.to_ada, ==, asked.to_ada);
}

static gboolean
ada_finds_nobody (gpointer user_data)
{
  KhSimScene *scene = user_data;

  return kh_sim_peer_get_state (scene->a, scene->b) == KH_PEER_OFFLINE;
}

static gboolean
ada_is_registered (gpointer user_data)
{
  KhSimScene *scene = user_data;

  return kh_node_get_link_state (scene->a->node) == KH_LINK_UP;
}

static void
connect_to_the_absent (KhSimScene *scene, gboolean know_key)
{
  kh_sim_scene_start_server (scene);
  kh_sim_scene_start_peer (scene, scene->a);
  g_assert_true (kh_sim_scene_wait (scene, ada_is_registered, PATIENCE_US));
  kh_sim_peer_say (scene->a, scene->b, 3);
  kh_sim_peer_connect (scene->a, scene->b, know_key);
  g_assert_true (kh_sim_scene_wait (scene, ada_finds_nobody, PATIENCE_US));
  kh_sim_world_run (scene->world, 10 * KH_SIM_MINUTE);
  g_assert_cmpint (kh_sim_peer_get_state (scene->a, scene->b), ==, KH_PEER_OFFLINE);
}

/* Contacts want each other, so WAIT introduces them at once: nobody tries again by the clock. */
static void
test_contact_comes_later (void)
{
  g_autoptr (KhSimScene) scene = new_scene (7);

  connect_to_the_absent (scene, TRUE);
  kh_sim_scene_start_peer (scene, scene->b);
  kh_sim_peer_connect (scene->b, scene->a, TRUE);
  kh_sim_peer_say (scene->b, scene->a, 3);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, 3 * KH_SIM_SECOND));
  assert_one_session (scene->a, scene->b);
}

static void
test_stranger_comes_later (void)
{
  g_autoptr (KhSimScene) scene = new_scene (8);

  connect_to_the_absent (scene, FALSE);
  kh_sim_scene_start_peer (scene, scene->b);
  g_assert_true (kh_sim_scene_wait (scene, bob_was_asked, 5 * KH_SIM_MINUTE));
  kh_sim_peer_answer (scene->b, scene->a, TRUE);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
}

static guint64
count_sent (KhSimPeer *peer)
{
  KhNodeStats stats;

  kh_node_get_stats (peer->node, &stats);
  return stats.sent;
}

/* Who is away costs nothing but the keepalives that go to the server anyway, and what was told of
 * them is not told again and again. */
static void
test_contact_stays_away (void)
{
  guint64 sent[2];

  for (guint i = 0; i < G_N_ELEMENTS (sent); i++)
    {
      g_autoptr (KhSimScene) scene = new_scene (14);
      guint64 before;
      guint told;

      kh_sim_scene_start_server (scene);
      kh_sim_scene_start_peer (scene, scene->a);
      g_assert_true (kh_sim_scene_wait (scene, ada_is_registered, PATIENCE_US));
      if (i == 1)
        kh_sim_peer_connect (scene->a, scene->b, TRUE);
      kh_sim_world_run (scene->world, KH_SIM_MINUTE);
      before = count_sent (scene->a);
      told = kh_sim_peer_get_talk (scene->a, scene->b)->n_states;
      kh_sim_world_run (scene->world, 10 * KH_SIM_MINUTE);
      sent[i] = count_sent (scene->a) - before;
      g_assert_cmpuint (kh_sim_peer_get_talk (scene->a, scene->b)->n_states, ==, told);
    }
  g_assert_cmpuint (sent[0], >, 0);
  g_assert_cmpuint (sent[1], <=, sent[0] + 1);
}

/* Who may not know of us is looked for all the while, and that is not told each time either. */
static void
test_stranger_stays_away (void)
{
  g_autoptr (KhSimScene) scene = new_scene (15);
  guint told;

  connect_to_the_absent (scene, FALSE);
  told = kh_sim_peer_get_talk (scene->a, scene->b)->n_states;
  g_assert_cmpuint (told, >, 0);
  kh_sim_world_run (scene->world, 10 * KH_SIM_MINUTE);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->a, scene->b)->n_states, ==, told);
}

/* Connect is asked for before there is any server. */
static void
test_server_comes_later (void)
{
  g_autoptr (KhSimScene) scene = new_scene (9);

  kh_sim_host_set_refuses (scene->server.host, FALSE);
  kh_sim_scene_start_peer (scene, scene->a);
  kh_sim_scene_start_peer (scene, scene->b);
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  kh_sim_peer_connect (scene->b, scene->a, TRUE);
  kh_sim_peer_say (scene->a, scene->b, 3);
  kh_sim_world_run (scene->world, KH_SIM_MINUTE);
  g_assert_cmpint (kh_sim_peer_get_state (scene->a, scene->b), ==, KH_PEER_NO_SERVER);
  g_assert_cmpint (scene->a->link.link.trouble, ==, KH_LINK_TROUBLE_SILENT);
  kh_sim_scene_start_server (scene);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, 2 * KH_SIM_MINUTE));
}

static void
test_server_refuses (void)
{
  g_autoptr (KhSimScene) scene = new_scene (10);

  kh_sim_scene_start_peer (scene, scene->a);
  kh_sim_world_run (scene->world, 10 * KH_SIM_SECOND);
  g_assert_cmpint (scene->a->link.link.trouble, ==, KH_LINK_TROUBLE_REFUSED);
}

static void
bob_connects (gpointer user_data)
{
  KhSimScene *scene = user_data;

  kh_sim_peer_connect (scene->b, scene->a, TRUE);
}

static void
glare (guint64 seed, gint64 offset_us)
{
  g_autoptr (KhSimScene) scene = new_scene (seed);
  KhSimPeer *winner;

  kh_sim_scene_start_all (scene);
  kh_sim_peer_say (scene->a, scene->b, 5);
  kh_sim_peer_say (scene->b, scene->a, 5);
  kh_sim_world_at (scene->world, kh_sim_world_now (scene->world) + offset_us, bob_connects, scene,
                   NULL);
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
  kh_sim_world_run (scene->world, 10 * KH_SIM_SECOND);
  assert_one_session (scene->a, scene->b);
  assert_one_session (scene->b, scene->a);
  g_assert_cmpint (kh_sim_peer_get_talk (scene->a, scene->b)->session.session.initiator, !=,
                   kh_sim_peer_get_talk (scene->b, scene->a)->session.session.initiator);
  /* While both knocks were on their way, the lower key wins (PROTOCOL.md, "Introductions"). */
  winner = kh_key_compare (kh_sim_peer_get_key (scene->a), kh_sim_peer_get_key (scene->b)) < 0
               ? scene->a
               : scene->b;
  if (offset_us == 0)
    g_assert_true (kh_sim_peer_get_talk (winner, winner == scene->a ? scene->b : scene->a)
                       ->session.session.initiator);
}

static void
test_glare (void)
{
  /* Two seeds at least have different winners; a knock takes 40 ms and its answer 40 more. */
  for (guint64 seed = 11; seed < 15; seed++)
    for (gint64 offset_us = 0; offset_us <= 100 * KH_SIM_MS; offset_us += 5 * KH_SIM_MS)
      glare (kh_sim_seed (seed), offset_us);
}

/* Nobody who is in a session is asked, answered or closed again by knocking once more. */
static void
test_connect_again (void)
{
  g_autoptr (KhSimScene) scene = new_scene (16);

  kh_sim_scene_begin_meeting (scene, 5);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  kh_sim_peer_connect (scene->b, scene->a, TRUE);
  kh_sim_peer_connect (scene->a, scene->a, TRUE);
  kh_sim_world_run (scene->world, KH_SIM_MINUTE);
  assert_one_session (scene->a, scene->b);
  assert_one_session (scene->b, scene->a);
  g_assert_cmpint (kh_sim_peer_get_state (scene->a, scene->a), ==, KH_PEER_IDLE);
}

static gboolean
bob_saw_the_end (gpointer user_data)
{
  KhSimScene *scene = user_data;

  return kh_sim_peer_get_talk (scene->b, scene->a)->n_closed > 0;
}

static void
test_disconnect (void)
{
  g_autoptr (KhSimScene) scene = new_scene (17);

  kh_sim_scene_begin_meeting (scene, 5);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
  kh_sim_peer_disconnect (scene->a, scene->b);
  g_assert_true (kh_sim_scene_wait (scene, bob_saw_the_end, KH_SIM_SECOND));
  g_assert_cmpint (kh_sim_peer_get_talk (scene->b, scene->a)->closed.closed.code, ==,
                   KH_CLOSE_DONE);
  g_assert_cmpint (kh_sim_peer_get_state (scene->a, scene->b), ==, KH_PEER_IDLE);
  kh_sim_world_run (scene->world, KH_SIM_MINUTE);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->a, scene->b)->n_sessions, ==, 1);
}

/* kill -9, then the program again, in the middle of many messages. */
static void
test_peer_restart (void)
{
  g_autoptr (KhSimScene) scene = new_scene (18);

  kh_sim_scene_begin_meeting (scene, 300);
  kh_sim_peer_connect (scene->b, scene->a, TRUE);
  for (int i = 0; i < 3; i++)
    {
      g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_direct, 2 * KH_SIM_MINUTE));
      kh_sim_world_run (scene->world, 30 * KH_SIM_MS);
      kh_sim_peer_kill (scene->b);
      kh_sim_world_run (scene->world, 2 * KH_SIM_SECOND);
      kh_sim_scene_start_peer (scene, scene->b);
      kh_sim_peer_say (scene->a, scene->b, 20);
      kh_sim_peer_connect (scene->b, scene->a, TRUE);
    }
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, 2 * KH_SIM_MINUTE));
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->b, scene->a)->received, ==, 360);
}

static char *
trace_of (guint64 seed)
{
  g_autoptr (KhSimScene) scene = new_scene (seed);
  KhSimLinkConfig rough = { .loss = 0.2,
                            .jitter_us = 10 * KH_SIM_MS,
                            .duplicate = 0.1,
                            .reorder = 0.1,
                            .reorder_us = 20 * KH_SIM_MS };

  kh_sim_world_record (scene->world);
  kh_sim_scene_start_all (scene);
  kh_sim_scene_set_paths (scene, &rough);
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  kh_sim_peer_connect (scene->b, scene->a, TRUE);
  kh_sim_peer_say (scene->a, scene->b, 50);
  kh_sim_world_run (scene->world, KH_SIM_MINUTE);
  return kh_sim_world_digest (scene->world);
}

static void
test_determinism (void)
{
  g_autofree char *first = trace_of (19);
  g_autofree char *again = trace_of (19);
  g_autofree char *other = trace_of (20);

  g_assert_cmpstr (first, ==, again);
  if (!kh_sim_seed_is_given ())
    g_assert_cmpstr (first, !=, other);
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  g_test_add_func ("/sim/meeting/contacts", test_contacts);
  g_test_add_func ("/sim/meeting/ipv6", test_ipv6);
  g_test_add_func ("/sim/meeting/stranger-accepted", test_stranger_accepted);
  g_test_add_func ("/sim/meeting/stranger-accepted-late", test_stranger_accepted_late);
  g_test_add_func ("/sim/meeting/stranger-declined", test_stranger_declined);
  g_test_add_func ("/sim/meeting/blocked", test_blocked);
  g_test_add_func ("/sim/meeting/contact-comes-later", test_contact_comes_later);
  g_test_add_func ("/sim/meeting/stranger-comes-later", test_stranger_comes_later);
  g_test_add_func ("/sim/meeting/contact-stays-away", test_contact_stays_away);
  g_test_add_func ("/sim/meeting/stranger-stays-away", test_stranger_stays_away);
  g_test_add_func ("/sim/meeting/server-comes-later", test_server_comes_later);
  g_test_add_func ("/sim/meeting/server-refuses", test_server_refuses);
  g_test_add_func ("/sim/meeting/glare", test_glare);
  g_test_add_func ("/sim/meeting/connect-again", test_connect_again);
  g_test_add_func ("/sim/meeting/disconnect", test_disconnect);
  g_test_add_func ("/sim/meeting/peer-restart", test_peer_restart);
  g_test_add_func ("/sim/meeting/determinism", test_determinism);
  return g_test_run ();
}
