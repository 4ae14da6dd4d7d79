/* link-receive.c: what the server sends on a link that stands (PROTOCOL.md, "Link messages")
 *
 * Owns the pushes still to be acknowledged, and the packet that was relayed last. Replies are for
 * those who asked: link-requests.c.
 */
#include "node/link-private.h"

/* Pushes the server may have in flight is 8; more acknowledgements than this are a flood. */
#define ACKS_MAX 64

static void
acknowledge (KhLink *self, guint32 id)
{
  if (g_queue_get_length (&self->acks) < ACKS_MAX)
    g_queue_push_tail (&self->acks, g_memdup2 (&id, sizeof id));
}

/* A message's blob is inside a datagram that is ours to write in. */
static void
receive_relayed (KhLink *self, const KhLinkMessage *message)
{
  self->relayed = (KhDatagram){ .remote = kh_addr_relay (message->id),
                                .data = (guint8 *) message->blob,
                                .len = message->blob_len };
}

static void
receive_introduction (KhLink *self, const KhLinkMessage *message)
{
  KhLinkEvent event = {
    .type = message->type == KH_LINK_KNOCKED ? KH_LINK_EVENT_KNOCKED : KH_LINK_EVENT_ANSWERED,
    .key = message->key,
    .channel = message->channel,
    .blob = g_bytes_new (message->blob, message->blob_len),
  };

  acknowledge (self, message->id);
  kh_link_push_event (self, &event);
}

/* Our BYE is the acknowledgement: the link's keys go now. */
static void
receive_going_away (KhLink *self, const KhLinkMessage *message, gint64 now_us)
{
  kh_link_prepare_bye (self);
  if (message->reason == KH_GOING_AWAY_REPLACED && self->state == KH_LINK_UP)
    kh_link_be_replaced (self);
  else
    kh_link_lose (self, KH_LINK_TROUBLE_GOING_AWAY, now_us);
}

static void
receive_message (KhLink *self, const KhLinkMessage *message, gint64 now_us)
{
  KhLinkEvent event = { 0 };

  switch (message->type)
    {
    case KH_LINK_REPLY:
      kh_link_receive_reply (self, message, now_us);
      break;
    case KH_LINK_KNOCKED:
    case KH_LINK_ANSWERED:
      receive_introduction (self, message);
      break;
    case KH_LINK_READY:
      acknowledge (self, message->id);
      event.type = KH_LINK_EVENT_READY;
      if (kh_peer_id_from_bytes (message->peer, &event.peer))
        kh_link_push_event (self, &event);
      break;
    case KH_LINK_RELAY:
      receive_relayed (self, message);
      break;
    case KH_LINK_RELAY_REFUSED:
      event.type = KH_LINK_EVENT_RELAY_REFUSED;
      event.channel = message->id;
      event.status = message->status;
      kh_link_push_event (self, &event);
      break;
    case KH_LINK_GOING_AWAY:
      receive_going_away (self, message, now_us);
      break;
    case KH_LINK_REGISTER:
    case KH_LINK_PING:
    case KH_LINK_LOOKUP:
    case KH_LINK_KNOCK:
    case KH_LINK_ANSWER:
    case KH_LINK_WAIT:
    case KH_LINK_UNWAIT:
    case KH_LINK_BYE:
    case KH_LINK_ABOUT:
    case KH_LINK_PUSH_ACK:
    default:
      break;
    }
}

gboolean
kh_link_receive_sealed (KhLink *self, KhDatagram *in, gint64 now_us)
{
  KhSealed header;
  KhLinkMessage message;
  guint8 *body = in->data + KH_SEALED_HEADER_SIZE;
  gsize len;

  if (!kh_sealed_read (in->data, in->len, &header) || header.epoch != 0 ||
      !kh_replay_small_check (&self->replay, header.packet_number) ||
      !kh_key_pair_open (&self->keys, header.packet_number, in->data, KH_SEALED_HEADER_SIZE, body,
                         in->len - KH_SEALED_HEADER_SIZE))
    return FALSE;

  kh_replay_small_commit (&self->replay, header.packet_number);
  len = in->len - KH_SEALED_OVERHEAD;
  if (kh_link_message_read (body, len, &message))
    receive_message (self, &message, now_us);
  return TRUE;
}

gboolean
kh_link_take_relayed (KhLink *self, KhDatagram *ret_inner)
{
  if (self->relayed.len == 0)
    return FALSE;
  *ret_inner = self->relayed;
  self->relayed.len = 0;
  return TRUE;
}
