/* udp-driver-input.c: from the sockets to the machine
 *
 * Owns the receive buffers. A message of GRO is up to 64 KiB of datagrams from one sender; they are
 * handed on where they lie, to be opened in place. How many messages are asked for at once follows
 * what came the last time, so that a batch fits into the processor's cache.
 */
#include "io/udp-driver-private.h"

#include <errno.h>
#include <sys/mman.h>

/* Buffers at first. */
#define BUFFERS_LEAST 4
#define BUFFERS_MOST_GRO 16
/* What one batch may bring, about: half of a usual second-level cache. */
#define BATCH_BYTES (256 * 1024)

void
kh_udp_input_init (KhUdpInput *self, gboolean plain)
{
  kh_udp_input_clear (self);
  self->room = plain ? KH_UDP_SOCKET_ROOM : KH_UDP_SOCKET_ROOM_GRO;
  self->max = BUFFERS_LEAST;
}

void
kh_udp_input_clear (KhUdpInput *self)
{
  if (self->buffers != NULL && munmap (self->buffers, self->n_buffers * self->room) < 0)
    g_error ("munmap: %s", g_strerror (errno));
  self->buffers = NULL;
  self->n_buffers = 0;
}

/* Pages of their own: of each buffer, only those that something was written to take memory. */
static void
make_buffers (KhUdpInput *self)
{
  kh_udp_input_clear (self);
  self->buffers = mmap (NULL, self->max * self->room, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (self->buffers == MAP_FAILED)
    g_error ("mmap of %" G_GSIZE_FORMAT " bytes: %s", self->max * self->room, g_strerror (errno));
  self->n_buffers = self->max;
}

gint64
kh_udp_input_trim (KhUdpInput *self, gint64 now_us)
{
  if (self->large_us == 0)
    return KH_NEVER;
  if (now_us - self->large_us < KH_UDP_TRIM_US)
    return self->large_us + KH_UDP_TRIM_US;
  kh_udp_input_clear (self);
  self->max = BUFFERS_LEAST;
  self->large_us = 0;
  return KH_NEVER;
}

/* After a batch of @n messages of @bytes in all. */
static void
adapt (KhUdpInput *self, guint n, gsize bytes, gint64 now_us)
{
  guint most = self->room == KH_UDP_SOCKET_ROOM ? KH_UDP_SOCKET_BATCH : BUFFERS_MOST_GRO;

  if (n < self->max)
    return;
  self->max = CLAMP (BATCH_BYTES / (bytes / n + 1), BUFFERS_LEAST, most);
  self->large_us = now_us;
}

static void
deliver (KhUdpDriver *self, guint index, const KhUdpMessage *message, gint64 now_us)
{
  if (message->len == 0)
    {
      self->stats.received++;
      self->stats.truncated++;
      return;
    }
  self->stats.joined += message->len > message->segment;
  if (message->len > message->segment && message->segment <= KH_DATAGRAM_LARGEST &&
      self->ops->receive_run != NULL)
    {
      KhDatagram run = { .socket = index,
                         .remote = message->remote,
                         .data = message->data,
                         .len = message->len,
                         .segment = message->segment };

      self->stats.received += (message->len + message->segment - 1) / message->segment;
      self->ops->receive_run (self->machine, &run, now_us);
      return;
    }
  for (gsize at = 0; at < message->len; at += message->segment)
    {
      KhDatagram in = { .socket = index,
                        .remote = message->remote,
                        .data = message->data + at,
                        .len = MIN (message->segment, message->len - at) };

      self->stats.received++;
      if (in.len > KH_DATAGRAM_LARGEST)
        self->stats.truncated++;
      else
        self->ops->receive (self->machine, &in, now_us);
    }
}

static void
receive_batch (KhUdpDriver *self, guint index, gint64 now_us)
{
  KhUdpDriverSocket *sock = kh_udp_driver_get_socket (self, index);
  KhUdpInput *input = &self->input;
  KhUdpMessage messages[KH_UDP_SOCKET_BATCH];
  guint32 overflow = sock->overflow;
  gsize bytes = 0;
  guint n;

  if (input->n_buffers < input->max)
    make_buffers (input);
  n = kh_udp_socket_receive (sock->fd, input->buffers, input->room, input->max, messages,
                             &overflow);
  self->stats.overflow += (guint32) (overflow - sock->overflow);
  sock->overflow = overflow;
  for (guint i = 0; i < n; i++)
    {
      bytes += messages[i].len;
      deliver (self, index, &messages[i], now_us);
    }
  sock->readable = n == input->max;
  sock->busy |= n > 0;
  adapt (input, n, bytes, now_us);
}

gboolean
kh_udp_input_run (KhUdpDriver *self, gint64 now_us)
{
  gboolean has_more = FALSE;

  for (guint i = 0; i < kh_udp_driver_end (self); i++)
    {
      KhUdpDriverSocket *sock = kh_udp_driver_get_socket (self, i);

      if (sock == NULL || !(sock->readable || sock->busy))
        continue;
      receive_batch (self, i, now_us);
      has_more |= sock->readable;
    }
  return has_more;
}
