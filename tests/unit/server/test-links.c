/* test-links.c: from INIT to the end of a link: confirmation, replacement, roaming, silence */
#include "harness.h"

#include <string.h>

static const KhAddr home = { .family = KH_FAMILY_IPV4, .ip = { 192, 0, 2, 1 }, .port = 5000 };
static const KhAddr away = { .family = KH_FAMILY_IPV4, .ip = { 198, 51, 100, 7 }, .port = 6000 };

static const KhLinkMessage ping = { .type = KH_LINK_PING, .id = 77 };

static void
test_happy_path (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) peer = peer_new (world, &home);
  g_autofree Message *reply = NULL;

  g_assert_true (peer_connect (peer));
  g_assert_cmpuint (world_stats (world).clients, ==, 1);
  g_assert_cmpuint (world_stats (world).registered, ==, 0);
  peer_send (peer, &(KhLinkMessage){ .type = KH_LINK_REGISTER, .id = 9 });
  reply = peer_expect (peer, KH_LINK_REPLY);
  g_assert_cmpuint (reply->message.id, ==, 9);
  g_assert_cmpuint (reply->message.status, ==, KH_LINK_OK);
  g_assert_true (reply->message.has_seen);
  g_assert_true (kh_addr_equal (&reply->message.seen, &home));
  g_assert_cmpuint (world_stats (world).registered, ==, 1);
  /* Again, as a client does whose reply was lost. */
  g_assert_cmpuint (peer_ask (peer, (KhLinkMessage){ .type = KH_LINK_REGISTER }), ==, KH_LINK_OK);
  g_assert_cmpuint (world_stats (world).registered, ==, 1);
  g_assert_cmpuint (peer_ask (peer, (KhLinkMessage){ .type = KH_LINK_BYE }), ==, KH_LINK_OK);
  g_assert_cmpuint (world_stats (world).clients, ==, 0);
  g_assert_cmpuint (world_stats (world).registered, ==, 0);
  g_assert_cmpint (kh_server_next_timeout (world->server), ==, KH_NEVER);
}

/* Also before it registers: a tool that looks at the server need not be found by others. */
static void
test_about (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) peer = peer_new (world, &home);
  g_autofree Message *before = NULL;
  g_autofree Message *after = NULL;
  KhServerLimits limits = kh_server_limits_default ();

  g_assert_true (peer_connect (peer));
  peer_send (peer, &(KhLinkMessage){ .type = KH_LINK_ABOUT, .id = 3 });
  before = peer_expect (peer, KH_LINK_REPLY);
  g_assert_cmpuint (before->message.id, ==, 3);
  g_assert_cmpuint (before->message.status, ==, KH_LINK_OK);
  g_assert_true (before->message.has_about);
  g_assert_cmpint (before->message.clock_us, ==, 0);
  g_assert_cmpuint (before->message.blob_len, >, 0);
  g_assert_cmpint (before->message.relay.state, ==, KH_LINK_RELAY_ON);

  kh_server_set_clock (world->server, G_GINT64_CONSTANT (1772366400000000), world->now_us);
  limits.max_channels = 0;
  limits.relay_rate = 500000;
  limits.relay_volume = 10e9;
  kh_server_set_relay (world->server, &limits);
  peer_send (peer, &(KhLinkMessage){ .type = KH_LINK_ABOUT, .id = 4 });
  after = peer_expect (peer, KH_LINK_REPLY);
  g_assert_cmpint (after->message.relay.state, ==, KH_LINK_RELAY_OFF);
  g_assert_cmpuint (after->message.relay.rate, ==, 500000);
  g_assert_cmpuint (after->message.relay.volume_mb, ==, 10000);
  g_assert_cmpint (after->message.clock_us, >=, G_GINT64_CONSTANT (1772366400000000));
  g_assert_cmpint (after->message.clock_us, <, G_GINT64_CONSTANT (1772366401000000));
}

static void
test_init_again_is_the_same_resp (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) peer = peer_new (world, &home);
  g_autofree Packet *first = NULL;
  g_autofree Packet *second = NULL;

  g_assert_true (peer_hello (peer));
  peer_make_init (peer);
  peer_send_init (peer);
  peer_send_init (peer);
  peer_send_init (peer);
  first = world_take (world, &home, KH_DATAGRAM_RESP);
  second = world_take (world, &home, KH_DATAGRAM_RESP);
  g_assert_cmpmem (first->data, first->len, second->data, second->len);
  g_assert_true (peer_read_resp (peer));
  g_assert_cmpuint (world_stats (world).handshakes, ==, 1);
  g_assert_cmpuint (world_stats (world).clients, ==, 1);
  g_assert_cmpuint (world->out_bytes, <=, world->in_bytes);
}

