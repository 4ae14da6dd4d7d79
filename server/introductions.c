/* introductions.c: what a client asks for, and what that makes others hear
 *
 * Every request has one answer (PROTOCOL.md, "Link messages"). KNOCK and ANSWER pass a sealed blob
 * on, with the key of its sender in place of the ID of its receiver, and give both a channel of the
 * relay; WAIT makes two who want each other hear so, once.
 */
#include "server/server-private.h"

/* (nullable): the registered client that @bytes name, if it is another than @asking. */
static KhClient *
find_other (KhServer *self, const KhClient *asking, const guint8 bytes[KH_PEER_ID_SIZE])
{
  KhClient *client;
  KhPeerId id;

  if (!kh_peer_id_from_bytes (bytes, &id))
    return NULL;
  client = kh_registry_find_peer (self->registry, &id);
  if (client == NULL || client == asking || client->state != KH_CLIENT_REGISTERED)
    return NULL;
  return client;
}

static KhLinkStatus
handle_lookup (KhServer *self, KhClient *client, const KhLinkMessage *message, KhLinkMessage *reply)
{
  KhClient *peer = find_other (self, client, message->peer);

  self->stats.lookups++;
  if (peer == NULL)
    return KH_LINK_NOT_REGISTERED;
  reply->key = peer->key;
  reply->has_key = TRUE;
  return KH_LINK_OK;
}

static KhLinkStatus
handle_introduction (KhServer *self,
                     KhClient *client,
                     const KhLinkMessage *message,
                     KhLinkType push_type,
                     gint64 now_us)
{
  KhLinkMessage push = { .type = push_type,
                         .key = client->key,
                         .has_key = TRUE,
                         .blob = message->blob,
                         .blob_len = message->blob_len };
  KhClient *peer = find_other (self, client, message->peer);

  if (message->blob_len > KH_BLOB_MAX)
    return KH_LINK_TOO_LARGE;
  if (kh_client_has_seen_request (client, message->id))
    return KH_LINK_OK;
  if (peer == NULL)
    return KH_LINK_NOT_REGISTERED;
  /* To drop a client that has 8 pushes in flight would let anybody drop anybody. */
  if (!kh_pushes_has_room (self->pushes, peer))
    return KH_LINK_RATE_LIMITED;

  kh_client_note_request (client, message->id);
  if (push_type == KH_LINK_KNOCKED)
    {
      push.channel = kh_channels_offer (self->channels, client, peer, &self->random, now_us);
      self->stats.knocks++;
    }
  else
    {
      push.channel = kh_channels_open (self->channels, peer, client, now_us);
      self->stats.answers++;
    }
  kh_pushes_add (self->pushes, peer, &push);
  return KH_LINK_OK;
}

static void
push_ready (KhServer *self, KhClient *client, const KhPeerId *peer)
{
  KhLinkMessage push = { .type = KH_LINK_READY };

  memcpy (push.peer, peer->bytes, KH_PEER_ID_SIZE);
  kh_client_remove_want (client, peer);
  kh_pushes_add (self->pushes, client, &push);
}

/* If @client and the peer want each other, both hear so and stop to; or, where one of them has no
 * room for it now, when it has. */
static void
match (KhServer *self, KhClient *client, const KhPeerId *id)
{
  KhPeerId wanted = *id; /* @id may be in the set it is taken out of */
  KhClient *peer = find_other (self, client, wanted.bytes);
  gboolean has_room = kh_pushes_has_room (self->pushes, client);
  gboolean peer_has_room;

  if (peer == NULL || !kh_client_wants (peer, &client->id))
    return;
  peer_has_room = kh_pushes_has_room (self->pushes, peer);
  if (!has_room)
    client->ready_blocked = TRUE;
  if (!peer_has_room)
    peer->ready_blocked = TRUE;
  if (!has_room || !peer_has_room)
    return;

  push_ready (self, client, &wanted);
  push_ready (self, peer, &client->id);
  self->stats.readies++;
}

static void
match_blocked (KhServer *self, KhClient *client)
{
  if (!client->ready_blocked || !kh_pushes_has_room (self->pushes, client))
    return;
  client->ready_blocked = FALSE;
  for (guint i = client->wants != NULL ? client->wants->len : 0; i > 0; i--)
    if (client->wants != NULL && i <= client->wants->len)
      match (self, client, &g_array_index (client->wants, KhPeerId, i - 1));
}

static KhLinkStatus
handle_wait (KhServer *self, KhClient *client, const KhLinkMessage *message)
{
  KhLinkStatus status = KH_LINK_OK;

  for (guint i = 0; i < message->n_ids; i++)
    {
      KhPeerId id;

      if (!kh_peer_id_from_bytes (message->ids + i * KH_PEER_ID_SIZE, &id) ||
          kh_peer_id_equal (&id, &client->id))
        continue;
      if (kh_client_add_want (client, &id, self->limits.max_waits))
        match (self, client, &id);
      else
        status = KH_LINK_TOO_LARGE;
    }
  return status;
}

