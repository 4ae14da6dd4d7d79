/* recv-stream.c: the receiving half of a stream (RFC 9000, sections 2.2, 3.2, 4.1 and 4.5)
 *
 * Owns the bytes from the reader's place on, and the set of pieces of them that have arrived.
 */
#include "transport/recv-stream.h"

#include "transport/byte-window.h"
#include "transport/ranges.h"
#include "transport/recv-window.h"

struct _KhRecvStream
{
  KhRecvStreamState state;
  gboolean stopped;    /* nobody will read */
  KhByteWindow window; /* from the reader's place on */
  guint64 ready;       /* behind the bytes that can be read */
  KhRanges pieces;     /* arrived, behind a gap */
  guint64 held;        /* bytes in pieces */
  guint64 highest;     /* behind the highest byte that the peer has sent */
  guint64 final_size;  /* once known */
  KhRecvWindow limit;
};

KhRecvStream *
kh_recv_stream_new (guint64 window, guint64 window_most)
{
  KhRecvStream *self = g_new0 (KhRecvStream, 1);

  kh_byte_window_init (&self->window);
  kh_ranges_init (&self->pieces);
  kh_recv_window_init (&self->limit, window, window_most);
  return self;
}

void
kh_recv_stream_free (KhRecvStream *self)
{
  if (self == NULL)
    return;
  kh_byte_window_clear (&self->window);
  kh_ranges_clear (&self->pieces);
  g_free (self);
}

const char *
kh_recv_stream_state_to_string (KhRecvStreamState state)
{
  switch (state)
    {
    case KH_RECV_STREAM_OPEN:
      return "open";
    case KH_RECV_STREAM_SIZE_KNOWN:
      return "size-known";
    case KH_RECV_STREAM_FINISHED:
      return "finished";
    case KH_RECV_STREAM_RESET:
      return "reset";
    default:
      return "unknown";
    }
}

static void
set_state (KhRecvStream *self, KhRecvStreamState to)
{
  static const gboolean allowed[4][4] = {
    [KH_RECV_STREAM_OPEN] = { [KH_RECV_STREAM_SIZE_KNOWN] = TRUE, [KH_RECV_STREAM_RESET] = TRUE },
    [KH_RECV_STREAM_SIZE_KNOWN] = { [KH_RECV_STREAM_FINISHED] = TRUE,
                                    [KH_RECV_STREAM_RESET] = TRUE },
  };

  g_assert (allowed[self->state][to]);
  g_debug ("recv stream: %s -> %s", kh_recv_stream_state_to_string (self->state),
           kh_recv_stream_state_to_string (to));
  self->state = to;
}

KhRecvStreamState
kh_recv_stream_state (const KhRecvStream *self)
{
  return self->state;
}

guint64
kh_recv_stream_growth (const KhRecvStream *self, guint64 end)
{
  return end > self->highest ? end - self->highest : 0;
}

guint64
kh_recv_stream_consumed (const KhRecvStream *self)
{
  return self->window.start;
}

/* Section 4.5: the end never moves, and nothing lies behind it. */
static KhTransportError
check_size (const KhRecvStream *self, guint64 end, gboolean is_final)
{
  if (end > self->limit.max)
    return KH_TRANSPORT_FLOW_CONTROL_ERROR;
  if (self->state != KH_RECV_STREAM_OPEN &&
      (end > self->final_size || (is_final && end != self->final_size)))
    return KH_TRANSPORT_FINAL_SIZE_ERROR;
  if (is_final && end < self->highest)
    return KH_TRANSPORT_FINAL_SIZE_ERROR;
  return KH_TRANSPORT_OK;
}

static void
drop_until (KhRecvStream *self, guint64 offset)
{
  kh_byte_window_advance (&self->window, offset);
  if (offset > self->ready)
    {
      self->ready = offset;
      kh_ranges_remove_all (&self->pieces);
      self->held = 0;
    }
}

static void
finish_if_read (KhRecvStream *self)
{
  if (self->state == KH_RECV_STREAM_SIZE_KNOWN && self->window.start == self->final_size)
    set_state (self, KH_RECV_STREAM_FINISHED);
}

/* Stores what of @start to @end has not arrived before: of differing copies the first wins, whether
 * it has been read or not. Returns how much that is. */
static guint64
put_new (KhRecvStream *self, guint64 start, guint64 end, const guint8 *data)
{
  guint64 at = start;
  guint64 stored = 0;

  for (guint i = kh_ranges_find (&self->pieces, start); at < end; i++)
    {
      KhRange piece = { end, end };

      if (i < kh_ranges_count (&self->pieces))
        piece = kh_ranges_get (&self->pieces, i);
      piece.start = MIN (piece.start, end);
      if (piece.start > at)
        {
          kh_byte_window_put (&self->window, at, data + (at - start), piece.start - at);
          stored += piece.start - at;
        }
      at = MAX (piece.end, at);
    }
  return stored;
}

/* Bytes from @offset, which is at or before ready, to @end, which is behind it. */
static void
keep_in_order (KhRecvStream *self, guint64 offset, const guint8 *data, guint64 end)
{
  KhRange first;

  data += self->ready - offset;
  if (kh_ranges_count (&self->pieces) == 0)
    {
      kh_byte_window_put (&self->window, self->ready, data, end - self->ready);
      self->ready = end;
      return;
    }

  self->held += put_new (self, self->ready, end, data);
  kh_ranges_add (&self->pieces, self->ready, end);
  first = kh_ranges_get (&self->pieces, 0);
  kh_ranges_remove (&self->pieces, first.start, first.end);
  self->held -= first.end - self->ready;
  self->ready = first.end;
}

