/* link.c: the client's side of the link: reaching the server, and staying up
 *
 * Owns the state of the link. The handshake is in link-handshake.c; what travels on the link once
 * it stands is in link-requests.c and link-receive.c.
 */
#include "node/link-private.h"

#include <string.h>

/* No HELLO-ACK for this long: a person may want to know. */
#define SILENCE_US (3 * G_USEC_PER_SEC)
/* Five INITs, over about 8 s, without a RESP. */
#define INIT_ATTEMPTS 5
/* The same while somebody waits: it may have been started anew since it gave the cookie. */
#define INIT_ATTEMPTS_HURRIED 2
/* RFC 4787 requires of NATs 120 s, and many keep 30. Where one forgot, it is asked more often. */
#define KEEPALIVE_US (25 * G_USEC_PER_SEC)
#define KEEPALIVE_MIN_US (10 * G_USEC_PER_SEC)
/* A server that stops usually comes back: give it this long before asking again. */
#define GOING_AWAY_PAUSE_US (2 * G_USEC_PER_SEC)

const char *
kh_link_state_to_string (KhLinkState state)
{
  switch (state)
    {
    case KH_LINK_OFF:
      return "off";
    case KH_LINK_REACHING:
      return "reaching";
    case KH_LINK_HANDSHAKE:
      return "handshake";
    case KH_LINK_UP:
      return "up";
    case KH_LINK_KEY_CHANGED:
      return "key-changed";
    case KH_LINK_REPLACED:
      return "replaced";
    default:
      return "unknown";
    }
}

const char *
kh_link_trouble_to_string (KhLinkTrouble trouble)
{
  switch (trouble)
    {
    case KH_LINK_TROUBLE_NONE:
      return "none";
    case KH_LINK_TROUBLE_SILENT:
      return "silent";
    case KH_LINK_TROUBLE_REFUSED:
      return "refused";
    case KH_LINK_TROUBLE_VERSION:
      return "version";
    case KH_LINK_TROUBLE_LOST:
      return "lost";
    case KH_LINK_TROUBLE_GOING_AWAY:
      return "going-away";
    case KH_LINK_TROUBLE_UNPROVEN:
      return "unproven";
    default:
      return "unknown";
    }
}

KhLink *
kh_link_new (const KhIdentity *identity, KhRandom random)
{
  KhLink *self = g_new0 (KhLink, 1);

  self->identity = identity;
  self->random = random;
  self->next_us = KH_NEVER;
  self->keepalive_us = KEEPALIVE_US;
  self->keepalive_most_us = KH_NEVER;
  self->silence_us = KH_NEVER;
  self->tcp_us = KH_NEVER;
  self->udp_us = KH_NEVER;
  self->verdict_us = KH_NEVER;
  self->requests = g_ptr_array_new_with_free_func (kh_link_request_free);
  g_queue_init (&self->events);
  g_queue_init (&self->acks);
  return self;
}

static void
event_free (gpointer event)
{
  kh_link_event_clear (event);
  g_free (event);
}

void
kh_link_free (KhLink *self)
{
  if (self == NULL)
    return;

  kh_link_drop_keys (self);
  g_ptr_array_unref (self->requests);
  g_queue_clear_full (&self->events, event_free);
  g_queue_clear_full (&self->acks, g_free);
  g_free (self);
}

void
kh_link_event_clear (KhLinkEvent *event)
{
  g_clear_pointer (&event->blob, g_bytes_unref);
}

void
kh_link_push_event (KhLink *self, const KhLinkEvent *event)
{
  g_queue_push_tail (&self->events, g_memdup2 (event, sizeof *event));
}

gboolean
kh_link_poll_event (KhLink *self, KhLinkEvent *ret_event)
{
  g_autofree KhLinkEvent *event = g_queue_pop_head (&self->events);

  if (event == NULL)
    return FALSE;
  *ret_event = *event;
  return TRUE;
}

