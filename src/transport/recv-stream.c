/* recv-stream.c: the receiving half of a stream (RFC 9000, sections 2.2, 3.2, 4.1 and 4.5)
 *
 * Owns the bytes from the reader's place on, and the set of pieces of them that have arrived.
 */
#include "transport/recv-stream.h"

#include "transport/byte-window.h"
#include "transport/ranges.h"

struct _KhRecvStream
{
  KhRecvStreamState state;
  KhByteWindow window; /* from the reader's place on */
  KhRanges pieces;     /* arrived and not yet read */
  guint64 highest;     /* behind the highest byte that the peer has sent */
  guint64 final_size;  /* once known */
  guint64 max;         /* what we allow */
  gboolean stopped;    /* nobody will read */
};

KhRecvStream *
kh_recv_stream_new (gsize window)
{
  KhRecvStream *self = g_new0 (KhRecvStream, 1);

  kh_byte_window_init (&self->window, window);
  kh_ranges_init (&self->pieces);
  self->max = window;
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
  if (end > self->max)
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
  kh_ranges_remove (&self->pieces, 0, offset);
}

static void
finish_if_read (KhRecvStream *self)
{
  if (self->state == KH_RECV_STREAM_SIZE_KNOWN && self->window.start == self->final_size)
    set_state (self, KH_RECV_STREAM_FINISHED);
}

static gboolean
keep (KhRecvStream *self, guint64 offset, const guint8 *data, gsize len)
{
  guint before = kh_ranges_count (&self->pieces);
  guint64 start = MAX (offset, self->window.start);
  guint64 end = offset + len;

  if (self->stopped)
    {
      drop_until (self, MAX (self->highest, end));
      return TRUE;
    }

  kh_ranges_add (&self->pieces, start, end);
  if (before >= KH_RECV_STREAM_PIECES_MAX && kh_ranges_count (&self->pieces) > before)
    {
      /* It touched no other piece, so this takes away nothing but itself. */
      kh_ranges_remove (&self->pieces, start, end);
      return FALSE;
    }
  kh_byte_window_put (&self->window, offset, data, len);
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
  KhRange first;

  if (kh_ranges_count (&self->pieces) == 0)
    return 0;
  first = kh_ranges_get (&self->pieces, 0);
  return first.start == self->window.start ? first.end - first.start : 0;
}

gsize
kh_recv_stream_read (KhRecvStream *self, guint8 *ret_data, gsize size)
{
  gsize len = MIN (size, kh_recv_stream_readable (self));

  kh_byte_window_get (&self->window, self->window.start, ret_data, len);
  drop_until (self, self->window.start + len);
  finish_if_read (self);
  return len;
}

gboolean
kh_recv_stream_wants_max (const KhRecvStream *self)
{
  return self->state == KH_RECV_STREAM_OPEN && !self->stopped &&
         self->window.start + self->window.max - self->max >= self->window.max / 2;
}

guint64
kh_recv_stream_raise_max (KhRecvStream *self)
{
  self->max = MAX (self->max, self->window.start + self->window.max);
  return self->max;
}
