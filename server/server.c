/* server.c: the rendezvous server's verbs, and the life of its links (PROTOCOL.md, "Link messages")
 *
 * Owns all of the server's state (server-private.h). A link is in one of two queues by its state,
 * each in the order of its deadlines because everything in it waits equally long; one that is
 * leaving is in neither, its last push decides.
 */
#include "server/server-private.h"

#include "crypto/primitives.h"
#include "wire/stun.h"

/* PROTOCOL.md, "Handshakes" */
#define CONFIRM_TIMEOUT_US (5 * G_USEC_PER_SEC)
/* What shutdown waits for acknowledgements: three tries of a push, and more than any round trip. */
#define DRAIN_TIMEOUT_US (2 * G_USEC_PER_SEC)
/* Short answers that wait: about what a driver's batch brings. */
#define REPLIES_MAX 1024
/* Sets of 8 identities whose volume is remembered: 128 KiB. */
#define VOLUME_SETS 1024
#define DAY_SECONDS (24 * 60 * 60)
/* Links that one kh_server_handle_timeout() may end, so that no turn is long. The deadline of
 * the others stays in the past, so the next turn goes on. */
#define TIMEOUTS_PER_TURN 256

KhServerLimits
kh_server_limits_default (void)
{
  return (KhServerLimits){
    /* 400 MB of memory (client.c). */
    .max_clients = 1000000,
    /* What init_rate_total lets in while they may stay. */
    .max_unconfirmed = 2048,
    /* 1.1 kB each: 72 MB. */
    .max_pushes = 65536,
    /* A household or a small carrier's NAT; a client needs one or two of each. */
    .hello_rate = 20,
    .hello_burst = 100,
    .init_rate = 10,
    .init_burst = 50,
    /* 1.5 ms each: 45% of one core. */
    .init_rate_total = 300,
    .request_rate = 20,
    .request_burst = 100,
    .max_waits = 512,
    /* Three pings of a client, which come every 25 s, and some. */
    .idle_timeout_us = 90 * G_USEC_PER_SEC,
    /* About 150 bytes each: 40 MB. */
    .max_channels = 262144,
    /* 4 Mbit/s: a call or a picture, and no reason to stay on the relay. Two seconds at once. */
    .relay_rate = 500e3,
    .relay_burst = 1e6,
    .relay_volume = 10e9,
    .channel_timeout_us = 300 * G_USEC_PER_SEC,
  };
}

void
kh_server_set_clock (KhServer *self, gint64 wall_clock_us, gint64 now_us)
{
  self->has_clock = TRUE;
  self->wall_offset_us = wall_clock_us - now_us;
}

static void
set_relay_rates (KhServer *self)
{
  self->relay_rate = kh_byte_rate_make (self->limits.relay_rate, self->limits.relay_burst);
  self->relay_volume =
      kh_byte_rate_make (self->limits.relay_volume / DAY_SECONDS, self->limits.relay_volume);
}

KhServer *
kh_server_new (const KhIdentity *identity,
               const KhServerLimits *limits,
               KhRandom random,
               gint64 now_us)
{
  KhServer *self = g_new0 (KhServer, 1);
  guint8 secret[KH_KEY_SIZE];

  self->limits = limits != NULL ? *limits : kh_server_limits_default ();
  self->random = random;
  kh_identity_copy_secret (identity, secret);
  self->identity = kh_identity_new_from_secret (secret);
  kh_wipe (secret, sizeof secret);
  self->admission = kh_admission_new (&self->limits, &random, now_us);
  self->registry = kh_registry_new ();
  self->replies = kh_replies_new (REPLIES_MAX, KH_REPLIES_DATA_SIZE);
  self->pushes = kh_pushes_new (self->limits.max_pushes);
  self->request_rate = kh_rate_make (self->limits.request_rate, self->limits.request_burst);
  self->channels = kh_channels_new (self->limits.max_channels, self->limits.channel_timeout_us);
  set_relay_rates (self);
  self->relay_volumes = kh_prefixes_new (VOLUME_SETS, (KhRate){ 0 }, &random);
  self->drain_until_us = KH_NEVER;
  return self;
}

void
kh_server_free (KhServer *self)
{
  if (self == NULL)
    return;
  kh_pushes_free (self->pushes);
  kh_channels_free (self->channels);
  kh_prefixes_free (self->relay_volumes);
  kh_replies_free (self->relayed);
  kh_registry_free (self->registry);
  kh_replies_free (self->replies);
  kh_admission_free (self->admission);
  kh_identity_free (self->identity);
  g_free (self);
}

void
kh_server_get_stats (KhServer *self, KhServerStats *ret_stats)
{
  *ret_stats = self->stats;
  ret_stats->clients = kh_registry_get_n_clients (self->registry);
  ret_stats->channels = kh_channels_get_n (self->channels);
}

void
kh_server_set_relay (KhServer *self, const KhServerLimits *limits)
{
  self->limits.max_channels = limits->max_channels;
  self->limits.relay_rate = limits->relay_rate;
  self->limits.relay_burst = limits->relay_burst;
  self->limits.relay_volume = limits->relay_volume;
  set_relay_rates (self);
  kh_channels_set_max (self->channels, limits->max_channels);
}

