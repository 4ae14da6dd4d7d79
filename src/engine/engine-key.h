/* engine-key.h: where the secret key of the identity is kept
 *
 * Part of engine.h. How, and how it moves, is in store/identity-keeper.h.
 */
#pragma once

#include <gio/gio.h>

typedef struct _KhEngine KhEngine;

/**
 * KhKeyPlace:
 * @KH_KEY_IN_FILE: in the data folder as it is: whoever reads the user's files can be the user
 * @KH_KEY_UNDER_PASSPHRASE: there too, but for nothing without the passphrase
 * @KH_KEY_IN_KEYRING: in the desktop's keyring, which opens as the user logs in
 */
typedef enum
{
  KH_KEY_IN_FILE,
  KH_KEY_UNDER_PASSPHRASE,
  KH_KEY_IN_KEYRING,
} KhKeyPlace;

/* "file", "passphrase", "keyring" */
const char *kh_key_place_to_string (KhKeyPlace place);

/* For the next kh_engine_open_async(), after KH_ENGINE_ERROR_PASSPHRASE; forgotten once it is done.
 * @passphrase: (nullable) */
void kh_engine_set_passphrase (KhEngine *self, const char *passphrase);

/* While the engine is open; it changes by kh_engine_move_key_async() alone. */
KhKeyPlace kh_engine_get_key_place (KhEngine *self);

/**
 * kh_engine_move_key_async:
 * @place: may be UNDER_PASSPHRASE where it is that already: under another one
 * @passphrase: (nullable): for UNDER_PASSPHRASE, 1 to 1024 bytes
 *
 * It is written to the new place and read back from there before it is removed from the old one;
 * after an error it is in the old one still. Takes a second for a passphrase; a keyring that does
 * not answer is given 2 s. Ends in kh_engine_finish(). Errors: KEYRING, INVALID (the passphrase; or
 * it is being moved), IDENTITY_FILE, and those of the disk.
 */
void kh_engine_move_key_async (KhEngine *self,
                               KhKeyPlace place,
                               const char *passphrase,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
