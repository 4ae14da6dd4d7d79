/* connection.h: the reliable transport of one session (PROTOCOL.md, "Sessions")
 *
 * It turns streams of bytes into the payloads of packets and back, over a network that loses,
 * doubles and reorders. It neither seals nor sends: its owner opens packets before and seals
 * payloads after, chooses packet numbers and the path. There is one packet number space for the
 * session's life, whatever the path.
 *
 * Incoming, for each packet that was authentic and no replay:
 *
 *   if (!kh_frame_check_all (payload, len, &ack_eliciting, &only_path)) → drop the packet
 *   if (!kh_connection_begin_packet (self, pn, now_us)) → a duplicate, drop it
 *   for each frame: kh_connection_receive_frame (self, &frame, now_us), until not KH_TRANSPORT_OK
 *   kh_connection_end_packet (self, ack_eliciting, now_us)
 *
 * Outgoing, after every packet, command and timeout:
 *
 *   while ((len = kh_connection_build (self, pn, buf, size, now_us)) > 0) → seal, send, pn++
 *   kh_connection_poll_event() until FALSE
 *   kh_connection_next_timeout() is when to call kh_connection_handle_timeout()
 *
 * Streams are bidirectional byte streams numbered from 0: the initiator opens even ones, the
 * responder odd ones. Stream 0 is the chat; it exists on both sides from the beginning and is sent
 * before all others. A stream is forgotten when both directions have ended; its id then reads as
 * unknown. A side that has nothing to say on a stream must still kh_connection_finish_stream() it.
 *
 * Nothing that a peer sends can make it allocate more than about its flow control window, the
 * chat's, and KH_CONNECTION_STREAMS_MAX × a few kilobytes. The windows grow with what the reader
 * takes, the room to write with the congestion window, and what is empty holds no memory.
 */
#pragma once

#include "transport/error.h"
#include "wire/addr.h"
#include "wire/bytes.h"
#include "wire/datagram.h"
#include "wire/frame.h"

typedef struct _KhConnection KhConnection;

/* Bytes that a peer may have sent and we have not yet read: of each stream, and of all but the
 * chat together, which is never held up by them. At first, and as far as they grow: see
 * recv-window.h. The chat's does not grow. What is greatest is twice the 12.5 MB that 1 Gbit/s
 * puts into 100 ms, and a third more for all. */
#define KH_CONNECTION_STREAM_WINDOW (256 * 1024)
#define KH_CONNECTION_STREAM_WINDOW_MOST (24 * 1024 * 1024)
#define KH_CONNECTION_WINDOW (1024 * 1024)
#define KH_CONNECTION_WINDOW_MOST (32 * 1024 * 1024)
/* Bytes of one stream that we keep because they are not yet acknowledged: twice the congestion
 * window, shared among the streams that have some, but never less nor more than this. The chat has
 * the least always. */
#define KH_CONNECTION_SEND_BUFFER (256 * 1024)
#define KH_CONNECTION_SEND_BUFFER_MOST (24 * 1024 * 1024)
/* Bytes of room that a STREAM_WRITABLE promises. */
#define KH_CONNECTION_WRITABLE_ROOM (64 * 1024)
/* Bytes of payload that every path carries: where kh_connection_set_max_packet() starts. */
#define KH_CONNECTION_MAX_PACKET (KH_DATAGRAM_MAX - KH_SEALED_OVERHEAD)
/* DATAGRAMs that wait to be sent, and those received that wait to be polled; the oldest give way.
 * And bytes of the latter. */
#define KH_CONNECTION_DATAGRAMS_MAX 64
#define KH_CONNECTION_DATAGRAM_BYTES_MAX (64 * 1024)
/* Bytes written and not acknowledged from which a transfer is worth finding a longer packet for. */
#define KH_CONNECTION_BULK (64 * 1024)
/* Streams open at the same time and opened by the same side. */
#define KH_CONNECTION_STREAMS_MAX 128
/* Candidates not yet acknowledged. */
#define KH_CONNECTION_CANDIDATES_MAX 64
/* The longest that an ACK is held back, in µs (RFC 9000, section 18.2: max_ack_delay); less where
 * the round trip is short: see ack-frequency.h. */
#define KH_CONNECTION_MAX_ACK_DELAY_US 25000
/* The least payload room that kh_connection_build() can work with, in bytes: a full CLOSE fits. */
#define KH_CONNECTION_MIN_PAYLOAD 512

/* Stream data fills packets to a multiple of this, in bytes: that of a cipher's block, for which
 * the last one need not be cut. */
#define KH_CONNECTION_BLOCK 16

/* The chat's stream, of strict priority. */
#define KH_CONNECTION_CHAT_STREAM 0

