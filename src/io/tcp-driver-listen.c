/* tcp-driver-listen.c: connections that others make (tcp-driver.h)
 *
 * Owns the listeners. Whoever would have too many connections is turned away at once.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "io/sockaddr.h"
#include "io/tcp-driver-private.h"

#define BACKLOG 128
/* Connections that one turn accepts of one listener. */
#define ACCEPTS_PER_TURN 16
/* Out of descriptors or memory: no new attempt to accept for so long. */
#define ACCEPT_PAUSE_US (G_USEC_PER_SEC / 2)

typedef struct
{
  GSocket *socket;
  GSource *source; /* NULL while accepting is paused */
} Listener;

static gboolean
get_remote (GSocket *socket, KhAddr *ret_remote)
{
  struct sockaddr_storage native;
  socklen_t len = sizeof native;

  return getpeername (g_socket_get_fd (socket), (struct sockaddr *) &native, &len) == 0 &&
         kh_sockaddr_to_addr ((struct sockaddr *) &native, ret_remote);
}

static void
welcome (KhTcpDriver *self, GSocket *socket)
{
  g_autoptr (GSocketConnection) stream = NULL;
  KhTcpConnection *old;
  KhAddr remote;

  if (!get_remote (socket, &remote) ||
      g_hash_table_size (self->connections) >= self->limits.max_connections ||
      kh_tcp_driver_count (self, &remote) >= self->limits.max_per_prefix)
    {
      self->stats.refused++;
      return;
    }
  /* From the same port to another of our ports: whoever has both can have only one. */
  old = g_hash_table_lookup (self->connections, &remote);
  if (old != NULL)
    kh_tcp_driver_end (self, old);
  self->stats.accepted++;
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  stream = g_socket_connection_factory_create_connection (socket);
  kh_tcp_connection_open (kh_tcp_driver_add (self, &remote), G_IO_STREAM (stream));
}

static void
unwatch (Listener *listener)
{
  if (listener->source == NULL)
    return;
  g_source_destroy (listener->source);
  g_clear_pointer (&listener->source, g_source_unref);
}

static void
pause_accepting (KhTcpDriver *self)
{
  self->resume_us = g_get_monotonic_time () + ACCEPT_PAUSE_US;
  for (guint i = 0; i < self->listeners->len; i++)
    unwatch (self->listeners->pdata[i]);
  kh_tcp_driver_set_timer (self);
}

static gboolean
on_connection (GSocket *listener, GIOCondition condition, gpointer user_data)
{
  KhTcpDriver *self = user_data;

  for (guint i = 0; i < ACCEPTS_PER_TURN; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GSocket) socket = g_socket_accept (listener, NULL, &error);

      if (socket == NULL)
        {
          if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
            {
              g_debug ("TCP: %s", error->message);
              pause_accepting (self);
            }
          break;
        }
      g_socket_set_blocking (socket, FALSE);
      welcome (self, socket);
    }
  return G_SOURCE_CONTINUE;
}

static void
watch (KhTcpDriver *self, Listener *listener)
{
  if (listener->source != NULL)
    return;
  listener->source = g_socket_create_source (listener->socket, G_IO_IN, NULL);
  g_source_set_callback (listener->source, G_SOURCE_FUNC (on_connection), self, NULL);
  g_source_attach (listener->source, g_main_context_get_thread_default ());
}

void
kh_tcp_driver_resume_accepting (KhTcpDriver *self)
{
  self->resume_us = KH_NEVER;
  for (guint i = 0; i < self->listeners->len; i++)
    watch (self, self->listeners->pdata[i]);
}

void
kh_tcp_driver_listener_free (gpointer data)
{
  Listener *listener = data;

  unwatch (listener);
  g_object_unref (listener->socket);
  g_free (listener);
}

static GSocket *
open_listener (const KhAddr *addr, GError **error)
{
  gboolean is_ipv6 = addr->family == KH_FAMILY_IPV6;
  struct sockaddr_storage native;
  gsize len = kh_sockaddr_from_addr (addr, &native);
  g_autoptr (GSocketAddress) address = g_socket_address_new_from_native (&native, len);
  g_autoptr (GSocket) socket = g_socket_new (is_ipv6 ? G_SOCKET_FAMILY_IPV6 : G_SOCKET_FAMILY_IPV4,
                                             G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);

  if (socket == NULL ||
      (is_ipv6 && !g_socket_set_option (socket, IPPROTO_IPV6, IPV6_V6ONLY, 1, error)))
    return NULL;
  g_socket_set_blocking (socket, FALSE);
  g_socket_set_listen_backlog (socket, BACKLOG);
  if (!g_socket_bind (socket, address, TRUE, error) || !g_socket_listen (socket, error))
    return NULL;
  return g_steal_pointer (&socket);
}

gboolean
kh_tcp_driver_listen (KhTcpDriver *self, const KhAddr *addr, guint16 *ret_port, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GSocket) socket = open_listener (addr, &local_error);
  g_autoptr (GSocketAddress) local = NULL;
  char text[KH_ADDR_STRING_MAX];
  Listener *listener;

  if (socket == NULL)
    {
      g_set_error (error, local_error->domain, local_error->code, "Cannot listen on TCP %s: %s",
                   kh_addr_format (addr, text), local_error->message);
      return FALSE;
    }
  local = g_socket_get_local_address (socket, NULL);
  if (ret_port != NULL)
    *ret_port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local));
  listener = g_new0 (Listener, 1);
  listener->socket = g_steal_pointer (&socket);
  g_ptr_array_add (self->listeners, listener);
  watch (self, listener);
  return TRUE;
}
