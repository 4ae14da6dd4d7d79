/* test-relay.c: channels, and what travels over them (DESIGN 6, PROTOCOL.md "Relay") */
#include "harness.h"

#include <string.h>

static const guint8 payload[KH_RELAY_PAYLOAD_MAX] = { 0xca, 0xfe, 1 };

static Peer *
add_peer (World *world, guint8 number)
{
  KhAddr addr = kh_addr_ipv4 (192, 0, 2, number, 5000);
  Peer *peer = peer_new (world, &addr);

  g_assert_true (peer_register (peer));
  return peer;
}

/* @from knocks at @to; the channel that @to is told. */
static guint32
knock (Peer *from, Peer *to)
{
  g_autofree Message *knocked = NULL;

  g_assert_cmpuint (peer_knock (from, to, 1), ==, KH_LINK_OK);
  knocked = peer_expect (to, KH_LINK_KNOCKED);
  peer_acknowledge (to, knocked->message.id);
  return knocked->message.channel;
}

/* @from answers @to; the channel that @to is told. */
static guint32
answer (Peer *from, Peer *to)
{
  KhLinkMessage message = { .type = KH_LINK_ANSWER, .blob = payload, .blob_len = 1 };
  g_autofree Message *answered = NULL;

  memcpy (message.peer, to->id.bytes, KH_PEER_ID_SIZE);
  g_assert_cmpuint (peer_ask (from, message), ==, KH_LINK_OK);
  answered = peer_expect (to, KH_LINK_ANSWERED);
  peer_acknowledge (to, answered->message.id);
  return answered->message.channel;
}

static guint32
introduce (Peer *a, Peer *b)
{
  guint32 channel = knock (a, b);

  g_assert_cmphex (channel, !=, 0);
  g_assert_cmphex (answer (b, a), ==, channel);
  return channel;
}

static void
relay (Peer *from, guint32 channel, gsize len)
{
  KhLinkMessage message = {
    .type = KH_LINK_RELAY, .id = channel, .blob = payload, .blob_len = len
  };

  peer_send (from, &message);
}

static void
expect_relayed (Peer *to, guint32 channel, gsize len)
{
  g_autofree Message *message = peer_expect (to, KH_LINK_RELAY);

  g_assert_cmphex (message->message.id, ==, channel);
  g_assert_cmpmem (message->message.blob, message->message.blob_len, payload, len);
  g_assert_null (peer_next (to));
}

static void
expect_refused (Peer *peer, guint32 channel, KhLinkStatus status)
{
  g_autofree Message *message = peer_expect (peer, KH_LINK_RELAY_REFUSED);

  g_assert_cmphex (message->message.id, ==, channel);
  g_assert_cmpstr (kh_link_status_to_string (message->message.status), ==,
                   kh_link_status_to_string (status));
}

/* Nothing left, nothing right. */
static void
expect_silence (World *world)
{
  g_assert_cmpuint (world->packets.length, ==, 0);
}

static void
test_both_ways (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = add_peer (world, 1);
  g_autoptr (Peer) b = add_peer (world, 2);
  guint32 channel = introduce (a, b);

  relay (a, channel, 0);
  expect_relayed (b, channel, 0);
  relay (a, channel, KH_RELAY_PAYLOAD_MAX);
  expect_relayed (b, channel, KH_RELAY_PAYLOAD_MAX);
  relay (b, channel, 100);
  expect_relayed (a, channel, 100);
  expect_silence (world);
  g_assert_cmpuint (world_stats (world).relayed, ==, 3);
  g_assert_cmpuint (world_stats (world).relayed_bytes, ==, KH_RELAY_PAYLOAD_MAX + 100);
  g_assert_cmpuint (world_stats (world).channels, ==, 1);
}

static void
test_follows_the_client (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = add_peer (world, 1);
  g_autoptr (Peer) b = add_peer (world, 2);
  guint32 channel = introduce (a, b);

  b->addr = kh_addr_ipv4 (198, 51, 100, 7, 1234);
  g_assert_cmpuint (peer_ask (b, (KhLinkMessage){ .type = KH_LINK_PING }), ==, KH_LINK_OK);
  relay (a, channel, 10);
  expect_relayed (b, channel, 10);
}

static void
test_not_before_the_answer (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = add_peer (world, 1);
  g_autoptr (Peer) b = add_peer (world, 2);
  guint32 channel = knock (a, b);

  /* From B it may have overtaken its ANSWER, so nobody is told that anything is wrong. */
  relay (b, channel, 10);
  relay (a, channel, 10);
  expect_silence (world);
  g_assert_cmpuint (world_stats (world).relay_dropped, ==, 2);
  g_assert_cmphex (answer (b, a), ==, channel);
  relay (b, channel, 10);
  expect_relayed (a, channel, 10);
}

static void
test_not_without_a_knock (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = add_peer (world, 1);
  g_autoptr (Peer) b = add_peer (world, 2);
  guint32 channel;

  g_assert_cmphex (answer (b, a), ==, 0);
  channel = knock (a, b);
  /* An answer the wrong way round opens nothing. */
  g_assert_cmphex (answer (a, b), ==, 0);
  relay (a, channel, 10);
  expect_silence (world);
  g_assert_cmpuint (world_stats (world).relayed, ==, 0);
}

