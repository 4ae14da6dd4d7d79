/* test-addr.c: addresses: text both ways (RFC 4291, RFC 5952), classes, wire form */
#include "wire/addr.h"

#include <arpa/inet.h>
#include <string.h>

static KhAddr
parse (const char *text)
{
  KhAddr addr;

  if (!kh_addr_parse (text, 4430, &addr))
    g_error ("\"%s\" was refused", text);
  return addr;
}

static void
test_round_trips (void)
{
  static const char *const cases[][2] = {
    { "192.0.2.1", "192.0.2.1:4430" },
    { "192.0.2.1:1", "192.0.2.1:1" },
    { "0.0.0.0:0", "0.0.0.0:0" },
    { "255.255.255.255:65535", "255.255.255.255:65535" },
    { "::", "[::]:4430" },
    { "::1", "[::1]:4430" },
    { "[::1]", "[::1]:4430" },
    { "[2001:DB8::a]:99", "[2001:db8::a]:99" },
    { "2001:db8:0:0:0:0:2:1", "[2001:db8::2:1]:4430" },
    { "1::", "[1::]:4430" },
    { "1:2:3:4:5:6:7::", "[1:2:3:4:5:6:7:0]:4430" },
    { "::2:3:4:5:6:7:8", "[0:2:3:4:5:6:7:8]:4430" },
    { "0001:02:003:4:5:6:7:8", "[1:2:3:4:5:6:7:8]:4430" },
    { "64:ff9b::192.0.2.33", "[64:ff9b::c000:221]:4430" },
    { "1:2:3:4:5:6:1.2.3.4", "[1:2:3:4:5:6:102:304]:4430" },
    { "[fe80::1%3]:5", "[fe80::1%3]:5" },
    /* RFC 5952, 4.2.2 and 4.2.3: not one group alone; the longest run; the first of equals */
    { "2001:db8:0:1:1:1:1:1", "[2001:db8:0:1:1:1:1:1]:4430" },
    { "2001:0:0:1:0:0:0:1", "[2001:0:0:1::1]:4430" },
    { "2001:db8:0:0:1:0:0:1", "[2001:db8::1:0:0:1]:4430" },
    /* mapped ones do not exist */
    { "::ffff:192.0.2.7", "192.0.2.7:4430" },
    { "[::ffff:c000:207]:8", "192.0.2.7:8" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      KhAddr addr = parse (cases[i][0]);
      g_autofree char *text = kh_addr_to_string (&addr);
      KhAddr again;

      g_assert_cmpstr (text, ==, cases[i][1]);
      again = parse (text);
      g_assert_true (kh_addr_equal (&addr, &again));
      g_assert_cmpuint (kh_addr_hash (&addr), ==, kh_addr_hash (&again));
    }
}

static void
test_refusals (void)
{
  static const char *const cases[] = {
    "",
    " ",
    "a",
    "localhost",
    "1",
    "1.2.3",
    "1.2.3.",
    "1.2.3.4.",
    "1.2.3.4.5",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.04",
    "1.2..4",
    ".1.2.3",
    "1.2.3.4:",
    "1.2.3.4:65536",
    "1.2.3.4:-1",
    "1.2.3.4:1x",
    "1.2.3.4:99999999999",
    "+1.2.3.4",
    " 1.2.3.4",
    "1.2.3.4 ",
    ":",
    ":::",
    "1:2",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "::1:2:3:4:5:6:7:8",
    "12345::",
    "g::",
    "1:",
    ":1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:",
    "::1.2.3",
    "::1.2.3.4.5",
    "1:2:3:4:5:6:7:1.2.3.4",
    "[::1",
    "[::1]x",
    "[::1]:",
    "[::1]:65536",
    "[1.2.3.4]",
    "[]",
    "[]:1",
    "[%1]",
    "[fe80::1%]:1",
    "[fe80::1%x]:1",
    "[fe80::1%99999999999]:1",
    "]",
    "[",
    "::1]",
    "1::%",
    "::1%1",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      KhAddr addr = kh_addr_ipv4 (9, 9, 9, 9, 9);
      KhAddr before = addr;

      if (kh_addr_parse (cases[i], 4430, &addr))
        g_error ("\"%s\" was accepted", cases[i]);
      g_assert_true (kh_addr_equal (&addr, &before));
    }
}

/* Every text made of these pieces must be judged and read as the C library does it. */
static void
test_against_inet_pton (void)
{
  static const char *const pieces[] = { "::", ":", "0", "1", "ab", "ffff", "1.2.3.4", "12345" };
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (int i = 0; i < 200000; i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      int n = g_rand_int_range (rand, 1, 17);
      guint8 expected[16];
      KhAddr addr;
      gboolean is_address;

      for (int j = 0; j < n; j++)
        g_string_append (text, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
      g_string_prepend_c (text, '[');
      g_string_append_c (text, ']');
      text->str[text->len - 1] = '\0';
      is_address = inet_pton (AF_INET6, text->str + 1, expected) == 1;
      text->str[text->len - 1] = ']';
      if (kh_addr_parse (text->str, 1, &addr) != is_address)
        g_error ("%s: %s", text->str, is_address ? "refused" : "accepted");
      if (is_address && addr.family == KH_FAMILY_IPV6)
        g_assert_cmpmem (addr.ip, 16, expected, 16);
    }
}

static void
test_format_against_inet_ntop (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);

  for (int i = 0; i < 20000; i++)
    {
      KhAddr addr = { .family = KH_FAMILY_IPV6, .port = 1 };
      char expected[INET6_ADDRSTRLEN];
      g_autofree char *bracketed = NULL;
      char buf[KH_ADDR_STRING_MAX];

      for (int j = 0; j < 16; j += 2)
        if (g_rand_boolean (rand))
          addr.ip[j + g_rand_int_range (rand, 0, 2)] = (guint8) g_rand_int_range (rand, 0, 256);
      inet_ntop (AF_INET6, addr.ip, expected, sizeof expected);
      /* The C library writes the last 32 bits of the old "compatible" form with dots. */
      if (strchr (expected, '.') != NULL)
        continue;
      bracketed = g_strdup_printf ("[%s]:1", expected);
      g_assert_cmpstr (kh_addr_format (&addr, buf), ==, bracketed);
    }
}

static void
test_longest_text_fits (void)
{
  KhAddr addr = { .family = KH_FAMILY_IPV6, .port = 65535, .scope_id = G_MAXUINT32 };
  char buf[KH_ADDR_STRING_MAX];

  memset (addr.ip, 0xff, sizeof addr.ip);
  g_assert_cmpstr (kh_addr_format (&addr, buf), ==,
                   "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535");
  addr = (KhAddr){ 0 };
  g_assert_cmpstr (kh_addr_format (&addr, buf), ==, "(none)");
}

typedef struct
{
  const char *text;
  gboolean loopback, link_local, private, unicast;
} Class;

static void
test_classes (void)
{
  static const Class cases[] = {
    { "127.0.0.1", TRUE, FALSE, TRUE, TRUE },
    { "128.0.0.1", FALSE, FALSE, FALSE, TRUE },
    { "10.255.0.1", FALSE, FALSE, TRUE, TRUE },
    { "11.0.0.1", FALSE, FALSE, FALSE, TRUE },
    { "172.15.0.1", FALSE, FALSE, FALSE, TRUE },
    { "172.16.0.1", FALSE, FALSE, TRUE, TRUE },
    { "172.31.255.255", FALSE, FALSE, TRUE, TRUE },
    { "172.32.0.1", FALSE, FALSE, FALSE, TRUE },
    { "192.168.1.1", FALSE, FALSE, TRUE, TRUE },
    { "192.169.1.1", FALSE, FALSE, FALSE, TRUE },
    { "100.63.0.1", FALSE, FALSE, FALSE, TRUE },
    { "100.64.0.1", FALSE, FALSE, TRUE, TRUE },
    { "100.127.0.1", FALSE, FALSE, TRUE, TRUE },
    { "100.128.0.1", FALSE, FALSE, FALSE, TRUE },
    { "169.254.7.7", FALSE, TRUE, TRUE, TRUE },
    { "0.1.2.3", FALSE, FALSE, FALSE, FALSE },
    { "224.0.0.1", FALSE, FALSE, FALSE, FALSE },
    { "255.255.255.255", FALSE, FALSE, FALSE, FALSE },
    { "192.0.2.1:0", FALSE, FALSE, FALSE, FALSE },
    { "::1", TRUE, FALSE, TRUE, TRUE },
    { "::", FALSE, FALSE, FALSE, FALSE },
    { "ff02::1", FALSE, FALSE, FALSE, FALSE },
    { "fe80::1", FALSE, TRUE, TRUE, TRUE },
    { "febf::1", FALSE, TRUE, TRUE, TRUE },
    { "fec0::1", FALSE, FALSE, FALSE, TRUE },
    { "fc00::1", FALSE, FALSE, TRUE, TRUE },
    { "fdff::1", FALSE, FALSE, TRUE, TRUE },
    { "2001:db8::1", FALSE, FALSE, FALSE, TRUE },
  };
  KhAddr none = { 0 };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      KhAddr addr = parse (cases[i].text);

      g_test_message ("%s", cases[i].text);
      g_assert_cmpint (kh_addr_is_loopback (&addr), ==, cases[i].loopback);
      g_assert_cmpint (kh_addr_is_link_local (&addr), ==, cases[i].link_local);
      g_assert_cmpint (kh_addr_is_private (&addr), ==, cases[i].private);
      g_assert_cmpint (kh_addr_is_unicast (&addr), ==, cases[i].unicast);
    }
  g_assert_false (kh_addr_is_set (&none));
  g_assert_false (kh_addr_is_unicast (&none));
  g_assert_false (kh_addr_is_private (&none));
}

