/* nat.c: see nat.h
 *
 * A mapping is from an inside address, and as much of the remote as the mapping depends on, to a
 * port outside; it remembers which remotes it has sent to, for the filter. With endpoint-dependent
 * mapping one outside port may serve several mappings with different remotes ("overloading"), as
 * Linux does. RFC 4787 sections 4 to 6.
 */
#include "nat.h"

#define DEFAULT_TIMEOUT_US (2 * KH_SIM_MINUTE)
/* Linux's nf_conntrack_udp_timeout, for a flow that was not answered: 30 s. */
#define LINUX_UNREPLIED_US (30 * KH_SIM_SECOND)
/* RFC 4787 section 4.2.2 leaves the range to the device; this is the dynamic one. */
#define FIRST_PORT 49152
#define N_PORTS 16384

typedef struct
{
  KhAddr inside;
  KhAddr key; /* of the remote: what the mapping depends on */
  guint16 port;
  gint64 used_us;
  gboolean replied;
  GHashTable *remotes; /* KhAddr → gint64: when it was last sent to */
} Mapping;

/* A flow that the gateway takes for its own. */
typedef struct
{
  KhAddr remote;
  guint16 port;
  gint64 used_us;
} OwnFlow;

struct _KhSimNat
{
  KhSimWorld *world;
  char *name;
  KhSimNatConfig config;
  KhSimPort *outer;
  KhSimPort *inner;
  GPtrArray *mappings;
  GArray *own_flows;
  guint next_port;   /* of SEQUENTIAL */
  guint port_offset; /* grows with each rebinding */
};

#define EI KH_SIM_ENDPOINT_INDEPENDENT
#define AD KH_SIM_ADDRESS_DEPENDENT
#define APD KH_SIM_ADDRESS_AND_PORT_DEPENDENT

#define PRESERVING KH_SIM_PORTS_PRESERVING
#define SEQUENTIAL KH_SIM_PORTS_SEQUENTIAL
#define RANDOM KH_SIM_PORTS_RANDOM

const KhSimNatConfig kh_sim_nat_kinds[] = {
  { .name = "full-cone", .mapping = EI, .filtering = EI, .ports = PRESERVING, .hairpin = TRUE },
  { .name = "full-cone-random", .mapping = EI, .filtering = EI, .ports = RANDOM },
  { .name = "restricted", .mapping = EI, .filtering = AD, .ports = RANDOM },
  { .name = "port-restricted", .mapping = EI, .filtering = APD, .ports = RANDOM },
  { .name = "masquerade",
    .mapping = APD,
    .filtering = APD,
    .ports = PRESERVING,
    .unreplied_timeout_us = LINUX_UNREPLIED_US },
  { .name = "masquerade-open",
    .mapping = APD,
    .filtering = APD,
    .ports = PRESERVING,
    .unreplied_timeout_us = LINUX_UNREPLIED_US,
    .input_open = TRUE },
  { .name = "address-symmetric", .mapping = AD, .filtering = AD, .ports = RANDOM },
  { .name = "symmetric-sequential",
    .mapping = APD,
    .filtering = APD,
    .ports = SEQUENTIAL,
    .step = 1 },
  { .name = "symmetric", .mapping = APD, .filtering = APD, .ports = RANDOM },
};
const guint kh_sim_nat_n_kinds = G_N_ELEMENTS (kh_sim_nat_kinds);

#undef EI
#undef PRESERVING
#undef SEQUENTIAL
#undef RANDOM
#undef AD
#undef APD

const KhSimNatConfig *
kh_sim_nat_find_kind (const char *name)
{
  for (guint i = 0; i < kh_sim_nat_n_kinds; i++)
    if (g_str_equal (kh_sim_nat_kinds[i].name, name))
      return &kh_sim_nat_kinds[i];
  return NULL;
}

static void
mapping_free (gpointer data)
{
  Mapping *mapping = data;

  g_hash_table_unref (mapping->remotes);
  g_free (mapping);
}

static void
nat_free (gpointer data)
{
  KhSimNat *self = data;

  g_ptr_array_unref (self->mappings);
  g_array_unref (self->own_flows);
  g_free (self->name);
  g_free (self);
}

/* As much of @remote as @dependence looks at. */
static KhAddr
cut (const KhAddr *remote, KhSimDependence dependence)
{
  KhAddr key = *remote;

  switch (dependence)
    {
    case KH_SIM_ENDPOINT_INDEPENDENT:
      return (KhAddr){ 0 };
    case KH_SIM_ADDRESS_DEPENDENT:
      key.port = 0;
      return key;
    case KH_SIM_ADDRESS_AND_PORT_DEPENDENT:
      return key;
    }
  g_assert_not_reached ();
}

