/* connection-private.h: what the files of KhConnection share
 *
 * connection.c          life, commands, timers, what it tells its owner
 * connection-streams.c  the table of streams and their commands and events
 * connection-receive.c  packets in
 * connection-recovery.c ACKs, losses, probes, change of path
 * connection-frames.c   what an acknowledged or lost frame means
 * connection-build.c    packets out
 */
#pragma once

#include "transport/ack-ranges.h"
#include "transport/congestion.h"
#include "transport/connection.h"
#include "transport/ledger.h"
#include "transport/loss.h"
#include "transport/pacer.h"
#include "transport/recv-stream.h"
#include "transport/rtt.h"
#include "transport/send-stream.h"
#include "wire/datagram.h"

typedef enum
{
  KH_CONNECTION_OPEN,
  /* we have said CLOSE, and say it again when asked */
  KH_CONNECTION_CLOSING,
  /* the peer has said CLOSE: silence (RFC 9000, section 10.2.2) */
  KH_CONNECTION_DRAINING,
} KhConnectionState;

typedef struct
{
  guint64 id;
  KhSendStream *send;   /* owned */
  KhRecvStream *recv;   /* owned */
  guint events;         /* bits, 1 << KhConnectionEventType */
  gboolean wants_room;  /* a write was cut short */
  gboolean awaits_acks; /* something was written since the last STREAM_ACKED */
  gboolean max_owed;    /* MAX_STREAM_DATA */
  gboolean stop_owed;   /* STOP_SENDING */
  guint64 stop_code;    /* of the STOP_SENDING that we send */
  guint64 stopped_code; /* of the one that came */
  guint64 reset_code;   /* of the RESET_STREAM that came */
} KhStream;

typedef struct
{
  guint64 number; /* names it in the ledger */
  gboolean owed;
  guint8 kind;
  guint32 priority;
  KhAddr addr;
} KhQueuedCandidate;

struct _KhConnection
{
  gboolean is_initiator;
  KhConnectionState state;
  KhConnectionStats stats;

  /* packets in */
  KhAckRanges received;
  guint64 packet_number;   /* of the packet being received */
  gboolean packet_refused; /* something in it had no room: no ACK */
  guint unacked_eliciting; /* received since our last ACK */
  gint64 ack_due_us;       /* KH_NEVER */
  gint64 largest_received_us;

  /* packets out */
  gboolean has_sent;
  guint64 largest_sent;
  KhLedger *ledger; /* owned */
  KhRtt rtt;
  KhLoss loss;
  KhCongestion congestion;
  KhPacer pacer;
  GPtrArray *lost; /* (owned) scratch, of KhSentPacket *, borrowed */
  guint probes;    /* packets that may go out whatever the window says */
  gboolean ping_owed;
  gint64 last_ack_us; /* -1 */

  /* streams */
  GHashTable *by_id;    /* (owned) guint64 * in KhStream → KhStream *, borrowed */
  GPtrArray *streams;   /* (owned) of KhStream *, owned, oldest first */
  guint turn;           /* whose turn it is among the streams */
  guint64 local_opened; /* streams, over all time */
  guint64 local_max;
  guint64 peer_opened;
  guint64 peer_closed;
  guint64 peer_max;
  gboolean max_streams_owed;

  /* flow control of all streams together, in bytes over all time */
  guint64 send_used;
  guint64 send_max;
  guint64 recv_used;
  guint64 recv_consumed;
  guint64 recv_max;
  gboolean max_data_owed;

  GArray *candidates; /* (owned) of KhQueuedCandidate */
  guint64 next_candidate;

  /* the end */
  guint64 close_code;
  char *close_reason; /* owned */
  gboolean close_by_peer;
  gboolean close_owed;
  gboolean close_event;
  guint close_packets; /* received since we said CLOSE */
};

/* The payload that the congestion window counts in; DESIGN 9 starts at packets of 1200 bytes. */
#define KH_CONNECTION_MAX_PACKET 1200

/* --- connection.c --- */
/* Enters CLOSING, with an event, for an error of the peer's. Returns @error. */
KhTransportError
kh_connection_fail (KhConnection *self, KhTransportError error, const char *reason);
/* The one place where the state changes. @reason (transfer full). */
void
kh_connection_set_closed (KhConnection *self, KhConnectionState to, guint64 code, char *reason);

/* --- connection-streams.c --- */
void kh_connection_streams_init (KhConnection *self);
void kh_connection_streams_clear (KhConnection *self);
/* (nullable) */
KhStream *kh_connection_stream_lookup (KhConnection *self, guint64 id);
/* The stream that a frame of the peer's is for, opened if it must be; NULL in @ret_stream if it is
 * forgotten. */
KhTransportError
kh_connection_stream_for_frame (KhConnection *self, guint64 id, KhStream **ret_stream);
void kh_stream_add_event (KhStream *stream, KhConnectionEventType type);
/* After the stream's sending half has changed. */
void kh_stream_note_progress (KhStream *stream);
/* Bytes of the stream were read or dropped: @before is what kh_recv_stream_consumed() was. */
void kh_connection_give_credit (KhConnection *self, KhStream *stream, guint64 before);
/* Forgets the streams that have ended and have nothing to tell. */
void kh_connection_reap_streams (KhConnection *self);

/* --- connection-frames.c --- */
void kh_connection_frame_acked (KhConnection *self, const KhSentFrame *frame);
/* It, or what has changed of it, is owed again. */
void kh_connection_frame_lost (KhConnection *self, const KhSentFrame *frame);

/* --- connection-recovery.c --- */
KhTransportError
kh_connection_receive_ack (KhConnection *self, const KhFrame *frame, gint64 now_us);
void kh_connection_detect_losses (KhConnection *self, gint64 now_us);
void kh_connection_probe (KhConnection *self, gint64 now_us);

/* --- connection-build.c --- */
/* Is there anything ack-eliciting to be sent, whether it may be or not? */
gboolean kh_connection_owes (KhConnection *self);
guint64 kh_connection_pacing_rate (KhConnection *self);
