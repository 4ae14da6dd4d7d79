/* packet.c: an IP packet, as much of it as a NAT reads and changes
 *
 * Checksums are updated, not made anew (RFC 1624), so that one that was wrong stays wrong; those
 * of ICMP's errors alone are made anew, because what they cover changes in many places. RFC 791,
 * 792, 8200, 4443.
 */
#include "packet.h"

#include <string.h>

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define ICMP_HEADER 8
#define HOPS 64
/* RFC 792 asks for 8 bytes behind the header, RFC 1812 for as much as fits into 576. */
#define QUOTED_MAX 548

enum
{
  ICMP_ECHO_REPLY = 0,
  ICMP_UNREACHABLE = 3,
  ICMP_ECHO = 8,
  ICMP_TIME_EXCEEDED = 11,
  ICMP_PARAMETER = 12,
  ICMPV6_UNREACHABLE = 1,
  ICMPV6_TIME_EXCEEDED = 3,
  ICMPV6_PARAMETER = 4,
  ICMPV6_ECHO = 128,
  ICMPV6_ECHO_REPLY = 129,
};

static guint16
get16 (const guint8 *at)
{
  return (guint16) (at[0] << 8 | at[1]);
}

static void
put16 (guint8 *at, guint16 value)
{
  at[0] = (guint8) (value >> 8);
  at[1] = (guint8) value;
}

static gsize
ip_len (const KhAddr *addr)
{
  return addr->family == KH_FAMILY_IPV4 ? 4 : 16;
}

/* Adds 16-bit words up; an odd last byte is a high one. */
static guint32
sum_up (const guint8 *data, gsize len, guint32 sum)
{
  for (gsize i = 0; i + 1 < len; i += 2)
    sum += get16 (data + i);
  if (len % 2 != 0)
    sum += (guint32) data[len - 1] << 8;
  return sum;
}

static guint16
fold (guint32 sum)
{
  while (sum >> 16 != 0)
    sum = (sum & 0xffff) + (sum >> 16);
  return (guint16) sum;
}

/* RFC 1624, equation 3. */
static void
update (guint8 *checksum, const guint8 *old, const guint8 *new, gsize len)
{
  guint32 sum = (guint16) ~get16 (checksum);

  for (gsize i = 0; i < len; i += 2)
    sum += (guint16) ~get16 (old + i) + (guint32) get16 (new + i);
  put16 (checksum, (guint16) ~fold (sum));
}

static KhAddr
read_ip (const guint8 *at, KhFamily family)
{
  KhAddr addr = { .family = (guint8) family };

  memcpy (addr.ip, at, ip_len (&addr));
  return addr;
}

static gboolean
parse_ipv4 (guint8 *data, gsize len, Packet *packet)
{
  gsize header;

  if (len < IPV4_HEADER)
    return FALSE;
  header = (gsize) (data[0] & 0x0f) * 4;
  /* Neither the first nor a later fragment. */
  if (header < IPV4_HEADER || len < header || (get16 (data + 6) & 0x3fff) != 0)
    return FALSE;
  packet->protocol = data[9];
  packet->src = read_ip (data + 12, KH_FAMILY_IPV4);
  packet->dst = read_ip (data + 16, KH_FAMILY_IPV4);
  packet->transport = data + header;
  packet->transport_len = len - header;
  return TRUE;
}

static gboolean
parse_ipv6 (guint8 *data, gsize len, Packet *packet)
{
  if (len < IPV6_HEADER)
    return FALSE;
  packet->protocol = data[6];
  packet->src = read_ip (data + 8, KH_FAMILY_IPV6);
  packet->dst = read_ip (data + 24, KH_FAMILY_IPV6);
  packet->transport = data + IPV6_HEADER;
  packet->transport_len = len - IPV6_HEADER;
  return TRUE;
}

/* An echo has its identifier as the port of whoever asked. */
static gboolean
parse_icmp (Packet *packet)
{
  guint8 type = packet->transport[0];
  gboolean is_ipv6 = packet->protocol == KH_SIM_ICMPV6;

  if (type == (is_ipv6 ? ICMPV6_ECHO : ICMP_ECHO))
    packet->src.port = get16 (packet->transport + 4);
  else if (type == (is_ipv6 ? ICMPV6_ECHO_REPLY : ICMP_ECHO_REPLY))
    packet->dst.port = get16 (packet->transport + 4);
  else if (is_ipv6)
    packet->is_error = type >= ICMPV6_UNREACHABLE && type <= ICMPV6_PARAMETER;
  else
    packet->is_error =
        type == ICMP_UNREACHABLE || type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETER;
  return packet->is_error || packet->src.port != 0 || packet->dst.port != 0;
}

static gboolean
parse_ports (Packet *packet)
{
  if (packet->transport_len < 8)
    return FALSE;
  if (packet->protocol == KH_SIM_ICMP || packet->protocol == KH_SIM_ICMPV6)
    return parse_icmp (packet);
  packet->src.port = get16 (packet->transport);
  packet->dst.port = get16 (packet->transport + 2);
  if (packet->protocol == KH_SIM_TCP && packet->transport_len >= 14)
    packet->ends = (packet->transport[13] & 0x05) != 0;
  return packet->protocol == KH_SIM_TCP || packet->protocol == KH_SIM_UDP;
}

gboolean
packet_parse (guint8 *data, gsize len, Packet *ret_packet)
{
  Packet packet = { .ip = data, .len = len };

  if (len == 0 || !(data[0] >> 4 == 4   ? parse_ipv4 (data, len, &packet)
                    : data[0] >> 4 == 6 ? parse_ipv6 (data, len, &packet)
                                        : FALSE))
    return FALSE;
  if (!parse_ports (&packet))
    return FALSE;
  *ret_packet = packet;
  return TRUE;
}

