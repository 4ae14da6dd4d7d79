/* udp-socket.h: one UDP socket, in batches; a helper of udp-driver.c
 *
 * Plain system calls and no state but the descriptor. "Full" and "empty" are no errors. Where the
 * system can (Linux 4.18 and 5.0), many datagrams of one length cross it as one message: GSO
 * cuts it up on the way out, GRO joins what came on the way in (udp(7)).
 */
#pragma once

#include <gio/gio.h>

#include "wire/datagram.h"

/* Most messages of one system call; a message is one datagram, or several by GSO or GRO. */
#define KH_UDP_SOCKET_BATCH 64
/* Datagrams of one message: UDP_MAX_SEGMENTS of Linux before 6.9, which refuses more. */
#define KH_UDP_SOCKET_SEGMENTS 64
/* Bytes of one message: the largest IP packet less the headers of IPv6 and UDP. */
#define KH_UDP_SOCKET_MESSAGE_MAX (65535 - 48)
/* Room for one received message: without GRO, more than KH_DATAGRAM_LARGEST, so that longer ones
 * are seen as such; with it, all that fits into UDP. */
#define KH_UDP_SOCKET_ROOM 9216
#define KH_UDP_SOCKET_ROOM_GRO KH_DATAGRAM_BUFFER

/**
 * KhUdpMessage: datagrams that came from one sender, back to back
 * @data: (borrowed): in the caller's buffer
 * @len: bytes of all; 0 for a message that was empty, truncated or from nowhere: to be dropped
 * @segment: bytes of each but the last, which may be shorter; positive
 */
typedef struct
{
  KhAddr remote;
  guint8 *data;
  gsize len;
  gsize segment;
} KhUdpMessage;

/* Non-blocking, with ICMP errors queued and no fragmentation. Returns the descriptor or -1. */
int kh_udp_socket_open (const KhAddr *addr, GError **error);
guint16 kh_udp_socket_get_port (int fd);

/* Does the system know GSO? That a device on the way does is seen only by sending. */
gboolean kh_udp_socket_has_gso (int fd);
/* Joins what comes in from now on; FALSE where the system cannot. */
gboolean kh_udp_socket_enable_gro (int fd);

/**
 * kh_udp_socket_receive:
 * @buffers: @max × @room bytes
 * @max: at most KH_UDP_SOCKET_BATCH
 * @ret_messages: @max of them
 * @overflow: (inout): what the socket has dropped since it was opened because its buffer was full,
 *   modulo 2^32 (SO_RXQ_OVFL); as it was when the latest message came
 *
 * Returns: how many messages came, 0 for none
 */
guint kh_udp_socket_receive (
    int fd, guint8 *buffers, gsize room, guint max, KhUdpMessage *ret_messages, guint32 *overflow);

/* How many of @n datagrams, from the front, GSO sends as one message: those to the same address
 * with the same hop limit, one behind the other in memory, of one length but for the last, which
 * may be shorter. At least 1. */
guint kh_udp_socket_run (const KhDatagram *datagrams, guint n);

/**
 * kh_udp_socket_send:
 * @gso: send runs as one message each
 *
 * Returns: how many of @n datagrams the system took, from the front, whole runs with @gso. Where
 * this is fewer than @n, call again with the rest: only for 0 is @ret_errno set (EAGAIN: the buffer
 * is full)
 */
guint
kh_udp_socket_send (int fd, const KhDatagram *datagrams, guint n, gboolean gso, int *ret_errno);

/* The next address of which ICMP said that nothing listens there; FALSE when there are no more.
 * Other ICMP errors are taken off the queue and dropped. */
gboolean kh_udp_socket_next_unreachable (int fd, KhAddr *ret_remote);
