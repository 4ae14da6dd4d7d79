/* discovery.c: what follows from the server's answers to a few questions (discovery.h)
 *
 * In the first stage the socket in use asks the second port, a new one asks to be answered from
 * there, and our own address is tried from inside; in the second one, where mappings depend on the
 * remote, four new mappings are made in a row; and where one port outside was seen that is not our
 * own, a new socket asks both ports again, because one mapping in as many as there are ports has
 * the port of another by chance. The questions themselves are in discovery-asks.c.
 */
#include "node/discovery-private.h"

#include <string.h>

KhDiscovery *
kh_discovery_new (KhGovernor *governor, KhRandom random)
{
  KhDiscovery *self = g_new0 (KhDiscovery, 1);

  self->governor = governor;
  self->random = random;
  self->lifetime = kh_lifetime_new (governor, random);
  return self;
}

static void
stop_asking (KhDiscovery *self)
{
  for (guint i = 0; i < N_QUESTIONS; i++)
    kh_discovery_close_ask (self, i);
  memset (self->asks, 0, sizeof self->asks);
}

void
kh_discovery_stop (KhDiscovery *self)
{
  stop_asking (self);
  kh_lifetime_reset (self->lifetime);
  self->server = (KhAddr){ 0 };
}

void
kh_discovery_note_blocked (KhDiscovery *self)
{
  kh_discovery_stop (self);
  self->behaviour = (KhNatBehaviour){ .udp_blocked = TRUE };
  self->behaviour_news = TRUE;
}

void
kh_discovery_free (KhDiscovery *self)
{
  if (self == NULL)
    return;

  kh_discovery_stop (self);
  kh_lifetime_free (self->lifetime);
  g_free (self);
}

const KhNatBehaviour *
kh_discovery_get_behaviour (KhDiscovery *self)
{
  return &self->behaviour;
}

/* --- asking ------------------------------------------------------------------------------ */

/* What came of one socket may be chance. */
static void
ask_again (KhDiscovery *self, gint64 now_us)
{
  kh_discovery_ask_from_new (self, ASK_AGAIN, &self->server, now_us);
  if (self->asks[ASK_AGAIN].is_open)
    kh_discovery_ask (self, ASK_AGAIN_SECOND, self->asks[ASK_AGAIN].socket,
                      &self->asks[ASK_SECOND_PORT].remote, now_us);
}

static gboolean
is_among (const KhAddr *addr, const KhAddr *hosts, guint n_hosts)
{
  for (guint i = 0; i < n_hosts; i++)
    if (kh_addr_equal_ip (addr, &hosts[i]))
      return TRUE;
  return FALSE;
}

static gboolean
is_port_among (const KhAddr *addr, const KhAddr *hosts, guint n_hosts)
{
  for (guint i = 0; i < n_hosts; i++)
    if (hosts[i].family == addr->family && hosts[i].port == addr->port)
      return TRUE;
  return FALSE;
}

void
kh_discovery_start (KhDiscovery *self,
                    const KhAddr *server,
                    guint16 second_port,
                    const KhAddr *seen,
                    const KhAddr *hosts,
                    guint n_hosts,
                    gint64 now_us)
{
  KhAddr second = *server;

  /* Another port alone is what a gateway gives that forgets, and no other network. */
  if (!kh_addr_equal (server, &self->server) || !kh_addr_equal_ip (seen, &self->seen))
    kh_lifetime_reset (self->lifetime);
  stop_asking (self);
  self->server = (KhAddr){ 0 };
  if (server->family != KH_FAMILY_IPV4 || seen->family != KH_FAMILY_IPV4)
    return;
  self->server = *server;
  self->seen = *seen;
  self->was_refused = FALSE;
  memset (&self->behaviour, 0, sizeof self->behaviour);
  self->preserves = is_port_among (seen, hosts, n_hosts);
  if (is_among (seen, hosts, n_hosts))
    self->behaviour.mapping = KH_NAT_MAPPING_NONE;
  self->behaviour_news = TRUE;
  if (second_port == 0)
    return;
  second.port = second_port;
  kh_discovery_ask (self, ASK_SECOND_PORT, 0, &second, now_us);
  kh_discovery_ask_from_new (self, ASK_CHANGED, server, now_us);
  if (self->behaviour.mapping != KH_NAT_MAPPING_NONE)
    kh_discovery_ask_from_new (self, ASK_OURSELVES, seen, now_us);
}