typedef enum
{
  /* There is more to read than at the last such event. The first sign of a peer's new stream. */
  KH_CONNECTION_EVENT_STREAM_READABLE,
  /* A write was cut short before, and there is room for KH_CONNECTION_WRITABLE_ROOM again. */
  KH_CONNECTION_EVENT_STREAM_WRITABLE,
  /* All that was written, and the end if there is one, has been acknowledged. */
  KH_CONNECTION_EVENT_STREAM_ACKED,
  /* The peer has finished the stream and all of it has been read. */
  KH_CONNECTION_EVENT_STREAM_FINISHED,
  /* The peer gave up sending; what was unread is gone. @code is the peer's. */
  KH_CONNECTION_EVENT_STREAM_RESET,
  /* The peer wants no more of it; our direction is reset by now. @code is the peer's. */
  KH_CONNECTION_EVENT_STREAM_STOPPED,
  /* It is over: by the peer's CLOSE or by an error of the peer's; not by kh_connection_close(). */
  KH_CONNECTION_EVENT_CLOSED,
} KhConnectionEventType;

/**
 * KhConnectionEvent:
 * @stream_id: of the STREAM events
 * @code: of STREAM_RESET, STREAM_STOPPED, CLOSED (a #KhTransportError or the peer's own)
 * @by_peer: of CLOSED: the peer sent a CLOSE; else it broke the rules and we close
 * @reason: (transfer none): of CLOSED, UTF-8 and never NULL; what the peer wrote is untrusted text.
 *   Lives as long as the connection.
 */
typedef struct
{
  KhConnectionEventType type;
  guint64 stream_id;
  guint64 code;
  gboolean by_peer;
  const char *reason;
} KhConnectionEvent;

/* Counted since the connection was made. Bytes are those of payloads. */
typedef struct
{
  guint64 packets_sent;
  guint64 packets_received;
  guint64 packets_lost;      /* declared lost; some may have arrived after all */
  guint64 packets_spurious;  /* of these, those that were acknowledged later */
  guint64 packets_duplicate; /* received and dropped */
  guint64 bytes_sent;
  guint64 bytes_retransmitted; /* of stream data */
  guint64 bytes_received;      /* of stream data, as it came: some of it twice */
  guint64 datagrams_dropped;   /* DATAGRAMs for which a queue had no room, either way */
} KhConnectionStats;

/* All in µs; smoothed, min and latest are 0 before the first sample on the path. */
typedef struct
{
  gint64 smoothed_us;
  gint64 variation_us;
  gint64 min_us;
  gint64 latest_us;
} KhConnectionRtt;

/* @is_initiator: of the session's handshake; the two sides must differ */
KhConnection *kh_connection_new (gboolean is_initiator);
void kh_connection_free (KhConnection *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhConnection, kh_connection_free)

const char *kh_connection_event_type_to_string (KhConnectionEventType type);

/* --- packets in -------------------------------------------------------------------------- */

/**
 * kh_connection_begin_packet:
 *
 * FALSE for a packet number already seen; nothing more is to be done with it. Only recent numbers
 * are remembered: the replay window before this one has to refuse all replays.
 */
gboolean kh_connection_begin_packet (KhConnection *self, guint64 packet_number, gint64 now_us);

/**
 * kh_connection_receive_frame:
 *
 * Applies one frame. Those that the owner handles (PATH_CHALLENGE, PATH_RESPONSE, PATH_IN_USE,
 * CANDIDATE) may be passed too and do nothing here. CANDIDATE can arrive more than once.
 *
 * Other than KH_TRANSPORT_OK means that the peer broke the protocol and the connection is closing;
 * the rest of the packet is not to be applied, kh_connection_end_packet() must still be called, and
 * kh_connection_build() will give the CLOSE.
 */
KhTransportError
kh_connection_receive_frame (KhConnection *self, const KhFrame *frame, gint64 now_us);
/**
 * kh_connection_receive_bulk:
 * @frame: all that is in the packet
 *
 * Receives the packet at once if it is the next one and brings the next bytes of the stream that
 * was last spoken of: that is what almost all of bulk is.
 *
 * Returns: FALSE where it is anything else, to be received as above
 */
gboolean kh_connection_receive_bulk (KhConnection *self,
                                     guint64 packet_number,
                                     const KhFrame *frame,
                                     gint64 now_us);
/* @ack_eliciting: as kh_frame_check_all() found */
void kh_connection_end_packet (KhConnection *self, gboolean ack_eliciting, gint64 now_us);

/* --- packets out ------------------------------------------------------------------------- */