gboolean
packet_parse_quoted (const Packet *self, Packet *ret_quoted)
{
  Packet quoted;

  if (!packet_parse (self->transport + ICMP_HEADER, self->transport_len - ICMP_HEADER, &quoted) ||
      quoted.is_error)
    return FALSE;
  *ret_quoted = quoted;
  return TRUE;
}

/* (nullable): where the checksum is that covers the ports, and the addresses unless it is
 * ICMP's. */
static guint8 *
transport_checksum (const Packet *self)
{
  switch (self->protocol)
    {
    case KH_SIM_UDP:
      /* 0 is none (RFC 768) */
      return get16 (self->transport + 6) != 0 ? self->transport + 6 : NULL;
    case KH_SIM_TCP:
      return self->transport_len >= 18 ? self->transport + 16 : NULL;
    case KH_SIM_ICMP:
    case KH_SIM_ICMPV6:
      return self->is_error ? NULL : self->transport + 2;
    }
  g_assert_not_reached ();
}

static void
change (Packet *self, guint8 *ip_at, guint8 *port_at, const KhAddr *to)
{
  guint8 *checksum = transport_checksum (self);
  gsize len = ip_len (to);
  guint8 port[2];

  put16 (port, to->port);
  if (checksum != NULL && self->protocol != KH_SIM_ICMP)
    update (checksum, ip_at, to->ip, len);
  if (to->family == KH_FAMILY_IPV4)
    update (self->ip + 10, ip_at, to->ip, len);
  memcpy (ip_at, to->ip, len);
  if (self->is_error || to->port == 0)
    return;
  if (checksum != NULL)
    update (checksum, port_at, port, sizeof port);
  memcpy (port_at, port, sizeof port);
}

static gboolean
is_icmp (const Packet *self)
{
  return self->protocol == KH_SIM_ICMP || self->protocol == KH_SIM_ICMPV6;
}

void
packet_set_src (Packet *self, const KhAddr *src)
{
  change (self, self->ip + (src->family == KH_FAMILY_IPV4 ? 12 : 8),
          self->transport + (is_icmp (self) ? 4 : 0), src);
  self->src = *src;
}

void
packet_set_dst (Packet *self, const KhAddr *dst)
{
  change (self, self->ip + (dst->family == KH_FAMILY_IPV4 ? 16 : 24),
          self->transport + (is_icmp (self) ? 4 : 2), dst);
  self->dst = *dst;
}

/* Only ICMPv6 covers the addresses (RFC 8200, 8.1). */
static void
seal (guint8 *icmp, gsize len, const KhAddr *src, const KhAddr *dst)
{
  guint32 sum = 0;

  put16 (icmp + 2, 0);
  if (src->family == KH_FAMILY_IPV6)
    sum = sum_up (src->ip, 16, sum_up (dst->ip, 16, (guint32) len + KH_SIM_ICMPV6));
  put16 (icmp + 2, (guint16) ~fold (sum_up (icmp, len, sum)));
}

void
packet_seal_error (Packet *self)
{
  seal (self->transport, self->transport_len, &self->src, &self->dst);
}

gboolean
packet_take_hop (Packet *self)
{
  guint8 *hops = self->ip + (self->src.family == KH_FAMILY_IPV4 ? 8 : 7);
  guint8 old[2];

  if (*hops <= 1)
    return FALSE;
  memcpy (old, self->ip + 8, sizeof old);
  *hops -= 1;
  if (self->src.family == KH_FAMILY_IPV4)
    update (self->ip + 10, old, self->ip + 8, sizeof old);
  return TRUE;
}

static gsize
write_header (guint8 *out, const KhAddr *src, const KhAddr *dst, gsize len)
{
  if (src->family == KH_FAMILY_IPV6)
    {
      memset (out, 0, IPV6_HEADER);
      out[0] = 0x60;
      put16 (out + 4, (guint16) len);
      out[6] = KH_SIM_ICMPV6;
      out[7] = HOPS;
      memcpy (out + 8, src->ip, 16);
      memcpy (out + 24, dst->ip, 16);
      return IPV6_HEADER;
    }
  memset (out, 0, IPV4_HEADER);
  out[0] = 0x45;
  put16 (out + 2, (guint16) (IPV4_HEADER + len));
  out[8] = HOPS;
  out[9] = KH_SIM_ICMP;
  memcpy (out + 12, src->ip, 4);
  memcpy (out + 16, dst->ip, 4);
  put16 (out + 10, (guint16) ~fold (sum_up (out, IPV4_HEADER, 0)));
  return IPV4_HEADER;
}

gsize
packet_write_error (const Packet *self,
                    PacketTrouble trouble,
                    const KhAddr *router,
                    guint8 out[PACKET_ERROR_MAX])
{
  static const guint8 codes[][2][2] = {
    [PACKET_HOPS] = { { ICMP_TIME_EXCEEDED, 0 }, { ICMPV6_TIME_EXCEEDED, 0 } },
    [PACKET_NO_PORT] = { { ICMP_UNREACHABLE, 3 }, { ICMPV6_UNREACHABLE, 4 } },
  };
  gsize quoted = MIN (self->len, QUOTED_MAX);
  gsize header = write_header (out, router, &self->src, ICMP_HEADER + quoted);
  guint8 *icmp = out + header;

  memset (icmp, 0, ICMP_HEADER);
  memcpy (icmp, codes[trouble][router->family == KH_FAMILY_IPV6], 2);
  memcpy (icmp + ICMP_HEADER, self->ip, quoted);
  seal (icmp, ICMP_HEADER + quoted, router, &self->src);
  return header + ICMP_HEADER + quoted;
}
