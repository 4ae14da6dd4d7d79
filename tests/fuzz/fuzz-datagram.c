/* fuzz-datagram.c: any bytes as a datagram of the outer layer; what can be read can be written, and
 * is then read as the same */
#include <stdint.h>

#include "wire/datagram.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_hello (const guint8 *data, gsize len)
{
  guint8 buf[KH_HELLO_SIZE];
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  KhHello hello;

  if (!kh_hello_read (data, len, &hello))
    return;
  g_assert_true (kh_hello_write (&writer, &hello));
  g_assert_cmpmem (buf, 2 + KH_NONCE_SIZE, data, 2 + KH_NONCE_SIZE);
}

static void
check_hello_ack (const guint8 *data, gsize len)
{
  guint8 buf[KH_HELLO_SIZE];
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  KhHelloAck ack;
  KhHelloAck again;

  if (!kh_hello_ack_read (data, len, &ack))
    return;
  g_assert_cmpuint (len, <=, KH_HELLO_SIZE);
  g_assert_true (kh_hello_ack_write (&writer, &ack));
  /* A mapped address becomes IPv4, and then shorter. */
  g_assert_cmpuint (writer.len, <=, len);
  g_assert_true (kh_hello_ack_read (buf, writer.len, &again));
  g_assert_true (kh_addr_equal (&ack.seen, &again.seen));
  g_assert_cmpuint (ack.second_port, ==, again.second_port);
}

static void
check_init (const guint8 *data, gsize len)
{
  g_autofree guint8 *buf = g_malloc (len + 1);
  KhWriter writer = kh_writer_init (buf, len);
  KhInit init;

  if (!kh_init_read (data, len, &init))
    return;
  g_assert_true (kh_init_write (&writer, &init));
  g_assert_cmpmem (buf, writer.len, data, len);
}

static void
check_resp (const guint8 *data, gsize len)
{
  g_autofree guint8 *buf = g_malloc (len + 1);
  KhWriter writer = kh_writer_init (buf, len);
  KhResp resp;

  if (!kh_resp_read (data, len, &resp))
    return;
  g_assert_true (kh_resp_write (&writer, &resp));
  g_assert_cmpmem (buf, writer.len, data, len);
}

static void
check_sealed (const guint8 *data, gsize len)
{
  guint8 buf[KH_SEALED_HEADER_SIZE];
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  KhSealed sealed;

  if (!kh_sealed_read (data, len, &sealed))
    return;
  g_assert_cmpuint (len, >=, KH_SEALED_OVERHEAD);
  g_assert_true (kh_sealed_write (&writer, &sealed));
  g_assert_cmpmem (buf, writer.len, data, KH_SEALED_HEADER_SIZE);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  KhDatagramType type;

  /* All of them, since each must refuse the others' first byte. */
  check_hello (data, size);
  check_hello_ack (data, size);
  check_init (data, size);
  check_resp (data, size);
  check_sealed (data, size);
  if (kh_datagram_type (data, size, &type))
    g_assert_cmpuint (type, ==, data[0]);
  return 0;
}
