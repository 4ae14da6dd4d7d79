/* listen.c: the sockets that knotholed opens by its options
 *
 * The first port is what the server is for: without it, it does not start. The second port, the
 * second address and TCP make more networks work, and are done without, with a warning, where they
 * cannot be had.
 */
#define G_LOG_DOMAIN "knotholed"

#include "server/listen.h"

static void
warn (GError *error)
{
  g_message ("%s; going on without it", error->message);
  g_error_free (error);
}

/* What is open now, told to the server; with the IP that it was bound to, if any. */
static void
tell (KhServer *server, KhUdpDriver *driver, guint socket, const KhAddr *addr)
{
  KhAddr bound = *addr;

  bound.port = kh_udp_driver_get_port (driver, socket);
  if (bound.port != 0)
    kh_server_set_address (server, socket, &bound);
}

static KhAddr
any_address (guint socket)
{
  return (KhAddr){ .family = socket & KH_SOCKET_IPV6 ? KH_FAMILY_IPV6 : KH_FAMILY_IPV4 };
}

static void
tell_any (KhServer *server, KhUdpDriver *driver, guint first)
{
  for (guint socket = first; socket < first + 2; socket++)
    {
      KhAddr any = any_address (socket);

      tell (server, driver, socket, &any);
    }
}

/* A port that is not wanted; 0 is any. */
#define NO_PORT (-1)

/* @first is the first port as it is known by now. Where that was picked, so is the second. */
static int
second_port (const KhOptions *options, guint16 first)
{
  if (options->second_port != KH_OPTIONS_NEXT_PORT)
    return options->second_port > 0 ? options->second_port : NO_PORT;
  if (options->port == 0)
    return 0;
  return first < G_MAXUINT16 ? first + 1 : NO_PORT;
}

static gboolean
bind_any (KhServer *server, KhUdpDriver *driver, const KhOptions *options, GError **error)
{
  GError *local_error = NULL;
  int second;

  if (!kh_udp_driver_bind_any (driver, 0, options->port, error))
    return FALSE;
  tell_any (server, driver, 0);
  second = second_port (options, kh_udp_driver_get_port (driver, 0));
  if (second == NO_PORT)
    return TRUE;
  if (kh_udp_driver_bind_any (driver, KH_SOCKET_SECOND_PORT, (guint16) second, &local_error))
    tell_any (server, driver, KH_SOCKET_SECOND_PORT);
  else
    warn (local_error);
  return TRUE;
}

/* Nobody is sent to these first, so there may be a reason to do without. */
static void
bind_extra (KhServer *server, KhUdpDriver *driver, guint socket, const KhAddr *addr, int port)
{
  KhAddr extra = *addr;
  GError *error = NULL;

  if (port == NO_PORT)
    return;
  extra.port = (guint16) port;
  if (kh_udp_driver_bind (driver, socket, &extra, &error))
    tell (server, driver, socket, &extra);
  else
    warn (error);
}

static gboolean
bind_given (KhServer *server, KhUdpDriver *driver, const KhOptions *options, GError **error)
{
  guint16 port = 0;

  for (guint i = 0; i < options->n_addrs; i++)
    {
      KhAddr addr = options->addrs[i];
      guint socket = kh_socket_for_family (addr.family);
      guint16 first = kh_udp_driver_get_port (driver, socket);

      if (first != 0)
        {
          /* A second address of the family, with the ports of the first (RFC 5780). */
          guint16 second = kh_udp_driver_get_port (driver, socket | KH_SOCKET_SECOND_PORT);

          socket |= KH_SOCKET_SECOND_ADDRESS;
          bind_extra (server, driver, socket, &addr, first);
          bind_extra (server, driver, socket | KH_SOCKET_SECOND_PORT, &addr,
                      second != 0 ? second : NO_PORT);
          continue;
        }
      /* Both families on the port that the system picked for the first. */
      if (addr.port == 0)
        addr.port = port;
      if (!kh_udp_driver_bind (driver, socket, &addr, error))
        return FALSE;
      tell (server, driver, socket, &addr);
      port = kh_udp_driver_get_port (driver, socket);
      bind_extra (server, driver, socket | KH_SOCKET_SECOND_PORT, &addr,
                  second_port (options, port));
    }
  return TRUE;
}

gboolean
kh_listen_udp (KhServer *server, KhUdpDriver *driver, const KhOptions *options, GError **error)
{
  return options->n_addrs == 0 ? bind_any (server, driver, options, error)
                               : bind_given (server, driver, options, error);
}

static KhAddr
main_address (const KhOptions *options, guint socket)
{
  KhAddr addr = any_address (socket);

  for (guint i = 0; i < options->n_addrs; i++)
    if (options->addrs[i].family == addr.family)
      return options->addrs[i];
  return addr;
}

KhAddr
kh_listen_get_address (KhUdpDriver *driver, const KhOptions *options, guint socket)
{
  KhAddr addr = main_address (options, socket);

  addr.port = kh_udp_driver_get_port (driver, socket);
  return addr;
}

void
kh_listen_tcp (KhTcpDriver *tcp, KhUdpDriver *driver, const KhOptions *options)
{
  for (guint socket = 0; socket < 2; socket++)
    {
      KhAddr addr = kh_listen_get_address (driver, options, socket);
      GError *error = NULL;

      if (addr.port == 0)
        continue;
      if (options->tcp && !kh_tcp_driver_listen (tcp, &addr, NULL, &error))
        warn (g_steal_pointer (&error));
      addr.port = options->tcp_port;
      if (addr.port != 0 && !kh_tcp_driver_listen (tcp, &addr, NULL, &error))
        warn (g_steal_pointer (&error));
    }
}

char *
kh_listen_describe (KhUdpDriver *driver, const KhOptions *options)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) texts = NULL;

  for (guint socket = 0; socket < 2; socket++)
    {
      KhAddr addr = kh_listen_get_address (driver, options, socket);
      char buf[KH_ADDR_STRING_MAX];

      if (addr.port != 0)
        g_strv_builder_add (builder, kh_addr_format (&addr, buf));
    }
  texts = g_strv_builder_end (builder);
  return g_strjoinv (" and ", texts);
}
