/* node-private.h: what the files of the node share
 *
 *   node.c       the five verbs
 *   node-receive.c  the first of them
 *   commands.c   the public commands
 *   events.c     the queue of what the front end is to hear
 *   peer.c       one peer we know of: its state, and when to try what again
 *   meeting.c    introductions: KNOCK and ANSWER, both ways, glare
 *   link*.c      the link to the server
 *   session.c    one session
 *   mapped.c     ports that gateways gave us
 *   roaming.c    other addresses, and waking up
 *   network.c    what is told of the machine's network, and how long its gateways remember
 *   policy.c     whether the relay may be used, and anything else
 *   ladder.c     discovery and the governor, and what sessions' searches want of them
 */
#pragma once

#include "crypto/noise.h"
#include "crypto/primitives.h"
#include "node/discovery.h"
#include "node/introduction.h"
#include "node/link.h"
#include "node/node.h"
#include "node/session.h"

/* Knocks that wait for a person, and strangers whose timestamps are remembered: what others can
 * make us keep. */
#define KH_PENDING_MAX 32
#define KH_STRANGERS_MAX 256

/* A stranger's knock that waits for a person. */
typedef struct
{
  KhNoise *noise; /* has read message 1 */
  KhIntroduction theirs;
  guint32 channel; /* of the relay; 0: none */
  gint64 arrived_us;
} KhPending;

typedef struct
{
  KhPeerId id;
  gboolean has_key;
  KhKey key;
  gboolean has_policy;
  KhPolicy policy;
  gboolean has_relay_policy;
  KhRelayPolicy relay_policy;
  KhVerdictWho barred;      /* who let no relay be used, the last time */
  gint64 last_timestamp_us; /* of their introductions; G_MININT64 before the first */
  gint64 known_us;          /* when we last heard of them: strangers go oldest first */

  gboolean declined; /* a person said no: not asked again before a restart */
  gboolean wanted;
  gboolean is_met; /* we had a session once: it wants us as well, and the server tells us */
  gboolean has_token;
  guint8 token[KH_INVITE_TOKEN_SIZE];
  KhPeerState state;
  gint64 asked_us;   /* since when we want to be connected and are not */
  gint64 next_us;    /* when to try again, by the state; KH_NEVER */
  gboolean measures; /* the introduction waits for our port; see measured.c */
  guint tries;       /* in a row without success */

  KhNoise *noise; /* our knock on its way */
  guint32 knock_index;
  KhNatBehaviour knock_nat; /* as it said */
  gint64 knocked_us;
  gboolean crossed; /* theirs came meanwhile, and was passed over for ours */
  KhPending *pending;

  KhSession *session;   /* confirmed; borrowed from the node's table */
  KhSession *fresh;     /* not confirmed yet */
  guint32 opened_index; /* @fresh, where the front end may write to it; 0 */
  guint32 told_index;   /* the session the front end knows of by its events; 0 for none */
} KhPeer;

struct _KhNode
{
  KhIdentity *identity;
  KhPeerId id;
  char name[KH_NAME_MAX + 1];
  KhRandom random;
  gint64 wall_offset_us; /* wall clock less monotonic clock */
  gint64 last_timestamp_us;
  KhPolicy default_policy;
  KhRelayPolicy relay_policy;
  gboolean shuns_local;

  KhAddr hosts[KH_CANDIDATES_MAX];
  guint n_hosts;
  KhAddr seen[2];           /* by the server: of the IPv4 and of the IPv6 socket */
  KhAddr mapped[2];         /* by gateways, as we were told: the same */
  KhAddr told_mapped[2];    /* those that are offered to peers */
  KhNatBehaviour behaviour; /* as discovery has it, and mapped or not */

  KhGovernor *governor;
  KhDiscovery *discovery;
  KhLinkHealth health; /* as the governor was last told */
  gint64 keepalive_us; /* of sessions, on this network */
  KhAddr kept;         /* our address outside, that it is for; absent: for any */
  gboolean is_kept;    /* all that could be found out of it was */
  gint64 ping_us;      /* the next ping for a search's sake; KH_NEVER */
  KhAddr measured;     /* the last mapping that was made to see its port, and when */
  gint64 measured_us;

  KhLink *link;
  GHashTable *peers;    /* KhPeerId (in the peer) → KhPeer */
  GHashTable *sessions; /* index → KhSession */
  GHashTable *owners;   /* KhSession → KhPeer, for those that are still somebody's */
  GPtrArray *order;     /* (element-type KhSession): all of them, in the order of their turns */
  guint turn;           /* whose it is to send, and how much it has sent in a row */
  guint streak;
  KhSession *recent;  /* (nullable) borrowed: the last one looked up by its index */
  KhSession *stirred; /* (nullable) borrowed: it may have events that were not taken */
  gint64 stirred_us;  /* the latest moment at which it got them */
  KhSession *opening; /* (nullable) borrowed: has begun, and its first checks are to go */
  guint n_pending;
  GQueue events;      /* (element-type KhQueuedEvent) */
  GPtrArray *waiting; /* (element-type KhQueuedEvent): those of type STREAM, borrowed */
  KhNodeStats stats;
};

/* events.c */
void kh_node_events_init (KhNode *self);
void kh_node_events_clear (KhNode *self);
void kh_node_push_event (KhNode *self, const KhEvent *event);
/* SESSION, OPENING: from when it is polled, streams are those of the session with this index. */
void kh_node_push_session_event (KhNode *self, const KhEvent *event, guint32 index);
/* Joins what waits of the same stream: an event a packet would be one too many. */
void kh_node_push_stream_event (
    KhNode *self, const KhPeerId *peer, guint32 index, const KhSessionEvent *event, gint64 now_us);

