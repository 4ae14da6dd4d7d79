/* known-server-private.h: how the engine makes them */
#pragma once

#include "engine/known-server.h"

KhKnownServer *
kh_known_server_new (const char *server, const char *key, gint64 first_seen_us, guint n_contacts);
