/* test-datagram.c: the outer layer's codecs against the layouts in PROTOCOL.md */
#include "wire/datagram.h"

#include <string.h>

static const guint8 noise[] = { 0xaa, 0xbb, 0xcc };

static void
test_types (void)
{
  KhDatagramType type;

  for (guint first = 0; first < 256; first++)
    {
      guint8 byte = (guint8) first;

      g_assert_cmpint (kh_datagram_type (&byte, 1, &type), ==, first >= 0x20 && first <= 0x24);
      if (first >= 0x20 && first <= 0x24)
        g_assert_cmphex (type, ==, first);
    }
  g_assert_false (kh_datagram_type (noise, 0, &type));
}

static void
test_hello (void)
{
  KhHello hello = { .version = 1, .nonce = { 1, 2, 3, 4, 5, 6, 7, 8 } };
  guint8 buf[KH_DATAGRAM_MAX] = { 0 };
  guint8 expected[KH_HELLO_SIZE] = { 0x20, 1, 1, 2, 3, 4, 5, 6, 7, 8 };
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  KhHello back;

  g_assert_true (kh_hello_write (&writer, &hello));
  g_assert_cmpmem (buf, writer.len, expected, sizeof expected);
  /* A shorter one could be answered by more bytes than it has. */
  for (gsize len = 0; len < KH_HELLO_SIZE; len++)
    g_assert_false (kh_hello_read (buf, len, &back));
  g_assert_true (kh_hello_read (buf, KH_HELLO_SIZE, &back));
  g_assert_cmpuint (back.version, ==, 1);
  g_assert_cmpmem (back.nonce, sizeof back.nonce, hello.nonce, sizeof hello.nonce);
  /* Padding may grow in a later version. */
  g_assert_true (kh_hello_read (buf, KH_DATAGRAM_MAX, &back));
  buf[0] = KH_DATAGRAM_INIT;
  g_assert_false (kh_hello_read (buf, KH_HELLO_SIZE, &back));

  writer = kh_writer_init (buf, KH_HELLO_SIZE - 1);
  g_assert_false (kh_hello_write (&writer, &hello));
}

static KhHelloAck
make_ack (const char *seen)
{
  KhHelloAck ack = { .version_min = 1, .version_max = 2, .second_port = 0x1234 };

  memset (ack.nonce, 0x11, sizeof ack.nonce);
  memset (ack.server_key.bytes, 0x22, KH_KEY_SIZE);
  memset (ack.cookie, 0x33, sizeof ack.cookie);
  g_assert_true (kh_addr_parse (seen, 9, &ack.seen));
  return ack;
}

static void
check_ack (const char *seen, gsize expected_len)
{
  KhHelloAck ack = make_ack (seen);
  KhHelloAck back = { 0 };
  guint8 buf[KH_DATAGRAM_MAX];
  KhWriter writer = kh_writer_init (buf, sizeof buf);

  g_assert_true (kh_hello_ack_write (&writer, &ack));
  g_assert_cmpuint (writer.len, ==, expected_len);
  g_assert_cmpuint (writer.len, <=, KH_HELLO_SIZE);
  for (gsize len = 0; len < writer.len; len++)
    g_assert_false (kh_hello_ack_read (buf, len, &back));
  g_assert_false (kh_hello_ack_read (buf, writer.len + 1, &back));
  g_assert_true (kh_hello_ack_read (buf, writer.len, &back));
  g_assert_cmpuint (back.version_min, ==, 1);
  g_assert_cmpuint (back.version_max, ==, 2);
  g_assert_cmpuint (back.second_port, ==, 0x1234);
  g_assert_cmpmem (back.nonce, sizeof back.nonce, ack.nonce, sizeof ack.nonce);
  g_assert_cmpmem (back.cookie, sizeof back.cookie, ack.cookie, sizeof ack.cookie);
  g_assert_true (kh_key_equal (&back.server_key, &ack.server_key));
  g_assert_true (kh_addr_equal (&back.seen, &ack.seen));
}

static void
test_hello_ack (void)
{
  check_ack ("192.0.2.1", 76);
  check_ack ("2001:db8::1", 88);
}

