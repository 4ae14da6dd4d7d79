/* udp-driver-search.c: the sockets of a search, opened when something is sent from them
 *
 * Owns them: IPv4, on ports that the system chooses. They are as good as the others, because one of
 * them may become the path of a session. The machine says which are to be closed.
 */
#include "io/udp-driver-private.h"

#include <unistd.h>

KhUdpDriverSocket *
kh_udp_driver_open_search (KhUdpDriver *self, guint index)
{
  KhAddr any = kh_addr_ipv4 (0, 0, 0, 0, 0);
  KhUdpDriverSocket **place = &self->search[index - KH_SOCKET_SEARCH];
  g_autoptr (GError) error = NULL;
  int fd;

  if (*place != NULL)
    return *place;
  fd = kh_udp_socket_open (&any, &error);
  if (fd < 0)
    {
      /* Too many files: what was to be sent is as good as lost on the way. */
      g_debug ("%s", error->message);
      return NULL;
    }
  *place = g_new0 (KhUdpDriverSocket, 1);
  kh_udp_driver_set_up (self, *place, fd);
  self->n_search++;
  return *place;
}

static void
close_search (KhUdpDriver *self, guint index)
{
  KhUdpDriverSocket *sock = g_steal_pointer (&self->search[index - KH_SOCKET_SEARCH]);

  if (sock == NULL)
    return;
  if (self->source != NULL)
    g_source_remove_unix_fd (self->source, sock->tag);
  close (sock->fd);
  g_free (sock);
  self->n_search--;
}

void
kh_udp_driver_close_search (KhUdpDriver *self)
{
  guint index;

  if (self->ops->poll_close == NULL)
    return;
  while (self->ops->poll_close (self->machine, &index))
    if (kh_socket_is_search (index))
      close_search (self, index);
}

void
kh_udp_driver_clear_search (KhUdpDriver *self)
{
  for (guint i = 0; i < KH_SOCKET_SEARCH_MAX; i++)
    close_search (self, KH_SOCKET_SEARCH + i);
}
