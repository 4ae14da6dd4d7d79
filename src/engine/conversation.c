/* conversation.c: a contact's properties (DESIGN section 13: name, presence, unread, last message)
 *
 * Holds what the front ends show; decides nothing.
 */
#include "engine/conversation-private.h"

#include "crypto/safety.h"
#include "engine/engine-private.h"

enum
{
  PROP_0,
  PROP_PEER_ID,
  PROP_NAME,
  PROP_GIVEN_NAME,
  PROP_ALIAS,
  PROP_VERIFIED,
  PROP_BLOCKED,
  PROP_PRESENCE,
  PROP_ROUTE,
  PROP_RTT,
  PROP_LOCAL_ADDRESS,
  PROP_REMOTE_ADDRESS,
  PROP_UNREAD,
  PROP_LAST_TEXT,
  PROP_LAST_TIME,
  PROP_LAST_OUTGOING,
  PROP_UNDELIVERED,
  PROP_MESSAGES,
  PROP_HAS_OLDER,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (KhConversation, kh_conversation, G_TYPE_OBJECT)

static void
notify (KhConversation *self, guint prop)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[prop]);
}

static void
kh_conversation_dispose (GObject *object)
{
  KhConversation *self = KH_CONVERSATION (object);

  g_clear_pointer (&self->streams, kh_streams_free);
  g_clear_pointer (&self->exchange, kh_exchange_free);
  if (self->messages != NULL)
    g_signal_handlers_disconnect_by_data (self->messages, self);
  g_clear_object (&self->messages);
  g_clear_object (&self->last);
  G_OBJECT_CLASS (kh_conversation_parent_class)->dispose (object);
}

static void
kh_conversation_finalize (GObject *object)
{
  KhConversation *self = KH_CONVERSATION (object);

  kh_store_contact_free (self->contact);
  g_free (self->name);
  g_clear_error (&self->problem);
  g_free (self->local_address);
  g_free (self->remote_address);
  kh_verdict_record_free (self->verdict);
  G_OBJECT_CLASS (kh_conversation_parent_class)->finalize (object);
}

