/* bench-private.h: both sides of a measurement
 *
 *   bench.c        the sender
 *   bench-serve.c  the receiver
 *   bench-data.c   what is sent, and how it is known to be whole
 *
 * A stream of it is, from the sender: the type's byte, the number of the run (4 bytes), data until
 * the end; and from the receiver after that end: bytes of data, µs, µs of processor (8 bytes each),
 * both counted from the first byte of the run. Big-endian.
 */
#pragma once

#include "engine/bench.h"
#include "engine/streams.h"

/* After the type. */
#define KH_BENCH_HEADER_SIZE 4
#define KH_BENCH_ANSWER_SIZE 24

/* At every multiple of this, the offset itself is in the data (8 bytes). */
#define KH_BENCH_MARK 4096

/* What the receiver remembers of the last run of a peer's. */
typedef struct
{
  gboolean is_set;
  guint8 number[KH_BENCH_HEADER_SIZE];
  gint64 start_us;
  gint64 start_cpu_us;
} KhBenchRun;

/* Makes @data what is sent from @offset on. */
void kh_bench_data_fill (guint64 offset, guint8 *data, gsize len);
/* Could @data be what was sent from @offset on? Its marks are looked at. */
gboolean kh_bench_data_check (guint64 offset, const guint8 *data, gsize len);
/* The processor time of this process, in µs. */
gint64 kh_bench_cpu_us (void);
void kh_bench_put_u64 (guint8 *buf, guint64 value);
guint64 kh_bench_get_u64 (const guint8 *buf);

/* The peer's stream @id, whose type was read, is a measurement's: takes it, and frees what it needs
 * for that with the stream. */
void kh_bench_serve_stream (KhConversation *conversation, guint64 id);
