/* engine-backup.h: the identity and all that belongs to it, in one encrypted file
 *
 * Part of engine.h. The format is in store/backup.h.
 */
#pragma once

#include <gio/gio.h>

typedef struct _KhEngine KhEngine;

/**
 * kh_engine_backup_async:
 * @file: a local one; replaced once the backup is whole
 * @passphrase: 1 to 1024 bytes. Whoever has both can be the user
 * @with_messages: or only the identity, contacts and settings
 *
 * Ends in kh_engine_finish(). INVALID (the passphrase; the file is not local), and those of the
 * disk.
 */
void kh_engine_backup_async (KhEngine *self,
                             GFile *file,
                             const char *passphrase,
                             gboolean with_messages,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);

/**
 * kh_engine_restore_async:
 * @data_dir: not open, and without an identity and a history of its own
 * @set_aside: or with them: they are kept in a folder "set-aside-TIME" of it
 *
 * Before kh_engine_open_async(). The same identity must not be online in two places: the one that
 * came last is (KH_ENGINE_LINK_REPLACED). Errors: REFUSED: not the passphrase; CORRUPT_DATABASE:
 * no backup, or a damaged one, of which nothing was taken; LOCKED; INVALID; and those of the disk,
 * DISK among them where the folder is in use by an identity already.
 */
void kh_engine_restore_async (const char *data_dir,
                              GFile *file,
                              const char *passphrase,
                              gboolean set_aside,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean kh_engine_restore_finish (GAsyncResult *result, GError **error);
