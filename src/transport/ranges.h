/* ranges.h: a set of numbers, kept as sorted ranges
 *
 * Which packets have arrived, which bytes of a stream are acknowledged, which must be sent again:
 * all are sets of few, long ranges. They are half-open, disjoint and never touch.
 */
#pragma once

#include <glib.h>

typedef struct
{
  guint64 start;
  guint64 end; /* not in the range */
} KhRange;

/* A value to be embedded; kh_ranges_init() before use. An empty set holds no memory. */
typedef struct
{
  GArray *items; /* (nullable) of KhRange */
} KhRanges;

void kh_ranges_init (KhRanges *self);
void kh_ranges_clear (KhRanges *self);

static inline guint
kh_ranges_count (const KhRanges *self)
{
  return self->items != NULL ? self->items->len : 0;
}

/* The ranges in ascending order; @i below kh_ranges_count() */
static inline KhRange
kh_ranges_get (const KhRanges *self, guint i)
{
  return g_array_index (self->items, KhRange, i);
}

/* The first range that ends at @value or behind it; kh_ranges_count() if there is none. */
guint kh_ranges_find (const KhRanges *self, guint64 value);
gboolean kh_ranges_contains (const KhRanges *self, guint64 value);

/* Makes the last range, which there must be, longer by one. */
static inline void
kh_ranges_extend (KhRanges *self)
{
  g_array_index (self->items, KhRange, self->items->len - 1).end++;
}

/* Empty ranges, @start == @end, change nothing. */
void kh_ranges_add (KhRanges *self, guint64 start, guint64 end);
void kh_ranges_remove (KhRanges *self, guint64 start, guint64 end);
/* Adds what of the range is not in @except. */
void kh_ranges_add_except (KhRanges *self, guint64 start, guint64 end, const KhRanges *except);
void kh_ranges_remove_all (KhRanges *self);
