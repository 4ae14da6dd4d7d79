/* port-map-lease.c: asks one gateway for one mapping, and keeps it (RFC 6887, RFC 6886)
 *
 * PCP is asked first and NAT-PMP 250 ms later, or at once when the gateway says that it does not
 * know PCP; NAT-PMP begins with the question for the address, which maps nothing, so that a gateway
 * that knows both makes one mapping. The first mapping granted is held. A gateway that gives none
 * is left alone for an hour. What it sends can at most make us send as many datagrams as it did:
 * lifetimes have a floor, and what it takes back is asked for again after a pause.
 */
#include "path/port-map-lease.h"

#include <string.h>

/* Recommended by RFC 6886, 3.3; what gateways make of it is theirs. */
#define LIFETIME_S 7200
/* What a gateway should keep to (RFC 6887, 15), also so that a hostile one cannot keep us busy. */
#define LIFETIME_MIN_S 120
#define LIFETIME_MAX_S 86400

/* The first waiting times, each doubled by the next one: RFC 6887, 8.1.1 (IRT) and RFC 6886, 3.1.
 * Both would go on for minutes; a gateway in the same home that has not answered by then won't. */
#define PCP_WAIT_US (3 * G_USEC_PER_SEC)
#define PCP_TRIES 3
#define NAT_PMP_WAIT_US (250 * G_GINT64_CONSTANT (1000))
#define NAT_PMP_TRIES 5
/* How much of a lead PCP has. */
#define NAT_PMP_DELAY_US (250 * G_GINT64_CONSTANT (1000))

/* Between renewals at least (RFC 6887, 11.2.1). */
#define RENEW_MIN_US (4 * G_USEC_PER_SEC)
/* After a failure: what RFC 6887, 7.4 calls a long lifetime is 30 minutes, a short one 30 s. */
#define REST_US (3600 * (gint64) G_USEC_PER_SEC)
#define REST_MIN_US (60 * (gint64) G_USEC_PER_SEC)

static const char *
state_to_string (KhPortMapLeaseState state)
{
  switch (state)
    {
    case KH_PORT_MAP_LEASE_IDLE:
      return "idle";
    case KH_PORT_MAP_LEASE_ASKING:
      return "asking";
    case KH_PORT_MAP_LEASE_HELD:
      return "held";
    case KH_PORT_MAP_LEASE_RESTING:
      return "resting";
    case KH_PORT_MAP_LEASE_CLOSING:
      return "closing";
    case KH_PORT_MAP_LEASE_CLOSED:
      return "closed";
    default:
      return "unknown";
    }
}

static void
set_state (KhPortMapLease *self, KhPortMapLeaseState state)
{
#define TO(name) (1u << KH_PORT_MAP_LEASE_##name)
  static const guint allowed[] = {
    [KH_PORT_MAP_LEASE_IDLE] = TO (IDLE) | TO (ASKING) | TO (CLOSING),
    [KH_PORT_MAP_LEASE_ASKING] = TO (IDLE) | TO (ASKING) | TO (HELD) | TO (RESTING) | TO (CLOSING),
    [KH_PORT_MAP_LEASE_HELD] = TO (IDLE) | TO (ASKING) | TO (HELD) | TO (RESTING) | TO (CLOSING),
    [KH_PORT_MAP_LEASE_RESTING] = TO (IDLE) | TO (ASKING) | TO (HELD) | TO (CLOSING),
    [KH_PORT_MAP_LEASE_CLOSING] = TO (CLOSED),
    [KH_PORT_MAP_LEASE_CLOSED] = 0,
  };
#undef TO

  g_assert (allowed[self->state] & 1u << state);
  if (self->state != state)
    g_debug ("Port mapping: %s -> %s", state_to_string (self->state), state_to_string (state));
  self->state = state;
}

static gboolean
is_over (const KhPortMapLease *self)
{
  return self->state == KH_PORT_MAP_LEASE_CLOSING || self->state == KH_PORT_MAP_LEASE_CLOSED;
}

void
kh_port_map_lease_init (KhPortMapLease *self)
{
  *self = (KhPortMapLease){ .state = KH_PORT_MAP_LEASE_IDLE, .epoch_us = KH_NEVER };
}

/* --- asking ------------------------------------------------------------------------------ */

