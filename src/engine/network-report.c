/* network-report.c: see network-report.h; owns nothing but sentences */
#include "engine/network-report.h"

#include <glib/gi18n-lib.h>

#include "engine/size-words.h"

/* Clocks that are closer than this agree, for people. */
#define CLOCK_AGREES_US (2 * G_USEC_PER_SEC)

KhNetworkReport *
kh_network_report_new (const char *server)
{
  KhNetworkReport *self = g_new0 (KhNetworkReport, 1);

  self->server = g_strdup (server);
  self->software = g_strdup ("");
  return self;
}

void
kh_network_report_free (KhNetworkReport *self)
{
  if (self == NULL)
    return;

  g_free (self->server);
  g_free (self->address);
  g_free (self->address6);
  g_free (self->network.text);
  g_clear_pointer (&self->mapping, kh_port_mapping_free);
  for (guint i = 0; i < KH_NETWORK_PROTOCOLS; i++)
    g_clear_pointer (&self->protocols[i], kh_port_mapping_free);
  g_free (self->software);
  g_free (self);
}

const char *
kh_finding_to_string (KhFinding finding)
{
  static const char *const names[] = {
    [KH_FINDING_UNKNOWN] = "unknown",     [KH_FINDING_WORKS] = "works",
    [KH_FINDING_FAILS] = "fails",         [KH_FINDING_NOT_HERE] = "not-here",
    [KH_FINDING_NOT_THERE] = "not-there",
  };

  return (guint) finding < G_N_ELEMENTS (names) ? names[finding] : "unknown";
}

static gboolean
is_mapped (const KhNetworkReport *self)
{
  return self->mapping != NULL && self->mapping->state == KH_PORT_MAPPING_MAPPED;
}

/* What it means for who wants to talk to others. */
static const char *
summary_of (const KhNetworkReport *self)
{
  gboolean relays = self->relay != KH_FINDING_NOT_THERE;

  if (self->udp != KH_FINDING_WORKS && !relays)
    return _ ("From this network there is no path to others, because no UDP gets through and the "
              "server does not relay.");
  if (self->udp != KH_FINDING_WORKS)
    return _ ("From this network there is no direct path to others, because no UDP gets through; "
              "the server relays what you say.");
  if (is_mapped (self) || self->ipv6 == KH_FINDING_WORKS)
    return _ ("From this network a direct path to nearly everybody is possible.");
  switch (self->network.kind)
    {
    case KH_NETWORK_OPEN:
    case KH_NETWORK_STEADY:
      return _ ("From this network a direct path to most others is possible.");
    case KH_NETWORK_SEQUENTIAL:
      return _ (
          "From this network a direct path to most others is possible, after a short search.");
    case KH_NETWORK_RANDOM:
      if (!relays)
        return _ ("From this network a direct path to others takes a search, and is impossible "
                  "where their network is like this one.");
      return _ ("From this network a direct path to others takes a search, and is impossible where "
                "their network is like this one; the server relays until then.");
    case KH_NETWORK_TCP_ONLY:
    case KH_NETWORK_HIDDEN:
    case KH_NETWORK_UNKNOWN:
    default:
      return _ ("It could not be found out how this network treats connections to others.");
    }
}

static void
append_server (GString *out, const KhNetworkReport *self)
{
  double rtt_ms = (double) self->rtt_us / 1000.0;

  if (self->software[0] != '\0')
    /* Translators: the server, its software and version, milliseconds */
    g_string_append_printf (out, _ ("The server %s (%s) answers after %.1f ms.\n"), self->server,
                            self->software, rtt_ms);
  else
    g_string_append_printf (out, _ ("The server %s answers after %.1f ms.\n"), self->server,
                            rtt_ms);
  if (self->version_min == self->version_max)
    g_string_append_printf (out, _ ("It speaks version %u of the protocol.\n"), self->version_min);
  else
    g_string_append_printf (out, _ ("It speaks versions %u to %u of the protocol.\n"),
                            self->version_min, self->version_max);
}

