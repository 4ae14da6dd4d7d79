/* announcements.h: what a router tells everybody in its network: that it has started anew, or has
 * another address (RFC 6887, 14.1.3; RFC 6886, 3.2.1)
 *
 * One socket at port 5350, which other programs may have as well, for what comes to 224.0.0.1.
 */
#pragma once

#include <gio/gio.h>

#include "wire/datagram.h"

#define KH_ANNOUNCEMENTS_PORT 5350

typedef struct _KhAnnouncements KhAnnouncements;

/* @in: from anybody in this network; its socket is that of IPv4, and its memory is lent. It may
 * call kh_announcements_free(). */
typedef void (*KhAnnouncementsHeard) (KhDatagram *in, gpointer user_data);

/* (transfer full) (nullable): NULL where another program keeps the port for itself. Calls back on
 * the thread-default main context of this call. */
KhAnnouncements *kh_announcements_new (KhAnnouncementsHeard heard, gpointer user_data);
void kh_announcements_free (KhAnnouncements *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhAnnouncements, kh_announcements_free)
