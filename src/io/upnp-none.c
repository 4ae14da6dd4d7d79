/* upnp-none.c: io/upnp.h where the library is not there */
#include "io/upnp.h"

struct _KhUpnpMapping
{
  KhAddr external;
};

void
kh_upnp_mapping_free (KhUpnpMapping *self)
{
  g_free (self);
}

KhAddr
kh_upnp_mapping_get_external (const KhUpnpMapping *self)
{
  return self->external;
}

guint
kh_upnp_mapping_get_lease_s (const KhUpnpMapping *self)
{
  return 0;
}

gboolean
kh_upnp_is_available (void)
{
  return FALSE;
}

void
kh_upnp_map_async (const KhAddr *internal,
                   const KhUpnpMapping *former,
                   GCancellable *cancellable,
                   GAsyncReadyCallback callback,
                   gpointer user_data)
{
  g_task_report_new_error (NULL, callback, user_data, kh_upnp_map_async, G_IO_ERROR,
                           G_IO_ERROR_NOT_SUPPORTED, "Built without UPnP");
}

KhUpnpMapping *
kh_upnp_map_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
kh_upnp_unmap_async (const KhUpnpMapping *mapping,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  g_task_report_new_error (NULL, callback, user_data, kh_upnp_unmap_async, G_IO_ERROR,
                           G_IO_ERROR_NOT_SUPPORTED, "Built without UPnP");
}

gboolean
kh_upnp_unmap_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
