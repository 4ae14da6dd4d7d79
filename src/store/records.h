/* records.h: what the history holds, as values
 *
 * Records are copies: changing one changes nothing on disk. Each has its _free, which is also the
 * element destroy function of every GPtrArray that the store returns. Times are µs since 1970 UTC.
 */
#pragma once

#include "chat/message.h"
#include "chat/outbox.h"
#include "crypto/peer-id.h"

/* Stored as numbers: the values must not change. */
typedef enum
{
  /* A stranger knocked, and the user has not decided. The safe default. */
  KH_CONTACT_REQUESTED = 0,
  KH_CONTACT_ACCEPTED = 1,
  KH_CONTACT_BLOCKED = 2,
} KhContactState;

/* What the user set about a conversation; stored as numbers too. */
typedef enum
{
  KH_CONTACT_PINNED = 1 << 0,
  KH_CONTACT_MUTED = 1 << 1,
  KH_CONTACT_ARCHIVED = 1 << 2,
  KH_CONTACT_MARKED_UNREAD = 1 << 3,
  /* One of these three at most: whether the server's relay is used, where not as for all. */
  KH_CONTACT_RELAY_AUTO = 1 << 4,
  KH_CONTACT_RELAY_ALWAYS = 1 << 5,
  KH_CONTACT_RELAY_NEVER = 1 << 6,
} KhContactFlags;

typedef enum
{
  KH_DIRECTION_OUT = 0,
  KH_DIRECTION_IN = 1,
} KhDirection;

/* What a row of messages is. */
typedef enum
{
  KH_STORE_TEXT = 0,
  /* Changes of a text that are on their way to the peer. */
  KH_STORE_EDIT = 1,
  KH_STORE_DELETE = 2,
  KH_STORE_REACTION = 3,
} KhStoreKind;

/* Undecided strangers that are kept; of more, the oldest without messages is forgotten. */
#define KH_STORE_REQUESTS_MAX 200
#define KH_STORE_SERVER_MAX 300
/* Rows of one answer: 256 full texts are 16 MiB. */
#define KH_STORE_PAGE_MAX 256
#define KH_STORE_QUERY_MAX 1024
#define KH_STORE_SETTING_MAX 4096
#define KH_STORE_SNIPPET_MAX 240
#define KH_STORE_TOKEN_SIZE 16
/* A setting: for how many days messages are kept; absent: for ever. */
#define KH_STORE_RETENTION "retention-days"
#define KH_STORE_INVITES_MAX 64
/* Noncharacters, which no writing has: U+FDD0 and U+FDD1. A text may hold them all the same, so
 * they need not come in pairs. */
#define KH_STORE_FOUND "\357\267\220"
#define KH_STORE_FOUND_END "\357\267\221"

/**
 * KhStoreContact:
 * @id: the store's own number of the contact and of the conversation with it, from 1; never used
 * again for another
 * @has_key: whether @key is known; while the peer has not been met, only its ID is
 * @server: (nullable): "host" or "host:port" where the peer is found; saved, NULL keeps what
 *   there is, and "" makes it NULL
 * @given_name: (nullable): the name that the peer gave itself, cleaned
 * @alias: (nullable): the name that the user gave it
 * @verified: the user compared safety numbers
 * @created_us: when it was first saved
 * @knock_stamp: the largest timestamp of a knock that was let in, 0 for none: what is not later
 * is a replay
 * @has_last_read: whether @last_read is set: the newest message from the peer that the user has
 * seen, for kh_inbox_mark_read()
 * @has_picture: whether @picture is set: SHA-256 of the picture that the store has of them
 * @draft: (nullable): what the user began to write, at most KH_MESSAGE_TEXT_MAX bytes
 */
typedef struct
{
  gint64 id;
  KhPeerId peer_id;
  gboolean has_key;
  KhKey key;
  char *server;
  char *given_name;
  char *alias;
  KhContactState state;
  gboolean verified;
  gint64 created_us;
  guint64 knock_stamp;
  gboolean has_last_read;
  KhMessageId last_read;
  KhContactFlags flags;
  char *draft;
  gboolean has_picture;
  guint8 picture[KH_MESSAGE_HASH_SIZE];
} KhStoreContact;

