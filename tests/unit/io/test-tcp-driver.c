/* test-tcp-driver.c: two machines that speak over TCP alone, and one that is badly spoken to */
#include "io/tcp-driver.h"

#include <string.h>

#include "proxy.h"

/* The machine: keeps what came, sends what it is told to. */
typedef struct
{
  GQueue in;  /* of GBytes */
  GQueue out; /* of GBytes, all to @to */
  KhAddr from;
  KhAddr to;
  guint n_closed;
} Machine;

typedef struct
{
  Machine machine;
  KhUdpDriver *udp;
  KhTcpDriver *tcp;
} End;

static void
receive (gpointer machine, KhDatagram *in, gint64 now_us)
{
  Machine *self = machine;

  g_assert_cmpuint (in->socket, ==, KH_SOCKET_TCP);
  self->from = in->remote;
  g_queue_push_tail (&self->in, g_bytes_new (in->data, in->len));
}

static gboolean
poll_send (gpointer machine, KhDatagram *out, gint64 now_us)
{
  Machine *self = machine;
  g_autoptr (GBytes) bytes = g_queue_pop_head (&self->out);

  if (bytes == NULL)
    return FALSE;
  out->socket = KH_SOCKET_TCP;
  out->remote = self->to;
  out->len = g_bytes_get_size (bytes);
  memcpy (out->data, g_bytes_get_data (bytes, NULL), out->len);
  return TRUE;
}

static gint64
next_timeout (gpointer machine)
{
  return KH_NEVER;
}

static void
handle_timeout (gpointer machine, gint64 now_us)
{
}

static void
closed (gpointer machine, const KhAddr *remote, gint64 now_us)
{
  ((Machine *) machine)->n_closed++;
}

static const KhMachineOps ops = {
  .receive = receive,
  .poll_send = poll_send,
  .next_timeout = next_timeout,
  .handle_timeout = handle_timeout,
  .closed = closed,
};

static void
after (gpointer user_data)
{
}

static End *
end_new (const KhTcpLimits *limits)
{
  End *self = g_new0 (End, 1);

  self->udp = kh_udp_driver_new (&ops, &self->machine, after, NULL);
  self->tcp = kh_tcp_driver_new (&ops, &self->machine, self->udp, limits);
  kh_tcp_driver_set_proxy_resolver (self->tcp, NULL);
  return self;
}

