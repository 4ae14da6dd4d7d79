/* conversation.c: a contact's properties (name, presence, unread, last message)
 *
 * Holds what the front ends show; decides nothing.
 */
#include "engine/conversation-private.h"

#include "engine/engine-private.h"
#include "engine/exchange-private.h"

static GParamSpec *props[KH_CONVERSATION_N_PROPS];

G_DEFINE_FINAL_TYPE (KhConversation, kh_conversation, G_TYPE_OBJECT)

void
kh_conversation_notify (KhConversation *self, KhConversationProp prop)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[prop]);
}

static void
kh_conversation_dispose (GObject *object)
{
  KhConversation *self = KH_CONVERSATION (object);

  kh_exchange_stop_timer (&self->typing_end);
  g_clear_pointer (&self->streams, kh_streams_free);
  g_clear_pointer (&self->exchange, kh_exchange_free);
  if (self->messages != NULL)
    kh_message_list_detach (self->messages);
  g_clear_object (&self->messages);
  g_clear_object (&self->last);
  g_clear_object (&self->link);
  G_OBJECT_CLASS (kh_conversation_parent_class)->dispose (object);
}

static void
kh_conversation_finalize (GObject *object)
{
  KhConversation *self = KH_CONVERSATION (object);

  kh_store_contact_free (self->contact);
  g_free (self->name);
  g_clear_pointer (&self->avatar, g_bytes_unref);
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
    case KH_CONVERSATION_PROP_PEER_ID:
      g_value_set_string (value, self->peer_id);
      break;
    case KH_CONVERSATION_PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case KH_CONVERSATION_PROP_GIVEN_NAME:
      g_value_set_string (value, kh_conversation_get_given_name (self));
      break;
    case KH_CONVERSATION_PROP_ALIAS:
      g_value_set_string (value, self->contact->alias);
      break;
    case KH_CONVERSATION_PROP_VERIFIED:
      g_value_set_boolean (value, self->contact->verified);
      break;
    case KH_CONVERSATION_PROP_BLOCKED:
      g_value_set_boolean (value, kh_conversation_get_blocked (self));
      break;
    case KH_CONVERSATION_PROP_PRESENCE:
      g_value_set_enum (value, self->presence);
      break;
    case KH_CONVERSATION_PROP_ROUTE:
      g_value_set_enum (value, self->route);
      break;
    case KH_CONVERSATION_PROP_RTT:
      g_value_set_int64 (value, self->rtt_us);
      break;
    case KH_CONVERSATION_PROP_LOCAL_ADDRESS:
      g_value_set_string (value, self->local_address);
      break;
    case KH_CONVERSATION_PROP_REMOTE_ADDRESS:
      g_value_set_string (value, self->remote_address);
      break;
    case KH_CONVERSATION_PROP_UNREAD:
      g_value_set_uint (value, self->unread);
      break;
    case KH_CONVERSATION_PROP_LAST_TEXT:
      g_value_set_string (value, kh_conversation_get_last_text (self));
      break;
    case KH_CONVERSATION_PROP_LAST_TIME:
      g_value_set_int64 (value, kh_conversation_get_last_time (self));
      break;
    case KH_CONVERSATION_PROP_LAST_OUTGOING:
      g_value_set_boolean (value, kh_conversation_get_last_outgoing (self));
      break;
    case KH_CONVERSATION_PROP_UNDELIVERED:
      g_value_set_uint (value, kh_conversation_get_undelivered (self));
      break;
    case KH_CONVERSATION_PROP_MESSAGES:
      g_value_set_object (value, kh_conversation_get_messages (self));
      break;
    case KH_CONVERSATION_PROP_HAS_OLDER:
      g_value_set_boolean (value, kh_conversation_get_has_older (self));
      break;
    case KH_CONVERSATION_PROP_HAS_NEWER:
      g_value_set_boolean (value, kh_conversation_get_has_newer (self));
      break;
    case KH_CONVERSATION_PROP_PINNED:
      g_value_set_boolean (value, kh_conversation_get_pinned (self));
      break;
    case KH_CONVERSATION_PROP_RELAY_POLICY:
      g_value_set_enum (value, kh_conversation_get_relay_policy (self));
      break;
    case KH_CONVERSATION_PROP_MUTED:
      g_value_set_boolean (value, kh_conversation_get_muted (self));
      break;
    case KH_CONVERSATION_PROP_ARCHIVED:
      g_value_set_boolean (value, kh_conversation_get_archived (self));
      break;
    case KH_CONVERSATION_PROP_MARKED_UNREAD:
      g_value_set_boolean (value, kh_conversation_get_marked_unread (self));
      break;
    case KH_CONVERSATION_PROP_AVATAR:
      g_value_set_boxed (value, kh_conversation_get_avatar (self));
      break;
    case KH_CONVERSATION_PROP_SERVER:
      g_value_set_string (value, kh_conversation_get_server (self));
      break;
    case KH_CONVERSATION_PROP_TYPING:
      g_value_set_boolean (value, self->typing);
      break;
    case KH_CONVERSATION_PROP_DRAFT:
      g_value_set_string (value, kh_conversation_get_draft (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

/* A handler may close the engine. */
static void
kh_conversation_dispatch_properties_changed (GObject *object, guint n, GParamSpec **properties)
{
  KhConversation *self = KH_CONVERSATION (object);

  G_OBJECT_CLASS (kh_conversation_parent_class)
      ->dispatch_properties_changed (object, n, properties);
  for (guint i = 0; i < n && self->engine != NULL; i++)
    kh_engine_emit_conversation_changed (self->engine, self, properties[i]);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  props[KH_CONVERSATION_PROP_PEER_ID] = g_param_spec_string ("peer-id", NULL, NULL, NULL, flags);
  props[KH_CONVERSATION_PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[KH_CONVERSATION_PROP_GIVEN_NAME] =
      g_param_spec_string ("given-name", NULL, NULL, NULL, flags);
  props[KH_CONVERSATION_PROP_ALIAS] = g_param_spec_string ("alias", NULL, NULL, NULL, flags);
  props[KH_CONVERSATION_PROP_VERIFIED] =
      g_param_spec_boolean ("verified", NULL, NULL, FALSE, flags);
  props[KH_CONVERSATION_PROP_BLOCKED] = g_param_spec_boolean ("blocked", NULL, NULL, FALSE, flags);
  props[KH_CONVERSATION_PROP_PRESENCE] =
      g_param_spec_enum ("presence", NULL, NULL, KH_TYPE_PRESENCE, KH_PRESENCE_IDLE, flags);
  props[KH_CONVERSATION_PROP_ROUTE] =
      g_param_spec_enum ("route", NULL, NULL, KH_TYPE_ROUTE, KH_ROUTE_NONE, flags);
  props[KH_CONVERSATION_PROP_RTT] = g_param_spec_int64 ("rtt", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[KH_CONVERSATION_PROP_LOCAL_ADDRESS] =
      g_param_spec_string ("local-address", NULL, NULL, NULL, flags);
  props[KH_CONVERSATION_PROP_REMOTE_ADDRESS] =
      g_param_spec_string ("remote-address", NULL, NULL, NULL, flags);
  props[KH_CONVERSATION_PROP_UNREAD] =
      g_param_spec_uint ("unread", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[KH_CONVERSATION_PROP_LAST_TEXT] =
      g_param_spec_string ("last-text", NULL, NULL, NULL, flags);
  props[KH_CONVERSATION_PROP_LAST_TIME] =
      g_param_spec_int64 ("last-time", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[KH_CONVERSATION_PROP_LAST_OUTGOING] =
      g_param_spec_boolean ("last-outgoing", NULL, NULL, FALSE, flags);
  props[KH_CONVERSATION_PROP_UNDELIVERED] =
      g_param_spec_uint ("undelivered", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[KH_CONVERSATION_PROP_MESSAGES] =
      g_param_spec_object ("messages", NULL, NULL, G_TYPE_LIST_MODEL, flags);
  props[KH_CONVERSATION_PROP_HAS_OLDER] =
      g_param_spec_boolean ("has-older", NULL, NULL, FALSE, flags);
  props[KH_CONVERSATION_PROP_HAS_NEWER] =
      g_param_spec_boolean ("has-newer", NULL, NULL, FALSE, flags);
  props[KH_CONVERSATION_PROP_RELAY_POLICY] =
      g_param_spec_enum ("relay-policy", NULL, NULL, KH_TYPE_RELAY_USE, KH_RELAY_USE_DEFAULT,
                         flags);
  props[KH_CONVERSATION_PROP_PINNED] = g_param_spec_boolean ("pinned", NULL, NULL, FALSE, flags);
  props[KH_CONVERSATION_PROP_MUTED] = g_param_spec_boolean ("muted", NULL, NULL, FALSE, flags);
  props[KH_CONVERSATION_PROP_ARCHIVED] =
      g_param_spec_boolean ("archived", NULL, NULL, FALSE, flags);
  props[KH_CONVERSATION_PROP_MARKED_UNREAD] =
      g_param_spec_boolean ("marked-unread", NULL, NULL, FALSE, flags);
  props[KH_CONVERSATION_PROP_DRAFT] = g_param_spec_string ("draft", NULL, NULL, NULL, flags);
  props[KH_CONVERSATION_PROP_TYPING] = g_param_spec_boolean ("typing", NULL, NULL, FALSE, flags);
  props[KH_CONVERSATION_PROP_AVATAR] =
      g_param_spec_boxed ("avatar", NULL, NULL, G_TYPE_BYTES, flags);
  props[KH_CONVERSATION_PROP_SERVER] = g_param_spec_string ("server", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, KH_CONVERSATION_N_PROPS, props);
}

static void
kh_conversation_class_init (KhConversationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = kh_conversation_dispose;
  object_class->finalize = kh_conversation_finalize;
  object_class->get_property = kh_conversation_get_property;
  object_class->dispatch_properties_changed = kh_conversation_dispatch_properties_changed;
  install_properties (object_class);
}

static void
kh_conversation_init (KhConversation *self)
{
}

KhConversation *
kh_conversation_new (KhEngine *engine, const KhStoreContact *contact)
{
  KhConversation *self = g_object_new (KH_TYPE_CONVERSATION, NULL);

  self->engine = engine;
  self->link = g_object_ref (engine->home);
  self->contact = kh_store_contact_copy (contact);
  self->peer = contact->peer_id;
  kh_peer_id_format (&self->peer, self->peer_id);
  self->name = kh_conversation_name_of (self, contact);
  self->messages = kh_message_list_new (self);
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
  kh_conversation_set_typing (self, FALSE);
  kh_conversation_clear_path (self);
  kh_conversation_set_presence (self, KH_PRESENCE_IDLE);
}
