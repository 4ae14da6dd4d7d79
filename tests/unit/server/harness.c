/* harness.c: a server on a virtual clock, and its clients; see harness.h */
#include "harness.h"

#include <string.h>

static void
fill (guint8 *buf, gsize len, gpointer user_data)
{
  for (gsize i = 0; i < len; i++)
    buf[i] = (guint8) g_rand_int_range (user_data, 0, 256);
}

KhRandom
world_random (World *self)
{
  return (KhRandom){ .fill = fill, .user_data = self->rand };
}

World *
world_new (const KhServerLimits *limits)
{
  World *self = g_new0 (World, 1);
  g_autoptr (KhIdentity) identity = NULL;
  KhRandom random;

  self->rand = g_rand_new_with_seed (20);
  self->now_us = G_USEC_PER_SEC;
  random = world_random (self);
  identity = kh_identity_new (&random);
  self->server = kh_server_new (identity, limits, random, self->now_us);
  return self;
}

void
world_free (World *self)
{
  world_drop_packets (self);
  kh_server_free (self->server);
  g_rand_free (self->rand);
  g_free (self);
}

KhServerStats
world_stats (World *self)
{
  KhServerStats stats;

  kh_server_get_stats (self->server, &stats);
  return stats;
}

static void
collect (World *self)
{
  for (;;)
    {
      Packet *packet = g_new0 (Packet, 1);
      KhDatagram out = { .data = packet->data, .size = sizeof packet->data };

      if (!kh_server_poll_send (self->server, &out, self->now_us))
        {
          g_free (packet);
          return;
        }
      g_assert_cmpuint (out.len, <=, KH_DATAGRAM_MAX);
      g_assert_cmpuint (out.socket, ==, kh_socket_for_family (out.remote.family));
      packet->remote = out.remote;
      packet->len = out.len;
      self->out_bytes += out.len;
      self->out_packets++;
      g_queue_push_tail (&self->packets, packet);
    }
}

void
world_give (World *self, const KhAddr *from, const guint8 *data, gsize len)
{
  g_autofree guint8 *copy = g_memdup2 (data, len);
  KhDatagram in = {
    .socket = kh_socket_for_family (from->family), .remote = *from, .data = copy, .len = len
  };

  self->in_bytes += len;
  kh_server_receive (self->server, &in, self->now_us);
  collect (self);
}

Packet *
world_take (World *self, const KhAddr *to, KhDatagramType type)
{
  for (GList *l = self->packets.head; l != NULL; l = l->next)
    {
      Packet *packet = l->data;

      if (kh_addr_equal (&packet->remote, to) && packet->data[0] == type)
        {
          g_queue_delete_link (&self->packets, l);
          return packet;
        }
    }
  return NULL;
}

void
world_drop_packets (World *self)
{
  g_queue_clear_full (&self->packets, g_free);
}

void
world_run_until (World *self, gint64 until_us)
{
  gint64 next;

  collect (self);
  next = kh_server_next_timeout (self->server);
  while (next <= until_us)
    {
      self->now_us = MAX (self->now_us, next);
      kh_server_handle_timeout (self->server, self->now_us);
      collect (self);
      next = kh_server_next_timeout (self->server);
    }
  self->now_us = MAX (self->now_us, until_us);
}

static Peer *
make_peer (World *world, KhIdentity *identity, const KhAddr *addr)
{
  Peer *self = g_new0 (Peer, 1);

  self->world = world;
  self->identity = identity;
  self->id = kh_peer_id_from_key (kh_identity_get_public (identity));
  self->addr = *addr;
  return self;
}

Peer *
peer_new (World *world, const KhAddr *addr)
{
  KhRandom random = world_random (world);

  return make_peer (world, kh_identity_new (&random), addr);
}

Peer *
peer_new_like (const Peer *other, const KhAddr *addr)
{
  guint8 secret[KH_KEY_SIZE];

  kh_identity_copy_secret (other->identity, secret);
  return make_peer (other->world, kh_identity_new_from_secret (secret), addr);
}