static void
append_clock (GString *out, const KhNetworkReport *self)
{
  double seconds = (double) ABS (self->clock_ahead_us) / G_USEC_PER_SEC;
  int ms = (int) MIN (ABS (self->clock_ahead_us) / 1000, G_MAXINT - 1) + 1;

  if (!self->has_clock)
    return;
  if (ABS (self->clock_ahead_us) < CLOCK_AGREES_US)
    g_string_append_printf (out,
                            g_dngettext (GETTEXT_PACKAGE,
                                         "Its clock and yours agree within %d millisecond.\n",
                                         "Its clock and yours agree within %d milliseconds.\n",
                                         (gulong) ms),
                            ms);
  else if (self->clock_ahead_us > 0)
    g_string_append_printf (out,
                            _ ("Its clock is %.1f seconds ahead of yours: one of the two is "
                               "wrong.\n"),
                            seconds);
  else
    g_string_append_printf (out,
                            _ ("Its clock is %.1f seconds behind yours: one of the two is "
                               "wrong.\n"),
                            seconds);
}

char *
kh_network_report_dup_relay_words (const KhNetworkReport *self)
{
  g_autofree char *rate = kh_size_words (self->relay_rate);
  g_autofree char *volume = kh_size_words ((guint64) self->relay_volume_mb * 1000000);

  if (self->relay == KH_FINDING_NOT_THERE)
    return g_strdup (_ ("Off: you meet only who can be reached directly"));
  if (self->relay != KH_FINDING_WORKS)
    return g_strdup (_ ("The server does not say"));
  if (self->relay_rate > 0 && self->relay_volume_mb > 0)
    /* Translators: "500 kB", "10 GB" */
    return g_strdup_printf (_ ("Up to %s a second, %s a day"), rate, volume);
  if (self->relay_rate > 0)
    return g_strdup_printf (_ ("Up to %s a second"), rate);
  if (self->relay_volume_mb > 0)
    return g_strdup_printf (_ ("Up to %s a day"), volume);
  return g_strdup (_ ("Without limit"));
}

static void
append_relay (GString *out, const KhNetworkReport *self)
{
  g_autofree char *words = NULL;

  if (self->relay == KH_FINDING_UNKNOWN)
    return;
  words = kh_network_report_dup_relay_words (self);
  /* Translators: the server's relay: "Up to 500 kB a second" or "Off: you meet only …" */
  g_string_append_printf (out, _ ("Relay: %s.\n"), words);
}

static const char *
udp_words (KhFinding finding)
{
  switch (finding)
    {
    case KH_FINDING_WORKS:
      return _ ("UDP gets through.");
    case KH_FINDING_FAILS:
      return _ ("UDP does not get through.");
    case KH_FINDING_UNKNOWN:
    case KH_FINDING_NOT_HERE:
    case KH_FINDING_NOT_THERE:
    default:
      return _ ("UDP was not tried.");
    }
}

static const char *
tcp_words (const KhNetworkReport *self)
{
  if (self->tcp == KH_FINDING_WORKS)
    return _ ("TCP gets through.");
  if (self->https == KH_FINDING_WORKS)
    return _ ("TCP gets through to port 443, and to no other.");
  return _ ("TCP does not get through.");
}

static void
append_family (GString *out,
               KhFinding finding,
               const char *address,
               const char *works,
               const char *const others[])
{
  if (finding == KH_FINDING_WORKS && address != NULL)
    {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
      g_string_append_printf (out, works, address);
#pragma GCC diagnostic pop
    }
  else if (others[finding] != NULL)
    g_string_append (out, _ (others[finding]));
}

static const char *const ipv4_words[] = {
  [KH_FINDING_UNKNOWN] = NULL,
  [KH_FINDING_WORKS] = N_ ("IPv4 works.\n"),
  [KH_FINDING_FAILS] = N_ ("IPv4 does not get through.\n"),
  [KH_FINDING_NOT_HERE] = N_ ("This computer has no IPv4.\n"),
  [KH_FINDING_NOT_THERE] = N_ ("The server has no IPv4 address, so IPv4 was not tried.\n"),
};

