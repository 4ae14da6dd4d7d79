/* udp-driver.h: runs a state machine (a peer's node or the server) on real UDP sockets
 *
 * One GSource on the thread-default main context that it was made in, for all sockets: it wakes up
 * for input and for the machine's next timeout, and for nothing else but to give back memory 5 s
 * after a load. A turn takes at most about KH_UDP_DRIVER_TURN_US, in rounds. A round takes the time
 * once for what comes in and once for what goes out, in the order: input, timeouts, output, the
 * owner's callback, which polls the machine's events. A batch of either is at most 256 KiB, about
 * 200 µs of work, which is what a turn may exceed its time by.
 *
 * Turns are not bounded by a number of datagrams: one message of GSO or GRO holds 64 of them, and a
 * turn for each would cost a tenth of the goodput; the 2 ms are what keeps a user interface fluent.
 * The source has G_PRIORITY_DEFAULT, which lets chat and control through at once. When a turn was
 * cut short, or all turns of 8 ms took more than 2, there is bulk under way: then the source
 * continues below the toolkit's redraw priority, but once in 100 ms in any case.
 *
 * Segmentation offload (GSO, GRO) is used where the system has it, and given up for a socket where
 * a run of datagrams was refused that one by one went through. The environment variable
 * KNOTHOLE_NO_GSO, set to anything but "" and "0", makes all drivers do without.
 *
 * The owner's commands to the machine are followed by kh_udp_driver_kick(), in the callback too.
 * Where a command takes the time, that is g_get_monotonic_time().
 */
#pragma once

#include <gio/gio.h>

#include "wire/datagram.h"

/* Indices of KhDatagram's @socket. */
#define KH_UDP_DRIVER_SOCKETS KH_SOCKET_TCP
/* So that no turn keeps the user interface waiting. */
#define KH_UDP_DRIVER_TURN_US 2000
/* ICMP errors looked at in one turn. */
#define KH_UDP_DRIVER_TURN_ERRORS 64

typedef struct _KhUdpDriver KhUdpDriver;

/* After a round in which the machine was called: events may wait. It may call anything, also
 * kh_udp_driver_free(). */
typedef void (*KhUdpDriverAfter) (gpointer user_data);

/* Takes what goes to the sockets from KH_UDP_DRIVER_SOCKETS on but those of a search, which the
 * driver opens itself; @out is lent for the call. It must
 * not call the driver. */
typedef void (*KhUdpDriverExtra) (const KhDatagram *out, gpointer user_data);

/**
 * KhUdpDriverStats:
 * @received: datagrams, also those that were not for the machine
 * @sent: datagrams that the system took
 * @send_errors: datagrams that the system refused to send; as good as lost on the way
 * @too_long: those of them that were longer than the interface takes
 * @truncated: received ones that were longer than any of ours
 * @overflow: those that the kernel dropped because our receive buffer was full
 * @blocked: how many times the send buffer was full
 * @joined: messages of several datagrams received
 * @joined_sent: system calls that sent at least one message of several datagrams
 * @fallbacks: sockets on which segmentation offload was given up
 * @lowered: how many times bulk made the source continue at low priority
 */
typedef struct
{
  guint64 received, sent;
  guint64 send_errors, too_long;
  guint64 truncated;
  guint64 overflow;
  guint64 blocked;
  guint64 unreachable;
  guint64 joined, joined_sent;
  guint64 fallbacks;
  guint64 lowered;
} KhUdpDriverStats;

/* (transfer full): @ops and @machine are borrowed and must outlive it. */
KhUdpDriver *kh_udp_driver_new (const KhMachineOps *ops,
                                gpointer machine,
                                KhUdpDriverAfter after,
                                gpointer user_data);
/* Closes the sockets. What the machine has to say is not sent: see kh_udp_driver_flush(). */
void kh_udp_driver_free (KhUdpDriver *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhUdpDriver, kh_udp_driver_free)

/* Without segmentation offload, as on a system that has none. Only while no socket is bound. */
void kh_udp_driver_set_plain (KhUdpDriver *self, gboolean plain);

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

/* @extra (nullable): for a driver of other sockets beside this one (tcp-driver.h). */
void kh_udp_driver_set_extra (KhUdpDriver *self, KhUdpDriverExtra extra, gpointer user_data);

/* The machine was given a command: have a turn soon. In the thread of the main context. */
void kh_udp_driver_kick (KhUdpDriver *self);

/* Sends what the machine has now, in this call, until it has no more or the system takes no more;
 * for the goodbye. The owner's callback is not called. */
void kh_udp_driver_flush (KhUdpDriver *self);

void kh_udp_driver_get_stats (KhUdpDriver *self, KhUdpDriverStats *ret_stats);
