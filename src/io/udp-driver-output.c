/* udp-driver-output.c: from the machine to the sockets
 *
 * Owns the send buffer. The machine builds and seals its datagrams one behind the other in it, so
 * that a run of equal ones is one message of GSO without having been copied. While the system takes
 * no more, the machine is not polled for output, which leaves it to pace itself.
 */
#include "io/udp-driver-private.h"

#include <errno.h>

/* What an idle peer sends fits into the small one. The large one is three full messages of GSO: it
 * stays in a usual second-level cache between sealing and sending. */
#define SIZE_SMALL (16 * 1024)
#define SIZE_LARGE (192 * 1024)

G_STATIC_ASSERT (SIZE_SMALL >= KH_DATAGRAM_LARGEST);

void
kh_udp_output_clear (KhUdpOutput *self)
{
  g_clear_pointer (&self->buffer, g_free);
  self->size = 0;
}

gint64
kh_udp_output_trim (KhUdpOutput *self, gint64 now_us)
{
  if (self->large_us == 0)
    return KH_NEVER;
  if (now_us - self->large_us < KH_UDP_TRIM_US)
    return self->large_us + KH_UDP_TRIM_US;
  /* A batch that waits for room lies in the buffer. */
  if (self->len > 0)
    return now_us + KH_UDP_TRIM_US;
  kh_udp_output_clear (self);
  self->large_us = 0;
  return KH_NEVER;
}

static gboolean
has_room (KhUdpOutput *self)
{
  return self->len < KH_UDP_OUTPUT_BATCH && self->size - self->used >= KH_DATAGRAM_LARGEST;
}

/* The machine has put a run behind one another: each is a datagram of the batch. */
static void
add_run (KhUdpOutput *output)
{
  const KhDatagram *run = &output->batch[output->len];
  KhDatagram one = *run;
  gsize end = output->used + run->len;
  gsize segment = run->segment > 0 ? run->segment : run->len;

  one.segment = 0;
  do
    {
      KhDatagram *entry = &output->batch[output->len++];

      /* In this order: a copy would wait for what was just changed in it. */
      *entry = one;
      entry->data = output->buffer + output->used;
      entry->len = MIN (segment, end - output->used);
      output->used += entry->len;
    }
  while (output->used < end);
}

/* Returns whether the machine may have more: the batch is full. */
static gboolean
fill (KhUdpDriver *self, gint64 now_us)
{
  KhUdpOutput *output = &self->output;

  if (output->buffer == NULL)
    {
      output->size = output->large_us > 0 ? SIZE_LARGE : SIZE_SMALL;
      output->buffer = g_malloc (output->size);
    }
  output->used = output->plain_until = 0;
  while (has_room (output))
    {
      KhDatagram *out = &output->batch[output->len];

      *out = (KhDatagram){ .data = output->buffer + output->used,
                           .size = output->size - output->used,
                           .run_max = KH_UDP_OUTPUT_BATCH - output->len };
      if (!self->ops->poll_send (self->machine, out, now_us))
        return FALSE;
      add_run (output);
    }
  output->large_us = now_us;
  return TRUE;
}

/* Datagrams from the front of the batch that leave by the same socket and in the same way. */
static guint
batch_run (KhUdpOutput *output)
{
  const KhDatagram *first = &output->batch[output->sent];
  guint end = output->sent < output->plain_until ? output->plain_until : output->len;
  guint n = 1;

  while (output->sent + n < end && first[n].socket == first->socket)
    n++;
  return n;
}

/* A run was refused: is it the offload, or what is in it? That is seen by sending it without. */
static guint
send_without (KhUdpDriver *self, KhUdpDriverSocket *sock, guint n, int *ret_errno)
{
  KhUdpOutput *output = &self->output;
  const KhDatagram *first = &output->batch[output->sent];
  guint run = kh_udp_socket_run (first, n);
  guint sent;

  if (run == 1 || (*ret_errno != EIO && *ret_errno != EINVAL && *ret_errno != EMSGSIZE))
    return 0;
  sent = kh_udp_socket_send (sock->fd, first, run, FALSE, ret_errno);
  if (sent > 0)
    {
      sock->gso = FALSE;
      self->stats.fallbacks++;
      g_debug ("This device cannot segment: sending datagrams one by one");
    }
  else
    output->plain_until = output->sent + run;
  return sent;
}

static guint
send_some (KhUdpDriver *self, KhUdpDriverSocket *sock, int *ret_errno)
{
  KhUdpOutput *output = &self->output;
  const KhDatagram *first = &output->batch[output->sent];
  gboolean gso = sock->gso && output->sent >= output->plain_until;
  guint n = batch_run (output);
  guint sent = kh_udp_socket_send (sock->fd, first, n, gso, ret_errno);

  /* An ICMP error of an earlier datagram comes as the result of this one: once more. */
  if (sent == 0 && *ret_errno != EAGAIN)
    sent = kh_udp_socket_send (sock->fd, first, n, gso, ret_errno);
  if (sent == 0 && gso)
    return send_without (self, sock, n, ret_errno);
  self->stats.joined_sent += gso && sent > 1 && kh_udp_socket_run (first, sent) > 1;
  return sent;
}

/* Returns FALSE where the system takes no more now. */
static gboolean
send_run (KhUdpDriver *self)
{
  KhUdpOutput *output = &self->output;
  const KhDatagram *first = &output->batch[output->sent];
  KhUdpDriverSocket *sock = kh_socket_is_search (first->socket)
                                ? kh_udp_driver_open_search (self, first->socket)
                                : kh_udp_driver_get_socket (self, first->socket);
  int saved_errno = 0;
  guint sent = 0;

  if (first->socket >= KH_UDP_DRIVER_SOCKETS && !kh_socket_is_search (first->socket) &&
      self->extra != NULL)
    {
      self->extra (first, self->extra_data);
      output->sent++;
      return TRUE;
    }
  if (sock != NULL)
    {
      sent = send_some (self, sock, &saved_errno);
      if (sent == 0 && saved_errno == EAGAIN)
        {
          kh_udp_driver_set_blocked (self, sock, TRUE);
          return FALSE;
        }
    }
  self->stats.sent += sent;
  if (sent == 0)
    {
      /* No route, no such family, a firewall, a probe longer than the interface takes: lost on the
       * way, which the machine expects. */
      self->stats.send_errors++;
      self->stats.too_long += saved_errno == EMSGSIZE;
      sent = 1;
    }
  output->sent += sent;
  return TRUE;
}

static gboolean
send_batch (KhUdpDriver *self)
{
  KhUdpOutput *output = &self->output;

  while (output->sent < output->len)
    if (!send_run (self))
      return FALSE;
  output->len = output->sent = 0;
  /* The first full batch asks for more room, which the next one makes. */
  if (output->large_us > 0 && output->size < SIZE_LARGE)
    kh_udp_output_clear (output);
  return TRUE;
}

static gboolean
is_blocked (KhUdpDriver *self)
{
  for (guint i = 0; i < kh_udp_driver_end (self); i++)
    {
      KhUdpDriverSocket *sock = kh_udp_driver_get_socket (self, i);

      if (sock != NULL && sock->blocked)
        return TRUE;
    }
  return FALSE;
}

gboolean
kh_udp_output_run (KhUdpDriver *self, gint64 now_us)
{
  gboolean has_more;

  if (is_blocked (self) || !send_batch (self))
    return FALSE;
  has_more = fill (self, now_us);
  if (!send_batch (self))
    return FALSE;
  kh_udp_driver_close_search (self);
  return has_more;
}
