/* rate.h: a token bucket in one timestamp
 *
 * The generic cell rate algorithm (ITU-T I.371): instead of tokens, a bucket holds the time at
 * which it will be full again. It needs no timer, and one in the past is as good as a new one, so
 * tables of buckets may forget those first.
 */
#pragma once

#include <glib.h>

/**
 * KhRate: how buckets of one kind fill
 * @interval_us: for one token
 * @capacity_us: for all tokens of a full bucket
 */
typedef struct
{
  gint64 interval_us;
  gint64 capacity_us;
} KhRate;

/* @per_second tokens, more than 0 and at most a million; @burst at once, at least 1. */
KhRate kh_rate_make (double per_second, double burst);

/* Takes a token out of the bucket that will be full at @full_at_us (0: a new one). FALSE, with
 * nothing changed, where it is empty. */
gboolean kh_rate_take (const KhRate *self, gint64 *full_at_us, gint64 now_us);

/**
 * KhByteRate: how buckets of bytes fill
 * @us_per_byte: 0: without a limit
 * @capacity_us: for all bytes of a full bucket
 */
typedef struct
{
  double us_per_byte;
  gint64 capacity_us;
} KhByteRate;

/* @per_second bytes, 0 for no limit; @burst bytes at once. */
KhByteRate kh_byte_rate_make (double per_second, double burst);
/* As kh_rate_take(), for @bytes at once. */
gboolean kh_byte_rate_take (const KhByteRate *self, gint64 *full_at_us, gsize bytes, gint64 now_us);
