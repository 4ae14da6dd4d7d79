/* node.h: all of one peer's protocol, as a state machine without sockets, clock or callbacks
 *
 * A KhNode is the peer on its two UDP sockets (IPv4 and IPv6): the link to its server, the
 * introductions through it, the sessions with other peers and the paths they run on. Commands
 * change state only; what they cause comes out of the next kh_node_poll_send() and
 * kh_node_poll_event().
 *
 * Order of calls: kh_node_new(), kh_node_set_local_addresses(), kh_node_set_policy() for each
 * known contact, kh_node_set_server(), then commands and the five verbs in any order. Time never
 * goes backwards. Peers are named by their peer ID everywhere: their key may not be known yet.
 */
#pragma once

#include "crypto/identity.h"
#include "crypto/peer-id.h"
#include "path/nat-behaviour.h"
#include "path/relay-policy.h"
#include "path/timeline.h"
#include "path/verdict.h"
#include "wire/datagram.h"
#include "wire/name.h"
#include "wire/random.h"

#define KH_CLOSE_REASON_MAX 255
#define KH_INVITE_TOKEN_SIZE 16

/* A knock without an answer for this long is said to be unanswered: the other person has not
 * looked yet, or declined; the two are the same on purpose (PROTOCOL.md, "Introductions"). */
#define KH_ANSWER_PATIENCE_US (G_GINT64_CONSTANT (30) * G_USEC_PER_SEC)

typedef struct _KhNode KhNode;

typedef enum
{
  KH_LINK_OFF,         /* no server was set, or the node shuts down */
  KH_LINK_REACHING,    /* HELLO is on its way; @trouble says why for longer than a moment */
  KH_LINK_HANDSHAKE,   /* INIT is on its way */
  KH_LINK_UP,          /* registered: others can find us */
  KH_LINK_KEY_CHANGED, /* the server's key is not the pinned one: waits for a person */
  KH_LINK_REPLACED,    /* this identity registered from elsewhere: waits for a person */
} KhLinkState;

typedef enum
{
  KH_LINK_TROUBLE_NONE,
  KH_LINK_TROUBLE_SILENT,     /* nothing comes back: wrong address, firewall or server down */
  KH_LINK_TROUBLE_REFUSED,    /* the host is there, and nothing listens at that port */
  KH_LINK_TROUBLE_VERSION,    /* the server speaks other versions of the protocol */
  KH_LINK_TROUBLE_LOST,       /* was up, and stopped answering */
  KH_LINK_TROUBLE_GOING_AWAY, /* the server said that it stops */
  KH_LINK_TROUBLE_UNPROVEN,   /* it answers HELLO and cannot prove its key */
} KhLinkTrouble;

/* What to do with a knock from a peer. */
typedef enum
{
  KH_POLICY_ASK,    /* raise KH_EVENT_KNOCK and wait for kh_node_answer() */
  KH_POLICY_ACCEPT, /* answer at once: a contact */
  KH_POLICY_IGNORE, /* say nothing, as if we were not here: blocked */
} KhPolicy;

/* How far we are with a peer we want; see kh_node_connect(). */
typedef enum
{
  KH_PEER_IDLE,       /* not wanted */
  KH_PEER_NO_SERVER,  /* waits for the link */
  KH_PEER_LOOKUP,     /* asks the server for the key */
  KH_PEER_KNOCKING,   /* the introduction is on its way */
  KH_PEER_UNANSWERED, /* as KNOCKING, for longer than KH_ANSWER_PATIENCE_US */
  KH_PEER_OFFLINE,    /* not at this server; met as soon as they come */
  KH_PEER_PUNCHING,   /* introduced; paths are being checked */
  KH_PEER_CONNECTED,
  KH_PEER_NO_PATH,   /* introduced, and no path carried anything; tried again later */
  KH_PEER_WRONG_KEY, /* the server gave a key that is not this ID's: refused, tried again later */
} KhPeerState;

typedef enum
{
  KH_PATH_DIRECT,
  KH_PATH_RELAY,
} KhPathKind;

