/* byte-window.c: a growing ring buffer addressed by stream offset
 *
 * Owns its memory. Doubling from 4 KiB keeps a chat stream small and a file's buffer amortised.
 */
#include "transport/byte-window.h"

#include <string.h>

/* Bytes: most chats never need more, and it is a page. */
#define FIRST_SIZE 4096

void
kh_byte_window_init (KhByteWindow *self, gsize max)
{
  g_return_if_fail (max > 0 && (max & (max - 1)) == 0);
  *self = (KhByteWindow){ .max = max };
}

void
kh_byte_window_clear (KhByteWindow *self)
{
  g_clear_pointer (&self->data, g_free);
  self->size = 0;
}

static void
ring_write (guint8 *ring, gsize size, guint64 offset, const guint8 *data, gsize len)
{
  gsize at = offset & (size - 1);
  gsize first = MIN (len, size - at);

  memcpy (ring + at, data, first);
  if (len > first)
    memcpy (ring, data + first, len - first);
}

static void
grow (KhByteWindow *self, gsize needed)
{
  gsize size = self->size > 0 ? self->size : MIN (FIRST_SIZE, self->max);
  guint8 *data;
  gsize used = self->end > self->start ? self->end - self->start : 0;

  while (size < needed)
    size *= 2;
  if (size == self->size)
    return;

  data = g_malloc (size);
  if (used > 0)
    {
      gsize at = self->start & (self->size - 1);
      gsize first = MIN (used, self->size - at);

      ring_write (data, size, self->start, self->data + at, first);
      if (used > first)
        ring_write (data, size, self->start + first, self->data, used - first);
    }
  g_free (self->data);
  self->data = data;
  self->size = size;
}

void
kh_byte_window_put (KhByteWindow *self, guint64 offset, const guint8 *data, gsize len)
{
  guint64 end = offset + len;

  if (end <= self->start || len == 0)
    return;
  if (offset < self->start)
    {
      data += self->start - offset;
      len -= self->start - offset;
      offset = self->start;
    }
  g_return_if_fail (end - self->start <= self->max);

  grow (self, end - self->start);
  ring_write (self->data, self->size, offset, data, len);
  self->end = MAX (self->end, end);
}

void
kh_byte_window_get (const KhByteWindow *self, guint64 offset, guint8 *ret_data, gsize len)
{
  gsize at, first;

  if (len == 0)
    return;
  g_return_if_fail (offset >= self->start && offset + len <= self->end);

  at = offset & (self->size - 1);
  first = MIN (len, self->size - at);
  memcpy (ret_data, self->data + at, first);
  if (len > first)
    memcpy (ret_data + first, self->data, len - first);
}

void
kh_byte_window_advance (KhByteWindow *self, guint64 offset)
{
  self->start = MAX (self->start, offset);
  if (self->start >= self->end)
    {
      self->end = self->start;
      kh_byte_window_clear (self);
    }
}
