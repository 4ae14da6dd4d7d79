/* conversation.h: a contact, and what was said
 *
 * Made by the engine alone, one for each contact, for as long as the contact exists. Everything is
 * a property that notifies; what changes it is asked of the engine (engine.h).
 *
 *   property          type             what
 *   "peer-id"         string           34 characters, constant
 *   "name"            string           to be shown: the alias, else the given name, else the first
 *                                      two groups of the ID
 *   "given-name"      string           as they call themselves; may be empty
 *   "alias"           string, nullable as the user calls them
 *   "verified"        boolean          the user compared safety numbers
 *   "blocked"         boolean
 *   "presence"        KhPresence
 *   "route"           KhRoute          of the path in use
 *   "rtt"             int64            µs, 0 where there is no path
 *   "local-address"   string, nullable of the path in use, "192.0.2.1:4430"
 *   "remote-address"  string, nullable the same
 *   "unread"          uint             messages from them that the user has not seen
 *   "last-text"       string, nullable of the newest message
 *   "last-time"       int64            when it was stored; for a contact without messages, when the
 *                                      contact was made. Sort conversations by it
 *   "last-outgoing"   boolean
 *   "undelivered"     uint             messages to them that are not on their disk yet
 *   "messages"        GListModel       of KhChatMessage, oldest first
 *   "has-older"       boolean          the history has more than "messages" holds
 */
#pragma once

#include <gio/gio.h>

#include "engine/chat-message.h"
#include "engine/types.h"

#define KH_TYPE_CONVERSATION (kh_conversation_get_type ())
G_DECLARE_FINAL_TYPE (KhConversation, kh_conversation, KH, CONVERSATION, GObject)

const char *kh_conversation_get_peer_id (KhConversation *self);
const char *kh_conversation_get_name (KhConversation *self);
const char *kh_conversation_get_given_name (KhConversation *self);
const char *kh_conversation_get_alias (KhConversation *self);
gboolean kh_conversation_get_verified (KhConversation *self);
gboolean kh_conversation_get_blocked (KhConversation *self);
KhPresence kh_conversation_get_presence (KhConversation *self);
KhRoute kh_conversation_get_route (KhConversation *self);
gint64 kh_conversation_get_rtt (KhConversation *self);
const char *kh_conversation_get_local_address (KhConversation *self);
const char *kh_conversation_get_remote_address (KhConversation *self);
guint kh_conversation_get_unread (KhConversation *self);
const char *kh_conversation_get_last_text (KhConversation *self);
gint64 kh_conversation_get_last_time (KhConversation *self);
gboolean kh_conversation_get_last_outgoing (KhConversation *self);
guint kh_conversation_get_undelivered (KhConversation *self);
gboolean kh_conversation_get_has_older (KhConversation *self);

/* (nullable) (transfer none): why they are not connected, in KH_ENGINE_ERROR: changes with
 * "presence". */
const GError *kh_conversation_get_problem (KhConversation *self);

/* (transfer full) (nullable): the 60 digits to compare over a phone, in groups; NULL while their
 * key is not known. */
char *kh_conversation_dup_safety_number (KhConversation *self);

/**
 * kh_conversation_get_messages:
 *
 * Empty until the first call, which asks for the newest page; messages that come or are sent later
 * are appended. The list only grows.
 *
 * Returns: (transfer none): a list of KhChatMessage, oldest first
 */
GListModel *kh_conversation_get_messages (KhConversation *self);

/* Puts one more page (KH_CONVERSATION_PAGE messages) of the history before the first message; does
 * nothing where "has-older" is FALSE or one is on its way. */
void kh_conversation_load_older (KhConversation *self);
#define KH_CONVERSATION_PAGE 64
