/* search.c: the rounds of a search: invitation, then openers or probes (DESIGN 8)
 *
 * Owns the sockets of the search, by number. What may be sent when is the governor's to say.
 */
#include "path/search.h"

#include "path/check-list.h"
#include "path/prediction.h"

/* A hop or two through the server, and its loss. */
#define MEASURE_PATIENCE_US (2 * G_USEC_PER_SEC)
#define ANSWER_PATIENCE_US (4 * G_USEC_PER_SEC)
/* The responder's between two rounds; longer than the initiator measures and invites. */
#define LINGER_US (5 * G_USEC_PER_SEC)
/* Opening takes 5 s and probing 35 s. */
#define BIRTHDAY_US (45 * G_USEC_PER_SEC)
/* A prediction holds for a moment: rather a new one. */
#define PREDICTION_US (2500 * G_TIME_SPAN_MILLISECOND)
#define PREDICTION_ROUNDS 4
/* Invitations that come faster are passed over: each costs a mapping. */
#define ROUND_LEAST_US G_USEC_PER_SEC
/* Many NATs forget after 30 s what was not answered. */
#define REFRESH_US (15 * G_USEC_PER_SEC)
/* Left for the session and for other peers, of what the governor grants. */
#define RESERVE 16
/* Fewer sockets or probes than this are not worth a birthday search. */
#define WORTHWHILE 64
#define AGAIN_US (10 * G_USEC_PER_SEC)
/* Random ports are drawn from the range that the other side's NAT seems to have, but for one in so
 * many: what it seems to have was seen on a handful of mappings. */
#define ANYWHERE_EACH 4
#define FIRST_PORT 1024

typedef enum
{
  KH_SEARCH_IDLE,
  KH_SEARCH_MEASURING, /* for an own mapping's port */
  KH_SEARCH_INVITING,  /* the initiator waits for the answer */
  KH_SEARCH_RUNNING,
  KH_SEARCH_LINGERING, /* the responder waits for the next round */
} KhSearchState;

typedef struct
{
  guint number;
  gint64 next_us; /* when to refresh its mapping */
  gboolean is_kept;
} Socket;

struct _KhSearch
{
  KhSearchPlan plan;
  gboolean initiator;
  KhNatBehaviour ours;
  KhNatBehaviour theirs;
  KhAddr seen;
  KhGovernor *governor;
  KhRandom random;

  KhSearchState state;
  gint64 start_us;    /* of the next search, KH_NEVER; IDLE only */
  gint64 deadline_us; /* of the state */
  guint32 round;
  gint64 round_us;
  guint rounds_left;
  KhAddr target;   /* where the other side's NAT is now */
  GArray *sockets; /* Socket, in the order of opening */
  guint n_wanted;  /* sockets to open in this round */
  guint refresh_at;
  GArray *ports; /* guint16: those probed in this round */
  guint n_ports; /* so many at most */
  guint probe_at;
  GArray *events; /* KhSearchEvent */
};

static const char *
state_to_string (KhSearchState state)
{
  switch (state)
    {
    case KH_SEARCH_IDLE:
      return "idle";
    case KH_SEARCH_MEASURING:
      return "measuring";
    case KH_SEARCH_INVITING:
      return "inviting";
    case KH_SEARCH_RUNNING:
      return "running";
    case KH_SEARCH_LINGERING:
      return "lingering";
    default:
      return "unknown";
    }
}

const char *
kh_technique_to_string (KhTechnique technique)
{
  switch (technique)
    {
    case KH_TECHNIQUE_PUNCHING:
      return "punching";
    case KH_TECHNIQUE_PREDICTION:
      return "prediction";
    case KH_TECHNIQUE_BIRTHDAY:
      return "birthday";
    case KH_TECHNIQUE_IMPOSSIBLE:
      return "impossible";
    default:
      return "unknown";
    }
}

const char *
kh_search_role_to_string (KhSearchRole role)
{
  switch (role)
    {
    case KH_SEARCH_OPENER:
      return "opener";
    case KH_SEARCH_PROBER:
      return "prober";
    default:
      return "unknown";
    }
}

/* --- the plan ---------------------------------------------------------------------------- */

static gboolean
can_be_predicted (const KhNatBehaviour *nat)
{
  return nat->ports == KH_NAT_PORTS_SEQUENTIAL;
}