/**
 * kh_connection_build:
 * @packet_number: greater than all used before in the session; gaps are allowed
 * @buf: where the payload is written
 * @size: its room, at least KH_CONNECTION_MIN_PAYLOAD
 *
 * Writes the next packet's payload and notes it as sent at @now_us. It is never longer than what
 * kh_connection_set_max_packet() has told.
 *
 * Returns: its length, or 0 if nothing is to be sent now; the number is then unused
 */
gsize kh_connection_build (
    KhConnection *self, guint64 packet_number, guint8 *buf, gsize size, gint64 now_us);
/* The parts of a packet's end that kh_connection_build_parts() leaves where they are. */
#define KH_CONNECTION_TAIL_PARTS 2

/**
 * kh_connection_build_parts:
 * @ret_tail: (out caller-allocates) (array length=ret_n_tail): valid until the next call
 *
 * As kh_connection_build(), without copying a long piece of stream data that ends the payload: the
 * last bytes of the length that is returned are then those of @ret_tail, in order, and undefined in
 * @buf. They begin at a multiple of KH_CONNECTION_BLOCK bytes of the payload.
 */
gsize kh_connection_build_parts (KhConnection *self,
                                 guint64 packet_number,
                                 guint8 *buf,
                                 gsize size,
                                 KhBytes ret_tail[KH_CONNECTION_TAIL_PARTS],
                                 guint *ret_n_tail,
                                 gint64 now_us);
/**
 * kh_connection_begin_run:
 * @packet_number: that of the first
 * @size: the length of their payloads, that of the last that was built: a packet full of bulk
 * @max: at most so many
 *
 * How many packets may follow now that carry one stream's next bytes and nothing else. They are
 * noted as sent, with the numbers from @packet_number on; the owner gets each by
 * kh_connection_run_next(), and does nothing else with the connection before it has them all.
 *
 * Returns: 0 where kh_connection_build() may have something else to send, or nothing
 */
guint kh_connection_begin_run (
    KhConnection *self, guint64 packet_number, gsize size, guint max, gint64 now_us);
/* The next of them, of the length that was asked for; @ret_tail as of kh_connection_build_parts().
 */
void kh_connection_run_next (KhConnection *self,
                             guint8 *buf,
                             KhBytes ret_tail[KH_CONNECTION_TAIL_PARTS],
                             guint *ret_n_tail);
/* Would kh_connection_build() give a packet now? */
gboolean kh_connection_wants_send (KhConnection *self, gint64 now_us);

/* The owner has used @packet_number for a packet of its own (a path check): the peer may ACK it. */
void kh_connection_note_sent (KhConnection *self, guint64 packet_number);
/* The owner leaves @packet_number out, at random and now and then: a peer that acknowledges it
 * acknowledges what it has not seen (RFC 9000, section 21.4). The last such number is remembered.
 */
void kh_connection_note_skipped (KhConnection *self, guint64 packet_number);

/* Monotonic µs; KH_NEVER if there is nothing to wait for. It can be in the past. */
gint64 kh_connection_next_timeout (KhConnection *self);
/* To be called at or after the timeout, then kh_connection_build(). Earlier calls do no harm. */
void kh_connection_handle_timeout (KhConnection *self, gint64 now_us);

/* --- streams ----------------------------------------------------------------------------- */

/* FALSE if the peer allows no more streams for now (or the connection is closed). */
gboolean kh_connection_open_stream (KhConnection *self, guint64 *ret_id);

/* Takes as much of @data as there is room for and returns that; 0 on an unknown, finished or reset
 * stream, or once closed. A short return promises a STREAM_WRITABLE. */
gsize kh_connection_stream_write (KhConnection *self, guint64 id, const void *data, gsize len);
/**
 * kh_connection_stream_extend:
 * @ret_len: how many of @len bytes were taken: no more than lie in one piece, so call it again
 *
 * As kh_connection_stream_write(), but leaves it to the caller to fill the bytes in, before
 * anything else is called: so that a producer need not copy.
 *
 * Returns: (nullable): where they are; NULL if there is no room, which promises a STREAM_WRITABLE
 */
guint8 *kh_connection_stream_extend (KhConnection *self, guint64 id, gsize len, gsize *ret_len);
/* Bytes that a write would take now. */
gsize kh_connection_stream_writable (KhConnection *self, guint64 id);
/* Bytes written and not yet acknowledged. */
gsize kh_connection_stream_unacked (KhConnection *self, guint64 id);
/* No more will be written. Idempotent. */
void kh_connection_finish_stream (KhConnection *self, guint64 id);

/* Bytes that a read would give now. */
gsize kh_connection_stream_readable (KhConnection *self, guint64 id);
/* Moves up to @size bytes out, in order, each once. 0 if there are none now (or none ever more). */
gsize kh_connection_stream_read (KhConnection *self, guint64 id, void *buf, gsize size);
/**
 * kh_connection_stream_peek:
 * @ret_data: (transfer none): valid until the next call that is given a packet or the stream's id
 *
 * The same without a copy: the next bytes that lie in one piece; there may be more behind them once
 * these are consumed.
 *
 * Returns: FALSE if there are none now
 */
