/* timeline.h: what happened while a direct path was looked for, for people and bug reports
 *
 * A bounded list of plain values. The oldest give way, but for the first few, which say how it
 * began; and what is only repeated is counted.
 */
#pragma once

#include "path/check-list.h"
#include "path/search.h"

#define KH_TIMELINE_MAX 128

typedef enum
{
  KH_TIMELINE_BEGUN,         /* the session: both sides know each other's candidates */
  KH_TIMELINE_BEHAVIOURS,    /* @ours and @theirs are known, and @technique follows */
  KH_TIMELINE_CANDIDATE,     /* @path.remote became known: to be checked */
  KH_TIMELINE_CHECKED,       /* checks of @path go out, @times such series so far */
  KH_TIMELINE_PATH_VALID,    /* @path was proven, after @n_checks checks */
  KH_TIMELINE_PATH_FAILED,   /* @path was given up after @n_checks checks in vain, @times so far */
  KH_TIMELINE_CHOSEN,        /* @path is used from now on, for @reason */
  KH_TIMELINE_SEARCH_BEGUN,  /* round @round of a search by @technique, in @role */
  KH_TIMELINE_SEARCH_FAILED, /* it is over, for @search_end */
  KH_TIMELINE_NETWORK_CHANGED,
  KH_TIMELINE_LOST, /* @path, a direct one, is no longer used; CHOSEN follows */
} KhTimelineType;

/**
 * KhTimelineEntry:
 * @at_us: when it happened; the first time, of CHECKED and PATH_FAILED
 * @last_us: the last time
 * @times: how often, at least 1
 * @ours, @theirs: as they were known then
 */
typedef struct
{
  KhTimelineType type;
  gint64 at_us;
  gint64 last_us;
  guint times;
  KhPath path;
  guint n_checks;
  KhPathReason reason;
  KhNatBehaviour ours, theirs;
  KhTechnique technique;
  KhSearchRole role;
  guint32 round;
  KhSearchEnd search_end;
} KhTimelineEntry;

typedef struct _KhTimeline KhTimeline;

KhTimeline *kh_timeline_new (void);
void kh_timeline_free (KhTimeline *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhTimeline, kh_timeline_free)

/* @entry: copied; its @last_us and @times are set. CHECKED and PATH_FAILED of a path of which
 * nothing else was told since are counted with the earlier entry. */
void kh_timeline_add (KhTimeline *self, const KhTimelineEntry *entry);
/* (transfer none): in the order of time; @ret_dropped (optional): how many gave way */
const KhTimelineEntry *kh_timeline_get (KhTimeline *self, guint *ret_n, guint *ret_dropped);
const char *kh_timeline_type_to_string (KhTimelineType type);
