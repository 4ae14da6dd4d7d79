/* network-check.c: see network-check.h
 *
 * Owns two machines with sockets of their own: greetings to every address of the server (reach.h),
 * and a node of an identity made for this, which proves the server's key and finds out how gateways
 * behave. Callbacks only note that something happened; what follows is decided in look(), from the
 * main loop, where everything may be freed.
 */
#include "engine/network-check-private.h"

#include "engine/error-private.h"
#include "io/interfaces.h"
#include "io/resolver.h"
#include "io/system-random.h"
#include "io/upnp.h"

/* Longer than the greetings and a handshake take that is answered at all. */
#define REACH_PATIENCE_MS 14000
/* From the link on: discovery takes 5 s where answers are missing, a router that speaks UPnP less
 * than that. */
#define REST_PATIENCE_MS 9000
/* PCP has been asked twice by then, NAT-PMP five times, and UPnP searched for: a router that speaks
 * one of them answers sooner. */
#define MAPPER_ANSWER_MS 4500
/* How long a router that speaks UPnP is waited for to take its port back. */
#define MAPPER_PATIENCE_MS 400

static void look_soon (KhNetworkCheck *self);

static void
clear_timer (GSource **timer)
{
  if (*timer == NULL)
    return;
  g_source_destroy (*timer);
  g_clear_pointer (timer, g_source_unref);
}

static void
check_free (gpointer data)
{
  KhNetworkCheck *self = data;

  clear_timer (&self->look);
  clear_timer (&self->patience);
  clear_timer (&self->mapper_patience);
  g_cancellable_disconnect (self->cancellable, self->cancelled);
  g_clear_object (&self->cancellable);
  for (guint i = 0; i < KH_NETWORK_PROTOCOLS; i++)
    g_clear_pointer (&self->mappers[i], kh_port_mapper_free);
  g_clear_pointer (&self->reach_tcp, kh_tcp_driver_free);
  g_clear_pointer (&self->reach_driver, kh_udp_driver_free);
  g_clear_pointer (&self->reach, kh_reach_free);
  g_clear_pointer (&self->tcp, kh_tcp_driver_free);
  g_clear_pointer (&self->driver, kh_udp_driver_free);
  g_clear_pointer (&self->node, kh_node_free);
  g_clear_pointer (&self->addrs, g_array_unref);
  kh_network_report_free (self->report);
  g_free (self);
}

/* --- the end ----------------------------------------------------------------------------- */

static void
on_given_back (gpointer user_data)
{
  KhNetworkCheck *self = user_data;

  self->n_to_give_back--;
  look_soon (self);
}

/* Says goodbye; the rest is in look(), once the router has its ports back. @error is taken. */
static void
end (KhNetworkCheck *self, GError *error)
{
  self->error = error;
  self->is_over = TRUE;
  clear_timer (&self->patience);
  clear_timer (&self->mapper_patience);
  if (self->node != NULL)
    {
      kh_node_shutdown (self->node, g_get_monotonic_time ());
      kh_udp_driver_flush (self->driver);
      kh_tcp_driver_flush (self->tcp);
    }
  /* One more, so that it does not come to nothing before all are told. */
  self->n_to_give_back = 1;
  for (guint i = 0; i < KH_NETWORK_PROTOCOLS; i++)
    if (self->mappers[i] != NULL)
      {
        self->n_to_give_back++;
        kh_port_mapper_close (self->mappers[i], MAPPER_PATIENCE_MS, on_given_back, self);
      }
  on_given_back (self);
}

static void
give (KhNetworkCheck *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);

  if (self->error != NULL)
    g_task_return_error (task, g_steal_pointer (&self->error));
  else
    g_task_return_pointer (task, g_steal_pointer (&self->report),
                           (GDestroyNotify) kh_network_report_free);
}

