/* evil-server.c: see evil-server.h
 *
 * The least that clients take for a server (PROTOCOL.md): it trusts everybody, forgets nobody, and
 * sends nothing twice, so it is only for lines that lose nothing.
 */
#include "evil-server.h"

#include <string.h>

#include "crypto/keys.h"
#include "wire/link.h"

#define LINK_PROLOGUE "knothole 1 link"

typedef struct
{
  KhKey key;
  guint32 index; /* in the client's own table */
  guint socket;
  KhAddr addr;
  KhKeyPair keys;
} Client;

/* An introduction as it was pushed. */
typedef struct
{
  KhLinkType type;
  KhKey from;
  KhKey to;
  GBytes *blob;
} Passed;

typedef struct
{
  guint socket;
  KhAddr remote;
  gsize len;
  guint8 data[KH_DATAGRAM_MAX];
} Output;

struct _KhEvilServer
{
  const KhIdentity *identity;
  KhRandom random;
  KhEvilMode mode;
  KhKey accomplice;
  GPtrArray *clients; /* its index is what they address us by */
  GPtrArray *passed;
  GQueue output;
  guint32 next_push;
  guint32 channel; /* of a relay that it has not; 0 */
  guint n_relayed;
};

static void
client_free (gpointer data)
{
  kh_key_pair_clear (&((Client *) data)->keys);
  g_free (data);
}

static void
passed_free (gpointer data)
{
  g_bytes_unref (((Passed *) data)->blob);
  g_free (data);
}

KhEvilServer *
kh_evil_server_new (const KhIdentity *identity, const KhRandom *random)
{
  KhEvilServer *self = g_new0 (KhEvilServer, 1);

  self->identity = identity;
  self->random = *random;
  self->clients = g_ptr_array_new_with_free_func (client_free);
  self->passed = g_ptr_array_new_with_free_func (passed_free);
  g_queue_init (&self->output);
  return self;
}

void
kh_evil_server_free (KhEvilServer *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->clients);
  g_ptr_array_unref (self->passed);
  g_queue_clear_full (&self->output, g_free);
  g_free (self);
}

void
kh_evil_server_set_mode (KhEvilServer *self, KhEvilMode mode)
{
  self->mode = mode;
}

void
kh_evil_server_set_accomplice (KhEvilServer *self, const KhKey *key)
{
  self->accomplice = *key;
}

guint
kh_evil_server_count (KhEvilServer *self)
{
  return self->passed->len;
}

static Output *
add_output (KhEvilServer *self, guint socket_index, const KhAddr *remote)
{
  Output *output = g_new0 (Output, 1);

  output->socket = socket_index;
  output->remote = *remote;
  g_queue_push_tail (&self->output, output);
  return output;
}

static void
send_message (KhEvilServer *self, Client *client, const KhLinkMessage *message)
{
  Output *output = add_output (self, client->socket, &client->addr);
  KhWriter writer = kh_writer_init (output->data, sizeof output->data - KH_AEAD_TAG_SIZE);
  KhSealed sealed = { .receiver = client->index, .packet_number = client->keys.next_number };

  g_assert_true (kh_sealed_write (&writer, &sealed));
  g_assert_true (kh_link_message_write (&writer, message));
  g_assert_true (kh_key_pair_seal (&client->keys, sealed.packet_number, output->data,
                                   KH_SEALED_HEADER_SIZE, output->data + KH_SEALED_HEADER_SIZE,
                                   writer.len - KH_SEALED_HEADER_SIZE));
  output->len = writer.len + KH_AEAD_TAG_SIZE;
}

/* The newest link wins. */
static Client *
find_client (KhEvilServer *self, const KhKey *key)
{
  for (guint i = self->clients->len; i > 0; i--)
    {
      Client *client = g_ptr_array_index (self->clients, i - 1);

      if (kh_key_equal (&client->key, key))
        return client;
    }
  return NULL;
}

static Client *
find_client_by_id (KhEvilServer *self, const guint8 id[KH_PEER_ID_SIZE])
{
  KhPeerId peer;

  memcpy (peer.bytes, id, sizeof peer.bytes);
  for (guint i = self->clients->len; i > 0; i--)
    {
      Client *client = g_ptr_array_index (self->clients, i - 1);

      if (kh_peer_id_matches_key (&peer, &client->key))
        return client;
    }
  return NULL;
}

static void
push (KhEvilServer *self, Client *to, KhLinkType type, const KhKey *from, GBytes *blob)
{
  KhLinkMessage message = {
    .type = type, .id = ++self->next_push, .key = *from, .channel = self->channel
  };

  message.blob = g_bytes_get_data (blob, &message.blob_len);
  send_message (self, to, &message);
}

