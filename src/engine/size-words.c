/* size-words.c: so and so many bytes, in the user's language
 *
 * See size-words.h. g_format_size () says the same, but has no words in some languages that we
 * have.
 */
#include "engine/size-words.h"

#include <glib/gi18n-lib.h>

#define KILO 1000
#define MEGA (1000 * KILO)
#define GIGA (1000 * MEGA)

char *
kh_size_words (guint64 bytes)
{
  if (bytes < KILO)
    return g_strdup_printf (ngettext ("%u byte", "%u bytes", (gulong) bytes), (guint) bytes);
  if (bytes < MEGA)
    /* Translators: 1000 bytes; the space is one where no line is broken */
    return g_strdup_printf (_ ("%.1f kB"), (double) bytes / KILO);
  if (bytes < GIGA)
    return g_strdup_printf (_ ("%.1f MB"), (double) bytes / MEGA);
  return g_strdup_printf (_ ("%.1f GB"), (double) bytes / GIGA);
}
