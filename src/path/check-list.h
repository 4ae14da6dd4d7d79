/* check-list.h: which ways lead to a peer, and which one is used (PROTOCOL.md, "Paths")
 *
 * One check list serves one session. It holds a path for each address at which the peer may be
 * reached; a check is a PATH_CHALLENGE of 8 random bytes whose PATH_RESPONSE proves that the path
 * carries packets both ways (RFC 8445's connectivity check, in the form of RFC 9000, section 8.2).
 * The owner seals and sends what kh_check_list_poll_send() gives and reports what comes in; all it
 * reports must be authentic.
 *
 * The two sides start differently, because of gateways that take an early packet from outside for
 * a flow of their own and then give the inner host another port: the responder, who knows first,
 * only opens its own NAT with packets of a short hop limit, and sends in earnest when the
 * initiator will have had the answer and sent its own.
 */
#pragma once

#include "path/candidate.h"
#include "wire/datagram.h"
#include "wire/random.h"

#define KH_CHECK_DATA_SIZE 8

/* An opener must leave the sender's own NATs, of which carriers stack a few, and must not reach
 * the other side's gateway. */
#define KH_OPENER_HOP_LIMIT 5

/* Without a word from the peer on any path for this long after the start, there is none. */
#define KH_CHECK_PATIENCE_US (G_GINT64_CONSTANT (10) * G_USEC_PER_SEC)

typedef struct _KhCheckList KhCheckList;

typedef enum
{
  KH_PATH_NEW,    /* nothing came from there yet */
  KH_PATH_HEARD,  /* an authentic packet came from there: good enough until one is proven */
  KH_PATH_VALID,  /* a challenge was answered: carries packets both ways */
  KH_PATH_FAILED, /* given up, unless the peer is heard from there */
} KhPathState;

/**
 * KhPath: what is known of one path, as a plain value
 * @seen: our address as the peer sees it on this path; absent before the first response
 * @rtt_us: smoothed over the checks; 0 before the first response
 */
typedef struct
{
  KhCandidateKind kind;
  KhPathState state;
  KhAddr remote;
  KhAddr seen;
  gint64 rtt_us;
} KhPath;

/* A frame to send to @remote, in a packet of its own. */
typedef struct
{
  KhAddr remote;
  gboolean is_response;
  guint8 data[KH_CHECK_DATA_SIZE];
  guint8 hop_limit; /* 0: the system's default */
  gboolean padded;  /* to KH_DATAGRAM_MAX: the path has failed with data, and is to prove itself */
} KhCheck;

typedef enum
{
  KH_CHECK_EVENT_SELECTED, /* kh_check_list_get_selected() changed, or became valid */
  KH_CHECK_EVENT_FAILED,   /* patience ran out with no path; once for each start */
} KhCheckEvent;

/* Why the path in use is the one in use. */
typedef enum
{
  KH_PATH_REASON_FIRST,    /* there was no other */
  KH_PATH_REASON_PROVEN,   /* carries packets both ways, which the one before was not known to */
  KH_PATH_REASON_DIRECT,   /* the one before was the relay */
  KH_PATH_REASON_FASTER,   /* than the one before */
  KH_PATH_REASON_SILENT,   /* the one before no longer answers checks */
  KH_PATH_REASON_NO_DATA,  /* the one before answers checks, but carried no data */
  KH_PATH_REASON_PEER,     /* the peer has left the one before */
  KH_PATH_REASON_WITHDRAWN /* the one before may no longer be used, or is no more */
} KhPathReason;

typedef enum
{
  KH_CHECK_NOTE_ADDED,    /* @path is a new one */
  KH_CHECK_NOTE_SENT,     /* the first challenge, in earnest, of a series */
  KH_CHECK_NOTE_ANSWERED, /* @path is proven, after @n_checks challenges */
  KH_CHECK_NOTE_FAILED,   /* @path is given up, after so many */
  KH_CHECK_NOTE_CHOSEN,   /* @path is used from now on, for @reason */
} KhCheckNoteType;

/* For the timeline (timeline.h): what became of each check. */
typedef struct
{
  KhCheckNoteType type;
  gint64 at_us;
  KhPath path;
  guint n_checks;
  KhPathReason reason;
} KhCheckNote;

KhCheckList *kh_check_list_new (KhRandom random);
void kh_check_list_free (KhCheckList *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhCheckList, kh_check_list_free)

