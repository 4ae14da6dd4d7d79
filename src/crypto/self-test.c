/* self-test.c: does the libgcrypt that runs here give the answers it should?
 *
 * One answer for each operation, from RFC 7748 (5.2), the GCM specification (test case 16), FIPS
 * 180-4, RFC 4231 (case 2), RFC 5869 (A.1), RFC 9106 (5.3), and a whole handshake with fixed keys
 * whose bytes another implementation of Noise made.
 */
#include "crypto/self-test.h"

#include <string.h>

#include "crypto/keys.h"
#include "crypto/primitives.h"

#define BYTES_MAX 128

static gsize
from_hex (const char *text, guint8 out[BYTES_MAX])
{
  gsize len = strlen (text) / 2;

  g_assert (len <= BYTES_MAX);
  for (gsize i = 0; i < len; i++)
    out[i] =
        (guint8) (g_ascii_xdigit_value (text[2 * i]) << 4 | g_ascii_xdigit_value (text[2 * i + 1]));
  return len;
}

static gboolean
is_hex (const guint8 *bytes, gsize len, const char *expected)
{
  guint8 decoded[BYTES_MAX];

  return from_hex (expected, decoded) == len && memcmp (bytes, decoded, len) == 0;
}

static gboolean
test_x25519 (void)
{
  static const guint8 low_order[32] = { 1 };
  guint8 scalar[BYTES_MAX], point[BYTES_MAX], shared[32];

  from_hex ("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4", scalar);
  from_hex ("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c", point);
  return kh_x25519 (shared, scalar, point) &&
         is_hex (shared, sizeof shared,
                 "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552") &&
         !kh_x25519 (shared, scalar, low_order);
}

static gboolean
test_aes_gcm (void)
{
  static const char cipher[] = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                               "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                               "76fc6ece0f4e1768cddf8853bb2d551b";
  guint8 key[BYTES_MAX], nonce[BYTES_MAX], ad[BYTES_MAX], buf[BYTES_MAX];
  gsize ad_len, len;

  from_hex ("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", key);
  from_hex ("cafebabefacedbaddecaf888", nonce);
  ad_len = from_hex ("feedfacedeadbeeffeedfacedeadbeefabaddad2", ad);
  len = from_hex ("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
                  buf);
  kh_aead_seal_nonce (key, nonce, ad, ad_len, buf, len);
  if (!is_hex (buf, len + KH_AEAD_TAG_SIZE, cipher))
    return FALSE;

  memcpy (buf, "text", 4);
  kh_aead_seal (key, 1, ad, ad_len, buf, 4);
  if (!kh_aead_open (key, 1, ad, ad_len, buf, 4 + KH_AEAD_TAG_SIZE) || memcmp (buf, "text", 4) != 0)
    return FALSE;
  kh_aead_seal (key, 1, ad, ad_len, buf, 4);
  buf[0] ^= 1;
  return !kh_aead_open (key, 1, ad, ad_len, buf, 4 + KH_AEAD_TAG_SIZE);
}

