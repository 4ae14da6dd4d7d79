/* system-random.c: getrandom(2) behind a KhRandom
 *
 * A KhRandom cannot fail. With valid arguments getrandom() fails only where the kernel lacks it
 * (before 3.17) or forbids it, and going on without random bytes would be worse than to stop.
 */
#include "io/system-random.h"

#include <errno.h>
#include <sys/random.h>

static void
fill (guint8 *buf, gsize len, gpointer user_data)
{
  while (len > 0)
    {
      gssize n = getrandom (buf, len, 0);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        g_error ("getrandom: %s", g_strerror (errno));
      buf += n;
      len -= n;
    }
}

KhRandom
kh_system_random (void)
{
  return (KhRandom){ .fill = fill };
}
