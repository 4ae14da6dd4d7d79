/* types.h: the engine's values as GObject properties know them
 *
 * The front ends see no enum of the layers below. Every value has a word for scripts and logs
 * (_to_string, which is also the nick of its GEnumValue); the words for people are theirs.
 */
#pragma once

#include <glib-object.h>

/**
 * KhEngineLink: how we stand with the server; the reason is kh_engine_get_link_problem()
 * @KH_ENGINE_LINK_OFF: no server was chosen, or the engine is closed
 * @KH_ENGINE_LINK_RESOLVING: the server's name is being looked up
 * @KH_ENGINE_LINK_REACHING: waiting for the server's answer
 * @KH_ENGINE_LINK_ONLINE: registered: others can find us
 * @KH_ENGINE_LINK_KEY_CHANGED: not the server we know; kh_engine_accept_server_key_async() or
 *   another server
 * @KH_ENGINE_LINK_REPLACED: our identity went online elsewhere; kh_engine_resume_link()
 */
typedef enum
{
  KH_ENGINE_LINK_OFF,
  KH_ENGINE_LINK_RESOLVING,
  KH_ENGINE_LINK_REACHING,
  KH_ENGINE_LINK_ONLINE,
  KH_ENGINE_LINK_KEY_CHANGED,
  KH_ENGINE_LINK_REPLACED,
} KhEngineLink;

/**
 * KhPresence: how we stand with a contact
 * @KH_PRESENCE_IDLE: not wanted: blocked, or the engine is closed
 * @KH_PRESENCE_NO_SERVER: waits for the link
 * @KH_PRESENCE_LOOKUP: the server is asked for the key
 * @KH_PRESENCE_KNOCKING: waits for the other side's answer
 * @KH_PRESENCE_UNANSWERED: the same for 30 s: not looked at yet, or declined
 * @KH_PRESENCE_OFFLINE: not at this server; met as soon as they come
 * @KH_PRESENCE_PUNCHING: introduced; paths are being checked
 * @KH_PRESENCE_CONNECTED: messages flow
 * @KH_PRESENCE_NO_PATH: introduced, and no path carried anything; tried again
 * @KH_PRESENCE_WRONG_KEY: the server gave a key that is not this ID's: refused; tried again
 */
typedef enum
{
  KH_PRESENCE_IDLE,
  KH_PRESENCE_NO_SERVER,
  KH_PRESENCE_LOOKUP,
  KH_PRESENCE_KNOCKING,
  KH_PRESENCE_UNANSWERED,
  KH_PRESENCE_OFFLINE,
  KH_PRESENCE_PUNCHING,
  KH_PRESENCE_CONNECTED,
  KH_PRESENCE_NO_PATH,
  KH_PRESENCE_WRONG_KEY,
} KhPresence;

typedef enum
{
  KH_ROUTE_NONE, /* no path in use */
  KH_ROUTE_DIRECT,
  KH_ROUTE_RELAY,
} KhRoute;

/**
 * KhMessageStatus:
 * @KH_MESSAGE_STATUS_PENDING: outgoing: on our disk
 * @KH_MESSAGE_STATUS_SENT: outgoing: on its way, in this session
 * @KH_MESSAGE_STATUS_DELIVERED: on the receiver's disk; of an incoming one: not seen yet
 * @KH_MESSAGE_STATUS_READ: the receiver, them or us, has seen it
 */
typedef enum
{
  KH_MESSAGE_STATUS_PENDING,
  KH_MESSAGE_STATUS_SENT,
  KH_MESSAGE_STATUS_DELIVERED,
  KH_MESSAGE_STATUS_READ,
} KhMessageStatus;

/**
 * KhAcceptMode: what happens to the knock of somebody who is no contact
 * @KH_ACCEPT_ASK: it becomes a #KhKnock
 * @KH_ACCEPT_CONTACTS: only if it carries the token of our invite link; else it is dropped, which
 *   looks like being offline
 * @KH_ACCEPT_ALL: they become a contact at once; for bots
 */
typedef enum
{
  KH_ACCEPT_ASK,
  KH_ACCEPT_CONTACTS,
  KH_ACCEPT_ALL,
} KhAcceptMode;

