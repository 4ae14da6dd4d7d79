/* port-mapper-upnp.h: one port of the router, by UPnP: asked for, renewed, and given back
 *
 * What port-map.h is for the other two protocols, except that io/upnp.h does the talking, on a
 * thread: one request at a time, and one timer that says when to ask, to renew or to try again.
 * Private to port-mapper.c. Lives on the thread-default main context it was made in.
 */
#pragma once

#include "path/port-map.h"

typedef struct _KhPortMapperUpnp KhPortMapperUpnp;

/* @external: (nullable): where others get in; NULL: there is no port, because of @failure */
typedef void (*KhPortMapperUpnpTold) (const KhAddr *external,
                                      KhPortMapFailure failure,
                                      gpointer user_data);
typedef void (*KhPortMapperUpnpDone) (gpointer user_data);

/* (transfer full). Where UPnP was not built in, nothing is ever asked or told. */
KhPortMapperUpnp *kh_port_mapper_upnp_new (KhPortMapperUpnpTold told, gpointer user_data);
/* Gives back what it has without waiting. */
void kh_port_mapper_upnp_free (KhPortMapperUpnp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhPortMapperUpnp, kh_port_mapper_upnp_free)

/* Another network, or none (@internal is absent): gives back without waiting what was held of the
 * one before, and has everything before it. */
void kh_port_mapper_upnp_set_internal (KhPortMapperUpnp *self, const KhAddr *internal);
/* Asks in so many milliseconds, or renews. */
void kh_port_mapper_upnp_schedule (KhPortMapperUpnp *self, guint ms);
void kh_port_mapper_upnp_ask (KhPortMapperUpnp *self);
/* Is not needed: gives back what it has, and asks no more before the next of these. */
void kh_port_mapper_upnp_drop (KhPortMapperUpnp *self);

gboolean kh_port_mapper_upnp_is_mapped (KhPortMapperUpnp *self);
/* Can it be asked, and has not said no? */
gboolean kh_port_mapper_upnp_is_open (KhPortMapperUpnp *self);

/* Nothing is asked or told any more. */
void kh_port_mapper_upnp_stop (KhPortMapperUpnp *self);
/* After that: calls @done when the router has its port back, or after @patience_ms; perhaps before
 * this returns, and not after kh_port_mapper_upnp_free(). */
void kh_port_mapper_upnp_close (KhPortMapperUpnp *self,
                                guint patience_ms,
                                KhPortMapperUpnpDone done,
                                gpointer user_data);
