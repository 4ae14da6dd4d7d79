/* byte-window.c: a ring of blocks addressed by stream offset
 *
 * Owns the blocks and the ring. A ring of bytes that doubles would copy megabytes when it grows and
 * hold up to twice what is in it; here only pointers are copied.
 */
#include "transport/byte-window.h"

#include <string.h>

#define BLOCK KH_BYTE_WINDOW_BLOCK
#define FIRST_SLOTS 4

void
kh_byte_window_init (KhByteWindow *self)
{
  *self = (KhByteWindow){ 0 };
}

static guint8 **
slot_of (const KhByteWindow *self, guint64 offset)
{
  return &self->slots[offset / BLOCK & (self->n_slots - 1)];
}

static void
free_block (KhByteWindow *self, guint64 offset)
{
  guint8 **slot = slot_of (self, offset);

  if (*slot == NULL)
    return;
  self->n_blocks--;
  if (self->n_spare < KH_BYTE_WINDOW_SPARE)
    {
      memcpy (*slot, &self->spare, sizeof self->spare);
      self->spare = *slot;
      self->n_spare++;
      *slot = NULL;
    }
  else
    g_clear_pointer (slot, g_free);
}

/* (nullable) */
static guint8 *
take_spare (KhByteWindow *self)
{
  guint8 *block = self->spare;

  if (block == NULL)
    return NULL;
  memcpy (&self->spare, block, sizeof self->spare);
  self->n_spare--;
  return block;
}

/* Blocks from the one of @start to the one before that of @end */
static void
free_blocks (KhByteWindow *self, guint64 start, guint64 end)
{
  for (guint64 i = start / BLOCK; i < end / BLOCK; i++)
    free_block (self, i * BLOCK);
}

void
kh_byte_window_clear (KhByteWindow *self)
{
  if (self->slots == NULL)
    return;
  free_blocks (self, self->start, self->end + BLOCK - 1);
  while (self->spare != NULL)
    g_free (take_spare (self));
  g_clear_pointer (&self->slots, g_free);
  self->n_slots = 0;
}

guint
kh_byte_window_cost (const KhByteWindow *self, guint64 offset, gsize len)
{
  guint64 end = offset + len;
  guint cost = 0;

  for (guint64 i = offset / BLOCK; i * BLOCK < end; i++)
    {
      /* Outside what is in use a slot belongs to another block. */
      gboolean is_inside = self->slots != NULL && i * BLOCK < self->end && i >= self->start / BLOCK;

      if (!is_inside || *slot_of (self, i * BLOCK) == NULL)
        cost++;
    }
  return cost;
}

static void
grow (KhByteWindow *self, guint64 end)
{
  guint64 needed = (end - 1) / BLOCK - self->start / BLOCK + 1;
  guint n_slots = MAX (self->n_slots, FIRST_SLOTS);
  KhByteWindow grown = *self;

  if (needed <= self->n_slots)
    return;

  while (n_slots < needed)
    n_slots *= 2;
  grown.slots = g_new0 (guint8 *, n_slots);
  grown.n_slots = n_slots;
  for (guint64 i = self->start / BLOCK; self->slots != NULL && i * BLOCK < self->end; i++)
    *slot_of (&grown, i * BLOCK) = *slot_of (self, i * BLOCK);
  g_free (self->slots);
  *self = grown;
}

static guint8 *
block_at (KhByteWindow *self, guint64 offset)
{
  guint8 **slot = slot_of (self, offset);

  if (*slot == NULL)
    {
      *slot = self->spare != NULL ? take_spare (self) : g_malloc (BLOCK);
      self->n_blocks++;
    }
  return *slot;
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
      offset = self->start;
    }

  grow (self, end);
  self->end = MAX (self->end, end);
  while (offset < end)
    {
      gsize at = offset & (BLOCK - 1);
      gsize piece = MIN (end - offset, BLOCK - at);

      memcpy (block_at (self, offset) + at, data, piece);
      data += piece;
      offset += piece;
    }
}

guint8 *
kh_byte_window_extend (KhByteWindow *self, gsize len, gsize *ret_len)
{
  guint64 offset = self->end;
  gsize at = offset & (BLOCK - 1);
  guint8 **slot;

  g_return_val_if_fail (len > 0, NULL);

  *ret_len = MIN (len, BLOCK - at);
  grow (self, offset + *ret_len);
  slot = slot_of (self, offset);
  /* Whoever forgets to fill it in must not tell what else the memory was used for. */
  if (*slot == NULL)
    {
      *slot = self->spare != NULL ? take_spare (self) : g_malloc0 (BLOCK);
      memset (*slot, 0, sizeof self->spare);
      self->n_blocks++;
    }
  self->end = offset + *ret_len;
  return *slot + at;
}

const guint8 *
kh_byte_window_peek (const KhByteWindow *self, guint64 offset, gsize len, gsize *ret_len)
{
  gsize at = offset & (BLOCK - 1);

  *ret_len = MIN (len, BLOCK - at);
  return len > 0 ? *slot_of (self, offset) + at : NULL;
}

void
kh_byte_window_get (const KhByteWindow *self, guint64 offset, guint8 *ret_data, gsize len)
{
  g_return_if_fail (len == 0 || (offset >= self->start && offset + len <= self->end));

  while (len > 0)
    {
      gsize piece;
      const guint8 *data = kh_byte_window_peek (self, offset, len, &piece);

      memcpy (ret_data, data, piece);
      ret_data += piece;
      offset += piece;
      len -= piece;
    }
}

void
kh_byte_window_advance (KhByteWindow *self, guint64 offset)
{
  if (offset <= self->start)
    return;
  if (offset >= self->end)
    {
      kh_byte_window_clear (self);
      self->start = self->end = offset;
      return;
    }
  free_blocks (self, self->start, offset);
  self->start = offset;
}