KhSearchPlan
kh_search_plan (const KhNatBehaviour *ours, const KhNatBehaviour *theirs, gboolean initiator)
{
  gboolean our_stable = kh_nat_behaviour_is_stable (ours);
  gboolean their_stable = kh_nat_behaviour_is_stable (theirs);
  KhSearchPlan plan = { .technique = KH_TECHNIQUE_PUNCHING };

  if (ours->udp_blocked || theirs->udp_blocked || ours->is_relay_only || theirs->is_relay_only)
    return (KhSearchPlan){ .technique = KH_TECHNIQUE_IMPOSSIBLE };
  if ((our_stable && their_stable) || (our_stable && kh_nat_behaviour_ignores_ports (ours)) ||
      (their_stable && kh_nat_behaviour_ignores_ports (theirs)))
    return plan;
  if (!our_stable && !their_stable)
    {
      plan.both = can_be_predicted (ours) && can_be_predicted (theirs);
      plan.technique = plan.both ? KH_TECHNIQUE_PREDICTION : KH_TECHNIQUE_IMPOSSIBLE;
      plan.role = initiator ? KH_SEARCH_OPENER : KH_SEARCH_PROBER;
      return plan;
    }
  plan.role = our_stable ? KH_SEARCH_PROBER : KH_SEARCH_OPENER;
  plan.technique = can_be_predicted (our_stable ? theirs : ours) ? KH_TECHNIQUE_PREDICTION
                                                                 : KH_TECHNIQUE_BIRTHDAY;
  return plan;
}

/* --- life -------------------------------------------------------------------------------- */

KhSearch *
kh_search_new (gboolean initiator, KhGovernor *governor, KhRandom random)
{
  KhSearch *self = g_new0 (KhSearch, 1);

  self->initiator = initiator;
  self->governor = governor;
  self->random = random;
  self->start_us = self->deadline_us = KH_NEVER;
  self->round_us = G_MININT64;
  self->sockets = g_array_new (FALSE, FALSE, sizeof (Socket));
  self->ports = g_array_new (FALSE, FALSE, sizeof (guint16));
  self->events = g_array_new (FALSE, FALSE, sizeof (KhSearchEvent));
  return self;
}

void
kh_search_set_plan (KhSearch *self,
                    const KhSearchPlan *plan,
                    const KhNatBehaviour *ours,
                    const KhNatBehaviour *theirs,
                    const KhAddr *seen)
{
  g_return_if_fail (!kh_search_is_running (self));

  self->plan = *plan;
  self->ours = *ours;
  self->theirs = *theirs;
  self->seen = *seen;
}

KhAddr
kh_search_path (const KhAddr *remote, guint socket)
{
  KhAddr path = *remote;

  if (path.family == KH_FAMILY_IPV4)
    path.scope_id = kh_socket_is_search (socket) ? socket : 0;
  return path;
}

guint
kh_search_path_socket (const KhAddr *path)
{
  if (path->family == KH_FAMILY_IPV4 && kh_socket_is_search (path->scope_id))
    return path->scope_id;
  return kh_socket_for_family (path->family);
}

static Socket *
socket_at (KhSearch *self, guint i)
{
  return &g_array_index (self->sockets, Socket, i);
}

static void
close_sockets (KhSearch *self, gboolean kept_too)
{
  for (guint i = self->sockets->len; i > 0; i--)
    if (kept_too || !socket_at (self, i - 1)->is_kept)
      {
        kh_governor_close_socket (self->governor, socket_at (self, i - 1)->number);
        g_array_remove_index (self->sockets, i - 1);
      }
  self->n_wanted = 0;
  self->refresh_at = 0;
}

void
kh_search_free (KhSearch *self)
{
  if (self == NULL)
    return;

  close_sockets (self, TRUE);
  /* Whoever frees it has no time to give; the pause begins with the next search's begin. */
  kh_governor_end_search (self->governor, self, self->round_us);
  g_array_unref (self->sockets);
  g_array_unref (self->ports);
  g_array_unref (self->events);
  g_free (self);
}

static void
push_event (KhSearch *self, KhSearchEventType type)
{
  KhSearchEvent event = { .type = type, .addr = self->seen, .round = self->round };

  g_array_append_val (self->events, event);
}

gboolean
kh_search_poll_event (KhSearch *self, KhSearchEvent *ret_event)
{
  if (self->events->len == 0)
    return FALSE;
  *ret_event = g_array_index (self->events, KhSearchEvent, 0);
  g_array_remove_index (self->events, 0);
  return TRUE;
}

