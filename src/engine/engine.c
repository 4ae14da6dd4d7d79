/* engine.c: KhEngine as an object: properties and signals; nothing is decided here
 *
 * The front ends' view of it is engine.h, the map of the other files engine-private.h.
 */
#include "engine/engine-private.h"

#include "crypto/invite.h"

enum
{
  PROP_0,
  PROP_PEER_ID,
  PROP_NAME,
  PROP_SERVER,
  PROP_LOCAL_SERVER,
  PROP_LINK,
  PROP_LINK_PROBLEM,
  PROP_ADDRESS,
  PROP_INVITE_LINK,
  PROP_AVATAR,
  PROP_ACCEPT_MODE,
  PROP_PORT,
  PROP_PORT_MAPPING,
  PROP_RELAY_POLICY,
  PROP_LOCAL_NETWORK,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

enum
{
  LINK_CHANGED,
  SERVER_CHANGED,
  KNOCK,
  SESSION,
  PATH,
  VERDICT,
  MESSAGE_RECEIVED,
  MESSAGE_CHANGED,
  RECEIPT,
  CLOSED,
  CONVERSATION_CHANGED,
  PROBLEM,
  MAPPING_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (KhEngine, kh_engine, G_TYPE_OBJECT)

static void
kh_engine_dispose (GObject *object)
{
  KhEngine *self = KH_ENGINE (object);

  kh_engine_drop (self);
  G_OBJECT_CLASS (kh_engine_parent_class)->dispose (object);
}

static void
kh_engine_finalize (GObject *object)
{
  KhEngine *self = KH_ENGINE (object);

  g_object_unref (self->conversations);
  g_object_unref (self->requests);
  g_object_unref (self->invites);
  g_object_unref (self->settings);
  g_hash_table_unref (self->by_id);
  kh_engine_servers_finalize (self);
  g_free (self->name);
  g_free (self->id_text);
  kh_engine_set_passphrase (self, NULL);
  G_OBJECT_CLASS (kh_engine_parent_class)->finalize (object);
}

static void
kh_engine_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  KhEngine *self = KH_ENGINE (object);

