/* session-search.c: see session-search.h
 *
 * Owns the search and the timeline. The check list finds out what the search's packets have opened,
 * so all there is to do is to send them, and to stop.
 */
#include "node/session-private.h"

/* Ordinary checks have had half a second in earnest by then: what they find is better than what
 * costs hundreds of packets. */
#define PATIENCE_US 500000
/* By then ordinary checks have found what they find, and the other side has begun its search. */
#define TRIED_US (3 * G_USEC_PER_SEC)
/* From the end of a search in vain to the next: its mappings must be forgotten first. They were
 * made in its first 7 s, of 45. */
#define AGAIN_US (G_GINT64_CONSTANT (85) * G_USEC_PER_SEC)
#define AGAIN_MAX_US (G_GINT64_CONSTANT (1800) * G_USEC_PER_SEC)

/* @entry says what happened, and when. */
static void
note (KhSession *self, KhTimelineEntry entry)
{
  KhSessionSearch *ladder = &self->ladder;
  KhSearchPlan plan =
      kh_search_plan (&ladder->network.ours, &ladder->network.theirs, self->initiator);

  entry.ours = ladder->network.ours;
  entry.theirs = ladder->network.theirs;
  entry.technique = plan.technique;
  entry.role = plan.role;
  kh_timeline_add (ladder->timeline, &entry);
}

static KhTimelineType
type_of (KhCheckNoteType type)
{
  switch (type)
    {
    case KH_CHECK_NOTE_ADDED:
      return KH_TIMELINE_CANDIDATE;
    case KH_CHECK_NOTE_SENT:
      return KH_TIMELINE_CHECKED;
    case KH_CHECK_NOTE_ANSWERED:
      return KH_TIMELINE_PATH_VALID;
    case KH_CHECK_NOTE_FAILED:
      return KH_TIMELINE_PATH_FAILED;
    case KH_CHECK_NOTE_CHOSEN:
      return KH_TIMELINE_CHOSEN;
    default:
      g_assert_not_reached ();
    }
}

void
kh_session_search_take_notes (KhSession *self)
{
  KhCheckNote found;

  while (kh_check_list_poll_note (self->checks, &found))
    note (self, (KhTimelineEntry){ .type = type_of (found.type),
                                   .at_us = found.at_us,
                                   .path = found.path,
                                   .n_checks = found.n_checks,
                                   .reason = found.reason });
}

void
kh_session_search_note_network (KhSession *self, gint64 now_us)
{
  note (self, (KhTimelineEntry){ .type = KH_TIMELINE_NETWORK_CHANGED, .at_us = now_us });
}

static void
note_families (KhVerdictSide *side, const KhAddr *addr)
{
  if (kh_addr_is_loopback (addr) || kh_addr_is_link_local (addr))
    return;
  side->has_ipv4 |= addr->family == KH_FAMILY_IPV4;
  side->has_ipv6 |= addr->family == KH_FAMILY_IPV6;
}

static void
note_candidate (KhSessionSearch *ladder, const KhCandidate *candidate)
{
  note_families (&ladder->theirs, &candidate->addr);
  if (candidate->kind == KH_CANDIDATE_SRFLX && candidate->addr.family == KH_FAMILY_IPV4)
    ladder->their_seen = candidate->addr;
}

static void
tell (KhSession *self)
{
  const KhSessionNetwork *network = &self->ladder.network;
  KhAddr seen = network->seen;

  if (network->policy == KH_RELAY_ALWAYS)
    seen = kh_addr_ipv4 (0, 0, 0, 0, 0);
  if (kh_addr_is_set (&seen))
    kh_connection_queue_candidate (self->connection, KH_SEARCH_BEHAVIOUR,
                                   kh_nat_behaviour_pack (&network->ours), &seen);
}

void
kh_session_search_init (KhSession *self, const KhSessionConfig *config, gint64 now_us)
{
  KhSessionSearch *ladder = &self->ladder;

  ladder->network = config->network;
  ladder->plan = kh_search_plan (&ladder->network.ours, &ladder->network.theirs, self->initiator);
  ladder->introduced =
      kh_search_plan (&ladder->network.told, &ladder->network.theirs, self->initiator);
  ladder->timeline = kh_timeline_new ();
  ladder->start_us = ladder->tried_us = KH_NEVER;
  ladder->rested_us = now_us;
  for (guint i = 0; i < config->theirs->n_candidates; i++)
    note_candidate (ladder, &config->theirs->candidates[i]);
  for (guint i = 0; i < config->n_hosts; i++)
    note_families (&ladder->ours, &config->hosts[i]);
  note (self, (KhTimelineEntry){ .type = KH_TIMELINE_BEGUN, .at_us = now_us });
  /* What the knock said may be old by now. */
  if (self->initiator)
    tell (self);
}

