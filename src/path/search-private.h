/* search-private.h: what the files of KhSearch share
 *
 * search-plan.c     which technique two NATs need, and who does what in it
 * search.c          life, invitations and rounds
 * search-packets.c  sockets, and what is sent from them
 */
#pragma once

#include "path/search.h"

typedef enum
{
  KH_SEARCH_IDLE,
  KH_SEARCH_MEASURING, /* for an own mapping's port */
  KH_SEARCH_INVITING,  /* the initiator waits for the answer */
  KH_SEARCH_RUNNING,
  KH_SEARCH_LINGERING, /* the responder waits for the next round */
} KhSearchState;

typedef struct
{
  guint number;
  gint64 next_us; /* when to refresh its mapping */
  gboolean is_kept;
} KhSearchSocket;

struct _KhSearch
{
  KhSearchPlan plan;
  gboolean initiator;
  KhNatBehaviour ours;
  KhNatBehaviour theirs;
  KhAddr seen;
  KhGovernor *governor;
  KhRandom random;

  KhSearchState state;
  gint64 start_us;    /* of the next search, KH_NEVER; IDLE only */
  gint64 deadline_us; /* of the state */
  guint32 round;
  gint64 round_us;
  guint rounds_left;
  gboolean uninvited; /* this search needs no invitations */
  KhAddr target;      /* where the other side's NAT is now */
  GArray *sockets;    /* KhSearchSocket, in the order of opening */
  guint n_wanted;     /* sockets to open in this round */
  guint refresh_at;
  GArray *ports; /* guint16: those probed in this round */
  guint n_ports; /* so many at most */
  guint probe_at;
  GArray *events; /* KhSearchEvent */
};

static inline KhSearchSocket *
kh_search_socket_at (KhSearch *self, guint i)
{
  return &g_array_index (self->sockets, KhSearchSocket, i);
}

static inline gboolean
kh_search_is_birthday (const KhSearch *self)
{
  return self->plan.technique == KH_TECHNIQUE_BIRTHDAY;
}

/* --- search-packets.c --- */
/* When the round that runs may have another packet; KH_NEVER for no more. */
gint64 kh_search_next_packet_us (KhSearch *self);
