/* port-mapper.c: see port-mapper.h
 *
 * The machine's datagrams have a driver of their own, so that the node never sees them; routers
 * look at the address of who asks and not at its port. Of UPnP there is one request at a time, on a
 * thread; one timer says when to ask, to renew or to try again.
 */
#include "engine/port-mapper.h"

#include "io/announcements.h"
#include "io/gateway.h"
#include "io/udp-driver.h"
#include "io/upnp.h"

/* How much of a lead the other two have, who answer within milliseconds: both have been asked then,
 * and NAT-PMP, the more common one, three times. */
#define UPNP_DELAY_MS 1100
/* Where there was none to begin with, there will be none so soon. One that was lost is asked for
 * again after the lesser, doubled with each failure: a router that restarts is back in a minute. */
#define UPNP_REST_MIN_MS 60000
#define UPNP_REST_MAX_MS 3600000
#define UPNP_RENEW_MS (KH_UPNP_LEASE_S / 2 * 1000)

typedef struct
{
  GCancellable *asking;   /* (nullable): of the request under way */
  KhUpnpMapping *mapping; /* (nullable) */
  GSource *timer;         /* (nullable) */
  guint rest_ms;          /* of the last failure; 0 */
} Upnp;

struct _KhPortMapper
{
  KhPortMapperChanged changed;
  gpointer user_data;
  KhPortMap *map;
  KhUdpDriver *driver;
  KhAnnouncements *announcements; /* (nullable) */
  guint16 ports[2];
  KhAddr gateways[2];
  KhAddr internal[2]; /* absent: not asked for */
  KhPortMapperFamily families[2];
  Upnp upnp;

