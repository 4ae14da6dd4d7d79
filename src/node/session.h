/* session.h: one session with one peer: keys, transport and paths together
 *
 * Private to the node. See PROTOCOL.md, "Sessions". A session is born when the handshake is
 * complete and is confirmed by the first packet that verifies; until then the peer is a claim. It
 * never leaves by itself: it says by an event that it has failed, been lost or closed, and the node
 * drops it.
 */
#pragma once

#include "crypto/noise.h"
#include "node/introduction.h"
#include "node/node.h"
#include "node/session-search.h"
#include "path/check-list.h"

/* Nothing from the peer for this long while we wait for it: the session is lost. It counts from 20
 * s before the path was suspected at the earliest. */
#define KH_SESSION_LOST_US (30 * G_USEC_PER_SEC)

typedef struct _KhSession KhSession;

typedef enum
{
  KH_SESSION_EVENT_CONFIRMED,
  KH_SESSION_EVENT_PATH,    /* a proven path is in use, or its round-trip time changed markedly */
  KH_SESSION_EVENT_STREAM,  /* @stream has news */
  KH_SESSION_EVENT_NO_PATH, /* patience ran out before the session was confirmed */
  KH_SESSION_EVENT_SLOW,    /* an answer did not come in its time, the first in a row */
  KH_SESSION_EVENT_SUSPECT, /* the path in use may have died */
  KH_SESSION_EVENT_STALLED, /* the path died and no other was found yet: knock again */
  KH_SESSION_EVENT_OFFER,   /* our addresses may be told, and were not: kh_session_offer() */
  KH_SESSION_EVENT_MEASURE, /* make a new mapping, for kh_session_search_measured() */
  KH_SESSION_EVENT_IDLE,    /* little has been said for a while, on a path of which it matters how
                               long gateways remember it */
  KH_SESSION_EVENT_VERDICT, /* kh_session_get_verdict() changed */
  KH_SESSION_EVENT_LOST,    /* nothing came for too long */
  KH_SESSION_EVENT_CLOSED,  /* the peer closed, or broke the protocol */
} KhSessionEventType;

typedef struct
{
  KhSessionEventType type;
  guint64 stream;
  gboolean readable;
  gboolean writable;
  gboolean finished;
  gboolean reset;   /* the peer gave up sending, with @code */
  gboolean stopped; /* the peer wants no more of it, with @code */
  guint64 code;
  gboolean by_peer;
  const char *reason; /* borrowed from the session */
} KhSessionEvent;

/**
 * KhSessionConfig: what the handshake gave
 * @identity: ours; borrowed until kh_session_free()
 * @remote: the peer's key, that the handshake has proven
 * @hash: kh_noise_hash() of the handshake, KH_NOISE_HASH_SIZE bytes
 * @keys: the caller wipes its own
 * @our_index: by which the peer addresses us
 * @theirs: what the peer said of itself: its index and candidates
 * @asked_us: when connecting was asked for, or the knock came
 * @network: what is known of both networks; its governor is borrowed
 * @hosts: addresses of ours
 *
 * All but @identity is copied by kh_session_new().
 */
typedef struct
{
  gboolean initiator;
  const KhIdentity *identity;
  const KhKey *remote;
  const guint8 *hash;
  const KhTransportKeys *keys;
  guint32 our_index;
  const KhIntroduction *theirs;
  KhRandom random;
  gint64 asked_us;
  KhSessionNetwork network;
  const KhAddr *hosts;
  guint n_hosts;
} KhSessionConfig;

KhSession *kh_session_new (const KhSessionConfig *config, gint64 now_us);
void kh_session_free (KhSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhSession, kh_session_free)

/* A responder's session that is not confirmed sends no more packets than this but for checks, and
 * by the relay alone, where the server knows who is at the other end (RFC 9000, section 8.1, allows
 * three times what came in to whom it does not know). */
#define KH_SESSION_EARLY_MAX 3
/* Something is going to be said before it is confirmed; it is said again after that, if need be. */
void kh_session_open (KhSession *self, gint64 now_us);
/* Begins the checks; @earnest_us as in kh_check_list_start(). */
void kh_session_start (KhSession *self, gint64 earnest_us, gint64 now_us);

/* The peers were introduced anew while the session lives: @theirs brings new candidates, and all is
 * checked as at the start. */
void kh_session_reintroduce (KhSession *self,
                             const KhIntroduction *theirs,
                             gint64 earnest_us,
                             gint64 now_us);

/* The relay channel, NULL for none; @rtt_us as in kh_check_list_set_relay(). */
void kh_session_set_relay (KhSession *self, const KhAddr *relay, gint64 rtt_us, gint64 now_us);
/* Is it this channel that the session has; NULL: has it any? */
gboolean kh_session_has_relay (KhSession *self, const KhAddr *relay);
/* Is there anywhere to send to? Without, what is owed waits. */
gboolean kh_session_has_path (KhSession *self);
/* Has the path in use, if any, stopped carrying data? */
gboolean kh_session_is_suspect (KhSession *self);
/* Is the relay the path in use? */
gboolean kh_session_is_relayed (KhSession *self);

