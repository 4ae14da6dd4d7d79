/* session-keys.h: the keys of a session, and the handshakes that renew them (PROTOCOL.md, "Keys")
 *
 * Two minutes after the last handshake, if there was anything to protect since, one side runs
 * Noise_IK again inside the session:
 *
 *   REKEY 1 (epoch + 1)   sealed with the present keys, again until it is answered
 *   REKEY 2 (epoch + 1)   sealed with the present keys; its sender can open the new epoch
 *   any packet of epoch + 1 by the first side; when one has verified, the second side follows
 *
 * Who holds today's keys learns nothing of what the next ones seal, nor can continue the session
 * without the static key of one side: both static keys are in the handshake, and its prologue is
 * the hash of the handshake before. Both sides may ask at once: then the question of the session's
 * initiator counts, and each side knows that without a word.
 *
 * A packet names its epoch, so packets of two epochs may arrive in any order. The old keys only
 * open, for three round trips after the other side has used the new ones, and are wiped.
 */
#pragma once

#include "crypto/keys.h"
#include "wire/frame.h"

/* Either side asks; the session's responder a little later, so that they rarely cross. */
#define KH_REKEY_INTERVAL_US (G_GINT64_CONSTANT (120) * G_USEC_PER_SEC)
#define KH_REKEY_LATER_US (G_GINT64_CONSTANT (10) * G_USEC_PER_SEC)
/* A handshake costs the answering side five public-key operations, 2 ms: not more often. */
#define KH_REKEY_ANSWER_INTERVAL_US (G_GINT64_CONSTANT (5) * G_USEC_PER_SEC)
/* A peer that does not renew its keys for this long although asked is not talked to any more. */
#define KH_REKEY_PATIENCE_US (G_GINT64_CONSTANT (120) * G_USEC_PER_SEC)

typedef enum
{
  KH_REKEY_QUIET,    /* one pair of keys, apart from an old one for stragglers */
  KH_REKEY_ASKING,   /* REKEY 1 is out */
  KH_REKEY_ANSWERED, /* REKEY 2 is out; the next pair can open, and awaits its first packet */
} KhRekeyState;

typedef enum
{
  KH_REKEY_PASSED_OVER, /* late, repeated, or not now */
  KH_REKEY_DUE,         /* there is an answer to send */
  KH_REKEY_RENEWED,     /* the new keys are in use: send something under them */
  KH_REKEY_BROKEN,      /* an authentic peer sent what is no handshake */
} KhRekeyResult;

/* Part of a session: private to session*.c and its test. */
typedef struct
{
  gboolean initiator; /* of the session, not of a handshake */
  const KhIdentity *identity;
  KhKey remote;
  KhRandom random;
  guint8 hash[KH_NOISE_HASH_SIZE]; /* of the handshake that the present keys are from */

  KhKeyPair present;
  KhKeyPair previous; /* zero where there is none */
  KhKeyPair next;     /* of ANSWERED, else zero */
  guint8 next_hash[KH_NOISE_HASH_SIZE];
  gboolean has_previous;
  gint64 forget_us;  /* when to wipe @previous; KH_NEVER while the peer has not used @present */
  gint64 renewed_us; /* when @present was made */
  gboolean active;   /* something was said under @present */

  KhRekeyState state;
  KhNoise *noise;        /* (owned) (nullable): of ASKING */
  guint64 asked_number;  /* of ASKING: our numbers under the new keys start no lower */
  KhKey question;        /* of ANSWERED: the ephemeral key that tells a repeated question */
  gint64 answer_from_us; /* no answer before */
  gint64 rtt_us;         /* when the handshake began; 0 if unknown */

  gboolean owed; /* the message below is to be sent */
  guint8 message[KH_FRAME_REKEY_MAX];
  gsize message_len;
  gint64 next_us; /* of ASKING and ANSWERED: the next look at the patience */
  gint64 interval_us;
  gint64 patience_us; /* what is left of it */
} KhSessionKeys;

const char *kh_rekey_state_to_string (KhRekeyState state);

/* @identity is borrowed until kh_session_keys_clear(); the rest is copied. @hash as in
 * kh_noise_hash() */
void kh_session_keys_init (KhSessionKeys *self,
                           gboolean initiator,
                           const KhIdentity *identity,
                           const KhKey *remote,
                           const guint8 hash[KH_NOISE_HASH_SIZE],
                           const KhTransportKeys *keys,
                           KhRandom random,
                           gint64 now_us);
/* Wipes all of it. */
void kh_session_keys_clear (KhSessionKeys *self);

/* kh_key_pair_open() with the pair of @epoch. The first packet of a new epoch puts it in use. */
gboolean kh_session_keys_open (KhSessionKeys *self,
                               guint8 epoch,
                               guint64 number,
                               const void *ad,
                               gsize ad_len,
                               guint8 *buf,
                               gsize len,
                               gint64 now_us) G_GNUC_WARN_UNUSED_RESULT;

/**
 * kh_session_keys_receive:
 * @frame: a REKEY of a packet that has verified
 * @next_number: the lowest that we have not sealed
 * @rtt_us: of the path, 0 if unknown
 */
KhRekeyResult kh_session_keys_receive (
    KhSessionKeys *self, const KhFrame *frame, guint64 next_number, gint64 rtt_us, gint64 now_us);
/* Writes the REKEY that is to go out now, once. FALSE if there is none. */
gboolean kh_session_keys_write (KhSessionKeys *self, KhWriter *writer);

gint64 kh_session_keys_next_timeout (const KhSessionKeys *self);
/* FALSE where a handshake has not come to its end for too long: close the session. */
gboolean kh_session_keys_handle_timeout (KhSessionKeys *self,
                                         guint64 next_number,
                                         gint64 rtt_us,
                                         gint64 now_us) G_GNUC_WARN_UNUSED_RESULT;