static GError *
failure_of (KhNetworkCheck *self)
{
  g_autofree char *what = NULL;
  KhEngineError code = kh_network_check_diagnose (self);

  what = g_strdup_printf ("The server “%s” %s.", self->report->server,
                          code == KH_ENGINE_ERROR_SERVER_KEY_CHANGED ? "shows another key"
                          : code == KH_ENGINE_ERROR_SERVER_REFUSED   ? "is not at that port"
                          : code == KH_ENGINE_ERROR_SERVER_VERSION   ? "speaks another version"
                          : code == KH_ENGINE_ERROR_SERVER_UNPROVEN  ? "cannot prove its key"
                                                                     : "does not answer");
  return g_error_new_literal (KH_ENGINE_ERROR, code, what);
}

/* --- what happens ------------------------------------------------------------------------ */

/* Asks the router, but for where none is in between. */
static void
on_mapper_changed (gpointer user_data)
{
  look_soon (user_data);
}

static gboolean
on_mappers_late (gpointer user_data)
{
  KhNetworkCheck *self = user_data;

  g_clear_pointer (&self->mapper_patience, g_source_unref);
  look_soon (self);
  return G_SOURCE_REMOVE;
}

/* By each protocol for itself, all at once: each is to be told of, and not only the quickest. */
static void
ask_router (KhNetworkCheck *self)
{
  if (!(self->flags & KH_NETWORK_CHECK_MAPPING) || self->seen[0].family != KH_FAMILY_IPV4 ||
      kh_network_check_is_own (self, &self->seen[0]))
    return;
  for (guint i = 0; i < KH_NETWORK_PROTOCOLS; i++)
    {
      KhPortMapProtocol protocol = kh_network_check_protocol (i);

      if (protocol != KH_PORT_MAP_UPNP || kh_upnp_is_available ())
        self->mappers[i] = kh_port_mapper_new (kh_system_random (), on_mapper_changed, self);
      if (self->mappers[i] == NULL)
        continue;
      kh_port_mapper_restrict (self->mappers[i], protocol);
      kh_port_mapper_start (self->mappers[i], kh_udp_driver_get_port (self->driver, 0), 0);
    }
  self->mapper_patience = g_timeout_source_new (MAPPER_ANSWER_MS);
  g_source_set_callback (self->mapper_patience, on_mappers_late, self, NULL);
  g_source_attach (self->mapper_patience, g_main_context_get_thread_default ());
}

static gboolean
is_router_asked (KhNetworkCheck *self)
{
  for (guint i = 0; i < KH_NETWORK_PROTOCOLS && self->mapper_patience != NULL; i++)
    if (self->mappers[i] != NULL &&
        kh_port_mapper_get (self->mappers[i], KH_FAMILY_IPV4).state == KH_PORT_MAPPER_ASKING)
      return FALSE;
  return TRUE;
}

static void
take_up (KhNetworkCheck *self, const KhEvent *event)
{
  gint64 now_us = g_get_monotonic_time ();

  self->seen[kh_socket_for_family (event->link.seen.family)] = event->link.seen;
  self->rtt_us = event->link.rtt_us;
  if (self->is_up)
    return;
  self->is_up = TRUE;
  kh_node_ask_about (self->node, now_us);
  if (self->flags & KH_NETWORK_CHECK_LONG)
    kh_node_measure_lifetime (self->node, now_us);
  ask_router (self);
  kh_udp_driver_kick (self->driver);
  clear_timer (&self->patience);
  kh_network_check_be_patient (self, REST_PATIENCE_MS);
}

static void
take_events (KhNetworkCheck *self)
{
  KhEvent event;

  while (kh_node_poll_event (self->node, &event))
    if (event.type == KH_EVENT_LINK)
      {
        self->state = event.link.state;
        if (event.link.trouble != KH_LINK_TROUBLE_NONE)
          self->trouble = event.link.trouble;
        if (event.link.state == KH_LINK_UP)
          take_up (self, &event);
        if (event.link.state == KH_LINK_KEY_CHANGED)
          g_task_set_task_data (self->task, kh_network_check_format_key (&event.link.server_key),
                                g_free);
      }
}

