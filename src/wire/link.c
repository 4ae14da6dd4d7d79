/* link.c: the codec of the messages between a client and its server (PROTOCOL.md, "Link messages")
 *
 * Owns nothing. What follows the type and id is told apart by one function for each direction,
 * with the same cases in the same order.
 */
#include "wire/link.h"

/* In a REPLY: what kind of body follows the status. */
enum
{
  BODY_NONE = 0,
  BODY_ADDRESS = 1,
  BODY_KEY = 2,
  BODY_ABOUT = 3,
};

const char *
kh_link_type_to_string (KhLinkType type)
{
  switch (type)
    {
    case KH_LINK_REGISTER:
      return "REGISTER";
    case KH_LINK_PING:
      return "PING";
    case KH_LINK_LOOKUP:
      return "LOOKUP";
    case KH_LINK_KNOCK:
      return "KNOCK";
    case KH_LINK_ANSWER:
      return "ANSWER";
    case KH_LINK_WAIT:
      return "WAIT";
    case KH_LINK_UNWAIT:
      return "UNWAIT";
    case KH_LINK_BYE:
      return "BYE";
    case KH_LINK_ABOUT:
      return "ABOUT";
    case KH_LINK_RELAY:
      return "RELAY";
    case KH_LINK_RELAY_REFUSED:
      return "RELAY-REFUSED";
    case KH_LINK_REPLY:
      return "REPLY";
    case KH_LINK_KNOCKED:
      return "KNOCKED";
    case KH_LINK_ANSWERED:
      return "ANSWERED";
    case KH_LINK_READY:
      return "READY";
    case KH_LINK_GOING_AWAY:
      return "GOING-AWAY";
    case KH_LINK_PUSH_ACK:
      return "PUSH-ACK";
    default:
      return "unknown";
    }
}

const char *
kh_link_status_to_string (KhLinkStatus status)
{
  switch (status)
    {
    case KH_LINK_OK:
      return "ok";
    case KH_LINK_NOT_REGISTERED:
      return "not-registered";
    case KH_LINK_RATE_LIMITED:
      return "rate-limited";
    case KH_LINK_TOO_LARGE:
      return "too-large";
    case KH_LINK_UNKNOWN_CHANNEL:
      return "unknown-channel";
    case KH_LINK_SERVER_GOING_AWAY:
      return "going-away";
    default:
      return "unknown";
    }
}

static void
read_blob (KhCursor *cursor, KhLinkMessage *message)
{
  message->blob_len = kh_cursor_left (cursor);
  kh_cursor_view (cursor, message->blob_len, &message->blob);
}

static void
read_ids (KhCursor *cursor, KhLinkMessage *message)
{
  guint8 n = 0;

  kh_cursor_u8 (cursor, &n);
  kh_cursor_view (cursor, (gsize) n * KH_PEER_ID_SIZE, &message->ids);
  message->n_ids = n;
  if (n > KH_WAIT_MAX)
    cursor->failed = TRUE;
}

/* Servers may say nothing of it, or more in time. */
static void
read_relay_terms (KhCursor *cursor, KhLinkRelayTerms *ret_terms)
{
  guint8 state = KH_LINK_RELAY_UNSAID;
  const guint8 *rest;

  if (kh_cursor_left (cursor) == 0)
    return;
  kh_cursor_u8 (cursor, &state);
  kh_cursor_u32 (cursor, &ret_terms->rate);
  kh_cursor_u32 (cursor, &ret_terms->volume_mb);
  kh_cursor_view (cursor, kh_cursor_left (cursor), &rest);
  if (state <= KH_LINK_RELAY_ON)
    ret_terms->state = state;
}

static void
read_about (KhCursor *cursor, KhLinkMessage *message)
{
  guint64 clock_us = 0;
  guint8 len = 0;

  kh_cursor_u64 (cursor, &clock_us);
  kh_cursor_u8 (cursor, &len);
  kh_cursor_view (cursor, len, &message->blob);
  if (clock_us > G_MAXINT64 || len > KH_SOFTWARE_MAX)
    cursor->failed = TRUE;
  message->clock_us = (gint64) clock_us;
  message->blob_len = len;
  message->has_about = TRUE;
  read_relay_terms (cursor, &message->relay);
}

static void
read_reply (KhCursor *cursor, KhLinkMessage *message)
{
  guint8 body = BODY_NONE;

  kh_cursor_u8 (cursor, &message->status);
  kh_cursor_u8 (cursor, &body);
  if (body == BODY_ADDRESS)
    message->has_seen = kh_addr_read (cursor, &message->seen);
  else if (body == BODY_KEY)
    message->has_key = kh_cursor_copy (cursor, message->key.bytes, KH_KEY_SIZE);
  else if (body == BODY_ABOUT)
    read_about (cursor, message);
  else if (body != BODY_NONE)
    cursor->failed = TRUE;
}

static void
read_relay (KhCursor *cursor, KhLinkMessage *message)
{
  if (kh_cursor_left (cursor) > KH_RELAY_PAYLOAD_MAX)
    cursor->failed = TRUE;
  read_blob (cursor, message);
}

