/* port-mapper.h: asks the home's router to let peers in, by PCP, NAT-PMP or UPnP
 *
 * Runs path/port-map.h against the gateways that io/gateway.h finds, on two sockets of its own, and
 * io/upnp.h beside it where the router has granted nothing a moment later. It says what it has got
 * and decides nothing else: whether a port is wanted, and what the address is worth, is
 * engine-mapping.c's to know.
 *
 * Lives on the thread-default main context it was made in. Order of calls: kh_port_mapper_new(),
 * kh_port_mapper_start(), then any; kh_port_mapper_close() and, once it is done or not waited for,
 * kh_port_mapper_free().
 */
#pragma once

#include "engine/port-mapping.h"
#include "path/port-map.h"

typedef struct _KhPortMapper KhPortMapper;

typedef enum
{
  KH_PORT_MAPPER_ASKING, /* nobody has granted or refused yet */
  KH_PORT_MAPPER_MAPPED,
  KH_PORT_MAPPER_FAILED, /* tried again in time */
} KhPortMapperState;

/**
 * KhPortMapperFamily: how one family stands
 * @protocol, @external: MAPPED
 * @no_gateway: FAILED: the default route has none (or there is none), so nobody was asked
 * @failure: FAILED: else why
 */
typedef struct
{
  KhPortMapperState state;
  KhPortMapProtocol protocol;
  KhAddr external;
  gboolean no_gateway;
  KhPortMapFailure failure;
} KhPortMapperFamily;

/* kh_port_mapper_get() says something else now. It may call anything of this but
 * kh_port_mapper_free(). */
typedef void (*KhPortMapperChanged) (gpointer user_data);
typedef void (*KhPortMapperDone) (gpointer user_data);

/* (transfer full) (nullable): NULL where there are no sockets to be had. */
KhPortMapper *kh_port_mapper_new (KhRandom random, KhPortMapperChanged changed, gpointer user_data);
/* Gives back what takes no waiting; routers forget the rest after an hour. */
void kh_port_mapper_free (KhPortMapper *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhPortMapper, kh_port_mapper_free)

/* Before kh_port_mapper_start(): asks by that protocol alone, to find out whether it works. */
void kh_port_mapper_restrict (KhPortMapper *self, KhPortMapProtocol only);
/* Asks for these ports of this machine; 0: that family is not to be mapped. */
void kh_port_mapper_start (KhPortMapper *self, guint16 port_ipv4, guint16 port_ipv6);
/* The network may be another one, or the router may have started anew: looks at the routes, renews
 * what is held, and asks at once where it was resting. */
void kh_port_mapper_refresh (KhPortMapper *self);
KhPortMapperFamily kh_port_mapper_get (KhPortMapper *self, KhFamily family);

/* Why there is none, of FAILED. */
KhPortMappingProblem kh_port_mapper_describe_problem (const KhPortMapperFamily *family);

/**
 * kh_port_mapper_close:
 * @patience_ms: how long to wait for a router that speaks UPnP; the others are told in one datagram
 * @done: called once, perhaps before this returns; not after kh_port_mapper_free()
 *
 * Gives all ports back. Nothing is told any more.
 */
void kh_port_mapper_close (KhPortMapper *self,
                           guint patience_ms,
                           KhPortMapperDone done,
                           gpointer user_data);