static void
expire (KhSimNat *self)
{
  gint64 now_us = kh_sim_world_now (self->world);

  for (guint i = self->mappings->len; i > 0; i--)
    {
      Mapping *mapping = g_ptr_array_index (self->mappings, i - 1);

      if (mapping->used_us <
          now_us - (mapping->replied ? self->config.timeout_us : self->config.unreplied_timeout_us))
        g_ptr_array_remove_index (self->mappings, i - 1);
    }
  for (guint i = self->own_flows->len; i > 0; i--)
    if (g_array_index (self->own_flows, OwnFlow, i - 1).used_us < now_us - LINUX_UNREPLIED_US)
      g_array_remove_index (self->own_flows, i - 1);
}

static OwnFlow *
find_own_flow (KhSimNat *self, guint16 port, const KhAddr *remote)
{
  for (guint i = 0; i < self->own_flows->len; i++)
    {
      OwnFlow *flow = &g_array_index (self->own_flows, OwnFlow, i);

      if (flow->port == port && kh_addr_equal (&flow->remote, remote))
        return flow;
    }
  return NULL;
}

/* May a new mapping toward @remote have @port? Where mappings depend on the remote, a port is
 * taken only for the same remote. */
static gboolean
is_free (KhSimNat *self, guint16 port, const KhAddr *remote)
{
  KhAddr key = cut (remote, self->config.mapping);

  for (guint i = 0; i < self->mappings->len; i++)
    {
      const Mapping *mapping = g_ptr_array_index (self->mappings, i);

      if (mapping->port == port && kh_addr_equal (&mapping->key, &key))
        return FALSE;
    }
  return find_own_flow (self, port, remote) == NULL;
}

static guint16
draw_port (KhSimNat *self)
{
  return (guint16) (FIRST_PORT + kh_sim_rng_below (kh_sim_world_rng (self->world), N_PORTS));
}

static guint16
next_sequential (KhSimNat *self)
{
  self->next_port += (guint) self->config.step;
  return (guint16) (FIRST_PORT + self->next_port % N_PORTS);
}

static guint16
choose_port (KhSimNat *self, const KhAddr *inside, const KhAddr *remote)
{
  guint16 port = 0;

  switch (self->config.ports)
    {
    case KH_SIM_PORTS_PRESERVING:
      port = (guint16) (inside->port + self->port_offset);
      break;
    case KH_SIM_PORTS_SEQUENTIAL:
      port = next_sequential (self);
      break;
    case KH_SIM_PORTS_RANDOM:
      port = draw_port (self);
      break;
    }
  while (port == 0 || !is_free (self, port, remote))
    port =
        self->config.ports == KH_SIM_PORTS_SEQUENTIAL ? next_sequential (self) : draw_port (self);
  return port;
}

static Mapping *
find_mapping_out (KhSimNat *self, const KhAddr *inside, const KhAddr *remote)
{
  KhAddr key = cut (remote, self->config.mapping);

  for (guint i = 0; i < self->mappings->len; i++)
    {
      Mapping *mapping = g_ptr_array_index (self->mappings, i);

      if (kh_addr_equal (&mapping->inside, inside) && kh_addr_equal (&mapping->key, &key))
        return mapping;
    }
  return NULL;
}

static Mapping *
add_mapping (KhSimNat *self, const KhAddr *inside, const KhAddr *remote)
{
  Mapping *mapping = g_new0 (Mapping, 1);

  mapping->inside = *inside;
  mapping->key = cut (remote, self->config.mapping);
  mapping->port = choose_port (self, inside, remote);
  mapping->remotes = g_hash_table_new_full (kh_addr_hash_func, kh_addr_equal_func, g_free, NULL);
  g_ptr_array_add (self->mappings, mapping);
  return mapping;
}

static gboolean
lets_in (KhSimNat *self, const Mapping *mapping, const KhAddr *remote)
{
  KhAddr wanted = cut (remote, self->config.filtering);
  GHashTableIter iter;
  gpointer sent_to;

  g_hash_table_iter_init (&iter, mapping->remotes);
  while (g_hash_table_iter_next (&iter, &sent_to, NULL))
    {
      KhAddr key = cut (sent_to, self->config.filtering);

      if (kh_addr_equal (&key, &wanted))
        return TRUE;
    }
  return FALSE;
}

/* The mapping for exactly this remote is preferred to one whose filter merely lets it in. */
static Mapping *
find_mapping_in (KhSimNat *self, guint16 port, const KhAddr *remote)
{
  KhAddr key = cut (remote, self->config.mapping);
  Mapping *found = NULL;

  for (guint i = 0; i < self->mappings->len; i++)
    {
      Mapping *mapping = g_ptr_array_index (self->mappings, i);

      if (mapping->port != port || !lets_in (self, mapping, remote))
        continue;
      if (kh_addr_equal (&mapping->key, &key))
        return mapping;
      found = mapping;
    }
  return found;
}

static void
drop (KhSimNat *self, KhSimPacket *packet, const char *why)
{
  kh_sim_packet_trace (packet, self->world, self->name, why);
  g_free (packet);
}

