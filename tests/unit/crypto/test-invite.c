/* test-invite.c: invite links, written, read back, and refused with the right reason */
#include "crypto/invite.h"

#include "hex.h"

#define KEY_TEXT "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define TOKEN_TEXT "_-7dzLuqmYh3ZlVEMyIRAA"

static char id_text[KH_PEER_ID_STRING_MAX];
static KhPeerId id;

static KhInvite
make_invite (gboolean has_key, gboolean has_token)
{
  KhInvite invite = { .peer_id = id, .has_server_key = has_key, .has_token = has_token };

  g_assert_true (kh_server_name_parse ("example.org:99", &invite.server, NULL));
  for (guint8 i = 0; has_key && i < KH_KEY_SIZE; i++)
    invite.server_key.bytes[i] = i;
  for (guint8 i = 0; has_token && i < KH_INVITE_TOKEN_SIZE; i++)
    invite.token[i] = (guint8) (0xff - 0x11 * i);
  return invite;
}

static void
assert_same (const char *text, const KhInvite *expected)
{
  KhInvite invite;

  g_autofree char *escaped = g_strescape (text, NULL);

  g_test_message ("%s", escaped);
  g_assert_true (kh_invite_is_link (text));
  g_assert_true (kh_invite_parse (text, &invite, NULL));
  g_assert_cmpmem (&invite, sizeof invite, expected, sizeof *expected);
}

static void
test_format (void)
{
  for (int i = 0; i < 4; i++)
    {
      KhInvite invite = make_invite ((i & 1) != 0, (i & 2) != 0);
      g_autofree char *text = kh_invite_format (&invite);
      g_autofree char *expected =
          g_strdup_printf ("knothole:%s@example.org:99%s%s%s%s", id_text, i == 0 ? "" : "?",
                           i & 1 ? "key=" KEY_TEXT : "", i == 3 ? "&" : "",
                           i & 2 ? "token=" TOKEN_TEXT : "");

      g_assert_cmpstr (text, ==, expected);
      assert_same (text, &invite);
    }
}

/* (transfer full): @pattern with the peer ID in place of "ID". */
static char *
link_of (const char *pattern)
{
  g_auto (GStrv) parts = g_strsplit (pattern, "ID", 2);

  return g_strjoinv (id_text, parts);
}

static void
test_forgiving (void)
{
  static const char *const writings[] = {
    "  KNOTHOLE:ID@Example.org:99?key=" KEY_TEXT "&token=" TOKEN_TEXT "\n",
    "knothole://ID@example.org:99/?token=" TOKEN_TEXT "&key=" KEY_TEXT "#part",
    "knothole:ID@example.org:99?x=y&key=" KEY_TEXT "=&flag&token=" TOKEN_TEXT "==&&=",
    "knothole:ID%20@example%2Eorg%3a99?%6bey=" KEY_TEXT "&token=" TOKEN_TEXT,
    "knothole:ID@example.org:99?token=" TOKEN_TEXT
    "&key=000102030405060708090A0B0C0D0E0F101112131415161718191a1b1c1d1e1f",
  };
  KhInvite invite = make_invite (TRUE, TRUE);

  for (guint i = 0; i < G_N_ELEMENTS (writings); i++)
    {
      g_autofree char *text = link_of (writings[i]);

      assert_same (text, &invite);
    }
}

static void
test_ipv6 (void)
{
  KhInvite invite = make_invite (FALSE, TRUE), parsed;
  g_autofree char *text = NULL;

  g_assert_true (kh_server_name_parse ("[2001:db8::1]:99", &invite.server, NULL));
  text = kh_invite_format (&invite);
  g_assert_nonnull (strstr (text, "@[2001:db8::1]:99?"));
  assert_same (text, &invite);
  g_assert_false (kh_invite_parse ("knothole:", &parsed, NULL));
}

