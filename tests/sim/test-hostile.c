/* test-hostile.c: a server that lies, and strangers who send anything
 *
 * Whatever they do: no session with anybody but the peer whose ID was asked for, no message to
 * anybody else, no answer to what proves nothing, and bounded memory.
 */
#include "crypto/noise.h"
#include "evil-server.h"
#include "node/network.h"
#include "scene.h"

#include <malloc.h>
#include <string.h>

#define PATIENCE_US (20 * KH_SIM_SECOND)

typedef struct
{
  KhSimScene *scene;
  KhSimPeer *mallory;
  KhEvilServer *server;
} Stage;

static gboolean
all_registered (gpointer user_data)
{
  Stage *stage = user_data;

  return kh_sim_scene_is_registered (stage->scene) &&
         kh_node_get_link_state (stage->mallory->node) == KH_LINK_UP;
}

/* Ada, Bob and Mallory are registered at the evil server; all accept everybody. */
static void
stage_init (Stage *self, KhEvilMode mode)
{
  KhSimHome home = { 0 };
  KhRandom random;

  self->scene = kh_sim_scene_new (kh_sim_seed (1), &home, &home);
  self->mallory = kh_sim_scene_add_public (self->scene, "mallory", 66);
  random = kh_sim_rng_as_random (&self->scene->server.rng);
  self->server = kh_evil_server_new (self->scene->server.identity, &random);
  kh_evil_server_set_mode (self->server, mode);
  kh_evil_server_set_accomplice (self->server, kh_sim_peer_get_key (self->mallory));
  kh_sim_host_run (self->scene->server.host, &kh_evil_server_ops, self->server, FALSE, NULL, NULL);
  kh_sim_scene_start_peer (self->scene, self->scene->a);
  kh_sim_scene_start_peer (self->scene, self->scene->b);
  kh_sim_scene_start_peer (self->scene, self->mallory);
  g_assert_true (kh_sim_world_run_until (self->scene->world, all_registered, self, PATIENCE_US));
  kh_node_set_default_policy (self->scene->a->node, KH_POLICY_ACCEPT);
  kh_node_set_default_policy (self->scene->b->node, KH_POLICY_ACCEPT);
  kh_node_set_default_policy (self->mallory->node, KH_POLICY_ACCEPT);
}

static void
stage_clear (Stage *self)
{
  kh_sim_scene_free (self->scene);
  kh_evil_server_free (self->server);
}

/* Nobody talks to Mallory, nobody thinks to talk to anybody. */
static void
assert_no_session (Stage *self)
{
  KhSimPeer *people[] = { self->scene->a, self->scene->b, self->mallory };

  for (guint i = 0; i < G_N_ELEMENTS (people); i++)
    for (guint j = 0; j < people[i]->talks->len; j++)
      {
        const KhSimTalk *talk = g_ptr_array_index (people[i]->talks, j);

        g_assert_cmpuint (talk->n_sessions, ==, 0);
        g_assert_cmpuint (talk->received, ==, 0);
      }
}

static void
test_honest (void)
{
  Stage stage;

  stage_init (&stage, KH_EVIL_HONEST);
  kh_sim_peer_say (stage.scene->a, stage.scene->b, 3);
  kh_sim_peer_connect (stage.scene->a, stage.scene->b, FALSE);
  g_assert_true (kh_sim_scene_wait (stage.scene, kh_sim_scene_is_met, PATIENCE_US));
  stage_clear (&stage);
}

static gboolean
has_lost_link (gpointer user_data)
{
  return kh_node_get_link_state (((KhSimPeer *) user_data)->node) != KH_LINK_UP;
}

/* A server need not know every question: who asks gives up on it, and not on the link. */
static void
test_unanswered (void)
{
  KhServerAbout about;
  KhSimPeer *ada;
  Stage stage;

  stage_init (&stage, KH_EVIL_HONEST);
  ada = stage.scene->a;
  kh_node_ask_about (ada->node, kh_sim_world_now (stage.scene->world));
  kh_sim_host_pump (ada->host);
  g_assert_false (kh_sim_world_run_until (stage.scene->world, has_lost_link, ada, KH_SIM_MINUTE));
  g_assert_false (kh_node_get_about (ada->node, &about));
  stage_clear (&stage);
}

