/* recv-stream.h: the peer's direction of one stream (RFC 9000, section 3.2)
 *
 * Puts bytes into order, each once, and keeps the flow control limit and the final size.
 */
#pragma once

#include "transport/error.h"

typedef enum
{
  KH_RECV_STREAM_OPEN,
  /* the end is known, not all has been read */
  KH_RECV_STREAM_SIZE_KNOWN,
  /* all has been read, or dropped as we had asked */
  KH_RECV_STREAM_FINISHED,
  /* the peer gave up */
  KH_RECV_STREAM_RESET,
} KhRecvStreamState;

/* What arrives ahead of a gap costs memory whatever its length, so what it may cost depends on how
 * much it is: so many pieces and blocks (see byte-window.h) at first, one more for so many bytes
 * held, and an end of it. The packets of an honest sender are longer and lie closer. A piece too
 * many is refused; it comes again. Bytes in order are never refused. */
#define KH_RECV_STREAM_PIECES_LEAST 256
#define KH_RECV_STREAM_PIECES_MOST 4096
#define KH_RECV_STREAM_PIECE_BYTES 512
#define KH_RECV_STREAM_BLOCKS_LEAST 16
#define KH_RECV_STREAM_BLOCK_BYTES 1024

typedef struct _KhRecvStream KhRecvStream;

/* @window, @window_most: bytes that the peer may be ahead of the reader, at first and ever */
KhRecvStream *kh_recv_stream_new (guint64 window, guint64 window_most);
void kh_recv_stream_free (KhRecvStream *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhRecvStream, kh_recv_stream_free)

const char *kh_recv_stream_state_to_string (KhRecvStreamState state);
KhRecvStreamState kh_recv_stream_state (const KhRecvStream *self);

/* How much further the stream would reach if it reached to @end: what counts against MAX_DATA. */
guint64 kh_recv_stream_growth (const KhRecvStream *self, guint64 end);

/**
 * kh_recv_stream_receive:
 * @ret_kept: FALSE if there are too many pieces; the packet must not be acknowledged then
 *
 * An error changes nothing.
 */
KhTransportError kh_recv_stream_receive (KhRecvStream *self,
                                         guint64 offset,
                                         const guint8 *data,
                                         gsize len,
                                         gboolean fin,
                                         gboolean *ret_kept);
/* RESET_STREAM. An error changes nothing. */
KhTransportError kh_recv_stream_reset (KhRecvStream *self, guint64 final_size);
/* We want no more: drops what there is and what will come. */
void kh_recv_stream_stop (KhRecvStream *self);

/* The same for bytes without an end that come next, where nothing before them is missing and
 * nothing behind them has come. FALSE where it is not so, or they are more than may come: nothing
 * is changed then. */
gboolean kh_recv_stream_append (KhRecvStream *self, guint64 offset, const guint8 *data, gsize len);
gsize kh_recv_stream_readable (const KhRecvStream *self);
/* (transfer none) (nullable): the next bytes to read and how many of them lie in one piece; NULL
 * and 0 if there are none. Valid until the next call that is not a question. */
const guint8 *kh_recv_stream_peek (const KhRecvStream *self, gsize *ret_len);
/* The first @len of the readable bytes are done with. */
void kh_recv_stream_consume (KhRecvStream *self, gsize len);
/* Copies up to @size bytes out and consumes them. */
gsize kh_recv_stream_read (KhRecvStream *self, guint8 *ret_data, gsize size);

/* Bytes read or dropped: what gives credit back. */
guint64 kh_recv_stream_consumed (const KhRecvStream *self);
/* The window learns what was consumed since it was last told. */
void kh_recv_stream_tune (KhRecvStream *self, gint64 rtt_us, gint64 now_us);
/* Is it time to tell the peer a higher limit, and may more come? */
gboolean kh_recv_stream_wants_max (const KhRecvStream *self);
/* Raises the limit by what was consumed and returns it, to be sent. */
guint64 kh_recv_stream_raise_max (KhRecvStream *self);
