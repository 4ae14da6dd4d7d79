/* test-peer-id.c: peer IDs are read back from every sloppy writing, and each slip is noticed */
#include "crypto/peer-id.h"

#include "hex.h"

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

static KhPeerId
random_id (void)
{
  KhRandom random = hex_random ();
  KhKey key;

  kh_random_fill (&random, &key, sizeof key);
  return kh_peer_id_from_key (&key);
}

/* The 28 symbols without hyphens. */
static void
random_symbols (KhPeerId *ret_id, char ret_symbols[KH_PEER_ID_SYMBOLS + 1])
{
  char text[KH_PEER_ID_STRING_MAX];
  guint n = 0;

  *ret_id = random_id ();
  for (const char *at = kh_peer_id_format (ret_id, text); *at != '\0'; at++)
    if (*at != '-')
      ret_symbols[n++] = *at;
  g_assert_cmpuint (n, ==, KH_PEER_ID_SYMBOLS);
  ret_symbols[n] = '\0';
}

static void
assert_same (const char *text, const KhPeerId *expected)
{
  KhPeerId id;

  g_assert_true (kh_peer_id_parse (text, &id, NULL));
  g_assert_true (kh_peer_id_equal (&id, expected));
}

static KhPeerIdError
assert_refused (const char *text, KhPeerIdErrorKind kind)
{
  KhPeerIdError error;

  g_assert_false (kh_peer_id_parse (text, NULL, &error));
  g_assert_cmpint (error.kind, ==, kind);
  g_assert_false (kh_peer_id_parse (text, NULL, NULL));
  return error;
}

/* Worked out from the header's description by other means; fixed for good. */
static void
test_known (void)
{
  KhKey key, other = { { 1 } };
  KhPeerId id;
  char text[KH_PEER_ID_STRING_MAX];
  g_autofree char *copy = NULL;

  for (guint8 i = 0; i < KH_KEY_SIZE; i++)
    key.bytes[i] = i;
  id = kh_peer_id_from_key (&key);
  g_assert_cmpstr (kh_peer_id_format (&id, text), ==, "1zzf-n5wx-dg7a-wmfg-2gyr-3jy1-h6by");
  copy = kh_peer_id_to_string (&id);
  g_assert_cmpstr (copy, ==, text);
  g_assert_true (kh_peer_id_matches_key (&id, &key));
  g_assert_false (kh_peer_id_matches_key (&id, &other));
}

static void
test_round_trip (void)
{
  for (int i = 0; i < 2000; i++)
    {
      KhPeerId id = random_id ();
      char text[KH_PEER_ID_STRING_MAX];

      assert_same (kh_peer_id_format (&id, text), &id);
      g_assert_cmpuint (strlen (text), ==, KH_PEER_ID_STRING_MAX - 1);
    }
}

static void
test_forgiving (void)
{
  static const char *const separators[] = {
    "", " ", "\t", "\n", "--", "–", "\u00a0", "\u200b", "−"
  };

  for (int i = 0; i < 300; i++)
    {
      g_autoptr (GString) sloppy = g_string_new ("  ");
      char symbols[KH_PEER_ID_SYMBOLS + 1];
      KhPeerId id;

      random_symbols (&id, symbols);
      for (const char *at = symbols; *at != '\0'; at++)
        {
          char c = *at;

          if (c == '1' && g_test_rand_bit ())
            c = "iIlL"[g_test_rand_int_range (0, 4)];
          else if (c == '0' && g_test_rand_bit ())
            c = "oO"[g_test_rand_int_range (0, 2)];
          g_string_append_c (sloppy, g_test_rand_bit () ? g_ascii_toupper (c) : c);
          g_string_append (sloppy,
                           separators[g_test_rand_int_range (0, G_N_ELEMENTS (separators))]);
        }
      assert_same (sloppy->str, &id);
    }
}

/* Each of the 28 · 31 wrong symbols is noticed, and its group named. */
static void
test_substitutions (void)
{
  for (int i = 0; i < 20; i++)
    {
      char symbols[KH_PEER_ID_SYMBOLS + 1];
      KhPeerId id;

      random_symbols (&id, symbols);
      for (guint at = 0; at < KH_PEER_ID_SYMBOLS; at++)
        {
          char right = symbols[at];

          for (const char *wrong = alphabet; *wrong != '\0'; wrong++)
            {
              symbols[at] = *wrong;
              if (*wrong == right)
                assert_same (symbols, &id);
              else
                g_assert_cmpuint (assert_refused (symbols, KH_PEER_ID_MISTYPED).group, ==,
                                  at / 4 + 1);
            }
          symbols[at] = right;
        }
    }
}

/* Any two symbols, neighbours or not, that changed places; no group can be named. */
static void
test_transpositions (void)
{
  for (int i = 0; i < 50; i++)
    {
      char symbols[KH_PEER_ID_SYMBOLS + 1], swapped[KH_PEER_ID_SYMBOLS + 1];
      KhPeerId id;

      random_symbols (&id, symbols);
      for (guint a = 0; a < KH_PEER_ID_SYMBOLS; a++)
        for (guint b = a + 1; b < KH_PEER_ID_SYMBOLS; b++)
          {
            memcpy (swapped, symbols, sizeof swapped);
            swapped[a] = symbols[b];
            swapped[b] = symbols[a];
            if (swapped[a] == swapped[b])
              assert_same (swapped, &id);
            else
              g_assert_cmpuint (assert_refused (swapped, KH_PEER_ID_MISTYPED).group, ==, 0);
          }
    }
}

