/* link-handshake.c: from the server's answer to a link that stands (PROTOCOL.md, "Handshakes")
 *
 * Owns nothing: the keys are the link's. The server's key is held against the pin before anything
 * is computed, and proven by its RESP.
 */
#include "node/link-private.h"

#include <string.h>

static const char prologue[] = "knothole 1 link";

/* Message 1, once for the handshake: a repeated INIT must be the same bytes. */
static gboolean
begin_handshake (KhLink *self, const KhHelloAck *ack)
{
  guint8 payload[4];
  KhWriter writer = kh_writer_init (payload, sizeof payload);

  self->server_key = ack->server_key;
  memcpy (self->cookie, ack->cookie, sizeof self->cookie);
  do
    self->our_index = kh_random_u32 (&self->random);
  while (self->our_index == 0);
  kh_writer_u32 (&writer, self->our_index);

  self->noise = kh_noise_new_initiator (self->identity, &self->server_key, prologue,
                                        strlen (prologue), &self->random);
  return kh_noise_write (self->noise, payload, sizeof payload, self->message, sizeof self->message,
                         &self->message_len);
}

gboolean
kh_link_receive_hello_ack (KhLink *self, const KhDatagram *in, gint64 now_us)
{
  KhHelloAck ack;

  if (!kh_hello_ack_read (in->data, in->len, &ack) ||
      memcmp (ack.nonce, self->nonce, sizeof ack.nonce) != 0)
    return FALSE;
  if (self->state != KH_LINK_REACHING)
    return kh_link_doubt_answered (self, in, &ack, now_us) ||
           kh_link_tcp_leave (self, in, &ack, now_us);
  return kh_link_take_hello_ack (self, in, &ack, now_us);
}

gboolean
kh_link_take_hello_ack (KhLink *self, const KhDatagram *in, const KhHelloAck *ack, gint64 now_us)
{
  if (KH_PROTOCOL_VERSION < ack->version_min || KH_PROTOCOL_VERSION > ack->version_max)
    {
      self->silence_us = KH_NEVER;
      kh_link_change_state (self, KH_LINK_REACHING, KH_LINK_TROUBLE_VERSION);
      return TRUE;
    }
  if (self->has_pin && !kh_key_equal (&self->pin, &ack->server_key))
    {
      self->server_key = ack->server_key;
      self->next_us = KH_NEVER;
      self->silence_us = KH_NEVER;
      self->n_to_greet = 0;
      kh_link_tcp_stop (self);
      kh_link_change_state (self, KH_LINK_KEY_CHANGED, KH_LINK_TROUBLE_NONE);
      return TRUE;
    }
  if (!begin_handshake (self, ack))
    {
      kh_link_drop_keys (self);
      return FALSE;
    }
  self->server = in->remote;
  kh_link_tcp_answered (self, in->socket, now_us);
  self->second_port = ack->second_port;
  self->about = (KhServerAbout){ .version_min = ack->version_min, .version_max = ack->version_max };
  self->has_about = FALSE;
  self->attempts = 0;
  self->retry_us = KH_LINK_RETRY_FIRST_US;
  self->next_us = now_us;
  self->silence_us = KH_NEVER;
  self->n_to_greet = 0;
  kh_link_change_state (self, KH_LINK_HANDSHAKE, self->trouble);
  return TRUE;
}

gboolean
kh_link_receive_resp (KhLink *self, const KhDatagram *in, gint64 now_us)
{
  guint8 payload[8] = { 0 };
  gsize len;
  KhResp resp;
  KhCursor cursor = kh_cursor_init (payload, sizeof payload);
  KhTransportKeys keys;
  guint32 sender;
  guint32 receiver;

  if (self->state != KH_LINK_HANDSHAKE || self->has_keys ||
      !kh_resp_read (in->data, in->len, &resp) || resp.receiver != self->our_index ||
      !kh_noise_read (self->noise, resp.noise, resp.noise_len, payload, sizeof payload, &len) ||
      len != sizeof payload)
    return FALSE;
  if (!kh_cursor_u32 (&cursor, &sender) || !kh_cursor_u32 (&cursor, &receiver) ||
      sender != resp.sender || receiver != resp.receiver || !kh_noise_split (self->noise, &keys))
    {
      /* Only the key's owner could have sealed this: its server is broken. */
      kh_link_reach (self, KH_LINK_TROUBLE_UNPROVEN, now_us + KH_LINK_RETRY_MAX_US);
      return FALSE;
    }

  g_clear_pointer (&self->noise, kh_noise_free);
  kh_key_pair_init (&self->keys, &keys, 0);
  kh_wipe (&keys, sizeof keys);
  self->has_keys = TRUE;
  self->server_index = sender;
  self->next_packet = 0;
  self->next_us = KH_NEVER;
  self->rtt_us = 0;
  kh_link_register (self, now_us);
  return TRUE;
}

gboolean
kh_link_send_init (KhLink *self, KhDatagram *out, gint64 now_us)
{
  KhInit init = { .sender = self->our_index,
                  .noise = self->message,
                  .noise_len = self->message_len };
  KhWriter writer = kh_writer_init (out->data, out->size);

  memcpy (init.cookie, self->cookie, sizeof init.cookie);
  self->attempts++;
  self->next_us = now_us + self->retry_us;
  self->retry_us = MIN (2 * self->retry_us, KH_LINK_RETRY_MAX_US);
  if (!kh_init_write (&writer, &init))
    return FALSE;
  kh_link_address_server (self, out, writer.len);
  return TRUE;
}
