/* timeline.c: see timeline.h; owns its entries */
#include "path/timeline.h"

/* How it began stays. */
#define KEPT 24

struct _KhTimeline
{
  GArray *entries; /* KhTimelineEntry */
  guint n_dropped;
};

KhTimeline *
kh_timeline_new (void)
{
  KhTimeline *self = g_new0 (KhTimeline, 1);

  self->entries = g_array_new (FALSE, FALSE, sizeof (KhTimelineEntry));
  return self;
}

void
kh_timeline_free (KhTimeline *self)
{
  if (self == NULL)
    return;

  g_array_unref (self->entries);
  g_free (self);
}

static gboolean
is_repeatable (KhTimelineType type)
{
  return type == KH_TIMELINE_CHECKED || type == KH_TIMELINE_PATH_FAILED;
}

/* The entry that @entry only repeats: the same of the same path, where nothing else was told of it
 * since. While two are relayed for hours, all paths are checked in vain again and again. */
static KhTimelineEntry *
find_repeated (KhTimeline *self, const KhTimelineEntry *entry)
{
  if (!is_repeatable (entry->type))
    return NULL;
  for (guint i = self->entries->len; i > 0; i--)
    {
      KhTimelineEntry *earlier = &g_array_index (self->entries, KhTimelineEntry, i - 1);

      if (!kh_addr_equal (&earlier->path.remote, &entry->path.remote))
        continue;
      if (earlier->type == entry->type)
        return earlier;
      if (!is_repeatable (earlier->type))
        return NULL;
    }
  return NULL;
}

void
kh_timeline_add (KhTimeline *self, const KhTimelineEntry *entry)
{
  KhTimelineEntry *repeated = find_repeated (self, entry);
  KhTimelineEntry added = *entry;

  if (repeated != NULL)
    {
      repeated->last_us = entry->at_us;
      repeated->times++;
      return;
    }
  added.last_us = entry->at_us;
  added.times = 1;
  if (self->entries->len == KH_TIMELINE_MAX)
    {
      g_array_remove_index (self->entries, KEPT);
      self->n_dropped++;
    }
  g_array_append_val (self->entries, added);
}

const KhTimelineEntry *
kh_timeline_get (KhTimeline *self, guint *ret_n, guint *ret_dropped)
{
  *ret_n = self->entries->len;
  if (ret_dropped != NULL)
    *ret_dropped = self->n_dropped;
  return (const KhTimelineEntry *) (gpointer) self->entries->data;
}

const char *
kh_timeline_type_to_string (KhTimelineType type)
{
  switch (type)
    {
    case KH_TIMELINE_BEGUN:
      return "begun";
    case KH_TIMELINE_BEHAVIOURS:
      return "behaviours";
    case KH_TIMELINE_CANDIDATE:
      return "candidate";
    case KH_TIMELINE_CHECKED:
      return "checked";
    case KH_TIMELINE_PATH_VALID:
      return "path-valid";
    case KH_TIMELINE_PATH_FAILED:
      return "path-failed";
    case KH_TIMELINE_CHOSEN:
      return "chosen";
    case KH_TIMELINE_SEARCH_BEGUN:
      return "search-begun";
    case KH_TIMELINE_SEARCH_FAILED:
      return "search-failed";
    case KH_TIMELINE_NETWORK_CHANGED:
      return "network-changed";
    case KH_TIMELINE_LOST:
      return "lost";
    default:
      return "unknown";
    }
}
