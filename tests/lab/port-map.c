/* port-map.c: a socket that asks the gateway for a port, for test-port-map.py
 *
 * usage: port-map PORT [upnp]
 *
 * Binds PORT, maps it by PCP or NAT-PMP, or with "upnp" by that alone, and prints one line for each
 * event and each datagram that comes in from elsewhere. A line on standard input, "renew" or
 * "close", does so; the end of it is "close".
 */
#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/gateway.h"
#include "io/system-random.h"
#include "io/udp-driver.h"
#include "io/upnp.h"
#include "path/port-map.h"

typedef struct
{
  KhPortMap *map;
  KhUdpDriver *driver;
  GMainLoop *loop;
  GDataInputStream *input;
  gboolean upnp;
  KhAddr internal; /* of IPv4 */
  KhUpnpMapping *mapping;
  int status;
} Program;

static void
say_mapped (KhAddr external, KhPortMapProtocol protocol)
{
  char text[KH_ADDR_STRING_MAX];

  g_print ("mapped %s %s %s\n", kh_port_map_protocol_to_string (protocol),
           kh_addr_format (&external, text),
           kh_port_map_is_global (&external) ? "global" : "private");
}

/* --- the machine ------------------------------------------------------------------------- */

static void
receive (gpointer machine, KhDatagram *in, gint64 now_us)
{
  Program *self = machine;
  char text[KH_ADDR_STRING_MAX];

  if (self->map == NULL || !kh_port_map_receive (self->map, in, now_us))
    g_print ("received %.*s from %s\n", (int) in->len, (const char *) in->data,
             kh_addr_format (&in->remote, text));
}

static gboolean
poll_send (gpointer machine, KhDatagram *out, gint64 now_us)
{
  Program *self = machine;

  return self->map != NULL && kh_port_map_poll_send (self->map, out, now_us);
}

static gint64
next_timeout (gpointer machine)
{
  Program *self = machine;

  return self->map == NULL ? KH_NEVER : kh_port_map_next_timeout (self->map);
}

static void
handle_timeout (gpointer machine, gint64 now_us)
{
  Program *self = machine;

  if (self->map != NULL)
    kh_port_map_handle_timeout (self->map, now_us);
}

static void
after (gpointer user_data)
{
  Program *self = user_data;
  KhPortMapEvent event;

  while (self->map != NULL && kh_port_map_poll_event (self->map, &event))
    switch (event.kind)
      {
      case KH_PORT_MAP_EVENT_MAPPED:
        say_mapped (event.external, event.protocol);
        break;
      case KH_PORT_MAP_EVENT_LOST:
        g_print ("lost\n");
        break;
      case KH_PORT_MAP_EVENT_FAILED:
        g_print ("failed %s %s\n", kh_family_to_string (event.family),
                 kh_port_map_failure_to_string (event.failure));
        break;
      default:
        g_assert_not_reached ();
      }
}

/* --- UPnP -------------------------------------------------------------------------------- */

static void
on_upnp_mapped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Program *self = user_data;
  g_autoptr (GError) error = NULL;
  KhUpnpMapping *mapping = kh_upnp_map_finish (result, &error);

  if (mapping == NULL)
    {
      g_print ("failed UPnP %d %s\n", error->code, error->message);
      return;
    }
  g_clear_pointer (&self->mapping, kh_upnp_mapping_free);
  self->mapping = mapping;
  say_mapped (kh_upnp_mapping_get_external (mapping), KH_PORT_MAP_UPNP);
  g_print ("lease %u\n", kh_upnp_mapping_get_lease_s (mapping));
}

static void
on_upnp_unmapped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Program *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!kh_upnp_unmap_finish (result, &error))
    {
      g_printerr ("%s\n", error->message);
      self->status = EXIT_FAILURE;
    }
  g_main_loop_quit (self->loop);
}

/* --- commands ---------------------------------------------------------------------------- */

static void
renew (Program *self)
{
  if (self->upnp)
    kh_upnp_map_async (&self->internal, self->mapping, NULL, on_upnp_mapped, self);
  else
    {
      kh_port_map_refresh (self->map, g_get_monotonic_time ());
      kh_udp_driver_kick (self->driver);
    }
}

static void
close_down (Program *self)
{
  if (self->mapping != NULL)
    {
      kh_upnp_unmap_async (self->mapping, NULL, on_upnp_unmapped, self);
      return;
    }
  if (self->map != NULL)
    {
      kh_port_map_shutdown (self->map, g_get_monotonic_time ());
      kh_udp_driver_flush (self->driver);
    }
  g_main_loop_quit (self->loop);
}

static void
on_line (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Program *self = user_data;
  g_autofree char *line =
      g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (source), result, NULL, NULL);

  if (g_strcmp0 (line, "renew") != 0)
    {
      close_down (self);
      return;
    }
  renew (self);
  g_data_input_stream_read_line_async (self->input, G_PRIORITY_DEFAULT, NULL, on_line, self);
}

static void
begin (Program *self)
{
  guint16 ports[2] = { kh_udp_driver_get_port (self->driver, 0),
                       kh_udp_driver_get_port (self->driver, KH_SOCKET_IPV6) };
  KhGateway found[KH_GATEWAYS_MAX];
  KhAddr gateways[KH_GATEWAYS_MAX];
  guint n = kh_gateway_list (NULL, ports[0], ports[1], found);
  gint64 now_us = g_get_monotonic_time ();
  char text[KH_ADDR_STRING_MAX];

  for (guint i = 0; i < n; i++)
    {
      g_print ("gateway %s\n", kh_addr_format (&found[i].gateway, text));
      gateways[i] = found[i].gateway;
      if (found[i].local.family == KH_FAMILY_IPV4)
        self->internal = found[i].local;
      if (self->map != NULL)
        kh_port_map_set_internal (self->map, found[i].local.family, &found[i].local, now_us);
    }
  if (self->map != NULL)
    kh_port_map_set_gateways (self->map, gateways, n, now_us);
  else
    renew (self);
}

int
main (int argc, char **argv)
{
  static const KhMachineOps ops = { receive, poll_send, next_timeout, handle_timeout, NULL, NULL };
  g_autoptr (GInputStream) input = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GError) error = NULL;
  Program self = { .status = EXIT_SUCCESS, .upnp = argc > 2 && g_str_equal (argv[2], "upnp") };

  setvbuf (stdout, NULL, _IOLBF, 0);
  if (argc < 2)
    return EXIT_FAILURE;
  if (!self.upnp)
    self.map = kh_port_map_new (kh_system_random ());
  self.loop = g_main_loop_new (NULL, FALSE);
  self.input = g_data_input_stream_new (input);
  self.driver = kh_udp_driver_new (&ops, &self, after, &self);
  if (!kh_udp_driver_bind_any (self.driver, 0, (guint16) atoi (argv[1]), &error))
    g_error ("%s", error->message);
  begin (&self);
  kh_udp_driver_kick (self.driver);
  g_data_input_stream_read_line_async (self.input, G_PRIORITY_DEFAULT, NULL, on_line, &self);
  g_main_loop_run (self.loop);

  kh_udp_driver_free (self.driver);
  kh_port_map_free (self.map);
  kh_upnp_mapping_free (self.mapping);
  g_object_unref (self.input);
  g_main_loop_unref (self.loop);
  return self.status;
}
