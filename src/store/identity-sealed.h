/* identity-sealed.h: the secret key in a file, under a passphrase
 *
 * "identity.sealed", integers big-endian:
 *
 *   "KNOTHOLE SECRET\n"   16 bytes
 *   version                1 byte: 1
 *   memory                 4 bytes: KiB of Argon2id, at most KH_BACKUP_MEMORY_MAX
 *   passes                 4 bytes: of Argon2id, at most KH_BACKUP_PASSES_MAX
 *   salt                   16 bytes, random
 *   public key             32 bytes
 *   check                  16 bytes
 *   secret key             32 bytes of ciphertext, and a tag of 16
 *
 * Argon2id (RFC 9106, version 19, one lane) of passphrase and salt gives 48 bytes: 32 of the key
 * and the check, by which a wrong passphrase is told from a damaged file. The secret key is sealed
 * by AES-256-GCM with a nonce of zeros, as that key is used once, and all before it is
 * authenticated with it. So the peer ID can be told without the passphrase.
 */
#pragma once

#include "crypto/identity.h"
#include "store/error.h"

#define KH_IDENTITY_SEALED_NAME "identity.sealed"
#define KH_IDENTITY_SEALED_SIZE (16 + 1 + 4 + 4 + 16 + KH_KEY_SIZE + 16 + KH_KEY_SIZE + 16)

/* What a guess costs: KiB of memory and passes over it. */
typedef struct
{
  guint memory_kib, passes;
} KhKeyCost;

extern const KhKeyCost kh_key_cost;

/* What goes into the file. @passphrase: 1 to KH_BACKUP_PASSPHRASE_MAX bytes. INVALID, IO (there is
 * not so much memory). */
gboolean kh_identity_sealed_make (const guint8 secret[KH_KEY_SIZE],
                                  const char *passphrase,
                                  const KhKeyCost *cost,
                                  const KhRandom *random,
                                  guint8 ret_file[KH_IDENTITY_SEALED_SIZE],
                                  GError **error);

/* Whose it is, as it says; IDENTITY where it is no such file. */
gboolean kh_identity_sealed_peek (const guint8 file[KH_IDENTITY_SEALED_SIZE],
                                  const char *path,
                                  KhKey *ret_public,
                                  GError **error);

/**
 * kh_identity_sealed_open:
 * @path: for the message
 *
 * Errors: NEEDS_PASSPHRASE (this is not it), IDENTITY (damaged).
 */
gboolean kh_identity_sealed_open (const guint8 file[KH_IDENTITY_SEALED_SIZE],
                                  const char *path,
                                  const char *passphrase,
                                  guint8 ret_secret[KH_KEY_SIZE],
                                  GError **error);
