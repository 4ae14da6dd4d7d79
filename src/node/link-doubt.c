/* link-doubt.c: a link that may not be one any more, and a server that somebody waits for
 *
 * Owns the greeting of the server while the link is up: a ping had to be repeated, so it is asked
 * in a way that needs no link whether it is there. If it is, and the ping stays unanswered, it has
 * been started anew and knows nothing of us: the handshake follows at once. If it is there by TCP
 * alone, UDP has just been blocked, and the link goes that way. See PROTOCOL.md, "TCP".
 */
#include "node/link-private.h"

#include <string.h>

/* After the greeting was answered, and a quarter of a round trip: the ping's answer was on the same
 * way, sent before, and may have been overtaken. */
#define OVERTAKEN_US 20000
/* While somebody waits for the server, it is greeted so often; see kh_link_hurry(). */
#define HURRY_RETRY_US 300000

gboolean
kh_link_is_hurried (KhLink *self, gint64 now_us)
{
  return now_us < self->hurry_us;
}

gint64
kh_link_hurried_us (KhLink *self, gint64 pause_us, gint64 now_us)
{
  return kh_link_is_hurried (self, now_us) ? MIN (pause_us, HURRY_RETRY_US) : pause_us;
}

void
kh_link_hurry (KhLink *self, gint64 until_us, gint64 now_us)
{
  self->hurry_us = MAX (self->hurry_us, until_us);
  if (self->state == KH_LINK_REACHING && self->next_us != KH_NEVER)
    self->next_us = MIN (self->next_us, now_us + HURRY_RETRY_US);
}

void
kh_link_doubt (KhLink *self)
{
  if (self->state != KH_LINK_UP || self->verdict_us != KH_NEVER)
    return;
  if (!self->doubted)
    kh_random_fill (&self->random, self->nonce, sizeof self->nonce);
  self->doubted = TRUE;
  self->n_to_greet = self->n_addrs;
}

void
kh_link_suspect (KhLink *self, gint64 now_us)
{
  kh_link_probe (self, now_us);
  kh_link_doubt (self);
}

void
kh_link_believe (KhLink *self)
{
  self->doubted = FALSE;
  self->verdict_us = KH_NEVER;
}

gboolean
kh_link_doubt_answered (KhLink *self, const KhDatagram *in, const KhHelloAck *ack, gint64 now_us)
{
  if (self->state != KH_LINK_UP || !self->doubted ||
      !kh_key_equal (&ack->server_key, &self->server_key))
    return FALSE;
  if (kh_addr_equal (&in->remote, &self->server) && in->socket == self->server_socket)
    {
      self->doubt_ack = *ack;
      self->verdict_us = now_us + self->rtt_us / 4 + OVERTAKEN_US;
      return TRUE;
    }
  if (in->socket != KH_SOCKET_TCP || self->verdict_us != KH_NEVER)
    return FALSE;

  /* Nothing of UDP's, neither the ping's answer nor the greeting's. */
  kh_link_believe (self);
  self->server = in->remote;
  kh_link_tcp_answered (self, in->socket, now_us);
  kh_link_ping (self, now_us);
  return TRUE;
}

void
kh_link_doubt_handle_timeout (KhLink *self, gint64 now_us)
{
  KhDatagram from = { .remote = self->server, .socket = self->server_socket };
  KhHelloAck ack = self->doubt_ack;

  if (self->verdict_us > now_us)
    return;
  kh_link_believe (self);
  if (self->state != KH_LINK_UP)
    return;
  kh_link_lose (self, KH_LINK_TROUBLE_LOST, now_us);
  kh_link_take_hello_ack (self, &from, &ack, now_us);
}

void
kh_link_network_changed (KhLink *self, gint64 now_us)
{
  switch (self->state)
    {
    case KH_LINK_UP:
      /* What was not answered elsewhere says nothing. */
      kh_link_believe (self);
      kh_link_forget_ping (self);
      kh_link_probe (self, now_us);
      break;
    case KH_LINK_REACHING:
    case KH_LINK_HANDSHAKE:
      kh_link_lose (self, self->trouble, now_us);
      break;
    case KH_LINK_OFF:
    case KH_LINK_KEY_CHANGED:
    case KH_LINK_REPLACED:
    default:
      break;
    }
}
