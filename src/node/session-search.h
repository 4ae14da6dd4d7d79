/* session-search.h: what a session does to get off the relay, and how it explains itself
 *
 * Part of a session, as a value inside it. Both sides say how their NATs behave, in introductions
 * and, where they find out later, in CANDIDATE frames of kind KH_SEARCH_BEHAVIOUR; from the two
 * follows the technique, and where ordinary checks do not do, a search runs (path/search.h).
 */
#pragma once

#include "node/node.h"
#include "path/check-list.h"
#include "path/relay-policy.h"
#include "path/search.h"
#include "path/timeline.h"
#include "path/verdict.h"

/* The kind of a CANDIDATE that says how the sender's NAT behaves: kh_nat_behaviour_pack() is in
 * place of the priority; its address is the sender's as the server sees it. */
#define KH_SEARCH_BEHAVIOUR 17

/* What the node lends to a session; @governor NULL for none: then nothing is searched for. @ours is
 * what the peer may know, by kh_relay_policy_apply(). */
typedef struct
{
  KhGovernor *governor;
  KhRelayPolicy policy;
  gboolean shuns_local;        /* our user's wish; the peer is not told */
  KhNatBehaviour ours;         /* as it is known by now */
  KhNatBehaviour told, theirs; /* as the introductions said */
  KhAddr seen;                 /* our IPv4 address as the server sees it; may be absent */
} KhSessionNetwork;

typedef struct
{
  KhSessionNetwork network;
  KhSearch *search; /* NULL before the first */
  KhTimeline *timeline;
  KhSearchPlan plan;       /* from both behaviours, as they are known */
  KhSearchPlan introduced; /* the same from what the introductions said */
  gint64 start_us;         /* of the next search; KH_NEVER */
  gint64
      tried_us; /* until then it is too early to say what ordinary checks do not find; KH_NEVER */
  gint64 rested_us; /* from then on a new reason to hope may begin one before start_us */
  guint n_searches;
  gboolean was_searched;   /* a search runs, or the path came of one */
  gboolean is_last_hope;   /* ordinary checks have failed before the search that runs has */
  gboolean mapped_in_vain; /* nobody came in by our mapped port: it is not spoken of any more */
  gboolean measure_news;
  gboolean verdict_news;
  KhVerdict verdict; /* the last that was told */
  gboolean is_connected, is_direct, is_local;
  KhPath chosen;              /* as it was when it was */
  KhVerdictSide ours, theirs; /* families */
  KhAddr their_seen;          /* their IPv4 address as the server sees it; may be absent */
} KhSessionSearch;
