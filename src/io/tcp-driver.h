/* tcp-driver.h: carries the datagrams of a state machine over TCP, beside its UDP driver
 *
 * For the machine, a connection is a remote address on KH_SOCKET_TCP. The UDP driver asks it for
 * output as ever and hands here what goes to that socket; what comes in goes to the machine at once
 * and the UDP driver is kicked. On the thread-default main context that it was made in.
 *
 * A server listens. A client sends, which connects where there is no connection yet, through the
 * system's proxy where there is one (SOCKS, HTTP CONNECT); what waits for that is bounded as for
 * any slow reader. Where it fails or ends, the machine's closed() says so.
 */
#pragma once

#include "io/udp-driver.h"

/* A connection that has not brought a whole datagram by then is closed; and one that has and then
 * is silent, which no link is for longer than the server's patience of 90 s. */
#define KH_TCP_FIRST_TIMEOUT_US (10 * G_USEC_PER_SEC)
#define KH_TCP_IDLE_TIMEOUT_US (120 * G_USEC_PER_SEC)

/**
 * KhTcpLimits: of what others may open here
 * @max_connections: at once, in all; up to 132 kB each for those that read slowly, else 2 kB
 * @max_per_prefix: of one IPv4 address or IPv6 /64
 */
typedef struct
{
  guint max_connections;
  guint max_per_prefix;
} KhTcpLimits;

/**
 * KhTcpDriverStats:
 * @refused: connections closed at once because of the limits
 * @dropped: datagrams that a slow reader did not take, or that had no connection
 */
typedef struct
{
  guint64 accepted, refused;
  guint64 connected, failed;
  guint64 received, sent;
  guint64 dropped;
  guint connections; /* now */
} KhTcpDriverStats;

typedef struct _KhTcpDriver KhTcpDriver;

/* (transfer full): @driver, which runs @machine, is borrowed and must outlive it, and has one TCP
 * driver at most. @limits may be NULL where nothing listens. */
KhTcpDriver *kh_tcp_driver_new (const KhMachineOps *ops,
                                gpointer machine,
                                KhUdpDriver *driver,
                                const KhTcpLimits *limits);
/* Closes all connections, without a word to the machine. */
void kh_tcp_driver_free (KhTcpDriver *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhTcpDriver, kh_tcp_driver_free)

/**
 * kh_tcp_driver_listen:
 * @addr: the address, which may be unspecified, and the port, 0 for any
 * @ret_port: (optional): the port
 *
 * Can be called several times. IPv6 sockets take IPv6 only. Errors: in G_IO_ERROR; the message
 * names address and port.
 */
gboolean
kh_tcp_driver_listen (KhTcpDriver *self, const KhAddr *addr, guint16 *ret_port, GError **error);

/* From now on, what is sent to an address without a connection makes one. */
void kh_tcp_driver_allow_connect (KhTcpDriver *self);
/* (nullable): instead of the system's; NULL for no proxy. */
void kh_tcp_driver_set_proxy_resolver (KhTcpDriver *self, GProxyResolver *resolver);
/* Ends the connection or the attempt to make one, without closed(). */
void kh_tcp_driver_close (KhTcpDriver *self, const KhAddr *remote);

/* Ends the connections that were made from addresses that are not among @addrs any more: nothing
 * will ever come by them, and the system would wait for minutes. */
void kh_tcp_driver_network_changed (KhTcpDriver *self, const KhAddr *addrs, gsize n);

/* Hands to the system what it takes now; for the goodbye. */
void kh_tcp_driver_flush (KhTcpDriver *self);
void kh_tcp_driver_get_stats (KhTcpDriver *self, KhTcpDriverStats *ret_stats);
