/* announcements.c: a GSocket at the group of all hosts, which every interface belongs to
 *
 * One datagram a turn, and nothing is sent: whoever floods it costs a wakeup each.
 */
#include "io/announcements.h"

#include "io/sockaddr.h"

/* RFC 6887, 7: the longest message of PCP */
#define SIZE_MAX_PCP 1100

struct _KhAnnouncements
{
  KhAnnouncementsHeard heard;
  gpointer user_data;
  GSocket *socket;
  GSource *source;
};

static gboolean
get_remote (GSocketAddress *address, KhAddr *ret_remote)
{
  struct sockaddr_storage native;

  return address != NULL && g_socket_address_to_native (address, &native, sizeof native, NULL) &&
         kh_sockaddr_to_addr ((struct sockaddr *) &native, ret_remote);
}

static gboolean
on_readable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  KhAnnouncements *self = user_data;
  g_autoptr (GSocketAddress) address = NULL;
  guint8 buf[SIZE_MAX_PCP];
  KhDatagram in = { .data = buf, .size = sizeof buf };
  gssize len = g_socket_receive_from (socket, &address, (char *) buf, sizeof buf, NULL, NULL);

  if (len > 0 && get_remote (address, &in.remote))
    {
      in.len = (gsize) len;
      self->heard (&in, self->user_data);
    }
  return G_SOURCE_CONTINUE;
}

KhAnnouncements *
kh_announcements_new (KhAnnouncementsHeard heard, gpointer user_data)
{
  g_autoptr (GSocket) socket =
      g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
  g_autoptr (GSocketAddress) group =
      g_inet_socket_address_new_from_string ("224.0.0.1", KH_ANNOUNCEMENTS_PORT);
  KhAnnouncements *self;

  if (socket == NULL || !g_socket_bind (socket, group, TRUE, NULL))
    return NULL;
  g_socket_set_blocking (socket, FALSE);
  self = g_new0 (KhAnnouncements, 1);
  self->heard = heard;
  self->user_data = user_data;
  self->source = g_socket_create_source (socket, G_IO_IN, NULL);
  self->socket = g_steal_pointer (&socket);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_readable), self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
  return self;
}

void
kh_announcements_free (KhAnnouncements *self)
{
  if (self == NULL)
    return;
  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_object_unref (self->socket);
  g_free (self);
}
