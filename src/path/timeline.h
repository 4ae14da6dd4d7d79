/* timeline.h: what happened while a direct path was looked for, for people and bug reports
 *
 * A bounded list of plain values (DESIGN 8, "Explanation"). The oldest give way, but for the first
 * few, which say how it began.
 */
#pragma once

#include "path/check-list.h"
#include "path/search.h"

#define KH_TIMELINE_MAX 64

typedef enum
{
  KH_TIMELINE_BEGUN,        /* the session: both sides know each other's candidates */
  KH_TIMELINE_BEHAVIOURS,   /* @ours and @theirs are known, and @technique follows */
  KH_TIMELINE_PATH_VALID,   /* @path was proven */
  KH_TIMELINE_PATH_FAILED,  /* @path was given up */
  KH_TIMELINE_CHOSEN,       /* @path is used from now on */
  KH_TIMELINE_SEARCH_BEGUN, /* @technique, in @role */
  KH_TIMELINE_SEARCH_FAILED,
  KH_TIMELINE_NETWORK_CHANGED,
  KH_TIMELINE_LOST, /* the path in use went silent */
} KhTimelineType;

typedef struct
{
  KhTimelineType type;
  gint64 at_us;
  KhPath path;
  KhNatBehaviour ours, theirs;
  KhTechnique technique;
  KhSearchRole role;
} KhTimelineEntry;

typedef struct _KhTimeline KhTimeline;

KhTimeline *kh_timeline_new (void);
void kh_timeline_free (KhTimeline *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhTimeline, kh_timeline_free)

/* @entry: copied */
void kh_timeline_add (KhTimeline *self, const KhTimelineEntry *entry);
/* (transfer none): in the order of time; @ret_dropped (optional): how many gave way */
const KhTimelineEntry *kh_timeline_get (KhTimeline *self, guint *ret_n, guint *ret_dropped);
const char *kh_timeline_type_to_string (KhTimelineType type);