void
kh_link_drop_keys (KhLink *self)
{
  g_clear_pointer (&self->noise, kh_noise_free);
  if (self->has_keys)
    kh_key_pair_clear (&self->keys);
  self->has_keys = FALSE;
  memset (&self->replay, 0, sizeof self->replay);
  self->our_index = 0;
  kh_link_believe (self);
  g_ptr_array_set_size (self->requests, 0);
  g_queue_clear_full (&self->acks, g_free);
}

/* The only place that changes the state; which steps there are is in the table. */
void
kh_link_change_state (KhLink *self, KhLinkState to, KhLinkTrouble trouble)
{
  static const guint8 allowed[] = {
    [KH_LINK_OFF] = 1 << KH_LINK_REACHING,
    [KH_LINK_REACHING] = 1 << KH_LINK_OFF | 1 << KH_LINK_REACHING | 1 << KH_LINK_HANDSHAKE |
                         1 << KH_LINK_KEY_CHANGED,
    [KH_LINK_HANDSHAKE] = 1 << KH_LINK_OFF | 1 << KH_LINK_REACHING | 1 << KH_LINK_UP,
    [KH_LINK_UP] = 1 << KH_LINK_OFF | 1 << KH_LINK_REACHING | 1 << KH_LINK_REPLACED,
    [KH_LINK_KEY_CHANGED] = 1 << KH_LINK_OFF | 1 << KH_LINK_REACHING,
    [KH_LINK_REPLACED] = 1 << KH_LINK_OFF | 1 << KH_LINK_REACHING,
  };
  KhLinkEvent event = { .type = KH_LINK_EVENT_STATE };

  g_assert (to == self->state || allowed[self->state] & 1 << to);
  if (to == self->state && trouble == self->trouble)
    return;

  g_debug ("link: %s -> %s (%s)", kh_link_state_to_string (self->state),
           kh_link_state_to_string (to), kh_link_trouble_to_string (trouble));
  self->state = to;
  self->trouble = trouble;
  kh_link_push_event (self, &event);
}

/* --- reaching the server ----------------------------------------------------------------- */

void
kh_link_reach (KhLink *self, KhLinkTrouble trouble, gint64 at_us)
{
  kh_link_drop_keys (self);
  kh_random_fill (&self->random, self->nonce, sizeof self->nonce);
  self->retry_us = KH_LINK_RETRY_FIRST_US;
  self->next_us = at_us;
  self->silence_us = at_us + SILENCE_US;
  self->n_to_greet = 0;
  self->refused = 0;
  kh_link_tcp_reach (self, at_us);
  kh_link_change_state (self, KH_LINK_REACHING, trouble);
}

void
kh_link_set_server (KhLink *self, const KhAddr *addrs, gsize n, const KhKey *pinned, gint64 now_us)
{
  kh_link_shutdown (self, now_us);
  self->n_addrs = 0;
  for (gsize i = 0; i < n && self->n_addrs < KH_LINK_ADDRS_MAX; i++)
    if (kh_addr_is_unicast (&addrs[i]))
      self->addrs[self->n_addrs++] = addrs[i];
  self->has_pin = pinned != NULL;
  if (pinned != NULL)
    self->pin = *pinned;
  if (self->n_addrs > 0)
    kh_link_reach (self, KH_LINK_TROUBLE_NONE, now_us);
}

void
kh_link_resume (KhLink *self, const KhKey *key, gint64 now_us)
{
  if (self->state != KH_LINK_KEY_CHANGED && self->state != KH_LINK_REPLACED)
    return;

  if (key != NULL)
    {
      self->has_pin = TRUE;
      self->pin = *key;
    }
  kh_link_reach (self, KH_LINK_TROUBLE_NONE, now_us);
}

void
kh_link_shutdown (KhLink *self, gint64 now_us)
{
  if (self->state == KH_LINK_OFF)
    return;

  if (self->state == KH_LINK_UP)
    kh_link_prepare_bye (self);
  kh_link_drop_keys (self);
  self->next_us = KH_NEVER;
  self->silence_us = KH_NEVER;
  self->n_to_greet = 0;
  kh_link_tcp_stop (self);
  kh_link_change_state (self, KH_LINK_OFF, KH_LINK_TROUBLE_NONE);
}