static void
begin (KhPortMapLease *self, gint64 now_us)
{
  set_state (self, KH_PORT_MAP_LEASE_ASKING);
  self->failure = KH_PORT_MAP_OK;
  self->rest_for_us = 0;
  self->nat_pmp_address = (KhAddr){ 0 };
  self->pcp = (KhPortMapAttempt){ .is_live = !self->no_pcp, .due_us = now_us };
  self->nat_pmp = (KhPortMapAttempt){
    .is_live = self->gateway.family == KH_FAMILY_IPV4 && !self->no_nat_pmp,
    .due_us = now_us + (self->no_pcp ? 0 : NAT_PMP_DELAY_US),
  };
}

void
kh_port_map_lease_set (KhPortMapLease *self,
                       const KhAddr *gateway,
                       const KhAddr *internal,
                       const KhRandom *random,
                       gint64 now_us)
{
  KhPortMapLease fresh;

  if (is_over (self) ||
      (kh_addr_equal (gateway, &self->gateway) && kh_addr_equal (internal, &self->internal)))
    return;
  kh_port_map_lease_init (&fresh);
  fresh.no_pcp = self->no_pcp;
  fresh.no_nat_pmp = self->no_nat_pmp;
  fresh.gateway = *gateway;
  fresh.internal = *internal;
  fresh.told_external = self->told_external;
  fresh.told_protocol = self->told_protocol;
  set_state (self, KH_PORT_MAP_LEASE_IDLE);
  *self = fresh;
  if (!kh_addr_is_set (gateway) || !kh_addr_is_set (internal) ||
      (self->no_pcp && (self->no_nat_pmp || gateway->family != KH_FAMILY_IPV4)))
    return;
  /* A new one, or networks could tell that we were in another before. */
  kh_random_fill (random, self->nonce, sizeof self->nonce);
  begin (self, now_us);
}

static void
rest (KhPortMapLease *self, gint64 now_us)
{
  set_state (self, KH_PORT_MAP_LEASE_RESTING);
  self->pcp.is_live = self->nat_pmp.is_live = FALSE;
  self->rest_us =
      now_us + (self->rest_for_us > 0 ? CLAMP (self->rest_for_us, REST_MIN_US, REST_US) : REST_US);
}

void
kh_port_map_lease_give_up (KhPortMapLease *self,
                           KhPortMapAttempt *attempt,
                           KhPortMapFailure failure,
                           gint64 now_us)
{
  attempt->is_live = FALSE;
  self->failure = MAX (self->failure, failure);
  /* Nothing to wait for any more: the other one's turn. */
  if (self->nat_pmp.is_live && self->nat_pmp.sent == 0)
    self->nat_pmp.due_us = MIN (self->nat_pmp.due_us, now_us);
  if (!self->pcp.is_live && !self->nat_pmp.is_live)
    rest (self, now_us);
}

/* --- holding ----------------------------------------------------------------------------- */

/* Between a half and five eighths of what is left, so that homes do not renew in step (RFC 6887,
 * 11.2.1); the last of these, shortly before the end, are left out. */
static gint64
next_renewal (const KhPortMapLease *self, const KhRandom *random, gint64 now_us)
{
  gint64 half = (self->expires_us - now_us) / 2;

  if (half < RENEW_MIN_US)
    return KH_NEVER;
  return now_us + half + kh_random_u32 (random) % (half / 4);
}

void
kh_port_map_lease_hold (KhPortMapLease *self,
                        KhPortMapProtocol protocol,
                        const KhAddr *external,
                        guint32 lifetime_s,
                        const KhRandom *random,
                        gint64 now_us)
{
  KhPortMapAttempt *attempt = protocol == KH_PORT_MAP_PCP ? &self->pcp : &self->nat_pmp;

  set_state (self, KH_PORT_MAP_LEASE_HELD);
  self->protocol = protocol;
  self->external = *external;
  self->lifetime_s = CLAMP (lifetime_s, LIFETIME_MIN_S, LIFETIME_MAX_S);
  self->expires_us = now_us + self->lifetime_s * (gint64) G_USEC_PER_SEC;
  self->failure = self->told_failure = KH_PORT_MAP_OK;
  /* The next renewal by NAT-PMP asks for the address again: it may be another by then. */
  self->nat_pmp_address = (KhAddr){ 0 };
  self->nat_pmp.sent = 0;
  self->pcp.is_live = self->nat_pmp.is_live = FALSE;
  attempt->is_live = TRUE;
  attempt->due_us = next_renewal (self, random, now_us);
}

