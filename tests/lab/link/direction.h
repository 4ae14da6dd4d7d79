/* direction.h: one direction of an emulated line: bottleneck, queue, delay and what goes wrong
 *
 * A packet waits in a drop-tail queue, is sent at the rate of the line, may be lost, and arrives a
 * delay later; loss comes after the bottleneck, so that a lost packet has had its share of the
 * rate. All times are nanoseconds of one monotonic clock that the caller reads; what happened
 * between two calls is computed for the moment at which it happened, so that a caller who comes
 * late delivers late but never changes the rate.
 */
#pragma once

#include <glib.h>

typedef struct
{
  gint64 delay_ns;
  /* Each packet's delay is longer by 0 to this; the order is kept. */
  gint64 jitter_ns;
  /* Bits a second; 0: no bottleneck. */
  guint64 rate;
  /* Room of the queue: bytes, or where these are 0, nanoseconds of the rate. */
  gsize queue_bytes;
  gint64 queue_ns;
  /* Probabilities, 0 to 1. */
  double loss;
  double duplicate;
  /* So many packets are held back by 0 to reorder_ns, and overtaken meanwhile. */
  double reorder;
  gint64 reorder_ns;
  /* Nothing is delivered, and what comes is gone. */
  gboolean cut;
} Conditions;

typedef struct
{
  guint64 packets_in, bytes_in;
  guint64 packets_out, bytes_out;
  guint64 lost;       /* by chance, or in a cut */
  guint64 overflowed; /* found no room in the queue */
  guint64 duplicated;
  guint64 held_back;
  gsize max_queued_bytes;
  gint64 max_wait_ns; /* in the queue, for the packets before */
  gint64 busy_ns;     /* how long the bottleneck was sending */
  gint64 min_stay_ns; /* from coming in to going out; G_MAXINT64 before the first packet */
  gint64 max_late_ns; /* how late a packet was taken out by the caller */
} Counts;

typedef struct
{
  gsize len;
  guint8 data[];
} Frame;

typedef struct _Direction Direction;

Direction *direction_new (guint32 seed);
void direction_free (Direction *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Direction, direction_free)

const Conditions *direction_get_conditions (Direction *self);
/* Packets that are under way keep the delay they have. */
void direction_set_conditions (Direction *self, const Conditions *conditions, gint64 now_ns);
const Counts *direction_get_counts (Direction *self);
void direction_reset_counts (Direction *self);

/* Copies @data. */
void direction_push (Direction *self, const guint8 *data, gsize len, gint64 now_ns);
/* (transfer full) (nullable): the next frame that has arrived; free it with g_free(). */
Frame *direction_pop (Direction *self, gint64 now_ns);
/* When to look again; G_MAXINT64: never. */
gint64 direction_next (Direction *self);
