/* discovery.h: finding out how the gateways around us treat packets (RFC 4787)
 *
 * Private to the node. See PROTOCOL.md, "NAT behaviour". Asks the server, which answers HELLO on
 * two ports with the address it sees, and STUN from another port than it was asked on. A dozen
 * small datagrams when the link comes up or the network has changed; IPv4 only, because where there
 * is a NAT it is there. It also makes one fresh mapping when a search asks for its port
 * (path/search.h).
 *
 * Nothing of this is authenticated but by nonces: who can read and forge the server's packets can
 * make us believe in another NAT, and thereby spend or save a search.
 */
#pragma once

#include "node/network.h"
#include "path/governor.h"
#include "path/nat-behaviour.h"
#include "wire/random.h"

typedef struct _KhDiscovery KhDiscovery;

typedef enum
{
  KH_DISCOVERY_EVENT_BEHAVIOUR, /* more is known; there may be more to come */
  KH_DISCOVERY_EVENT_MEASURED,  /* @seen is a mapping just made */
} KhDiscoveryEventType;

typedef struct
{
  KhDiscoveryEventType type;
  KhAddr seen;
} KhDiscoveryEvent;

/* @governor: borrowed */
KhDiscovery *kh_discovery_new (KhGovernor *governor, KhRandom random);
void kh_discovery_free (KhDiscovery *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhDiscovery, kh_discovery_free)

/**
 * kh_discovery_start:
 * @server: where it answered our IPv4 socket
 * @second_port: its second UDP port; 0: it has none, and nothing can be found out
 * @seen: our address as it sees it
 * @hosts: our own addresses with the ports of our sockets
 *
 * Begins anew; what was known stays until more is.
 */
void kh_discovery_start (KhDiscovery *self,
                         const KhAddr *server,
                         guint16 second_port,
                         const KhAddr *seen,
                         const KhAddr *hosts,
                         guint n_hosts,
                         gint64 now_us);
/* The server answers over TCP and not over UDP. */
void kh_discovery_note_blocked (KhDiscovery *self);
/* There is no server any more. */
void kh_discovery_stop (KhDiscovery *self);
const KhNatBehaviour *kh_discovery_get_behaviour (KhDiscovery *self);
/* Do questions wait for their answers? Not those about lifetimes, nor about one mapping. */
gboolean kh_discovery_is_asking (KhDiscovery *self);
/* One mapping, now; FALSE where it cannot be made. Nothing follows where no answer comes. */
gboolean kh_discovery_measure (KhDiscovery *self, gint64 now_us);

/* How long mappings live (node/lifetime.h). FALSE where there is no server to ask. */
gboolean kh_discovery_measure_lifetime (KhDiscovery *self, gint64 now_us);
const KhNatLifetime *kh_discovery_get_lifetime (KhDiscovery *self);

/* FALSE where the datagram is none of what it waits for. */
gboolean kh_discovery_receive (KhDiscovery *self, const KhDatagram *in, gint64 now_us);
gboolean kh_discovery_poll_send (KhDiscovery *self, KhDatagram *out, gint64 now_us);
gint64 kh_discovery_next_timeout (KhDiscovery *self);
void kh_discovery_handle_timeout (KhDiscovery *self, gint64 now_us);
gboolean kh_discovery_poll_event (KhDiscovery *self, KhDiscoveryEvent *ret_event);
