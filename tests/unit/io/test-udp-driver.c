/* test-udp-driver.c: a machine that echoes and one that asks, on real loopback sockets */
#include "io/udp-driver.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/sockaddr.h"

typedef struct
{
  gboolean echoes;
  GQueue out; /* (element-type KhDatagram), each with its own data */
  guint received;
  gsize received_bytes;
  guint in_order; /* datagrams whose first byte was the next number */
  guint unreachable;
  gint64 timeout_us;
  guint timeouts;
  guint afters;
  guint most_per_turn, in_turn;
  KhUdpDriver *driver;
  gboolean kick_in_after;
} Machine;

static void
machine_push (Machine *self, KhAddr remote, const void *data, gsize len, guint8 hop_limit)
{
  KhDatagram *out = g_new0 (KhDatagram, 1);

  out->socket = kh_socket_for_family (remote.family);
  out->remote = remote;
  out->data = g_memdup2 (data, len);
  out->len = len;
  out->hop_limit = hop_limit;
  g_queue_push_tail (&self->out, out);
}

static void
machine_receive (gpointer machine, KhDatagram *in, gint64 now_us)
{
  Machine *self = machine;

  g_assert_cmpuint (in->socket, ==, kh_socket_for_family (in->remote.family));
  self->in_order += in->data[0] == (guint8) self->received;
  self->received++;
  self->received_bytes += in->len;
  self->in_turn++;
  if (self->echoes)
    machine_push (self, in->remote, in->data, in->len, 0);
}

static gboolean
machine_poll_send (gpointer machine, KhDatagram *out, gint64 now_us)
{
  Machine *self = machine;
  KhDatagram *next = g_queue_pop_head (&self->out);

  if (next == NULL)
    return FALSE;
  g_assert_cmpuint (out->size, >=, next->len);
  memcpy (out->data, next->data, next->len);
  out->len = next->len;
  out->remote = next->remote;
  out->socket = next->socket;
  out->hop_limit = next->hop_limit;
  g_free (next->data);
  g_free (next);
  return TRUE;
}

static gint64
machine_next_timeout (gpointer machine)
{
  return ((Machine *) machine)->timeout_us;
}

static void
machine_handle_timeout (gpointer machine, gint64 now_us)
{
  Machine *self = machine;

  g_assert_cmpint (now_us, >=, self->timeout_us);
  self->timeout_us = KH_NEVER;
  self->timeouts++;
}

static void
machine_unreachable (gpointer machine, const KhAddr *remote, gint64 now_us)
{
  Machine *self = machine;

  self->unreachable += kh_addr_is_loopback (remote);
}

static const KhMachineOps machine_ops = {
  .receive = machine_receive,
  .poll_send = machine_poll_send,
  .next_timeout = machine_next_timeout,
  .handle_timeout = machine_handle_timeout,
  .unreachable = machine_unreachable,
};

static void
on_after (gpointer user_data)
{
  Machine *self = user_data;

  self->afters++;
  self->most_per_turn = MAX (self->most_per_turn, self->in_turn);
  self->in_turn = 0;
  if (self->kick_in_after)
    {
      self->kick_in_after = FALSE;
      kh_udp_driver_kick (self->driver);
    }
}

static void
machine_init (Machine *self, gboolean echoes)
{
  *self = (Machine){ .echoes = echoes, .timeout_us = KH_NEVER };
  g_queue_init (&self->out);
  self->driver = kh_udp_driver_new (&machine_ops, self, on_after, self);
}

static void
machine_clear (Machine *self)
{
  guint8 buf[2048];
  KhDatagram out = { .data = buf, .size = sizeof buf };

  while (machine_poll_send (self, &out, 0))
    ;
  kh_udp_driver_free (self->driver);
}

static gboolean
bind_loopback (Machine *self, guint socket, KhAddr *ret_addr)
{
  KhAddr addr = kh_addr_ipv4 (127, 0, 0, 1, 0);
  g_autoptr (GError) error = NULL;

  if (socket == 1)
    addr = (KhAddr){ .family = KH_FAMILY_IPV6, .ip = { [15] = 1 } };
  if (!kh_udp_driver_bind (self->driver, socket, &addr, &error))
    {
      g_test_skip (error->message);
      return FALSE;
    }
  addr.port = kh_udp_driver_get_port (self->driver, socket);
  g_assert_cmpuint (addr.port, >, 0);
  *ret_addr = addr;
  return TRUE;
}

static void
check_echo (guint socket)
{
  enum
  {
    N = 40
  };
  Machine a, b;
  KhAddr addr_a, addr_b;

  machine_init (&a, FALSE);
  machine_init (&b, TRUE);
  if (bind_loopback (&a, socket, &addr_a) && bind_loopback (&b, socket, &addr_b))
    {
      for (guint8 i = 0; i < N; i++)
        {
          guint8 data[1200] = { i };

          machine_push (&a, addr_b, data, 1 + i * 30, 0);
        }
      kh_udp_driver_kick (a.driver);
      while (a.received < N)
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (b.in_order, ==, N);
      g_assert_cmpuint (a.in_order, ==, N);
      g_assert_cmpuint (a.received_bytes, ==, N + 30 * N * (N - 1) / 2);
    }
  machine_clear (&a);
  machine_clear (&b);
}

