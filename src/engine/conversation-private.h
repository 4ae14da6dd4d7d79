/* conversation-private.h: what the engine does to a conversation
 *
 * The engine changes a conversation; its setters notify. A conversation is detached when its
 * contact is removed or the engine closes: then @engine is NULL, and whatever the history still
 * answers about it is dropped.
 */
#pragma once

#include "engine/bench-private.h"
#include "engine/conversation.h"
#include "engine/exchange.h"
#include "engine/message-list.h"
#include "engine/server-link-private.h"
#include "engine/streams.h"
#include "engine/verdict-record.h"
#include "node/node.h"

typedef struct _KhEngine KhEngine;

typedef enum
{
  KH_CONVERSATION_PROP_0,
  KH_CONVERSATION_PROP_PEER_ID,
  KH_CONVERSATION_PROP_NAME,
  KH_CONVERSATION_PROP_GIVEN_NAME,
  KH_CONVERSATION_PROP_ALIAS,
  KH_CONVERSATION_PROP_VERIFIED,
  KH_CONVERSATION_PROP_BLOCKED,
  KH_CONVERSATION_PROP_PRESENCE,
  KH_CONVERSATION_PROP_ROUTE,
  KH_CONVERSATION_PROP_RTT,
  KH_CONVERSATION_PROP_LOCAL_ADDRESS,
  KH_CONVERSATION_PROP_REMOTE_ADDRESS,
  KH_CONVERSATION_PROP_UNREAD,
  KH_CONVERSATION_PROP_LAST_TEXT,
  KH_CONVERSATION_PROP_LAST_TIME,
  KH_CONVERSATION_PROP_LAST_OUTGOING,
  KH_CONVERSATION_PROP_UNDELIVERED,
  KH_CONVERSATION_PROP_MESSAGES,
  KH_CONVERSATION_PROP_HAS_OLDER,
  KH_CONVERSATION_PROP_HAS_NEWER,
  KH_CONVERSATION_PROP_PINNED,
  KH_CONVERSATION_PROP_RELAY_POLICY,
  KH_CONVERSATION_PROP_MUTED,
  KH_CONVERSATION_PROP_ARCHIVED,
  KH_CONVERSATION_PROP_MARKED_UNREAD,
  KH_CONVERSATION_PROP_DRAFT,
  KH_CONVERSATION_PROP_TYPING,
  KH_CONVERSATION_PROP_AVATAR,
  KH_CONVERSATION_PROP_SERVER,
  KH_CONVERSATION_N_PROPS,
} KhConversationProp;

struct _KhConversation
{
  GObject parent_instance;

  KhEngine *engine; /* borrowed (nullable) */

  /* owned */
  KhServerLink *link;      /* where they are met */
  KhStoreContact *contact; /* as it is on the disk */
  KhExchange *exchange;
  KhStreams *streams;
  KhMessageList *messages;
  KhChatMessage *last; /* (nullable): the newest message */

  KhPeerId peer; /* also the key of the table in the engine */
  char peer_id[KH_PEER_ID_STRING_MAX];
  char *name;
  KhPresence presence;
  GError *problem;
  KhRoute route;
  gint64 rtt_us;
  char *local_address;
  char *remote_address;
  guint unread;
  gboolean typing;
  GBytes *avatar; /* (nullable): once it was wanted */
  gboolean avatar_wanted;
  gint64 met_us;       /* when the last session began */
  GSource *typing_end; /* (nullable): takes silence for the end of it */
  KhBenchRun bench_run;
  KhVerdictRecord *verdict; /* (nullable): of the session, or of the last one */
};

/* @contact is copied. */
KhConversation *kh_conversation_new (KhEngine *engine, const KhStoreContact *contact);
void kh_conversation_detach (KhConversation *self);
/* engine-servers.c: the node at which they are met; while @engine is set */
KhNode *kh_conversation_get_node (KhConversation *self);
/* After commands to it. */
void kh_conversation_kick (KhConversation *self);
void kh_conversation_notify (KhConversation *self, KhConversationProp prop);
/* (transfer full): the alias, else the given name, else the first two groups of the ID. */
char *kh_conversation_name_of (KhConversation *self, const KhStoreContact *contact);

/* Properties that come from the contact are notified where they changed. */
void kh_conversation_set_contact (KhConversation *self, const KhStoreContact *contact);
void kh_conversation_set_presence (KhConversation *self, KhPresence presence);
/* Something else ails the server that they are waited for at. */
void kh_conversation_server_changed (KhConversation *self);
/* Did the path change, and not its round-trip time alone? */
gboolean kh_conversation_set_path (KhConversation *self, const KhEvent *path);
void kh_conversation_clear_path (KhConversation *self);
void kh_conversation_set_unread (KhConversation *self, guint unread);
/* The newest message is @message now; (nullable) NULL for none. */
void kh_conversation_set_last (KhConversation *self, KhChatMessage *message);
/* It has another text. */
void kh_conversation_notify_last (KhConversation *self);
/* They write, or stopped; ends by itself. */
void kh_conversation_set_typing (KhConversation *self, gboolean typing);
/* @avatar: (nullable) */
void kh_conversation_set_avatar (KhConversation *self, GBytes *avatar);
/* Unread and last, as the history says. */
void kh_conversation_summarise (KhConversation *self, const KhStoreSummary *summary);
void kh_conversation_notify_undelivered (KhConversation *self);
