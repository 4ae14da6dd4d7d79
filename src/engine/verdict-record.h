/* verdict-record.h: what a session's node knows of why it runs as it does, kept
 *
 * Private to the engine. The node forgets with the session; a conversation keeps the last of what
 * it said (engine-verdict.c).
 */
#pragma once

#include "node/node.h"

/**
 * KhVerdictRecord:
 * @paths: (element-type KhPath)
 * @in_use: index of a path, -1 for none
 * @entries: (element-type KhTimelineEntry)
 * @ended_us: when the session ended; %KH_NEVER while it lives
 */
typedef struct
{
  KhVerdict verdict;
  KhNatBehaviour ours, theirs;
  GArray *paths;
  int in_use;
  GArray *entries;
  guint n_dropped;
  gint64 ended_us;
} KhVerdictRecord;

/* With empty lists, for tests. */
KhVerdictRecord *kh_verdict_record_new (void);
/* (transfer full) (nullable): NULL without a session. */
KhVerdictRecord *kh_verdict_record_take (KhNode *node, const KhPeerId *peer);
void kh_verdict_record_free (KhVerdictRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhVerdictRecord, kh_verdict_record_free)