/* Why a session ended. Those below LOST go on the wire as the code of CLOSE; codes of the
 * transport (transport/error.h) come through as PROTOCOL. */
typedef enum
{
  KH_CLOSE_DONE = 0x100,     /* the other side ended it: quits, or removed us */
  KH_CLOSE_REPLACED = 0x101, /* a newer session with the same peer took over */
  KH_CLOSE_PROTOCOL = 0x102, /* a peer broke the protocol */
  KH_CLOSE_LOST = 0x10000,   /* local: nothing came for too long */
  KH_CLOSE_LOCAL = 0x10001,  /* local: kh_node_disconnect() or kh_node_close_session() */
} KhCloseCode;

typedef enum
{
  KH_EVENT_LINK,    /* the link's state or trouble changed */
  KH_EVENT_KNOCK,   /* a stranger asks to talk; answer with kh_node_answer() */
  KH_EVENT_PEER,    /* the state of a wanted peer changed */
  KH_EVENT_OPENING, /* we answered a knock: what is written to the chat now goes with the answer */
  KH_EVENT_SESSION, /* both sides can exchange messages; replaces an earlier session if any */
  KH_EVENT_PATH,    /* the path in use changed, or its round-trip time markedly */
  KH_EVENT_VERDICT, /* why the session runs as it does changed: kh_node_get_verdict() */
  KH_EVENT_STREAM,  /* a stream has news; at most one such event of a stream waits to be polled */
  KH_EVENT_CLOSED,  /* a session ended; unread stream data is gone */
} KhEventType;

/**
 * KhEvent:
 *
 * A plain value; which member of the union is set follows from @type. @peer is set for all but
 * LINK. Names were given by the peer: cleaned of control and bidirectional characters, proven to
 * be the peer's only in SESSION.
 */
typedef struct
{
  KhEventType type;
  gint64 at_us;
  KhPeerId peer;

  union
  {
    struct
    {
      KhLinkState state;
      KhLinkTrouble trouble;
      KhAddr seen;      /* UP: our address as the server sees it */
      KhKey server_key; /* UP: to pin; KEY_CHANGED: the new one */
      gint64 rtt_us;    /* UP */
    } link;
    struct
    {
      KhKey key;
      char name[KH_NAME_MAX + 1];
      gboolean has_token;
      guint8 token[KH_INVITE_TOKEN_SIZE]; /* a claim to be compared with our own tokens */
    } knock;
    struct
    {
      KhPeerState state;
    } peer_state;
    /* Nobody but the peer can read what is written to stream 0 from now on, but whether it was the
     * peer who knocked is not proven, so nothing may be shown of it. SESSION follows with @opened
     * and the same stream; or another OPENING, and all that was written is to be written again. */
    struct
    {
      gboolean failed; /* nothing came of the one before: what was written is lost */
    } opening;
    struct
    {
      KhKey key;
      char name[KH_NAME_MAX + 1];
      gboolean initiator;
      gboolean opened;   /* it is the one of the OPENING before, and stream 0 goes on */
      gint64 elapsed_us; /* since connect was asked for, or the knock arrived */
    } session;
    struct
    {
      KhPathKind kind;
      KhAddr local; /* our candidate that the packets leave from, as far as we know it */
      KhAddr remote;
      gint64 rtt_us;
      gint64 elapsed_us; /* as for SESSION */
    } path;
    struct
    {
      guint64 id;
      gboolean readable;
      gboolean writable;
      gboolean finished; /* the peer sent its last byte, and it was read */
      gboolean reset;    /* the peer gave up sending; what was unread is gone */
      gboolean stopped;  /* the peer wants no more; our direction is reset by now */
      guint64 reset_code;
      guint64 stopped_code;
    } stream;
    struct
    {
      KhCloseCode code;
      char reason[KH_CLOSE_REASON_MAX + 1];
    } closed;
  };
} KhEvent;

/* Counters of what was dropped, for tests and the debug log. */
typedef struct
{
  guint64 malformed;   /* not a datagram of ours */
  guint64 unknown;     /* SEALED for an index that is nobody's */
  guint64 unauthentic; /* did not open */
  guint64 replayed;    /* packets and introductions seen before */
  guint64 refused;     /* introductions: blocked, own, too many, wrong key; and packets by a
                          path that a relay policy forbids */
  guint64 sent;        /* datagrams handed out */
  guint64 received;    /* datagrams taken in */
} KhNodeStats;

