/* upnp.h: asks the home's router for a port by UPnP's Internet Gateway Device
 *
 * For routers that speak neither PCP nor NAT-PMP. IPv4 alone. The library blocks, so all of it is
 * done on a thread of GTask. Where it was not built in (meson option `upnp`), each call ends with
 * G_IO_ERROR_NOT_SUPPORTED.
 */
#pragma once

#include <gio/gio.h>

#include "wire/addr.h"

/* What is asked for, in seconds; renew at half of it. */
#define KH_UPNP_LEASE_S 3600

/* A port of the router; immutable. */
typedef struct _KhUpnpMapping KhUpnpMapping;

void kh_upnp_mapping_free (KhUpnpMapping *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhUpnpMapping, kh_upnp_mapping_free)
/* Not seldom an address of another NAT (double NAT): kh_port_map_is_global() tells. */
KhAddr kh_upnp_mapping_get_external (const KhUpnpMapping *self);
/* KH_UPNP_LEASE_S, or 0 where the router has only permanent mappings; renew those too, since a
 * router that restarts forgets them. */
guint kh_upnp_mapping_get_lease_s (const KhUpnpMapping *self);

gboolean kh_upnp_is_available (void);

/**
 * kh_upnp_map_async:
 * @internal: the IPv4 address of this machine in the home's network, and the UDP port
 * @former: (nullable): a mapping to renew: its router and its port are tried first
 *
 * Looks for a router for 2 s, unless @former still knows one, and asks it for the port. Nothing is
 * copied from @former that outlives the call.
 */
void kh_upnp_map_async (const KhAddr *internal,
                        const KhUpnpMapping *former,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
/**
 * kh_upnp_map_finish:
 *
 * Errors: G_IO_ERROR_NOT_FOUND: no router answers. HOST_UNREACHABLE: it has no external address.
 * PERMISSION_DENIED: it may not. FAILED: it would not, with its error code. NOT_SUPPORTED: see
 * above, and for IPv6. CANCELLED at once; a port that was on its way is given back.
 *
 * Returns: (transfer full)
 */
KhUpnpMapping *kh_upnp_map_finish (GAsyncResult *result, GError **error);

/* Gives the port back. @mapping is copied. */
void kh_upnp_unmap_async (const KhUpnpMapping *mapping,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
gboolean kh_upnp_unmap_finish (GAsyncResult *result, GError **error);
