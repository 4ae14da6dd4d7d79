/* test-relay.c: who has a channel, and for how long (PROTOCOL.md, "Relay") */
#include "relay.h"

static void
test_both_ways (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = peer_add (world, 1);
  g_autoptr (Peer) b = peer_add (world, 2);
  guint32 channel = relay_introduce (a, b);

  relay_send (a, channel, 0);
  relay_expect (b, channel, 0);
  relay_send (a, channel, KH_RELAY_PAYLOAD_MAX);
  relay_expect (b, channel, KH_RELAY_PAYLOAD_MAX);
  relay_send (b, channel, 100);
  relay_expect (a, channel, 100);
  world_expect_silence (world);
  g_assert_cmpuint (world_stats (world).relayed, ==, 3);
  g_assert_cmpuint (world_stats (world).relayed_bytes, ==, KH_RELAY_PAYLOAD_MAX + 100);
  g_assert_cmpuint (world_stats (world).channels, ==, 1);
}

static void
test_follows_the_client (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = peer_add (world, 1);
  g_autoptr (Peer) b = peer_add (world, 2);
  guint32 channel = relay_introduce (a, b);

  b->addr = kh_addr_ipv4 (198, 51, 100, 7, 1234);
  g_assert_cmpuint (peer_ask (b, (KhLinkMessage){ .type = KH_LINK_PING }), ==, KH_LINK_OK);
  relay_send (a, channel, 10);
  relay_expect (b, channel, 10);
}

static void
test_not_before_the_answer (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = peer_add (world, 1);
  g_autoptr (Peer) b = peer_add (world, 2);
  guint32 channel = relay_knock (a, b);

  /* From B it may have overtaken its ANSWER, so nobody is told that anything is wrong. */
  relay_send (b, channel, 10);
  relay_send (a, channel, 10);
  world_expect_silence (world);
  g_assert_cmpuint (world_stats (world).relay_dropped, ==, 2);
  g_assert_cmphex (relay_answer (b, a), ==, channel);
  relay_send (b, channel, 10);
  relay_expect (a, channel, 10);
}

static void
test_not_without_a_knock (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = peer_add (world, 1);
  g_autoptr (Peer) b = peer_add (world, 2);
  guint32 channel;

  g_assert_cmphex (relay_answer (b, a), ==, 0);
  channel = relay_knock (a, b);
  /* An answer the wrong way round opens nothing. */
  g_assert_cmphex (relay_answer (a, b), ==, 0);
  relay_send (a, channel, 10);
  world_expect_silence (world);
  g_assert_cmpuint (world_stats (world).relayed, ==, 0);
}

static void
test_not_for_others (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = peer_add (world, 1);
  g_autoptr (Peer) b = peer_add (world, 2);
  g_autoptr (Peer) c = peer_add (world, 3);
  guint32 offered = relay_knock (b, a);
  guint32 channel = relay_introduce (a, b);

  relay_send (c, channel, 10);
  relay_expect_refused (c, channel, KH_LINK_UNKNOWN_CHANNEL);
  world->now_us += G_USEC_PER_SEC;
  relay_send (c, offered, 10);
  relay_expect_refused (c, offered, KH_LINK_UNKNOWN_CHANNEL);
  world_expect_silence (world);
  g_assert_cmpuint (world_stats (world).relayed, ==, 0);
  g_assert_cmpuint (world_stats (world).relay_unknown, ==, 2);
}

static void
test_refusals_are_few (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = peer_add (world, 1);

  for (guint i = 0; i < 100; i++)
    relay_send (a, 0, 10);
  relay_expect_refused (a, 0, KH_LINK_UNKNOWN_CHANNEL);
  world_expect_silence (world);
  world->now_us += G_USEC_PER_SEC;
  relay_send (a, 77, 10);
  relay_expect_refused (a, 77, KH_LINK_UNKNOWN_CHANNEL);
}

