/* udp-driver.c: one GSource that carries the sockets and the next timeout of a machine (DESIGN
 * section 2, "Main loop")
 *
 * Datagrams wait in one outgoing batch. While the system takes no more, the machine is not polled
 * for output, which leaves it to pace itself, and the source waits for room.
 */
#include "io/udp-driver.h"

#include <errno.h>
#include <unistd.h>

#include "io/udp-socket.h"

/* Rounds of output and events in one turn, where the events cause commands that cause output. */
#define ROUNDS_MAX 4

typedef struct
{
  int fd;
  gpointer tag; /* of the GSource */
  gboolean blocked;
} Socket;

struct _KhUdpDriver
{
  /* borrowed */
  const KhMachineOps *ops;
  gpointer machine;
  KhUdpDriverAfter after;
  gpointer user_data;

  /* owned */
  GSource *source; /* NULL once freed */
  Socket sockets[KH_UDP_DRIVER_SOCKETS];
  guint8 *input; /* KH_UDP_SOCKET_BATCH × KH_UDP_SOCKET_ROOM */
  guint8 *output;
  KhDatagram batch[KH_UDP_SOCKET_BATCH];
  guint batch_len, batch_sent;

  gboolean kicked;
  guint turn_datagrams;
  gint64 turn_end_us;
  KhUdpDriverStats stats;
};

typedef struct
{
  GSource source;
  KhUdpDriver *driver;
} DriverSource;

static gboolean driver_dispatch (GSource *source, GSourceFunc callback, gpointer user_data);

static GSourceFuncs driver_source_funcs = { .dispatch = driver_dispatch };

static gboolean
turn_is_over (KhUdpDriver *self)
{
  return self->turn_datagrams >= KH_UDP_DRIVER_TURN_DATAGRAMS ||
         g_get_monotonic_time () >= self->turn_end_us;
}

static gboolean
is_blocked (KhUdpDriver *self)
{
  for (guint i = 0; i < KH_UDP_DRIVER_SOCKETS; i++)
    if (self->sockets[i].blocked)
      return TRUE;
  return FALSE;
}

static void
set_blocked (KhUdpDriver *self, Socket *sock, gboolean blocked)
{
  if (sock->blocked == blocked)
    return;
  sock->blocked = blocked;
  self->stats.blocked += blocked;
  if (self->source != NULL)
    g_source_modify_unix_fd (self->source, sock->tag, blocked ? G_IO_IN | G_IO_OUT : G_IO_IN);
}

static void
receive_batch (KhUdpDriver *self, guint index, gint64 now_us, guint *ret_n)
{
  KhDatagram batch[KH_UDP_SOCKET_BATCH];
  guint n = kh_udp_socket_receive (self->sockets[index].fd, index, self->input, KH_UDP_SOCKET_BATCH,
                                   batch);

  for (guint i = 0; i < n; i++)
    {
      if (batch[i].len > 0)
        self->ops->receive (self->machine, &batch[i], now_us);
      else
        self->stats.truncated++;
    }
  self->stats.received += n;
  self->turn_datagrams += n;
  *ret_n = n;
}

static void
receive_from (KhUdpDriver *self, guint index, gint64 now_us)
{
  guint n;

  do
    receive_batch (self, index, now_us, &n);
  while (n == KH_UDP_SOCKET_BATCH && !turn_is_over (self));
}

static void
receive_errors (KhUdpDriver *self, guint index, gint64 now_us)
{
  KhAddr remote;

  for (guint i = 0; i < KH_UDP_DRIVER_TURN_DATAGRAMS &&
                    kh_udp_socket_next_unreachable (self->sockets[index].fd, &remote);
       i++)
    {
      self->stats.unreachable++;
      if (self->ops->unreachable != NULL)
        self->ops->unreachable (self->machine, &remote, now_us);
    }
}

static void
receive_all (KhUdpDriver *self, gint64 now_us)
{
  for (guint i = 0; i < KH_UDP_DRIVER_SOCKETS; i++)
    {
      Socket *sock = &self->sockets[i];
      GIOCondition condition;

      if (sock->fd < 0)
        continue;
      condition = g_source_query_unix_fd (self->source, sock->tag);
      if (condition & G_IO_ERR)
        receive_errors (self, i, now_us);
      if (condition & G_IO_IN)
        receive_from (self, i, now_us);
      if (condition & G_IO_OUT)
        set_blocked (self, sock, FALSE);
    }
}

