/* heap.h: how much memory the program holds, as malloc() counts it */
#pragma once

#include <glib.h>
#include <malloc.h>

static inline gsize
heap_in_use (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
}

/* FALSE where something else allocates, such as a sanitizer: then there is nothing to measure. */
static inline gboolean
heap_is_counted (void)
{
  gsize before = heap_in_use ();
  g_autofree char *some = g_malloc (10000);

  /* What is not looked at may be optimised away. */
  g_assert_nonnull (some);
  return heap_in_use () > before;
}