static void
kh_conversation_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  KhConversation *self = KH_CONVERSATION (object);

  switch (id)
    {
    case PROP_PEER_ID:
      g_value_set_string (value, self->peer_id);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_GIVEN_NAME:
      g_value_set_string (value, kh_conversation_get_given_name (self));
      break;
    case PROP_ALIAS:
      g_value_set_string (value, self->contact->alias);
      break;
    case PROP_VERIFIED:
      g_value_set_boolean (value, self->contact->verified);
      break;
    case PROP_BLOCKED:
      g_value_set_boolean (value, kh_conversation_get_blocked (self));
      break;
    case PROP_PRESENCE:
      g_value_set_enum (value, self->presence);
      break;
    case PROP_ROUTE:
      g_value_set_enum (value, self->route);
      break;
    case PROP_RTT:
      g_value_set_int64 (value, self->rtt_us);
      break;
    case PROP_LOCAL_ADDRESS:
      g_value_set_string (value, self->local_address);
      break;
    case PROP_REMOTE_ADDRESS:
      g_value_set_string (value, self->remote_address);
      break;
    case PROP_UNREAD:
      g_value_set_uint (value, self->unread);
      break;
    case PROP_LAST_TEXT:
      g_value_set_string (value, kh_conversation_get_last_text (self));
      break;
    case PROP_LAST_TIME:
      g_value_set_int64 (value, kh_conversation_get_last_time (self));
      break;
    case PROP_LAST_OUTGOING:
      g_value_set_boolean (value, kh_conversation_get_last_outgoing (self));
      break;
    case PROP_UNDELIVERED:
      g_value_set_uint (value, kh_conversation_get_undelivered (self));
      break;
    case PROP_MESSAGES:
      g_value_set_object (value, kh_conversation_get_messages (self));
      break;
    case PROP_HAS_OLDER:
      g_value_set_boolean (value, kh_conversation_get_has_older (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  props[PROP_PEER_ID] = g_param_spec_string ("peer-id", NULL, NULL, NULL, flags);
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_GIVEN_NAME] = g_param_spec_string ("given-name", NULL, NULL, NULL, flags);
  props[PROP_ALIAS] = g_param_spec_string ("alias", NULL, NULL, NULL, flags);
  props[PROP_VERIFIED] = g_param_spec_boolean ("verified", NULL, NULL, FALSE, flags);
  props[PROP_BLOCKED] = g_param_spec_boolean ("blocked", NULL, NULL, FALSE, flags);
  props[PROP_PRESENCE] =
      g_param_spec_enum ("presence", NULL, NULL, KH_TYPE_PRESENCE, KH_PRESENCE_IDLE, flags);
  props[PROP_ROUTE] = g_param_spec_enum ("route", NULL, NULL, KH_TYPE_ROUTE, KH_ROUTE_NONE, flags);
  props[PROP_RTT] = g_param_spec_int64 ("rtt", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_LOCAL_ADDRESS] = g_param_spec_string ("local-address", NULL, NULL, NULL, flags);
  props[PROP_REMOTE_ADDRESS] = g_param_spec_string ("remote-address", NULL, NULL, NULL, flags);
  props[PROP_UNREAD] = g_param_spec_uint ("unread", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_LAST_TEXT] = g_param_spec_string ("last-text", NULL, NULL, NULL, flags);
  props[PROP_LAST_TIME] = g_param_spec_int64 ("last-time", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_LAST_OUTGOING] = g_param_spec_boolean ("last-outgoing", NULL, NULL, FALSE, flags);
  props[PROP_UNDELIVERED] = g_param_spec_uint ("undelivered", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_MESSAGES] = g_param_spec_object ("messages", NULL, NULL, G_TYPE_LIST_MODEL, flags);
  props[PROP_HAS_OLDER] = g_param_spec_boolean ("has-older", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
kh_conversation_class_init (KhConversationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = kh_conversation_dispose;
  object_class->finalize = kh_conversation_finalize;
  object_class->get_property = kh_conversation_get_property;
  install_properties (object_class);
}

static void
kh_conversation_init (KhConversation *self)
{
}

/* The alias, else the given name, else the first two groups of the ID. */
static char *
name_of (KhConversation *self, const KhStoreContact *contact)
{
  if (contact->alias != NULL && *contact->alias != '\0')
    return g_strdup (contact->alias);
  if (contact->given_name != NULL && *contact->given_name != '\0')
    return g_strdup (contact->given_name);
  return g_strndup (self->peer_id, 9);
}

static void
on_has_older (KhConversation *self)
{
  notify (self, PROP_HAS_OLDER);
}

KhConversation *
kh_conversation_new (KhEngine *engine, const KhStoreContact *contact)
{
  KhConversation *self = g_object_new (KH_TYPE_CONVERSATION, NULL);

  self->engine = engine;
  self->contact = kh_store_contact_copy (contact);
  self->peer = contact->peer_id;
  kh_peer_id_format (&self->peer, self->peer_id);
  self->name = name_of (self, contact);
  self->messages = kh_message_list_new (contact->id);
  g_signal_connect_object (self->messages, "notify::has-older", G_CALLBACK (on_has_older), self,
                           G_CONNECT_SWAPPED);
  self->exchange = kh_exchange_new (self);
  self->streams = kh_streams_new (self);
  return self;
}

void
kh_conversation_detach (KhConversation *self)
{
  kh_streams_session_down (self->streams);
  kh_exchange_session_down (self->exchange);
  self->engine = NULL;
  kh_conversation_clear_path (self);
  kh_conversation_set_presence (self, KH_PRESENCE_IDLE);
}

void
kh_conversation_set_contact (KhConversation *self, const KhStoreContact *contact)
{
  g_autoptr (KhStoreContact) old = self->contact;
  g_autofree char *old_name = self->name;

  self->contact = kh_store_contact_copy (contact);
  self->name = name_of (self, contact);
  g_object_freeze_notify (G_OBJECT (self));
  if (g_strcmp0 (old_name, self->name) != 0)
    notify (self, PROP_NAME);
  if (g_strcmp0 (old->given_name, contact->given_name) != 0)
    notify (self, PROP_GIVEN_NAME);
  if (g_strcmp0 (old->alias, contact->alias) != 0)
    notify (self, PROP_ALIAS);
  if (old->verified != contact->verified)
    notify (self, PROP_VERIFIED);
  if (old->state != contact->state)
    notify (self, PROP_BLOCKED);
  g_object_thaw_notify (G_OBJECT (self));
}

static GError *
problem_of (KhConversation *self)
{
  switch (self->presence)
    {
    case KH_PRESENCE_UNANSWERED:
      return g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_PEER_UNANSWERED,
                          "%s has not answered yet. Your messages wait until they accept you.",
                          self->name);
    case KH_PRESENCE_OFFLINE:
      return g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_PEER_OFFLINE,
                          "%s is not at this server now. You will be connected as soon as they "
                          "come.",
                          self->name);
    case KH_PRESENCE_NO_PATH:
      return g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_NO_PATH,
                          "%s was found, but the two networks let no packet through. It is tried "
                          "again; another network of either side may help.",
                          self->name);
    case KH_PRESENCE_WRONG_KEY:
      return g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_PEER_WRONG_KEY,
                          "The server gave a key that does not belong to %s, so the connection was "
                          "refused. Do not trust this server, or use another.",
                          self->name);
    case KH_PRESENCE_IDLE:
    case KH_PRESENCE_NO_SERVER:
    case KH_PRESENCE_LOOKUP:
    case KH_PRESENCE_KNOCKING:
    case KH_PRESENCE_PUNCHING:
    case KH_PRESENCE_CONNECTED:
    default:
      return NULL;
    }
}

