/* network-findings.c: what follows from the answers to a check of the network; owns nothing */
#include "engine/network-check-private.h"

#include "engine/error-private.h"
#include "engine/verdict-report-private.h"
#include "store/peek.h"

#define SETTING_SERVER "server"

/* --- keys -------------------------------------------------------------------------------- */

gboolean
kh_network_check_parse_key (const char *text, KhKey *ret_key)
{
  g_autofree char *padded = g_strconcat (text, "=", NULL);
  g_autofree guint8 *bytes = NULL;
  gsize len = 0;

  if (strlen (text) != 43)
    return FALSE;
  g_strdelimit (padded, "-", '+');
  g_strdelimit (padded, "_", '/');
  bytes = g_base64_decode (padded, &len);
  if (len != KH_KEY_SIZE)
    return FALSE;
  memcpy (ret_key->bytes, bytes, KH_KEY_SIZE);
  return TRUE;
}

char *
kh_network_check_format_key (const KhKey *key)
{
  char *text = g_base64_encode (key->bytes, KH_KEY_SIZE);

  text[strcspn (text, "=")] = '\0';
  g_strdelimit (text, "+", '-');
  return g_strdelimit (text, "/", '_');
}

gboolean
kh_network_check_recall (const char *data_dir,
                         const char *server,
                         char **ret_server,
                         char **ret_server_key,
                         GError **error)
{
  char text[KH_SERVER_NAME_STRING_MAX];
  g_autofree char *chosen = g_strdup (server);
  GError *local_error = NULL;
  gboolean has_key = FALSE;
  KhServerNameError reason;
  KhServerName name;
  KhKey key;

  if (chosen == NULL && !kh_peek_setting (data_dir, SETTING_SERVER, &chosen, &local_error))
    {
      g_propagate_error (error, kh_engine_error_from_store (local_error));
      return FALSE;
    }
  if (chosen != NULL && !kh_server_name_parse (chosen, &name, &reason))
    {
      g_set_error_literal (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_BAD_SERVER,
                           kh_server_name_error_to_string (reason));
      return FALSE;
    }
  /* Pins have the name as it is spelled when it is parsed. */
  if (chosen != NULL &&
      !kh_peek_pin (data_dir, kh_server_name_format (&name, text), &has_key, &key, &local_error))
    {
      g_propagate_error (error, kh_engine_error_from_store (local_error));
      return FALSE;
    }
  *ret_server = g_steal_pointer (&chosen);
  *ret_server_key = has_key ? kh_network_check_format_key (&key) : NULL;
  return TRUE;
}

/* --- the server -------------------------------------------------------------------------- */

gboolean
kh_network_check_answers (KhNetworkCheck *self, KhFamily family)
{
  const KhReachTarget *target;

  for (guint i = 0; (target = kh_reach_get_target (self->reach, i)) != NULL; i++)
    if (target->state == KH_REACH_ANSWERED &&
        (family == KH_FAMILY_NONE || target->remote.family == family))
      return TRUE;
  return FALSE;
}

/* At the server's port: what is at 443 of another one says nothing of it. */
static gboolean
is_refused (KhNetworkCheck *self)
{
  guint16 port = g_array_index (self->addrs, KhAddr, 0).port;
  const KhReachTarget *target;

  for (guint i = 0; (target = kh_reach_get_target (self->reach, i)) != NULL; i++)
    if (target->state == KH_REACH_REFUSED && target->remote.port == port)
      return TRUE;
  return FALSE;
}

gboolean
kh_network_check_is_own (KhNetworkCheck *self, const KhAddr *addr)
{
  for (gsize i = 0; i < self->n_hosts; i++)
    if (kh_addr_equal_ip (&self->hosts[i], addr))
      return TRUE;
  return kh_addr_is_loopback (addr);
}

void
kh_network_check_set_server (KhNetworkCheck *self, KhFamily family)
{
  g_autoptr (GArray) chosen = g_array_new (FALSE, FALSE, sizeof (KhAddr));
  const GArray *addrs;

  for (guint i = 0; i < self->addrs->len; i++)
    {
      KhAddr addr = g_array_index (self->addrs, KhAddr, i);

      if (addr.family == family)
        g_array_append_val (chosen, addr);
    }
  addrs = chosen->len > 0 ? chosen : self->addrs;
  kh_node_set_server (self->node, &g_array_index (addrs, KhAddr, 0), addrs->len,
                      self->has_key ? &self->key : NULL, g_get_monotonic_time ());
  kh_udp_driver_kick (self->driver);
}