/* Datagrams from the front of the batch that leave by the same socket. */
static guint
batch_run (KhUdpDriver *self)
{
  guint n = 1;

  while (self->batch_sent + n < self->batch_len &&
         self->batch[self->batch_sent + n].socket == self->batch[self->batch_sent].socket)
    n++;
  return n;
}

/* Returns FALSE where the system takes no more now. */
static gboolean
send_run (KhUdpDriver *self)
{
  KhDatagram *first = &self->batch[self->batch_sent];
  Socket *sock = first->socket < KH_UDP_DRIVER_SOCKETS ? &self->sockets[first->socket] : NULL;
  int saved_errno = 0;
  guint sent = 0;

  if (sock != NULL && sock->fd >= 0)
    {
      guint n = batch_run (self);

      sent = kh_udp_socket_send (sock->fd, first, n, &saved_errno);
      /* An ICMP error of an earlier datagram comes as the result of this one: once more. */
      if (sent == 0 && saved_errno != EAGAIN)
        sent = kh_udp_socket_send (sock->fd, first, n, &saved_errno);
      if (sent == 0 && saved_errno == EAGAIN)
        {
          set_blocked (self, sock, TRUE);
          return FALSE;
        }
    }
  if (sent == 0)
    {
      /* No route, no such family, a firewall: lost on the way, which the machine expects. */
      self->stats.send_errors++;
      sent = 1;
    }
  else
    self->stats.sent += sent;
  self->batch_sent += sent;
  self->turn_datagrams += sent;
  return TRUE;
}

static gboolean
send_batch (KhUdpDriver *self)
{
  while (self->batch_sent < self->batch_len)
    if (!send_run (self))
      return FALSE;
  self->batch_len = self->batch_sent = 0;
  return TRUE;
}

static gboolean
fill_batch (KhUdpDriver *self, gint64 now_us)
{
  while (self->batch_len < KH_UDP_SOCKET_BATCH)
    {
      KhDatagram *out = &self->batch[self->batch_len];

      *out = (KhDatagram){ .data = self->output + (gsize) self->batch_len * KH_UDP_SOCKET_ROOM,
                           .size = KH_UDP_SOCKET_ROOM };
      if (!self->ops->poll_send (self->machine, out, now_us))
        break;
      self->batch_len++;
    }
  return self->batch_len > 0;
}

/* Returns TRUE where the machine may have more to send, and the turn ended first. */
static gboolean
send_all (KhUdpDriver *self, gint64 now_us, gboolean bounded)
{
  if (is_blocked (self) || !send_batch (self))
    return FALSE;
  while (fill_batch (self, now_us))
    {
      if (!send_batch (self))
        return FALSE;
      if (bounded && turn_is_over (self))
        return TRUE;
    }
  return FALSE;
}

static void
set_ready_time (KhUdpDriver *self, gboolean has_more)
{
  gint64 next_us = self->ops->next_timeout (self->machine);

  if (has_more || self->kicked)
    g_source_set_ready_time (self->source, 0);
  else
    g_source_set_ready_time (self->source, next_us == KH_NEVER ? -1 : MAX (next_us, 0));
}

static void
driver_clear (gpointer data)
{
  KhUdpDriver *self = data;

  g_free (self->input);
  g_free (self->output);
}

static gboolean
driver_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  KhUdpDriver *self = g_rc_box_acquire (((DriverSource *) source)->driver);
  gint64 now_us = g_get_monotonic_time ();
  gboolean has_more = FALSE;

  self->turn_datagrams = 0;
  self->turn_end_us = now_us + KH_UDP_DRIVER_TURN_US;
  receive_all (self, now_us);
  if (self->ops->next_timeout (self->machine) <= now_us)
    self->ops->handle_timeout (self->machine, now_us);

  for (guint i = 0; i < ROUNDS_MAX; i++)
    {
      self->kicked = FALSE;
      has_more = send_all (self, now_us, TRUE);
      self->after (self->user_data);
      if (self->source == NULL || !self->kicked || has_more)
        break;
      /* What the callback told the machine happened after the turn began. */
      now_us = g_get_monotonic_time ();
    }
  if (self->source != NULL)
    set_ready_time (self, has_more);
  g_rc_box_release_full (self, driver_clear);
  return G_SOURCE_CONTINUE;
}

