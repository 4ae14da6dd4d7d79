/* test-udp-offload.c: GSO and GRO beside the plain path, and what is between them, on loopback */
#include "machine.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct
{
  Machine a, b;
  KhAddr addr_a, addr_b;
} Pair;

/* FALSE where the system lacks the family. */
static gboolean
pair_init (Pair *self, guint socket, gboolean plain_a, gboolean plain_b)
{
  machine_init (&self->a, FALSE);
  machine_init (&self->b, FALSE);
  kh_udp_driver_set_plain (self->a.driver, plain_a);
  kh_udp_driver_set_plain (self->b.driver, plain_b);
  return machine_bind_loopback (&self->a, socket, &self->addr_a) &&
         machine_bind_loopback (&self->b, socket, &self->addr_b);
}

static void
pair_clear (Pair *self)
{
  machine_clear (&self->a);
  machine_clear (&self->b);
}

static gboolean
has_offload (Pair *self, guint socket)
{
  if (self->a.driver->sockets[socket].gso &&
      kh_udp_socket_enable_gro (self->b.driver->sockets[socket].fd))
    return TRUE;
  g_test_skip ("this system has no UDP segmentation offload");
  return FALSE;
}

static void
check_bulk (guint socket, gboolean plain_a, gboolean plain_b)
{
  enum
  {
    N = 1000,
    LEN = 1452
  };
  Pair p;

  if (pair_init (&p, socket, plain_a, plain_b) && (plain_a || plain_b || has_offload (&p, socket)))
    {
      machine_push_numbered (&p.a, p.addr_b, 0, N, LEN);
      kh_udp_driver_kick (p.a.driver);
      machine_wait (&p.b, N);
      g_assert_cmpuint (p.b.in_order, ==, N);
      g_assert_cmpuint (p.b.received_bytes, ==, N * LEN);
      g_assert_cmpuint (machine_stats (&p.a).sent, ==, N);
      g_assert_cmpint (machine_stats (&p.a).joined_sent > 0, ==, !plain_a);
      g_assert_cmpint (machine_stats (&p.b).joined > 0, ==, !plain_a && !plain_b);
    }
  pair_clear (&p);
}

static void
test_bulk_ipv4 (void)
{
  check_bulk (0, FALSE, FALSE);
}

static void
test_bulk_ipv6 (void)
{
  check_bulk (1, FALSE, FALSE);
}

static void
test_plain_ipv4 (void)
{
  check_bulk (0, TRUE, TRUE);
}

static void
test_plain_ipv6 (void)
{
  check_bulk (1, TRUE, TRUE);
}

/* Datagrams that come from the machine in runs, the last of each shorter, are none the longer. */
static void
check_machine_runs (gboolean plain)
{
  enum
  {
    N = 300
  };
  Pair p;

  if (pair_init (&p, 0, plain, plain) && (plain || has_offload (&p, 0)))
    {
      p.a.runs = TRUE;
      for (guint i = 0; i < N; i++)
        machine_push_numbered (&p.a, p.addr_b, i, 1, i % 7 == 6 ? 500 : 1452);
      kh_udp_driver_kick (p.a.driver);
      machine_wait (&p.b, N);
      g_assert_cmpuint (p.b.in_order, ==, N);
      g_assert_cmpuint (p.b.received_bytes, ==, N / 7 * 500 + (N - N / 7) * 1452);
      g_assert_cmpuint (machine_stats (&p.a).sent, ==, N);
    }
  pair_clear (&p);
}

static void
test_machine_runs (void)
{
  check_machine_runs (FALSE);
}

static void
test_machine_runs_plain (void)
{
  check_machine_runs (TRUE);
}

/* The kernel cuts it up for a receiver that knows no GRO. */
static void
test_plain_receiver (void)
{
  check_bulk (0, FALSE, TRUE);
}

static void
test_plain_sender (void)
{
  check_bulk (0, TRUE, FALSE);
}

static void
test_environment (void)
{
  Pair p;

  g_setenv ("KNOTHOLE_NO_GSO", "1", TRUE);
  machine_init (&p.a, FALSE);
  g_setenv ("KNOTHOLE_NO_GSO", "0", TRUE);
  machine_init (&p.b, FALSE);
  g_unsetenv ("KNOTHOLE_NO_GSO");
  g_assert_true (p.a.driver->plain);
  g_assert_false (p.b.driver->plain);
  g_assert_true (machine_bind_loopback (&p.a, 0, &p.addr_a));
  g_assert_false (p.a.driver->sockets[0].gso);
  pair_clear (&p);
}

