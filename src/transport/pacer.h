/* pacer.h: spreads packets over the round trip (RFC 9002, section 7.7)
 *
 * A leaky bucket of KH_PACER_BURST packets. It may be overdrawn by one packet, so that a packet's
 * size need not be known in advance.
 */
#pragma once

#include <glib.h>

/* Packets: RFC 9002, section 7.7, the initial window */
#define KH_PACER_BURST 10

typedef struct
{
  gint64 credit; /* millionths of a byte, so that no time is lost; one may send while positive */
  gint64 updated_us;
  gsize max_packet;
} KhPacer;

void kh_pacer_init (KhPacer *self, gsize max_packet, gint64 now_us);
/* @rate: bytes a second, not 0 */
void kh_pacer_sent (KhPacer *self, gsize bytes, guint64 rate, gint64 now_us);
/* From when on may the next packet be sent; in the past if at once. */
gint64 kh_pacer_release_us (const KhPacer *self, guint64 rate);
