/* relay.c: packets that the server relays, beside a bare UDP echo loop
 *
 * Two clients have a channel; one floods it, with so many packets under way, and the other counts
 * what arrives. Server and echo loop are a process each, and what counts is the processor's time
 * that it takes for a packet, so that it does not matter what else the machine does: the figure is
 * how many packets one core would carry.
 *
 * usage: relay [PACKETS]   Prints: "relay" and "echo", and the packets a second of each, separated
 * by tabs.
 */
#include "loopback.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crypto/primitives.h"
#include "io/system-random.h"
#include "io/udp-driver.h"
#include "node/link.h"
#include "server/server.h"

/* Under way at a time: what a socket's buffer holds without loss. */
#define WINDOW 64
#define WARM_UP 2000
#define PATIENCE_US (5 * G_USEC_PER_SEC)
#define LOST_US (200 * G_TIME_SPAN_MILLISECOND)
#define PAYLOAD KH_RELAY_PAYLOAD_MAX

typedef struct
{
  int fd;
  KhIdentity *identity;
  KhPeerId id;
  KhLink *link;
  guint32 channel;
} Client;

static void
die (const char *what)
{
  fprintf (stderr, "relay: %s\n", what);
  exit (1);
}

static gint64
now_us (void)
{
  return bench_now_ns () / 1000;
}

/* --- the processes that are measured ----------------------------------------------------- */

static void
after_turn (gpointer user_data)
{
  (void) user_data;
}

/* As knotholed, and without quotas. Its port goes to @fd. */
static void
serve (int fd)
{
  KhRandom random = kh_system_random ();
  g_autoptr (KhIdentity) identity = kh_identity_new (&random);
  KhServerLimits limits = kh_server_limits_default ();
  g_autoptr (KhServer) server = NULL;
  g_autoptr (KhUdpDriver) driver = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  KhAddr addr = kh_addr_ipv4 (127, 0, 0, 1, 0);

  limits.relay_rate = limits.relay_volume = 0;
  server = kh_server_new (identity, &limits, random, g_get_monotonic_time ());
  driver = kh_udp_driver_new (&kh_server_machine_ops, server, after_turn, NULL);
  if (!kh_udp_driver_bind (driver, 0, &addr, NULL))
    die ("no socket");
  addr.port = kh_udp_driver_get_port (driver, 0);
  if (write (fd, &addr.port, sizeof addr.port) != sizeof addr.port)
    die ("nobody waits for the port");
  g_main_loop_run (loop);
}

static void
echo (int fd)
{
  guint8 buf[KH_DATAGRAM_MAX];
  struct sockaddr_storage from;

  for (;;)
    {
      socklen_t size = sizeof from;
      gssize len = recvfrom (fd, buf, sizeof buf, 0, (struct sockaddr *) &from, &size);

      if (len >= 0 && sendto (fd, buf, (gsize) len, 0, (struct sockaddr *) &from, size) < 0)
        continue;
    }
}

static gint64
used_ns (int pid)
{
  struct timespec used;
  clockid_t clock;

  if (clock_getcpuclockid (pid, &clock) != 0 || clock_gettime (clock, &used) != 0)
    die ("no clock of the other process");
  return used.tv_sec * G_GINT64_CONSTANT (1000000000) + used.tv_nsec;
}

static void
stop (int pid)
{
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
}

/* --- clients ----------------------------------------------------------------------------- */

static void
send_all (Client *self)
{
  guint8 buf[KH_DATAGRAM_MAX];
  KhDatagram out = { .data = buf, .size = sizeof buf };

  while (kh_link_poll_send (self->link, &out, now_us ()))
    bench_socket_send (self->fd, &out.remote, out.data, out.len);
}

/* Takes what has come, for so long; the channel is in what introduces them. */
static void
turn (Client *self, gint64 timeout_us)
{
  guint8 buf[KH_DATAGRAM_MAX];
  KhDatagram in = { .data = buf };
  gssize len = bench_socket_receive (self->fd, &in.remote, buf, sizeof buf, timeout_us);
  KhDatagramType type;
  KhLinkEvent event;

  in.len = (gsize) MAX (len, 0);
  if (kh_datagram_type (in.data, in.len, &type))
    kh_link_receive (self->link, type, &in, now_us ());
  if (kh_link_next_timeout (self->link) <= now_us ())
    kh_link_handle_timeout (self->link, now_us ());
  while (kh_link_poll_event (self->link, &event))
    {
      if (event.channel != 0)
        self->channel = event.channel;
      kh_link_event_clear (&event);
    }
  send_all (self);
}

