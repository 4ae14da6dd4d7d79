/* relay.c: what clients send each other through the server (PROTOCOL.md, "Relay")
 *
 * A RELAY is opened with the keys of one link and sealed with those of the other, straight into
 * the ring that is polled: nothing is allocated for a packet. What it carries is sealed between the
 * peers. Nothing is sent again; beyond the quotas and the ring's room it is dropped, which the
 * peers' congestion control understands.
 */
#include "server/server-private.h"

/* About what a driver's batch brings. 2.5 MB that become real as they are used. */
#define RELAYED_MAX 2048
/* A client that sends on what it does not have hears so once in this time. */
#define REFUSE_INTERVAL_US (G_USEC_PER_SEC / 10)

static void
refuse (KhServer *self, KhClient *client, guint32 channel, KhLinkStatus status, gint64 now_us)
{
  KhLinkMessage refused = { .type = KH_LINK_RELAY_REFUSED,
                            .id = channel,
                            .status = (guint8) status };
  KhClientRelay *relay = kh_client_get_relay (client);

  if (now_us < relay->refuse_after_us)
    return;
  relay->refuse_after_us = now_us + REFUSE_INTERVAL_US;
  kh_server_reply (self, client, &refused);
}

/* May @client have so many more bytes relayed? */
static gboolean
take_quota (KhServer *self, KhClient *client, const KhLinkMessage *message, gint64 now_us)
{
  KhClientRelay *relay = kh_client_get_relay (client);
  gsize size = message->blob_len + KH_RELAY_OVERHEAD;
  guint64 identity;

  if (!kh_byte_rate_take (&self->relay_rate, &relay->rate_full_at_us, size, now_us))
    return FALSE;
  memcpy (&identity, client->id.bytes, sizeof identity);
  if (kh_byte_rate_take (&self->relay_volume, kh_prefixes_find (self->relay_volumes, identity),
                         size, now_us))
    return TRUE;
  /* Not only for a moment: the client may want to say so. */
  refuse (self, client, message->id, KH_LINK_RATE_LIMITED, now_us);
  return FALSE;
}

static void
pass_on (KhServer *self, KhClient *other, const KhLinkMessage *message)
{
  guint8 *out;
  gsize len;

  if (self->relayed == NULL)
    self->relayed = kh_replies_new (RELAYED_MAX, KH_DATAGRAM_MAX);
  out = kh_replies_reserve (self->relayed);
  if (out == NULL || !kh_client_seal_message (other, message, out, KH_DATAGRAM_MAX, &len))
    {
      self->stats.relay_dropped++;
      return;
    }
  kh_replies_commit (self->relayed, other->socket, &other->addr, len);
  self->stats.relayed++;
  self->stats.relayed_bytes += message->blob_len;
}

void
kh_server_handle_relay (KhServer *self,
                        KhClient *client,
                        const KhLinkMessage *message,
                        gint64 now_us)
{
  KhClient *other;

  if (client->state == KH_CLIENT_LEAVING)
    return;
  switch (kh_channels_find (self->channels, message->id, client, &other, now_us))
    {
    case KH_CHANNELS_FOUND:
      if (take_quota (self, client, message, now_us))
        pass_on (self, other, message);
      else
        self->stats.relay_limited++;
      break;
    case KH_CHANNELS_OFFERED:
      /* It overtook the ANSWER. */
      self->stats.relay_dropped++;
      break;
    case KH_CHANNELS_UNKNOWN:
    default:
      self->stats.relay_unknown++;
      refuse (self, client, message->id, KH_LINK_UNKNOWN_CHANNEL, now_us);
    }
}
