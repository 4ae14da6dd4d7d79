/* test-pushes.c: pushes are sent again until acknowledged, bounded, and shutdown drains by them */
#include "harness.h"

#include <string.h>

#define MS (G_USEC_PER_SEC / 1000)

static void
test_retransmission_times (void)
{
  static const gint64 times[] = { 0, 300 * MS, 900 * MS, 2100 * MS, 4500 * MS };
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = peer_add (world, 1);
  g_autoptr (Peer) b = peer_add (world, 2);
  gint64 start = world->now_us;
  guint32 id = 0;

  g_assert_cmpuint (peer_knock (a, b, 10), ==, KH_LINK_OK);
  for (gsize i = 0; i < G_N_ELEMENTS (times); i++)
    {
      g_autofree Message *push = NULL;

      world_run_until (world, start + times[i] - 1);
      if (i > 0)
        g_assert_null (peer_next (b));
      world_run_until (world, start + times[i]);
      push = peer_expect (b, KH_LINK_KNOCKED);
      g_assert_null (peer_next (b));
      if (i > 0)
        g_assert_cmpuint (push->message.id, ==, id);
      id = push->message.id;
    }
  g_assert_cmpuint (world_stats (world).registered, ==, 2);
  world_run_until (world, start + 9300 * MS);
  g_assert_cmpuint (world_stats (world).registered, ==, 1);
  g_assert_cmpuint (world_stats (world).push_timeouts, ==, 1);
  g_assert_null (peer_next (b));
  g_assert_cmpuint (peer_knock (a, b, 10), ==, KH_LINK_NOT_REGISTERED);
}

static void
test_lost_once (void)
{
  for (int lost = 0; lost < 4; lost++)
    {
      g_autoptr (World) world = world_new (NULL);
      g_autoptr (Peer) a = peer_add (world, 1);
      g_autoptr (Peer) b = peer_add (world, 2);
      g_autofree Message *push = NULL;

      g_assert_cmpuint (peer_knock (a, b, 10), ==, KH_LINK_OK);
      for (int i = 0; i < lost; i++)
        {
          g_free (peer_expect (b, KH_LINK_KNOCKED));
          world_run_until (world, kh_server_next_timeout (world->server));
        }
      push = peer_expect (b, KH_LINK_KNOCKED);
      peer_acknowledge (b, push->message.id);
      /* An acknowledgement twice, and one of nothing, do nothing. */
      peer_acknowledge (b, push->message.id);
      peer_acknowledge (b, push->message.id + 1);
      world_run_until (world, world->now_us + 20 * G_USEC_PER_SEC);
      g_assert_cmpuint (world->packets.length, ==, 0);
      g_assert_cmpuint (world_stats (world).registered, ==, 2);
      g_assert_cmpuint (world_stats (world).push_timeouts, ==, 0);
    }
}

static void
test_pushes_follow_a_roaming_client (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = peer_add (world, 1);
  g_autoptr (Peer) b = peer_add (world, 2);

  g_assert_cmpuint (peer_knock (a, b, 10), ==, KH_LINK_OK);
  world_drop_packets (world);
  b->addr = kh_addr_ipv4 (203, 0, 113, 9, 99);
  g_assert_cmpuint (peer_ask (b, (KhLinkMessage){ .type = KH_LINK_PING }), ==, KH_LINK_OK);
  world_run_until (world, kh_server_next_timeout (world->server));
  g_free (peer_expect (b, KH_LINK_KNOCKED));
}

static void
test_eight_in_flight (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = peer_add (world, 1);
  g_autoptr (Peer) b = peer_add (world, 2);
  g_autofree Message *push = NULL;

  for (int i = 0; i < 8; i++)
    g_assert_cmpuint (peer_knock (a, b, 10), ==, KH_LINK_OK);
  g_assert_cmpuint (peer_knock (a, b, 10), ==, KH_LINK_RATE_LIMITED);
  /* It throws nobody out: the victim is still there, and has room again as it acknowledges. */
  g_assert_cmpuint (world_stats (world).registered, ==, 2);
  push = peer_expect (b, KH_LINK_KNOCKED);
  peer_acknowledge (b, push->message.id);
  g_assert_cmpuint (peer_knock (a, b, 10), ==, KH_LINK_OK);
  g_assert_cmpuint (peer_knock (a, b, 10), ==, KH_LINK_RATE_LIMITED);
}

static void
test_pushes_are_bounded (void)
{
  KhServerLimits limits = kh_server_limits_default ();
  g_autoptr (World) world = NULL;
  g_autoptr (Peer) a = NULL;
  g_autoptr (Peer) b = NULL;
  g_autoptr (Peer) c = NULL;

  limits.max_pushes = 3;
  world = world_new (&limits);
  a = peer_add (world, 1);
  b = peer_add (world, 2);
  c = peer_add (world, 3);
  g_assert_cmpuint (peer_knock (a, b, 10), ==, KH_LINK_OK);
  g_assert_cmpuint (peer_knock (a, b, 10), ==, KH_LINK_OK);
  g_assert_cmpuint (peer_knock (a, c, 10), ==, KH_LINK_OK);
  g_assert_cmpuint (peer_knock (a, c, 10), ==, KH_LINK_RATE_LIMITED);
}

