/* port-map-wire.c: what a client of PCP and NAT-PMP writes and reads
 *
 * Owns nothing. RFC 6887, sections 7, 11 and 14; RFC 6886, sections 3.2 to 3.5. Options of PCP are
 * passed over: none is asked for, and a response carries only what the request asked.
 */
#include "path/port-map-wire.h"

#include <string.h>

#define PCP_VERSION 2
#define NAT_PMP_VERSION 0
#define RESPONSE 0x80
#define PROTOCOL_UDP 17
#define PCP_HEADER_SIZE 24

/* PCP has one form of address: IPv4 is ::ffff:a.b.c.d (RFC 6887, 5). */
static void
write_pcp_ip (KhWriter *writer, const KhAddr *addr)
{
  if (addr->family == KH_FAMILY_IPV4)
    {
      kh_writer_zeros (writer, 10);
      kh_writer_u16 (writer, 0xffff);
      kh_writer_bytes (writer, addr->ip, 4);
    }
  else
    kh_writer_bytes (writer, addr->ip, 16);
}

gboolean
kh_port_map_wire_write_pcp (KhWriter *writer, const KhPcpRequest *request)
{
  kh_writer_u8 (writer, PCP_VERSION);
  kh_writer_u8 (writer, KH_PCP_MAP);
  kh_writer_zeros (writer, 2);
  kh_writer_u32 (writer, request->lifetime_s);
  write_pcp_ip (writer, &request->internal);
  kh_writer_bytes (writer, request->nonce, KH_PCP_NONCE_SIZE);
  kh_writer_u8 (writer, PROTOCOL_UDP);
  kh_writer_zeros (writer, 3);
  kh_writer_u16 (writer, request->internal.port);
  kh_writer_u16 (writer, request->external.port);
  write_pcp_ip (writer, &request->external);
  return !writer->failed;
}

static gboolean
read_pcp_map (KhCursor *cursor, KhPcpAnswer *answer)
{
  guint8 protocol;
  KhAddr external = { .family = KH_FAMILY_IPV6 };

  if (!kh_cursor_copy (cursor, answer->nonce, KH_PCP_NONCE_SIZE) ||
      !kh_cursor_u8 (cursor, &protocol) || !kh_cursor_skip (cursor, 3) ||
      !kh_cursor_u16 (cursor, &answer->internal_port) || !kh_cursor_u16 (cursor, &external.port) ||
      !kh_cursor_copy (cursor, external.ip, 16))
    return FALSE;
  answer->is_udp = protocol == PROTOCOL_UDP;
  answer->external = kh_addr_normalise (&external);
  return TRUE;
}

gboolean
kh_port_map_wire_read_pcp (const guint8 *data, gsize len, KhPcpAnswer *ret_answer)
{
  KhCursor cursor = kh_cursor_init (data, len);
  KhPcpAnswer answer = { 0 };
  guint8 opcode;

  if (len < PCP_HEADER_SIZE || len > KH_PCP_SIZE_MAX || len % 4 != 0 ||
      !kh_cursor_u8 (&cursor, &answer.version) || !kh_cursor_u8 (&cursor, &opcode) ||
      !(opcode & RESPONSE) || !kh_cursor_skip (&cursor, 1) ||
      !kh_cursor_u8 (&cursor, &answer.result))
    return FALSE;
  answer.opcode = opcode & (RESPONSE - 1);
  if (answer.version != PCP_VERSION)
    {
      if (answer.version == NAT_PMP_VERSION || answer.result != KH_PCP_UNSUPP_VERSION)
        return FALSE;
      *ret_answer = answer;
      return TRUE;
    }
  if (!kh_cursor_u32 (&cursor, &answer.lifetime_s) || !kh_cursor_u32 (&cursor, &answer.epoch_s) ||
      !kh_cursor_skip (&cursor, 12))
    return FALSE;
  if (answer.opcode == KH_PCP_MAP ? !read_pcp_map (&cursor, &answer)
                                  : answer.opcode != KH_PCP_ANNOUNCE)
    return FALSE;
  *ret_answer = answer;
  return TRUE;
}

gboolean
kh_port_map_wire_write_nat_pmp_address (KhWriter *writer)
{
  kh_writer_u8 (writer, NAT_PMP_VERSION);
  return kh_writer_u8 (writer, KH_NAT_PMP_ADDRESS);
}

gboolean
kh_port_map_wire_write_nat_pmp_map (KhWriter *writer,
                                    guint16 internal_port,
                                    guint16 external_port,
                                    guint32 lifetime_s)
{
  kh_writer_u8 (writer, NAT_PMP_VERSION);
  kh_writer_u8 (writer, KH_NAT_PMP_MAP_UDP);
  kh_writer_zeros (writer, 2);
  kh_writer_u16 (writer, internal_port);
  kh_writer_u16 (writer, external_port);
  return kh_writer_u32 (writer, lifetime_s);
}

static gboolean
read_nat_pmp_body (KhCursor *cursor, KhNatPmpAnswer *answer)
{
  if (answer->opcode == KH_NAT_PMP_ADDRESS)
    {
      answer->external.family = KH_FAMILY_IPV4;
      return kh_cursor_copy (cursor, answer->external.ip, 4);
    }
  return kh_cursor_u16 (cursor, &answer->internal_port) &&
         kh_cursor_u16 (cursor, &answer->external_port) &&
         kh_cursor_u32 (cursor, &answer->lifetime_s);
}

gboolean
kh_port_map_wire_read_nat_pmp (const guint8 *data, gsize len, KhNatPmpAnswer *ret_answer)
{
  KhCursor cursor = kh_cursor_init (data, len);
  KhNatPmpAnswer answer = { 0 };
  guint8 version, opcode;

  if (!kh_cursor_u8 (&cursor, &version) || version != NAT_PMP_VERSION ||
      !kh_cursor_u8 (&cursor, &opcode) || !(opcode & RESPONSE) ||
      !kh_cursor_u16 (&cursor, &answer.result) || !kh_cursor_u32 (&cursor, &answer.epoch_s))
    return FALSE;
  answer.opcode = opcode & (RESPONSE - 1);
  if (answer.opcode != KH_NAT_PMP_ADDRESS && answer.opcode != KH_NAT_PMP_MAP_UDP)
    return FALSE;
  if (answer.result == KH_NAT_PMP_SUCCESS && !read_nat_pmp_body (&cursor, &answer))
    return FALSE;
  *ret_answer = answer;
  return TRUE;
}
