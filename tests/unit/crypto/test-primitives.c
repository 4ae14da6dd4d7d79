/* test-primitives.c: known answers of RFC 7748, FIPS 180-4, RFC 4231, RFC 5869 and RFC 9106,
 * and the refusals
 */
#include "crypto/primitives.h"

#include "hex.h"

static void
assert_x25519 (const char *scalar, const char *point, const char *expected)
{
  guint8 k[32], u[32], out[32];

  hex_decode (scalar, k, sizeof k);
  hex_decode (point, u, sizeof u);
  g_assert_true (kh_x25519 (out, k, u));
  assert_hex (out, sizeof out, expected);
}

/* RFC 7748, section 5.2 */
static void
test_x25519_vectors (void)
{
  assert_x25519 ("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                 "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
                 "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
  assert_x25519 ("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                 "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
                 "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

static void
test_x25519_iterated (void)
{
  guint8 k[32] = { 9 }, u[32] = { 9 }, next[32];

  for (int i = 1; i <= 1000; i++)
    {
      g_assert_true (kh_x25519 (next, k, u));
      memcpy (u, k, sizeof u);
      memcpy (k, next, sizeof k);
      if (i == 1)
        assert_hex (k, sizeof k,
                    "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    }
  assert_hex (k, sizeof k, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

/* RFC 7748, section 6.1 */
static void
test_x25519_agreement (void)
{
  static const char shared[] = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
  static const char a[] = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
  static const char b[] = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
  static const char a_public[] = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
  static const char b_public[] = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
  guint8 secret[32], public_key[32];

  hex_decode (a, secret, sizeof secret);
  kh_x25519_public (public_key, secret);
  assert_hex (public_key, sizeof public_key, a_public);
  hex_decode (b, secret, sizeof secret);
  kh_x25519_public (public_key, secret);
  assert_hex (public_key, sizeof public_key, b_public);
  assert_x25519 (a, b_public, shared);
  assert_x25519 (b, a_public, shared);
}

/* The points of order 1, 2, 4 and 8 of the curve and its twist, each in all its encodings. */
static const char *const low_order[] = {
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

static void
test_x25519_low_order (void)
{
  KhRandom random = hex_random ();

  for (guint i = 0; i < 2 * G_N_ELEMENTS (low_order); i++)
    {
      guint8 scalar[32], point[32], out[32], untouched[32];

      hex_decode (low_order[i / 2], point, sizeof point);
      point[31] |= (guint8) (i % 2 << 7);
      kh_random_fill (&random, scalar, sizeof scalar);
      memset (untouched, 0xa5, sizeof untouched);
      memcpy (out, untouched, sizeof out);
      g_assert_false (kh_x25519 (out, scalar, point));
      g_assert_cmpmem (out, sizeof out, untouched, sizeof untouched);
    }
}

/* RFC 7748, section 5: the top bit is ignored, and values from 2^255 - 19 on are reduced. */
static void
test_x25519_non_canonical (void)
{
  guint8 scalar[32] = { 77 }, point[32] = { 9 }, plain[32], other[32];

  g_assert_true (kh_x25519 (plain, scalar, point));
  point[31] |= 0x80;
  g_assert_true (kh_x25519 (other, scalar, point));
  g_assert_cmpmem (plain, 32, other, 32);
  /* p + 9 */
  memset (point, 0xff, sizeof point);
  point[0] = 0xed + 9;
  point[31] = 0x7f;
  g_assert_true (kh_x25519 (other, scalar, point));
  g_assert_cmpmem (plain, 32, other, 32);
}

static void
assert_sha256 (const char *text, const char *expected)
{
  guint8 hash[32];

  kh_sha256 (hash, text, strlen (text));
  assert_hex (hash, sizeof hash, expected);
}

static void
test_sha256 (void)
{
  g_autofree char *million = g_strnfill (1000000, 'a');
  KhBytes parts[] = { { "a", 1 }, { NULL, 0 }, { "bc", 2 } };
  guint8 hash[32];

  assert_sha256 ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assert_sha256 ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert_sha256 ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  assert_sha256 (million, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  kh_sha256_parts (hash, parts, G_N_ELEMENTS (parts));
  assert_hex (hash, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void
assert_hmac (const char *key_hex, gsize key_repeat, const char *data, const char *expected)
{
  guint8 key[131], mac[32];
  gsize key_len = hex_decode (key_hex, key, sizeof key);

  if (key_repeat > 0)
    {
      memset (key, key[0], key_repeat);
      key_len = key_repeat;
    }
  kh_hmac_sha256 (mac, key, key_len, data, strlen (data));
  assert_hex (mac, sizeof mac, expected);
}

/* RFC 4231, test cases 1 to 4, 6 and 7 */
static void
test_hmac (void)
{
  g_autofree char *dd = g_strnfill (50, '\xdd');
  g_autofree char *cd = g_strnfill (50, '\xcd');

  assert_hmac ("0b", 20, "Hi There",
               "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  assert_hmac ("4a656665", 0, "what do ya want for nothing?",
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  assert_hmac ("aa", 20, dd, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  assert_hmac ("0102030405060708090a0b0c0d0e0f10111213141516171819", 0, cd,
               "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  assert_hmac ("aa", 131, "Test Using Larger Than Block-Size Key - Hash Key First",
               "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  assert_hmac ("aa", 131,
               "This is a test using a larger than block-size key and a larger than block-size "
               "data. The key needs to be hashed before being used by the HMAC algorithm.",
               "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

/* RFC 5869, appendix A.1 to A.3 */
static void
test_hkdf (void)
{
  guint8 secret[80], salt[80], info[80], out[82];

  memset (secret, 0x0b, 22);
  hex_decode ("000102030405060708090a0b0c", salt, sizeof salt);
  hex_decode ("f0f1f2f3f4f5f6f7f8f9", info, sizeof info);
  kh_hkdf (salt, 13, secret, 22, info, 10, out, 42);
  assert_hex (
      out, 42,
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");

  kh_hkdf (NULL, 0, secret, 22, NULL, 0, out, 42);
  assert_hex (
      out, 42,
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");

  for (guint8 i = 0; i < 80; i++)
    {
      secret[i] = i;
      salt[i] = (guint8) (0x60 + i);
      info[i] = (guint8) (0xb0 + i);
    }
  kh_hkdf (salt, 80, secret, 80, info, 80, out, 82);
  assert_hex (out, 82,
              "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
              "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
              "cc30c58179ec3e87c14c01d5c1f3434f1d87");
}

/* Noise section 4.3 written out: the formula and HKDF must be the same thing. */
static void
test_hkdf_noise (void)
{
  guint8 chaining_key[32] = { 5 }, temp[32], first[32], second[32], third[32], expected[32];
  guint8 one = 1, two = 2, three = 3;

  kh_hkdf_noise (chaining_key, "secret", 6, first, second, third);
  kh_hmac_sha256 (temp, chaining_key, 32, "secret", 6);
  kh_hmac_sha256 (expected, temp, 32, &one, 1);
  g_assert_cmpmem (first, 32, expected, 32);
  kh_hmac_sha256_parts (expected, temp, 32, (KhBytes[]){ { first, 32 }, { &two, 1 } }, 2);
  g_assert_cmpmem (second, 32, expected, 32);
  kh_hmac_sha256_parts (expected, temp, 32, (KhBytes[]){ { second, 32 }, { &three, 1 } }, 2);
  g_assert_cmpmem (third, 32, expected, 32);
  kh_hkdf_noise (chaining_key, "secret", 6, chaining_key, expected, NULL);
  g_assert_cmpmem (chaining_key, 32, first, 32);
  g_assert_cmpmem (expected, 32, second, 32);
}

static void
test_equal_and_wipe (void)
{
  guint8 a[40], b[40], zero[40] = { 0 };

  memset (a, 9, sizeof a);
  memset (b, 9, sizeof b);
  g_assert_true (kh_equal_const_time (a, b, sizeof a));
  for (guint i = 0; i < sizeof a; i++)
    {
      b[i] ^= 0x80;
      g_assert_false (kh_equal_const_time (a, b, sizeof a));
      b[i] ^= 0x80;
    }
  kh_wipe (a, sizeof a);
  g_assert_cmpmem (a, sizeof a, zero, sizeof zero);
}

/* RFC 9106, section 5.3, and what a changed input makes of it. */
static void
test_argon2id_vector (void)
{
  guint8 passphrase[32], salt[16], secret[8], data[12], out[32];
  KhArgon2id in = {
    .passphrase = { passphrase, sizeof passphrase },
    .salt = { salt, sizeof salt },
    .secret = { secret, sizeof secret },
    .data = { data, sizeof data },
    .memory_kib = 32,
    .passes = 3,
    .lanes = 4,
  };
  static const char tag[] = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659";
  guint8 expected[32];

  memset (passphrase, 1, sizeof passphrase);
  memset (salt, 2, sizeof salt);
  memset (secret, 3, sizeof secret);
  memset (data, 4, sizeof data);
  g_assert_true (kh_argon2id_full (&in, out, sizeof out));
  assert_hex (out, sizeof out, tag);

  hex_decode (tag, expected, sizeof expected);
  in.data.len--;
  g_assert_true (kh_argon2id_full (&in, out, sizeof out));
  g_assert_cmpint (memcmp (out, expected, sizeof out), !=, 0);
}

/* Every argument counts, and nothing else does. */
static void
test_argon2id (void)
{
  static const guint8 salts[2][16] = { "somesaltsomesal", "somesaltsomesam" };
  guint8 out[6][32];

  g_assert_true (kh_argon2id ("password", salts[0], 64, 2, out[0], sizeof out[0]));
  g_assert_true (kh_argon2id ("password", salts[0], 64, 2, out[1], sizeof out[1]));
  g_assert_cmpmem (out[0], sizeof out[0], out[1], sizeof out[1]);
  g_assert_true (kh_argon2id ("passworD", salts[0], 64, 2, out[2], sizeof out[2]));
  g_assert_true (kh_argon2id ("password", salts[1], 64, 2, out[3], sizeof out[3]));
  g_assert_true (kh_argon2id ("password", salts[0], 128, 2, out[4], sizeof out[4]));
  g_assert_true (kh_argon2id ("password", salts[0], 64, 3, out[5], sizeof out[5]));
  for (guint i = 2; i < G_N_ELEMENTS (out); i++)
    for (guint j = 1; j < i; j++)
      g_assert_cmpint (memcmp (out[i], out[j], sizeof out[i]), !=, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kh_crypto_init ();
  g_test_add_func ("/primitives/x25519/vectors", test_x25519_vectors);
  g_test_add_func ("/primitives/x25519/iterated", test_x25519_iterated);
  g_test_add_func ("/primitives/x25519/agreement", test_x25519_agreement);
  g_test_add_func ("/primitives/x25519/low-order", test_x25519_low_order);
  g_test_add_func ("/primitives/x25519/non-canonical", test_x25519_non_canonical);
  g_test_add_func ("/primitives/sha256", test_sha256);
  g_test_add_func ("/primitives/hmac", test_hmac);
  g_test_add_func ("/primitives/hkdf", test_hkdf);
  g_test_add_func ("/primitives/hkdf-noise", test_hkdf_noise);
  g_test_add_func ("/primitives/equal-and-wipe", test_equal_and_wipe);
  g_test_add_func ("/primitives/argon2id", test_argon2id);
  g_test_add_func ("/primitives/argon2id-vector", test_argon2id_vector);
  return g_test_run ();
}
