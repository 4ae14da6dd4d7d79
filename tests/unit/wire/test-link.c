/* test-link.c: the messages between client and server against the layouts in PROTOCOL.md */
#include "wire/link.h"

#include <string.h>

static const guint8 blob[KH_BLOB_MAX] = { 1, 2, 3 };
static const guint8 ids[KH_WAIT_MAX * KH_PEER_ID_SIZE] = { 4, 5, 6 };

/* Writes, reads back at every length, and returns the size; only the whole may be read. */
static gsize
round_trip (const KhLinkMessage *message, KhLinkMessage *ret_back)
{
  static guint8 buf[KH_DATAGRAM_MAX];
  KhWriter writer = kh_writer_init (buf, sizeof buf);

  g_assert_true (kh_link_message_write (&writer, message));
  g_assert_true (kh_link_message_read (buf, writer.len, ret_back));
  g_assert_cmphex (ret_back->type, ==, message->type);
  g_assert_cmphex (ret_back->id, ==, message->id);
  g_assert_cmphex (buf[0], ==, message->type);
  return writer.len;
}

static void
test_bare (void)
{
  static const KhLinkType types[] = { KH_LINK_REGISTER, KH_LINK_PING, KH_LINK_BYE, KH_LINK_ABOUT,
                                      KH_LINK_PUSH_ACK };

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      KhLinkMessage message = { .type = types[i], .id = 0xfffffffe };
      KhLinkMessage back;
      guint8 bytes[6] = { types[i], 0, 0, 0, 9, 0 };

      g_assert_cmpuint (round_trip (&message, &back), ==, 5);
      g_assert_true (kh_link_message_read (bytes, 5, &back));
      g_assert_cmpuint (back.id, ==, 9);
      g_assert_false (kh_link_message_read (bytes, 6, &back));
      g_assert_false (kh_link_message_read (bytes, 4, &back));
    }
}

static void
test_peer_alone (void)
{
  static const KhLinkType types[] = { KH_LINK_LOOKUP, KH_LINK_READY };

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      KhLinkMessage message = { .type = types[i], .id = 1 };
      KhLinkMessage back;

      memset (message.peer, 0x5a, sizeof message.peer);
      g_assert_cmpuint (round_trip (&message, &back), ==, 5 + 17);
      g_assert_cmpmem (back.peer, KH_PEER_ID_SIZE, message.peer, KH_PEER_ID_SIZE);
    }
}

static void
test_introductions (void)
{
  static const struct
  {
    KhLinkType type;
    gsize head;
  } cases[] = { { KH_LINK_KNOCK, 5 + 17 },
                { KH_LINK_ANSWER, 5 + 17 },
                { KH_LINK_KNOCKED, 5 + 32 + 4 },
                { KH_LINK_ANSWERED, 5 + 32 + 4 } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize len = 0; len <= KH_BLOB_MAX; len += 512)
      {
        KhLinkMessage message = {
          .type = cases[i].type, .id = 2, .channel = 0xfedcba98, .blob = blob, .blob_len = len
        };
        KhLinkMessage back;
        gsize size;

        memset (message.peer, 0x5a, sizeof message.peer);
        memset (message.key.bytes, 0xa5, sizeof message.key.bytes);
        size = round_trip (&message, &back);
        g_assert_cmpuint (size, ==, cases[i].head + len);
        g_assert_cmpmem (back.blob, back.blob_len, blob, len);
        if (cases[i].head == 5 + 17)
          g_assert_cmpmem (back.peer, KH_PEER_ID_SIZE, message.peer, KH_PEER_ID_SIZE);
        else
          {
            g_assert_true (back.has_key && kh_key_equal (&back.key, &message.key));
            g_assert_cmphex (back.channel, ==, 0xfedcba98);
          }
        /* The largest fits into a datagram, sealed. */
        g_assert_cmpuint (size + KH_SEALED_OVERHEAD, <=, KH_DATAGRAM_MAX);
      }
}

static void
test_waits (void)
{
  static const KhLinkType types[] = { KH_LINK_WAIT, KH_LINK_UNWAIT };

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    for (guint n = 0; n <= KH_WAIT_MAX; n++)
      {
        KhLinkMessage message = { .type = types[i], .id = 3, .ids = ids, .n_ids = n };
        KhLinkMessage back;
        gsize size = round_trip (&message, &back);

        g_assert_cmpuint (size, ==, 6 + 17 * n);
        g_assert_cmpuint (back.n_ids, ==, n);
        g_assert_cmpmem (back.ids, 17 * n, ids, 17 * n);
        g_assert_cmpuint (size + KH_SEALED_OVERHEAD, <=, KH_DATAGRAM_MAX);
      }
}

