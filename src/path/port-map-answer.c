/* port-map-answer.c: what a gateway says, and what follows from it (RFC 6887, RFC 6886)
 *
 * Part of KhPortMapLease. Only the gateway's own address and port are heard, and only answers to
 * what was asked count: PCP's by nonce and port, NAT-PMP's, which has no nonce, by port. Errors
 * change nothing about a mapping that is held: it stays until it ends.
 */
#include <string.h>

#include "path/port-map-lease.h"

/* A mapping can be taken: one that was asked for, even late, or the renewal of what is held. */
static gboolean
can_hold (const KhPortMapLease *self, KhPortMapProtocol protocol)
{
  return self->state == KH_PORT_MAP_LEASE_ASKING || self->state == KH_PORT_MAP_LEASE_RESTING ||
         kh_port_map_lease_is_held_by (self, protocol);
}

/* Has the gateway's clock gone on as ours did since its last answer? If not, it has started anew
 * and forgotten its mappings (RFC 6887, 8.5, which is RFC 6886, 3.6 with a bound on both sides). */
static gboolean
note_epoch (KhPortMapLease *self, guint32 epoch_s, gint64 now_us)
{
  gint64 ours = (now_us - self->epoch_us) / G_USEC_PER_SEC;
  gint64 theirs = (gint64) epoch_s - self->epoch_s;
  gboolean first = self->epoch_us == KH_NEVER;

  self->epoch_s = epoch_s;
  self->epoch_us = now_us;
  return first ||
         (theirs >= -1 && ours + 2 >= theirs - theirs / 16 && theirs + 2 >= ours - ours / 16);
}

/* --- answers of PCP ---------------------------------------------------------------------- */

static KhPortMapFailure
failure_of_pcp (guint8 result)
{
  switch (result)
    {
    case KH_PCP_NOT_AUTHORIZED:
      return KH_PORT_MAP_REFUSED;
    case KH_PCP_NETWORK_FAILURE:
    case KH_PCP_CANNOT_PROVIDE_EXTERNAL:
      return KH_PORT_MAP_NO_ADDRESS;
    case KH_PCP_NO_RESOURCES:
    case KH_PCP_USER_EX_QUOTA:
    case KH_PCP_EXCESSIVE_REMOTE_PEERS:
      return KH_PORT_MAP_EXHAUSTED;
    case KH_PCP_ADDRESS_MISMATCH:
      return KH_PORT_MAP_MISMATCH;
    default:
      return KH_PORT_MAP_UNSUPPORTED;
    }
}

static void
pcp_refused (KhPortMapLease *self, const KhPcpAnswer *answer, gint64 now_us)
{
  /* What is held stays so until it ends, and the next renewal may go better. */
  if (self->state != KH_PORT_MAP_LEASE_ASKING || !self->pcp.is_live)
    return;
  self->rest_for_us = MAX (1, answer->lifetime_s * (gint64) G_USEC_PER_SEC);
  kh_port_map_lease_give_up (self, &self->pcp, failure_of_pcp (answer->result), now_us);
}

static gboolean
is_external (const KhPortMapLease *self, const KhAddr *external)
{
  return external->family == self->gateway.family && kh_addr_is_unicast (external) &&
         !kh_addr_is_loopback (external);
}

static gboolean
receive_pcp_map (KhPortMapLease *self,
                 const KhPcpAnswer *answer,
                 const KhRandom *random,
                 gint64 now_us)
{
  if (memcmp (answer->nonce, self->nonce, sizeof self->nonce) != 0 || !answer->is_udp ||
      answer->internal_port != self->internal.port)
    return FALSE;
  if (answer->result == KH_PCP_SUCCESS && answer->lifetime_s > 0 &&
      !is_external (self, &answer->external))
    return FALSE;
  if (!can_hold (self, KH_PORT_MAP_PCP))
    return TRUE;
  note_epoch (self, answer->epoch_s, now_us);
  if (answer->result != KH_PCP_SUCCESS)
    pcp_refused (self, answer, now_us);
  else if (answer->lifetime_s == 0)
    kh_port_map_lease_revoke (self, now_us);
  else
    kh_port_map_lease_hold (self, KH_PORT_MAP_PCP, &answer->external, answer->lifetime_s, random,
                            now_us);
  return TRUE;
}

static gboolean
receive_pcp (KhPortMapLease *self, const KhPcpAnswer *answer, const KhRandom *random, gint64 now_us)
{
  if (self->pcp.sent == 0)
    return FALSE;
  if (answer->version != 2)
    {
      pcp_refused (self, answer, now_us);
      return TRUE;
    }
  if (answer->opcode == KH_PCP_MAP)
    return receive_pcp_map (self, answer, random, now_us);
  if (answer->result != KH_PCP_SUCCESS || !can_hold (self, KH_PORT_MAP_PCP))
    return FALSE;
  if (!note_epoch (self, answer->epoch_s, now_us) && self->state == KH_PORT_MAP_LEASE_HELD)
    kh_port_map_lease_renew (self, now_us);
  return TRUE;
}

/* --- answers of NAT-PMP ------------------------------------------------------------------ */

