/* main.c: a NAT of any behaviour that RFC 4787 names, between two network namespaces
 *
 * One process that holds a TUN device in each namespace, and carries packets from one to the other
 * as a home router would: IPv4 with translation of addresses, IPv6 through a firewall. What lies
 * outside routes the outer address into the device, what lies inside has the device as its way
 * out; more of them can stand behind each other. What chance decides comes from a seed.
 *
 * usage: nat [OPTION…] OUTSIDE INSIDE [COMMAND…]
 *
 * Prints "ready" when both devices are up; ends at the end of its standard input.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "command.h"
#include "link/lines.h"
#include "link/tun.h"

/* As long as an IP packet can be. */
#define PACKET_MAX 65535
/* Packets taken from one side before the other has its turn. */
#define BATCH 32

typedef struct
{
  char *outer_device, *inner_device; /* owned */
  char *outer_address, *inner_address;
  int mtu;
  int seed;
  char **args; /* namespaces and commands */
} Options;

typedef struct
{
  int fds[GATEWAY_N_SIDES];
  Gateway *gateway;
  GString *input;
} Nat;

static char *
run_line (const char *line, gpointer user_data)
{
  Nat *self = user_data;

  return command_run (self->gateway, line, g_get_monotonic_time ());
}

static void
give_packet (GatewaySide side, const guint8 *data, gsize len, gpointer user_data)
{
  Nat *self = user_data;

  if (write (self->fds[side], data, len) < 0)
    fprintf (stderr, "nat: a packet was not taken: %s\n", g_strerror (errno));
}

static void
take_packets (Nat *self, GatewaySide side)
{
  static guint8 buf[PACKET_MAX];
  gint64 now_us = g_get_monotonic_time ();

  for (guint i = 0; i < BATCH; i++)
    {
      gssize len = read (self->fds[side], buf, sizeof buf);

      if (len <= 0)
        return;
      gateway_receive (self->gateway, side, buf, (gsize) len, now_us);
    }
}

static void
carry (Nat *self)
{
  gboolean died = FALSE;
  struct pollfd fds[] = {
    { self->fds[GATEWAY_INSIDE], POLLIN, 0 },
    { self->fds[GATEWAY_OUTSIDE], POLLIN, 0 },
    { STDIN_FILENO, POLLIN, 0 },
  };

  for (;;)
    {
      gboolean dead;

      if (poll (fds, G_N_ELEMENTS (fds), -1) <= 0)
        continue;
      for (GatewaySide side = 0; side < GATEWAY_N_SIDES; side++)
        if (fds[side].revents != 0)
          take_packets (self, side);
      dead = kh_sim_nat_table_is_dead (gateway_get_table (self->gateway, KH_FAMILY_IPV4));
      if (dead && !died)
        fprintf (stderr, "nat: died of too many mappings\n");
      died = dead;
      if (fds[2].revents != 0 && !lines_take (self->input, run_line, self))
        return;
    }
}

static gboolean
open_device (Nat *self, GatewaySide side, const char *namespace, const char *device, int mtu)
{
  g_autoptr (GError) error = NULL;

  self->fds[side] = tun_open (namespace, device, (guint) mtu, &error);
  if (error != NULL)
    fprintf (stderr, "nat: %s\n", error->message);
  return error == NULL;
}

static gboolean
read_address (const char *text, KhAddr *ret_ip)
{
  if (kh_addr_parse (text, 0, ret_ip) && ret_ip->family == KH_FAMILY_IPV4)
    return TRUE;
  fprintf (stderr, "nat: “%s” is no address of IPv4\n", text);
  return FALSE;
}

static gboolean
set_addresses (Nat *self, const Options *options)
{
  KhAddr outer, inner;

  if (!read_address (options->outer_address ? options->outer_address : "203.0.113.2", &outer) ||
      !read_address (options->inner_address ? options->inner_address : "192.168.1.1", &inner))
    return FALSE;
  gateway_set_outer (self->gateway, &outer);
  gateway_set_inner (self->gateway, &inner);
  return TRUE;
}

static int
run (const Options *options)
{
  Nat self = { .fds = { -1, -1 }, .input = g_string_new (NULL) };
  const char *outer_device = options->outer_device ? options->outer_device : "nat-out";
  const char *inner_device = options->inner_device ? options->inner_device : "nat-in";
  gboolean good;

  self.gateway = gateway_new ((guint64) options->seed, give_packet, &self, g_get_monotonic_time ());
  good = set_addresses (&self, options) &&
         open_device (&self, GATEWAY_OUTSIDE, options->args[0], outer_device, options->mtu) &&
         open_device (&self, GATEWAY_INSIDE, options->args[1], inner_device, options->mtu) &&
         lines_run (options->args + 2, "nat", run_line, &self);
  if (good)
    {
      lines_begin ();
      carry (&self);
    }
  for (GatewaySide side = 0; side < GATEWAY_N_SIDES; side++)
    if (self.fds[side] >= 0)
      close (self.fds[side]);
  gateway_free (self.gateway);
  g_string_free (self.input, TRUE);
  return good ? 0 : 1;
}

static void
options_clear (Options *options)
{
  g_free (options->outer_device);
  g_free (options->inner_device);
  g_free (options->outer_address);
  g_free (options->inner_address);
  g_strfreev (options->args);
}

int
main (int argc, char **argv)
{
  Options options = { .mtu = 1500, .seed = 1 };
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "outer-device", 0, 0, G_OPTION_ARG_STRING, &options.outer_device,
      "Name of the device outside (nat-out)", "NAME" },
    { "inner-device", 0, 0, G_OPTION_ARG_STRING, &options.inner_device,
      "Name of the device inside (nat-in)", "NAME" },
    { "outer-address", 0, 0, G_OPTION_ARG_STRING, &options.outer_address,
      "What it sends from (203.0.113.2)", "ADDRESS" },
    { "inner-address", 0, 0, G_OPTION_ARG_STRING, &options.inner_address,
      "Its own address inside (192.168.1.1)", "ADDRESS" },
    { "mtu", 'm', 0, G_OPTION_ARG_INT, &options.mtu, "68 to 65535 (1500)", "BYTES" },
    { "seed", 's', 0, G_OPTION_ARG_INT, &options.seed, "What chance starts from (1)", "NUMBER" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.args, NULL,
      "OUTSIDE INSIDE [COMMAND…]" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  int result = 2;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_summary (context, "A NAT between two network namespaces. Needs root.");
  g_option_context_set_description (context, command_help);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    fprintf (stderr, "nat: %s\n", error->message);
  else if (options.args == NULL || g_strv_length (options.args) < 2)
    fprintf (stderr, "nat: two namespaces are needed; see --help\n");
  else
    result = run (&options);
  options_clear (&options);
  return result;
}