void
kh_session_search_give_up (KhSession *self, gint64 now_us)
{
  KhSessionSearch *ladder = &self->ladder;

  g_clear_pointer (&ladder->search, kh_search_free);
  ladder->measure_news = FALSE;
  ladder->start_us = ladder->tried_us = KH_NEVER;
  ladder->is_direct = ladder->is_local = ladder->was_searched = FALSE;
  ladder->verdict_news = TRUE;
}

void
kh_session_search_clear (KhSession *self)
{
  kh_search_free (self->ladder.search);
  kh_timeline_free (self->ladder.timeline);
}

void
kh_session_search_start (KhSession *self, gint64 earnest_us, gint64 now_us)
{
  KhSessionSearch *ladder = &self->ladder;

  if (ladder->network.governor == NULL)
    return;
  ladder->start_us = MAX (earnest_us, now_us) + PATIENCE_US;
  ladder->tried_us = MAX (earnest_us, now_us) + TRIED_US;
}

void
kh_session_search_hasten (KhSession *self, gboolean elsewhere, gint64 now_us)
{
  KhSessionSearch *ladder = &self->ladder;

  if (ladder->network.governor == NULL || ladder->is_direct || kh_session_is_relay_only (self) ||
      (ladder->search != NULL && kh_search_is_running (ladder->search)))
    return;
  if (elsewhere)
    ladder->n_searches = 0;
  else if (now_us < ladder->rested_us)
    return;
  ladder->start_us = MIN (ladder->start_us, now_us + PATIENCE_US);
  ladder->tried_us = now_us + TRIED_US;
}

/* --- behaviours -------------------------------------------------------------------------- */

/* A behaviour has changed. A new plan begins soon; what runs by the old one goes on to its end. */
static void
replan (KhSession *self, gint64 now_us)
{
  KhSessionSearch *ladder = &self->ladder;
  KhSearchPlan before = ladder->plan;

  note (self, (KhTimelineEntry){ .type = KH_TIMELINE_BEHAVIOURS, .at_us = now_us });
  ladder->verdict_news = TRUE;
  if (ladder->search != NULL && kh_search_is_running (ladder->search))
    return;
  ladder->plan = kh_search_plan (&ladder->network.ours, &ladder->network.theirs, self->initiator);
  if (ladder->network.governor == NULL ||
      (ladder->plan.technique == before.technique && ladder->plan.role == before.role &&
       ladder->plan.both == before.both))
    return;
  ladder->n_searches = 0;
  ladder->start_us = MIN (ladder->start_us, now_us + PATIENCE_US);
  ladder->tried_us = now_us + TRIED_US;
}

void
kh_session_tell_behaviour (KhSession *self,
                           const KhNatBehaviour *ours,
                           const KhAddr *seen,
                           gint64 now_us)
{
  KhNatBehaviour told = kh_relay_policy_apply (self->ladder.network.policy, ours);

  told.is_mapped &= !self->ladder.mapped_in_vain;
  if (kh_addr_is_set (seen))
    self->ladder.network.seen = *seen;
  if (kh_nat_behaviour_equal (&told, &self->ladder.network.ours))
    return;
  self->ladder.network.ours = told;
  tell (self);
  replan (self, now_us);
}

void
kh_session_search_set_theirs (KhSession *self, const KhNatBehaviour *theirs, gint64 now_us)
{
  gboolean was_barred = self->ladder.network.theirs.is_direct_only;

  if (kh_nat_behaviour_equal (theirs, &self->ladder.network.theirs))
    return;
  self->ladder.network.theirs = *theirs;
  /* Only an introduction brings a channel. */
  self->stalled_news |= was_barred && !theirs->is_direct_only && !kh_session_has_relay (self, NULL);
  kh_session_apply_policy (self, now_us);
  replan (self, now_us);
}

static void
hear_behaviour (KhSession *self, guint32 bits, const KhAddr *seen, gint64 now_us)
{
  KhNatBehaviour theirs = kh_nat_behaviour_unpack (bits);

  if (seen->family == KH_FAMILY_IPV4)
    self->ladder.their_seen = *seen;
  kh_session_search_set_theirs (self, &theirs, now_us);
}

/* --- the search -------------------------------------------------------------------------- */

/* With no path, as where no relay is to be used, there is nothing but what the introductions said,
 * for that alone both sides know: where both foresee ports, those of a moment ago (measured.c); the
 * ports of one side are found by chance as random ones are. */
