/* test-introductions.c: LOOKUP, KNOCK, ANSWER, WAIT and READY (PROTOCOL.md, "Link messages") */
#include "harness.h"

#include <string.h>

typedef struct
{
  World *world;
  Peer *a;
  Peer *b;
} Pair;

static Pair
make_pair (const KhServerLimits *limits)
{
  Pair pair = { .world = world_new (limits) };

  pair.a = peer_add (pair.world, 1);
  pair.b = peer_add (pair.world, 2);
  return pair;
}

static void
free_pair (Pair *pair)
{
  peer_free (pair->a);
  peer_free (pair->b);
  world_free (pair->world);
}

static KhLinkMessage
about (KhLinkType type, const Peer *peer)
{
  KhLinkMessage message = { .type = type };

  memcpy (message.peer, peer->id.bytes, KH_PEER_ID_SIZE);
  return message;
}

static void
test_lookup (void)
{
  Pair pair = make_pair (NULL);
  KhLinkMessage lookup = about (KH_LINK_LOOKUP, pair.b);
  g_autofree Message *reply = NULL;

  lookup.id = 5;
  peer_send (pair.a, &lookup);
  reply = peer_expect (pair.a, KH_LINK_REPLY);
  g_assert_cmpuint (reply->message.status, ==, KH_LINK_OK);
  g_assert_true (reply->message.has_key);
  g_assert_true (kh_key_equal (&reply->message.key, kh_identity_get_public (pair.b->identity)));

  g_assert_cmpuint (peer_ask (pair.b, (KhLinkMessage){ .type = KH_LINK_BYE }), ==, KH_LINK_OK);
  g_assert_cmpuint (peer_ask (pair.a, lookup), ==, KH_LINK_NOT_REGISTERED);
  /* Bits past the 130th are no part of an ID. */
  lookup.peer[KH_PEER_ID_SIZE - 1] |= 1;
  g_assert_cmpuint (peer_ask (pair.a, lookup), ==, KH_LINK_NOT_REGISTERED);
  g_assert_cmpuint (world_stats (pair.world).lookups, ==, 3);
  free_pair (&pair);
}

static void
test_knock_and_answer (void)
{
  Pair pair = make_pair (NULL);
  static const guint8 blob[] = { 1, 2, 3 };
  KhLinkMessage answer = about (KH_LINK_ANSWER, pair.a);
  g_autofree Message *knocked = NULL;
  g_autofree Message *answered = NULL;

  g_assert_cmpuint (peer_knock (pair.a, pair.b, KH_BLOB_MAX), ==, KH_LINK_OK);
  knocked = peer_expect (pair.b, KH_LINK_KNOCKED);
  g_assert_true (kh_key_equal (&knocked->message.key, kh_identity_get_public (pair.a->identity)));
  g_assert_cmpuint (knocked->message.blob_len, ==, KH_BLOB_MAX);
  g_assert_cmphex (knocked->message.blob[0], ==, 0xb1);
  peer_acknowledge (pair.b, knocked->message.id);

  answer.blob = blob;
  answer.blob_len = sizeof blob;
  g_assert_cmpuint (peer_ask (pair.b, answer), ==, KH_LINK_OK);
  answered = peer_expect (pair.a, KH_LINK_ANSWERED);
  g_assert_true (kh_key_equal (&answered->message.key, kh_identity_get_public (pair.b->identity)));
  g_assert_cmpmem (answered->message.blob, answered->message.blob_len, blob, sizeof blob);
  peer_acknowledge (pair.a, answered->message.id);

  world_run_until (pair.world, pair.world->now_us + 30 * G_USEC_PER_SEC);
  g_assert_cmpuint (pair.world->packets.length, ==, 0);
  g_assert_cmpuint (world_stats (pair.world).knocks, ==, 1);
  g_assert_cmpuint (world_stats (pair.world).answers, ==, 1);
  free_pair (&pair);
}

