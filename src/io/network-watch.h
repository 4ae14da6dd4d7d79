/* network-watch.h: tells when this machine's network changed
 *
 * GNetworkMonitor's news, gathered: a network that comes up makes a dozen of them within a second.
 */
#pragma once

#include <gio/gio.h>

typedef struct _KhNetworkWatch KhNetworkWatch;

/* Addresses or routes may be different now. */
typedef void (*KhNetworkWatchChanged) (gpointer user_data);

/* (transfer full). Calls back on the thread-default main context of this call. */
KhNetworkWatch *kh_network_watch_new (KhNetworkWatchChanged changed, gpointer user_data);
void kh_network_watch_free (KhNetworkWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhNetworkWatch, kh_network_watch_free)
