/* link-requests.c: what is asked on a link that stands (PROTOCOL.md, "Link messages")
 *
 * Owns the requests that wait for a reply, and seals all that goes out. A request is sealed anew
 * each time it goes out, under the same id.
 */
#include "node/link-private.h"

#include <string.h>

/* Requests at once: a busy start with many contacts waits its turn. */
#define REQUESTS_MAX 512
#define IN_FLIGHT_MAX 16
/* The first wait for a reply, when the round-trip time is unknown, and its least. */
#define RTO_UNKNOWN_US 500000
#define RTO_MIN_US 150000
#define RTO_MAX_US (2 * G_USEC_PER_SEC)
/* So many times unanswered, over 5 s and more, and the link is dead. */
#define ATTEMPTS_MAX 5
/* The same for one that is asked more often. */
#define PING_PATIENCE_US (5 * G_USEC_PER_SEC)
/* What the server asks for by "rate-limited". */
#define RATE_LIMITED_PAUSE_US G_USEC_PER_SEC

typedef struct
{
  guint32 id;
  KhLinkType type;
  KhPeerId peer;
  guint8 *blob;
  gsize blob_len;
  guint attempts;
  gint64 sent_us; /* the first time */
  gint64 rto_us;
  gint64 next_us; /* when to send it (again) */
} Request;

void
kh_link_request_free (gpointer data)
{
  Request *request = data;

  g_free (request->blob);
  g_free (request);
}

static Request *
request_at (KhLink *self, guint i)
{
  return g_ptr_array_index (self->requests, i);
}

static void
remove_same (KhLink *self, KhLinkType type, const KhPeerId *peer)
{
  for (guint i = 0; i < self->requests->len; i++)
    if (request_at (self, i)->type == type && kh_peer_id_equal (&request_at (self, i)->peer, peer))
      {
        g_ptr_array_remove_index (self->requests, i);
        return;
      }
}

static gint64
first_rto_us (KhLink *self)
{
  return self->rtt_us > 0 ? CLAMP (3 * self->rtt_us, RTO_MIN_US, RTO_MAX_US) : RTO_UNKNOWN_US;
}

static gboolean
ask (KhLink *self,
     KhLinkType type,
     const KhPeerId *peer,
     const guint8 *blob,
     gsize blob_len,
     gint64 now_us)
{
  static const KhPeerId nobody = { 0 };
  Request *request;

  if (!self->has_keys || blob_len > KH_BLOB_MAX)
    return FALSE;
  remove_same (self, type, peer != NULL ? peer : &nobody);
  if (self->requests->len == REQUESTS_MAX)
    return FALSE;

  request = g_new0 (Request, 1);
  request->id = ++self->next_request;
  request->type = type;
  request->peer = peer != NULL ? *peer : nobody;
  request->blob = blob_len > 0 ? g_memdup2 (blob, blob_len) : NULL;
  request->blob_len = blob_len;
  request->rto_us = first_rto_us (self);
  request->next_us = now_us;
  g_ptr_array_add (self->requests, request);
  return TRUE;
}

void
kh_link_register (KhLink *self, gint64 now_us)
{
  ask (self, KH_LINK_REGISTER, NULL, NULL, 0, now_us);
}

void
kh_link_forget_ping (KhLink *self)
{
  static const KhPeerId nobody = { 0 };

  remove_same (self, KH_LINK_PING, &nobody);
}

/* One that waits for its answer goes out twice more: were it replaced, nobody would ever find out
 * that none of them is answered. */
void
kh_link_ping (KhLink *self, gint64 now_us)
{
  for (guint i = 0; i < self->requests->len; i++)
    {
      Request *request = request_at (self, i);

      if (request->type != KH_LINK_PING)
        continue;
      request->attempts = MIN (request->attempts, ATTEMPTS_MAX - 2);
      request->rto_us = first_rto_us (self);
      request->next_us = now_us;
      return;
    }
  ask (self, KH_LINK_PING, NULL, NULL, 0, now_us);
}

void
kh_link_ask_about (KhLink *self, gint64 now_us)
{
  self->has_about = FALSE;
  ask (self, KH_LINK_ABOUT, NULL, NULL, 0, now_us);
}

gboolean
kh_link_get_about (KhLink *self, KhServerAbout *ret_about)
{
  if (self->has_about)
    *ret_about = self->about;
  return self->has_about;
}

static gboolean
is_up (KhLink *self)
{
  return self->state == KH_LINK_UP;
}

gboolean
kh_link_lookup (KhLink *self, const KhPeerId *peer, gint64 now_us)
{
  return is_up (self) && ask (self, KH_LINK_LOOKUP, peer, NULL, 0, now_us);
}

gboolean
kh_link_wait (KhLink *self, const KhPeerId *peer, gint64 now_us)
{
  return is_up (self) && ask (self, KH_LINK_WAIT, peer, NULL, 0, now_us);
}