static gboolean
test_sha256 (void)
{
  guint8 hash[KH_HASH_SIZE];

  kh_sha256 (hash, "abc", 3);
  return is_hex (hash, sizeof hash,
                 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static gboolean
test_hmac (void)
{
  guint8 mac[KH_HASH_SIZE];

  kh_hmac_sha256 (mac, "Jefe", 4, "what do ya want for nothing?", 28);
  return is_hex (mac, sizeof mac,
                 "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static gboolean
test_hkdf (void)
{
  guint8 secret[22], salt[BYTES_MAX], info[BYTES_MAX], out[42];
  gsize salt_len = from_hex ("000102030405060708090a0b0c", salt);
  gsize info_len = from_hex ("f0f1f2f3f4f5f6f7f8f9", info);

  memset (secret, 0x0b, sizeof secret);
  kh_hkdf (salt, salt_len, secret, sizeof secret, info, info_len, out, sizeof out);
  return is_hex (out, sizeof out,
                 "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
                 "34007208d5b887185865");
}

static gboolean
test_argon2id (void)
{
  guint8 passphrase[32], salt[16], secret[8], data[12], out[32];
  const KhArgon2id in = {
    .passphrase = { passphrase, sizeof passphrase },
    .salt = { salt, sizeof salt },
    .secret = { secret, sizeof secret },
    .data = { data, sizeof data },
    .memory_kib = 32,
    .passes = 3,
    .lanes = 4,
  };

  memset (passphrase, 1, sizeof passphrase);
  memset (salt, 2, sizeof salt);
  memset (secret, 3, sizeof secret);
  memset (data, 4, sizeof data);
  return kh_argon2id_full (&in, out, sizeof out) &&
         is_hex (out, sizeof out,
                 "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
}

static void
fill_fixed (guint8 *buf, gsize len, gpointer user_data)
{
  memset (buf, GPOINTER_TO_INT (user_data), len);
}

/* One message of the transcript, from side @from to the other. */
static gboolean
pass_message (KhNoise *const sides[2], int from, const char *payload, const char *expected)
{
  guint8 message[BYTES_MAX], plain[BYTES_MAX];
  gsize len, plain_len, payload_len = strlen (payload);

  return kh_noise_write (sides[from], payload, payload_len, message, sizeof message, &len) &&
         is_hex (message, len, expected) &&
         kh_noise_read (sides[1 - from], message, len, plain, sizeof plain, &plain_len) &&
         plain_len == payload_len && memcmp (plain, payload, plain_len) == 0;
}

static gboolean
pass_packet (KhNoise *const sides[2], int from, const char *payload, const char *expected)
{
  KhTransportKeys keys[2];
  KhKeyPair pairs[2];
  guint8 buf[BYTES_MAX];
  gsize len = strlen (payload);
  gboolean passed;

  if (!kh_noise_split (sides[0], &keys[0]) || !kh_noise_split (sides[1], &keys[1]))
    return FALSE;
  for (int i = 0; i < 2; i++)
    kh_key_pair_init (&pairs[i], &keys[i], 0);
  memcpy (buf, payload, len);
  passed = kh_key_pair_seal (&pairs[from], 0, NULL, 0, buf, len) &&
           is_hex (buf, len + KH_KEY_OVERHEAD, expected) &&
           kh_key_pair_open (&pairs[1 - from], 0, NULL, 0, buf, len + KH_KEY_OVERHEAD) &&
           memcmp (buf, payload, len) == 0;
  for (int i = 0; i < 2; i++)
    kh_key_pair_clear (&pairs[i]);
  kh_wipe (keys, sizeof keys);
  return passed;
}

/* Static secrets are 32 bytes of 0x11 and 0x22, ephemeral ones of 0x33 and 0x44. */
static gboolean
test_noise (void)
{
  static const char prologue[] = "knothole self-test";
  KhRandom static_random[2] = { { fill_fixed, GINT_TO_POINTER (0x11) },
                                { fill_fixed, GINT_TO_POINTER (0x22) } };
  KhRandom ephemeral_random[2] = { { fill_fixed, GINT_TO_POINTER (0x33) },
                                   { fill_fixed, GINT_TO_POINTER (0x44) } };
  g_autoptr (KhIdentity) first = kh_identity_new (&static_random[0]);
  g_autoptr (KhIdentity) second = kh_identity_new (&static_random[1]);
  g_autoptr (KhNoise) initiator =
      kh_noise_new_initiator (first, kh_identity_get_public (second), prologue, sizeof prologue - 1,
                              &ephemeral_random[0]);
  g_autoptr (KhNoise) responder =
      kh_noise_new_responder (second, prologue, sizeof prologue - 1, &ephemeral_random[1]);
  KhNoise *sides[2] = { initiator, responder };

  return pass_message (sides, 0, "one",
                       "7b0d47d93427f8311160781c7c733fd89f88970aef490d8aa0ee19a4cb8a1b14"
                       "4cd21e9cadc5dd9cb994825ca174b483f10df341840ac7d8e962c5a1d59923bf"
                       "d5b97a6d495a8a4229d92196a7c4c91d618ea00b45e8caa227547a0553dd876b"
                       "d23c5d") &&
         pass_message (sides, 1, "two",
                       "ff2ee45601ec1b67310c7790404585ae697331eee1c1f8cf2419731c1fff3e6b"
                       "a85a8c53e52365c8bcc5e63c2befa79b292140") &&
         is_hex (kh_noise_hash (initiator), KH_NOISE_HASH_SIZE,
                 "19ce369d0cd28c0bce88b3021058781204afa3f4bfd0e0a8a1038c618f216e5e") &&
         pass_packet (sides, 0, "three", "6de1a6d21eded5dc454c81c588b12b6713c193696d");
}

gboolean
kh_self_test (KhSelfTestReport report, gpointer user_data)
{
  static const struct
  {
    const char *name;
    gboolean (*run) (void);
  } tests[] = {
    { "X25519", test_x25519 },
    { "AES-256-GCM", test_aes_gcm },
    { "SHA-256", test_sha256 },
    { "HMAC-SHA256", test_hmac },
    { "HKDF-SHA256", test_hkdf },
    { "Argon2id", test_argon2id },
    { "Noise_IK_25519_AESGCM_SHA256", test_noise },
  };
  gboolean all_passed = TRUE;

  kh_crypto_init ();
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      gboolean passed = tests[i].run ();

      if (report != NULL)
        report (tests[i].name, passed, user_data);
      all_passed = all_passed && passed;
    }
  return all_passed;
}
