/* notify.c: one datagram to the service manager (sd_notify(3), "Notes") */
#define G_LOG_DOMAIN "knotholed"

#include "server/notify.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>

/* An "@" in front stands for the abstract namespace. */
static GSocketAddress *
parse_address (const char *path)
{
  if (path[0] == '@')
    return g_unix_socket_address_new_with_type (path + 1, (int) strlen (path + 1),
                                                G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  return g_unix_socket_address_new (path);
}

void
kh_notify_send (const char *state)
{
  const char *path = g_getenv ("NOTIFY_SOCKET");
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) error = NULL;

  if (path == NULL || path[0] == '\0')
    return;
  address = parse_address (path);
  socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_DEFAULT,
                         &error);
  if (socket == NULL || g_socket_send_to (socket, address, state, strlen (state), NULL, &error) < 0)
    g_warning ("The service manager was not told \"%s\": %s", state, error->message);
}
