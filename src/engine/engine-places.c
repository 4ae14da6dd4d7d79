/* engine-places.c: at which server a contact is met
 *
 * A contact belongs to the server where they were last met, which is written down when a session
 * proves it; before that, to the one that was named, and else to the user's own, whichever that is.
 * For a contact of another server there is a link to it, and only as long. A contact who knocks at
 * any of them is let in, and has moved there once a session proves that it is they.
 */
#include "engine/engine-private.h"

/* Two who look for each other at two servers at once get two sessions, of which each side must keep
 * the same. A session that is older than this is not of the same moment: then the newer one counts,
 * as it does at one server. */
#define SAME_MOMENT_US (G_GINT64_CONSTANT (10) * G_USEC_PER_SEC)
/* From two links at one server until its word that one has replaced the other. */
#define REPLACED_PATIENCE_US (G_GINT64_CONSTANT (10) * G_USEC_PER_SEC)

static KhServerLink *
find (KhEngine *self, const char *text)
{
  for (guint i = 0; i < self->links->len; i++)
    {
      KhServerLink *link = self->links->pdata[i];

      if (link->is_set && strcmp (link->text, text) == 0)
        return link;
    }
  return NULL;
}

static void
tell_of_contacts (KhEngine *self, KhServerLink *link)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    kh_engine_contacts_tell_link (self, value, link);
}

/* The link to the server of that name, and to the user's own where it is not to be had. */
static KhServerLink *
find_or_open (KhEngine *self, const char *text)
{
  g_autoptr (KhServerLink) made = NULL;
  g_autoptr (GError) error = NULL;
  KhServerLink *link = find (self, text);
  KhServerName name;

  if (link != NULL || !kh_server_name_parse (text, &name, NULL))
    return link != NULL ? link : self->home;
  made = kh_server_link_new (self);
  if (!kh_server_link_open (made, 0, &error))
    {
      kh_engine_emit_problem (self, NULL, g_steal_pointer (&error));
      return self->home;
    }
  link = made;
  g_ptr_array_add (self->links, g_steal_pointer (&made));
  tell_of_contacts (self, link);
  kh_server_link_use (link, &name, NULL);
  return link;
}

/* The new node has not been told that they are wanted. */
static void
move (KhEngine *self, KhConversation *conversation, KhServerLink *link)
{
  if (conversation->link == link)
    return;
  kh_streams_session_down (conversation->streams);
  kh_exchange_session_down (conversation->exchange);
  if (kh_server_link_is_open (conversation->link))
    {
      kh_node_disconnect (conversation->link->node, &conversation->peer, g_get_monotonic_time ());
      kh_conversation_kick (conversation);
    }
  g_set_object (&conversation->link, link);
  kh_conversation_clear_path (conversation);
  kh_conversation_notify (conversation, KH_CONVERSATION_PROP_SERVER);
  kh_engine_servers_tidy_soon (self);
}

static void
look_for (KhConversation *conversation)
{
  const KhStoreContact *contact = conversation->contact;

  if (contact->state == KH_CONTACT_BLOCKED)
    return;
  kh_node_connect (kh_conversation_get_node (conversation), &conversation->peer,
                   contact->has_key ? &contact->key : NULL, NULL, g_get_monotonic_time ());
  kh_conversation_kick (conversation);
}

void
kh_engine_servers_place (KhEngine *self, KhConversation *conversation)
{
  const KhStoreContact *contact = conversation->contact;

  /* Nobody goes anywhere for who is blocked. */
  if (contact->server == NULL || contact->state == KH_CONTACT_BLOCKED)
    move (self, conversation, self->home);
  else
    move (self, conversation, find_or_open (self, contact->server));
}

gboolean
kh_engine_servers_met (KhEngine *self,
                       KhServerLink *link,
                       KhConversation *conversation,
                       const KhEvent *event)
{
  gboolean is_same_moment = conversation->presence == KH_PRESENCE_CONNECTED &&
                            event->at_us - conversation->met_us < SAME_MOMENT_US;

  if (event->type != KH_EVENT_SESSION)
    return FALSE;
  if (is_same_moment && conversation->link->has_key && link->has_key &&
      memcmp (conversation->link->key.bytes, link->key.bytes, KH_KEY_SIZE) < 0)
    {
      kh_node_disconnect (link->node, &conversation->peer, g_get_monotonic_time ());
      kh_server_link_kick (link);
      return FALSE;
    }
  move (self, conversation, link);
  look_for (conversation);
  kh_conversation_set_presence (conversation, KH_PRESENCE_CONNECTED);
  return TRUE;
}

