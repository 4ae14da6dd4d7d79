/* packet.h: a UDP datagram, or a segment of TCP, with its IP header, on its way through a simulated
 * network
 */
#pragma once

#include "wire/datagram.h"
#include "world.h"

/* What IPv4 or IPv6 and UDP add to a payload. */
#define KH_SIM_HEADERS_IPV4 28
#define KH_SIM_HEADERS_IPV6 48
#define KH_SIM_HOP_LIMIT_DEFAULT 64

/* Of a TCP connection (connections.h). */
typedef enum
{
  KH_SIM_SEGMENT_NONE, /* UDP */
  KH_SIM_SEGMENT_SYN,
  KH_SIM_SEGMENT_SYN_ACK,
  KH_SIM_SEGMENT_DATA,
  KH_SIM_SEGMENT_RST,
} KhSimSegment;

/**
 * KhSimPacket:
 * @origin: (nullable): the host that is told where nothing listens
 * @origin_dst: where that host had sent it to
 */
typedef struct
{
  KhAddr src;
  KhAddr dst;
  guint hop_limit;
  gpointer origin;
  KhAddr origin_dst;
  gint64 sent_us;
  KhSimSegment segment;
  gsize len;
  guint8 data[];
} KhSimPacket;

/* (transfer full): @packet */
typedef void (*KhSimPacketFunc) (KhSimPacket *packet, gpointer user_data);

KhSimPacket *
kh_sim_packet_new (const KhAddr *src, const KhAddr *dst, const guint8 *data, gsize len);
KhSimPacket *kh_sim_packet_copy (const KhSimPacket *self);
gsize kh_sim_packet_ip_size (const KhSimPacket *self);
/* One line of the trace: what happened to it, where, and all that names it. */
void kh_sim_packet_trace (const KhSimPacket *self,
                          KhSimWorld *world,
                          const char *where,
                          const char *what);