/* A router's part of forwarding; FALSE if the packet ends here. */
static gboolean
take_hop (KhSimPacket *packet)
{
  return --packet->hop_limit > 0;
}

static void
note_own_flow (KhSimNat *self, const KhSimPacket *packet)
{
  OwnFlow *flow = find_own_flow (self, packet->dst.port, &packet->src);
  OwnFlow fresh = { packet->src, packet->dst.port, kh_sim_world_now (self->world) };

  if (flow)
    flow->used_us = fresh.used_us;
  else
    g_array_append_val (self->own_flows, fresh);
}

static void
receive_outside (KhSimPacket *packet, gpointer user_data)
{
  KhSimNat *self = user_data;
  Mapping *mapping;

  expire (self);
  if (!kh_addr_equal_ip (&packet->dst, kh_sim_port_get_ip (self->outer)))
    {
      drop (self, packet, "drop-not-mine");
      return;
    }
  /* A flow that the gateway has taken for its own stays so. */
  mapping = find_own_flow (self, packet->dst.port, &packet->src)
                ? NULL
                : find_mapping_in (self, packet->dst.port, &packet->src);
  if (!mapping)
    {
      if (self->config.input_open)
        note_own_flow (self, packet);
      drop (self, packet, "drop-filtered");
      return;
    }
  if (!take_hop (packet))
    {
      drop (self, packet, "drop-hops");
      return;
    }
  mapping->used_us = kh_sim_world_now (self->world);
  mapping->replied = TRUE;
  packet->dst = mapping->inside;
  kh_sim_port_send (self->inner, packet);
}

static void
receive_inside (KhSimPacket *packet, gpointer user_data)
{
  KhSimNat *self = user_data;
  const KhAddr *outer_ip = kh_sim_port_get_ip (self->outer);
  gboolean hairpin = kh_addr_equal_ip (&packet->dst, outer_ip);
  Mapping *mapping;

  expire (self);
  if (packet->dst.family != KH_FAMILY_IPV4 || (hairpin && !self->config.hairpin) ||
      kh_addr_equal_ip (&packet->dst, kh_sim_port_get_ip (self->inner)))
    {
      drop (self, packet, "drop-not-forwarded");
      return;
    }
  if (!take_hop (packet))
    {
      drop (self, packet, "drop-hops");
      return;
    }
  mapping = find_mapping_out (self, &packet->src, &packet->dst);
  if (!mapping)
    mapping = add_mapping (self, &packet->src, &packet->dst);
  mapping->used_us = kh_sim_world_now (self->world);
  g_hash_table_add (mapping->remotes, g_memdup2 (&packet->dst, sizeof packet->dst));
  packet->src = *outer_ip;
  packet->src.port = mapping->port;
  kh_sim_packet_trace (packet, self->world, self->name, "maps");
  if (hairpin)
    receive_outside (packet, self);
  else
    kh_sim_port_send (self->outer, packet);
}

KhSimNat *
kh_sim_nat_new (KhSimWorld *world,
                const char *name,
                const KhSimNatConfig *config,
                KhSimNet *outer,
                const KhAddr *outer_ip,
                KhSimNet *inner,
                const KhAddr *inner_ip)
{
  KhSimNat *self = g_new0 (KhSimNat, 1);
  g_autofree char *inner_name = g_strdup_printf ("%s-lan", name);

  self->world = world;
  self->name = g_strdup (name);
  self->config = *config;
  if (self->config.timeout_us == 0)
    self->config.timeout_us = DEFAULT_TIMEOUT_US;
  if (self->config.unreplied_timeout_us == 0)
    self->config.unreplied_timeout_us = self->config.timeout_us;
  if (self->config.step == 0)
    self->config.step = 1;
  self->next_port = (guint) kh_sim_rng_below (kh_sim_world_rng (world), N_PORTS);
  self->mappings = g_ptr_array_new_with_free_func (mapping_free);
  self->own_flows = g_array_new (FALSE, FALSE, sizeof (OwnFlow));
  kh_sim_world_own (world, self, nat_free);
  self->outer = kh_sim_net_attach (outer, name, outer_ip, receive_outside, self);
  self->inner = kh_sim_net_attach (inner, inner_name, inner_ip, receive_inside, self);
  kh_sim_net_set_gateway (inner, self->inner);
  return self;
}

KhSimPort *
kh_sim_nat_get_outer (KhSimNat *self)
{
  return self->outer;
}

void
kh_sim_nat_rebind (KhSimNat *self, const KhAddr *outer_ip)
{
  g_ptr_array_set_size (self->mappings, 0);
  g_array_set_size (self->own_flows, 0);
  self->port_offset += 1000;
  if (outer_ip)
    kh_sim_port_set_ip (self->outer, outer_ip);
  kh_sim_world_trace (self->world, "%s rebinds", self->name);
}

guint
kh_sim_nat_count_mappings (KhSimNat *self)
{
  expire (self);
  return self->mappings->len;
}