void
peer_free (Peer *self)
{
  kh_noise_free (self->noise);
  kh_identity_free (self->identity);
  g_free (self);
}

gboolean
peer_hello (Peer *self)
{
  KhHello hello = { .version = KH_PROTOCOL_VERSION };
  guint8 buf[KH_HELLO_SIZE];
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  g_autofree Packet *packet = NULL;
  KhRandom random = world_random (self->world);
  KhHelloAck ack;

  kh_random_fill (&random, hello.nonce, sizeof hello.nonce);
  g_assert_true (kh_hello_write (&writer, &hello));
  world_give (self->world, &self->addr, buf, writer.len);
  packet = world_take (self->world, &self->addr, KH_DATAGRAM_HELLO_ACK);
  if (packet == NULL)
    return FALSE;
  g_assert_true (kh_hello_ack_read (packet->data, packet->len, &ack));
  g_assert_cmpmem (ack.nonce, sizeof ack.nonce, hello.nonce, sizeof hello.nonce);
  g_assert_true (kh_addr_equal (&ack.seen, &self->addr));
  g_assert_true (kh_key_equal (&ack.server_key, kh_server_get_key (self->world->server)));
  memcpy (self->cookie, ack.cookie, sizeof self->cookie);
  return TRUE;
}

void
peer_make_init (Peer *self)
{
  KhRandom random = world_random (self->world);
  guint8 payload[4];
  guint8 noise[256];
  gsize noise_len;
  KhWriter writer = kh_writer_init (payload, sizeof payload);
  KhInit init = { .noise = noise };

  self->index = kh_random_u32 (&random);
  kh_writer_u32 (&writer, self->index);
  kh_noise_free (self->noise);
  self->noise = kh_noise_new_initiator (self->identity, kh_server_get_key (self->world->server),
                                        "knothole 1 link", 15, &random);
  g_assert_true (
      kh_noise_write (self->noise, payload, sizeof payload, noise, sizeof noise, &noise_len));
  init.sender = self->index;
  init.noise_len = noise_len;
  memcpy (init.cookie, self->cookie, sizeof init.cookie);
  writer = kh_writer_init (self->init, sizeof self->init);
  g_assert_true (kh_init_write (&writer, &init));
  self->init_len = writer.len;
}

void
peer_send_init (Peer *self)
{
  world_give (self->world, &self->addr, self->init, self->init_len);
}

gboolean
peer_read_resp (Peer *self)
{
  g_autofree Packet *packet = world_take (self->world, &self->addr, KH_DATAGRAM_RESP);
  KhTransportKeys keys;
  guint8 payload[64];
  gsize len;
  KhCursor cursor;
  guint32 sender = 0;
  guint32 receiver = 0;
  KhResp resp;

  if (packet == NULL)
    return FALSE;
  g_assert_true (kh_resp_read (packet->data, packet->len, &resp));
  g_assert_cmphex (resp.receiver, ==, self->index);
  g_assert_true (
      kh_noise_read (self->noise, resp.noise, resp.noise_len, payload, sizeof payload, &len));
  cursor = kh_cursor_init (payload, len);
  g_assert_true (kh_cursor_u32 (&cursor, &sender) && kh_cursor_u32 (&cursor, &receiver));
  g_assert_true (kh_cursor_is_done (&cursor));
  g_assert_cmphex (sender, ==, resp.sender);
  g_assert_cmphex (receiver, ==, self->index);
  g_assert_true (kh_noise_split (self->noise, &keys));
  kh_key_pair_init (&self->keys, &keys, 0);
  self->remote_index = resp.sender;
  return TRUE;
}

gboolean
peer_connect (Peer *self)
{
  if (!peer_hello (self))
    return FALSE;
  peer_make_init (self);
  peer_send_init (self);
  return peer_read_resp (self);
}