void
kh_link_lose (KhLink *self, KhLinkTrouble trouble, gint64 now_us)
{
  if (trouble == KH_LINK_TROUBLE_GOING_AWAY)
    kh_link_reach (self, trouble, now_us + kh_link_hurried_us (self, GOING_AWAY_PAUSE_US, now_us));
  else
    kh_link_reach (self, trouble, now_us);
}

void
kh_link_be_replaced (KhLink *self)
{
  kh_link_drop_keys (self);
  self->next_us = KH_NEVER;
  kh_link_change_state (self, KH_LINK_REPLACED, KH_LINK_TROUBLE_NONE);
}

void
kh_link_unreachable (KhLink *self, const KhAddr *remote, gint64 now_us)
{
  if (self->state != KH_LINK_REACHING || self->trouble == KH_LINK_TROUBLE_VERSION)
    return;
  for (guint i = 0; i < self->n_addrs; i++)
    if (kh_addr_equal (&self->addrs[i], remote))
      self->refused |= 1u << i;
  /* Of a name with several addresses, one that works is enough. */
  if (self->refused != (1u << self->n_addrs) - 1)
    return;
  self->silence_us = KH_NEVER;
  kh_link_change_state (self, KH_LINK_REACHING, KH_LINK_TROUBLE_REFUSED);
}

void
kh_link_limit_keepalive (KhLink *self, gint64 most_us)
{
  self->keepalive_most_us = most_us;
}

void
kh_link_come_up (KhLink *self, const KhAddr *seen, gint64 now_us)
{
  gboolean moved = self->state == KH_LINK_UP && !kh_addr_equal (&self->seen, seen);

  if (moved && self->keeps_alive && kh_addr_equal_ip (&self->seen, seen))
    self->keepalive_us = MAX (self->keepalive_us * 3 / 5, KEEPALIVE_MIN_US);
  else if (!kh_addr_equal_ip (&self->seen, seen))
    self->keepalive_us = KEEPALIVE_US;
  self->keeps_alive = FALSE;
  self->seen = *seen;
  self->next_us = now_us + MIN (self->keepalive_us, self->keepalive_most_us);
  /* The first key was trusted, once: from now on it is the one. */
  self->has_pin = TRUE;
  self->pin = self->server_key;
  if (moved)
    {
      KhLinkEvent event = { .type = KH_LINK_EVENT_STATE };

      kh_link_push_event (self, &event);
    }
  kh_link_change_state (self, KH_LINK_UP, KH_LINK_TROUBLE_NONE);
}

gboolean
kh_link_receive (KhLink *self, KhDatagramType type, KhDatagram *in, gint64 now_us)
{
  switch (type)
    {
    case KH_DATAGRAM_HELLO_ACK:
      return kh_link_receive_hello_ack (self, in, now_us);
    case KH_DATAGRAM_RESP:
      return kh_link_receive_resp (self, in, now_us);
    case KH_DATAGRAM_SEALED:
      return kh_link_receive_sealed (self, in, now_us);
    case KH_DATAGRAM_HELLO:
    case KH_DATAGRAM_INIT:
    default:
      return FALSE;
    }
}

gboolean
kh_link_owns_index (KhLink *self, guint32 index)
{
  return self->has_keys && self->our_index == index;
}

KhLinkState
kh_link_get_state (KhLink *self)
{
  return self->state;
}

KhLinkTrouble
kh_link_get_trouble (KhLink *self)
{
  return self->trouble;
}

const KhAddr *
kh_link_get_seen (KhLink *self)
{
  return &self->seen;
}

const KhKey *
kh_link_get_server_key (KhLink *self)
{
  return &self->server_key;
}

gint64
kh_link_get_rtt_us (KhLink *self)
{
  return self->rtt_us;
}

void
kh_link_get_health (KhLink *self, KhLinkHealth *ret_health)
{
  *ret_health = self->health;
}

const KhAddr *
kh_link_get_server (KhLink *self)
{
  return &self->server;
}

guint16
kh_link_get_second_port (KhLink *self)
{
  return self->second_port;
}

/* --- timeouts and output ----------------------------------------------------------------- */

