/* server-link-private.h: one server's link, across its files
 *
 *   server-link.c          the object: properties
 *   server-link-node.c     the node and its sockets
 *   server-link-search.c   the server's name, its address and its pin
 *   server-link-trouble.c  what the node says of the link
 *   engine-servers.c       which of them there are
 */
#pragma once

#include "crypto/server-name.h"
#include "engine/local-server.h"
#include "engine/server-link.h"
#include "io/tcp-driver.h"
#include "io/udp-driver.h"
#include "node/node.h"

typedef struct _KhEngine KhEngine;

struct _KhServerLink
{
  GObject parent_instance;

  KhEngine *engine; /* borrowed (nullable): NULL once the engine has no use for it */

  /* owned, while open */
  KhNode *node;
  KhUdpDriver *driver;
  KhTcpDriver *tcp_driver;

  /* the server as it was chosen, and the search for its address */
  gboolean is_set;
  KhServerName name;
  char text[KH_SERVER_NAME_STRING_MAX];
  GArray *addrs; /* (nullable) (element-type KhAddr): what the name resolved to last */
  gboolean has_key;
  KhKey key;     /* pinned, or our own server's */
  KhKey offered; /* in KEY_CHANGED */
  KhLocalServer *local;
  GCancellable *search; /* (nullable): of the name and the pin */
  GSource *retry;       /* (nullable): looks the name up again */
  guint retry_s;
  KhEngineLink link;
  GError *problem;
  char *address;
  gint64 rtt_us;
  int told;         /* the KhEngineError that the user knows of, or -1 */
  gint64 shared_us; /* when another link of ours was found to go to the same server */
};

/* server-link.c: for @engine; without a node, and without a server. */
KhServerLink *kh_server_link_new (KhEngine *engine);
/* (nullable): what a contact who is met there is saved with: NULL for the server in this computer,
 * which is wherever this computer is. */
const char *kh_server_link_get_place (KhServerLink *self);
void kh_server_link_notify_name (KhServerLink *self);
void kh_server_link_notify_key (KhServerLink *self);
/* Says so, to who listens here and to the engine. @problem: (nullable) (transfer full) */
void kh_server_link_set_state (KhServerLink *self, KhEngineLink link, GError *problem);

/* server-link-node.c */
/* A node, on sockets of its own: @port, or any for 0. BIND. */
gboolean kh_server_link_open (KhServerLink *self, guint port, GError **error);
gboolean kh_server_link_is_open (KhServerLink *self);
/* After commands to the node. */
void kh_server_link_kick (KhServerLink *self);
void kh_server_link_update_addresses (KhServerLink *self);
/* Says goodbye to the peers and the server. */
void kh_server_link_shutdown (KhServerLink *self);
/* Drops what open() made, and forgets the server, without a word to anybody. */
void kh_server_link_close (KhServerLink *self);

/* server-link-search.c */
/* @name: (nullable): NULL for none. @key: (nullable): where it is known better than by the pin */
void kh_server_link_use (KhServerLink *self, const KhServerName *name, const KhKey *key);
/* @local: (transfer full) */
void kh_server_link_use_local (KhServerLink *self, KhLocalServer *local);
/* The name is looked up again after a while, where that may help. */
void kh_server_link_start_retry (KhServerLink *self);
void kh_server_link_stop_retry (KhServerLink *self);
void kh_server_link_network_changed (KhServerLink *self);
/* For close(). */
void kh_server_link_forget (KhServerLink *self);
/* @key is the server's from now on; saved, which ends in kh_store_finish(). */
void kh_server_link_pin (KhServerLink *self,
                         const KhKey *key,
                         GAsyncReadyCallback callback,
                         gpointer user_data);

/* server-link-trouble.c */
void kh_server_link_handle (KhServerLink *self, const KhEvent *event);
