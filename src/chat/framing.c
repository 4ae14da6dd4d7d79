/* framing.c: cuts stream 0 into messages, as framing.h lays it down
 *
 * The reader's memory follows what has arrived and not what a length claims: a peer who announces
 * 128 KiB and sends one byte costs one byte.
 */
#include "chat/framing.h"

#include "chat/message.h"

typedef enum
{
  READER_HEADER,
  READER_BODY,
  READER_READY,
  READER_FAILED,
} ReaderState;

struct _KhFramingReader
{
  ReaderState state;
  guint8 header[KH_FRAMING_HEADER_SIZE];
  gsize header_len;
  gsize body_len;
  GByteArray *body;
};

KhFramingReader *
kh_framing_reader_new (void)
{
  KhFramingReader *self = g_new0 (KhFramingReader, 1);

  self->body = g_byte_array_new ();
  return self;
}

void
kh_framing_reader_free (KhFramingReader *self)
{
  if (self == NULL)
    return;
  g_byte_array_unref (self->body);
  g_free (self);
}

static gsize
take_header (KhFramingReader *self, const guint8 *data, gsize len)
{
  gsize n = MIN (len, sizeof self->header - self->header_len);

  memcpy (self->header + self->header_len, data, n);
  self->header_len += n;
  if (self->header_len < sizeof self->header)
    return n;

  self->body_len = (gsize) self->header[0] << 24 | (gsize) self->header[1] << 16 |
                   (gsize) self->header[2] << 8 | self->header[3];
  if (self->body_len == 0 || self->body_len > KH_MESSAGE_SIZE_MAX)
    self->state = READER_FAILED;
  else
    self->state = READER_BODY;
  return n;
}

static gsize
take_body (KhFramingReader *self, const guint8 *data, gsize len)
{
  gsize n = MIN (len, self->body_len - self->body->len);

  g_byte_array_append (self->body, data, (guint) n);
  if (self->body->len == self->body_len)
    self->state = READER_READY;
  return n;
}

gsize
kh_framing_reader_push (KhFramingReader *self, const guint8 *data, gsize len)
{
  gsize taken = 0;

  while (taken < len)
    switch (self->state)
      {
      case READER_HEADER:
        taken += take_header (self, data + taken, len - taken);
        break;
      case READER_BODY:
        taken += take_body (self, data + taken, len - taken);
        break;
      case READER_READY:
      case READER_FAILED:
        return taken;
      default:
        g_assert_not_reached ();
      }
  return taken;
}

GBytes *
kh_framing_reader_pop (KhFramingReader *self)
{
  GBytes *message;

  if (self->state != READER_READY)
    return NULL;
  message = g_byte_array_free_to_bytes (self->body);
  self->body = g_byte_array_new ();
  self->header_len = 0;
  self->state = READER_HEADER;
  return message;
}

gboolean
kh_framing_reader_is_failed (const KhFramingReader *self)
{
  return self->state == READER_FAILED;
}

gboolean
kh_framing_reader_is_partial (const KhFramingReader *self)
{
  return self->state == READER_BODY || (self->state == READER_HEADER && self->header_len > 0);
}

GBytes *
kh_framing_wrap (GBytes *message)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (message, &len);
  guint8 *framed;

  g_return_val_if_fail (len > 0 && len <= KH_MESSAGE_SIZE_MAX, NULL);

  framed = g_malloc (KH_FRAMING_HEADER_SIZE + len);
  framed[0] = (guint8) (len >> 24);
  framed[1] = (guint8) (len >> 16);
  framed[2] = (guint8) (len >> 8);
  framed[3] = (guint8) len;
  memcpy (framed + KH_FRAMING_HEADER_SIZE, data, len);
  return g_bytes_new_take (framed, KH_FRAMING_HEADER_SIZE + len);
}