static void
end_free (End *self)
{
  kh_tcp_driver_free (self->tcp);
  kh_udp_driver_free (self->udp);
  g_queue_clear_full (&self->machine.in, (GDestroyNotify) g_bytes_unref);
  g_queue_clear_full (&self->machine.out, (GDestroyNotify) g_bytes_unref);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (End, end_free)

static const KhTcpLimits usual = { .max_connections = 8, .max_per_prefix = 8 };

static End *
server_new (const KhTcpLimits *limits, KhAddr *ret_addr)
{
  End *self = end_new (limits);
  g_autoptr (GError) error = NULL;

  *ret_addr = kh_addr_ipv4 (127, 0, 0, 1, 0);
  kh_tcp_driver_listen (self->tcp, ret_addr, &ret_addr->port, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (ret_addr->port, >, 0);
  return self;
}

static End *
client_new (const KhAddr *to)
{
  End *self = end_new (NULL);

  self->machine.to = *to;
  kh_tcp_driver_allow_connect (self->tcp);
  return self;
}

static void
say (End *self, guint8 mark, gsize len)
{
  guint8 *data = g_malloc0 (len);

  data[0] = mark;
  g_queue_push_tail (&self->machine.out, g_bytes_new_take (data, len));
  kh_udp_driver_kick (self->udp);
}

static void
expect (End *self, guint8 mark, gsize len)
{
  g_autoptr (GBytes) bytes = NULL;

  while (self->machine.in.length == 0)
    g_main_context_iteration (NULL, TRUE);
  bytes = g_queue_pop_head (&self->machine.in);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, len);
  g_assert_cmpuint (((const guint8 *) g_bytes_get_data (bytes, NULL))[0], ==, mark);
}

static KhTcpDriverStats
stats_of (End *self)
{
  KhTcpDriverStats stats;

  kh_tcp_driver_get_stats (self->tcp, &stats);
  return stats;
}

static void
test_both_ways (void)
{
  KhAddr addr;
  g_autoptr (End) server = server_new (&usual, &addr);
  g_autoptr (End) client = client_new (&addr);

  /* All of these wait for the connection, of which there is one. */
  for (guint i = 0; i < 50; i++)
    say (client, (guint8) i, 1 + i * 24);
  for (guint i = 0; i < 50; i++)
    expect (server, (guint8) i, 1 + i * 24);
  server->machine.to = server->machine.from;
  say (server, 77, KH_DATAGRAM_MAX);
  expect (client, 77, KH_DATAGRAM_MAX);
  g_assert_true (kh_addr_equal (&client->machine.from, &addr));
  g_assert_cmpuint (stats_of (server).accepted, ==, 1);
  g_assert_cmpuint (stats_of (client).connected, ==, 1);
}

static void
test_nobody_listens (void)
{
  KhAddr addr;
  g_autoptr (End) server = server_new (&usual, &addr);
  g_autoptr (End) client = client_new (&addr);

  g_clear_pointer (&server, end_free);
  say (client, 1, 1);
  while (client->machine.n_closed == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (stats_of (client).failed, ==, 1);
  g_assert_cmpuint (stats_of (client).connections, ==, 0);
}

static void
test_other_side_goes (void)
{
  KhAddr addr;
  g_autoptr (End) server = server_new (&usual, &addr);
  g_autoptr (End) client = client_new (&addr);

  say (client, 1, 1);
  expect (server, 1, 1);
  kh_tcp_driver_close (server->tcp, &server->machine.from);
  while (client->machine.n_closed == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (server->machine.n_closed, ==, 0);
  /* What is said next makes a new connection. */
  say (client, 2, 2);
  expect (server, 2, 2);
}

/* Its own address is gone: the system would try for minutes to get anything through. */
static void
test_own_address_goes (void)
{
  KhAddr addr, others[] = { kh_addr_ipv4 (10, 0, 0, 1, 0), kh_addr_ipv4 (127, 0, 0, 1, 0) };
  g_autoptr (End) server = server_new (&usual, &addr);
  g_autoptr (End) client = client_new (&addr);

  say (client, 1, 1);
  expect (server, 1, 1);
  kh_tcp_driver_network_changed (client->tcp, others, 2);
  kh_tcp_driver_network_changed (server->tcp, others, 0);
  g_assert_cmpuint (client->machine.n_closed, ==, 0);
  kh_tcp_driver_network_changed (client->tcp, others, 1);
  g_assert_cmpuint (client->machine.n_closed, ==, 1);
  g_assert_cmpuint (stats_of (client).connections, ==, 0);
  say (client, 2, 2);
  expect (server, 2, 2);
}

/* @data: the scheme of the proxy, which the system's settings would name */
static void
test_proxy (gconstpointer data)
{
  KhAddr addr;
  g_autoptr (End) server = server_new (&usual, &addr);
  g_autoptr (End) client = client_new (&addr);
  g_autoptr (Proxy) proxy = proxy_new (FALSE);
  g_autoptr (GProxyResolver) resolver = proxy_make_resolver (proxy, data);

  kh_tcp_driver_set_proxy_resolver (client->tcp, resolver);
  for (guint i = 0; i < 50; i++)
    say (client, (guint8) i, 1 + i * 24);
  for (guint i = 0; i < 50; i++)
    expect (server, (guint8) i, 1 + i * 24);
  server->machine.to = server->machine.from;
  say (server, 77, KH_DATAGRAM_MAX);
  expect (client, 77, KH_DATAGRAM_MAX);
  /* To the machine it is the server that answers. */
  g_assert_true (kh_addr_equal (&client->machine.from, &addr));
  g_assert_cmpint (proxy_get_asked (proxy), ==, 1);
  g_assert_cmpuint (proxy_get_port_asked_for (proxy), ==, addr.port);
  g_assert_cmpuint (stats_of (client).connected, ==, 1);
}

static void
test_proxy_refuses (gconstpointer data)
{
  KhAddr addr;
  g_autoptr (End) server = server_new (&usual, &addr);
  g_autoptr (End) client = client_new (&addr);
  g_autoptr (Proxy) proxy = proxy_new (TRUE);
  g_autoptr (GProxyResolver) resolver = proxy_make_resolver (proxy, data);

  kh_tcp_driver_set_proxy_resolver (client->tcp, resolver);
  say (client, 1, 1);
  while (client->machine.n_closed == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (proxy_get_asked (proxy), ==, 1);
  g_assert_cmpuint (stats_of (client).failed, ==, 1);
  g_assert_cmpuint (stats_of (client).connections, ==, 0);
  /* Nor does it go there by itself. */
  g_assert_cmpuint (stats_of (server).accepted, ==, 0);
}

static void
test_server_does_not_connect (void)
{
  KhAddr addr, nowhere = kh_addr_ipv4 (127, 0, 0, 1, 9);
  g_autoptr (End) server = server_new (&usual, &addr);

  server->machine.to = nowhere;
  say (server, 1, 1);
  while (stats_of (server).dropped == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (stats_of (server).connections, ==, 0);
}

static void
test_limits (void)
{
  KhTcpLimits limits = { .max_connections = 8, .max_per_prefix = 2 };
  End *clients[4];
  KhAddr addr;
  g_autoptr (End) server = server_new (&limits, &addr);

  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      clients[i] = client_new (&addr);
      say (clients[i], (guint8) i, 1);
    }
  while (stats_of (server).refused < 2 || server->machine.in.length < 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (stats_of (server).accepted, ==, 2);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    end_free (clients[i]);
  /* Who has left makes room. */
  while (stats_of (server).connections > 0)
    g_main_context_iteration (NULL, TRUE);
  clients[0] = client_new (&addr);
  g_queue_clear_full (&server->machine.in, (GDestroyNotify) g_bytes_unref);
  say (clients[0], 9, 9);
  expect (server, 9, 9);
  end_free (clients[0]);
}

/* A reader that reads nothing: what waits is bounded, and the rest is dropped. */
static void
test_slow_reader (void)
{
  KhAddr addr;
  g_autoptr (End) server = server_new (&usual, &addr);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, addr.port);
  g_autoptr (GSocket) socket =
      g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

  g_assert_true (g_socket_connect (socket, address, NULL, NULL));
  g_assert_cmpint (g_socket_send (socket, "\0\1x", 3, NULL, NULL), ==, 3);
  expect (server, 'x', 1);
  server->machine.to = server->machine.from;
  for (guint i = 0; stats_of (server).dropped == 0; i++)
    {
      /* More than the buffers of the system hold by default, and ours. */
      g_assert_cmpuint (i, <, 100000);
      say (server, 1, KH_DATAGRAM_MAX);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_cmpuint (stats_of (server).connections, ==, 1);
}

/* Lengths of 0 and beyond a datagram, and one that comes a byte at a time. */
static void
test_framing (void)
{
  static const char *const wrong[] = { "\0\0", "\x04\xb1", "\xff\xff" };
  KhAddr addr;
  g_autoptr (End) server = server_new (&usual, &addr);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, addr.port);

  for (guint i = 0; i <= G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GSocket) socket =
          g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

      g_assert_true (g_socket_connect (socket, address, NULL, NULL));
      for (const char *at = "\0\3abc"; at != NULL && server->machine.in.length == 0; at++)
        {
          g_assert_cmpint (g_socket_send (socket, at, 1, NULL, NULL), ==, 1);
          while (g_main_context_iteration (NULL, *at == 'c'))
            if (server->machine.in.length > 0)
              break;
        }
      expect (server, 'a', 3);
      if (i == G_N_ELEMENTS (wrong))
        break;
      g_assert_cmpint (g_socket_send (socket, wrong[i], 2, NULL, NULL), ==, 2);
      while (server->machine.n_closed == i)
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (stats_of (server).connections, ==, 0);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/io/tcp-driver/both-ways", test_both_ways);
  g_test_add_func ("/io/tcp-driver/nobody-listens", test_nobody_listens);
  g_test_add_func ("/io/tcp-driver/other-side-goes", test_other_side_goes);
  g_test_add_func ("/io/tcp-driver/own-address-goes", test_own_address_goes);
  g_test_add_data_func ("/io/tcp-driver/proxy-socks", "socks5", test_proxy);
  g_test_add_data_func ("/io/tcp-driver/proxy-http", "http", test_proxy);
  g_test_add_data_func ("/io/tcp-driver/proxy-socks-refuses", "socks5", test_proxy_refuses);
  g_test_add_data_func ("/io/tcp-driver/proxy-http-refuses", "http", test_proxy_refuses);
  g_test_add_func ("/io/tcp-driver/server-does-not-connect", test_server_does_not_connect);
  g_test_add_func ("/io/tcp-driver/limits", test_limits);
  g_test_add_func ("/io/tcp-driver/slow-reader", test_slow_reader);
  g_test_add_func ("/io/tcp-driver/framing", test_framing);
  return g_test_run ();
}
