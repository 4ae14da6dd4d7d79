/* tcp-driver.c: the connections of one machine (DESIGN 6, "UDP and TCP")
 *
 * Owns the listeners and the connections: in a table by remote address, and in one of two queues,
 * of those that have brought a datagram and of those that have not; all in a queue wait equally
 * long, so each is in the order of its deadlines.
 */
#include "io/tcp-driver.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "io/sockaddr.h"
#include "io/tcp-connection.h"

#define BACKLOG 128
/* Connections that one turn accepts of one listener. */
#define ACCEPTS_PER_TURN 16
/* Out of descriptors or memory: no new attempt to accept for so long. */
#define ACCEPT_PAUSE_US (G_USEC_PER_SEC / 2)

typedef struct
{
  GSource source;
  KhTcpDriver *driver;
} TimerSource;

typedef struct
{
  GSocket *socket;
  GSource *source; /* NULL while accepting is paused */
} Listener;

struct _KhTcpDriver
{
  /* borrowed */
  const KhMachineOps *ops;
  gpointer machine;
  KhUdpDriver *driver;

  /* owned */
  KhTcpLimits limits;
  GHashTable *connections; /* of KhTcpConnection by its remote */
  GHashTable *per_prefix;  /* KhAddr to how many */
  GQueue fresh;
  GQueue alive;
  GPtrArray *listeners; /* of Listener */
  GSource *timer;
  gint64 resume_us; /* KH_NEVER unless accepting is paused */
  gboolean may_connect;
  gboolean has_resolver;
  GProxyResolver *resolver;
  KhTcpDriverStats stats;
};

/* --- connections ------------------------------------------------------------------------- */

static void
set_timer (KhTcpDriver *self)
{
  gint64 next = self->resume_us;

  if (self->fresh.head != NULL)
    next = MIN (next,
                ((KhTcpConnection *) self->fresh.head->data)->heard_us + KH_TCP_FIRST_TIMEOUT_US);
  if (self->alive.head != NULL)
    next =
        MIN (next, ((KhTcpConnection *) self->alive.head->data)->heard_us + KH_TCP_IDLE_TIMEOUT_US);
  g_source_set_ready_time (self->timer, next == KH_NEVER ? -1 : next);
}

static guint
count_of (KhTcpDriver *self, const KhAddr *remote)
{
  KhAddr prefix = kh_addr_prefix (remote);

  return GPOINTER_TO_UINT (g_hash_table_lookup (self->per_prefix, &prefix));
}

static void
set_count (KhTcpDriver *self, const KhAddr *remote, guint n)
{
  KhAddr prefix = kh_addr_prefix (remote);

  if (n > 0)
    g_hash_table_replace (self->per_prefix, g_memdup2 (&prefix, sizeof prefix),
                          GUINT_TO_POINTER (n));
  else
    g_hash_table_remove (self->per_prefix, &prefix);
}

static void
end (KhTcpDriver *self, KhTcpConnection *connection)
{
  g_queue_unlink (connection->has_spoken ? &self->alive : &self->fresh, &connection->link);
  g_hash_table_remove (self->connections, &connection->remote);
  set_count (self, &connection->remote, count_of (self, &connection->remote) - 1);
  if (connection->cancellable != NULL)
    g_cancellable_cancel (connection->cancellable);
  kh_tcp_connection_free (connection);
}

/* Ends it and says so. */
static void
fail (KhTcpDriver *self, KhTcpConnection *connection)
{
  KhAddr remote = connection->remote;

  end (self, connection);
  set_timer (self);
  if (self->ops->closed == NULL)
    return;
  self->ops->closed (self->machine, &remote, g_get_monotonic_time ());
  kh_udp_driver_kick (self->driver);
}

static void
on_received (KhTcpConnection *connection, guint8 *data, gsize len, gpointer user_data)
{
  KhTcpDriver *self = user_data;
  KhDatagram in = {
    .socket = KH_SOCKET_TCP, .remote = connection->remote, .data = data, .len = len
  };

  g_queue_unlink (connection->has_spoken ? &self->alive : &self->fresh, &connection->link);
  connection->has_spoken = TRUE;
  connection->heard_us = g_get_monotonic_time ();
  g_queue_push_tail_link (&self->alive, &connection->link);
  set_timer (self);
  self->stats.received++;
  self->ops->receive (self->machine, &in, connection->heard_us);
  kh_udp_driver_kick (self->driver);
}

static void
on_broken (KhTcpConnection *connection, gpointer user_data)
{
  fail (user_data, connection);
}

static const KhTcpConnectionFuncs connection_funcs = {
  .received = on_received,
  .broken = on_broken,
};

static KhTcpConnection *
add (KhTcpDriver *self, const KhAddr *remote)
{
  KhTcpConnection *connection = kh_tcp_connection_new (remote, &connection_funcs, self);

  connection->heard_us = g_get_monotonic_time ();
  g_hash_table_insert (self->connections, &connection->remote, connection);
  set_count (self, remote, count_of (self, remote) + 1);
  g_queue_push_tail_link (&self->fresh, &connection->link);
  set_timer (self);
  return connection;
}

