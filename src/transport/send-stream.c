/* send-stream.c: the sending half of a stream (RFC 9000, sections 2.2 and 3.1)
 *
 * Owns the bytes from the first unacknowledged one on, the set of acknowledged ranges behind it and
 * the set of ranges to send again.
 */
#include "transport/send-stream.h"

#include <string.h>

#include "transport/byte-window.h"
#include "transport/ranges.h"

struct _KhSendStream
{
  KhSendStreamState state;
  KhByteWindow window; /* from the first unacknowledged byte to the last one written */
  KhRanges acked;      /* behind the window's start */
  KhRanges again;      /* lost and not acknowledged since */
  guint64 next;        /* the first byte never sent */
  guint64 max;         /* the peer's limit */
  guint64 reset_code;
  gboolean end_owed; /* the fin or the reset is to be sent */
  gboolean fin_acked;
};

KhSendStream *
kh_send_stream_new (guint64 max)
{
  KhSendStream *self = g_new0 (KhSendStream, 1);

  kh_byte_window_init (&self->window);
  kh_ranges_init (&self->acked);
  kh_ranges_init (&self->again);
  self->max = max;
  return self;
}

void
kh_send_stream_free (KhSendStream *self)
{
  if (self == NULL)
    return;
  kh_byte_window_clear (&self->window);
  kh_ranges_clear (&self->acked);
  kh_ranges_clear (&self->again);
  g_free (self);
}

const char *
kh_send_stream_state_to_string (KhSendStreamState state)
{
  switch (state)
    {
    case KH_SEND_STREAM_OPEN:
      return "open";
    case KH_SEND_STREAM_FINISHING:
      return "finishing";
    case KH_SEND_STREAM_RESETTING:
      return "resetting";
    case KH_SEND_STREAM_DONE:
      return "done";
    default:
      return "unknown";
    }
}

static void
set_state (KhSendStream *self, KhSendStreamState to)
{
  static const gboolean allowed[4][4] = {
    [KH_SEND_STREAM_OPEN] = { [KH_SEND_STREAM_FINISHING] = TRUE,
                              [KH_SEND_STREAM_RESETTING] = TRUE },
    [KH_SEND_STREAM_FINISHING] = { [KH_SEND_STREAM_RESETTING] = TRUE,
                                   [KH_SEND_STREAM_DONE] = TRUE },
    [KH_SEND_STREAM_RESETTING] = { [KH_SEND_STREAM_DONE] = TRUE },
  };

  g_assert (allowed[self->state][to]);
  g_debug ("send stream: %s -> %s", kh_send_stream_state_to_string (self->state),
           kh_send_stream_state_to_string (to));
  self->state = to;
}

KhSendStreamState
kh_send_stream_state (const KhSendStream *self)
{
  return self->state;
}

gsize
kh_send_stream_unacked (const KhSendStream *self)
{
  return self->window.end - self->window.start;
}

gsize
kh_send_stream_room (const KhSendStream *self, gsize buffer)
{
  if (self->state != KH_SEND_STREAM_OPEN)
    return 0;
  return buffer - MIN (kh_send_stream_unacked (self), buffer);
}

gsize
kh_send_stream_write (KhSendStream *self, const guint8 *data, gsize len, gsize buffer)
{
  len = MIN (len, kh_send_stream_room (self, buffer));
  kh_byte_window_put (&self->window, self->window.end, data, len);
  return len;
}

guint8 *
kh_send_stream_extend (KhSendStream *self, gsize len, gsize buffer, gsize *ret_len)
{
  len = MIN (len, kh_send_stream_room (self, buffer));
  return len > 0 ? kh_byte_window_extend (&self->window, len, ret_len) : NULL;
}

void
kh_send_stream_finish (KhSendStream *self)
{
  if (self->state != KH_SEND_STREAM_OPEN)
    return;
  set_state (self, KH_SEND_STREAM_FINISHING);
  self->end_owed = TRUE;
}

void
kh_send_stream_reset (KhSendStream *self, guint64 code)
{
  if (self->state != KH_SEND_STREAM_OPEN && self->state != KH_SEND_STREAM_FINISHING)
    return;

  set_state (self, KH_SEND_STREAM_RESETTING);
  self->end_owed = TRUE;
  self->reset_code = code;
  kh_ranges_remove_all (&self->acked);
  kh_ranges_remove_all (&self->again);
  kh_byte_window_advance (&self->window, self->window.end);
}

void
kh_send_stream_set_max (KhSendStream *self, guint64 max)
{
  self->max = MAX (self->max, max);
}

KhSendOwes
kh_send_stream_owes (const KhSendStream *self)
{
  if (self->state != KH_SEND_STREAM_OPEN && self->state != KH_SEND_STREAM_FINISHING)
    return KH_SEND_OWES_NOTHING;
  if (kh_ranges_count (&self->again) > 0)
    return KH_SEND_OWES_AGAIN;
  if (self->state == KH_SEND_STREAM_FINISHING && self->end_owed && self->next == self->window.end)
    return KH_SEND_OWES_AGAIN;
  return MIN (self->window.end, self->max) > self->next ? KH_SEND_OWES_NEW : KH_SEND_OWES_NOTHING;
}

guint64
kh_send_stream_offset (const KhSendStream *self)
{
  return kh_ranges_count (&self->again) > 0 ? kh_ranges_get (&self->again, 0).start : self->next;
}

