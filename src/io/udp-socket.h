/* udp-socket.h: one UDP socket, in batches; a helper of udp-driver.c
 *
 * Plain system calls and no state but the descriptor. "Full" and "empty" are no errors.
 */
#pragma once

#include <gio/gio.h>

#include "wire/datagram.h"

/* Datagrams of one system call. */
#define KH_UDP_SOCKET_BATCH 16
/* Room for one received: more than KH_DATAGRAM_MAX, so that longer ones are seen as such. */
#define KH_UDP_SOCKET_ROOM 2048

/* Non-blocking, with ICMP errors queued and no fragmentation. Returns the descriptor or -1. */
int kh_udp_socket_open (const KhAddr *addr, GError **error);
guint16 kh_udp_socket_get_port (int fd);

/**
 * kh_udp_socket_receive:
 * @buffers: @max × KH_UDP_SOCKET_ROOM bytes; @max at most KH_UDP_SOCKET_BATCH
 * @ret_datagrams: @max of them; data points into @buffers, socket is @index. One with @len 0 was
 *   empty, truncated or from nowhere, and is to be dropped
 *
 * Returns: how many came, 0 for none
 */
guint
kh_udp_socket_receive (int fd, guint index, guint8 *buffers, guint max, KhDatagram *ret_datagrams);

/**
 * kh_udp_socket_send:
 *
 * Returns: how many of @n the system took, from the front; fewer than @n with @ret_errno set to why
 * the next was not taken (EAGAIN: the buffer is full)
 */
guint kh_udp_socket_send (int fd, const KhDatagram *datagrams, guint n, int *ret_errno);

/* The next address of which ICMP said that nothing listens there; FALSE when there are no more.
 * Other ICMP errors are taken off the queue and dropped. */
gboolean kh_udp_socket_next_unreachable (int fd, KhAddr *ret_remote);
