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
void kh_lock_free (KhLock *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhLock, kh_lock_free)