static void
test_init (void)
{
  KhInit init = { .sender = 0x01020304, .noise = noise, .noise_len = sizeof noise };
  KhInit back;
  guint8 buf[64] = { 0 };
  KhWriter writer = kh_writer_init (buf, sizeof buf);

  memset (init.cookie, 0x44, sizeof init.cookie);
  g_assert_true (kh_init_write (&writer, &init));
  g_assert_cmpuint (writer.len, ==, 1 + 4 + 24 + 3);
  g_assert_cmpmem (buf, 5, ((guint8[]){ 0x22, 1, 2, 3, 4 }), 5);
  /* Without a single byte of Noise it is none. */
  for (gsize len = 0; len <= 29; len++)
    g_assert_false (kh_init_read (buf, len, &back));
  g_assert_true (kh_init_read (buf, writer.len, &back));
  g_assert_cmphex (back.sender, ==, 0x01020304);
  g_assert_cmpmem (back.cookie, sizeof back.cookie, init.cookie, sizeof init.cookie);
  g_assert_cmpmem (back.noise, back.noise_len, noise, sizeof noise);
}

static void
test_resp (void)
{
  KhResp resp = { .sender = 0x01020304, .receiver = 0x05060708, .noise = noise, .noise_len = 3 };
  KhResp back;
  guint8 buf[64] = { 0 };
  KhWriter writer = kh_writer_init (buf, sizeof buf);

  g_assert_true (kh_resp_write (&writer, &resp));
  g_assert_cmpuint (writer.len, ==, 12);
  g_assert_cmpmem (buf, 9, ((guint8[]){ 0x23, 1, 2, 3, 4, 5, 6, 7, 8 }), 9);
  for (gsize len = 0; len <= 9; len++)
    g_assert_false (kh_resp_read (buf, len, &back));
  g_assert_true (kh_resp_read (buf, writer.len, &back));
  g_assert_cmphex (back.sender, ==, 0x01020304);
  g_assert_cmphex (back.receiver, ==, 0x05060708);
  g_assert_cmpmem (back.noise, back.noise_len, noise, sizeof noise);
}

static void
test_sealed (void)
{
  KhSealed sealed = { .epoch = 7,
                      .receiver = 0x01020304,
                      .packet_number = G_GUINT64_CONSTANT (0x05060708090a0b0c) };
  static const guint8 expected[] = { 0x24, 7, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
  KhSealed back;
  guint8 buf[KH_SEALED_OVERHEAD] = { 0 };
  KhWriter writer = kh_writer_init (buf, sizeof buf);

  g_assert_true (kh_sealed_write (&writer, &sealed));
  g_assert_cmpmem (buf, writer.len, expected, sizeof expected);
  g_assert_cmpuint (writer.len, ==, KH_SEALED_HEADER_SIZE);
  for (gsize len = 0; len < KH_SEALED_OVERHEAD; len++)
    g_assert_false (kh_sealed_read (buf, len, &back));
  g_assert_true (kh_sealed_read (buf, KH_SEALED_OVERHEAD, &back));
  g_assert_cmpuint (back.epoch, ==, 7);
  g_assert_cmphex (back.receiver, ==, 0x01020304);
  g_assert_cmphex (back.packet_number, ==, sealed.packet_number);
}

static void
test_nothing_written_on_failure (void)
{
  KhHelloAck ack = make_ack ("192.0.2.1");
  KhHelloAck before = ack;
  guint8 buf[40];

  memset (buf, 0x21, sizeof buf);
  g_assert_false (kh_hello_ack_read (buf, sizeof buf, &ack));
  g_assert_cmpmem (&ack, sizeof ack, &before, sizeof before);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/datagram/types", test_types);
  g_test_add_func ("/wire/datagram/hello", test_hello);
  g_test_add_func ("/wire/datagram/hello-ack", test_hello_ack);
  g_test_add_func ("/wire/datagram/init", test_init);
  g_test_add_func ("/wire/datagram/resp", test_resp);
  g_test_add_func ("/wire/datagram/sealed", test_sealed);
  g_test_add_func ("/wire/datagram/nothing-written-on-failure", test_nothing_written_on_failure);
  return g_test_run ();
}
