/* test-network-report.c: what a check of the network says for each way in which it can turn out */
#include "engine/network-report.h"

#include <string.h>

static KhNetworkReport *
report_new (void)
{
  KhNetworkReport *report = kh_network_report_new ("example.org");

  report->udp = report->tcp = report->ipv4 = KH_FINDING_WORKS;
  report->https = KH_FINDING_FAILS;
  report->ipv6 = KH_FINDING_NOT_HERE;
  report->address = g_strdup ("192.0.2.1:4000");
  report->network.kind = KH_NETWORK_STEADY;
  report->network.text = g_strdup ("The network is so and so.");
  report->version_min = report->version_max = 1;
  report->rtt_us = 23400;
  return report;
}

static void
check_says (const KhNetworkReport *report, const char *expected)
{
  g_autofree char *text = kh_network_report_to_text (report);

  if (strstr (text, expected) == NULL)
    g_error ("“%s” is not in:\n%s", expected, text);
}

static void
check_is_silent_about (const KhNetworkReport *report, const char *word)
{
  g_autofree char *text = kh_network_report_to_text (report);

  g_assert_null (strstr (text, word));
}

static void
test_server (void)
{
  g_autoptr (KhNetworkReport) report = report_new ();

  check_says (report, "The server example.org answers after 23.4 ms.\n");
  check_says (report, "It speaks version 1 of the protocol.\n");
  check_is_silent_about (report, "clock");
  g_free (report->software);
  report->software = g_strdup ("knotholed 2");
  report->version_max = 3;
  check_says (report, "The server example.org (knotholed 2) answers after 23.4 ms.\n");
  check_says (report, "It speaks versions 1 to 3 of the protocol.\n");
  report->has_clock = TRUE;
  check_says (report, "Its clock and yours agree within 1 millisecond.\n");
  report->clock_ahead_us = -1999999;
  check_says (report, "Its clock and yours agree within 2000 milliseconds.\n");
  report->clock_ahead_us = -3600 * (gint64) G_USEC_PER_SEC;
  check_says (report, "Its clock is 3600.0 seconds behind yours");
  report->clock_ahead_us = G_MAXINT64;
  check_says (report, "seconds ahead of yours");
}

static void
test_relay (void)
{
  g_autoptr (KhNetworkReport) report = report_new ();

  check_is_silent_about (report, "Relay");
  report->relay = KH_FINDING_WORKS;
  check_says (report, "Relay: Without limit.\n");
  report->relay_volume_mb = 10000;
  check_says (report, "Relay: Up to 10.0\302\240GB a day.\n");
  report->relay_rate = 500000;
  check_says (report, "Relay: Up to 500.0\302\240kB a second, 10.0\302\240GB a day.\n");
  report->relay_volume_mb = 0;
  check_says (report, "Relay: Up to 500.0\302\240kB a second.\n");
  report->relay = KH_FINDING_NOT_THERE;
  check_says (report, "Relay: Off");
  /* Nothing is promised of it then. */
  report->network.kind = KH_NETWORK_RANDOM;
  check_is_silent_about (report, "relays until then");
  report->udp = KH_FINDING_FAILS;
  check_says (report, "there is no path to others");
}

static void
test_ways (void)
{
  g_autoptr (KhNetworkReport) report = report_new ();

  check_says (report, "UDP gets through.\nTCP gets through.\n");
  check_says (report, "IPv4 works; the server sees you at 192.0.2.1:4000.\n");
  check_says (report, "This computer has no IPv6.\n");
  check_says (report, "The network is so and so.\n");
  report->tcp = KH_FINDING_FAILS;
  check_says (report, "TCP does not get through.\n");
  report->https = KH_FINDING_WORKS;
  check_says (report, "TCP gets through to port 443, and to no other.\n");
  report->ipv6 = KH_FINDING_NOT_THERE;
  check_says (report, "The server has no IPv6 address");
  report->ipv6 = KH_FINDING_FAILS;
  check_says (report, "IPv6 does not get through.\n");
  report->udp = KH_FINDING_FAILS;
  check_says (report, "UDP does not get through.\n");
  for (KhFinding i = KH_FINDING_UNKNOWN; i <= KH_FINDING_NOT_THERE; i++)
    g_assert_cmpstr (kh_finding_to_string (i), !=, NULL);
}

