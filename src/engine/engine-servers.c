/* engine-servers.c: the servers we are at, and what all of them are told
 *
 * The link to the user's own server is there from the beginning to the end of the engine, with a
 * server or without. The others come and go with the contacts who are met there: engine-places.c.
 */
#include "engine/engine-private.h"

void
kh_engine_servers_init (KhEngine *self)
{
  self->home = kh_server_link_new (self);
  self->links = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (self->links, g_object_ref (self->home));
  self->servers = g_list_store_new (KH_TYPE_SERVER_LINK);
}

void
kh_engine_servers_finalize (KhEngine *self)
{
  self->home->engine = NULL;
  g_clear_object (&self->home);
  g_clear_pointer (&self->links, g_ptr_array_unref);
  g_clear_object (&self->servers);
}

gboolean
kh_engine_servers_open (KhEngine *self, GError **error)
{
  return kh_server_link_open (self->home, self->port, error);
}

void
kh_engine_servers_drop (KhEngine *self, KhServerLink *link)
{
  guint position;

  if (g_list_store_find (self->servers, link, &position))
    g_list_store_remove (self->servers, position);
  link->engine = NULL;
  kh_server_link_close (link);
  g_ptr_array_remove (self->links, link);
}

void
kh_engine_servers_close (KhEngine *self)
{
  if (self->tidying != NULL)
    {
      g_source_destroy (self->tidying);
      g_clear_pointer (&self->tidying, g_source_unref);
    }
  while (self->links->len > 1)
    kh_engine_servers_drop (self, self->links->pdata[self->links->len - 1]);
  g_list_store_remove_all (self->servers);
  g_clear_pointer (&self->invite_link, g_free);
  kh_server_link_close (self->home);
}

GListModel *
kh_engine_get_servers (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), NULL);
  return G_LIST_MODEL (self->servers);
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
kh_engine_servers_publish (KhEngine *self, KhServerLink *link)
{
  guint position;
  gboolean is_there = g_list_store_find (self->servers, link, &position);

  if (link->is_set && !is_there)
    g_list_store_append (self->servers, link);
  else if (!link->is_set && is_there)
    g_list_store_remove (self->servers, position);
}

/* Once for each thing that ails it: the engine goes on trying. */
static void
tell_problem (KhEngine *self, KhServerLink *link)
{
  if (link->link == KH_ENGINE_LINK_ONLINE)
    link->told = -1;
  if (link->problem == NULL || link->problem->code == link->told)
    return;
  link->told = link->problem->code;
  kh_engine_emit_problem (self, NULL,
                          g_error_new_literal (KH_ENGINE_ERROR, KH_ENGINE_ERROR_OTHER_SERVER,
                                               link->problem->message));
}

void
kh_engine_servers_changed (KhEngine *self, KhServerLink *link)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->by_id);
  while (link != self->home && g_hash_table_iter_next (&iter, NULL, &value))
    if (((KhConversation *) value)->link == link)
      kh_conversation_server_changed (value);
  if (link == self->home)
    kh_engine_emit_link_changed (self);
  else
    tell_problem (self, link);
  kh_engine_emit_server_changed (self, link);
}

void
kh_engine_servers_link_up (KhEngine *self, KhServerLink *link, const KhAddr *seen)
{
  if (link == self->home)
    kh_engine_mapping_link_up (self, seen);
  kh_engine_servers_merge (self, link);
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
