/* error.c: the error domain of what is kept on disk, and errno in words
 *
 * A message says what was tried on which file, why it failed, and what to do (STYLE 29).
 */
#include "store/error.h"

#include <errno.h>

G_DEFINE_QUARK (kh - store - error - quark, kh_store_error)

const char *
kh_store_error_to_string (KhStoreError code)
{
  static const char *const names[] = {
    [KH_STORE_ERROR_IO] = "io",
    [KH_STORE_ERROR_LOCKED] = "locked",
    [KH_STORE_ERROR_READ_ONLY] = "read-only",
    [KH_STORE_ERROR_DISK_FULL] = "disk-full",
    [KH_STORE_ERROR_NEWER_VERSION] = "newer-version",
    [KH_STORE_ERROR_CORRUPT] = "corrupt",
    [KH_STORE_ERROR_FOREIGN] = "foreign",
    [KH_STORE_ERROR_IDENTITY] = "identity",
    [KH_STORE_ERROR_NO_IDENTITY] = "no-identity",
    [KH_STORE_ERROR_EXISTS] = "exists",
    [KH_STORE_ERROR_NOT_FOUND] = "not-found",
    [KH_STORE_ERROR_INVALID] = "invalid",
    [KH_STORE_ERROR_PASSPHRASE] = "passphrase",
    [KH_STORE_ERROR_BACKUP] = "backup",
    [KH_STORE_ERROR_NEEDS_PASSPHRASE] = "needs-passphrase",
    [KH_STORE_ERROR_KEYRING] = "keyring",
    [KH_STORE_ERROR_CLOSED] = "closed",
  };

  return (guint) code < G_N_ELEMENTS (names) ? names[code] : "unknown";
}

void
kh_store_error_set_errno (GError **error, int saved_errno, const char *doing, const char *path)
{
  KhStoreError code = KH_STORE_ERROR_IO;

  switch (saved_errno)
    {
    case EROFS:
    case EACCES:
    case EPERM:
      code = KH_STORE_ERROR_READ_ONLY;
      break;
    case ENOSPC:
    case EDQUOT:
      code = KH_STORE_ERROR_DISK_FULL;
      break;
    default:
      break;
    }
  g_set_error (error, KH_STORE_ERROR, code, "Cannot %s %s: %s", doing, path,
               g_strerror (saved_errno));
}
