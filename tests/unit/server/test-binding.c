/* test-binding.c: the server's STUN answers and its second port (RFC 5780) */
#include "harness.h"

#include <string.h>

#include "wire/stun-client.h"

enum
{
  SUCCESS = 0x0101,
  REFUSED = 0x0111,
};

typedef struct
{
  guint socket;
  KhAddr remote;
  guint type;
  gsize len;
  guint8 data[KH_DATAGRAM_MAX];
} Answer;

static const guint8 change_nothing = 0, change_port = 2, change_ip = 4, change_both = 6;

static KhAddr
client_addr (void)
{
  return kh_addr_ipv4 (203, 0, 113, 9, 3333);
}

/* FALSE if there is no answer. */
static gboolean
give (World *world, KhDatagram *in, Answer *ret_answer)
{
  KhDatagram out = { .data = ret_answer->data, .size = sizeof ret_answer->data };

  kh_server_receive (world->server, in, world->now_us);
  if (!kh_server_poll_send (world->server, &out, world->now_us))
    return FALSE;
  ret_answer->socket = out.socket;
  ret_answer->remote = out.remote;
  ret_answer->len = out.len;
  ret_answer->type = (guint) (out.data[0] << 8 | out.data[1]);
  return TRUE;
}

static gboolean
ask (World *world, guint socket, guint8 change, Answer *ret_answer)
{
  guint8 request[28] = { 0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, [20] = 0, 3, 0, 4, 0, 0, 0, change };
  KhDatagram in = {
    .socket = socket, .remote = client_addr (), .data = request, .len = sizeof request
  };

  return give (world, &in, ret_answer);
}

static gboolean
has (const Answer *answer, guint16 type, KhAddr addr)
{
  guint8 attribute[12] = { (guint8) (type >> 8),      (guint8) type,     0, 8, 0, 1,
                           (guint8) (addr.port >> 8), (guint8) addr.port };

  memcpy (attribute + 8, addr.ip, 4);
  return memmem (answer->data, answer->len, attribute, addr.port != 0 ? 12 : 2) != NULL;
}

#define RESPONSE_ORIGIN 0x802b
#define OTHER_ADDRESS 0x802c

static KhAddr
server_addr (guint socket)
{
  return kh_addr_ipv4 (192, 0, 2, socket & KH_SOCKET_SECOND_ADDRESS ? 2 : 1,
                       socket & KH_SOCKET_SECOND_PORT ? 4431 : 4430);
}

static void
add_sockets (World *world, guint step)
{
  for (guint socket = 0; socket < KH_SOCKET_TCP; socket += step)
    {
      KhAddr addr = server_addr (socket);

      kh_server_set_address (world->server, socket, &addr);
    }
}

static void
test_two_addresses (void)
{
  static const guint8 *const changes[] = { &change_nothing, &change_port, &change_ip,
                                           &change_both };
  g_autoptr (World) world = world_new (NULL);

  add_sockets (world, KH_SOCKET_SECOND_PORT);
  for (guint socket = 0; socket < KH_SOCKET_TCP; socket += KH_SOCKET_SECOND_PORT)
    for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
      {
        guint from = socket ^ (i & 1 ? 2 : 0) ^ (i & 2 ? 4 : 0);
        KhAddr client = client_addr ();
        Answer answer;

        g_assert_true (ask (world, socket, *changes[i], &answer));
        g_assert_cmphex (answer.type, ==, SUCCESS);
        g_assert_cmpuint (answer.socket, ==, from);
        g_assert_true (kh_addr_equal (&answer.remote, &client));
        g_assert_true (has (&answer, RESPONSE_ORIGIN, server_addr (from)));
        /* The other port of the second address, wherever the request went. */
        g_assert_true (has (&answer, OTHER_ADDRESS, server_addr ((socket ^ 2) | 4)));
      }
  g_assert_cmpuint (world_stats (world).bindings, ==, 16);
}

/* RFC 5780, 7.6: PADDING makes a request longer than anything else; that it is not understood is
 * still said. */
static void
test_padding (void)
{
  guint8 request[20 + 4 + 1500] = { 0, 1, 0x05, 0xe0, 0x21, 0x12, 0xa4, 0x42 };
  g_autoptr (World) world = world_new (NULL);
  KhDatagram in = { .remote = client_addr (), .data = request, .len = sizeof request };
  Answer answer;

  add_sockets (world, KH_SOCKET_SECOND_PORT);
  memcpy (request + 20, (const guint8[]){ 0, 0x26, 0x05, 0xdc }, 4);
  g_assert_true (give (world, &in, &answer));
  g_assert_cmphex (answer.type, ==, REFUSED);
}

static void
test_one_address (void)
{
  g_autoptr (World) world = world_new (NULL);
  KhAddr first = server_addr (0);
  KhAddr second = server_addr (2);
  Answer answer;

  kh_server_set_address (world->server, 0, &first);
  kh_server_set_address (world->server, 2, &second);
  g_assert_true (ask (world, 0, change_port, &answer));
  g_assert_cmphex (answer.type, ==, SUCCESS);
  g_assert_cmpuint (answer.socket, ==, 2);
  g_assert_true (has (&answer, RESPONSE_ORIGIN, second));
  g_assert_false (has (&answer, OTHER_ADDRESS, (KhAddr){ 0 }));
  g_assert_true (ask (world, 2, change_ip, &answer));
  g_assert_cmphex (answer.type, ==, REFUSED);
  g_assert_cmpuint (answer.socket, ==, 2);
  g_assert_true (ask (world, 0, change_both, &answer));
  g_assert_cmphex (answer.type, ==, REFUSED);
}

