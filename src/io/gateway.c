/* gateway.c: the kernel's routes as text (proc(5), net/route.h), and our address beside each
 *
 * What counts as the default route is the longest prefix that covers half of the internet: VPNs lay
 * 0.0.0.0/1 and 128.0.0.0/1, or 2000::/3 and the like, over the route that was there before. With
 * such a device a port of the home's router would be of no use, since answers leave by the VPN.
 */
#include "io/gateway.h"

#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/sockaddr.h"

#define FIELD_MAX 64
/* Prefixes up to here cover enough to be somebody's default route. */
#define IPV4_PREFIX_MAX 1
#define IPV6_PREFIX_MAX 4

typedef struct
{
  guint prefix;
  guint32 metric;
  guint32 flags;
  KhAddr gateway;
  char interface[IF_NAMESIZE];
} Route;

static gboolean
parse_hex_ip (const char *hex, guint8 ip[16])
{
  for (guint i = 0; i < 16; i++)
    {
      int high = g_ascii_xdigit_value (hex[2 * i]);
      int low = high < 0 ? -1 : g_ascii_xdigit_value (hex[2 * i + 1]);

      if (low < 0)
        return FALSE;
      ip[i] = (guint8) (high << 4 | low);
    }
  return hex[32] == '\0';
}

/* Iface Destination Gateway Flags RefCnt Use Metric Mask …; addresses as the kernel has them in
 * memory, in network order, printed as numbers of this machine. */
static gboolean
parse_ipv4 (const char *line, Route *ret_route)
{
  guint32 destination, gateway, flags, mask;
  Route route = { .gateway = { .family = KH_FAMILY_IPV4 } };

  if (sscanf (line, "%15s %8x %8x %8x %*d %*u %u %8x", route.interface, &destination, &gateway,
              &flags, &route.metric, &mask) != 6)
    return FALSE;
  route.flags = flags;
  route.prefix = mask == 0 ? 0 : mask == GUINT32_TO_BE (0x80000000u) ? 1 : IPV4_PREFIX_MAX + 1;
  memcpy (route.gateway.ip, &gateway, sizeof gateway);
  *ret_route = route;
  return destination == 0;
}

/* Destination, its prefix, source, its prefix, next hop, metric, references, use, flags, device;
 * the flags that matter here are those of IPv4. */
static gboolean
parse_ipv6 (const char *line, Route *ret_route)
{
  static const guint8 internet = 0x20;
  char destination[FIELD_MAX], next_hop[FIELD_MAX];
  guint8 ip[16];
  Route route = { .gateway = { .family = KH_FAMILY_IPV6 } };

  if (sscanf (line, "%63s %2x %*s %*s %63s %8x %*s %*s %8x %15s", destination, &route.prefix,
              next_hop, &route.metric, &route.flags, route.interface) != 6 ||
      !parse_hex_ip (destination, ip) || !parse_hex_ip (next_hop, route.gateway.ip))
    return FALSE;
  *ret_route = route;
  /* It covers the beginning of 2000::/3. */
  return route.prefix <= IPV6_PREFIX_MAX &&
         (ip[0] & (0xff00 >> route.prefix & 0xff)) == (internet & (0xff00 >> route.prefix & 0xff));
}

static gboolean
is_better (const Route *a, const Route *b)
{
  return a->prefix > b->prefix || (a->prefix == b->prefix && a->metric < b->metric);
}

gboolean
kh_gateway_parse (KhFamily family, const char *routes, KhAddr *ret_gateway)
{
  g_auto (GStrv) lines = g_strsplit (routes, "\n", -1);
  guint prefix_max = family == KH_FAMILY_IPV6 ? IPV6_PREFIX_MAX : IPV4_PREFIX_MAX;
  Route best;
  gboolean found = FALSE;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      Route route;

      if (!(family == KH_FAMILY_IPV6 ? parse_ipv6 : parse_ipv4) (lines[i], &route) ||
          !(route.flags & RTF_UP) || (route.flags & RTF_REJECT) || route.prefix > prefix_max)
        continue;
      if (!found || is_better (&route, &best))
        best = route;
      found = TRUE;
    }
  if (!found || !(best.flags & RTF_GATEWAY))
    return FALSE;
  if (kh_addr_is_link_local (&best.gateway) && family == KH_FAMILY_IPV6)
    best.gateway.scope_id = if_nametoindex (best.interface);
  *ret_gateway = best.gateway;
  return TRUE;
}

/* Which address the system would send from; a connected UDP socket knows, without a packet. */
static gboolean
find_local (const KhAddr *gateway, guint16 port, KhAddr *ret_local)
{
  struct sockaddr_storage native;
  KhAddr toward = *gateway;
  KhAddr local;
  socklen_t len;
  gboolean good;
  int fd;

  /* Toward a link-local gateway that would be a link-local address: ask toward the internet. */
  if (kh_addr_is_link_local (gateway))
    toward = (KhAddr){ .family = gateway->family, .ip = { 0x20, [15] = 1 } };
  toward.port = 9;
  len = kh_sockaddr_from_addr (&toward, &native);
  fd = socket (native.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return FALSE;
  good = connect (fd, (struct sockaddr *) &native, len) == 0;
  len = sizeof native;
  good = good && getsockname (fd, (struct sockaddr *) &native, &len) == 0 &&
         kh_sockaddr_to_addr ((struct sockaddr *) &native, &local);
  close (fd);
  if (!good)
    return FALSE;
  local.port = port;
  *ret_local = local;
  return TRUE;
}

static gboolean
find (KhFamily family, const char *proc_net, guint16 port, KhGateway *ret_gateway)
{
  g_autofree char *path =
      g_build_filename (proc_net, family == KH_FAMILY_IPV6 ? "ipv6_route" : "route", NULL);
  g_autofree char *routes = NULL;
  KhGateway found = { 0 };

  if (port == 0 || !g_file_get_contents (path, &routes, NULL, NULL) ||
      !kh_gateway_parse (family, routes, &found.gateway) ||
      !find_local (&found.gateway, port, &found.local))
    return FALSE;
  *ret_gateway = found;
  return TRUE;
}

guint
kh_gateway_list (const char *proc_net,
                 guint16 port_ipv4,
                 guint16 port_ipv6,
                 KhGateway ret_gateways[KH_GATEWAYS_MAX])
{
  guint n = 0;

  if (proc_net == NULL)
    proc_net = "/proc/net";
  n += find (KH_FAMILY_IPV4, proc_net, port_ipv4, &ret_gateways[n]);
  n += find (KH_FAMILY_IPV6, proc_net, port_ipv6, &ret_gateways[n]);
  return n;
}