static void
test_not_for_others (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = add_peer (world, 1);
  g_autoptr (Peer) b = add_peer (world, 2);
  g_autoptr (Peer) c = add_peer (world, 3);
  guint32 offered = knock (b, a);
  guint32 channel = introduce (a, b);

  relay (c, channel, 10);
  expect_refused (c, channel, KH_LINK_UNKNOWN_CHANNEL);
  world->now_us += G_USEC_PER_SEC;
  relay (c, offered, 10);
  expect_refused (c, offered, KH_LINK_UNKNOWN_CHANNEL);
  expect_silence (world);
  g_assert_cmpuint (world_stats (world).relayed, ==, 0);
  g_assert_cmpuint (world_stats (world).relay_unknown, ==, 2);
}

static void
test_refusals_are_few (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = add_peer (world, 1);

  for (guint i = 0; i < 100; i++)
    relay (a, 0, 10);
  expect_refused (a, 0, KH_LINK_UNKNOWN_CHANNEL);
  expect_silence (world);
  world->now_us += G_USEC_PER_SEC;
  relay (a, 77, 10);
  expect_refused (a, 77, KH_LINK_UNKNOWN_CHANNEL);
}

static void
test_knock_again (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = add_peer (world, 1);
  g_autoptr (Peer) b = add_peer (world, 2);
  guint32 first = introduce (a, b);
  guint32 offered = knock (a, b);
  guint32 second;

  /* The first goes on until the other is used: nothing is lost between. */
  g_assert_cmphex (offered, !=, first);
  g_assert_cmphex (knock (a, b), ==, offered);
  second = answer (b, a);
  g_assert_cmphex (second, ==, offered);
  relay (a, first, 10);
  expect_relayed (b, first, 10);
  relay (b, second, 11);
  expect_relayed (a, second, 11);
}

static void
test_glare (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = add_peer (world, 1);
  g_autoptr (Peer) b = add_peer (world, 2);
  guint32 a_to_b = knock (a, b);
  guint32 b_to_a = knock (b, a);

  g_assert_cmphex (a_to_b, !=, b_to_a);
  g_assert_cmphex (answer (b, a), ==, a_to_b);
  relay (a, a_to_b, 10);
  expect_relayed (b, a_to_b, 10);
}

static void
test_ends_with_a_link (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (World) world = world_new (NULL);
      g_autoptr (Peer) a = add_peer (world, 1);
      g_autoptr (Peer) b = add_peer (world, 2);
      guint32 channel = introduce (a, b);
      Peer *leaves = i == 0 ? a : b;
      Peer *stays = i == 0 ? b : a;

      g_assert_cmpuint (peer_ask (leaves, (KhLinkMessage){ .type = KH_LINK_BYE }), ==, KH_LINK_OK);
      g_assert_cmpuint (world_stats (world).channels, ==, 0);
      relay (stays, channel, 10);
      expect_refused (stays, channel, KH_LINK_UNKNOWN_CHANNEL);
      expect_silence (world);
    }
}

/* The same person with a new link: a restart of the link must not cut sessions. */
static void
test_moves_to_a_new_link (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (World) world = world_new (NULL);
      g_autoptr (Peer) a = add_peer (world, 1);
      g_autoptr (Peer) b = add_peer (world, 2);
      guint32 channel = introduce (a, b);
      KhAddr elsewhere = kh_addr_ipv4 (198, 51, 100, 7, 1234);
      g_autoptr (Peer) again = peer_new_like (i == 0 ? a : b, &elsewhere);
      Peer *other = i == 0 ? b : a;

      g_assert_true (peer_register (again));
      world_drop_packets (world);
      relay (other, channel, 10);
      expect_relayed (again, channel, 10);
      relay (again, channel, 11);
      expect_relayed (other, channel, 11);
      /* The old link has no part in it any more, and its end changes nothing. */
      world_run_until (world, world->now_us + 30 * G_USEC_PER_SEC);
      world_drop_packets (world);
      relay (other, channel, 10);
      expect_relayed (again, channel, 10);
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
  a = add_peer (world, 1);
  b = add_peer (world, 2);
  used = introduce (a, b);
  unused = introduce (a, b);
  world_run_until (world, world->now_us + limits.channel_timeout_us / 2);
  relay (b, used, 10);
  expect_relayed (a, used, 10);
  world_run_until (world, world->now_us + limits.channel_timeout_us * 3 / 4);
  g_assert_cmpuint (world_stats (world).channels, ==, 1);
  relay (b, unused, 10);
  expect_refused (b, unused, KH_LINK_UNKNOWN_CHANNEL);
  relay (b, used, 10);
  expect_relayed (a, used, 10);
  world_run_until (world, world->now_us + limits.channel_timeout_us);
  g_assert_cmpuint (world_stats (world).channels, ==, 0);
}