static void
read_body (KhCursor *cursor, KhLinkMessage *message)
{
  switch (message->type)
    {
    case KH_LINK_REGISTER:
    case KH_LINK_PING:
    case KH_LINK_BYE:
    case KH_LINK_ABOUT:
    case KH_LINK_PUSH_ACK:
      break;
    case KH_LINK_LOOKUP:
    case KH_LINK_READY:
      kh_cursor_copy (cursor, message->peer, KH_PEER_ID_SIZE);
      break;
    case KH_LINK_KNOCK:
    case KH_LINK_ANSWER:
      kh_cursor_copy (cursor, message->peer, KH_PEER_ID_SIZE);
      read_blob (cursor, message);
      break;
    case KH_LINK_WAIT:
    case KH_LINK_UNWAIT:
      read_ids (cursor, message);
      break;
    case KH_LINK_REPLY:
      read_reply (cursor, message);
      break;
    case KH_LINK_RELAY:
      read_relay (cursor, message);
      break;
    case KH_LINK_RELAY_REFUSED:
      kh_cursor_u8 (cursor, &message->status);
      break;
    case KH_LINK_KNOCKED:
    case KH_LINK_ANSWERED:
      message->has_key = kh_cursor_copy (cursor, message->key.bytes, KH_KEY_SIZE);
      kh_cursor_u32 (cursor, &message->channel);
      read_blob (cursor, message);
      break;
    case KH_LINK_GOING_AWAY:
      kh_cursor_u8 (cursor, &message->reason);
      break;
    default:
      cursor->failed = TRUE;
    }
}

gboolean
kh_link_message_read (const guint8 *data, gsize len, KhLinkMessage *ret_message)
{
  KhCursor cursor = kh_cursor_init (data, len);
  KhLinkMessage message = { 0 };
  guint8 type = 0;

  kh_cursor_u8 (&cursor, &type);
  kh_cursor_u32 (&cursor, &message.id);
  message.type = type;
  if (cursor.failed)
    return FALSE;
  read_body (&cursor, &message);
  if (!kh_cursor_is_done (&cursor))
    return FALSE;

  *ret_message = message;
  return TRUE;
}

static guint8
body_of (const KhLinkMessage *reply)
{
  if (reply->has_seen)
    return BODY_ADDRESS;
  if (reply->has_key)
    return BODY_KEY;
  return reply->has_about ? BODY_ABOUT : BODY_NONE;
}

static void
write_about (KhWriter *writer, const KhLinkMessage *self)
{
  if (self->clock_us < 0 || self->blob_len > KH_SOFTWARE_MAX)
    writer->failed = TRUE;
  kh_writer_u64 (writer, (guint64) self->clock_us);
  kh_writer_u8 (writer, (guint8) self->blob_len);
  kh_writer_bytes (writer, self->blob, self->blob_len);
  if (self->relay.state == KH_LINK_RELAY_UNSAID)
    return;
  kh_writer_u8 (writer, (guint8) self->relay.state);
  kh_writer_u32 (writer, self->relay.rate);
  kh_writer_u32 (writer, self->relay.volume_mb);
}

static void
write_reply (KhWriter *writer, const KhLinkMessage *self)
{
  kh_writer_u8 (writer, self->status);
  kh_writer_u8 (writer, body_of (self));
  if (self->has_seen)
    kh_addr_write (writer, &self->seen);
  else if (self->has_key)
    kh_writer_bytes (writer, self->key.bytes, KH_KEY_SIZE);
  else if (self->has_about)
    write_about (writer, self);
}

static void
write_relay (KhWriter *writer, const KhLinkMessage *self)
{
  if (self->blob_len > KH_RELAY_PAYLOAD_MAX)
    writer->failed = TRUE;
  kh_writer_bytes (writer, self->blob, self->blob_len);
}

static void
write_ids (KhWriter *writer, const KhLinkMessage *self)
{
  if (self->n_ids > KH_WAIT_MAX)
    writer->failed = TRUE;
  kh_writer_u8 (writer, (guint8) self->n_ids);
  kh_writer_bytes (writer, self->ids, (gsize) self->n_ids * KH_PEER_ID_SIZE);
}

gboolean
kh_link_message_write (KhWriter *writer, const KhLinkMessage *self)
{
  kh_writer_u8 (writer, (guint8) self->type);
  kh_writer_u32 (writer, self->id);
  switch (self->type)
    {
    case KH_LINK_REGISTER:
    case KH_LINK_PING:
    case KH_LINK_BYE:
    case KH_LINK_ABOUT:
    case KH_LINK_PUSH_ACK:
      break;
    case KH_LINK_LOOKUP:
    case KH_LINK_READY:
      kh_writer_bytes (writer, self->peer, KH_PEER_ID_SIZE);
      break;
    case KH_LINK_KNOCK:
    case KH_LINK_ANSWER:
      kh_writer_bytes (writer, self->peer, KH_PEER_ID_SIZE);
      kh_writer_bytes (writer, self->blob, self->blob_len);
      break;
    case KH_LINK_WAIT:
    case KH_LINK_UNWAIT:
      write_ids (writer, self);
      break;
    case KH_LINK_REPLY:
      write_reply (writer, self);
      break;
    case KH_LINK_RELAY:
      write_relay (writer, self);
      break;
    case KH_LINK_RELAY_REFUSED:
      kh_writer_u8 (writer, self->status);
      break;
    case KH_LINK_KNOCKED:
    case KH_LINK_ANSWERED:
      kh_writer_bytes (writer, self->key.bytes, KH_KEY_SIZE);
      kh_writer_u32 (writer, self->channel);
      kh_writer_bytes (writer, self->blob, self->blob_len);
      break;
    case KH_LINK_GOING_AWAY:
      kh_writer_u8 (writer, self->reason);
      break;
    default:
      writer->failed = TRUE;
    }
  return !writer->failed;
}
