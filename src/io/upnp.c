/* upnp.c: miniupnpc on a thread of GTask (UPnP IGD 1 and 2, WANIPConnection)
 *
 * Everything here but the public functions runs on that thread and touches only its own task data.
 * The answers come from whoever answers in the home's network: a router has to be reached from the
 * address that is to be mapped, and what it says is bounded and parsed before it is believed.
 */
#include "io/upnp.h"

#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/upnpcommands.h>
#include <miniupnpc/upnperrors.h>
#include <string.h>

#define DISCOVERY_MS 2000
/* Hops of the multicast search (UPnP Device Architecture 1.1, 1.3.2). */
#define DISCOVERY_TTL 2
/* Ports tried where the wanted one is taken. */
#define PORT_TRIES 4
/* What users see in their router's list. */
#define DESCRIPTION "Knothole"

/* WANIPConnection:1, 2.4: errors of AddPortMapping */
#define ERROR_NOT_AUTHORIZED 606
#define ERROR_CONFLICT 718
#define ERROR_SAME_PORT 724
#define ERROR_ONLY_PERMANENT 725

struct _KhUpnpMapping
{
  KhAddr external;
  KhAddr internal;
  guint lease_s;
  char *control_url;
  char *service;
};

typedef struct
{
  KhAddr internal;
  KhUpnpMapping *former;
} Request;

void
kh_upnp_mapping_free (KhUpnpMapping *self)
{
  if (self == NULL)
    return;
  g_free (self->control_url);
  g_free (self->service);
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
  return self->lease_s;
}

gboolean
kh_upnp_is_available (void)
{
  return TRUE;
}

static KhUpnpMapping *
mapping_copy (const KhUpnpMapping *self)
{
  KhUpnpMapping *copy = g_memdup2 (self, sizeof *self);

  copy->control_url = g_strdup (self->control_url);
  copy->service = g_strdup (self->service);
  return copy;
}

static void
request_free (gpointer data)
{
  Request *self = data;

  kh_upnp_mapping_free (self->former);
  g_free (self);
}

static void
format_ip (const KhAddr *addr, char ret_text[KH_ADDR_STRING_MAX])
{
  kh_addr_format (addr, ret_text);
  *strrchr (ret_text, ':') = '\0';
}

/* --- the router -------------------------------------------------------------------------- */

/* Fills in @mapping's router, from the descriptions that were found. */
static gboolean
choose_router (KhUpnpMapping *mapping, struct UPNPDev *devices, GError **error)
{
  struct UPNPUrls urls = { 0 };
  struct IGDdatas data = { 0 };
  char lan[64] = "";
  KhAddr local = { 0 };
#if MINIUPNPC_API_VERSION >= 18
  char wan[64] = "";
  int kind = UPNP_GetValidIGD (devices, &urls, &data, lan, sizeof lan, wan, sizeof wan);
#else
  int kind = UPNP_GetValidIGD (devices, &urls, &data, lan, sizeof lan);
#endif
  gboolean good;

  if (kind == 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "No router speaks UPnP");
      return FALSE;
    }
  /* 2 is a router whose address is private, or one without a connection: its address tells. */
  good = (kind == 1 || kind == 2) && kh_addr_parse (lan, 0, &local) &&
         kh_addr_equal_ip (&local, &mapping->internal) && urls.controlURL != NULL &&
         data.first.servicetype[0] != '\0';
  if (good)
    {
      mapping->control_url = g_strdup (urls.controlURL);
      mapping->service = g_strdup (data.first.servicetype);
    }
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                         "What speaks UPnP here is no router of this network");
  FreeUPNPUrls (&urls);
  return good;
}

static gboolean
find_router (KhUpnpMapping *mapping, GError **error)
{
  /* A newer router answers to the older name too. Of one kind alone, or the library would wait
   * once for each of its own list. */
  static const char *const kinds[] = { "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
                                       NULL };
  char local[KH_ADDR_STRING_MAX];
  struct UPNPDev *devices;
  gboolean found;

  format_ip (&mapping->internal, local);
  devices = upnpDiscoverDevices (kinds, DISCOVERY_MS, local, NULL, UPNP_LOCAL_PORT_ANY, FALSE,
                                 DISCOVERY_TTL, NULL, FALSE);
  found = choose_router (mapping, devices, error);
  freeUPNPDevlist (devices);
  return found;
}

/* --- the port ---------------------------------------------------------------------------- */

static int
add_port (KhUpnpMapping *mapping, guint16 port, guint lease_s)
{
  char client[KH_ADDR_STRING_MAX], inside[8], outside[8], lease[12];

  format_ip (&mapping->internal, client);
  g_snprintf (inside, sizeof inside, "%u", mapping->internal.port);
  g_snprintf (outside, sizeof outside, "%u", port);
  g_snprintf (lease, sizeof lease, "%u", lease_s);
  mapping->external.port = port;
  mapping->lease_s = lease_s;
  return UPNP_AddPortMapping (mapping->control_url, mapping->service, outside, inside, client,
                              DESCRIPTION, "UDP", NULL, lease);
}

/* WANIPConnection:2 gives another port itself where the wanted one is taken. */
static int
add_any_port (KhUpnpMapping *mapping, guint16 port)
{
  char client[KH_ADDR_STRING_MAX], inside[8], outside[8], reserved[8] = "", lease[12];
  guint64 given;
  int result;

  format_ip (&mapping->internal, client);
  g_snprintf (inside, sizeof inside, "%u", mapping->internal.port);
  g_snprintf (outside, sizeof outside, "%u", port);
  g_snprintf (lease, sizeof lease, "%u", KH_UPNP_LEASE_S);
  result = UPNP_AddAnyPortMapping (mapping->control_url, mapping->service, outside, inside, client,
                                   DESCRIPTION, "UDP", NULL, lease, reserved);
  if (result != UPNPCOMMAND_SUCCESS)
    return result;
  if (!g_ascii_string_to_unsigned (reserved, 10, 1, G_MAXUINT16, &given, NULL))
    return UPNPCOMMAND_UNKNOWN_ERROR;
  mapping->external.port = (guint16) given;
  mapping->lease_s = KH_UPNP_LEASE_S;
  return result;
}

