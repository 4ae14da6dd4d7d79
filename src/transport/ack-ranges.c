/* ack-ranges.c: the received packet numbers (RFC 9000, sections 13.2.3 and 13.2.4)
 *
 * Owns a set of ranges, never more than one ACK can carry.
 */
#include "transport/ack-ranges.h"

void
kh_ack_ranges_init (KhAckRanges *self)
{
  kh_ranges_init (&self->received);
}

void
kh_ack_ranges_clear (KhAckRanges *self)
{
  kh_ranges_clear (&self->received);
}

gboolean
kh_ack_ranges_add (KhAckRanges *self, guint64 packet_number)
{
  if (kh_ranges_contains (&self->received, packet_number))
    return FALSE;

  kh_ranges_add (&self->received, packet_number, packet_number + 1);
  if (kh_ranges_count (&self->received) > KH_FRAME_ACK_RANGES_MAX)
    {
      KhRange oldest = kh_ranges_get (&self->received, 0);

      kh_ranges_remove (&self->received, oldest.start, oldest.end);
    }
  return TRUE;
}

gboolean
kh_ack_ranges_is_next (const KhAckRanges *self, guint64 packet_number)
{
  guint count = kh_ranges_count (&self->received);

  return count > 0 && kh_ranges_get (&self->received, count - 1).end == packet_number;
}

void
kh_ack_ranges_extend (KhAckRanges *self)
{
  kh_ranges_extend (&self->received);
}

gboolean
kh_ack_ranges_is_empty (const KhAckRanges *self)
{
  return kh_ranges_count (&self->received) == 0;
}

guint64
kh_ack_ranges_largest (const KhAckRanges *self)
{
  return kh_ranges_get (&self->received, kh_ranges_count (&self->received) - 1).end - 1;
}

void
kh_ack_ranges_forget_below (KhAckRanges *self, guint64 packet_number)
{
  kh_ranges_remove (&self->received, 0, packet_number);
}

gboolean
kh_ack_ranges_write (const KhAckRanges *self, guint64 delay_us, KhWriter *writer)
{
  KhFrameAckRange ranges[KH_FRAME_ACK_RANGES_MAX];
  guint count = kh_ranges_count (&self->received);
  KhWriter mark = *writer;

  for (guint i = 0; i < count; i++)
    {
      KhRange range = kh_ranges_get (&self->received, count - 1 - i);

      ranges[i] = (KhFrameAckRange){ .first = range.start, .last = range.end - 1 };
    }
  for (guint n = count; n > 0; n /= 2)
    {
      *writer = mark;
      if (kh_frame_write_ack (writer, delay_us, ranges, n))
        return TRUE;
    }
  *writer = mark;
  return FALSE;
}