static void
test_unconfirmed_is_forgotten (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) peer = peer_new (world, &home);
  gint64 start = world->now_us;

  g_assert_true (peer_connect (peer));
  /* That it asks again does not keep it. */
  world_run_until (world, start + 4 * G_USEC_PER_SEC);
  peer_send_init (peer);
  g_assert_cmpint (kh_server_next_timeout (world->server), ==, start + 5 * G_USEC_PER_SEC);
  world_run_until (world, start + 5 * G_USEC_PER_SEC);
  g_assert_cmpuint (world_stats (world).clients, ==, 0);
  peer_send (peer, &ping);
  g_assert_cmpuint (world_stats (world).unknown, ==, 1);
}

static void
test_confirmed_stays (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) peer = peer_new (world, &home);

  g_assert_true (peer_connect (peer));
  g_assert_cmpuint (peer_ask (peer, ping), ==, KH_LINK_OK);
  world_run_until (world, world->now_us + 60 * G_USEC_PER_SEC);
  g_assert_cmpuint (world_stats (world).clients, ==, 1);
}

static void
test_init_must_agree_with_its_payload (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) peer = peer_new (world, &home);

  g_assert_true (peer_hello (peer));
  peer_make_init (peer);
  peer->init[1] ^= 1; /* the sender's index, outside what Noise covers */
  peer_send_init (peer);
  g_assert_cmpuint (world->packets.length, ==, 0);
  g_assert_cmpuint (world_stats (world).unauthentic, ==, 1);
  g_assert_cmpuint (world_stats (world).clients, ==, 0);
}

static void
test_new_link_replaces (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) old = peer_new (world, &home);
  g_autoptr (Peer) new = peer_new_like (old, &away);
  g_autofree Message *push = NULL;

  g_assert_true (peer_register (old));
  g_assert_true (peer_connect (new));
  /* Whoever replays an INIT throws nobody out: only a sealed packet does. */
  g_assert_cmpuint (world_stats (world).registered, ==, 1);
  g_assert_cmpuint (peer_ask (old, ping), ==, KH_LINK_OK);

  g_assert_cmpuint (peer_ask (new, (KhLinkMessage){ .type = KH_LINK_REGISTER }), ==, KH_LINK_OK);
  push = peer_expect (old, KH_LINK_GOING_AWAY);
  g_assert_cmpuint (push->message.reason, ==, KH_GOING_AWAY_REPLACED);
  g_assert_cmpuint (world_stats (world).registered, ==, 1);
  g_assert_cmpuint (world_stats (world).clients, ==, 2);
  g_assert_cmpuint (peer_ask (old, ping), ==, KH_LINK_SERVER_GOING_AWAY);
  peer_acknowledge (old, push->message.id);
  g_assert_cmpuint (world_stats (world).clients, ==, 1);
  g_assert_cmpuint (peer_ask (new, ping), ==, KH_LINK_OK);
}

static void
test_replaced_and_gone (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) old = peer_new (world, &home);
  g_autoptr (Peer) new = peer_new_like (old, &away);
  guint n = 0;
  Packet *packet;

  g_assert_true (peer_register (old));
  g_assert_true (peer_register (new));
  world_run_until (world, world->now_us + 20 * G_USEC_PER_SEC);
  while ((packet = world_take (world, &home, KH_DATAGRAM_SEALED)) != NULL)
    {
      g_free (packet);
      n++;
    }
  g_assert_cmpuint (n, ==, 5);
  g_assert_cmpuint (world_stats (world).clients, ==, 1);
  g_assert_cmpuint (world_stats (world).registered, ==, 1);
}

static void
test_roaming (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) peer = peer_new (world, &home);
  guint8 late[KH_DATAGRAM_MAX];
  gsize late_len;
  g_autofree Message *reply = NULL;
  g_autofree Message *late_reply = NULL;

  g_assert_true (peer_register (peer));
  late_len = peer_seal (peer, &ping, late);
  peer->addr = away;
  peer_send (peer, &ping);
  reply = peer_expect (peer, KH_LINK_REPLY);
  g_assert_true (kh_addr_equal (&reply->message.seen, &away));
  /* An older packet that arrives late from the old address does not move it back. */
  world_give (world, &home, late, late_len);
  late_reply = peer_expect (peer, KH_LINK_REPLY);
  g_assert_true (kh_addr_equal (&late_reply->message.seen, &away));
}

