/* bench.h: measures a session with a bulk transfer of generated data
 *
 * One side serves (kh_engine_set_bench_serve()), which nobody does unasked, and the other runs the
 * measurement. The figures are those of the whole way: from the first write until the receiver
 * confirmed that it has read, and looked at, the last byte.
 */
#pragma once

#include <gio/gio.h>

/* Streams of one measurement: fewer than a peer allows, so that others go on. */
#define KH_BENCH_STREAMS_MAX 100

/**
 * KhBenchPlan:
 * @bytes: to send, on all streams together; 0 to send for @duration_us
 * @duration_us: above 0 where @bytes is 0
 * @streams: 1 to KH_BENCH_STREAMS_MAX, at the same time
 */
typedef struct
{
  guint64 bytes;
  gint64 duration_us;
  guint streams;
} KhBenchPlan;

/**
 * KhBenchResult:
 * @bytes: that the receiver counted, which are all that were sent
 * @elapsed_us: from the first write to the last confirmation: its goodput is the honest one
 * @goodput_bps: bits of @bytes a second of @elapsed_us
 * @packets: sent in that time, chat and acknowledgements included; @lost: declared lost in it,
 *   among them such as were sent before
 * @bytes_sent: of packets' payloads; @bytes_retransmitted: of these, stream data sent again
 * @rtt_min_us, @rtt_mean_us, @rtt_p95_us: of the latest sample of the path, looked at every 10 ms
 *   (less often in long measurements)
 * @cpu_us: of this process in that time; @peer_cpu_us: of the receiver's, from the first byte to
 *   the last
 */
typedef struct
{
  guint64 bytes;
  gint64 elapsed_us;
  guint64 goodput_bps;
  guint64 packets;
  guint64 lost;
  guint64 bytes_sent;
  guint64 bytes_retransmitted;
  gint64 rtt_min_us;
  gint64 rtt_mean_us;
  gint64 rtt_p95_us;
  gint64 cpu_us;
  gint64 peer_cpu_us;
} KhBenchResult;