guint32 kh_session_get_index (KhSession *self);
guint32 kh_session_get_their_index (KhSession *self);
gboolean kh_session_is_initiator (KhSession *self);
gboolean kh_session_is_confirmed (KhSession *self);
gint64 kh_session_get_asked_us (KhSession *self);
const char *kh_session_get_name (KhSession *self);
/* (nullable) */
const KhPath *kh_session_get_path (KhSession *self);
/* (nullable): as kh_check_list_get_nth() */
const KhPath *kh_session_get_nth_path (KhSession *self, guint i);
gint64 kh_session_get_rtt_us (KhSession *self);

gsize kh_session_stream_room (KhSession *self, guint64 id);
gsize kh_session_stream_unacked (KhSession *self, guint64 id);
gsize kh_session_stream_write (KhSession *self, guint64 id, const void *data, gsize len);
guint8 *kh_session_stream_extend (KhSession *self, guint64 id, gsize len, gsize *ret_len);
gsize kh_session_stream_read (KhSession *self, guint64 id, void *buf, gsize size);
/* As those of transport/connection.h. */
gboolean
kh_session_stream_peek (KhSession *self, guint64 id, const guint8 **ret_data, gsize *ret_len);
void kh_session_stream_consume (KhSession *self, guint64 id, gsize len);
gboolean kh_session_open_stream (KhSession *self, guint64 *ret_id);
void kh_session_finish_stream (KhSession *self, guint64 id);
void kh_session_reset_stream (KhSession *self, guint64 id, guint64 code);
void kh_session_stop_stream (KhSession *self, guint64 id, guint64 code);
void kh_session_get_info (KhSession *self, KhSessionInfo *ret_info);

/* What the peer may know of us changes with it: @ours and @seen are as in
 * kh_session_tell_behaviour(). With ALWAYS a direct path is left at once; what the peer was told
 * before, it knows. */
void kh_session_set_relay_policy (KhSession *self,
                                  KhRelayPolicy policy,
                                  const KhNatBehaviour *ours,
                                  const KhAddr *seen,
                                  gint64 now_us);
/* By kh_node_set_local_network(). */
void kh_session_set_shuns_local (KhSession *self, gboolean shuns_local, gint64 now_us);
/* Who lets no relay be used. */
KhVerdictWho kh_session_get_barred (KhSession *self);
/* How our NAT behaves is known better now: tells the peer, and plans anew. */
void kh_session_tell_behaviour (KhSession *self,
                                const KhNatBehaviour *ours,
                                const KhAddr *seen,
                                gint64 now_us);
void kh_session_search_measured (KhSession *self, const KhAddr *seen, gint64 now_us);
/* A gateway has given us another port: whatever came of the one before. */
void kh_session_search_hope_for_mapped (KhSession *self);
const KhVerdict *kh_session_get_verdict (KhSession *self);
/* What the verdict was reached from. */
const KhSessionSearch *kh_session_get_ladder (KhSession *self);

/* How long a path through gateways may be silent, over IPv4: KH_SESSION_KEEPALIVE_US at first,
 * until more is known of them. On other paths it is 20 s. */
#define KH_SESSION_KEEPALIVE_US (15 * G_USEC_PER_SEC)
void kh_session_set_keepalive (KhSession *self, gint64 keepalive_us);

/* Our addresses changed: tells the peer, and checks every path anew. */
void kh_session_offer (KhSession *self, const KhCandidate *candidates, guint n, gint64 now_us);
void kh_session_recheck (KhSession *self, gint64 now_us);
/* We are somewhere else, or the server is there again: what is owed goes out at once, by the relay
 * until a direct path has proven itself anew. */
void kh_session_moved (KhSession *self, gint64 now_us);
/* Sends CLOSE, again for KH_SESSION_LINGER_US where the peer goes on sending; no event follows. */
#define KH_SESSION_LINGER_US (G_GINT64_CONSTANT (3) * G_USEC_PER_SEC)
void kh_session_close (KhSession *self, guint64 code, const char *reason, gint64 now_us);
/* When a closed session may be freed; KH_NEVER for one that is open. */
gint64 kh_session_get_end_us (KhSession *self);

typedef enum
{
  KH_SESSION_GENUINE,
  KH_SESSION_REPLAYED,
  KH_SESSION_UNAUTHENTIC,
  KH_SESSION_MALFORMED, /* authentic, and nonsense */
  KH_SESSION_REFUSED,   /* not looked at: neither side may use that path */
  KH_SESSION_N_VERDICTS,
} KhSessionVerdict;

/**
 * kh_session_receive_run:
 * @run: one datagram or several (KhDatagram's @segment), of which the first is SEALED, with our
 *   index, at least KH_SEALED_OVERHEAD long
 * @verdicts: (inout): how many there were of each
 *
 * Applies the datagrams up to one that is not ours.
 *
 * Returns: how many bytes of @run they are; more than 0
 */
gsize kh_session_receive_run (KhSession *self,
                              KhDatagram *run,
                              guint verdicts[KH_SESSION_N_VERDICTS],
                              gint64 now_us);
/* The direct checks that are due, alone (path/check-list.h): for a session that has just begun. */
gboolean kh_session_poll_volley (KhSession *self, KhDatagram *out, gint64 now_us);
gboolean kh_session_poll_send (KhSession *self, KhDatagram *out, gint64 now_us);
gint64 kh_session_next_timeout (KhSession *self);
void kh_session_handle_timeout (KhSession *self, gint64 now_us);
gboolean kh_session_poll_event (KhSession *self, KhSessionEvent *ret_event);
