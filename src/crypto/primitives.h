/* primitives.h: every cryptographic operation of the tree, and the only user of libgcrypt
 *
 * X25519 (RFC 7748), AES-256-GCM (NIST SP 800-38D), SHA-256 (FIPS 180-4), HMAC (RFC 2104) and HKDF
 * (RFC 5869), in the shapes that Noise revision 34 wants. Nothing here draws random numbers.
 *
 * A function that returns a gboolean answers a question about its input, which may come from the
 * network. What only a broken library can make fail (a hash, memory) ends the program instead.
 * All of it may be called from any thread.
 */
#pragma once

#include "wire/bytes.h"

#define KH_DH_SIZE 32       /* Noise DHLEN of 25519 */
#define KH_HASH_SIZE 32     /* Noise HASHLEN of SHA256 */
#define KH_AEAD_KEY_SIZE 32 /* AES-256 */
#define KH_AEAD_TAG_SIZE 16 /* the full GCM tag */

/* Prepares libgcrypt, once; the rest of this file does it at need. Programs call it first, so that
 * a library that is too old is named at the start. */
void kh_crypto_init (void);

/**
 * kh_x25519:
 * @ret_shared: the u-coordinate of @scalar · @point; written only on success
 * @scalar: clamped here
 * @point: anything, as it came from the network
 *
 * Returns FALSE where the result is all-zero, which every low-order @point gives: such a secret is
 * known to everybody (RFC 7748, section 6.1). About 370 µs.
 */
gboolean kh_x25519 (guint8 ret_shared[KH_DH_SIZE],
                    const guint8 scalar[KH_DH_SIZE],
                    const guint8 point[KH_DH_SIZE]) G_GNUC_WARN_UNUSED_RESULT;

void kh_x25519_public (guint8 ret_public[KH_DH_SIZE], const guint8 secret[KH_DH_SIZE]);

/**
 * kh_aead_seal:
 * @nonce_counter: the nonce is 4 zero bytes and this, big-endian (Noise section 12.4). The caller
 *   must never use one twice with the same @key
 * @ad: (nullable): authenticated, not encrypted
 * @buf: encrypted in place; room for @len + KH_AEAD_TAG_SIZE bytes
 * @len: of the plaintext
 *
 * Writes the tag behind the ciphertext.
 */
void kh_aead_seal (const guint8 key[KH_AEAD_KEY_SIZE],
                   guint64 nonce_counter,
                   const void *ad,
                   gsize ad_len,
                   guint8 *buf,
                   gsize len);

/* As kh_aead_seal(), but the last of the @len bytes are not in @buf: they are those of @tail, in
 * order, which end up there encrypted. Fastest where each part begins at a multiple of 16 bytes of
 * the plaintext, which is a cipher's block. */
void kh_aead_seal_parts (const guint8 key[KH_AEAD_KEY_SIZE],
                         guint64 nonce_counter,
                         const void *ad,
                         gsize ad_len,
                         guint8 *buf,
                         gsize len,
                         const KhBytes *tail,
                         guint n_tail);

/**
 * kh_aead_open:
 * @buf: ciphertext and tag; decrypted in place
 * @len: of ciphertext and tag together; anything
 *
 * The plaintext is @len - KH_AEAD_TAG_SIZE bytes. Returns FALSE where the tag does not match; @buf
 * is then zeroed, so that no unverified plaintext gets out.
 */
gboolean kh_aead_open (const guint8 key[KH_AEAD_KEY_SIZE],
                       guint64 nonce_counter,
                       const void *ad,
                       gsize ad_len,
                       guint8 *buf,
                       gsize len) G_GNUC_WARN_UNUSED_RESULT;

/* As kh_aead_open(), from @in, which stays, to @ret_plain of @len - KH_AEAD_TAG_SIZE bytes. The two
 * are the same or do not overlap. */
gboolean kh_aead_open_to (const guint8 key[KH_AEAD_KEY_SIZE],
                          guint64 nonce_counter,
                          const void *ad,
                          gsize ad_len,
                          const guint8 *in,
                          gsize len,
                          guint8 *ret_plain) G_GNUC_WARN_UNUSED_RESULT;

/* The calling thread's ciphers keep the keys they used last, to seal and to open; this overwrites
 * them. For those who wipe a key. */
void kh_aead_forget (void);

/* General GCM with a 96-bit nonce, for the known-answer tests. */
void kh_aead_seal_nonce (const guint8 key[KH_AEAD_KEY_SIZE],
                         const guint8 nonce[12],
                         const void *ad,
                         gsize ad_len,
                         guint8 *buf,
                         gsize len);

/* Most parts that one call of kh_sha256_parts() or kh_hmac_sha256_parts() takes. */
#define KH_HASH_PARTS_MAX 6

void kh_sha256 (guint8 ret_hash[KH_HASH_SIZE], const void *data, gsize len);
void kh_sha256_parts (guint8 ret_hash[KH_HASH_SIZE], const KhBytes *parts, guint n_parts);

void kh_hmac_sha256 (
    guint8 ret_mac[KH_HASH_SIZE], const void *key, gsize key_len, const void *data, gsize len);
void kh_hmac_sha256_parts (guint8 ret_mac[KH_HASH_SIZE],
                           const void *key,
                           gsize key_len,
                           const KhBytes *parts,
                           guint n_parts);

/* HKDF-SHA256 of RFC 5869, extract and expand. @out_len at most 255 · 32. */
void kh_hkdf (const void *salt,
              gsize salt_len,
              const void *secret,
              gsize secret_len,
              const void *info,
              gsize info_len,
              guint8 *ret_out,
              gsize out_len);

/**
 * kh_hkdf_noise:
 * @ret_third: (nullable): NULL for two outputs
 *
 * HKDF of Noise section 4.3. @chaining_key may be one of the outputs.
 */
void kh_hkdf_noise (const guint8 chaining_key[KH_HASH_SIZE],
                    const void *secret,
                    gsize secret_len,
                    guint8 ret_first[KH_HASH_SIZE],
                    guint8 ret_second[KH_HASH_SIZE],
                    guint8 *ret_third);

/**
 * kh_argon2id:
 * @memory_kib: at least 8; this much is allocated for the time of it
 * @passes: at least 1
 *
 * Argon2id of RFC 9106, version 19, with one lane. Returns FALSE where there is not so much memory.
 */
gboolean kh_argon2id (const char *passphrase,
                      const guint8 salt[16],
                      guint memory_kib,
                      guint passes,
                      guint8 *ret_out,
                      gsize out_len) G_GNUC_WARN_UNUSED_RESULT;

/* All that RFC 9106 lets in; @secret is its K and @data its X. */
typedef struct
{
  KhBytes passphrase, salt, secret, data;
  guint memory_kib, passes, lanes;
} KhArgon2id;

/* General Argon2id, for the known-answer tests. */
gboolean
kh_argon2id_full (const KhArgon2id *in, guint8 *ret_out, gsize out_len) G_GNUC_WARN_UNUSED_RESULT;

/* In a time that depends on @len only. */
gboolean kh_equal_const_time (const void *a, const void *b, gsize len) G_GNUC_WARN_UNUSED_RESULT;

/* Zeroes memory in a way that the compiler may not leave out. */
void kh_wipe (void *data, gsize len);
