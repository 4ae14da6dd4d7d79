/* keys.h: a pair of transport keys and the rules of their use (PROTOCOL.md, "Keys")
 *
 * A packet's number is its nonce. Numbers are cut into generations of 2^22: the keys of the
 * handshake are those of the generation that the direction began in, and each generation after it
 * has REKEY() (Noise section 11.3) of the one before. So both sides know from the number alone
 * which key is meant, without a message that could be lost, and no key seals as many as 2^23
 * packets. The receiver follows when a packet of the next generation has verified, and keeps the
 * key before it for stragglers.
 *
 * A fresh Diffie-Hellman makes a new pair with another epoch, which every packet names. Numbers go
 * on across epochs, so a later pair begins at whatever numbers the two directions have reached.
 *
 * A plain value of 120 bytes, because a server holds one for each of its clients. It does not
 * refuse replays: that is replay.h. The order for a received packet is kh_replay_check(),
 * kh_key_pair_open(), kh_replay_commit().
 */
#pragma once

#include "crypto/noise.h"
#include "wire/bytes.h"

/* Packets of one generation: half of the 2^23 that no key may seal (PROTOCOL.md, "Keys"). */
#define KH_KEY_GENERATION_BITS 22
/* The key of the generation before is kept for so many packet numbers of the new one: more than
 * any replay window lets through. */
#define KH_KEY_STRAGGLERS 65536
/* How far beyond the generation that it began in a new pair's first packet may be: what a session
 * at full rate sends under the old keys while a handshake is under way. Afterwards it is 1. */
#define KH_KEY_GENERATIONS_AHEAD 64
/* The largest packet number, that of a QUIC varint, as acknowledgements carry it. */
#define KH_PACKET_NUMBER_MAX ((G_GUINT64_CONSTANT (1) << 62) - 1)
/* What sealing adds to a packet: the tag. */
#define KH_KEY_OVERHEAD 16

typedef struct
{
  guint8 send_key[32];
  guint8 receive_key[32];
  guint8 previous_receive_key[32];
  guint64 next_number;        /* the lowest that may still be sealed */
  guint32 send_generation;    /* of send_key */
  guint32 receive_generation; /* of receive_key */
  guint8 epoch;
  gboolean has_previous : 1;
  gboolean has_sealed : 1;
  gboolean has_opened : 1;
} KhKeyPair;

/* The keys of a first handshake. Copies @keys, which the caller wipes. */
void kh_key_pair_init (KhKeyPair *self, const KhTransportKeys *keys, guint8 epoch);

/**
 * kh_key_pair_init_at:
 * @send_from: the lowest number that this side will seal with the pair
 * @receive_from: the same of the other side, as it said itself
 *
 * The keys of a later handshake. FALSE, with nothing changed, for numbers that no session reaches.
 */
gboolean kh_key_pair_init_at (KhKeyPair *self,
                              const KhTransportKeys *keys,
                              guint8 epoch,
                              guint64 send_from,
                              guint64 receive_from) G_GNUC_WARN_UNUSED_RESULT;
/* Wipes; the value must be initialised again before use. */
void kh_key_pair_clear (KhKeyPair *self);

/**
 * kh_key_pair_seal:
 * @number: of this packet. Each call needs a greater one than the last; gaps are allowed
 * @ad: the packet's header
 * @buf: plaintext, sealed in place; room for @len + KH_KEY_OVERHEAD bytes
 *
 * Returns FALSE, with nothing changed, where @number was used before or passed over, or is past
 * KH_PACKET_NUMBER_MAX, or is further ahead than the receiver would follow: no nonce can be used
 * twice.
 */
gboolean kh_key_pair_seal (KhKeyPair *self,
                           guint64 number,
                           const void *ad,
                           gsize ad_len,
                           guint8 *buf,
                           gsize len) G_GNUC_WARN_UNUSED_RESULT;

/* As kh_key_pair_seal(), but the last of the @len bytes are not in @buf: they are those of @tail,
 * in order. */
gboolean kh_key_pair_seal_parts (KhKeyPair *self,
                                 guint64 number,
                                 const void *ad,
                                 gsize ad_len,
                                 guint8 *buf,
                                 gsize len,
                                 const KhBytes *tail,
                                 guint n_tail) G_GNUC_WARN_UNUSED_RESULT;

/**
 * kh_key_pair_open:
 * @number: as the packet claims it
 * @buf: ciphertext and tag, opened in place; the plaintext is KH_KEY_OVERHEAD shorter
 *
 * Returns FALSE where the packet is not genuine, or its number is of a generation that is neither
 * the present one nor one beside it (see KH_KEY_GENERATIONS_AHEAD for the first). @buf is then
 * undefined and the rest unchanged.
 */
gboolean kh_key_pair_open (KhKeyPair *self,
                           guint64 number,
                           const void *ad,
                           gsize ad_len,
                           guint8 *buf,
                           gsize len) G_GNUC_WARN_UNUSED_RESULT;