static const char *const ipv6_words[] = {
  [KH_FINDING_UNKNOWN] = NULL,
  [KH_FINDING_WORKS] = N_ ("IPv6 works.\n"),
  [KH_FINDING_FAILS] = N_ ("IPv6 does not get through.\n"),
  [KH_FINDING_NOT_HERE] = N_ ("This computer has no IPv6.\n"),
  [KH_FINDING_NOT_THERE] = N_ ("The server has no IPv6 address, so IPv6 was not tried.\n"),
};

static void
append_lifetime (GString *out, const KhNetworkReport *self)
{
  int least_s = (int) (self->lifetime_us / G_USEC_PER_SEC);

  if (!self->has_lifetime)
    return;
  if (self->lifetime_less_than_us == G_MAXINT64)
    g_string_append_printf (out,
                            g_dngettext (GETTEXT_PACKAGE,
                                         "The router keeps a path that is not used for %d second "
                                         "and longer.\n",
                                         "The router keeps a path that is not used for %d seconds "
                                         "and longer.\n",
                                         (gulong) least_s),
                            least_s);
  else
    g_string_append_printf (out,
                            _ ("The router keeps a path that is not used for %d to %d seconds.\n"),
                            least_s, (int) (self->lifetime_less_than_us / G_USEC_PER_SEC));
}

/* Why a protocol gives no port. */
static const char *
problem_words (KhPortMappingProblem problem)
{
  switch (problem)
    {
    case KH_PORT_MAPPING_PROBLEM_NO_ANSWER:
      return C_ ("port mapping", "no answer");
    case KH_PORT_MAPPING_PROBLEM_UNSUPPORTED:
      return C_ ("port mapping", "not supported for this");
    case KH_PORT_MAPPING_PROBLEM_NO_ADDRESS:
      return C_ ("port mapping", "the router is not on the internet");
    case KH_PORT_MAPPING_PROBLEM_EXHAUSTED:
      return C_ ("port mapping", "no port left");
    case KH_PORT_MAPPING_PROBLEM_REFUSED:
      return C_ ("port mapping", "refused");
    case KH_PORT_MAPPING_PROBLEM_MISMATCH:
      return C_ ("port mapping", "another router in between");
    case KH_PORT_MAPPING_PROBLEM_NO_ROUTER:
    case KH_PORT_MAPPING_PROBLEM_NONE:
    default:
      return C_ ("port mapping", "no port");
    }
}

static void
append_protocol (GString *out, const KhPortMapping *mapping)
{
  if (mapping->state == KH_PORT_MAPPING_NONE)
    /* Translators: a protocol such as UPnP, and what came of it */
    g_string_append_printf (out, _ ("  %s: %s\n"), mapping->protocol,
                            problem_words (mapping->problem));
  else
    /* Translators: a protocol such as UPnP, and an address with a port */
    g_string_append_printf (out, _ ("  %s: gives the port %s\n"), mapping->protocol,
                            mapping->address);
}

/* Each for itself, unless there is no router to be asked. */
static void
append_mapping (GString *out, const KhNetworkReport *self)
{
  g_autofree char *words = NULL;

  if (self->mapping == NULL)
    return;
  words = kh_port_mapping_to_words (self->mapping);
  g_string_append_printf (out, "%s\n", words);
  if (self->mapping->problem == KH_PORT_MAPPING_PROBLEM_NO_ROUTER)
    return;
  for (guint i = 0; i < KH_NETWORK_PROTOCOLS; i++)
    if (self->protocols[i] != NULL)
      append_protocol (out, self->protocols[i]);
}

char *
kh_network_report_to_text (const KhNetworkReport *self)
{
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "%s\n\n", summary_of (self));
  append_server (out, self);
  append_clock (out, self);
  append_relay (out, self);
  g_string_append_printf (out, "%s\n%s\n", udp_words (self->udp), tcp_words (self));
  append_family (out, self->ipv4, self->address, _ ("IPv4 works; the server sees you at %s.\n"),
                 ipv4_words);
  append_family (out, self->ipv6, self->address6, _ ("IPv6 works; the server sees you at %s.\n"),
                 ipv6_words);
  if (self->network.text != NULL)
    g_string_append_printf (out, "%s\n", self->network.text);
  append_lifetime (out, self);
  append_mapping (out, self);
  return g_string_free (out, FALSE);
}
