/* engine-mapping.c: the router's port: when it is asked for, what the node and the user are told of
 * it, and that it is given back (PROTOCOL.md, "Port mapping")
 *
 * Nothing is asked before the server has been reached, because it says whether there is a router in
 * between at all; and nothing waits for the answer.
 */
#include "engine/engine-private.h"

#include "io/interfaces.h"

/* Of the second that closing may take. */
#define PATIENCE_MS 400

/* --- what is told ------------------------------------------------------------------------ */

static void
describe_ipv4 (KhEngine *self, KhPortMapping *mapping)
{
  KhPortMapperFamily family = kh_port_mapper_get (self->mapping.mapper, KH_FAMILY_IPV4);

  if (self->mapping.is_needless)
    {
      mapping->state = KH_PORT_MAPPING_NEEDLESS;
      return;
    }
  switch (family.state)
    {
    case KH_PORT_MAPPER_ASKING:
      mapping->state = KH_PORT_MAPPING_ASKING;
      break;
    case KH_PORT_MAPPER_MAPPED:
      mapping->state = kh_node_get_nat_behaviour (self->home->node)->is_mapped
                           ? KH_PORT_MAPPING_MAPPED
                           : KH_PORT_MAPPING_BEHIND;
      mapping->protocol = kh_port_map_protocol_to_string (family.protocol);
      mapping->address = kh_addr_to_string (&family.external);
      break;
    case KH_PORT_MAPPER_FAILED:
      mapping->state = KH_PORT_MAPPING_NONE;
      mapping->problem = kh_port_mapper_describe_problem (&family);
      break;
    default:
      g_assert_not_reached ();
    }
}

KhPortMapping *
kh_engine_dup_mapping (KhEngine *self)
{
  KhPortMapping *mapping = g_new0 (KhPortMapping, 1);
  KhPortMapperFamily ipv6;

  if (!self->mapping.is_wanted || self->home->node == NULL)
    return mapping;
  if (self->mapping.mapper == NULL)
    {
      mapping->state =
          self->mapping.is_needless ? KH_PORT_MAPPING_NEEDLESS : KH_PORT_MAPPING_WAITING;
      return mapping;
    }
  describe_ipv4 (self, mapping);
  ipv6 = kh_port_mapper_get (self->mapping.mapper, KH_FAMILY_IPV6);
  if (ipv6.state == KH_PORT_MAPPER_MAPPED)
    mapping->pinhole = kh_addr_to_string (&ipv6.external);
  return mapping;
}

static gboolean
on_news (gpointer user_data)
{
  /* Who hears of it may close the engine. */
  g_autoptr (KhEngine) self = g_object_ref (KH_ENGINE (user_data));
  KhPortMapping *now = kh_engine_dup_mapping (self);
  gboolean is_news = self->mapping.told == NULL || !kh_port_mapping_equal (now, self->mapping.told);

  g_clear_pointer (&self->mapping.news, g_source_unref);
  kh_port_mapping_free (self->mapping.told);
  self->mapping.told = now;
  if (is_news)
    kh_engine_emit_mapping_changed (self);
  return G_SOURCE_REMOVE;
}

/* To the front end, if anything is different; from the main loop, where it may do as it likes. */
static void
tell (KhEngine *self)
{
  if (self->mapping.news != NULL)
    return;
  self->mapping.news = g_idle_source_new ();
  g_source_set_priority (self->mapping.news, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->mapping.news, on_news, self, NULL);
  g_source_attach (self->mapping.news, g_main_context_get_thread_default ());
}

static void
tell_node (KhEngine *self)
{
  static const KhFamily families[] = { KH_FAMILY_IPV4, KH_FAMILY_IPV6 };
  KhAddr addrs[G_N_ELEMENTS (families)];
  gsize n = 0;

  for (guint i = 0; self->mapping.mapper != NULL && i < G_N_ELEMENTS (families); i++)
    {
      KhPortMapperFamily family = kh_port_mapper_get (self->mapping.mapper, families[i]);

      if (family.state == KH_PORT_MAPPER_MAPPED)
        addrs[n++] = family.external;
    }
  kh_node_set_mapped_addresses (self->home->node, addrs, n, g_get_monotonic_time ());
  kh_udp_driver_kick (self->home->driver);
}

static void
on_changed (gpointer user_data)
{
  KhEngine *self = user_data;

  if (self->stage != KH_ENGINE_OPEN)
    return;
  tell_node (self);
  tell (self);
}

/* --- when it is asked for ---------------------------------------------------------------- */

static gboolean
is_own (const KhAddr *seen)
{
  KhAddr addrs[KH_INTERFACES_MAX];
  gsize n = kh_interfaces_list (1, 1, TRUE, addrs);

  for (gsize i = 0; i < n; i++)
    if (kh_addr_equal_ip (&addrs[i], seen))
      return TRUE;
  return FALSE;
}

