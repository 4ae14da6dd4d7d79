/* nat-behaviour.c: what a gateway does, as a value: conclusions, packing and words (RFC 4787)
 *
 * Owns nothing. The packing is in PROTOCOL.md, "NAT behaviour".
 */
#include "path/nat-behaviour.h"

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
  FLAG_DIRECT_ONLY = 1 << 3,
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

/* After the last port comes the first of the range again, wherever that begins. */
static gboolean
begins_anew (guint16 before, guint16 after)
{
  return before > G_MAXUINT16 - GAP_MAX && after < before - GAP_MAX;
}

KhNatPorts
kh_nat_behaviour_classify_ports (const guint16 *ports, guint n, int *ret_step)
{
  int step = 0;
  guint up = 0, n_gaps = 0;
  gboolean begun_anew = FALSE;

  if (n < SAMPLES_NEEDED)
    return KH_NAT_PORTS_UNKNOWN;
  for (guint i = 1; i < n; i++)
    {
      int gap = (gint16) (ports[i] - ports[i - 1]);

      if (!begun_anew && n > SAMPLES_NEEDED && begins_anew (ports[i - 1], ports[i]))
        {
          begun_anew = TRUE;
          continue;
        }
      if (gap == 0 || ABS (gap) > GAP_MAX)
        return KH_NAT_PORTS_RANDOM;
      step = common_divisor (step, gap);
      up += gap > 0;
      n_gaps++;
    }
  if (step > STEP_MAX || (up != 0 && up != n_gaps) || (begun_anew && up == 0))
    return KH_NAT_PORTS_RANDOM;
  *ret_step = up > 0 ? step : -step;
  return KH_NAT_PORTS_SEQUENTIAL;
}

guint32
kh_nat_behaviour_pack (const KhNatBehaviour *self)
{
  guint32 kinds = (guint32) self->mapping << 6 | (guint32) self->ports << 4 |
                  (guint32) self->filtering << 2 | (guint32) self->hairpin;
  guint32 step = (guint8) (gint8) CLAMP (self->step, -STEP_MAX, STEP_MAX);
  guint32 flags = (self->udp_blocked ? FLAG_UDP_BLOCKED : 0) | (self->is_mapped ? FLAG_MAPPED : 0) |
                  (self->is_relay_only ? FLAG_RELAY_ONLY : 0) |
                  (self->is_direct_only ? FLAG_DIRECT_ONLY : 0);

  return kinds << 24 | step << 16 | (guint32) self->floor << 8 | flags;
}

static guint
known (guint value, guint last)
{
  return value > last ? 0 : value;
}

KhNatBehaviour
kh_nat_behaviour_unpack (guint32 bits)
{
  KhNatBehaviour self = { 0 };

  self.mapping = bits >> 30;
  self.ports = bits >> 28 & 3;
  self.filtering = known (bits >> 26 & 3, KH_NAT_FILTERING_BY_PORT);
  self.hairpin = known (bits >> 24 & 3, KH_NAT_HAIRPIN_YES);
  self.step = (gint8) (bits >> 16);
  self.floor = (guint8) (bits >> 8);
  self.udp_blocked = (bits & FLAG_UDP_BLOCKED) != 0;
  self.is_mapped = (bits & FLAG_MAPPED) != 0;
  self.is_relay_only = (bits & FLAG_RELAY_ONLY) != 0;
  self.is_direct_only = (bits & FLAG_DIRECT_ONLY) != 0;
  if (self.ports == KH_NAT_PORTS_SEQUENTIAL && (self.step == 0 || ABS (self.step) > STEP_MAX))
    self.ports = KH_NAT_PORTS_RANDOM;
  if (self.ports != KH_NAT_PORTS_SEQUENTIAL)
    self.step = 0;
  return self;
}

gboolean
kh_nat_behaviour_equal (const KhNatBehaviour *a, const KhNatBehaviour *b)
{
  return kh_nat_behaviour_pack (a) == kh_nat_behaviour_pack (b);
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