static void
test_echo_ipv4 (void)
{
  check_echo (0);
}

static void
test_echo_ipv6 (void)
{
  check_echo (1);
}

static void
test_turns_are_bounded (void)
{
  enum
  {
    N = 200
  };
  Machine a, b;
  KhAddr addr_a, addr_b;

  machine_init (&a, FALSE);
  machine_init (&b, FALSE);
  g_assert_true (bind_loopback (&a, 0, &addr_a));
  g_assert_true (bind_loopback (&b, 0, &addr_b));
  for (guint i = 0; i < N; i++)
    machine_push (&a, addr_b, &(guint8){ i }, 1, 0);
  /* All are in the socket before the receiver has its first turn. */
  kh_udp_driver_flush (a.driver);
  while (b.received < N)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (b.in_order, ==, N);
  g_assert_cmpuint (b.most_per_turn, <=, KH_UDP_DRIVER_TURN_DATAGRAMS);
  machine_clear (&a);
  machine_clear (&b);
}

static void
test_timeout (void)
{
  Machine a;

  machine_init (&a, FALSE);
  a.timeout_us = g_get_monotonic_time () + 3000;
  kh_udp_driver_kick (a.driver);
  while (a.timeouts == 0)
    g_main_context_iteration (NULL, TRUE);
  /* With "never" and no input nothing is left to wake up for. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_false (g_main_context_pending (NULL));
  g_assert_cmpuint (a.timeouts, ==, 1);
  machine_clear (&a);
}

static void
test_kick_in_after (void)
{
  Machine a;

  machine_init (&a, FALSE);
  a.kick_in_after = TRUE;
  kh_udp_driver_kick (a.driver);
  g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (a.afters, ==, 2);
  g_assert_false (g_main_context_pending (NULL));
  machine_clear (&a);
}

static void
on_after_free (gpointer user_data)
{
  Machine *self = user_data;

  self->afters++;
  g_clear_pointer (&self->driver, kh_udp_driver_free);
}

static void
test_free_in_after (void)
{
  Machine a = { .timeout_us = KH_NEVER };

  g_queue_init (&a.out);
  a.driver = kh_udp_driver_new (&machine_ops, &a, on_after_free, &a);
  kh_udp_driver_kick (a.driver);
  g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (a.afters, ==, 1);
  g_assert_null (a.driver);
  g_assert_false (g_main_context_pending (NULL));
}

static void
test_port_in_use (void)
{
  Machine a, b;
  KhAddr addr;
  g_autoptr (GError) error = NULL;
  g_autofree char *port = NULL;

  machine_init (&a, FALSE);
  machine_init (&b, FALSE);
  g_assert_true (bind_loopback (&a, 0, &addr));
  g_assert_false (kh_udp_driver_bind (b.driver, 0, &addr, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  port = g_strdup_printf ("%u", addr.port);
  g_assert_nonnull (strstr (error->message, port));

  g_clear_error (&error);
  g_assert_false (kh_udp_driver_bind_any (b.driver, 0, addr.port, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  /* The half that could be bound was given back. */
  g_assert_cmpuint (kh_udp_driver_get_port (b.driver, 1), ==, 0);
  g_clear_error (&error);
  g_assert_true (kh_udp_driver_bind_any (b.driver, 0, 0, &error));
  g_assert_no_error (error);
  machine_clear (&a);
  machine_clear (&b);
}

static void
test_unreachable (void)
{
  Machine a, b;
  KhAddr addr_a, gone;

  machine_init (&a, FALSE);
  machine_init (&b, FALSE);
  g_assert_true (bind_loopback (&a, 0, &addr_a));
  g_assert_true (bind_loopback (&b, 0, &gone));
  machine_clear (&b);
  /* The second one meets the error of the first, and must go out nevertheless. */
  machine_push (&a, gone, "x", 1, 0);
  kh_udp_driver_kick (a.driver);
  while (a.unreachable == 0)
    g_main_context_iteration (NULL, TRUE);
  machine_push (&a, gone, "y", 1, 0);
  machine_push (&a, addr_a, "", 1, 0);
  kh_udp_driver_kick (a.driver);
  while (a.received == 0)
    g_main_context_iteration (NULL, TRUE);
  machine_clear (&a);
}

