/* port-mapping.c: see port-mapping.h */
#include "engine/port-mapping.h"

#include <glib/gi18n-lib.h>

void
kh_port_mapping_free (KhPortMapping *self)
{
  if (self == NULL)
    return;
  g_free (self->address);
  g_free (self->pinhole);
  g_free (self);
}

gboolean
kh_port_mapping_equal (const KhPortMapping *a, const KhPortMapping *b)
{
  return a->state == b->state && a->problem == b->problem &&
         g_strcmp0 (a->protocol, b->protocol) == 0 && g_strcmp0 (a->address, b->address) == 0 &&
         g_strcmp0 (a->pinhole, b->pinhole) == 0;
}

static const char *
words_of_problem (KhPortMappingProblem problem)
{
  switch (problem)
    {
    case KH_PORT_MAPPING_PROBLEM_NO_ROUTER:
      return _ ("This network has no router that could be asked for a port.");
    case KH_PORT_MAPPING_PROBLEM_NO_ANSWER:
      return _ ("The router does not give out ports. Many can, when “UPnP” or “port mapping” is "
                "switched on in their settings.");
    case KH_PORT_MAPPING_PROBLEM_UNSUPPORTED:
      return _ ("The router does not support port mapping for this.");
    case KH_PORT_MAPPING_PROBLEM_NO_ADDRESS:
      return _ ("The router has no address of its own on the internet at the moment.");
    case KH_PORT_MAPPING_PROBLEM_EXHAUSTED:
      return _ ("The router has no port left to give.");
    case KH_PORT_MAPPING_PROBLEM_REFUSED:
      return _ ("The router is set up to refuse port mapping. Its settings may allow it.");
    case KH_PORT_MAPPING_PROBLEM_MISMATCH:
      return _ ("There is another router between this computer and the one that was asked.");
    case KH_PORT_MAPPING_PROBLEM_NONE:
    default:
      return _ ("The router gave no port.");
    }
}

char *
kh_port_mapping_to_words (const KhPortMapping *self)
{
  switch (self->state)
    {
    case KH_PORT_MAPPING_OFF:
      return g_strdup (_ ("Port mapping is switched off."));
    case KH_PORT_MAPPING_WAITING:
      return g_strdup (_ ("The router is asked for a port when the server is reached."));
    case KH_PORT_MAPPING_NEEDLESS:
      return g_strdup (_ ("No router needs to be asked for a port."));
    case KH_PORT_MAPPING_ASKING:
      return g_strdup (_ ("The router is being asked for a port."));
    case KH_PORT_MAPPING_MAPPED:
      /* Translators: the first is an address with a port, the second a protocol such as UPnP. */
      return g_strdup_printf (_ ("The router lets others in at %s (%s)."), self->address,
                              self->protocol);
    case KH_PORT_MAPPING_BEHIND:
      /* Translators: the first is an address with a port, the second a protocol such as UPnP. */
      return g_strdup_printf (
          _ ("The router gave the port %s (%s), but it is itself behind another "
             "router, which keeps others out."),
          self->address, self->protocol);
    case KH_PORT_MAPPING_NONE:
    default:
      return g_strdup (words_of_problem (self->problem));
    }
}

const char *
kh_port_mapping_state_to_string (KhPortMappingState state)
{
  switch (state)
    {
    case KH_PORT_MAPPING_OFF:
      return "off";
    case KH_PORT_MAPPING_WAITING:
      return "waiting";
    case KH_PORT_MAPPING_NEEDLESS:
      return "needless";
    case KH_PORT_MAPPING_ASKING:
      return "asking";
    case KH_PORT_MAPPING_MAPPED:
      return "mapped";
    case KH_PORT_MAPPING_BEHIND:
      return "behind";
    case KH_PORT_MAPPING_NONE:
      return "none";
    default:
      return "unknown";
    }
}

const char *
kh_port_mapping_problem_to_string (KhPortMappingProblem problem)
{
  switch (problem)
    {
    case KH_PORT_MAPPING_PROBLEM_NONE:
      return "none";
    case KH_PORT_MAPPING_PROBLEM_NO_ROUTER:
      return "no-router";
    case KH_PORT_MAPPING_PROBLEM_NO_ANSWER:
      return "no-answer";
    case KH_PORT_MAPPING_PROBLEM_UNSUPPORTED:
      return "unsupported";
    case KH_PORT_MAPPING_PROBLEM_NO_ADDRESS:
      return "no-address";
    case KH_PORT_MAPPING_PROBLEM_EXHAUSTED:
      return "exhausted";
    case KH_PORT_MAPPING_PROBLEM_REFUSED:
      return "refused";
    case KH_PORT_MAPPING_PROBLEM_MISMATCH:
      return "mismatch";
    default:
      return "unknown";
    }
}
