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
 *   "has-older"       boolean          the history has more before what "messages" holds
 *   "has-newer"       boolean          and after it: "messages" was moved by load_around
 *   "pinned"          boolean          to be kept on top
 *   "muted"           boolean          not to be notified of
 *   "archived"        boolean          to be kept out of sight; ends when they write, but for a
 *                                      muted one
 *   "marked-unread"   boolean          by the user, for later; ends with kh_engine_mark_read()
 *   "avatar"          GBytes, nullable their picture, PNG or JPEG as they sent it, at most 64 KiB:
 *                                      decode it with care. NULL until it is loaded, which the
 *                                      first look at it asks for
 *   "server"          string, nullable "host:port" where they were met; connecting to them there
 *                                      is kh_engine_connect_async() with it
 *   "typing"          boolean          they are writing
 *   "relay-policy"    KhRelayUse       DEFAULT: that of the engine
 *   "draft"           string, nullable what the user began to write
 */
#pragma once

#include <gio/gio.h>

#include "engine/server-link.h"
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
gboolean kh_conversation_get_has_newer (KhConversation *self);
gboolean kh_conversation_get_pinned (KhConversation *self);
gboolean kh_conversation_get_muted (KhConversation *self);
gboolean kh_conversation_get_archived (KhConversation *self);
gboolean kh_conversation_get_marked_unread (KhConversation *self);
GBytes *kh_conversation_get_avatar (KhConversation *self);
const char *kh_conversation_get_server (KhConversation *self);
/* (transfer none): where they are met, or looked for: the user's own server, or another. */
KhServerLink *kh_conversation_get_server_link (KhConversation *self);
gboolean kh_conversation_get_typing (KhConversation *self);
/* (nullable) (transfer none): the newest message. */
KhChatMessage *kh_conversation_get_last (KhConversation *self);
KhRelayUse kh_conversation_get_relay_policy (KhConversation *self);
const char *kh_conversation_get_draft (KhConversation *self);

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
 * are appended, as long as "has-newer" is FALSE. The list only grows, but where
 * kh_conversation_load_around_async() moves it and where messages are deleted.
 *
 * Returns: (transfer none): a list of KhChatMessage, oldest first
 */
GListModel *kh_conversation_get_messages (KhConversation *self);

/* Puts one more page (KH_CONVERSATION_PAGE messages) of the history before the first message; does
 * nothing where "has-older" is FALSE or one is on its way. */
void kh_conversation_load_older (KhConversation *self);
#define KH_CONVERSATION_PAGE 64
/* The same at the other end, while "has-newer". */
void kh_conversation_load_newer (KhConversation *self);

/**
 * kh_conversation_load_around_async:
 * @seq: kh_chat_message_get_seq() of the message to jump to; KH_CONVERSATION_NEWEST for the end
 *
 * Where the message is not in "messages", replaces these by the messages around it.
 */
void kh_conversation_load_around_async (KhConversation *self,
                                        gint64 seq,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
#define KH_CONVERSATION_NEWEST G_MAXINT64
/**
 * kh_conversation_load_around_finish:
 * @ret_position: of the message in "messages", or of the one that follows where it is gone; there
 * may be none
 *
 * Returns: FALSE with @error set: of the disk, or G_IO_ERROR_CANCELLED where another place was
 * asked for meanwhile
 */
gboolean kh_conversation_load_around_finish (KhConversation *self,
                                             GAsyncResult *result,
                                             guint *ret_position,
                                             GError **error);
