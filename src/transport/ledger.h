/* ledger.h: the packets that were sent and what they carried (RFC 9002, appendix A.1)
 *
 * Only ack-eliciting packets are here. A packet is outstanding until it is acknowledged or declared
 * lost; a lost one stays known for a while, because its ACK may yet come and save a retransmission.
 * Packets are noted in the order of their numbers, which may have gaps, and are counted without
 * gaps by their index.
 *
 * The cost of an ACK is bounded by what it newly acknowledges: runs of acknowledged packets are
 * skipped, and the oldest outstanding one is remembered.
 */
#pragma once

#include "transport/delivery-rate.h"
#include "wire/frame.h"

/* Records of one packet; a packet with so many frames is full. */
#define KH_LEDGER_FRAMES_MAX 8
/* Records within the packet: a bulk packet has one, a busy receiver's a few. */
#define KH_LEDGER_FRAMES_INLINE 2
/* Packets known at the same time: 1 Gbit/s × 100 ms is 10,500 of 1200 bytes, and as many again are
 * sent until a loss is noticed. What one may send is bounded by this as well. */
#define KH_LEDGER_PACKETS_MAX 65536

/**
 * KhSentFrame:
 * @type: ACK, RESET_STREAM, STOP_SENDING, STREAM, MAX_*, CANDIDATE; a PING is nothing owed
 * @id: of the stream; of CANDIDATE, its number. Nobody lives to see 2^44 of them.
 * @offset: of STREAM; of ACK, the largest number it acknowledged
 * @len: of STREAM, in bytes
 */
typedef struct
{
  guint64 offset : 62;
  guint64 fin : 1;
  guint64 id : 44;
  guint64 len : 14; /* KH_DATAGRAM_LARGEST fits */
  KhFrameType type : 6;
} KhSentFrame;

typedef enum
{
  KH_SENT_OUTSTANDING,
  KH_SENT_LOST,
  KH_SENT_ACKED,
  /* Not waited for any more, without blame: on a path that was left, or to make room. If its ACK
   * comes, what it carried has arrived, and that is all it says. */
  KH_SENT_GIVEN_UP,
} KhSentState;

/* All but @episode is the ledger's to write. */
typedef struct
{
  guint64 number;
  gint64 sent_us;
  KhDeliveryMark mark;
  guint32 link; /* acknowledged: as many from here on are; else, of the frames beyond the inline */
  guint16 bytes;
  KhSentState state : 8;
  guint8 n_frames : 4;
  guint8 episode; /* of a lost packet: see congestion.h */
  KhSentFrame frames[KH_LEDGER_FRAMES_INLINE];
} KhSentPacket;

typedef struct _KhLedger KhLedger;

KhLedger *kh_ledger_new (void);
void kh_ledger_free (KhLedger *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhLedger, kh_ledger_free)

const char *kh_sent_state_to_string (KhSentState state);

/* Is there room for one more outstanding packet? */
gboolean kh_ledger_has_room (const KhLedger *self);
/* For how many without another giving way? */
guint kh_ledger_room (const KhLedger *self);
/* (transfer none): a new outstanding packet, valid until the next add; there must be room, and
 * @number must be greater than all before */
KhSentPacket *kh_ledger_add (KhLedger *self,
                             guint64 number,
                             gsize bytes,
                             const KhDeliveryMark *mark,
                             const KhSentFrame *frames,
                             guint n_frames,
                             gint64 sent_us);

/* The same for @n packets, of numbers from @number on, one behind the other in the same stream:
 * each carries one frame like @frame, and is in flight behind the one before. There must be room
 * for all of them. */
void kh_ledger_add_run (KhLedger *self,
                        guint64 number,
                        guint n,
                        gsize bytes,
                        const KhDeliveryMark *mark,
                        const KhSentFrame *frame,
                        gint64 sent_us);

/* The indices of the packets known are kh_ledger_first() up to kh_ledger_end(), excluded. */
guint64 kh_ledger_first (const KhLedger *self);
guint64 kh_ledger_end (const KhLedger *self);
KhSentPacket *kh_ledger_get (KhLedger *self, guint64 index);
/* The @i-th of the packet's n_frames. None are kept of an acknowledged packet. */
KhSentFrame kh_ledger_frame (const KhLedger *self, const KhSentPacket *packet, guint i);
/* The index of the first packet with this number or a greater one; the end if none. */
guint64 kh_ledger_find (KhLedger *self, guint64 number);
/* The index of the first packet from @index on that is not acknowledged; the end if none. */
guint64 kh_ledger_next_unacked (KhLedger *self, guint64 index);

/* Outstanding packets, and the index of the oldest of them; the end if none. */
guint kh_ledger_outstanding (const KhLedger *self);
guint64 kh_ledger_oldest (KhLedger *self);

/* Out of OUTSTANDING; or of LOST, to GIVEN_UP; or of either, to ACKED after all. */
void kh_ledger_set_state (KhLedger *self, guint64 index, KhSentState state);
/* As KH_SENT_ACKED for the packet at @index and those behind it, up to the number @last, that are
 * outstanding, of its length, and carry nothing but what comes next in the same stream. @ret_data:
 * all that they carried; its length is given apart, for it has no room there. Returns how many they
 * are: 0 where the first is none of bulk. */
guint kh_ledger_ack_run (
    KhLedger *self, guint64 index, guint64 last, KhSentFrame *ret_data, gsize *ret_len);
/* Forgets the oldest packets that are acknowledged, or that are not waited for and were sent before
 * @before_us. Once none is outstanding the memory shrinks, and indices may change. */
void kh_ledger_trim (KhLedger *self, gint64 before_us);
/* Bytes of memory. */
gsize kh_ledger_footprint (const KhLedger *self);
