/* port-mapping.h: whether the home's router lets peers in, as a front end is told
 *
 * kh_engine_dup_mapping() makes one; "mapping-changed" says that there is another.
 */
#pragma once

#include <glib.h>

/**
 * KhPortMappingState:
 * @KH_PORT_MAPPING_OFF: the user does not want it ("port-mapping"), or the engine is closed
 * @KH_PORT_MAPPING_WAITING: for the server, which says how it sees us
 * @KH_PORT_MAPPING_NEEDLESS: there is no router to be asked: the server sees this computer's own
 *   address, or is on it
 * @KH_PORT_MAPPING_ASKING: the router has not answered yet; 25 s at most
 * @KH_PORT_MAPPING_MAPPED: peers can come in
 * @KH_PORT_MAPPING_BEHIND: the router gave a port, and there is another one between it and the
 *   internet, which keeps peers out still (double NAT)
 * @KH_PORT_MAPPING_NONE: the router gave none; tried again in time
 */
typedef enum
{
  KH_PORT_MAPPING_OFF,
  KH_PORT_MAPPING_WAITING,
  KH_PORT_MAPPING_NEEDLESS,
  KH_PORT_MAPPING_ASKING,
  KH_PORT_MAPPING_MAPPED,
  KH_PORT_MAPPING_BEHIND,
  KH_PORT_MAPPING_NONE,
} KhPortMappingState;

/* Why there is none. */
typedef enum
{
  KH_PORT_MAPPING_PROBLEM_NONE,
  KH_PORT_MAPPING_PROBLEM_NO_ROUTER, /* none is known, as with a VPN or without a network */
  KH_PORT_MAPPING_PROBLEM_NO_ANSWER, /* it speaks none of the protocols, or they are off */
  KH_PORT_MAPPING_PROBLEM_UNSUPPORTED,
  KH_PORT_MAPPING_PROBLEM_NO_ADDRESS, /* it is not connected to the internet itself */
  KH_PORT_MAPPING_PROBLEM_EXHAUSTED,  /* it has no port left */
  KH_PORT_MAPPING_PROBLEM_REFUSED,    /* it may not, as configured */
  KH_PORT_MAPPING_PROBLEM_MISMATCH,   /* there is a NAT between us and it */
} KhPortMappingProblem;

/**
 * KhPortMapping: of IPv4, where @pinhole does not say otherwise
 * @protocol: (nullable): MAPPED, BEHIND: "PCP", "NAT-PMP" or "UPnP"
 * @address: (nullable): MAPPED, BEHIND: the router's, with the port
 * @pinhole: (nullable): in any state but OFF: our IPv6 address that a firewall lets in, with the
 *   port; by PCP
 * @problem: NONE: why
 */
typedef struct
{
  KhPortMappingState state;
  const char *protocol;
  char *address;
  char *pinhole;
  KhPortMappingProblem problem;
} KhPortMapping;

void kh_port_mapping_free (KhPortMapping *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhPortMapping, kh_port_mapping_free)
gboolean kh_port_mapping_equal (const KhPortMapping *a, const KhPortMapping *b);
/* (transfer full): one or two sentences in the user's language */
char *kh_port_mapping_to_words (const KhPortMapping *self);

/* "mapped", "no-answer", … */
const char *kh_port_mapping_state_to_string (KhPortMappingState state);
const char *kh_port_mapping_problem_to_string (KhPortMappingProblem problem);