/* Over IPv4 gateways are found out about; where it leads nowhere, the link goes by what does. */
static void
try_other_family (KhNetworkCheck *self)
{
  if (self->is_on_all || self->is_up || !kh_reach_is_done (self->reach) ||
      !kh_network_check_answers (self, KH_FAMILY_IPV6) ||
      kh_network_check_answers (self, KH_FAMILY_IPV4))
    return;
  self->is_on_all = TRUE;
  kh_network_check_set_server (self, KH_FAMILY_IPV6);
}

static gboolean
is_lost (KhNetworkCheck *self)
{
  if (self->is_up)
    return FALSE;
  if (self->state == KH_LINK_KEY_CHANGED || self->trouble == KH_LINK_TROUBLE_VERSION)
    return TRUE;
  return kh_reach_is_done (self->reach) && !kh_network_check_answers (self, KH_FAMILY_NONE);
}

static gboolean
has_all (KhNetworkCheck *self)
{
  KhServerAbout about;

  if (!self->is_up || !kh_reach_is_done (self->reach))
    return FALSE;
  if (self->flags & KH_NETWORK_CHECK_LONG &&
      kh_node_get_nat_lifetime (self->node)->state == KH_LIFETIME_RUNNING)
    return FALSE;
  return self->is_impatient || (!kh_node_is_discovering (self->node) &&
                                kh_node_get_about (self->node, &about) && is_router_asked (self));
}