gboolean
kh_connection_stream_peek (KhConnection *self, guint64 id, const guint8 **ret_data, gsize *ret_len);
/* The first @len bytes that a read would give are done with; at most as many as are readable. */
void kh_connection_stream_consume (KhConnection *self, guint64 id, gsize len);

/* Gives up our direction: what is unacknowledged is dropped. */
void kh_connection_reset_stream (KhConnection *self, guint64 id, guint64 code);
/* We want no more of the peer's direction: what is unread is dropped. */
void kh_connection_stop_sending (KhConnection *self, guint64 id, guint64 code);

/* --- datagrams --------------------------------------------------------------------------- */

/* The longest that can be sent on the path as it is now, in bytes. */
gsize kh_connection_datagram_max (KhConnection *self);
/* Sends @data once, unordered, after the chat and before the other streams, if congestion allows
 * that soon enough: a newer one takes the place of the oldest of too many (RFC 9221). FALSE if it
 * is too long, or once closed. */
gboolean kh_connection_send_datagram (KhConnection *self, const void *data, gsize len);
/* (transfer full) (nullable): the oldest one received. Until NULL, after packets in. */
GBytes *kh_connection_poll_datagram (KhConnection *self);

/* --- the rest ---------------------------------------------------------------------------- */

/* Sends a CANDIDATE until it is acknowledged. FALSE if too many are waiting, or once closed. */
gboolean kh_connection_queue_candidate (KhConnection *self,
                                        guint8 kind,
                                        guint32 priority,
                                        const KhAddr *addr);

/* Those that were queued are not sent, nor sent again. */
void kh_connection_drop_candidates (KhConnection *self);

/* Makes the next packet ack-eliciting, with a PING if nothing else is owed: for keepalive. */
void kh_connection_ping (KhConnection *self);

/**
 * kh_connection_set_max_packet:
 * @payload: bytes from KH_CONNECTION_MIN_PAYLOAD on
 *
 * The longest payload that the path is known to carry has changed. Packets on their way stay as
 * they are; DATAGRAMs that have become too long are dropped. After kh_connection_path_changed() it
 * is KH_CONNECTION_MAX_PACKET again.
 */
void kh_connection_set_max_packet (KhConnection *self, gsize payload);
/* Is so much to be sent, or on its way, that looking for a longer packet is worth it? */
gboolean kh_connection_has_bulk (KhConnection *self);

/**
 * kh_connection_path_changed:
 * @rtt_us: what the path check measured on the new path, or 0 if unknown (RFC 9002, section 6.2.2)
 *
 * The owner will send on another path from now on. Congestion control, pacing, RTT and PTO count
 * start anew, and all that was in flight is owed again at once. ACKs of it still count.
 */
void kh_connection_path_changed (KhConnection *self, gint64 rtt_us, gint64 now_us);

/**
 * kh_connection_close:
 * @code: KH_TRANSPORT_APPLICATION or more
 * @reason: (nullable): for a person, UTF-8
 *
 * Drops all that is owed; the next packet is a CLOSE, and again, rarely, while the peer keeps on
 * sending. No event follows. Without effect once closed. To let pending data out first, wait for
 * kh_connection_is_idle().
 */
void kh_connection_close (KhConnection *self, guint64 code, const char *reason);
/* Closed by either side. Packets may still be passed in, and a CLOSE may come out. */
gboolean kh_connection_is_closed (KhConnection *self);

/* Until FALSE. Events of a stream come in the order of KhConnectionEventType. */
gboolean kh_connection_poll_event (KhConnection *self, KhConnectionEvent *ret_event);

/* Nothing owed, nothing unacknowledged, no ACK outstanding: next_timeout is KH_NEVER. */
gboolean kh_connection_is_idle (KhConnection *self);
gsize kh_connection_bytes_in_flight (KhConnection *self);
/* Probe timeouts in a row since something sent on this path was acknowledged: 2 or more are
 * reason to suspect the path. */
guint kh_connection_pto_count (KhConnection *self);
/* When an ACK last acknowledged something new; -1 if never. */
gint64 kh_connection_last_ack_us (KhConnection *self);
/* Packets longer than KH_CONNECTION_MAX_PACKET that were lost since one was last acknowledged,
 * while shorter ones arrived: many in a row are reason to suspect their length. */
guint kh_connection_long_lost (KhConnection *self);
KhConnectionRtt kh_connection_rtt (KhConnection *self);
KhConnectionStats kh_connection_stats (KhConnection *self);
