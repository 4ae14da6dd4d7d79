/* test-first-message.c: what the answerer has to say goes with the answer
 *
 * Before the one who knocked has proven anything, nothing that was said may be taken for heard
 * (PROTOCOL.md, "Introductions"). So whatever is lost, replayed or replaced meanwhile, every
 * message arrives once and in order, which the peers of the simulator check with each message.
 */
#include "evil-server.h"
#include "scene.h"

#define PATIENCE_US (20 * KH_SIM_SECOND)
#define SLACK_US (2 * KH_SIM_MS)
/* Datagrams on Ada's line around the introduction of which one or two are dropped. */
#define MASKED 12

static KhSimScene *
new_scene (guint64 seed, const char *nat)
{
  KhSimHome home = { .nat = kh_sim_nat_find_kind (nat) };

  return kh_sim_scene_new (kh_sim_seed (seed), &home, &home);
}

static KhSimTalk *
ada (KhSimScene *scene)
{
  return kh_sim_peer_get_talk (scene->a, scene->b);
}

static KhSimTalk *
bob (KhSimScene *scene)
{
  return kh_sim_peer_get_talk (scene->b, scene->a);
}

/* Bob's chat began with his answer, and went on as the one session. */
static void
assert_one_opening (KhSimScene *scene)
{
  g_assert_cmpuint (bob (scene)->n_openings, ==, 1);
  g_assert_cmpuint (bob (scene)->n_failed_openings, ==, 0);
  g_assert_cmpuint (bob (scene)->n_sessions, ==, 1);
  g_assert_cmpuint (bob (scene)->n_closed, ==, 0);
  g_assert_true (bob (scene)->session.session.opened);
  g_assert_cmpuint (ada (scene)->n_openings, ==, 0);
  g_assert_cmpuint (ada (scene)->n_sessions, ==, 1);
}

static gint64
meet (KhSimScene *scene, gboolean known)
{
  gint64 begun_us;

  kh_sim_scene_start_all (scene);
  kh_sim_peer_set_policy (scene->b, scene->a, KH_POLICY_ACCEPT);
  kh_sim_peer_say (scene->a, scene->b, 3);
  kh_sim_peer_say (scene->b, scene->a, 3);
  begun_us = kh_sim_world_now (scene->world);
  kh_sim_peer_connect (scene->a, scene->b, known);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, PATIENCE_US));
  return ada (scene)->first_message_us - begun_us;
}

static void
test_one_round_trip (void)
{
  g_autoptr (KhSimScene) scene = new_scene (1, "symmetric");

  g_assert_cmpint (meet (scene, TRUE), <=, KH_SIM_ROUND_TRIP_US + SLACK_US);
  assert_one_opening (scene);
}

static void
test_stranger (void)
{
  g_autoptr (KhSimScene) scene = new_scene (2, "symmetric");

  g_assert_cmpint (meet (scene, FALSE), <=,
                   KH_SIM_ROUND_TRIP_US + 2 * KH_SIM_SERVER_DELAY_US + SLACK_US);
  assert_one_opening (scene);
}

/* Without a relay there is nobody to say it to before she has shown where she is. */
static void
test_no_relay (void)
{
  g_autoptr (KhSimScene) scene = new_scene (3, "port-restricted");

  scene->server.limits.max_channels = 0;
  meet (scene, TRUE);
  assert_one_opening (scene);
}

/* A long queue: no more than the first packets of it go before she is heard. */
static void
test_little_before_proof (void)
{
  g_autoptr (KhSimScene) scene = new_scene (4, "symmetric");
  KhSimHostStats before, after;

  kh_sim_scene_start_all (scene);
  bob (scene)->message_size = 1000;
  kh_sim_peer_set_policy (scene->b, scene->a, KH_POLICY_ACCEPT);
  kh_sim_peer_say (scene->b, scene->a, 200);
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  /* Nothing of Ada's arrives any more once her knock is with the server. */
  kh_sim_world_run (scene->world, KH_SIM_ROUND_TRIP_US / 2 - KH_SIM_MS);
  kh_sim_peer_kill (scene->a);
  kh_sim_host_get_stats (scene->b->host, &before);
  kh_sim_world_run (scene->world, 5 * KH_SIM_SECOND);
  kh_sim_host_get_stats (scene->b->host, &after);
  g_assert_cmpuint (bob (scene)->n_openings, ==, 1);
  g_assert_cmpuint (bob (scene)->n_sessions, ==, 0);
  /* The answer, checks by the relay and to her addresses, and a ping or two are the rest. */
  g_assert_cmpuint (after.bytes_out - before.bytes_out, >, 3 * 1100);
  g_assert_cmpuint (after.bytes_out - before.bytes_out, <, 10000);

  /* She comes back: all of it is said again. */
  kh_sim_scene_start_peer (scene, scene->a);
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, PATIENCE_US));
  g_assert_cmpuint (bob (scene)->n_failed_openings, ==, bob (scene)->n_openings - 1);
  g_assert_cmpuint (ada (scene)->received, ==, 200);
}