  /* closing */
  gboolean closed;
  KhPortMapperDone done; /* (nullable) */
  gpointer done_data;
  GSource *patience;     /* (nullable) */
  GCancellable *unasked; /* (nullable): of giving back */
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

static void upnp_schedule (KhPortMapper *self, guint ms);

static void
upnp_stop_timer (Upnp *upnp)
{
  if (upnp->timer == NULL)
    return;
  g_source_destroy (upnp->timer);
  g_clear_pointer (&upnp->timer, g_source_unref);
}

/* Nobody asks any more; a port that was about to be given is given back by the thread. */
static void
upnp_stop (Upnp *upnp)
{
  upnp_stop_timer (upnp);
  g_cancellable_cancel (upnp->asking);
  g_clear_object (&upnp->asking);
}

/* Gives the port back without waiting. */
static void
upnp_drop (Upnp *upnp)
{
  upnp_stop (upnp);
  if (upnp->mapping != NULL)
    kh_upnp_unmap_async (upnp->mapping, NULL, NULL, NULL);
  g_clear_pointer (&upnp->mapping, kh_upnp_mapping_free);
}

static KhPortMapFailure
failure_of_upnp (const GError *error)
{
  switch (error->code)
    {
    case G_IO_ERROR_PERMISSION_DENIED:
      return KH_PORT_MAP_REFUSED;
    case G_IO_ERROR_HOST_UNREACHABLE:
      return KH_PORT_MAP_NO_ADDRESS;
    case G_IO_ERROR_FAILED:
      return KH_PORT_MAP_EXHAUSTED;
    case G_IO_ERROR_NOT_FOUND:
    case G_IO_ERROR_NOT_SUPPORTED:
    default:
      return KH_PORT_MAP_NO_ANSWER;
    }
}

static void
upnp_mapped (KhPortMapper *self, KhUpnpMapping *mapping)
{
  KhAddr external = kh_upnp_mapping_get_external (mapping);

  g_clear_pointer (&self->upnp.mapping, kh_upnp_mapping_free);
  self->upnp.mapping = mapping;
  self->upnp.rest_ms = 0;
  upnp_schedule (self, UPNP_RENEW_MS);
  set_mapped (self, KH_FAMILY_IPV4, KH_PORT_MAP_UPNP, &external);
}

/* Of several reasons the one is told that says the most, as of the other protocols. */
static void
upnp_failed (KhPortMapper *self, const GError *error)
{
  KhPortMapFailure failure = failure_of_upnp (error);
  Upnp *upnp = &self->upnp;

  g_debug ("UPnP: %s", error->message);
  if (upnp->mapping != NULL)
    upnp->rest_ms = UPNP_REST_MIN_MS;
  else
    upnp->rest_ms =
        upnp->rest_ms == 0 ? UPNP_REST_MAX_MS : MIN (upnp->rest_ms * 2, UPNP_REST_MAX_MS);
  g_clear_pointer (&upnp->mapping, kh_upnp_mapping_free);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    return;
  upnp_schedule (self, upnp->rest_ms);
  set_failed (self, KH_FAMILY_IPV4, MAX (failure, self->families[0].failure));
}

typedef struct
{
  KhPortMapper *mapper; /* borrowed: alive unless @asking is cancelled */
  GCancellable *asking;
} Question;

static void
question_free (Question *self)
{
  g_object_unref (self->asking);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

static void
on_upnp_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  KhPortMapper *self = question->mapper;
  g_autoptr (GError) error = NULL;
  KhUpnpMapping *mapping = kh_upnp_map_finish (result, &error);

  if (g_cancellable_is_cancelled (question->asking))
    {
      /* Granted just before: nobody else knows of it. */
      if (mapping != NULL)
        kh_upnp_unmap_async (mapping, NULL, NULL, NULL);
      kh_upnp_mapping_free (mapping);
      return;
    }
  g_clear_object (&self->upnp.asking);
  if (mapping != NULL)
    upnp_mapped (self, mapping);
  else
    upnp_failed (self, error);
}

static void
upnp_ask (KhPortMapper *self)
{
  Upnp *upnp = &self->upnp;
  Question *question;

  if (upnp->asking != NULL || !kh_addr_is_set (&self->internal[0]))
    return;
  upnp_stop_timer (upnp);
  upnp->asking = g_cancellable_new ();
  question = g_new (Question, 1);
  *question = (Question){ self, g_object_ref (upnp->asking) };
  kh_upnp_map_async (&self->internal[0], upnp->mapping, upnp->asking, on_upnp_answered, question);
}

static gboolean
on_upnp_due (gpointer user_data)
{
  upnp_ask (user_data);
  return G_SOURCE_REMOVE;
}

static void
upnp_schedule (KhPortMapper *self, guint ms)
{
  Upnp *upnp = &self->upnp;

  upnp_stop_timer (upnp);
  if (!kh_upnp_is_available () || self->closed)
    return;
  upnp->timer = g_timeout_source_new (ms);
  g_source_set_callback (upnp->timer, on_upnp_due, self, NULL);
  g_source_attach (upnp->timer, g_main_context_get_thread_default ());
}

/* --- PCP and NAT-PMP --------------------------------------------------------------------- */

static void
handle_mapped (KhPortMapper *self, const KhPortMapEvent *event)
{
  if (event->family == KH_FAMILY_IPV4)
    upnp_drop (&self->upnp);
  set_mapped (self, event->family, event->protocol, &event->external);
}

/* It is asked for again by itself; by UPnP too, in case that is all the router knows now. */
static void
handle_lost (KhPortMapper *self, const KhPortMapEvent *event)
{
  if (!kh_addr_is_set (&self->internal[kh_socket_for_family (event->family)]))
    return;
  set_family (self, event->family, &(KhPortMapperFamily){ .state = KH_PORT_MAPPER_ASKING });
  if (event->family == KH_FAMILY_IPV4)
    upnp_schedule (self, UPNP_DELAY_MS);
}

static void
handle_failed (KhPortMapper *self, const KhPortMapEvent *event)
{
  KhPortMapperFamily *family = &self->families[kh_socket_for_family (event->family)];
  Upnp *upnp = &self->upnp;

  if (event->family == KH_FAMILY_IPV4 && upnp->mapping != NULL)
    return;
  /* The last word is that of UPnP, if it has not spoken. */
  if (event->family == KH_FAMILY_IPV4 && kh_upnp_is_available () && upnp->rest_ms == 0)
    {
      family->failure = event->failure;
      upnp_ask (self);
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
    upnp_drop (&self->upnp);
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
  if (family == KH_FAMILY_IPV4)
    {
      self->upnp.rest_ms = 0;
      upnp_schedule (self, UPNP_DELAY_MS);
    }
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
stop_waiting (KhPortMapper *self)
{
  if (self->patience != NULL)
    {
      g_source_destroy (self->patience);
      g_clear_pointer (&self->patience, g_source_unref);
    }
  g_cancellable_cancel (self->unasked);
  g_clear_object (&self->unasked);
}

static void
give_ports_back (KhPortMapper *self)
{
  self->closed = TRUE;
  upnp_stop (&self->upnp);
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
  stop_waiting (self);
  upnp_drop (&self->upnp);
  kh_announcements_free (self->announcements);
  kh_udp_driver_free (self->driver);
  kh_port_map_free (self->map);
  g_free (self);
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
  Upnp *upnp = &self->upnp;
  gboolean is_resting;

  look_at_routes (self);
  kh_port_map_refresh (self->map, g_get_monotonic_time ());
  kh_udp_driver_kick (self->driver);
  is_resting = self->families[0].state == KH_PORT_MAPPER_FAILED;
  if (kh_upnp_is_available () && (upnp->mapping != NULL || is_resting))
    upnp_ask (self);
}

KhPortMapperFamily
kh_port_mapper_get (KhPortMapper *self, KhFamily family)
{
  return self->families[kh_socket_for_family (family)];
}

/* --- the end ----------------------------------------------------------------------------- */

static void
finish (KhPortMapper *self)
{
  KhPortMapperDone done = self->done;

  stop_waiting (self);
  self->done = NULL;
  if (done != NULL)
    done (self->done_data);
}

static gboolean
on_patience_over (gpointer user_data)
{
  finish (user_data);
  return G_SOURCE_REMOVE;
}

static void
on_given_back (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  g_autoptr (GError) error = NULL;

  if (!kh_upnp_unmap_finish (result, &error))
    g_debug ("UPnP: %s", error->message);
  if (!g_cancellable_is_cancelled (question->asking))
    finish (question->mapper);
}

void
kh_port_mapper_close (KhPortMapper *self,
                      guint patience_ms,
                      KhPortMapperDone done,
                      gpointer user_data)
{
  Question *question;

  g_return_if_fail (!self->closed);
  give_ports_back (self);
  self->done = done;
  self->done_data = user_data;
  if (self->upnp.mapping == NULL)
    {
      finish (self);
      return;
    }
  self->unasked = g_cancellable_new ();
  question = g_new (Question, 1);
  *question = (Question){ self, g_object_ref (self->unasked) };
  kh_upnp_unmap_async (self->upnp.mapping, self->unasked, on_given_back, question);
  g_clear_pointer (&self->upnp.mapping, kh_upnp_mapping_free);
  self->patience = g_timeout_source_new (patience_ms);
  g_source_set_callback (self->patience, on_patience_over, self, NULL);
  g_source_attach (self->patience, g_main_context_get_thread_default ());
}
