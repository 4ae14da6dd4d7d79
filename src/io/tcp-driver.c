/* tcp-driver.c: the connections of one machine (PROTOCOL.md, "TCP")
 *
 * Owns the connections: in a table by remote address, and in one of two queues, of those that have
 * brought a datagram and of those that have not; all in a queue wait equally long, so each is in
 * the order of its deadlines. How they come about is in the two other files (tcp-driver-private.h).
 */
#include "io/tcp-driver-private.h"

typedef struct
{
  GSource source;
  KhTcpDriver *driver;
} TimerSource;

/* --- connections ------------------------------------------------------------------------- */

void
kh_tcp_driver_set_timer (KhTcpDriver *self)
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

guint
kh_tcp_driver_count (KhTcpDriver *self, const KhAddr *remote)
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

void
kh_tcp_driver_end (KhTcpDriver *self, KhTcpConnection *connection)
{
  g_queue_unlink (connection->has_spoken ? &self->alive : &self->fresh, &connection->link);
  g_hash_table_remove (self->connections, &connection->remote);
  set_count (self, &connection->remote, kh_tcp_driver_count (self, &connection->remote) - 1);
  if (connection->cancellable != NULL)
    g_cancellable_cancel (connection->cancellable);
  kh_tcp_connection_free (connection);
}

/* Ends it and says so. */
void
kh_tcp_driver_fail (KhTcpDriver *self, KhTcpConnection *connection)
{
  KhAddr remote = connection->remote;

  kh_tcp_driver_end (self, connection);
  kh_tcp_driver_set_timer (self);
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
  kh_tcp_driver_set_timer (self);
  self->stats.received++;
  self->ops->receive (self->machine, &in, connection->heard_us);
  kh_udp_driver_kick (self->driver);
}

static void
on_broken (KhTcpConnection *connection, gpointer user_data)
{
  kh_tcp_driver_fail (user_data, connection);
}

static const KhTcpConnectionFuncs connection_funcs = {
  .received = on_received,
  .broken = on_broken,
};

KhTcpConnection *
kh_tcp_driver_add (KhTcpDriver *self, const KhAddr *remote)
{
  KhTcpConnection *connection = kh_tcp_connection_new (remote, &connection_funcs, self);

  connection->heard_us = g_get_monotonic_time ();
  g_hash_table_insert (self->connections, &connection->remote, connection);
  set_count (self, remote, kh_tcp_driver_count (self, remote) + 1);
  g_queue_push_tail_link (&self->fresh, &connection->link);
  kh_tcp_driver_set_timer (self);
  return connection;
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
          connection = kh_tcp_driver_add (self, &out->remote);
          kh_tcp_driver_connect (self, connection);
        }
    }
  if (connection != NULL && kh_tcp_connection_send (connection, out->data, out->len))
    self->stats.sent++;
  else
    self->stats.dropped++;
}

/* --- life -------------------------------------------------------------------------------- */

static void
end_overdue (KhTcpDriver *self, GQueue *queue, gint64 timeout_us, gint64 now_us)
{
  while (queue->head != NULL &&
         ((KhTcpConnection *) queue->head->data)->heard_us + timeout_us <= now_us)
    kh_tcp_driver_fail (self, queue->head->data);
}

static gboolean
timer_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  KhTcpDriver *self = ((TimerSource *) source)->driver;
  gint64 now_us = g_get_monotonic_time ();

  if (self->resume_us <= now_us)
    kh_tcp_driver_resume_accepting (self);
  end_overdue (self, &self->fresh, KH_TCP_FIRST_TIMEOUT_US, now_us);
  end_overdue (self, &self->alive, KH_TCP_IDLE_TIMEOUT_US, now_us);
  kh_tcp_driver_set_timer (self);
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
  self->listeners = g_ptr_array_new_with_free_func (kh_tcp_driver_listener_free);
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
    kh_tcp_driver_end (self, self->fresh.head->data);
  while (self->alive.head != NULL)
    kh_tcp_driver_end (self, self->alive.head->data);
  g_ptr_array_unref (self->listeners);
  g_source_destroy (self->timer);
  g_source_unref (self->timer);
  g_hash_table_unref (self->connections);
  g_hash_table_unref (self->per_prefix);
  g_clear_object (&self->resolver);
  g_free (self);
}

void
kh_tcp_driver_close (KhTcpDriver *self, const KhAddr *remote)
{
  KhTcpConnection *connection = g_hash_table_lookup (self->connections, remote);

  if (connection == NULL)
    return;
  kh_tcp_driver_end (self, connection);
  kh_tcp_driver_set_timer (self);
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
