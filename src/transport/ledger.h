/* ledger.h: the packets that were sent and what they carried (RFC 9002, appendix A.1)
 *
 * Only ack-eliciting packets are here. A packet is outstanding until it is acknowledged or declared
 * lost; a lost one stays known for a while, because its ACK may yet come and save a retransmission.
 * Packets are noted in the order of their numbers, which may have gaps.
 */
#pragma once

#include "wire/frame.h"

/* Records of one packet; a packet with so many frames is full. */
#define KH_LEDGER_FRAMES_MAX 8
/* Packets outstanding at the same time: what one may send is bounded by this as well. */
#define KH_LEDGER_PACKETS_MAX 4096

/**
 * KhSentFrame:
 * @type: ACK, RESET_STREAM, STOP_SENDING, STREAM, MAX_*, CANDIDATE; a PING is nothing owed
 * @id: of the stream; of CANDIDATE, its number
 * @offset: of STREAM; of ACK, the largest number it acknowledged
 */
typedef struct
{
  KhFrameType type;
  gboolean fin;
  guint64 id;
  guint64 offset;
  gsize len;
} KhSentFrame;

typedef enum
{
  KH_SENT_OUTSTANDING,
  KH_SENT_LOST,
  KH_SENT_ACKED,
} KhSentState;

typedef struct
{
  guint64 number;
  guint64 index; /* counts packets of the ledger without gaps */
  gint64 sent_us;
  gsize bytes;
  KhSentState state;
  guint n_frames;
  KhSentFrame frames[KH_LEDGER_FRAMES_MAX];
} KhSentPacket;

typedef struct _KhLedger KhLedger;

KhLedger *kh_ledger_new (void);
void kh_ledger_free (KhLedger *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhLedger, kh_ledger_free)

const char *kh_sent_state_to_string (KhSentState state);

/* Is there room for one more outstanding packet? */
gboolean kh_ledger_has_room (const KhLedger *self);
/* (transfer none): a new outstanding packet without frames, valid until the next add; there must be
 * room, and @number must be greater than all before */
KhSentPacket *kh_ledger_add (KhLedger *self, guint64 number, gsize bytes, gint64 sent_us);

/* Packets known, outstanding or not, from the oldest one on. */
guint kh_ledger_count (const KhLedger *self);
KhSentPacket *kh_ledger_get (KhLedger *self, guint i);
/* The position of the first packet with this number or a greater one; the count if none. */
guint kh_ledger_find (KhLedger *self, guint64 number);

/* Outstanding packets. */
guint kh_ledger_outstanding (const KhLedger *self);
/* @packet was outstanding and is not any more, or was lost and is acknowledged after all. */
void kh_ledger_set_state (KhLedger *self, KhSentPacket *packet, KhSentState state);
/* Forgets the oldest packets that are acknowledged, or lost and sent before @before_us. */
void kh_ledger_trim (KhLedger *self, gint64 before_us);
