/* server-link-node.c: the node at one server, its sockets and its TCP connections
 *
 * A server has a node of its own, because a node has one server: who is met at two of them is met
 * twice, on two pairs of sockets. The identity is the same on all.
 */
#include "engine/server-link-private.h"

#include "engine/engine-private.h"
#include "io/interfaces.h"

gboolean
kh_server_link_open (KhServerLink *self, guint port, GError **error)
{
  KhEngine *engine = self->engine;
  g_autoptr (GError) bind_error = NULL;

  self->node = kh_node_new (engine->identity, engine->name, engine->random, g_get_real_time (),
                            g_get_monotonic_time ());
  self->driver = kh_udp_driver_new (&kh_node_machine_ops, self->node, kh_engine_poll_events, self);
  self->tcp_driver = kh_tcp_driver_new (&kh_node_machine_ops, self->node, self->driver, NULL);
  kh_tcp_driver_allow_connect (self->tcp_driver);
  kh_node_allow_tcp (self->node);
  if (!kh_udp_driver_bind_any (self->driver, 0, port, &bind_error))
    {
      g_propagate_error (error, kh_engine_error_from_socket (g_steal_pointer (&bind_error)));
      kh_server_link_close (self);
      return FALSE;
    }
  kh_engine_relay_begin (engine, self->node);
  kh_server_link_update_addresses (self);
  return TRUE;
}

gboolean
kh_server_link_is_open (KhServerLink *self)
{
  return self->node != NULL;
}

void
kh_server_link_kick (KhServerLink *self)
{
  kh_udp_driver_kick (self->driver);
}

void
kh_server_link_update_addresses (KhServerLink *self)
{
  KhAddr addrs[KH_INTERFACES_MAX], all[KH_INTERFACES_MAX];
  gsize n = kh_interfaces_list (kh_udp_driver_get_port (self->driver, 0),
                                kh_udp_driver_get_port (self->driver, 1), FALSE, addrs);

  kh_tcp_driver_network_changed (self->tcp_driver, all, kh_interfaces_list (1, 1, TRUE, all));
  kh_node_set_local_addresses (self->node, addrs, n, g_get_monotonic_time ());
  kh_server_link_kick (self);
}

void
kh_server_link_shutdown (KhServerLink *self)
{
  kh_node_shutdown (self->node, g_get_monotonic_time ());
  kh_udp_driver_flush (self->driver);
  kh_tcp_driver_flush (self->tcp_driver);
}

void
kh_server_link_close (KhServerLink *self)
{
  gboolean was_on = self->link != KH_ENGINE_LINK_OFF || self->is_set;

  g_clear_pointer (&self->tcp_driver, kh_tcp_driver_free);
  g_clear_pointer (&self->driver, kh_udp_driver_free);
  g_clear_pointer (&self->node, kh_node_free);
  kh_server_link_forget (self);
  if (was_on)
    kh_server_link_set_state (self, KH_ENGINE_LINK_OFF, NULL);
}
