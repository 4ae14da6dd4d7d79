/* server-link-search.c: a server's name, its address and its pin
 *
 * A choice is searched for in two steps, the pin in the history and the address in the DNS, and
 * then handed to the node, which keeps trying by itself. A name that cannot be looked up, or whose
 * addresses do not answer, is looked up again after a while, and when the network changes.
 */
#include "engine/engine-private.h"
#include <glib/gi18n-lib.h>

#include "io/interfaces.h"
#include "io/resolver.h"

/* Between two look-ups of a name: at first, and at most. A name that was right once is more likely
 * down than moved. */
#define RETRY_FIRST_S 15
#define RETRY_MAX_S 300

static void search_address (KhServerLink *self);

void
kh_server_link_stop_retry (KhServerLink *self)
{
  self->retry_s = 0;
  if (self->retry == NULL)
    return;
  g_source_destroy (self->retry);
  g_clear_pointer (&self->retry, g_source_unref);
}

static void
stop_search (KhServerLink *self)
{
  g_cancellable_cancel (self->search);
  g_clear_object (&self->search);
  kh_server_link_stop_retry (self);
}

static gboolean
on_retry (gpointer user_data)
{
  KhServerLink *self = user_data;

  g_clear_pointer (&self->retry, g_source_unref);
  search_address (self);
  return G_SOURCE_REMOVE;
}

void
kh_server_link_start_retry (KhServerLink *self)
{
  KhAddr addr;

  /* An address stays what it is. */
  if (self->retry != NULL || kh_addr_parse (self->name.host, 1, &addr))
    return;
  self->retry_s = self->retry_s == 0 ? RETRY_FIRST_S : MIN (self->retry_s * 2, RETRY_MAX_S);
  self->retry = g_timeout_source_new_seconds (self->retry_s);
  g_source_set_callback (self->retry, on_retry, self, NULL);
  g_source_attach (self->retry, g_main_context_get_thread_default ());
}

static void
tell_node (KhServerLink *self)
{
  kh_node_set_server (self->node, &g_array_index (self->addrs, KhAddr, 0), self->addrs->len,
                      self->has_key ? &self->key : NULL, g_get_monotonic_time ());
  kh_server_link_kick (self);
}

static gboolean
same_addrs (const GArray *a, const GArray *b)
{
  if (a == NULL || a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    if (!kh_addr_equal (&g_array_index (a, KhAddr, i), &g_array_index (b, KhAddr, i)))
      return FALSE;
  return TRUE;
}

typedef struct
{
  KhServerLink *link;
  GCancellable *search;
} Search;

static Search *
search_new (KhServerLink *link)
{
  Search *self = g_new (Search, 1);

  self->link = g_object_ref (link);
  self->search = g_object_ref (link->search);
  return self;
}

static void
search_free (Search *self)
{
  g_object_unref (self->link);
  g_object_unref (self->search);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Search, search_free)

static gboolean
search_is_over (Search *self)
{
  const KhEngine *engine = self->link->engine;

  return engine == NULL || engine->stage != KH_ENGINE_OPEN || self->link->search != self->search;
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Search) search = user_data;
  KhServerLink *self = search->link;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) addrs = kh_resolver_resolve_finish (result, &error);

  if (search_is_over (search))
    return;
  if (addrs == NULL)
    {
      kh_server_link_start_retry (self);
      if (self->addrs == NULL)
        kh_server_link_set_state (
            self, KH_ENGINE_LINK_RESOLVING,
            g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_RESOLVE,
                         _ ("The server “%s” cannot be found: %s. Check the name "
                            "and the network."),
                         self->name.host, error->message));
      return;
    }
  if (same_addrs (self->addrs, addrs))
    {
      if (self->link != KH_ENGINE_LINK_ONLINE)
        kh_server_link_start_retry (self);
      return;
    }
  g_clear_pointer (&self->addrs, g_array_unref);
  self->addrs = g_steal_pointer (&addrs);
  if (self->link == KH_ENGINE_LINK_RESOLVING)
    kh_server_link_set_state (self, KH_ENGINE_LINK_REACHING, NULL);
  if (self->node != NULL)
    tell_node (self);
}

static void
search_address (KhServerLink *self)
{
  kh_resolver_resolve_async (self->name.host, self->name.port, self->search, on_resolved,
                             search_new (self));
}