gboolean
peer_register (Peer *self)
{
  return peer_connect (self) &&
         peer_ask (self, (KhLinkMessage){ .type = KH_LINK_REGISTER }) == KH_LINK_OK;
}

gsize
peer_seal (Peer *self, const KhLinkMessage *message, guint8 out[KH_DATAGRAM_MAX])
{
  KhWriter writer = kh_writer_init (out, KH_DATAGRAM_MAX - KH_AEAD_TAG_SIZE);
  KhSealed header = { .receiver = self->remote_index, .packet_number = self->keys.next_number };
  gsize len;

  kh_sealed_write (&writer, &header);
  g_assert_true (kh_link_message_write (&writer, message));
  len = writer.len - KH_SEALED_HEADER_SIZE;
  g_assert_true (kh_key_pair_seal (&self->keys, header.packet_number, out, KH_SEALED_HEADER_SIZE,
                                   out + KH_SEALED_HEADER_SIZE, len));
  return writer.len + KH_AEAD_TAG_SIZE;
}

void
peer_send (Peer *self, const KhLinkMessage *message)
{
  guint8 buf[KH_DATAGRAM_MAX];
  gsize len = peer_seal (self, message, buf);

  world_give (self->world, &self->addr, buf, len);
}

Message *
peer_next (Peer *self)
{
  g_autofree Packet *packet = world_take (self->world, &self->addr, KH_DATAGRAM_SEALED);
  Message *message;
  KhSealed header;
  gsize len;

  if (packet == NULL)
    return NULL;
  g_assert_true (kh_sealed_read (packet->data, packet->len, &header));
  g_assert_cmphex (header.receiver, ==, self->index);
  g_assert_true (kh_key_pair_open (&self->keys, header.packet_number, packet->data,
                                   KH_SEALED_HEADER_SIZE, packet->data + KH_SEALED_HEADER_SIZE,
                                   packet->len - KH_SEALED_HEADER_SIZE));
  message = g_new0 (Message, 1);
  len = packet->len - KH_SEALED_OVERHEAD;
  memcpy (message->blob, packet->data + KH_SEALED_HEADER_SIZE, len);
  g_assert_true (kh_link_message_read (message->blob, len, &message->message));
  return message;
}

Message *
peer_expect (Peer *self, KhLinkType type)
{
  Message *message = peer_next (self);

  g_assert_nonnull (message);
  g_assert_cmpstr (kh_link_type_to_string (message->message.type), ==,
                   kh_link_type_to_string (type));
  return message;
}

KhLinkStatus
peer_ask (Peer *self, KhLinkMessage message)
{
  g_autofree Message *reply = NULL;

  message.id = ++self->next_request;
  peer_send (self, &message);
  reply = peer_expect (self, KH_LINK_REPLY);
  g_assert_cmpuint (reply->message.id, ==, message.id);
  return reply->message.status;
}

KhLinkStatus
peer_knock (Peer *self, const Peer *other, gsize blob_len)
{
  static const guint8 blob[KH_DATAGRAM_MAX] = { 0xb1, 0x0b };
  KhLinkMessage knock = { .type = KH_LINK_KNOCK, .blob = blob, .blob_len = blob_len };

  memcpy (knock.peer, other->id.bytes, KH_PEER_ID_SIZE);
  return peer_ask (self, knock);
}

KhLinkStatus
peer_wait (Peer *self, const Peer *other)
{
  return peer_ask (self,
                   (KhLinkMessage){ .type = KH_LINK_WAIT, .ids = other->id.bytes, .n_ids = 1 });
}

void
peer_acknowledge (Peer *self, guint32 push)
{
  peer_send (self, &(KhLinkMessage){ .type = KH_LINK_PUSH_ACK, .id = push });
}

Peer *
peer_add (World *world, guint8 number)
{
  KhAddr addr = kh_addr_ipv4 (192, 0, 2, number, 5000);
  Peer *peer = peer_new (world, &addr);

  g_assert_true (peer_register (peer));
  return peer;
}