static void
test_waits_out_of_range (void)
{
  guint8 bytes[6 + 17 * (KH_WAIT_MAX + 1)] = { KH_LINK_WAIT };
  guint8 buf[KH_DATAGRAM_MAX];
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  KhLinkMessage message = { .type = KH_LINK_WAIT, .ids = ids, .n_ids = KH_WAIT_MAX + 1 };
  KhLinkMessage back;

  g_assert_false (kh_link_message_write (&writer, &message));
  bytes[5] = KH_WAIT_MAX + 1;
  g_assert_false (kh_link_message_read (bytes, sizeof bytes, &back));
  /* A count that promises more than there is, and one that leaves bytes over. */
  bytes[5] = 2;
  g_assert_false (kh_link_message_read (bytes, 6 + 17, &back));
  bytes[5] = 1;
  g_assert_false (kh_link_message_read (bytes, 6 + 18, &back));
  g_assert_true (kh_link_message_read (bytes, 6 + 17, &back));
}

static void
test_replies (void)
{
  KhLinkMessage message = { .type = KH_LINK_REPLY, .id = 4, .status = KH_LINK_NOT_REGISTERED };
  KhLinkMessage back;

  g_assert_cmpuint (round_trip (&message, &back), ==, 7);
  g_assert_cmpuint (back.status, ==, KH_LINK_NOT_REGISTERED);
  g_assert_false (back.has_seen);
  g_assert_false (back.has_key);

  message.status = KH_LINK_OK;
  message.has_seen = TRUE;
  message.seen = kh_addr_ipv4 (192, 0, 2, 1, 5);
  g_assert_cmpuint (round_trip (&message, &back), ==, 7 + 7);
  g_assert_true (back.has_seen);
  g_assert_true (kh_addr_equal (&back.seen, &message.seen));

  message.has_seen = FALSE;
  message.has_key = TRUE;
  memset (message.key.bytes, 0xa5, sizeof message.key.bytes);
  g_assert_cmpuint (round_trip (&message, &back), ==, 7 + 32);
  g_assert_true (back.has_key);
  g_assert_true (kh_key_equal (&back.key, &message.key));
}

static void
test_about (void)
{
  static const guint8 software[KH_SOFTWARE_MAX + 1] = "knotholed 1.2";
  KhLinkMessage message = { .type = KH_LINK_REPLY,
                            .id = 4,
                            .has_about = TRUE,
                            .clock_us = G_MAXINT64,
                            .blob = software,
                            .blob_len = KH_SOFTWARE_MAX };
  guint8 buf[KH_DATAGRAM_MAX];
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  KhLinkMessage back;

  g_assert_cmpuint (round_trip (&message, &back), ==, 7 + 8 + 1 + KH_SOFTWARE_MAX);
  g_assert_true (back.has_about);
  g_assert_cmpint (back.clock_us, ==, G_MAXINT64);
  g_assert_cmpmem (back.blob, back.blob_len, software, KH_SOFTWARE_MAX);

  g_assert_cmpint (back.relay.state, ==, KH_LINK_RELAY_UNSAID);

  message.blob_len = 0;
  message.clock_us = 0;
  g_assert_cmpuint (round_trip (&message, &back), ==, 7 + 8 + 1);
  g_assert_cmpuint (back.blob_len, ==, 0);

  message.blob_len = KH_SOFTWARE_MAX + 1;
  g_assert_false (kh_link_message_write (&writer, &message));
  /* A clock beyond any, and a name that is too long. */
  memset (buf, 0, sizeof buf);
  buf[0] = KH_LINK_REPLY;
  buf[6] = 3;
  g_assert_true (kh_link_message_read (buf, 16, &back));
  buf[7] = 0x80;
  g_assert_false (kh_link_message_read (buf, 16, &back));
  buf[7] = 0;
  buf[15] = KH_SOFTWARE_MAX + 1;
  g_assert_false (kh_link_message_read (buf, 16 + KH_SOFTWARE_MAX + 1, &back));
}

/* Of the relay a server says nothing, or what there is, or more than is known yet. */
static void
test_about_relay (void)
{
  KhLinkMessage message = { .type = KH_LINK_REPLY,
                            .id = 4,
                            .has_about = TRUE,
                            .relay = { KH_LINK_RELAY_ON, 500000, G_MAXUINT32 } };
  guint8 buf[KH_DATAGRAM_MAX] = { KH_LINK_REPLY, [6] = 3 };
  const gsize at = 7 + 8 + 1;
  KhLinkMessage back;

  g_assert_cmpuint (round_trip (&message, &back), ==, at + 9);
  g_assert_cmpint (back.relay.state, ==, KH_LINK_RELAY_ON);
  g_assert_cmpuint (back.relay.rate, ==, 500000);
  g_assert_cmpuint (back.relay.volume_mb, ==, G_MAXUINT32);

  buf[at] = KH_LINK_RELAY_OFF;
  g_assert_true (kh_link_message_read (buf, at + 9 + 20, &back));
  g_assert_cmpint (back.relay.state, ==, KH_LINK_RELAY_OFF);
  buf[at] = 77;
  g_assert_true (kh_link_message_read (buf, at + 9, &back));
  g_assert_cmpint (back.relay.state, ==, KH_LINK_RELAY_UNSAID);
  for (gsize len = at + 1; len < at + 9; len++)
    g_assert_false (kh_link_message_read (buf, len, &back));
}

