/* interfaces.c: getifaddrs(3), for host candidates */
#include "io/interfaces.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>

#include "io/sockaddr.h"

static gboolean
is_wanted (const KhAddr *addr, gboolean loopback)
{
  if (kh_addr_is_loopback (addr))
    return loopback;
  return !kh_addr_is_link_local (addr);
}

/* Returns how many there are after adding those of @list that are, or are not, loopback. */
static gsize
collect (const struct ifaddrs *list,
         guint16 port_ipv4,
         guint16 port_ipv6,
         gboolean loopback,
         KhAddr ret_addrs[KH_INTERFACES_MAX])
{
  gsize n = 0;

  for (const struct ifaddrs *i = list; i != NULL && n < KH_INTERFACES_MAX; i = i->ifa_next)
    {
      KhAddr addr;

      if (i->ifa_addr == NULL || !(i->ifa_flags & IFF_UP) ||
          !kh_sockaddr_to_addr (i->ifa_addr, &addr))
        continue;
      addr.port = addr.family == KH_FAMILY_IPV6 ? port_ipv6 : port_ipv4;
      if (addr.port > 0 && is_wanted (&addr, loopback))
        ret_addrs[n++] = addr;
    }
  return n;
}

gsize
kh_interfaces_list (guint16 port_ipv4,
                    guint16 port_ipv6,
                    gboolean with_loopback,
                    KhAddr ret_addrs[KH_INTERFACES_MAX])
{
  struct ifaddrs *list = NULL;
  gsize n;

  if (getifaddrs (&list) != 0)
    {
      g_debug ("getifaddrs: %s", g_strerror (errno));
      return 0;
    }
  n = collect (list, port_ipv4, port_ipv6, with_loopback, ret_addrs);
  if (n == 0 && !with_loopback)
    n = collect (list, port_ipv4, port_ipv6, TRUE, ret_addrs);
  freeifaddrs (list);
  return n;
}
