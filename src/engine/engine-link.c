/* engine-link.c: the server: its choice, its address, its key, and what is wrong with it (DESIGN
 * section 6)
 *
 * A choice is searched for in two steps, the pin in the history and the address in the DNS, and
 * then handed to the node, which keeps trying by itself. A name that cannot be looked up, or whose
 * addresses do not answer, is looked up again after a while, and when the network changes.
 */
#include "engine/engine-private.h"

#include "io/interfaces.h"
#include "io/resolver.h"

/* Between two look-ups of a name: at first, and at most. A name that was right once is more likely
 * down than moved. */
#define RETRY_FIRST_S 15
#define RETRY_MAX_S 300

static void search_address (KhEngine *self);

static void
set_link (KhEngine *self, KhEngineLink link, GError *problem)
{
  g_clear_error (&self->server.problem);
  self->server.link = link;
  self->server.problem = problem;
  if (link != KH_ENGINE_LINK_ONLINE)
    g_clear_pointer (&self->server.address, g_free);
  kh_engine_emit_link_changed (self);
}

static void
stop_search (KhEngine *self)
{
  g_cancellable_cancel (self->server.search);
  g_clear_object (&self->server.search);
  if (self->server.retry != NULL)
    {
      g_source_destroy (self->server.retry);
      g_clear_pointer (&self->server.retry, g_source_unref);
    }
}

static gboolean
on_retry (gpointer user_data)
{
  KhEngine *self = user_data;

  g_clear_pointer (&self->server.retry, g_source_unref);
  search_address (self);
  return G_SOURCE_REMOVE;
}

static void
start_retry (KhEngine *self)
{
  KhAddr addr;

  /* An address stays what it is. */
  if (self->server.retry != NULL || kh_addr_parse (self->server.name.host, 1, &addr))
    return;
  self->server.retry_s =
      self->server.retry_s == 0 ? RETRY_FIRST_S : MIN (self->server.retry_s * 2, RETRY_MAX_S);
  self->server.retry = g_timeout_source_new_seconds (self->server.retry_s);
  g_source_set_callback (self->server.retry, on_retry, self, NULL);
  g_source_attach (self->server.retry, g_main_context_get_thread_default ());
}

static void
tell_node (KhEngine *self)
{
  KhEngineServer *server = &self->server;

  kh_node_set_server (self->node, &g_array_index (server->addrs, KhAddr, 0), server->addrs->len,
                      server->has_key ? &server->key : NULL, g_get_monotonic_time ());
  kh_udp_driver_kick (self->driver);
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
  KhEngine *engine;
  GCancellable *search;
} Search;

static Search *
search_new (KhEngine *engine)
{
  Search *self = g_new (Search, 1);

  self->engine = g_object_ref (engine);
  self->search = g_object_ref (engine->server.search);
  return self;
}

static void
search_free (Search *self)
{
  g_object_unref (self->engine);
  g_object_unref (self->search);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Search, search_free)

static gboolean
search_is_over (Search *self)
{
  return self->engine->stage != KH_ENGINE_OPEN || self->engine->server.search != self->search;
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Search) search = user_data;
  KhEngine *self = search->engine;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) addrs = kh_resolver_resolve_finish (result, &error);

  if (search_is_over (search))
    return;
  if (addrs == NULL)
    {
      start_retry (self);
      if (self->server.addrs == NULL)
        set_link (self, KH_ENGINE_LINK_RESOLVING,
                  g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_RESOLVE,
                               "The server “%s” cannot be found: %s. Check the name and the "
                               "network.",
                               self->server.name.host, error->message));
      return;
    }
  if (same_addrs (self->server.addrs, addrs))
    {
      if (self->server.link != KH_ENGINE_LINK_ONLINE)
        start_retry (self);
      return;
    }
  g_clear_pointer (&self->server.addrs, g_array_unref);
  self->server.addrs = g_steal_pointer (&addrs);
  if (self->server.link == KH_ENGINE_LINK_RESOLVING)
    set_link (self, KH_ENGINE_LINK_REACHING, NULL);
  tell_node (self);
}

static void
search_address (KhEngine *self)
{
  kh_resolver_resolve_async (self->server.name.host, self->server.name.port, self->server.search,
                             on_resolved, search_new (self));
}

static void
on_pin (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Search) search = user_data;
  KhEngine *self = search->engine;
  g_autoptr (KhStorePin) pin = NULL;
  g_autoptr (GError) error = NULL;

  if (!kh_store_get_pin_finish (KH_STORE (source), result, &pin, &error))
    {
      /* Without the pin any key would be taken for the right one. */
      if (!search_is_over (search))
        set_link (self, KH_ENGINE_LINK_OFF, kh_engine_error_from_store (g_steal_pointer (&error)));
      return;
    }
  if (search_is_over (search))
    return;
  if (pin != NULL)
    {
      self->server.has_key = TRUE;
      self->server.key = pin->key;
      kh_engine_update_invite_link (self);
    }
  search_address (self);
}