static void
on_pin (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Search) search = user_data;
  KhServerLink *self = search->link;
  g_autoptr (KhStorePin) pin = NULL;
  g_autoptr (GError) error = NULL;

  if (!kh_store_get_pin_finish (KH_STORE (source), result, &pin, &error))
    {
      /* Without the pin any key would be taken for the right one. */
      if (!search_is_over (search))
        kh_server_link_set_state (self, KH_ENGINE_LINK_OFF,
                                  kh_engine_error_from_store (g_steal_pointer (&error)));
      return;
    }
  if (search_is_over (search))
    return;
  if (pin != NULL)
    {
      self->has_key = TRUE;
      self->key = pin->key;
      kh_server_link_notify_key (self);
    }
  search_address (self);
}

void
kh_server_link_forget (KhServerLink *self)
{
  stop_search (self);
  g_clear_pointer (&self->local, kh_local_server_free);
  g_clear_pointer (&self->addrs, g_array_unref);
  self->is_set = FALSE;
  self->has_key = FALSE;
  if (self->node != NULL)
    {
      kh_node_set_server (self->node, NULL, 0, NULL, g_get_monotonic_time ());
      kh_server_link_kick (self);
    }
}

static void
set_server_name (KhServerLink *self, const KhServerName *name)
{
  self->is_set = TRUE;
  self->name = *name;
  kh_server_name_format (name, self->text);
}

void
kh_server_link_use (KhServerLink *self, const KhServerName *name, const KhKey *key)
{
  kh_server_link_forget (self);
  if (name != NULL)
    {
      set_server_name (self, name);
      self->search = g_cancellable_new ();
    }
  if (key != NULL)
    {
      self->has_key = TRUE;
      self->key = *key;
    }
  kh_server_link_notify_name (self);
  kh_server_link_notify_key (self);
  kh_server_link_set_state (self, name != NULL ? KH_ENGINE_LINK_RESOLVING : KH_ENGINE_LINK_OFF,
                            NULL);
  if (name == NULL || self->engine == NULL || self->engine->stage != KH_ENGINE_OPEN)
    return;
  if (key != NULL)
    search_address (self);
  else
    kh_store_get_pin_async (self->engine->store, self->text, NULL, on_pin, search_new (self));
}

void
kh_server_link_use_local (KhServerLink *self, KhLocalServer *local)
{
  KhServerName name = { .port = kh_local_server_get_port (local) };
  KhAddr addrs[KH_INTERFACES_MAX];
  gsize n = kh_interfaces_list (name.port, name.port, FALSE, addrs);
  KhAddr addr = n > 0 ? addrs[0] : kh_addr_ipv4 (127, 0, 0, 1, name.port);
  char text[KH_ADDR_STRING_MAX];
  KhServerName parsed;

  if (local == self->local)
    self->local = NULL;
  kh_server_link_forget (self);
  self->local = local;
  /* Written as a person would, to be typed on the other computer. */
  if (kh_server_name_parse (kh_addr_format (&addr, text), &parsed, NULL))
    name = parsed;
  set_server_name (self, &name);
  self->has_key = TRUE;
  self->key = *kh_local_server_get_key (local);
  self->addrs = g_array_new (FALSE, FALSE, sizeof (KhAddr));
  g_array_append_val (self->addrs, addr);
  kh_server_link_notify_name (self);
  kh_server_link_notify_key (self);
  kh_server_link_set_state (self, KH_ENGINE_LINK_REACHING, NULL);
  if (self->node != NULL)
    tell_node (self);
}

void
kh_server_link_network_changed (KhServerLink *self)
{
  KhAddr addrs[KH_INTERFACES_MAX];

  if (self->local != NULL)
    {
      guint16 port = kh_local_server_get_port (self->local);
      gsize n = kh_interfaces_list (port, port, FALSE, addrs);

      if (n > 0 && !kh_addr_equal (&addrs[0], &g_array_index (self->addrs, KhAddr, 0)))
        kh_server_link_use_local (self, self->local);
    }
  else if (self->search != NULL && self->link != KH_ENGINE_LINK_ONLINE)
    search_address (self);
}

void
kh_server_link_pin (KhServerLink *self,
                    const KhKey *key,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  KhStorePin pin = { .server = self->text, .key = *key, .first_seen_us = g_get_real_time () };

  self->has_key = TRUE;
  self->key = *key;
  kh_store_set_pin_async (self->engine->store, &pin, NULL, callback, user_data);
  kh_server_link_notify_key (self);
}