static const struct
{
  const char *text;
  KhInviteErrorKind kind;
} bad[] = {
  { "", KH_INVITE_NOT_AN_INVITE },
  { "knothol", KH_INVITE_NOT_AN_INVITE },
  { "https://example.org", KH_INVITE_NOT_AN_INVITE },
  { "knothole:", KH_INVITE_NO_SERVER },
  { "knothole:ID", KH_INVITE_NO_SERVER },
  { "knothole:ID?key=" KEY_TEXT, KH_INVITE_NO_SERVER },
  { "knothole:@example.org", KH_INVITE_BAD_PEER_ID },
  { "knothole:abc@example.org", KH_INVITE_BAD_PEER_ID },
  { "knothole:ID@", KH_INVITE_BAD_SERVER },
  { "knothole:ID@/", KH_INVITE_BAD_SERVER },
  { "knothole:ID@a b", KH_INVITE_BAD_SERVER },
  { "knothole:ID@a@b", KH_INVITE_BAD_SERVER },
  { "knothole:ID@example.org:0", KH_INVITE_BAD_SERVER },
  { "knothole:ID@example.org:1/path", KH_INVITE_BAD_SERVER },
  { "knothole:ID@example%", KH_INVITE_BAD_ESCAPE },
  { "knothole:ID@example%2", KH_INVITE_BAD_ESCAPE },
  { "knothole:ID@example%zz", KH_INVITE_BAD_ESCAPE },
  { "knothole:ID@example%00", KH_INVITE_BAD_ESCAPE },
  { "knothole:ID@example?x=%", KH_INVITE_BAD_ESCAPE },
  { "knothole:ID@example?key=", KH_INVITE_BAD_KEY },
  { "knothole:ID@example?key=abc", KH_INVITE_BAD_KEY },
  { "knothole:ID@example?key=" KEY_TEXT "A", KH_INVITE_BAD_KEY },
  { "knothole:ID@example?key=" KEY_TEXT "==", KH_INVITE_BAD_KEY },
  { "knothole:ID@example?key=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9", KH_INVITE_BAD_KEY },
  { "knothole:ID@example?key=" KEY_TEXT "&key=" KEY_TEXT, KH_INVITE_BAD_KEY },
  { "knothole:ID@example?token=" KEY_TEXT, KH_INVITE_BAD_TOKEN },
  { "knothole:ID@example?token=/-7dzLuqmYh3ZlVEMyIRAA", KH_INVITE_BAD_TOKEN },
  { "knothole:ID@example?token=" TOKEN_TEXT "&token=" TOKEN_TEXT, KH_INVITE_BAD_TOKEN },
};

static void
test_bad (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *text = link_of (bad[i].text);
      g_autofree char *words = NULL;
      KhInviteError error;

      g_test_message ("%s", text);
      g_assert_false (kh_invite_parse (text, NULL, NULL));
      g_assert_false (kh_invite_parse (text, NULL, &error));
      g_assert_cmpstr (kh_invite_error_kind_to_string (error.kind), ==,
                       kh_invite_error_kind_to_string (bad[i].kind));
      words = kh_invite_error_to_string (&error);
      g_assert_cmpuint (strlen (words), >, 10);
    }
}

static void
test_details (void)
{
  g_autofree char *port_text = link_of ("knothole:ID@example.org:0");
  g_autofree char *port_words = NULL;
  g_autofree char *id_words = NULL;
  KhInviteError error;

  g_assert_false (kh_invite_parse ("knothole:abc@example.org", NULL, &error));
  id_words = kh_invite_error_to_string (&error);
  g_assert_cmpstr (id_words, ==, "the peer ID in the invite link is wrong: 3 of 28 characters");
  g_assert_false (kh_invite_parse (port_text, NULL, &error));
  port_words = kh_invite_error_to_string (&error);
  g_assert_cmpstr (port_words, ==,
                   "the server in the invite link is wrong: "
                   "the port must be a number from 1 to 65535");
}

static void
test_length (void)
{
  g_autofree char *base = link_of ("knothole:ID@example.org?x=");
  g_autofree char *filler = g_strnfill (KH_INVITE_MAX - strlen (base), 'x');
  g_autofree char *longest = g_strconcat (base, filler, NULL);
  g_autofree char *too_long = g_strconcat (longest, "x", NULL);
  KhInviteError error;

  g_assert_true (kh_invite_parse (longest, NULL, NULL));
  g_assert_false (kh_invite_parse (too_long, NULL, &error));
  g_assert_cmpint (error.kind, ==, KH_INVITE_TOO_LONG);
}

int
main (int argc, char **argv)
{
  KhKey key = { { 42 } };

  g_test_init (&argc, &argv, NULL);
  id = kh_peer_id_from_key (&key);
  kh_peer_id_format (&id, id_text);
  g_test_add_func ("/invite/format", test_format);
  g_test_add_func ("/invite/forgiving", test_forgiving);
  g_test_add_func ("/invite/ipv6", test_ipv6);
  g_test_add_func ("/invite/bad", test_bad);
  g_test_add_func ("/invite/details", test_details);
  g_test_add_func ("/invite/length", test_length);
  return g_test_run ();
}