static int
add_some_port (KhUpnpMapping *mapping, guint16 wanted)
{
  guint lease_s = KH_UPNP_LEASE_S;
  guint16 port = wanted;
  int result = UPNPCOMMAND_UNKNOWN_ERROR;

  if (g_str_has_suffix (mapping->service, ":WANIPConnection:2") &&
      add_any_port (mapping, wanted) == UPNPCOMMAND_SUCCESS)
    return UPNPCOMMAND_SUCCESS;
  for (guint i = 0; i < PORT_TRIES; i++)
    {
      result = add_port (mapping, port, lease_s);
      if (result == ERROR_ONLY_PERMANENT && lease_s > 0)
        {
          lease_s = 0;
          result = add_port (mapping, port, lease_s);
        }
      /* Some want the port to be the same on both sides, others have it taken. */
      if (result == ERROR_SAME_PORT)
        port = mapping->internal.port;
      else if (result == ERROR_CONFLICT)
        port = (guint16) g_random_int_range (1024, G_MAXUINT16);
      else
        break;
    }
  return result;
}

static gboolean
get_address (KhUpnpMapping *mapping, GError **error)
{
  char text[64] = "";
  KhAddr external;

  if (UPNP_GetExternalIPAddress (mapping->control_url, mapping->service, text) !=
          UPNPCOMMAND_SUCCESS ||
      !kh_addr_parse (text, 9, &external) || external.family != KH_FAMILY_IPV4 ||
      !kh_addr_is_unicast (&external) || kh_addr_is_loopback (&external))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE,
                           "The router has no external address");
      return FALSE;
    }
  mapping->external = external;
  return TRUE;
}

static gboolean
ask (KhUpnpMapping *mapping, guint16 wanted, GError **error)
{
  int result;

  if (!get_address (mapping, error))
    return FALSE;
  result = add_some_port (mapping, wanted);
  if (result == UPNPCOMMAND_SUCCESS)
    return TRUE;
  g_set_error (error, G_IO_ERROR,
               result == ERROR_NOT_AUTHORIZED ? G_IO_ERROR_PERMISSION_DENIED : G_IO_ERROR_FAILED,
               "The router refused a port: %s (%d)", strupnperror (result), result);
  return FALSE;
}

static int
delete_port (const KhUpnpMapping *mapping)
{
  char port[8];

  g_snprintf (port, sizeof port, "%u", mapping->external.port);
  return UPNP_DeletePortMapping (mapping->control_url, mapping->service, port, "UDP", NULL);
}

/* (transfer full) @mapping. Nobody will ever give it back whose caller has gone. */
static void
return_mapping (GTask *task, KhUpnpMapping *mapping, GCancellable *cancellable)
{
  if (cancellable != NULL && g_cancellable_is_cancelled (cancellable))
    delete_port (mapping);
  g_task_return_pointer (task, mapping, (GDestroyNotify) kh_upnp_mapping_free);
}

static void
map_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Request *request = data;
  KhUpnpMapping *former = request->former;
  g_autoptr (KhUpnpMapping) mapping = NULL;
  g_autoptr (GError) error = NULL;
  guint16 wanted = request->internal.port;

  if (former != NULL && kh_addr_equal (&former->internal, &request->internal))
    {
      mapping = mapping_copy (former);
      wanted = former->external.port;
      if (ask (mapping, wanted, NULL))
        {
          return_mapping (task, g_steal_pointer (&mapping), cancellable);
          return;
        }
      g_clear_pointer (&mapping, kh_upnp_mapping_free);
    }
  mapping = g_new0 (KhUpnpMapping, 1);
  mapping->internal = request->internal;
  if (find_router (mapping, &error) && ask (mapping, wanted, &error))
    return_mapping (task, g_steal_pointer (&mapping), cancellable);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
unmap_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  int result = delete_port (data);

  if (result == UPNPCOMMAND_SUCCESS)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED,
                             "The router did not take its port back: %s (%d)",
                             strupnperror (result), result);
}

/* --- the caller's side ------------------------------------------------------------------- */

void
kh_upnp_map_async (const KhAddr *internal,
                   const KhUpnpMapping *former,
                   GCancellable *cancellable,
                   GAsyncReadyCallback callback,
                   gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Request *request = g_new0 (Request, 1);

  request->internal = *internal;
  request->former = former == NULL ? NULL : mapping_copy (former);
  g_task_set_source_tag (task, kh_upnp_map_async);
  g_task_set_task_data (task, request, request_free);
  if (internal->family != KH_FAMILY_IPV4 || internal->port == 0)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                               "UPnP maps ports of IPv4 alone");
      return;
    }
  /* The thread may be in the library for seconds yet; nobody waits for it. */
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, map_thread);
}

KhUpnpMapping *
kh_upnp_map_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
kh_upnp_unmap_async (const KhUpnpMapping *mapping,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, kh_upnp_unmap_async);
  g_task_set_task_data (task, mapping_copy (mapping), (GDestroyNotify) kh_upnp_mapping_free);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, unmap_thread);
}

gboolean
kh_upnp_unmap_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
