/* search.c: the rounds of a search: invitation, then openers or probes (PROTOCOL.md, "Searches")
 *
 * Owns the sockets of the search, by number. What may be sent when is the governor's to say.
 */
#include "path/search-private.h"

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
/* Left for the session and for other peers, of what the governor grants. */
#define RESERVE 16
/* Fewer sockets or probes than this are not worth a birthday search. */
#define WORTHWHILE 64
#define AGAIN_US (10 * G_USEC_PER_SEC)

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
  self->sockets = g_array_new (FALSE, FALSE, sizeof (KhSearchSocket));
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

static void
close_sockets (KhSearch *self, gboolean kept_too)
{
  for (guint i = self->sockets->len; i > 0; i--)
    if (kept_too || !kh_search_socket_at (self, i - 1)->is_kept)
      {
        kh_governor_close_socket (self->governor, kh_search_socket_at (self, i - 1)->number);
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
  self->uninvited = FALSE;
  self->start_us = KH_NEVER;
}

static void
fail (KhSearch *self, KhSearchEnd why, gint64 now_us)
{
  end (self, now_us);
  push_event (self, KH_SEARCH_EVENT_FAILED);
  g_array_index (self->events, KhSearchEvent, self->events->len - 1).end = why;
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

/* Must the other side know the port of our next mapping? */
static gboolean
must_measure (KhSearch *self)
{
  return !kh_search_is_birthday (self) && (self->plan.both || self->plan.role == KH_SEARCH_OPENER);
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
  if (kh_search_is_birthday (self))
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
  if (kh_search_is_birthday (self))
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
                now_us + (kh_search_is_birthday (self) ? BIRTHDAY_US : PREDICTION_US));
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
  if (self->state != KH_SEARCH_IDLE || !self->initiator)
    return;
  self->uninvited = FALSE;
  self->start_us = at_us;
}

void
kh_search_start_uninvited (KhSearch *self, const KhAddr *target, gint64 at_us)
{
  g_return_if_fail (kh_search_is_birthday (self) || self->plan.both);

  if (self->state != KH_SEARCH_IDLE)
    return;
  self->uninvited = TRUE;
  self->target = *target;
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
  else if (!self->uninvited && round > self->round && self->round_us + ROUND_LEAST_US <= now_us &&
           begin_search (self, now_us))
    {
      self->target = *addr;
      begin_round (self, round, now_us);
    }
}

static void
end_round (KhSearch *self, gint64 now_us)
{
  if (!self->initiator && !self->uninvited)
    {
      close_sockets (self, FALSE);
      change_state (self, KH_SEARCH_LINGERING, now_us + LINGER_US);
    }
  else if (--self->rounds_left > 0)
    begin_round (self, self->round + 1, now_us);
  else
    fail (self, KH_SEARCH_END_NOTHING_FOUND, now_us);
}

static void
try_start (KhSearch *self, gint64 now_us)
{
  if (begin_search (self, now_us))
    {
      self->start_us = KH_NEVER;
      self->rounds_left = kh_search_is_birthday (self) || self->uninvited ? 1 : PREDICTION_ROUNDS;
      if (self->uninvited)
        {
          self->round++;
          self->round_us = now_us;
          run (self, now_us);
        }
      else
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
      fail (self, KH_SEARCH_END_STOPPED, now_us);
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
      if (self->deadline_us <= now_us)
        fail (self, KH_SEARCH_END_UNANSWERED, now_us);
      break;
    case KH_SEARCH_LINGERING:
      if (self->deadline_us <= now_us)
        fail (self, KH_SEARCH_END_NOTHING_FOUND, now_us);
      break;
    case KH_SEARCH_RUNNING:
      if (self->deadline_us <= now_us)
        end_round (self, now_us);
      break;
    default:
      g_assert_not_reached ();
    }
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
  return MIN (self->deadline_us, kh_search_next_packet_us (self));
}