static void
test_knock_again_is_pushed_once (void)
{
  Pair pair = make_pair (NULL);
  KhLinkMessage knock = about (KH_LINK_KNOCK, pair.b);
  g_autofree Message *knocked = NULL;

  knock.id = 1000;
  for (int i = 0; i < 3; i++)
    {
      g_autofree Message *reply = NULL;

      peer_send (pair.a, &knock);
      reply = peer_expect (pair.a, KH_LINK_REPLY);
      g_assert_cmpuint (reply->message.status, ==, KH_LINK_OK);
    }
  knocked = peer_expect (pair.b, KH_LINK_KNOCKED);
  g_assert_null (peer_next (pair.b));
  peer_acknowledge (pair.b, knocked->message.id);
  /* Not even after that; but another id is another knock. */
  peer_send (pair.a, &knock);
  g_assert_null (peer_next (pair.b));
  world_drop_packets (pair.world);
  knock.id++;
  peer_send (pair.a, &knock);
  g_free (peer_expect (pair.b, KH_LINK_KNOCKED));
  g_assert_cmpuint (world_stats (pair.world).knocks, ==, 2);
  free_pair (&pair);
}

static void
test_knock_refusals (void)
{
  Pair pair = make_pair (NULL);
  KhAddr addr = kh_addr_ipv4 (192, 0, 2, 3, 5000);
  g_autoptr (Peer) stranger = peer_new (pair.world, &addr);

  g_assert_cmpuint (peer_knock (pair.a, stranger, 1), ==, KH_LINK_NOT_REGISTERED);
  g_assert_cmpuint (peer_knock (pair.a, pair.a, 1), ==, KH_LINK_NOT_REGISTERED);
  g_assert_cmpuint (peer_knock (pair.a, pair.b, KH_BLOB_MAX + 1), ==, KH_LINK_TOO_LARGE);
  g_assert_null (peer_next (pair.a));
  g_assert_null (peer_next (pair.b));

  /* Linked is not registered: neither to knock nor to be knocked at. */
  g_assert_true (peer_connect (stranger));
  g_assert_cmpuint (peer_ask (stranger, (KhLinkMessage){ .type = KH_LINK_PING }), ==, KH_LINK_OK);
  g_assert_cmpuint (peer_knock (stranger, pair.a, 1), ==, KH_LINK_NOT_REGISTERED);
  g_assert_cmpuint (peer_wait (stranger, pair.a), ==, KH_LINK_NOT_REGISTERED);
  g_assert_cmpuint (peer_ask (stranger, about (KH_LINK_LOOKUP, pair.a)), ==,
                    KH_LINK_NOT_REGISTERED);
  g_assert_cmpuint (peer_knock (pair.a, stranger, 1), ==, KH_LINK_NOT_REGISTERED);
  g_assert_cmpuint (world_stats (pair.world).knocks, ==, 0);
  free_pair (&pair);
}

static void
expect_ready (Peer *peer, const Peer *about_peer)
{
  g_autofree Message *ready = peer_expect (peer, KH_LINK_READY);

  g_assert_cmpmem (ready->message.peer, KH_PEER_ID_SIZE, about_peer->id.bytes, KH_PEER_ID_SIZE);
  peer_acknowledge (peer, ready->message.id);
}

static void
test_ready_once (void)
{
  for (int order = 0; order < 2; order++)
    {
      Pair pair = make_pair (NULL);
      Peer *first = order == 0 ? pair.a : pair.b;
      Peer *second = order == 0 ? pair.b : pair.a;

      g_assert_cmpuint (peer_wait (first, second), ==, KH_LINK_OK);
      g_assert_cmpuint (peer_wait (first, second), ==, KH_LINK_OK);
      g_assert_null (peer_next (first));
      g_assert_null (peer_next (second));
      g_assert_cmpuint (peer_wait (second, first), ==, KH_LINK_OK);
      expect_ready (first, second);
      expect_ready (second, first);

      /* One shot: who wants it again, waits again. */
      g_assert_cmpuint (peer_wait (second, first), ==, KH_LINK_OK);
      g_assert_null (peer_next (first));
      g_assert_null (peer_next (second));
      g_assert_cmpuint (peer_wait (first, second), ==, KH_LINK_OK);
      expect_ready (first, second);
      expect_ready (second, first);
      g_assert_cmpuint (world_stats (pair.world).readies, ==, 2);
      free_pair (&pair);
    }
}

