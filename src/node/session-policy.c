/* session-policy.c: whether a session may use the relay, or anything else (path/relay-policy.h)
 *
 * Owns nothing. The stricter of both sides' wishes holds: who keeps their addresses to themselves
 * is reached by the relay alone, from both sides, and who wants no relay is sent nothing by it.
 */
#include "node/session-private.h"

gboolean
kh_session_is_relay_only (KhSession *self)
{
  return self->ladder.network.policy == KH_RELAY_ALWAYS ||
         self->ladder.network.theirs.is_relay_only;
}

gboolean
kh_session_is_direct_only (KhSession *self)
{
  return self->ladder.network.policy == KH_RELAY_NEVER ||
         self->ladder.network.theirs.is_direct_only;
}

KhVerdictWho
kh_session_get_barred (KhSession *self)
{
  gboolean they = self->ladder.network.theirs.is_direct_only;

  if (self->ladder.network.policy == KH_RELAY_NEVER)
    return they ? KH_VERDICT_BOTH : KH_VERDICT_US;
  return they ? KH_VERDICT_THEM : KH_VERDICT_NOBODY;
}

gboolean
kh_session_may_receive (KhSession *self, const KhAddr *remote)
{
  if (kh_addr_is_relay (remote))
    return !kh_session_is_direct_only (self);
  return !kh_session_is_relay_only (self) &&
         !(self->ladder.network.shuns_local && kh_addr_is_private (remote));
}

void
kh_session_apply_policy (KhSession *self, gint64 now_us)
{
  gboolean relay_only = kh_session_is_relay_only (self);

  /* Each may tell the other its addresses now. */
  self->offer_news |= kh_check_list_is_relay_only (self->checks) && !relay_only;
  kh_check_list_set_relay_only (self->checks, relay_only, now_us);
  kh_check_list_set_shuns_local (self->checks, self->ladder.network.shuns_local, now_us);
  if (relay_only)
    kh_session_search_give_up (self, now_us);
  if (kh_session_is_direct_only (self) && kh_session_has_relay (self, NULL))
    kh_check_list_set_relay (self->checks, NULL, 0, now_us);
  kh_session_follow_path (self, now_us);
}

void
kh_session_set_relay_policy (KhSession *self,
                             KhRelayPolicy policy,
                             const KhNatBehaviour *ours,
                             const KhAddr *seen,
                             gint64 now_us)
{
  if (policy == self->ladder.network.policy)
    return;
  self->ladder.network.policy = policy;
  /* Those that wait to be sent, or to be sent again. */
  if (policy == KH_RELAY_ALWAYS)
    kh_connection_drop_candidates (self->connection);
  kh_session_apply_policy (self, now_us);
  kh_session_tell_behaviour (self, ours, seen, now_us);
}

void
kh_session_set_shuns_local (KhSession *self, gboolean shuns_local, gint64 now_us)
{
  self->ladder.network.shuns_local = shuns_local;
  kh_session_apply_policy (self, now_us);
}
