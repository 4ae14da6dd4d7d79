/* cursor.h: the one bounded reader and the one bounded writer that every codec uses
 *
 * Both are plain values on the stack over memory that they borrow. A read or a write that does not
 * fit fails, moves nothing and makes every later one fail too, so that a codec may check once at
 * its end. Integers are big-endian; "varint" is that of RFC 9000, section 16.
 */
#pragma once

#include <glib.h>

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

KhCursor kh_cursor_init (const void *data, gsize len);
static inline gsize
kh_cursor_left (const KhCursor *self)
{
  return self->failed ? 0 : self->len - self->at;
}

/* Did everything fit so far, and is nothing left? */
gboolean kh_cursor_is_done (const KhCursor *self);

gboolean kh_cursor_u8 (KhCursor *self, guint8 *ret_value);
gboolean kh_cursor_u16 (KhCursor *self, guint16 *ret_value);
gboolean kh_cursor_u32 (KhCursor *self, guint32 *ret_value);
gboolean kh_cursor_u64 (KhCursor *self, guint64 *ret_value);
gboolean kh_cursor_varint (KhCursor *self, guint64 *ret_value);
/* Copies @len bytes out. */
gboolean kh_cursor_copy (KhCursor *self, void *ret_bytes, gsize len);
/* (transfer none): points into the cursor's memory. */
gboolean kh_cursor_view (KhCursor *self, gsize len, const guint8 **ret_bytes);
gboolean kh_cursor_skip (KhCursor *self, gsize len);

KhWriter kh_writer_init (void *data, gsize size);
static inline gsize
kh_writer_left (const KhWriter *self)
{
  return self->failed ? 0 : self->size - self->len;
}

gboolean kh_writer_u8 (KhWriter *self, guint8 value);
gboolean kh_writer_u16 (KhWriter *self, guint16 value);
gboolean kh_writer_u32 (KhWriter *self, guint32 value);
gboolean kh_writer_u64 (KhWriter *self, guint64 value);
/* @value at most KH_VARINT_MAX; larger ones fail. */
gboolean kh_writer_varint (KhWriter *self, guint64 value);
gboolean kh_writer_bytes (KhWriter *self, const void *bytes, gsize len);
gboolean kh_writer_zeros (KhWriter *self, gsize len);
/* (nullable): the next @len bytes, to be filled by the caller; NULL where they do not fit. */
guint8 *kh_writer_reserve (KhWriter *self, gsize len);

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