gboolean
kh_link_unwait (KhLink *self, const KhPeerId *peer, gint64 now_us)
{
  return is_up (self) && ask (self, KH_LINK_UNWAIT, peer, NULL, 0, now_us);
}

gboolean
kh_link_knock (KhLink *self, const KhPeerId *peer, const guint8 *blob, gsize len, gint64 now_us)
{
  return is_up (self) && ask (self, KH_LINK_KNOCK, peer, blob, len, now_us);
}

gboolean
kh_link_answer (KhLink *self, const KhPeerId *peer, const guint8 *blob, gsize len, gint64 now_us)
{
  return is_up (self) && ask (self, KH_LINK_ANSWER, peer, blob, len, now_us);
}

/* --- replies ----------------------------------------------------------------------------- */

static void
sample_rtt (KhLink *self, const Request *request, gint64 now_us)
{
  gint64 sample_us = MAX (now_us - request->sent_us, 1);

  /* Karn's rule: which of several sendings was answered cannot be told. */
  if (request->attempts != 1)
    return;
  self->health.n_samples++;
  self->health.latest_rtt_us = sample_us;
  self->rtt_us = self->rtt_us == 0 ? sample_us : (7 * self->rtt_us + sample_us) / 8;
}

static void
finish_request (KhLink *self, guint i, const KhLinkMessage *reply)
{
  Request *request = request_at (self, i);
  KhLinkEvent event = { .type = KH_LINK_EVENT_REPLY,
                        .peer = request->peer,
                        .key = reply->key,
                        .request = request->type,
                        .status = reply->status };

  if (request->type == KH_LINK_LOOKUP && reply->status == KH_LINK_OK && !reply->has_key)
    event.status = KH_LINK_NOT_REGISTERED;
  g_ptr_array_remove_index (self->requests, i);
  kh_link_push_event (self, &event);
}

/* REGISTER and PING are the link's own. */
static void
finish_own (KhLink *self, guint i, const KhLinkMessage *reply, gint64 now_us)
{
  g_ptr_array_remove_index (self->requests, i);
  kh_link_believe (self);
  if (reply->status == KH_LINK_OK && reply->has_seen)
    kh_link_come_up (self, &reply->seen, now_us);
  else
    kh_link_lose (self,
                  reply->status == KH_LINK_SERVER_GOING_AWAY ? KH_LINK_TROUBLE_GOING_AWAY
                                                             : KH_LINK_TROUBLE_LOST,
                  now_us + RATE_LIMITED_PAUSE_US);
}

/* What a server says of itself is shown to people: no more than letters, digits and signs. */
static void
finish_about (KhLink *self, guint i, const KhLinkMessage *reply, gint64 now_us)
{
  const Request *request = request_at (self, i);
  gint64 half_us = (request->attempts == 1 ? now_us - request->sent_us : self->rtt_us) / 2;

  memset (self->about.software, 0, sizeof self->about.software);
  for (gsize j = 0; reply->has_about && j < reply->blob_len; j++)
    self->about.software[j] = g_ascii_isprint (reply->blob[j]) ? (char) reply->blob[j] : '?';
  self->about.has_clock = reply->has_about && reply->clock_us > 0;
  self->about.clock_ahead_us = self->about.has_clock ? reply->clock_us - (now_us - half_us) : 0;
  self->about.relay = reply->relay;
  self->has_about = TRUE;
  g_ptr_array_remove_index (self->requests, i);
}

void
kh_link_receive_reply (KhLink *self, const KhLinkMessage *reply, gint64 now_us)
{
  for (guint i = 0; i < self->requests->len; i++)
    {
      Request *request = request_at (self, i);

      if (request->id != reply->id || request->attempts == 0)
        continue;
      sample_rtt (self, request, now_us);
      if (reply->status == KH_LINK_RATE_LIMITED)
        {
          request->attempts = 0;
          request->next_us = now_us + RATE_LIMITED_PAUSE_US;
        }
      else if (request->type == KH_LINK_REGISTER || request->type == KH_LINK_PING)
        finish_own (self, i, reply, now_us);
      else if (request->type == KH_LINK_ABOUT)
        finish_about (self, i, reply, now_us);
      else
        finish_request (self, i, reply);
      return;
    }
}

/* --- what goes out ----------------------------------------------------------------------- */

static gboolean
seal (KhLink *self, const KhLinkMessage *message, guint8 *data, gsize size, gsize *ret_len)
{
  KhSealed header = { .receiver = self->server_index, .packet_number = self->next_packet };
  KhWriter writer = kh_writer_init (data, size - KH_AEAD_TAG_SIZE);

  if (!kh_sealed_write (&writer, &header) || !kh_link_message_write (&writer, message) ||
      !kh_key_pair_seal (&self->keys, self->next_packet, data, KH_SEALED_HEADER_SIZE,
                         data + KH_SEALED_HEADER_SIZE, writer.len - KH_SEALED_HEADER_SIZE))
    return FALSE;

  self->next_packet++;
  *ret_len = writer.len + KH_AEAD_TAG_SIZE;
  return TRUE;
}