static KhSearchPlan
plan_now (KhSession *self)
{
  KhSessionSearch *ladder = &self->ladder;
  KhSearchPlan plan = ladder->introduced;

  if (kh_session_has_path (self))
    return kh_search_plan (&ladder->network.ours, &ladder->network.theirs, self->initiator);
  /* Too early: the next introductions will say more. */
  if (ladder->network.told.mapping == KH_NAT_MAPPING_UNKNOWN ||
      ladder->network.theirs.mapping == KH_NAT_MAPPING_UNKNOWN)
    plan.technique = KH_TECHNIQUE_IMPOSSIBLE;
  if (plan.technique == KH_TECHNIQUE_PREDICTION && !plan.both)
    plan.technique = KH_TECHNIQUE_BIRTHDAY;
  return plan;
}

/* Makes a search by the present plan, unless one runs. FALSE where there is nothing to search. */
static gboolean
ensure_search (KhSession *self)
{
  KhSessionSearch *ladder = &self->ladder;
  KhSearchPlan plan = plan_now (self);

  if (ladder->search != NULL && kh_search_is_running (ladder->search))
    return TRUE;
  if (ladder->network.governor == NULL || !kh_addr_is_set (&ladder->network.seen) ||
      (plan.technique != KH_TECHNIQUE_PREDICTION && plan.technique != KH_TECHNIQUE_BIRTHDAY))
    return FALSE;
  if (ladder->search == NULL)
    ladder->search = kh_search_new (self->initiator, ladder->network.governor, self->random);
  kh_search_set_plan (ladder->search, &plan, &ladder->network.ours, &ladder->network.theirs,
                      &ladder->network.seen);
  return TRUE;
}

static void
take_search_events (KhSession *self, gint64 now_us)
{
  KhSessionSearch *ladder = &self->ladder;
  KhSearchEvent event;
  gint64 pause_us;

  while (ladder->search != NULL && kh_search_poll_event (ladder->search, &event))
    switch (event.type)
      {
      case KH_SEARCH_EVENT_MEASURE:
        ladder->measure_news = TRUE;
        break;
      case KH_SEARCH_EVENT_INVITE:
        kh_connection_queue_candidate (self->connection, KH_SEARCH_INVITATION, event.round,
                                       &event.addr);
        break;
      case KH_SEARCH_EVENT_BEGUN:
        ladder->was_searched = TRUE;
        note (self, (KhTimelineEntry){
                        .type = KH_TIMELINE_SEARCH_BEGUN, .at_us = now_us, .round = event.round });
        break;
      case KH_SEARCH_EVENT_FAILED:
        pause_us = MIN (AGAIN_US << MIN (ladder->n_searches, 8), AGAIN_MAX_US);
        ladder->n_searches++;
        ladder->was_searched = FALSE;
        ladder->start_us = now_us + pause_us;
        self->no_path_news |= ladder->is_last_hope && !self->confirmed;
        ladder->is_last_hope = FALSE;
        ladder->rested_us = now_us + AGAIN_US;
        ladder->verdict_news = TRUE;
        note (self, (KhTimelineEntry){ .type = KH_TIMELINE_SEARCH_FAILED,
                                       .at_us = now_us,
                                       .round = event.round,
                                       .search_end = event.end });
        break;
      default:
        g_assert_not_reached ();
      }
}

gboolean
kh_session_search_hear (KhSession *self, const KhFrame *frame, gint64 now_us)
{
  switch (frame->candidate.kind)
    {
    case KH_SEARCH_BEHAVIOUR:
      hear_behaviour (self, frame->candidate.priority, &frame->candidate.addr, now_us);
      return TRUE;
    case KH_SEARCH_INVITATION:
      if (!self->ladder.is_direct && ensure_search (self))
        kh_search_invited (self->ladder.search, &frame->candidate.addr, frame->candidate.priority,
                           now_us);
      take_search_events (self, now_us);
      return TRUE;
    default:
      note_families (&self->ladder.theirs, &frame->candidate.addr);
      return FALSE;
    }
}

void
kh_session_search_measured (KhSession *self, const KhAddr *seen, gint64 now_us)
{
  if (self->ladder.search != NULL)
    kh_search_measured (self->ladder.search, seen, now_us);
  take_search_events (self, now_us);
}

gint64
kh_session_search_next_timeout (KhSession *self)
{
  KhSessionSearch *ladder = &self->ladder;
  gint64 next_us = ladder->is_direct ? KH_NEVER : MIN (ladder->start_us, ladder->tried_us);

  if (ladder->search != NULL)
    next_us = MIN (next_us, kh_search_next_timeout (ladder->search));
  return next_us;
}

