/* port-mapper.c: see port-mapper.h
 *
 * The machine's datagrams have a driver of their own, so that the node never sees them; routers
 * look at the address of who asks and not at its port. UPnP is beside it, in port-mapper-upnp.c.
 */
#include "engine/port-mapper.h"

#include "engine/port-mapper-upnp.h"
#include "io/announcements.h"
#include "io/gateway.h"
#include "io/udp-driver.h"
#include "io/upnp.h"

/* How much of a lead the other two have, who answer within milliseconds: both have been asked then,
 * and NAT-PMP, the more common one, three times. */
#define UPNP_DELAY_MS 1100
struct _KhPortMapper
{
  KhPortMapperChanged changed;
  gpointer user_data;
  gboolean has_only;
  KhPortMapProtocol only; /* to be asked, where it has */
  KhPortMap *map;
  KhUdpDriver *driver;
  KhAnnouncements *announcements; /* (nullable) */
  guint16 ports[2];
  KhAddr gateways[2];
  KhAddr internal[2]; /* absent: not asked for */
  KhPortMapperFamily families[2];
  KhPortMapperUpnp *upnp;
  gboolean closed;
};

/* --- what is told ------------------------------------------------------------------------ */

static void
set_family (KhPortMapper *self, KhFamily family, const KhPortMapperFamily *now)
{
  KhPortMapperFamily *was = &self->families[kh_socket_for_family (family)];

  if (was->state == now->state && was->protocol == now->protocol &&
      was->no_gateway == now->no_gateway && was->failure == now->failure &&
      kh_addr_equal (&was->external, &now->external))
    return;
  *was = *now;
  if (!self->closed)
    self->changed (self->user_data);
}

static void
set_mapped (KhPortMapper *self, KhFamily family, KhPortMapProtocol protocol, const KhAddr *external)
{
  set_family (self, family,
              &(KhPortMapperFamily){
                  .state = KH_PORT_MAPPER_MAPPED, .protocol = protocol, .external = *external });
}

static void
set_failed (KhPortMapper *self, KhFamily family, KhPortMapFailure failure)
{
  set_family (self, family,
              &(KhPortMapperFamily){ .state = KH_PORT_MAPPER_FAILED, .failure = failure });
}

KhPortMappingProblem
kh_port_mapper_describe_problem (const KhPortMapperFamily *family)
{
  if (family->no_gateway)
    return KH_PORT_MAPPING_PROBLEM_NO_ROUTER;
  switch (family->failure)
    {
    case KH_PORT_MAP_NO_ANSWER:
      return KH_PORT_MAPPING_PROBLEM_NO_ANSWER;
    case KH_PORT_MAP_UNSUPPORTED:
      return KH_PORT_MAPPING_PROBLEM_UNSUPPORTED;
    case KH_PORT_MAP_NO_ADDRESS:
      return KH_PORT_MAPPING_PROBLEM_NO_ADDRESS;
    case KH_PORT_MAP_EXHAUSTED:
      return KH_PORT_MAPPING_PROBLEM_EXHAUSTED;
    case KH_PORT_MAP_REFUSED:
      return KH_PORT_MAPPING_PROBLEM_REFUSED;
    case KH_PORT_MAP_MISMATCH:
      return KH_PORT_MAPPING_PROBLEM_MISMATCH;
    case KH_PORT_MAP_OK:
    default:
      return KH_PORT_MAPPING_PROBLEM_NONE;
    }
}

/* --- UPnP -------------------------------------------------------------------------------- */

static gboolean
wants_upnp (KhPortMapper *self)
{
  return kh_upnp_is_available () && (!self->has_only || self->only == KH_PORT_MAP_UPNP);
}

/* After this long it is UPnP's turn. */
static guint
upnp_delay_ms (KhPortMapper *self)
{
  return self->has_only ? 0 : UPNP_DELAY_MS;
}

/* Of several reasons the one is told that says the most, as of the other protocols. */
static void
on_upnp_told (const KhAddr *external, KhPortMapFailure failure, gpointer user_data)
{
  KhPortMapper *self = user_data;

  if (external != NULL)
    set_mapped (self, KH_FAMILY_IPV4, KH_PORT_MAP_UPNP, external);
  else
    set_failed (self, KH_FAMILY_IPV4, MAX (failure, self->families[0].failure));
}