gboolean
kh_port_map_lease_is_held_by (const KhPortMapLease *self, KhPortMapProtocol protocol)
{
  return self->state == KH_PORT_MAP_LEASE_HELD && self->protocol == protocol;
}

void
kh_port_map_lease_renew (KhPortMapLease *self, gint64 now_us)
{
  KhPortMapAttempt *attempt = self->protocol == KH_PORT_MAP_PCP ? &self->pcp : &self->nat_pmp;

  attempt->due_us = MIN (attempt->due_us, MAX (now_us, attempt->sent_us + RENEW_MIN_US));
}

void
kh_port_map_lease_refresh (KhPortMapLease *self, gint64 now_us)
{
  if (self->state == KH_PORT_MAP_LEASE_HELD)
    kh_port_map_lease_renew (self, now_us);
  else if (self->state == KH_PORT_MAP_LEASE_RESTING)
    begin (self, now_us);
}

void
kh_port_map_lease_revoke (KhPortMapLease *self, gint64 now_us)
{
  if (self->state != KH_PORT_MAP_LEASE_HELD)
    return;
  self->rest_for_us = REST_MIN_US;
  rest (self, now_us);
}

/* --- the verbs --------------------------------------------------------------------------- */

static void
schedule (KhPortMapLease *self, KhPortMapAttempt *attempt, const KhRandom *random, gint64 now_us)
{
  gint64 wait = attempt == &self->pcp ? PCP_WAIT_US : NAT_PMP_WAIT_US;

  attempt->sent_us = now_us;
  if (self->state == KH_PORT_MAP_LEASE_HELD)
    {
      attempt->sent = 1;
      attempt->due_us = next_renewal (self, random, now_us);
      return;
    }
  wait <<= attempt->sent++;
  /* A tenth more or less (RFC 6887, 8.1.1). */
  wait += kh_random_u32 (random) % (wait / 5) - wait / 10;
  attempt->due_us = now_us + wait;
}

static gboolean
write_pcp (const KhPortMapLease *self, KhWriter *writer)
{
  KhPcpRequest request = { .internal = self->internal,
                           .external = { .family = self->internal.family },
                           .lifetime_s = is_over (self) ? 0 : LIFETIME_S };

  memcpy (request.nonce, self->nonce, sizeof request.nonce);
  if (self->state == KH_PORT_MAP_LEASE_HELD)
    request.external = self->external;
  else if (!is_over (self))
    request.external.port = self->internal.port;
  return kh_port_map_wire_write_pcp (writer, &request);
}

static gboolean
write_nat_pmp (const KhPortMapLease *self, KhWriter *writer)
{
  guint16 port = self->internal.port;

  if (is_over (self))
    return kh_port_map_wire_write_nat_pmp_map (writer, port, 0, 0);
  if (!kh_addr_is_set (&self->nat_pmp_address))
    return kh_port_map_wire_write_nat_pmp_address (writer);
  return kh_port_map_wire_write_nat_pmp_map (
      writer, port, self->state == KH_PORT_MAP_LEASE_HELD ? self->external.port : port, LIFETIME_S);
}

static gboolean
is_due (const KhPortMapLease *self, const KhPortMapAttempt *attempt, guint tries, gint64 now_us)
{
  return attempt->is_live && attempt->due_us <= now_us &&
         (self->state != KH_PORT_MAP_LEASE_ASKING || attempt->sent < tries);
}

gboolean
kh_port_map_lease_poll_send (KhPortMapLease *self,
                             KhDatagram *out,
                             const KhRandom *random,
                             gint64 now_us)
{
  KhWriter writer = kh_writer_init (out->data, out->size);
  gboolean pcp = is_due (self, &self->pcp, PCP_TRIES, now_us);
  KhPortMapAttempt *attempt = pcp ? &self->pcp : &self->nat_pmp;

  if (!pcp && !is_due (self, &self->nat_pmp, NAT_PMP_TRIES, now_us))
    return FALSE;
  if (pcp ? !write_pcp (self, &writer) : !write_nat_pmp (self, &writer))
    return FALSE;
  out->remote = self->gateway;
  out->len = writer.len;
  out->hop_limit = 0;
  if (self->gateway.family == KH_FAMILY_IPV6)
    out->source = self->internal;
  if (self->state != KH_PORT_MAP_LEASE_CLOSING)
    {
      schedule (self, attempt, random, now_us);
      return TRUE;
    }
  attempt->is_live = FALSE;
  if (!self->pcp.is_live && !self->nat_pmp.is_live)
    set_state (self, KH_PORT_MAP_LEASE_CLOSED);
  return TRUE;
}

