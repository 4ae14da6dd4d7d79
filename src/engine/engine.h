/* engine.h: Knothole as an object: what every front end uses, and all that it needs
 *
 * A KhEngine is one identity: its data folder, its sockets, its server, its contacts. It lives on
 * the thread-default main context that it was made in and is used from there only; it starts no
 * thread of its own (the history has one). Several can live in one process.
 *
 * Order of calls: kh_engine_new(), the properties "port" and "accept-mode" if they are wanted,
 * kh_engine_open_async(); then anything; at the end kh_engine_close_async(), which says goodbye to
 * everybody. Unreferencing an open engine is safe and loses nothing that was acknowledged to
 * anybody; the others will notice after a while.
 *
 * Properties:
 *
 *   "peer-id"       string            34 characters; NULL before open
 *   "name"          string            our display name, at most 64 characters; may be empty
 *   "server"        string, nullable  as it was chosen: "host" or "host:port"; NULL for none
 *   "local-server"  boolean           the server is one inside this engine ("this computer")
 *   "link"          KhEngineLink
 *   "link-problem"  int               a KhEngineError, or -1; the words are in
 *                                     kh_engine_get_link_problem()
 *   "address"       string, nullable  ours as the server sees it, while online
 *   "invite-link"   string, nullable  our peer ID and server in one; NULL without a server
 *   "avatar"        GBytes, nullable  our picture, see kh_engine_set_avatar_async()
 *   "accept-mode"   KhAcceptMode      not saved, see also KhUserSettings; set at any time
 *   "port"          uint              UDP port to bind, 0 for any; set before open
 *   "port-mapping"  boolean           ask the router for a port; TRUE at first, not saved. Set at
 *                                     any time; FALSE gives it back
 *   "relay-policy"  KhRelayUse        AUTO at first, not saved; for contacts without one of their
 *                                     own. Set before open, it holds from the first packet
 *   "local-network" boolean           reach people in the same network within it; TRUE at first,
 * not saved. Set at any time, or before open as the one above
 *
 * Signals, beside those of the properties and lists; all are emitted from the main loop, never
 * from within a call of the front end:
 *
 *   "link-changed"      ()                                    "link" or "link-problem" changed
 *   "server-changed"    (KhServerLink l)                      the same of any server, the user's
 *                                                             own too; see kh_engine_get_servers()
 *   "knock"             (KhKnock knock)                       it is in the requests now
 *   "session"           (KhConversation c, gint64 elapsed_us) messages can be exchanged. Elapsed
 *                                                             since connecting was asked for or
 *                                                             the knock came
 *   "path"              (KhConversation c, gint64 elapsed_us) the path in use changed, see c
 *   "verdict"           (KhConversation c)                    why it is connected as it is changed:
 *                                                             kh_engine_dup_verdict()
 *   "message-received"  (KhConversation c, KhChatMessage m)   it is stored; in order, each once
 *   "message-changed"   (KhConversation c, KhChatMessage m, KhMessageChange what)
 *                                                             the peer edited or deleted it, or
 *                                                             reacted to it
 *   "receipt"           (KhConversation c, string id, KhMessageStatus status)
 *                                                             DELIVERED or READ, of our message
 *   "closed"            (KhConversation c, KhEnded why, string reason)
 *                                                             the session ended; reason is the
 *                                                             peer's, may be empty
 *   "conversation-changed" (KhConversation c, GParamSpec property)
 *                                                             "notify" of any of those that there
 *                                                             are, at the same time: for who would
 *                                                             have to connect to each
 *   "mapping-changed"   ()                                    kh_engine_dup_mapping() says
 *                                                             something else
 *   "problem"           (KhConversation c (nullable), GError error)
 *                                                             something failed that nobody waits
 *                                                             for, such as storing what arrived
 *
 * Errors are KH_ENGINE_ERROR (error.h) or G_IO_ERROR_CANCELLED.
 */
#pragma once

#include "engine/bench.h"
#include "engine/conversation.h"
#include "engine/engine-backup.h"
#include "engine/engine-changes.h"
#include "engine/engine-keeping.h"
#include "engine/engine-key.h"
#include "engine/engine-profile.h"
#include "engine/error.h"
#include "engine/knock.h"
#include "engine/search-hit.h"
#include "engine/port-mapping.h"
#include "engine/server-link.h"
#include "engine/verdict-report.h"

/* Bytes of a message's text in UTF-8. */
#define KH_TEXT_MAX 65536

#define KH_TYPE_ENGINE (kh_engine_get_type ())
G_DECLARE_FINAL_TYPE (KhEngine, kh_engine, KH, ENGINE, GObject)

