/* known-server.h: a server that we have met, with the key that it had
 *
 * Properties, read-only and constant: "server" (string, "host:port"), "key" (string, 43 characters,
 * as invite links spell it), "first-seen" (int64, µs since 1970 UTC), "n-contacts" (uint: whom we
 * met there).
 */
#pragma once

#include <glib-object.h>

#define KH_TYPE_KNOWN_SERVER (kh_known_server_get_type ())
G_DECLARE_FINAL_TYPE (KhKnownServer, kh_known_server, KH, KNOWN_SERVER, GObject)

const char *kh_known_server_get_server (KhKnownServer *self);
const char *kh_known_server_get_key (KhKnownServer *self);
gint64 kh_known_server_get_first_seen (KhKnownServer *self);
guint kh_known_server_get_n_contacts (KhKnownServer *self);
