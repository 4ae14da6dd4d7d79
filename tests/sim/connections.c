/* connections.c: see connections.h */
#include "connections.h"

/* Linux's net.ipv4.ip_local_port_range */
#define FIRST_EPHEMERAL 32768
#define N_EPHEMERAL 28232
/* RFC 6298's first timeout, without its back-off, and what a driver bears (KH_TCP_FIRST_TIMEOUT) */
#define SYN_US KH_SIM_SECOND
#define SYNS_MAX 10
#define WAITING_MAX 64

typedef struct
{
  KhAddr remote;
  guint16 port; /* ours */
  guint64 number;
  guint n_syns;
  gboolean is_open;
  GQueue waiting; /* KhSimPacket */
} Connection;

struct _KhSimConnections
{
  KhSimWorld *world;
  KhSimConnectionsFuncs funcs;
  gpointer user_data;
  guint16 ports[KH_SIM_LISTEN_MAX];
  guint n_ports;
  guint64 n_made;
  GHashTable *connections; /* KhAddr → Connection */
};

/* For a connection that may have ended meanwhile. */
typedef struct
{
  KhSimConnections *connections;
  KhAddr remote;
  guint64 number;
} Attempt;

static void
connection_free (gpointer data)
{
  Connection *connection = data;

  g_queue_clear_full (&connection->waiting, g_free);
  g_free (connection);
}

KhSimConnections *
kh_sim_connections_new (KhSimWorld *world, const KhSimConnectionsFuncs *funcs, gpointer user_data)
{
  KhSimConnections *self = g_new0 (KhSimConnections, 1);

  self->world = world;
  self->funcs = *funcs;
  self->user_data = user_data;
  self->connections =
      g_hash_table_new_full (kh_addr_hash_func, kh_addr_equal_func, NULL, connection_free);
  return self;
}

void
kh_sim_connections_free (KhSimConnections *self)
{
  g_hash_table_unref (self->connections);
  g_free (self);
}

void
kh_sim_connections_listen (KhSimConnections *self, guint16 port)
{
  g_assert_cmpuint (self->n_ports, <, KH_SIM_LISTEN_MAX);
  self->ports[self->n_ports++] = port;
}

void
kh_sim_connections_reset (KhSimConnections *self)
{
  g_hash_table_remove_all (self->connections);
}

static KhSimPacket *
make_segment (guint16 port, const KhAddr *remote, KhSimSegment type, const guint8 *data, gsize len)
{
  KhAddr src = { .port = port };
  KhSimPacket *packet = kh_sim_packet_new (&src, remote, data, len);

  packet->segment = type;
  return packet;
}

static void
send_control (KhSimConnections *self, guint16 port, const KhAddr *remote, KhSimSegment type)
{
  self->funcs.send (make_segment (port, remote, type, (const guint8 *) "", 0), self->user_data);
}

static Connection *
add (KhSimConnections *self, const KhAddr *remote, guint16 port)
{
  Connection *connection = g_new0 (Connection, 1);

  connection->remote = *remote;
  connection->port = port;
  connection->number = self->n_made++;
  g_queue_init (&connection->waiting);
  g_hash_table_replace (self->connections, &connection->remote, connection);
  return connection;
}

static void
end (KhSimConnections *self, const Connection *connection)
{
  KhAddr remote = connection->remote;

  g_hash_table_remove (self->connections, &remote);
  self->funcs.closed (&remote, self->user_data);
}

static void greet (KhSimConnections *self, Connection *connection);

static void
greet_again (gpointer user_data)
{
  const Attempt *attempt = user_data;
  KhSimConnections *self = attempt->connections;
  Connection *connection = g_hash_table_lookup (self->connections, &attempt->remote);

  if (!connection || connection->number != attempt->number || connection->is_open)
    return;
  if (connection->n_syns == SYNS_MAX)
    end (self, connection);
  else
    greet (self, connection);
}

static void
greet (KhSimConnections *self, Connection *connection)
{
  Attempt attempt = { self, connection->remote, connection->number };

  connection->n_syns++;
  send_control (self, connection->port, &connection->remote, KH_SIM_SEGMENT_SYN);
  kh_sim_world_at (self->world, kh_sim_world_now (self->world) + SYN_US, greet_again,
                   g_memdup2 (&attempt, sizeof attempt), g_free);
}

gboolean
kh_sim_connections_send (KhSimConnections *self,
                         const KhAddr *remote,
                         const guint8 *data,
                         gsize len)
{
  Connection *connection = g_hash_table_lookup (self->connections, remote);
  gboolean is_new = connection == NULL;
  KhSimPacket *packet;

  if (is_new)
    {
      if (self->n_ports > 0)
        return FALSE;
      connection = add (self, remote, (guint16) (FIRST_EPHEMERAL + self->n_made % N_EPHEMERAL));
    }
  if (connection->waiting.length == WAITING_MAX)
    return FALSE;
  packet = make_segment (connection->port, remote, KH_SIM_SEGMENT_DATA, data, len);
  if (connection->is_open)
    self->funcs.send (packet, self->user_data);
  else
    g_queue_push_tail (&connection->waiting, packet);
  if (is_new)
    greet (self, connection);
  return TRUE;
}

static gboolean
listens (KhSimConnections *self, guint16 port)
{
  for (guint i = 0; i < self->n_ports; i++)
    if (self->ports[i] == port)
      return TRUE;
  return FALSE;
}

static void
open_up (KhSimConnections *self, Connection *connection)
{
  KhSimPacket *packet;

  connection->is_open = TRUE;
  while ((packet = g_queue_pop_head (&connection->waiting)))
    self->funcs.send (packet, self->user_data);
}

void
kh_sim_connections_receive (KhSimConnections *self, KhSimPacket *packet)
{
  Connection *connection = g_hash_table_lookup (self->connections, &packet->src);

  if (connection && connection->port != packet->dst.port)
    connection = NULL;
  switch (packet->segment)
    {
    case KH_SIM_SEGMENT_SYN:
      if (!listens (self, packet->dst.port))
        send_control (self, packet->dst.port, &packet->src, KH_SIM_SEGMENT_RST);
      else
        {
          if (!connection)
            add (self, &packet->src, packet->dst.port)->is_open = TRUE;
          send_control (self, packet->dst.port, &packet->src, KH_SIM_SEGMENT_SYN_ACK);
        }
      break;
    case KH_SIM_SEGMENT_SYN_ACK:
      if (connection && !connection->is_open)
        open_up (self, connection);
      break;
    case KH_SIM_SEGMENT_DATA:
      if (connection)
        self->funcs.received (&packet->src, packet, self->user_data);
      else
        send_control (self, packet->dst.port, &packet->src, KH_SIM_SEGMENT_RST);
      break;
    case KH_SIM_SEGMENT_RST:
      if (connection)
        end (self, connection);
      break;
    case KH_SIM_SEGMENT_NONE:
      g_assert_not_reached ();
    }
}