/* node.c */
void kh_node_take_link_events (KhNode *self, gint64 now_us);
/* The session of @index is to receive or to send. In bulk, one packet after the other is of the
 * same session: what they all changed is taken once, when it is asked for, or here, before that of
 * another. Which may be the end of this one: it is to be looked up after that. */
void kh_node_before_session (KhNode *self, guint32 index);
/* The session has received or sent. */
void kh_node_stir (KhNode *self, KhSession *session, gint64 now_us);
/* Until the session has no more to say, or is no longer anybody's: then it may be gone. */
void kh_node_take_session_events (KhNode *self, KhSession *session, gint64 now_us);
/* Takes what packets have changed since the last time. Sessions may go by it. */
void kh_node_catch_up (KhNode *self);
guint kh_node_gather (KhNode *self, KhCandidate *ret_candidates);
guint32 kh_node_new_index (KhNode *self);
void kh_node_add_session (KhNode *self, KhSession *session, KhPeer *peer);
/* Takes the session from its peer; it lingers until its CLOSE is out. */
void kh_node_release_session (
    KhNode *self, KhSession *session, guint64 code, const char *reason, gint64 now_us);

/* ladder.c */
void kh_ladder_init (KhNode *node);
void kh_ladder_clear (KhNode *node);
void kh_ladder_link_changed (KhNode *node, gint64 now_us);
/* A session is idle, and how long gateways remember its path may be found out. */
void kh_ladder_idle (KhNode *node, gint64 now_us);
/* FALSE where the datagram is nothing it waits for. */
gboolean kh_ladder_receive (KhNode *node, const KhDatagram *in, gint64 now_us);
gboolean kh_ladder_poll_send (KhNode *node, KhDatagram *out, gint64 now_us);
gint64 kh_ladder_next_timeout (KhNode *node);
void kh_ladder_handle_timeout (KhNode *node, gint64 now_us);

/* mapped.c */
/* What is believed of our mapped ports depends on what the server sees. */
void kh_mapped_seen_changed (KhNode *node, gint64 now_us);
/* What came while our knock was on its way is not in it. */
void kh_mapped_offer (KhNode *node, KhSession *session, gint64 now_us);

/* measured.c */
/* Must the introduction wait until our port is known? If so, it goes on by itself. */
gboolean kh_measured_await (KhNode *node, KhPeer *peer, gint64 now_us);
/* The wait is over, with a port or without. */
void kh_measured_go_on (KhNode *node, KhPeer *peer, gint64 now_us);
void kh_measured_take (KhNode *node, const KhAddr *seen, gint64 now_us);
/* Adds what was measured to the candidates of an introduction that waited for it. */
void kh_measured_tell (KhNode *node, KhPeer *peer, KhIntroduction *ours, gint64 now_us);

/* peer.c */
KhPeer *kh_peer_find (KhNode *node, const KhPeerId *id);
/* Makes it if need be; where strangers are too many, one of them is forgotten. */
KhPeer *kh_peer_ensure (KhNode *node, const KhPeerId *id, gint64 now_us);
void kh_peer_free (gpointer peer);
void kh_peer_set_state (KhNode *node, KhPeer *peer, KhPeerState state, gint64 now_us);
KhPolicy kh_peer_get_policy (KhNode *node, KhPeer *peer);
KhRelayPolicy kh_peer_get_relay_policy (KhNode *node, KhPeer *peer);
void kh_peer_drop_pending (KhNode *node, KhPeer *peer);
void kh_peer_drop_knock (KhPeer *peer);
/* Whoever is not here is asked for again after a pause, and waited for. */
void kh_peer_go_offline (KhNode *node, KhPeer *peer, gint64 now_us);
/* Takes the next step toward a session with a wanted peer, now. */
void kh_peer_meet (KhNode *node, KhPeer *peer, gint64 now_us);
/* Tries again after a pause that grows with each try in a row. */
void kh_peer_retry_later (KhPeer *peer, gint64 first_us, gint64 max_us, gint64 now_us);
void kh_peer_handle_timeout (KhNode *node, KhPeer *peer, gint64 now_us);
void kh_peer_link_changed (KhNode *node, gint64 now_us);
void kh_peer_receive_reply (KhNode *node, const KhLinkEvent *event, gint64 now_us);
void kh_peer_receive_ready (KhNode *node, const KhLinkEvent *event, gint64 now_us);

/* peer-session.c */
/* Lets the front end write to the fresh session; and where nothing came of it, says so. */
void kh_peer_begin_opening (KhNode *node, KhPeer *peer, gint64 now_us);
void kh_peer_end_opening (KhNode *node, KhPeer *peer, KhSession *session, gint64 now_us);
void kh_peer_receive_session_event (
    KhNode *node, KhPeer *peer, KhSession *session, const KhSessionEvent *event, gint64 now_us);

/* meeting.c */
gboolean kh_meeting_knock (KhNode *node, KhPeer *peer, gint64 now_us);
/* Answers @peer's pending knock. */
void kh_meeting_answer (KhNode *node, KhPeer *peer, gint64 now_us);
void kh_meeting_receive_knock (KhNode *node, const KhLinkEvent *event, gint64 now_us);
void kh_meeting_receive_answer (KhNode *node, const KhLinkEvent *event, gint64 now_us);