static gboolean
ada_refused_the_key (gpointer user_data)
{
  KhSimScene *scene = user_data;

  return kh_sim_peer_get_state (scene->a, scene->b) == KH_PEER_WRONG_KEY;
}

static void
test_wrong_key (void)
{
  Stage stage;

  stage_init (&stage, KH_EVIL_WRONG_KEY);
  kh_sim_peer_say (stage.scene->a, stage.scene->b, 3);
  kh_sim_peer_connect (stage.scene->a, stage.scene->b, FALSE);
  g_assert_true (kh_sim_scene_wait (stage.scene, ada_refused_the_key, PATIENCE_US));
  kh_sim_world_run (stage.scene->world, 10 * KH_SIM_MINUTE);
  assert_no_session (&stage);
  /* not even an introduction was made for that key */
  g_assert_cmpuint (kh_evil_server_count (stage.server), ==, 0);
  /* and an honest answer later is taken */
  kh_evil_server_set_mode (stage.server, KH_EVIL_HONEST);
  g_assert_true (kh_sim_scene_wait (stage.scene, kh_sim_scene_is_met, 10 * KH_SIM_MINUTE));
  stage_clear (&stage);
}

/* Contacts, so that the keys are known; the introductions themselves are abused. */
static void
test_introductions (gconstpointer mode)
{
  Stage stage;

  stage_init (&stage, GPOINTER_TO_UINT (mode));
  kh_sim_peer_say (stage.scene->a, stage.scene->b, 3);
  kh_sim_peer_say (stage.mallory, stage.scene->b, 3);
  kh_sim_peer_connect (stage.scene->a, stage.scene->b, TRUE);
  kh_sim_world_run (stage.scene->world, 3 * KH_SIM_MINUTE);
  g_assert_cmpuint (kh_evil_server_count (stage.server), >, 0);
  assert_no_session (&stage);
  g_assert_cmpuint (kh_sim_peer_get_talk (stage.mallory, stage.scene->a)->n_knocks, ==, 0);
  kh_evil_server_set_mode (stage.server, KH_EVIL_HONEST);
  g_assert_true (kh_sim_scene_wait (stage.scene, kh_sim_scene_is_met, 10 * KH_SIM_MINUTE));
  stage_clear (&stage);
}

static void
replay (Stage *self)
{
  kh_evil_server_replay (self->server);
  kh_sim_host_pump (self->scene->server.host);
  kh_sim_world_run (self->scene->world, KH_SIM_MINUTE);
}

static void
test_replay (void)
{
  Stage stage;
  KhSimScene *scene;
  KhNodeStats stats;

  stage_init (&stage, KH_EVIL_HONEST);
  scene = stage.scene;
  kh_sim_peer_say (scene->a, scene->b, 3);
  kh_sim_peer_connect (scene->a, scene->b, FALSE);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
  /* within the session */
  replay (&stage);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->b, scene->a)->n_sessions, ==, 1);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->b, scene->a)->n_closed, ==, 0);
  kh_sim_peer_say (scene->b, scene->a, 3);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
  kh_node_get_stats (scene->b->node, &stats);
  g_assert_cmpuint (stats.replayed, >, 0);
  /* after it */
  kh_sim_peer_disconnect (scene->a, scene->b);
  kh_sim_peer_disconnect (scene->b, scene->a);
  kh_node_set_default_policy (scene->b->node, KH_POLICY_ASK);
  replay (&stage);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->b, scene->a)->n_sessions, ==, 1);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->b, scene->a)->n_knocks, ==, 0);
  /* and to Bob's program when it was started again: a claim at most, never a session */
  kh_sim_peer_kill (scene->b);
  kh_sim_scene_start_peer (scene, scene->b);
  kh_sim_world_run (scene->world, KH_SIM_SECOND);
  kh_node_set_default_policy (scene->b->node, KH_POLICY_ACCEPT);
  replay (&stage);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->b, scene->a)->n_sessions, ==, 1);
  stage_clear (&stage);
}

