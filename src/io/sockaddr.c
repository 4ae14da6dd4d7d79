/* sockaddr.c: the one place that knows both KhAddr and struct sockaddr */
#include "io/sockaddr.h"

#include <netinet/in.h>
#include <string.h>

socklen_t
kh_sockaddr_from_addr (const KhAddr *addr, struct sockaddr_storage *ret_native)
{
  memset (ret_native, 0, sizeof *ret_native);
  if (addr->family == KH_FAMILY_IPV6)
    {
      struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) ret_native;

      in6->sin6_family = AF_INET6;
      in6->sin6_port = htons (addr->port);
      in6->sin6_scope_id = addr->scope_id;
      memcpy (&in6->sin6_addr, addr->ip, 16);
      return sizeof *in6;
    }
  struct sockaddr_in *in = (struct sockaddr_in *) ret_native;

  in->sin_family = AF_INET;
  in->sin_port = htons (addr->port);
  memcpy (&in->sin_addr, addr->ip, 4);
  return sizeof *in;
}

gboolean
kh_sockaddr_to_addr (const struct sockaddr *native, KhAddr *ret_addr)
{
  KhAddr addr = { 0 };

  if (native->sa_family == AF_INET)
    {
      const struct sockaddr_in *in = (const void *) native;

      addr.family = KH_FAMILY_IPV4;
      addr.port = ntohs (in->sin_port);
      memcpy (addr.ip, &in->sin_addr, 4);
    }
  else if (native->sa_family == AF_INET6)
    {
      const struct sockaddr_in6 *in6 = (const void *) native;

      addr.family = KH_FAMILY_IPV6;
      addr.port = ntohs (in6->sin6_port);
      addr.scope_id = in6->sin6_scope_id;
      memcpy (addr.ip, &in6->sin6_addr, 16);
    }
  else
    return FALSE;
  *ret_addr = kh_addr_normalise (&addr);
  return TRUE;
}
