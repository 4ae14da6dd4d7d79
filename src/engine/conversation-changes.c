/* conversation-changes.c: what the engine changes about a conversation; every change notifies */
#include "engine/conversation-private.h"
#include <glib/gi18n-lib.h>

#include "engine/engine-private.h"
#include "engine/exchange-private.h"

/* Twice the pause between two of their telling that they write. */
#define TYPING_S 6

char *
kh_conversation_name_of (KhConversation *self, const KhStoreContact *contact)
{
  if (contact->alias != NULL && *contact->alias != '\0')
    return g_strdup (contact->alias);
  if (contact->given_name != NULL && *contact->given_name != '\0')
    return g_strdup (contact->given_name);
  return g_strndup (self->peer_id, 9);
}

static void
notify_keeping (KhConversation *self, const KhStoreContact *old, const KhStoreContact *contact)
{
  static const struct
  {
    KhContactFlags flag;
    KhConversationProp prop;
  } flags[] = {
    { KH_CONTACT_PINNED, KH_CONVERSATION_PROP_PINNED },
    { KH_CONTACT_MUTED, KH_CONVERSATION_PROP_MUTED },
    { KH_CONTACT_ARCHIVED, KH_CONVERSATION_PROP_ARCHIVED },
    { KH_CONTACT_MARKED_UNREAD, KH_CONVERSATION_PROP_MARKED_UNREAD },
  };

  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    if ((old->flags ^ contact->flags) & flags[i].flag)
      kh_conversation_notify (self, flags[i].prop);
  if (kh_engine_relay_use_of (old) != kh_engine_relay_use_of (contact))
    kh_conversation_notify (self, KH_CONVERSATION_PROP_RELAY_POLICY);
  if (g_strcmp0 (old->draft, contact->draft) != 0)
    kh_conversation_notify (self, KH_CONVERSATION_PROP_DRAFT);
}

void
kh_conversation_set_contact (KhConversation *self, const KhStoreContact *contact)
{
  g_autoptr (KhStoreContact) old = self->contact;
  g_autofree char *old_name = self->name;

  self->contact = kh_store_contact_copy (contact);
  self->name = kh_conversation_name_of (self, contact);
  g_object_freeze_notify (G_OBJECT (self));
  if (g_strcmp0 (old_name, self->name) != 0)
    kh_conversation_notify (self, KH_CONVERSATION_PROP_NAME);
  if (g_strcmp0 (old->given_name, contact->given_name) != 0)
    kh_conversation_notify (self, KH_CONVERSATION_PROP_GIVEN_NAME);
  if (g_strcmp0 (old->alias, contact->alias) != 0)
    kh_conversation_notify (self, KH_CONVERSATION_PROP_ALIAS);
  if (old->verified != contact->verified)
    kh_conversation_notify (self, KH_CONVERSATION_PROP_VERIFIED);
  if (g_strcmp0 (old->server, contact->server) != 0)
    kh_conversation_notify (self, KH_CONVERSATION_PROP_SERVER);
  if (old->state != contact->state)
    kh_conversation_notify (self, KH_CONVERSATION_PROP_BLOCKED);
  notify_keeping (self, old, contact);
  g_object_thaw_notify (G_OBJECT (self));
}

static GError *
problem_of (KhConversation *self)
{
  switch (self->presence)
    {
    case KH_PRESENCE_UNANSWERED:
      return g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_PEER_UNANSWERED,
                          _ ("%s has not answered yet. Your messages wait until they accept you."),
                          self->name);
    case KH_PRESENCE_OFFLINE:
      return g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_PEER_OFFLINE,
                          _ ("%s is not at this server now. You will be connected as soon as they "
                             "come."),
                          self->name);
    case KH_PRESENCE_NO_PATH:
      if (self->engine != NULL &&
          kh_node_get_barred (self->link->node, &self->peer) != KH_VERDICT_NOBODY)
        return g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_NO_RELAY,
                            _ ("%s was found, but the two networks let no packet through, and one "
                               "of you two allows no relay. It is tried again; another network of "
                               "either side may help, or to allow the relay."),
                            self->name);
      return g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_NO_PATH,
                          _ ("%s was found, but the two networks let no packet through. It is "
                             "tried again; another network of either side may help."),
                          self->name);
    case KH_PRESENCE_WRONG_KEY:
      return g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_PEER_WRONG_KEY,
                          _ ("The server gave a key that does not belong to %s, so the connection "
                             "was refused. Do not trust this server, or use another."),
                          self->name);
    case KH_PRESENCE_NO_SERVER:
      /* Of the user's own server is told elsewhere. */
      return self->link->problem != NULL && !kh_server_link_is_default (self->link)
                 ? g_error_copy (self->link->problem)
                 : NULL;
    case KH_PRESENCE_IDLE:
    case KH_PRESENCE_LOOKUP:
    case KH_PRESENCE_KNOCKING:
    case KH_PRESENCE_PUNCHING:
    case KH_PRESENCE_CONNECTED:
    default:
      return NULL;
    }
}

