/* test-server-name.c: what may stand in the server field, and what each refusal says */
#include "crypto/server-name.h"

#include <string.h>

static const struct
{
  const char *text;
  const char *host;
  guint16 port;
  const char *formatted;
} good[] = {
  { "example.org", "example.org", 4430, "example.org" },
  { "  Example.ORG:99\n", "example.org", 99, "example.org:99" },
  { "example.org.", "example.org.", 4430, "example.org." },
  { "localhost", "localhost", 4430, "localhost" },
  { "my_box", "my_box", 4430, "my_box" },
  { "4430.example", "4430.example", 4430, "4430.example" },
  { "192.0.2.1", "192.0.2.1", 4430, "192.0.2.1" },
  { "192.0.2.1:1", "192.0.2.1", 1, "192.0.2.1:1" },
  { "[2001:db8::1]", "2001:db8::1", 4430, "[2001:db8::1]" },
  { "[2001:db8::1]:65535", "2001:db8::1", 65535, "[2001:db8::1]:65535" },
  { "2001:db8::1", "2001:db8::1", 4430, "[2001:db8::1]" },
  { "::1", "::1", 4430, "[::1]" },
  { "bücher.example", "xn--bcher-kva.example", 4430, "xn--bcher-kva.example" },
};

static const struct
{
  const char *text;
  KhServerNameError error;
} bad[] = {
  { "", KH_SERVER_NAME_EMPTY },
  { " \t\n", KH_SERVER_NAME_EMPTY },
  { ":4430", KH_SERVER_NAME_EMPTY },
  { "two words", KH_SERVER_NAME_SPACE },
  { "example.org :1", KH_SERVER_NAME_SPACE },
  { "example.org:", KH_SERVER_NAME_BAD_PORT },
  { "example.org:0", KH_SERVER_NAME_BAD_PORT },
  { "example.org:65536", KH_SERVER_NAME_BAD_PORT },
  { "example.org:000001", KH_SERVER_NAME_BAD_PORT },
  { "example.org:-1", KH_SERVER_NAME_BAD_PORT },
  { "example.org:http", KH_SERVER_NAME_BAD_PORT },
  { "[::1]:", KH_SERVER_NAME_BAD_PORT },
  { "[::1]:x", KH_SERVER_NAME_BAD_PORT },
  { "https://example.org", KH_SERVER_NAME_BAD_CHARACTER },
  { "https://example.org:1", KH_SERVER_NAME_BAD_CHARACTER },
  { "example.org/", KH_SERVER_NAME_BAD_CHARACTER },
  { "me@example.org", KH_SERVER_NAME_BAD_CHARACTER },
  { "exam%70le.org", KH_SERVER_NAME_BAD_CHARACTER },
  { "\xff\xfe", KH_SERVER_NAME_BAD_CHARACTER },
  { "\xcd\x8f", KH_SERVER_NAME_BAD_CHARACTER }, /* nothing is left of it in ASCII */
  { "[::1", KH_SERVER_NAME_BAD_BRACKET },
  { "::1]", KH_SERVER_NAME_BAD_BRACKET },
  { "[::1]4430", KH_SERVER_NAME_BAD_BRACKET },
  { "x[::1]", KH_SERVER_NAME_BAD_BRACKET },
  { "[", KH_SERVER_NAME_BAD_BRACKET },
  { "]", KH_SERVER_NAME_BAD_BRACKET },
  { "[]", KH_SERVER_NAME_BAD_ADDRESS },
  { "[[::1]]", KH_SERVER_NAME_BAD_BRACKET },
  { "[example.org]", KH_SERVER_NAME_BAD_ADDRESS },
  { "[192.0.2.1]", KH_SERVER_NAME_BAD_ADDRESS },
  { "2001:db8::1::2", KH_SERVER_NAME_BAD_ADDRESS },
  { "2001:db8", KH_SERVER_NAME_BAD_PORT },
  { "192.0.2", KH_SERVER_NAME_BAD_ADDRESS },
  { "192.0.2.256", KH_SERVER_NAME_BAD_ADDRESS },
  { "192.0.2.1.5", KH_SERVER_NAME_BAD_ADDRESS },
  { "12", KH_SERVER_NAME_BAD_ADDRESS },
  { ".example.org", KH_SERVER_NAME_BAD_NAME },
  { "example..org", KH_SERVER_NAME_BAD_NAME },
  { "-example.org", KH_SERVER_NAME_BAD_NAME },
  { "example-.org", KH_SERVER_NAME_BAD_NAME },
  { ".", KH_SERVER_NAME_BAD_NAME },
};

static void
test_good (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      KhServerName name, again;
      char text[KH_SERVER_NAME_STRING_MAX];

      g_test_message ("%s", good[i].text);
      g_assert_true (kh_server_name_parse (good[i].text, &name, NULL));
      g_assert_cmpstr (name.host, ==, good[i].host);
      g_assert_cmpuint (name.port, ==, good[i].port);
      g_assert_cmpstr (kh_server_name_format (&name, text), ==, good[i].formatted);
      g_assert_true (kh_server_name_parse (text, &again, NULL));
      g_assert_cmpmem (&again, sizeof again, &name, sizeof name);
    }
}

static void
test_bad (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *escaped = g_strescape (bad[i].text, NULL);
      KhServerNameError error = 99;

      g_test_message ("%s", escaped);
      g_assert_false (kh_server_name_parse (bad[i].text, NULL, &error));
      g_assert_cmpint (error, ==, bad[i].error);
      g_assert_false (kh_server_name_parse (bad[i].text, NULL, NULL));
      g_assert_nonnull (kh_server_name_error_to_string (error));
    }
}

static void
test_lengths (void)
{
  g_autoptr (GString) name = g_string_new (NULL);
  g_autofree char *label = g_strnfill (63, 'a');
  g_autofree char *huge = g_strnfill (100000, 'a');
  KhServerNameError error;

  g_string_append_printf (name, "%s.%s.%s.", label, label, label);
  g_string_append_len (name, label, 61);
  g_assert_cmpuint (name->len, ==, KH_HOST_MAX);
  g_assert_true (kh_server_name_parse (name->str, NULL, NULL));
  g_string_append_c (name, 'a');
  g_assert_false (kh_server_name_parse (name->str, NULL, &error));
  g_assert_cmpint (error, ==, KH_SERVER_NAME_TOO_LONG);
  g_assert_false (kh_server_name_parse (huge, NULL, &error));
  g_assert_cmpint (error, ==, KH_SERVER_NAME_TOO_LONG);
  huge[64] = '\0';
  g_assert_false (kh_server_name_parse (huge, NULL, &error));
  g_assert_cmpint (error, ==, KH_SERVER_NAME_BAD_NAME);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server-name/good", test_good);
  g_test_add_func ("/server-name/bad", test_bad);
  g_test_add_func ("/server-name/lengths", test_lengths);
  return g_test_run ();
}
