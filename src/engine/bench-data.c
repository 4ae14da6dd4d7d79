/* bench-data.c: what a measurement sends, and how it is known to be whole
 *
 * A block of noise again and again, so that it costs nothing to make, with its offset written into
 * it every 4 KiB: bytes that were lost, doubled or out of order would show there. That no bit was
 * changed is the AEAD's to know.
 */
#include "engine/bench-private.h"

#include <string.h>
#include <time.h>

G_STATIC_ASSERT (KH_BENCH_BLOCK % KH_BENCH_MARK == 0);

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

guint8 *
kh_bench_data_new (void)
{
  guint8 *block = g_malloc (KH_BENCH_BLOCK);
  guint32 state = 1;

  /* Noise, so that nothing on the way can make it shorter. */
  for (gsize i = 0; i < KH_BENCH_BLOCK; i++)
    {
      state = state * 1664525u + 1013904223u;
      block[i] = (guint8) (state >> 24);
    }
  return block;
}

const guint8 *
kh_bench_data_fill (guint8 *block, guint64 offset, gsize *ret_len)
{
  gsize at = offset % KH_BENCH_BLOCK;
  guint64 start = offset - at;

  for (gsize mark = at - at % KH_BENCH_MARK; mark < KH_BENCH_BLOCK; mark += KH_BENCH_MARK)
    kh_bench_put_u64 (block + mark, start + mark);
  *ret_len = KH_BENCH_BLOCK - at;
  return block + at;
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
