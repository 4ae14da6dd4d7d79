/* passphrase-strength.c: how long a passphrase may resist guessing
 *
 * See passphrase-strength.h. An estimate from above: it can tell what is bad, and not what is good.
 */
#include "app/passphrase-strength.h"

#include <string.h>

#define GOOD_BITS 50.0
#define FAIR_BITS 36.0
/* What a character adds that follows from the one before it. */
#define FOLLOWING_BITS 1.0
/* Of one among the usual words. */
#define WORD_BITS 8.0

/* The heads of the lists that guessers begin with. */
static const char *const usual[] = {
  "password", "passwort", "passphrase", "knothole", "qwertz", "qwerty",   "azerty",
  "letmein",  "iloveyou", "welcome",    "dragon",   "monkey", "sunshine", "football",
  "secret",   "princess", "master",     "admin",    "login",  "hello",
};

static double
bits_of_kind (gunichar c)
{
  if (g_unichar_isdigit (c))
    return 3.3;
  if (c < 128 && g_unichar_islower (c))
    return 4.0;
  if (g_unichar_isspace (c))
    return 1.0;
  if (c < 128)
    return 5.0;
  return 6.0;
}

/* Bytes of the usual word that @text begins with, or 0. */
static gsize
usual_prefix (const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    if (g_str_has_prefix (text, usual[i]))
      return strlen (usual[i]);
  return 0;
}

KhStrength
kh_passphrase_strength (const char *text)
{
  g_autofree char *folded = g_utf8_strdown (text, -1);
  gunichar before = 0;
  double bits = 0;
  gsize skip;

  if (*text == '\0')
    return KH_STRENGTH_NONE;
  for (const char *at = folded; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      skip = usual_prefix (at);
      if (skip > 0)
        {
          bits += WORD_BITS;
          at += skip - 1;
          before = (gunichar) *at;
          continue;
        }
      bits += c == before || c == before + 1 || c + 1 == before ? FOLLOWING_BITS : bits_of_kind (c);
      before = c;
    }
  return bits >= GOOD_BITS   ? KH_STRENGTH_GOOD
         : bits >= FAIR_BITS ? KH_STRENGTH_FAIR
                             : KH_STRENGTH_WEAK;
}
