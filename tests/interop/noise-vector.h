/* noise-vector.h: one test vector of the handshake, whatever file it was read from, and its run */
#pragma once

#include <glib.h>

/* The protocol that src/crypto/noise.h implements; all others are skipped. */
#define NOISE_VECTOR_PROTOCOL "Noise_IK_25519_AESGCM_SHA256"

/**
 * NoiseVector:
 * @prologues, @secrets, @ephemerals: of the initiator, of the responder
 * @remote_static: (nullable): the responder's public key as the initiator is told it
 * @hash: (nullable): the handshake hash after both messages
 * @payloads, @ciphertexts: (element-type GBytes): of the messages, which alternate from the
 *   initiator's on; those after the second are transport messages
 */
typedef struct
{
  GBytes *prologues[2];
  GBytes *secrets[2];
  GBytes *ephemerals[2];
  GBytes *remote_static;
  GBytes *hash;
  GPtrArray *payloads;
  GPtrArray *ciphertexts;
} NoiseVector;

NoiseVector *noise_vector_new (void);
void noise_vector_free (NoiseVector *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NoiseVector, noise_vector_free)

/* (transfer full) (nullable): NULL where @text is no hexadecimal. */
GBytes *noise_vector_bytes (const char *text);

/* Runs both sides; FALSE, with @ret_why (transfer full), where any byte is not as it should be. */
gboolean noise_vector_run (const NoiseVector *self, char **ret_why);
