/* bottleneck.h: one flow of a congestion controller over one line, without a connection
 *
 * A line has a rate, a delay, a queue of bytes and losses at random; the sender is greedy, paced,
 * and declares a packet lost when a later one has arrived and 9/8 of a round trip has passed.
 * Virtual time. (What needs connections and competing flows is in tests/sim.)
 */
#pragma once

#include "transport/congestion.h"

#define BOTTLENECK_PACKET 1200

typedef struct
{
  guint64 rate; /* bytes a second */
  gint64 delay_us;
  gsize queue; /* bytes */
  double loss; /* 0 to 1 */

  KhCongestion congestion;
  KhRtt rtt;
  gint64 now_us;
  gint64 release_us; /* the pacer's */
  gint64 line_us;    /* when the line has sent what is queued */
  guint64 limit;     /* bytes in flight that the application has; G_MAXUINT64 if greedy */
  GRand *rand;
  GQueue packets; /* of Packet, in the order of sending */
  guint64 delivered;
  guint64 lost;
  gint64 worst_rtt_us; /* since it was last set to 0 */
} Bottleneck;

void bottleneck_init (Bottleneck *self, const KhCongestionOps *ops, guint64 rate, gint64 delay_us);
void bottleneck_clear (Bottleneck *self);
/* Returns the goodput of the time in parts of the rate. */
double bottleneck_run (Bottleneck *self, gint64 duration_us);
