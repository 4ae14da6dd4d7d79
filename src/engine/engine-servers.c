/* engine-servers.c: the servers we are at (DESIGN section 6): the user's own, and what all are told
 *
 * The link to the user's own server is there from the beginning to the end of the engine, with a
 * server or without.
 */
#include "engine/engine-private.h"

void
kh_engine_servers_init (KhEngine *self)
{
  self->home = kh_server_link_new (self);
  self->links = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (self->links, g_object_ref (self->home));
}

void
kh_engine_servers_finalize (KhEngine *self)
{
  self->home->engine = NULL;
  g_clear_object (&self->home);
  g_clear_pointer (&self->links, g_ptr_array_unref);
}

gboolean
kh_engine_servers_open (KhEngine *self, GError **error)
{
  return kh_server_link_open (self->home, self->port, error);
}

void
kh_engine_servers_close (KhEngine *self)
{
  g_clear_pointer (&self->invite_link, g_free);
  kh_server_link_close (self->home);
}

/* what all are told */

void
kh_engine_servers_network_changed (KhEngine *self)
{
  for (guint i = 0; i < self->links->len; i++)
    {
      kh_server_link_update_addresses (self->links->pdata[i]);
      kh_server_link_network_changed (self->links->pdata[i]);
    }
}

void
kh_engine_servers_resumed (KhEngine *self)
{
  for (guint i = 0; i < self->links->len; i++)
    kh_node_resumed (((KhServerLink *) self->links->pdata[i])->node, g_get_monotonic_time ());
}

void
kh_engine_servers_shutdown (KhEngine *self)
{
  for (guint i = 0; i < self->links->len; i++)
    kh_server_link_shutdown (self->links->pdata[i]);
}

void
kh_engine_servers_kick (KhEngine *self)
{
  for (guint i = 0; i < self->links->len; i++)
    kh_server_link_kick (self->links->pdata[i]);
}

void
kh_engine_servers_set_name (KhEngine *self)
{
  for (guint i = 0; i < self->links->len; i++)
    kh_node_set_name (((KhServerLink *) self->links->pdata[i])->node, self->name);
}

/* what one of them says */

void
kh_engine_servers_changed (KhEngine *self, KhServerLink *link)
{
  if (link == self->home)
    kh_engine_emit_link_changed (self);
}

void
kh_engine_servers_link_up (KhEngine *self, KhServerLink *link, const KhAddr *seen)
{
  if (link == self->home)
    kh_engine_mapping_link_up (self, seen);
}

void
kh_engine_servers_link_down (KhEngine *self, KhServerLink *link)
{
  if (link == self->home)
    kh_engine_mapping_link_down (self);
}

/* a contact's */

KhNode *
kh_conversation_get_node (KhConversation *self)
{
  return self->link->node;
}

void
kh_conversation_kick (KhConversation *self)
{
  kh_server_link_kick (self->link);
}
