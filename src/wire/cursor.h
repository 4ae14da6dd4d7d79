/* cursor.h: the one bounded reader and the one bounded writer that every codec uses
 *
 * Both are plain values on the stack over memory that they borrow. A read or a write that does not
 * fit fails, moves nothing and makes every later one fail too, so that a codec may check once at
 * its end. Integers are big-endian; "varint" is that of RFC 9000, section 16. Every bound is
 * checked against what is left, never by adding to an offset that a peer gave, so no length can
 * overflow.
 *
 * What each packet needs a dozen times is inline: the calls would cost more than the work.
 */
#pragma once

#include <glib.h>
#include <string.h>

typedef struct
{
  const guint8 *data;
  gsize len;
  gsize at;
  gboolean failed;
} KhCursor;

typedef struct
{
  guint8 *data;
  gsize size;
  gsize len;
  gboolean failed;
} KhWriter;

/* The largest varint, 2^62 - 1 (RFC 9000, section 16). */
#define KH_VARINT_MAX ((G_GUINT64_CONSTANT (1) << 62) - 1)

/* --- reading ----------------------------------------------------------------------------- */

static inline KhCursor
kh_cursor_init (const void *data, gsize len)
{
  return (KhCursor){ .data = (const guint8 *) data, .len = len };
}

static inline gsize
kh_cursor_left (const KhCursor *self)
{
  return self->failed ? 0 : self->len - self->at;
}

/* Did everything fit so far, and is nothing left? */
gboolean kh_cursor_is_done (const KhCursor *self);

/* (transfer none): points into the cursor's memory. */
static inline gboolean
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

static inline gboolean
kh_cursor_u8 (KhCursor *self, guint8 *ret_value)
{
  const guint8 *at;

  if (!kh_cursor_view (self, sizeof *ret_value, &at))
    return FALSE;
  *ret_value = *at;
  return TRUE;
}

static inline gboolean
kh_cursor_u16 (KhCursor *self, guint16 *ret_value)
{
  const guint8 *at;

  if (!kh_cursor_view (self, sizeof *ret_value, &at))
    return FALSE;
  memcpy (ret_value, at, sizeof *ret_value);
  *ret_value = GUINT16_FROM_BE (*ret_value);
  return TRUE;
}

static inline gboolean
kh_cursor_u32 (KhCursor *self, guint32 *ret_value)
{
  const guint8 *at;

  if (!kh_cursor_view (self, sizeof *ret_value, &at))
    return FALSE;
  memcpy (ret_value, at, sizeof *ret_value);
  *ret_value = GUINT32_FROM_BE (*ret_value);
  return TRUE;
}

static inline gboolean
kh_cursor_u64 (KhCursor *self, guint64 *ret_value)
{
  const guint8 *at;

  if (!kh_cursor_view (self, sizeof *ret_value, &at))
    return FALSE;
  memcpy (ret_value, at, sizeof *ret_value);
  *ret_value = GUINT64_FROM_BE (*ret_value);
  return TRUE;
}

/* The first byte's two top bits are log2 of the size. Most varints of a packet are short, so their
 * sizes have a line each rather than a loop. */
static inline gboolean
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

/* Copies @len bytes out. */
gboolean kh_cursor_copy (KhCursor *self, void *ret_bytes, gsize len);
gboolean kh_cursor_skip (KhCursor *self, gsize len);

/* --- writing ----------------------------------------------------------------------------- */

static inline KhWriter
kh_writer_init (void *data, gsize size)
{
  return (KhWriter){ .data = (guint8 *) data, .size = size };
}

static inline gsize
kh_writer_left (const KhWriter *self)
{
  return self->failed ? 0 : self->size - self->len;
}

/* (nullable): the next @len bytes, to be filled by the caller; NULL where they do not fit. */
static inline guint8 *
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

static inline gboolean
kh_writer_bytes (KhWriter *self, const void *bytes, gsize len)
{
  guint8 *at = kh_writer_reserve (self, len);

  /* Not at == NULL: a compiler takes that for a place that may be nowhere, and warns. */
  if (self->failed)
    return FALSE;

  if (len > 0)
    memcpy (at, bytes, len);
  return TRUE;
}

static inline gboolean
kh_writer_u8 (KhWriter *self, guint8 value)
{
  return kh_writer_bytes (self, &value, sizeof value);
}

static inline gboolean
kh_writer_u16 (KhWriter *self, guint16 value)
{
  value = GUINT16_TO_BE (value);
  return kh_writer_bytes (self, &value, sizeof value);
}

static inline gboolean
kh_writer_u32 (KhWriter *self, guint32 value)
{
  value = GUINT32_TO_BE (value);
  return kh_writer_bytes (self, &value, sizeof value);
}

static inline gboolean
kh_writer_u64 (KhWriter *self, guint64 value)
{
  value = GUINT64_TO_BE (value);
  return kh_writer_bytes (self, &value, sizeof value);
}

/* 1, 2, 4 or 8 */
static inline gsize
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

/* @value at most KH_VARINT_MAX; larger ones fail. The two top bits hold log2 of the size. */
static inline gboolean
kh_writer_varint (KhWriter *self, guint64 value)
{
  if (value < 1u << 6)
    return kh_writer_u8 (self, (guint8) value);
  if (value < 1u << 14)
    return kh_writer_u16 (self, (guint16) (value | 1 << 14));
  if (value < 1u << 30)
    return kh_writer_u32 (self, (guint32) value | 2u << 30);
  if (value <= KH_VARINT_MAX)
    return kh_writer_u64 (self, value | G_GUINT64_CONSTANT (3) << 62);
  self->failed = TRUE;
  return FALSE;
}

gboolean kh_writer_zeros (KhWriter *self, gsize len);