/* A server on this very machine is for trying things out, and for the local network. */
static gboolean
is_for_nobody (KhEngine *self)
{
  const GArray *addrs = self->home->addrs;

  if (self->home->local != NULL || kh_addr_is_loopback (&self->mapping.seen) ||
      !kh_node_may_go_direct (self->home->node))
    return TRUE;
  for (guint i = 0; addrs != NULL && i < addrs->len; i++)
    if (is_own (&g_array_index (addrs, KhAddr, i)))
      return TRUE;
  return FALSE;
}

/* Is there nothing between us and the peers that could be asked for an IPv4 port? A server in our
 * own network sees us as we are and knows nothing of the router. */
static gboolean
needs_none (KhEngine *self)
{
  const KhAddr *seen = &self->mapping.seen;

  return is_for_nobody (self) ||
         (seen->family == KH_FAMILY_IPV4 && !kh_addr_is_private (seen) && is_own (seen));
}

/* What was mapped is given back. */
static void
stop (KhEngine *self)
{
  if (self->mapping.mapper == NULL)
    return;
  g_clear_pointer (&self->mapping.mapper, kh_port_mapper_free);
  tell_node (self);
}

static void
start (KhEngine *self)
{
  guint16 ipv4 = kh_udp_driver_get_port (self->home->driver, 0);
  guint16 ipv6 = kh_udp_driver_get_port (self->home->driver, KH_SOCKET_IPV6);

  if (!self->mapping.is_wanted || !kh_addr_is_set (&self->mapping.seen))
    return;
  self->mapping.is_needless = needs_none (self);
  if (is_for_nobody (self))
    {
      stop (self);
      return;
    }
  if (self->mapping.mapper == NULL)
    self->mapping.mapper = kh_port_mapper_new (self->random, on_changed, self);
  if (self->mapping.mapper != NULL)
    kh_port_mapper_start (self->mapping.mapper, self->mapping.is_needless ? 0 : ipv4, ipv6);
}

void
kh_engine_mapping_link_up (KhEngine *self, const KhAddr *seen)
{
  gboolean was_up = self->mapping.is_up && kh_addr_equal (seen, &self->mapping.seen);

  if (self->stage != KH_ENGINE_OPEN)
    return;
  self->mapping.is_up = TRUE;
  self->mapping.seen = *seen;
  if (was_up)
    return;
  start (self);
  /* Whatever took the link away may have been the router, as it started anew. */
  if (self->mapping.mapper != NULL)
    kh_port_mapper_refresh (self->mapping.mapper);
  tell (self);
}

void
kh_engine_mapping_link_down (KhEngine *self)
{
  self->mapping.is_up = FALSE;
}

void
kh_engine_mapping_network_changed (KhEngine *self)
{
  if (self->mapping.mapper != NULL)
    kh_port_mapper_refresh (self->mapping.mapper);
}

void
kh_engine_mapping_policy_changed (KhEngine *self)
{
  if (self->stage != KH_ENGINE_OPEN)
    return;
  start (self);
  tell (self);
}

gboolean
kh_engine_get_port_mapping (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), FALSE);
  return self->mapping.is_wanted;
}

void
kh_engine_set_port_mapping (KhEngine *self, gboolean wanted)
{
  g_return_if_fail (KH_IS_ENGINE (self));
  if (self->mapping.is_wanted == wanted)
    return;
  self->mapping.is_wanted = wanted;
  if (self->stage == KH_ENGINE_OPEN && wanted)
    start (self);
  if (self->stage == KH_ENGINE_OPEN && !wanted)
    stop (self);
  kh_engine_notify_port_mapping (self);
  if (self->stage == KH_ENGINE_OPEN)
    tell (self);
}

/* --- the end ----------------------------------------------------------------------------- */

void
kh_engine_mapping_close (KhEngine *self, KhPortMapperDone done, gpointer user_data)
{
  if (self->mapping.mapper != NULL)
    kh_port_mapper_close (self->mapping.mapper, PATIENCE_MS, done, user_data);
  else
    done (user_data);
}

void
kh_engine_mapping_clear (KhEngine *self)
{
  g_clear_pointer (&self->mapping.mapper, kh_port_mapper_free);
  g_clear_pointer (&self->mapping.told, kh_port_mapping_free);
  if (self->mapping.news != NULL)
    {
      g_source_destroy (self->mapping.news);
      g_clear_pointer (&self->mapping.news, g_source_unref);
    }
  self->mapping.seen = (KhAddr){ 0 };
  self->mapping.is_up = self->mapping.is_needless = FALSE;
}
