/* test-admission.c: what the server gives to those it does not know */
#include "harness.h"

#include <malloc.h>
#include <string.h>

static const KhAddr somebody = { .family = KH_FAMILY_IPV4, .ip = { 192, 0, 2, 1 }, .port = 5000 };

static KhAddr
numbered_addr (guint i)
{
  return kh_addr_ipv4 ((guint8) (11 + (i >> 24)), (guint8) (i >> 16), (guint8) (i >> 8), (guint8) i,
                       4000);
}

static void
test_hello_is_answered_in_kind (void)
{
  g_autoptr (World) world = world_new (NULL);
  KhAddr ipv6;
  g_autoptr (Peer) a = peer_new (world, &somebody);
  g_autoptr (Peer) b = NULL;

  g_assert_true (kh_addr_parse ("[2001:db8::1]:9", 1, &ipv6));
  b = peer_new (world, &ipv6);
  g_assert_true (peer_hello (a));
  g_assert_true (peer_hello (b));
  g_assert_cmpuint (world->out_bytes, <=, world->in_bytes);
  g_assert_cmpuint (world_stats (world).clients, ==, 0);
  g_assert_cmpuint (world_stats (world).handshakes, ==, 0);
}

static void
test_hello_of_another_version (void)
{
  g_autoptr (World) world = world_new (NULL);
  guint8 hello[KH_HELLO_SIZE] = { KH_DATAGRAM_HELLO, 9 };
  g_autofree Packet *packet = NULL;
  KhHelloAck ack;

  world_give (world, &somebody, hello, sizeof hello);
  packet = world_take (world, &somebody, KH_DATAGRAM_HELLO_ACK);
  g_assert_nonnull (packet);
  g_assert_true (kh_hello_ack_read (packet->data, packet->len, &ack));
  g_assert_cmpuint (ack.version_min, ==, KH_PROTOCOL_VERSION);
  g_assert_cmpuint (ack.version_max, ==, KH_PROTOCOL_VERSION);
}

/* Random bytes behind every first byte, at every length. */
static void
test_garbage_is_never_amplified (void)
{
  g_autoptr (World) world = world_new (NULL);
  guint8 buf[KH_DATAGRAM_MAX + 64];

  for (guint i = 0; i < 60000; i++)
    {
      KhAddr from = numbered_addr (i);
      gsize len = (gsize) g_rand_int_range (world->rand, 0, i % 3 == 0 ? (int) sizeof buf : 160);
      guint64 in = world->in_bytes;
      guint64 out = world->out_bytes;

      for (gsize j = 0; j < len; j++)
        buf[j] = (guint8) g_rand_int (world->rand);
      if (i % 2 == 0)
        buf[0] = (guint8) (0x20 + i % 6);
      world_give (world, &from, buf, len);
      g_assert_cmpuint (world->out_bytes - out, <=, world->in_bytes - in);
      world_drop_packets (world);
    }
  g_assert_cmpuint (world_stats (world).handshakes, ==, 0);
  g_assert_cmpuint (world_stats (world).clients, ==, 0);
  g_assert_cmpint (kh_server_next_timeout (world->server), ==, KH_NEVER);
}

static void
test_wrong_sizes (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) peer = peer_new (world, &somebody);
  guint8 hello[KH_DATAGRAM_MAX + 1] = { KH_DATAGRAM_HELLO, 1 };

  for (gsize len = 0; len < KH_HELLO_SIZE; len++)
    world_give (world, &somebody, hello, len);
  world_give (world, &somebody, hello, sizeof hello);
  g_assert_cmpuint (world->out_packets, ==, 0);

  g_assert_true (peer_hello (peer));
  peer_make_init (peer);
  for (gsize len = 0; len < peer->init_len; len++)
    world_give (world, &somebody, peer->init, len);
  world_give (world, &somebody, peer->init, peer->init_len + 1);
  g_assert_cmpuint (world_stats (world).handshakes, ==, 0);
  peer_send_init (peer);
  g_assert_true (peer_read_resp (peer));
}

static void
test_not_from_nowhere (void)
{
  g_autoptr (World) world = world_new (NULL);
  static const char *const nowhere[] = { "0.0.0.0:1",         "192.0.2.1:0", "224.0.0.1:1",
                                         "255.255.255.255:9", "[::]:1",      "[ff02::1]:1" };
  guint8 hello[KH_HELLO_SIZE] = { KH_DATAGRAM_HELLO, 1 };

  for (gsize i = 0; i < G_N_ELEMENTS (nowhere); i++)
    {
      KhAddr from;

      g_assert_true (kh_addr_parse (nowhere[i], 0, &from));
      world_give (world, &from, hello, sizeof hello);
    }
  g_assert_cmpuint (world->out_packets, ==, 0);
  g_assert_cmpuint (world_stats (world).malformed, ==, G_N_ELEMENTS (nowhere));
}