static void
test_wait_for_one_who_comes_later (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) a = peer_add (world, 1);
  KhAddr addr = kh_addr_ipv4 (192, 0, 2, 2, 5000);
  g_autoptr (Peer) b = peer_new (world, &addr);

  g_assert_cmpuint (peer_wait (a, b), ==, KH_LINK_OK);
  world_run_until (world, world->now_us + 60 * G_USEC_PER_SEC);
  g_assert_true (peer_register (b));
  g_assert_null (peer_next (a));
  g_assert_cmpuint (peer_wait (b, a), ==, KH_LINK_OK);
  expect_ready (a, b);
  expect_ready (b, a);
}

static void
test_unwait (void)
{
  Pair pair = make_pair (NULL);
  KhLinkMessage unwait = { .type = KH_LINK_UNWAIT, .ids = pair.b->id.bytes, .n_ids = 1 };

  g_assert_cmpuint (peer_wait (pair.a, pair.b), ==, KH_LINK_OK);
  g_assert_cmpuint (peer_ask (pair.a, unwait), ==, KH_LINK_OK);
  g_assert_cmpuint (peer_ask (pair.a, unwait), ==, KH_LINK_OK);
  g_assert_cmpuint (peer_wait (pair.b, pair.a), ==, KH_LINK_OK);
  g_assert_null (peer_next (pair.a));
  g_assert_null (peer_next (pair.b));
  free_pair (&pair);
}

static void
test_waits_end_with_the_link (void)
{
  Pair pair = make_pair (NULL);
  g_autoptr (Peer) again = NULL;

  g_assert_cmpuint (peer_wait (pair.a, pair.b), ==, KH_LINK_OK);
  again = peer_new_like (pair.a, &pair.a->addr);
  g_assert_true (peer_hello (again));
  peer_make_init (again);
  peer_send_init (again);
  g_assert_true (peer_read_resp (again));
  peer_send (again, &(KhLinkMessage){ .type = KH_LINK_REGISTER, .id = 1 });
  world_drop_packets (pair.world);
  g_assert_cmpuint (peer_wait (pair.b, pair.a), ==, KH_LINK_OK);
  g_assert_null (peer_next (pair.b));
  g_assert_cmpuint (peer_wait (again, pair.b), ==, KH_LINK_OK);
  expect_ready (again, pair.b);
  expect_ready (pair.b, again);
  free_pair (&pair);
}

static void
test_waits_are_bounded (void)
{
  KhServerLimits limits = kh_server_limits_default ();
  Pair pair;
  guint8 ids[KH_WAIT_MAX * KH_PEER_ID_SIZE] = { 0 };
  KhLinkMessage wait = { .type = KH_LINK_WAIT, .ids = ids, .n_ids = 10 };

  limits.max_waits = 12;
  pair = make_pair (&limits);
  for (guint i = 0; i < KH_WAIT_MAX; i++)
    ids[i * KH_PEER_ID_SIZE] = (guint8) (200 - i);
  g_assert_cmpuint (peer_ask (pair.a, wait), ==, KH_LINK_OK);
  /* The same again takes no more room. */
  g_assert_cmpuint (peer_ask (pair.a, wait), ==, KH_LINK_OK);
  wait.n_ids = KH_WAIT_MAX;
  g_assert_cmpuint (peer_ask (pair.a, wait), ==, KH_LINK_TOO_LARGE);
  g_assert_cmpuint (peer_wait (pair.a, pair.b), ==, KH_LINK_TOO_LARGE);
  wait.type = KH_LINK_UNWAIT;
  g_assert_cmpuint (peer_ask (pair.a, wait), ==, KH_LINK_OK);
  g_assert_cmpuint (peer_wait (pair.a, pair.b), ==, KH_LINK_OK);
  free_pair (&pair);
}

/* More become ready at once than may be in flight: the rest follow as the first are acknowledged.
 */
