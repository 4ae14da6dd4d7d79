/* host.h: a computer in a simulated network, which runs one machine through the seam (KhMachineOps)
 *
 * It does what a driver does: hands in each datagram, polls everything out after every call, wakes
 * the machine exactly when it asked for it, and counts. A machine that asks to be woken in the past
 * and gets nowhere ends the program.
 */
#pragma once

#include "connections.h"
#include "net.h"
#include "oracle.h"

typedef struct _KhSimHost KhSimHost;

typedef struct
{
  guint64 datagrams_in, datagrams_out;
  guint64 bytes_in, bytes_out;
  guint64 timeouts; /* wakeups by time */
} KhSimHostStats;

/* Takes the machine's events. TRUE if there was any: the host polls again then. */
typedef gboolean (*KhSimHostDrain) (gpointer user_data);

KhSimHost *kh_sim_host_new (KhSimWorld *world, KhSimOracle *oracle, const char *name);
/* Plugs it in with @ip; one line for each family. Its sockets keep their ports. */
void kh_sim_host_attach (KhSimHost *self, KhSimNet *net, const KhAddr *ip);
void kh_sim_host_detach (KhSimHost *self, KhFamily family);
/* (nullable): its line of that family */
KhSimPort *kh_sim_host_get_port (KhSimHost *self, KhFamily family);
/* Sockets 0 (IPv4) and 1 (IPv6) are bound to @first, 2 and 3 to @second (0: not bound). */
void kh_sim_host_bind (KhSimHost *self, guint16 first, guint16 second);
/* TCP, for a machine that is a server; others connect where they send to KH_SOCKET_TCP. */
void kh_sim_host_listen (KhSimHost *self, guint16 port);
/* Where its first socket of @family is on this host's net; absent where it has no such line. */
KhAddr kh_sim_host_get_addr (KhSimHost *self, KhFamily family);
const char *kh_sim_host_get_name (KhSimHost *self);

/**
 * kh_sim_host_run:
 * @ops: (nullable): NULL stops what runs
 * @machine: borrowed
 * @server: does the oracle hold its answers against what it was sent?
 */
void kh_sim_host_run (KhSimHost *self,
                      const KhMachineOps *ops,
                      gpointer machine,
                      gboolean server,
                      KhSimHostDrain drain,
                      gpointer drain_data);
/* After commands to the machine: polls all that comes of them. */
void kh_sim_host_pump (KhSimHost *self);
void kh_sim_host_get_stats (KhSimHost *self, KhSimHostStats *ret_stats);
/* Does a port without a socket answer by ICMP? TRUE at first. */
void kh_sim_host_set_refuses (KhSimHost *self, gboolean refuses);
/* (nullable): sees every datagram that this host sends, and every one that it is given */
void
kh_sim_host_set_tap (KhSimHost *self,
                     void (*tap) (const KhSimPacket *packet, gboolean sent, gpointer user_data),
                     gpointer user_data);