/* What it all means is said first. */
static void
test_summary (void)
{
  static const struct
  {
    KhNetworkKind kind;
    KhFinding udp, ipv6;
    gboolean is_mapped;
    const char *says;
  } rows[] = {
    { KH_NETWORK_OPEN, KH_FINDING_WORKS, KH_FINDING_FAILS, FALSE, "to most others is possible." },
    { KH_NETWORK_STEADY, KH_FINDING_WORKS, KH_FINDING_FAILS, FALSE, "to most others is possible." },
    { KH_NETWORK_SEQUENTIAL, KH_FINDING_WORKS, KH_FINDING_FAILS, FALSE, "after a short search." },
    { KH_NETWORK_RANDOM, KH_FINDING_WORKS, KH_FINDING_FAILS, FALSE, "takes a search" },
    { KH_NETWORK_RANDOM, KH_FINDING_WORKS, KH_FINDING_FAILS, TRUE, "nearly everybody" },
    { KH_NETWORK_RANDOM, KH_FINDING_WORKS, KH_FINDING_WORKS, FALSE, "nearly everybody" },
    { KH_NETWORK_TCP_ONLY, KH_FINDING_FAILS, KH_FINDING_WORKS, FALSE, "no direct path" },
    { KH_NETWORK_UNKNOWN, KH_FINDING_WORKS, KH_FINDING_FAILS, FALSE, "could not be found out" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (KhNetworkReport) report = report_new ();
      g_autofree char *text = NULL;

      report->network.kind = rows[i].kind;
      report->udp = rows[i].udp;
      report->ipv6 = rows[i].ipv6;
      if (rows[i].is_mapped)
        {
          report->mapping = g_new0 (KhPortMapping, 1);
          report->mapping->state = KH_PORT_MAPPING_MAPPED;
          report->mapping->protocol = "PCP";
          report->mapping->address = g_strdup ("192.0.2.1:5");
        }
      text = kh_network_report_to_text (report);
      *strchr (text, '\n') = '\0';
      g_assert_nonnull (strstr (text, rows[i].says));
    }
}

static KhPortMapping *
mapping_new (const char *protocol, KhPortMappingState state, KhPortMappingProblem problem)
{
  KhPortMapping *mapping = g_new0 (KhPortMapping, 1);

  mapping->protocol = protocol;
  mapping->state = state;
  mapping->problem = problem;
  if (state != KH_PORT_MAPPING_NONE)
    mapping->address = g_strdup ("192.0.2.1:5");
  return mapping;
}

/* Each protocol is told of, in its place. */
static void
test_protocols (void)
{
  g_autoptr (KhNetworkReport) report = report_new ();

  check_is_silent_about (report, "UPnP");
  report->mapping = mapping_new ("NAT-PMP", KH_PORT_MAPPING_MAPPED, 0);
  report->protocols[0] =
      mapping_new ("PCP", KH_PORT_MAPPING_NONE, KH_PORT_MAPPING_PROBLEM_NO_ANSWER);
  report->protocols[1] = mapping_new ("NAT-PMP", KH_PORT_MAPPING_MAPPED, 0);
  report->protocols[2] =
      mapping_new ("UPnP", KH_PORT_MAPPING_NONE, KH_PORT_MAPPING_PROBLEM_REFUSED);
  check_says (report, "The router lets others in at 192.0.2.1:5 (NAT-PMP).\n  PCP: no answer\n"
                      "  NAT-PMP: gives the port 192.0.2.1:5\n  UPnP: refused\n");
  for (KhPortMappingProblem i = KH_PORT_MAPPING_PROBLEM_NONE; i <= KH_PORT_MAPPING_PROBLEM_MISMATCH;
       i++)
    {
      report->protocols[2]->problem = i;
      check_says (report, "  UPnP: ");
    }
  /* Built without it. */
  g_clear_pointer (&report->protocols[2], kh_port_mapping_free);
  check_is_silent_about (report, "UPnP");
  /* Nobody was asked, so nobody did not answer. */
  report->mapping->state = KH_PORT_MAPPING_NONE;
  report->mapping->problem = KH_PORT_MAPPING_PROBLEM_NO_ROUTER;
  check_is_silent_about (report, "PCP");
}

static void
test_lifetime (void)
{
  g_autoptr (KhNetworkReport) report = report_new ();

  check_is_silent_about (report, "keeps a path");
  report->has_lifetime = TRUE;
  report->lifetime_us = 18 * G_USEC_PER_SEC;
  report->lifetime_less_than_us = 25 * G_USEC_PER_SEC;
  check_says (report, "The router keeps a path that is not used for 18 to 25 seconds.\n");
  report->lifetime_less_than_us = G_MAXINT64;
  check_says (report, "The router keeps a path that is not used for 18 seconds and longer.\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/network-report/server", test_server);
  g_test_add_func ("/network-report/relay", test_relay);
  g_test_add_func ("/network-report/ways", test_ways);
  g_test_add_func ("/network-report/summary", test_summary);
  g_test_add_func ("/network-report/protocols", test_protocols);
  g_test_add_func ("/network-report/lifetime", test_lifetime);
  return g_test_run ();
}