static gboolean
look (gpointer user_data)
{
  KhNetworkCheck *self = user_data;

  g_clear_pointer (&self->look, g_source_unref);
  if (self->is_over)
    {
      if (self->n_to_give_back == 0)
        {
          give (self);
          check_free (self);
        }
      return G_SOURCE_REMOVE;
    }
  /* The resolver has its own end, cancelled or not. */
  if (!self->is_resolved)
    return G_SOURCE_REMOVE;
  if (self->is_cancelled)
    {
      end (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled"));
      return G_SOURCE_REMOVE;
    }
  take_events (self);
  try_other_family (self);
  if (is_lost (self) || (self->is_impatient && !self->is_up))
    end (self, failure_of (self));
  else if (has_all (self))
    {
      kh_network_check_describe (self);
      end (self, NULL);
    }
  return G_SOURCE_REMOVE;
}

static void
look_soon (KhNetworkCheck *self)
{
  if (self->look != NULL)
    return;
  self->look = g_idle_source_new ();
  g_source_set_priority (self->look, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->look, look, self, NULL);
  g_source_attach (self->look, g_main_context_get_thread_default ());
}

static void
on_turn (gpointer user_data)
{
  look_soon (user_data);
}

static gboolean
on_impatient (gpointer user_data)
{
  KhNetworkCheck *self = user_data;

  g_clear_pointer (&self->patience, g_source_unref);
  self->is_impatient = TRUE;
  look_soon (self);
  return G_SOURCE_REMOVE;
}

void
kh_network_check_be_patient (KhNetworkCheck *self, guint ms)
{
  self->patience = g_timeout_source_new (ms);
  g_source_set_callback (self->patience, on_impatient, self, NULL);
  g_source_attach (self->patience, g_main_context_get_thread_default ());
}

/* --- the beginning ----------------------------------------------------------------------- */

static gboolean
start_reach (KhNetworkCheck *self, GError **error)
{
  self->reach =
      kh_reach_new (&g_array_index (self->addrs, KhAddr, 0), self->addrs->len, kh_system_random ());
  self->reach_driver = kh_udp_driver_new (&kh_reach_machine_ops, self->reach, on_turn, self);
  self->reach_tcp =
      kh_tcp_driver_new (&kh_reach_machine_ops, self->reach, self->reach_driver, NULL);
  kh_tcp_driver_allow_connect (self->reach_tcp);
  if (!kh_udp_driver_bind_any (self->reach_driver, 0, 0, error))
    return FALSE;
  kh_reach_start (self->reach, g_get_monotonic_time ());
  kh_udp_driver_kick (self->reach_driver);
  return TRUE;
}

static gboolean
start_node (KhNetworkCheck *self, GError **error)
{
  KhRandom random = kh_system_random ();
  guint8 secret[KH_KEY_SIZE];
  g_autoptr (KhIdentity) identity = NULL;

  kh_random_fill (&random, secret, sizeof secret);
  identity = kh_identity_new_from_secret (secret);
  explicit_bzero (secret, sizeof secret);
  self->node = kh_node_new (identity, "", random, g_get_real_time (), g_get_monotonic_time ());
  kh_node_set_default_policy (self->node, KH_POLICY_IGNORE);
  self->driver = kh_udp_driver_new (&kh_node_machine_ops, self->node, on_turn, self);
  self->tcp = kh_tcp_driver_new (&kh_node_machine_ops, self->node, self->driver, NULL);
  kh_tcp_driver_allow_connect (self->tcp);
  kh_node_allow_tcp (self->node);
  if (!kh_udp_driver_bind_any (self->driver, 0, 0, error))
    return FALSE;
  /* A server on this computer sees a loopback address, which no router has made. */
  self->n_hosts = kh_interfaces_list (kh_udp_driver_get_port (self->driver, 0),
                                      kh_udp_driver_get_port (self->driver, 1), TRUE, self->hosts);
  kh_node_set_local_addresses (self->node, self->hosts, self->n_hosts, g_get_monotonic_time ());
  kh_network_check_set_server (self, KH_FAMILY_IPV4);
  return TRUE;
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  KhNetworkCheck *self = user_data;
  GError *error = NULL;

  self->is_resolved = TRUE;
  self->addrs = kh_resolver_resolve_finish (result, &error);
  if (self->addrs == NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    end (self, error);
  else if (self->addrs == NULL)
    {
      end (self, g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_RESOLVE,
                              "The server “%s” cannot be found: %s. Check the name and the "
                              "network.",
                              self->report->server, error->message));
      g_error_free (error);
    }
  else if (!start_reach (self, &error) || !start_node (self, &error))
    end (self, kh_engine_error_from_socket (error));
  else
    kh_network_check_be_patient (self, REACH_PATIENCE_MS);
}

/* Perhaps from within g_cancellable_connect(). */
static void
on_cancelled (GCancellable *cancellable, KhNetworkCheck *self)
{
  self->is_cancelled = TRUE;
  look_soon (self);
}

void
kh_network_check_async (const char *server,
                        const char *server_key,
                        KhNetworkCheckFlags flags,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  KhNetworkCheck *self;
  KhServerNameError reason;
  KhServerName name;
  KhKey key;

  g_task_set_source_tag (task, kh_network_check_async);
  g_task_set_check_cancellable (task, FALSE);
  if (!kh_server_name_parse (server, &name, &reason))
    {
      g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_BAD_SERVER, "%s",
                               kh_server_name_error_to_string (reason));
      return;
    }
  if (server_key != NULL && !kh_network_check_parse_key (server_key, &key))
    {
      g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID,
                               "That is no key of a server.");
      return;
    }
  self = g_new0 (KhNetworkCheck, 1);
  self->flags = flags;
  self->report = kh_network_report_new (server);
  self->has_key = server_key != NULL;
  if (self->has_key)
    self->key = key;
  self->task = g_steal_pointer (&task);
  if (cancellable != NULL)
    {
      self->cancellable = g_object_ref (cancellable);
      self->cancelled = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), self, NULL);
    }
  kh_resolver_resolve_async (name.host, name.port, cancellable, on_resolved, self);
}

KhNetworkReport *
kh_network_check_finish (GAsyncResult *result, char **ret_offered_key, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  if (ret_offered_key != NULL)
    *ret_offered_key = g_strdup (g_task_get_task_data (G_TASK (result)));
  return g_task_propagate_pointer (G_TASK (result), error);
}