KhUdpDriver *
kh_udp_driver_new (const KhMachineOps *ops,
                   gpointer machine,
                   KhUdpDriverAfter after,
                   gpointer user_data)
{
  KhUdpDriver *self = g_rc_box_new0 (KhUdpDriver);

  self->ops = ops;
  self->machine = machine;
  self->after = after;
  self->user_data = user_data;
  self->input = g_malloc (KH_UDP_SOCKET_BATCH * KH_UDP_SOCKET_ROOM);
  self->output = g_malloc (KH_UDP_SOCKET_BATCH * KH_UDP_SOCKET_ROOM);
  for (guint i = 0; i < KH_UDP_DRIVER_SOCKETS; i++)
    self->sockets[i].fd = -1;
  self->source = g_source_new (&driver_source_funcs, sizeof (DriverSource));
  ((DriverSource *) self->source)->driver = self;
  g_source_set_static_name (self->source, "KhUdpDriver");
  g_source_attach (self->source, g_main_context_get_thread_default ());
  return self;
}

void
kh_udp_driver_free (KhUdpDriver *self)
{
  if (self == NULL)
    return;
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  for (guint i = 0; i < KH_UDP_DRIVER_SOCKETS; i++)
    if (self->sockets[i].fd >= 0)
      {
        close (self->sockets[i].fd);
        self->sockets[i].fd = -1;
      }
  g_rc_box_release_full (self, driver_clear);
}

gboolean
kh_udp_driver_bind (KhUdpDriver *self, guint socket, const KhAddr *addr, GError **error)
{
  Socket *sock = &self->sockets[socket];

  g_return_val_if_fail (socket < KH_UDP_DRIVER_SOCKETS, FALSE);
  g_return_val_if_fail (sock->fd < 0, FALSE);

  sock->fd = kh_udp_socket_open (addr, error);
  if (sock->fd < 0)
    return FALSE;
  sock->tag = g_source_add_unix_fd (self->source, sock->fd, G_IO_IN);
  kh_udp_driver_kick (self);
  return TRUE;
}

static void
driver_unbind (KhUdpDriver *self, guint socket)
{
  Socket *sock = &self->sockets[socket];

  g_source_remove_unix_fd (self->source, sock->tag);
  close (sock->fd);
  *sock = (Socket){ .fd = -1 };
}

/* Does the system lack the family, so that the other has to do? */
static gboolean
is_family_missing (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT) ||
         (error->domain == G_IO_ERROR &&
          error->code == (int) g_io_error_from_errno (EADDRNOTAVAIL));
}

static gboolean
bind_both (KhUdpDriver *self, guint first, guint16 port, GError **error)
{
  KhAddr any4 = kh_addr_ipv4 (0, 0, 0, 0, port);
  KhAddr any6 = { .family = KH_FAMILY_IPV6, .port = port };
  g_autoptr (GError) v6_error = NULL;

  if (kh_udp_driver_bind (self, first + 1, &any6, &v6_error))
    any4.port = kh_udp_driver_get_port (self, first + 1);
  else if (!is_family_missing (v6_error))
    {
      g_propagate_error (error, g_steal_pointer (&v6_error));
      return FALSE;
    }
  if (kh_udp_driver_bind (self, first, &any4, error))
    return TRUE;
  if (v6_error == NULL)
    driver_unbind (self, first + 1);
  return FALSE;
}

gboolean
kh_udp_driver_bind_any (KhUdpDriver *self, guint first, guint16 port, GError **error)
{
  /* A port that is free in one family may be taken in the other. */
  for (int tries = port == 0 ? 16 : 1;; tries--)
    {
      g_autoptr (GError) local_error = NULL;

      if (bind_both (self, first, port, &local_error))
        return TRUE;
      if (tries == 1 || !g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
    }
}

guint16
kh_udp_driver_get_port (KhUdpDriver *self, guint socket)
{
  g_return_val_if_fail (socket < KH_UDP_DRIVER_SOCKETS, 0);

  return self->sockets[socket].fd < 0 ? 0 : kh_udp_socket_get_port (self->sockets[socket].fd);
}

void
kh_udp_driver_kick (KhUdpDriver *self)
{
  self->kicked = TRUE;
  g_source_set_ready_time (self->source, 0);
}

void
kh_udp_driver_flush (KhUdpDriver *self)
{
  send_all (self, g_get_monotonic_time (), FALSE);
}

void
kh_udp_driver_get_stats (KhUdpDriver *self, KhUdpDriverStats *ret_stats)
{
  *ret_stats = self->stats;
}