static void
test_many_ready_at_once (void)
{
  g_autoptr (World) world = world_new (NULL);
  g_autoptr (Peer) hub = peer_add (world, 1);
  Peer *others[20];
  guint8 ids[20 * KH_PEER_ID_SIZE];
  KhLinkMessage wait = { .type = KH_LINK_WAIT, .ids = ids, .n_ids = 20 };
  guint n = 0;
  guint n_in_flight = 0;
  guint acknowledge[8];

  for (guint i = 0; i < 20; i++)
    {
      others[i] = peer_add (world, (guint8) (10 + i));
      memcpy (ids + i * KH_PEER_ID_SIZE, others[i]->id.bytes, KH_PEER_ID_SIZE);
      g_assert_cmpuint (peer_wait (others[i], hub), ==, KH_LINK_OK);
    }
  wait.id = 99;
  peer_send (hub, &wait);
  for (;;)
    {
      g_autofree Message *message = peer_next (hub);

      if (message != NULL && message->message.type == KH_LINK_REPLY)
        continue;
      if (message != NULL)
        {
          g_assert_cmpuint (message->message.type, ==, KH_LINK_READY);
          g_assert_cmpuint (n_in_flight, <, 8);
          acknowledge[n_in_flight++] = message->message.id;
          n++;
        }
      else if (n_in_flight > 0)
        peer_acknowledge (hub, acknowledge[--n_in_flight]);
      else
        break;
    }
  g_assert_cmpuint (n, ==, 20);
  for (guint i = 0; i < 20; i++)
    {
      expect_ready (others[i], hub);
      g_assert_null (peer_next (others[i]));
      peer_free (others[i]);
    }
  g_assert_cmpuint (world_stats (world).readies, ==, 20);
}

static void
test_request_rate (void)
{
  KhServerLimits limits = kh_server_limits_default ();
  Pair pair;
  guint n_ok = 0;

  limits.request_rate = 1;
  limits.request_burst = 5;
  pair = make_pair (&limits);
  /* REGISTER took the first token. */
  for (int i = 0; i < 10; i++)
    n_ok += peer_knock (pair.a, pair.b, 1) == KH_LINK_OK;
  g_assert_cmpuint (n_ok, ==, 4);
  g_assert_cmpuint (world_stats (pair.world).rate_limited, ==, 6);
  /* Nobody else pays for it, and it ends. */
  world_drop_packets (pair.world);
  g_assert_cmpuint (peer_ask (pair.b, about (KH_LINK_LOOKUP, pair.a)), ==, KH_LINK_OK);
  pair.world->now_us += G_USEC_PER_SEC;
  g_assert_cmpuint (peer_ask (pair.a, about (KH_LINK_LOOKUP, pair.b)), ==, KH_LINK_OK);
  g_assert_cmpuint (peer_ask (pair.a, about (KH_LINK_LOOKUP, pair.b)), ==, KH_LINK_RATE_LIMITED);
  free_pair (&pair);
}

static void
test_new_link_is_no_way_around_the_rate (void)
{
  KhServerLimits limits = kh_server_limits_default ();
  g_autoptr (World) world = NULL;
  g_autoptr (Peer) peer = NULL;
  g_autoptr (Peer) again = NULL;
  KhAddr elsewhere = kh_addr_ipv4 (192, 0, 2, 77, 1);

  limits.request_rate = 0.001;
  limits.request_burst = 2;
  world = world_new (&limits);
  peer = peer_add (world, 1);
  g_assert_cmpuint (peer_ask (peer, (KhLinkMessage){ .type = KH_LINK_PING }), ==, KH_LINK_OK);
  again = peer_new_like (peer, &elsewhere);
  g_assert_true (peer_connect (again));
  g_assert_cmpuint (peer_ask (again, (KhLinkMessage){ .type = KH_LINK_PING }), ==,
                    KH_LINK_RATE_LIMITED);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/introductions/lookup", test_lookup);
  g_test_add_func ("/server/introductions/knock-and-answer", test_knock_and_answer);
  g_test_add_func ("/server/introductions/knock-again", test_knock_again_is_pushed_once);
  g_test_add_func ("/server/introductions/knock-refusals", test_knock_refusals);
  g_test_add_func ("/server/introductions/ready-once", test_ready_once);
  g_test_add_func ("/server/introductions/comes-later", test_wait_for_one_who_comes_later);
  g_test_add_func ("/server/introductions/unwait", test_unwait);
  g_test_add_func ("/server/introductions/waits-end-with-the-link", test_waits_end_with_the_link);
  g_test_add_func ("/server/introductions/waits-are-bounded", test_waits_are_bounded);
  g_test_add_func ("/server/introductions/many-ready-at-once", test_many_ready_at_once);
  g_test_add_func ("/server/introductions/request-rate", test_request_rate);
  g_test_add_func ("/server/introductions/rate-outlives-the-link",
                   test_new_link_is_no_way_around_the_rate);
  return g_test_run ();
}
