/* network-check.h: looks at this machine's network from a server's point of view
 *
 * Needs no engine and disturbs none: it meets the server as somebody who exists for that long only,
 * on sockets of its own. On the thread-default main context.
 */
#pragma once

#include <gio/gio.h>

#include "engine/error.h"
#include "engine/network-report.h"

/**
 * KhNetworkCheckFlags:
 * @KH_NETWORK_CHECK_LONG: also finds out how long a router keeps a path that is not used, which
 *   takes up to six minutes
 * @KH_NETWORK_CHECK_MAPPING: also asks the router for a port (PCP, NAT-PMP, UPnP), and gives it
 * back
 */
typedef enum
{
  KH_NETWORK_CHECK_NONE = 0,
  KH_NETWORK_CHECK_LONG = 1 << 0,
  KH_NETWORK_CHECK_MAPPING = 1 << 1,
} KhNetworkCheckFlags;

/**
 * kh_network_check_async:
 * @server: "HOST[:PORT]"
 * @server_key: (nullable): the key that it must have, as invite links spell it
 *
 * Takes some seconds: as long as it takes to tell silence from a slow answer.
 */
void kh_network_check_async (const char *server,
                             const char *server_key,
                             KhNetworkCheckFlags flags,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
/**
 * kh_network_check_finish:
 * @ret_offered_key: (optional) (transfer full) (nullable): with SERVER_KEY_CHANGED, the key that it
 *   has, as invite links spell it; else NULL
 *
 * Where the server was reached, over whatever, it is a success. Errors: BAD_SERVER, INVALID (the
 * key), RESOLVE, BIND, SERVER_SILENT, SERVER_REFUSED, SERVER_VERSION, SERVER_UNPROVEN,
 * SERVER_KEY_CHANGED; G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full)
 */
KhNetworkReport *
kh_network_check_finish (GAsyncResult *result, char **ret_offered_key, GError **error);

/**
 * kh_network_check_recall:
 * @data_dir: as for kh_engine_open_async(); it may be open in another process
 * @server: (nullable): "HOST[:PORT]"; NULL: the one that was chosen last
 * @ret_server: (transfer full) (nullable): that, or @server; NULL where none was chosen
 * @ret_server_key: (transfer full) (nullable): the key that is remembered, as invite links spell it
 *
 * Blocks, on the disk. Errors: BAD_SERVER, and those of the disk.
 */
gboolean kh_network_check_recall (const char *data_dir,
                                  const char *server,
                                  char **ret_server,
                                  char **ret_server_key,
                                  GError **error);
