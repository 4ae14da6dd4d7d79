/* test-stun.c: STUN Binding against the RFCs and the vectors of RFC 5769 */
#include "wire/stun-client.h"

#include <string.h>

/* RFC 5769, 2.1: from an ICE agent, with SOFTWARE, PRIORITY, USERNAME, integrity, fingerprint. */
static const guint8 ice[] = {
  0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
  0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73,
  0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff,
  0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09,
  0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14,
  0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49,
  0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf,
};
#define ICE_ID 4
#define ICE_SOFTWARE 20
#define ICE_PRIORITY 40

static const guint8 bare[20] = { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3 };

static KhAddr
parse (const char *text)
{
  KhAddr addr;

  g_assert_true (kh_addr_parse (text, 0, &addr));
  return addr;
}

/* A bare request and one attribute of @len bytes. */
static gsize
with_attribute (guint8 *buf, guint16 type, const void *value, guint16 len)
{
  KhWriter writer = kh_writer_init (buf, 128);

  kh_writer_bytes (&writer, bare, sizeof bare);
  kh_writer_u16 (&writer, type);
  kh_writer_u16 (&writer, len);
  kh_writer_bytes (&writer, value, len);
  kh_writer_zeros (&writer, -len & 3u);
  buf[3] = (guint8) (writer.len - 20);
  return writer.len;
}

/* (nullable): the value of attribute @type in a well-formed message. */
static const guint8 *
find (const guint8 *message, gsize len, guint16 type, gsize *ret_len)
{
  KhCursor cursor = kh_cursor_init (message, len);

  kh_cursor_skip (&cursor, 20);
  while (kh_cursor_left (&cursor) > 0)
    {
      const guint8 *value = NULL;
      guint16 found = 0, size = 0;

      g_assert_true (kh_cursor_u16 (&cursor, &found) && kh_cursor_u16 (&cursor, &size) &&
                     kh_cursor_view (&cursor, size, &value) &&
                     kh_cursor_skip (&cursor, -size & 3u));
      if (found != type)
        continue;
      *ret_len = size;
      return value;
    }
  return NULL;
}

static void
assert_attribute (const guint8 *message, gsize len, guint16 type, const char *hex)
{
  gsize size = 0;
  const guint8 *value = find (message, len, type, &size);
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; value != NULL && i < size; i++)
    g_string_append_printf (text, "%02x", value[i]);
  g_assert_cmpstr (value != NULL ? text->str : "absent", ==, hex);
}

static void
test_bare (void)
{
  KhStunRequest request;

  g_assert_true (kh_stun_request_read (bare, sizeof bare, &request));
  g_assert_cmpmem (request.id, KH_STUN_ID_SIZE, bare + 4, 16);
  g_assert_false (request.is_classic);
  g_assert_false (request.has_fingerprint);
  g_assert_cmpuint (request.change, ==, KH_STUN_CHANGE_NONE);
  g_assert_cmpuint (request.n_unknown, ==, 0);
  for (gsize len = 0; len < sizeof bare; len++)
    g_assert_false (kh_stun_request_read (bare, len, &request));
}

static void
test_vector (void)
{
  KhStunRequest request;

  g_assert_true (kh_stun_request_read (ice, sizeof ice, &request));
  g_assert_true (request.has_fingerprint);
  g_assert_true (request.has_software);
  /* PRIORITY is ICE's and must be understood there. */
  g_assert_cmpuint (request.n_unknown, ==, 1);
  g_assert_cmphex (request.unknown[0], ==, 0x0024);
}

static void
test_fingerprint_guards_each_bit (void)
{
  KhStunRequest request;

  for (gsize bit = 0; bit < 8 * sizeof ice; bit++)
    {
      guint8 copy[sizeof ice];

      memcpy (copy, ice, sizeof copy);
      copy[bit / 8] ^= (guint8) (1 << bit % 8);
      /* A few hide the fingerprint in another attribute, which is then like none. */
      g_assert_false (kh_stun_request_read (copy, sizeof copy, &request) &&
                      request.has_fingerprint);
    }
}

