/* client.h: what the server holds for one link
 *
 * A plain record of a few hundred bytes that the files of server/ work on. What most links never
 * need at rest (pushes, the handshake's answer, the set of peers waited for, requests seen) is
 * allocated while needed.
 */
#pragma once

#include "crypto/keys.h"
#include "crypto/peer-id.h"
#include "crypto/replay.h"
#include "wire/link.h"

typedef struct _KhPush KhPush;
typedef struct _KhChannel KhChannel;

typedef enum
{
  KH_CLIENT_UNCONFIRMED, /* RESP was sent; nothing sealed has come */
  KH_CLIENT_LINKED,      /* proven to be alive and to have the key */
  KH_CLIENT_REGISTERED,  /* can be found by others */
  KH_CLIENT_LEAVING,     /* was told GOING-AWAY; stays until that is acknowledged */
} KhClientState;

/* RESP's payload: both indices. */
#define KH_CLIENT_RESP_PAYLOAD 8
#define KH_CLIENT_RESP_NOISE (KH_NOISE_MSG2_OVERHEAD + KH_CLIENT_RESP_PAYLOAD)
#define KH_CLIENT_DIGEST_SIZE 32

/* The handshake's answer, for an INIT that comes again; until the link is confirmed. */
typedef struct
{
  guint8 digest[KH_CLIENT_DIGEST_SIZE]; /* SHA-256 of the INIT */
  guint8 noise[KH_CLIENT_RESP_NOISE];
} KhClientPending;

/* KNOCKs and ANSWERs that were passed on; a retransmitted one is answered, not passed on again. */
#define KH_CLIENT_RECENT 16

typedef struct
{
  guint32 ids[KH_CLIENT_RECENT];
  guint n; /* ever noted; the ring's place is n % KH_CLIENT_RECENT */
} KhClientRecent;

/* The most channels a client can have: peers that it talks to over the relay at once. */
#define KH_CLIENT_CHANNELS 16

/**
 * KhClientRelay: what the relay keeps for a client that has used it
 * @channels: (owned by KhChannels)
 * @rate_full_at_us: the bucket of the bytes it sent
 * @refuse_after_us: no sooner is it told again what was refused
 */
typedef struct
{
  KhChannel *channels[KH_CLIENT_CHANNELS];
  guint n_channels;
  gint64 rate_full_at_us;
  gint64 refuse_after_us;
} KhClientRelay;

/**
 * KhClient:
 * @id: first, so that a client is its own key in a table by peer ID
 * @since_us: UNCONFIRMED: when RESP was first sent; else when the client was last heard
 * @addr: where to send; that of the newest packet
 * @pushes: (owned by KhPushes): what is not yet acknowledged
 * @wants: (nullable): sorted array of #KhPeerId
 * @relay: (nullable): from its first channel on
 * @ready_blocked: a READY for this client waits for room among the pushes
 */
typedef struct
{
  KhPeerId id;
  guint8 state;
  guint8 socket;
  guint8 n_pushes : 7;
  guint8 ready_blocked : 1;
  guint32 index;
  guint32 remote_index;
  guint32 next_push;
  KhKey key;
  KhAddr addr; /* before what needs more alignment: no hole */
  KhKeyPair keys;
  KhReplaySmall replay;
  gint64 since_us;
  gint64 request_full_at_us;
  GList link; /* in the server's queue for its state */
  KhPush *pushes;
  KhClientPending *pending;
  KhClientRecent *recent;
  GArray *wants;
  KhClientRelay *relay;
} KhClient;

/* (transfer full): UNCONFIRMED, without keys yet. */
KhClient *kh_client_new (const KhKey *key);
/* Wipes the keys. The client must be in no queue or table, and have neither pushes nor channels. */
void kh_client_free (KhClient *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhClient, kh_client_free)

const char *kh_client_state_to_string (KhClientState state);
void kh_client_set_state (KhClient *self, KhClientState state);

/* Writes a whole SEALED datagram around @message; FALSE where it does not fit, or the link has used
 * up its packet numbers. */
gboolean kh_client_seal (
    KhClient *self, const guint8 *message, gsize len, guint8 *out, gsize size, gsize *ret_len);
/* The same for one that is not encoded yet. */
gboolean kh_client_seal_message (
    KhClient *self, const KhLinkMessage *message, guint8 *out, gsize size, gsize *ret_len);

/* (transfer none): allocated with the first call. */
KhClientRelay *kh_client_get_relay (KhClient *self);

gboolean kh_client_has_seen_request (const KhClient *self, guint32 id);
void kh_client_note_request (KhClient *self, guint32 id);

gboolean kh_client_wants (const KhClient *self, const KhPeerId *peer);
/* FALSE where the set has @max already; wanting twice is once. */
gboolean kh_client_add_want (KhClient *self, const KhPeerId *peer, guint max);
void kh_client_remove_want (KhClient *self, const KhPeerId *peer);
void kh_client_clear_wants (KhClient *self);
