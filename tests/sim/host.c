/* host.c: see host.h */
#include "host.h"

#include <string.h>

#define N_SOCKETS 4
/* Linux's net.ipv4.ip_local_port_range */
#define FIRST_EPHEMERAL 32768
#define N_EPHEMERAL 28232
/* Datagrams that one call may cause, and calls in a row that may cause more. */
#define OUTPUT_MAX 4096
#define ROUNDS_MAX 4096
/* Deadlines in a row that are due again at once. */
#define STUCK_MAX 64

struct _KhSimHost
{
  KhSimWorld *world;
  KhSimOracle *oracle;
  char *name;
  KhSimPort *lines[2]; /* IPv4, IPv6; (nullable) */
  guint16 ports[N_SOCKETS];
  guint16 search_ports[KH_SOCKET_SEARCH_MAX]; /* 0: not open */
  guint16 next_port;
  KhSimConnections *connections;
  gboolean refuses;
  /* what runs */
  const KhMachineOps *ops; /* (nullable) */
  gpointer machine;
  gboolean server;
  KhSimHostDrain drain; /* (nullable) */
  gpointer drain_data;
  guint64 incarnation;
  gboolean pumping;
  gint64 fired_us;
  guint n_fired; /* at fired_us */
  KhSimHostStats stats;
  void (*tap) (const KhSimPacket *packet, gboolean sent, gpointer user_data);
  gpointer tap_data;
};

typedef struct
{
  KhSimHost *host;
  KhAddr remote;
} Refusal;

static void
host_free (gpointer data)
{
  KhSimHost *self = data;

  kh_sim_connections_free (self->connections);
  g_free (self->name);
  g_free (self);
}

static guint
index_of (KhFamily family)
{
  return family == KH_FAMILY_IPV6 ? 1 : 0;
}

/* (transfer full): @packet, whose sender has no address yet */
static void
send_packet (KhSimHost *self, KhSimPacket *packet)
{
  KhSimPort *line = self->lines[index_of (packet->dst.family)];
  guint16 port = packet->src.port;

  if (line)
    {
      packet->src = *kh_sim_port_get_ip (line);
      packet->src.port = port;
    }
  packet->origin = self;
  packet->origin_dst = packet->dst;
  packet->sent_us = kh_sim_world_now (self->world);
  kh_sim_packet_trace (packet, self->world, self->name, line ? "sends" : "cannot-send");
  if (packet->segment == KH_SIM_SEGMENT_NONE || packet->segment == KH_SIM_SEGMENT_DATA)
    kh_sim_oracle_sent (self->oracle, self->incarnation, self->server, packet);
  if (self->tap)
    self->tap (packet, TRUE, self->tap_data);
  if (line)
    kh_sim_port_send (line, packet);
  else
    g_free (packet);
}

static gint64
next_timeout (gpointer user_data)
{
  KhSimHost *self = user_data;

  return self->ops ? self->ops->next_timeout (self->machine) : KH_NEVER;
}

static void
fire (gpointer user_data)
{
  KhSimHost *self = user_data;
  gint64 now_us = kh_sim_world_now (self->world);

  self->n_fired = now_us == self->fired_us ? self->n_fired + 1 : 0;
  self->fired_us = now_us;
  g_assert_cmpuint (self->n_fired, <, STUCK_MAX);
  self->stats.timeouts++;
  self->ops->handle_timeout (self->machine, now_us);
  kh_sim_host_pump (self);
}

static int
find_socket (KhSimHost *self, const KhAddr *dst)
{
  for (guint i = index_of (dst->family); i < N_SOCKETS; i += 2)
    if (self->ports[i] != 0 && self->ports[i] == dst->port)
      return (int) i;
  for (guint i = 0; dst->family == KH_FAMILY_IPV4 && i < KH_SOCKET_SEARCH_MAX; i++)
    if (self->search_ports[i] != 0 && self->search_ports[i] == dst->port)
      return (int) (KH_SOCKET_SEARCH + i);
  return -1;
}

/* Bound if need be, as with an ephemeral port, of which none comes again soon. */
static guint16
port_of_socket (KhSimHost *self, guint socket)
{
  guint16 *port;

  if (!kh_socket_is_search (socket))
    {
      g_assert_cmpuint (socket, <, N_SOCKETS);
      return self->ports[socket];
    }
  port = &self->search_ports[socket - KH_SOCKET_SEARCH];
  if (*port == 0)
    *port = (guint16) (FIRST_EPHEMERAL + self->next_port++ % N_EPHEMERAL);
  return *port;
}