/* The user's own server */

void
kh_engine_servers_settle (KhEngine *self)
{
  GListModel *model = G_LIST_MODEL (self->conversations);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (KhConversation) conversation = g_list_model_get_item (model, i);
      KhServerLink *before = conversation->link;

      kh_engine_servers_place (self, conversation);
      if (conversation->link != before)
        look_for (conversation);
    }
  kh_engine_servers_tidy_soon (self);
}

void
kh_engine_servers_choose (KhEngine *self, const KhServerName *name, const KhKey *key)
{
  kh_server_link_use (self->home, name, key);
  if (self->stage == KH_ENGINE_OPEN)
    kh_engine_servers_settle (self);
}

/* One server by two names */

/* A server knows an identity at one address only: two links to it would throw each other out for
 * ever. */
void
kh_engine_servers_merge (KhEngine *self, KhServerLink *link)
{
  KhServerLink *twin = NULL, *goes, *stays;
  GListModel *model = G_LIST_MODEL (self->conversations);

  for (guint i = 0; i < self->links->len && twin == NULL; i++)
    {
      KhServerLink *other = self->links->pdata[i];

      if (other != link && kh_key_equal (&other->key, &link->key) &&
          (other->link == KH_ENGINE_LINK_ONLINE || other->link == KH_ENGINE_LINK_REPLACED))
        twin = other;
    }
  if (twin == NULL || self->stage != KH_ENGINE_OPEN)
    return;
  goes = link == self->home ? twin : link;
  stays = link == self->home ? link : twin;
  stays->shared_us = g_get_monotonic_time ();
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (KhConversation) conversation = g_list_model_get_item (model, i);

      if (conversation->link == goes)
        {
          move (self, conversation, stays);
          look_for (conversation);
        }
    }
  kh_engine_servers_tidy_soon (self);
  kh_engine_resume_link_of (self, stays);
}

gboolean
kh_engine_servers_is_own_doing (KhEngine *self, KhServerLink *link)
{
  gint64 now_us = g_get_monotonic_time ();

  if (link->shared_us < 0 || now_us - link->shared_us > REPLACED_PATIENCE_US)
    return FALSE;
  kh_node_resume_link (link->node, &link->key, now_us);
  kh_server_link_kick (link);
  return TRUE;
}

/* Servers without anybody */

static gboolean
is_needed (KhEngine *self, KhServerLink *link)
{
  GListModel *requests = G_LIST_MODEL (self->requests);
  GHashTableIter iter;
  gpointer value;

  if (link == self->home)
    return TRUE;
  g_hash_table_iter_init (&iter, self->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((KhConversation *) value)->link == link)
      return TRUE;
  for (guint i = 0; i < g_list_model_get_n_items (requests); i++)
    {
      g_autoptr (KhKnock) knock = g_list_model_get_item (requests, i);

      if (kh_knock_get_link (knock) == link)
        return TRUE;
    }
  return FALSE;
}

static gboolean
on_tidy (gpointer user_data)
{
  g_autoptr (KhEngine) self = g_object_ref (KH_ENGINE (user_data));

  g_clear_pointer (&self->tidying, g_source_unref);
  for (guint i = self->links->len; i-- > 0 && self->stage == KH_ENGINE_OPEN;)
    {
      g_autoptr (KhServerLink) link = g_object_ref (self->links->pdata[i]);

      if (is_needed (self, link))
        continue;
      kh_server_link_shutdown (link);
      kh_engine_servers_drop (self, link);
    }
  return G_SOURCE_REMOVE;
}

void
kh_engine_servers_tidy_soon (KhEngine *self)
{
  if (self->tidying != NULL || self->links->len == 1)
    return;
  self->tidying = g_idle_source_new ();
  g_source_set_priority (self->tidying, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->tidying, on_tidy, self, NULL);
  g_source_attach (self->tidying, g_main_context_get_thread_default ());
}

void
kh_engine_servers_forget_contact (KhEngine *self, const KhPeerId *peer)
{
  gint64 now_us = g_get_monotonic_time ();

  for (guint i = 0; i < self->links->len; i++)
    {
      KhServerLink *link = self->links->pdata[i];

      kh_node_disconnect (link->node, peer, now_us);
      kh_node_set_policy (link->node, peer, KH_POLICY_ASK, now_us);
      kh_server_link_kick (link);
    }
  kh_engine_servers_tidy_soon (self);
}
