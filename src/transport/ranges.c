/* ranges.c: a set of numbers as a sorted GArray of ranges
 *
 * Owns the array. Finding is a binary search; adding and removing move the tail, which is short:
 * who feeds a set from the network bounds kh_ranges_count().
 */
#include "transport/ranges.h"

void
kh_ranges_init (KhRanges *self)
{
  self->items = g_array_new (FALSE, FALSE, sizeof (KhRange));
}

void
kh_ranges_clear (KhRanges *self)
{
  g_clear_pointer (&self->items, g_array_unref);
}

guint
kh_ranges_count (const KhRanges *self)
{
  return self->items->len;
}

KhRange
kh_ranges_get (const KhRanges *self, guint i)
{
  return g_array_index (self->items, KhRange, i);
}

/* The first range whose end is at or behind @value; the count if there is none. */
static guint
find (const KhRanges *self, guint64 value)
{
  guint low = 0, high = self->items->len;

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
  guint i = find (self, value);

  if (i < self->items->len && kh_ranges_get (self, i).end == value)
    i++;
  return i < self->items->len && kh_ranges_get (self, i).start <= value;
}

void
kh_ranges_add (KhRanges *self, guint64 start, guint64 end)
{
  KhRange merged = { start, end };
  guint first = find (self, start);
  guint i = first;

  if (start >= end)
    return;

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
  guint i = find (self, start);

  while (start < end && i < self->items->len && kh_ranges_get (self, i).start < end)
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
}

void
kh_ranges_add_except (KhRanges *self, guint64 start, guint64 end, const KhRanges *except)
{
  for (guint i = find (except, start); i < except->items->len && start < end; i++)
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
  g_array_set_size (self->items, 0);
}
