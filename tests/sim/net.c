/* net.c: see net.h */
#include "net.h"

typedef struct
{
  KhSimPort *a;
  KhSimPort *b;
  gint64 delay_us;
} Pair;

struct _KhSimNet
{
  KhSimWorld *world;
  char *name;
  guint hops;
  KhSimPort *gateway; /* (nullable) */
  GPtrArray *ports;
  GArray *pairs;
};

struct _KhSimPort
{
  KhSimNet *net;
  KhAddr ip;
  gboolean attached;
  KhSimLink *up;
  KhSimLink *down;
  KhSimPacketFunc receive;
  gpointer user_data;
};

typedef struct
{
  KhSimPort *to;
  KhSimPacket *packet;
} Crossing;

static void
net_free (gpointer data)
{
  KhSimNet *self = data;

  g_ptr_array_unref (self->ports);
  g_array_unref (self->pairs);
  g_free (self->name);
  g_free (self);
}

KhSimNet *
kh_sim_net_new (KhSimWorld *world, const char *name)
{
  KhSimNet *self = g_new0 (KhSimNet, 1);

  self->world = world;
  self->name = g_strdup (name);
  self->ports = g_ptr_array_new ();
  self->pairs = g_array_new (FALSE, FALSE, sizeof (Pair));
  return kh_sim_world_own (world, self, net_free);
}

void
kh_sim_net_set_hops (KhSimNet *self, guint hops)
{
  self->hops = hops;
}

void
kh_sim_net_set_gateway (KhSimNet *self, KhSimPort *gateway)
{
  self->gateway = gateway;
}

static Pair *
find_pair (KhSimNet *self, KhSimPort *a, KhSimPort *b)
{
  for (guint i = 0; i < self->pairs->len; i++)
    {
      Pair *pair = &g_array_index (self->pairs, Pair, i);

      if ((pair->a == a && pair->b == b) || (pair->a == b && pair->b == a))
        return pair;
    }
  return NULL;
}

void
kh_sim_net_set_delay (KhSimNet *self, KhSimPort *a, KhSimPort *b, gint64 delay_us)
{
  Pair *pair = find_pair (self, a, b);
  Pair fresh = { a, b, delay_us };

  if (pair)
    pair->delay_us = delay_us;
  else
    g_array_append_val (self->pairs, fresh);
}

static KhSimPort *
find_port (KhSimNet *self, const KhAddr *ip)
{
  for (guint i = 0; i < self->ports->len; i++)
    {
      KhSimPort *port = g_ptr_array_index (self->ports, i);

      if (port->attached && kh_addr_equal_ip (&port->ip, ip))
        return port;
    }
  return NULL;
}

static void
cross (gpointer user_data)
{
  Crossing *crossing = user_data;

  kh_sim_link_send (crossing->to->down, g_steal_pointer (&crossing->packet));
}

static void
crossing_free (gpointer user_data)
{
  Crossing *crossing = user_data;

  g_free (crossing->packet);
  g_free (crossing);
}

static void
drop (KhSimNet *self, KhSimPacket *packet, const char *why)
{
  kh_sim_packet_trace (packet, self->world, self->name, why);
  g_free (packet);
}

/* The end of a port's line up. */
static void
route (KhSimPacket *packet, gpointer user_data)
{
  KhSimPort *from = user_data;
  KhSimNet *self = from->net;
  KhSimPort *to = find_port (self, &packet->dst);
  Crossing *crossing;
  Pair *pair;

  if (!to)
    to = self->gateway;
  if (!to || !from->attached)
    {
      drop (self, packet, "drop-no-route");
      return;
    }
  if (packet->hop_limit <= self->hops && self->hops > 0)
    {
      drop (self, packet, "drop-hops");
      return;
    }
  packet->hop_limit -= self->hops;
  crossing = g_new (Crossing, 1);
  *crossing = (Crossing){ to, packet };
  pair = find_pair (self, from, to);
  kh_sim_world_at (self->world, kh_sim_world_now (self->world) + (pair ? pair->delay_us : 0), cross,
                   crossing, crossing_free);
}

/* The end of a port's line down. */
static void
hand_over (KhSimPacket *packet, gpointer user_data)
{
  KhSimPort *self = user_data;

  if (self->attached)
    self->receive (packet, self->user_data);
  else
    drop (self->net, packet, "drop-unplugged");
}

KhSimPort *
kh_sim_net_attach (
    KhSimNet *self, const char *name, const KhAddr *ip, KhSimPacketFunc receive, gpointer user_data)
{
  KhSimPort *port = kh_sim_world_own (self->world, g_new0 (KhSimPort, 1), g_free);
  g_autofree char *up = g_strdup_printf ("%s-up", name);
  g_autofree char *down = g_strdup_printf ("%s-down", name);

  port->net = self;
  port->ip = *ip;
  port->attached = TRUE;
  port->receive = receive;
  port->user_data = user_data;
  port->up = kh_sim_link_new (self->world, up, route, port);
  port->down = kh_sim_link_new (self->world, down, hand_over, port);
  g_ptr_array_add (self->ports, port);
  return port;
}

void
kh_sim_port_detach (KhSimPort *self)
{
  self->attached = FALSE;
}

const KhAddr *
kh_sim_port_get_ip (KhSimPort *self)
{
  return &self->ip;
}

KhSimNet *
kh_sim_port_get_net (KhSimPort *self)
{
  return self->net;
}

void
kh_sim_port_set_ip (KhSimPort *self, const KhAddr *ip)
{
  self->ip = *ip;
}

KhSimLink *
kh_sim_port_get_up (KhSimPort *self)
{
  return self->up;
}

KhSimLink *
kh_sim_port_get_down (KhSimPort *self)
{
  return self->down;
}

void
kh_sim_port_set_lines (KhSimPort *self, const KhSimLinkConfig *config)
{
  kh_sim_link_set_config (self->up, config);
  kh_sim_link_set_config (self->down, config);
}

void
kh_sim_port_send (KhSimPort *self, KhSimPacket *packet)
{
  if (self->attached)
    kh_sim_link_send (self->up, packet);
  else
    drop (self->net, packet, "drop-unplugged");
}
