/* stun.c: the codec of STUN Binding (RFC 8489, sections 5, 6 and 14; RFC 5780, 7; RFC 3489, 11)
 *
 * Owns nothing. Attributes are 16 bits of type, 16 of length, and a value padded to 4 bytes.
 */
#include "wire/stun.h"

#include <string.h>

#define MAGIC 0x2112a442
#define HEADER_SIZE 20
#define FINGERPRINT_SIZE 8
#define FINGERPRINT_XOR 0x5354554e
#define SOFTWARE "Knothole"
/* The number and a reason; RFC 3489 wants that padded to 4 bytes by spaces. */
#define UNKNOWN_ATTRIBUTE_CODE 0x0414
#define UNKNOWN_ATTRIBUTE_REASON "Unknown Attribute   "

enum
{
  BINDING_REQUEST = 0x0001,
  BINDING_SUCCESS = 0x0101,
  BINDING_ERROR = 0x0111,
};

enum
{
  MAPPED_ADDRESS = 0x0001,
  CHANGE_REQUEST = 0x0003,
  SOURCE_ADDRESS = 0x0004,  /* RFC 3489 */
  CHANGED_ADDRESS = 0x0005, /* RFC 3489 */
  USERNAME = 0x0006,
  MESSAGE_INTEGRITY = 0x0008,
  ERROR_CODE = 0x0009,
  UNKNOWN_ATTRIBUTES = 0x000a,
  REALM = 0x0014,
  NONCE = 0x0015,
  MESSAGE_INTEGRITY_SHA256 = 0x001c,
  USERHASH = 0x001e,
  XOR_MAPPED_ADDRESS = 0x0020,
  RESPONSE_PORT = 0x0027,
  FIRST_OPTIONAL = 0x8000, /* from here on, what is not understood is passed over */
  SOFTWARE_NAME = 0x8022,
  FINGERPRINT = 0x8028,
  RESPONSE_ORIGIN = 0x802b,
  OTHER_ADDRESS = 0x802c,
};