KhEngineError
kh_network_check_diagnose (KhNetworkCheck *self)
{
  if (self->state == KH_LINK_KEY_CHANGED)
    return KH_ENGINE_ERROR_SERVER_KEY_CHANGED;
  if (self->trouble == KH_LINK_TROUBLE_VERSION)
    return KH_ENGINE_ERROR_SERVER_VERSION;
  if (kh_network_check_answers (self, KH_FAMILY_NONE))
    return KH_ENGINE_ERROR_SERVER_UNPROVEN;
  if (is_refused (self))
    return KH_ENGINE_ERROR_SERVER_REFUSED;
  return KH_ENGINE_ERROR_SERVER_SILENT;
}

/* --- the report -------------------------------------------------------------------------- */

static void
describe_protocols (KhNetworkCheck *self)
{
  KhNetworkReport *report = self->report;
  const KhReachTarget *target;

  report->udp = report->tcp = report->https = KH_FINDING_FAILS;
  for (guint i = 0; (target = kh_reach_get_target (self->reach, i)) != NULL; i++)
    {
      KhFinding *finding = target->socket != KH_SOCKET_TCP              ? &report->udp
                           : target->remote.port == KH_REACH_HTTPS_PORT ? &report->https
                                                                        : &report->tcp;

      if (target->state == KH_REACH_ANSWERED)
        *finding = KH_FINDING_WORKS;
    }
}

static KhFinding
family_finding (KhNetworkCheck *self, KhFamily family)
{
  gboolean is_there = FALSE, is_here = FALSE;

  if (kh_network_check_answers (self, family))
    return KH_FINDING_WORKS;
  for (guint i = 0; i < self->addrs->len; i++)
    is_there |= g_array_index (self->addrs, KhAddr, i).family == family;
  for (gsize i = 0; i < self->n_hosts; i++)
    is_here |= self->hosts[i].family == family && !kh_addr_is_loopback (&self->hosts[i]);
  if (!is_here)
    return KH_FINDING_NOT_HERE;
  return is_there ? KH_FINDING_FAILS : KH_FINDING_NOT_THERE;
}

/* (transfer full) (nullable): how the server sees us, over UDP rather than over TCP */
static char *
seen_over (KhNetworkCheck *self, KhFamily family)
{
  const KhAddr *link = &self->seen[kh_socket_for_family (family)];
  const KhAddr *found = kh_addr_is_set (link) ? link : NULL;
  const KhReachTarget *target;

  for (guint i = 0; found == NULL && (target = kh_reach_get_target (self->reach, i)) != NULL; i++)
    if (target->state == KH_REACH_ANSWERED && target->remote.family == family)
      found = &target->ack.seen;
  return found != NULL ? kh_addr_to_string (found) : NULL;
}

static void
describe_lifetime (KhNetworkCheck *self)
{
  const KhNatLifetime *lifetime = kh_node_get_nat_lifetime (self->node);

  if (lifetime->state != KH_LIFETIME_KNOWN)
    return;
  self->report->has_lifetime = TRUE;
  self->report->lifetime_us = lifetime->at_least_us;
  self->report->lifetime_less_than_us = lifetime->less_than_us;
}

static void
describe_relay (KhNetworkReport *report, const KhLinkRelayTerms *terms)
{
  switch (terms->state)
    {
    case KH_LINK_RELAY_ON:
      report->relay = KH_FINDING_WORKS;
      break;
    case KH_LINK_RELAY_OFF:
      report->relay = KH_FINDING_NOT_THERE;
      break;
    case KH_LINK_RELAY_UNSAID:
    default:
      report->relay = KH_FINDING_UNKNOWN;
    }
  report->relay_rate = terms->rate;
  report->relay_volume_mb = terms->volume_mb;
}

static void
describe_server (KhNetworkCheck *self)
{
  KhServerAbout about;
  const KhReachTarget *target;

  self->report->rtt_us = self->rtt_us;
  for (guint i = 0; (target = kh_reach_get_target (self->reach, i)) != NULL; i++)
    if (target->state == KH_REACH_ANSWERED)
      {
        self->report->version_min = target->ack.version_min;
        self->report->version_max = target->ack.version_max;
      }
  if (!kh_node_get_about (self->node, &about))
    return;
  g_free (self->report->software);
  self->report->software = g_strdup (about.software);
  self->report->has_clock = about.has_clock;
  self->report->clock_ahead_us = about.clock_ahead_us;
  describe_relay (self->report, &about.relay);
}