/* For how long messages are kept. Those that the other side does not have yet stay. */
typedef enum
{
  KH_RETENTION_FOREVER,
  KH_RETENTION_YEAR,  /* 365 days */
  KH_RETENTION_MONTH, /* 30 days */
  KH_RETENTION_DAY,
} KhRetention;

/**
 * KhMessageChange: what became of a message
 * @KH_MESSAGE_CHANGE_EDITED: it has another text
 * @KH_MESSAGE_CHANGE_DELETED: it has none any more
 * @KH_MESSAGE_CHANGE_REACTIONS: somebody left emoji at it, or took some back
 */
typedef enum
{
  KH_MESSAGE_CHANGE_EDITED,
  KH_MESSAGE_CHANGE_DELETED,
  KH_MESSAGE_CHANGE_REACTIONS,
} KhMessageChange;

/**
 * KhRelayUse: whether the server's relay is used
 * @KH_RELAY_USE_DEFAULT: of a contact: as for all
 * @KH_RELAY_USE_AUTO: until there is a direct path, and where there is none
 * @KH_RELAY_USE_ALWAYS: nothing else: the other side does not learn our addresses
 * @KH_RELAY_USE_NEVER: a direct path or none
 */
typedef enum
{
  KH_RELAY_USE_DEFAULT,
  KH_RELAY_USE_AUTO,
  KH_RELAY_USE_ALWAYS,
  KH_RELAY_USE_NEVER,
} KhRelayUse;

typedef enum
{
  KH_KNOCK_ACCEPT,  /* they become a contact */
  KH_KNOCK_DECLINE, /* nothing is said to them; until the next start they are not heard again */
  KH_KNOCK_BLOCK,   /* as declining, and for good */
} KhKnockAnswer;

typedef enum
{
  KH_ENDED_DONE,     /* the other side ended it: quits, or removed us */
  KH_ENDED_PROTOCOL, /* one of the two broke the protocol */
  KH_ENDED_REPLACED, /* by a newer session with the same peer: nothing to tell a person */
  KH_ENDED_LOST,     /* nothing came for too long */
  KH_ENDED_LOCAL,    /* we ended it */
} KhEnded;

#define KH_TYPE_ENGINE_LINK (kh_engine_link_get_type ())
GType kh_engine_link_get_type (void) G_GNUC_CONST;
#define KH_TYPE_PRESENCE (kh_presence_get_type ())
GType kh_presence_get_type (void) G_GNUC_CONST;
#define KH_TYPE_ROUTE (kh_route_get_type ())
GType kh_route_get_type (void) G_GNUC_CONST;
#define KH_TYPE_MESSAGE_STATUS (kh_message_status_get_type ())
GType kh_message_status_get_type (void) G_GNUC_CONST;
#define KH_TYPE_ACCEPT_MODE (kh_accept_mode_get_type ())
GType kh_accept_mode_get_type (void) G_GNUC_CONST;
#define KH_TYPE_RETENTION (kh_retention_get_type ())
GType kh_retention_get_type (void) G_GNUC_CONST;
#define KH_TYPE_MESSAGE_CHANGE (kh_message_change_get_type ())
GType kh_message_change_get_type (void) G_GNUC_CONST;
#define KH_TYPE_RELAY_USE (kh_relay_use_get_type ())
GType kh_relay_use_get_type (void) G_GNUC_CONST;
#define KH_TYPE_ENDED (kh_ended_get_type ())
GType kh_ended_get_type (void) G_GNUC_CONST;

/* "online", "key-changed", "direct", "delivered", … */
const char *kh_engine_link_to_string (KhEngineLink link);
const char *kh_presence_to_string (KhPresence presence);
const char *kh_route_to_string (KhRoute route);
const char *kh_message_status_to_string (KhMessageStatus status);
const char *kh_accept_mode_to_string (KhAcceptMode mode);
const char *kh_retention_to_string (KhRetention retention);
const char *kh_message_change_to_string (KhMessageChange change);
const char *kh_relay_use_to_string (KhRelayUse use);
const char *kh_ended_to_string (KhEnded ended);
