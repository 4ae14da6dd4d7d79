/* cursor.c: what of the bounded reader and writer is not inline
 *
 * Owns nothing.
 */
#include "wire/cursor.h"

gboolean
kh_cursor_is_done (const KhCursor *self)
{
  return !self->failed && self->at == self->len;
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

gboolean
kh_writer_zeros (KhWriter *self, gsize len)
{
  guint8 *at = kh_writer_reserve (self, len);

  if (at == NULL)
    return FALSE;

  memset (at, 0, len);
  return TRUE;
}
