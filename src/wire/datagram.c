/* datagram.c: the codecs of the outer layer (PROTOCOL.md, "Datagrams")
 *
 * Owns nothing. Each reader fills a local and commits it at the end.
 */
#include "wire/datagram.h"

/* The longest HELLO-ACK must not exceed the shortest HELLO. */
G_STATIC_ASSERT (1 + 2 + KH_NONCE_SIZE + KH_KEY_SIZE + KH_COOKIE_SIZE + KH_ADDR_ENCODED_MAX + 2 <=
                 KH_HELLO_SIZE);

gboolean
kh_datagram_type (const guint8 *data, gsize len, KhDatagramType *ret_type)
{
  if (len == 0 || data[0] < KH_DATAGRAM_HELLO || data[0] > KH_DATAGRAM_SEALED)
    return FALSE;
  *ret_type = data[0];
  return TRUE;
}

static KhCursor
begin (const guint8 *data, gsize len, KhDatagramType type)
{
  KhCursor cursor = kh_cursor_init (data, len);
  guint8 first;

  if (kh_cursor_u8 (&cursor, &first) && first != type)
    cursor.failed = TRUE;
  return cursor;
}

gboolean
kh_hello_read (const guint8 *data, gsize len, KhHello *ret_hello)
{
  KhCursor cursor = begin (data, len, KH_DATAGRAM_HELLO);
  KhHello hello;

  kh_cursor_u8 (&cursor, &hello.version);
  kh_cursor_copy (&cursor, hello.nonce, sizeof hello.nonce);
  if (cursor.failed || len < KH_HELLO_SIZE)
    return FALSE;

  *ret_hello = hello;
  return TRUE;
}

gboolean
kh_hello_write (KhWriter *writer, const KhHello *self)
{
  gsize start = writer->len;

  kh_writer_u8 (writer, KH_DATAGRAM_HELLO);
  kh_writer_u8 (writer, self->version);
  kh_writer_bytes (writer, self->nonce, sizeof self->nonce);
  if (!writer->failed)
    kh_writer_zeros (writer, KH_HELLO_SIZE - (writer->len - start));
  return !writer->failed;
}

gboolean
kh_hello_ack_read (const guint8 *data, gsize len, KhHelloAck *ret_ack)
{
  KhCursor cursor = begin (data, len, KH_DATAGRAM_HELLO_ACK);
  KhHelloAck ack;

  kh_cursor_u8 (&cursor, &ack.version_min);
  kh_cursor_u8 (&cursor, &ack.version_max);
  kh_cursor_copy (&cursor, ack.nonce, sizeof ack.nonce);
  kh_cursor_copy (&cursor, ack.server_key.bytes, KH_KEY_SIZE);
  kh_cursor_copy (&cursor, ack.cookie, sizeof ack.cookie);
  kh_addr_read (&cursor, &ack.seen);
  kh_cursor_u16 (&cursor, &ack.second_port);
  if (!kh_cursor_is_done (&cursor))
    return FALSE;

  *ret_ack = ack;
  return TRUE;
}

gboolean
kh_hello_ack_write (KhWriter *writer, const KhHelloAck *self)
{
  kh_writer_u8 (writer, KH_DATAGRAM_HELLO_ACK);
  kh_writer_u8 (writer, self->version_min);
  kh_writer_u8 (writer, self->version_max);
  kh_writer_bytes (writer, self->nonce, sizeof self->nonce);
  kh_writer_bytes (writer, self->server_key.bytes, KH_KEY_SIZE);
  kh_writer_bytes (writer, self->cookie, sizeof self->cookie);
  kh_addr_write (writer, &self->seen);
  kh_writer_u16 (writer, self->second_port);
  return !writer->failed;
}

gboolean
kh_init_read (const guint8 *data, gsize len, KhInit *ret_init)
{
  KhCursor cursor = begin (data, len, KH_DATAGRAM_INIT);
  KhInit init;

  kh_cursor_u32 (&cursor, &init.sender);
  kh_cursor_copy (&cursor, init.cookie, sizeof init.cookie);
  init.noise_len = kh_cursor_left (&cursor);
  kh_cursor_view (&cursor, init.noise_len, &init.noise);
  if (cursor.failed || init.noise_len == 0)
    return FALSE;

  *ret_init = init;
  return TRUE;
}

gboolean
kh_init_write (KhWriter *writer, const KhInit *self)
{
  kh_writer_u8 (writer, KH_DATAGRAM_INIT);
  kh_writer_u32 (writer, self->sender);
  kh_writer_bytes (writer, self->cookie, sizeof self->cookie);
  kh_writer_bytes (writer, self->noise, self->noise_len);
  return !writer->failed;
}

gboolean
kh_resp_read (const guint8 *data, gsize len, KhResp *ret_resp)
{
  KhCursor cursor = begin (data, len, KH_DATAGRAM_RESP);
  KhResp resp;

  kh_cursor_u32 (&cursor, &resp.sender);
  kh_cursor_u32 (&cursor, &resp.receiver);
  resp.noise_len = kh_cursor_left (&cursor);
  kh_cursor_view (&cursor, resp.noise_len, &resp.noise);
  if (cursor.failed || resp.noise_len == 0)
    return FALSE;

  *ret_resp = resp;
  return TRUE;
}

gboolean
kh_resp_write (KhWriter *writer, const KhResp *self)
{
  kh_writer_u8 (writer, KH_DATAGRAM_RESP);
  kh_writer_u32 (writer, self->sender);
  kh_writer_u32 (writer, self->receiver);
  kh_writer_bytes (writer, self->noise, self->noise_len);
  return !writer->failed;
}

gboolean
kh_sealed_read (const guint8 *data, gsize len, KhSealed *ret_sealed)
{
  KhCursor cursor = begin (data, len, KH_DATAGRAM_SEALED);
  KhSealed sealed;

  kh_cursor_u8 (&cursor, &sealed.epoch);
  kh_cursor_u32 (&cursor, &sealed.receiver);
  kh_cursor_u64 (&cursor, &sealed.packet_number);
  if (cursor.failed || kh_cursor_left (&cursor) < KH_AEAD_TAG_SIZE)
    return FALSE;

  *ret_sealed = sealed;
  return TRUE;
}

gboolean
kh_sealed_write (KhWriter *writer, const KhSealed *self)
{
  kh_writer_u8 (writer, KH_DATAGRAM_SEALED);
  kh_writer_u8 (writer, self->epoch);
  kh_writer_u32 (writer, self->receiver);
  kh_writer_u64 (writer, self->packet_number);
  return !writer->failed;
}
