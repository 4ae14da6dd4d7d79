/* local-server.h: a rendezvous server inside the engine ("this computer") */
#pragma once

#include <gio/gio.h>

#include "crypto/identity.h"

typedef struct _KhLocalServer KhLocalServer;

/**
 * kh_local_server_new_async:
 * @data_dir: the user's; the server's key is in its folder "server"
 * @port: preferred; another free one is taken where it is in use
 *
 * Serves on the thread-default main context of this call. Errors: those of the identity file
 * (KH_STORE_ERROR), and KH_ENGINE_ERROR_BIND.
 */
void kh_local_server_new_async (const char *data_dir,
                                guint16 port,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
KhLocalServer *kh_local_server_new_finish (GAsyncResult *result, GError **error);
/* Stops at once; the clients notice after a while. */
void kh_local_server_free (KhLocalServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhLocalServer, kh_local_server_free)

guint16 kh_local_server_get_port (KhLocalServer *self);
const KhKey *kh_local_server_get_key (KhLocalServer *self);

/* Tells the clients that it goes, and calls back when they know, within a second. */
void
kh_local_server_drain (KhLocalServer *self, void (*done) (gpointer user_data), gpointer user_data);