gboolean
kh_send_stream_next (const KhSendStream *self, gsize room, guint64 credit, KhSendChunk *ret_chunk)
{
  KhSendChunk chunk = { .offset = self->next };
  guint64 available;

  if (self->state != KH_SEND_STREAM_OPEN && self->state != KH_SEND_STREAM_FINISHING)
    return FALSE;

  if (kh_ranges_count (&self->again) > 0)
    {
      KhRange lost = kh_ranges_get (&self->again, 0);

      chunk.offset = lost.start;
      available = lost.end - lost.start;
    }
  else
    {
      available = MIN (self->window.end - self->next, credit);
      available = MIN (available, self->max - MIN (self->next, self->max));
    }
  chunk.len = MIN (available, room);
  chunk.fin =
      self->state == KH_SEND_STREAM_FINISHING && chunk.offset + chunk.len == self->window.end;
  if (chunk.len == 0 && !(chunk.fin && self->end_owed))
    return FALSE;

  *ret_chunk = chunk;
  return TRUE;
}

gsize
kh_send_stream_take (KhSendStream *self, const KhSendChunk *chunk, guint8 *ret_data)
{
  guint64 end = chunk->offset + chunk->len;
  gsize fresh = 0;

  if (ret_data != NULL)
    kh_byte_window_get (&self->window, chunk->offset, ret_data, chunk->len);
  if (kh_ranges_count (&self->again) > 0)
    kh_ranges_remove (&self->again, chunk->offset, end);
  if (end > self->next)
    {
      fresh = end - self->next;
      self->next = end;
    }
  if (chunk->fin)
    self->end_owed = FALSE;
  return fresh;
}

guint
kh_send_stream_leave (const KhSendStream *self,
                      guint64 offset,
                      gsize len,
                      guint8 *ret_data,
                      gsize n,
                      KhBytes *ret_parts)
{
  guint64 end = offset + len;
  guint n_parts = 0;

  for (gsize done = 0, piece; done < n; done += piece)
    {
      const guint8 *data = kh_byte_window_peek (&self->window, offset + done, n - done, &piece);

      memcpy (ret_data + done, data, piece);
    }
  for (offset += n; offset < end; offset += ret_parts[n_parts++].len)
    ret_parts[n_parts].data =
        kh_byte_window_peek (&self->window, offset, end - offset, &ret_parts[n_parts].len);
  return n_parts;
}

guint64
kh_send_stream_fresh (const KhSendStream *self, guint64 credit)
{
  guint64 end = MIN (self->window.end, self->max);

  if ((self->state != KH_SEND_STREAM_OPEN && self->state != KH_SEND_STREAM_FINISHING) ||
      kh_ranges_count (&self->again) > 0)
    return 0;
  return MIN (credit, end - MIN (self->next, end));
}

void
kh_send_stream_take_fresh (KhSendStream *self, gsize len)
{
  self->next += len;
}

/* There is a gap before it, or it may close one. */
static void
note_acked (KhSendStream *self, guint64 start, guint64 end)
{
  KhRange first;

  kh_ranges_add (&self->acked, start, end);
  if (kh_ranges_count (&self->acked) == 0)
    return;
  first = kh_ranges_get (&self->acked, 0);
  if (first.start > self->window.start)
    return;
  kh_byte_window_advance (&self->window, first.end);
  kh_ranges_remove (&self->acked, 0, first.end);
}

void
kh_send_stream_on_acked (KhSendStream *self, const KhSendChunk *chunk)
{
  guint64 start = MAX (chunk->offset, self->window.start);
  guint64 end = chunk->offset + chunk->len;

  if (self->state != KH_SEND_STREAM_OPEN && self->state != KH_SEND_STREAM_FINISHING)
    return;

  if (kh_ranges_count (&self->again) > 0)
    kh_ranges_remove (&self->again, start, end);
  if (start == self->window.start && kh_ranges_count (&self->acked) == 0)
    kh_byte_window_advance (&self->window, end);
  else
    note_acked (self, start, end);

  if (chunk->fin)
    {
      self->fin_acked = TRUE;
      self->end_owed = FALSE;
    }
  if (self->fin_acked && kh_send_stream_unacked (self) == 0)
    set_state (self, KH_SEND_STREAM_DONE);
}

void
kh_send_stream_on_lost (KhSendStream *self, const KhSendChunk *chunk)
{
  guint64 end = chunk->offset + chunk->len;

  if (self->state != KH_SEND_STREAM_OPEN && self->state != KH_SEND_STREAM_FINISHING)
    return;

  kh_ranges_add_except (&self->again, MAX (chunk->offset, self->window.start), end, &self->acked);
  if (chunk->fin && !self->fin_acked)
    self->end_owed = TRUE;
}

gboolean
kh_send_stream_owes_reset (const KhSendStream *self, guint64 *ret_code, guint64 *ret_final_size)
{
  if (self->state != KH_SEND_STREAM_RESETTING || !self->end_owed)
    return FALSE;
  *ret_code = self->reset_code;
  *ret_final_size = self->next;
  return TRUE;
}

void
kh_send_stream_on_reset_sent (KhSendStream *self)
{
  self->end_owed = FALSE;
}

void
kh_send_stream_on_reset_acked (KhSendStream *self)
{
  if (self->state == KH_SEND_STREAM_RESETTING)
    set_state (self, KH_SEND_STREAM_DONE);
}

void
kh_send_stream_on_reset_lost (KhSendStream *self)
{
  if (self->state == KH_SEND_STREAM_RESETTING)
    self->end_owed = TRUE;
}