static void
test_change_request (void)
{
  static const guint8 values[] = { 0, KH_STUN_CHANGE_PORT, KH_STUN_CHANGE_IP, 6 };
  KhStunRequest request;
  guint8 buf[128];

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      guint8 value[4] = { 0xff, 0, 0, values[i] };
      gsize len = with_attribute (buf, 0x0003, value, 4);

      g_assert_true (kh_stun_request_read (buf, len, &request));
      g_assert_cmphex (request.change, ==, values[i]);
      g_assert_cmpuint (request.n_unknown, ==, 0);
    }
  g_assert_false (kh_stun_request_read (buf, with_attribute (buf, 0x0003, "ab", 2), &request));
}

static void
test_response_port (void)
{
  KhStunRequest request;
  guint8 buf[128];
  guint8 id[KH_STUN_ID_SIZE] = { [15] = 9 };
  KhWriter writer = kh_writer_init (buf, sizeof buf);

  g_assert_true (kh_stun_request_write_to_port (&writer, id, 0xabcd));
  g_assert_cmpuint (writer.len, ==, KH_STUN_REQUEST_SIZE);
  g_assert_true (kh_stun_request_read (buf, writer.len, &request));
  g_assert_cmphex (request.response_port, ==, 0xabcd);
  g_assert_cmpuint (request.n_unknown, ==, 0);
  g_assert_cmpmem (request.id, sizeof id, id, sizeof id);
  g_assert_false (kh_stun_request_read (buf, with_attribute (buf, 0x0027, "a", 1), &request));
}

static void
test_unknown_attributes (void)
{
  KhStunRequest request;
  guint8 buf[128];

  for (guint type = 0; type <= 0xffff; type++)
    {
      gboolean known =
          type >= 0x8000 || (type != 0 && strchr ("\x06\x08\x14\x15\x1c\x1e\x27", (int) type));

      if (type == 0x0003 || type == 0x8028)
        continue;
      g_assert_true (
          kh_stun_request_read (buf, with_attribute (buf, (guint16) type, "abc", 3), &request));
      if (type > 0xff && type < 0x8000)
        known = FALSE;
      g_assert_cmpuint (request.n_unknown, ==, !known);
    }
}

static void
test_malformed (void)
{
  static const guint8 types[][2] = {
    { 0x00, 0x11 }, { 0x01, 0x01 }, { 0x01, 0x11 }, { 0x00, 0x03 }
  };
  KhStunRequest request;
  guint8 buf[128];
  gsize len;

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      memcpy (buf, bare, sizeof bare);
      memcpy (buf, types[i], 2);
      g_assert_false (kh_stun_request_read (buf, sizeof bare, &request));
    }
  len = with_attribute (buf, 0x8022, "abcd", 4);
  g_assert_true (kh_stun_request_read (buf, len, &request));
  /* An attribute longer than the message, a length that says too much or too little. */
  buf[23] = 5;
  g_assert_false (kh_stun_request_read (buf, len, &request));
  buf[23] = 4;
  buf[3]++;
  g_assert_false (kh_stun_request_read (buf, len, &request));
  buf[3] -= 2;
  g_assert_false (kh_stun_request_read (buf, len, &request));
}

static void
test_is_stun (void)
{
  guint8 buf[20] = { 0 };

  for (guint first = 0; first < 256; first++)
    {
      buf[0] = (guint8) first;
      g_assert_cmpint (kh_stun_is (buf, sizeof buf), ==, first <= 1);
    }
  buf[0] = 0;
  g_assert_false (kh_stun_is (buf, 19));
  g_assert_false (kh_stun_is (buf, 0));
}