static void
test_roaming_needs_a_genuine_packet (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) peer = peer_new (world, &home);
  guint8 buf[KH_DATAGRAM_MAX];
  gsize len;

  g_assert_true (peer_register (peer));
  len = peer_seal (peer, &ping, buf);
  buf[len - 1] ^= 1;
  world_give (world, &away, buf, len);
  g_assert_cmpuint (world_stats (world).unauthentic, ==, 1);
  buf[len - 1] ^= 1;
  world_give (world, &home, buf, len);
  world_drop_packets (world);
  world_give (world, &away, buf, len);
  g_assert_cmpuint (world_stats (world).replayed, ==, 1);
  g_assert_cmpuint (world->packets.length, ==, 0);
  g_assert_cmpuint (peer_ask (peer, ping), ==, KH_LINK_OK);
}

static void
test_roaming_to_the_other_family (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) peer = peer_new (world, &home);

  g_assert_true (peer_register (peer));
  g_assert_true (kh_addr_parse ("[2001:db8::7]:9", 1, &peer->addr));
  /* The harness checks that the answer leaves by the socket of its address. */
  g_assert_cmpuint (peer_ask (peer, ping), ==, KH_LINK_OK);
}

static void
test_idle_timeout (void)
{
  g_autoptr (World) world = world_new (NULL);
  KhAddr second = home;
  g_autoptr (Peer) quiet = peer_new (world, &home);
  g_autoptr (Peer) alive = NULL;
  gint64 start = world->now_us;

  second.port++;
  alive = peer_new (world, &second);
  g_assert_true (peer_register (alive));
  g_assert_true (peer_register (quiet));
  for (int i = 1; i <= 8; i++)
    {
      world_run_until (world, start + i * 25 * G_USEC_PER_SEC);
      g_assert_cmpuint (peer_ask (alive, ping), ==, KH_LINK_OK);
      g_assert_cmpuint (world_stats (world).registered, ==, i * 25 < 90 ? 2 : 1);
    }
  g_assert_cmpint (kh_server_next_timeout (world->server), ==,
                   world->now_us + kh_server_limits_default ().idle_timeout_us);
  world_run_until (world, KH_NEVER - 1);
  g_assert_cmpuint (world_stats (world).clients, ==, 0);
}

static void
test_quiet_when_idle (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) peer = peer_new (world, &home);
  guint64 sent;

  g_assert_true (peer_register (peer));
  sent = world->out_packets;
  world_run_until (world, world->now_us + 80 * G_USEC_PER_SEC);
  g_assert_cmpuint (world->out_packets, ==, sent);
}

static void
test_malformed_inside_a_seal (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) peer = peer_new (world, &home);
  static const KhLinkType from_servers[] = { KH_LINK_REPLY, KH_LINK_KNOCKED, KH_LINK_ANSWERED,
                                             KH_LINK_READY, KH_LINK_GOING_AWAY };

  g_assert_true (peer_register (peer));
  for (gsize i = 0; i < G_N_ELEMENTS (from_servers); i++)
    {
      peer_send (peer, &(KhLinkMessage){ .type = from_servers[i], .id = 1 });
      g_assert_cmpuint (world_stats (world).malformed, ==, i + 1);
    }
  g_assert_cmpuint (world->packets.length, ==, 0);
}

/* Valid packets with a few bytes changed, at every stage of a link: nothing but the untouched
 * ones has an effect, and none makes the server send more than it was sent before it knew. */