/* Why a session runs as it does. @timeline is (transfer none), and valid until the node is given
 * anything else. */
typedef struct
{
  KhVerdict verdict;
  KhNatBehaviour ours, theirs;
  KhTimeline *timeline;
} KhNodeVerdict;

/* Of a session since it began. Bytes are those of packets' payloads, the times are of the path in
 * use: of its check until the first acknowledgement there, 0 where neither was seen. */
typedef struct
{
  guint64 packets_sent;
  guint64 packets_received;
  guint64 packets_lost;     /* declared lost */
  guint64 packets_spurious; /* of these, those that had arrived after all */
  guint64 bytes_sent;
  guint64 bytes_retransmitted; /* of stream data */
  guint64 bytes_received;      /* of stream data, as it came: some of it twice */
  gint64 rtt_smoothed_us;
  gint64 rtt_min_us;
  gint64 rtt_latest_us;
  gsize mtu; /* the longest datagram that is sent, in bytes of UDP payload */
  guint epoch;
} KhSessionInfo;

/**
 * kh_node_new:
 * @identity: (transfer none): copied
 * @name: UTF-8; cleaned and cut as kh_name_clean() does
 * @wall_clock_us: the system's time, microseconds since 1970 UTC, at @now_us. It makes the
 *   timestamp of introductions, which must grow from run to run (PROTOCOL.md,
 *   "Introductions")
 *
 * Returns: (transfer full)
 */
KhNode *kh_node_new (const KhIdentity *identity,
                     const char *name,
                     KhRandom random,
                     gint64 wall_clock_us,
                     gint64 now_us);
void kh_node_free (KhNode *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhNode, kh_node_free)

const KhPeerId *kh_node_get_peer_id (KhNode *self);
void kh_node_set_name (KhNode *self, const char *name);
void kh_node_get_stats (KhNode *self, KhNodeStats *ret_stats);

/* The addresses and ports our two sockets are reached at on this machine's interfaces: the host
 * candidates. A changed list restarts the checks of every session and the link's keepalive. */
void kh_node_set_local_addresses (KhNode *self, const KhAddr *addrs, gsize n, gint64 now_us);

/**
 * kh_node_set_mapped_addresses:
 * @addrs: what gateways gave us by PCP, NAT-PMP or UPnP (path/port-map.h): from there packets come
 *   to our sockets; at most one of each family counts
 * @n: 0: none any more
 *
 * Peers are told, and their packets expected there. An address that is not one of the internet is
 * passed over, unless the server sees us there too: there is another NAT outside the gateway.
 */
void kh_node_set_mapped_addresses (KhNode *self, const KhAddr *addrs, gsize n, gint64 now_us);

/* The machine was asleep, or the clock shows that nothing ran for a while: all paths and the link
 * are asked at once whether they still live, as after a change of network. */
void kh_node_resumed (KhNode *self, gint64 now_us);

/**
 * kh_node_set_server:
 * @addrs: where the server may be: all that its name resolved to, tried together
 * @n: 0 takes the node off its server
 * @pinned: (nullable): the key it must prove; NULL trusts the first, which comes in the event
 */
void
kh_node_set_server (KhNode *self, const KhAddr *addrs, gsize n, const KhKey *pinned, gint64 now_us);
/* The driver carries what is for KH_SOCKET_TCP: before kh_node_set_server(). The link to the
 * server, and what it relays, then go by TCP where UDP does not answer. */
void kh_node_allow_tcp (KhNode *self);
/* A person has accepted @key in place of the pinned one, or wants a replaced link back (@key may
 * then be NULL: the pin stays). */
void kh_node_resume_link (KhNode *self, const KhKey *key, gint64 now_us);
KhLinkState kh_node_get_link_state (KhNode *self);
/* (transfer none): as far as it is known by now */
const KhNatBehaviour *kh_node_get_nat_behaviour (KhNode *self);

