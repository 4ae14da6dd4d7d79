/* pair.h: two sessions and the line between them, on a clock of their own
 *
 * The line has a delay, and what a test wants besides: datagrams lost by their number, at random,
 * by their length, or held back. Each side writes a stream of bytes that the other checks as it
 * reads, so nothing can be lost, doubled or out of order unseen.
 */
#pragma once

#include "node/session-private.h"

typedef struct
{
  gint64 at_us;
  guint to;
  guint8 *data;
  gsize len;
} PairDatagram;

typedef struct
{
  gint64 now_us;
  guint64 seed;
  gint64 delay_us;
  gint64 jitter_us;
  double loss;
  gsize mtu;         /* datagrams longer than this vanish; 0 for no such limit */
  gsize room;        /* that the sender's driver gives */
  guint run_max;     /* datagrams that it takes behind one another */
  guint longest_run; /* that it was given */
  guint64 mask;      /* bit n: the n-th datagram since pair_mark() vanishes */
  guint sent;        /* since pair_mark(), both ways */

  KhIdentity *identities[2];
  KhSession *sessions[2]; /* the first is the initiator */
  KhAddr addrs[2];
  GPtrArray *line; /* (element-type PairDatagram) */

  guint64 written[2]; /* bytes, by each side */
  guint64 read[2];
  gsize longest[2]; /* datagram that arrived at each side */
  gboolean closed[2];
  KhSessionEvent close[2];
} Pair;

void pair_set_up (Pair *pair, gconstpointer data);
void pair_tear_down (Pair *pair, gconstpointer data);
/* Sends and receives for @us. */
void pair_run (Pair *pair, gint64 us);
void pair_mark (Pair *pair, guint64 mask);
/* Puts up to @len bytes into the chat. */
void pair_write (Pair *pair, guint side, gsize len);
/* Asserts that all written is read, both ways. */
void pair_assert_complete (Pair *pair);
/* What @side sends next without the line; FALSE for nothing. */
gboolean pair_poll (Pair *pair, guint side, KhDatagram *out);
KhSessionVerdict pair_deliver (Pair *pair, guint to, const guint8 *data, gsize len);
/* Several that came at once, as the sender's driver sees them. */
void pair_deliver_run (Pair *pair, guint to, const guint8 *data, gsize len, gsize segment);
/* Seals @payload as @from would and delivers it at once. */
KhSessionVerdict pair_forge (Pair *pair, guint from, const guint8 *payload, gsize len);
