/* proxy.h: a proxy for tests, in this process: SOCKS 5 (RFC 1928) and HTTP CONNECT on one port
 *
 * Which of the two is spoken the first byte tells. Connections are accepted in the thread-default
 * main context, and served by threads.
 */
#pragma once

#include <gio/gio.h>

typedef struct _Proxy Proxy;

/* @refuses: speaks with everybody, and lets nobody through. */
Proxy *proxy_new (gboolean refuses);
/* Ends what goes through it too. */
void proxy_free (Proxy *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Proxy, proxy_free)

/* (transfer full): sends everybody here; @scheme: "socks5" or "http" */
GProxyResolver *proxy_make_resolver (Proxy *self, const char *scheme);
/* How many asked to be let through, and where the last one wanted to go. */
int proxy_get_asked (Proxy *self);
guint16 proxy_get_port_asked_for (Proxy *self);
