/* search-packets.c: the sockets of a search, and what is sent from them
 *
 * Openers from many sockets to one port, or probes from one socket to many ports; each as soon as
 * the governor grants it.
 */
#include "path/search-private.h"

#include "path/check-list.h"
#include "path/prediction.h"

/* Many NATs forget after 30 s what was not answered. */
#define REFRESH_US (15 * G_USEC_PER_SEC)
/* Random ports are drawn from the range that the other side's NAT seems to have, but for one in so
 * many: what it seems to have was seen on a handful of mappings. */
#define ANYWHERE_EACH 16
#define FIRST_PORT 1024
/* Where the next ports are known by and large, for the introduction's are some time ago. */
#define SEQUENTIAL_AHEAD 4096

/* --- sockets ----------------------------------------------------------------------------- */

static KhSearchSocket *
find_socket (KhSearch *self, guint number)
{
  for (guint i = 0; i < self->sockets->len; i++)
    if (kh_search_socket_at (self, i)->number == number)
      return kh_search_socket_at (self, i);
  return NULL;
}

void
kh_search_keep (KhSearch *self, guint socket)
{
  KhSearchSocket *found = find_socket (self, socket);

  if (found != NULL)
    found->is_kept = TRUE;
}

gboolean
kh_search_has_socket (KhSearch *self, guint socket)
{
  return find_socket (self, socket) != NULL;
}

/* --- packets ----------------------------------------------------------------------------- */

static gboolean
send_opener (KhSearch *self, guint number, KhSearchPacket *ret_packet)
{
  *ret_packet = (KhSearchPacket){ .socket = number,
                                  .remote = self->target,
                                  .hop_limit = KH_OPENER_HOP_LIMIT };
  return TRUE;
}

static gboolean
poll_opener (KhSearch *self, KhSearchPacket *ret_packet, gint64 now_us)
{
  KhSearchSocket *oldest;

  if (self->sockets->len < self->n_wanted)
    {
      KhSearchSocket fresh = { .next_us = now_us + REFRESH_US };

      if (!kh_governor_take_mapping (self->governor, now_us))
        return FALSE;
      fresh.number = kh_governor_open_socket (self->governor);
      if (fresh.number != 0)
        {
          g_array_append_val (self->sockets, fresh);
          return send_opener (self, fresh.number, ret_packet);
        }
      self->n_wanted = self->sockets->len;
    }
  if (self->sockets->len == 0)
    return FALSE;
  oldest = kh_search_socket_at (self, self->refresh_at % self->sockets->len);
  if (oldest->next_us > now_us || !kh_governor_take_probe (self->governor, now_us))
    return FALSE;
  oldest->next_us = now_us + REFRESH_US;
  self->refresh_at++;
  return send_opener (self, oldest->number, ret_packet);
}

static guint16
draw_port (KhSearch *self)
{
  guint first = FIRST_PORT;

  if (kh_random_u32 (&self->random) % ANYWHERE_EACH != 0)
    {
      if (self->theirs.ports == KH_NAT_PORTS_SEQUENTIAL)
        return kh_prediction_port (self->target.port, self->theirs.step,
                                   1 + kh_random_u32 (&self->random) % SEQUENTIAL_AHEAD);
      if (self->theirs.floor >= 49152 / 256)
        first = 49152;
      else if (self->theirs.floor >= 32768 / 256)
        first = 32768;
    }
  return (guint16) (first + kh_random_u32 (&self->random) % (65536 - first));
}

static gboolean
was_probed (KhSearch *self, guint16 port)
{
  for (guint i = 0; i < self->ports->len; i++)
    if (g_array_index (self->ports, guint16, i) == port)
      return TRUE;
  return FALSE;
}

static guint16
next_port (KhSearch *self)
{
  guint i = self->ports->len;
  guint16 port;

  if (!kh_search_is_birthday (self))
    return self->plan.both ? kh_prediction_narrow_port (self->target.port, self->theirs.step, i)
                           : kh_prediction_port (self->target.port, self->theirs.step, i + 1);
  do
    port = draw_port (self);
  while (was_probed (self, port));
  return port;
}

/* The ports of a prediction are tried again and again, and so are those of a birthday search where
 * more of them would be too many mappings. */
static gboolean
repeats (KhSearch *self)
{
  return !kh_search_is_birthday (self) || kh_nat_behaviour_pays_for_remotes (&self->ours);
}

static gboolean
poll_prober (KhSearch *self, KhSearchPacket *ret_packet, gint64 now_us)
{
  gboolean pays = kh_nat_behaviour_pays_for_remotes (&self->ours);
  gboolean fresh = self->ports->len < self->n_ports;
  guint16 port;

  if (!fresh && (!repeats (self) || self->ports->len == 0))
    return FALSE;
  if (!(fresh && pays ? kh_governor_take_mapping (self->governor, now_us)
                      : kh_governor_take_probe (self->governor, now_us)))
    return FALSE;
  if (fresh)
    {
      port = next_port (self);
      g_array_append_val (self->ports, port);
    }
  else
    {
      port = g_array_index (self->ports, guint16, self->probe_at++ % self->ports->len);
    }
  *ret_packet =
      (KhSearchPacket){ .socket = kh_socket_for_family (KH_FAMILY_IPV4), .remote = self->target };
  ret_packet->remote.port = port;
  return TRUE;
}

gboolean
kh_search_poll_send (KhSearch *self, KhSearchPacket *ret_packet, gint64 now_us)
{
  if (self->state != KH_SEARCH_RUNNING || !kh_governor_allows (self->governor, self))
    return FALSE;
  return self->plan.role == KH_SEARCH_OPENER ? poll_opener (self, ret_packet, now_us)
                                             : poll_prober (self, ret_packet, now_us);
}

gint64
kh_search_next_packet_us (KhSearch *self)
{
  gint64 probe_us = kh_governor_next_probe_us (self->governor);

  if (self->plan.role == KH_SEARCH_OPENER)
    {
      if (self->sockets->len < self->n_wanted)
        return kh_governor_next_mapping_us (self->governor);
      if (self->sockets->len == 0)
        return KH_NEVER;
      return MAX (probe_us,
                  kh_search_socket_at (self, self->refresh_at % self->sockets->len)->next_us);
    }
  if (self->ports->len < self->n_ports && kh_nat_behaviour_pays_for_remotes (&self->ours))
    return kh_governor_next_mapping_us (self->governor);
  if (self->ports->len < self->n_ports || (repeats (self) && self->ports->len > 0))
    return probe_us;
  return KH_NEVER;
}