static void
push_ready (KhEvilServer *self, Client *to, const KhKey *about)
{
  KhLinkMessage message = { .type = KH_LINK_READY, .id = ++self->next_push };
  KhPeerId id = kh_peer_id_from_key (about);

  memcpy (message.peer, id.bytes, sizeof id.bytes);
  send_message (self, to, &message);
}

static void
forge (KhEvilServer *self, Client *from, Client *to, GBytes *blob)
{
  guint8 noise[KH_BLOB_MAX];
  g_autoptr (GBytes) nonsense = NULL;

  kh_random_fill (&self->random, noise, sizeof noise);
  nonsense = g_bytes_new (noise, MIN (sizeof noise, g_bytes_get_size (blob)));
  push (self, from, KH_LINK_ANSWERED, &to->key, nonsense);
  push (self, to, KH_LINK_KNOCKED, &from->key, nonsense);
  push_ready (self, from, &to->key);
  push_ready (self, to, &from->key);
}

static void
tamper (KhEvilServer *self, Client *from, Client *to, KhLinkType type, GBytes *blob)
{
  gsize len;
  gconstpointer data = g_bytes_get_data (blob, &len);
  g_autofree guint8 *copy = g_memdup2 (data, len);
  g_autoptr (GBytes) changed = NULL;

  if (len > 0)
    copy[kh_random_u32 (&self->random) % len] ^= 1 << (kh_random_u32 (&self->random) % 8);
  changed = g_bytes_new (copy, len);
  push (self, to, type, &from->key, changed);
}

/* Hands on an introduction, or does worse. */
static void
pass (KhEvilServer *self, Client *from, Client *to, KhLinkType type, GBytes *blob)
{
  Client *accomplice = find_client (self, &self->accomplice);
  Passed *passed = g_new (Passed, 1);

  *passed = (Passed){ type, from->key, to->key, g_bytes_ref (blob) };
  g_ptr_array_add (self->passed, passed);
  switch (self->mode)
    {
    case KH_EVIL_HONEST:
    case KH_EVIL_WRONG_KEY:
      push (self, to, type, &from->key, blob);
      break;
    case KH_EVIL_WRONG_SENDER:
      push (self, to, type, &self->accomplice, blob);
      break;
    case KH_EVIL_MISROUTE:
      push (self, accomplice, type, &from->key, blob);
      break;
    case KH_EVIL_REFLECT:
      push (self, from, KH_LINK_ANSWERED, &to->key, blob);
      push (self, from, KH_LINK_KNOCKED, &to->key, blob);
      push (self, from, KH_LINK_KNOCKED, &from->key, blob);
      break;
    case KH_EVIL_TAMPER:
      tamper (self, from, to, type, blob);
      break;
    case KH_EVIL_FORGE:
      forge (self, from, to, blob);
      break;
    }
}

void
kh_evil_server_pretend_relay (KhEvilServer *self)
{
  self->channel = 1;
}

guint
kh_evil_server_count_relayed (KhEvilServer *self)
{
  return self->n_relayed;
}

void
kh_evil_server_replay (KhEvilServer *self)
{
  for (guint i = 0; i < self->passed->len; i++)
    {
      const Passed *passed = g_ptr_array_index (self->passed, i);
      Client *to = find_client (self, &passed->to);

      push (self, to, passed->type, &passed->from, passed->blob);
    }
}

static void
reply (KhEvilServer *self, Client *client, const KhLinkMessage *request)
{
  KhLinkMessage message = { .type = KH_LINK_REPLY, .id = request->id, .status = KH_LINK_OK };
  Client *peer = find_client_by_id (self, request->peer);

  switch (request->type)
    {
    case KH_LINK_REGISTER:
    case KH_LINK_PING:
      message.has_seen = TRUE;
      message.seen = client->addr;
      break;
    case KH_LINK_LOOKUP:
      message.has_key = peer != NULL;
      message.status = peer ? KH_LINK_OK : KH_LINK_NOT_REGISTERED;
      if (peer)
        message.key = self->mode == KH_EVIL_WRONG_KEY ? self->accomplice : peer->key;
      break;
    case KH_LINK_KNOCK:
    case KH_LINK_ANSWER:
      message.status = peer ? KH_LINK_OK : KH_LINK_NOT_REGISTERED;
      break;
    case KH_LINK_WAIT:
    case KH_LINK_UNWAIT:
    case KH_LINK_BYE:
      break;
    case KH_LINK_RELAY:
      self->n_relayed++;
      return;
    /* It does not know this one. */
    case KH_LINK_ABOUT:
    case KH_LINK_RELAY_REFUSED:
    case KH_LINK_REPLY:
    case KH_LINK_KNOCKED:
    case KH_LINK_ANSWERED:
    case KH_LINK_READY:
    case KH_LINK_GOING_AWAY:
    case KH_LINK_PUSH_ACK:
      return;
    }
  send_message (self, client, &message);
}

