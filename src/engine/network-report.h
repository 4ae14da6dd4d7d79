/* network-report.h: what a check of this machine's network has found, as plain values
 *
 * Made by network-check.h. All text is in the user's language.
 */
#pragma once

#include "engine/port-mapping.h"
#include "engine/verdict-report.h"

typedef enum
{
  KH_FINDING_UNKNOWN, /* it was not looked at, or not to the end */
  KH_FINDING_WORKS,
  KH_FINDING_FAILS,     /* it was tried, and nothing came back */
  KH_FINDING_NOT_HERE,  /* this computer has no address of that family */
  KH_FINDING_NOT_THERE, /* the server has none */
} KhFinding;

#define KH_NETWORK_PROTOCOLS 3

/**
 * KhNetworkReport:
 * @server: as it was typed
 * @udp, @tcp: to the server's port, over any family; @https: TCP to port 443
 * @ipv4, @ipv6: over any protocol
 * @address, @address6: (nullable): as the server sees this computer, with the port
 * @network: how the gateways around us behave; its text is NULL where that is not known
 * @has_lifetime: FALSE unless it was asked for and could be told
 * @lifetime_us: for so long at least a mapping lives that is not used
 * @lifetime_less_than_us: for less than that; G_MAXINT64 where it outlived the longest try
 * @mapping: (nullable): what came of asking the router; NULL where it was not asked
 * @protocols: (nullable): the same of PCP, NAT-PMP and UPnP, each asked for itself; their @protocol
 *   is set in any state. NULL where it was not asked by that one
 * @software: the server's name and version, "" if it does not say
 * @version_min, @version_max: of the protocol, of the server
 * @rtt_us: to the server
 * @has_clock: whether it told its time
 * @clock_ahead_us: of its clock to ours, give or take half of @rtt_us
 * @relay: whether it relays: WORKS, NOT_THERE, or UNKNOWN where it does not say
 * @relay_rate: bytes a second that it relays for one client; 0 is no limit
 * @relay_volume_mb: 10^6 bytes a day of the same; 0 is no limit
 */
typedef struct
{
  char *server;
  KhFinding udp, tcp, https;
  KhFinding ipv4, ipv6;
  char *address;
  char *address6;
  KhNetworkNature network;
  gboolean has_lifetime;
  gint64 lifetime_us;
  gint64 lifetime_less_than_us;
  KhPortMapping *mapping;
  KhPortMapping *protocols[KH_NETWORK_PROTOCOLS];
  char *software;
  guint version_min, version_max;
  gint64 rtt_us;
  gboolean has_clock;
  gint64 clock_ahead_us;
  KhFinding relay;
  guint relay_rate, relay_volume_mb;
} KhNetworkReport;

KhNetworkReport *kh_network_report_new (const char *server);
void kh_network_report_free (KhNetworkReport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhNetworkReport, kh_network_report_free)

/* (transfer full): lines; the first says what the rest means for direct paths to others. */
char *kh_network_report_to_text (const KhNetworkReport *self);

/* (transfer full): of what the server relays, as a few words: "Up to 500 kB a second, 10 GB a day"
 */
char *kh_network_report_dup_relay_words (const KhNetworkReport *self);

/* "works", "fails", "not-here", "not-there", "unknown" */
const char *kh_finding_to_string (KhFinding finding);
