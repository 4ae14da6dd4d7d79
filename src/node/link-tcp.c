/* link-tcp.c: the link over TCP, where UDP does not get through (PROTOCOL.md, "TCP")
 *
 * Owns when to greet over TCP, and when to try UDP again. TCP is raced, not tried last: it starts a
 * moment after UDP, and the first to answer carries the handshake. A link moves from one to the
 * other without another handshake: the server follows the next packet that verifies.
 */
#include "node/link-private.h"

/* After the first greeting by UDP. */
#define TCP_DELAY_US 250000
/* Between greetings by TCP: connecting takes what it takes. */
#define TCP_RETRY_US (5 * G_USEC_PER_SEC)
/* What nearly every network lets out; a server may listen there besides (PROTOCOL.md, "TCP"). */
#define HTTPS_PORT 443
/* While the link is over TCP, UDP is tried after so long, and then more rarely. */
#define UDP_RETRY_FIRST_US (15 * G_USEC_PER_SEC)
#define UDP_RETRY_MAX_US (5 * 60 * G_USEC_PER_SEC)

void
kh_link_allow_tcp (KhLink *self)
{
  self->may_tcp = TRUE;
}

gboolean
kh_link_is_tcp (KhLink *self)
{
  return self->server_socket == KH_SOCKET_TCP;
}

void
kh_link_tcp_reach (KhLink *self, gint64 at_us)
{
  self->n_to_greet_tcp = 0;
  self->udp_us = KH_NEVER;
  self->tcp_us = self->may_tcp ? at_us + TCP_DELAY_US : KH_NEVER;
}

void
kh_link_tcp_stop (KhLink *self)
{
  self->n_to_greet_tcp = 0;
  self->tcp_us = KH_NEVER;
  self->udp_us = KH_NEVER;
}

void
kh_link_tcp_answered (KhLink *self, guint socket, gint64 now_us)
{
  kh_link_tcp_stop (self);
  self->server_socket = socket;
  self->udp_retry_us = UDP_RETRY_FIRST_US;
  if (socket == KH_SOCKET_TCP)
    self->udp_us = now_us + self->udp_retry_us;
}

gboolean
kh_link_tcp_leave (KhLink *self, const KhDatagram *in, const KhHelloAck *ack, gint64 now_us)
{
  if (self->state != KH_LINK_UP || !kh_link_is_tcp (self) || in->socket == KH_SOCKET_TCP ||
      !kh_key_equal (&ack->server_key, &self->server_key))
    return FALSE;

  /* Anyone on the way could have said so; if it does not carry the link, the link is lost and both
   * ways are tried again. */
  self->server = in->remote;
  self->second_port = ack->second_port;
  kh_link_tcp_answered (self, in->socket, now_us);
  kh_link_probe (self, now_us);
  return TRUE;
}

void
kh_link_tcp_greet (KhLink *self)
{
  if (self->may_tcp)
    self->n_to_greet_tcp = self->addrs[0].port == HTTPS_PORT ? self->n_addrs : 2 * self->n_addrs;
}

KhAddr
kh_link_tcp_next_addr (KhLink *self)
{
  guint i = --self->n_to_greet_tcp;
  KhAddr addr = self->addrs[i % self->n_addrs];

  if (i >= self->n_addrs)
    addr.port = HTTPS_PORT;
  return addr;
}

gint64
kh_link_tcp_next_timeout (KhLink *self)
{
  if (self->n_to_greet_tcp > 0)
    return 0;
  switch (self->state)
    {
    case KH_LINK_REACHING:
      return self->tcp_us;
    case KH_LINK_UP:
      return self->udp_us;
    case KH_LINK_OFF:
    case KH_LINK_HANDSHAKE:
    case KH_LINK_KEY_CHANGED:
    case KH_LINK_REPLACED:
    default:
      return KH_NEVER;
    }
}

void
kh_link_tcp_handle_timeout (KhLink *self, gint64 now_us)
{
  if (self->state == KH_LINK_REACHING && self->tcp_us <= now_us)
    {
      kh_link_tcp_greet (self);
      self->tcp_us = now_us + TCP_RETRY_US;
    }
  else if (self->state == KH_LINK_UP && self->udp_us <= now_us)
    {
      self->n_to_greet = self->n_addrs;
      self->udp_retry_us = MIN (2 * self->udp_retry_us, UDP_RETRY_MAX_US);
      self->udp_us = now_us + self->udp_retry_us;
    }
}

void
kh_link_closed (KhLink *self, const KhAddr *remote, gint64 now_us)
{
  /* What asks whether the link lives makes a new connection. */
  if (kh_link_is_tcp (self) && kh_addr_equal (remote, &self->server))
    kh_link_probe (self, now_us);
}
