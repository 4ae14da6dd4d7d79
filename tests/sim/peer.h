/* peer.h: a person's computer in the simulator: a KhNode, and a small application that talks
 *
 * The application numbers its messages to each other peer and acknowledges those it read, over
 * stream 0; what was not acknowledged it sends again in the next session. Reading, it checks that
 * within a session nothing is lost, doubled, changed or out of order, and that over all sessions
 * every number is counted once. Any breach ends the program.
 *
 * The struct is open: tests look at what was seen.
 */
#pragma once

#include "host.h"
#include "node/node.h"

/* Bytes in one message of the application at most. */
#define KH_SIM_MESSAGE_MAX 4096

/* What one peer knows of another. */
typedef struct
{
  KhPeerId other;
  /* from events */
  guint n_sessions, n_closed, n_knocks, n_states;
  guint n_openings, n_failed_openings;
  gboolean opening;  /* from OPENING on, until SESSION or until it failed */
  gboolean up;       /* between SESSION and CLOSED */
  gboolean has_path; /* in this session */
  KhEvent session;   /* the last of its kind */
  KhEvent path;
  KhEvent closed;
  KhEvent knock;
  guint verdicts; /* 1 << KhVerdictKind: all that were told */
  gint64 first_session_us, first_path_us, first_message_us; /* 0: not yet */
  /* messages out */
  guint32 queued, written, acked;
  gsize message_size; /* 0: small ones of different sizes */
  /* messages in: counted over all sessions */
  guint32 received;
  gboolean in_session_started;
  guint32 in_session_next;
  GByteArray *out, *in;
} KhSimTalk;

typedef struct _KhSimPeer KhSimPeer;

struct _KhSimPeer
{
  KhSimWorld *world;
  KhSimHost *host;
  KhSimRng rng;
  KhIdentity *identity;
  KhPeerId id;
  KhNode *node; /* (nullable): NULL while the program does not run */
  GPtrArray *talks;
  gboolean may_tcp;    /* read at the start */
  KhEvent link;        /* the last of its kind */
  GArray *link_states; /* of KhLinkState: all that were seen */
  guint n_events;
  /* (nullable): takes the events of all streams but the chat's, and those of sessions */
  void (*on_event) (KhSimPeer *self, const KhEvent *event, gpointer user_data);
  gpointer on_event_data;
};

/* (transfer none): owned by the world. The identity follows from the world's seed and @name. */
KhSimPeer *kh_sim_peer_new (KhSimWorld *world, KhSimOracle *oracle, const char *name);
/* Makes a node; attach the host first. */
void kh_sim_peer_start (KhSimPeer *self);
/* As kill -9: nothing is said to anybody. What was acknowledged and received is kept. */
void kh_sim_peer_kill (KhSimPeer *self);
/* The computer sleeps: nothing that is sent to it arrives. Then it wakes up and knows it. */
void kh_sim_peer_freeze (KhSimPeer *self);
void kh_sim_peer_thaw (KhSimPeer *self);
/* Tells the node what addresses the host has now. */
void kh_sim_peer_update_addresses (KhSimPeer *self);
void kh_sim_peer_set_server (KhSimPeer *self, const KhAddr *addr, const KhKey *pinned);
const KhKey *kh_sim_peer_get_key (KhSimPeer *self);

/* @know_key: a contact's key is known, a stranger's is not */
void kh_sim_peer_connect (KhSimPeer *self, KhSimPeer *other, gboolean know_key);
void kh_sim_peer_disconnect (KhSimPeer *self, KhSimPeer *other);
void kh_sim_peer_set_policy (KhSimPeer *self, KhSimPeer *other, KhPolicy policy);
void kh_sim_peer_answer (KhSimPeer *self, KhSimPeer *other, gboolean accept);
KhPeerState kh_sim_peer_get_state (KhSimPeer *self, KhSimPeer *other);

/* Queues @n more messages; they go out as soon as there is a session. */
void kh_sim_peer_say (KhSimPeer *self, KhSimPeer *other, guint32 n);
KhSimTalk *kh_sim_peer_get_talk (KhSimPeer *self, KhSimPeer *other);
/* Has all that was queued been acknowledged by the other application? */
gboolean kh_sim_peer_is_heard (KhSimPeer *self, KhSimPeer *other);
gboolean kh_sim_peer_is_direct (KhSimPeer *self, KhSimPeer *other);
