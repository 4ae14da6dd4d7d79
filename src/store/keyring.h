/* keyring.h: the secret key in the desktop's keyring
 *
 * The Secret Service (gnome-keyring, KWallet, KeePassXC), or in a sandbox libsecret's own file
 * under the key that the Secret portal gives; libsecret chooses. An item has the label "Knothole
 * PEER-ID", the public key as its attribute and the secret key as its secret, both in hexadecimal.
 *
 * All of it blocks, for a thread with nothing else to do, and calls of the main loop of others are
 * not made meanwhile. A keyring that does not answer is given KH_KEYRING_LIMIT_MS a step; where the
 * desktop asks the user to unlock it, KH_KEYRING_UNLOCK_MS. g_cancellable_get_current() ends the
 * wait before that.
 *
 * Errors are KEYRING: there is none, it is locked, it does not answer, it was not waited for, or
 * it has no such key.
 */
#pragma once

#include "store/error.h"
#include "crypto/identity.h"

#define KH_KEYRING_LIMIT_MS 2000
/* As long as a person may look for a password. */
#define KH_KEYRING_UNLOCK_MS 60000

/* Whether this Knothole was built with it. */
gboolean kh_keyring_is_supported (void);
/* In place of KH_KEYRING_LIMIT_MS: for tests, whose machine may be busy. Before all else. */
void kh_keyring_set_limit (guint limit_ms);

/* In the default keyring, or over what is there of the same key. */
gboolean kh_keyring_store (const KhKey *key, const guint8 secret[KH_KEY_SIZE], GError **error);
/* The caller wipes @ret_secret. */
gboolean kh_keyring_lookup (const KhKey *key, guint8 ret_secret[KH_KEY_SIZE], GError **error);
/* One that is not there is no error. */
gboolean kh_keyring_clear (const KhKey *key, GError **error);
