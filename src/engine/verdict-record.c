/* verdict-record.c: see verdict-record.h; owns copies of the node's values */
#include "engine/verdict-record.h"

KhVerdictRecord *
kh_verdict_record_new (void)
{
  KhVerdictRecord *self = g_new0 (KhVerdictRecord, 1);

  self->paths = g_array_new (FALSE, FALSE, sizeof (KhPath));
  self->entries = g_array_new (FALSE, FALSE, sizeof (KhTimelineEntry));
  self->in_use = -1;
  self->ended_us = KH_NEVER;
  return self;
}

void
kh_verdict_record_free (KhVerdictRecord *self)
{
  if (self == NULL)
    return;

  g_array_unref (self->paths);
  g_array_unref (self->entries);
  g_free (self);
}

KhVerdictRecord *
kh_verdict_record_take (KhNode *node, const KhPeerId *peer)
{
  KhVerdictRecord *self;
  KhNodeVerdict verdict;
  const KhTimelineEntry *entries;
  const KhPath *path;
  gboolean in_use = FALSE;
  guint n;

  if (!kh_node_get_verdict (node, peer, &verdict))
    return NULL;
  self = kh_verdict_record_new ();
  self->verdict = verdict.verdict;
  self->ours = verdict.ours;
  self->theirs = verdict.theirs;
  entries = kh_timeline_get (verdict.timeline, &n, &self->n_dropped);
  g_array_append_vals (self->entries, entries, n);
  for (guint i = 0; (path = kh_node_get_nth_path (node, peer, i, &in_use)) != NULL; i++)
    {
      if (in_use)
        self->in_use = (int) i;
      g_array_append_val (self->paths, *path);
    }
  return self;
}
