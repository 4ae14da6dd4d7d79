/* connection-private.h: what the files of KhConnection share
 *
 * connection.c          life, commands, timers, what it tells its owner
 * connection-table.c    the streams that there are, and which of them have something to send
 * connection-streams.c  their commands and events, and flow control
 * connection-datagrams.c
 * connection-receive.c  packets in
 * connection-recovery.c ACKs, losses, probes, change of path
 * connection-frames.c   what an acknowledged or lost frame means
 * connection-build.c    packets out
 * connection-run.c      the same, of bulk, many at a time
 */
#pragma once

#include "transport/ack-frequency.h"
#include "transport/ack-ranges.h"
#include "transport/congestion.h"
#include "transport/connection.h"
#include "transport/ledger.h"
#include "transport/loss.h"
#include "transport/pacer.h"
#include "transport/recv-stream.h"
#include "transport/recv-window.h"
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

/* The links are for the queues of KhConnection; @data of each is the stream. */
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
  KhSendOwes turn;      /* which of the two queues turn_link is in */
  gboolean in_control;
  gboolean in_news;
  GList turn_link;
  GList control_link;
  GList news_link;
} KhStream;

typedef struct
{
  guint64 number; /* names it in the ledger */
  gboolean owed;
  guint8 kind;
  guint32 priority;
  KhAddr addr;
} KhQueuedCandidate;

/* Packets that are noted as sent, and are yet to be written. */
typedef struct
{
  KhSendStream *send; /* borrowed */
  guint64 offset;     /* of the next one's data */
  gsize len;          /* of the data of each */
  gsize size;         /* of the payload of each */
  /* What is before the data of each, but for the offset in it, from @offset_at on. */
  guint8 head[KH_FRAME_STREAM_HEAD_MAX];
  guint head_len;
  guint offset_at;
} KhConnectionRun;

struct _KhConnection
{
  gboolean is_initiator;
  KhConnectionState state;
  KhConnectionStats stats;

  /* packets in */
  gint64 now_us; /* the latest that the owner has told: for calls that have none */
  KhAckRanges received;
  guint64 packet_number;   /* of the packet being received */
  gboolean packet_refused; /* something in it had no room: no ACK */
  gboolean packet_urgent;  /* its sender asks for an ACK at once */
  KhAckFrequency acks;
  guint64 gap_told; /* the packet number at which a gap makes the sender declare a loss */
  gint64 largest_received_us;

  /* packets out */
  gboolean has_sent;
  guint64 largest_sent;
  KhLedger *ledger; /* owned */
  KhRtt rtt;
  KhLoss loss;
  KhCongestion congestion;
  KhPacer pacer;
  KhConnectionRun run;
  guint probes; /* packets that may go out whatever the window says */
  gboolean ping_owed;
  gboolean has_skipped;
  guint64 skipped;    /* a number that was not used: its ACK is a lie */
  gsize max_packet;   /* bytes of payload that the path carries */
  guint64 long_acked; /* the largest number of a packet longer than every path carries */
  guint long_lost;    /* of such packets: how many were lost of those after it */
  gint64 last_ack_us; /* -1 */

  /* streams; each queue is of KhStream *, borrowed */
  GHashTable *by_id;    /* (owned) guint64 * in KhStream → KhStream *, owned */
  KhStream *chat;       /* borrowed, NULL when it is over */
  KhStream *recent;     /* (nullable) borrowed, the last one looked up */
  GQueue owing_again;   /* turns of those with KH_SEND_OWES_AGAIN */
  GQueue owing_new;     /* and of those with KH_SEND_OWES_NEW; the chat is in neither */
  GQueue control;       /* with a frame owed that is no STREAM */
  GQueue news;          /* with an event, or perhaps over */
  guint awaiting;       /* how many await ACKs */
  gsize buffered;       /* bytes written and not acknowledged, of all */
  guint64 local_opened; /* streams, over all time */
  guint64 local_max;
  guint64 peer_opened;
  guint64 peer_closed;
  guint64 peer_max;
  gboolean max_streams_owed;

