/* identity-keeper.h: where the secret key of a data folder is, and how it moves
 *
 * In one of three places: in a file as it is (identity-file.h), in one under a passphrase
 * (identity-sealed.h), or in the desktop's keyring (keyring.h); of the last the folder has a mark,
 * "identity.keyring": the 16 bytes "KNOTHOLE KEYRING" and the 32 of the public key.
 *
 * A key moves by being written to the new place, read back from there, and only then removed from
 * the old one. Whatever happens in between, one of the two has it whole. Where a crash left both,
 * the one that asks the least of the user is taken: file, keyring, sealed. Two of different
 * identities are refused: IDENTITY.
 *
 * All of it blocks. But for kh_identity_keeper_peek(), and kh_identity_keeper_ensure() where there
 * is none yet, the caller holds the lock of the folder.
 */
#pragma once

#include "store/identity-sealed.h"

#define KH_IDENTITY_KEYRING_NAME "identity.keyring"

typedef enum
{
  KH_IDENTITY_PLACE_FILE,
  KH_IDENTITY_PLACE_SEALED,
  KH_IDENTITY_PLACE_KEYRING,
} KhIdentityPlace;

const char *kh_identity_place_to_string (KhIdentityPlace place);

/* Whose the folder is, which needs no secret. Errors: NO_IDENTITY, IDENTITY, READ_ONLY, IO. */
gboolean kh_identity_keeper_peek (const char *dir, KhKey *ret_public, GError **error);

/**
 * kh_identity_keeper_load:
 * @passphrase: (nullable)
 * @ret_place: where it was
 *
 * Takes away what a move that was cut short has left, where it can.
 * Errors: NO_IDENTITY (in none of the places), IDENTITY, NEEDS_PASSPHRASE, KEYRING, READ_ONLY, IO.
 */
gboolean kh_identity_keeper_load (const char *dir,
                                  const char *passphrase,
                                  guint8 ret_secret[KH_KEY_SIZE],
                                  KhIdentityPlace *ret_place,
                                  GError **error);

/**
 * kh_identity_keeper_ensure:
 * @want_keyring: a new identity goes there, if it can, and not to a file
 *
 * As load, and makes an identity where NO_IDENTITY is the answer. Also READ_ONLY, DISK_FULL.
 */
gboolean kh_identity_keeper_ensure (const char *dir,
                                    const char *passphrase,
                                    gboolean want_keyring,
                                    const KhRandom *random,
                                    guint8 ret_secret[KH_KEY_SIZE],
                                    KhIdentityPlace *ret_place,
                                    GError **error);

/**
 * kh_identity_keeper_move:
 * @secret: what load gave
 * @passphrase: (nullable): for SEALED, which may be where it is already: under another one
 * @cost: of @passphrase
 *
 * On an error the old place has it still. Errors: INVALID (the passphrase), KEYRING, IDENTITY,
 * READ_ONLY, DISK_FULL, IO.
 */
gboolean kh_identity_keeper_move (const char *dir,
                                  const guint8 secret[KH_KEY_SIZE],
                                  KhIdentityPlace to,
                                  const char *passphrase,
                                  const KhKeyCost *cost,
                                  const KhRandom *random,
                                  GError **error);
