/* session-verdict.c: why a session is connected as it is
 *
 * Owns nothing: the evidence is what session-search.c has gathered, and path/verdict.c reaches the
 * verdict. Here is when it is reached anew, and told.
 */
#include "node/session-private.h"

static KhVerdict
reach_verdict (KhSession *self)
{
  KhSessionSearch *ladder = &self->ladder;
  KhVerdictEvidence evidence = { .ours = ladder->ours,
                                 .theirs = ladder->theirs,
                                 .is_connected = ladder->is_connected,
                                 .is_direct = ladder->is_direct,
                                 .is_local = ladder->is_local,
                                 .was_searched = ladder->was_searched };

  evidence.ours.nat = ladder->network.ours;
  evidence.theirs.nat = ladder->network.theirs;
  evidence.same_outside = kh_addr_is_set (&ladder->network.seen) &&
                          kh_addr_equal_ip (&ladder->network.seen, &ladder->their_seen);
  evidence.is_trying = ladder->tried_us != KH_NEVER ||
                       (ladder->search != NULL ? kh_search_is_running (ladder->search)
                                               : ladder->start_us != KH_NEVER);
  return kh_verdict_reach (&evidence);
}

const KhVerdict *
kh_session_get_verdict (KhSession *self)
{
  return &self->ladder.verdict;
}

const KhSessionSearch *
kh_session_get_ladder (KhSession *self)
{
  return &self->ladder;
}

gboolean
kh_session_search_poll_event (KhSession *self, KhSessionEvent *ret_event)
{
  KhSessionSearch *ladder = &self->ladder;
  KhVerdict verdict;

  if (ladder->measure_news)
    {
      ladder->measure_news = FALSE;
      ret_event->type = KH_SESSION_EVENT_MEASURE;
      return TRUE;
    }
  if (!ladder->verdict_news || !self->confirmed)
    return FALSE;
  ladder->verdict_news = FALSE;
  verdict = reach_verdict (self);
  if (verdict.kind == ladder->verdict.kind && verdict.who == ladder->verdict.who)
    return FALSE;
  ladder->verdict = verdict;
  ret_event->type = KH_SESSION_EVENT_VERDICT;
  return TRUE;
}