gboolean
kh_discovery_measure (KhDiscovery *self, gint64 now_us)
{
  if (!kh_addr_is_set (&self->server))
    return FALSE;
  kh_discovery_ask_from_new (self, ASK_MEASURE, &self->server, now_us);
  return self->asks[ASK_MEASURE].is_open;
}

gboolean
kh_discovery_measure_lifetime (KhDiscovery *self, gint64 now_us)
{
  return kh_addr_is_set (&self->server) &&
         kh_lifetime_start (self->lifetime, &self->server, now_us);
}

const KhNatLifetime *
kh_discovery_get_lifetime (KhDiscovery *self)
{
  return kh_lifetime_get (self->lifetime);
}

/* --- conclusions ------------------------------------------------------------------------- */

static void
conclude_dependent (KhDiscovery *self, gint64 now_us)
{
  self->behaviour.mapping = KH_NAT_MAPPING_DEPENDENT;
  for (guint i = 0; i < FRESH; i++)
    kh_discovery_ask_from_new (self, ASK_FRESH + i, &self->server, now_us);
}

static void
conclude_mapping (KhDiscovery *self, gint64 now_us)
{
  const KhAddr *seen = &self->asks[ASK_SECOND_PORT].seen;

  self->behaviour.floor = (guint8) (MIN (self->seen.port, seen->port) >> 8);
  if (self->behaviour.mapping == KH_NAT_MAPPING_NONE)
    return;
  if (!kh_addr_equal (seen, &self->seen))
    {
      conclude_dependent (self, now_us);
      return;
    }
  self->behaviour.mapping = KH_NAT_MAPPING_INDEPENDENT;
  if (self->preserves)
    self->behaviour.ports = KH_NAT_PORTS_PRESERVING;
  else
    ask_again (self, now_us);
}

/* Until then the ports are unknown, which keeps a search gentle. */
static void
conclude_again (KhDiscovery *self, gint64 now_us)
{
  const Ask *first = &self->asks[ASK_AGAIN], *second = &self->asks[ASK_AGAIN_SECOND];

  if (!first->is_answered || !second->is_answered)
    return;
  if (kh_addr_equal (&first->seen, &second->seen))
    self->behaviour.ports = KH_NAT_PORTS_RANDOM;
  else
    conclude_dependent (self, now_us);
}

/* Those that were answered, in the order of asking. */
static guint
collect_fresh (KhDiscovery *self, guint16 *ret_ports)
{
  guint n = 0;

  for (guint i = 0; i < FRESH; i++)
    if (self->asks[ASK_FRESH + i].is_answered)
      ret_ports[n++] = self->asks[ASK_FRESH + i].seen.port;
  return n;
}

static gboolean
is_waiting (KhDiscovery *self, Question first, guint n)
{
  for (guint i = 0; i < n; i++)
    if (self->asks[first + i].is_open)
      return TRUE;
  return FALSE;
}

gboolean
kh_discovery_is_asking (KhDiscovery *self)
{
  return is_waiting (self, ASK_SECOND_PORT, ASK_MEASURE);
}

static void
conclude_ports (KhDiscovery *self)
{
  guint16 ports[FRESH];
  guint n = collect_fresh (self, ports);

  if (self->behaviour.ports != KH_NAT_PORTS_UNKNOWN || is_waiting (self, ASK_FRESH, FRESH))
    return;
  self->behaviour.ports = kh_nat_behaviour_classify_ports (ports, n, &self->behaviour.step);
  for (guint i = 0; i < n; i++)
    self->behaviour.floor = MIN (self->behaviour.floor, (guint8) (ports[i] >> 8));
  self->behaviour_news = TRUE;
}

/* Silence says something only where the network is known to carry answers. */
static void
conclude_silence (KhDiscovery *self, Question question)
{
  if (question >= ASK_FRESH && question < ASK_AGAIN)
    conclude_ports (self);
  if (!self->asks[ASK_SECOND_PORT].is_answered)
    return;
  if (question == ASK_CHANGED && !self->was_refused)
    self->behaviour.filtering = KH_NAT_FILTERING_BY_PORT;
  else if (question == ASK_OURSELVES)
    self->behaviour.hairpin = KH_NAT_HAIRPIN_NO;
  else
    return;
  self->behaviour_news = TRUE;
}

