/* packet.c: see packet.h */
#include "packet.h"

#include <string.h>

KhSimPacket *
kh_sim_packet_new (const KhAddr *src, const KhAddr *dst, const guint8 *data, gsize len)
{
  KhSimPacket *self = g_malloc (sizeof *self + len);

  *self = (KhSimPacket){ 0 };
  self->src = *src;
  self->dst = *dst;
  self->hop_limit = KH_SIM_HOP_LIMIT_DEFAULT;
  self->len = len;
  memcpy (self->data, data, len);
  return self;
}

KhSimPacket *
kh_sim_packet_copy (const KhSimPacket *self)
{
  return g_memdup2 (self, sizeof *self + self->len);
}

gsize
kh_sim_packet_ip_size (const KhSimPacket *self)
{
  return self->len +
         (self->dst.family == KH_FAMILY_IPV6 ? KH_SIM_HEADERS_IPV6 : KH_SIM_HEADERS_IPV4);
}

static const char *
name_type (const KhSimPacket *self)
{
  KhDatagramType type;

  switch (self->segment)
    {
    case KH_SIM_SEGMENT_SYN:
      return "SYN";
    case KH_SIM_SEGMENT_SYN_ACK:
      return "SYN-ACK";
    case KH_SIM_SEGMENT_RST:
      return "RST";
    case KH_SIM_SEGMENT_NONE:
    case KH_SIM_SEGMENT_DATA:
      break;
    }
  if (!kh_datagram_type (self->data, self->len, &type))
    return "?";
  switch (type)
    {
    case KH_DATAGRAM_HELLO:
      return "HELLO";
    case KH_DATAGRAM_HELLO_ACK:
      return "HELLO-ACK";
    case KH_DATAGRAM_INIT:
      return "INIT";
    case KH_DATAGRAM_RESP:
      return "RESP";
    case KH_DATAGRAM_SEALED:
      return "SEALED";
    }
  return "?";
}

void
kh_sim_packet_trace (const KhSimPacket *self,
                     KhSimWorld *world,
                     const char *where,
                     const char *what)
{
  char src[KH_ADDR_STRING_MAX];
  char dst[KH_ADDR_STRING_MAX];
  guint32 hash = 2166136261u; /* FNV-1a, so that the trace is of the bytes too */

  if (!kh_sim_world_is_traced (world))
    return;
  for (gsize i = 0; i < self->len; i++)
    hash = (hash ^ self->data[i]) * 16777619u;
  kh_sim_world_trace (world, "%s %s %s>%s %s%s %" G_GSIZE_FORMAT " %08x", where, what,
                      kh_addr_format (&self->src, src), kh_addr_format (&self->dst, dst),
                      self->segment != KH_SIM_SEGMENT_NONE ? "tcp " : "", name_type (self),
                      self->len, hash);
}
