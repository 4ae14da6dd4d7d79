/* engine-private.h: KhEngine across its files
 *
 *   engine.c           the object: properties, signals
 *   engine-get.c       what can be read of it
 *   engine-task.c      its operations, begun and ended
 *   engine-open.c      opening: the disk, then the network
 *   engine-history.c   what the history knows when it is opened
 *   engine-close.c     closing
 *   engine-events.c    what the node has to say
 *   engine-servers.c   the servers we are at; each is a server-link.h
 *   engine-places.c    at which of them a contact is met
 *   engine-mapping.c   the router's port
 *   engine-server.c    the user's choice of a server; "this computer"
 *   engine-contacts.c  contacts, and how one becomes one
 *   engine-connect.c   by a peer ID or an invite link
 *   engine-knocks.c    by a knock
 *   engine-decisions.c blocking, naming, removing; our own name
 *   engine-changes.c   editing, deleting, reacting; writing
 *   engine-keeping.c   pinning, muting, archiving, drafts, clearing
 *   engine-relay.c     whether the relay may be used, and anything else
 *   engine-messages.c  sending, reading
 *   engine-backup.c    all of it in a file, and back
 *   engine-key.c       where the secret key is
 *   engine-avatar.c    our picture and theirs
 *   engine-export.c    a conversation as a file
 *   engine-invites.c   invite links
 *   engine-settings.c  what the user decided about their data
 *   engine-search.c    searching
 *   engine-verdict.c   why a contact is connected as they are
 *   bench.c            measuring
 */
#pragma once

#include "crypto/identity.h"
#include "crypto/primitives.h"
#include "engine/conversation-private.h"
#include "engine/engine.h"
#include "engine/error-private.h"
#include "engine/knock-private.h"
#include "engine/port-mapper.h"
#include "engine/server-link-private.h"
#include "io/network-watch.h"
#include "io/sleep-watch.h"
#include "io/system-random.h"

typedef enum
{
  KH_ENGINE_CLOSED,
  KH_ENGINE_OPENING,
  KH_ENGINE_OPEN,
  KH_ENGINE_CLOSING,
} KhEngineStage;

/* Names of settings in the history. */
#define KH_SETTING_NAME "name"
#define KH_SETTING_SERVER "server"
#define KH_SETTING_LOCAL_SERVER "local-server" /* its port, where it is in use */
#define KH_SETTING_TOKEN "invite-token"

/* The port that the router may give us. */
typedef struct
{
  gboolean is_wanted;   /* by the front end */
  KhPortMapper *mapper; /* (nullable): before the first link, and where it is for nobody */
  gboolean is_up;
  KhAddr seen; /* by the server, since the last time that the link was up */
  gboolean is_needless;
  KhPortMapping *told; /* (nullable) */
  GSource *news;       /* (nullable): it may be something else now */
} KhEngineMapping;

struct _KhEngine
{
  GObject parent_instance;

  /* set by the front end */
  char *name;
  KhAcceptMode accept_mode;
  KhRelayUse relay_use;
  gboolean shuns_local; /* "local-network" is FALSE */
  guint port;
  gboolean bench_serve;
  char *passphrase; /* (nullable): of the secret key, for the next opening */

  /* owned: the link to the user's own server, and all there are, with that one */
  KhServerLink *home;
  GPtrArray *links;    /* (element-type KhServerLink) */
  GListStore *servers; /* those of them that have a server */
  GSource *tidying;    /* (nullable): closes those that nobody is met at any more */

  /* owned, while open */
  KhEngineStage stage;
  char *dir;
  KhStore *store;
  KhIdentity *identity;
  KhKeyPlace key_place;
  gboolean key_moves;
  KhPeerId id;
  char *id_text; /* stays after closing */
  KhRandom random;
  guint8 token[KH_INVITE_TOKEN_SIZE];
  KhNetworkWatch *watch;
  KhSleepWatch *sleep_watch;
  KhEngineMapping mapping;
  char *invite_link;
  GBytes *avatar; /* (nullable) */
  guint8 avatar_hash[KH_HASH_SIZE];
  GSource *pruning;

  GListStore *conversations;
  GHashTable *by_id; /* KhPeerId → KhConversation, both borrowed from the list */
  GListStore *requests;
  GListStore *invites;
  KhUserSettings *settings;
};

/* engine.c */
void kh_engine_emit_link_changed (KhEngine *self);
void kh_engine_emit_server_changed (KhEngine *self, KhServerLink *link);
void kh_engine_emit_knock (KhEngine *self, KhKnock *knock);
void kh_engine_emit_session (KhEngine *self, KhConversation *conversation, gint64 elapsed_us);
void kh_engine_emit_path (KhEngine *self, KhConversation *conversation, gint64 elapsed_us);
void kh_engine_emit_verdict (KhEngine *self, KhConversation *conversation);
void kh_engine_emit_message (KhEngine *self, KhConversation *conversation, KhChatMessage *message);
void kh_engine_emit_message_changed (KhEngine *self,
                                     KhConversation *conversation,
                                     KhChatMessage *message,
                                     KhMessageChange change);
