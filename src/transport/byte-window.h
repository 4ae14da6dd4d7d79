/* byte-window.h: the part of a stream that is in memory
 *
 * A window over the bytes of a stream, addressed by their offset in the stream. Its start moves
 * forward as bytes are done with. Memory is in blocks: those that bytes were put into, a few that
 * were done with and wait to be used again, and none when the window is empty. Who feeds it from
 * the network bounds it.
 */
#pragma once

#include <glib.h>

/* Bytes of a block: a dozen packets, so that neither its allocation nor its edge is felt, and below
 * what malloc() takes from the system one by one. A power of two. */
#define KH_BYTE_WINDOW_BLOCK 16384
/* Blocks that wait at most: what one ACK of a fast sender is done with. Given back to the system,
 * their pages would be asked for again at once. */
#define KH_BYTE_WINDOW_SPARE 32

/* A value to be embedded. */
typedef struct
{
  guint8 **slots; /* a ring; the block of the byte at offset o is at o / BLOCK modulo n_slots */
  guint n_slots;  /* 0 or a power of two */
  guint n_blocks; /* in use */
  guint n_spare;
  gpointer spare; /* the first of them, whose beginning is the address of the next */
  guint64 start;
  guint64 end; /* behind the highest byte that was put */
} KhByteWindow;

void kh_byte_window_init (KhByteWindow *self);
void kh_byte_window_clear (KhByteWindow *self);

/* How many more blocks it takes to store @len bytes at @offset, at or behind the start. */
guint kh_byte_window_cost (const KhByteWindow *self, guint64 offset, gsize len);
/* Stores bytes at @offset. What lies before the start is ignored. Gaps may be left, their content
 * is undefined. */
void kh_byte_window_put (KhByteWindow *self, guint64 offset, const guint8 *data, gsize len);
/* Puts bytes behind the end without their content, as many of @len as lie in one piece, at least
 * one: it is for the caller to fill in, before anything else happens to the window. Until then it
 * is zeros, or what was in the window before. */
guint8 *kh_byte_window_extend (KhByteWindow *self, gsize len, gsize *ret_len);
/* Copies bytes out; all must lie between start and end and have been put. */
void kh_byte_window_get (const KhByteWindow *self, guint64 offset, guint8 *ret_data, gsize len);
/* (transfer none): the bytes at @offset, which must have been put, and how many of the @len that
 * the caller knows of lie in one piece. Valid until the start moves. */
const guint8 *
kh_byte_window_peek (const KhByteWindow *self, guint64 offset, gsize len, gsize *ret_len);
/* Moves the start forward to @offset, which may be behind the end. */
void kh_byte_window_advance (KhByteWindow *self, guint64 offset);
