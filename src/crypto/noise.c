/* noise.c: Noise_IK_25519_AESGCM_SHA256 (Noise revision 34, sections 5 and 7.5)
 *
 * SymmetricState and HandshakeState of the specification, for this one pattern. Every message is
 * processed on a copy of the symmetric state, which replaces the original only when all of it has
 * verified; the copy is wiped at the one exit. Each step carries its token of the pattern.
 */
#include "crypto/noise.h"

#include "crypto/primitives.h"

#define PROTOCOL_NAME "Noise_IK_25519_AESGCM_SHA256"

G_STATIC_ASSERT (sizeof PROTOCOL_NAME - 1 <= KH_HASH_SIZE);
G_STATIC_ASSERT (KH_NOISE_HASH_SIZE == KH_HASH_SIZE);

typedef enum
{
  STAGE_INITIATOR_WRITES,
  STAGE_INITIATOR_READS,
  STAGE_RESPONDER_READS,
  STAGE_RESPONDER_WRITES,
  STAGE_COMPLETE,
  STAGE_SPLIT,
} Stage;

/* Noise section 5.2. There is a key from the first DH on, which in IK is before the first
 * encryption, so "no key yet" has no state of its own. */
typedef struct
{
  guint8 chaining_key[KH_HASH_SIZE];
  guint8 hash[KH_HASH_SIZE];
  guint8 key[KH_AEAD_KEY_SIZE];
  guint64 nonce;
} Symmetric;

struct _KhNoise
{
  const KhIdentity *identity;
  KhRandom random;
  Stage stage;
  gboolean is_initiator;
  gboolean has_remote_static;
  KhKey remote_static;
  KhKey remote_ephemeral;
  guint8 ephemeral_secret[KH_DH_SIZE];
  Symmetric symmetric;
};

static void
mix_hash (Symmetric *self, const void *data, gsize len)
{
  KhBytes parts[] = { { self->hash, KH_HASH_SIZE }, { data, len } };

  kh_sha256_parts (self->hash, parts, G_N_ELEMENTS (parts));
}

static void
mix_key (Symmetric *self, guint8 shared[KH_DH_SIZE])
{
  kh_hkdf_noise (self->chaining_key, shared, KH_DH_SIZE, self->chaining_key, self->key, NULL);
  self->nonce = 0;
  kh_wipe (shared, KH_DH_SIZE);
}

/* DH with an ephemeral or other raw secret, mixed in; FALSE for a point of low order. */
static gboolean
mix_dh (Symmetric *self, const guint8 secret[KH_DH_SIZE], const KhKey *point)
{
  guint8 shared[KH_DH_SIZE];

  if (!kh_x25519 (shared, secret, point->bytes))
    return FALSE;
  mix_key (self, shared);
  return TRUE;
}

static gboolean
mix_identity_dh (Symmetric *self, const KhIdentity *identity, const KhKey *point)
{
  guint8 shared[KH_DH_SIZE];

  if (!kh_identity_agree (identity, point, shared))
    return FALSE;
  mix_key (self, shared);
  return TRUE;
}

/* EncryptAndHash: @out has room for @len and a tag. */
static void
encrypt_and_hash (Symmetric *self, const void *plain, gsize len, guint8 *out)
{
  if (len > 0)
    memcpy (out, plain, len);
  kh_aead_seal (self->key, self->nonce++, self->hash, KH_HASH_SIZE, out, len);
  mix_hash (self, out, len + KH_AEAD_TAG_SIZE);
}

/* DecryptAndHash: @len with the tag. */
static gboolean
decrypt_and_hash (Symmetric *self, const guint8 *cipher, gsize len, guint8 *ret_plain)
{
  if (!kh_aead_open_to (self->key, self->nonce, self->hash, KH_HASH_SIZE, cipher, len, ret_plain))
    return FALSE;
  self->nonce++;
  mix_hash (self, cipher, len);
  return TRUE;
}

static KhNoise *
noise_new (const KhIdentity *identity,
           const KhKey *responder_static,
           const void *prologue,
           gsize prologue_len,
           const KhRandom *random)
{
  KhNoise *self = g_new0 (KhNoise, 1);

  self->identity = identity;
  self->random = *random;
  /* Initialize: the name fits in a hash, so it is padded, not hashed. */
  memcpy (self->symmetric.hash, PROTOCOL_NAME, sizeof PROTOCOL_NAME - 1);
  memcpy (self->symmetric.chaining_key, self->symmetric.hash, KH_HASH_SIZE);
  mix_hash (&self->symmetric, prologue, prologue_len);
  /* <- s */
  mix_hash (&self->symmetric, responder_static->bytes, KH_KEY_SIZE);
  return self;
}

