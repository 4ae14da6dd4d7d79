/* matrix.h: the kinds of networks of the matrix, and what is known of each pair of them
 *
 * What a direct path between two kinds takes, what must come of it, and what two peers there must
 * say of why they are connected as they are. The order is that of the table's rows and columns.
 */
#pragma once

#include "scene.h"

/* How predictable a network is for whoever wants to send something in. */
typedef enum
{
  KH_SIM_EASY_AND_LAX, /* one port for all, and other ports of a known address come in */
  KH_SIM_EASY,         /* one port for all */
  KH_SIM_SEQUENTIAL,   /* a port for each remote, close to the last one */
  KH_SIM_RANDOM,       /* a port for each remote */
  KH_SIM_NO_UDP,
} KhSimNature;

/* Whether the two have one network in common. */
typedef enum
{
  KH_SIM_APART,
  KH_SIM_SAME_LAN,
  KH_SIM_SAME_CARRIER, /* each has a home router, behind one carrier's NAT */
} KhSimPlace;

/**
 * KhSimKind:
 * @outer_nat: (nullable): the provider's
 * @mapped: the router gives a port to whoever asks for one
 * @relay_only: whoever is there keeps their addresses to themselves
 * @place: other than APART: both are there, and the kind is not met with others
 */
typedef struct
{
  const char *name;
  KhSimNature nature;
  const char *nat; /* (nullable): a public address */
  const char *outer_nat;
  gboolean ipv6, no_ipv4;
  gboolean mapped;
  gboolean relay_only;
  KhSimPlace place;
} KhSimKind;

/* What the path from one to the other takes. */
typedef enum
{
  KH_SIM_CLASS_PUNCHING,   /* ordinary simultaneous sending */
  KH_SIM_CLASS_LOCAL,      /* the same, within a LAN */
  KH_SIM_CLASS_IPV6,       /* the same, over IPv6 */
  KH_SIM_CLASS_MAPPED,     /* a port that a router gave */
  KH_SIM_CLASS_PREDICTION, /* of sequential ports, on one side or both */
  KH_SIM_CLASS_SEARCH,     /* random ports against a predictable side */
  KH_SIM_CLASS_HOPELESS,   /* random against random or sequential */
  KH_SIM_CLASS_NO_HAIRPIN, /* behind one NAT that does not lead back in */
  KH_SIM_CLASS_NO_FAMILY,  /* none in common */
  KH_SIM_CLASS_BLOCKED,    /* somebody has no UDP */
  KH_SIM_CLASS_PRIVATE,    /* somebody wants the relay */
  KH_SIM_N_CLASSES,
} KhSimClass;

/* The least part of a cell's seeds, and the most that the half of them may take. */
typedef struct
{
  const char *name;
  double connected;
  double direct;
  gint64 median_us;
} KhSimExpectation;

extern const KhSimKind kh_sim_kinds[];
extern const guint kh_sim_n_kinds;
extern const KhSimExpectation kh_sim_expectations[KH_SIM_N_CLASSES];

KhSimClass kh_sim_class_of (const KhSimKind *a, const KhSimKind *b);
/* What @a must say of its session with @b, once all that helps has been tried. */
KhVerdict kh_sim_expect_verdict (const KhSimKind *a, const KhSimKind *b, gboolean is_direct);
