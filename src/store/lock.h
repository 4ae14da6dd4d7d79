/* lock.h: one Knothole a data folder */
#pragma once

#include "store/error.h"

typedef struct _KhLock KhLock;

/* Makes @dir with mode 0700, and all above it, where it does not exist. READ_ONLY, DISK_FULL, IO.
 */
gboolean kh_lock_make_dir (const char *dir, GError **error);

/**
 * kh_lock_take:
 * @path: the lock file; made where it does not exist, and left there afterwards
 *
 * The lock belongs to the open file (F_OFD_SETLK), so it also keeps out another store of the same
 * process, and goes with the process however that ends. LOCKED, READ_ONLY, DISK_FULL, IO.
 */
KhLock *kh_lock_take (const char *path, GError **error);
/* Waits for its turn with the folder itself, whoever has the lock above: for what takes a moment,
 * and leaves no file. IO and the like. */
KhLock *kh_lock_wait_for_dir (const char *dir, GError **error);
void kh_lock_free (KhLock *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhLock, kh_lock_free)