void
kh_link_handle_timeout (KhLink *self, gint64 now_us)
{
  if (self->silence_us <= now_us)
    {
      self->silence_us = KH_NEVER;
      if (self->trouble == KH_LINK_TROUBLE_NONE || self->trouble == KH_LINK_TROUBLE_GOING_AWAY)
        kh_link_change_state (self, KH_LINK_REACHING,
                              self->refused != 0 ? KH_LINK_TROUBLE_REFUSED
                                                 : KH_LINK_TROUBLE_SILENT);
    }

  if (self->state == KH_LINK_HANDSHAKE && self->next_us <= now_us &&
      (self->attempts == INIT_ATTEMPTS ||
       (self->attempts >= INIT_ATTEMPTS_HURRIED && kh_link_is_hurried (self, now_us))))
    kh_link_reach (self, KH_LINK_TROUBLE_UNPROVEN,
                   now_us + (kh_link_is_hurried (self, now_us) ? 0 : self->retry_us));
  else if (self->state == KH_LINK_REACHING && self->next_us <= now_us && self->n_to_greet == 0)
    {
      self->n_to_greet = self->n_addrs;
      self->next_us = now_us + self->retry_us;
      self->retry_us =
          kh_link_hurried_us (self, MIN (2 * self->retry_us, KH_LINK_RETRY_MAX_US), now_us);
    }
  else if (self->state == KH_LINK_UP && self->next_us <= now_us)
    {
      kh_link_probe (self, now_us);
      self->keeps_alive = TRUE;
    }

  kh_link_tcp_handle_timeout (self, now_us);
  kh_link_doubt_handle_timeout (self, now_us);
  kh_link_expire_requests (self, now_us);
}

void
kh_link_probe (KhLink *self, gint64 now_us)
{
  if (self->state != KH_LINK_UP)
    return;
  kh_link_ping (self, now_us);
  self->next_us = now_us + MIN (self->keepalive_us, self->keepalive_most_us);
}

gint64
kh_link_next_timeout (KhLink *self)
{
  if (self->n_to_greet > 0 || self->bye_len > 0)
    return 0;
  return MIN (MIN (MIN (self->next_us, self->silence_us), self->verdict_us),
              MIN (kh_link_next_request_us (self), kh_link_tcp_next_timeout (self)));
}

static void
address (KhDatagram *out, const KhAddr *remote, gsize len)
{
  out->remote = *remote;
  out->socket = kh_socket_for_family (remote->family);
  out->len = len;
  out->hop_limit = 0;
}

void
kh_link_address_server (KhLink *self, KhDatagram *out, gsize len)
{
  address (out, &self->server, len);
  out->socket = self->server_socket;
}

static gboolean
send_hello (KhLink *self, KhDatagram *out)
{
  KhHello hello = { .version = KH_PROTOCOL_VERSION };
  KhWriter writer = kh_writer_init (out->data, out->size);
  gboolean tcp = self->n_to_greet == 0;
  KhAddr addr = tcp ? kh_link_tcp_next_addr (self) : self->addrs[--self->n_to_greet];

  memcpy (hello.nonce, self->nonce, sizeof hello.nonce);
  if (!kh_hello_write (&writer, &hello))
    return FALSE;
  address (out, &addr, writer.len);
  if (tcp)
    out->socket = KH_SOCKET_TCP;
  return TRUE;
}

gboolean
kh_link_poll_send (KhLink *self, KhDatagram *out, gint64 now_us)
{
  if (self->bye_len > 0)
    {
      memcpy (out->data, self->message, self->bye_len);
      kh_link_address_server (self, out, self->bye_len);
      self->bye_len = 0;
      return TRUE;
    }
  if (self->n_to_greet > 0 || self->n_to_greet_tcp > 0)
    return send_hello (self, out);
  if (self->state == KH_LINK_HANDSHAKE && !self->has_keys && self->next_us <= now_us &&
      self->attempts < INIT_ATTEMPTS)
    return kh_link_send_init (self, out, now_us);
  if (self->has_keys && kh_link_send_sealed (self, out, now_us))
    {
      kh_link_address_server (self, out, out->len);
      return TRUE;
    }
  return FALSE;
}
