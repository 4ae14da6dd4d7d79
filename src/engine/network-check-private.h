/* network-check-private.h: a check of the network across its files
 *
 *   network-check.c    its life: what is waited for, and the end
 *   network-findings.c what follows from the answers
 */
#pragma once

#include "crypto/server-name.h"
#include "engine/network-check.h"
#include "engine/port-mapper.h"
#include "io/interfaces.h"
#include "io/tcp-driver.h"
#include "node/network.h"
#include "node/reach.h"

/**
 * KhNetworkCheck:
 * @is_resolved: the server's name was looked up, whatever came of it
 * @is_on_all: the link was told of the server's IPv6 addresses
 * @is_up: it stands, or has
 * @trouble: the last that it had
 * @seen: of IPv4, and of IPv6
 * @is_impatient: what has not been found out by now will not be
 * @is_over: the result is there; the router's ports are given back
 */
typedef struct
{
  KhNetworkCheckFlags flags;
  gboolean has_key;
  KhKey key;

  /* owned */
  GTask *task;
  KhNetworkReport *report;
  GError *error;
  GArray *addrs; /* (nullable) (element-type KhAddr) */
  KhReach *reach;
  KhUdpDriver *reach_driver;
  KhTcpDriver *reach_tcp;
  KhNode *node;
  KhUdpDriver *driver;
  KhTcpDriver *tcp;
  KhPortMapper *mappers[KH_NETWORK_PROTOCOLS]; /* (nullable): in the order of the report's */
  GSource *look;                               /* (nullable) */
  GSource *patience;                           /* (nullable) */
  GSource *mapper_patience;                    /* (nullable): while routers are waited for */
  GCancellable *cancellable;
  gulong cancelled;

  KhAddr hosts[KH_INTERFACES_MAX];
  gsize n_hosts;
  KhLinkState state;
  KhLinkTrouble trouble;
  KhAddr seen[2];
  gint64 rtt_us;
  gboolean is_resolved;
  gboolean is_on_all;
  gboolean is_up;
  gboolean is_impatient;
  gboolean is_cancelled;
  gboolean is_over;
  guint n_to_give_back; /* ports, or routers that are told so */
} KhNetworkCheck;

/* network-check.c */
void kh_network_check_be_patient (KhNetworkCheck *self, guint ms);

/* network-findings.c */
/* The @i-th of the report's. */
KhPortMapProtocol kh_network_check_protocol (guint i);
/* FALSE where it is no key as invite links spell it. */
gboolean kh_network_check_parse_key (const char *text, KhKey *ret_key);
/* (transfer full) */
char *kh_network_check_format_key (const KhKey *key);
/* Has it answered over this family, or with KH_FAMILY_NONE over any? */
gboolean kh_network_check_answers (KhNetworkCheck *self, KhFamily family);
/* Is it an address of this computer? */
gboolean kh_network_check_is_own (KhNetworkCheck *self, const KhAddr *addr);
/* Sends the node to the server's addresses of @family, or to all where it has none of it. */
void kh_network_check_set_server (KhNetworkCheck *self, KhFamily family);
/* Why the link does not stand. */
KhEngineError kh_network_check_diagnose (KhNetworkCheck *self);
/* Writes all that was found out into the report. */
void kh_network_check_describe (KhNetworkCheck *self);