  /* flow control of all streams but the chat together, in bytes over all time */
  guint64 send_used;
  guint64 send_max;
  guint64 recv_used;
  KhRecvWindow recv_window;
  gboolean max_data_owed;

  GQueue datagrams_out; /* of GBytes *, owned */
  GQueue datagrams_in;  /* of GBytes *, owned */
  gsize datagram_bytes_in;

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

/* --- connection.c --- */
/* Enters CLOSING, with an event, for an error of the peer's. Returns @error. */
KhTransportError
kh_connection_fail (KhConnection *self, KhTransportError error, const char *reason);
/* The one place where the state changes. @reason (transfer full). */
void
kh_connection_set_closed (KhConnection *self, KhConnectionState to, guint64 code, char *reason);

/* --- connection-table.c --- */
void kh_connection_table_init (KhConnection *self);
void kh_connection_table_clear (KhConnection *self);
/* (nullable) */
KhStream *kh_connection_stream_lookup (KhConnection *self, guint64 id);
/* The stream that a frame of the peer's is for, opened if it must be; NULL in @ret_stream if it is
 * forgotten. */
KhTransportError
kh_connection_stream_for_frame (KhConnection *self, guint64 id, KhStream **ret_stream);
/* Its data or end may be owed, or not any more. */
void kh_connection_queue_data (KhConnection *self, KhStream *stream);
/* It owes a frame that is no STREAM. */
void kh_connection_queue_control (KhConnection *self, KhStream *stream);
gboolean kh_stream_owes_control (const KhStream *stream);
/* It has an event, or may be over. */
void kh_connection_queue_news (KhConnection *self, KhStream *stream);
/* Forgets it if it has ended and has nothing to tell. It must be in no queue of news. */
void kh_connection_reap_stream (KhConnection *self, KhStream *stream);

/* --- connection-streams.c --- */
void kh_connection_add_event (KhConnection *self, KhStream *stream, KhConnectionEventType type);
/* After the stream's sending half has changed; @unacked_before: kh_send_stream_unacked() then. */
void kh_connection_note_progress (KhConnection *self, KhStream *stream, gsize unacked_before);
/* Bytes of the stream were read or dropped: @before is what kh_recv_stream_consumed() was. */
void kh_connection_give_credit (KhConnection *self, KhStream *stream, guint64 before);

/* --- connection-datagrams.c --- */
void kh_connection_datagrams_clear (KhConnection *self);
/* Drops those that are too long for the path as it is now. */
void kh_connection_trim_datagrams (KhConnection *self);
void kh_connection_receive_datagram (KhConnection *self, const KhFrame *frame);
/* (transfer full) (nullable): the oldest one to be sent, if @room bytes hold its frame. @is_all:
 * the packet has no more room than that, so what does not fit never will, and is dropped. */
GBytes *kh_connection_next_datagram (KhConnection *self, gsize room, gboolean is_all);

/* --- connection-frames.c --- */
/* Not for STREAM frames, of which many are acknowledged at once: */
void kh_connection_frame_acked (KhConnection *self, const KhSentFrame *frame);
void kh_connection_data_acked (KhConnection *self, guint64 id, const KhSendChunk *chunk);
/* It, or what has changed of it, is owed again. */
void kh_connection_frame_lost (KhConnection *self, const KhSentFrame *frame);

/* --- connection-recovery.c --- */
KhTransportError
kh_connection_receive_ack (KhConnection *self, const KhFrame *frame, gint64 now_us);
void kh_connection_detect_losses (KhConnection *self, gint64 now_us);
void kh_connection_probe (KhConnection *self, gint64 now_us);
/* A packet of the peer's has come: who has long been without an answer tries at once. */
void kh_connection_heard (KhConnection *self, gint64 now_us);

/* Before anything is sent: another algorithm than KH_CONGESTION_DEFAULT, for comparison. */
void kh_connection_set_congestion (KhConnection *self, const KhCongestionOps *ops);

/* --- connection-build.c --- */
/* Is there anything ack-eliciting to be sent, whether it may be or not? */
gboolean kh_connection_owes (KhConnection *self);
gboolean kh_connection_owes_candidate (KhConnection *self);
guint64 kh_connection_pacing_rate (KhConnection *self);