void
kh_server_set_address (KhServer *self, guint socket, const KhAddr *addr)
{
  g_return_if_fail (socket < KH_SOCKET_TCP);

  self->addresses[socket] = *addr;
}

const KhKey *
kh_server_get_key (KhServer *self)
{
  return kh_identity_get_public (self->identity);
}

gboolean
kh_server_is_leaving (const KhServer *self)
{
  return self->drain_until_us != KH_NEVER;
}

/* Takes @client out of its queue and out of what others can find. */
static void
unlist (KhServer *self, KhClient *client)
{
  if (client->state == KH_CLIENT_UNCONFIRMED)
    g_queue_unlink (&self->unconfirmed, &client->link);
  else if (client->state != KH_CLIENT_LEAVING)
    g_queue_unlink (&self->idle, &client->link);
  if (client->state == KH_CLIENT_REGISTERED)
    self->stats.registered--;
  kh_registry_remove_peer (self->registry, client);
  kh_pushes_drop_all (self->pushes, client);
  kh_channels_drop_all (self->channels, client);
}

void
kh_server_remove (KhServer *self, KhClient *client)
{
  unlist (self, client);
  kh_registry_remove (self->registry, client);
  kh_client_free (client);
}

void
kh_server_dismiss (KhServer *self, KhClient *client, KhGoingAway reason)
{
  KhLinkMessage push = { .type = KH_LINK_GOING_AWAY, .reason = (guint8) reason };

  unlist (self, client);
  kh_client_clear_wants (client);
  client->ready_blocked = FALSE;
  kh_client_set_state (client, KH_CLIENT_LEAVING);
  kh_pushes_add (self->pushes, client, &push);
}

void
kh_server_register (KhServer *self, KhClient *client)
{
  if (client->state == KH_CLIENT_REGISTERED)
    return;
  kh_client_set_state (client, KH_CLIENT_REGISTERED);
  self->stats.registered++;
}

void
kh_server_reply (KhServer *self, KhClient *client, const KhLinkMessage *reply)
{
  guint8 *out = kh_replies_reserve (self->replies);
  gsize len;

  if (out != NULL && kh_client_seal_message (client, reply, out, KH_REPLIES_DATA_SIZE, &len))
    kh_replies_commit (self->replies, client->socket, &client->addr, len);
}

/* A packet of @client has verified: it is there, and there is where it is. */
static void
hear (KhServer *self, KhClient *client, const KhDatagram *in, guint64 packet_number, gint64 now_us)
{
  gboolean is_newest = packet_number >= client->replay.next;

  kh_replay_small_commit (&client->replay, packet_number);
  if (is_newest)
    {
      client->addr = in->remote;
      client->socket = (guint8) in->socket;
    }
  if (client->state == KH_CLIENT_UNCONFIRMED)
    kh_server_confirm (self, client);
  client->since_us = now_us;
  if (client->state != KH_CLIENT_LEAVING)
    {
      g_queue_unlink (&self->idle, &client->link);
      g_queue_push_tail_link (&self->idle, &client->link);
    }
}

static void
handle_sealed (KhServer *self, KhDatagram *in, gint64 now_us)
{
  KhLinkMessage message;
  KhSealed header;
  KhClient *client;
  guint8 *payload = in->data + KH_SEALED_HEADER_SIZE;

  if (!kh_sealed_read (in->data, in->len, &header))
    {
      self->stats.malformed++;
      return;
    }
  client = kh_registry_find_index (self->registry, header.receiver);
  if (client == NULL || header.epoch != client->keys.epoch)
    {
      self->stats.unknown++;
      return;
    }
  if (!kh_replay_small_check (&client->replay, header.packet_number))
    {
      self->stats.replayed++;
      return;
    }
  if (!kh_key_pair_open (&client->keys, header.packet_number, in->data, KH_SEALED_HEADER_SIZE,
                         payload, in->len - KH_SEALED_HEADER_SIZE))
    {
      self->stats.unauthentic++;
      return;
    }

  hear (self, client, in, header.packet_number, now_us);
  if (kh_link_message_read (payload, in->len - KH_SEALED_OVERHEAD, &message))
    kh_server_handle_message (self, client, &message, now_us);
  else
    self->stats.malformed++;
}

void
kh_server_receive (KhServer *self, KhDatagram *in, gint64 now_us)
{
  KhDatagramType type;

  self->stats.received++;
  self->stats.received_bytes += in->len;
  if (in->len > KH_STUN_REQUEST_MAX || !kh_addr_is_unicast (&in->remote))
    {
      self->stats.malformed++;
      return;
    }
  if (kh_stun_is (in->data, in->len))
    {
      kh_server_handle_stun (self, in, now_us);
      return;
    }
  if (in->len > KH_DATAGRAM_MAX)
    {
      self->stats.malformed++;
      return;
    }
  if (!kh_datagram_type (in->data, in->len, &type))
    {
      self->stats.unknown++;
      return;
    }

  switch (type)
    {
    case KH_DATAGRAM_HELLO:
      kh_server_handle_hello (self, in, now_us);
      break;
    case KH_DATAGRAM_INIT:
      kh_server_handle_init (self, in, now_us);
      break;
    case KH_DATAGRAM_SEALED:
      handle_sealed (self, in, now_us);
      break;
    case KH_DATAGRAM_HELLO_ACK:
    case KH_DATAGRAM_RESP:
    default:
      /* Only a server says these: two servers must not talk to each other for ever. */
      self->stats.unknown++;
    }
}

