/* port-map.h: asks the home's router to let peers in: PCP, else NAT-PMP
 *
 * A client of RFC 6887 and RFC 6886 (PROTOCOL.md, "Port mapping"), pull style like every machine.
 * Its datagrams go to port 5351 of the gateway, from any socket of this machine; what comes from
 * there is handed in. For each family it has at most one gateway and one mapping, of the node's
 * port: over IPv4 that opens a NAT, over IPv6 a firewall (PCP alone).
 *
 * Order: kh_port_map_new(), then kh_port_map_set_internal() and kh_port_map_set_gateways() in any
 * order and as often as things change; the verbs; kh_port_map_shutdown() and a last poll_send()
 * until FALSE; kh_port_map_free().
 */
#pragma once

#include "wire/datagram.h"
#include "wire/random.h"

typedef struct _KhPortMap KhPortMap;

typedef enum
{
  KH_PORT_MAP_PCP = 1,
  KH_PORT_MAP_NAT_PMP,
  KH_PORT_MAP_UPNP, /* not by this machine: io/upnp.h, for whoever reports all three */
} KhPortMapProtocol;

/* Why there is no mapping; of several reasons, the last of this list is told. */
typedef enum
{
  KH_PORT_MAP_OK = 0,
  KH_PORT_MAP_NO_ANSWER,   /* the gateway speaks neither, or they are switched off */
  KH_PORT_MAP_UNSUPPORTED, /* it says that it does not do that */
  KH_PORT_MAP_NO_ADDRESS,  /* it has no external address itself now */
  KH_PORT_MAP_EXHAUSTED,   /* it has no port or no room left, or we have had our share */
  KH_PORT_MAP_REFUSED,     /* it may not, as configured */
  KH_PORT_MAP_MISMATCH,    /* it sees us at another address: there is a NAT between us and it */
} KhPortMapFailure;

typedef enum
{
  KH_PORT_MAP_EVENT_MAPPED = 1, /* or moved: it replaces what was told of that family before */
  KH_PORT_MAP_EVENT_LOST,
  KH_PORT_MAP_EVENT_FAILED, /* once a reason; it is tried again in time */
} KhPortMapEventKind;

/**
 * KhPortMapEvent:
 * @external: MAPPED, LOST: packets to there arrive at the socket
 * @is_global: MAPPED: @external is an address of the internet; else there is another NAT outside
 *   this gateway (double NAT), and @external is good for peers within that one at most
 * @lifetime_s: MAPPED: as granted, 120 to 86400; it is renewed in time without another event
 * @failure: FAILED: why
 */
typedef struct
{
  KhPortMapEventKind kind;
  KhFamily family;
  KhPortMapProtocol protocol;
  KhAddr external;
  gboolean is_global;
  guint32 lifetime_s;
  KhPortMapFailure failure;
} KhPortMapEvent;

/* (transfer full) */
KhPortMap *kh_port_map_new (KhRandom random);
void kh_port_map_free (KhPortMap *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhPortMap, kh_port_map_free)

/* Before anything else: asks by that protocol alone. With UPNP nobody is asked. */
void kh_port_map_restrict (KhPortMap *self, KhPortMapProtocol only);
/**
 * kh_port_map_set_gateways:
 * @gateways: the default routes of the machine, the preferred first; ports do not matter
 * @n: 0 stops
 *
 * The first of each family is asked, because packets leave through it. Where it is another than
 * before, all of that family starts anew; where it is the same, nothing happens.
 */
void kh_port_map_set_gateways (KhPortMap *self, const KhAddr *gateways, guint n, gint64 now_us);
/**
 * kh_port_map_set_internal:
 * @internal: (nullable): this machine's address toward the gateway and its socket's port; NULL or
 *   port 0: that family is not to be mapped
 *
 * PCP names the address to the gateway, which compares it with where the request came from.
 */
void
kh_port_map_set_internal (KhPortMap *self, KhFamily family, const KhAddr *internal, gint64 now_us);
/* The network is new although gateway and address are what they were (sleep, a changed server-side
 * view): renews what is mapped, and asks at once where asking is resting. */
void kh_port_map_refresh (KhPortMap *self, gint64 now_us);

/* Returns TRUE if it was an answer from the gateway to what was asked, or its own announcement. */
gboolean kh_port_map_receive (KhPortMap *self, const KhDatagram *in, gint64 now_us);
/* Needs 60 bytes of room. Over IPv6, @out has the source that PCP demands. */
gboolean kh_port_map_poll_send (KhPortMap *self, KhDatagram *out, gint64 now_us);
gint64 kh_port_map_next_timeout (KhPortMap *self);
void kh_port_map_handle_timeout (KhPortMap *self, gint64 now_us);
gboolean kh_port_map_poll_event (KhPortMap *self, KhPortMapEvent *ret_event);
/* Gives mappings back: what poll_send() has then is the last. Nothing is heard or told any more. */
void kh_port_map_shutdown (KhPortMap *self, gint64 now_us);

/* An address of the internet: neither private (RFC 1918, 6598, 4193) nor of those set aside for
 * DS-Lite (RFC 6333) or between networks (RFC 2544, which carriers use). UPnP's are judged alike.
 */
gboolean kh_port_map_is_global (const KhAddr *external);
/* "PCP", "NAT-PMP", "UPnP" */
const char *kh_port_map_protocol_to_string (KhPortMapProtocol protocol);
const char *kh_port_map_failure_to_string (KhPortMapFailure failure);