/* --- out: from the machine, and to others ------------------------------------------------ */

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
      fail (attempt->driver, connection);
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

static void
connect_to (KhTcpDriver *self, KhTcpConnection *connection)
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

static void
send_datagram (const KhDatagram *out, gpointer user_data)
{
  KhTcpDriver *self = user_data;
  KhTcpConnection *connection = NULL;

  if (out->socket == KH_SOCKET_TCP && out->len > 0 && out->len <= KH_DATAGRAM_MAX)
    {
      connection = g_hash_table_lookup (self->connections, &out->remote);
      if (connection == NULL && self->may_connect)
        {
          connection = add (self, &out->remote);
          connect_to (self, connection);
        }
    }
  if (connection != NULL && kh_tcp_connection_send (connection, out->data, out->len))
    self->stats.sent++;
  else
    self->stats.dropped++;
}

/* --- in ---------------------------------------------------------------------------------- */

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
      count_of (self, &remote) >= self->limits.max_per_prefix)
    {
      self->stats.refused++;
      return;
    }
  /* From the same port to another of our ports: whoever has both can have only one. */
  old = g_hash_table_lookup (self->connections, &remote);
  if (old != NULL)
    end (self, old);
  self->stats.accepted++;
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  stream = g_socket_connection_factory_create_connection (socket);
  kh_tcp_connection_open (add (self, &remote), G_IO_STREAM (stream));
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
  set_timer (self);
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

static void
resume_accepting (KhTcpDriver *self)
{
  self->resume_us = KH_NEVER;
  for (guint i = 0; i < self->listeners->len; i++)
    watch (self, self->listeners->pdata[i]);
}

static void
listener_free (gpointer data)
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

/* --- life -------------------------------------------------------------------------------- */

static void
end_overdue (KhTcpDriver *self, GQueue *queue, gint64 timeout_us, gint64 now_us)
{
  while (queue->head != NULL &&
         ((KhTcpConnection *) queue->head->data)->heard_us + timeout_us <= now_us)
    fail (self, queue->head->data);
}

static gboolean
timer_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  KhTcpDriver *self = ((TimerSource *) source)->driver;
  gint64 now_us = g_get_monotonic_time ();

  if (self->resume_us <= now_us)
    resume_accepting (self);
  end_overdue (self, &self->fresh, KH_TCP_FIRST_TIMEOUT_US, now_us);
  end_overdue (self, &self->alive, KH_TCP_IDLE_TIMEOUT_US, now_us);
  set_timer (self);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs timer_funcs = { .dispatch = timer_dispatch };

KhTcpDriver *
kh_tcp_driver_new (const KhMachineOps *ops,
                   gpointer machine,
                   KhUdpDriver *driver,
                   const KhTcpLimits *limits)
{
  KhTcpDriver *self = g_new0 (KhTcpDriver, 1);

  self->ops = ops;
  self->machine = machine;
  self->driver = driver;
  self->limits = limits != NULL ? *limits : (KhTcpLimits){ 0 };
  self->connections = g_hash_table_new (kh_addr_hash_func, kh_addr_equal_func);
  self->per_prefix = g_hash_table_new_full (kh_addr_hash_func, kh_addr_equal_func, g_free, NULL);
  self->listeners = g_ptr_array_new_with_free_func (listener_free);
  self->resume_us = KH_NEVER;
  self->timer = g_source_new (&timer_funcs, sizeof (TimerSource));
  ((TimerSource *) self->timer)->driver = self;
  g_source_set_static_name (self->timer, "KhTcpDriver");
  g_source_attach (self->timer, g_main_context_get_thread_default ());
  kh_udp_driver_set_extra (driver, send_datagram, self);
  return self;
}

void
kh_tcp_driver_free (KhTcpDriver *self)
{
  if (self == NULL)
    return;
  kh_udp_driver_set_extra (self->driver, NULL, NULL);
  while (self->fresh.head != NULL)
    end (self, self->fresh.head->data);
  while (self->alive.head != NULL)
    end (self, self->alive.head->data);
  g_ptr_array_unref (self->listeners);
  g_source_destroy (self->timer);
  g_source_unref (self->timer);
  g_hash_table_unref (self->connections);
  g_hash_table_unref (self->per_prefix);
  g_clear_object (&self->resolver);
  g_free (self);
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

void
kh_tcp_driver_close (KhTcpDriver *self, const KhAddr *remote)
{
  KhTcpConnection *connection = g_hash_table_lookup (self->connections, remote);

  if (connection == NULL)
    return;
  end (self, connection);
  set_timer (self);
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
      fail (self, l->data);
}

void
kh_tcp_driver_flush (KhTcpDriver *self)
{
  GHashTableIter iter;
  gpointer connection;

  g_hash_table_iter_init (&iter, self->connections);
  while (g_hash_table_iter_next (&iter, NULL, &connection))
    kh_tcp_connection_flush (connection);
}

void
kh_tcp_driver_get_stats (KhTcpDriver *self, KhTcpDriverStats *ret_stats)
{
  *ret_stats = self->stats;
  ret_stats->connections = g_hash_table_size (self->connections);
}