static void
test_knock_again (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = peer_add (world, 1);
  g_autoptr (Peer) b = peer_add (world, 2);
  guint32 first = relay_introduce (a, b);
  guint32 offered = relay_knock (a, b);
  guint32 second;

  /* The first goes on until the other is used: nothing is lost between. */
  g_assert_cmphex (offered, !=, first);
  g_assert_cmphex (relay_knock (a, b), ==, offered);
  second = relay_answer (b, a);
  g_assert_cmphex (second, ==, offered);
  relay_send (a, first, 10);
  relay_expect (b, first, 10);
  relay_send (b, second, 11);
  relay_expect (a, second, 11);
}

static void
test_glare (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = peer_add (world, 1);
  g_autoptr (Peer) b = peer_add (world, 2);
  guint32 a_to_b = relay_knock (a, b);
  guint32 b_to_a = relay_knock (b, a);

  g_assert_cmphex (a_to_b, !=, b_to_a);
  g_assert_cmphex (relay_answer (b, a), ==, a_to_b);
  relay_send (a, a_to_b, 10);
  relay_expect (b, a_to_b, 10);
}

static void
test_ends_with_a_link (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (World) world = world_new (NULL);
      g_autoptr (Peer) a = peer_add (world, 1);
      g_autoptr (Peer) b = peer_add (world, 2);
      guint32 channel = relay_introduce (a, b);
      Peer *leaves = i == 0 ? a : b;
      Peer *stays = i == 0 ? b : a;

      g_assert_cmpuint (peer_ask (leaves, (KhLinkMessage){ .type = KH_LINK_BYE }), ==, KH_LINK_OK);
      g_assert_cmpuint (world_stats (world).channels, ==, 0);
      relay_send (stays, channel, 10);
      relay_expect_refused (stays, channel, KH_LINK_UNKNOWN_CHANNEL);
      world_expect_silence (world);
    }
}

/* The same person with a new link: a restart of the link must not cut sessions. */
static void
test_moves_to_a_new_link (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (World) world = world_new (NULL);
      g_autoptr (Peer) a = peer_add (world, 1);
      g_autoptr (Peer) b = peer_add (world, 2);
      guint32 channel = relay_introduce (a, b);
      KhAddr elsewhere = kh_addr_ipv4 (198, 51, 100, 7, 1234);
      g_autoptr (Peer) again = peer_new_like (i == 0 ? a : b, &elsewhere);
      Peer *other = i == 0 ? b : a;

      g_assert_true (peer_register (again));
      world_drop_packets (world);
      relay_send (other, channel, 10);
      relay_expect (again, channel, 10);
      relay_send (again, channel, 11);
      relay_expect (other, channel, 11);
      /* The old link has no part in it any more, and its end changes nothing. */
      world_run_until (world, world->now_us + 30 * G_USEC_PER_SEC);
      world_drop_packets (world);
      relay_send (other, channel, 10);
      relay_expect (again, channel, 10);
    }
}

static void
test_idle (void)
{
  KhServerLimits limits = kh_server_limits_default ();
  g_autoptr (World) world = NULL;
  g_autoptr (Peer) a = NULL;
  g_autoptr (Peer) b = NULL;
  guint32 used, unused;

  limits.idle_timeout_us = KH_NEVER / 2;
  world = world_new (&limits);
  a = peer_add (world, 1);
  b = peer_add (world, 2);
  used = relay_introduce (a, b);
  unused = relay_introduce (a, b);
  world_run_until (world, world->now_us + limits.channel_timeout_us / 2);
  relay_send (b, used, 10);
  relay_expect (a, used, 10);
  world_run_until (world, world->now_us + limits.channel_timeout_us * 3 / 4);
  g_assert_cmpuint (world_stats (world).channels, ==, 1);
  relay_send (b, unused, 10);
  relay_expect_refused (b, unused, KH_LINK_UNKNOWN_CHANNEL);
  relay_send (b, used, 10);
  relay_expect (a, used, 10);
  world_run_until (world, world->now_us + limits.channel_timeout_us);
  g_assert_cmpuint (world_stats (world).channels, ==, 0);
}

