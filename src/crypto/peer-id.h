/* peer-id.h: the name by which people find each other
 *
 * 130 bits of SHA-256("knothole peer id v1" ‖ public key) as 26 symbols of Crockford's base32,
 * and 2 symbols of checksum, in 7 groups of 4: "k3f9-7dqx-m2p8-…", 34 characters.
 *
 * The checksum is a Reed-Solomon code over GF(32) (x^5 + x^2 + 1, shortened from (31, 29)): with a
 * a primitive element and c(0) … c(27) the symbols, both
 *     S0 = Σ c(i)   and   S1 = Σ a^i · c(i)
 * are 0. One wrong symbol, at j and by e, gives S0 = e and S1 = e · a^j, so it is always noticed
 * and j can be read off, hence its group. Any two wrong symbols are noticed too, which includes
 * any two that changed places: those give S0 = 0, and no place can be named. It guards against
 * slips of the pen and nothing else; that the right person answers is what the hash is for.
 */
#pragma once

#include "wire/key.h"

/* 130 bits, rounded up. */
#define KH_PEER_ID_SIZE 17
#define KH_PEER_ID_SYMBOLS 28
#define KH_PEER_ID_GROUPS 7
/* 28 symbols, 6 hyphens and the end */
#define KH_PEER_ID_STRING_MAX 35

/* A plain value; the low 6 bits of the last byte are 0. */
typedef struct
{
  guint8 bytes[KH_PEER_ID_SIZE];
} KhPeerId;

typedef enum
{
  KH_PEER_ID_EMPTY,
  KH_PEER_ID_TOO_SHORT,
  KH_PEER_ID_TOO_LONG,
  KH_PEER_ID_BAD_SYMBOL,
  KH_PEER_ID_MISTYPED,
} KhPeerIdErrorKind;

/**
 * KhPeerIdError:
 * @n_symbols: TOO_SHORT: how many of the 28 are there
 * @position: BAD_SYMBOL: which symbol it is, from 1
 * @symbol: BAD_SYMBOL: the character, U+FFFD where it is no character
 * @group: BAD_SYMBOL: 1 to 7, or 0 past the end. MISTYPED: 1 to 7 where one wrong symbol explains
 * it, else 0
 */
typedef struct
{
  KhPeerIdErrorKind kind;
  guint n_symbols;
  guint position;
  gunichar symbol;
  guint group;
} KhPeerIdError;

KhPeerId kh_peer_id_from_key (const KhKey *key);
/* Is @self the ID of @key? The check that binds whoever answers. */
gboolean kh_peer_id_matches_key (const KhPeerId *self, const KhKey *key);
/* For an ID that came over the wire: FALSE where its unused bits are not 0. */
gboolean kh_peer_id_from_bytes (const guint8 bytes[KH_PEER_ID_SIZE], KhPeerId *ret_id);

/* Writes the 34 characters and returns @buf. */
const char *kh_peer_id_format (const KhPeerId *self, char buf[KH_PEER_ID_STRING_MAX]);
/* (transfer full) */
char *kh_peer_id_to_string (const KhPeerId *self);

/**
 * kh_peer_id_parse:
 * @text: anything, as it was typed or pasted
 * @ret_id: (optional)
 * @ret_error: (optional): written only on failure
 *
 * Case, white space and hyphens of all kinds do not matter; I and L are read as 1, O as 0.
 */
gboolean kh_peer_id_parse (const char *text, KhPeerId *ret_id, KhPeerIdError *ret_error);

/* (transfer full): in English: "27 of 28 characters", "mistyped: check the 3rd group". */
char *kh_peer_id_error_to_string (const KhPeerIdError *error);
const char *kh_peer_id_error_kind_to_string (KhPeerIdErrorKind kind);

gboolean kh_peer_id_equal (const KhPeerId *a, const KhPeerId *b);
int kh_peer_id_compare (const KhPeerId *a, const KhPeerId *b);
/* For GHashTable. */
guint kh_peer_id_hash_func (gconstpointer id);
gboolean kh_peer_id_equal_func (gconstpointer a, gconstpointer b);
