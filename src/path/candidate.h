/* candidate.h: an address at which a peer may be reached (RFC 8445) */
#pragma once

#include "wire/addr.h"

/* What one side may offer: more are not read from an introduction, nor kept. */
#define KH_CANDIDATES_MAX 24

typedef enum
{
  KH_CANDIDATE_HOST = 1, /* an address of an interface */
  KH_CANDIDATE_SRFLX,    /* as the server sees us */
  KH_CANDIDATE_PRFLX,    /* learned from a peer's packets; never offered */
  KH_CANDIDATE_RELAY,    /* a channel of the server; never offered, both sides are told of it */
  KH_CANDIDATE_MAPPED,   /* a port that a gateway gave us by PCP, NAT-PMP or UPnP */
} KhCandidateKind;

/* A plain value. @priority as RFC 8445, section 5.1.2.1 computes it. */
typedef struct
{
  KhCandidateKind kind;
  guint32 priority;
  KhAddr addr;
} KhCandidate;

/* @preference: 0 to 65535, the order among candidates of one kind; the greater, the better. */
KhCandidate kh_candidate_make (KhCandidateKind kind, const KhAddr *addr, guint16 preference);
/* Of a kind that can be offered, and a place packets can go to. Anything else a peer sends is
 * passed over. */
gboolean kh_candidate_is_usable (const KhCandidate *self);
const char *kh_candidate_kind_to_string (KhCandidateKind kind);

/**
 * kh_candidate_gather:
 * @hosts: interface addresses with the ports of our sockets
 * @seen: what the server sees, by family; an entry may be absent
 * @mapped: what gateways gave us; an entry may be absent
 * @ret_candidates: room for KH_CANDIDATES_MAX
 *
 * What to offer: each address once, the best first. Returns how many.
 */
guint kh_candidate_gather (const KhAddr *hosts,
                           guint n_hosts,
                           const KhAddr *seen,
                           guint n_seen,
                           const KhAddr *mapped,
                           guint n_mapped,
                           KhCandidate *ret_candidates);