void kh_engine_emit_receipt (KhEngine *self,
                             KhConversation *conversation,
                             const KhMessageId *id,
                             KhMessageStatus status);
void kh_engine_emit_closed (KhEngine *self,
                            KhConversation *conversation,
                            KhEnded why,
                            const char *reason);
void kh_engine_emit_conversation_changed (KhEngine *self,
                                          KhConversation *conversation,
                                          GParamSpec *property);
/* @error is of any domain, and taken. */
void kh_engine_emit_problem (KhEngine *self, KhConversation *conversation, GError *error);
void kh_engine_notify_name (KhEngine *self);
void kh_engine_notify_avatar (KhEngine *self);
void kh_engine_notify_peer_id (KhEngine *self);
void kh_engine_notify_server (KhEngine *self);
void kh_engine_notify_port_mapping (KhEngine *self);
void kh_engine_notify_relay_policy (KhEngine *self);
void kh_engine_notify_local_network (KhEngine *self);
void kh_engine_emit_mapping_changed (KhEngine *self);
/* After a change of the server or its key. */
void kh_engine_update_invite_link (KhEngine *self);

/* engine-task.c */
gboolean kh_engine_check_open (KhEngine *self, GTask *task);
/* A task for an operation whose failure is a "problem" where the caller does not care. */
GTask *kh_engine_task_new (KhEngine *self,
                           KhConversation *conversation,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
/* GAsyncReadyCallback for kh_store_… operations that end in kh_store_finish(): @user_data is the
 * GTask, which is returned with it. */
void kh_engine_return_stored (GObject *store, GAsyncResult *result, gpointer user_data);

/* engine-decisions.c */
/* A task about @conversation, which is its data, or NULL where it was returned with an error. */
GTask *kh_engine_contact_task_new (KhEngine *self,
                                   KhConversation *conversation,
                                   gpointer source_tag,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
/* A copy of the contact to be changed, where the change is on the disk; NULL where it is not, or
 * the contact is gone: then the task was returned. */
KhStoreContact *kh_engine_finish_change (KhStore *store, GAsyncResult *result, GTask *task);

/* engine-messages.c: FALSE where @task was returned with an error. */
gboolean kh_engine_check_conversation (KhEngine *self, KhConversation *conversation, GTask *task);
gboolean kh_engine_check_text (const char *text, GTask *task);

/* engine-changes.c */
KhMessageChange kh_message_change_from_kind (KhStoreKind kind);

/* engine-key.c */
/* On the thread of opening, with the data folder's lock: KH_STORE_ERROR. */
KhIdentity *kh_engine_key_load (const char *dir,
                                KhOpenFlags flags,
                                const char *passphrase,
                                KhKeyPlace *ret_place,
                                GError **error);

/* engine-settings.c */
/* Names of settings in the history, in the order of kh_engine_settings_restore(). */
#define KH_ENGINE_N_SETTINGS 4
extern const char *const kh_engine_settings_names[KH_ENGINE_N_SETTINGS];
/* @values: (nullable) each: as they were saved. From now on what changes is saved. */
void kh_engine_settings_restore (KhEngine *self, char *const values[KH_ENGINE_N_SETTINGS]);
void kh_engine_settings_clear (KhEngine *self);

/* engine-avatar.c */
/* @avatar: (nullable): as it was saved */
void kh_engine_avatar_restore (KhEngine *self, GBytes *avatar);
/* Theirs: loads it, or saves a new one; @hash and @picture are (nullable): NULL for none. */
void kh_engine_avatar_load (KhEngine *self, KhConversation *conversation);
void kh_engine_avatar_received (KhEngine *self,
                                KhConversation *conversation,
                                const guint8 *hash,
                                GBytes *picture);

/* engine-invites.c */
/* @records: (element-type KhStoreInvite) */
void kh_engine_invites_restore (KhEngine *self, GPtrArray *records);
/* Is it one of ours? */
gboolean kh_engine_invites_know (KhEngine *self, const guint8 *token);
/* A new token of "invite-link", saved. */
void
kh_engine_invites_make_token (KhEngine *self, GAsyncReadyCallback callback, gpointer user_data);

/* engine-server-key.c: (transfer full): as invite links spell it. */
char *kh_engine_spell_key (const KhKey *key);

/* engine-keeping.c */
/* Sets or ends a flag in the background. */
void kh_engine_keep_flag (KhEngine *self,
                          KhConversation *conversation,
                          KhContactFlags flag,
                          gboolean set);

/* engine-close.c: drops all that is owned while open, without a word to anybody. */
void kh_engine_drop (KhEngine *self);

/* engine-events.c: of the KhServerLink @user_data */
void kh_engine_poll_events (gpointer user_data);

/* engine-verdict.c */
/* Writes down what the node knows of the session with @conversation, if there is one. */
void kh_engine_verdict_note (KhEngine *self, KhConversation *conversation);
void kh_engine_verdict_end (KhConversation *conversation, gint64 at_us);

/* engine-servers.c */
void kh_engine_servers_init (KhEngine *self);
void kh_engine_servers_finalize (KhEngine *self);
gboolean kh_engine_servers_open (KhEngine *self, GError **error);
void kh_engine_servers_close (KhEngine *self);
/* Not the user's own, without a word to the server. */
void kh_engine_servers_drop (KhEngine *self, KhServerLink *link);
/* It has a server now, or none any more. */
void kh_engine_servers_publish (KhEngine *self, KhServerLink *link);
void kh_engine_servers_network_changed (KhEngine *self);
void kh_engine_servers_resumed (KhEngine *self);
void kh_engine_servers_shutdown (KhEngine *self);
void kh_engine_servers_kick (KhEngine *self);
/* All nodes know our name. */
void kh_engine_servers_set_name (KhEngine *self);
/* What a link has to say, from its own files. */
void kh_engine_servers_changed (KhEngine *self, KhServerLink *link);
void kh_engine_servers_link_up (KhEngine *self, KhServerLink *link, const KhAddr *seen);
void kh_engine_servers_link_down (KhEngine *self, KhServerLink *link);

/* engine-places.c */
/* @link is up: where another of ours goes to the same server by another name, one of them goes. */
void kh_engine_servers_merge (KhEngine *self, KhServerLink *link);
/* Is it one of ours that took @link's place at a server with two names? Then that one goes. */
gboolean kh_engine_servers_is_own_doing (KhEngine *self, KhServerLink *link);
/* The user's own server from now on; (nullable) as for kh_server_link_use(). */
void kh_engine_servers_choose (KhEngine *self, const KhServerName *name, const KhKey *key);
/* The user's own server is another one: everybody is looked for where they were met. */
void kh_engine_servers_settle (KhEngine *self);
/* Has @conversation at the server where its contact was met, which is gone to if need be; the node
 * is to be told of it then. */
void kh_engine_servers_place (KhEngine *self, KhConversation *conversation);
/* An @event of @conversation comes from another link than its own. Returns whether it is its own
 * from now on. */
gboolean kh_engine_servers_met (KhEngine *self,
                                KhServerLink *link,
                                KhConversation *conversation,
                                const KhEvent *event);
void kh_engine_servers_forget_contact (KhEngine *self, const KhPeerId *peer);
/* From the main loop: closes links that nobody is met at any more. */
void kh_engine_servers_tidy_soon (KhEngine *self);

/* engine-mapping.c */
void kh_engine_mapping_link_up (KhEngine *self, const KhAddr *seen);
void kh_engine_mapping_link_down (KhEngine *self);
void kh_engine_mapping_network_changed (KhEngine *self);
/* Where nobody is to be reached directly, no port is asked for. */
void kh_engine_mapping_policy_changed (KhEngine *self);
/* Gives the port back; as kh_port_mapper_close(). */
void kh_engine_mapping_close (KhEngine *self, KhPortMapperDone done, gpointer user_data);
void kh_engine_mapping_clear (KhEngine *self);

/* engine-relay.c */
KhRelayUse kh_engine_relay_use_of (const KhStoreContact *contact);
/* @node is new. */
void kh_engine_relay_begin (KhEngine *self, KhNode *node);
void kh_engine_relay_tell_node (KhEngine *self, KhServerLink *link, const KhStoreContact *contact);

/* engine-contacts.c */
KhConversation *kh_engine_lookup (KhEngine *self, const KhPeerId *peer);
/* By the store's number. */
KhConversation *kh_engine_find_by_number (KhEngine *self, gint64 contact);
/* (transfer none): the conversation of @contact, which is made where it is new; the node knows the
 * contact's policy afterwards, and wants them. */
KhConversation *kh_engine_adopt (KhEngine *self, const KhStoreContact *contact);
/* Who @conversation is with, to the node of @link. */
void
kh_engine_contacts_tell_link (KhEngine *self, KhConversation *conversation, KhServerLink *link);
void kh_engine_knocks_handle (KhEngine *self, KhServerLink *link, const KhEvent *event);
void kh_engine_contacts_handle_session (KhEngine *self, const KhEvent *event);
/* The peer calls itself @name now; saved. */
void
kh_engine_contacts_set_given_name (KhEngine *self, KhConversation *conversation, const char *name);