static void
test_answer (void)
{
  KhStunAnswer answer = { .mapped = parse ("192.0.2.1:32853"),
                          .origin = parse ("198.51.100.1:4430"),
                          .other = parse ("198.51.100.2:4431") };
  guint8 buf[KH_STUN_ANSWER_MAX];
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  KhStunRequest request;

  g_assert_true (kh_stun_request_read (ice, sizeof ice, &request));
  request.n_unknown = 0;
  g_assert_true (kh_stun_answer_write (&writer, &request, &answer));
  g_assert_cmphex (buf[0] << 8 | buf[1], ==, 0x0101);
  g_assert_cmpuint (buf[2] << 8 | buf[3], ==, writer.len - 20);
  g_assert_cmpmem (buf + 4, 16, ice + ICE_ID, 16);
  /* RFC 5769, 2.2 */
  assert_attribute (buf, writer.len, 0x0020, "0001a147e112a643");
  assert_attribute (buf, writer.len, 0x802b, "0001114ec6336401");
  assert_attribute (buf, writer.len, 0x802c, "0001114fc6336402");
  assert_attribute (buf, writer.len, 0x8022, "4b6e6f74686f6c65");
  assert_attribute (buf, writer.len, 0x0001, "absent");
  /* Its own fingerprint is right: as a request it would be read. */
  buf[0] = 0;
  g_assert_false (kh_stun_request_read (buf, writer.len, &request));
  assert_attribute (ice, sizeof ice, 0x8028, "e57a3bcf");
  g_assert_nonnull (find (buf, writer.len, 0x8028, &(gsize){ 0 }));
}

/* RFC 5769, 2.3 */
static void
test_answer_ipv6 (void)
{
  KhStunAnswer answer = { .mapped = parse ("[2001:db8:1234:5678:11:2233:4455:6677]:32853") };
  guint8 buf[KH_STUN_ANSWER_MAX];
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  KhStunRequest request;

  g_assert_true (kh_stun_request_read (ice, sizeof ice, &request));
  request.n_unknown = 0;
  request.has_software = request.has_fingerprint = FALSE;
  g_assert_true (kh_stun_answer_write (&writer, &request, &answer));
  assert_attribute (buf, writer.len, 0x0020, "0002a1470113a9faa5d3f179bc25f4b5bed2b9d9");
  g_assert_cmpuint (writer.len, ==, 20 + 24);
}

static void
test_answer_classic (void)
{
  KhStunAnswer answer = { .mapped = parse ("192.0.2.1:32853"),
                          .origin = parse ("198.51.100.1:4430"),
                          .other = parse ("198.51.100.2:4431") };
  guint8 buf[KH_STUN_ANSWER_MAX];
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  guint8 classic[sizeof bare];
  KhStunRequest request;

  memcpy (classic, bare, sizeof bare);
  classic[4] ^= 1;
  g_assert_true (kh_stun_request_read (classic, sizeof classic, &request));
  g_assert_true (request.is_classic);
  g_assert_true (kh_stun_answer_write (&writer, &request, &answer));
  assert_attribute (buf, writer.len, 0x0001, "00018055c0000201");
  assert_attribute (buf, writer.len, 0x0004, "0001114ec6336401");
  assert_attribute (buf, writer.len, 0x0005, "0001114fc6336402");
  assert_attribute (buf, writer.len, 0x0020, "absent");
}

static void
test_refusal (void)
{
  KhStunAnswer answer = { .mapped = parse ("192.0.2.1:32853") };
  guint8 buf[KH_STUN_ANSWER_MAX];
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  KhStunRequest request;

  g_assert_true (kh_stun_request_read (bare, sizeof bare, &request));
  kh_stun_request_refuse_change (&request);
  kh_stun_request_refuse_change (&request);
  g_assert_cmpuint (request.n_unknown, ==, 1);
  g_assert_true (kh_stun_answer_write (&writer, &request, &answer));
  g_assert_cmphex (buf[0] << 8 | buf[1], ==, 0x0111);
  assert_attribute (buf, writer.len, 0x000a, "00030003");
  assert_attribute (buf, writer.len, 0x0009, "00000414556e6b6e6f776e20417474726962757465202020");
  assert_attribute (buf, writer.len, 0x0020, "absent");
}