/* --- PCP and NAT-PMP --------------------------------------------------------------------- */

static void
handle_mapped (KhPortMapper *self, const KhPortMapEvent *event)
{
  if (event->family == KH_FAMILY_IPV4)
    kh_port_mapper_upnp_drop (self->upnp);
  set_mapped (self, event->family, event->protocol, &event->external);
}

/* It is asked for again by itself; by UPnP too, in case that is all the router knows now. */
static void
handle_lost (KhPortMapper *self, const KhPortMapEvent *event)
{
  if (!kh_addr_is_set (&self->internal[kh_socket_for_family (event->family)]))
    return;
  set_family (self, event->family, &(KhPortMapperFamily){ .state = KH_PORT_MAPPER_ASKING });
  if (event->family == KH_FAMILY_IPV4 && wants_upnp (self))
    kh_port_mapper_upnp_schedule (self->upnp, upnp_delay_ms (self));
}

static void
handle_failed (KhPortMapper *self, const KhPortMapEvent *event)
{
  KhPortMapperFamily *family = &self->families[kh_socket_for_family (event->family)];

  if (event->family == KH_FAMILY_IPV4 && kh_port_mapper_upnp_is_mapped (self->upnp))
    return;
  /* The last word is that of UPnP, if it has not spoken. */
  if (event->family == KH_FAMILY_IPV4 && wants_upnp (self) &&
      kh_port_mapper_upnp_is_open (self->upnp))
    {
      family->failure = event->failure;
      kh_port_mapper_upnp_ask (self->upnp);
    }
  else
    {
      set_failed (self, event->family, MAX (event->failure, family->failure));
    }
}

static void
take_events (gpointer user_data)
{
  KhPortMapper *self = user_data;
  KhPortMapEvent event;

  while (!self->closed && kh_port_map_poll_event (self->map, &event))
    switch (event.kind)
      {
      case KH_PORT_MAP_EVENT_MAPPED:
        handle_mapped (self, &event);
        break;
      case KH_PORT_MAP_EVENT_LOST:
        handle_lost (self, &event);
        break;
      case KH_PORT_MAP_EVENT_FAILED:
        handle_failed (self, &event);
        break;
      default:
        g_assert_not_reached ();
      }
}

static void
on_announced (KhDatagram *in, gpointer user_data)
{
  KhPortMapper *self = user_data;

  if (kh_port_map_receive (self->map, in, g_get_monotonic_time ()))
    kh_udp_driver_kick (self->driver);
}

static void
machine_receive (gpointer machine, KhDatagram *in, gint64 now_us)
{
  kh_port_map_receive (machine, in, now_us);
}

static gboolean
machine_poll_send (gpointer machine, KhDatagram *out, gint64 now_us)
{
  return kh_port_map_poll_send (machine, out, now_us);
}

static gint64
machine_next_timeout (gpointer machine)
{
  return kh_port_map_next_timeout (machine);
}

static void
machine_handle_timeout (gpointer machine, gint64 now_us)
{
  kh_port_map_handle_timeout (machine, now_us);
}

static const KhMachineOps machine_ops = { .receive = machine_receive,
                                          .poll_send = machine_poll_send,
                                          .next_timeout = machine_next_timeout,
                                          .handle_timeout = machine_handle_timeout };

/* --- the network ------------------------------------------------------------------------- */

/* Another network, or another address in it: what was mapped is no longer ours to use. */
static void
change_family (KhPortMapper *self, KhFamily family, const KhGateway *found, gint64 now_us)
{
  guint i = kh_socket_for_family (family);
  KhAddr gateway = found == NULL ? (KhAddr){ 0 } : found->gateway;
  KhAddr internal = found == NULL ? (KhAddr){ 0 } : found->local;
  gboolean is_same =
      kh_addr_equal (&gateway, &self->gateways[i]) && kh_addr_equal (&internal, &self->internal[i]);

  if (is_same && (found != NULL || self->families[i].no_gateway))
    return;
  if (family == KH_FAMILY_IPV4)
    kh_port_mapper_upnp_set_internal (self->upnp, &internal);
  self->gateways[i] = gateway;
  self->internal[i] = internal;
  kh_port_map_set_internal (self->map, family, found == NULL ? NULL : &internal, now_us);
  if (found == NULL)
    {
      set_family (self, family,
                  &(KhPortMapperFamily){ .state = KH_PORT_MAPPER_FAILED, .no_gateway = TRUE });
      return;
    }
  set_family (self, family, &(KhPortMapperFamily){ .state = KH_PORT_MAPPER_ASKING });
  if (family == KH_FAMILY_IPV4 && wants_upnp (self))
    kh_port_mapper_upnp_schedule (self->upnp, upnp_delay_ms (self));
}

