/* primitives.c: the cryptographic operations on libgcrypt
 *
 * Owns the one include of gcrypt.h and, per thread, two AES-GCM handles, one to seal and one to
 * open with: each keeps the schedule of the key it used last, so that a bulk transfer, which does
 * both in turn, sets no key a packet. A handle for each session would take kilobytes (RFC 7748, SP
 * 800-38D, FIPS 180-4, RFC 2104, RFC 5869).
 */
#include "crypto/primitives.h"

#include <string.h>
#include <gcrypt.h>

/* X25519 by gcry_ecc_mul_point() is in 1.9, what Debian 12 has is 1.10. */
#define GCRYPT_VERSION_WANTED "1.10.0"

#define NONCE_SIZE 12

static void
check (gcry_error_t error, const char *what)
{
  if (G_UNLIKELY (error != 0))
    g_error ("libgcrypt cannot do %s: %s", what, gcry_strerror (error));
}

void
kh_crypto_init (void)
{
  static gsize once;

  if (!g_once_init_enter (&once))
    return;
  if (gcry_check_version (GCRYPT_VERSION_WANTED) == NULL)
    g_error ("libgcrypt %s is too old: %s is needed", gcry_check_version (NULL),
             GCRYPT_VERSION_WANTED);
  /* libsecret, in the same process, may have been here first. */
  if (!gcry_control (GCRYCTL_INITIALIZATION_FINISHED_P))
    {
      /* Locked memory is scarce (64 KiB by default) and our keys live outside of it. */
      gcry_control (GCRYCTL_DISABLE_SECMEM, 0);
      gcry_control (GCRYCTL_INITIALIZATION_FINISHED, 0);
    }
  g_once_init_leave (&once, 1);
}

gboolean
kh_x25519 (guint8 ret_shared[KH_DH_SIZE],
           const guint8 scalar[KH_DH_SIZE],
           const guint8 point[KH_DH_SIZE])
{
  static const guint8 zero[KH_DH_SIZE];
  guint8 clamped[KH_DH_SIZE], masked[KH_DH_SIZE], shared[KH_DH_SIZE] = { 0 };
  gcry_error_t error;
  gboolean is_good;

  kh_crypto_init ();
  memcpy (clamped, scalar, KH_DH_SIZE);
  clamped[0] &= 248;
  clamped[31] &= 127;
  clamped[31] |= 64;
  memcpy (masked, point, KH_DH_SIZE);
  /* RFC 7748, section 5: the unused bit must be ignored. */
  masked[31] &= 127;

  error = gcry_ecc_mul_point (GCRY_ECC_CURVE25519, shared, clamped, masked);
  is_good = error == 0 && !kh_equal_const_time (shared, zero, KH_DH_SIZE);
  if (is_good)
    memcpy (ret_shared, shared, KH_DH_SIZE);
  kh_wipe (shared, sizeof shared);
  kh_wipe (clamped, sizeof clamped);
  return is_good;
}

void
kh_x25519_public (guint8 ret_public[KH_DH_SIZE], const guint8 secret[KH_DH_SIZE])
{
  static const guint8 base[KH_DH_SIZE] = { 9 };

  if (!kh_x25519 (ret_public, secret, base))
    g_error ("libgcrypt cannot do X25519");
}

typedef enum
{
  CIPHER_SEAL,
  CIPHER_OPEN,
  N_CIPHERS,
} CipherUse;

/* @key is the one whose schedule @handle has; no key at all before the first use. */
typedef struct
{
  gcry_cipher_hd_t handle;
  guint8 key[KH_AEAD_KEY_SIZE];
  gboolean has_key;
} Cipher;

/* (nullable): the calling thread's, N_CIPHERS of them. */
static _Thread_local Cipher *own_ciphers;

static void
free_ciphers (gpointer data)
{
  Cipher *ciphers = data;

  own_ciphers = NULL;
  for (guint i = 0; i < N_CIPHERS; i++)
    gcry_cipher_close (ciphers[i].handle);
  kh_wipe (ciphers, N_CIPHERS * sizeof *ciphers);
  g_free (ciphers);
}

/* Has them freed when their thread ends; to look there for each packet would take two calls. */
static GPrivate thread_ciphers = G_PRIVATE_INIT (free_ciphers);

