/* test-words.c: every error has words, and they say it all */
#include "term/words.h"

#include <gio/gio.h>
#include <string.h>

static const KhWordsContext context = {
  .server = "example.org:99",
  .server_key = "NEWKEY",
  .peer = "Ada",
  .data_dir = "/home/ada/knothole",
};

static void
assert_sentence (const char *text)
{
  g_assert_cmpuint (strlen (text), >, 20);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_null (strpbrk (text, "{}\n%"));
  g_assert_true (g_str_has_suffix (text, "."));
}

/* As many as the engine has names for; each its own words and its own code. */
static void
test_engine_errors (void)
{
  g_autoptr (GHashTable) texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) codes = g_hash_table_new (g_str_hash, g_str_equal);
  guint n = 0;

  for (; strcmp (kh_engine_error_to_string ((KhEngineError) n), "unknown") != 0; n++)
    {
      g_autoptr (GError) error = g_error_new_literal (KH_ENGINE_ERROR, (int) n, "the detail");
      char *text = kh_words_error (error, &context);

      g_test_message ("%s: %s", kh_words_error_code (error), text);
      assert_sentence (text);
      g_assert_cmpstr (text, !=, "the detail");
      g_assert_true (g_hash_table_add (texts, text));
      g_assert_true (g_hash_table_add (codes, (char *) kh_words_error_code (error)));
    }
  g_assert_cmpuint (n, ==, KH_ENGINE_ERROR_CLOSED + 1);
}

static char *
words (KhEngineError code, const char *detail)
{
  g_autoptr (GError) error = g_error_new_literal (KH_ENGINE_ERROR, (int) code, detail);

  return kh_words_error (error, &context);
}

static void
test_particulars (void)
{
  g_autofree char *silent = words (KH_ENGINE_ERROR_SERVER_SILENT, "");
  g_autofree char *key = words (KH_ENGINE_ERROR_SERVER_KEY_CHANGED, "");
  g_autofree char *offline = words (KH_ENGINE_ERROR_PEER_OFFLINE, "");
  g_autofree char *space = words (KH_ENGINE_ERROR_NO_SPACE, "");
  g_autofree char *id = words (KH_ENGINE_ERROR_BAD_PEER_ID, "27 of 28 characters");
  g_autofree char *disk = words (KH_ENGINE_ERROR_DISK, "It broke.");

  g_assert_nonnull (strstr (silent, "example.org:99"));
  g_assert_nonnull (strstr (key, "--accept-server-key NEWKEY"));
  g_assert_nonnull (strstr (offline, "Ada"));
  g_assert_nonnull (strstr (space, "/home/ada/knothole"));
  g_assert_nonnull (strstr (id, "27 of 28 characters"));
  g_assert_nonnull (strstr (disk, "(It broke)"));
}

/* What a name or a detail says is not looked at again. */
static void
test_no_second_filling (void)
{
  const KhWordsContext tricky = { .peer = "{server} %s", .server = "S" };
  g_autoptr (GError) error =
      g_error_new_literal (KH_ENGINE_ERROR, KH_ENGINE_ERROR_PEER_OFFLINE, "");
  g_autofree char *text = kh_words_error (error, &tricky);

  g_assert_true (g_str_has_prefix (text, "{server} %s is not"));
}

static void
test_link_key (void)
{
  const KhWordsContext before = { .server = "S" };
  g_autoptr (GError) error =
      g_error_new_literal (KH_ENGINE_ERROR, KH_ENGINE_ERROR_SERVER_KEY_CHANGED, "");
  g_autofree char *text = kh_words_error (error, &before);

  assert_sentence (text);
  g_assert_nonnull (strstr (text, "invite link"));
  g_assert_null (strstr (text, "--accept-server-key"));
}

static void
test_other_domains (void)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "In its words.");
  g_autoptr (GError) later = g_error_new_literal (KH_ENGINE_ERROR, 1000, "From a later engine.");
  g_autofree char *text = kh_words_error (error, &context);
  g_autofree char *later_text = kh_words_error (later, &context);

  g_assert_cmpstr (text, ==, "In its words.");
  g_assert_cmpstr (later_text, ==, "From a later engine.");
  g_assert_cmpstr (kh_words_error_code (error), ==, "unknown");
}

static void
test_own_errors (void)
{
  for (guint i = 0; i <= KH_TERM_ERROR_LAST; i++)
    for (guint64 number = 1; number <= 2; number++)
      {
        g_autofree char *text = kh_words_term_error ((KhTermError) i, number);

        assert_sentence (text);
        g_assert_cmpstr (kh_term_error_to_string ((KhTermError) i), !=, "unknown");
      }
  g_assert_cmpstr (kh_term_error_to_string ((KhTermError) (KH_TERM_ERROR_LAST + 1)), ==, "unknown");
}

static void
test_presence (void)
{
  for (KhPresence presence = KH_PRESENCE_IDLE; presence <= KH_PRESENCE_WRONG_KEY; presence++)
    {
      g_autofree char *text = kh_words_presence (presence, KH_ROUTE_NONE, 0, "Ada Lovelace");

      assert_sentence (text);
      g_assert_nonnull (strstr (text, "Ada Lovelace"));
    }
}

static void
test_route (void)
{
  g_autofree char *direct =
      kh_words_presence (KH_PRESENCE_CONNECTED, KH_ROUTE_DIRECT, 23400, "Ada");
  g_autofree char *relay = kh_words_presence (KH_PRESENCE_CONNECTED, KH_ROUTE_RELAY, 1000, "Ada");

  g_assert_cmpstr (direct, ==, "Connected to Ada. Direct, 23.4 ms.");
  g_assert_cmpstr (relay, ==, "Connected to Ada. Relayed by the server, 1.0 ms.");
}

static void
test_ended (void)
{
  g_autofree char *done = kh_words_ended (KH_ENDED_DONE, "Ada");
  g_autofree char *lost = kh_words_ended (KH_ENDED_LOST, "Ada Lovelace");
  g_autofree char *protocol = kh_words_ended (KH_ENDED_PROTOCOL, "Ada");

  g_assert_cmpstr (done, ==, "Ada has left.");
  assert_sentence (lost);
  assert_sentence (protocol);
  g_assert_null (kh_words_ended (KH_ENDED_REPLACED, "Ada"));
  g_assert_null (kh_words_ended (KH_ENDED_LOCAL, "Ada"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/term/words/engine-errors", test_engine_errors);
  g_test_add_func ("/term/words/particulars", test_particulars);
  g_test_add_func ("/term/words/no-second-filling", test_no_second_filling);
  g_test_add_func ("/term/words/link-key", test_link_key);
  g_test_add_func ("/term/words/other-domains", test_other_domains);
  g_test_add_func ("/term/words/own-errors", test_own_errors);
  g_test_add_func ("/term/words/presence", test_presence);
  g_test_add_func ("/term/words/route", test_route);
  g_test_add_func ("/term/words/ended", test_ended);
  return g_test_run ();
}
