/* test-relay-limits.c: what the relay refuses, and what it drops (PROTOCOL.md, "Relay") */
#include "relay.h"

static void
test_off (void)
{
  KhServerLimits limits = kh_server_limits_default ();
  g_autoptr (World) world = NULL;
  g_autoptr (Peer) a = NULL;
  g_autoptr (Peer) b = NULL;

  limits.max_channels = 0;
  world = world_new (&limits);
  a = peer_add (world, 1);
  b = peer_add (world, 2);
  g_assert_cmphex (relay_knock (a, b), ==, 0);
  g_assert_cmphex (relay_answer (b, a), ==, 0);
  relay_send (a, 0, 10);
  relay_expect_refused (a, 0, KH_LINK_UNKNOWN_CHANNEL);
}

static guint
count_relayed (World *world, Peer *from, Peer *to, guint32 channel, guint n)
{
  guint n_came = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autofree Message *message = NULL;

      relay_send (from, channel, 1000 - KH_RELAY_OVERHEAD);
      message = peer_next (to);
      n_came += message != NULL && message->message.type == KH_LINK_RELAY;
    }
  return n_came;
}

/* The operator changes their mind while two are talking. */
static void
test_changed (void)
{
  KhServerLimits limits = kh_server_limits_default ();
  g_autoptr (World) world = world_new (&limits);
  g_autoptr (Peer) a = peer_add (world, 1);
  g_autoptr (Peer) b = peer_add (world, 2);
  guint32 channel = relay_introduce (a, b);

  g_assert_cmpuint (count_relayed (world, a, b, channel, 10), ==, 10);
  limits.relay_rate = 5000;
  limits.relay_burst = 5000;
  kh_server_set_relay (world->server, &limits);
  g_assert_cmpuint (count_relayed (world, b, a, channel, 20), ==, 5);
  limits.max_channels = 0;
  kh_server_set_relay (world->server, &limits);
  g_assert_cmpuint (world_stats (world).channels, ==, 0);
  world->now_us += G_USEC_PER_SEC;
  relay_send (a, channel, 10);
  relay_expect_refused (a, channel, KH_LINK_UNKNOWN_CHANNEL);
  limits = kh_server_limits_default ();
  kh_server_set_relay (world->server, &limits);
  channel = relay_introduce (a, b);
  g_assert_cmpuint (count_relayed (world, b, a, channel, 20), ==, 20);
}

static void
test_rate (void)
{
  KhServerLimits limits = kh_server_limits_default ();
  g_autoptr (World) world = NULL;
  g_autoptr (Peer) a = NULL;
  g_autoptr (Peer) b = NULL;
  guint32 channel;

  limits.relay_rate = 5000;
  limits.relay_burst = 20000;
  world = world_new (&limits);
  a = peer_add (world, 1);
  b = peer_add (world, 2);
  channel = relay_introduce (a, b);
  g_assert_cmpuint (count_relayed (world, a, b, channel, 50), ==, 20);
  g_assert_cmpuint (world_stats (world).relay_limited, ==, 30);
  world->now_us += 2 * G_USEC_PER_SEC;
  g_assert_cmpuint (count_relayed (world, a, b, channel, 50), ==, 10);
  /* Each pays for what it sends, and nobody for others. */
  g_assert_cmpuint (count_relayed (world, b, a, channel, 50), ==, 20);
  world_expect_silence (world);
}

static void
test_volume (void)
{
  KhServerLimits limits = kh_server_limits_default ();
  g_autoptr (World) world = NULL;
  g_autoptr (Peer) a = NULL;
  g_autoptr (Peer) b = NULL;
  g_autoptr (Peer) again = NULL;
  guint32 channel;

  limits.relay_volume = 24000;
  limits.idle_timeout_us = limits.channel_timeout_us = KH_NEVER / 2;
  world = world_new (&limits);
  a = peer_add (world, 1);
  b = peer_add (world, 2);
  channel = relay_introduce (a, b);
  g_assert_cmpuint (count_relayed (world, a, b, channel, 50), ==, 24);
  relay_expect_refused (a, channel, KH_LINK_RATE_LIMITED);
  world_expect_silence (world);

  /* To leave and come back is no way around it. */
  g_assert_cmpuint (peer_ask (a, (KhLinkMessage){ .type = KH_LINK_BYE }), ==, KH_LINK_OK);
  again = peer_new_like (a, &a->addr);
  g_assert_true (peer_register (again));
  channel = relay_introduce (again, b);
  g_assert_cmpuint (count_relayed (world, again, b, channel, 1), ==, 0);
  world_drop_packets (world);
  /* A day has 24 hours. */
  world->now_us += G_GINT64_CONSTANT (3) * 3600 * G_USEC_PER_SEC;
  g_assert_cmpuint (count_relayed (world, again, b, channel, 50), ==, 3);
}

/* More than the ring holds, without a poll: the rest is dropped and nothing else happens. */
static void
test_ring_is_bounded (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = peer_add (world, 1);
  g_autoptr (Peer) b = peer_add (world, 2);
  guint32 channel = relay_introduce (a, b);
  KhLinkMessage message = { .type = KH_LINK_RELAY, .id = channel };
  guint n = 0;

  for (guint i = 0; i < 5000; i++)
    {
      guint8 data[KH_DATAGRAM_MAX];
      KhDatagram in = { .remote = a->addr, .data = data, .len = peer_seal (a, &message, data) };

      kh_server_receive (world->server, &in, world->now_us);
    }
  world_run_until (world, world->now_us);
  n = world->packets.length;
  g_assert_cmpuint (n, >=, 64);
  g_assert_cmpuint (n, <, 5000);
  g_assert_cmpuint (world_stats (world).relayed, ==, n);
  g_assert_cmpuint (world_stats (world).relay_dropped, ==, 5000 - n);
}

static void
test_silent_while_leaving (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = peer_add (world, 1);
  g_autoptr (Peer) b = peer_add (world, 2);
  guint32 channel = relay_introduce (a, b);

  kh_server_shutdown (world->server, world->now_us);
  g_assert_cmpuint (world_stats (world).channels, ==, 0);
  world_run_until (world, world->now_us);
  world_drop_packets (world);
  relay_send (a, channel, 10);
  world_expect_silence (world);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/relay/off", test_off);
  g_test_add_func ("/server/relay/rate", test_rate);
  g_test_add_func ("/server/relay/changed", test_changed);
  g_test_add_func ("/server/relay/volume", test_volume);
  g_test_add_func ("/server/relay/ring-is-bounded", test_ring_is_bounded);
  g_test_add_func ("/server/relay/silent-while-leaving", test_silent_while_leaving);
  return g_test_run ();
}
