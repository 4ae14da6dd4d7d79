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

/* Pieces with gaps between them that are kept: 16 bytes each. An honest sender has half as many
 * packets of a stream lost at the same time only in theory. A piece too many is refused; it comes
 * again. */
#define KH_RECV_STREAM_PIECES_MAX 1024

typedef struct _KhRecvStream KhRecvStream;

/* @window: bytes that the peer may be ahead of the reader, a power of two */
KhRecvStream *kh_recv_stream_new (gsize window);
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

gsize kh_recv_stream_readable (const KhRecvStream *self);
gsize kh_recv_stream_read (KhRecvStream *self, guint8 *ret_data, gsize size);

/* Bytes read or dropped: what gives credit back. */
guint64 kh_recv_stream_consumed (const KhRecvStream *self);
/* Is it time to tell the peer a higher limit: half of the window is used up, and more may come. */
gboolean kh_recv_stream_wants_max (const KhRecvStream *self);
/* Raises the limit by what was consumed and returns it, to be sent. */
guint64 kh_recv_stream_raise_max (KhRecvStream *self);
