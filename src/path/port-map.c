/* port-map.c: the two leases, one a family, behind one face */
#include "path/port-map.h"

#include "path/port-map-lease.h"

#define N_LEASES 2

struct _KhPortMap
{
  KhRandom random;
  KhPortMapLease leases[N_LEASES]; /* as sockets: 0 is IPv4 and 1 IPv6 */
};

KhPortMap *
kh_port_map_new (KhRandom random)
{
  KhPortMap *self = g_new0 (KhPortMap, 1);

  self->random = random;
  for (guint i = 0; i < N_LEASES; i++)
    kh_port_map_lease_init (&self->leases[i]);
  return self;
}

void
kh_port_map_free (KhPortMap *self)
{
  g_free (self);
}

void
kh_port_map_restrict (KhPortMap *self, KhPortMapProtocol only)
{
  for (guint i = 0; i < N_LEASES; i++)
    {
      self->leases[i].no_pcp = only != KH_PORT_MAP_PCP;
      self->leases[i].no_nat_pmp = only != KH_PORT_MAP_NAT_PMP;
    }
}

void
kh_port_map_set_gateways (KhPortMap *self, const KhAddr *gateways, guint n, gint64 now_us)
{
  KhAddr chosen[N_LEASES] = { 0 };

  for (guint i = n; i > 0; i--)
    if (kh_addr_is_set (&gateways[i - 1]))
      chosen[kh_socket_for_family (gateways[i - 1].family)] = gateways[i - 1];
  for (guint i = 0; i < N_LEASES; i++)
    {
      chosen[i].port = kh_addr_is_set (&chosen[i]) ? KH_PORT_MAP_PORT : 0;
      kh_port_map_lease_set (&self->leases[i], &chosen[i], &self->leases[i].internal, &self->random,
                             now_us);
    }
}

void
kh_port_map_set_internal (KhPortMap *self, KhFamily family, const KhAddr *internal, gint64 now_us)
{
  KhPortMapLease *lease = &self->leases[kh_socket_for_family (family)];
  KhAddr none = { 0 };

  g_return_if_fail (internal == NULL || internal->family == family);

  if (internal == NULL || internal->port == 0)
    internal = &none;
  kh_port_map_lease_set (lease, &lease->gateway, internal, &self->random, now_us);
}

void
kh_port_map_refresh (KhPortMap *self, gint64 now_us)
{
  for (guint i = 0; i < N_LEASES; i++)
    kh_port_map_lease_refresh (&self->leases[i], now_us);
}

gboolean
kh_port_map_receive (KhPortMap *self, const KhDatagram *in, gint64 now_us)
{
  return in->socket < N_LEASES &&
         kh_port_map_lease_receive (&self->leases[in->socket], in, &self->random, now_us);
}

gboolean
kh_port_map_poll_send (KhPortMap *self, KhDatagram *out, gint64 now_us)
{
  for (guint i = 0; i < N_LEASES; i++)
    if (kh_port_map_lease_poll_send (&self->leases[i], out, &self->random, now_us))
      {
        out->socket = i;
        return TRUE;
      }
  return FALSE;
}

gint64
kh_port_map_next_timeout (KhPortMap *self)
{
  return MIN (kh_port_map_lease_next_timeout (&self->leases[0]),
              kh_port_map_lease_next_timeout (&self->leases[1]));
}

void
kh_port_map_handle_timeout (KhPortMap *self, gint64 now_us)
{
  for (guint i = 0; i < N_LEASES; i++)
    kh_port_map_lease_handle_timeout (&self->leases[i], now_us);
}

gboolean
kh_port_map_poll_event (KhPortMap *self, KhPortMapEvent *ret_event)
{
  for (guint i = 0; i < N_LEASES; i++)
    if (kh_port_map_lease_poll_event (&self->leases[i], ret_event))
      {
        ret_event->family = i == KH_SOCKET_IPV6 ? KH_FAMILY_IPV6 : KH_FAMILY_IPV4;
        return TRUE;
      }
  return FALSE;
}

void
kh_port_map_shutdown (KhPortMap *self, gint64 now_us)
{
  for (guint i = 0; i < N_LEASES; i++)
    kh_port_map_lease_close (&self->leases[i], now_us);
}

gboolean
kh_port_map_is_global (const KhAddr *external)
{
  const guint8 *ip = external->ip;

  if (!kh_addr_is_unicast (external) || kh_addr_is_private (external))
    return FALSE;
  if (external->family == KH_FAMILY_IPV6)
    return (ip[0] & 0xe0) == 0x20;
  return !(ip[0] == 192 && ip[1] == 0 && ip[2] == 0) && !(ip[0] == 198 && (ip[1] & 0xfe) == 18);
}

const char *
kh_port_map_protocol_to_string (KhPortMapProtocol protocol)
{
  switch (protocol)
    {
    case KH_PORT_MAP_PCP:
      return "PCP";
    case KH_PORT_MAP_NAT_PMP:
      return "NAT-PMP";
    case KH_PORT_MAP_UPNP:
      return "UPnP";
    default:
      return "unknown";
    }
}

const char *
kh_port_map_failure_to_string (KhPortMapFailure failure)
{
  switch (failure)
    {
    case KH_PORT_MAP_OK:
      return "ok";
    case KH_PORT_MAP_NO_ANSWER:
      return "no-answer";
    case KH_PORT_MAP_UNSUPPORTED:
      return "unsupported";
    case KH_PORT_MAP_NO_ADDRESS:
      return "no-address";
    case KH_PORT_MAP_EXHAUSTED:
      return "exhausted";
    case KH_PORT_MAP_REFUSED:
      return "refused";
    case KH_PORT_MAP_MISMATCH:
      return "mismatch";
    default:
      return "unknown";
    }
}