void
kh_session_search_hope_for_mapped (KhSession *self)
{
  self->ladder.mapped_in_vain = FALSE;
}

/* A gateway may grant what a firewall further out does not let through: then searches are worth
 * trying after all, as both sides must know. */
static void
doubt_mapped (KhSession *self, gint64 now_us)
{
  KhSessionSearch *ladder = &self->ladder;

  if (!ladder->network.ours.is_mapped || !self->confirmed)
    return;
  ladder->mapped_in_vain = TRUE;
  ladder->network.ours.is_mapped = FALSE;
  tell (self);
  replan (self, now_us);
}

/* Where there is a path the initiator invites, and else both begin, as soon as they have been
 * introduced. */
static void
start_search (KhSession *self, gint64 now_us)
{
  KhSessionSearch *ladder = &self->ladder;

  if (kh_session_has_path (self))
    {
      if (self->initiator && ensure_search (self))
        kh_search_start (ladder->search, now_us);
    }
  else if (kh_addr_is_set (&ladder->their_seen) && ensure_search (self))
    kh_search_start_uninvited (ladder->search, &ladder->their_seen, now_us);
}

gboolean
kh_session_search_be_last_hope (KhSession *self)
{
  KhSessionSearch *ladder = &self->ladder;

  ladder->is_last_hope = ladder->search != NULL && kh_search_is_running (ladder->search);
  return ladder->is_last_hope;
}

void
kh_session_search_handle_timeout (KhSession *self, gint64 now_us)
{
  KhSessionSearch *ladder = &self->ladder;

  if (ladder->start_us <= now_us && !ladder->is_direct)
    {
      ladder->start_us = KH_NEVER;
      ladder->verdict_news = TRUE;
      start_search (self, now_us);
    }
  if (ladder->tried_us <= now_us && !ladder->is_direct)
    {
      ladder->tried_us = KH_NEVER;
      ladder->verdict_news = TRUE;
      doubt_mapped (self, now_us);
    }
  if (ladder->search != NULL && kh_search_next_timeout (ladder->search) <= now_us)
    kh_search_handle_timeout (ladder->search, now_us);
  take_search_events (self, now_us);
}

gboolean
kh_session_search_poll_send (KhSession *self, KhCheck *ret_check, gint64 now_us)
{
  KhSearchPacket packet;

  if (self->ladder.search == NULL || !kh_search_poll_send (self->ladder.search, &packet, now_us))
    return FALSE;
  *ret_check = (KhCheck){ .remote = kh_search_path (&packet.remote, packet.socket),
                          .hop_limit = packet.hop_limit };
  kh_random_fill (&self->random, ret_check->data, sizeof ret_check->data);
  return TRUE;
}

/* --- what came of it --------------------------------------------------------------------- */

void
kh_session_search_heard (KhSession *self, guint socket)
{
  if (self->ladder.search != NULL)
    kh_search_keep (self->ladder.search, socket);
}

/* Or of an address that came meanwhile and needs none, such as a mapped port? The search may also
 * have found the port of our ordinary socket. */
static gboolean
came_of_search (const KhSessionSearch *ladder, const KhPath *path)
{
  if (kh_socket_is_search (kh_search_path_socket (&path->remote)))
    return TRUE;
  return path->remote.family == KH_FAMILY_IPV4 && !kh_addr_is_private (&path->remote) &&
         !ladder->network.ours.is_mapped && !ladder->network.theirs.is_mapped;
}

void
kh_session_search_follow (KhSession *self, const KhPath *path, gint64 now_us)
{
  KhSessionSearch *ladder = &self->ladder;
  gboolean was_direct = ladder->is_direct;

  ladder->is_connected = TRUE;
  ladder->is_direct = path->kind != KH_CANDIDATE_RELAY && path->state == KH_PATH_VALID;
  ladder->is_local = ladder->is_direct && kh_addr_is_private (&path->remote);
  ladder->verdict_news = TRUE;
  if (ladder->is_direct && !came_of_search (ladder, path))
    ladder->was_searched = FALSE;
  if (ladder->is_direct && ladder->search != NULL)
    kh_search_stop (ladder->search, now_us);
  if (was_direct && !ladder->is_direct)
    {
      ladder->was_searched = FALSE;
      kh_session_search_start (self, now_us, now_us);
      note (self,
            (KhTimelineEntry){ .type = KH_TIMELINE_LOST, .at_us = now_us, .path = ladder->chosen });
    }
  ladder->chosen = *path;
}
