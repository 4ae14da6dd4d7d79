/* byte-window.h: the part of a stream that is in memory
 *
 * A window over the bytes of a stream, addressed by their offset in the stream. Its start moves
 * forward as bytes are done with. Memory grows with what is put in and never beyond the bound; an
 * empty window holds none.
 */
#pragma once

#include <glib.h>

/* A value to be embedded. */
typedef struct
{
  guint8 *data; /* a ring; the byte at offset o is at o modulo size */
  gsize size;   /* 0 or a power of two */
  gsize max;    /* the bound, a power of two */
  guint64 start;
  guint64 end; /* behind the highest byte that was put */
} KhByteWindow;

/* @max must be a power of two. */
void kh_byte_window_init (KhByteWindow *self, gsize max);
void kh_byte_window_clear (KhByteWindow *self);

/* Stores bytes at @offset; all must lie within @max bytes from the start. What lies before the
 * start is ignored. Gaps may be left, their content is undefined. */
void kh_byte_window_put (KhByteWindow *self, guint64 offset, const guint8 *data, gsize len);
/* Copies bytes out; all must lie between start and end. */
void kh_byte_window_get (const KhByteWindow *self, guint64 offset, guint8 *ret_data, gsize len);
/* Moves the start forward to @offset, which may be behind the end. */
void kh_byte_window_advance (KhByteWindow *self, guint64 offset);