/* CRC-32 of ISO/IEC 13239, as FINGERPRINT has it: a bit at a time, for messages are short. */
static guint32
crc32 (const guint8 *data, gsize len)
{
  guint32 crc = 0xffffffff;

  for (gsize i = 0; i < len; i++)
    {
      crc ^= data[i];
      for (guint bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
  return ~crc;
}

gboolean
kh_stun_is (const guint8 *data, gsize len)
{
  return len >= HEADER_SIZE && data[0] <= 1;
}

static void
note_unknown (KhStunRequest *self, guint16 type)
{
  for (guint i = 0; i < self->n_unknown; i++)
    if (self->unknown[i] == type)
      return;
  if (self->n_unknown < KH_STUN_UNKNOWN_MAX)
    self->unknown[self->n_unknown++] = type;
}

/* @value is what follows the attribute's type and length; @data is the whole message. */
static void
read_attribute (KhCursor *value, guint16 type, const guint8 *data, gsize at, KhStunRequest *request)
{
  guint32 number = 0;

  switch (type)
    {
    case RESPONSE_PORT:
      kh_cursor_u16 (value, &request->response_port);
      break;
    case CHANGE_REQUEST:
      kh_cursor_u32 (value, &number);
      request->change = number & (KH_STUN_CHANGE_IP | KH_STUN_CHANGE_PORT);
      break;
    case FINGERPRINT:
      kh_cursor_u32 (value, &number);
      request->has_fingerprint = TRUE;
      if (number != (crc32 (data, at) ^ FINGERPRINT_XOR))
        value->failed = TRUE;
      break;
    case SOFTWARE_NAME:
      request->has_software = TRUE;
      break;
    case USERNAME:
    case MESSAGE_INTEGRITY:
    case MESSAGE_INTEGRITY_SHA256:
    case REALM:
    case NONCE:
    case USERHASH:
      break;
    default:
      if (type < FIRST_OPTIONAL)
        note_unknown (request, type);
    }
}

static gboolean
read_attributes (KhCursor *cursor, KhStunRequest *request)
{
  /* FINGERPRINT is the last attribute (RFC 8489, 14.7). */
  while (kh_cursor_left (cursor) > 0 && !request->has_fingerprint)
    {
      const guint8 *bytes;
      gsize at = cursor->at;
      guint16 type, len;
      KhCursor value;

      if (!kh_cursor_u16 (cursor, &type) || !kh_cursor_u16 (cursor, &len) ||
          !kh_cursor_view (cursor, len, &bytes) || !kh_cursor_skip (cursor, -len & 3u))
        return FALSE;
      value = kh_cursor_init (bytes, len);
      read_attribute (&value, type, cursor->data, at, request);
      if (value.failed)
        return FALSE;
    }
  return kh_cursor_is_done (cursor);
}

gboolean
kh_stun_request_read (const guint8 *data, gsize len, KhStunRequest *ret_request)
{
  KhCursor cursor = kh_cursor_init (data, len);
  KhStunRequest request = { 0 };
  guint16 type = 0, size = 0;
  guint32 magic = 0;

  kh_cursor_u16 (&cursor, &type);
  kh_cursor_u16 (&cursor, &size);
  if (!kh_cursor_copy (&cursor, request.id, sizeof request.id) || type != BINDING_REQUEST ||
      size != kh_cursor_left (&cursor))
    return FALSE;
  for (guint i = 0; i < 4; i++)
    magic = magic << 8 | request.id[i];
  request.is_classic = magic != MAGIC;
  if (!read_attributes (&cursor, &request))
    return FALSE;

  *ret_request = request;
  return TRUE;
}

void
kh_stun_request_refuse_change (KhStunRequest *self)
{
  note_unknown (self, CHANGE_REQUEST);
}

/* @mask (nullable): the transaction that XOR-MAPPED-ADDRESS is xored with; no NAT that rewrites
 * addresses in payloads finds one then. */
static void
write_address (KhWriter *writer, guint16 type, const KhAddr *addr, const guint8 *mask)
{
  static const guint8 plain[KH_STUN_ID_SIZE] = { 0 };
  gsize len = addr->family == KH_FAMILY_IPV6 ? 16 : 4;

  if (addr->family == KH_FAMILY_NONE)
    return;
  mask = mask != NULL ? mask : plain;
  kh_writer_u16 (writer, type);
  kh_writer_u16 (writer, (guint16) (4 + len));
  kh_writer_u16 (writer, addr->family == KH_FAMILY_IPV6 ? 2 : 1);
  kh_writer_u16 (writer, addr->port ^ (guint16) (mask[0] << 8 | mask[1]));
  for (gsize i = 0; i < len; i++)
    kh_writer_u8 (writer, addr->ip[i] ^ mask[i]);
}

/* @len is a multiple of 4. */
static void
write_text (KhWriter *writer, guint16 type, const void *text, gsize len)
{
  kh_writer_u16 (writer, type);
  kh_writer_u16 (writer, (guint16) len);
  kh_writer_bytes (writer, text, len);
}

static void
write_refusal (KhWriter *writer, const KhStunRequest *request)
{
  guint n = request->n_unknown;

  kh_writer_u16 (writer, ERROR_CODE);
  kh_writer_u16 (writer, 4 + strlen (UNKNOWN_ATTRIBUTE_REASON));
  kh_writer_u32 (writer, UNKNOWN_ATTRIBUTE_CODE);
  kh_writer_bytes (writer, UNKNOWN_ATTRIBUTE_REASON, strlen (UNKNOWN_ATTRIBUTE_REASON));
  /* RFC 3489 has no padding: an odd one is said twice, which all may read. */
  kh_writer_u16 (writer, UNKNOWN_ATTRIBUTES);
  kh_writer_u16 (writer, (guint16) (2 * (n + n % 2)));
  for (guint i = 0; i < n + n % 2; i++)
    kh_writer_u16 (writer, request->unknown[MIN (i, n - 1)]);
}

static void
write_addresses (KhWriter *writer, const KhStunRequest *request, const KhStunAnswer *self)
{
  if (request->is_classic)
    {
      write_address (writer, MAPPED_ADDRESS, &self->mapped, NULL);
      write_address (writer, SOURCE_ADDRESS, &self->origin, NULL);
      write_address (writer, CHANGED_ADDRESS, &self->other, NULL);
      return;
    }
  write_address (writer, XOR_MAPPED_ADDRESS, &self->mapped, request->id);
  write_address (writer, RESPONSE_ORIGIN, &self->origin, NULL);
  write_address (writer, OTHER_ADDRESS, &self->other, NULL);
}

static void
set_length (KhWriter *writer, gsize start, gsize to_come)
{
  gsize len = writer->len - start - HEADER_SIZE + to_come;

  writer->data[start + 2] = (guint8) (len >> 8);
  writer->data[start + 3] = (guint8) len;
}

gboolean
kh_stun_answer_write (KhWriter *writer, const KhStunRequest *request, const KhStunAnswer *self)
{
  gsize start = writer->len;

  kh_writer_u16 (writer, request->n_unknown > 0 ? BINDING_ERROR : BINDING_SUCCESS);
  kh_writer_u16 (writer, 0);
  kh_writer_bytes (writer, request->id, sizeof request->id);
  if (request->n_unknown > 0)
    write_refusal (writer, request);
  else
    write_addresses (writer, request, self);
  if (request->has_software)
    write_text (writer, SOFTWARE_NAME, SOFTWARE, strlen (SOFTWARE));
  if (writer->failed)
    return FALSE;

  set_length (writer, start, request->has_fingerprint ? FINGERPRINT_SIZE : 0);
  if (request->has_fingerprint)
    {
      guint32 crc = crc32 (writer->data + start, writer->len - start);

      kh_writer_u16 (writer, FINGERPRINT);
      kh_writer_u16 (writer, 4);
      kh_writer_u32 (writer, crc ^ FINGERPRINT_XOR);
    }
  return !writer->failed;
}