/* FALSE if the bytes cost more than they are worth. */
static gboolean
keep_ahead (KhRecvStream *self, guint64 offset, const guint8 *data, gsize len)
{
  guint pieces = MIN (KH_RECV_STREAM_PIECES_LEAST + self->held / KH_RECV_STREAM_PIECE_BYTES,
                      KH_RECV_STREAM_PIECES_MOST);
  guint64 blocks = KH_RECV_STREAM_BLOCKS_LEAST + (self->held + len) / KH_RECV_STREAM_BLOCK_BYTES +
                   (self->ready - self->window.start) / KH_BYTE_WINDOW_BLOCK;
  guint before = kh_ranges_count (&self->pieces);

  if (self->window.n_blocks + kh_byte_window_cost (&self->window, offset, len) > blocks)
    return FALSE;

  if (before >= pieces)
    {
      /* Only what joins a piece is welcome. */
      guint at = kh_ranges_find (&self->pieces, offset);

      if (at == before || kh_ranges_get (&self->pieces, at).start > offset + len)
        return FALSE;
    }
  self->held += put_new (self, offset, offset + len, data);
  kh_ranges_add (&self->pieces, offset, offset + len);
  return TRUE;
}

static gboolean
keep (KhRecvStream *self, guint64 offset, const guint8 *data, gsize len)
{
  guint64 end = offset + len;

  if (self->stopped)
    drop_until (self, MAX (self->highest, end));
  else if (end > self->ready && offset <= self->ready)
    keep_in_order (self, offset, data, end);
  else if (end > self->ready && len > 0)
    return keep_ahead (self, offset, data, len);
  return TRUE;
}

KhTransportError
kh_recv_stream_receive (KhRecvStream *self,
                        guint64 offset,
                        const guint8 *data,
                        gsize len,
                        gboolean fin,
                        gboolean *ret_kept)
{
  guint64 end = offset + len;
  KhTransportError error = check_size (self, end, fin);

  if (error != KH_TRANSPORT_OK)
    return error;

  *ret_kept = TRUE;
  if (self->state == KH_RECV_STREAM_FINISHED || self->state == KH_RECV_STREAM_RESET)
    return KH_TRANSPORT_OK;
  if (!keep (self, offset, data, len))
    {
      *ret_kept = FALSE;
      return KH_TRANSPORT_OK;
    }

  self->highest = MAX (self->highest, end);
  if (fin && self->state == KH_RECV_STREAM_OPEN)
    {
      self->final_size = end;
      set_state (self, KH_RECV_STREAM_SIZE_KNOWN);
    }
  if (self->stopped && self->state == KH_RECV_STREAM_SIZE_KNOWN)
    drop_until (self, self->final_size);
  finish_if_read (self);
  return KH_TRANSPORT_OK;
}

gboolean
kh_recv_stream_append (KhRecvStream *self, guint64 offset, const guint8 *data, gsize len)
{
  guint64 end = offset + len;

  if (self->state != KH_RECV_STREAM_OPEN || self->stopped || offset != self->ready ||
      self->highest != self->ready || end > self->limit.max)
    return FALSE;
  kh_byte_window_put (&self->window, offset, data, len);
  self->ready = self->highest = end;
  return TRUE;
}

KhTransportError
kh_recv_stream_reset (KhRecvStream *self, guint64 final_size)
{
  KhTransportError error = check_size (self, final_size, TRUE);

  if (error != KH_TRANSPORT_OK)
    return error;
  if (self->state == KH_RECV_STREAM_FINISHED || self->state == KH_RECV_STREAM_RESET)
    return KH_TRANSPORT_OK;

  self->highest = final_size;
  self->final_size = final_size;
  drop_until (self, final_size);
  set_state (self, KH_RECV_STREAM_RESET);
  return KH_TRANSPORT_OK;
}

void
kh_recv_stream_stop (KhRecvStream *self)
{
  self->stopped = TRUE;
  drop_until (self, self->highest);
  finish_if_read (self);
}

gsize
kh_recv_stream_readable (const KhRecvStream *self)
{
  return self->ready - self->window.start;
}

const guint8 *
kh_recv_stream_peek (const KhRecvStream *self, gsize *ret_len)
{
  return kh_byte_window_peek (&self->window, self->window.start, kh_recv_stream_readable (self),
                              ret_len);
}

void
kh_recv_stream_consume (KhRecvStream *self, gsize len)
{
  g_return_if_fail (len <= kh_recv_stream_readable (self));

  kh_byte_window_advance (&self->window, self->window.start + len);
  finish_if_read (self);
}

gsize
kh_recv_stream_read (KhRecvStream *self, guint8 *ret_data, gsize size)
{
  gsize len = MIN (size, kh_recv_stream_readable (self));

  kh_byte_window_get (&self->window, self->window.start, ret_data, len);
  kh_recv_stream_consume (self, len);
  return len;
}

void
kh_recv_stream_tune (KhRecvStream *self, gint64 rtt_us, gint64 now_us)
{
  guint64 bytes = self->window.start - self->limit.consumed;

  if (bytes > 0)
    kh_recv_window_consume (&self->limit, bytes, rtt_us, now_us);
}

gboolean
kh_recv_stream_wants_max (const KhRecvStream *self)
{
  return self->state == KH_RECV_STREAM_OPEN && !self->stopped &&
         kh_recv_window_wants_max (&self->limit);
}

guint64
kh_recv_stream_raise_max (KhRecvStream *self)
{
  return kh_recv_window_raise_max (&self->limit);
}
