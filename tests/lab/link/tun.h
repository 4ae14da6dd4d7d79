/* tun.h: a TUN device in a network namespace of another */
#pragma once

#include <glib.h>

/* Opens (and by that makes) the device @name in @namespace, a path or a name that ip-netns(8)
 * knows, and sets it up. Returns a non-blocking descriptor that gives and takes one IP packet a
 * call, or -1 with @error. The device goes when it is closed. */
int tun_open (const char *namespace, const char *name, guint mtu, GError **error);
