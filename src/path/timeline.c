/* timeline.c: see timeline.h; owns its entries */
#include "path/timeline.h"

/* How it began stays. */
#define KEPT 8

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

void
kh_timeline_add (KhTimeline *self, const KhTimelineEntry *entry)
{
  if (self->entries->len == KH_TIMELINE_MAX)
    {
      g_array_remove_index (self->entries, KEPT);
      self->n_dropped++;
    }
  g_array_append_val (self->entries, *entry);
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