/* RFC 5780, 7.5: to another port of the same address, whatever it is asked from. */
static void
test_response_port (void)
{
  g_autoptr (World) world = world_new (NULL);
  guint8 id[KH_STUN_ID_SIZE] = { [8] = 7 };
  guint8 request[KH_STUN_REQUEST_SIZE], answer[KH_DATAGRAM_MAX];
  KhWriter writer = kh_writer_init (request, sizeof request);
  KhDatagram in = { .remote = client_addr (), .data = request, .len = sizeof request };
  KhDatagram out = { .data = answer, .size = sizeof answer };
  KhAddr wanted = client_addr ();
  gboolean success;

  wanted.port = 2222;
  add_sockets (world, KH_SOCKET_SECOND_PORT);
  g_assert_true (kh_stun_request_write_to_port (&writer, id, wanted.port));
  kh_server_receive (world->server, &in, world->now_us);
  g_assert_true (kh_server_poll_send (world->server, &out, world->now_us));
  g_assert_cmpuint (out.socket, ==, 0);
  g_assert_true (kh_addr_equal (&out.remote, &wanted));
  g_assert_true (kh_stun_answer_read (out.data, out.len, id, &success));
  g_assert_true (success);
  g_assert_cmpuint (out.len, <=, in.len);
}

static void
test_all_addresses_of_the_machine (void)
{
  g_autoptr (World) world = world_new (NULL);
  KhAddr any = kh_addr_ipv4 (0, 0, 0, 0, 4430);
  Answer answer;

  kh_server_set_address (world->server, 0, &any);
  g_assert_true (ask (world, 0, change_nothing, &answer));
  g_assert_cmphex (answer.type, ==, SUCCESS);
  g_assert_false (has (&answer, RESPONSE_ORIGIN, (KhAddr){ 0 }));
  g_assert_true (ask (world, 0, change_port, &answer));
  g_assert_cmphex (answer.type, ==, REFUSED);
}

static void
test_rate (void)
{
  KhServerLimits limits = kh_server_limits_default ();
  g_autoptr (World) world = NULL;
  guint n = 0;
  Answer answer;

  limits.hello_rate = 1;
  limits.hello_burst = 5;
  world = world_new (&limits);
  for (guint i = 0; i < 20; i++)
    n += ask (world, 0, change_nothing, &answer);
  g_assert_cmpuint (n, ==, 5);
  g_assert_cmpuint (world_stats (world).rate_limited, ==, 15);
}

static void
test_not_over_tcp (void)
{
  g_autoptr (World) world = world_new (NULL);
  Answer answer;

  g_assert_false (ask (world, KH_SOCKET_TCP, change_nothing, &answer));
  g_assert_cmpuint (world_stats (world).unknown, ==, 1);
}

static void
test_answers_are_not_answered (void)
{
  g_autoptr (World) world = world_new (NULL);
  Answer answer;

  g_assert_true (ask (world, 0, change_nothing, &answer));
  world_give (world, &answer.remote, answer.data, answer.len);
  g_assert_cmpuint (world->packets.length, ==, 0);
  g_assert_cmpuint (world_stats (world).malformed, ==, 1);
}

/* The second port answers HELLO from there, and both name it. */
static void
test_second_port (void)
{
  g_autoptr (World) world = world_new (NULL);

  add_sockets (world, 1);
  for (guint socket = 0; socket < 4; socket++)
    {
      KhHello hello = { .version = KH_PROTOCOL_VERSION, .nonce = { 1, 2, 3 } };
      guint8 buf[KH_DATAGRAM_MAX];
      KhWriter writer = kh_writer_init (buf, sizeof buf);
      KhAddr remote = client_addr ();
      KhDatagram in = { .socket = socket, .data = buf };
      KhDatagram out = { .data = buf, .size = sizeof buf };
      KhHelloAck ack;

      if (socket & KH_SOCKET_IPV6)
        g_assert_true (kh_addr_parse ("2001:db8::9", 3333, &remote));
      g_assert_true (kh_hello_write (&writer, &hello));
      in.remote = remote;
      in.len = writer.len;
      kh_server_receive (world->server, &in, world->now_us);
      g_assert_true (kh_server_poll_send (world->server, &out, world->now_us));
      g_assert_cmpuint (out.socket, ==, socket);
      g_assert_true (kh_hello_ack_read (out.data, out.len, &ack));
      g_assert_cmpuint (ack.second_port, ==, 4431);
      g_assert_true (kh_addr_equal (&ack.seen, &remote));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/binding/two-addresses", test_two_addresses);
  g_test_add_func ("/server/binding/padding", test_padding);
  g_test_add_func ("/server/binding/one-address", test_one_address);
  g_test_add_func ("/server/binding/response-port", test_response_port);
  g_test_add_func ("/server/binding/all-addresses", test_all_addresses_of_the_machine);
  g_test_add_func ("/server/binding/rate", test_rate);
  g_test_add_func ("/server/binding/not-over-tcp", test_not_over_tcp);
  g_test_add_func ("/server/binding/answers-are-not-answered", test_answers_are_not_answered);
  g_test_add_func ("/server/binding/second-port", test_second_port);
  return g_test_run ();
}