static Cipher *
get_ciphers (void)
{
  Cipher *ciphers = own_ciphers;

  if (G_LIKELY (ciphers != NULL))
    return ciphers;
  kh_crypto_init ();
  ciphers = g_new0 (Cipher, N_CIPHERS);
  for (guint i = 0; i < N_CIPHERS; i++)
    check (gcry_cipher_open (&ciphers[i].handle, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_GCM, 0),
           "AES-256-GCM");
  g_private_set (&thread_ciphers, ciphers);
  own_ciphers = ciphers;
  return ciphers;
}

/* Four words without a branch: in constant time as kh_equal_const_time(), and not a byte a turn,
 * because every packet comes by here. */
static gboolean
is_same_key (const guint8 a[KH_AEAD_KEY_SIZE], const guint8 b[KH_AEAD_KEY_SIZE])
{
  guint64 left[4], right[4];

  memcpy (left, a, sizeof left);
  memcpy (right, b, sizeof right);
  return ((left[0] ^ right[0]) | (left[1] ^ right[1]) | (left[2] ^ right[2]) |
          (left[3] ^ right[3])) == 0;
}

static gcry_cipher_hd_t
start_cipher (CipherUse use,
              const guint8 key[KH_AEAD_KEY_SIZE],
              const guint8 nonce[NONCE_SIZE],
              const void *ad,
              gsize ad_len)
{
  Cipher *cipher = &get_ciphers ()[use];

  if (!cipher->has_key || !is_same_key (cipher->key, key))
    {
      check (gcry_cipher_setkey (cipher->handle, key, KH_AEAD_KEY_SIZE), "AES-256-GCM");
      memcpy (cipher->key, key, KH_AEAD_KEY_SIZE);
      cipher->has_key = TRUE;
    }
  /* Begins a message anew, under the same key. */
  check (gcry_cipher_setiv (cipher->handle, nonce, NONCE_SIZE), "AES-256-GCM");
  if (ad_len > 0)
    check (gcry_cipher_authenticate (cipher->handle, ad, ad_len), "AES-256-GCM");
  return cipher->handle;
}

static void
make_nonce (guint8 ret_nonce[NONCE_SIZE], guint64 counter)
{
  guint64 big_endian = GUINT64_TO_BE (counter);

  memset (ret_nonce, 0, 4);
  memcpy (ret_nonce + 4, &big_endian, sizeof big_endian);
}

void
kh_aead_seal_nonce (const guint8 key[KH_AEAD_KEY_SIZE],
                    const guint8 nonce[NONCE_SIZE],
                    const void *ad,
                    gsize ad_len,
                    guint8 *buf,
                    gsize len)
{
  gcry_cipher_hd_t handle = start_cipher (CIPHER_SEAL, key, nonce, ad, ad_len);

  if (len > 0)
    check (gcry_cipher_encrypt (handle, buf, len, NULL, 0), "AES-256-GCM");
  check (gcry_cipher_gettag (handle, buf + len, KH_AEAD_TAG_SIZE), "AES-256-GCM");
}

void
kh_aead_seal (const guint8 key[KH_AEAD_KEY_SIZE],
              guint64 nonce_counter,
              const void *ad,
              gsize ad_len,
              guint8 *buf,
              gsize len)
{
  guint8 nonce[NONCE_SIZE];

  make_nonce (nonce, nonce_counter);
  kh_aead_seal_nonce (key, nonce, ad, ad_len, buf, len);
}

void
kh_aead_seal_parts (const guint8 key[KH_AEAD_KEY_SIZE],
                    guint64 nonce_counter,
                    const void *ad,
                    gsize ad_len,
                    guint8 *buf,
                    gsize len,
                    const KhBytes *tail,
                    guint n_tail)
{
  guint8 nonce[NONCE_SIZE];
  gcry_cipher_hd_t handle;
  gsize at = len;

  for (guint i = 0; i < n_tail; i++)
    at -= tail[i].len;
  make_nonce (nonce, nonce_counter);
  handle = start_cipher (CIPHER_SEAL, key, nonce, ad, ad_len);
  if (at > 0)
    check (gcry_cipher_encrypt (handle, buf, at, NULL, 0), "AES-256-GCM");
  for (guint i = 0; i < n_tail; at += tail[i++].len)
    check (gcry_cipher_encrypt (handle, buf + at, tail[i].len, tail[i].data, tail[i].len),
           "AES-256-GCM");
  check (gcry_cipher_gettag (handle, buf + len, KH_AEAD_TAG_SIZE), "AES-256-GCM");
}

