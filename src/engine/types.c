/* types.c: the enums of the engine's face, each value with its one word */
#include "engine/types.h"

G_DEFINE_ENUM_TYPE (KhEngineLink,
                    kh_engine_link,
                    G_DEFINE_ENUM_VALUE (KH_ENGINE_LINK_OFF, "off"),
                    G_DEFINE_ENUM_VALUE (KH_ENGINE_LINK_RESOLVING, "resolving"),
                    G_DEFINE_ENUM_VALUE (KH_ENGINE_LINK_REACHING, "reaching"),
                    G_DEFINE_ENUM_VALUE (KH_ENGINE_LINK_ONLINE, "online"),
                    G_DEFINE_ENUM_VALUE (KH_ENGINE_LINK_KEY_CHANGED, "key-changed"),
                    G_DEFINE_ENUM_VALUE (KH_ENGINE_LINK_REPLACED, "replaced"))

G_DEFINE_ENUM_TYPE (KhPresence,
                    kh_presence,
                    G_DEFINE_ENUM_VALUE (KH_PRESENCE_IDLE, "idle"),
                    G_DEFINE_ENUM_VALUE (KH_PRESENCE_NO_SERVER, "no-server"),
                    G_DEFINE_ENUM_VALUE (KH_PRESENCE_LOOKUP, "lookup"),
                    G_DEFINE_ENUM_VALUE (KH_PRESENCE_KNOCKING, "knocking"),
                    G_DEFINE_ENUM_VALUE (KH_PRESENCE_UNANSWERED, "unanswered"),
                    G_DEFINE_ENUM_VALUE (KH_PRESENCE_OFFLINE, "offline"),
                    G_DEFINE_ENUM_VALUE (KH_PRESENCE_PUNCHING, "punching"),
                    G_DEFINE_ENUM_VALUE (KH_PRESENCE_CONNECTED, "connected"),
                    G_DEFINE_ENUM_VALUE (KH_PRESENCE_NO_PATH, "no-path"),
                    G_DEFINE_ENUM_VALUE (KH_PRESENCE_WRONG_KEY, "wrong-key"))

G_DEFINE_ENUM_TYPE (KhRoute,
                    kh_route,
                    G_DEFINE_ENUM_VALUE (KH_ROUTE_NONE, "none"),
                    G_DEFINE_ENUM_VALUE (KH_ROUTE_DIRECT, "direct"),
                    G_DEFINE_ENUM_VALUE (KH_ROUTE_RELAY, "relay"))

G_DEFINE_ENUM_TYPE (KhMessageStatus,
                    kh_message_status,
                    G_DEFINE_ENUM_VALUE (KH_MESSAGE_STATUS_PENDING, "pending"),
                    G_DEFINE_ENUM_VALUE (KH_MESSAGE_STATUS_SENT, "sent"),
                    G_DEFINE_ENUM_VALUE (KH_MESSAGE_STATUS_DELIVERED, "delivered"),
                    G_DEFINE_ENUM_VALUE (KH_MESSAGE_STATUS_READ, "read"))

G_DEFINE_ENUM_TYPE (KhRetention,
                    kh_retention,
                    G_DEFINE_ENUM_VALUE (KH_RETENTION_FOREVER, "forever"),
                    G_DEFINE_ENUM_VALUE (KH_RETENTION_YEAR, "year"),
                    G_DEFINE_ENUM_VALUE (KH_RETENTION_MONTH, "month"),
                    G_DEFINE_ENUM_VALUE (KH_RETENTION_DAY, "day"))

G_DEFINE_ENUM_TYPE (KhMessageChange,
                    kh_message_change,
                    G_DEFINE_ENUM_VALUE (KH_MESSAGE_CHANGE_EDITED, "edited"),
                    G_DEFINE_ENUM_VALUE (KH_MESSAGE_CHANGE_DELETED, "deleted"),
                    G_DEFINE_ENUM_VALUE (KH_MESSAGE_CHANGE_REACTIONS, "reactions"))

G_DEFINE_ENUM_TYPE (KhAcceptMode,
                    kh_accept_mode,
                    G_DEFINE_ENUM_VALUE (KH_ACCEPT_ASK, "ask"),
                    G_DEFINE_ENUM_VALUE (KH_ACCEPT_CONTACTS, "contacts"),
                    G_DEFINE_ENUM_VALUE (KH_ACCEPT_ALL, "all"))

G_DEFINE_ENUM_TYPE (KhRelayUse,
                    kh_relay_use,
                    G_DEFINE_ENUM_VALUE (KH_RELAY_USE_DEFAULT, "default"),
                    G_DEFINE_ENUM_VALUE (KH_RELAY_USE_AUTO, "auto"),
                    G_DEFINE_ENUM_VALUE (KH_RELAY_USE_ALWAYS, "always"),
                    G_DEFINE_ENUM_VALUE (KH_RELAY_USE_NEVER, "never"))

G_DEFINE_ENUM_TYPE (KhEnded,
                    kh_ended,
                    G_DEFINE_ENUM_VALUE (KH_ENDED_DONE, "done"),
                    G_DEFINE_ENUM_VALUE (KH_ENDED_PROTOCOL, "protocol"),
                    G_DEFINE_ENUM_VALUE (KH_ENDED_REPLACED, "replaced"),
                    G_DEFINE_ENUM_VALUE (KH_ENDED_LOST, "lost"),
                    G_DEFINE_ENUM_VALUE (KH_ENDED_LOCAL, "local"))

static const char *
nick (GType type, int value)
{
  /* Static types are never unloaded, and neither are their classes. */
  g_autoptr (GEnumClass) klass = g_type_class_ref (type);
  const GEnumValue *entry = g_enum_get_value (klass, value);

  return entry != NULL ? entry->value_nick : "unknown";
}

const char *
kh_engine_link_to_string (KhEngineLink link)
{
  return nick (KH_TYPE_ENGINE_LINK, link);
}

const char *
kh_presence_to_string (KhPresence presence)
{
  return nick (KH_TYPE_PRESENCE, presence);
}

const char *
kh_route_to_string (KhRoute route)
{
  return nick (KH_TYPE_ROUTE, route);
}

const char *
kh_message_status_to_string (KhMessageStatus status)
{
  return nick (KH_TYPE_MESSAGE_STATUS, status);
}

const char *
kh_accept_mode_to_string (KhAcceptMode mode)
{
  return nick (KH_TYPE_ACCEPT_MODE, mode);
}

const char *
kh_relay_use_to_string (KhRelayUse use)
{
  return nick (KH_TYPE_RELAY_USE, use);
}

const char *
kh_retention_to_string (KhRetention retention)
{
  return nick (KH_TYPE_RETENTION, retention);
}

const char *
kh_message_change_to_string (KhMessageChange change)
{
  return nick (KH_TYPE_MESSAGE_CHANGE, change);
}

const char *
kh_ended_to_string (KhEnded ended)
{
  return nick (KH_TYPE_ENDED, ended);
}