typedef struct
{
  KhSimScene *scene;
  KhSimRng rng;
  GPtrArray *seen; /* of GBytes: datagrams of the session, to throw again */
} Attack;

static void
keep (const KhSimPacket *packet, gboolean sent, gpointer user_data)
{
  Attack *attack = user_data;

  if (sent && attack->seen->len < 500)
    g_ptr_array_add (attack->seen, g_bytes_new (packet->data, packet->len));
}

/* Throws one datagram at everybody, from an address of its own or the victim's peer's: garbage, an
 * old one again, or an old one with a bit flipped. */
static void
throw_something (Attack *attack, KhSimHost *at, const KhAddr *from)
{
  KhAddr dst = kh_sim_host_get_addr (at, KH_FAMILY_IPV4);
  guint8 data[KH_DATAGRAM_MAX];
  gsize len = 1 + kh_sim_rng_below (&attack->rng, sizeof data);
  KhRandom random = kh_sim_rng_as_random (&attack->rng);
  KhSimLink *down = kh_sim_port_get_down (kh_sim_host_get_port (at, KH_FAMILY_IPV4));

  kh_random_fill (&random, data, sizeof data);
  if (kh_sim_rng_chance (&attack->rng, 0.5))
    data[0] = (guint8) (0x1f + kh_sim_rng_below (&attack->rng, 7));
  else if (attack->seen->len > 0)
    {
      GBytes *old =
          g_ptr_array_index (attack->seen, kh_sim_rng_below (&attack->rng, attack->seen->len));

      memcpy (data, g_bytes_get_data (old, &len), g_bytes_get_size (old));
      if (kh_sim_rng_chance (&attack->rng, 0.5))
        data[kh_sim_rng_below (&attack->rng, len)] ^=
            (guint8) (1 << kh_sim_rng_below (&attack->rng, 8));
    }
  kh_sim_link_send (down, kh_sim_packet_new (from, &dst, data, len));
}

/* Noise from everywhere, forged addresses of the peer and the server included, changes nothing. */
static void
test_noise (void)
{
  KhSimHome home = { 0 };
  Attack attack = { .scene = kh_sim_scene_new (kh_sim_seed (2), &home, &home),
                    .seen = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref) };
  KhSimScene *scene = attack.scene;
  KhAddr stranger = kh_addr_ipv4 (203, 0, 113, 200, 999);

  kh_sim_rng_init (&attack.rng, kh_sim_seed (2), 77);
  kh_sim_host_set_tap (scene->a->host, keep, &attack);
  kh_sim_host_set_tap (scene->b->host, keep, &attack);
  kh_sim_host_set_tap (scene->server.host, keep, &attack);
  kh_sim_scene_begin_meeting (scene, 50);
  for (int i = 0; i < 5000; i++)
    {
      KhSimHost *hosts[] = { scene->a->host, scene->b->host, scene->server.host };
      KhAddr from = stranger;

      if (i % 2 == 0)
        from = kh_sim_host_get_addr (hosts[kh_sim_rng_below (&attack.rng, 3)], KH_FAMILY_IPV4);
      throw_something (&attack, hosts[kh_sim_rng_below (&attack.rng, 3)], &from);
      kh_sim_world_run (scene->world, KH_SIM_MS);
    }
  kh_sim_peer_say (scene->a, scene->b, 10);
  g_assert_true (kh_sim_scene_wait (scene, kh_sim_scene_is_met, PATIENCE_US));
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->a, scene->b)->n_sessions, ==, 1);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->b, scene->a)->n_sessions, ==, 1);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->b, scene->a)->received, ==, 60);
  g_assert_true (kh_sim_scene_is_registered (scene));
  kh_sim_scene_free (scene);
  g_ptr_array_unref (attack.seen);
}