typedef enum
{
  KH_OPEN_NONE = 0,
  /* After KH_ENGINE_ERROR_CORRUPT_DATABASE and if the user says so: keeps the damaged history
   * under another name, and starts an empty one. */
  KH_OPEN_SET_ASIDE = 1 << 0,
  /* The secret key of a new identity goes to the desktop's keyring, where there is one. */
  KH_OPEN_KEYRING = 1 << 1,
} KhOpenFlags;

KhEngine *kh_engine_new (void);

/**
 * kh_engine_dup_peer_id:
 * @data_dir: as for kh_engine_open_async()
 *
 * The peer ID of a data folder, without opening it, so also while another process has it open.
 * Makes the folder and the identity where there are none. Needs no passphrase.
 *
 * Returns: (transfer full) (nullable): NULL with READ_ONLY, NO_SPACE, IDENTITY_FILE, LOCKED
 * (another process is making the identity), DISK
 */
char *kh_engine_dup_peer_id (const char *data_dir, GError **error);

/* (transfer full): "knothole" in the user's data folder ($XDG_DATA_HOME). */
char *kh_engine_dup_default_dir (void);
/* (nullable): while it is open */
const char *kh_engine_get_data_dir (KhEngine *self);

/**
 * kh_engine_open_async:
 * @data_dir: made with mode 0700 where it does not exist
 *
 * Takes the data folder, loads the identity (or makes one) and the contacts, binds the sockets, and
 * goes to the server that was chosen last. It does not wait for the server.
 *
 * Errors: LOCKED, READ_ONLY, NO_SPACE, NEWER_DATABASE, CORRUPT_DATABASE, IDENTITY_FILE, PASSPHRASE,
 * KEYRING, DISK, BIND, INVALID (already open). After an error the engine may be opened again.
 */
