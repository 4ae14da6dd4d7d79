/* udp-driver-bind.c: the driver's sockets: opened, bound, and asked what the system can */
#include "io/udp-driver-private.h"

#include <errno.h>
#include <unistd.h>

void
kh_udp_driver_set_up (KhUdpDriver *self, KhUdpDriverSocket *sock, int fd)
{
  sock->fd = fd;
  sock->gso = !self->plain && kh_udp_socket_has_gso (fd);
  if (!self->plain && !kh_udp_socket_enable_gro (fd))
    g_debug ("This system does not join datagrams that come in");
  sock->tag = g_source_add_unix_fd (self->source, fd, G_IO_IN);
}

gboolean
kh_udp_driver_bind (KhUdpDriver *self, guint socket, const KhAddr *addr, GError **error)
{
  KhUdpDriverSocket *sock = &self->sockets[socket];
  int fd;

  g_return_val_if_fail (socket < KH_UDP_DRIVER_SOCKETS, FALSE);
  g_return_val_if_fail (sock->fd < 0, FALSE);

  fd = kh_udp_socket_open (addr, error);
  if (fd < 0)
    return FALSE;
  kh_udp_driver_set_up (self, sock, fd);
  kh_udp_driver_kick (self);
  return TRUE;
}

static void
driver_unbind (KhUdpDriver *self, guint socket)
{
  KhUdpDriverSocket *sock = &self->sockets[socket];

  g_source_remove_unix_fd (self->source, sock->tag);
  close (sock->fd);
  *sock = (KhUdpDriverSocket){ .fd = -1 };
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
