/* noise.h: the handshake Noise_IK_25519_AESGCM_SHA256, Noise revision 34, without I/O
 *
 *   IK:
 *     <- s
 *     ...
 *     -> e, es, s, ss
 *     <- e, ee, se
 *
 * The initiator calls write, read, split; the responder read, write, split. A call that fails, or
 * is out of turn, returns FALSE and changes nothing: a forged answer does not end an attempt, the
 * true one may still come. Message 1 proves its sender only to a responder whose key is not stolen:
 * believe nothing in it before the first transport packet verifies (PROTOCOL.md, "Introductions").
 */
#pragma once

#include "crypto/identity.h"

typedef struct _KhNoise KhNoise;

/* Noise section 3: no message is longer. */
#define KH_NOISE_MESSAGE_MAX 65535
/* What a message adds to its payload: keys of 32 bytes, tags of 16. e, s with tag, payload's tag */
#define KH_NOISE_MSG1_OVERHEAD (32 + 48 + 16)
/* e, payload's tag */
#define KH_NOISE_MSG2_OVERHEAD (32 + 16)

#define KH_NOISE_HASH_SIZE 32

/**
 * KhTransportKeys:
 * @send: for kh_aead_seal() on this side
 * @receive: for kh_aead_open() on this side
 *
 * Of Noise's Split(), already told apart by role. Wipe after use; kh_key_pair_init() takes them.
 */
typedef struct
{
  guint8 send[32];
  guint8 receive[32];
} KhTransportKeys;

/**
 * kh_noise_new_initiator:
 * @identity: (transfer none): borrowed until kh_noise_free()
 * @remote_static: the key whose owner alone can answer
 * @prologue: what both sides must agree on; hashed at once
 * @random: 32 bytes of it become the ephemeral key in kh_noise_write(); copied
 *
 * (transfer full). No public-key operation yet.
 */
KhNoise *kh_noise_new_initiator (const KhIdentity *identity,
                                 const KhKey *remote_static,
                                 const void *prologue,
                                 gsize prologue_len,
                                 const KhRandom *random);
KhNoise *kh_noise_new_responder (const KhIdentity *identity,
                                 const void *prologue,
                                 gsize prologue_len,
                                 const KhRandom *random);
/* Wipes all of it. */
void kh_noise_free (KhNoise *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhNoise, kh_noise_free)

/**
 * kh_noise_write:
 * @out: must not overlap @payload; undefined on failure
 * @ret_len: @len plus the overhead of the message
 *
 * Writes the next message. FALSE where it is not this side's turn, where the message would not fit
 * in @out_size or KH_NOISE_MESSAGE_MAX, or where the other side's key is of low order.
 */
gboolean kh_noise_write (KhNoise *self,
                         const void *payload,
                         gsize len,
                         guint8 *out,
                         gsize out_size,
                         gsize *ret_len) G_GNUC_WARN_UNUSED_RESULT;

/**
 * kh_noise_read:
 * @message: anything, as it came from the network
 * @payload: must not overlap @message; undefined on failure, but never unverified plaintext
 * @ret_len: @len less the overhead of the message
 *
 * Verifies the next message. FALSE where it is not this side's turn, where @message is not genuine,
 * or where its payload does not fit in @payload_size.
 */
gboolean kh_noise_read (KhNoise *self,
                        const guint8 *message,
                        gsize len,
                        guint8 *payload,
                        gsize payload_size,
                        gsize *ret_len) G_GNUC_WARN_UNUSED_RESULT;

/* (transfer none) (nullable): the other side's key; NULL in a responder before message 1. */
const KhKey *kh_noise_remote_static (const KhNoise *self);

/* (transfer none): the handshake hash so far; after both messages it names the session (Noise
 * section 11.2). It stays readable after kh_noise_split(). */
const guint8 *kh_noise_hash (const KhNoise *self);

/* Have both messages passed, and have the keys not yet been taken? */
gboolean kh_noise_is_complete (const KhNoise *self);

/* Hands out the transport keys, once, and wipes the handshake's secrets. FALSE before both messages
 * have passed, and after the first time. */
gboolean kh_noise_split (KhNoise *self, KhTransportKeys *ret_keys) G_GNUC_WARN_UNUSED_RESULT;
