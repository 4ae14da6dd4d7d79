/* packet.h: an IP packet, as much of it as a NAT reads and changes
 *
 * UDP, TCP, the echoes of ICMP and ICMPv6, and their errors. Fragments and IPv6 extension headers
 * are not understood: nothing in the laboratory sends them.
 */
#pragma once

#include "nat-table.h"

/**
 * Packet: a view of bytes that are the caller's
 * @is_error: an error of ICMP: @src and @dst have no ports, and what it quotes is what it is about
 * @ends: a TCP segment with FIN or RST
 */
typedef struct
{
  guint8 *ip;
  gsize len;
  guint8 *transport;
  gsize transport_len;
  KhSimProtocol protocol;
  KhAddr src;
  KhAddr dst;
  gboolean is_error;
  gboolean ends;
} Packet;

/* FALSE where it is none of these. */
gboolean packet_parse (guint8 *data, gsize len, Packet *ret_packet);
/* What an error quotes: a packet, or the start of one. */
gboolean packet_parse_quoted (const Packet *self, Packet *ret_quoted);

/* Address and port, and all checksums that cover them. Not for packets of two families. An error's
 * have no port, and packet_seal_error() must follow. */
void packet_set_src (Packet *self, const KhAddr *src);
void packet_set_dst (Packet *self, const KhAddr *dst);
/* Once all is changed, in what an error quotes too. */
void packet_seal_error (Packet *self);

/* A router's part of forwarding: FALSE if it ends here. */
gboolean packet_take_hop (Packet *self);

/* Why a router gives a packet back. */
typedef enum
{
  PACKET_HOPS,    /* time exceeded */
  PACKET_NO_PORT, /* port unreachable */
} PacketTrouble;

/* Room for what packet_write_error() writes: IPv6 and ICMP headers, and what it quotes. */
#define PACKET_ERROR_MAX (40 + 8 + 548)
/* Writes the error about @self that @router sends; returns its length. */
gsize packet_write_error (const Packet *self,
                          PacketTrouble trouble,
                          const KhAddr *router,
                          guint8 out[PACKET_ERROR_MAX]);
