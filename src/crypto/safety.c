/* safety.c: derives the safety number from both public keys
 *
 * The keys go in by size, so that both sides hash the same, and again in each iteration, as in
 * Signal's numeric fingerprint, whose count of iterations this takes over.
 */
#include "crypto/safety.h"

#include "crypto/primitives.h"

#define DOMAIN "knothole safety number v1"
#define ITERATIONS 5200
#define N_GROUPS 12
#define GROUP_BYTES 5

const char *
kh_safety_format (const KhKey *a, const KhKey *b, char buf[KH_SAFETY_STRING_MAX])
{
  const KhKey *low = kh_key_compare (a, b) <= 0 ? a : b;
  const KhKey *high = low == a ? b : a;
  guint8 hash[KH_HASH_SIZE] = { 0 }, bytes[N_GROUPS * GROUP_BYTES];
  KhBytes parts[] = {
    { hash, sizeof hash },
    { low->bytes, KH_KEY_SIZE },
    { high->bytes, KH_KEY_SIZE },
    { DOMAIN, sizeof DOMAIN - 1 },
  };
  char *at = buf;

  for (int i = 0; i < ITERATIONS; i++)
    kh_sha256_parts (hash, parts, G_N_ELEMENTS (parts));
  kh_hkdf (NULL, 0, hash, sizeof hash, DOMAIN, sizeof DOMAIN - 1, bytes, sizeof bytes);

  for (guint i = 0; i < N_GROUPS; i++)
    {
      guint64 value = 0;

      for (guint j = 0; j < GROUP_BYTES; j++)
        value = value << 8 | bytes[i * GROUP_BYTES + j];
      at += g_snprintf (at, 7, i == 0 ? "%05u" : " %05u", (guint) (value % 100000));
    }
  return buf;
}
