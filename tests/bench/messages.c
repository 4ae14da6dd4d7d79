/* messages.c: message round trips between two nodes in a session, over real sockets on loopback
 *
 * Three processes: a server, and two peers who meet as any two do. Then one writes 64 bytes to
 * stream 0, the other writes them back. Each process runs its machine through the seam with the
 * plainest of drivers: one socket, one datagram at a time.
 *
 * usage: messages [ROUND-TRIPS]   Prints: "messages", p50 and p99 in microseconds, separated by
 * tabs.
 */
#include "loopback.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "crypto/primitives.h"
#include "node/node.h"
#include "server/server.h"

#define MESSAGE_SIZE 64
#define WARM_UP 1000
#define MEET_PATIENCE_US (G_GINT64_CONSTANT (30) * G_USEC_PER_SEC)

typedef struct
{
  int fd;
  const KhMachineOps *ops;
  gpointer machine;
} Driver;

typedef struct
{
  Driver driver;
  KhNode *node;
  KhPeerId other;
  gboolean up;
  guint8 buf[MESSAGE_SIZE];
  gsize n_read; /* of the message that is coming in */
} Peer;

static void
fill (guint8 *buf, gsize len, gpointer user_data)
{
  while (len > 0)
    {
      gssize n = getrandom (buf, MIN (len, 256), 0);

      if (n <= 0)
        abort ();
      buf += n;
      len -= (gsize) n;
    }
}

static const KhRandom random_source = { fill, NULL };

static gint64
now_us (void)
{
  return bench_now_ns () / 1000;
}

static void
flush (Driver *self)
{
  guint8 buf[2048];
  KhDatagram out = { .data = buf, .size = sizeof buf };

  while (self->ops->poll_send (self->machine, &out, now_us ()))
    {
      bench_socket_send (self->fd, &out.remote, out.data, out.len);
      out = (KhDatagram){ .data = buf, .size = sizeof buf };
    }
}

/* Waits for one datagram or deadline, and gives it to the machine. */
static void
turn (Driver *self)
{
  static guint8 buf[KH_DATAGRAM_BUFFER];
  gint64 due_us = self->ops->next_timeout (self->machine);
  gint64 wait_us = due_us == KH_NEVER ? KH_NEVER : MAX (due_us - now_us (), 0);
  KhDatagram in = { .data = buf };
  gssize len = bench_socket_receive (self->fd, &in.remote, buf, sizeof buf, wait_us);

  if (len >= 0)
    {
      in.len = (gsize) len;
      self->ops->receive (self->machine, &in, now_us ());
    }
  else
    self->ops->handle_timeout (self->machine, now_us ());
}

static void
run_server (int fd, const KhIdentity *identity)
{
  KhServer *server = kh_server_new (identity, NULL, random_source, now_us ());
  Driver driver = { fd, &kh_server_machine_ops, server };

  for (;;)
    {
      turn (&driver);
      flush (&driver);
    }
}

static void
peer_init (Peer *self,
           int fd,
           const KhAddr *addr,
           const KhIdentity *identity,
           const KhIdentity *other,
           const KhAddr *server)
{
  *self = (Peer){ .other = kh_peer_id_from_key (kh_identity_get_public (other)) };
  self->node = kh_node_new (identity, "bench", random_source, g_get_real_time (), now_us ());
  self->driver = (Driver){ fd, &kh_node_machine_ops, self->node };
  kh_node_set_local_addresses (self->node, addr, 1, now_us ());
  kh_node_set_server (self->node, server, 1, NULL, now_us ());
  kh_node_connect (self->node, &self->other, kh_identity_get_public (other), NULL, now_us ());
}

/* One turn; TRUE once a whole message is in the buffer. */
static gboolean
peer_turn (Peer *self)
{
  KhEvent event;

  flush (&self->driver);
  turn (&self->driver);
  while (kh_node_poll_event (self->node, &event))
    if (event.type == KH_EVENT_SESSION)
      self->up = TRUE;
  if (self->up)
    self->n_read += kh_node_stream_read (self->node, &self->other, 0, self->buf + self->n_read,
                                         sizeof self->buf - self->n_read, now_us ());
  if (self->n_read < sizeof self->buf)
    return FALSE;
  self->n_read = 0;
  return TRUE;
}

static void
peer_write (Peer *self)
{
  if (kh_node_stream_write (self->node, &self->other, 0, self->buf, sizeof self->buf, now_us ()) !=
      sizeof self->buf)
    {
      fprintf (stderr, "messages: a write was not taken\n");
      exit (1);
    }
}

static void
echo_for_ever (Peer *self)
{
  for (;;)
    if (peer_turn (self))
      peer_write (self);
}

static gboolean
measure (Peer *self, guint n, gint64 *ns)
{
  gint64 patience_us = now_us () + MEET_PATIENCE_US;

  while (!self->up && now_us () < patience_us)
    peer_turn (self);
  if (!self->up)
    {
      fprintf (stderr, "messages: the peers did not meet\n");
      return FALSE;
    }
  for (guint i = 0; i < n + WARM_UP; i++)
    {
      gint64 start_ns = bench_now_ns ();

      peer_write (self);
      while (!peer_turn (self))
        if (bench_now_ns () - start_ns > MEET_PATIENCE_US * 1000)
          return FALSE;
      if (i >= WARM_UP)
        ns[i - WARM_UP] = bench_now_ns () - start_ns;
    }
  return TRUE;
}

int
main (int argc, char **argv)
{
  guint n = argc > 1 ? (guint) strtoul (argv[1], NULL, 10) : 20000;
  g_autofree gint64 *ns = g_new0 (gint64, n);
  KhAddr addrs[3];
  int fds[3];
  KhIdentity *identities[3];
  int children[2];
  Peer peer;
  gboolean done;
  double p50, p99;

  kh_crypto_init ();
  for (guint i = 0; i < 3; i++)
    {
      fds[i] = bench_socket_new (&addrs[i]);
      identities[i] = kh_identity_new (&random_source);
    }
  if ((children[0] = bench_fork ()) == 0)
    run_server (fds[0], identities[0]);
  if ((children[1] = bench_fork ()) == 0)
    {
      peer_init (&peer, fds[1], &addrs[1], identities[1], identities[2], &addrs[0]);
      echo_for_ever (&peer);
    }
  peer_init (&peer, fds[2], &addrs[2], identities[2], identities[1], &addrs[0]);
  done = measure (&peer, n, ns);
  for (guint i = 0; i < 2; i++)
    kill (children[i], SIGKILL);
  kh_node_free (peer.node);
  for (guint i = 0; i < 3; i++)
    kh_identity_free (identities[i]);
  if (!done)
    return 1;
  bench_print_percentiles ("messages", ns, n, &p50, &p99);
  return 0;
}
