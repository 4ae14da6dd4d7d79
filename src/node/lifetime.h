/* lifetime.h: how long the gateways around us remember a mapping that nobody uses (RFC 4787, 4.3)
 *
 * Private to the node. Opens a few mappings at once, leaves each idle for another time, and then
 * has the server send something there, asked from another socket (RFC 5780, 4.6): what comes is
 * proof that the mapping still lives, which nothing is that we send ourselves. As long as the
 * longest of these times, or little longer than the gateway remembers; some 60 datagrams at most.
 */
#pragma once

#include "node/network.h"
#include "path/governor.h"
#include "wire/random.h"

typedef struct _KhLifetime KhLifetime;

/* @governor: borrowed */
KhLifetime *kh_lifetime_new (KhGovernor *governor, KhRandom random);
void kh_lifetime_free (KhLifetime *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhLifetime, kh_lifetime_free)

/* Begins anew, or goes on where it runs. @server: its UDP port over IPv4, which answers STUN.
 * FALSE where there are no sockets or no mappings to be had. */
gboolean kh_lifetime_start (KhLifetime *self, const KhAddr *server, gint64 now_us);
/* The network is another one: what was found out is not true any more, nor what runs. */
void kh_lifetime_reset (KhLifetime *self);
const KhNatLifetime *kh_lifetime_get (KhLifetime *self);

/* FALSE where the datagram is none of what it waits for. */
gboolean kh_lifetime_receive (KhLifetime *self, const KhDatagram *in, gint64 now_us);
gboolean kh_lifetime_poll_send (KhLifetime *self, KhDatagram *out, gint64 now_us);
gint64 kh_lifetime_next_timeout (KhLifetime *self);
void kh_lifetime_handle_timeout (KhLifetime *self, gint64 now_us);
