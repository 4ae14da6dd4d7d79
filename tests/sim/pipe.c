/* pipe.c: see pipe.h
 *
 * A packet's destination is the address 10.0.PLACE.1 and the pair's number as the port.
 */
#include "pipe.h"

typedef struct
{
  KhSimPacketFunc receive;
  gpointer talkers[2];
} Pair;

struct _KhSimPipe
{
  KhSimWorld *world;
  KhSimLink *lines[2]; /* by the place they start from */
  GArray *pairs;
  gboolean cut;
};

static void
pipe_free (gpointer data)
{
  KhSimPipe *self = data;

  g_array_unref (self->pairs);
  g_free (self);
}

static void
deliver (KhSimPacket *packet, gpointer user_data)
{
  KhSimPipe *self = user_data;
  Pair *pair = &g_array_index (self->pairs, Pair, packet->dst.port);

  pair->receive (packet, pair->talkers[packet->dst.ip[2]]);
}

static gboolean
is_cut (const KhSimPacket *packet, gpointer user_data)
{
  KhSimPipe *self = user_data;

  return self->cut;
}

KhSimPipe *
kh_sim_pipe_new (KhSimWorld *world)
{
  KhSimPipe *self = g_new0 (KhSimPipe, 1);

  self->world = world;
  self->pairs = g_array_new (FALSE, FALSE, sizeof (Pair));
  kh_sim_world_own (world, self, pipe_free);
  self->lines[KH_SIM_NEAR] = kh_sim_link_new (world, "there", deliver, self);
  self->lines[KH_SIM_FAR] = kh_sim_link_new (world, "back", deliver, self);
  for (guint i = 0; i < 2; i++)
    kh_sim_link_set_filter (self->lines[i], is_cut, self);
  return self;
}

KhSimLink *
kh_sim_pipe_get_line (KhSimPipe *self, guint place)
{
  return self->lines[place];
}

void
kh_sim_pipe_set_lines (KhSimPipe *self, const KhSimLinkConfig *config)
{
  for (guint i = 0; i < 2; i++)
    kh_sim_link_set_config (self->lines[i], config);
}

void
kh_sim_pipe_set_cut (KhSimPipe *self, gboolean cut)
{
  kh_sim_world_trace (self->world, "%s", cut ? "cut" : "whole again");
  self->cut = cut;
}

guint
kh_sim_pipe_join (KhSimPipe *self, KhSimPacketFunc receive, gpointer near, gpointer far)
{
  Pair pair = { receive, { near, far } };

  g_array_append_val (self->pairs, pair);
  return self->pairs->len - 1;
}

void
kh_sim_pipe_send (KhSimPipe *self, guint pair, guint place, const guint8 *data, gsize len)
{
  KhAddr src = kh_addr_ipv4 (10, 0, (guint8) place, 1, (guint16) pair);
  KhAddr dst = kh_addr_ipv4 (10, 0, (guint8) (1 - place), 1, (guint16) pair);

  kh_sim_link_send (self->lines[place], kh_sim_packet_new (&src, &dst, data, len));
}