  switch (id)
    {
    case PROP_PEER_ID:
      g_value_set_string (value, self->id_text);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_SERVER:
      g_value_set_string (value, kh_engine_get_server (self));
      break;
    case PROP_LOCAL_SERVER:
      g_value_set_boolean (value, kh_engine_get_local_server (self));
      break;
    case PROP_LINK:
      g_value_set_enum (value, self->home->link);
      break;
    case PROP_LINK_PROBLEM:
      g_value_set_int (value, self->home->problem != NULL ? self->home->problem->code : -1);
      break;
    case PROP_ADDRESS:
      g_value_set_string (value, self->home->address);
      break;
    case PROP_INVITE_LINK:
      g_value_set_string (value, self->invite_link);
      break;
    case PROP_AVATAR:
      g_value_set_boxed (value, self->avatar);
      break;
    case PROP_ACCEPT_MODE:
      g_value_set_enum (value, self->accept_mode);
      break;
    case PROP_PORT:
      g_value_set_uint (value, self->port);
      break;
    case PROP_PORT_MAPPING:
      g_value_set_boolean (value, kh_engine_get_port_mapping (self));
      break;
    case PROP_RELAY_POLICY:
      g_value_set_enum (value, self->relay_use);
      break;
    case PROP_LOCAL_NETWORK:
      g_value_set_boolean (value, kh_engine_get_local_network (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
kh_engine_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  KhEngine *self = KH_ENGINE (object);

  switch (id)
    {
    case PROP_ACCEPT_MODE:
      kh_engine_set_accept_mode (self, g_value_get_enum (value));
      break;
    case PROP_PORT:
      self->port = g_value_get_uint (value);
      break;
    case PROP_PORT_MAPPING:
      kh_engine_set_port_mapping (self, g_value_get_boolean (value));
      break;
    case PROP_RELAY_POLICY:
      kh_engine_set_relay_policy (self, g_value_get_enum (value));
      break;
    case PROP_LOCAL_NETWORK:
      kh_engine_set_local_network (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  const GParamFlags writable = readable | G_PARAM_WRITABLE;

  props[PROP_PEER_ID] = g_param_spec_string ("peer-id", NULL, NULL, NULL, readable);
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, readable);
  props[PROP_SERVER] = g_param_spec_string ("server", NULL, NULL, NULL, readable);
  props[PROP_LOCAL_SERVER] = g_param_spec_boolean ("local-server", NULL, NULL, FALSE, readable);
  props[PROP_LINK] =
      g_param_spec_enum ("link", NULL, NULL, KH_TYPE_ENGINE_LINK, KH_ENGINE_LINK_OFF, readable);
  props[PROP_LINK_PROBLEM] =
      g_param_spec_int ("link-problem", NULL, NULL, -1, G_MAXINT, -1, readable);
  props[PROP_ADDRESS] = g_param_spec_string ("address", NULL, NULL, NULL, readable);
  props[PROP_INVITE_LINK] = g_param_spec_string ("invite-link", NULL, NULL, NULL, readable);
  props[PROP_AVATAR] = g_param_spec_boxed ("avatar", NULL, NULL, G_TYPE_BYTES, readable);
  props[PROP_ACCEPT_MODE] =
      g_param_spec_enum ("accept-mode", NULL, NULL, KH_TYPE_ACCEPT_MODE, KH_ACCEPT_ASK, writable);
  props[PROP_PORT] = g_param_spec_uint ("port", NULL, NULL, 0, G_MAXUINT16, 0, writable);
  props[PROP_PORT_MAPPING] = g_param_spec_boolean ("port-mapping", NULL, NULL, TRUE, writable);
  props[PROP_RELAY_POLICY] = g_param_spec_enum ("relay-policy", NULL, NULL, KH_TYPE_RELAY_USE,
                                                KH_RELAY_USE_AUTO, writable);
  props[PROP_LOCAL_NETWORK] = g_param_spec_boolean ("local-network", NULL, NULL, TRUE, writable);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static guint
new_signal (const char *name, guint n, ...)
{
  va_list types;
  guint id;

  va_start (types, n);
  id = g_signal_new_valist (name, KH_TYPE_ENGINE, G_SIGNAL_RUN_LAST, NULL, NULL, NULL, NULL,
                            G_TYPE_NONE, n, types);
  va_end (types);
  return id;
}

static void
kh_engine_class_init (KhEngineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = kh_engine_dispose;
  object_class->finalize = kh_engine_finalize;
  object_class->get_property = kh_engine_get_property;
  object_class->set_property = kh_engine_set_property;
  install_properties (object_class);

  signals[LINK_CHANGED] = new_signal ("link-changed", 0);
  signals[SERVER_CHANGED] = new_signal ("server-changed", 1, KH_TYPE_SERVER_LINK);
  signals[KNOCK] = new_signal ("knock", 1, KH_TYPE_KNOCK);
  signals[SESSION] = new_signal ("session", 2, KH_TYPE_CONVERSATION, G_TYPE_INT64);
  signals[PATH] = new_signal ("path", 2, KH_TYPE_CONVERSATION, G_TYPE_INT64);
  signals[VERDICT] = new_signal ("verdict", 1, KH_TYPE_CONVERSATION);
  signals[MESSAGE_RECEIVED] =
      new_signal ("message-received", 2, KH_TYPE_CONVERSATION, KH_TYPE_CHAT_MESSAGE);
  signals[MESSAGE_CHANGED] = new_signal ("message-changed", 3, KH_TYPE_CONVERSATION,
                                         KH_TYPE_CHAT_MESSAGE, KH_TYPE_MESSAGE_CHANGE);
  signals[RECEIPT] =
      new_signal ("receipt", 3, KH_TYPE_CONVERSATION, G_TYPE_STRING, KH_TYPE_MESSAGE_STATUS);
  signals[CLOSED] = new_signal ("closed", 3, KH_TYPE_CONVERSATION, KH_TYPE_ENDED, G_TYPE_STRING);
  signals[CONVERSATION_CHANGED] =
      new_signal ("conversation-changed", 2, KH_TYPE_CONVERSATION, G_TYPE_PARAM);
  signals[MAPPING_CHANGED] = new_signal ("mapping-changed", 0);
  signals[PROBLEM] = new_signal ("problem", 2, KH_TYPE_CONVERSATION, G_TYPE_ERROR);
}

static void
kh_engine_init (KhEngine *self)
{
  self->name = g_strdup ("");
  self->random = kh_system_random ();
  self->mapping.is_wanted = TRUE;
  self->relay_use = KH_RELAY_USE_AUTO;
  kh_engine_servers_init (self);
  self->conversations = g_list_store_new (KH_TYPE_CONVERSATION);
  self->requests = g_list_store_new (KH_TYPE_KNOCK);
  self->invites = g_list_store_new (KH_TYPE_INVITE_LINK);
  self->settings = kh_user_settings_new ();
  self->by_id = g_hash_table_new (kh_peer_id_hash_func, kh_peer_id_equal_func);
}

KhEngine *
kh_engine_new (void)
{
  return g_object_new (KH_TYPE_ENGINE, NULL);
}

/* what the other files say to the front end */

void
kh_engine_emit_link_changed (KhEngine *self)
{
  g_object_freeze_notify (G_OBJECT (self));
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LINK]);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LINK_PROBLEM]);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ADDRESS]);
  g_object_thaw_notify (G_OBJECT (self));
  g_signal_emit (self, signals[LINK_CHANGED], 0);
}

