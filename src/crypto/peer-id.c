/* peer-id.c: peer IDs: their derivation, their writing and their forgiving reading
 *
 * Symbol i of the text is the coefficient c(i) of the Reed-Solomon code that peer-id.h describes;
 * the last two symbols are the checks.
 */
#include "crypto/peer-id.h"

#include "crypto/primitives.h"

#define DOMAIN "knothole peer id v1"
#define N_DATA 26
#define GROUP_SIZE 4

/* Crockford's base32, in lower case. */
static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

/* a * x in GF(32) modulo x^5 + x^2 + 1 */
static guint8
times_alpha (guint8 value)
{
  return value & 0x10 ? (guint8) ((value << 1) ^ 0x25) : (guint8) (value << 1);
}

/* By Horner's rule from the last symbol: Σ a^i · c(i). */
static void
get_syndromes (const guint8 symbols[KH_PEER_ID_SYMBOLS], guint8 *ret_sum, guint8 *ret_weighted)
{
  guint8 sum = 0, weighted = 0;

  for (int i = KH_PEER_ID_SYMBOLS - 1; i >= 0; i--)
    {
      sum ^= symbols[i];
      weighted = times_alpha (weighted) ^ symbols[i];
    }
  *ret_sum = sum;
  *ret_weighted = weighted;
}

/* The two check symbols: of 1024 pairs exactly one makes both sums 0, and trying the second alone
 * is enough because the first follows from the plain sum. */
static void
add_checks (guint8 symbols[KH_PEER_ID_SYMBOLS])
{
  guint8 sum, weighted, plain_sum;

  symbols[N_DATA] = symbols[N_DATA + 1] = 0;
  get_syndromes (symbols, &plain_sum, &weighted);
  for (guint8 last = 0; last < 32; last++)
    {
      symbols[N_DATA] = plain_sum ^ last;
      symbols[N_DATA + 1] = last;
      get_syndromes (symbols, &sum, &weighted);
      if (weighted == 0)
        return;
    }
  g_assert_not_reached ();
}

/* 0 where the symbols are right; else 1 to 28 for the one that is wrong, or -1 for no single one.
 */
static int
find_error (const guint8 symbols[KH_PEER_ID_SYMBOLS])
{
  guint8 sum, weighted;

  get_syndromes (symbols, &sum, &weighted);
  if (sum == 0 && weighted == 0)
    return 0;
  if (sum == 0 || weighted == 0)
    return -1;
  for (int at = 1; at <= KH_PEER_ID_SYMBOLS; at++, sum = times_alpha (sum))
    if (sum == weighted)
      return at;
  return -1;
}

static void
to_symbols (const KhPeerId *self, guint8 ret_symbols[KH_PEER_ID_SYMBOLS])
{
  for (guint i = 0; i < N_DATA; i++)
    {
      guint bit = i * 5, byte = bit / 8;
      guint pair = (guint) self->bytes[byte] << 8;

      if (byte + 1 < KH_PEER_ID_SIZE)
        pair |= self->bytes[byte + 1];
      ret_symbols[i] = (pair >> (11 - bit % 8)) & 31;
    }
  add_checks (ret_symbols);
}

static KhPeerId
from_symbols (const guint8 symbols[KH_PEER_ID_SYMBOLS])
{
  KhPeerId id = { { 0 } };

  for (guint i = 0; i < N_DATA; i++)
    for (guint bit = 0; bit < 5; bit++)
      if (symbols[i] & (16 >> bit))
        id.bytes[(i * 5 + bit) / 8] |= (guint8) (128 >> (i * 5 + bit) % 8);
  return id;
}

KhPeerId
kh_peer_id_from_key (const KhKey *key)
{
  KhBytes parts[] = { { DOMAIN, sizeof DOMAIN - 1 }, { key->bytes, KH_KEY_SIZE } };
  guint8 hash[KH_HASH_SIZE];
  KhPeerId id;

  kh_sha256_parts (hash, parts, G_N_ELEMENTS (parts));
  memcpy (id.bytes, hash, KH_PEER_ID_SIZE);
  id.bytes[KH_PEER_ID_SIZE - 1] &= 0xc0;
  return id;
}