static void
close_sockets (KhSimHost *self)
{
  guint socket;

  while (self->ops && self->ops->poll_close && self->ops->poll_close (self->machine, &socket))
    {
      g_assert_true (kh_socket_is_search (socket));
      self->search_ports[socket - KH_SOCKET_SEARCH] = 0;
    }
}

static void
tell_refused (gpointer user_data)
{
  Refusal *refusal = user_data;
  KhSimHost *self = refusal->host;

  if (!self->ops || !self->ops->unreachable)
    return;
  kh_sim_world_trace (self->world, "%s is told: port unreachable", self->name);
  self->ops->unreachable (self->machine, &refusal->remote, kh_sim_world_now (self->world));
  kh_sim_host_pump (self);
}

/* ICMP port unreachable takes as long as the packet did. */
static void
refuse (KhSimHost *self, const KhSimPacket *packet)
{
  gint64 now_us = kh_sim_world_now (self->world);
  Refusal *refusal;

  kh_sim_packet_trace (packet, self->world, self->name, "no-socket");
  if (!self->refuses || !packet->origin)
    return;
  refusal = g_new (Refusal, 1);
  *refusal = (Refusal){ packet->origin, packet->origin_dst };
  kh_sim_world_at (self->world, 2 * now_us - packet->sent_us, tell_refused, refusal, g_free);
}

static void
hand_in (KhSimHost *self, KhSimPacket *packet, guint socket)
{
  KhDatagram in = {
    .socket = socket, .remote = packet->src, .data = packet->data, .len = packet->len
  };

  kh_sim_oracle_received (self->oracle, self->incarnation, self->server, packet);
  if (self->tap)
    self->tap (packet, FALSE, self->tap_data);
  self->stats.datagrams_in++;
  self->stats.bytes_in += packet->len;
  self->ops->receive (self->machine, &in, kh_sim_world_now (self->world));
  kh_sim_host_pump (self);
}

static void
send_segment (KhSimPacket *packet, gpointer user_data)
{
  send_packet (user_data, packet);
}

static void
receive_by_tcp (const KhAddr *remote, KhSimPacket *packet, gpointer user_data)
{
  (void) remote;
  hand_in (user_data, packet, KH_SOCKET_TCP);
}

static void
tell_closed (const KhAddr *remote, gpointer user_data)
{
  KhSimHost *self = user_data;

  if (!self->ops || !self->ops->closed)
    return;
  kh_sim_world_trace (self->world, "%s is told: connection closed", self->name);
  self->ops->closed (self->machine, remote, kh_sim_world_now (self->world));
  kh_sim_host_pump (self);
}

static const KhSimConnectionsFuncs connections_funcs = {
  .send = send_segment,
  .received = receive_by_tcp,
  .closed = tell_closed,
};

KhSimHost *
kh_sim_host_new (KhSimWorld *world, KhSimOracle *oracle, const char *name)
{
  KhSimHost *self = g_new0 (KhSimHost, 1);

  self->world = world;
  self->oracle = oracle;
  self->name = g_strdup (name);
  self->connections = kh_sim_connections_new (world, &connections_funcs, self);
  self->refuses = TRUE;
  self->fired_us = -1;
  kh_sim_world_own (world, self, host_free);
  kh_sim_world_add_timer (world, next_timeout, fire, self);
  return self;
}

void
kh_sim_host_listen (KhSimHost *self, guint16 port)
{
  kh_sim_connections_listen (self->connections, port);
}

static void
receive (KhSimPacket *taken, gpointer user_data)
{
  KhSimHost *self = user_data;
  g_autofree KhSimPacket *packet = taken;
  int socket_index;

  if (packet->segment != KH_SIM_SEGMENT_NONE)
    {
      kh_sim_packet_trace (packet, self->world, self->name, "receives");
      if (self->ops)
        kh_sim_connections_receive (self->connections, packet);
      return;
    }
  socket_index = find_socket (self, &packet->dst);
  if (!self->ops || socket_index < 0)
    {
      refuse (self, packet);
      return;
    }
  kh_sim_packet_trace (packet, self->world, self->name, "receives");
  hand_in (self, packet, (guint) socket_index);
}