gboolean
kh_aead_open_to (const guint8 key[KH_AEAD_KEY_SIZE],
                 guint64 nonce_counter,
                 const void *ad,
                 gsize ad_len,
                 const guint8 *in,
                 gsize len,
                 guint8 *ret_plain)
{
  guint8 nonce[NONCE_SIZE], tag[KH_AEAD_TAG_SIZE];
  gcry_cipher_hd_t handle;
  gsize plain_len;

  if (len < KH_AEAD_TAG_SIZE)
    return FALSE;
  plain_len = len - KH_AEAD_TAG_SIZE;
  memcpy (tag, in + plain_len, KH_AEAD_TAG_SIZE);
  make_nonce (nonce, nonce_counter);

  handle = start_cipher (CIPHER_OPEN, key, nonce, ad, ad_len);
  if (plain_len > 0 && in == ret_plain)
    check (gcry_cipher_decrypt (handle, ret_plain, plain_len, NULL, 0), "AES-256-GCM");
  else if (plain_len > 0)
    check (gcry_cipher_decrypt (handle, ret_plain, plain_len, in, plain_len), "AES-256-GCM");
  if (gcry_cipher_checktag (handle, tag, KH_AEAD_TAG_SIZE) == 0)
    return TRUE;
  if (plain_len > 0)
    kh_wipe (ret_plain, plain_len);
  return FALSE;
}

gboolean
kh_aead_open (const guint8 key[KH_AEAD_KEY_SIZE],
              guint64 nonce_counter,
              const void *ad,
              gsize ad_len,
              guint8 *buf,
              gsize len)
{
  return kh_aead_open_to (key, nonce_counter, ad, ad_len, buf, len, buf);
}

void
kh_aead_forget (void)
{
  static const guint8 zero[KH_AEAD_KEY_SIZE];
  Cipher *ciphers = get_ciphers ();

  for (guint i = 0; i < N_CIPHERS; i++)
    {
      check (gcry_cipher_setkey (ciphers[i].handle, zero, sizeof zero), "AES-256-GCM");
      kh_wipe (ciphers[i].key, sizeof ciphers[i].key);
      ciphers[i].has_key = FALSE;
    }
}

/* gcry_buffer_t has no const, but is only read from. */
static void
set_buffer (gcry_buffer_t *buffer, const void *data, gsize len)
{
  *buffer = (gcry_buffer_t){ .size = len, .len = len, .data = (void *) data };
}

void
kh_sha256_parts (guint8 ret_hash[KH_HASH_SIZE], const KhBytes *parts, guint n_parts)
{
  gcry_buffer_t buffers[KH_HASH_PARTS_MAX];

  g_assert (n_parts <= KH_HASH_PARTS_MAX);
  kh_crypto_init ();
  for (guint i = 0; i < n_parts; i++)
    set_buffer (&buffers[i], parts[i].data, parts[i].len);
  check (gcry_md_hash_buffers (GCRY_MD_SHA256, 0, ret_hash, buffers, n_parts), "SHA-256");
}

void
kh_sha256 (guint8 ret_hash[KH_HASH_SIZE], const void *data, gsize len)
{
  kh_sha256_parts (ret_hash, &(KhBytes){ data, len }, 1);
}

void
kh_hmac_sha256_parts (guint8 ret_mac[KH_HASH_SIZE],
                      const void *key,
                      gsize key_len,
                      const KhBytes *parts,
                      guint n_parts)
{
  gcry_buffer_t buffers[KH_HASH_PARTS_MAX + 1];

  g_assert (n_parts <= KH_HASH_PARTS_MAX);
  kh_crypto_init ();
  set_buffer (&buffers[0], key, key_len);
  for (guint i = 0; i < n_parts; i++)
    set_buffer (&buffers[i + 1], parts[i].data, parts[i].len);
  check (gcry_md_hash_buffers (GCRY_MD_SHA256, GCRY_MD_FLAG_HMAC, ret_mac, buffers, n_parts + 1),
         "HMAC");
}

