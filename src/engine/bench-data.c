/* bench-data.c: what a measurement sends, and how it is known to be whole
 *
 * Whatever lies in the stream's buffer, so that it costs nothing to make, with its offset written
 * into it every 4 KiB: bytes that were lost, doubled or out of order would show there. That no bit
 * was changed is the AEAD's to know.
 */
#include "engine/bench-private.h"

#include <string.h>
#include <time.h>

void
kh_bench_put_u64 (guint8 *buf, guint64 value)
{
  guint64 big = GUINT64_TO_BE (value);

  memcpy (buf, &big, sizeof big);
}

guint64
kh_bench_get_u64 (const guint8 *buf)
{
  guint64 big;

  memcpy (&big, buf, sizeof big);
  return GUINT64_FROM_BE (big);
}

gint64
kh_bench_cpu_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

void
kh_bench_data_fill (guint64 offset, guint8 *data, gsize len)
{
  guint64 end = offset + len;

  for (guint64 mark = offset - offset % KH_BENCH_MARK; mark < end; mark += KH_BENCH_MARK)
    {
      guint64 from = MAX (mark, offset), to = MIN (mark + 8, end);
      guint8 bytes[8];

      kh_bench_put_u64 (bytes, mark);
      if (from < to)
        memcpy (data + (from - offset), bytes + (from - mark), to - from);
    }
}

gboolean
kh_bench_data_check (guint64 offset, const guint8 *data, gsize len)
{
  guint64 end = offset + len;

  for (guint64 mark = offset - offset % KH_BENCH_MARK; mark < end; mark += KH_BENCH_MARK)
    {
      guint64 from = MAX (mark, offset), to = MIN (mark + 8, end);
      guint8 expected[8];

      kh_bench_put_u64 (expected, mark);
      if (from < to && memcmp (data + (from - offset), expected + (from - mark), to - from) != 0)
        return FALSE;
    }
  return TRUE;
}