void
kh_engine_emit_server_changed (KhEngine *self, KhServerLink *link)
{
  g_signal_emit (self, signals[SERVER_CHANGED], 0, link);
}

void
kh_engine_emit_mapping_changed (KhEngine *self)
{
  g_signal_emit (self, signals[MAPPING_CHANGED], 0);
}

void
kh_engine_notify_relay_policy (KhEngine *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_RELAY_POLICY]);
}

void
kh_engine_notify_local_network (KhEngine *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LOCAL_NETWORK]);
}

void
kh_engine_notify_port_mapping (KhEngine *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PORT_MAPPING]);
}

void
kh_engine_emit_knock (KhEngine *self, KhKnock *knock)
{
  g_signal_emit (self, signals[KNOCK], 0, knock);
}

void
kh_engine_emit_session (KhEngine *self, KhConversation *conversation, gint64 elapsed_us)
{
  g_signal_emit (self, signals[SESSION], 0, conversation, elapsed_us);
}

void
kh_engine_emit_path (KhEngine *self, KhConversation *conversation, gint64 elapsed_us)
{
  g_signal_emit (self, signals[PATH], 0, conversation, elapsed_us);
}

void
kh_engine_emit_verdict (KhEngine *self, KhConversation *conversation)
{
  g_signal_emit (self, signals[VERDICT], 0, conversation);
}

void
kh_engine_emit_message (KhEngine *self, KhConversation *conversation, KhChatMessage *message)
{
  g_signal_emit (self, signals[MESSAGE_RECEIVED], 0, conversation, message);
}

void
kh_engine_emit_message_changed (KhEngine *self,
                                KhConversation *conversation,
                                KhChatMessage *message,
                                KhMessageChange change)
{
  g_signal_emit (self, signals[MESSAGE_CHANGED], 0, conversation, message, change);
}

void
kh_engine_emit_receipt (KhEngine *self,
                        KhConversation *conversation,
                        const KhMessageId *id,
                        KhMessageStatus status)
{
  char text[KH_MESSAGE_ID_STRING_MAX];

  g_signal_emit (self, signals[RECEIPT], 0, conversation, kh_message_id_format (id, text), status);
}

void
kh_engine_emit_closed (KhEngine *self,
                       KhConversation *conversation,
                       KhEnded why,
                       const char *reason)
{
  g_signal_emit (self, signals[CLOSED], 0, conversation, why, reason);
}

void
kh_engine_emit_conversation_changed (KhEngine *self,
                                     KhConversation *conversation,
                                     GParamSpec *property)
{
  g_signal_emit (self, signals[CONVERSATION_CHANGED], 0, conversation, property);
}

void
kh_engine_emit_problem (KhEngine *self, KhConversation *conversation, GError *error)
{
  g_autoptr (GError) problem = kh_engine_error_from_store (error);

  g_signal_emit (self, signals[PROBLEM], 0, conversation, problem);
}

void
kh_engine_notify_name (KhEngine *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_NAME]);
}

void
kh_engine_notify_avatar (KhEngine *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_AVATAR]);
}

void
kh_engine_notify_peer_id (KhEngine *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PEER_ID]);
}

void
kh_engine_notify_server (KhEngine *self)
{
  g_object_freeze_notify (G_OBJECT (self));
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SERVER]);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LOCAL_SERVER]);
  g_object_thaw_notify (G_OBJECT (self));
}

void
kh_engine_update_invite_link (KhEngine *self)
{
  g_autofree char *old = g_steal_pointer (&self->invite_link);

  if (self->home->is_set)
    {
      KhInvite invite = { .peer_id = self->id,
                          .server = self->home->name,
                          .has_server_key = self->home->has_key,
                          .server_key = self->home->key,
                          .has_token = TRUE };

      memcpy (invite.token, self->token, sizeof invite.token);
      self->invite_link = kh_invite_format (&invite);
    }
  if (g_strcmp0 (old, self->invite_link) != 0)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_INVITE_LINK]);
}

/* public */

void
kh_engine_set_accept_mode (KhEngine *self, KhAcceptMode mode)
{
  g_return_if_fail (KH_IS_ENGINE (self));
  if (self->accept_mode == mode)
    return;
  self->accept_mode = mode;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ACCEPT_MODE]);
}