KhPortMapProtocol
kh_network_check_protocol (guint i)
{
  static const KhPortMapProtocol protocols[KH_NETWORK_PROTOCOLS] = { KH_PORT_MAP_PCP,
                                                                     KH_PORT_MAP_NAT_PMP,
                                                                     KH_PORT_MAP_UPNP };

  return protocols[i];
}

static KhPortMapping *
mapping_of (KhNetworkCheck *self, guint i)
{
  KhPortMapperFamily family = kh_port_mapper_get (self->mappers[i], KH_FAMILY_IPV4);
  KhPortMapping *mapping = g_new0 (KhPortMapping, 1);
  gboolean is_outside = kh_port_map_is_global (&family.external) ||
                        kh_addr_equal_ip (&family.external, &self->seen[0]);

  mapping->protocol = kh_port_map_protocol_to_string (kh_network_check_protocol (i));
  switch (family.state)
    {
    case KH_PORT_MAPPER_MAPPED:
      mapping->state = is_outside ? KH_PORT_MAPPING_MAPPED : KH_PORT_MAPPING_BEHIND;
      mapping->address = kh_addr_to_string (&family.external);
      break;
    case KH_PORT_MAPPER_ASKING:
      mapping->state = KH_PORT_MAPPING_NONE;
      mapping->problem = KH_PORT_MAPPING_PROBLEM_NO_ANSWER;
      break;
    case KH_PORT_MAPPER_FAILED:
      mapping->state = KH_PORT_MAPPING_NONE;
      mapping->problem = kh_port_mapper_describe_problem (&family);
      break;
    default:
      g_assert_not_reached ();
    }
  return mapping;
}

static guint
rank_of (const KhPortMapping *mapping)
{
  return mapping->state == KH_PORT_MAPPING_MAPPED   ? 2
         : mapping->state == KH_PORT_MAPPING_BEHIND ? 1
                                                    : 0;
}

/* What all of them come to: the best port, or why there is none, as when one asks for a port. */
static KhPortMapping *
sum_up (KhNetworkReport *report)
{
  KhPortMapping *sum = g_new0 (KhPortMapping, 1);
  const KhPortMapping *best = NULL;

  for (guint i = 0; i < KH_NETWORK_PROTOCOLS; i++)
    {
      const KhPortMapping *mapping = report->protocols[i];

      if (mapping != NULL &&
          (best == NULL || rank_of (mapping) > rank_of (best) ||
           (rank_of (mapping) == rank_of (best) && mapping->problem > best->problem)))
        best = mapping;
    }
  sum->state = best->state;
  sum->problem = best->problem;
  if (best->state != KH_PORT_MAPPING_NONE)
    {
      sum->protocol = best->protocol;
      sum->address = g_strdup (best->address);
    }
  return sum;
}

static void
describe_mapping (KhNetworkCheck *self)
{
  gboolean is_asked = FALSE;

  for (guint i = 0; i < KH_NETWORK_PROTOCOLS; i++)
    if (self->mappers[i] != NULL)
      {
        self->report->protocols[i] = mapping_of (self, i);
        is_asked = TRUE;
      }
  if (is_asked)
    self->report->mapping = sum_up (self->report);
  else if (self->flags & KH_NETWORK_CHECK_MAPPING && kh_network_check_is_own (self, &self->seen[0]))
    {
      self->report->mapping = g_new0 (KhPortMapping, 1);
      self->report->mapping->state = KH_PORT_MAPPING_NEEDLESS;
    }
}

void
kh_network_check_describe (KhNetworkCheck *self)
{
  const KhNatBehaviour *behaviour = kh_node_get_nat_behaviour (self->node);
  KhNetworkReport *report = self->report;

  describe_protocols (self);
  report->ipv4 = family_finding (self, KH_FAMILY_IPV4);
  report->ipv6 = family_finding (self, KH_FAMILY_IPV6);
  report->address = seen_over (self, KH_FAMILY_IPV4);
  report->address6 = seen_over (self, KH_FAMILY_IPV6);
  report->network = kh_network_nature_make (behaviour, NULL);
  /* Not yet, and not later either. */
  if (report->network.kind == KH_NETWORK_UNKNOWN)
    g_clear_pointer (&report->network.text, g_free);
  describe_lifetime (self);
  describe_server (self);
  describe_mapping (self);
}
