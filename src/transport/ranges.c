/* ranges.c: a set of numbers as a sorted GArray of ranges
 *
 * Owns the array. Finding is a binary search; adding and removing move the tail, which is short:
 * who feeds a set from the network bounds kh_ranges_count(). What comes in order meets the last
 * range, so that is looked at first.
 */
#include "transport/ranges.h"

void
kh_ranges_init (KhRanges *self)
{
  self->items = NULL;
}

void
kh_ranges_clear (KhRanges *self)
{
  g_clear_pointer (&self->items, g_array_unref);
}

guint
kh_ranges_find (const KhRanges *self, guint64 value)
{
  guint low = 0, high = kh_ranges_count (self);

  if (high > 0 && kh_ranges_get (self, high - 1).end < value)
    return high;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (kh_ranges_get (self, middle).end < value)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

gboolean
kh_ranges_contains (const KhRanges *self, guint64 value)
{
  guint count = kh_ranges_count (self);
  guint i;

  if (count == 0 || kh_ranges_get (self, count - 1).end <= value)
    return FALSE;

  i = kh_ranges_find (self, value);
  if (kh_ranges_get (self, i).end == value)
    i++;
  return i < count && kh_ranges_get (self, i).start <= value;
}

/* Is the range the last one's continuation? Then no other is touched. */
static gboolean
extend_last (KhRanges *self, guint64 start, guint64 end)
{
  guint count = kh_ranges_count (self);
  KhRange *last;

  if (count == 0)
    return FALSE;
  last = &g_array_index (self->items, KhRange, count - 1);
  if (start < last->start || start > last->end)
    return FALSE;
  last->end = MAX (last->end, end);
  return TRUE;
}

void
kh_ranges_add (KhRanges *self, guint64 start, guint64 end)
{
  KhRange merged = { start, end };
  guint first, i;

  if (start >= end || extend_last (self, start, end))
    return;

  if (self->items == NULL)
    self->items = g_array_new (FALSE, FALSE, sizeof (KhRange));
  i = first = kh_ranges_find (self, start);
  for (; i < self->items->len && kh_ranges_get (self, i).start <= end; i++)
    {
      merged.start = MIN (merged.start, kh_ranges_get (self, i).start);
      merged.end = MAX (merged.end, kh_ranges_get (self, i).end);
    }

  if (i == first)
    {
      g_array_insert_val (self->items, first, merged);
      return;
    }
  g_array_index (self->items, KhRange, first) = merged;
  if (i > first + 1)
    g_array_remove_range (self->items, first + 1, i - first - 1);
}

void
kh_ranges_remove (KhRanges *self, guint64 start, guint64 end)
{
  guint i;

  if (start >= end || kh_ranges_count (self) == 0)
    return;

  i = kh_ranges_find (self, start);
  while (i < self->items->len && kh_ranges_get (self, i).start < end)
    {
      KhRange *range = &g_array_index (self->items, KhRange, i);
      KhRange tail = { end, range->end };

      if (range->start < start && range->end > end)
        {
          range->end = start;
          g_array_insert_val (self->items, i + 1, tail);
          return;
        }
      if (range->start < start)
        {
          range->end = start;
          i++;
        }
      else if (range->end > end)
        {
          range->start = end;
          return;
        }
      else
        g_array_remove_index (self->items, i);
    }
  if (self->items->len == 0)
    kh_ranges_clear (self);
}

void
kh_ranges_add_except (KhRanges *self, guint64 start, guint64 end, const KhRanges *except)
{
  for (guint i = kh_ranges_find (except, start); i < kh_ranges_count (except) && start < end; i++)
    {
      KhRange hole = kh_ranges_get (except, i);

      if (hole.start >= end)
        break;
      kh_ranges_add (self, start, MAX (start, hole.start));
      start = MAX (start, hole.end);
    }
  kh_ranges_add (self, start, end);
}

void
kh_ranges_remove_all (KhRanges *self)
{
  kh_ranges_clear (self);
}