static void
test_no_handshake_without_cookie (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) peer = peer_new (world, &somebody);
  KhAddr elsewhere = kh_addr_ipv4 (192, 0, 2, 2, somebody.port);
  KhAddr other_port = somebody;

  peer_make_init (peer);
  peer_send_init (peer);
  g_assert_cmpuint (world_stats (world).bad_cookie, ==, 1);

  /* A genuine cookie is good for no other address, nor port. */
  g_assert_true (peer_hello (peer));
  peer_make_init (peer);
  other_port.port++;
  world_give (world, &elsewhere, peer->init, peer->init_len);
  world_give (world, &other_port, peer->init, peer->init_len);
  g_assert_cmpuint (world_stats (world).bad_cookie, ==, 3);
  g_assert_cmpuint (world_stats (world).handshakes, ==, 0);

  peer_send_init (peer);
  g_assert_true (peer_read_resp (peer));
  g_assert_cmpuint (world_stats (world).handshakes, ==, 1);
}

static void
test_cookie_expires (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) peer = peer_new (world, &somebody);

  g_assert_true (peer_hello (peer));
  world->now_us += G_GINT64_CONSTANT (241) * G_USEC_PER_SEC;
  peer_make_init (peer);
  peer_send_init (peer);
  g_assert_cmpuint (world_stats (world).bad_cookie, ==, 1);
  g_assert_true (peer_connect (peer));
}

static void
test_hello_rate (void)
{
  KhServerLimits limits = kh_server_limits_default ();
  g_autoptr (World) world = NULL;
  g_autoptr (Peer) peer = NULL;
  g_autoptr (Peer) neighbour = NULL;
  KhAddr beside = kh_addr_ipv4 (192, 0, 2, 2, 1);

  limits.hello_rate = 2;
  limits.hello_burst = 3;
  world = world_new (&limits);
  peer = peer_new (world, &somebody);
  neighbour = peer_new (world, &beside);
  for (int i = 0; i < 3; i++)
    g_assert_true (peer_hello (peer));
  g_assert_false (peer_hello (peer));
  /* Another port is the same source, another address is not. */
  peer->addr.port++;
  g_assert_false (peer_hello (peer));
  g_assert_true (peer_hello (neighbour));
  world->now_us += G_USEC_PER_SEC / 2;
  g_assert_true (peer_hello (peer));
  g_assert_cmpuint (world_stats (world).rate_limited, ==, 2);
}

static void
test_init_rates (void)
{
  KhServerLimits limits = kh_server_limits_default ();
  g_autoptr (World) world = NULL;

  limits.init_burst = 2;
  limits.init_rate_total = 6;
  world = world_new (&limits);
  /* Five sources with three handshakes each: two a source, six in all. */
  for (guint i = 0; i < 15; i++)
    {
      KhAddr addr = numbered_addr (i / 3);
      g_autoptr (Peer) peer = peer_new (world, &addr);

      g_assert_true (peer_hello (peer));
      peer_make_init (peer);
      peer_send_init (peer);
      g_assert_cmpint (peer_read_resp (peer), ==, i % 3 < 2 && i / 3 < 3);
    }
  g_assert_cmpuint (world_stats (world).handshakes, ==, 6);
}

static void
test_clients_are_bounded (void)
{
  KhServerLimits limits = kh_server_limits_default ();
  g_autoptr (World) world = NULL;
  Peer *peers[6];

  limits.max_clients = 5;
  limits.max_unconfirmed = 2;
  world = world_new (&limits);
  for (guint i = 0; i < 6; i++)
    {
      KhAddr addr = numbered_addr (i);

      peers[i] = peer_new (world, &addr);
    }
  g_assert_true (peer_connect (peers[0]));
  g_assert_true (peer_connect (peers[1]));
  g_assert_false (peer_connect (peers[2]));
  g_assert_cmpuint (world_stats (world).full, ==, 1);
  for (guint i = 0; i < 5; i++)
    {
      if (i >= 2)
        g_assert_true (peer_connect (peers[i]));
      g_assert_cmpuint (peer_ask (peers[i], (KhLinkMessage){ .type = KH_LINK_REGISTER }), ==, 0);
    }
  g_assert_false (peer_connect (peers[5]));
  g_assert_cmpuint (world_stats (world).full, ==, 2);
  g_assert_cmpuint (peer_ask (peers[0], (KhLinkMessage){ .type = KH_LINK_BYE }), ==, 0);
  g_assert_true (peer_register (peers[5]));
  g_assert_cmpuint (world_stats (world).clients, ==, 5);
  for (guint i = 0; i < 6; i++)
    peer_free (peers[i]);
}