static void
test_mutations (void)
{
  KhServerLimits limits = kh_server_limits_default ();
  g_autoptr (World) world = NULL;
  g_autoptr (Peer) peer = NULL;
  guint8 buf[KH_DATAGRAM_MAX];

  limits.init_rate = limits.init_burst = limits.init_rate_total = 100000;
  limits.hello_rate = limits.hello_burst = 100000;
  world = world_new (&limits);
  peer = peer_new (world, &home);
  g_assert_true (peer_hello (peer));
  peer_make_init (peer);
  for (guint i = 0; i < 400; i++)
    {
      guint at = (guint) g_rand_int_range (world->rand, 0, (int) peer->init_len);

      memcpy (buf, peer->init, peer->init_len);
      buf[at] ^= (guint8) (1 << g_rand_int_range (world->rand, 0, 8));
      world_give (world, &home, buf, peer->init_len);
    }
  g_assert_cmpuint (world->packets.length, ==, 0);
  g_assert_cmpuint (world_stats (world).clients, ==, 0);

  peer_send_init (peer);
  g_assert_true (peer_read_resp (peer));
  for (guint i = 0; i < 5000; i++)
    {
      gsize len = peer_seal (peer, &ping, buf);
      guint at = (guint) g_rand_int_range (world->rand, 0, (int) len);
      guint8 bit = (guint8) (1 << g_rand_int_range (world->rand, 0, 8));
      gsize cut = (gsize) g_rand_int_range (world->rand, 0, (int) len);

      buf[at] ^= bit;
      world_give (world, &away, buf, len);
      buf[at] ^= bit;
      world_give (world, &away, buf, cut);
      g_assert_cmpuint (world->packets.length, ==, 0);
    }
  g_assert_cmpuint (peer_ask (peer, ping), ==, KH_LINK_OK);
  g_assert_cmpuint (world_stats (world).clients, ==, 1);
}

/* Well-formed and well-sealed, but with random bodies: a hostile client. */
static void
test_hostile_client (void)
{
  KhServerLimits limits = kh_server_limits_default ();
  g_autoptr (World) world = NULL;
  g_autoptr (Peer) peer = NULL;
  guint8 buf[KH_DATAGRAM_MAX];

  limits.request_rate = limits.request_burst = 100000;
  world = world_new (&limits);
  peer = peer_new (world, &home);
  g_assert_true (peer_register (peer));
  for (guint i = 0; i < 20000; i++)
    {
      KhWriter writer = kh_writer_init (buf, sizeof buf);
      KhSealed header = { .receiver = peer->remote_index, .packet_number = peer->keys.next_number };
      gsize len = (gsize) g_rand_int_range (world->rand, 0, 100);
      guint8 *payload;

      kh_sealed_write (&writer, &header);
      payload = kh_writer_reserve (&writer, len + KH_AEAD_TAG_SIZE);
      for (gsize j = 0; j < len; j++)
        payload[j] = (guint8) g_rand_int (world->rand);
      if (len > 0)
        payload[0] = (guint8) g_rand_int_range (world->rand, 1, 8); /* all but BYE */
      g_assert_true (kh_key_pair_seal (&peer->keys, header.packet_number, buf,
                                       KH_SEALED_HEADER_SIZE, payload, len));
      world_give (world, &home, buf, writer.len);
      world_drop_packets (world);
    }
  g_assert_cmpuint (world_stats (world).unauthentic, ==, 0);
  g_assert_cmpuint (world_stats (world).clients, ==, 1);
  g_assert_cmpuint (peer_ask (peer, ping), ==, KH_LINK_OK);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/links/happy-path", test_happy_path);
  g_test_add_func ("/server/links/about", test_about);
  g_test_add_func ("/server/links/init-again", test_init_again_is_the_same_resp);
  g_test_add_func ("/server/links/unconfirmed-is-forgotten", test_unconfirmed_is_forgotten);
  g_test_add_func ("/server/links/confirmed-stays", test_confirmed_stays);
  g_test_add_func ("/server/links/init-agrees-with-payload", test_init_must_agree_with_its_payload);
  g_test_add_func ("/server/links/new-link-replaces", test_new_link_replaces);
  g_test_add_func ("/server/links/replaced-and-gone", test_replaced_and_gone);
  g_test_add_func ("/server/links/roaming", test_roaming);
  g_test_add_func ("/server/links/roaming-is-authenticated", test_roaming_needs_a_genuine_packet);
  g_test_add_func ("/server/links/roaming-to-the-other-family", test_roaming_to_the_other_family);
  g_test_add_func ("/server/links/idle-timeout", test_idle_timeout);
  g_test_add_func ("/server/links/quiet-when-idle", test_quiet_when_idle);
  g_test_add_func ("/server/links/malformed-inside-a-seal", test_malformed_inside_a_seal);
  g_test_add_func ("/server/links/mutations", test_mutations);
  g_test_add_func ("/server/links/hostile-client", test_hostile_client);
  return g_test_run ();
}
