/* tcp-driver-private.h: what the files of KhTcpDriver share
 *
 * tcp-driver.c          the connections there are, and when they have been silent for too long
 * tcp-driver-connect.c  those that we make, through a proxy where there is one
 * tcp-driver-listen.c   those that others make
 */
#pragma once

#include "io/tcp-connection.h"
#include "io/tcp-driver.h"

struct _KhTcpDriver
{
  /* borrowed */
  const KhMachineOps *ops;
  gpointer machine;
  KhUdpDriver *driver;

  /* owned */
  KhTcpLimits limits;
  GHashTable *connections; /* of KhTcpConnection by its remote */
  GHashTable *per_prefix;  /* KhAddr to how many */
  GQueue fresh;
  GQueue alive;
  GPtrArray *listeners; /* of Listener */
  GSource *timer;
  gint64 resume_us; /* KH_NEVER unless accepting is paused */
  gboolean may_connect;
  gboolean has_resolver;
  GProxyResolver *resolver;
  KhTcpDriverStats stats;
};

/* --- tcp-driver.c --- */
void kh_tcp_driver_set_timer (KhTcpDriver *self);
/* How many connections there are with the address, or IPv6 /64, of @remote. */
guint kh_tcp_driver_count (KhTcpDriver *self, const KhAddr *remote);
/* (transfer none): there must be none with @remote yet. */
KhTcpConnection *kh_tcp_driver_add (KhTcpDriver *self, const KhAddr *remote);
void kh_tcp_driver_end (KhTcpDriver *self, KhTcpConnection *connection);
/* Ends it and says so. */
void kh_tcp_driver_fail (KhTcpDriver *self, KhTcpConnection *connection);

/* --- tcp-driver-connect.c --- */
void kh_tcp_driver_connect (KhTcpDriver *self, KhTcpConnection *connection);

/* --- tcp-driver-listen.c --- */
void kh_tcp_driver_resume_accepting (KhTcpDriver *self);
void kh_tcp_driver_listener_free (gpointer listener);
