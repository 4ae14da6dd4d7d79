/* server-link.h: a server that we are at, or go to, for somebody we meet there
 *
 * The user's own server is always gone to; another one as long as there is a contact whom we met
 * there. Each has a link of its own: what ails one says nothing about another.
 *
 * Properties, read-only:
 *
 *   "name"          string, nullable  "host" or "host:port"; NULL for an own server that was not
 *                                     chosen yet
 *   "is-default"    boolean           it is the user's own: "server" of the engine
 *   "is-local"      boolean           it runs inside this engine ("this computer")
 *   "link"          KhEngineLink
 *   "link-problem"  int               a KhEngineError, or -1; the words are in
 *                                     kh_server_link_get_problem()
 *   "address"       string, nullable  ours as that server sees it, while online
 *   "rtt"           int64             µs of its round trip as it was last measured; 0 while not
 *                                     online
 *   "key"           string, nullable  the key it is known by, as invite links spell it; NULL
 *                                     before it was reached
 *   "offered-key"   string, nullable  in KH_ENGINE_LINK_KEY_CHANGED: the key it shows instead
 */
#pragma once

#include "engine/types.h"

#define KH_TYPE_SERVER_LINK (kh_server_link_get_type ())
G_DECLARE_FINAL_TYPE (KhServerLink, kh_server_link, KH, SERVER_LINK, GObject)

const char *kh_server_link_get_name (KhServerLink *self);
gboolean kh_server_link_is_default (KhServerLink *self);
gboolean kh_server_link_is_local (KhServerLink *self);
KhEngineLink kh_server_link_get_link (KhServerLink *self);
/* (nullable) (transfer none): in KH_ENGINE_ERROR; names the server. */
const GError *kh_server_link_get_problem (KhServerLink *self);
const char *kh_server_link_get_address (KhServerLink *self);
gint64 kh_server_link_get_rtt (KhServerLink *self);
/* (transfer full) (nullable) */
char *kh_server_link_dup_key (KhServerLink *self);
char *kh_server_link_dup_offered_key (KhServerLink *self);
