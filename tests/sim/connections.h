/* connections.h: the TCP connections of a simulated host, as far as datagrams on them go
 *
 * As a driver's (io/tcp-driver.h): a connection is a remote address on KH_SOCKET_TCP, and sending
 * to one that is not there makes it. A segment is a packet that carries one datagram whole. Lines
 * neither lose nor reorder segments (TCP would repeat them), but a dead line swallows them for
 * good; to a connection that the other end does not know, it answers that it is closed.
 */
#pragma once

#include "packet.h"

/* Ports that one host listens on. */
#define KH_SIM_LISTEN_MAX 2

typedef struct _KhSimConnections KhSimConnections;

typedef struct
{
  /* (transfer full): @packet has all but the address of the sender */
  void (*send) (KhSimPacket *packet, gpointer user_data);
  void (*received) (const KhAddr *remote, KhSimPacket *packet, gpointer user_data);
  /* It could not be made, or has ended. */
  void (*closed) (const KhAddr *remote, gpointer user_data);
} KhSimConnectionsFuncs;

KhSimConnections *
kh_sim_connections_new (KhSimWorld *world, const KhSimConnectionsFuncs *funcs, gpointer user_data);
void kh_sim_connections_free (KhSimConnections *self);
void kh_sim_connections_listen (KhSimConnections *self, guint16 port);
/* All connections end, without a word to anybody. */
void kh_sim_connections_reset (KhSimConnections *self);
/* FALSE where a listener has no such connection, or too much waits for it. */
gboolean kh_sim_connections_send (KhSimConnections *self,
                                  const KhAddr *remote,
                                  const guint8 *data,
                                  gsize len);
/* A segment came in. */
void kh_sim_connections_receive (KhSimConnections *self, KhSimPacket *packet);