/* Lengths that join, end a run, stand alone, and are the shortest and the longest. */
static void
check_mixed (gboolean plain)
{
  static const gsize lens[] = {
    1200, 1200, 1200, 40,   1200, 1200, 1472, 1472, 1472, 1,  1,    1, 1000, 8952, 8952, 8952,
    8952, 8952, 8952, 8952, 8952, 100,  100,  101,  99,   98, 1200, 7, 7,    7,    8,    1200,
  };
  enum
  {
    TIMES = 8
  };
  guint n = TIMES * G_N_ELEMENTS (lens);
  gsize bytes = 0;
  Pair p;

  g_assert_true (pair_init (&p, 0, plain, plain));
  for (guint i = 0; i < n; i++)
    {
      gsize len = lens[i % G_N_ELEMENTS (lens)];

      machine_push_numbered (&p.a, p.addr_b, i, 1, len);
      bytes += len;
    }
  kh_udp_driver_kick (p.a.driver);
  machine_wait (&p.b, n);
  g_assert_cmpuint (p.b.in_order, ==, n);
  g_assert_cmpuint (p.b.received_bytes, ==, bytes);
  g_assert_cmpuint (machine_stats (&p.a).send_errors, ==, 0);
  pair_clear (&p);
}

static void
test_mixed (void)
{
  check_mixed (FALSE);
}

static void
test_mixed_plain (void)
{
  check_mixed (TRUE);
}

static KhDatagram
datagram (guint8 *data, gsize len, guint16 port)
{
  return (KhDatagram){ .remote = kh_addr_ipv4 (127, 0, 0, 1, port), .data = data, .len = len };
}

static void
test_runs (void)
{
  static guint8 room[KH_DATAGRAM_BUFFER * 2];
  KhDatagram d[KH_UDP_SOCKET_SEGMENTS + 8];

  for (guint i = 0; i < G_N_ELEMENTS (d); i++)
    d[i] = datagram (room + i * 100, 100, 1);
  g_assert_cmpuint (kh_udp_socket_run (d, 1), ==, 1);
  g_assert_cmpuint (kh_udp_socket_run (d, 5), ==, 5);
  g_assert_cmpuint (kh_udp_socket_run (d, G_N_ELEMENTS (d)), ==, KH_UDP_SOCKET_SEGMENTS);

  d[3] = datagram (room + 300, 100, 2);
  g_assert_cmpuint (kh_udp_socket_run (d, 8), ==, 3);
  d[3] = datagram (room + 300, 50, 1);
  g_assert_cmpuint (kh_udp_socket_run (d, 8), ==, 4);
  d[3] = datagram (room + 300, 101, 1);
  g_assert_cmpuint (kh_udp_socket_run (d, 8), ==, 3);
  d[3] = datagram (room + 301, 100, 1);
  g_assert_cmpuint (kh_udp_socket_run (d, 8), ==, 3);
  d[3] = datagram (room + 300, 100, 1);
  d[3].hop_limit = 3;
  g_assert_cmpuint (kh_udp_socket_run (d, 8), ==, 3);
  d[0] = datagram (room, 0, 1);
  g_assert_cmpuint (kh_udp_socket_run (d, 8), ==, 1);

  for (guint i = 0; i < 10; i++)
    d[i] = datagram (room + i * 8952, 8952, 1);
  g_assert_cmpuint (kh_udp_socket_run (d, 10), ==, 7);
}

/* Without a checksum the kernel refuses to segment, and sends the plain datagram. */
static void
test_fall_back (void)
{
  enum
  {
    N = 300
  };
  int one = 1;
  Pair p;

  g_assert_true (pair_init (&p, 0, FALSE, FALSE));
  if (has_offload (&p, 0))
    {
      g_assert_cmpint (setsockopt (p.a.driver->sockets[0].fd, SOL_SOCKET, SO_NO_CHECK, &one,
                                   sizeof one),
                       ==, 0);
      machine_push_numbered (&p.a, p.addr_b, 0, N, 1200);
      kh_udp_driver_kick (p.a.driver);
      machine_wait (&p.b, N);
      g_assert_cmpuint (p.b.in_order, ==, N);
      g_assert_cmpuint (machine_stats (&p.a).fallbacks, ==, 1);
      g_assert_cmpuint (machine_stats (&p.a).send_errors, ==, 0);
      g_assert_false (p.a.driver->sockets[0].gso);
    }
  pair_clear (&p);
}

/* A network of our own, whose loopback takes 1500 bytes. */
static gboolean
enter_small_network (void)
{
  struct ifreq lo = { .ifr_name = "lo", .ifr_mtu = 1500 };
  int fd;
  gboolean done;

  if (unshare (CLONE_NEWNET) != 0 && unshare (CLONE_NEWUSER | CLONE_NEWNET) != 0)
    return FALSE;
  fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  done = ioctl (fd, SIOCSIFMTU, &lo) == 0;
  lo.ifr_flags = IFF_UP | IFF_RUNNING;
  done = done && ioctl (fd, SIOCSIFFLAGS, &lo) == 0;
  close (fd);
  return done;
}

/* Probes that are too long are lost alone: neither their neighbours nor the offload go with them.
 */
