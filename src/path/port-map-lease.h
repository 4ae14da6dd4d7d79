/* port-map-lease.h: one family's gateway and the mapping asked of it; for port-map.c alone
 *
 * A plain value inside a KhPortMap. All fields are port-map-lease.c's.
 */
#pragma once

#include "path/port-map-wire.h"
#include "path/port-map.h"

typedef enum
{
  KH_PORT_MAP_LEASE_IDLE,    /* there is no gateway, or no socket */
  KH_PORT_MAP_LEASE_ASKING,  /* requests are on their way */
  KH_PORT_MAP_LEASE_HELD,    /* mapped, renewed from time to time */
  KH_PORT_MAP_LEASE_RESTING, /* nobody gave one; asks again at @rest_us */
  KH_PORT_MAP_LEASE_CLOSING, /* the deletion is to be sent */
  KH_PORT_MAP_LEASE_CLOSED,
} KhPortMapLeaseState;

/* The requests of one protocol. While HELD only that of the mapping is live. */
typedef struct
{
  gboolean is_live;
  guint sent; /* since asking began, or since the gateway's last answer on the way */
  gint64 sent_us;
  gint64 due_us; /* of the next request, or of giving up */
} KhPortMapAttempt;

typedef struct
{
  gboolean no_pcp, no_nat_pmp; /* not to be asked */
  KhAddr gateway;
  KhAddr internal;
  KhPortMapLeaseState state;
  guint8 nonce[KH_PCP_NONCE_SIZE];
  KhPortMapAttempt pcp;
  KhPortMapAttempt nat_pmp;
  KhAddr nat_pmp_address; /* set: the address is known, and the next request is for the mapping */
  KhPortMapProtocol protocol;
  KhAddr external;
  guint32 lifetime_s;
  gint64 expires_us;
  gint64 rest_us;
  gint64 rest_for_us; /* as the gateway wants, to be bounded; 0: as usual */
  guint32 epoch_s;
  gint64 epoch_us; /* when it was that, or KH_NEVER */
  KhPortMapFailure failure;
  /* What poll_event() has said. */
  KhAddr told_external;
  KhPortMapProtocol told_protocol;
  KhPortMapFailure told_failure;
} KhPortMapLease;

void kh_port_map_lease_init (KhPortMapLease *self);
/* Where either differs from before, starts anew; an absent one stops. */
void kh_port_map_lease_set (KhPortMapLease *self,
                            const KhAddr *gateway,
                            const KhAddr *internal,
                            const KhRandom *random,
                            gint64 now_us);
void kh_port_map_lease_refresh (KhPortMapLease *self, gint64 now_us);
gboolean kh_port_map_lease_receive (KhPortMapLease *self,
                                    const KhDatagram *in,
                                    const KhRandom *random,
                                    gint64 now_us);
gboolean kh_port_map_lease_poll_send (KhPortMapLease *self,
                                      KhDatagram *out,
                                      const KhRandom *random,
                                      gint64 now_us);
gint64 kh_port_map_lease_next_timeout (const KhPortMapLease *self);
void kh_port_map_lease_handle_timeout (KhPortMapLease *self, gint64 now_us);
gboolean kh_port_map_lease_poll_event (KhPortMapLease *self, KhPortMapEvent *ret_event);
void kh_port_map_lease_close (KhPortMapLease *self, gint64 now_us);

/* --- for port-map-answer.c --------------------------------------------------------------- */

/* One of the two protocols will not do; the other may. */
void kh_port_map_lease_give_up (KhPortMapLease *self,
                                KhPortMapAttempt *attempt,
                                KhPortMapFailure failure,
                                gint64 now_us);
/* A mapping was granted. */
void kh_port_map_lease_hold (KhPortMapLease *self,
                             KhPortMapProtocol protocol,
                             const KhAddr *external,
                             guint32 lifetime_s,
                             const KhRandom *random,
                             gint64 now_us);
gboolean kh_port_map_lease_is_held_by (const KhPortMapLease *self, KhPortMapProtocol protocol);
/* The gateway takes its mapping back. */
void kh_port_map_lease_revoke (KhPortMapLease *self, gint64 now_us);
/* Renews what is held, but not more often than RFC 6887 allows. */
void kh_port_map_lease_renew (KhPortMapLease *self, gint64 now_us);