void
kh_sim_host_attach (KhSimHost *self, KhSimNet *net, const KhAddr *ip)
{
  kh_sim_host_detach (self, ip->family);
  self->lines[index_of (ip->family)] = kh_sim_net_attach (net, self->name, ip, receive, self);
}

void
kh_sim_host_detach (KhSimHost *self, KhFamily family)
{
  KhSimPort **line = &self->lines[index_of (family)];

  if (*line)
    kh_sim_port_detach (*line);
  *line = NULL;
}

KhSimPort *
kh_sim_host_get_port (KhSimHost *self, KhFamily family)
{
  return self->lines[index_of (family)];
}

void
kh_sim_host_bind (KhSimHost *self, guint16 first, guint16 second)
{
  self->ports[0] = self->ports[1] = first;
  self->ports[2] = self->ports[3] = second;
}

KhAddr
kh_sim_host_get_addr (KhSimHost *self, KhFamily family)
{
  KhSimPort *line = self->lines[index_of (family)];
  KhAddr addr = { 0 };

  if (line)
    {
      addr = *kh_sim_port_get_ip (line);
      addr.port = self->ports[index_of (family)];
    }
  return addr;
}

const char *
kh_sim_host_get_name (KhSimHost *self)
{
  return self->name;
}

void
kh_sim_host_run (KhSimHost *self,
                 const KhMachineOps *ops,
                 gpointer machine,
                 gboolean server,
                 KhSimHostDrain drain,
                 gpointer drain_data)
{
  self->ops = ops;
  self->machine = machine;
  self->server = server;
  self->drain = drain;
  self->drain_data = drain_data;
  memset (self->search_ports, 0, sizeof self->search_ports);
  kh_sim_connections_reset (self->connections);
  self->incarnation = kh_sim_world_next_stream (self->world);
  if (ops)
    kh_sim_host_pump (self);
}

static void
transmit (KhSimHost *self, const KhDatagram *out)
{
  KhSimPacket *packet;
  KhAddr src = { 0 };

  g_assert_true (kh_addr_is_unicast (&out->remote));
  if (out->socket == KH_SOCKET_TCP)
    {
      self->stats.datagrams_out++;
      self->stats.bytes_out += out->len;
      if (!kh_sim_connections_send (self->connections, &out->remote, out->data, out->len))
        kh_sim_world_trace (self->world, "%s cannot-send by TCP", self->name);
      return;
    }
  src.port = port_of_socket (self, out->socket);
  g_assert_cmpuint (src.port, !=, 0);
  /* A socket carries its own family only. */
  g_assert_cmpuint (kh_socket_is_search (out->socket) ? 0 : out->socket & 1, ==,
                    index_of (out->remote.family));
  packet = kh_sim_packet_new (&src, &out->remote, out->data, out->len);
  if (out->hop_limit > 0)
    packet->hop_limit = out->hop_limit;
  self->stats.datagrams_out++;
  self->stats.bytes_out += out->len;
  send_packet (self, packet);
}

static gboolean
flush (KhSimHost *self)
{
  guint8 buf[KH_DATAGRAM_LARGEST];
  guint n = 0;

  for (;;)
    {
      KhDatagram out = { .data = buf, .size = sizeof buf };

      if (!self->ops->poll_send (self->machine, &out, kh_sim_world_now (self->world)))
        return n > 0;
      transmit (self, &out);
      g_assert_cmpuint (++n, <, OUTPUT_MAX);
    }
}

void
kh_sim_host_pump (KhSimHost *self)
{
  guint rounds = 0;
  gboolean again = TRUE;

  /* What the drain calls may pump again; the outer call goes on until all is out. */
  if (self->pumping || !self->ops)
    return;
  self->pumping = TRUE;
  while (again && self->ops)
    {
      again = flush (self);
      close_sockets (self);
      if (self->drain && self->drain (self->drain_data))
        again = TRUE;
      g_assert_cmpuint (++rounds, <, ROUNDS_MAX);
    }
  self->pumping = FALSE;
}

void
kh_sim_host_get_stats (KhSimHost *self, KhSimHostStats *ret_stats)
{
  *ret_stats = self->stats;
}

void
kh_sim_host_set_refuses (KhSimHost *self, gboolean refuses)
{
  self->refuses = refuses;
}

void
kh_sim_host_set_tap (KhSimHost *self,
                     void (*tap) (const KhSimPacket *packet, gboolean sent, gpointer user_data),
                     gpointer user_data)
{
  self->tap = tap;
  self->tap_data = user_data;
}
