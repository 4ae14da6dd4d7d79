/* tcp-driver-connect.c: connections that we make (tcp-driver.h)
 *
 * Owns the attempts, each for as long as it lasts. Who wants one made, and what becomes of it, is
 * tcp-driver.c's.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "io/sockaddr.h"
#include "io/tcp-driver-private.h"

typedef struct
{
  KhTcpDriver *driver; /* only while not cancelled */
  KhAddr remote;
  GCancellable *cancellable;
} Attempt;

static void
on_connected (GObject *client, GAsyncResult *result, gpointer user_data)
{
  g_autofree Attempt *attempt = user_data;
  g_autoptr (GCancellable) cancellable = attempt->cancellable;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) stream =
      g_socket_client_connect_finish (G_SOCKET_CLIENT (client), result, &error);
  KhTcpConnection *connection;

  if (g_cancellable_is_cancelled (cancellable))
    return;
  connection = g_hash_table_lookup (attempt->driver->connections, &attempt->remote);
  if (stream == NULL)
    {
      g_debug ("TCP: %s", error->message);
      attempt->driver->stats.failed++;
      kh_tcp_driver_fail (attempt->driver, connection);
      return;
    }
  attempt->driver->stats.connected++;
  g_clear_object (&connection->cancellable);
  g_socket_set_option (g_socket_connection_get_socket (stream), IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  kh_tcp_connection_open (connection, G_IO_STREAM (stream));
}

/* (transfer full): with the scheme that proxies are looked up by, the one most of them let through;
 * a link-local address has no place in a URI, and behind no proxy. */
static GSocketConnectable *
make_connectable (const KhAddr *remote)
{
  char text[KH_ADDR_STRING_MAX];
  g_autofree char *uri = g_strconcat ("https://", kh_addr_format (remote, text), NULL);
  struct sockaddr_storage native;
  gsize len = kh_sockaddr_from_addr (remote, &native);
  GSocketConnectable *address = NULL;

  if (remote->scope_id == 0)
    address = g_network_address_parse_uri (uri, remote->port, NULL);
  if (address == NULL)
    address = G_SOCKET_CONNECTABLE (g_socket_address_new_from_native (&native, len));
  return address;
}

void
kh_tcp_driver_connect (KhTcpDriver *self, KhTcpConnection *connection)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnectable) address = make_connectable (&connection->remote);
  Attempt *attempt = g_new0 (Attempt, 1);

  if (self->has_resolver)
    {
      g_socket_client_set_enable_proxy (client, self->resolver != NULL);
      g_socket_client_set_proxy_resolver (client, self->resolver);
    }
  connection->is_outgoing = TRUE;
  connection->cancellable = g_cancellable_new ();
  attempt->driver = self;
  attempt->remote = connection->remote;
  attempt->cancellable = g_object_ref (connection->cancellable);
  g_socket_client_connect_async (client, address, connection->cancellable, on_connected, attempt);
}

void
kh_tcp_driver_allow_connect (KhTcpDriver *self)
{
  self->may_connect = TRUE;
}

void
kh_tcp_driver_set_proxy_resolver (KhTcpDriver *self, GProxyResolver *resolver)
{
  g_set_object (&self->resolver, resolver);
  self->has_resolver = TRUE;
}

/* Is the address of ours that it leaves from none of @addrs? */
static gboolean
is_stranded (KhTcpConnection *connection, const KhAddr *addrs, gsize n)
{
  struct sockaddr_storage native;
  socklen_t len = sizeof native;
  KhAddr local;

  if (!connection->is_outgoing || !G_IS_SOCKET_CONNECTION (connection->stream) ||
      getsockname (g_socket_get_fd (
                       g_socket_connection_get_socket (G_SOCKET_CONNECTION (connection->stream))),
                   (struct sockaddr *) &native, &len) != 0 ||
      !kh_sockaddr_to_addr ((struct sockaddr *) &native, &local))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    if (kh_addr_equal_ip (&local, &addrs[i]))
      return FALSE;
  return TRUE;
}

void
kh_tcp_driver_network_changed (KhTcpDriver *self, const KhAddr *addrs, gsize n)
{
  g_autoptr (GList) connections = g_hash_table_get_values (self->connections);

  for (GList *l = connections; l != NULL; l = l->next)
    if (is_stranded (l->data, addrs, n))
      kh_tcp_driver_fail (self, l->data);
}
