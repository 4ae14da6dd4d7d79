/* test-udp-driver.c: a machine that echoes and one that asks, on real loopback sockets */
#include "machine.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/sockaddr.h"

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
  if (machine_bind_loopback (&a, socket, &addr_a) && machine_bind_loopback (&b, socket, &addr_b))
    {
      for (guint i = 0; i < N; i++)
        {
          machine_push_numbered (&a, addr_b, i, 1, 1 + i * 30);
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

/* A machine that never has nothing to send does not keep the loop. */
static void
test_turns_are_bounded (void)
{
  Machine a;

  machine_init (&a, FALSE);
  g_assert_true (machine_bind_loopback (&a, 0, &a.flood_to));
  a.floods = TRUE;
  kh_udp_driver_kick (a.driver);
  while (machine_stats (&a).lowered == 0 || a.received == 0)
    g_main_context_iteration (NULL, TRUE);
  machine_clear (&a);
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
  g_assert_true (machine_bind_loopback (&a, 0, &addr));
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
  g_assert_true (machine_bind_loopback (&a, 0, &addr_a));
  g_assert_true (machine_bind_loopback (&b, 0, &gone));
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
  g_assert_true (machine_bind_loopback (&a, 0, &addr_a));
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
  g_assert_true (machine_bind_loopback (&a, 0, &addr_a));
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
  g_assert_true (machine_bind_loopback (&a, 0, &addr_a));
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

/* Sends one byte from a socket of a search. */
static void
send_by_search (Machine *machine, guint socket, KhAddr remote)
{
  machine_push (machine, remote, "", 1, 0);
  ((KhDatagram *) g_queue_peek_tail (&machine->out))->socket = socket;
  kh_udp_driver_kick (machine->driver);
}

/* Opened when something is sent from them, each with a port of its own, which is another one after
 * it was closed. */
static void
test_search_sockets (void)
{
  Machine a, b;
  KhAddr addr, first, second;

  machine_init (&a, FALSE);
  machine_init (&b, TRUE);
  g_assert_true (machine_bind_loopback (&b, 0, &addr));
  send_by_search (&a, KH_SOCKET_SEARCH, addr);
  machine_wait (&a, 1);
  first = b.last_remote;
  send_by_search (&a, KH_SOCKET_SEARCH + KH_SOCKET_SEARCH_MAX - 1, addr);
  machine_wait (&a, 2);
  second = b.last_remote;
  g_assert_cmpuint (first.port, !=, second.port);
  send_by_search (&a, KH_SOCKET_SEARCH, addr);
  machine_wait (&a, 3);
  g_assert_true (kh_addr_equal (&b.last_remote, &first));
  g_assert_cmpuint (a.received_by_search, ==, 3);
  g_assert_cmpuint (a.driver->n_search, ==, 2);

  a.close = KH_SOCKET_SEARCH;
  kh_udp_driver_kick (a.driver);
  while (a.driver->n_search == 2)
    g_main_context_iteration (NULL, TRUE);
  /* Nobody listens there now. */
  machine_push (&b, first, "", 1, 0);
  kh_udp_driver_kick (b.driver);
  while (b.unreachable == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (a.received, ==, 3);
  machine_clear (&a);
  machine_clear (&b);
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
  g_test_add_func ("/udp-driver/search-sockets", test_search_sockets);
  return g_test_run ();
}