KhNoise *
kh_noise_new_initiator (const KhIdentity *identity,
                        const KhKey *remote_static,
                        const void *prologue,
                        gsize prologue_len,
                        const KhRandom *random)
{
  KhNoise *self = noise_new (identity, remote_static, prologue, prologue_len, random);

  self->is_initiator = TRUE;
  self->stage = STAGE_INITIATOR_WRITES;
  self->remote_static = *remote_static;
  self->has_remote_static = TRUE;
  return self;
}

KhNoise *
kh_noise_new_responder (const KhIdentity *identity,
                        const void *prologue,
                        gsize prologue_len,
                        const KhRandom *random)
{
  KhNoise *self =
      noise_new (identity, kh_identity_get_public (identity), prologue, prologue_len, random);

  self->stage = STAGE_RESPONDER_READS;
  return self;
}

void
kh_noise_free (KhNoise *self)
{
  if (self == NULL)
    return;
  kh_wipe (self, sizeof *self);
  kh_aead_forget ();
  g_free (self);
}

/* -> e, es, s, ss */
static gboolean
write_first (KhNoise *self, Symmetric *symmetric, const void *payload, gsize len, guint8 *out)
{
  guint8 *at = out;

  /* e */
  kh_random_fill (&self->random, self->ephemeral_secret, KH_DH_SIZE);
  kh_x25519_public (at, self->ephemeral_secret);
  mix_hash (symmetric, at, KH_DH_SIZE);
  at += KH_DH_SIZE;
  /* es */
  if (!mix_dh (symmetric, self->ephemeral_secret, &self->remote_static))
    return FALSE;
  /* s */
  encrypt_and_hash (symmetric, kh_identity_get_public (self->identity)->bytes, KH_KEY_SIZE, at);
  at += KH_KEY_SIZE + KH_AEAD_TAG_SIZE;
  /* ss */
  if (!mix_identity_dh (symmetric, self->identity, &self->remote_static))
    return FALSE;
  encrypt_and_hash (symmetric, payload, len, at);
  return TRUE;
}

/* <- e, ee, se */
static gboolean
write_second (KhNoise *self, Symmetric *symmetric, const void *payload, gsize len, guint8 *out)
{
  /* e */
  kh_random_fill (&self->random, self->ephemeral_secret, KH_DH_SIZE);
  kh_x25519_public (out, self->ephemeral_secret);
  mix_hash (symmetric, out, KH_DH_SIZE);
  /* ee */
  if (!mix_dh (symmetric, self->ephemeral_secret, &self->remote_ephemeral))
    return FALSE;
  /* se: the initiator's static key with our ephemeral one */
  if (!mix_dh (symmetric, self->ephemeral_secret, &self->remote_static))
    return FALSE;
  encrypt_and_hash (symmetric, payload, len, out + KH_DH_SIZE);
  return TRUE;
}

/* What the stage's message adds to its payload; FALSE where there is none to be written, or read.
 */
static gboolean
get_overhead (Stage stage, gboolean writing, gsize *ret_overhead)
{
  switch (stage)
    {
    case STAGE_INITIATOR_WRITES:
    case STAGE_RESPONDER_READS:
      *ret_overhead = KH_NOISE_MSG1_OVERHEAD;
      return writing == (stage == STAGE_INITIATOR_WRITES);
    case STAGE_RESPONDER_WRITES:
    case STAGE_INITIATOR_READS:
      *ret_overhead = KH_NOISE_MSG2_OVERHEAD;
      return writing == (stage == STAGE_RESPONDER_WRITES);
    case STAGE_COMPLETE:
    case STAGE_SPLIT:
      return FALSE;
    default:
      g_assert_not_reached ();
    }
}

gboolean
kh_noise_write (
    KhNoise *self, const void *payload, gsize len, guint8 *out, gsize out_size, gsize *ret_len)
{
  Symmetric symmetric = self->symmetric;
  gsize overhead = 0;
  gboolean written = FALSE;

  if (!get_overhead (self->stage, TRUE, &overhead) || len > KH_NOISE_MESSAGE_MAX - overhead ||
      len + overhead > out_size)
    goto out;
  if (self->is_initiator)
    written = write_first (self, &symmetric, payload, len, out);
  else
    written = write_second (self, &symmetric, payload, len, out);
  if (!written)
    goto out;

  self->symmetric = symmetric;
  self->stage = self->is_initiator ? STAGE_INITIATOR_READS : STAGE_COMPLETE;
  *ret_len = len + overhead;

out:
  kh_wipe (&symmetric, sizeof symmetric);
  return written;
}

