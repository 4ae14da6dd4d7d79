/* nat-behaviour.h: how the gateways around one side treat its packets, in RFC 4787's terms
 *
 * A plain value that is learned from what a server sees (node/discovery.h), said to the other side
 * in an introduction, and looked at by both to choose a technique (search.h) and to say why there
 * is no direct path (verdict.h). What the other side says is a claim: it may cost us the bounded
 * effort of a search and changes words, nothing else.
 */
#pragma once

#include "wire/addr.h"

/* RFC 4787, section 4.1. Of one server with one address, "independent" is as far as ports go. */
typedef enum
{
  KH_NAT_MAPPING_UNKNOWN,
  KH_NAT_MAPPING_NONE,        /* nothing is translated */
  KH_NAT_MAPPING_INDEPENDENT, /* one port of ours is one port outside, whoever it sends to */
  KH_NAT_MAPPING_DEPENDENT,   /* each remote sees another port */
} KhNatMapping;

/* RFC 4787, section 4.2.1: which port a new mapping gets. */
typedef enum
{
  KH_NAT_PORTS_UNKNOWN,
  KH_NAT_PORTS_PRESERVING,
  KH_NAT_PORTS_SEQUENTIAL, /* the one before and @step more */
  KH_NAT_PORTS_RANDOM,
} KhNatPorts;

/* RFC 4787, section 5, as far as it can be told: what comes from another port of an address that
 * was sent to. */
typedef enum
{
  KH_NAT_FILTERING_UNKNOWN,
  KH_NAT_FILTERING_IGNORES_PORTS, /* gets in */
  KH_NAT_FILTERING_BY_PORT,       /* does not */
} KhNatFiltering;

typedef enum
{
  KH_NAT_HAIRPIN_UNKNOWN,
  KH_NAT_HAIRPIN_NO,
  KH_NAT_HAIRPIN_YES, /* a host inside reaches another by its outside address */
} KhNatHairpin;

/**
 * KhNatBehaviour:
 * @step: of SEQUENTIAL, not 0; may be negative
 * @floor: the lowest outside port that was seen, in steps of 256: random ports are drawn from a
 *   range, and mostly not from all ports
 * @udp_blocked: nothing came back by UDP, though something did by TCP
 * @is_mapped: a gateway has given us a port by PCP, NAT-PMP or UPnP
 * @is_relay_only: this side keeps its addresses to itself
 * @is_direct_only: this side uses no relay
 *
 * All-zero memory knows nothing.
 */
typedef struct
{
  KhNatMapping mapping;
  KhNatPorts ports;
  KhNatFiltering filtering;
  KhNatHairpin hairpin;
  int step;
  guint8 floor;
  gboolean udp_blocked;
  gboolean is_mapped;
  gboolean is_relay_only;
  gboolean is_direct_only;
} KhNatBehaviour;

/**
 * kh_nat_behaviour_classify_ports:
 * @ports: of new mappings, made at the same moment in this order
 * @n: fewer than 3 tell nothing
 * @ret_step: where sequential
 *
 * Others behind the same gateway may have made some in between, so a gap is a multiple of the step.
 */
KhNatPorts kh_nat_behaviour_classify_ports (const guint16 *ports, guint n, int *ret_step);

/* All of it in 32 bits (PROTOCOL.md, "NAT behaviour"). Whatever the bits, the value that is
 * unpacked is one of ours. */
guint32 kh_nat_behaviour_pack (const KhNatBehaviour *self);
KhNatBehaviour kh_nat_behaviour_unpack (guint32 bits);
gboolean kh_nat_behaviour_equal (const KhNatBehaviour *a, const KhNatBehaviour *b);

/* Is it seen at one port, whoever it sends to, or is there nothing that translates? Unknown ones
 * are hoped to. */
gboolean kh_nat_behaviour_is_stable (const KhNatBehaviour *self);
/* Does what comes from an unforeseen port get in? */
gboolean kh_nat_behaviour_ignores_ports (const KhNatBehaviour *self);
/* May sending to one more port be a new mapping? So it is with gateways that keep flows and
 * preserve ports, which look from outside as if they did not. */
gboolean kh_nat_behaviour_pays_for_remotes (const KhNatBehaviour *self);

/* (transfer full): in words of RFC 4787, for logs and reports */
char *kh_nat_behaviour_to_string (const KhNatBehaviour *self);
const char *kh_nat_mapping_to_string (KhNatMapping mapping);
const char *kh_nat_ports_to_string (KhNatPorts ports);
const char *kh_nat_filtering_to_string (KhNatFiltering filtering);
const char *kh_nat_hairpin_to_string (KhNatHairpin hairpin);