static void
test_double_errors (void)
{
  for (int i = 0; i < 20000; i++)
    {
      char symbols[KH_PEER_ID_SYMBOLS + 1];
      int a = g_test_rand_int_range (0, KH_PEER_ID_SYMBOLS);
      int b = (a + g_test_rand_int_range (1, KH_PEER_ID_SYMBOLS)) % KH_PEER_ID_SYMBOLS;
      KhPeerId id;

      random_symbols (&id, symbols);
      symbols[a] =
          alphabet[(strchr (alphabet, symbols[a]) - alphabet + g_test_rand_int_range (1, 32)) % 32];
      symbols[b] =
          alphabet[(strchr (alphabet, symbols[b]) - alphabet + g_test_rand_int_range (1, 32)) % 32];
      assert_refused (symbols, KH_PEER_ID_MISTYPED);
    }
}

static void
assert_words (KhPeerIdError error, const char *expected)
{
  g_autofree char *words = kh_peer_id_error_to_string (&error);

  g_assert_cmpstr (words, ==, expected);
}

static void
test_refusals (void)
{
  char symbols[KH_PEER_ID_SYMBOLS + 1];
  g_autofree char *long_text = NULL;
  KhPeerIdError error;
  KhPeerId id;

  random_symbols (&id, symbols);
  assert_words (assert_refused ("", KH_PEER_ID_EMPTY), "a peer ID is needed");
  assert_refused (" -- \n", KH_PEER_ID_EMPTY);
  symbols[27] = '\0';
  assert_words (assert_refused (symbols, KH_PEER_ID_TOO_SHORT), "27 of 28 characters");
  long_text = g_strconcat (symbols, "00", NULL);
  assert_words (assert_refused (long_text, KH_PEER_ID_TOO_LONG), "more than 28 characters");
  error = assert_refused ("abcd-efu", KH_PEER_ID_BAD_SYMBOL);
  g_assert_cmpuint (error.position, ==, 7);
  g_assert_cmpuint (error.group, ==, 2);
  g_assert_cmpuint (error.symbol, ==, 'u');
  assert_words (error, "“u” cannot be in a peer ID (character 7)");
  error = assert_refused ("abéd", KH_PEER_ID_BAD_SYMBOL);
  g_assert_cmpuint (error.symbol, ==, 0xe9);
  assert_words (error, "“é” cannot be in a peer ID (character 3)");
  error = assert_refused ("a\xff", KH_PEER_ID_BAD_SYMBOL);
  g_assert_cmpuint (error.position, ==, 2);
  assert_words (error, "character 2 is not text");
  assert_refused ("a\xe2\x80", KH_PEER_ID_BAD_SYMBOL);
  assert_words (assert_refused ("a\x01", KH_PEER_ID_BAD_SYMBOL),
                "character 2 cannot be in a peer ID");
  assert_words ((KhPeerIdError){ .kind = KH_PEER_ID_MISTYPED, .group = 3 },
                "mistyped: check the 3rd group");
  assert_words ((KhPeerIdError){ .kind = KH_PEER_ID_MISTYPED }, "mistyped: compare all groups");
}

static void
test_bytes (void)
{
  KhPeerId id = random_id (), read;

  g_assert_true (kh_peer_id_from_bytes (id.bytes, &read));
  g_assert_true (kh_peer_id_equal (&id, &read));
  for (guint bit = 0; bit < 6; bit++)
    {
      KhPeerId other = id;

      other.bytes[16] |= (guint8) (1 << bit);
      g_assert_false (kh_peer_id_from_bytes (other.bytes, &read));
    }
}

static void
test_table (void)
{
  g_autoptr (GHashTable) table =
      g_hash_table_new_full (kh_peer_id_hash_func, kh_peer_id_equal_func, g_free, NULL);
  KhPeerId a = random_id (), b = random_id ();

  g_hash_table_add (table, g_memdup2 (&a, sizeof a));
  g_assert_true (g_hash_table_contains (table, &a));
  g_assert_false (g_hash_table_contains (table, &b));
  g_assert_cmpint (kh_peer_id_compare (&a, &a), ==, 0);
  g_assert_cmpint (kh_peer_id_compare (&a, &b) < 0, ==, kh_peer_id_compare (&b, &a) > 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/peer-id/known", test_known);
  g_test_add_func ("/peer-id/round-trip", test_round_trip);
  g_test_add_func ("/peer-id/forgiving", test_forgiving);
  g_test_add_func ("/peer-id/substitutions", test_substitutions);
  g_test_add_func ("/peer-id/transpositions", test_transpositions);
  g_test_add_func ("/peer-id/double-errors", test_double_errors);
  g_test_add_func ("/peer-id/refusals", test_refusals);
  g_test_add_func ("/peer-id/bytes", test_bytes);
  g_test_add_func ("/peer-id/table", test_table);
  return g_test_run ();
}