gboolean
kh_link_wrap_relayed (KhLink *self, KhDatagram *out)
{
  KhLinkMessage message = { .type = KH_LINK_RELAY,
                            .id = kh_addr_get_channel (&out->remote),
                            .blob = out->data + KH_RELAY_OVERHEAD - KH_AEAD_TAG_SIZE,
                            .blob_len = out->len };

  if (!is_up (self) || message.id == 0 || out->len > KH_RELAY_PAYLOAD_MAX ||
      out->size < out->len + KH_RELAY_OVERHEAD)
    return FALSE;
  /* Out of the way of the header that is written before it. */
  memmove (out->data + KH_RELAY_OVERHEAD - KH_AEAD_TAG_SIZE, out->data, out->len);
  if (!seal (self, &message, out->data, out->size, &out->len))
    return FALSE;
  out->remote = self->server;
  out->socket = self->server_socket;
  out->hop_limit = 0;
  return TRUE;
}

/* A server that somebody waits for is asked as often as it is greeted where there is no link, and
 * the link is not given up the sooner for that: when the network is back, the ping's answer is the
 * quickest way on. */
static void
hurry_ping (KhLink *self, Request *request, gint64 now_us)
{
  request->next_us = now_us + kh_link_hurried_us (self, request->rto_us, now_us);
  if (kh_link_is_hurried (self, now_us) && now_us - request->sent_us < PING_PATIENCE_US)
    request->attempts = MIN (request->attempts, ATTEMPTS_MAX - 1);
}

static gboolean
send_request (KhLink *self, Request *request, KhDatagram *out, gint64 now_us)
{
  KhLinkMessage message = { .type = request->type,
                            .id = request->id,
                            .blob = request->blob,
                            .blob_len = request->blob_len,
                            .ids = request->peer.bytes,
                            .n_ids = 1 };

  memcpy (message.peer, request->peer.bytes, KH_PEER_ID_SIZE);
  if (request->attempts++ == 0)
    request->sent_us = now_us;
  else
    self->health.n_repeated++;
  if (request->type == KH_LINK_PING && request->attempts > 1)
    kh_link_doubt (self);
  /* UDP has had its time. */
  if (request->type == KH_LINK_PING && request->attempts == 2 && !kh_link_is_tcp (self))
    kh_link_tcp_greet (self);
  request->next_us = now_us + request->rto_us;
  if (request->type == KH_LINK_PING)
    hurry_ping (self, request, now_us);
  request->rto_us = MIN (2 * request->rto_us, RTO_MAX_US);
  return seal (self, &message, out->data, out->size, &out->len);
}

gboolean
kh_link_send_sealed (KhLink *self, KhDatagram *out, gint64 now_us)
{
  g_autofree guint32 *ack = g_queue_pop_head (&self->acks);

  if (ack != NULL)
    {
      KhLinkMessage message = { .type = KH_LINK_PUSH_ACK, .id = *ack };

      return seal (self, &message, out->data, out->size, &out->len);
    }

  for (guint i = 0; i < MIN (self->requests->len, IN_FLIGHT_MAX); i++)
    if (request_at (self, i)->next_us <= now_us && request_at (self, i)->attempts < ATTEMPTS_MAX)
      return send_request (self, request_at (self, i), out, now_us);
  return FALSE;
}

void
kh_link_prepare_bye (KhLink *self)
{
  KhLinkMessage message = { .type = KH_LINK_BYE, .id = ++self->next_request };

  if (!seal (self, &message, self->message, sizeof self->message, &self->bye_len))
    self->bye_len = 0;
}

gint64
kh_link_next_request_us (KhLink *self)
{
  gint64 next_us = KH_NEVER;

  if (g_queue_get_length (&self->acks) > 0)
    return 0;
  for (guint i = 0; i < MIN (self->requests->len, IN_FLIGHT_MAX); i++)
    next_us = MIN (next_us, request_at (self, i)->next_us);
  return next_us;
}

void
kh_link_expire_requests (KhLink *self, gint64 now_us)
{
  for (guint i = 0; i < MIN (self->requests->len, IN_FLIGHT_MAX); i++)
    if (request_at (self, i)->attempts == ATTEMPTS_MAX && request_at (self, i)->next_us <= now_us)
      {
        /* A server that does not know it is silent. */
        if (request_at (self, i)->type == KH_LINK_ABOUT)
          {
            g_ptr_array_remove_index (self->requests, i);
            return;
          }
        kh_link_lose (self, KH_LINK_TROUBLE_LOST, now_us);
        return;
      }
}