/* The longest of each kind fits, and not one byte more is needed. */
static void
test_longest (void)
{
  KhAddr addr = parse ("[2001:db8::1]:4430");
  KhStunAnswer answer = { .mapped = addr, .origin = addr, .other = addr };
  KhStunRequest request = { .has_fingerprint = TRUE, .has_software = TRUE };
  guint8 buf[KH_STUN_ANSWER_MAX];
  KhWriter writer = kh_writer_init (buf, sizeof buf);

  g_assert_true (kh_stun_answer_write (&writer, &request, &answer));
  g_assert_cmpuint (writer.len, ==, KH_STUN_ANSWER_MAX);
  writer = kh_writer_init (buf, sizeof buf - 1);
  g_assert_false (kh_stun_answer_write (&writer, &request, &answer));
  request.n_unknown = KH_STUN_UNKNOWN_MAX;
  writer = kh_writer_init (buf, sizeof buf);
  g_assert_true (kh_stun_answer_write (&writer, &request, &answer));
}

/* What our own client asks is what the server understands, and the other way round. */
static void
test_client (void)
{
  guint8 id[KH_STUN_ID_SIZE] = { 0, 0, 0, 0, 1, 2, 3, 4, 5 };
  guint8 buf[KH_STUN_ANSWER_MAX];
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  const KhStunAnswer answer = { .mapped = parse ("192.0.2.1:4000") };
  KhStunRequest request;
  gboolean success = FALSE;

  g_assert_true (kh_stun_request_write (&writer, id, KH_STUN_CHANGE_PORT));
  g_assert_cmpuint (writer.len, ==, KH_STUN_REQUEST_SIZE);
  g_assert_true (kh_stun_request_read (buf, writer.len, &request));
  g_assert_cmpuint (request.change, ==, KH_STUN_CHANGE_PORT);
  g_assert_false (request.is_classic);

  writer = kh_writer_init (buf, sizeof buf);
  g_assert_true (kh_stun_answer_write (&writer, &request, &answer));
  g_assert_true (kh_stun_answer_read (buf, writer.len, id, &success));
  g_assert_true (success);
  g_assert_false (kh_stun_answer_read (buf, writer.len - 1, id, &success));
  id[15] ^= 1;
  g_assert_false (kh_stun_answer_read (buf, writer.len, id, &success));

  kh_stun_request_refuse_change (&request);
  writer = kh_writer_init (buf, sizeof buf);
  g_assert_true (kh_stun_answer_write (&writer, &request, &answer));
  id[15] ^= 1;
  g_assert_true (kh_stun_answer_read (buf, writer.len, id, &success));
  g_assert_false (success);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/stun/bare", test_bare);
  g_test_add_func ("/wire/stun/vector", test_vector);
  g_test_add_func ("/wire/stun/fingerprint", test_fingerprint_guards_each_bit);
  g_test_add_func ("/wire/stun/change-request", test_change_request);
  g_test_add_func ("/wire/stun/response-port", test_response_port);
  g_test_add_func ("/wire/stun/unknown-attributes", test_unknown_attributes);
  g_test_add_func ("/wire/stun/malformed", test_malformed);
  g_test_add_func ("/wire/stun/is-stun", test_is_stun);
  g_test_add_func ("/wire/stun/answer", test_answer);
  g_test_add_func ("/wire/stun/answer-ipv6", test_answer_ipv6);
  g_test_add_func ("/wire/stun/answer-classic", test_answer_classic);
  g_test_add_func ("/wire/stun/refusal", test_refusal);
  g_test_add_func ("/wire/stun/longest", test_longest);
  g_test_add_func ("/wire/stun/client", test_client);
  return g_test_run ();
}