void
kh_hmac_sha256 (
    guint8 ret_mac[KH_HASH_SIZE], const void *key, gsize key_len, const void *data, gsize len)
{
  kh_hmac_sha256_parts (ret_mac, key, key_len, &(KhBytes){ data, len }, 1);
}

void
kh_hkdf (const void *salt,
         gsize salt_len,
         const void *secret,
         gsize secret_len,
         const void *info,
         gsize info_len,
         guint8 *ret_out,
         gsize out_len)
{
  static const guint8 no_salt[KH_HASH_SIZE];
  guint8 extracted[KH_HASH_SIZE], block[KH_HASH_SIZE];
  guint8 counter = 1;

  g_assert (out_len <= 255 * KH_HASH_SIZE);
  if (salt_len == 0)
    kh_hmac_sha256 (extracted, no_salt, sizeof no_salt, secret, secret_len);
  else
    kh_hmac_sha256 (extracted, salt, salt_len, secret, secret_len);

  for (gsize at = 0; at < out_len; at += KH_HASH_SIZE, counter++)
    {
      KhBytes parts[] = { { block, at == 0 ? 0 : KH_HASH_SIZE },
                          { info, info_len },
                          { &counter, 1 } };

      kh_hmac_sha256_parts (block, extracted, sizeof extracted, parts, G_N_ELEMENTS (parts));
      memcpy (ret_out + at, block, MIN (KH_HASH_SIZE, out_len - at));
    }
  kh_wipe (extracted, sizeof extracted);
  kh_wipe (block, sizeof block);
}

void
kh_hkdf_noise (const guint8 chaining_key[KH_HASH_SIZE],
               const void *secret,
               gsize secret_len,
               guint8 ret_first[KH_HASH_SIZE],
               guint8 ret_second[KH_HASH_SIZE],
               guint8 *ret_third)
{
  guint8 out[3 * KH_HASH_SIZE];
  gsize out_len = (ret_third == NULL ? 2 : 3) * KH_HASH_SIZE;

  kh_hkdf (chaining_key, KH_HASH_SIZE, secret, secret_len, NULL, 0, out, out_len);
  memcpy (ret_first, out, KH_HASH_SIZE);
  memcpy (ret_second, out + KH_HASH_SIZE, KH_HASH_SIZE);
  if (ret_third != NULL)
    memcpy (ret_third, out + 2 * KH_HASH_SIZE, KH_HASH_SIZE);
  kh_wipe (out, sizeof out);
}

gboolean
kh_argon2id_full (const KhArgon2id *in, guint8 *ret_out, gsize out_len)
{
  const unsigned long params[] = { out_len, in->passes, in->memory_kib, in->lanes };
  gcry_kdf_hd_t handle = NULL;
  gcry_error_t error;

  kh_crypto_init ();
  error = gcry_kdf_open (&handle, GCRY_KDF_ARGON2, GCRY_KDF_ARGON2ID, params, G_N_ELEMENTS (params),
                         in->passphrase.data, in->passphrase.len, in->salt.data, in->salt.len,
                         in->secret.data, in->secret.len, in->data.data, in->data.len);
  if (error != 0)
    return FALSE;
  error = gcry_kdf_compute (handle, NULL);
  if (error == 0)
    error = gcry_kdf_final (handle, out_len, ret_out);
  gcry_kdf_close (handle);
  return error == 0;
}

gboolean
kh_argon2id (const char *passphrase,
             const guint8 salt[16],
             guint memory_kib,
             guint passes,
             guint8 *ret_out,
             gsize out_len)
{
  const KhArgon2id in = {
    .passphrase = { passphrase, strlen (passphrase) },
    .salt = { salt, 16 },
    .memory_kib = memory_kib,
    .passes = passes,
    .lanes = 1,
  };

  return kh_argon2id_full (&in, ret_out, out_len);
}

gboolean
kh_equal_const_time (const void *a, const void *b, gsize len)
{
  const volatile guint8 *left = a, *right = b;
  guint8 difference = 0;

  for (gsize i = 0; i < len; i++)
    difference |= left[i] ^ right[i];
  return difference == 0;
}

void
kh_wipe (void *data, gsize len)
{
  explicit_bzero (data, len);
}