static void
conclude (KhDiscovery *self, Question question, gint64 now_us)
{
  self->behaviour_news |= question != ASK_MEASURE;
  switch (question)
    {
    case ASK_SECOND_PORT:
      conclude_mapping (self, now_us);
      break;
    case ASK_CHANGED:
      if (!self->was_refused)
        self->behaviour.filtering = KH_NAT_FILTERING_IGNORES_PORTS;
      break;
    case ASK_OURSELVES:
      self->behaviour.hairpin = KH_NAT_HAIRPIN_YES;
      break;
    case ASK_AGAIN:
    case ASK_AGAIN_SECOND:
      conclude_again (self, now_us);
      break;
    case ASK_MEASURE:
      self->measured_news = TRUE;
      break;
    case ASK_FRESH:
    case N_QUESTIONS:
    default:
      conclude_ports (self);
    }
}

/* --- datagrams --------------------------------------------------------------------------- */

static void
answer (KhDiscovery *self, Question question, const KhAddr *seen, gint64 now_us)
{
  self->asks[question].is_answered = TRUE;
  self->asks[question].seen = *seen;
  kh_discovery_close_ask (self, question);
  conclude (self, question, now_us);
}

static gboolean
is_nonce (const Ask *ask, const guint8 *nonce)
{
  return ask->is_open && memcmp (ask->nonce, nonce, KH_NONCE_SIZE) == 0;
}

static gboolean
receive_hello_ack (KhDiscovery *self, const KhDatagram *in, gint64 now_us)
{
  KhHelloAck ack;

  if (!kh_hello_ack_read (in->data, in->len, &ack))
    return FALSE;
  for (guint i = 0; i < N_QUESTIONS; i++)
    if (i != ASK_CHANGED && i != ASK_OURSELVES && is_nonce (&self->asks[i], ack.nonce) &&
        kh_addr_equal (&self->asks[i].remote, &in->remote))
      {
        answer (self, i, &ack.seen, now_us);
        return TRUE;
      }
  return FALSE;
}

gboolean
kh_discovery_receive (KhDiscovery *self, const KhDatagram *in, gint64 now_us)
{
  KhDatagramType type;
  KhHello hello;
  gboolean success;

  if (kh_lifetime_receive (self->lifetime, in, now_us))
    return TRUE;
  if (kh_stun_is (in->data, in->len))
    {
      if (!self->asks[ASK_CHANGED].is_open ||
          !kh_stun_answer_read (in->data, in->len, self->asks[ASK_CHANGED].nonce, &success))
        return FALSE;
      /* A server that passes over what it does not understand answers from where it was asked. */
      self->was_refused = !success || kh_addr_equal (&in->remote, &self->server);
      answer (self, ASK_CHANGED, &self->seen, now_us);
      return TRUE;
    }
  if (!kh_datagram_type (in->data, in->len, &type))
    return FALSE;
  if (type == KH_DATAGRAM_HELLO_ACK)
    return receive_hello_ack (self, in, now_us);
  if (type != KH_DATAGRAM_HELLO || !kh_hello_read (in->data, in->len, &hello) ||
      !is_nonce (&self->asks[ASK_OURSELVES], hello.nonce))
    return FALSE;
  answer (self, ASK_OURSELVES, &self->seen, now_us);
  return TRUE;
}

gint64
kh_discovery_next_timeout (KhDiscovery *self)
{
  gint64 next_us = kh_lifetime_next_timeout (self->lifetime);

  for (guint i = 0; i < N_QUESTIONS; i++)
    if (self->asks[i].is_open)
      next_us = MIN (next_us, self->asks[i].next_us);
  return next_us;
}

void
kh_discovery_handle_timeout (KhDiscovery *self, gint64 now_us)
{
  kh_lifetime_handle_timeout (self->lifetime, now_us);
  for (guint i = 0; i < N_QUESTIONS; i++)
    {
      Ask *slot = &self->asks[i];

      if (slot->is_open && slot->tries == TRIES && slot->next_us <= now_us)
        {
          kh_discovery_close_ask (self, i);
          conclude_silence (self, i);
        }
    }
}

gboolean
kh_discovery_poll_event (KhDiscovery *self, KhDiscoveryEvent *ret_event)
{
  *ret_event = (KhDiscoveryEvent){ 0 };
  if (self->behaviour_news)
    {
      self->behaviour_news = FALSE;
      ret_event->type = KH_DISCOVERY_EVENT_BEHAVIOUR;
      return TRUE;
    }
  if (self->measured_news)
    {
      self->measured_news = FALSE;
      ret_event->type = KH_DISCOVERY_EVENT_MEASURED;
      ret_event->seen = self->asks[ASK_MEASURE].seen;
      return TRUE;
    }
  return FALSE;
}