static void
forget_server (KhEngine *self)
{
  KhEngineServer *server = &self->server;

  stop_search (self);
  g_clear_pointer (&server->local, kh_local_server_free);
  g_clear_pointer (&server->addrs, g_array_unref);
  server->is_set = FALSE;
  server->has_key = FALSE;
  server->retry_s = 0;
  if (self->node != NULL)
    {
      kh_node_set_server (self->node, NULL, 0, NULL, g_get_monotonic_time ());
      kh_udp_driver_kick (self->driver);
    }
}

static void
set_server_name (KhEngine *self, const KhServerName *name)
{
  self->server.is_set = TRUE;
  self->server.name = *name;
  kh_server_name_format (name, self->server.text);
}

void
kh_engine_link_use (KhEngine *self, const KhServerName *name, const KhKey *key)
{
  forget_server (self);
  if (name != NULL)
    {
      set_server_name (self, name);
      self->server.search = g_cancellable_new ();
    }
  if (key != NULL)
    {
      self->server.has_key = TRUE;
      self->server.key = *key;
    }
  kh_engine_notify_server (self);
  kh_engine_update_invite_link (self);
  set_link (self, name != NULL ? KH_ENGINE_LINK_RESOLVING : KH_ENGINE_LINK_OFF, NULL);
  if (name == NULL)
    return;
  if (key != NULL)
    search_address (self);
  else
    kh_store_get_pin_async (self->store, self->server.text, NULL, on_pin, search_new (self));
}

void
kh_engine_link_use_local (KhEngine *self, KhLocalServer *local)
{
  KhServerName name = { .port = kh_local_server_get_port (local) };
  KhAddr addrs[KH_INTERFACES_MAX];
  gsize n = kh_interfaces_list (name.port, name.port, FALSE, addrs);
  KhAddr addr = n > 0 ? addrs[0] : kh_addr_ipv4 (127, 0, 0, 1, name.port);
  char text[KH_ADDR_STRING_MAX];
  KhServerName parsed;

  if (local == self->server.local)
    self->server.local = NULL;
  forget_server (self);
  self->server.local = local;
  /* Written as a person would, to be typed on the other computer. */
  if (kh_server_name_parse (kh_addr_format (&addr, text), &parsed, NULL))
    name = parsed;
  set_server_name (self, &name);
  self->server.has_key = TRUE;
  self->server.key = *kh_local_server_get_key (local);
  self->server.addrs = g_array_new (FALSE, FALSE, sizeof (KhAddr));
  g_array_append_val (self->server.addrs, addr);
  kh_engine_notify_server (self);
  kh_engine_update_invite_link (self);
  set_link (self, KH_ENGINE_LINK_REACHING, NULL);
  tell_node (self);
}

void
kh_engine_link_network_changed (KhEngine *self)
{
  KhAddr addrs[KH_INTERFACES_MAX];

  if (self->server.local != NULL)
    {
      guint16 port = kh_local_server_get_port (self->server.local);
      gsize n = kh_interfaces_list (port, port, FALSE, addrs);

      if (n > 0 && !kh_addr_equal (&addrs[0], &g_array_index (self->server.addrs, KhAddr, 0)))
        kh_engine_link_use_local (self, self->server.local);
    }
  else if (self->server.search != NULL && self->server.link != KH_ENGINE_LINK_ONLINE)
    search_address (self);
}

void
kh_engine_link_clear (KhEngine *self)
{
  gboolean was_on = self->server.link != KH_ENGINE_LINK_OFF || self->server.is_set;

  stop_search (self);
  g_clear_pointer (&self->server.local, kh_local_server_free);
  g_clear_pointer (&self->server.addrs, g_array_unref);
  g_clear_pointer (&self->server.address, g_free);
  g_clear_error (&self->server.problem);
  self->server.link = KH_ENGINE_LINK_OFF;
  self->server.is_set = FALSE;
  self->server.has_key = FALSE;
  g_clear_pointer (&self->invite_link, g_free);
  if (was_on)
    kh_engine_emit_link_changed (self);
}

/* what the node says */

static GError *
problem_new (KhEngine *self, KhEngineError code, const char *format)
{
  g_autofree char *message = g_strdup_printf ("The server “%s” %s", self->server.text, format);

  return g_error_new_literal (KH_ENGINE_ERROR, code, message);
}

