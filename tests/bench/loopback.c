/* loopback.c: see loopback.h */
#include "loopback.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wire/datagram.h"

static void
die (const char *what)
{
  perror (what);
  exit (1);
}

static struct sockaddr_in
to_native (const KhAddr *addr)
{
  struct sockaddr_in native = { .sin_family = AF_INET, .sin_port = htons (addr->port) };

  memcpy (&native.sin_addr, addr->ip, sizeof native.sin_addr);
  return native;
}

static KhAddr
from_native (const struct sockaddr_in *native)
{
  KhAddr addr = { .family = KH_FAMILY_IPV4, .port = ntohs (native->sin_port) };

  memcpy (addr.ip, &native->sin_addr, sizeof native->sin_addr);
  return addr;
}

int
bench_socket_new (KhAddr *ret_addr)
{
  KhAddr any = kh_addr_ipv4 (127, 0, 0, 1, 0);
  struct sockaddr_in native = to_native (&any);
  socklen_t len = sizeof native;
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  if (fd < 0 || bind (fd, (struct sockaddr *) &native, len) < 0 ||
      getsockname (fd, (struct sockaddr *) &native, &len) < 0)
    die ("socket");
  *ret_addr = from_native (&native);
  return fd;
}

void
bench_socket_send (int fd, const KhAddr *to, const void *data, gsize len)
{
  struct sockaddr_in native = to_native (to);

  /* What cannot be sent is lost, as on any network. */
  if (sendto (fd, data, len, 0, (struct sockaddr *) &native, sizeof native) < 0)
    return;
}

gssize
bench_socket_receive (int fd, KhAddr *ret_from, void *buf, gsize size, gint64 timeout_us)
{
  struct pollfd wait = { .fd = fd, .events = POLLIN };
  struct timespec time = { timeout_us / G_USEC_PER_SEC, timeout_us % G_USEC_PER_SEC * 1000 };
  struct sockaddr_in native;
  socklen_t len = sizeof native;
  gssize n;

  if (ppoll (&wait, 1, timeout_us == KH_NEVER ? NULL : &time, NULL) <= 0)
    return -1;
  n = recvfrom (fd, buf, size, 0, (struct sockaddr *) &native, &len);
  if (n >= 0)
    *ret_from = from_native (&native);
  return n;
}

int
bench_fork (void)
{
  pid_t parent = getpid ();
  pid_t child = fork ();

  if (child < 0)
    die ("fork");
  if (child == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      /* It may have died before that. */
      if (getppid () != parent)
        _exit (1);
    }
  return child;
}

gint64
bench_now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static int
compare (const void *a, const void *b)
{
  gint64 x = *(const gint64 *) a;
  gint64 y = *(const gint64 *) b;

  return x < y ? -1 : x > y;
}

void
bench_print_percentiles (const char *program, gint64 *ns, guint n, double *ret_p50, double *ret_p99)
{
  qsort (ns, n, sizeof *ns, compare);
  *ret_p50 = (double) ns[n / 2] / 1000;
  *ret_p99 = (double) ns[n * 99 / 100] / 1000;
  printf ("%s\t%.1f\t%.1f\n", program, *ret_p50, *ret_p99);
}