void
kh_conversation_server_changed (KhConversation *self)
{
  if (self->presence != KH_PRESENCE_NO_SERVER)
    return;
  g_clear_error (&self->problem);
  self->problem = problem_of (self);
  kh_conversation_notify (self, KH_CONVERSATION_PROP_PRESENCE);
}

void
kh_conversation_set_presence (KhConversation *self, KhPresence presence)
{
  if (self->presence == presence)
    return;
  self->presence = presence;
  g_clear_error (&self->problem);
  self->problem = problem_of (self);
  kh_conversation_notify (self, KH_CONVERSATION_PROP_PRESENCE);
}

static void
set_path (KhConversation *self, KhRoute route, gint64 rtt_us, char *local, char *remote)
{
  g_free (self->local_address);
  g_free (self->remote_address);
  self->local_address = local;
  self->remote_address = remote;
  self->route = route;
  self->rtt_us = rtt_us;
  g_object_freeze_notify (G_OBJECT (self));
  for (guint prop = KH_CONVERSATION_PROP_ROUTE; prop <= KH_CONVERSATION_PROP_REMOTE_ADDRESS; prop++)
    kh_conversation_notify (self, prop);
  g_object_thaw_notify (G_OBJECT (self));
}

gboolean
kh_conversation_set_path (KhConversation *self, const KhEvent *event)
{
  KhRoute route = event->path.kind == KH_PATH_DIRECT ? KH_ROUTE_DIRECT : KH_ROUTE_RELAY;
  const KhAddr *local = &event->path.local, *remote = &event->path.remote;
  g_autofree char *local_text = kh_addr_is_set (local) ? kh_addr_to_string (local) : NULL;
  g_autofree char *remote_text = kh_addr_is_set (remote) ? kh_addr_to_string (remote) : NULL;
  gboolean changed = route != self->route || g_strcmp0 (local_text, self->local_address) != 0 ||
                     g_strcmp0 (remote_text, self->remote_address) != 0;

  set_path (self, route, MAX (event->path.rtt_us, 0), g_steal_pointer (&local_text),
            g_steal_pointer (&remote_text));
  return changed;
}

void
kh_conversation_clear_path (KhConversation *self)
{
  if (self->route != KH_ROUTE_NONE)
    set_path (self, KH_ROUTE_NONE, 0, NULL, NULL);
}

void
kh_conversation_set_unread (KhConversation *self, guint unread)
{
  if (self->unread == unread)
    return;
  self->unread = unread;
  kh_conversation_notify (self, KH_CONVERSATION_PROP_UNREAD);
}

void
kh_conversation_set_avatar (KhConversation *self, GBytes *avatar)
{
  g_clear_pointer (&self->avatar, g_bytes_unref);
  self->avatar = avatar != NULL ? g_bytes_ref (avatar) : NULL;
  kh_conversation_notify (self, KH_CONVERSATION_PROP_AVATAR);
}

void
kh_conversation_summarise (KhConversation *self, const KhStoreSummary *summary)
{
  g_autoptr (KhChatMessage) last =
      summary->last != NULL ? kh_message_list_wrap (self->messages, summary->last) : NULL;

  kh_conversation_set_unread (self, summary->unread);
  kh_conversation_set_last (self, last);
}

static gboolean
on_typing_end (gpointer user_data)
{
  kh_conversation_set_typing (user_data, FALSE);
  return G_SOURCE_REMOVE;
}

void
kh_conversation_set_typing (KhConversation *self, gboolean typing)
{
  kh_exchange_stop_timer (&self->typing_end);
  if (typing)
    {
      self->typing_end = g_timeout_source_new_seconds (TYPING_S);
      g_source_set_callback (self->typing_end, on_typing_end, self, NULL);
      g_source_attach (self->typing_end, g_main_context_get_thread_default ());
    }
  if (self->typing == typing)
    return;
  self->typing = typing;
  kh_conversation_notify (self, KH_CONVERSATION_PROP_TYPING);
}

void
kh_conversation_notify_last (KhConversation *self)
{
  g_object_freeze_notify (G_OBJECT (self));
  kh_conversation_notify (self, KH_CONVERSATION_PROP_LAST_TEXT);
  kh_conversation_notify (self, KH_CONVERSATION_PROP_LAST_TIME);
  kh_conversation_notify (self, KH_CONVERSATION_PROP_LAST_OUTGOING);
  g_object_thaw_notify (G_OBJECT (self));
}

void
kh_conversation_set_last (KhConversation *self, KhChatMessage *message)
{
  if (g_set_object (&self->last, message))
    kh_conversation_notify_last (self);
}

void
kh_conversation_notify_undelivered (KhConversation *self)
{
  kh_conversation_notify (self, KH_CONVERSATION_PROP_UNDELIVERED);
}
