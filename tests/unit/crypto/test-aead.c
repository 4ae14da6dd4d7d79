/* test-aead.c: AES-256-GCM against the GCM specification (McGrew and Viega, appendix B, test cases
 * 13 to 16), in parts, in threads, and the refusals
 */
#include "crypto/primitives.h"

#include "hex.h"

typedef struct
{
  const char *key;
  const char *nonce;
  const char *ad;
  const char *plain;
  const char *cipher;
  const char *tag;
} GcmCase;

#define GCM_KEY "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
#define GCM_PLAIN_60                                                 \
  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" \
  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define GCM_CIPHER_60                                                \
  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa" \
  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
#define ZERO_32 "0000000000000000000000000000000000000000000000000000000000000000"

static const GcmCase gcm_cases[] = {
  { ZERO_32, "000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b" },
  { ZERO_32, "000000000000000000000000", "", "00000000000000000000000000000000",
    "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919" },
  { GCM_KEY, "cafebabefacedbaddecaf888", "", GCM_PLAIN_60 "1aafd255", GCM_CIPHER_60 "898015ad",
    "b094dac5d93471bdec1a502270e3cc6c" },
  { GCM_KEY, "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2", GCM_PLAIN_60,
    GCM_CIPHER_60, "76fc6ece0f4e1768cddf8853bb2d551b" },
};

static void
test_gcm_vectors (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (gcm_cases); i++)
    {
      const GcmCase *c = &gcm_cases[i];
      guint8 key[32], nonce[12], ad[32], buf[80];
      gsize ad_len = hex_decode (c->ad, ad, sizeof ad);
      gsize len = hex_decode (c->plain, buf, sizeof buf);

      hex_decode (c->key, key, sizeof key);
      hex_decode (c->nonce, nonce, sizeof nonce);
      kh_aead_seal_nonce (key, nonce, ad, ad_len, buf, len);
      assert_hex (buf, len, c->cipher);
      assert_hex (buf + len, 16, c->tag);
    }
}

/* The nonce of Noise's AESGCM is 32 zero bits and the counter, big-endian. */
static void
test_aead_nonce (void)
{
  static const guint8 nonce[12] = { 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8 };
  guint8 key[32] = { 3 }, by_nonce[21] = "hello", by_counter[21] = "hello";

  kh_aead_seal_nonce (key, nonce, "ad", 2, by_nonce, 5);
  kh_aead_seal (key, G_GUINT64_CONSTANT (0x0102030405060708), "ad", 2, by_counter, 5);
  g_assert_cmpmem (by_nonce, 21, by_counter, 21);
}

static void
test_aead_tampering (void)
{
  guint8 key[32] = { 1 }, zero[20] = { 0 };
  guint8 sealed[36], buf[36], ad[5] = "head";

  memset (sealed, 'x', 20);
  kh_aead_seal (key, 7, ad, sizeof ad, sealed, 20);
  for (guint i = 0; i < sizeof sealed * 8; i++)
    {
      memcpy (buf, sealed, sizeof buf);
      buf[i / 8] ^= (guint8) (1 << i % 8);
      g_assert_false (kh_aead_open (key, 7, ad, sizeof ad, buf, sizeof buf));
      g_assert_cmpmem (buf, 20, zero, 20);
    }
  for (guint i = 0; i < sizeof ad; i++)
    {
      memcpy (buf, sealed, sizeof buf);
      ad[i] ^= 1;
      g_assert_false (kh_aead_open (key, 7, ad, sizeof ad, buf, sizeof buf));
      ad[i] ^= 1;
    }
  for (gsize len = 0; len < sizeof sealed; len++)
    {
      memcpy (buf, sealed, sizeof buf);
      g_assert_false (kh_aead_open (key, 7, ad, sizeof ad, buf, len));
    }
  memcpy (buf, sealed, sizeof buf);
  g_assert_false (kh_aead_open (key, 8, ad, sizeof ad, buf, sizeof buf));
  memcpy (buf, sealed, sizeof buf);
  g_assert_true (kh_aead_open (key, 7, ad, sizeof ad, buf, sizeof buf));
  g_assert_cmpmem (buf, 20, "xxxxxxxxxxxxxxxxxxxx", 20);
  g_assert_true (kh_aead_open_to (key, 7, ad, sizeof ad, sealed, sizeof sealed, zero));
  g_assert_cmpmem (zero, 20, buf, 20);
}

