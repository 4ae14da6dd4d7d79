/* identity.c: an X25519 key pair that wipes itself
 *
 * Owns the long-term secret and keeps the public key beside it, because to derive it costs a
 * scalar multiplication.
 */
#include "crypto/identity.h"

#include "crypto/primitives.h"

struct _KhIdentity
{
  KhKey public_key;
  guint8 secret[KH_KEY_SIZE];
};

KhIdentity *
kh_identity_new (const KhRandom *random)
{
  guint8 secret[KH_KEY_SIZE];
  KhIdentity *self;

  kh_random_fill (random, secret, sizeof secret);
  self = kh_identity_new_from_secret (secret);
  kh_wipe (secret, sizeof secret);
  return self;
}

KhIdentity *
kh_identity_new_from_secret (const guint8 secret[KH_KEY_SIZE])
{
  KhIdentity *self = g_new0 (KhIdentity, 1);

  memcpy (self->secret, secret, KH_KEY_SIZE);
  kh_x25519_public (self->public_key.bytes, secret);
  return self;
}

void
kh_identity_free (KhIdentity *self)
{
  if (self == NULL)
    return;
  kh_wipe (self, sizeof *self);
  g_free (self);
}

const KhKey *
kh_identity_get_public (const KhIdentity *self)
{
  return &self->public_key;
}

void
kh_identity_copy_secret (const KhIdentity *self, guint8 ret_secret[KH_KEY_SIZE])
{
  memcpy (ret_secret, self->secret, KH_KEY_SIZE);
}

gboolean
kh_identity_agree (const KhIdentity *self, const KhKey *other, guint8 ret_shared[KH_KEY_SIZE])
{
  return kh_x25519 (ret_shared, self->secret, other->bytes);
}