/* At most 2 × KH_CANDIDATES_MAX paths are kept; more are ignored. Checked at once if started. */
void kh_check_list_add (KhCheckList *self, const KhCandidate *candidate, gint64 now_us);

/**
 * kh_check_list_start:
 * @earnest_us: until then only openers go to addresses beyond a NAT; @now_us for the initiator
 */
void kh_check_list_start (KhCheckList *self, gint64 earnest_us, gint64 now_us);

/**
 * kh_check_list_set_relay:
 * @relay: (nullable): a channel of the server, in place of an earlier one; NULL for none
 * @rtt_us: as far as it is known
 *
 * The relay needs no proof, for the introduction came through the server: it is used at once, until
 * a direct path is proven, and again when that dies. It never wins by its round-trip time.
 */
void kh_check_list_set_relay (KhCheckList *self, const KhAddr *relay, gint64 rtt_us, gint64 now_us);
/* Checks the relay, if there is one, though it is not in use. */
void kh_check_list_touch_relay (KhCheckList *self, gint64 now_us);
/* (transfer none) (nullable) */
const KhPath *kh_check_list_get_relay (KhCheckList *self);
/* From now on the relay is the only path: all others are forgotten, and none is added. FALSE again
 * brings none of them back. */
void kh_check_list_set_relay_only (KhCheckList *self, gboolean relay_only, gint64 now_us);
gboolean kh_check_list_is_relay_only (KhCheckList *self);
/* The same of addresses in the local network (kh_addr_is_private()). */
void kh_check_list_set_shuns_local (KhCheckList *self, gboolean shuns_local, gint64 now_us);
/* By both of these: may a packet come from there, or go there? */
gboolean kh_check_list_allows (KhCheckList *self, const KhAddr *remote);
/* The direct path in use answers checks and carries no data: the relay takes over, the path is not
 * believed for a while, and the other direct ones have to be answered anew. FALSE, with nothing
 * changed, where there is no relay to go to. */
gboolean kh_check_list_distrust (KhCheckList *self, gint64 now_us);

/* The peer has left the direct paths for the relay: so do we, where there is one, until a check is
 * answered. */
void kh_check_list_doubt (KhCheckList *self, gint64 now_us);

/* We are somewhere else: checks all paths anew, and believes in no direct one before it is
 * answered. The relay, if there is one, serves until then. */
void kh_check_list_moved (KhCheckList *self, gint64 now_us);
/* Checks all paths anew, the one in use too: the network changed, or it stopped carrying data. */
void kh_check_list_recheck (KhCheckList *self, gint64 now_us);

/* An authentic packet that is no check came from @remote. */
void kh_check_list_on_packet (KhCheckList *self, const KhAddr *remote, gint64 now_us);
void kh_check_list_on_challenge (KhCheckList *self,
                                 const KhAddr *remote,
                                 const guint8 data[KH_CHECK_DATA_SIZE],
                                 gint64 now_us);
void kh_check_list_on_response (KhCheckList *self,
                                const KhAddr *remote,
                                const guint8 data[KH_CHECK_DATA_SIZE],
                                const KhAddr *seen,
                                gint64 now_us);

/* (transfer none) (nullable): where to send; NULL before anything was heard. */
const KhPath *kh_check_list_get_selected (KhCheckList *self);
/* (transfer none) (nullable): the @i-th of all paths, in the order they were learned; NULL beyond.
 */
const KhPath *kh_check_list_get_nth (KhCheckList *self, guint i);

gboolean kh_check_list_poll_send (KhCheckList *self, KhCheck *ret_check, gint64 now_us);
/* The same for checks that go directly, before anything that lets the other side begin: they open
 * our gateway, which must not meet the other side's packets first. */
gboolean kh_check_list_poll_volley (KhCheckList *self, KhCheck *ret_check, gint64 now_us);
gint64 kh_check_list_next_timeout (KhCheckList *self);
void kh_check_list_handle_timeout (KhCheckList *self, gint64 now_us);
gboolean kh_check_list_poll_event (KhCheckList *self, KhCheckEvent *ret_event);
/* Those that nobody polls for give way to later ones: 64 are kept. */
gboolean kh_check_list_poll_note (KhCheckList *self, KhCheckNote *ret_note);

const char *kh_path_state_to_string (KhPathState state);
const char *kh_path_reason_to_string (KhPathReason reason);
