/* search.h: finding a direct path where addresses alone do not tell it (PROTOCOL.md, "Searches")
 *
 * A search has an opener, which sends from many sockets to one port of the other side, and a
 * prober, which sends from one socket to many ports. In a birthday search the opener is the side
 * whose every mapping has a random port; in a prediction the one whose next ports can be guessed
 * (prediction.h). Openers have a short hop limit: they are for the sender's own gateway.
 *
 * It is a machine beside the check list and finds nothing itself: what it sends are PATH_CHALLENGEs
 * of which one is heard by the other side, whose check list takes it from there. It begins with an
 * invitation either way, because ports must be known freshly, and because both must look at the
 * same time: the session's initiator invites, and both begin when it has been answered. Invitations
 * are frames (CANDIDATE of kind KH_SEARCH_INVITATION), so there must be some path, as a rule a
 * relay.
 *
 * Order of calls: kh_search_new(), kh_search_set_plan(), kh_search_start(), then any;
 * kh_search_stop() as soon as a direct path is valid.
 */
#pragma once

#include "path/governor.h"
#include "path/nat-behaviour.h"
#include "wire/random.h"

/* The kind of a CANDIDATE that is an invitation: its priority is the number of the round, which
 * grows; its address the latest mapping of the sender's NAT. */
#define KH_SEARCH_INVITATION 16

/* 256 sockets and 1750 ports of 64512 miss each other once in 1000 times. */
#define KH_SEARCH_SOCKETS 256
#define KH_SEARCH_PROBES 1750

typedef enum
{
  KH_TECHNIQUE_PUNCHING,   /* the check list alone */
  KH_TECHNIQUE_PREDICTION, /* of one side's ports, or of both */
  KH_TECHNIQUE_BIRTHDAY,
  KH_TECHNIQUE_IMPOSSIBLE, /* no packets are spent on it */
} KhTechnique;

typedef enum
{
  KH_SEARCH_OPENER,
  KH_SEARCH_PROBER,
} KhSearchRole;

/**
 * KhSearchPlan:
 * @role: ours, of PREDICTION and BIRTHDAY
 * @both: both sides' ports are predicted
 */
typedef struct
{
  KhTechnique technique;
  KhSearchRole role;
  gboolean both;
} KhSearchPlan;

/* Both sides come to the same plan from the same two behaviours, with the roles parted. */
KhSearchPlan
kh_search_plan (const KhNatBehaviour *ours, const KhNatBehaviour *theirs, gboolean initiator);

typedef struct _KhSearch KhSearch;

/* Why a search ended without a path. */
typedef enum
{
  KH_SEARCH_END_NOTHING_FOUND, /* all rounds are over */
  KH_SEARCH_END_UNANSWERED,    /* the peer did not take part, or our mapping stayed unknown */
  KH_SEARCH_END_STOPPED,       /* by the governor: the network suffered */
} KhSearchEnd;

typedef enum
{
  KH_SEARCH_EVENT_MEASURE, /* make a new mapping and give its address to kh_search_measured() */
  KH_SEARCH_EVENT_INVITE,  /* send the peer an invitation with @addr and @round */
  KH_SEARCH_EVENT_BEGUN,   /* packets go out */
  KH_SEARCH_EVENT_FAILED,  /* it is over, with nothing found; it may be started again */
} KhSearchEventType;

typedef struct
{
  KhSearchEventType type;
  KhAddr addr;
  guint32 round;
  KhSearchEnd end; /* of FAILED */
} KhSearchEvent;

/* A PATH_CHALLENGE to be sent; no answer to it is expected. */
typedef struct
{
  guint socket;
  KhAddr remote;
  guint8 hop_limit; /* 0: the system's default */
} KhSearchPacket;

/* A path that begins at one of a search's sockets has the socket in its address, as the scope, of
 * which an IPv4 address has no other use: two sockets make two paths to the same remote. */
KhAddr kh_search_path (const KhAddr *remote, guint socket);
/* The socket that leads to @path. */
guint kh_search_path_socket (const KhAddr *path);

/* @governor: borrowed; the node's */
KhSearch *kh_search_new (gboolean initiator, KhGovernor *governor, KhRandom random);
/**
 * kh_search_set_plan:
 * @plan: of PREDICTION or BIRTHDAY
 * @seen: our address as the server sees it
 *
 * Before the first start, and again while it does not run.
 */
void kh_search_set_plan (KhSearch *self,
                         const KhSearchPlan *plan,
                         const KhNatBehaviour *ours,
                         const KhNatBehaviour *theirs,
                         const KhAddr *seen);
/* Its sockets are closed, kept ones too. */
void kh_search_free (KhSearch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhSearch, kh_search_free)

/* From @at_us on, as soon as the governor lets it. The responder only answers. */
void kh_search_start (KhSearch *self, gint64 at_us);
/* The same on either side, with no invitation, for which there is no path: @target is what the
 * introduction said, at about the same time to both. Of BIRTHDAY, and of a PREDICTION of both. */
void kh_search_start_uninvited (KhSearch *self, const KhAddr *target, gint64 at_us);
void kh_search_invited (KhSearch *self, const KhAddr *addr, guint32 round, gint64 now_us);
void kh_search_measured (KhSearch *self, const KhAddr *seen, gint64 now_us);
/* @socket has been heard on: it stays open until the end. */
void kh_search_keep (KhSearch *self, guint socket);
/* Is this one of its sockets, and open? */
gboolean kh_search_has_socket (KhSearch *self, guint socket);
/* A direct path was found, or is not wanted any more. Sockets that are not kept are closed. */
void kh_search_stop (KhSearch *self, gint64 now_us);
gboolean kh_search_is_running (KhSearch *self);

gboolean kh_search_poll_send (KhSearch *self, KhSearchPacket *ret_packet, gint64 now_us);
gint64 kh_search_next_timeout (KhSearch *self);
void kh_search_handle_timeout (KhSearch *self, gint64 now_us);
gboolean kh_search_poll_event (KhSearch *self, KhSearchEvent *ret_event);

const char *kh_technique_to_string (KhTechnique technique);
const char *kh_search_role_to_string (KhSearchRole role);
const char *kh_search_end_to_string (KhSearchEnd end);
