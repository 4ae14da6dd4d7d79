/* relay.c: see relay.h */
#include "relay.h"

#include <string.h>

static const guint8 payload[KH_RELAY_PAYLOAD_MAX] = { 0xca, 0xfe, 1 };

/* @from knocks at @to; the channel that @to is told. */
guint32
relay_knock (Peer *from, Peer *to)
{
  g_autofree Message *knocked = NULL;

  g_assert_cmpuint (peer_knock (from, to, 1), ==, KH_LINK_OK);
  knocked = peer_expect (to, KH_LINK_KNOCKED);
  peer_acknowledge (to, knocked->message.id);
  return knocked->message.channel;
}

/* @from answers @to; the channel that @to is told. */
guint32
relay_answer (Peer *from, Peer *to)
{
  KhLinkMessage message = { .type = KH_LINK_ANSWER, .blob = payload, .blob_len = 1 };
  g_autofree Message *answered = NULL;

  memcpy (message.peer, to->id.bytes, KH_PEER_ID_SIZE);
  g_assert_cmpuint (peer_ask (from, message), ==, KH_LINK_OK);
  answered = peer_expect (to, KH_LINK_ANSWERED);
  peer_acknowledge (to, answered->message.id);
  return answered->message.channel;
}

guint32
relay_introduce (Peer *a, Peer *b)
{
  guint32 channel = relay_knock (a, b);

  g_assert_cmphex (channel, !=, 0);
  g_assert_cmphex (relay_answer (b, a), ==, channel);
  return channel;
}

void
relay_send (Peer *from, guint32 channel, gsize len)
{
  KhLinkMessage message = {
    .type = KH_LINK_RELAY, .id = channel, .blob = payload, .blob_len = len
  };

  peer_send (from, &message);
}

void
relay_expect (Peer *to, guint32 channel, gsize len)
{
  g_autofree Message *message = peer_expect (to, KH_LINK_RELAY);

  g_assert_cmphex (message->message.id, ==, channel);
  g_assert_cmpmem (message->message.blob, message->message.blob_len, payload, len);
  g_assert_null (peer_next (to));
}

void
relay_expect_refused (Peer *peer, guint32 channel, KhLinkStatus status)
{
  g_autofree Message *message = peer_expect (peer, KH_LINK_RELAY_REFUSED);

  g_assert_cmphex (message->message.id, ==, channel);
  g_assert_cmpstr (kh_link_status_to_string (message->message.status), ==,
                   kh_link_status_to_string (status));
}

/* Nothing left, nothing right. */
void
world_expect_silence (World *world)
{
  g_assert_cmpuint (world->packets.length, ==, 0);
}