/**
 * KhStoreMessage:
 * @seq: the place in the history, from 1, growing; never used again
 * @contact: of which conversation
 * @state: PENDING, DELIVERED or READ. An incoming one is DELIVERED until the user has seen it
 * @sent_us: by the sender's clock
 * @received_us: when it was stored here
 * @text: "" of one that was deleted; of a change as KhMessage has it
 * @kind: of what load_pending gives; all else is TEXT
 * @target: of a change: which text it is about
 * @has_reply_to: whether @reply_to is set: the text that this one answers
 * @reply_text: (nullable): the beginning of that text; NULL where it is not in the history
 * @reply_direction: of that text
 * @edited_us, @deleted_us: when, 0 for never; the former by the sender's clock
 * @delivered_us, @read_us: when the receipt came, or of an incoming one when the user saw it; 0 for
 *   not yet, or not known
 * @my_reactions, @their_reactions: (nullable): emoji, each but the last followed by "\n"
 * @snippet: (nullable): of what a search found: the words around it, at most KH_STORE_SNIPPET_MAX
 * characters, with KH_STORE_FOUND and KH_STORE_FOUND_END around each word that was looked for
 */
typedef struct
{
  gint64 seq;
  gint64 contact;
  KhMessageId id;
  KhDirection direction;
  KhMessageState state;
  gint64 sent_us;
  gint64 received_us;
  char *text;
  KhStoreKind kind;
  KhMessageId target;
  gboolean has_reply_to;
  KhMessageId reply_to;
  char *reply_text;
  KhDirection reply_direction;
  gint64 edited_us;
  gint64 deleted_us;
  gint64 delivered_us;
  gint64 read_us;
  char *my_reactions;
  char *their_reactions;
  char *snippet;
} KhStoreMessage;

/* Characters of KhStoreMessage.reply_text. */
#define KH_STORE_REPLY_MAX 160

/**
 * KhStoreSummary: one line of the list of conversations
 * @last: (nullable): the newest message
 * @unread: messages from the peer that the user has not seen
 * @has_pending: load_pending has something to give
 */
typedef struct
{
  gint64 contact;
  guint unread;
  gboolean has_pending;
  KhStoreMessage *last;
} KhStoreSummary;

/* A message whose state grew. */
typedef struct
{
  gint64 seq;
  KhMessageId id;
  KhMessageState state;
  gint64 at_us;
} KhStoreChange;

/**
 * KhStoreArrival: what one incoming message did
 * @kind: what it was
 * @message: (nullable): the new text, or the text that was changed, as it is now; NULL where
 * nothing was done: a duplicate, or about a text that is not there, or somebody else's
 * @was_unread: before it was deleted
 */
typedef struct
{
  KhStoreKind kind;
  KhStoreMessage *message;
  gboolean was_unread;
} KhStoreArrival;

/**
 * KhStoreRevision: what a change by the user did
 * @message: (nullable): the text as it is now; NULL where it is gone
 * @change: (nullable): to be sent to the peer: pending
 * @dropped: (element-type KhMessageId): what was pending and is not any more
 */
typedef struct
{
  KhStoreMessage *message;
  KhStoreMessage *change;
  GArray *dropped;
} KhStoreRevision;

/* A server's key as it was first seen. */
typedef struct
{
  char *server;
  KhKey key;
  gint64 first_seen_us;
} KhStorePin;

/* The token of an invite link. */
typedef struct
{
  guint8 token[KH_STORE_TOKEN_SIZE];
  char *label;
  gint64 created_us;
} KhStoreInvite;

KhStoreContact *kh_store_contact_copy (const KhStoreContact *self);
void kh_store_contact_free (KhStoreContact *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhStoreContact, kh_store_contact_free)

KhStoreMessage *kh_store_message_copy (const KhStoreMessage *self);
void kh_store_message_free (KhStoreMessage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhStoreMessage, kh_store_message_free)

void kh_store_arrival_free (KhStoreArrival *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhStoreArrival, kh_store_arrival_free)

KhStoreRevision *kh_store_revision_new (void);
void kh_store_revision_free (KhStoreRevision *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhStoreRevision, kh_store_revision_free)

void kh_store_summary_free (KhStoreSummary *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhStoreSummary, kh_store_summary_free)

void kh_store_invite_free (KhStoreInvite *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhStoreInvite, kh_store_invite_free)

void kh_store_pin_free (KhStorePin *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhStorePin, kh_store_pin_free)

const char *kh_contact_state_to_string (KhContactState state);
const char *kh_direction_to_string (KhDirection direction);