/* Nobody comes after the answer: Bob's application hears of it. */
static void
test_abandoned (void)
{
  g_autoptr (KhSimScene) scene = new_scene (5, "symmetric");

  kh_sim_scene_start_all (scene);
  kh_sim_peer_set_policy (scene->b, scene->a, KH_POLICY_ACCEPT);
  kh_sim_peer_say (scene->b, scene->a, 3);
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  kh_sim_world_run (scene->world, KH_SIM_ROUND_TRIP_US / 2 - KH_SIM_MS);
  kh_sim_peer_kill (scene->a);
  kh_sim_world_run (scene->world, KH_SIM_MINUTE);
  g_assert_cmpuint (bob (scene)->n_openings, ==, 1);
  g_assert_cmpuint (bob (scene)->n_failed_openings, ==, 1);
  g_assert_false (bob (scene)->opening);
  g_assert_cmpuint (bob (scene)->n_sessions, ==, 0);
}

/* Every one and every two of the datagrams around the introduction, either way: what was lost may
 * be the knock, the answer, what went with it, or her first packet. */
static void
lose (guint first, guint second, gboolean up)
{
  g_autoptr (KhSimScene) scene = new_scene (6, "symmetric");
  guint numbers[] = { first, second };
  KhSimLink *link;

  kh_sim_scene_make_contacts (scene, 4);
  link = up ? kh_sim_port_get_up (scene->door_a) : kh_sim_port_get_down (scene->door_a);
  kh_sim_link_set_mask (link, numbers, G_N_ELEMENTS (numbers));
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, PATIENCE_US));
  g_assert_cmpuint (ada (scene)->received, ==, 4);
  g_assert_cmpuint (bob (scene)->received, ==, 4);
}

static void
test_losses (void)
{
  for (guint first = 0; first < MASKED; first++)
    for (guint second = first; second < MASKED; second++)
      {
        lose (first, second, TRUE);
        lose (first, second, FALSE);
      }
}

static gboolean
ada_was_told (gpointer user_data)
{
  KhSimScene *scene = user_data;

  return ada (scene)->received > 0;
}

static gboolean
drop_all (const KhSimPacket *packet, gpointer user_data)
{
  return TRUE;
}

/* The answer is lost, with all that went behind it, and comes again by the server's timer: what
 * went with the first one is not waited for any longer than that. */
static void
test_answer_again (void)
{
  g_autoptr (KhSimScene) scene = new_scene (7, "symmetric");
  KhSimLink *down = kh_sim_port_get_down (scene->door_a);
  gint64 begun_us;

  kh_sim_scene_make_contacts (scene, 3);
  begun_us = kh_sim_world_now (scene->world);
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  kh_sim_world_run (scene->world, KH_SIM_ROUND_TRIP_US - 10 * KH_SIM_MS);
  kh_sim_link_set_filter (down, drop_all, NULL);
  kh_sim_world_run (scene->world, 200 * KH_SIM_MS);
  kh_sim_link_set_filter (down, NULL, NULL);
  g_assert_true (kh_sim_scene_wait (scene, ada_was_told, PATIENCE_US));
  /* The server repeats after 0.3 s; then Ada's first packet goes, and Bob's comes. */
  g_assert_cmpint (kh_sim_world_now (scene->world) - begun_us, <=,
                   2 * KH_SIM_ROUND_TRIP_US + 300 * KH_SIM_MS + SLACK_US);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, PATIENCE_US));
  assert_one_opening (scene);
}

static void
bob_connects (gpointer user_data)
{
  KhSimScene *scene = user_data;

  kh_sim_peer_connect (scene->b, scene->a, TRUE);
}

/* Both knock, and one of them answers at last: whoever it is says it once. */
static void
test_glare (void)
{
  for (guint64 seed = 11; seed < 15; seed++)
    for (gint64 offset_us = 0; offset_us <= 100 * KH_SIM_MS; offset_us += 5 * KH_SIM_MS)
      {
        g_autoptr (KhSimScene) scene = new_scene (seed, "symmetric");

        kh_sim_scene_make_contacts (scene, 5);
        kh_sim_world_at (scene->world, kh_sim_world_now (scene->world) + offset_us, bob_connects,
                         scene, NULL);
        kh_sim_peer_connect (scene->a, scene->b, TRUE);
        g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, PATIENCE_US));
        kh_sim_world_run (scene->world, 10 * KH_SIM_SECOND);
        g_assert_cmpuint (ada (scene)->n_sessions, ==, 1);
        g_assert_cmpuint (bob (scene)->n_sessions, ==, 1);
        g_assert_cmpuint (ada (scene)->n_openings - ada (scene)->n_failed_openings +
                              bob (scene)->n_openings - bob (scene)->n_failed_openings,
                          ==, 1);
      }
}

/* Ada's program ends and begins again at any moment of it, with and without Bob noticing: he
 * answers her anew, and says all of it anew. */
