/* reach.h: does a server answer, at each of its addresses, over UDP, over TCP, and over TCP at the
 * port that is open where no other is (443)?
 *
 * A machine of its own beside the node, for who looks into a network (engine/network-check.h). It
 * only greets (HELLO) and reads the answers: the server keeps nothing, and nothing is proven of its
 * key. Order of calls: kh_reach_new(), kh_reach_start(), then the verbs in any order until
 * kh_reach_is_done(), some seconds later at most.
 */
#pragma once

#include "wire/datagram.h"
#include "wire/random.h"

/* Addresses of a server that are tried, each in all three ways. */
#define KH_REACH_ADDRS_MAX 8
#define KH_REACH_HTTPS_PORT 443

typedef enum
{
  KH_REACH_WAITING,
  KH_REACH_ANSWERED,
  KH_REACH_REFUSED, /* the host says that nothing listens there */
  KH_REACH_SILENT,
} KhReachState;

/**
 * KhReachTarget:
 * @socket: 0 or 1, or KH_SOCKET_TCP
 * @rtt_us: ANSWERED: of the answer; over TCP with the connection; 0 where more than one HELLO went
 * @ack: ANSWERED: what the server said
 */
typedef struct
{
  KhAddr remote;
  guint socket;
  KhReachState state;
  gint64 rtt_us;
  KhHelloAck ack;
} KhReachTarget;

typedef struct _KhReach KhReach;

/* @addrs: of the server; those beyond KH_REACH_ADDRS_MAX are left out */
KhReach *kh_reach_new (const KhAddr *addrs, gsize n, KhRandom random);
void kh_reach_free (KhReach *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhReach, kh_reach_free)

void kh_reach_start (KhReach *self, gint64 now_us);
/* Has each target answered, or been waited for long enough? */
gboolean kh_reach_is_done (KhReach *self);
/* (transfer none) (nullable): UDP and TCP of each address, in their order, TCP at port 443 after
 * that at the server's own; NULL beyond the last */
const KhReachTarget *kh_reach_get_target (KhReach *self, guint i);

extern const KhMachineOps kh_reach_machine_ops;

const char *kh_reach_state_to_string (KhReachState state);