/* One more than fit: the one that was used least recently gives way. */
static void
test_channels_of_one_client (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) hub = peer_add (world, 1);
  Peer *others[17];
  guint32 channels[17];

  for (guint i = 0; i < 17; i++)
    {
      others[i] = peer_add (world, (guint8) (10 + i));
      /* Half of them by knocking, half by answering. */
      world->now_us += G_USEC_PER_SEC;
      channels[i] = i % 2 ? relay_introduce (hub, others[i]) : relay_introduce (others[i], hub);
      if (i == 15)
        {
          world->now_us += G_USEC_PER_SEC;
          relay_send (others[0], channels[0], 10);
          relay_expect (hub, channels[0], 10);
        }
    }
  g_assert_cmpuint (world_stats (world).channels, ==, 16);
  for (guint i = 0; i < 17; i++)
    {
      relay_send (others[i], channels[i], 10);
      if (i == 1)
        relay_expect_refused (others[i], channels[i], KH_LINK_UNKNOWN_CHANNEL);
      else
        relay_expect (hub, channels[i], 10);
      peer_free (others[i]);
    }
}

/* Whoever knocks fills his own places, not those of the one he knocks at. */
static void
test_knocking_pushes_nobody_out (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = peer_add (world, 1);
  g_autoptr (Peer) b = peer_add (world, 2);
  guint32 channel = relay_introduce (a, b);

  for (guint i = 0; i < 40; i++)
    {
      g_autoptr (Peer) stranger = peer_add (world, (guint8) (10 + i));

      world->now_us += G_USEC_PER_SEC;
      relay_knock (stranger, b);
    }
  relay_send (a, channel, 10);
  relay_expect (b, channel, 10);
}

static void
test_channels_of_all (void)
{
  KhServerLimits limits = kh_server_limits_default ();
  g_autoptr (World) world = NULL;
  g_autoptr (Peer) a = NULL;
  g_autoptr (Peer) b = NULL;
  g_autoptr (Peer) c = NULL;

  limits.max_channels = 2;
  world = world_new (&limits);
  a = peer_add (world, 1);
  b = peer_add (world, 2);
  c = peer_add (world, 3);
  relay_introduce (a, b);
  relay_introduce (b, c);
  g_assert_cmphex (relay_knock (c, a), ==, 0);
  g_assert_cmphex (relay_answer (a, c), ==, 0);
  g_assert_cmpuint (peer_ask (b, (KhLinkMessage){ .type = KH_LINK_BYE }), ==, KH_LINK_OK);
  relay_introduce (c, a);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/relay/both-ways", test_both_ways);
  g_test_add_func ("/server/relay/follows-the-client", test_follows_the_client);
  g_test_add_func ("/server/relay/not-before-the-answer", test_not_before_the_answer);
  g_test_add_func ("/server/relay/not-without-a-knock", test_not_without_a_knock);
  g_test_add_func ("/server/relay/not-for-others", test_not_for_others);
  g_test_add_func ("/server/relay/refusals-are-few", test_refusals_are_few);
  g_test_add_func ("/server/relay/knock-again", test_knock_again);
  g_test_add_func ("/server/relay/glare", test_glare);
  g_test_add_func ("/server/relay/ends-with-a-link", test_ends_with_a_link);
  g_test_add_func ("/server/relay/moves-to-a-new-link", test_moves_to_a_new_link);
  g_test_add_func ("/server/relay/idle", test_idle);
  g_test_add_func ("/server/relay/channels-of-one-client", test_channels_of_one_client);
  g_test_add_func ("/server/relay/knocking-pushes-nobody-out", test_knocking_pushes_nobody_out);
  g_test_add_func ("/server/relay/channels-of-all", test_channels_of_all);
  return g_test_run ();
}
