/* pacer.h: spreads packets over the round trip (RFC 9002, section 7.7)
 *
 * A bucket that fills at the rate and is drawn on by packets; it holds a millisecond's worth. Once
 * it is empty, the next moment to send is when as much has come together, but no more than a few
 * messages of segmentation offload and no less than a packet: at a high rate a wake-up releases
 * whole batches, at a low one each packet has its own. It may be overdrawn by one packet, so that a
 * packet's size need not be known in advance.
 */
#pragma once

#include <glib.h>

/* Packets after a rest: RFC 9002, section 7.7, the initial window */
#define KH_PACER_FIRST_BURST 10
/* Packets at any time: with one, every late timer would cost rate. */
#define KH_PACER_BURST 2
/* No burst is longer, but for KH_PACER_BURST. */
#define KH_PACER_QUANTUM_US 1000
/* Enough to be worth a wake-up: three messages of segmentation offload, which a driver builds at
 * once. Of the 64 KiB of draft-ietf-ccwg-bbr, section 4.6.3, there would be 15,000 a second at
 * 8 Gbit/s. Below 1.5 Gbit/s the quantum of time is less. */
#define KH_PACER_QUANTUM_BYTES (192 * 1024)
/* What a late timer may make up for, beyond the quantum. */
#define KH_PACER_LATENESS_US 4000

typedef struct
{
  gint64 credit; /* millionths of a byte, so that no time is lost; one may send while positive */
  gint64 updated_us;
  gsize max_packet;
} KhPacer;

void kh_pacer_init (KhPacer *self, gsize max_packet, gint64 now_us);
/* Nothing is in flight: the next burst may be as the first. */
void kh_pacer_rest (KhPacer *self, gint64 now_us);
/* @rate: bytes a second, not 0 */
void kh_pacer_sent (KhPacer *self, gsize bytes, guint64 rate, gint64 now_us);
/* How many of @bytes each may be sent at @now_us, of those that could be since the last one was. */
gsize kh_pacer_packets (const KhPacer *self, gsize bytes, gint64 now_us);
/* From when on may the next packet be sent; in the past if at once. */
gint64 kh_pacer_release_us (const KhPacer *self, guint64 rate);