/* However a message is cut up, it is the same message. */
static void
test_aead_parts (void)
{
  static const guint8 key[KH_AEAD_KEY_SIZE] = { 9 };
  guint8 plain[300], whole[300 + KH_AEAD_TAG_SIZE], buf[300 + KH_AEAD_TAG_SIZE];

  for (guint i = 0; i < sizeof plain; i++)
    plain[i] = (guint8) i;
  memcpy (whole, plain, sizeof plain);
  kh_aead_seal (key, 7, "ad", 2, whole, sizeof plain);
  for (gsize head = 0; head <= sizeof plain; head += 5)
    for (gsize first = 0; first <= sizeof plain - head; first += 16)
      {
        KhBytes tail[] = { { plain + head, first },
                           { plain + head + first, sizeof plain - head - first } };

        memset (buf, 0xee, sizeof buf);
        memcpy (buf, plain, head);
        kh_aead_seal_parts (key, 7, "ad", 2, buf, sizeof plain, tail, G_N_ELEMENTS (tail));
        g_assert_cmpmem (buf, sizeof buf, whole, sizeof whole);
      }
}

/* A cipher that still has the key of the last call gives what a fresh one gives: after another key,
 * after a packet that was forged, and after it was told to forget. */
static void
test_aead_key_kept (void)
{
  static const guint8 keys[2][32] = { { 1 }, { 2 } };
  guint8 expected[2][21], buf[21];

  for (guint k = 0; k < 2; k++)
    {
      kh_aead_forget ();
      memcpy (expected[k], "hello", 5);
      kh_aead_seal (keys[k], 7, "ad", 2, expected[k], 5);
    }
  for (guint i = 0; i < 64; i++)
    {
      guint k = (i >> 1) & 1;

      memcpy (buf, "hello", 5);
      kh_aead_seal (keys[k], 7, "ad", 2, buf, 5);
      g_assert_cmpmem (buf, 21, expected[k], 21);
      if (i & 4)
        g_assert_false (kh_aead_open (keys[1 - k], 7, "ad", 2, buf, 21));
      buf[20] ^= 1;
      if (i & 8)
        g_assert_false (kh_aead_open (keys[k], 7, "ad", 2, buf, 21));
      if (i & 16)
        kh_aead_forget ();
      memcpy (buf, expected[k], 21);
      g_assert_true (kh_aead_open (keys[k], 7, "ad", 2, buf, 21));
      g_assert_cmpmem (buf, 5, "hello", 5);
    }
}

static gpointer
seal_many (gpointer data)
{
  guint8 key[32], buf[48];

  memset (key, GPOINTER_TO_INT (data), sizeof key);
  for (guint64 i = 0; i < 2000; i++)
    {
      memset (buf, 'y', 32);
      kh_aead_seal (key, i, NULL, 0, buf, 32);
      if (!kh_aead_open (key, i, NULL, 0, buf, 48) || buf[31] != 'y')
        return GINT_TO_POINTER (FALSE);
    }
  return GINT_TO_POINTER (TRUE);
}

static void
test_threads (void)
{
  GThread *threads[4];

  for (int i = 0; i < 4; i++)
    threads[i] = g_thread_new ("seal", seal_many, GINT_TO_POINTER (i));
  for (int i = 0; i < 4; i++)
    g_assert_true (GPOINTER_TO_INT (g_thread_join (threads[i])));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kh_crypto_init ();
  g_test_add_func ("/aead/vectors", test_gcm_vectors);
  g_test_add_func ("/aead/nonce", test_aead_nonce);
  g_test_add_func ("/aead/tampering", test_aead_tampering);
  g_test_add_func ("/aead/parts", test_aead_parts);
  g_test_add_func ("/aead/key-kept", test_aead_key_kept);
  g_test_add_func ("/aead/threads", test_threads);
  return g_test_run ();
}