/* An address of a family without a socket, and one without a route. */
static void
test_send_errors (void)
{
  Machine a;
  KhAddr addr_a;
  KhUdpDriverStats stats;

  machine_init (&a, FALSE);
  g_assert_true (bind_loopback (&a, 0, &addr_a));
  machine_push (&a, (KhAddr){ .family = KH_FAMILY_IPV6, .ip = { [15] = 1 }, .port = 9 }, "x", 1, 0);
  /* A socket that is bound to 127.0.0.1 may not send to other networks. */
  machine_push (&a, kh_addr_ipv4 (192, 0, 2, 1, 9), "x", 1, 0);
  machine_push (&a, addr_a, "", 1, 0);
  kh_udp_driver_kick (a.driver);
  while (a.received == 0)
    g_main_context_iteration (NULL, TRUE);
  kh_udp_driver_get_stats (a.driver, &stats);
  g_assert_cmpuint (stats.send_errors, ==, 2);
  g_assert_cmpuint (stats.sent, ==, 1);
  machine_clear (&a);
}

static int
receive_ttl (int fd)
{
  char byte;
  _Alignas(struct cmsghdr) char control[CMSG_SPACE (sizeof (int))];
  struct iovec vector = { &byte, 1 };
  struct msghdr message = {
    .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
  };
  int ttl = -1;

  g_assert_cmpint (recvmsg (fd, &message, 0), ==, 1);
  memcpy (&ttl, CMSG_DATA (CMSG_FIRSTHDR (&message)), sizeof ttl);
  return ttl;
}

static void
test_hop_limit (void)
{
  Machine a;
  KhAddr addr_a, to = kh_addr_ipv4 (127, 0, 0, 1, 0);
  struct sockaddr_storage native;
  socklen_t len = kh_sockaddr_from_addr (&to, &native);
  int fd = socket (AF_INET, SOCK_DGRAM, 0), one = 1, system_ttl;

  g_assert_cmpint (bind (fd, (struct sockaddr *) &native, len), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &native, &len), ==, 0);
  g_assert_cmpint (setsockopt (fd, IPPROTO_IP, IP_RECVTTL, &one, sizeof one), ==, 0);
  g_assert_true (kh_sockaddr_to_addr ((struct sockaddr *) &native, &to));

  machine_init (&a, FALSE);
  g_assert_true (bind_loopback (&a, 0, &addr_a));
  machine_push (&a, to, "x", 1, 0);
  machine_push (&a, to, "x", 1, 5);
  machine_push (&a, to, "x", 1, 0);
  kh_udp_driver_flush (a.driver);
  system_ttl = receive_ttl (fd);
  g_assert_cmpint (system_ttl, !=, 5);
  g_assert_cmpint (receive_ttl (fd), ==, 5);
  g_assert_cmpint (receive_ttl (fd), ==, system_ttl);
  close (fd);
  machine_clear (&a);
}

/* What is longer than any datagram of ours does not reach the machine. */
static void
test_truncated (void)
{
  Machine a;
  KhAddr addr_a;
  KhUdpDriverStats stats;
  struct sockaddr_storage native;
  socklen_t len;
  g_autofree guint8 *big = g_malloc0 (9000);
  int fd = socket (AF_INET, SOCK_DGRAM, 0);

  machine_init (&a, FALSE);
  g_assert_true (bind_loopback (&a, 0, &addr_a));
  len = kh_sockaddr_from_addr (&addr_a, &native);
  g_assert_cmpint (sendto (fd, big, 9000, 0, (struct sockaddr *) &native, len), ==, 9000);
  g_assert_cmpint (sendto (fd, big, 0, 0, (struct sockaddr *) &native, len), ==, 0);
  g_assert_cmpint (sendto (fd, big, 7, 0, (struct sockaddr *) &native, len), ==, 7);
  while (a.received == 0)
    g_main_context_iteration (NULL, TRUE);
  kh_udp_driver_get_stats (a.driver, &stats);
  g_assert_cmpuint (a.received, ==, 1);
  g_assert_cmpuint (a.received_bytes, ==, 7);
  g_assert_cmpuint (stats.truncated, ==, 2);
  close (fd);
  machine_clear (&a);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/udp-driver/echo/ipv4", test_echo_ipv4);
  g_test_add_func ("/udp-driver/echo/ipv6", test_echo_ipv6);
  g_test_add_func ("/udp-driver/turns-are-bounded", test_turns_are_bounded);
  g_test_add_func ("/udp-driver/timeout", test_timeout);
  g_test_add_func ("/udp-driver/kick-in-after", test_kick_in_after);
  g_test_add_func ("/udp-driver/free-in-after", test_free_in_after);
  g_test_add_func ("/udp-driver/port-in-use", test_port_in_use);
  g_test_add_func ("/udp-driver/unreachable", test_unreachable);
  g_test_add_func ("/udp-driver/send-errors", test_send_errors);
  g_test_add_func ("/udp-driver/hop-limit", test_hop_limit);
  g_test_add_func ("/udp-driver/truncated", test_truncated);
  return g_test_run ();
}