static void
test_replaced (void)
{
  for (gint64 after_us = 10 * KH_SIM_MS; after_us <= 200 * KH_SIM_MS; after_us += 10 * KH_SIM_MS)
    {
      g_autoptr (KhSimScene) scene = new_scene (20, "symmetric");

      kh_sim_scene_make_contacts (scene, 6);
      kh_sim_peer_connect (scene->a, scene->b, TRUE);
      kh_sim_world_run (scene->world, after_us);
      kh_sim_peer_kill (scene->a);
      kh_sim_world_run (scene->world, after_us / 2);
      kh_sim_scene_start_peer (scene, scene->a);
      kh_sim_peer_connect (scene->a, scene->b, TRUE);
      g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, PATIENCE_US));
      g_assert_cmpuint (ada (scene)->received, ==, 6);
      g_assert_cmpuint (bob (scene)->received, ==, 6);
    }
}

/* Bob's program ends between the answer and her first packet. */
static void
test_answerer_restarts (void)
{
  for (gint64 after_us = 30 * KH_SIM_MS; after_us <= 150 * KH_SIM_MS; after_us += 10 * KH_SIM_MS)
    {
      g_autoptr (KhSimScene) scene = new_scene (21, "symmetric");

      kh_sim_scene_make_contacts (scene, 6);
      kh_sim_peer_connect (scene->a, scene->b, TRUE);
      kh_sim_world_run (scene->world, after_us);
      kh_sim_peer_kill (scene->b);
      kh_sim_world_run (scene->world, 20 * KH_SIM_MS);
      kh_sim_scene_start_peer (scene, scene->b);
      kh_sim_peer_connect (scene->b, scene->a, TRUE);
      g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_heard, PATIENCE_US));
      g_assert_cmpuint (ada (scene)->received, ==, 6);
      g_assert_cmpuint (bob (scene)->received, ==, 6);
    }
}

/* A server that plays an old introduction to Bob again, even after he has forgotten all of it: he
 * says little for it, which nobody can read, and takes none of it for heard. */
static void
test_replayed_knock (void)
{
  g_autoptr (KhSimScene) scene = new_scene (22, "symmetric");
  KhRandom random = kh_sim_rng_as_random (&scene->server.rng);
  g_autoptr (KhEvilServer) evil = kh_evil_server_new (scene->server.identity, &random);
  guint relayed;

  kh_evil_server_pretend_relay (evil);
  kh_sim_host_run (scene->server.host, &kh_evil_server_ops, evil, FALSE, NULL, NULL);
  kh_sim_scene_start_peer (scene, scene->a);
  kh_sim_scene_start_peer (scene, scene->b);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_registered, PATIENCE_US));
  kh_sim_peer_set_policy (scene->b, scene->a, KH_POLICY_ACCEPT);
  bob (scene)->message_size = 1000;
  kh_sim_peer_say (scene->b, scene->a, 50);
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  kh_sim_world_run (scene->world, KH_SIM_SECOND);
  g_assert_cmpuint (bob (scene)->n_openings, >, 0);

  kh_sim_peer_kill (scene->a);
  kh_sim_peer_kill (scene->b);
  kh_sim_scene_start_peer (scene, scene->b);
  kh_sim_world_run (scene->world, 5 * KH_SIM_SECOND);
  kh_sim_peer_set_policy (scene->b, scene->a, KH_POLICY_ACCEPT);
  bob (scene)->n_openings = bob (scene)->n_sessions = 0;
  relayed = kh_evil_server_count_relayed (evil);
  for (guint i = 0; i < 10; i++)
    {
      kh_evil_server_replay (evil);
      kh_sim_host_pump (scene->server.host);
    }
  kh_sim_world_run (scene->world, KH_SIM_MINUTE);
  /* Once, for its time has to grow: three packets, and checks of the channel, twelve in all. */
  g_assert_cmpuint (bob (scene)->n_openings, ==, 1);
  g_assert_cmpuint (kh_evil_server_count_relayed (evil) - relayed, >, 3);
  g_assert_cmpuint (kh_evil_server_count_relayed (evil) - relayed, <=, 3 + 12);
  g_assert_cmpuint (bob (scene)->n_sessions, ==, 0);
  g_assert_cmpuint (bob (scene)->acked, ==, 0);
  g_assert_false (bob (scene)->opening);
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  g_test_add_func ("/sim/first-message/one-round-trip", test_one_round_trip);
  g_test_add_func ("/sim/first-message/stranger", test_stranger);
  g_test_add_func ("/sim/first-message/no-relay", test_no_relay);
  g_test_add_func ("/sim/first-message/little-before-proof", test_little_before_proof);
  g_test_add_func ("/sim/first-message/abandoned", test_abandoned);
  g_test_add_func ("/sim/first-message/losses", test_losses);
  g_test_add_func ("/sim/first-message/answer-again", test_answer_again);
  g_test_add_func ("/sim/first-message/glare", test_glare);
  g_test_add_func ("/sim/first-message/replaced", test_replaced);
  g_test_add_func ("/sim/first-message/answerer-restarts", test_answerer_restarts);
  g_test_add_func ("/sim/first-message/replayed-knock", test_replayed_knock);
  return g_test_run ();
}
