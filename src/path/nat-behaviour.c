/* nat-behaviour.c: what a gateway does, as a value: conclusions, codec and words (RFC 4787)
 *
 * Owns nothing. The codec is in PROTOCOL.md, "Introductions".
 */
#include "path/nat-behaviour.h"

#include <string.h>

/* A gap between two mappings made at the same moment; more is chance. With random ports, three
 * gaps in a row up to this are seen once in 60,000 times. */
#define GAP_MAX 64
/* Steps beyond this are not worth guessing with: they would fit to chance. */
#define STEP_MAX 16
#define SAMPLES_NEEDED 3

enum
{
  FLAG_UDP_BLOCKED = 1 << 0,
  FLAG_MAPPED = 1 << 1,
  FLAG_RELAY_ONLY = 1 << 2,
};

static int
common_divisor (int a, int b)
{
  while (b != 0)
    {
      int rest = a % b;

      a = b;
      b = rest;
    }
  return ABS (a);
}

KhNatPorts
kh_nat_behaviour_classify_ports (const guint16 *ports, guint n, int *ret_step)
{
  int step = 0;
  guint up = 0;

  if (n < SAMPLES_NEEDED)
    return KH_NAT_PORTS_UNKNOWN;
  for (guint i = 1; i < n; i++)
    {
      int gap = (gint16) (ports[i] - ports[i - 1]);

      if (gap == 0 || ABS (gap) > GAP_MAX)
        return KH_NAT_PORTS_RANDOM;
      step = common_divisor (step, gap);
      up += gap > 0;
    }
  if (step > STEP_MAX || (up != 0 && up != n - 1))
    return KH_NAT_PORTS_RANDOM;
  *ret_step = up > 0 ? step : -step;
  return KH_NAT_PORTS_SEQUENTIAL;
}

void
kh_nat_behaviour_encode (const KhNatBehaviour *self, guint8 out[KH_NAT_BEHAVIOUR_SIZE])
{
  out[0] = (guint8) (self->mapping | self->ports << 4);
  out[1] = (guint8) (self->filtering | self->hairpin << 4);
  out[2] = (guint8) (gint8) CLAMP (self->step, -STEP_MAX, STEP_MAX);
  out[3] = self->floor;
  out[4] =
      (guint8) ((self->udp_blocked ? FLAG_UDP_BLOCKED : 0) | (self->is_mapped ? FLAG_MAPPED : 0) |
                (self->is_relay_only ? FLAG_RELAY_ONLY : 0));
}

static guint
known (guint value, guint last)
{
  return value > last ? 0 : value;
}

gboolean
kh_nat_behaviour_decode (const guint8 *data, gsize len, KhNatBehaviour *ret_behaviour)
{
  KhNatBehaviour self = { 0 };

  if (len < KH_NAT_BEHAVIOUR_SIZE)
    return FALSE;
  self.mapping = known (data[0] & 0xf, KH_NAT_MAPPING_DEPENDENT);
  self.ports = known (data[0] >> 4, KH_NAT_PORTS_RANDOM);
  self.filtering = known (data[1] & 0xf, KH_NAT_FILTERING_BY_PORT);
  self.hairpin = known (data[1] >> 4, KH_NAT_HAIRPIN_YES);
  self.step = (gint8) data[2];
  self.floor = data[3];
  self.udp_blocked = (data[4] & FLAG_UDP_BLOCKED) != 0;
  self.is_mapped = (data[4] & FLAG_MAPPED) != 0;
  self.is_relay_only = (data[4] & FLAG_RELAY_ONLY) != 0;
  if (self.ports == KH_NAT_PORTS_SEQUENTIAL && (self.step == 0 || ABS (self.step) > STEP_MAX))
    self.ports = KH_NAT_PORTS_RANDOM;
  if (self.ports != KH_NAT_PORTS_SEQUENTIAL)
    self.step = 0;
  *ret_behaviour = self;
  return TRUE;
}

