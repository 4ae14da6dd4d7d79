/* link.h: the messages between a client and its server, one in each SEALED datagram
 *
 * PROTOCOL.md, "Link messages", has their layouts.
 *
 * Every message is a type, a 32-bit id and a body. A client's requests carry ids of its choosing
 * and may be sent again with the same id: each is idempotent, and the reply repeats the id. The
 * server's pushes carry ids of its choosing and are sent again until the client has acknowledged
 * them by PUSH_ACK with the same id.
 *
 * What peers say to each other off the hot path is GVariant. These bodies are fixed layouts of at
 * most three fields, on the server's hottest path, so they use the cursor and allocate nothing.
 */
#pragma once

#include "wire/datagram.h"

/* The size of a peer ID on the wire: 130 bits, the last 6 bits zero (crypto/peer-id.h). */
#define KH_PEER_ID_SIZE 17

/* Room for the sealed introduction in KNOCK and ANSWER, so that it and what carries it fit into
 * KH_DATAGRAM_MAX with the key of the sender in place of the ID of the receiver. */
#define KH_BLOB_MAX 1024

/* What one RELAY can carry, so that the datagram around it is at most KH_DATAGRAM_MAX: less the
 * seal of the link, the type and the channel. */
#define KH_RELAY_OVERHEAD (KH_SEALED_OVERHEAD + 1 + 4)
#define KH_RELAY_PAYLOAD_MAX (KH_DATAGRAM_MAX - KH_RELAY_OVERHEAD)

/* The most peers one WAIT can name: what fits beside the header. */
#define KH_WAIT_MAX 48

/* Bytes of the name and version that a server gives itself. */
#define KH_SOFTWARE_MAX 32

typedef enum
{
  /* requests */
  KH_LINK_REGISTER = 0x01, /* reply: the address as seen */
  KH_LINK_PING = 0x02,     /* reply: the address as seen */
  KH_LINK_LOOKUP = 0x03,   /* peer id; reply: the key */
  KH_LINK_KNOCK = 0x04,    /* peer id, blob */
  KH_LINK_ANSWER = 0x05,   /* peer id, blob */
  KH_LINK_WAIT = 0x06,     /* count (1 byte), peer ids: added to the set of those I want */
  KH_LINK_UNWAIT = 0x07,   /* the same: taken out of it */
  KH_LINK_BYE = 0x08,
  KH_LINK_ABOUT = 0x09, /* reply: the server's clock and software */
  /* both ways, unreliable: the id is the channel; neither answered nor sent again */
  KH_LINK_RELAY = 0x20, /* payload, at most KH_RELAY_PAYLOAD_MAX */
  /* from the server, unreliable, about the channel in the id */
  KH_LINK_RELAY_REFUSED = 0x21, /* status (1 byte): unknown channel, or rate limited */
  /* replies */
  KH_LINK_REPLY = 0x40, /* status (1 byte), then what the request's line says where it is OK */
  /* pushes */
  KH_LINK_KNOCKED = 0x80,    /* key of the sender, channel (4 bytes, 0: no relay), blob */
  KH_LINK_ANSWERED = 0x81,   /* key of the sender, channel, blob */
  KH_LINK_READY = 0x82,      /* peer id: is here, and each wants the other */
  KH_LINK_GOING_AWAY = 0x83, /* reason (1 byte, KhGoingAway) */
  /* a client's answer to a push */
  KH_LINK_PUSH_ACK = 0xc0,
} KhLinkType;

typedef enum
{
  KH_LINK_OK = 0,
  KH_LINK_NOT_REGISTERED = 1, /* the peer asked for, or the asking client itself, is not here */
  KH_LINK_RATE_LIMITED = 2,
  KH_LINK_TOO_LARGE = 3,
  KH_LINK_UNKNOWN_CHANNEL = 4,
  KH_LINK_SERVER_GOING_AWAY = 5,
} KhLinkStatus;

typedef enum
{
  KH_GOING_AWAY_SHUTDOWN = 1, /* the server stops; come back later */
  KH_GOING_AWAY_REPLACED = 2, /* the same identity registered from another place */
} KhGoingAway;

typedef enum
{
  KH_LINK_RELAY_UNSAID = 0, /* by servers that are older than the question */
  KH_LINK_RELAY_OFF = 1,
  KH_LINK_RELAY_ON = 2,
} KhLinkRelayState;

/**
 * KhLinkRelayTerms: what a server's relay does for one client
 * @state: what is not listed is read as UNSAID
 * @rate: bytes a second; 0 is no limit
 * @volume_mb: 10^6 bytes a day; 0 is no limit
 */
typedef struct
{
  KhLinkRelayState state;
  guint32 rate;
  guint32 volume_mb;
} KhLinkRelayTerms;

/**
 * KhLinkMessage:
 *
 * One decoded message; which fields are set follows from @type as listed above. @blob and @ids
 * are borrowed from the datagram; a RELAY's payload is its @blob. In a REPLY, @status is always
 * set, @seen where the body is an address (@has_seen), @key where it is a key (@has_key), and
 * @clock_us (µs since 1970, 0 if the server does not know), @blob (its software, any bytes) and
 * @relay where the server speaks of itself (@has_about).
 */
typedef struct
{
  KhLinkType type;
  guint32 id;
  guint8 peer[KH_PEER_ID_SIZE];
  KhKey key;
  KhAddr seen;
  guint8 status;
  guint8 reason;
  guint32 channel;
  gboolean has_key;
  gboolean has_seen;
  gboolean has_about;
  gint64 clock_us;
  KhLinkRelayTerms relay;
  const guint8 *blob;
  gsize blob_len;
  const guint8 *ids; /* n_ids × KH_PEER_ID_SIZE bytes */
  guint n_ids;
} KhLinkMessage;

const char *kh_link_type_to_string (KhLinkType type);
const char *kh_link_status_to_string (KhLinkStatus status);

/* FALSE where the message is malformed, of unknown type, or has bytes to spare. */
gboolean kh_link_message_read (const guint8 *data, gsize len, KhLinkMessage *ret_message);
/* FALSE where it does not fit or a field is out of range. */
gboolean kh_link_message_write (KhWriter *writer, const KhLinkMessage *self);
