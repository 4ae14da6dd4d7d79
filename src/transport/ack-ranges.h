/* ack-ranges.h: which packets have arrived, for the ACKs (RFC 9000, section 13.2)
 *
 * Bounded: when there are more gaps than an ACK can say, the oldest numbers are forgotten. They are
 * then not acknowledged any more and their content is sent again, which harms nobody.
 */
#pragma once

#include "transport/ranges.h"
#include "wire/frame.h"

typedef struct
{
  KhRanges received;
} KhAckRanges;

void kh_ack_ranges_init (KhAckRanges *self);
void kh_ack_ranges_clear (KhAckRanges *self);

/* FALSE if @packet_number is known to have been added before. */
gboolean kh_ack_ranges_add (KhAckRanges *self, guint64 packet_number);
/* Is it the one behind the largest? */
gboolean kh_ack_ranges_is_next (const KhAckRanges *self, guint64 packet_number);
/* Adds that one; there must be a largest. */
void kh_ack_ranges_extend (KhAckRanges *self);
gboolean kh_ack_ranges_is_empty (const KhAckRanges *self);
/* The highest number; not for an empty set */
guint64 kh_ack_ranges_largest (const KhAckRanges *self);
/* Numbers below @packet_number need no more ACK: the peer knows (RFC 9000, section 13.2.4). */
void kh_ack_ranges_forget_below (KhAckRanges *self, guint64 packet_number);

/* Writes an ACK with as many ranges as fit, newest first. FALSE, and nothing written, if not even
 * one fits or the set is empty. */
gboolean kh_ack_ranges_write (const KhAckRanges *self, guint64 delay_us, KhWriter *writer);