/* For peers without a policy of their own; ASK at first. */
void kh_node_set_default_policy (KhNode *self, KhPolicy policy);
/* IGNORE also ends a session and forgets a pending knock. */
void kh_node_set_policy (KhNode *self, const KhPeerId *peer, KhPolicy policy, gint64 now_us);

/**
 * kh_node_set_relay_policy:
 *
 * For peers without one of their own; AUTO at first. With ALWAYS nothing is sent to anybody but the
 * server, and nothing else is let in; a session that has a direct path leaves it at once. With
 * NEVER a peer that cannot be reached directly is in KH_PEER_NO_PATH.
 */
void kh_node_set_relay_policy (KhNode *self, KhRelayPolicy policy, gint64 now_us);
/* @policy: (nullable): NULL for that of all */
void kh_node_set_peer_relay_policy (KhNode *self,
                                    const KhPeerId *peer,
                                    const KhRelayPolicy *policy,
                                    gint64 now_us);
/**
 * kh_node_set_local_network:
 * @is_used: TRUE at first. FALSE: no private address (kh_addr_is_private()) is told to a peer, gone
 *   to, or answered; the server may have one all the same
 */
void kh_node_set_local_network (KhNode *self, gboolean is_used, gint64 now_us);
/* In KH_PEER_NO_PATH: who lets no relay be used, which there would be otherwise; NOBODY in other
 * states. */
KhVerdictWho kh_node_get_barred (KhNode *self, const KhPeerId *peer);
/* Is there anybody whom these let us reach directly, or might be? */
gboolean kh_node_may_go_direct (KhNode *self);

/**
 * kh_node_connect:
 * @key: (nullable): the peer's key, which it has proved to be its own once, by a session or by a
 *   knock. It wants us as well, then, and is waited for at the server; without the key it may not
 *   know of us, and is looked for every minute at least
 * @token: (nullable): KH_INVITE_TOKEN_SIZE bytes from an invite link; NULL keeps an earlier one
 *
 * From now on the peer is wanted: the node keeps trying, through lost links, absent peers and
 * lost paths, until kh_node_disconnect(). A wanted peer's own knock is accepted. Calling again
 * tries at once where the node was waiting to try again. Our own ID is ignored.
 */
void kh_node_connect (
    KhNode *self, const KhPeerId *peer, const KhKey *key, const guint8 *token, gint64 now_us);
/* No longer wanted: ends the session, if any, with CLOSE. */
void kh_node_disconnect (KhNode *self, const KhPeerId *peer, gint64 now_us);
/* Answers KH_EVENT_KNOCK. Accepting also makes the peer wanted; declining says nothing to it,
 * and its further knocks without an invite token raise no event before the next run. */
void kh_node_answer (KhNode *self, const KhPeerId *peer, gboolean accept, gint64 now_us);
KhPeerState kh_node_get_peer_state (KhNode *self, const KhPeerId *peer);

/* Streams are those of the session of the last SESSION event that was polled: what came before its
 * end can be read until CLOSED is polled. Stream 0 is the chat's. Others are opened by either side;
 * those of the peer are first seen in a STREAM event, and a front end that does not want one must
 * stop and reset it: until both directions have ended it takes memory, and one of the peer's. */

/* FALSE without a session, or where the peer allows no more streams now. */
gboolean kh_node_open_stream (KhNode *self, const KhPeerId *peer, guint64 *ret_id, gint64 now_us);
/* No more will be written; what was is still sent. */
void kh_node_finish_stream (KhNode *self, const KhPeerId *peer, guint64 id, gint64 now_us);
/* Gives up our direction, with what was not acknowledged. @code: at most 2^62-1, for the peer */
void
kh_node_reset_stream (KhNode *self, const KhPeerId *peer, guint64 id, guint64 code, gint64 now_us);
/* We want no more of the peer's direction: what is unread is dropped. */
void
kh_node_stop_stream (KhNode *self, const KhPeerId *peer, guint64 id, guint64 code, gint64 now_us);
/* FALSE without a session. */
gboolean kh_node_get_verdict (KhNode *self, const KhPeerId *peer, KhNodeVerdict *ret_verdict);
/* (transfer none) (nullable): the @i-th of the session's paths, tried or in use, and whether it is
 * in use; NULL beyond the last, and without a session. */
