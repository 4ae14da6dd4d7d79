/* identity-file.h: the user's secret key in a file
 *
 * "identity.key" in the data folder: the 32 bytes of the X25519 secret key and nothing else, mode
 * 0600. Whoever holds it is the user, and without it the user is somebody else: so it is
 * never written over, and whatever is wrong with it is an error that says what to do, not a new
 * identity.
 */
#pragma once

#include "crypto/identity.h"
#include "store/error.h"

#define KH_IDENTITY_FILE_NAME "identity.key"

/**
 * kh_identity_file_load:
 * @dir: the data folder
 * @ret_secret: KH_KEY_SIZE bytes; the caller wipes them
 *
 * Errors: NO_IDENTITY (there is no such file, the only case in which to create one), IDENTITY
 * (wider permissions than 0600, another's file, not a file, a wrong size), READ_ONLY (no
 * permission), IO.
 */
gboolean kh_identity_file_load (const char *dir, guint8 ret_secret[KH_KEY_SIZE], GError **error);

/**
 * kh_identity_file_create:
 * @random: where the key comes from
 *
 * Makes the folder (mode 0700) and the file, synced before it gets its name.
 * Errors: EXISTS (there is an identity), READ_ONLY, DISK_FULL, IO.
 */
gboolean kh_identity_file_create (const char *dir,
                                  const KhRandom *random,
                                  guint8 ret_secret[KH_KEY_SIZE],
                                  GError **error);

/* Loads, or creates where NO_IDENTITY is the answer; of several processes that do so at once, all
 * get the same one. */
gboolean kh_identity_file_ensure (const char *dir,
                                  const KhRandom *random,
                                  guint8 ret_secret[KH_KEY_SIZE],
                                  GError **error);

/* As create, with a key that is known: of a backup. */
gboolean kh_identity_file_save (const char *dir,
                                const KhRandom *random,
                                const guint8 secret[KH_KEY_SIZE],
                                GError **error);