/* -> e, es, s, ss */
static gboolean
read_first (KhNoise *self,
            Symmetric *symmetric,
            const guint8 *message,
            gsize len,
            guint8 *payload,
            KhKey *ret_ephemeral,
            KhKey *ret_static)
{
  const guint8 *at = message;

  /* e */
  memcpy (ret_ephemeral->bytes, at, KH_KEY_SIZE);
  mix_hash (symmetric, at, KH_KEY_SIZE);
  at += KH_KEY_SIZE;
  /* es */
  if (!mix_identity_dh (symmetric, self->identity, ret_ephemeral))
    return FALSE;
  /* s */
  if (!decrypt_and_hash (symmetric, at, KH_KEY_SIZE + KH_AEAD_TAG_SIZE, ret_static->bytes))
    return FALSE;
  at += KH_KEY_SIZE + KH_AEAD_TAG_SIZE;
  /* ss */
  if (!mix_identity_dh (symmetric, self->identity, ret_static))
    return FALSE;
  return decrypt_and_hash (symmetric, at, len - (gsize) (at - message), payload);
}

/* <- e, ee, se */
static gboolean
read_second (KhNoise *self,
             Symmetric *symmetric,
             const guint8 *message,
             gsize len,
             guint8 *payload,
             KhKey *ret_ephemeral)
{
  /* e */
  memcpy (ret_ephemeral->bytes, message, KH_KEY_SIZE);
  mix_hash (symmetric, message, KH_KEY_SIZE);
  /* ee */
  if (!mix_dh (symmetric, self->ephemeral_secret, ret_ephemeral))
    return FALSE;
  /* se: our static key with the responder's ephemeral one */
  if (!mix_identity_dh (symmetric, self->identity, ret_ephemeral))
    return FALSE;
  return decrypt_and_hash (symmetric, message + KH_KEY_SIZE, len - KH_KEY_SIZE, payload);
}

gboolean
kh_noise_read (KhNoise *self,
               const guint8 *message,
               gsize len,
               guint8 *payload,
               gsize payload_size,
               gsize *ret_len)
{
  Symmetric symmetric = self->symmetric;
  KhKey remote_static = self->remote_static, remote_ephemeral;
  gsize overhead = 0;
  gboolean genuine = FALSE;

  if (!get_overhead (self->stage, FALSE, &overhead) || len < overhead ||
      len > KH_NOISE_MESSAGE_MAX || len - overhead > payload_size)
    goto out;
  if (self->is_initiator)
    genuine = read_second (self, &symmetric, message, len, payload, &remote_ephemeral);
  else
    genuine =
        read_first (self, &symmetric, message, len, payload, &remote_ephemeral, &remote_static);
  if (!genuine)
    goto out;

  self->symmetric = symmetric;
  self->remote_static = remote_static;
  self->remote_ephemeral = remote_ephemeral;
  self->has_remote_static = TRUE;
  self->stage = self->is_initiator ? STAGE_COMPLETE : STAGE_RESPONDER_WRITES;
  *ret_len = len - overhead;

out:
  kh_wipe (&symmetric, sizeof symmetric);
  return genuine;
}

const KhKey *
kh_noise_remote_static (const KhNoise *self)
{
  return self->has_remote_static ? &self->remote_static : NULL;
}

const guint8 *
kh_noise_hash (const KhNoise *self)
{
  return self->symmetric.hash;
}

gboolean
kh_noise_is_complete (const KhNoise *self)
{
  return self->stage == STAGE_COMPLETE;
}

gboolean
kh_noise_split (KhNoise *self, KhTransportKeys *ret_keys)
{
  Symmetric *symmetric = &self->symmetric;

  if (self->stage != STAGE_COMPLETE)
    return FALSE;
  /* Noise section 5.2: the first key is the initiator's to send with. */
  if (self->is_initiator)
    kh_hkdf_noise (symmetric->chaining_key, NULL, 0, ret_keys->send, ret_keys->receive, NULL);
  else
    kh_hkdf_noise (symmetric->chaining_key, NULL, 0, ret_keys->receive, ret_keys->send, NULL);

  self->stage = STAGE_SPLIT;
  kh_wipe (symmetric->chaining_key, sizeof symmetric->chaining_key);
  kh_wipe (symmetric->key, sizeof symmetric->key);
  kh_wipe (self->ephemeral_secret, sizeof self->ephemeral_secret);
  kh_aead_forget ();
  return TRUE;
}