static void
look_at_routes (KhPortMapper *self)
{
  gint64 now_us = g_get_monotonic_time ();
  const KhGateway *found[2] = { NULL };
  KhGateway list[KH_GATEWAYS_MAX];
  KhAddr gateways[KH_GATEWAYS_MAX];
  guint n = kh_gateway_list (NULL, self->ports[0], self->ports[1], list);

  for (guint i = 0; i < n; i++)
    {
      gateways[i] = list[i].gateway;
      found[kh_socket_for_family (list[i].gateway.family)] = &list[i];
    }
  change_family (self, KH_FAMILY_IPV4, found[0], now_us);
  change_family (self, KH_FAMILY_IPV6, found[KH_SOCKET_IPV6], now_us);
  if (!self->has_only || self->only != KH_PORT_MAP_UPNP)
    kh_port_map_set_gateways (self->map, gateways, n, now_us);
  kh_udp_driver_kick (self->driver);
}

/* --- life -------------------------------------------------------------------------------- */

KhPortMapper *
kh_port_mapper_new (KhRandom random, KhPortMapperChanged changed, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  KhPortMapper *self = g_new0 (KhPortMapper, 1);

  self->changed = changed;
  self->user_data = user_data;
  self->map = kh_port_map_new (random);
  self->upnp = kh_port_mapper_upnp_new (on_upnp_told, self);
  self->driver = kh_udp_driver_new (&machine_ops, self->map, take_events, self);
  if (!kh_udp_driver_bind_any (self->driver, 0, 0, &error))
    {
      g_debug ("Port mapping: %s", error->message);
      kh_port_mapper_free (self);
      return NULL;
    }
  self->announcements = kh_announcements_new (on_announced, self);
  return self;
}

static void
give_ports_back (KhPortMapper *self)
{
  self->closed = TRUE;
  kh_port_mapper_upnp_stop (self->upnp);
  kh_port_map_shutdown (self->map, g_get_monotonic_time ());
  kh_udp_driver_flush (self->driver);
}

void
kh_port_mapper_free (KhPortMapper *self)
{
  if (self == NULL)
    return;
  if (!self->closed)
    give_ports_back (self);
  kh_port_mapper_upnp_free (self->upnp);
  kh_announcements_free (self->announcements);
  kh_udp_driver_free (self->driver);
  kh_port_map_free (self->map);
  g_free (self);
}

void
kh_port_mapper_restrict (KhPortMapper *self, KhPortMapProtocol only)
{
  self->has_only = TRUE;
  self->only = only;
  kh_port_map_restrict (self->map, only);
}

void
kh_port_mapper_start (KhPortMapper *self, guint16 port_ipv4, guint16 port_ipv6)
{
  self->ports[0] = port_ipv4;
  self->ports[KH_SOCKET_IPV6] = port_ipv6;
  look_at_routes (self);
}

void
kh_port_mapper_refresh (KhPortMapper *self)
{
  gboolean is_resting;

  look_at_routes (self);
  kh_port_map_refresh (self->map, g_get_monotonic_time ());
  kh_udp_driver_kick (self->driver);
  is_resting = self->families[0].state == KH_PORT_MAPPER_FAILED;
  if (wants_upnp (self) && (kh_port_mapper_upnp_is_mapped (self->upnp) || is_resting))
    kh_port_mapper_upnp_ask (self->upnp);
}

KhPortMapperFamily
kh_port_mapper_get (KhPortMapper *self, KhFamily family)
{
  return self->families[kh_socket_for_family (family)];
}

void
kh_port_mapper_close (KhPortMapper *self,
                      guint patience_ms,
                      KhPortMapperDone done,
                      gpointer user_data)
{
  g_return_if_fail (!self->closed);
  give_ports_back (self);
  kh_port_mapper_upnp_close (self->upnp, patience_ms, done, user_data);
}