static GError *
problem_from_trouble (KhEngine *self, KhLinkTrouble trouble)
{
  switch (trouble)
    {
    case KH_LINK_TROUBLE_SILENT:
      return problem_new (self, KH_ENGINE_ERROR_SERVER_SILENT,
                          "does not answer. Check its address; it may also be down, or a firewall "
                          "may block UDP.");
    case KH_LINK_TROUBLE_REFUSED:
      return problem_new (self, KH_ENGINE_ERROR_SERVER_REFUSED,
                          "is there, but no Knothole server runs at that port. Check the port.");
    case KH_LINK_TROUBLE_VERSION:
      return problem_new (self, KH_ENGINE_ERROR_SERVER_VERSION,
                          "speaks another version of the protocol. Update Knothole, or ask who "
                          "runs the server to.");
    case KH_LINK_TROUBLE_LOST:
      return problem_new (self, KH_ENGINE_ERROR_SERVER_LOST,
                          "stopped answering. Knothole keeps trying; who is connected stays "
                          "connected.");
    case KH_LINK_TROUBLE_GOING_AWAY:
      return problem_new (self, KH_ENGINE_ERROR_SERVER_GOING_AWAY,
                          "is shutting down. Knothole keeps trying; who is connected stays "
                          "connected.");
    case KH_LINK_TROUBLE_UNPROVEN:
      return problem_new (self, KH_ENGINE_ERROR_SERVER_UNPROVEN,
                          "answers, but cannot prove that it is the one it says. Somebody may be "
                          "in between.");
    case KH_LINK_TROUBLE_NONE:
    default:
      return NULL;
    }
}

static void
on_pinned (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhEngine) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!kh_store_finish (KH_STORE (source), result, &error) && self->stage == KH_ENGINE_OPEN)
    kh_engine_emit_problem (self, NULL, g_steal_pointer (&error));
}

void
kh_engine_link_pin (KhEngine *self,
                    const KhKey *key,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  KhStorePin pin = { .server = self->server.text,
                     .key = *key,
                     .first_seen_us = g_get_real_time () };

  self->server.has_key = TRUE;
  self->server.key = *key;
  kh_store_set_pin_async (self->store, &pin, NULL, callback, user_data);
  kh_engine_update_invite_link (self);
}

static void
handle_up (KhEngine *self, const KhEvent *event)
{
  g_free (self->server.address);
  self->server.address = kh_addr_to_string (&event->link.seen);
  self->server.rtt_us = event->link.rtt_us;
  self->server.retry_s = 0;
  if (self->server.retry != NULL)
    {
      g_source_destroy (self->server.retry);
      g_clear_pointer (&self->server.retry, g_source_unref);
    }
  if (!self->server.has_key)
    kh_engine_link_pin (self, &event->link.server_key, on_pinned, g_object_ref (self));
  set_link (self, KH_ENGINE_LINK_ONLINE, NULL);
  kh_engine_mapping_link_up (self, &event->link.seen);
}

static void
handle_key_changed (KhEngine *self, const KhEvent *event)
{
  self->server.offered = event->link.server_key;
  set_link (self, KH_ENGINE_LINK_KEY_CHANGED,
            problem_new (self, KH_ENGINE_ERROR_SERVER_KEY_CHANGED,
                         "shows another key than before. Either it was set up anew, which who runs "
                         "it can tell you, or somebody is in between and pretends to be it."));
}

void
kh_engine_link_handle (KhEngine *self, const KhEvent *event)
{
  KhLinkTrouble trouble = event->link.trouble;

  if (event->link.state != KH_LINK_UP)
    kh_engine_mapping_link_down (self);
  if (!self->server.is_set)
    return;
  switch (event->link.state)
    {
    case KH_LINK_UP:
      handle_up (self, event);
      break;
    case KH_LINK_KEY_CHANGED:
      handle_key_changed (self, event);
      break;
    case KH_LINK_REPLACED:
      set_link (self, KH_ENGINE_LINK_REPLACED,
                g_error_new_literal (KH_ENGINE_ERROR, KH_ENGINE_ERROR_REPLACED,
                                     "Your identity went online from another computer. Only one "
                                     "can be online at a time."));
      break;
    case KH_LINK_REACHING:
    case KH_LINK_HANDSHAKE:
      if (trouble != KH_LINK_TROUBLE_NONE && self->server.search != NULL)
        start_retry (self);
      set_link (self, KH_ENGINE_LINK_REACHING, problem_from_trouble (self, trouble));
      break;
    case KH_LINK_OFF:
    default:
      /* Said when the server was taken away, which is known already. */
      break;
    }
}