static void
change_state (KhSearch *self, KhSearchState state, gint64 deadline_us)
{
  g_debug ("search: %s -> %s", state_to_string (self->state), state_to_string (state));
  self->state = state;
  self->deadline_us = deadline_us;
}

static void
end (KhSearch *self, gint64 now_us)
{
  close_sockets (self, FALSE);
  kh_governor_end_search (self->governor, self, now_us);
  change_state (self, KH_SEARCH_IDLE, KH_NEVER);
  self->start_us = KH_NEVER;
}

static void
fail (KhSearch *self, gint64 now_us)
{
  end (self, now_us);
  push_event (self, KH_SEARCH_EVENT_FAILED);
}

void
kh_search_stop (KhSearch *self, gint64 now_us)
{
  g_array_set_size (self->events, 0);
  end (self, now_us);
}

gboolean
kh_search_is_running (KhSearch *self)
{
  return self->state != KH_SEARCH_IDLE;
}

/* --- rounds ------------------------------------------------------------------------------ */

static gboolean
is_birthday (KhSearch *self)
{
  return self->plan.technique == KH_TECHNIQUE_BIRTHDAY;
}

/* Must the other side know the port of our next mapping? */
static gboolean
must_measure (KhSearch *self)
{
  return !is_birthday (self) && (self->plan.both || self->plan.role == KH_SEARCH_OPENER);
}

/* How many mappings this round may make. */
static guint
mappings_granted (KhSearch *self, gint64 now_us)
{
  guint left = kh_governor_mappings_left (self->governor, now_us);

  return left > RESERVE ? left - RESERVE : 0;
}

static gboolean
begin_search (KhSearch *self, gint64 now_us)
{
  if (kh_governor_allows (self->governor, self))
    return TRUE;
  if (mappings_granted (self, now_us) < WORTHWHILE)
    return FALSE;
  return kh_governor_begin_search (self->governor, self, now_us);
}

static void
prepare_opener (KhSearch *self, gint64 now_us)
{
  if (is_birthday (self))
    self->n_wanted = MIN (KH_SEARCH_SOCKETS, mappings_granted (self, now_us));
  else if (self->plan.both)
    {
      self->n_wanted = KH_PREDICTION_WIDE;
      self->target.port =
          kh_prediction_port (self->target.port, self->theirs.step, KH_PREDICTION_AIM);
    }
  else
    self->n_wanted = KH_PREDICTION_SINGLE;
  self->n_wanted += self->sockets->len;
}

static void
prepare_prober (KhSearch *self, gint64 now_us)
{
  gboolean pays = kh_nat_behaviour_pays_for_remotes (&self->ours);

  g_array_set_size (self->ports, 0);
  self->probe_at = 0;
  if (is_birthday (self))
    self->n_ports =
        pays ? MIN (KH_SEARCH_PROBES, mappings_granted (self, now_us)) : KH_SEARCH_PROBES;
  else
    self->n_ports = self->plan.both ? KH_PREDICTION_NARROW : KH_PREDICTION_AHEAD;
}

static void
run (KhSearch *self, gint64 now_us)
{
  if (self->plan.role == KH_SEARCH_OPENER)
    prepare_opener (self, now_us);
  else
    prepare_prober (self, now_us);
  change_state (self, KH_SEARCH_RUNNING,
                now_us + (is_birthday (self) ? BIRTHDAY_US : PREDICTION_US));
  push_event (self, KH_SEARCH_EVENT_BEGUN);
}

static void
invite (KhSearch *self, gint64 now_us)
{
  push_event (self, KH_SEARCH_EVENT_INVITE);
  if (self->initiator)
    change_state (self, KH_SEARCH_INVITING, now_us + ANSWER_PATIENCE_US);
  else
    run (self, now_us);
}

static void
begin_round (KhSearch *self, guint32 round, gint64 now_us)
{
  close_sockets (self, FALSE);
  self->round = round;
  self->round_us = now_us;
  if (!must_measure (self))
    {
      invite (self, now_us);
      return;
    }
  change_state (self, KH_SEARCH_MEASURING, now_us + MEASURE_PATIENCE_US);
  push_event (self, KH_SEARCH_EVENT_MEASURE);
}

void
kh_search_start (KhSearch *self, gint64 at_us)
{
  if (self->state == KH_SEARCH_IDLE && self->initiator)
    self->start_us = at_us;
}