gboolean
kh_peer_id_matches_key (const KhPeerId *self, const KhKey *key)
{
  KhPeerId id = kh_peer_id_from_key (key);

  return kh_peer_id_equal (self, &id);
}

gboolean
kh_peer_id_from_bytes (const guint8 bytes[KH_PEER_ID_SIZE], KhPeerId *ret_id)
{
  if ((bytes[KH_PEER_ID_SIZE - 1] & 0x3f) != 0)
    return FALSE;
  memcpy (ret_id->bytes, bytes, KH_PEER_ID_SIZE);
  return TRUE;
}

const char *
kh_peer_id_format (const KhPeerId *self, char buf[KH_PEER_ID_STRING_MAX])
{
  guint8 symbols[KH_PEER_ID_SYMBOLS];
  char *at = buf;

  to_symbols (self, symbols);
  for (guint i = 0; i < KH_PEER_ID_SYMBOLS; i++)
    {
      if (i > 0 && i % GROUP_SIZE == 0)
        *at++ = '-';
      *at++ = alphabet[symbols[i]];
    }
  *at = '\0';
  return buf;
}

char *
kh_peer_id_to_string (const KhPeerId *self)
{
  char buf[KH_PEER_ID_STRING_MAX];

  return g_strdup (kh_peer_id_format (self, buf));
}

/* What people and their software put between groups: spaces of every width, the hyphens and dashes
 * that a text field may make of "-", and marks that are not to be seen. */
static gboolean
is_separator (gunichar c)
{
  return c == '-' || g_unichar_isspace (c) || g_unichar_type (c) == G_UNICODE_DASH_PUNCTUATION ||
         g_unichar_type (c) == G_UNICODE_FORMAT || c == 0x2212 /* minus sign */;
}

/* -1 for what is no symbol. */
static int
get_symbol_value (gunichar c)
{
  char lower;
  const char *found;

  if (c == 0 || c >= 128)
    return -1;
  lower = g_ascii_tolower ((char) c);
  if (lower == 'i' || lower == 'l')
    lower = '1';
  else if (lower == 'o')
    lower = '0';
  found = strchr (alphabet, lower);
  return found == NULL ? -1 : (int) (found - alphabet);
}

static gboolean
refuse (KhPeerIdError *ret_error, KhPeerIdError error)
{
  if (ret_error != NULL)
    *ret_error = error;
  return FALSE;
}

/* Reads the symbols between the separators; more than 28 are counted up to 29 and not read. */
static gboolean
read_symbols (const char *text,
              guint8 ret_symbols[KH_PEER_ID_SYMBOLS],
              guint *ret_count,
              KhPeerIdError *ret_error)
{
  guint count = 0;

  while (*text != '\0' && count <= KH_PEER_ID_SYMBOLS)
    {
      gunichar c = g_utf8_get_char_validated (text, -1);
      gboolean is_text = c < (gunichar) -2;
      int value = is_text ? get_symbol_value (c) : -1;

      if (value < 0 && !(is_text && is_separator (c)))
        return refuse (ret_error,
                       (KhPeerIdError){
                           .kind = KH_PEER_ID_BAD_SYMBOL,
                           .position = count + 1,
                           .symbol = is_text ? c : 0xfffd,
                           .group = count < KH_PEER_ID_SYMBOLS ? count / GROUP_SIZE + 1 : 0,
                       });
      if (value >= 0 && count < KH_PEER_ID_SYMBOLS)
        ret_symbols[count] = (guint8) value;
      if (value >= 0)
        count++;
      text = g_utf8_next_char (text);
    }
  *ret_count = count;
  return TRUE;
}

