/* governor.c: ceilings on what a search may cost, and the numbers of its sockets
 *
 * Owns the record of mappings made and the set of sockets open.
 */
#include "path/governor.h"

#define MAPPING_INTERVAL_US (G_USEC_PER_SEC / KH_GOVERNOR_NEW_PER_SECOND)
#define PROBE_INTERVAL_US (G_USEC_PER_SEC / KH_GOVERNOR_PROBES_PER_SECOND)
#define PROBE_BURST 8
/* The network suffers when a round trip is three times the least, and 100 ms. */
#define DEGRADED_FACTOR 3
#define DEGRADED_US 100000
/* One answer may get lost anywhere. */
#define LOST_MAX 2

typedef enum
{
  SOCKET_FREE,
  SOCKET_OPEN,
  SOCKET_CLOSING,
} SocketState;

struct _KhGovernor
{
  gint64 made_us[KH_GOVERNOR_MAPPINGS_MAX]; /* a ring: when each mapping was made */
  guint first;
  guint n_made;
  gint64 mapping_us; /* of take_mapping(): when the bucket will be full again */
  gint64 probe_us;
  gconstpointer owner; /* (nullable): whose search runs */
  gboolean stopped;    /* for the network's sake */
  gint64 pause_us;     /* no search before */
  gint64 least_rtt_us; /* 0: none yet */
  guint n_lost;
  guint8 sockets[KH_SOCKET_SEARCH_MAX]; /* SocketState */
  guint n_closing;
};

KhGovernor *
kh_governor_new (void)
{
  KhGovernor *self = g_new0 (KhGovernor, 1);

  return self;
}

void
kh_governor_free (KhGovernor *self)
{
  g_free (self);
}

/* --- searches ---------------------------------------------------------------------------- */

gboolean
kh_governor_begin_search (KhGovernor *self, gconstpointer owner, gint64 now_us)
{
  if (self->owner != NULL || self->pause_us > now_us)
    return FALSE;
  self->owner = owner;
  self->stopped = FALSE;
  self->n_lost = 0;
  return TRUE;
}

void
kh_governor_end_search (KhGovernor *self, gconstpointer owner, gint64 now_us)
{
  if (self->owner != owner || owner == NULL)
    return;
  self->owner = NULL;
  self->pause_us = now_us + KH_GOVERNOR_PAUSE_US;
}

gint64
kh_governor_next_search_us (KhGovernor *self)
{
  return self->owner != NULL ? KH_NEVER : self->pause_us;
}

gboolean
kh_governor_allows (KhGovernor *self, gconstpointer owner)
{
  return self->owner == owner && !self->stopped;
}

gboolean
kh_governor_is_searching (KhGovernor *self)
{
  return self->owner != NULL;
}

void
kh_governor_note_rtt (KhGovernor *self, gint64 rtt_us)
{
  self->n_lost = 0;
  if (self->least_rtt_us == 0 || rtt_us < self->least_rtt_us)
    self->least_rtt_us = rtt_us;
  if (self->owner != NULL && rtt_us > DEGRADED_FACTOR * self->least_rtt_us + DEGRADED_US)
    self->stopped = TRUE;
}

void
kh_governor_note_lost (KhGovernor *self)
{
  if (++self->n_lost >= LOST_MAX && self->owner != NULL)
    self->stopped = TRUE;
}

/* --- mappings and probes ----------------------------------------------------------------- */

static void
forget_old (KhGovernor *self, gint64 now_us)
{
  while (self->n_made > 0 && self->made_us[self->first] + KH_GOVERNOR_MAPPING_LIFE_US <= now_us)
    {
      self->first = (self->first + 1) % KH_GOVERNOR_MAPPINGS_MAX;
      self->n_made--;
    }
}

/* A bucket of @burst, one more each @interval_us, that will be full at @full_us: when there is one.
 */
static gint64
next_of (gint64 full_us, guint burst, gint64 interval_us)
{
  return full_us - (burst - 1) * interval_us;
}

gint64
kh_governor_next_mapping_us (KhGovernor *self)
{
  gint64 next_us = next_of (self->mapping_us, KH_GOVERNOR_BURST, MAPPING_INTERVAL_US);

  if (self->n_made < KH_GOVERNOR_MAPPINGS_MAX)
    return next_us;
  return MAX (next_us, self->made_us[self->first] + KH_GOVERNOR_MAPPING_LIFE_US);
}

gboolean
kh_governor_take_mapping (KhGovernor *self, gint64 now_us)
{
  forget_old (self, now_us);
  if (kh_governor_next_mapping_us (self) > now_us)
    return FALSE;
  self->made_us[(self->first + self->n_made) % KH_GOVERNOR_MAPPINGS_MAX] = now_us;
  self->n_made++;
  self->mapping_us = MAX (self->mapping_us, now_us) + MAPPING_INTERVAL_US;
  return TRUE;
}

guint
kh_governor_mappings_left (KhGovernor *self, gint64 now_us)
{
  forget_old (self, now_us);
  return KH_GOVERNOR_MAPPINGS_MAX - self->n_made;
}

gint64
kh_governor_next_probe_us (KhGovernor *self)
{
  return next_of (self->probe_us, PROBE_BURST, PROBE_INTERVAL_US);
}

gboolean
kh_governor_take_probe (KhGovernor *self, gint64 now_us)
{
  if (kh_governor_next_probe_us (self) > now_us)
    return FALSE;
  self->probe_us = MAX (self->probe_us, now_us) + PROBE_INTERVAL_US;
  return TRUE;
}

/* --- sockets ----------------------------------------------------------------------------- */

guint
kh_governor_open_socket (KhGovernor *self)
{
  for (guint i = 0; i < KH_SOCKET_SEARCH_MAX; i++)
    if (self->sockets[i] == SOCKET_FREE)
      {
        self->sockets[i] = SOCKET_OPEN;
        return KH_SOCKET_SEARCH + i;
      }
  return 0;
}

void
kh_governor_close_socket (KhGovernor *self, guint socket)
{
  guint i = socket - KH_SOCKET_SEARCH;

  g_return_if_fail (kh_socket_is_search (socket));
  if (self->sockets[i] != SOCKET_OPEN)
    return;
  self->sockets[i] = SOCKET_CLOSING;
  self->n_closing++;
}

gboolean
kh_governor_poll_close (KhGovernor *self, guint *ret_socket)
{
  if (self->n_closing == 0)
    return FALSE;
  for (guint i = 0; i < KH_SOCKET_SEARCH_MAX; i++)
    if (self->sockets[i] == SOCKET_CLOSING)
      {
        self->sockets[i] = SOCKET_FREE;
        self->n_closing--;
        *ret_socket = KH_SOCKET_SEARCH + i;
        return TRUE;
      }
  g_assert_not_reached ();
}
