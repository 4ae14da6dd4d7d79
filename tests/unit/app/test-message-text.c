/* What there is in a peer's text: links, their hosts, and emoji (src/app/message-text.h). */
#include "app/message-text.h"

#include <string.h>

static void
assert_links (const char *text, const char *first, const char *second)
{
  const char *const expected[] = { first, second };
  gsize done = 0, start, end;

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree char *link = NULL;

      if (expected[i] == NULL)
        {
          g_assert_false (kh_message_text_find_link (text, done, &start, &end));
          return;
        }
      g_assert_true (kh_message_text_find_link (text, done, &start, &end));
      link = g_strndup (text + start, end - start);
      g_assert_cmpstr (link, ==, expected[i]);
      done = end;
    }
}

static void
test_links (void)
{
  assert_links ("", NULL, NULL);
  assert_links ("nothing to see", NULL, NULL);
  assert_links ("see https://example.org/a?b=c#d.", "https://example.org/a?b=c#d", NULL);
  assert_links ("HTTP://Example.org, www.example.org!", "HTTP://Example.org", "www.example.org");
  assert_links ("(https://example.org/a_(b))", "https://example.org/a_(b)", NULL);
  assert_links ("<https://example.org>", "https://example.org", NULL);
  assert_links ("“https://example.org/ä”", "https://example.org/ä", NULL);
  assert_links ("xhttps://example.org", NULL, NULL);
  assert_links ("https:// http://", NULL, NULL);
  assert_links ("www.nothing www.", NULL, NULL);
  assert_links ("javascript:alert(1) file:///etc/passwd data:text/html,x", NULL, NULL);
  assert_links ("שלום https://example.org/שלום", "https://example.org/שלום", NULL);
  assert_links ("knothole:", NULL, NULL);
  assert_links ("knothole:k3f97dqxm2p8k3f97dqxm2p8k3f9@h.example",
                "knothole:k3f97dqxm2p8k3f97dqxm2p8k3f9@h.example", NULL);
  /* A right-to-left override ends it, so that the address reads as it is. */
  assert_links ("https://example.org/\u202Egpj.exe", "https://example.org/", NULL);
}

static void
test_long_link (void)
{
  g_autofree char *path = g_strnfill (KH_LINK_MAX, 'a');
  g_autofree char *text = g_strconcat ("https://example.org/", path, NULL);
  gsize start, end;

  g_assert_false (kh_message_text_find_link (text, 0, &start, &end));
  text[KH_LINK_MAX] = '\0';
  g_assert_true (kh_message_text_find_link (text, 0, &start, &end));
  g_assert_cmpuint (end, ==, KH_LINK_MAX);
}

static void
test_host (void)
{
  static const struct
  {
    const char *uri, *host;
  } cases[] = {
    { "https://example.org/a", "example.org" },
    { "https://www.bank.example@evil.example/login", "evil.example" },
    { "https://www.bank.example:443@evil.example:8443/", "evil.example" },
    { "https://bank.example%2F@evil.example/", "evil.example" },
    { "https://\u0430pple.com/", "xn--pple-43d.com" },
    { "https://[2001:db8::1]/", "2001:db8::1" },
    { "https:///path", NULL },
    { "mailto:ada@example.org", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *host = kh_message_text_uri_host (cases[i].uri);

      g_assert_cmpstr (host, ==, cases[i].host);
    }
}

static void
on_text (GMarkupParseContext *context, const char *text, gsize len, gpointer data, GError **error)
{
  g_string_append_len (data, text, (gssize) len);
}

/* Whatever the text is, the markup is that of links alone, and its text the same. */
static void
test_markup (void)
{
  static const char *const texts[] = {
    "<b>bold</b> & https://example.org/?a=1&b='\"<i> after",
    "https://example.org/'onclick='x </a><a href=\"https://evil.example\">x</a>",
    "\x01\x02 www.example.org \x1f &amp; &#1;",
    "www.example.org\u202Ewww.example.com",
  };
  const GMarkupParser parser = { .text = on_text };

  g_assert_null (kh_message_text_to_markup ("no <b>link</b>"));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *markup = kh_message_text_to_markup (texts[i]);
      g_autofree char *document = g_strconcat ("<t>", markup, "</t>", NULL);
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&parser, 0, text, NULL);

      g_assert_true (g_markup_parse_context_parse (context, document, -1, NULL));
      g_assert_true (g_markup_parse_context_end_parse (context, NULL));
      g_assert_cmpstr (text->str, ==, texts[i]);
      g_assert_null (strstr (markup, "<b>"));
      g_assert_null (strstr (markup, "<i>"));
    }
}

static void
test_many_links (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *markup = NULL;
  guint n = 0;

  for (guint i = 0; i < KH_LINKS_MAX + 10; i++)
    g_string_append (text, "www.example.org ");
  markup = kh_message_text_to_markup (text->str);
  for (const char *p = markup; (p = strstr (p, "<a ")) != NULL; p++)
    n++;
  g_assert_cmpuint (n, ==, KH_LINKS_MAX);
}

static void
test_emoji (void)
{
  static const char *const alone[] = {
    "👍",
    "👍🏽",
    "❤️",
    "🇩🇪",
    "👨‍👩‍👧‍👦",
    "😀 😀",
    "☕",
    "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "🎉🎉🎉🎉🎉🎉🎉🎉",
  };
  static const char *const not_alone[] = {
    "", " ", "a", "👍 ok", "1", "❤", "→", "🇩", "\u200D", "🎉🎉🎉🎉🎉🎉🎉🎉🎉",
  };

  for (guint i = 0; i < G_N_ELEMENTS (alone); i++)
    g_assert_true (kh_message_text_is_emoji (alone[i]));
  for (guint i = 0; i < G_N_ELEMENTS (not_alone); i++)
    g_assert_false (kh_message_text_is_emoji (not_alone[i]));
}

static void
test_line (void)
{
  g_autofree char *one = kh_message_text_dup_line ("a\nb\tc\u2028d", 10);
  g_autofree char *turned = kh_message_text_dup_line ("\u202Eabc\u2069\u200F", 10);
  g_autofree char *cut = kh_message_text_dup_line ("äöüß", 3);
  g_autofree char *whole = kh_message_text_dup_line ("äöü", 3);

  g_assert_cmpstr (one, ==, "a b c d");
  g_assert_cmpstr (turned, ==, "abc");
  g_assert_cmpstr (cut, ==, "äöü…");
  g_assert_cmpstr (whole, ==, "äöü");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/message-text/links", test_links);
  g_test_add_func ("/message-text/long-link", test_long_link);
  g_test_add_func ("/message-text/host", test_host);
  g_test_add_func ("/message-text/markup", test_markup);
  g_test_add_func ("/message-text/many-links", test_many_links);
  g_test_add_func ("/message-text/emoji", test_emoji);
  g_test_add_func ("/message-text/line", test_line);
  return g_test_run ();
}