const KhPath *
kh_node_get_nth_path (KhNode *self, const KhPeerId *peer, guint i, gboolean *ret_in_use);
/* FALSE without a session. */
gboolean kh_node_get_session_info (KhNode *self, const KhPeerId *peer, KhSessionInfo *ret_info);

/* Bytes that stream @id of the session takes now (0 without a session). */
gsize kh_node_stream_room (KhNode *self, const KhPeerId *peer, guint64 id);
/* Bytes that were written and are not acknowledged (0 without a session). */
gsize kh_node_stream_unacked (KhNode *self, const KhPeerId *peer, guint64 id);
/* As kh_connection_stream_extend(); NULL without a session. */
guint8 *kh_node_stream_extend (
    KhNode *self, const KhPeerId *peer, guint64 id, gsize len, gsize *ret_len, gint64 now_us);
/* Returns how many of @len bytes were taken. */
gsize kh_node_stream_write (
    KhNode *self, const KhPeerId *peer, guint64 id, const void *data, gsize len, gint64 now_us);
/* Returns how many bytes were read, at most @size; 0 where there are none. */
gsize kh_node_stream_read (
    KhNode *self, const KhPeerId *peer, guint64 id, void *buf, gsize size, gint64 now_us);
/**
 * kh_node_stream_peek:
 * @ret_data: (transfer none): valid until the node is given anything else than the consuming of it
 *
 * The same without a copy, for bulk: the next bytes that lie in one piece; there may be more behind
 * them once these are consumed.
 *
 * Returns: FALSE if there are none now
 */
gboolean kh_node_stream_peek (
    KhNode *self, const KhPeerId *peer, guint64 id, const guint8 **ret_data, gsize *ret_len);
/* The first @len bytes of what was peeked at are read. */
void
kh_node_stream_consume (KhNode *self, const KhPeerId *peer, guint64 id, gsize len, gint64 now_us);
/* Ends the session because the peer broke a rule above the node; it stays wanted. */
void kh_node_close_session (
    KhNode *self, const KhPeerId *peer, KhCloseCode code, const char *reason, gint64 now_us);

/* Sends CLOSE to every peer and BYE to the server; once poll_send() returns FALSE, it is done. */
void kh_node_shutdown (KhNode *self, gint64 now_us);

/* The five verbs, all that a driver needs: receive, poll_send, next_timeout, handle_timeout and
 * poll_event. The node has neither sockets nor a clock and calls nobody back, so nothing can
 * re-enter it. A command only changes its state: after each one, after receive and after
 * handle_timeout, both polls are called until FALSE. The same calls with the same random numbers
 * have the same outcome, on which the simulator builds. kh_node_receive() decrypts in @in's
 * memory. */
void kh_node_receive (KhNode *self, KhDatagram *in, gint64 now_us);
/* @run: several datagrams that came from one sender at once (KhDatagram's @segment) */
void kh_node_receive_run (KhNode *self, KhDatagram *run, gint64 now_us);
gboolean kh_node_poll_send (KhNode *self, KhDatagram *out, gint64 now_us);
gint64 kh_node_next_timeout (KhNode *self);
void kh_node_handle_timeout (KhNode *self, gint64 now_us);
gboolean kh_node_poll_event (KhNode *self, KhEvent *ret_event);
/* ICMP said that nothing listens there; only ever a hint for words. */
void kh_node_unreachable (KhNode *self, const KhAddr *remote, gint64 now_us);

/* The same verbs for a driver or a simulator; the machine is the KhNode. */
extern const KhMachineOps kh_node_machine_ops;

const char *kh_link_state_to_string (KhLinkState state);
const char *kh_link_trouble_to_string (KhLinkTrouble trouble);
const char *kh_peer_state_to_string (KhPeerState state);
const char *kh_path_kind_to_string (KhPathKind kind);
const char *kh_close_code_to_string (KhCloseCode code);