gboolean
kh_peer_id_parse (const char *text, KhPeerId *ret_id, KhPeerIdError *ret_error)
{
  guint8 symbols[KH_PEER_ID_SYMBOLS];
  guint count;
  int wrong;

  if (!read_symbols (text, symbols, &count, ret_error))
    return FALSE;
  if (count == 0)
    return refuse (ret_error, (KhPeerIdError){ .kind = KH_PEER_ID_EMPTY });
  if (count < KH_PEER_ID_SYMBOLS)
    return refuse (ret_error, (KhPeerIdError){ .kind = KH_PEER_ID_TOO_SHORT, .n_symbols = count });
  if (count > KH_PEER_ID_SYMBOLS)
    return refuse (ret_error, (KhPeerIdError){ .kind = KH_PEER_ID_TOO_LONG, .n_symbols = count });
  wrong = find_error (symbols);
  if (wrong != 0)
    return refuse (ret_error, (KhPeerIdError){
                                  .kind = KH_PEER_ID_MISTYPED,
                                  .group = wrong < 0 ? 0 : ((guint) wrong - 1) / GROUP_SIZE + 1,
                              });
  if (ret_id != NULL)
    *ret_id = from_symbols (symbols);
  return TRUE;
}

static char *
bad_symbol_to_string (const KhPeerIdError *error)
{
  char symbol[7] = { 0 };

  if (error->symbol == 0xfffd)
    return g_strdup_printf ("character %u is not text", error->position);
  if (!g_unichar_isprint (error->symbol))
    return g_strdup_printf ("character %u cannot be in a peer ID", error->position);
  g_unichar_to_utf8 (error->symbol, symbol);
  return g_strdup_printf ("“%s” cannot be in a peer ID (character %u)", symbol, error->position);
}

char *
kh_peer_id_error_to_string (const KhPeerIdError *error)
{
  static const char *const ordinals[] = { "1st", "2nd", "3rd", "4th", "5th", "6th", "7th" };

  switch (error->kind)
    {
    case KH_PEER_ID_EMPTY:
      return g_strdup ("a peer ID is needed");
    case KH_PEER_ID_TOO_SHORT:
      return g_strdup_printf ("%u of %u characters", error->n_symbols, KH_PEER_ID_SYMBOLS);
    case KH_PEER_ID_TOO_LONG:
      return g_strdup_printf ("more than %u characters", KH_PEER_ID_SYMBOLS);
    case KH_PEER_ID_BAD_SYMBOL:
      return bad_symbol_to_string (error);
    case KH_PEER_ID_MISTYPED:
      if (error->group >= 1 && error->group <= G_N_ELEMENTS (ordinals))
        return g_strdup_printf ("mistyped: check the %s group", ordinals[error->group - 1]);
      return g_strdup ("mistyped: compare all groups");
    default:
      g_assert_not_reached ();
    }
}

const char *
kh_peer_id_error_kind_to_string (KhPeerIdErrorKind kind)
{
  switch (kind)
    {
    case KH_PEER_ID_EMPTY:
      return "empty";
    case KH_PEER_ID_TOO_SHORT:
      return "too-short";
    case KH_PEER_ID_TOO_LONG:
      return "too-long";
    case KH_PEER_ID_BAD_SYMBOL:
      return "bad-symbol";
    case KH_PEER_ID_MISTYPED:
      return "mistyped";
    default:
      return "unknown";
    }
}

gboolean
kh_peer_id_equal (const KhPeerId *a, const KhPeerId *b)
{
  return memcmp (a->bytes, b->bytes, KH_PEER_ID_SIZE) == 0;
}

int
kh_peer_id_compare (const KhPeerId *a, const KhPeerId *b)
{
  return memcmp (a->bytes, b->bytes, KH_PEER_ID_SIZE);
}

/* They are the beginning of a hash already. */
guint
kh_peer_id_hash_func (gconstpointer id)
{
  guint hash;

  memcpy (&hash, id, sizeof hash);
  return hash;
}

gboolean
kh_peer_id_equal_func (gconstpointer a, gconstpointer b)
{
  return kh_peer_id_equal (a, b);
}