gboolean
kh_server_poll_send (KhServer *self, KhDatagram *out, gint64 now_us)
{
  if (!kh_replies_poll (self->replies, out) && !kh_pushes_poll (self->pushes, out, now_us) &&
      !(self->relayed != NULL && kh_replies_poll (self->relayed, out)))
    return FALSE;
  self->stats.sent++;
  self->stats.sent_bytes += out->len;
  return TRUE;
}

static gint64
head_deadline (const GQueue *queue, gint64 timeout_us)
{
  return queue->head != NULL ? ((KhClient *) queue->head->data)->since_us + timeout_us : KH_NEVER;
}

gint64
kh_server_next_timeout (KhServer *self)
{
  gint64 next = self->drain_until_us;

  /* The drain has nothing to wait for once everybody has left. */
  if (kh_registry_get_n_clients (self->registry) == 0)
    return KH_NEVER;
  next = MIN (next, kh_pushes_next_timeout (self->pushes));
  next = MIN (next, kh_channels_next_timeout (self->channels));
  next = MIN (next, head_deadline (&self->unconfirmed, CONFIRM_TIMEOUT_US));
  return MIN (next, head_deadline (&self->idle, self->limits.idle_timeout_us));
}

static void
remove_overdue (KhServer *self, GQueue *queue, gint64 timeout_us, gint64 now_us)
{
  for (guint i = 0; i < TIMEOUTS_PER_TURN && head_deadline (queue, timeout_us) <= now_us; i++)
    kh_server_remove (self, queue->head->data);
}

static void
collect (gpointer client, gpointer user_data)
{
  g_ptr_array_add (user_data, client);
}

/* (transfer container) */
static GPtrArray *
list_clients (KhServer *self)
{
  GPtrArray *clients = g_ptr_array_new ();

  kh_registry_foreach (self->registry, collect, clients);
  return clients;
}

static void
remove_all (KhServer *self)
{
  g_autoptr (GPtrArray) clients = list_clients (self);

  for (guint i = 0; i < clients->len; i++)
    kh_server_remove (self, clients->pdata[i]);
}

void
kh_server_handle_timeout (KhServer *self, gint64 now_us)
{
  KhClient *lost;

  if (now_us >= self->drain_until_us)
    remove_all (self);
  for (guint i = 0; i < TIMEOUTS_PER_TURN && kh_pushes_handle_timeout (self->pushes, &lost, now_us);
       i++)
    if (lost != NULL)
      {
        self->stats.push_timeouts++;
        kh_server_remove (self, lost);
      }
  for (guint i = 0; i < TIMEOUTS_PER_TURN && kh_channels_next_timeout (self->channels) <= now_us;
       i++)
    kh_channels_drop_oldest (self->channels);
  remove_overdue (self, &self->unconfirmed, CONFIRM_TIMEOUT_US, now_us);
  remove_overdue (self, &self->idle, self->limits.idle_timeout_us, now_us);
}

void
kh_server_shutdown (KhServer *self, gint64 now_us)
{
  g_autoptr (GPtrArray) clients = list_clients (self);

  if (kh_server_is_leaving (self))
    return;
  self->drain_until_us = now_us + DRAIN_TIMEOUT_US;
  for (guint i = 0; i < clients->len; i++)
    {
      KhClient *client = clients->pdata[i];

      if (client->state == KH_CLIENT_UNCONFIRMED)
        kh_server_remove (self, client);
      else if (client->state != KH_CLIENT_LEAVING)
        kh_server_dismiss (self, client, KH_GOING_AWAY_SHUTDOWN);
    }
}

gboolean
kh_server_is_drained (KhServer *self)
{
  return kh_server_is_leaving (self) && kh_registry_get_n_clients (self->registry) == 0 &&
         kh_replies_is_empty (self->replies);
}

static void
receive (gpointer machine, KhDatagram *in, gint64 now_us)
{
  kh_server_receive (machine, in, now_us);
}

static gboolean
poll_send (gpointer machine, KhDatagram *out, gint64 now_us)
{
  return kh_server_poll_send (machine, out, now_us);
}

static gint64
next_timeout (gpointer machine)
{
  return kh_server_next_timeout (machine);
}

static void
handle_timeout (gpointer machine, gint64 now_us)
{
  kh_server_handle_timeout (machine, now_us);
}

const KhMachineOps kh_server_machine_ops = {
  .receive = receive,
  .poll_send = poll_send,
  .next_timeout = next_timeout,
  .handle_timeout = handle_timeout,
};