/* One more than fit: the one that was used least recently gives way. */
static void
test_channels_of_one_client (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) hub = add_peer (world, 1);
  Peer *others[17];
  guint32 channels[17];

  for (guint i = 0; i < 17; i++)
    {
      others[i] = add_peer (world, (guint8) (10 + i));
      /* Half of them by knocking, half by answering. */
      world->now_us += G_USEC_PER_SEC;
      channels[i] = i % 2 ? introduce (hub, others[i]) : introduce (others[i], hub);
      if (i == 15)
        {
          world->now_us += G_USEC_PER_SEC;
          relay (others[0], channels[0], 10);
          expect_relayed (hub, channels[0], 10);
        }
    }
  g_assert_cmpuint (world_stats (world).channels, ==, 16);
  for (guint i = 0; i < 17; i++)
    {
      relay (others[i], channels[i], 10);
      if (i == 1)
        expect_refused (others[i], channels[i], KH_LINK_UNKNOWN_CHANNEL);
      else
        expect_relayed (hub, channels[i], 10);
      peer_free (others[i]);
    }
}

/* Whoever knocks fills his own places, not those of the one he knocks at. */
static void
test_knocking_pushes_nobody_out (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = add_peer (world, 1);
  g_autoptr (Peer) b = add_peer (world, 2);
  guint32 channel = introduce (a, b);

  for (guint i = 0; i < 40; i++)
    {
      g_autoptr (Peer) stranger = add_peer (world, (guint8) (10 + i));

      world->now_us += G_USEC_PER_SEC;
      knock (stranger, b);
    }
  relay (a, channel, 10);
  expect_relayed (b, channel, 10);
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
  a = add_peer (world, 1);
  b = add_peer (world, 2);
  c = add_peer (world, 3);
  introduce (a, b);
  introduce (b, c);
  g_assert_cmphex (knock (c, a), ==, 0);
  g_assert_cmphex (answer (a, c), ==, 0);
  g_assert_cmpuint (peer_ask (b, (KhLinkMessage){ .type = KH_LINK_BYE }), ==, KH_LINK_OK);
  introduce (c, a);
}

static void
test_off (void)
{
  KhServerLimits limits = kh_server_limits_default ();
  g_autoptr (World) world = NULL;
  g_autoptr (Peer) a = NULL;
  g_autoptr (Peer) b = NULL;

  limits.max_channels = 0;
  world = world_new (&limits);
  a = add_peer (world, 1);
  b = add_peer (world, 2);
  g_assert_cmphex (knock (a, b), ==, 0);
  g_assert_cmphex (answer (b, a), ==, 0);
  relay (a, 0, 10);
  expect_refused (a, 0, KH_LINK_UNKNOWN_CHANNEL);
}

static guint
count_relayed (World *world, Peer *from, Peer *to, guint32 channel, guint n)
{
  guint n_came = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autofree Message *message = NULL;

      relay (from, channel, 1000 - KH_RELAY_OVERHEAD);
      message = peer_next (to);
      n_came += message != NULL && message->message.type == KH_LINK_RELAY;
    }
  return n_came;
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
  a = add_peer (world, 1);
  b = add_peer (world, 2);
  channel = introduce (a, b);
  g_assert_cmpuint (count_relayed (world, a, b, channel, 50), ==, 20);
  g_assert_cmpuint (world_stats (world).relay_limited, ==, 30);
  world->now_us += 2 * G_USEC_PER_SEC;
  g_assert_cmpuint (count_relayed (world, a, b, channel, 50), ==, 10);
  /* Each pays for what it sends, and nobody for others. */
  g_assert_cmpuint (count_relayed (world, b, a, channel, 50), ==, 20);
  expect_silence (world);
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
  a = add_peer (world, 1);
  b = add_peer (world, 2);
  channel = introduce (a, b);
  g_assert_cmpuint (count_relayed (world, a, b, channel, 50), ==, 24);
  expect_refused (a, channel, KH_LINK_RATE_LIMITED);
  expect_silence (world);

  /* To leave and come back is no way around it. */
  g_assert_cmpuint (peer_ask (a, (KhLinkMessage){ .type = KH_LINK_BYE }), ==, KH_LINK_OK);
  again = peer_new_like (a, &a->addr);
  g_assert_true (peer_register (again));
  channel = introduce (again, b);
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
  g_autoptr (Peer) a = add_peer (world, 1);
  g_autoptr (Peer) b = add_peer (world, 2);
  guint32 channel = introduce (a, b);
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
  g_autoptr (Peer) a = add_peer (world, 1);
  g_autoptr (Peer) b = add_peer (world, 2);
  guint32 channel = introduce (a, b);

  kh_server_shutdown (world->server, world->now_us);
  g_assert_cmpuint (world_stats (world).channels, ==, 0);
  world_run_until (world, world->now_us);
  world_drop_packets (world);
  relay (a, channel, 10);
  expect_silence (world);
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
  g_test_add_func ("/server/relay/off", test_off);
  g_test_add_func ("/server/relay/rate", test_rate);
  g_test_add_func ("/server/relay/volume", test_volume);
  g_test_add_func ("/server/relay/ring-is-bounded", test_ring_is_bounded);
  g_test_add_func ("/server/relay/silent-while-leaving", test_silent_while_leaving);
  return g_test_run ();
}
