/* machine.h: a machine for the driver's tests, that sends what it is told to and counts what comes
 */
#pragma once

#include "io/udp-driver-private.h"

typedef struct
{
  gboolean echoes;
  gboolean floods; /* always has a datagram of 1200 bytes for @flood_to */
  KhAddr flood_to;
  GQueue out; /* (element-type KhDatagram), each with its own data */
  guint received;
  guint received_by_search;
  KhAddr last_remote;
  gsize received_bytes;
  guint in_order; /* datagrams whose first and last bytes were the next number */
  guint unreachable;
  guint close; /* a socket of a search that is to be closed; 0 */
  gint64 timeout_us;
  guint timeouts;
  guint afters;
  KhUdpDriver *driver;
  gboolean kick_in_after;
  gboolean runs; /* puts equal datagrams behind one another where it may */
} Machine;

extern const KhMachineOps machine_ops;

void machine_init (Machine *self, gboolean echoes);
void machine_clear (Machine *self);
/* Has @data, copied, sent from the socket of its family. */
void machine_push (Machine *self, KhAddr remote, const void *data, gsize len, guint8 hop_limit);
/* @n datagrams of @len bytes, each full of its number, that of the first being @first. */
void machine_push_numbered (Machine *self, KhAddr remote, guint first, guint n, gsize len);
/* Skips the test where the system has no such family. */
gboolean machine_bind_loopback (Machine *self, guint socket, KhAddr *ret_addr);
/* Runs the main context until @self has received @n datagrams. */
void machine_wait (Machine *self, guint n);
KhUdpDriverStats machine_stats (Machine *self);
