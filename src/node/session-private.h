/* session-private.h: what the files of KhSession share
 *
 * session.c          life, commands, what it tells its owner
 * session-streams.c  streams, as the transport has them
 * session-keys.c     the keys, and the handshakes that renew them
 * session-policy.c   whether the relay, or anything else, may be used
 * session-receive.c  packets in
 * session-send.c     packets out, and the probes for their length
 * session-search.c   searching for a direct path, and why there is none
 * session-time.c     deadlines: keepalive, and when a path or the session is given up
 * session-verdict.c  why the session is connected as it is
 */
#pragma once

#include "crypto/replay.h"
#include "node/session-keys.h"
#include "node/session-search.h"
#include "node/session.h"
#include "transport/connection.h"
#include "transport/path-mtu.h"

struct _KhSession
{
  gboolean initiator;
  guint32 our_index;
  guint32 their_index;
  char name[KH_NAME_MAX + 1];
  gint64 asked_us;

  KhRandom random;
  KhSessionKeys keys;
  KhReplay *replay;
  guint64 next_packet;
  guint64 skip_at; /* the number that is left out next; 0 before the first packet */
  KhConnection *connection;
  KhCheckList *checks;
  KhPathMtu mtu;
  guint8 mtu_data[KH_CHECK_DATA_SIZE]; /* of the present probe */

  KhSessionSearch ladder;

  gboolean confirmed;
  guint early_left;   /* of a responder: packets that may go before it is */
  gint64 received_us; /* the last genuine packet; the birth at first */
  gint64 sent_us;
  gint64 keepalive_us;  /* of a path through gateways */
  gint64 silent_us;     /* how long it was before the last keepalive */
  gint64 pinged_us;     /* when that was sent */
  gint64 borne_most_us; /* after more than this one was not answered; KH_NEVER */
  guint idle_pings;
  gint64 moved_us;   /* the last time that we were somewhere else */
  gint64 suspect_us; /* since when the path in use is suspected; KH_NEVER if it is not */
  gint64 recheck_us; /* when to check again while suspected */
  gboolean slow;     /* probe timeouts are running */
  gboolean stalled;
  gboolean doubted;      /* the path in use has been distrusted, if it could be */
  gint64 retry_us;       /* while relayed: when to look for a direct path again */
  gint64 retry_after_us; /* how long after that */
  gint64 retried_us;     /* the last time */
  gboolean had_bulk;
  gint64 touch_us;    /* when to show the server that the channel is still wanted */
  guint64 direct_end; /* past the last packet of the peer's that came by a direct path */
  gint64 follow_us;   /* from when on it is followed to the relay again */
  gint64 follow_after_us;
  gint64 end_us; /* once closed */

  KhAddr used; /* where the transport sends */
  gint64 told_rtt_us;
  gint64 told_us;
  gboolean path_news;
  gboolean confirmed_news;
  gboolean no_path_news;
  gboolean slow_news;
  gboolean suspect_news;
  gboolean stalled_news;
  gboolean offer_news;
  gboolean lost_news;
  gboolean idle_news;
  gboolean keys_news; /* a handshake failed: the session is closed */
};

/* While relayed, direct paths are tried again after so long, and then more and more rarely: by then
 * gateways have forgotten the first try, which takes Linux 30 s from the end of it. */
#define KH_SESSION_RETRY_US (60 * G_USEC_PER_SEC)

/* A channel of the relay that nothing goes by ends after 5 minutes. */
#define KH_SESSION_TOUCH_US (240 * G_USEC_PER_SEC)

/* --- session-time.c --- */
/* Looks for a direct path again, because there is reason to hope: unless it did so just now.
 * @peer_opens: the peer has begun to, so its gateway is ready for us. */
void kh_session_retry_direct (KhSession *self, gboolean peer_opens, gint64 now_us);
/* The relay took over from a direct path. */
void kh_session_lost_direct (KhSession *self, gint64 now_us);

/* --- session-policy.c --- */
/* By the wish of either side. */
gboolean kh_session_is_relay_only (KhSession *self);
gboolean kh_session_is_direct_only (KhSession *self);
gboolean kh_session_may_receive (KhSession *self, const KhAddr *remote);
/* After a change of either side's wish. */
void kh_session_apply_policy (KhSession *self, gint64 now_us);

/* --- session-receive.c --- */
/* Takes what the check list has chosen: the transport starts anew on another path. */
void kh_session_follow_path (KhSession *self, gint64 now_us);

/* Ends the session because its keys cannot be renewed. */
void kh_session_fail_keys (KhSession *self, const char *reason);

/* --- session-send.c --- */
/* The path in use is new, with nothing known of what it carries. */
void kh_session_restart_mtu (KhSession *self, gint64 now_us);
/* Packets vanish, perhaps for their length. */
void kh_session_suspect_mtu (KhSession *self, gint64 now_us);
/* Tells the transport what is known. */
void kh_session_apply_mtu (KhSession *self);
/* Is it worth the probes to know more? */
gboolean kh_session_wants_mtu (KhSession *self);

/* --- session-search.c --- */
void kh_session_search_init (KhSession *self, const KhSessionConfig *config, gint64 now_us);
void kh_session_search_clear (KhSession *self);
void kh_session_search_start (KhSession *self, gint64 earnest_us, gint64 now_us);
/* There is new reason to hope; @elsewhere: as there is in another network. */
void kh_session_search_hasten (KhSession *self, gboolean elsewhere, gint64 now_us);
/* No direct path may be looked for. */
void kh_session_search_give_up (KhSession *self, gint64 now_us);
void kh_session_search_set_theirs (KhSession *self, const KhNatBehaviour *theirs, gint64 now_us);
/* Ordinary checks have found no path at all: is that not the end, since a search runs? Where it is
 * in vain, there is none either. */
gboolean kh_session_search_be_last_hope (KhSession *self);
/* A CANDIDATE came: FALSE where it is an address to check, and not a word about NATs. */
gboolean kh_session_search_hear (KhSession *self, const KhFrame *frame, gint64 now_us);
/* What became of checks goes into the timeline. */
void kh_session_search_take_notes (KhSession *self);
void kh_session_search_note_network (KhSession *self, gint64 now_us);
/* An authentic packet came on that socket. */
void kh_session_search_heard (KhSession *self, guint socket);
/* The path in use is another one, or was proven. */
void kh_session_search_follow (KhSession *self, const KhPath *path, gint64 now_us);
gint64 kh_session_search_next_timeout (KhSession *self);
void kh_session_search_handle_timeout (KhSession *self, gint64 now_us);
gboolean kh_session_search_poll_send (KhSession *self, KhCheck *ret_check, gint64 now_us);
gboolean kh_session_search_poll_event (KhSession *self, KhSessionEvent *ret_event);

/* --- session-streams.c --- */
/* FALSE if the transport has nothing to tell. */
gboolean kh_session_poll_connection_event (KhSession *self, KhSessionEvent *ret_event);