static KhPortMapFailure
failure_of_nat_pmp (guint16 result)
{
  switch (result)
    {
    case KH_NAT_PMP_NOT_AUTHORIZED:
      return KH_PORT_MAP_REFUSED;
    case KH_NAT_PMP_NETWORK_FAILURE:
      return KH_PORT_MAP_NO_ADDRESS;
    case KH_NAT_PMP_NO_RESOURCES:
      return KH_PORT_MAP_EXHAUSTED;
    default:
      return KH_PORT_MAP_UNSUPPORTED;
    }
}

static gboolean
nat_pmp_refused (KhPortMapLease *self, const KhNatPmpAnswer *answer, gint64 now_us)
{
  gboolean is_nat_pmp = self->nat_pmp.is_live && self->nat_pmp.sent > 0;

  if (self->state != KH_PORT_MAP_LEASE_ASKING)
    return self->state == KH_PORT_MAP_LEASE_HELD && self->protocol == KH_PORT_MAP_NAT_PMP;
  /* PCP's MAP and NAT-PMP's have the same number: a gateway that knows only NAT-PMP says so that
   * it does not know version 2 (RFC 6886, 3.5; RFC 6887, appendix A). */
  if (answer->opcode == KH_NAT_PMP_MAP_UDP && answer->result == KH_NAT_PMP_UNSUPP_VERSION &&
      self->pcp.is_live && self->pcp.sent > 0)
    {
      kh_port_map_lease_give_up (self, &self->pcp, KH_PORT_MAP_UNSUPPORTED, now_us);
      return TRUE;
    }
  if (!is_nat_pmp)
    return FALSE;
  kh_port_map_lease_give_up (self, &self->nat_pmp, failure_of_nat_pmp (answer->result), now_us);
  return TRUE;
}

/* The first step: it speaks NAT-PMP, and this is its address. Also its own announcement that it
 * has a new one (RFC 6886, 3.2.1). */
static gboolean
receive_address (KhPortMapLease *self, const KhNatPmpAnswer *answer, gint64 now_us)
{
  KhAddr address = answer->external;

  address.port = self->internal.port;
  if (!is_external (self, &address))
    {
      if (self->state == KH_PORT_MAP_LEASE_ASKING)
        kh_port_map_lease_give_up (self, &self->nat_pmp, KH_PORT_MAP_NO_ADDRESS, now_us);
      return TRUE;
    }
  if (self->nat_pmp.sent == 0)
    {
      if (self->state != KH_PORT_MAP_LEASE_HELD)
        return FALSE;
      if (!kh_addr_equal_ip (&address, &self->external))
        kh_port_map_lease_renew (self, now_us);
      return TRUE;
    }
  if (kh_addr_is_set (&self->nat_pmp_address))
    return TRUE;
  self->nat_pmp_address = address;
  /* What speaks NAT-PMP and has not answered PCP by now need not be asked twice. */
  self->pcp.is_live = FALSE;
  self->nat_pmp.sent = 0;
  self->nat_pmp.due_us = now_us;
  return TRUE;
}

static gboolean
receive_nat_pmp_map (KhPortMapLease *self,
                     const KhNatPmpAnswer *answer,
                     const KhRandom *random,
                     gint64 now_us)
{
  KhAddr external = self->nat_pmp_address;

  external.port = answer->external_port;
  if (!kh_addr_is_set (&self->nat_pmp_address) || answer->internal_port != self->internal.port)
    return FALSE;
  if (answer->lifetime_s == 0)
    kh_port_map_lease_revoke (self, now_us);
  else if (is_external (self, &external))
    kh_port_map_lease_hold (self, KH_PORT_MAP_NAT_PMP, &external, answer->lifetime_s, random,
                            now_us);
  else
    return FALSE;
  return TRUE;
}

static gboolean
receive_nat_pmp (KhPortMapLease *self,
                 const KhNatPmpAnswer *answer,
                 const KhRandom *random,
                 gint64 now_us)
{
  gboolean same;

  if (answer->result != KH_NAT_PMP_SUCCESS)
    return nat_pmp_refused (self, answer, now_us);
  if (!self->nat_pmp.is_live || !can_hold (self, KH_PORT_MAP_NAT_PMP))
    return FALSE;
  same = note_epoch (self, answer->epoch_s, now_us);
  if (answer->opcode == KH_NAT_PMP_MAP_UDP)
    return receive_nat_pmp_map (self, answer, random, now_us);
  if (!same && self->state == KH_PORT_MAP_LEASE_HELD)
    kh_port_map_lease_renew (self, now_us);
  return receive_address (self, answer, now_us);
}

gboolean
kh_port_map_lease_receive (KhPortMapLease *self,
                           const KhDatagram *in,
                           const KhRandom *random,
                           gint64 now_us)
{
  KhPcpAnswer pcp;
  KhNatPmpAnswer nat_pmp;

  if (self->state == KH_PORT_MAP_LEASE_IDLE || self->state == KH_PORT_MAP_LEASE_CLOSING ||
      self->state == KH_PORT_MAP_LEASE_CLOSED || !kh_addr_equal (&in->remote, &self->gateway))
    return FALSE;
  if (kh_port_map_wire_read_pcp (in->data, in->len, &pcp))
    return receive_pcp (self, &pcp, random, now_us);
  return self->gateway.family == KH_FAMILY_IPV4 &&
         kh_port_map_wire_read_nat_pmp (in->data, in->len, &nat_pmp) &&
         receive_nat_pmp (self, &nat_pmp, random, now_us);
}