static void
client_init (Client *self, const KhAddr *server)
{
  KhRandom random = kh_system_random ();
  KhAddr addr;
  gint64 until_us = now_us () + PATIENCE_US;

  self->fd = bench_socket_new (&addr);
  self->identity = kh_identity_new (&random);
  self->id = kh_peer_id_from_key (kh_identity_get_public (self->identity));
  self->link = kh_link_new (self->identity, random);
  kh_link_set_server (self->link, server, 1, NULL, now_us ());
  kh_link_handle_timeout (self->link, now_us ());
  send_all (self);
  while (kh_link_get_state (self->link) != KH_LINK_UP)
    {
      turn (self, G_TIME_SPAN_MILLISECOND);
      if (now_us () > until_us)
        die ("the server does not answer");
    }
}

static void
introduce (Client *a, Client *b)
{
  gint64 until_us = now_us () + PATIENCE_US;

  kh_link_knock (a->link, &b->id, (const guint8 *) "", 1, now_us ());
  send_all (a);
  while (a->channel == 0)
    {
      turn (a, G_TIME_SPAN_MILLISECOND);
      turn (b, G_TIME_SPAN_MILLISECOND);
      if (b->channel != 0 && a->channel == 0)
        kh_link_answer (b->link, &a->id, (const guint8 *) "", 1, now_us ());
      send_all (b);
      if (now_us () > until_us)
        die ("the server introduces nobody");
    }
}

/* --- the flood --------------------------------------------------------------------------- */

typedef struct
{
  Client *from; /* NULL: bare packets, to @to */
  KhAddr to;
  int fd, back; /* where packets leave, and where they come out */
} Flood;

static void
send_one (Flood *self)
{
  guint8 buf[KH_DATAGRAM_MAX] = { 0 };
  KhDatagram out = { .remote = self->to, .data = buf, .len = sizeof buf, .size = sizeof buf };

  if (self->from != NULL)
    {
      out.remote = kh_addr_relay (self->from->channel);
      out.len = PAYLOAD;
      if (!kh_link_wrap_relayed (self->from->link, &out))
        die ("the link is down");
    }
  bench_socket_send (self->fd, &out.remote, out.data, out.len);
}

/* Until @n have come out. Those that get lost are sent anew. */
static void
flood (Flood *self, guint n)
{
  guint under_way = 0;

  for (guint arrived = 0; arrived < n;)
    {
      guint8 buf[KH_DATAGRAM_MAX];
      KhAddr from;

      for (; under_way < WINDOW; under_way++)
        send_one (self);
      if (bench_socket_receive (self->back, &from, buf, sizeof buf, LOST_US) < 0)
        {
          under_way = 0;
          continue;
        }
      do
        {
          arrived++;
          under_way -= MIN (under_way, 1);
        }
      while (bench_socket_receive (self->back, &from, buf, sizeof buf, 0) >= 0);
    }
}

static void
measure (const char *name, Flood *self, int pid, guint n)
{
  gint64 before_ns;

  flood (self, WARM_UP);
  before_ns = used_ns (pid);
  flood (self, n);
  printf ("%s\t%.0f\n", name, n / ((double) (used_ns (pid) - before_ns) / 1e9));
  fflush (stdout);
}

static void
measure_relay (guint n)
{
  Client a = { 0 }, b = { 0 };
  KhAddr server = kh_addr_ipv4 (127, 0, 0, 1, 0);
  int ends[2];
  int child;

  if (pipe (ends) < 0)
    die ("no pipe");
  child = bench_fork ();
  if (child == 0)
    serve (ends[1]);
  if (read (ends[0], &server.port, sizeof server.port) != sizeof server.port)
    die ("the server does not start");
  client_init (&a, &server);
  client_init (&b, &server);
  introduce (&a, &b);
  measure ("relay", &(Flood){ .from = &a, .fd = a.fd, .back = b.fd }, child, n);
  stop (child);
}

static void
measure_echo (guint n)
{
  KhAddr here, there;
  int near = bench_socket_new (&here);
  int far = bench_socket_new (&there);
  int child = bench_fork ();

  if (child == 0)
    echo (far);
  measure ("echo", &(Flood){ .to = there, .fd = near, .back = near }, child, n);
  stop (child);
}

int
main (int argc, char **argv)
{
  guint n = argc > 1 ? (guint) strtoul (argv[1], NULL, 10) : 200000;

  kh_crypto_init ();
  measure_relay (n);
  measure_echo (n);
  return 0;
}
