/* changes.h: what can happen to two people's networks while they talk
 *
 * Each of the two is at home behind a gateway of any kind, on lines that are drawn as well; what
 * happens to whom, and to which network somebody moves, follows from the seed.
 */
#pragma once

#include "scene.h"

typedef enum
{
  KH_SIM_CHANGE_MOVE,        /* from network to network, with nothing for a while between */
  KH_SIM_CHANGE_MOVE_BOTH,   /* both at the same time */
  KH_SIM_CHANGE_REBIND,      /* a gateway forgets, and gives other ports */
  KH_SIM_CHANGE_REBIND_BOTH, /* two do at once */
  KH_SIM_CHANGE_RENUMBER,    /* a gateway has another address outside as well */
  KH_SIM_CHANGE_RESTART,     /* the server is killed and started anew */
  KH_SIM_CHANGE_STOP,        /* it is stopped as it should be, and started anew */
  KH_SIM_CHANGE_BLOCK,       /* a gateway lets no more UDP through */
  KH_SIM_CHANGE_UNBLOCK,     /* and does again */
  KH_SIM_CHANGE_MOVE_RESTART,
  KH_SIM_CHANGE_VPN,       /* all goes another way, while the address of before stays */
  KH_SIM_CHANGE_VPN_SPLIT, /* there is one more address, and all goes as before */
  KH_SIM_N_CHANGES,
} KhSimChange;

/* As tests are named. */
extern const char *const kh_sim_change_names[KH_SIM_N_CHANGES];

typedef struct _KhSimChanges KhSimChanges;

/* Where one of the two is. */
typedef struct
{
  KhSimChanges *changes;
  KhSimPeer *peer;
  KhSimNet *net; /* at home; the core where there is no gateway */
  KhSimNat *nat; /* (nullable) */
  KhAddr ip;
  gboolean has_extra; /* an address that stays beside the one in use */
  KhAddr extra;
} KhSimPlace;

struct _KhSimChanges
{
  KhSimScene *scene; /* the caller's to free */
  KhSimRng rng;
  KhSimLinkConfig lines;
  KhSimPlace places[2];
  guint n_networks;
};

/* Sets a scene of the seed. */
void kh_sim_changes_init (KhSimChanges *self, guint64 seed);
/* Returns when the network can be used again. */
void kh_sim_changes_make (KhSimChanges *self, KhSimChange what);
/* Of what lasts: a VPN goes, UDP is let through. */
void kh_sim_changes_undo (KhSimChanges *self, KhSimChange what);