static KhLinkStatus
handle_unwait (KhServer *self, KhClient *client, const KhLinkMessage *message)
{
  for (guint i = 0; i < message->n_ids; i++)
    {
      KhPeerId id;

      if (kh_peer_id_from_bytes (message->ids + i * KH_PEER_ID_SIZE, &id))
        kh_client_remove_want (client, &id);
    }
  return KH_LINK_OK;
}

static KhLinkStatus
handle_registered (KhServer *self,
                   KhClient *client,
                   const KhLinkMessage *message,
                   KhLinkMessage *reply,
                   gint64 now_us)
{
  if (client->state != KH_CLIENT_REGISTERED)
    return KH_LINK_NOT_REGISTERED;
  if (message->type == KH_LINK_LOOKUP)
    return handle_lookup (self, client, message, reply);
  if (message->type == KH_LINK_KNOCK)
    return handle_introduction (self, client, message, KH_LINK_KNOCKED, now_us);
  if (message->type == KH_LINK_ANSWER)
    return handle_introduction (self, client, message, KH_LINK_ANSWERED, now_us);
  if (message->type == KH_LINK_WAIT)
    return handle_wait (self, client, message);
  return handle_unwait (self, client, message);
}

/* In the units of the wire, where 0 is no limit. */
static guint32
to_terms (double limit, double unit)
{
  return limit <= 0 ? 0 : (guint32) CLAMP (limit / unit, 1, (double) G_MAXUINT32);
}

static void
tell_about (const KhServer *self, KhLinkMessage *reply, gint64 now_us)
{
  static const char software[] = "knotholed " KH_VERSION;

  G_STATIC_ASSERT (sizeof software - 1 <= KH_SOFTWARE_MAX);
  reply->has_about = TRUE;
  reply->clock_us = self->has_clock ? MAX (now_us + self->wall_offset_us, 0) : 0;
  reply->blob = (const guint8 *) software;
  reply->blob_len = sizeof software - 1;
  reply->relay.state = self->limits.max_channels > 0 ? KH_LINK_RELAY_ON : KH_LINK_RELAY_OFF;
  reply->relay.rate = to_terms (self->limits.relay_rate, 1);
  reply->relay.volume_mb = to_terms (self->limits.relay_volume, 1e6);
}

static void
handle_request (KhServer *self, KhClient *client, const KhLinkMessage *message, gint64 now_us)
{
  KhLinkMessage reply = { .type = KH_LINK_REPLY, .id = message->id, .status = KH_LINK_OK };

  if (message->type == KH_LINK_BYE)
    {
      kh_server_reply (self, client, &reply);
      kh_server_remove (self, client);
      return;
    }

  if (client->state == KH_CLIENT_LEAVING)
    reply.status = KH_LINK_SERVER_GOING_AWAY;
  else if (!kh_rate_take (&self->request_rate, &client->request_full_at_us, now_us))
    {
      self->stats.rate_limited++;
      reply.status = KH_LINK_RATE_LIMITED;
    }
  else if (message->type == KH_LINK_REGISTER || message->type == KH_LINK_PING)
    {
      if (message->type == KH_LINK_REGISTER)
        kh_server_register (self, client);
      reply.seen = client->addr;
      reply.has_seen = TRUE;
    }
  else if (message->type == KH_LINK_ABOUT)
    tell_about (self, &reply, now_us);
  else
    reply.status = handle_registered (self, client, message, &reply, now_us);
  kh_server_reply (self, client, &reply);
}

static void
handle_push_ack (KhServer *self, KhClient *client, guint32 id)
{
  KhLinkType type;

  if (kh_pushes_acknowledge (self->pushes, client, id, &type) && type == KH_LINK_GOING_AWAY)
    kh_server_remove (self, client);
  else
    match_blocked (self, client);
}

void
kh_server_handle_message (KhServer *self,
                          KhClient *client,
                          const KhLinkMessage *message,
                          gint64 now_us)
{
  switch (message->type)
    {
    case KH_LINK_REGISTER:
    case KH_LINK_PING:
    case KH_LINK_LOOKUP:
    case KH_LINK_KNOCK:
    case KH_LINK_ANSWER:
    case KH_LINK_WAIT:
    case KH_LINK_UNWAIT:
    case KH_LINK_BYE:
    case KH_LINK_ABOUT:
      match_blocked (self, client);
      handle_request (self, client, message, now_us);
      break;
    case KH_LINK_RELAY:
      kh_server_handle_relay (self, client, message, now_us);
      break;
    case KH_LINK_PUSH_ACK:
      handle_push_ack (self, client, message->id);
      break;
    case KH_LINK_REPLY:
    case KH_LINK_RELAY_REFUSED:
    case KH_LINK_KNOCKED:
    case KH_LINK_ANSWERED:
    case KH_LINK_READY:
    case KH_LINK_GOING_AWAY:
    default:
      /* Only a server says these. */
      self->stats.malformed++;
    }
}
