/* identity-file.c: the secret key in a file of mode 0600
 *
 * The care that it needs is that of key-file.h: a crash leaves either no identity or a whole one,
 * and no two creators can both win.
 */
#include "store/identity-file.h"

#include <string.h>

#include "store/key-file.h"

gboolean
kh_identity_file_load (const char *dir, guint8 ret_secret[KH_KEY_SIZE], GError **error)
{
  return kh_key_file_read (dir, KH_IDENTITY_FILE_NAME, KH_KEY_SIZE, ret_secret, error);
}

gboolean
kh_identity_file_save (const char *dir,
                       const KhRandom *random,
                       const guint8 secret[KH_KEY_SIZE],
                       GError **error)
{
  return kh_key_file_write (dir, KH_IDENTITY_FILE_NAME, secret, KH_KEY_SIZE, FALSE, random, error);
}

gboolean
kh_identity_file_create (const char *dir,
                         const KhRandom *random,
                         guint8 ret_secret[KH_KEY_SIZE],
                         GError **error)
{
  guint8 secret[KH_KEY_SIZE];
  gboolean ok;

  kh_random_fill (random, secret, sizeof secret);
  ok = kh_identity_file_save (dir, random, secret, error);
  if (ok)
    memcpy (ret_secret, secret, sizeof secret);
  explicit_bzero (secret, sizeof secret);
  return ok;
}

gboolean
kh_identity_file_ensure (const char *dir,
                         const KhRandom *random,
                         guint8 ret_secret[KH_KEY_SIZE],
                         GError **error)
{
  g_autoptr (GError) local = NULL;

  if (kh_identity_file_load (dir, ret_secret, &local))
    return TRUE;
  if (!g_error_matches (local, KH_STORE_ERROR, KH_STORE_ERROR_NO_IDENTITY))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  g_clear_error (&local);
  if (kh_identity_file_create (dir, random, ret_secret, &local))
    return TRUE;
  /* Another process made one in between: that is who we are, then. */
  if (g_error_matches (local, KH_STORE_ERROR, KH_STORE_ERROR_EXISTS))
    return kh_identity_file_load (dir, ret_secret, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
