/* key-file.h: a small file in the data folder that must not be lost or read by others
 *
 * Mode 0600, its owner's, an ordinary file. It is written beside its place, synced, read back, and
 * only then given its name: a crash leaves the old one or the new one, each whole, and at most a
 * file that ends in ".new".
 */
#pragma once

#include "crypto/identity.h"
#include "store/error.h"

/* Most that any of them has. */
#define KH_KEY_FILE_MAX 256

/**
 * kh_key_file_read:
 * @size: what it must have, at most KH_KEY_FILE_MAX
 * @ret_data: @size bytes; the caller wipes them
 *
 * Errors: NO_IDENTITY (there is no such file), IDENTITY (wider permissions than 0600, another's
 * file, not a file, a wrong size), READ_ONLY (no permission), IO.
 */
gboolean
kh_key_file_read (const char *dir, const char *name, gsize size, guint8 *ret_data, GError **error);

/**
 * kh_key_file_write:
 * @random: for the name that it has meanwhile
 * @replace: whether one that is there goes, in one step; or EXISTS
 *
 * Makes the folder (mode 0700), too. Errors: EXISTS, READ_ONLY, DISK_FULL, IO.
 */
gboolean kh_key_file_write (const char *dir,
                            const char *name,
                            const guint8 *data,
                            gsize size,
                            gboolean replace,
                            const KhRandom *random,
                            GError **error);

/* One that is not there is no error. */
gboolean kh_key_file_remove (const char *dir, const char *name, GError **error);
