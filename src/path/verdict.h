/* verdict.h: why two peers are connected the way they are
 *
 * One pure function from what both sides know to a kind and whose network it is about. Words are
 * made of it elsewhere, where the names of the two are known (engine/verdict-words.h).
 */
#pragma once

#include "path/nat-behaviour.h"

typedef enum
{
  KH_VERDICT_NOT_CONNECTED,
  KH_VERDICT_DIRECT,        /* over the internet */
  KH_VERDICT_DIRECT_LOCAL,  /* within one local network */
  KH_VERDICT_DIRECT_SEARCH, /* over the internet, by a port that had to be found */
  KH_VERDICT_TRYING,        /* on the relay so far */
  /* On the relay, because: */
  KH_VERDICT_PRIVACY,       /* @who keeps addresses to themselves */
  KH_VERDICT_UDP_BLOCKED,   /* @who: nothing but TCP gets through */
  KH_VERDICT_NO_FAMILY,     /* one has IPv4 only and the other (@who) IPv6 only */
  KH_VERDICT_RANDOM_RANDOM, /* both networks give every connection a random port */
  KH_VERDICT_RANDOM_STRICT, /* @who's does so, and the other's lets only answers in */
  KH_VERDICT_DEPENDENT,     /* both give every connection another port, @who's a random one */
  KH_VERDICT_UNPREDICTED,   /* the next ports of @who's network were not those that were guessed */
  KH_VERDICT_FIREWALL,      /* ordinary, and yet nothing got through: @who, if either, unknown */
  KH_VERDICT_NO_HAIRPIN,    /* both are behind one gateway, which does not lead back in */
} KhVerdictKind;

typedef enum
{
  KH_VERDICT_NOBODY,
  KH_VERDICT_US,
  KH_VERDICT_THEM,
  KH_VERDICT_BOTH,
} KhVerdictWho;

typedef struct
{
  KhNatBehaviour nat;
  gboolean has_ipv4;
  gboolean has_ipv6;
} KhVerdictSide;

/**
 * KhVerdictEvidence:
 * @is_direct: a direct path is in use
 * @is_local: and it leads to an address of a local network
 * @was_searched: and its ports were found by a search
 * @is_trying: checks or a search go on
 * @same_outside: both are seen at one address
 */
typedef struct
{
  KhVerdictSide ours, theirs;
  gboolean is_connected;
  gboolean is_direct;
  gboolean is_local;
  gboolean was_searched;
  gboolean is_trying;
  gboolean same_outside;
} KhVerdictEvidence;

typedef struct
{
  KhVerdictKind kind;
  KhVerdictWho who;
} KhVerdict;

KhVerdict kh_verdict_reach (const KhVerdictEvidence *evidence);
/* As the other side, with the same evidence, sees it. */
KhVerdictWho kh_verdict_who_swap (KhVerdictWho who);
/* Is a direct path impossible, whatever is tried, until one of the networks changes? FALSE where a
 * technique there is could find one yet. */
gboolean kh_verdict_is_proven (KhVerdictKind kind);

const char *kh_verdict_kind_to_string (KhVerdictKind kind);
const char *kh_verdict_who_to_string (KhVerdictWho who);
