/* listen.h: the sockets that knotholed opens by its options */
#pragma once

#include "io/tcp-driver.h"
#include "server/options.h"
#include "server/server.h"

/* Binds @driver and tells @server what there is. Fails where a first port cannot be had. */
gboolean
kh_listen_udp (KhServer *server, KhUdpDriver *driver, const KhOptions *options, GError **error);
/* After that, on the same port. What cannot be had is logged. */
void kh_listen_tcp (KhTcpDriver *tcp, KhUdpDriver *driver, const KhOptions *options);
/* The address of the first port's @socket; port 0 where there is none. */
KhAddr kh_listen_get_address (KhUdpDriver *driver, const KhOptions *options, guint socket);
/* (transfer full): for people: "0.0.0.0:4430 and [::]:4430" */
char *kh_listen_describe (KhUdpDriver *driver, const KhOptions *options);