static void
test_too_long (void)
{
  Pair p;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
      g_test_trap_assert_passed ();
      return;
    }
  if (!enter_small_network ())
    return;
  g_assert_true (pair_init (&p, 0, FALSE, FALSE));
  machine_push_numbered (&p.a, p.addr_b, 0, 20, 1472);
  machine_push_numbered (&p.a, p.addr_b, 20, 3, 1473);
  machine_push_numbered (&p.a, p.addr_b, 20, 20, 1472);
  machine_push_numbered (&p.a, p.addr_b, 40, 1, 8952);
  machine_push_numbered (&p.a, p.addr_b, 40, 20, 1200);
  kh_udp_driver_kick (p.a.driver);
  machine_wait (&p.b, 60);
  g_assert_cmpuint (p.b.in_order, ==, 60);
  g_assert_cmpuint (machine_stats (&p.a).too_long, ==, 4);
  g_assert_cmpuint (machine_stats (&p.a).send_errors, ==, 4);
  g_assert_cmpuint (machine_stats (&p.a).fallbacks, ==, 0);
  pair_clear (&p);
}

/* What the kernel drops is counted, once a datagram after it has told us. */
static void
check_overflow (gboolean plain)
{
  enum
  {
    N = 2000
  };
  int small = 64 * 1024;
  Pair p;
  guint received;

  g_assert_true (pair_init (&p, 0, plain, plain));
  g_assert_cmpint (setsockopt (p.b.driver->sockets[0].fd, SOL_SOCKET, SO_RCVBUF, &small,
                               sizeof small),
                   ==, 0);
  machine_push_numbered (&p.a, p.addr_b, 0, N, 1000);
  kh_udp_driver_flush (p.a.driver);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  received = p.b.received;
  g_assert_cmpuint (received, <, N);
  machine_push_numbered (&p.a, p.addr_b, 0, 1, 1000);
  kh_udp_driver_flush (p.a.driver);
  machine_wait (&p.b, received + 1);
  /* By messages, which with GSO hold many datagrams. */
  g_assert_cmpuint (machine_stats (&p.b).overflow, >, 0);
  if (plain)
    g_assert_cmpuint (machine_stats (&p.b).overflow, ==, N - received);
  pair_clear (&p);
}

static void
test_overflow (void)
{
  check_overflow (FALSE);
  check_overflow (TRUE);
}

/* Memory grows with a load and goes when it is over, and the next load finds its way. */
static void
test_trim (void)
{
  enum
  {
    N = 1000
  };
  Pair p;
  gint64 now_us;

  g_assert_true (pair_init (&p, 0, FALSE, TRUE));
  g_assert_null (p.a.driver->output.buffer);
  g_assert_null (p.b.driver->input.buffers);
  for (guint i = 1; i <= 2; i++)
    {
      machine_push_numbered (&p.a, p.addr_b, 0, N, 1200);
      kh_udp_driver_kick (p.a.driver);
      machine_wait (&p.b, i * N);
      g_assert_cmpuint (p.a.driver->output.size, >, 64 * 1024);
      g_assert_cmpuint (p.b.driver->input.n_buffers, >, 16);

      now_us = g_get_monotonic_time ();
      g_assert_cmpint (kh_udp_output_trim (&p.a.driver->output, now_us), >, now_us);
      g_assert_nonnull (p.a.driver->output.buffer);
      now_us += KH_UDP_TRIM_US;
      g_assert_cmpint (kh_udp_output_trim (&p.a.driver->output, now_us), ==, KH_NEVER);
      g_assert_cmpint (kh_udp_input_trim (&p.b.driver->input, now_us), ==, KH_NEVER);
      g_assert_null (p.a.driver->output.buffer);
      g_assert_null (p.b.driver->input.buffers);
    }
  pair_clear (&p);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/udp-offload/bulk/ipv4", test_bulk_ipv4);
  g_test_add_func ("/udp-offload/bulk/ipv6", test_bulk_ipv6);
  g_test_add_func ("/udp-offload/plain/ipv4", test_plain_ipv4);
  g_test_add_func ("/udp-offload/plain/ipv6", test_plain_ipv6);
  g_test_add_func ("/udp-offload/plain/receiver", test_plain_receiver);
  g_test_add_func ("/udp-offload/plain/sender", test_plain_sender);
  g_test_add_func ("/udp-offload/machine-runs", test_machine_runs);
  g_test_add_func ("/udp-offload/machine-runs/plain", test_machine_runs_plain);
  g_test_add_func ("/udp-offload/environment", test_environment);
  g_test_add_func ("/udp-offload/mixed", test_mixed);
  g_test_add_func ("/udp-offload/mixed/plain", test_mixed_plain);
  g_test_add_func ("/udp-offload/runs", test_runs);
  g_test_add_func ("/udp-offload/fall-back", test_fall_back);
  g_test_add_func ("/udp-offload/too-long", test_too_long);
  g_test_add_func ("/udp-offload/overflow", test_overflow);
  g_test_add_func ("/udp-offload/trim", test_trim);
  return g_test_run ();
}