static void
test_client_that_leaves_takes_its_pushes (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = peer_add (world, 1);
  g_autoptr (Peer) b = peer_add (world, 2);

  g_assert_cmpuint (peer_knock (a, b, 10), ==, KH_LINK_OK);
  g_assert_cmpuint (peer_knock (a, b, 10), ==, KH_LINK_OK);
  peer_send (b, &(KhLinkMessage){ .type = KH_LINK_BYE, .id = 3 });
  world_drop_packets (world);
  world_run_until (world, world->now_us + 20 * G_USEC_PER_SEC);
  g_assert_cmpuint (world->packets.length, ==, 0);
  g_assert_cmpuint (world_stats (world).push_timeouts, ==, 0);
}

static void
test_shutdown (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = peer_add (world, 1);
  g_autoptr (Peer) b = peer_add (world, 2);
  KhAddr addr = kh_addr_ipv4 (192, 0, 2, 3, 1);
  g_autoptr (Peer) halfway = peer_new (world, &addr);
  g_autofree Message *to_a = NULL;

  g_assert_true (peer_connect (halfway));
  g_assert_false (kh_server_is_drained (world->server));
  kh_server_shutdown (world->server, world->now_us);
  kh_server_shutdown (world->server, world->now_us);
  world_run_until (world, world->now_us);
  g_assert_cmpuint (world_stats (world).clients, ==, 2);
  g_assert_false (kh_server_is_drained (world->server));

  /* Nobody new; and what the others still ask is refused with the reason. */
  g_assert_false (peer_hello (halfway));
  peer_send_init (halfway);
  g_assert_false (peer_read_resp (halfway));
  to_a = peer_expect (a, KH_LINK_GOING_AWAY);
  g_assert_cmpuint (to_a->message.reason, ==, KH_GOING_AWAY_SHUTDOWN);
  g_assert_cmpuint (peer_knock (a, b, 10), ==, KH_LINK_SERVER_GOING_AWAY);
  peer_acknowledge (a, to_a->message.id);
  g_assert_false (kh_server_is_drained (world->server));
  g_free (peer_expect (b, KH_LINK_GOING_AWAY));
  g_assert_cmpuint (peer_ask (b, (KhLinkMessage){ .type = KH_LINK_BYE }), ==, KH_LINK_OK);
  g_assert_true (kh_server_is_drained (world->server));
  g_assert_cmpint (kh_server_next_timeout (world->server), ==, KH_NEVER);
}

static void
test_shutdown_waits_two_seconds (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = peer_add (world, 1);
  gint64 start = world->now_us;
  guint n = 0;
  Message *message;

  kh_server_shutdown (world->server, start);
  world_run_until (world, start + 1999 * MS);
  g_assert_false (kh_server_is_drained (world->server));
  world_run_until (world, start + 2000 * MS);
  g_assert_true (kh_server_is_drained (world->server));
  while ((message = peer_next (a)) != NULL)
    {
      g_free (message);
      n++;
    }
  g_assert_cmpuint (n, ==, 3);
}

static void
test_shutdown_of_an_empty_server (void)
{
  g_autoptr (World) world = world_new (NULL);

  kh_server_shutdown (world->server, world->now_us);
  g_assert_true (kh_server_is_drained (world->server));
}

static void
test_free_with_all_of_it_under_way (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = peer_add (world, 1);
  g_autoptr (Peer) b = peer_add (world, 2);
  KhAddr addr = kh_addr_ipv4 (192, 0, 2, 3, 1);
  g_autoptr (Peer) halfway = peer_new (world, &addr);
  g_autoptr (Peer) again = peer_new_like (a, &addr);

  g_assert_true (peer_connect (halfway));
  g_assert_cmpuint (peer_knock (a, b, 10), ==, KH_LINK_OK);
  g_assert_cmpuint (peer_wait (a, halfway), ==, KH_LINK_OK);
  g_assert_true (peer_register (again));
  /* The address sanitizer is the judge of the rest. */
  g_assert_cmpuint (world_stats (world).clients, ==, 4);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/pushes/retransmission-times", test_retransmission_times);
  g_test_add_func ("/server/pushes/lost-once", test_lost_once);
  g_test_add_func ("/server/pushes/follow-a-roaming-client", test_pushes_follow_a_roaming_client);
  g_test_add_func ("/server/pushes/eight-in-flight", test_eight_in_flight);
  g_test_add_func ("/server/pushes/bounded", test_pushes_are_bounded);
  g_test_add_func ("/server/pushes/leave-with-the-client",
                   test_client_that_leaves_takes_its_pushes);
  g_test_add_func ("/server/pushes/shutdown", test_shutdown);
  g_test_add_func ("/server/pushes/shutdown-waits-two-seconds", test_shutdown_waits_two_seconds);
  g_test_add_func ("/server/pushes/shutdown-empty", test_shutdown_of_an_empty_server);
  g_test_add_func ("/server/pushes/free-under-way", test_free_with_all_of_it_under_way);
  return g_test_run ();
}
