/* error.h: what can go wrong on the user's disk */
#pragma once

#include <glib.h>

#define KH_STORE_ERROR (kh_store_error_quark ())
GQuark kh_store_error_quark (void);

/**
 * KhStoreError:
 * @KH_STORE_ERROR_IO: the system refused, with its own words in the message
 * @KH_STORE_ERROR_LOCKED: another Knothole uses this data folder
 * @KH_STORE_ERROR_READ_ONLY: the folder or a file in it cannot be written
 * @KH_STORE_ERROR_DISK_FULL: nothing was changed; free some space and try again
 * @KH_STORE_ERROR_NEWER_VERSION: a later Knothole wrote the database
 * @KH_STORE_ERROR_CORRUPT: the database is damaged, and was left as it is
 * @KH_STORE_ERROR_FOREIGN: the file is another program's database
 * @KH_STORE_ERROR_IDENTITY: the key file is damaged or open to others
 * @KH_STORE_ERROR_NO_IDENTITY: there is no key file
 * @KH_STORE_ERROR_EXISTS: refusing to write over a file
 * @KH_STORE_ERROR_NOT_FOUND: no such contact or message
 * @KH_STORE_ERROR_INVALID: an argument is out of its range
 * @KH_STORE_ERROR_PASSPHRASE: it is not the one of this file
 * @KH_STORE_ERROR_BACKUP: the file is no backup, or a damaged one
 * @KH_STORE_ERROR_NEEDS_PASSPHRASE: the identity's secret key is under one, and none, or another,
 * was given
 * @KH_STORE_ERROR_KEYRING: there is none, or it is locked, does not answer, or has no such key
 * @KH_STORE_ERROR_CLOSED: the store was closed before
 */
typedef enum
{
  KH_STORE_ERROR_IO,
  KH_STORE_ERROR_LOCKED,
  KH_STORE_ERROR_READ_ONLY,
  KH_STORE_ERROR_DISK_FULL,
  KH_STORE_ERROR_NEWER_VERSION,
  KH_STORE_ERROR_CORRUPT,
  KH_STORE_ERROR_FOREIGN,
  KH_STORE_ERROR_IDENTITY,
  KH_STORE_ERROR_NO_IDENTITY,
  KH_STORE_ERROR_EXISTS,
  KH_STORE_ERROR_NOT_FOUND,
  KH_STORE_ERROR_INVALID,
  KH_STORE_ERROR_PASSPHRASE,
  KH_STORE_ERROR_BACKUP,
  KH_STORE_ERROR_NEEDS_PASSPHRASE,
  KH_STORE_ERROR_KEYRING,
  KH_STORE_ERROR_CLOSED,
} KhStoreError;

const char *kh_store_error_to_string (KhStoreError code);

/* Sets @error from an errno: EROFS, EACCES and EPERM are READ_ONLY, ENOSPC and EDQUOT DISK_FULL,
 * all else IO. The message says what was done to which file, why it failed and what to do. */
void
kh_store_error_set_errno (GError **error, int saved_errno, const char *doing, const char *path);