void
kh_conversation_set_presence (KhConversation *self, KhPresence presence)
{
  if (self->presence == presence)
    return;
  self->presence = presence;
  g_clear_error (&self->problem);
  self->problem = problem_of (self);
  notify (self, PROP_PRESENCE);
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
  for (guint prop = PROP_ROUTE; prop <= PROP_REMOTE_ADDRESS; prop++)
    notify (self, prop);
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
  notify (self, PROP_UNREAD);
}

void
kh_conversation_set_last (KhConversation *self, KhChatMessage *message)
{
  if (!g_set_object (&self->last, message))
    return;
  g_object_freeze_notify (G_OBJECT (self));
  notify (self, PROP_LAST_TEXT);
  notify (self, PROP_LAST_TIME);
  notify (self, PROP_LAST_OUTGOING);
  g_object_thaw_notify (G_OBJECT (self));
}

void
kh_conversation_notify_undelivered (KhConversation *self)
{
  notify (self, PROP_UNDELIVERED);
}

const char *
kh_conversation_get_peer_id (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->peer_id;
}

const char *
kh_conversation_get_name (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->name;
}

const char *
kh_conversation_get_given_name (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->contact->given_name != NULL ? self->contact->given_name : "";
}

const char *
kh_conversation_get_alias (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->contact->alias;
}

gboolean
kh_conversation_get_verified (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), FALSE);
  return self->contact->verified;
}

gboolean
kh_conversation_get_blocked (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), FALSE);
  return self->contact->state == KH_CONTACT_BLOCKED;
}

KhPresence
kh_conversation_get_presence (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), KH_PRESENCE_IDLE);
  return self->presence;
}

KhRoute
kh_conversation_get_route (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), KH_ROUTE_NONE);
  return self->route;
}

gint64
kh_conversation_get_rtt (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), 0);
  return self->rtt_us;
}

const char *
kh_conversation_get_local_address (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->local_address;
}

const char *
kh_conversation_get_remote_address (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->remote_address;
}

guint
kh_conversation_get_unread (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), 0);
  return self->unread;
}

const char *
kh_conversation_get_last_text (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->last != NULL ? kh_chat_message_get_text (self->last) : NULL;
}

gint64
kh_conversation_get_last_time (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), 0);
  return self->last != NULL ? kh_chat_message_get_received_time (self->last)
                            : self->contact->created_us;
}

gboolean
kh_conversation_get_last_outgoing (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), FALSE);
  return self->last != NULL && kh_chat_message_get_outgoing (self->last);
}

guint
kh_conversation_get_undelivered (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), 0);
  return kh_exchange_get_undelivered (self->exchange);
}

gboolean
kh_conversation_get_has_older (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), FALSE);
  return kh_message_list_get_has_older (self->messages);
}

const GError *
kh_conversation_get_problem (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  return self->problem;
}

char *
kh_conversation_dup_safety_number (KhConversation *self)
{
  char text[KH_SAFETY_STRING_MAX];

  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  if (self->engine == NULL || !self->contact->has_key)
    return NULL;
  return g_strdup (kh_safety_format (kh_identity_get_public (self->engine->identity),
                                     &self->contact->key, text));
}

GListModel *
kh_conversation_get_messages (KhConversation *self)
{
  g_return_val_if_fail (KH_IS_CONVERSATION (self), NULL);
  if (self->engine != NULL)
    kh_message_list_start (self->messages, self->engine->store, KH_CONVERSATION_PAGE);
  return G_LIST_MODEL (self->messages);
}

void
kh_conversation_load_older (KhConversation *self)
{
  g_return_if_fail (KH_IS_CONVERSATION (self));
  if (self->engine != NULL)
    kh_message_list_load_older (self->messages, self->engine->store, KH_CONVERSATION_PAGE);
}