void kh_engine_open_async (KhEngine *self,
                           const char *data_dir,
                           KhOpenFlags flags,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
gboolean kh_engine_open_finish (KhEngine *self, GAsyncResult *result, GError **error);

/**
 * kh_engine_close_async:
 *
 * Says goodbye to the peers and the server, waits for the disk and gives the data folder back; a
 * second at most. Operations that still wait end with CLOSED. Cannot fail.
 */
void kh_engine_close_async (KhEngine *self, GAsyncReadyCallback callback, gpointer user_data);
void kh_engine_close_finish (KhEngine *self, GAsyncResult *result);
gboolean kh_engine_is_open (KhEngine *self);

const char *kh_engine_get_peer_id (KhEngine *self);
const char *kh_engine_get_name (KhEngine *self);
const char *kh_engine_get_server (KhEngine *self);
gboolean kh_engine_get_local_server (KhEngine *self);
KhEngineLink kh_engine_get_link (KhEngine *self);
/* (nullable) (transfer none): why "link" is not ONLINE, where more is known than that it takes a
 * moment; in KH_ENGINE_ERROR. */
const GError *kh_engine_get_link_problem (KhEngine *self);
const char *kh_engine_get_address (KhEngine *self);
const char *kh_engine_get_invite_link (KhEngine *self);
KhAcceptMode kh_engine_get_accept_mode (KhEngine *self);
void kh_engine_set_accept_mode (KhEngine *self, KhAcceptMode mode);
/**
 * kh_engine_get_relay_policy:
 *
 * With ALWAYS nothing goes to, or is let in from, anybody but the server: not even the router is
 * asked for a port. What contacts were told before, they know. With NEVER, who cannot be reached
 * directly is in KH_PRESENCE_NO_PATH, and their problem is NO_RELAY.
 */
KhRelayUse kh_engine_get_relay_policy (KhEngine *self);
void kh_engine_set_relay_policy (KhEngine *self, KhRelayUse use);
/**
 * kh_engine_get_local_network:
 *
 * Where FALSE, no private address (RFC 1918 and the like) of ours is told to anybody, and none of
 * others is gone to or answered: who is in the same network is met by the internet or the relay.
 * The server may be in it all the same.
 */
gboolean kh_engine_get_local_network (KhEngine *self);
void kh_engine_set_local_network (KhEngine *self, gboolean is_used);
gboolean kh_engine_get_port_mapping (KhEngine *self);
void kh_engine_set_port_mapping (KhEngine *self, gboolean wanted);
/* (transfer full): whether the router lets peers in, see port-mapping.h */
KhPortMapping *kh_engine_dup_mapping (KhEngine *self);
/* µs of the server's round trip as it was last measured, 0 while not online. */
gint64 kh_engine_get_link_rtt (KhEngine *self);

/* The operations without a result of their own end in kh_engine_finish(). Where nobody needs the
 * result, @callback may be NULL: a failure is then a "problem". */
gboolean kh_engine_finish (KhEngine *self, GAsyncResult *result, GError **error);

/* our own settings */

/* Cleaned, cut to 64 characters, saved, and told to who is connected. */
void kh_engine_set_name_async (KhEngine *self,
                               const char *name,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);

/**
 * kh_engine_set_server_async:
 * @server: (nullable): "HOST[:PORT]", or NULL for none
 *
 * Saves the choice and goes there; it is done once saved, without waiting for the server: watch
 * "link". Stops a local server. The server's key is remembered when it first answers.
 * Errors: BAD_SERVER, and those of the disk.
 */
void kh_engine_set_server_async (KhEngine *self,
                                 const char *server,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);

/**
 * kh_engine_start_local_server_async:
 *
 * "This computer": runs a server inside the engine, at port 4430 if it is free, and uses it; saved.
 * "server" becomes this machine's address in its network, for others to type.
 * Errors: BIND, IDENTITY_FILE (that of the server), and those of the disk.
 */
void kh_engine_start_local_server_async (KhEngine *self,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
/* Returns: the UDP port, or 0 with @error set */
guint kh_engine_start_local_server_finish (KhEngine *self, GAsyncResult *result, GError **error);

/* In KH_ENGINE_LINK_KEY_CHANGED: the user trusts the new key. INVALID in other states. */
void kh_engine_accept_server_key_async (KhEngine *self,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
/* (transfer full) (nullable): in KH_ENGINE_LINK_KEY_CHANGED, the new key as invite links spell it,
 * 43 characters, for the user to compare; NULL in other states. */
char *kh_engine_dup_offered_server_key (KhEngine *self);
/* In KH_ENGINE_LINK_REPLACED: be online here, and no longer there. */
void kh_engine_resume_link (KhEngine *self);

/* all servers */

/**
 * kh_engine_get_servers:
 *
 * The user's own, if there is one, and those of contacts who are met elsewhere. Their troubles are
 * told as "problem" (OTHER_SERVER) and "server-changed", and why "presence" of a contact is
 * NO_SERVER. The user's own server is chosen by kh_engine_set_server_async(); contacts stay at the
 * one where they were met last. Keys of servers that are not needed any more are in
 * kh_engine_load_servers_async().
 *
 * Returns: (transfer none): of KhServerLink
 */
GListModel *kh_engine_get_servers (KhEngine *self);
/* As kh_engine_accept_server_key_async() and kh_engine_resume_link(), of any of them. */
void kh_engine_accept_key_of_async (KhEngine *self,
                                    KhServerLink *link,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
void kh_engine_resume_link_of (KhEngine *self, KhServerLink *link);

/* contacts */

/* (transfer none): of KhConversation, all contacts, blocked ones too, in no order. */
GListModel *kh_engine_get_conversations (KhEngine *self);
/* (transfer none): of KhKnock, oldest first; at most KH_REQUESTS_MAX, the oldest goes. */
GListModel *kh_engine_get_requests (KhEngine *self);
#define KH_REQUESTS_MAX 64

/* (transfer none) (nullable): by peer ID in any spelling. */
KhConversation *kh_engine_find_conversation (KhEngine *self, const char *peer_id);

/**
 * kh_engine_check_target:
 * @text: what is being typed: a peer ID or an invite link
 * @ret_server: (optional) (nullable) (transfer full): the link's server, NULL for a peer ID
 *
 * For words while typing. BAD_PEER_ID, OWN_ID.
 */
gboolean
kh_engine_check_target (KhEngine *self, const char *text, char **ret_server, GError **error);
/* BAD_SERVER */
gboolean kh_engine_check_server (const char *text, GError **error);

/**
 * kh_engine_connect_async:
 * @target: a peer ID or an invite link
 * @server: (nullable): "HOST[:PORT]", which wins over the link's; NULL for the link's or, with a
 *   peer ID, the one where they were met, and else the user's own
 *
 * Makes the peer a contact (unblocked, if they were blocked), which from now on is met whenever
 * both are at the server. Where another one than the user's own is named, that is gone to as well,
 * for as long as somebody is met there; the first one that is named is the user's own. It is done
 * once that is saved: watch "presence". For who is a contact already, tries again at once.
 *
 * Errors: BAD_PEER_ID, OWN_ID, BAD_SERVER, NO_SERVER, SERVER_KEY_CHANGED (the link's key is not
 * the one we know the server by), and those of the disk.
 */
void kh_engine_connect_async (KhEngine *self,
                              const char *target,
                              const char *server,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
/* (transfer full) */
KhConversation *kh_engine_connect_finish (KhEngine *self, GAsyncResult *result, GError **error);

/**
 * kh_engine_answer_async:
 *
 * The knock leaves the requests at once; one that could not be saved comes back. INVALID where it
 * was answered or withdrawn already.
 */
void kh_engine_answer_async (KhEngine *self,
                             KhKnock *knock,
                             KhKnockAnswer answer,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
/* Returns: (transfer full) (nullable): the contact, NULL with @error set, or unset after DECLINE */
KhConversation *kh_engine_answer_finish (KhEngine *self, GAsyncResult *result, GError **error);

void kh_engine_set_blocked_async (KhEngine *self,
                                  KhConversation *conversation,
                                  gboolean blocked,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
/* @alias: (nullable): NULL or empty for none */
void kh_engine_set_alias_async (KhEngine *self,
                                KhConversation *conversation,
                                const char *alias,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
void kh_engine_set_verified_async (KhEngine *self,
                                   KhConversation *conversation,
                                   gboolean verified,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
/* DEFAULT for that of all; saved. A session goes on by it at once. */
void kh_engine_set_relay_policy_async (KhEngine *self,
                                       KhConversation *conversation,
                                       KhRelayUse use,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
/* With all that was said; for good. */
void kh_engine_remove_async (KhEngine *self,
                             KhConversation *conversation,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);

/* messages */

/**
 * kh_engine_send_async:
 * @text: 1 to KH_TEXT_MAX bytes of UTF-8
 *
 * Done once the message is on our disk, in "messages", and on its way or waiting for the peer:
 * from then on it is not lost. Messages go in the order of the calls. On an error nothing was
 * saved: keep the text. TOO_LONG, INVALID, NO_SPACE, READ_ONLY, DISK, CLOSED.
 */
void kh_engine_send_async (KhEngine *self,
                           KhConversation *conversation,
                           const char *text,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
/* As a reply to @to, which is of the same conversation. Ends in kh_engine_send_finish(). */
void kh_engine_reply_async (KhEngine *self,
                            KhConversation *conversation,
                            KhChatMessage *to,
                            const char *text,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
/* (transfer full) */
KhChatMessage *kh_engine_send_finish (KhEngine *self, GAsyncResult *result, GError **error);

/* The user has seen the conversation up to its end: saved, and told to the peer. */
void kh_engine_mark_read (KhEngine *self, KhConversation *conversation);

/**
 * kh_engine_search_async:
 * @conversation: (nullable): NULL for all
 * @query: words, of which each found message, or name, has all, the last as a beginning; case and
 *   accents do not matter. At most 1024 bytes: INVALID
 * @limit: of messages, 1 to 256
 */
void kh_engine_search_async (KhEngine *self,
                             KhConversation *conversation,
                             const char *query,
                             guint limit,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
/* (transfer full): of KhSearchHit: contacts whose name was found, if all were searched, then
 * messages, newest first. kh_conversation_load_around_async() goes to one. */
GListModel *kh_engine_search_finish (KhEngine *self, GAsyncResult *result, GError **error);
/* (transfer none) (nullable): the conversation of @message. */
KhConversation *kh_engine_find_conversation_of (KhEngine *self, KhChatMessage *message);

/* why, see verdict-report.h */

/**
 * kh_engine_dup_verdict:
 *
 * How one is connected to the contact, why, and what was tried, as of now. After a session has
 * ended it is how that was at its end, until the next one begins or the engine closes.
 *
 * Returns: (transfer full) (nullable): NULL before the first session
 */
KhVerdictReport *kh_engine_dup_verdict (KhEngine *self, KhConversation *conversation);
/* (transfer full) (nullable): the same as lines of text, to be copied into a report; says whose
 * addresses it has. */
char *kh_engine_dup_connection_report (KhEngine *self, KhConversation *conversation);

/* measurements, see bench.h */

/* Whether contacts may measure: FALSE at first, and not saved. A measurement that is under way is
 * not ended. */
void kh_engine_set_bench_serve (KhEngine *self, gboolean serve);

/**
 * kh_engine_bench_async:
 *
 * The peer must be connected; chat goes on meanwhile, before all else. Errors: REFUSED where they
 * do not serve, INTERRUPTED where the session or the peer ended it, CLOSED; and
 * G_IO_ERROR_CANCELLED.
 */
void kh_engine_bench_async (KhEngine *self,
                            KhConversation *conversation,
                            const KhBenchPlan *plan,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
/* @ret_result is written on success. */
gboolean kh_engine_bench_finish (KhEngine *self,
                                 GAsyncResult *result,
                                 KhBenchResult *ret_result,
                                 GError **error);