void
kh_search_measured (KhSearch *self, const KhAddr *seen, gint64 now_us)
{
  if (self->state != KH_SEARCH_MEASURING)
    return;
  self->seen = *seen;
  invite (self, now_us);
}

void
kh_search_invited (KhSearch *self, const KhAddr *addr, guint32 round, gint64 now_us)
{
  if (addr->family != KH_FAMILY_IPV4 || !kh_addr_is_unicast (addr) || kh_addr_is_loopback (addr))
    return;
  if (self->initiator)
    {
      if (self->state != KH_SEARCH_INVITING || round != self->round)
        return;
      self->target = *addr;
      run (self, now_us);
    }
  else if (round > self->round && self->round_us + ROUND_LEAST_US <= now_us &&
           begin_search (self, now_us))
    {
      self->target = *addr;
      begin_round (self, round, now_us);
    }
}

static void
end_round (KhSearch *self, gint64 now_us)
{
  if (!self->initiator)
    {
      close_sockets (self, FALSE);
      change_state (self, KH_SEARCH_LINGERING, now_us + LINGER_US);
    }
  else if (--self->rounds_left > 0)
    begin_round (self, self->round + 1, now_us);
  else
    fail (self, now_us);
}

static void
try_start (KhSearch *self, gint64 now_us)
{
  if (begin_search (self, now_us))
    {
      self->start_us = KH_NEVER;
      self->rounds_left = is_birthday (self) ? 1 : PREDICTION_ROUNDS;
      begin_round (self, self->round + 1, now_us);
      return;
    }
  self->start_us = kh_governor_next_search_us (self->governor);
  if (self->start_us <= now_us || self->start_us == KH_NEVER)
    self->start_us = now_us + AGAIN_US;
}

void
kh_search_handle_timeout (KhSearch *self, gint64 now_us)
{
  if (self->state != KH_SEARCH_IDLE && !kh_governor_allows (self->governor, self))
    {
      fail (self, now_us);
      return;
    }
  switch (self->state)
    {
    case KH_SEARCH_IDLE:
      if (self->start_us <= now_us)
        try_start (self, now_us);
      break;
    case KH_SEARCH_MEASURING:
    case KH_SEARCH_INVITING:
    case KH_SEARCH_LINGERING:
      if (self->deadline_us <= now_us)
        fail (self, now_us);
      break;
    case KH_SEARCH_RUNNING:
      if (self->deadline_us <= now_us)
        end_round (self, now_us);
      break;
    default:
      g_assert_not_reached ();
    }
}

/* --- sockets ----------------------------------------------------------------------------- */

static Socket *
find_socket (KhSearch *self, guint number)
{
  for (guint i = 0; i < self->sockets->len; i++)
    if (socket_at (self, i)->number == number)
      return socket_at (self, i);
  return NULL;
}

void
kh_search_keep (KhSearch *self, guint socket)
{
  Socket *found = find_socket (self, socket);

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
  Socket *oldest;

  if (self->sockets->len < self->n_wanted)
    {
      Socket fresh = { .next_us = now_us + REFRESH_US };

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
  oldest = socket_at (self, self->refresh_at % self->sockets->len);
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

  if (!is_birthday (self))
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
  return !is_birthday (self) || kh_nat_behaviour_pays_for_remotes (&self->ours);
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

static gint64
next_packet_us (KhSearch *self)
{
  gint64 probe_us = kh_governor_next_probe_us (self->governor);

  if (self->plan.role == KH_SEARCH_OPENER)
    {
      if (self->sockets->len < self->n_wanted)
        return kh_governor_next_mapping_us (self->governor);
      if (self->sockets->len == 0)
        return KH_NEVER;
      return MAX (probe_us, socket_at (self, self->refresh_at % self->sockets->len)->next_us);
    }
  if (self->ports->len < self->n_ports && kh_nat_behaviour_pays_for_remotes (&self->ours))
    return kh_governor_next_mapping_us (self->governor);
  if (self->ports->len < self->n_ports || (repeats (self) && self->ports->len > 0))
    return probe_us;
  return KH_NEVER;
}

gint64
kh_search_next_timeout (KhSearch *self)
{
  if (self->state == KH_SEARCH_IDLE)
    return self->start_us;
  if (!kh_governor_allows (self->governor, self))
    return 0;
  if (self->state != KH_SEARCH_RUNNING)
    return self->deadline_us;
  return MIN (self->deadline_us, next_packet_us (self));
}
