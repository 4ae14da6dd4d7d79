/* link.c: see link.h
 *
 * A datagram waits for the line (rate), then travels (delay). Every draw comes from the world's
 * generator, and only for what the configuration asks for.
 */
#include "link.h"

struct _KhSimLink
{
  KhSimWorld *world;
  char *name;
  KhSimPacketFunc deliver;
  gpointer user_data;
  KhSimLinkConfig config;
  KhSimLinkFilter filter;
  gpointer filter_data;
  GArray *mask; /* of guint */
  guint count;
  gint64 busy_until_us;
  guint64 rest; /* of a microsecond, in parts of the rate: a packet at 1 Gbit/s takes 12 µs */
  gsize held;   /* bytes of memory of what is on its way */
  gint64 last_arrival_us; /* jitter keeps the order */
};

typedef struct
{
  KhSimLink *link;
  KhSimPacket *packet;
} Arrival;

static void
link_free (gpointer data)
{
  KhSimLink *self = data;

  g_array_unref (self->mask);
  g_free (self->name);
  g_free (self);
}

KhSimLink *
kh_sim_link_new (KhSimWorld *world, const char *name, KhSimPacketFunc deliver, gpointer user_data)
{
  KhSimLink *self = g_new0 (KhSimLink, 1);

  self->world = world;
  self->name = g_strdup (name);
  self->deliver = deliver;
  self->user_data = user_data;
  self->mask = g_array_new (FALSE, FALSE, sizeof (guint));
  return kh_sim_world_own (world, self, link_free);
}

void
kh_sim_link_set_config (KhSimLink *self, const KhSimLinkConfig *config)
{
  self->config = *config;
}

void
kh_sim_link_get_config (KhSimLink *self, KhSimLinkConfig *ret_config)
{
  *ret_config = self->config;
}

void
kh_sim_link_set_mask (KhSimLink *self, const guint *numbers, gsize n)
{
  g_array_set_size (self->mask, 0);
  if (n > 0)
    g_array_append_vals (self->mask, numbers, (guint) n);
  self->count = 0;
}

void
kh_sim_link_set_filter (KhSimLink *self, KhSimLinkFilter filter, gpointer user_data)
{
  self->filter = filter;
  self->filter_data = user_data;
}

guint
kh_sim_link_get_count (KhSimLink *self)
{
  return self->count;
}

gsize
kh_sim_link_get_held (KhSimLink *self)
{
  return self->held;
}

static gboolean
mask_has (KhSimLink *self, guint number)
{
  for (guint i = 0; i < self->mask->len; i++)
    if (g_array_index (self->mask, guint, i) == number)
      return TRUE;
  return FALSE;
}

/* TCP repeats what is lost, but not through a line that is dead. */
static double
loss_of (KhSimLink *self, const KhSimPacket *packet)
{
  return packet->segment == KH_SIM_SEGMENT_NONE || self->config.loss >= 1 ? self->config.loss : 0;
}

/* The word for why @packet gets no further; NULL where it does. */
static const char *
find_reason_to_drop (KhSimLink *self, const KhSimPacket *packet)
{
  if (mask_has (self, self->count++))
    return "drop-mask";
  if (self->filter && self->filter (packet, self->filter_data))
    return "drop-filter";
  if (self->config.mtu > 0 && packet->segment == KH_SIM_SEGMENT_NONE &&
      kh_sim_packet_ip_size (packet) > self->config.mtu)
    return "drop-mtu";
  if (kh_sim_rng_chance (kh_sim_world_rng (self->world), loss_of (self, packet)))
    return "drop-loss";
  return NULL;
}

/* When @bytes have left the line; FALSE if its queue is full. */
static gboolean
take_turn (KhSimLink *self, gsize bytes, gint64 now_us, gint64 *ret_left_us)
{
  const KhSimLinkConfig *config = &self->config;
  gint64 start_us = MAX (now_us, self->busy_until_us);
  guint64 waiting, parts;

  if (config->rate == 0)
    {
      *ret_left_us = now_us;
      return TRUE;
    }
  waiting = (guint64) (start_us - now_us) * config->rate / 8 / KH_SIM_SECOND;
  if (config->queue_bytes > 0 && waiting + bytes > config->queue_bytes)
    return FALSE;
  if (start_us == now_us)
    self->rest = 0;
  parts = bytes * 8 * KH_SIM_SECOND + self->rest;
  self->busy_until_us = start_us + (gint64) (parts / config->rate);
  self->rest = parts % config->rate;
  *ret_left_us = self->busy_until_us;
  return TRUE;
}

static gsize
size_in_memory (const KhSimPacket *packet)
{
  return sizeof (Arrival) + sizeof *packet + packet->len;
}

static void
arrive (gpointer user_data)
{
  Arrival *arrival = user_data;

  arrival->link->held -= size_in_memory (arrival->packet);
  arrival->link->deliver (g_steal_pointer (&arrival->packet), arrival->link->user_data);
}

static void
arrival_free (gpointer user_data)
{
  Arrival *arrival = user_data;

  g_free (arrival->packet);
  g_free (arrival);
}

static void
schedule (KhSimLink *self, KhSimPacket *packet, gint64 left_us)
{
  KhSimRng *rng = kh_sim_world_rng (self->world);
  Arrival *arrival = g_new (Arrival, 1);
  gint64 at_us = left_us + self->config.delay_us;

  if (self->config.jitter_us > 0)
    at_us += (gint64) kh_sim_rng_below (rng, (guint64) self->config.jitter_us + 1);
  if (packet->segment == KH_SIM_SEGMENT_NONE && kh_sim_rng_chance (rng, self->config.reorder))
    at_us += self->config.reorder_us;
  else
    self->last_arrival_us = at_us = MAX (at_us, self->last_arrival_us);
  *arrival = (Arrival){ self, packet };
  self->held += size_in_memory (packet);
  kh_sim_world_at (self->world, at_us, arrive, arrival, arrival_free);
}

void
kh_sim_link_send (KhSimLink *self, KhSimPacket *packet)
{
  gint64 now_us = kh_sim_world_now (self->world);
  const char *reason = find_reason_to_drop (self, packet);
  gint64 left_us;

  if (!reason && !take_turn (self, kh_sim_packet_ip_size (packet), now_us, &left_us))
    reason = "drop-queue";
  if (reason)
    {
      kh_sim_packet_trace (packet, self->world, self->name, reason);
      g_free (packet);
      return;
    }
  if (packet->segment == KH_SIM_SEGMENT_NONE &&
      kh_sim_rng_chance (kh_sim_world_rng (self->world), self->config.duplicate))
    schedule (self, kh_sim_packet_copy (packet), left_us);
  schedule (self, packet, left_us);
}
