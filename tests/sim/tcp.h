/* tcp.h: a model of a kernel's TCP with CUBIC, to measure ourselves against
 *
 * One sender without end and its receiver, on a pipe: CUBIC (RFC 9438) with fast convergence and
 * the end of slow start by delay (HyStart), selective acknowledgements, losses told by three
 * later deliveries (RFC 6675, RFC 8985), an ACK for every second segment, and a retransmission
 * timeout. It shares no code with the transport under test, so that a mistake there is not in its
 * judge as well.
 */
#pragma once

#include "pipe.h"

typedef struct _KhSimTcp KhSimTcp;

/* Bytes of data in a segment, and what the line carries for it but for KH_SIM_HEADERS_IPV4: of
 * 1500 bytes, 20 are IPv4's, 20 TCP's, 12 the time stamps'. */
#define KH_SIM_TCP_SEGMENT 1448
#define KH_SIM_TCP_PACKET 1472

/* (transfer none): the world owns it. It begins to send at once. */
KhSimTcp *kh_sim_tcp_new (KhSimPipe *pipe, KhSimWorld *world);
/* Bytes that have come, each counted once. */
guint64 kh_sim_tcp_get_received (KhSimTcp *self);
/* Segments. */
double kh_sim_tcp_get_window (KhSimTcp *self);