static void
test_reply_of_unknown_kind (void)
{
  guint8 bytes[] = { KH_LINK_REPLY, 0, 0, 0, 1, 0, 0 };
  KhLinkMessage back;

  g_assert_true (kh_link_message_read (bytes, sizeof bytes, &back));
  for (guint kind = 1; kind < 256; kind++)
    {
      bytes[6] = (guint8) kind;
      g_assert_false (kh_link_message_read (bytes, sizeof bytes, &back));
    }
}

static void
test_going_away (void)
{
  KhLinkMessage message = { .type = KH_LINK_GOING_AWAY, .id = 5, .reason = KH_GOING_AWAY_REPLACED };
  KhLinkMessage back;

  g_assert_cmpuint (round_trip (&message, &back), ==, 6);
  g_assert_cmpuint (back.reason, ==, KH_GOING_AWAY_REPLACED);
}

static void
test_relay (void)
{
  static const guint8 payload[KH_RELAY_PAYLOAD_MAX + 1] = { 9, 8, 7 };
  static const gsize lens[] = { 0, 1, 600, KH_RELAY_PAYLOAD_MAX };
  KhLinkMessage message = { .type = KH_LINK_RELAY, .id = 0xfedcba98, .blob = payload };
  guint8 buf[KH_DATAGRAM_MAX];
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  KhLinkMessage back;

  for (gsize i = 0; i < G_N_ELEMENTS (lens); i++)
    {
      message.blob_len = lens[i];
      g_assert_cmpuint (round_trip (&message, &back), ==, 5 + lens[i]);
      g_assert_cmpmem (back.blob, back.blob_len, payload, lens[i]);
    }
  /* The largest fills a datagram to the last byte. */
  g_assert_cmpuint (5 + KH_RELAY_PAYLOAD_MAX + KH_SEALED_OVERHEAD, ==, KH_DATAGRAM_MAX);

  message.blob_len = KH_RELAY_PAYLOAD_MAX + 1;
  g_assert_false (kh_link_message_write (&writer, &message));
  memset (buf, 0, sizeof buf);
  buf[0] = KH_LINK_RELAY;
  g_assert_true (kh_link_message_read (buf, 5 + KH_RELAY_PAYLOAD_MAX, &back));
  g_assert_false (kh_link_message_read (buf, 5 + KH_RELAY_PAYLOAD_MAX + 1, &back));
}

static void
test_relay_refused (void)
{
  KhLinkMessage message = { .type = KH_LINK_RELAY_REFUSED,
                            .id = 0xfedcba98,
                            .status = KH_LINK_UNKNOWN_CHANNEL };
  KhLinkMessage back;

  g_assert_cmpuint (round_trip (&message, &back), ==, 6);
  g_assert_cmpuint (back.status, ==, KH_LINK_UNKNOWN_CHANNEL);
}

static void
test_unknown_types (void)
{
  static const guint8 known[] = { 1,    2,    3,    4,    5,    6,    7,    8,   9,
                                  0x20, 0x21, 0x40, 0x80, 0x81, 0x82, 0x83, 0xc0 };

  for (guint type = 0; type < 256; type++)
    {
      guint8 bytes[64] = { (guint8) type };
      gboolean readable = FALSE;
      KhLinkMessage back;

      for (gsize len = 0; len <= sizeof bytes; len++)
        readable |= kh_link_message_read (bytes, len, &back);
      g_assert_cmpint (readable, ==, memchr (known, (int) type, sizeof known) != NULL);
      g_assert_cmpint (g_str_equal (kh_link_type_to_string (type), "unknown"), ==, !readable);
    }
}

static void
test_too_small_a_buffer (void)
{
  guint8 buf[32];
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  KhLinkMessage message = { .type = KH_LINK_KNOCK, .blob = blob, .blob_len = 32 };

  g_assert_false (kh_link_message_write (&writer, &message));
  writer = kh_writer_init (buf, sizeof buf);
  message.type = 0x7f;
  g_assert_false (kh_link_message_write (&writer, &message));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/link/bare", test_bare);
  g_test_add_func ("/wire/link/peer-alone", test_peer_alone);
  g_test_add_func ("/wire/link/introductions", test_introductions);
  g_test_add_func ("/wire/link/waits", test_waits);
  g_test_add_func ("/wire/link/waits-out-of-range", test_waits_out_of_range);
  g_test_add_func ("/wire/link/replies", test_replies);
  g_test_add_func ("/wire/link/about", test_about);
  g_test_add_func ("/wire/link/about-relay", test_about_relay);
  g_test_add_func ("/wire/link/reply-of-unknown-kind", test_reply_of_unknown_kind);
  g_test_add_func ("/wire/link/going-away", test_going_away);
  g_test_add_func ("/wire/link/relay", test_relay);
  g_test_add_func ("/wire/link/relay-refused", test_relay_refused);
  g_test_add_func ("/wire/link/unknown-types", test_unknown_types);
  g_test_add_func ("/wire/link/too-small-a-buffer", test_too_small_a_buffer);
  return g_test_run ();
}