gboolean
kh_nat_behaviour_equal (const KhNatBehaviour *a, const KhNatBehaviour *b)
{
  guint8 bytes[2][KH_NAT_BEHAVIOUR_SIZE];

  kh_nat_behaviour_encode (a, bytes[0]);
  kh_nat_behaviour_encode (b, bytes[1]);
  return memcmp (bytes[0], bytes[1], KH_NAT_BEHAVIOUR_SIZE) == 0;
}

gboolean
kh_nat_behaviour_is_stable (const KhNatBehaviour *self)
{
  return self->mapping != KH_NAT_MAPPING_DEPENDENT;
}

gboolean
kh_nat_behaviour_ignores_ports (const KhNatBehaviour *self)
{
  return self->filtering == KH_NAT_FILTERING_IGNORES_PORTS;
}

gboolean
kh_nat_behaviour_pays_for_remotes (const KhNatBehaviour *self)
{
  switch (self->mapping)
    {
    case KH_NAT_MAPPING_INDEPENDENT:
      return self->ports == KH_NAT_PORTS_PRESERVING || self->ports == KH_NAT_PORTS_UNKNOWN;
    case KH_NAT_MAPPING_NONE: /* there may be a firewall, which keeps flows */
    case KH_NAT_MAPPING_UNKNOWN:
    case KH_NAT_MAPPING_DEPENDENT:
    default:
      return TRUE;
    }
}

const char *
kh_nat_mapping_to_string (KhNatMapping mapping)
{
  switch (mapping)
    {
    case KH_NAT_MAPPING_NONE:
      return "none";
    case KH_NAT_MAPPING_INDEPENDENT:
      return "endpoint-independent";
    case KH_NAT_MAPPING_DEPENDENT:
      return "endpoint-dependent";
    case KH_NAT_MAPPING_UNKNOWN:
    default:
      return "unknown";
    }
}

const char *
kh_nat_ports_to_string (KhNatPorts ports)
{
  switch (ports)
    {
    case KH_NAT_PORTS_PRESERVING:
      return "preserving";
    case KH_NAT_PORTS_SEQUENTIAL:
      return "sequential";
    case KH_NAT_PORTS_RANDOM:
      return "random";
    case KH_NAT_PORTS_UNKNOWN:
    default:
      return "unknown";
    }
}

const char *
kh_nat_filtering_to_string (KhNatFiltering filtering)
{
  switch (filtering)
    {
    case KH_NAT_FILTERING_IGNORES_PORTS:
      return "port-independent";
    case KH_NAT_FILTERING_BY_PORT:
      return "port-dependent";
    case KH_NAT_FILTERING_UNKNOWN:
    default:
      return "unknown";
    }
}

const char *
kh_nat_hairpin_to_string (KhNatHairpin hairpin)
{
  switch (hairpin)
    {
    case KH_NAT_HAIRPIN_NO:
      return "no";
    case KH_NAT_HAIRPIN_YES:
      return "yes";
    case KH_NAT_HAIRPIN_UNKNOWN:
    default:
      return "unknown";
    }
}

char *
kh_nat_behaviour_to_string (const KhNatBehaviour *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (self->udp_blocked)
    g_string_append (text, "UDP blocked");
  else if (self->mapping == KH_NAT_MAPPING_NONE)
    g_string_append (text, "no NAT");
  else
    g_string_append_printf (text, "%s mapping", kh_nat_mapping_to_string (self->mapping));
  if (self->mapping != KH_NAT_MAPPING_NONE && self->ports != KH_NAT_PORTS_UNKNOWN)
    g_string_append_printf (text, ", %s ports", kh_nat_ports_to_string (self->ports));
  if (self->ports == KH_NAT_PORTS_SEQUENTIAL)
    g_string_append_printf (text, " (step %d)", self->step);
  if (self->filtering != KH_NAT_FILTERING_UNKNOWN)
    g_string_append_printf (text, ", %s filtering", kh_nat_filtering_to_string (self->filtering));
  if (self->hairpin == KH_NAT_HAIRPIN_YES)
    g_string_append (text, ", hairpinning");
  if (self->is_mapped)
    g_string_append (text, ", port mapping");
  return g_string_free (g_steal_pointer (&text), FALSE);
}
