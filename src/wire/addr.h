/* addr.h: an IP address with a UDP or TCP port, as a plain value
 *
 * The core must not name a socket, so it has its own address. IPv4-mapped IPv6 addresses do not
 * exist here: kh_addr_normalise() turns them into IPv4 where they come in.
 */
#pragma once

#include "wire/cursor.h"

typedef enum
{
  KH_FAMILY_NONE = 0,
  KH_FAMILY_IPV4 = 4,
  KH_FAMILY_IPV6 = 6,
  KH_FAMILY_RELAY = 0x52, /* a channel of our server: never encoded, nor a place to send to */
} KhFamily;

/**
 * KhAddr:
 * @family: a #KhFamily; NONE is "no address"
 * @ip: the address in network order; IPv4 uses the first 4 bytes and the rest are 0; so does
 *   RELAY, for the channel
 * @port: in host order
 * @scope_id: the interface index of a link-local IPv6 address, else 0; never sent
 *
 * All-zero memory is the absent address.
 */
typedef struct
{
  guint8 family;
  guint8 ip[16];
  guint16 port;
  guint32 scope_id;
} KhAddr;

/* "[" 45 characters of IPv6 "%" 10 of scope "]:" 5 of port, and the end */
#define KH_ADDR_STRING_MAX 72

/* Bytes of the longest encoding: family, 16 of address, 2 of port. */
#define KH_ADDR_ENCODED_MAX 19

KhAddr kh_addr_ipv4 (guint8 a, guint8 b, guint8 c, guint8 d, guint16 port);
/* The peer at the other end of a relay channel, which is not 0. */
KhAddr kh_addr_relay (guint32 channel);
/* 0 for an address of the network. */
guint32 kh_addr_get_channel (const KhAddr *self);

/**
 * kh_addr_parse:
 * @text: a numeric address, "192.0.2.1", "192.0.2.1:4430", "2001:db8::1", "[2001:db8::1]:4430"
 * @default_port: used where @text names no port
 *
 * Names are not resolved. Returns FALSE and leaves @ret_addr alone where @text is no address.
 */
gboolean kh_addr_parse (const char *text, guint16 default_port, KhAddr *ret_addr);

gboolean kh_addr_is_set (const KhAddr *self);
gboolean kh_addr_is_relay (const KhAddr *self);
gboolean kh_addr_equal (const KhAddr *a, const KhAddr *b);
/* As kh_addr_equal(), without the port. */
gboolean kh_addr_equal_ip (const KhAddr *a, const KhAddr *b);
guint kh_addr_hash (const KhAddr *self);
/* For GHashTable, whose functions take untyped pointers. */
guint kh_addr_hash_func (gconstpointer self);
gboolean kh_addr_equal_func (gconstpointer a, gconstpointer b);

gboolean kh_addr_is_loopback (const KhAddr *self);
/* fe80::/10 or 169.254/16 */
gboolean kh_addr_is_link_local (const KhAddr *self);
/* RFC 1918, RFC 6598 (carrier-grade NAT), RFC 4193 (unique local), loopback and link-local */
gboolean kh_addr_is_private (const KhAddr *self);
/* May a packet be sent there: set, a port, neither unspecified, multicast nor broadcast. */
gboolean kh_addr_is_unicast (const KhAddr *self);

/* ::ffff:a.b.c.d becomes a.b.c.d; everything else stays. */
KhAddr kh_addr_normalise (const KhAddr *self);

/* The source as rate limits see it: the IPv4 address, or the /64 of an IPv6 one; port 0. */
KhAddr kh_addr_prefix (const KhAddr *self);

/* Writes "192.0.2.1:4430" or "[2001:db8::1]:4430" and returns @buf. */
const char *kh_addr_format (const KhAddr *self, char buf[KH_ADDR_STRING_MAX]);
/* (transfer full) */
char *kh_addr_to_string (const KhAddr *self);
const char *kh_family_to_string (KhFamily family);

/* family (1 byte, 4 or 6), address (4 or 16), port (2). An absent address cannot be written. */
gboolean kh_addr_read (KhCursor *cursor, KhAddr *ret_addr);
gboolean kh_addr_write (KhWriter *writer, const KhAddr *self);
