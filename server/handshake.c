/* handshake.c: HELLO and INIT: how a stranger becomes a client (PROTOCOL.md, "Handshakes")
 *
 * HELLO is answered from nothing and leaves nothing behind. INIT is looked at in the order of cost:
 * its cookie, whether it came before, the buckets, room, and only then the public-key operations.
 */
#include "server/server-private.h"

#include "crypto/primitives.h"

static const char prologue[] = "knothole 1 link";

/* INIT's payload: the sender's index again, here authenticated. */
#define INIT_PAYLOAD 4

/* In the family that @remote can reach; 0 where there is none. */
static guint16
second_port (const KhServer *self, const KhAddr *remote)
{
  return self->addresses[kh_socket_for_family (remote->family) | KH_SOCKET_SECOND_PORT].port;
}

void
kh_server_handle_hello (KhServer *self, const KhDatagram *in, gint64 now_us)
{
  KhHelloAck ack = { .version_min = KH_PROTOCOL_VERSION, .version_max = KH_PROTOCOL_VERSION };
  guint8 *out = kh_replies_reserve (self->replies);
  KhWriter writer = kh_writer_init (out, KH_REPLIES_DATA_SIZE);
  KhHello hello;

  if (!kh_hello_read (in->data, in->len, &hello))
    {
      self->stats.malformed++;
      return;
    }
  if (kh_server_is_leaving (self) || out == NULL)
    return;
  if (!kh_admission_greet (self->admission, &in->remote, ack.cookie, now_us))
    {
      self->stats.rate_limited++;
      return;
    }

  /* Whatever version it speaks: the answer says which ones are spoken here. */
  memcpy (ack.nonce, hello.nonce, sizeof ack.nonce);
  ack.server_key = *kh_identity_get_public (self->identity);
  ack.seen = in->remote;
  ack.second_port = second_port (self, &in->remote);
  if (kh_hello_ack_write (&writer, &ack))
    kh_replies_commit (self->replies, in->socket, &in->remote, writer.len);
}

static void
send_resp (KhServer *self, const KhClient *client)
{
  guint8 *out = kh_replies_reserve (self->replies);
  KhWriter writer = kh_writer_init (out, KH_REPLIES_DATA_SIZE);
  KhResp resp = { .sender = client->index,
                  .receiver = client->remote_index,
                  .noise = client->pending->noise,
                  .noise_len = sizeof client->pending->noise };

  if (out != NULL && kh_resp_write (&writer, &resp))
    kh_replies_commit (self->replies, client->socket, &client->addr, writer.len);
}

/* Reads message 1; FALSE where it is not genuine, or its payload contradicts its header. */
static gboolean
read_init (KhNoise *noise, const KhInit *init)
{
  guint8 payload[INIT_PAYLOAD];
  gsize len;
  KhCursor cursor;
  guint32 sender;

  if (!kh_noise_read (noise, init->noise, init->noise_len, payload, sizeof payload, &len))
    return FALSE;
  cursor = kh_cursor_init (payload, len);
  return kh_cursor_u32 (&cursor, &sender) && kh_cursor_is_done (&cursor) && sender == init->sender;
}

/* Writes message 2 into @client and gives it the keys; the client must have its index. */
static gboolean
write_resp (KhNoise *noise, KhClient *client)
{
  guint8 payload[KH_CLIENT_RESP_PAYLOAD];
  KhWriter writer = kh_writer_init (payload, sizeof payload);
  KhTransportKeys keys;
  gsize len;

  kh_writer_u32 (&writer, client->index);
  kh_writer_u32 (&writer, client->remote_index);
  if (!kh_noise_write (noise, payload, sizeof payload, client->pending->noise, KH_CLIENT_RESP_NOISE,
                       &len) ||
      !kh_noise_split (noise, &keys))
    return FALSE;

  kh_key_pair_init (&client->keys, &keys, 0);
  kh_wipe (&keys, sizeof keys);
  return TRUE;
}

static void
make_client (KhServer *self,
             const KhDatagram *in,
             const KhInit *init,
             const guint8 digest[KH_CLIENT_DIGEST_SIZE],
             gint64 now_us)
{
  g_autoptr (KhNoise) noise =
      kh_noise_new_responder (self->identity, prologue, strlen (prologue), &self->random);
  KhClient *client;

  self->stats.handshakes++;
  if (!read_init (noise, init))
    {
      self->stats.unauthentic++;
      return;
    }

  client = kh_client_new (kh_noise_remote_static (noise));
  client->remote_index = init->sender;
  client->addr = in->remote;
  client->socket = (guint8) in->socket;
  client->since_us = now_us;
  client->pending = g_new0 (KhClientPending, 1);
  memcpy (client->pending->digest, digest, KH_CLIENT_DIGEST_SIZE);
  kh_registry_add (self->registry, client, &self->random);
  kh_registry_add_pending (self->registry, client);
  g_queue_push_tail_link (&self->unconfirmed, &client->link);
  if (write_resp (noise, client))
    send_resp (self, client);
  else
    {
      self->stats.unauthentic++;
      kh_server_remove (self, client);
    }
}

void
kh_server_handle_init (KhServer *self, const KhDatagram *in, gint64 now_us)
{
  guint8 digest[KH_CLIENT_DIGEST_SIZE];
  KhClient *known;
  KhInit init;

  if (!kh_init_read (in->data, in->len, &init) ||
      init.noise_len != KH_NOISE_MSG1_OVERHEAD + INIT_PAYLOAD)
    {
      self->stats.malformed++;
      return;
    }
  if (kh_server_is_leaving (self))
    return;
  if (!kh_admission_check (self->admission, &in->remote, init.cookie, now_us))
    {
      self->stats.bad_cookie++;
      return;
    }

  kh_sha256 (digest, in->data, in->len);
  known = kh_registry_find_pending (self->registry, digest);
  if (known != NULL)
    send_resp (self, known);
  else if (!kh_admission_take (self->admission, &in->remote, now_us))
    self->stats.rate_limited++;
  else if (kh_registry_get_n_clients (self->registry) >= self->limits.max_clients ||
           self->unconfirmed.length >= self->limits.max_unconfirmed)
    self->stats.full++;
  else
    make_client (self, in, &init, digest, now_us);
}

void
kh_server_confirm (KhServer *self, KhClient *client)
{
  KhClient *older = kh_registry_find_peer (self->registry, &client->id);

  kh_registry_remove_pending (self->registry, client);
  if (older != NULL)
    {
      /* Or a new link would be a way around the limit of an identity. */
      client->request_full_at_us = older->request_full_at_us;
      /* Sessions over the relay go on where the same person has a new link. */
      kh_channels_move (self->channels, older, client);
      kh_server_dismiss (self, older, KH_GOING_AWAY_REPLACED);
    }
  kh_client_set_state (client, KH_CLIENT_LINKED);
  g_queue_unlink (&self->unconfirmed, &client->link);
  g_queue_push_tail_link (&self->idle, &client->link);
  kh_registry_add_peer (self->registry, client);
}