static void
test_equality (void)
{
  KhAddr a = parse ("192.0.2.1:1");
  KhAddr b = parse ("192.0.2.1:2");
  KhAddr link_1 = parse ("[fe80::1%1]:1");
  KhAddr link_2 = parse ("[fe80::1%2]:1");

  g_assert_false (kh_addr_equal (&a, &b));
  g_assert_true (kh_addr_equal_ip (&a, &b));
  g_assert_cmpuint (kh_addr_hash (&a), !=, kh_addr_hash (&b));
  /* The same link-local address on two interfaces is two hosts. */
  g_assert_false (kh_addr_equal (&link_1, &link_2));
  g_assert_true (kh_addr_equal_func (&a, &a));
}

static void
test_scope_only_on_link_local (void)
{
  KhAddr addr = parse ("[2001:db8::1%7]:1");

  g_assert_cmpuint (addr.scope_id, ==, 0);
  addr = parse ("[fe80::1%7]:1");
  g_assert_cmpuint (addr.scope_id, ==, 7);
}

static void
test_prefix (void)
{
  static const char *const cases[][2] = {
    { "192.0.2.1:77", "192.0.2.1:0" },
    { "2001:db8:1:2:3:4:5:6", "[2001:db8:1:2::]:0" },
    { "[fe80::1%2]:9", "[fe80::]:0" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      KhAddr addr = parse (cases[i][0]);
      KhAddr prefix = kh_addr_prefix (&addr);
      char buf[KH_ADDR_STRING_MAX];

      g_assert_cmpstr (kh_addr_format (&prefix, buf), ==, cases[i][1]);
    }
}

static void
test_wire_form (void)
{
  static const guint8 ipv4[] = { 4, 192, 0, 2, 1, 0x11, 0x4e };
  static const guint8 ipv6[] = { 6, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0,    0,   0,
                                 0, 0,    0,    0,    0,    0, 1, 0x11, 0x4e };
  static const struct
  {
    const char *text;
    const guint8 *bytes;
    gsize len;
  } cases[] = { { "192.0.2.1", ipv4, sizeof ipv4 }, { "2001:db8::1", ipv6, sizeof ipv6 } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      KhAddr addr = parse (cases[i].text);
      KhAddr back;
      guint8 buf[KH_ADDR_ENCODED_MAX];
      KhWriter writer = kh_writer_init (buf, sizeof buf);

      g_assert_true (kh_addr_write (&writer, &addr));
      g_assert_cmpmem (buf, writer.len, cases[i].bytes, cases[i].len);
      for (gsize len = 0; len <= writer.len; len++)
        {
          KhCursor cursor = kh_cursor_init (buf, len);

          g_assert_cmpint (kh_addr_read (&cursor, &back), ==, len == writer.len);
        }
      g_assert_true (kh_addr_equal (&addr, &back));
    }
}

static void
test_wire_form_refusals (void)
{
  guint8 bytes[KH_ADDR_ENCODED_MAX] = { 0 };
  guint8 buf[KH_ADDR_ENCODED_MAX];
  KhAddr addr = { 0 };
  KhWriter writer = kh_writer_init (buf, sizeof buf);

  for (int family = 0; family < 256; family++)
    {
      KhCursor cursor = kh_cursor_init (bytes, sizeof bytes);

      bytes[0] = (guint8) family;
      g_assert_cmpint (kh_addr_read (&cursor, &addr), ==, family == 4 || family == 6);
    }
  addr = (KhAddr){ 0 };
  g_assert_false (kh_addr_write (&writer, &addr));
  g_assert_true (writer.failed);
}

static void
test_wire_form_normalises (void)
{
  static const guint8 mapped[] = {
    6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1, 0, 9
  };
  KhCursor cursor = kh_cursor_init (mapped, sizeof mapped);
  KhAddr expected = parse ("192.0.2.1:9");
  KhAddr addr;

  g_assert_true (kh_addr_read (&cursor, &addr));
  g_assert_true (kh_addr_equal (&addr, &expected));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/addr/round-trips", test_round_trips);
  g_test_add_func ("/wire/addr/refusals", test_refusals);
  g_test_add_func ("/wire/addr/parse-against-inet-pton", test_against_inet_pton);
  g_test_add_func ("/wire/addr/format-against-inet-ntop", test_format_against_inet_ntop);
  g_test_add_func ("/wire/addr/longest-text-fits", test_longest_text_fits);
  g_test_add_func ("/wire/addr/classes", test_classes);
  g_test_add_func ("/wire/addr/equality", test_equality);
  g_test_add_func ("/wire/addr/scope-only-on-link-local", test_scope_only_on_link_local);
  g_test_add_func ("/wire/addr/prefix", test_prefix);
  g_test_add_func ("/wire/addr/wire-form", test_wire_form);
  g_test_add_func ("/wire/addr/wire-form-refusals", test_wire_form_refusals);
  g_test_add_func ("/wire/addr/wire-form-normalises", test_wire_form_normalises);
  return g_test_run ();
}
