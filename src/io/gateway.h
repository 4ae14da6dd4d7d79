/* gateway.h: the routers through which this machine reaches the internet
 */
#pragma once

#include "wire/addr.h"

/* One a family */
#define KH_GATEWAYS_MAX 2

/**
 * KhGateway:
 * @gateway: without a port; link-local ones, as IPv6 has, with their interface
 * @local: our address toward the internet through it, with the port that was asked for
 */
typedef struct
{
  KhAddr gateway;
  KhAddr local;
} KhGateway;

/**
 * kh_gateway_list:
 * @proc_net: (nullable): a folder with the files `route` and `ipv6_route`; NULL is /proc/net
 * @port_ipv4, @port_ipv6: written into @local; a family whose port is 0 is left out
 *
 * The default route of each family, the best by prefix and metric. A family that leaves without a
 * gateway (a VPN's device, a point-to-point line) has none. Reads the main routing table; sends
 * nothing.
 *
 * Returns: how many
 */
guint kh_gateway_list (const char *proc_net,
                       guint16 port_ipv4,
                       guint16 port_ipv6,
                       KhGateway ret_gateways[KH_GATEWAYS_MAX]);
/* The gateway of the default route in what /proc/net/route (IPV4) or /proc/net/ipv6_route holds;
 * FALSE where there is no such route, or it has no gateway. */
gboolean kh_gateway_parse (KhFamily family, const char *routes, KhAddr *ret_gateway);
