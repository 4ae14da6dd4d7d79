/* identity.h: who one is: an X25519 key pair
 *
 * Immutable once made. The secret leaves it only by kh_identity_copy_secret(), for the key storage.
 */
#pragma once

#include "wire/key.h"
#include "wire/random.h"

typedef struct _KhIdentity KhIdentity;

/* (transfer full): a fresh key pair from 32 bytes of @random. */
KhIdentity *kh_identity_new (const KhRandom *random);
/* (transfer full): the pair of a stored secret; every 32 bytes are one. The caller wipes its own
 * copy. */
KhIdentity *kh_identity_new_from_secret (const guint8 secret[KH_KEY_SIZE]);
/* Wipes the secret. */
void kh_identity_free (KhIdentity *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhIdentity, kh_identity_free)

/* (transfer none) */
const KhKey *kh_identity_get_public (const KhIdentity *self);

/* For the key storage, which wipes @ret_secret after use. */
void kh_identity_copy_secret (const KhIdentity *self, guint8 ret_secret[KH_KEY_SIZE]);

/* X25519 of the secret and @other; FALSE where @other is of low order, as kh_x25519(). */
gboolean kh_identity_agree (const KhIdentity *self,
                            const KhKey *other,
                            guint8 ret_shared[KH_KEY_SIZE]) G_GNUC_WARN_UNUSED_RESULT;
