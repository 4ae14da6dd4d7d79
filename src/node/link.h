/* link.h: the client's side of the link to its server (PROTOCOL.md, "Link messages")
 *
 * Private to the node. Finds the server, shakes hands, registers, keeps the link alive, finds out
 * when it has died and begins again; carries requests until they are answered and hands out
 * pushes once. No request survives the link it was made on: whoever made it asks again when the
 * link is up.
 */
#pragma once

#include "crypto/identity.h"
#include "crypto/peer-id.h"
#include "node/network.h"
#include "wire/link.h"

/* The most addresses of one server that are tried. */
#define KH_LINK_ADDRS_MAX 8

typedef struct _KhLink KhLink;

typedef enum
{
  KH_LINK_EVENT_STATE, /* state, trouble or address as seen changed */
  KH_LINK_EVENT_REPLY,
  KH_LINK_EVENT_KNOCKED,
  KH_LINK_EVENT_ANSWERED,
  KH_LINK_EVENT_READY,
  KH_LINK_EVENT_RELAY_REFUSED,
} KhLinkEventType;

/* @blob is the event's own: free with kh_link_event_clear(). */
typedef struct
{
  KhLinkEventType type;
  KhPeerId peer;       /* REPLY: whom the request was about; READY */
  KhKey key;           /* KNOCKED, ANSWERED: of the sender; REPLY to LOOKUP */
  KhLinkType request;  /* REPLY */
  KhLinkStatus status; /* REPLY */
  GBytes *blob;        /* KNOCKED, ANSWERED */
  guint32 channel;     /* KNOCKED, ANSWERED: of the relay, 0 for none; RELAY_REFUSED */
} KhLinkEvent;

/* Since the beginning: how its requests fare, for who must notice that the network suffers. */
typedef struct
{
  guint64 n_samples; /* of the round-trip time */
  gint64 latest_rtt_us;
  guint64 n_repeated; /* requests sent again */
} KhLinkHealth;

KhLink *kh_link_new (const KhIdentity *identity, KhRandom random);
void kh_link_free (KhLink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhLink, kh_link_free)
void kh_link_event_clear (KhLinkEvent *event);

void
kh_link_set_server (KhLink *self, const KhAddr *addrs, gsize n, const KhKey *pinned, gint64 now_us);
void kh_link_resume (KhLink *self, const KhKey *key, gint64 now_us);
/* Asks at once whether the link still lives and what address it has. */
void kh_link_probe (KhLink *self, gint64 now_us);
/* Other addresses, or back from sleep: asks at once where the link is up, and looks for the server
 * anew, without the pauses it had come to, where it is not. */
void kh_link_network_changed (KhLink *self, gint64 now_us);
/* What goes by the relay has no answer: asks the same, and whether the server is there at all. */
void kh_link_suspect (KhLink *self, gint64 now_us);
/* So long gateways are known to bear silence; KH_NEVER where it is not known. */
void kh_link_limit_keepalive (KhLink *self, gint64 most_us);
/* Until then somebody waits for the server's help: it is looked for without long pauses. */
void kh_link_hurry (KhLink *self, gint64 until_us, gint64 now_us);
/* Sends BYE; nothing is tried again. */
void kh_link_shutdown (KhLink *self, gint64 now_us);

KhLinkState kh_link_get_state (KhLink *self);
KhLinkTrouble kh_link_get_trouble (KhLink *self);
/* While UP: our address as the server sees it, its key, and the smoothed round-trip time. */
const KhAddr *kh_link_get_seen (KhLink *self);
const KhKey *kh_link_get_server_key (KhLink *self);
gint64 kh_link_get_rtt_us (KhLink *self);
void kh_link_get_health (KhLink *self, KhLinkHealth *ret_health);
/* While UP: where it is, and its second UDP port, 0 for none. */
const KhAddr *kh_link_get_server (KhLink *self);
guint16 kh_link_get_second_port (KhLink *self);

/* Asks what the server is; its clock is as if ours were the monotonic one. FALSE before the answer
 * to the last kh_link_ask_about(), which may never come. */
void kh_link_ask_about (KhLink *self, gint64 now_us);
gboolean kh_link_get_about (KhLink *self, KhServerAbout *ret_about);

/* Requests about one peer. FALSE where the link is not up or too many wait already. A new request
 * of the same type about the same peer takes the place of the old. */
gboolean kh_link_lookup (KhLink *self, const KhPeerId *peer, gint64 now_us);
gboolean kh_link_wait (KhLink *self, const KhPeerId *peer, gint64 now_us);
gboolean kh_link_unwait (KhLink *self, const KhPeerId *peer, gint64 now_us);
gboolean
kh_link_knock (KhLink *self, const KhPeerId *peer, const guint8 *blob, gsize len, gint64 now_us);
gboolean
kh_link_answer (KhLink *self, const KhPeerId *peer, const guint8 *blob, gsize len, gint64 now_us);

/* Datagrams of the types HELLO-ACK and RESP, and SEALED ones for kh_link_owns_index(). FALSE where
 * the datagram was not genuine, expected and new. */
gboolean kh_link_receive (KhLink *self, KhDatagramType type, KhDatagram *in, gint64 now_us);
gboolean kh_link_owns_index (KhLink *self, guint32 index);
/* What the datagram just received brought through the relay: a peer's datagram inside its memory,
 * from kh_addr_relay(). FALSE if it was none, or was taken already. */
gboolean kh_link_take_relayed (KhLink *self, KhDatagram *ret_inner);
/* Puts the datagram @out, for an address that is a relay channel, into one for the server, in
 * place. FALSE where the link is not up, or it does not fit: it is lost. */
gboolean kh_link_wrap_relayed (KhLink *self, KhDatagram *out);
void kh_link_unreachable (KhLink *self, const KhAddr *remote, gint64 now_us);
/* The driver carries TCP: from the next search for the server on, it is raced with UDP. */
void kh_link_allow_tcp (KhLink *self);
gboolean kh_link_is_tcp (KhLink *self);
/* A TCP connection could not be made, or ended. */
void kh_link_closed (KhLink *self, const KhAddr *remote, gint64 now_us);
gboolean kh_link_poll_send (KhLink *self, KhDatagram *out, gint64 now_us);
gint64 kh_link_next_timeout (KhLink *self);
void kh_link_handle_timeout (KhLink *self, gint64 now_us);
/* The event is the caller's to clear. */
gboolean kh_link_poll_event (KhLink *self, KhLinkEvent *ret_event);
