/* cursor.c: the bounded reader and writer
 *
 * Owns nothing. Every bound is checked against what is left, never by adding to an offset that a
 * peer gave, so no length can overflow.
 */
#include "wire/cursor.h"

#include <string.h>

KhCursor
kh_cursor_init (const void *data, gsize len)
{
  return (KhCursor){ .data = data, .len = len };
}

gsize
kh_cursor_left (const KhCursor *self)
{
  return self->failed ? 0 : self->len - self->at;
}

gboolean
kh_cursor_is_done (const KhCursor *self)
{
  return !self->failed && self->at == self->len;
}

gboolean
kh_cursor_view (KhCursor *self, gsize len, const guint8 **ret_bytes)
{
  if (self->failed || len > self->len - self->at)
    {
      self->failed = TRUE;
      return FALSE;
    }

  /* Adding even 0 to NULL, which an empty cursor may hold, is undefined. */
  *ret_bytes = self->data != NULL ? self->data + self->at : NULL;
  self->at += len;
  return TRUE;
}

gboolean
kh_cursor_copy (KhCursor *self, void *ret_bytes, gsize len)
{
  const guint8 *bytes;

  if (!kh_cursor_view (self, len, &bytes))
    return FALSE;

  if (len > 0)
    memcpy (ret_bytes, bytes, len);
  return TRUE;
}

gboolean
kh_cursor_skip (KhCursor *self, gsize len)
{
  const guint8 *bytes;

  return kh_cursor_view (self, len, &bytes);
}

/* @len at most 8 */
static gboolean
read_big_endian (KhCursor *self, gsize len, guint64 *ret_value)
{
  const guint8 *bytes;
  guint64 value = 0;

  if (!kh_cursor_view (self, len, &bytes))
    return FALSE;

  for (gsize i = 0; i < len; i++)
    value = value << 8 | bytes[i];
  *ret_value = value;
  return TRUE;
}

gboolean
kh_cursor_u8 (KhCursor *self, guint8 *ret_value)
{
  return kh_cursor_copy (self, ret_value, 1);
}

gboolean
kh_cursor_u16 (KhCursor *self, guint16 *ret_value)
{
  guint64 value;

  if (!read_big_endian (self, 2, &value))
    return FALSE;
  *ret_value = (guint16) value;
  return TRUE;
}

gboolean
kh_cursor_u32 (KhCursor *self, guint32 *ret_value)
{
  guint64 value;

  if (!read_big_endian (self, 4, &value))
    return FALSE;
  *ret_value = (guint32) value;
  return TRUE;
}

gboolean
kh_cursor_u64 (KhCursor *self, guint64 *ret_value)
{
  return read_big_endian (self, 8, ret_value);
}

gboolean
kh_cursor_varint (KhCursor *self, guint64 *ret_value)
{
  gsize start = self->at;
  gsize size;
  guint64 value;

  if (kh_cursor_left (self) == 0)
    {
      self->failed = TRUE;
      return FALSE;
    }

  size = (gsize) 1 << (self->data[self->at] >> 6);
  if (!read_big_endian (self, size, &value))
    {
      self->at = start;
      return FALSE;
    }

  *ret_value = value & (G_MAXUINT64 >> (64 - (8 * size - 2)));
  return TRUE;
}

KhWriter
kh_writer_init (void *data, gsize size)
{
  return (KhWriter){ .data = data, .size = size };
}

gsize
kh_writer_left (const KhWriter *self)
{
  return self->failed ? 0 : self->size - self->len;
}

guint8 *
kh_writer_reserve (KhWriter *self, gsize len)
{
  guint8 *bytes;

  if (self->failed || len > self->size - self->len)
    {
      self->failed = TRUE;
      return NULL;
    }

  bytes = self->data + self->len;
  self->len += len;
  return bytes;
}

gboolean
kh_writer_bytes (KhWriter *self, const void *bytes, gsize len)
{
  guint8 *at = kh_writer_reserve (self, len);

  if (at == NULL)
    return FALSE;

  if (len > 0)
    memcpy (at, bytes, len);
  return TRUE;
}

gboolean
kh_writer_zeros (KhWriter *self, gsize len)
{
  guint8 *at = kh_writer_reserve (self, len);

  if (at == NULL)
    return FALSE;

  memset (at, 0, len);
  return TRUE;
}

static gboolean
write_big_endian (KhWriter *self, gsize len, guint64 value)
{
  guint8 *at = kh_writer_reserve (self, len);

  if (at == NULL)
    return FALSE;

  for (gsize i = 0; i < len; i++)
    at[i] = (guint8) (value >> (8 * (len - 1 - i)));
  return TRUE;
}

gboolean
kh_writer_u8 (KhWriter *self, guint8 value)
{
  return write_big_endian (self, 1, value);
}

gboolean
kh_writer_u16 (KhWriter *self, guint16 value)
{
  return write_big_endian (self, 2, value);
}

gboolean
kh_writer_u32 (KhWriter *self, guint32 value)
{
  return write_big_endian (self, 4, value);
}

gboolean
kh_writer_u64 (KhWriter *self, guint64 value)
{
  return write_big_endian (self, 8, value);
}

gboolean
kh_writer_varint (KhWriter *self, guint64 value)
{
  gsize size = kh_varint_size (value);
  /* The two top bits hold log2 of the size. */
  guint64 prefix = size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3;

  if (value > KH_VARINT_MAX)
    {
      self->failed = TRUE;
      return FALSE;
    }

  return write_big_endian (self, size, value | prefix << (8 * size - 2));
}

gsize
kh_varint_size (guint64 value)
{
  if (value < 1u << 6)
    return 1;
  if (value < 1u << 14)
    return 2;
  if (value < 1u << 30)
    return 4;
  return 8;
}
