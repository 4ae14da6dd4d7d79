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
  if (kh_cursor_left (self) == 0)
    {
      self->failed = TRUE;
      return FALSE;
    }

  *ret_value = self->data[self->at++];
  return TRUE;
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

/* The first byte's two top bits are log2 of the size. Most varints of a packet are short, so their
 * sizes have a line each rather than a loop. */
gboolean
kh_cursor_varint (KhCursor *self, guint64 *ret_value)
{
  gsize left = kh_cursor_left (self);
  const guint8 *p = left > 0 ? self->data + self->at : NULL;
  gsize size = p != NULL ? (gsize) 1 << (p[0] >> 6) : 1;

  if (size > left)
    {
      self->failed = TRUE;
      return FALSE;
    }

  if (size == 1)
    *ret_value = p[0];
  else if (size == 2)
    *ret_value = (guint64) (p[0] & 0x3f) << 8 | p[1];
  else if (size == 4)
    *ret_value = (guint64) (p[0] & 0x3f) << 24 | (guint64) p[1] << 16 | (guint64) p[2] << 8 | p[3];
  else
    {
      memcpy (ret_value, p, sizeof *ret_value);
      *ret_value = GUINT64_FROM_BE (*ret_value) & KH_VARINT_MAX;
    }
  self->at += size;
  return TRUE;
}

KhWriter
kh_writer_init (void *data, gsize size)
{
  return (KhWriter){ .data = data, .size = size };
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

static void
write_u16 (guint8 *at, guint16 value)
{
  value = GUINT16_TO_BE (value);
  memcpy (at, &value, sizeof value);
}

static void
write_u32 (guint8 *at, guint32 value)
{
  value = GUINT32_TO_BE (value);
  memcpy (at, &value, sizeof value);
}

static void
write_u64 (guint8 *at, guint64 value)
{
  value = GUINT64_TO_BE (value);
  memcpy (at, &value, sizeof value);
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
  guint8 *at;

  if (value > KH_VARINT_MAX)
    {
      self->failed = TRUE;
      return FALSE;
    }

  at = kh_writer_reserve (self, size);
  if (at == NULL)
    return FALSE;
  /* The two top bits hold log2 of the size. */
  if (size == 1)
    at[0] = (guint8) value;
  else if (size == 2)
    write_u16 (at, (guint16) (value | 1 << 14));
  else if (size == 4)
    write_u32 (at, (guint32) value | 2u << 30);
  else
    write_u64 (at, value | G_GUINT64_CONSTANT (3) << 62);
  return TRUE;
}
