/* resolver.h: from a host as a person wrote it to addresses */
#pragma once

#include <gio/gio.h>

#include "wire/addr.h"

/* More addresses of one name are left out. */
#define KH_RESOLVER_MAX 8

/**
 * kh_resolver_resolve_async:
 * @host: a name or a numeric address, without brackets
 *
 * A numeric address needs no network.
 */
void kh_resolver_resolve_async (const char *host,
                                guint16 port,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
/**
 * kh_resolver_resolve_finish:
 *
 * Errors: G_RESOLVER_ERROR (NOT_FOUND: there is no such name, or it has no address;
 * TEMPORARY_FAILURE: the name service cannot be asked), G_IO_ERROR. The message names the host.
 *
 * Returns: (transfer full) (element-type KhAddr): 1 to KH_RESOLVER_MAX addresses of both families,
 * in the order of the system's preference
 */
GArray *kh_resolver_resolve_finish (GAsyncResult *result, GError **error);
