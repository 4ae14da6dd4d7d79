/* resolver.c: GResolver, which asks getaddrinfo(3) on a thread */
#include "io/resolver.h"

#include <string.h>

typedef struct
{
  char *host;
  guint16 port;
} Resolve;

static void
resolve_free (gpointer data)
{
  Resolve *self = data;

  g_free (self->host);
  g_free (self);
}

static gboolean
addr_from_inet (GInetAddress *inet, guint16 port, KhAddr *ret_addr)
{
  KhAddr addr = { .port = port };

  switch (g_inet_address_get_family (inet))
    {
    case G_SOCKET_FAMILY_IPV4:
      addr.family = KH_FAMILY_IPV4;
      break;
    case G_SOCKET_FAMILY_IPV6:
      addr.family = KH_FAMILY_IPV6;
      break;
    case G_SOCKET_FAMILY_INVALID:
    case G_SOCKET_FAMILY_UNIX:
    default:
      return FALSE;
    }
  memcpy (addr.ip, g_inet_address_to_bytes (inet), g_inet_address_get_native_size (inet));
  *ret_addr = kh_addr_normalise (&addr);
  return kh_addr_is_unicast (ret_addr);
}

static GArray *
addrs_from_list (GList *list, guint16 port)
{
  GArray *addrs = g_array_new (FALSE, FALSE, sizeof (KhAddr));

  for (GList *i = list; i != NULL && addrs->len < KH_RESOLVER_MAX; i = i->next)
    {
      KhAddr addr;

      if (addr_from_inet (i->data, port, &addr))
        g_array_append_val (addrs, addr);
    }
  return addrs;
}

static void
on_looked_up (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Resolve *self = g_task_get_task_data (task);
  g_autoptr (GArray) addrs = NULL;
  g_autoptr (GError) error = NULL;
  GList *list = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);

  if (error != NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  addrs = addrs_from_list (list, self->port);
  g_resolver_free_addresses (list);
  if (addrs->len == 0)
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND,
                             "“%s” has no address that can be used", self->host);
  else
    g_task_return_pointer (task, g_steal_pointer (&addrs), (GDestroyNotify) g_array_unref);
}

void
kh_resolver_resolve_async (const char *host,
                           guint16 port,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  Resolve *self = g_new0 (Resolve, 1);

  self->host = g_strdup (host);
  self->port = port;
  g_task_set_source_tag (task, kh_resolver_resolve_async);
  g_task_set_task_data (task, self, resolve_free);
  g_resolver_lookup_by_name_async (resolver, host, cancellable, on_looked_up,
                                   g_steal_pointer (&task));
}

GArray *
kh_resolver_resolve_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