static void
receive_sealed (KhEvilServer *self, KhDatagram *in, const KhSealed *sealed)
{
  guint8 *payload = in->data + KH_SEALED_HEADER_SIZE;
  gsize len = in->len - KH_SEALED_HEADER_SIZE;
  KhLinkMessage message;
  Client *client;
  Client *peer;

  if (sealed->receiver >= self->clients->len)
    return;
  client = g_ptr_array_index (self->clients, sealed->receiver);
  if (!kh_key_pair_open (&client->keys, sealed->packet_number, in->data, KH_SEALED_HEADER_SIZE,
                         payload, len) ||
      !kh_link_message_read (payload, len - KH_AEAD_TAG_SIZE, &message))
    return;
  client->addr = in->remote;
  reply (self, client, &message);
  peer = find_client_by_id (self, message.peer);
  if (peer && (message.type == KH_LINK_KNOCK || message.type == KH_LINK_ANSWER))
    {
      g_autoptr (GBytes) blob = g_bytes_new (message.blob, message.blob_len);

      pass (self, client, peer, message.type == KH_LINK_KNOCK ? KH_LINK_KNOCKED : KH_LINK_ANSWERED,
            blob);
    }
}

static void
receive_hello (KhEvilServer *self, const KhDatagram *in, const KhHello *hello)
{
  KhHelloAck ack = { .version_min = KH_PROTOCOL_VERSION, .version_max = KH_PROTOCOL_VERSION };
  Output *output = add_output (self, in->socket, &in->remote);
  KhWriter writer = kh_writer_init (output->data, sizeof output->data);

  memcpy (ack.nonce, hello->nonce, sizeof ack.nonce);
  ack.server_key = *kh_identity_get_public (self->identity);
  ack.seen = in->remote;
  g_assert_true (kh_hello_ack_write (&writer, &ack));
  output->len = writer.len;
}

static void
write_resp (KhEvilServer *self, const KhDatagram *in, KhNoise *noise, Client *client)
{
  guint8 payload[8];
  guint8 message[128];
  KhResp resp = { .sender = self->clients->len, .receiver = client->index, .noise = message };
  KhWriter indices = kh_writer_init (payload, sizeof payload);
  Output *output = add_output (self, in->socket, &in->remote);
  KhWriter writer = kh_writer_init (output->data, sizeof output->data);

  kh_writer_u32 (&indices, resp.sender);
  kh_writer_u32 (&indices, resp.receiver);
  g_assert_true (
      kh_noise_write (noise, payload, sizeof payload, message, sizeof message, &resp.noise_len));
  g_assert_true (kh_resp_write (&writer, &resp));
  output->len = writer.len;
}

static void
receive_init (KhEvilServer *self, const KhDatagram *in, const KhInit *init)
{
  g_autoptr (KhNoise) noise =
      kh_noise_new_responder (self->identity, LINK_PROLOGUE, strlen (LINK_PROLOGUE), &self->random);
  guint8 payload[64];
  gsize len;
  KhTransportKeys keys;
  Client *client;

  if (!kh_noise_read (noise, init->noise, init->noise_len, payload, sizeof payload, &len))
    return;
  client = g_new0 (Client, 1);
  client->key = *kh_noise_remote_static (noise);
  client->index = init->sender;
  client->socket = in->socket;
  client->addr = in->remote;
  write_resp (self, in, noise, client);
  g_assert_true (kh_noise_split (noise, &keys));
  kh_key_pair_init (&client->keys, &keys, 0);
  g_ptr_array_add (self->clients, client);
}

static void
receive (gpointer machine, KhDatagram *in, gint64 now_us)
{
  KhEvilServer *self = machine;
  KhHello hello;
  KhInit init;
  KhSealed sealed;

  if (kh_hello_read (in->data, in->len, &hello))
    receive_hello (self, in, &hello);
  else if (kh_init_read (in->data, in->len, &init))
    receive_init (self, in, &init);
  else if (kh_sealed_read (in->data, in->len, &sealed))
    receive_sealed (self, in, &sealed);
}

static gboolean
poll_send (gpointer machine, KhDatagram *out, gint64 now_us)
{
  KhEvilServer *self = machine;
  g_autofree Output *output = g_queue_pop_head (&self->output);

  if (!output)
    return FALSE;
  g_assert_cmpuint (output->len, <=, out->size);
  out->socket = output->socket;
  out->remote = output->remote;
  out->len = output->len;
  memcpy (out->data, output->data, output->len);
  return TRUE;
}

static gint64
next_timeout (gpointer machine)
{
  return KH_NEVER;
}

static void
handle_timeout (gpointer machine, gint64 now_us)
{
}

const KhMachineOps kh_evil_server_ops = { receive, poll_send, next_timeout, handle_timeout, NULL };
