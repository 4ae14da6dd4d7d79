/* udp-driver.h: runs a state machine (a peer's node or the server) on real UDP sockets
 *
 * One GSource on the thread-default main context that it was made in, for all sockets: it wakes up
 * for input and for the machine's next timeout, and for nothing else. A turn takes the time once
 * and does at most KH_UDP_DRIVER_TURN_DATAGRAMS datagrams or KH_UDP_DRIVER_TURN_US, in the order:
 * input, timeouts, output, the owner's callback, which polls the machine's events.
 *
 * The owner's commands to the machine are followed by kh_udp_driver_kick(), in the callback too.
 * Where a command takes the time, that is g_get_monotonic_time().
 */
#pragma once

#include <gio/gio.h>

#include "wire/datagram.h"

/* Indices of KhDatagram's @socket. */
#define KH_UDP_DRIVER_SOCKETS 4
/* DESIGN section 2: so that no turn keeps the user interface waiting. */
#define KH_UDP_DRIVER_TURN_DATAGRAMS 64
#define KH_UDP_DRIVER_TURN_US 2000

typedef struct _KhUdpDriver KhUdpDriver;

/* After a turn in which the machine was called: events may wait. It may call anything, also
 * kh_udp_driver_free(). */
typedef void (*KhUdpDriverAfter) (gpointer user_data);

/**
 * KhUdpDriverStats:
 * @send_errors: datagrams that the system refused to send; as good as lost on the way
 * @truncated: received ones that were longer than any of ours
 * @blocked: how many times the send buffer was full
 */
typedef struct
{
  guint64 received, sent;
  guint64 send_errors;
  guint64 truncated;
  guint64 blocked;
  guint64 unreachable;
} KhUdpDriverStats;

/* (transfer full): @ops and @machine are borrowed and must outlive it. */
KhUdpDriver *kh_udp_driver_new (const KhMachineOps *ops,
                                gpointer machine,
                                KhUdpDriverAfter after,
                                gpointer user_data);
/* Closes the sockets. What the machine has to say is not sent: see kh_udp_driver_flush(). */
void kh_udp_driver_free (KhUdpDriver *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhUdpDriver, kh_udp_driver_free)

/**
 * kh_udp_driver_bind:
 * @socket: below KH_UDP_DRIVER_SOCKETS and not bound; even ones are IPv4 and odd ones IPv6 in the
 *   node and the server, which this does not check
 * @addr: the address, which may be unspecified (0.0.0.0, ::), and the port, 0 for any
 *
 * Errors: G_IO_ERROR_ADDRESS_IN_USE and the like; the message names address and port.
 */
gboolean kh_udp_driver_bind (KhUdpDriver *self, guint socket, const KhAddr *addr, GError **error);

/**
 * kh_udp_driver_bind_any:
 * @first: 0 or 2: IPv4 is bound there and IPv6 at the next
 * @port: 0 for any, the same for both families
 *
 * All addresses of both families; one family is enough where the system has no other.
 */
gboolean kh_udp_driver_bind_any (KhUdpDriver *self, guint first, guint16 port, GError **error);

/* In host order; 0 where @socket is not bound. */
guint16 kh_udp_driver_get_port (KhUdpDriver *self, guint socket);

/* The machine was given a command: have a turn soon. */
void kh_udp_driver_kick (KhUdpDriver *self);

/* Sends what the machine has now, in this call, until it has no more or the system takes no more;
 * for the goodbye. The owner's callback is not called. */
void kh_udp_driver_flush (KhUdpDriver *self);

void kh_udp_driver_get_stats (KhUdpDriver *self, KhUdpDriverStats *ret_stats);
