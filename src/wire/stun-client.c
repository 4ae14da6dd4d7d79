/* stun-client.c: see stun-client.h (RFC 8489, section 5; RFC 5780, section 7.2) */
#include "wire/stun-client.h"

#include <string.h>

#define MAGIC 0x2112A442
#define BINDING_REQUEST 0x0001
#define BINDING_SUCCESS 0x0101
#define BINDING_ERROR 0x0111
#define CHANGE_REQUEST 0x0003
#define RESPONSE_PORT 0x0027
/* Of those that may be passed over, one that nobody has registered. */
#define FILLER 0xfffe
#define HEADER_SIZE 20
#define ATTRIBUTE_SIZE 4

/* With one attribute of 4 bytes, and filled up. */
static gboolean
write_request (KhWriter *writer, guint8 id[KH_STUN_ID_SIZE], guint16 type, guint32 value)
{
  KhWriter magic = kh_writer_init (id, KH_STUN_ID_SIZE);

  kh_writer_u32 (&magic, MAGIC);
  kh_writer_u16 (writer, BINDING_REQUEST);
  kh_writer_u16 (writer, KH_STUN_REQUEST_SIZE - HEADER_SIZE);
  kh_writer_bytes (writer, id, KH_STUN_ID_SIZE);
  kh_writer_u16 (writer, type);
  kh_writer_u16 (writer, 4);
  kh_writer_u32 (writer, value);
  kh_writer_u16 (writer, FILLER);
  kh_writer_u16 (writer, KH_STUN_REQUEST_SIZE - HEADER_SIZE - 3 * ATTRIBUTE_SIZE);
  return kh_writer_zeros (writer, KH_STUN_REQUEST_SIZE - HEADER_SIZE - 3 * ATTRIBUTE_SIZE);
}

gboolean
kh_stun_request_write (KhWriter *writer, guint8 id[KH_STUN_ID_SIZE], KhStunChange change)
{
  return write_request (writer, id, CHANGE_REQUEST, change);
}

gboolean
kh_stun_request_write_to_port (KhWriter *writer, guint8 id[KH_STUN_ID_SIZE], guint16 port)
{
  return write_request (writer, id, RESPONSE_PORT, (guint32) port << 16);
}

gboolean
kh_stun_answer_read (const guint8 *data,
                     gsize len,
                     const guint8 id[KH_STUN_ID_SIZE],
                     gboolean *ret_success)
{
  KhCursor cursor = kh_cursor_init (data, len);
  guint16 type;
  guint16 body_len;
  const guint8 *seen_id;

  if (!kh_cursor_u16 (&cursor, &type) || !kh_cursor_u16 (&cursor, &body_len) ||
      !kh_cursor_view (&cursor, KH_STUN_ID_SIZE, &seen_id) ||
      body_len != kh_cursor_left (&cursor) || (type != BINDING_SUCCESS && type != BINDING_ERROR) ||
      memcmp (seen_id, id, KH_STUN_ID_SIZE) != 0)
    return FALSE;
  *ret_success = type == BINDING_SUCCESS;
  return TRUE;
}