/* Writes a HELLO, or an INIT with a cookie that nobody made. */
static gsize
write_spoofed (KhSimRng *rng, gboolean init_datagram, guint8 *data, gsize size)
{
  KhWriter writer = kh_writer_init (data, size);
  KhRandom random = kh_sim_rng_as_random (rng);
  guint8 noise[KH_NOISE_MSG1_OVERHEAD + 4];
  KhHello hello = { .version = KH_PROTOCOL_VERSION };
  KhInit init = { .noise = noise, .noise_len = sizeof noise };

  kh_random_fill (&random, noise, sizeof noise);
  kh_random_fill (&random, hello.nonce, sizeof hello.nonce);
  kh_random_fill (&random, init.cookie, sizeof init.cookie);
  g_assert_true (init_datagram ? kh_init_write (&writer, &init) : kh_hello_write (&writer, &hello));
  return writer.len;
}

/* 100,000 spoofed datagrams in each of ten seconds: no public-key operation, no state. */
static void
test_flood (void)
{
  KhSimRng rng;
  KhRandom random;
  g_autoptr (KhIdentity) identity = NULL;
  g_autoptr (KhServer) server = NULL;
  KhServerStats stats;
  gsize memory = 0;
  gint64 now_us = KH_SIM_START_US;

  kh_sim_rng_init (&rng, kh_sim_seed (3), 1);
  random = kh_sim_rng_as_random (&rng);
  identity = kh_identity_new (&random);
  server = kh_server_new (identity, NULL, random, now_us);
  for (guint i = 0; i < 1000000; i++)
    {
      guint8 data[256];
      KhDatagram in = { .data = data };
      KhDatagram out = { .data = data, .size = sizeof data };
      guint32 ip = (guint32) kh_sim_rng_u64 (&rng);
      gsize len = write_spoofed (&rng, i % 2, data, sizeof data);

      in.len = len;
      in.remote = kh_addr_ipv4 ((guint8) (1 + (ip >> 24) % 200), (guint8) (ip >> 16),
                                (guint8) (ip >> 8), (guint8) ip, (guint16) (1 + ip % 65535));
      kh_server_receive (server, &in, now_us);
      while (kh_server_poll_send (server, &out, now_us))
        {
          g_assert_true (kh_addr_equal (&out.remote, &in.remote));
          g_assert_cmpuint (out.len, <=, len);
          len -= out.len;
        }
      now_us += 10;
      if (kh_server_next_timeout (server) <= now_us)
        kh_server_handle_timeout (server, now_us);
      /* What the first tenth needs must do for all. */
      if (i == 100000)
        memory = mallinfo2 ().uordblks;
    }
  kh_server_get_stats (server, &stats);
  g_assert_cmpuint (stats.handshakes, ==, 0);
  g_assert_cmpuint (stats.clients, ==, 0);
  g_assert_cmpuint (stats.bad_cookie + stats.rate_limited, >=, 500000);
  /* AddressSanitizer's allocator says 0 both times, and then this proves nothing there. */
  g_assert_cmpuint (mallinfo2 ().uordblks, <=, memory + (1 << 20));
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  g_test_add_func ("/sim/hostile/honest", test_honest);
  g_test_add_func ("/sim/hostile/unanswered", test_unanswered);
  g_test_add_func ("/sim/hostile/wrong-key", test_wrong_key);
  g_test_add_data_func ("/sim/hostile/wrong-sender", GUINT_TO_POINTER (KH_EVIL_WRONG_SENDER),
                        test_introductions);
  g_test_add_data_func ("/sim/hostile/misroute", GUINT_TO_POINTER (KH_EVIL_MISROUTE),
                        test_introductions);
  g_test_add_data_func ("/sim/hostile/reflect", GUINT_TO_POINTER (KH_EVIL_REFLECT),
                        test_introductions);
  g_test_add_data_func ("/sim/hostile/tamper", GUINT_TO_POINTER (KH_EVIL_TAMPER),
                        test_introductions);
  g_test_add_data_func ("/sim/hostile/forge", GUINT_TO_POINTER (KH_EVIL_FORGE), test_introductions);
  g_test_add_func ("/sim/hostile/replay", test_replay);
  g_test_add_func ("/sim/hostile/noise", test_noise);
  g_test_add_func ("/sim/hostile/flood", test_flood);
  return g_test_run ();
}