/* 100,000 HELLOs and 100,000 INITs with invented cookies, each from its own address, in one
 * second: nothing is computed, nothing is kept, and whoever is real gets in through all of it. */
static void
test_flood_of_spoofed_addresses (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) liar = peer_new (world, &somebody);
  guint8 hello[KH_HELLO_SIZE] = { KH_DATAGRAM_HELLO, 1 };
  struct mallinfo2 before;
  struct mallinfo2 after;
  guint entered = 0;

  peer_make_init (liar);
  before = mallinfo2 ();
  for (guint i = 0; i < 100000; i++)
    {
      KhAddr from = numbered_addr (i);

      world->now_us += 10;
      world_give (world, &from, hello, sizeof hello);
      for (guint j = 5; j < 5 + KH_COOKIE_SIZE; j++)
        liar->init[j] = (guint8) (g_rand_int (world->rand) & (j < 13 ? 0 : 0xff));
      world_give (world, &from, liar->init, liar->init_len);
      world_drop_packets (world);
      if (i % 10000 == 5000)
        {
          KhAddr addr = kh_addr_ipv4 (198, 51, 100, (guint8) (i / 10000), 77);
          g_autoptr (Peer) peer = peer_new (world, &addr);

          entered += peer_register (peer);
        }
    }
  after = mallinfo2 ();

  g_assert_cmpuint (entered, ==, 10);
  g_assert_cmpuint (world_stats (world).handshakes, ==, 10);
  g_assert_cmpuint (world_stats (world).clients, ==, 10);
  g_assert_cmpuint (world_stats (world).bad_cookie, ==, 100000);
  g_assert_cmpuint (world->out_bytes, <=, world->in_bytes);
  g_assert_cmpuint (after.uordblks + after.hblkhd, <, before.uordblks + before.hblkhd + 100000);
}

static void
test_memory_of_a_client (void)
{
  const guint n = 1000;
  KhServerLimits limits = kh_server_limits_default ();
  g_autoptr (World) world = NULL;
  struct mallinfo2 before;
  struct mallinfo2 after;

  limits.init_rate_total = 100000;
  world = world_new (&limits);
  for (guint i = 0; i < 2; i++)
    {
      /* Whatever is allocated once is so after the first. */
      KhAddr addr = numbered_addr (n + i);
      g_autoptr (Peer) peer = peer_new (world, &addr);

      g_assert_true (peer_register (peer));
    }
  before = mallinfo2 ();
  for (guint i = 0; i < n; i++)
    {
      KhAddr addr = numbered_addr (i);
      g_autoptr (Peer) peer = peer_new (world, &addr);

      g_assert_true (peer_register (peer));
    }
  after = mallinfo2 ();
  g_test_message ("%zu bytes a client", (after.uordblks - before.uordblks) / n);
  g_assert_cmpuint (after.uordblks - before.uordblks, >, 100 * n);
  g_assert_cmpuint (after.uordblks - before.uordblks, <=, 400 * n);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/admission/hello", test_hello_is_answered_in_kind);
  g_test_add_func ("/server/admission/hello-of-another-version", test_hello_of_another_version);
  g_test_add_func ("/server/admission/garbage", test_garbage_is_never_amplified);
  g_test_add_func ("/server/admission/wrong-sizes", test_wrong_sizes);
  g_test_add_func ("/server/admission/not-from-nowhere", test_not_from_nowhere);
  g_test_add_func ("/server/admission/no-handshake-without-cookie",
                   test_no_handshake_without_cookie);
  g_test_add_func ("/server/admission/cookie-expires", test_cookie_expires);
  g_test_add_func ("/server/admission/hello-rate", test_hello_rate);
  g_test_add_func ("/server/admission/init-rates", test_init_rates);
  g_test_add_func ("/server/admission/clients-are-bounded", test_clients_are_bounded);
  g_test_add_func ("/server/admission/flood", test_flood_of_spoofed_addresses);
  /* A sanitizer's allocator does not count. */
  if (mallinfo2 ().uordblks > 0)
    g_test_add_func ("/server/admission/memory-of-a-client", test_memory_of_a_client);
  return g_test_run ();
}