static gint64
next_due (const KhPortMapLease *self)
{
  return MIN (self->pcp.is_live ? self->pcp.due_us : KH_NEVER,
              self->nat_pmp.is_live ? self->nat_pmp.due_us : KH_NEVER);
}

gint64
kh_port_map_lease_next_timeout (const KhPortMapLease *self)
{
  switch (self->state)
    {
    case KH_PORT_MAP_LEASE_ASKING:
    case KH_PORT_MAP_LEASE_CLOSING:
      return next_due (self);
    case KH_PORT_MAP_LEASE_HELD:
      return MIN (next_due (self), self->expires_us);
    case KH_PORT_MAP_LEASE_RESTING:
      return self->rest_us;
    case KH_PORT_MAP_LEASE_IDLE:
    case KH_PORT_MAP_LEASE_CLOSED:
    default:
      return KH_NEVER;
    }
}

void
kh_port_map_lease_handle_timeout (KhPortMapLease *self, gint64 now_us)
{
  if (self->state == KH_PORT_MAP_LEASE_ASKING)
    {
      if (self->pcp.is_live && self->pcp.sent >= PCP_TRIES && self->pcp.due_us <= now_us)
        kh_port_map_lease_give_up (self, &self->pcp, KH_PORT_MAP_NO_ANSWER, now_us);
      if (self->nat_pmp.is_live && self->nat_pmp.sent >= NAT_PMP_TRIES &&
          self->nat_pmp.due_us <= now_us)
        kh_port_map_lease_give_up (self, &self->nat_pmp, KH_PORT_MAP_NO_ANSWER, now_us);
    }
  else if ((self->state == KH_PORT_MAP_LEASE_HELD && self->expires_us <= now_us) ||
           (self->state == KH_PORT_MAP_LEASE_RESTING && self->rest_us <= now_us))
    begin (self, now_us);
}

void
kh_port_map_lease_close (KhPortMapLease *self, gint64 now_us)
{
  gboolean asking = self->state == KH_PORT_MAP_LEASE_ASKING;

  if (is_over (self))
    return;
  /* What was asked for may have been granted without our having heard of it. */
  self->pcp.is_live =
      kh_port_map_lease_is_held_by (self, KH_PORT_MAP_PCP) || (asking && self->pcp.sent > 0);
  self->nat_pmp.is_live =
      kh_port_map_lease_is_held_by (self, KH_PORT_MAP_NAT_PMP) ||
      (asking && kh_addr_is_set (&self->nat_pmp_address) && self->nat_pmp.sent > 0);
  self->pcp.due_us = self->nat_pmp.due_us = now_us;
  set_state (self, KH_PORT_MAP_LEASE_CLOSING);
  if (!self->pcp.is_live && !self->nat_pmp.is_live)
    set_state (self, KH_PORT_MAP_LEASE_CLOSED);
}

/* --- what is told ------------------------------------------------------------------------ */

/* Told is how things are, not each step that led there: nothing has to be queued. */
gboolean
kh_port_map_lease_poll_event (KhPortMapLease *self, KhPortMapEvent *ret_event)
{
  gboolean held = self->state == KH_PORT_MAP_LEASE_HELD;
  KhPortMapEvent event = { 0 };

  if (is_over (self))
    return FALSE;
  if (held && !(self->told_protocol == self->protocol &&
                kh_addr_equal (&self->told_external, &self->external)))
    {
      event = (KhPortMapEvent){ .kind = KH_PORT_MAP_EVENT_MAPPED,
                                .protocol = self->protocol,
                                .external = self->external,
                                .is_global = kh_port_map_is_global (&self->external),
                                .lifetime_s = self->lifetime_s };
      self->told_protocol = self->protocol;
      self->told_external = self->external;
    }
  else if (!held && kh_addr_is_set (&self->told_external))
    {
      event = (KhPortMapEvent){ .kind = KH_PORT_MAP_EVENT_LOST,
                                .protocol = self->told_protocol,
                                .external = self->told_external };
      self->told_external = (KhAddr){ 0 };
    }
  else if (self->state == KH_PORT_MAP_LEASE_RESTING && self->failure != self->told_failure)
    {
      event = (KhPortMapEvent){ .kind = KH_PORT_MAP_EVENT_FAILED, .failure = self->failure };
      self->told_failure = self->failure;
    }
  else
    return FALSE;
  *ret_event = event;
  return TRUE;
}
